/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: 1 000 seeded runs on IEEE 14, ACTIVSg200 and a generated grid with loops, with 30 % loss, duplicates, delays
 * that reorder and 10 % restarts, all end final, certified to 1e-9, and true. A failing run prints its seed. */
#include "meters.h"

#include <cef/case.h>

typedef struct {
    cef_context *ctx;
    cef_case *source;
    cef_grid *grid;
    cef_meter_roll *roll;
    double *exact, *bound;
    cef_index n_bus;
} ground;

static void solve(ground *g, const cef_network *net, const cef_snapshot *snapshot)
{
    cef_error error = {.struct_size = sizeof error};
    cef_network_data data = {.struct_size = sizeof data};
    cef_solver *solver = NULL;
    cr_assert(cef_network_describe(net, &data, &error) == CEF_OK);
    g->n_bus = data.n_bus;
    g->exact = calloc((size_t) g->n_bus, sizeof *g->exact);
    g->bound = calloc((size_t) g->n_bus, sizeof *g->bound);
    cef_solution out = {.struct_size = sizeof out, .bus_intensity = g->exact, .bus_error_bound = g->bound};
    cr_assert(cef_solver_create(g->ctx, net, NULL, &solver, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_solver_solve(solver, snapshot, &out, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_meter_roll_create(g->ctx, net, NULL, snapshot, &g->roll, &error) == CEF_OK, "%s", error.message);
    cef_solver_destroy(solver);
}

static ground from_case(const char *path)
{
    ground g = {0};
    cef_error error = {.struct_size = sizeof error};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    const cef_factor_options factors = {
        .struct_size = sizeof factors, .fuel_factors = "ipcc2006", .missing = CEF_MISSING_VALUE, .missing_value = 0.5};
    cr_assert(cef_context_create(NULL, &g.ctx, &error) == CEF_OK);
    cr_assert(cef_case_read(g.ctx, path, &g.source, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_case_price(g.source, &factors, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_case_snapshot(g.source, &snapshot, &error) == CEF_OK, "%s", error.message);
    solve(&g, cef_case_network(g.source), &snapshot);
    return g;
}

static ground generated(void)
{
    ground g = {0};
    cef_error error = {.struct_size = sizeof error};
    cef_network_data data = {.struct_size = sizeof data};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    cef_network *net = NULL;
    const cef_grid_options options = {.struct_size = sizeof options, .seed = 7, .n_bus = 400};
    cr_assert(cef_context_create(NULL, &g.ctx, &error) == CEF_OK);
    cr_assert(cef_grid_create(g.ctx, &options, &g.grid, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_grid_network(g.grid, &data, &error) == CEF_OK &&
              cef_grid_snapshot(g.grid, &snapshot, &error) == CEF_OK);
    cr_assert(cef_network_create(g.ctx, &data, &net, &error) == CEF_OK, "%s", error.message);
    solve(&g, net, &snapshot);
    cef_network_destroy(net);
    cr_assert(g.roll->info.clusters > 0, "the generated grid has loops");
    return g;
}

static void close_ground(ground *g)
{
    cef_meter_roll_destroy(g->roll);
    cef_grid_destroy(g->grid);
    cef_case_destroy(g->source);
    cef_context_destroy(g->ctx);
    free(g->exact);
    free(g->bound);
}

static void check(const ground *g, const cef_meter_field *field, uint64_t seed)
{
    double *x = calloc((size_t) g->n_bus, sizeof *x), *bound = calloc((size_t) g->n_bus, sizeof *bound);
    cr_assert(cef_meter_field_read(field, x, bound, NULL, NULL) == CEF_OK);
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        cr_assert(isnan(x[bus]) == isnan(g->exact[bus]) &&
                      (isnan(x[bus]) || fabs(x[bus] - g->exact[bus]) <= bound[bus] + g->bound[bus] * g->exact[bus]),
                  "seed %llu, bus %d: %.17g, central %.17g, bound %g", (unsigned long long) seed, bus, x[bus],
                  g->exact[bus], bound[bus]);
    free(x);
    free(bound);
}

static void hold(ground *g, int runs)
{
    for (int run = 1; run <= runs; run++) {
        cef_meter_field_options options = meters_options((uint64_t) run);
        cef_meter_field_info info = {.struct_size = sizeof info};
        cef_meter_field *field = NULL;
        options.loss_rate = 0.3;
        options.duplicate_rate = 0.1;
        options.delay = 3;
        options.restart_rate = 0.1;
        options.restart_rounds = 40;
        options.frozen_rate = run % 4 == 0 ? 0.05 : 0.0;
        options.clock_skew = run % 5 == 0 ? 6 : 0;
        cr_assert(cef_meter_field_create(g->ctx, g->roll, &options, &field, NULL) == CEF_OK);
        cr_assert(cef_meter_field_run(field, 4000, &info, NULL) == CEF_OK);
        cr_assert(info.n_final == g->n_bus && info.n_certified == g->n_bus,
                  "seed %d: %d of %d final, %d certified after %lld rounds", run, info.n_final, g->n_bus,
                  info.n_certified, (long long) info.rounds);
        cr_assert(info.lost > 0 && info.duplicated > 0 && info.refused[CEF_METER_REPLAYED] > 0);
        check(g, field, (uint64_t) run);
        cef_meter_field_destroy(field);
    }
    close_ground(g);
}

Test(meter_faults, ieee14)
{
    ground g = from_case(CEF_SOURCE_DIR "/examples/ieee14.yaml");
    hold(&g, 500);
}

Test(meter_faults, generated)
{
    ground g = generated();
    hold(&g, 250);
}

Test(meter_faults, case_activsg200)
{
    const char *folder = getenv("LIBCEF_CASES");
    char path[4096];
    if (!folder || !*folder)
        cr_skip_test("LIBCEF_CASES is not set");
    snprintf(path, sizeof path, "%s/case_ACTIVSg200.m", folder);
    ground g = from_case(path);
    hold(&g, 250);
}

/* IEEE 14, synchronous: exact after L + 1 = 7 rounds (theory.md 3), and nothing is said any more soon after. */
Test(meter_faults, ieee14_in_seven_rounds)
{
    ground g = from_case(CEF_SOURCE_DIR "/examples/ieee14.yaml");
    cef_meter_field_info info = {.struct_size = sizeof info};
    cef_meter_field *field = NULL;
    cr_assert(cef_meter_field_create(g.ctx, g.roll, NULL, &field, NULL) == CEF_OK);
    cr_assert(cef_meter_field_run(field, 6, &info, NULL) == CEF_OK && info.n_certified < 14);
    cr_assert(cef_meter_field_run(field, 100, &info, NULL) == CEF_OK && info.n_certified == 14 && info.rounds == 7,
              "%lld rounds", (long long) info.rounds);
    check(&g, field, 0);
    cef_meter_field_destroy(field);
    close_ground(&g);
}
