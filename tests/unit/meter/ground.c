/* SPDX-License-Identifier: Apache-2.0 */
#include "ground.h"

#include <unistd.h>

static void solve(ground *g, const cef_network *net, const cef_settings *settings, const cef_snapshot *snapshot)
{
    cef_error error = {.struct_size = sizeof error};
    cef_network_data data = {.struct_size = sizeof data};
    cef_solver *solver = NULL;
    cr_assert(cef_network_describe(net, &data, &error) == CEF_OK);
    g->n_bus = data.n_bus;
    double *memory = calloc(4 * (size_t) g->n_bus, sizeof *memory);
    cr_assert(memory);
    g->exact = memory, g->bound = memory + g->n_bus;
    g->x = memory + 2 * g->n_bus, g->x_bound = memory + 3 * g->n_bus;
    cef_solution out = {.struct_size = sizeof out, .bus_intensity = g->exact, .bus_error_bound = g->bound};
    cr_assert(cef_solver_create(g->ctx, net, settings, &solver, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_solver_solve(solver, snapshot, &out, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_meter_roll_create(g->ctx, net, settings, snapshot, &g->roll, &error) == CEF_OK, "%s", error.message);
    cef_solver_destroy(solver);
}

/* Returns what the solution misses, MW. */
static double solve_flows(ground *g)
{
    cef_error error = {.struct_size = sizeof error};
    cef_case_info about = {.struct_size = sizeof about};
    cef_powerflow_data grid = {.struct_size = sizeof grid};
    cef_injections point = {.struct_size = sizeof point};
    cef_powerflow_info info = {.struct_size = sizeof info};
    cef_powerflow *flow = NULL;
    cr_assert(cef_case_describe(g->source, &about, &error) == CEF_OK);
    const size_t branch = (size_t) about.n_branch, gen = (size_t) about.n_gen, load = (size_t) about.n_load;
    g->flows = calloc(2 * branch + gen + load + (size_t) about.n_storage + 1, sizeof *g->flows);
    cr_assert(g->flows);
    cef_powerflow_solution out = {.struct_size = sizeof out, .branch_p_from = g->flows};
    out.branch_p_to = out.branch_p_from + branch, out.gen_p = out.branch_p_to + branch;
    out.load_p = out.gen_p + gen, out.storage_p = out.load_p + load;
    cr_assert(cef_case_powerflow(g->source, &grid, &point, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_powerflow_create(g->ctx, cef_case_network(g->source), &grid, NULL, &flow, &error) == CEF_OK, "%s",
              error.message);
    cr_assert(cef_powerflow_solve(flow, &point, &out, &info, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_case_apply_flows(g->source, &out, &error) == CEF_OK, "%s", error.message);
    cef_powerflow_destroy(flow);
    return info.mismatch * about.base_mva;
}

ground ground_case(const char *path)
{
    ground g = {0};
    cef_error error = {.struct_size = sizeof error};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    cef_settings settings;
    const cef_factor_options factors = {
        .struct_size = sizeof factors, .fuel_factors = "ipcc2006", .missing = CEF_MISSING_VALUE, .missing_value = 0.5};
    cef_settings_init(&settings, sizeof settings);
    settings.negative_load_intensity = factors.missing_value;
    cr_assert(cef_context_create(NULL, &g.ctx, &error) == CEF_OK);
    cr_assert(cef_case_read(g.ctx, path, &g.source, &error) == CEF_OK, "%s", error.message);
    if (cef_case_check_flows(g.source, settings.balance_tol, &error) != CEF_OK)
        settings.flow_tol = fmax(settings.flow_tol, solve_flows(&g));
    cr_assert(cef_case_price(g.source, &factors, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_case_snapshot(g.source, &snapshot, &error) == CEF_OK, "%s", error.message);
    solve(&g, cef_case_network(g.source), &settings, &snapshot);
    return g;
}

ground ground_shared_case(const char *file)
{
    const char *folder = getenv("LIBCEF_CASES");
    char path[4096];
    if (!folder || !*folder)
        cr_skip_test("LIBCEF_CASES is not set");
    snprintf(path, sizeof path, "%s/%s", folder, file);
    if (access(path, R_OK) != 0)
        cr_skip_test("%s is not there", path);
    return ground_case(path);
}

ground ground_generated(uint64_t seed, cef_index n_bus)
{
    ground g = {0};
    cef_error error = {.struct_size = sizeof error};
    cef_network_data data = {.struct_size = sizeof data};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    cef_network *net = NULL;
    const cef_grid_options options = {.struct_size = sizeof options, .seed = seed, .n_bus = n_bus};
    cr_assert(cef_context_create(NULL, &g.ctx, &error) == CEF_OK);
    cr_assert(cef_grid_create(g.ctx, &options, &g.grid, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_grid_network(g.grid, &data, &error) == CEF_OK &&
              cef_grid_snapshot(g.grid, &snapshot, &error) == CEF_OK);
    cr_assert(cef_network_create(g.ctx, &data, &net, &error) == CEF_OK, "%s", error.message);
    solve(&g, net, NULL, &snapshot);
    cef_network_destroy(net);
    return g;
}

void ground_close(ground *g)
{
    cef_meter_roll_destroy(g->roll);
    cef_grid_destroy(g->grid);
    cef_case_destroy(g->source);
    cef_context_destroy(g->ctx);
    free(g->exact);
    free(g->flows);
}

const char *ground_lie(const ground *g, const cef_meter_field *field, bool finals)
{
    static char text[200];
    cr_assert(cef_meter_field_read(field, g->x, g->x_bound, NULL, NULL) == CEF_OK);
    for (cef_index bus = 0; bus < g->n_bus; bus++) {
        const double x = g->x[bus], exact = g->exact[bus], slack = g->bound[bus] * fabs(exact);
        const bool both = isnan(x) && isnan(exact), awaited = !finals && isnan(exact);
        if (!both && !awaited && !(fabs(x - exact) <= g->x_bound[bus] + slack)) {
            snprintf(text, sizeof text, "bus %d: %.17g, central %.17g, bound %g", bus, x, exact, g->x_bound[bus]);
            return text;
        }
    }
    return NULL;
}

double ground_error(const ground *g)
{
    double worst = 0.0;
    for (cef_index bus = 0; bus < g->n_bus; bus++) {
        const double error = fabs(g->x[bus] - g->exact[bus]);
        if (isnan(g->x[bus]) != isnan(g->exact[bus]))
            return (double) INFINITY;
        worst = error > worst ? error : worst; /* both NaN: neither */
    }
    return worst;
}
