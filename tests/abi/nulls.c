/* SPDX-License-Identifier: Apache-2.0 */
/* NULL in every place of every public function: CEF_ERR_ARGUMENT (and *out = NULL) where a value is required, tolerated
 * where the header says so. check_symbols.py fails when an exported function is not named in this file. */
#include "world.h"

#include <criterion/criterion.h>
#include <string.h>

static world w;
static cef_error error;

static void open_world(void)
{
    world_open(&w);
    error = (cef_error){.struct_size = sizeof error};
}

static void close_world(void) { world_close(&w); }

TestSuite(nulls, .init = open_world, .fini = close_world);

/* The call is refused with status, code and a sentence; without an error struct it is refused all the same. */
#define REFUSED(call_with_error, call_without)                                                                         \
    do {                                                                                                               \
        error = (cef_error){.struct_size = sizeof error};                                                              \
        const cef_status status = (call_with_error);                                                                   \
        cr_assert(status == CEF_ERR_ARGUMENT, #call_with_error " gave %d", (int) status);                              \
        cr_assert(error.status == status && strcmp(error.code, "null-argument") == 0 && error.message[0],              \
                  #call_with_error ": code '%s', message '%s'", error.code, error.message);                            \
        cr_assert((call_without) == CEF_ERR_ARGUMENT);                                                                 \
    } while (0)
/* The same, for a function that gives a handle: *out must be NULL afterwards. */
#define REFUSED_OUT(out, call_with_error, call_without)                                                                \
    do {                                                                                                               \
        (out) = (void *) &error;                                                                                       \
        REFUSED(call_with_error, call_without);                                                                        \
        cr_assert(!(out), #call_with_error " left *out set");                                                          \
    } while (0)

Test(nulls, status)
{
    double value = 0;
    cr_assert(cef_abi_version() == CEF_ABI_VERSION);
    cr_assert(cef_version_number() == 10000 * LIBCEF_VERSION_MAJOR + 100 * LIBCEF_VERSION_MINOR + LIBCEF_VERSION_PATCH);
    cr_assert(cef_version_string() && cef_build_info());
    cr_assert(cef_status_name(12345) && cef_status_name(CEF_OK));
    cr_assert(!cef_explain(NULL) && !cef_explain("no such code"));
    cr_assert(!cef_diagnostic_code(-1) && !cef_diagnostic_code(INT32_MAX));
    cr_assert(cef_number_format(1.5, NULL, 0) == 0 && cef_number_format(1.5, NULL, 10) == 0);
    cr_assert(cef_number_parse(NULL, 3, &value) == CEF_ERR_ARGUMENT);
    cr_assert(cef_number_parse("1.5", 3, NULL) == CEF_ERR_ARGUMENT);
}

Test(nulls, context)
{
    cef_context *ctx = NULL;
    const cef_allocator half = {0};
    const cef_context_options options = {.struct_size = sizeof options, .allocator = &half};
    REFUSED(cef_context_create(NULL, NULL, &error), cef_context_create(NULL, NULL, NULL));
    REFUSED_OUT(ctx, cef_context_create(&options, &ctx, &error), cef_context_create(&options, &ctx, NULL));
    cef_context_destroy(NULL);
}

Test(nulls, network)
{
    const cef_network_data data = world_network_data();
    cef_network_data out = {.struct_size = sizeof out};
    cef_network *net = NULL;
    REFUSED_OUT(net, cef_network_create(NULL, &data, &net, &error), cef_network_create(NULL, &data, &net, NULL));
    REFUSED_OUT(net, cef_network_create(w.ctx, NULL, &net, &error), cef_network_create(w.ctx, NULL, &net, NULL));
    REFUSED(cef_network_create(w.ctx, &data, NULL, &error), cef_network_create(w.ctx, &data, NULL, NULL));
    REFUSED(cef_network_describe(NULL, &out, &error), cef_network_describe(NULL, &out, NULL));
    REFUSED(cef_network_describe(w.net, NULL, &error), cef_network_describe(w.net, NULL, NULL));
    cef_network_destroy(NULL);
}

Test(nulls, network_columns)
{
    cef_network *net = NULL;
    for (int k = 0; k < 5; k++) {
        cef_network_data data = world_network_data();
        const cef_index **const column[] = {&data.branch_from, &data.branch_to, &data.gen_bus, &data.load_bus,
                                            &data.storage_bus};
        *column[k] = NULL;
        REFUSED_OUT(net, cef_network_create(w.ctx, &data, &net, &error), cef_network_create(w.ctx, &data, &net, NULL));
    }
}

Test(nulls, solver)
{
    const cef_snapshot snapshot = world_snapshot();
    cef_solution solution = {.struct_size = sizeof solution};
    cef_solve_info info = {.struct_size = sizeof info};
    cef_solver *solver = NULL;
    cef_settings_init(NULL, sizeof(cef_settings));
    REFUSED_OUT(solver, cef_solver_create(NULL, w.net, NULL, &solver, &error),
                cef_solver_create(NULL, w.net, NULL, &solver, NULL));
    REFUSED_OUT(solver, cef_solver_create(w.ctx, NULL, NULL, &solver, &error),
                cef_solver_create(w.ctx, NULL, NULL, &solver, NULL));
    REFUSED(cef_solver_create(w.ctx, w.net, NULL, NULL, &error), cef_solver_create(w.ctx, w.net, NULL, NULL, NULL));
    REFUSED(cef_solver_solve(NULL, &snapshot, &solution, &info, &error),
            cef_solver_solve(NULL, &snapshot, &solution, &info, NULL));
    REFUSED(cef_solver_solve(w.solver, NULL, &solution, &info, &error),
            cef_solver_solve(w.solver, NULL, &solution, &info, NULL));
    cr_assert(cef_solver_solve(w.solver, &snapshot, NULL, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_solver_solve(w.solver, &snapshot, &solution, &info, NULL) == CEF_OK);
    cef_solver_destroy(NULL);
}

Test(nulls, snapshot_columns)
{
    for (int k = 0; k < 6; k++) {
        cef_snapshot snapshot = world_snapshot();
        const double **const column[] = {&snapshot.branch_p_from, &snapshot.gen_p,     &snapshot.gen_intensity,
                                         &snapshot.load_p,        &snapshot.storage_p, &snapshot.storage_intensity};
        *column[k] = NULL;
        REFUSED(cef_solver_solve(w.solver, &snapshot, NULL, NULL, &error),
                cef_solver_solve(w.solver, &snapshot, NULL, NULL, NULL));
    }
    cef_snapshot snapshot = world_snapshot();
    snapshot.branch_p_to = NULL;
    cr_assert(cef_solver_solve(w.solver, &snapshot, NULL, NULL, &error) == CEF_OK, "%s", error.message);
}

Test(nulls, powerflow)
{
    const cef_powerflow_data data = world_powerflow_data();
    const cef_injections injections = world_injections();
    const double state[2] = {1.0, 1.0};
    cef_powerflow_solution solution = {.struct_size = sizeof solution};
    cef_powerflow_info info = {.struct_size = sizeof info};
    cef_powerflow *pf = NULL;
    cef_powerflow_options_init(NULL, sizeof(cef_powerflow_options));
    REFUSED_OUT(pf, cef_powerflow_create(NULL, w.net, &data, NULL, &pf, &error),
                cef_powerflow_create(NULL, w.net, &data, NULL, &pf, NULL));
    REFUSED_OUT(pf, cef_powerflow_create(w.ctx, NULL, &data, NULL, &pf, &error),
                cef_powerflow_create(w.ctx, NULL, &data, NULL, &pf, NULL));
    REFUSED_OUT(pf, cef_powerflow_create(w.ctx, w.net, NULL, NULL, &pf, &error),
                cef_powerflow_create(w.ctx, w.net, NULL, NULL, &pf, NULL));
    REFUSED(cef_powerflow_create(w.ctx, w.net, &data, NULL, NULL, &error),
            cef_powerflow_create(w.ctx, w.net, &data, NULL, NULL, NULL));
    REFUSED(cef_powerflow_solve(NULL, &injections, &solution, &info, &error),
            cef_powerflow_solve(NULL, &injections, &solution, &info, NULL));
    REFUSED(cef_powerflow_solve(w.pf, NULL, &solution, &info, &error),
            cef_powerflow_solve(w.pf, NULL, &solution, &info, NULL));
    cr_assert(cef_powerflow_solve(w.pf, &injections, NULL, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_powerflow_solve(w.pf, &injections, &solution, &info, NULL) == CEF_OK);
    REFUSED(cef_powerflow_evaluate(NULL, &injections, state, state, &solution, &info, &error),
            cef_powerflow_evaluate(NULL, &injections, state, state, &solution, &info, NULL));
    REFUSED(cef_powerflow_evaluate(w.pf, NULL, state, state, &solution, &info, &error),
            cef_powerflow_evaluate(w.pf, NULL, state, state, &solution, &info, NULL));
    REFUSED(cef_powerflow_evaluate(w.pf, &injections, NULL, state, &solution, &info, &error),
            cef_powerflow_evaluate(w.pf, &injections, NULL, state, &solution, &info, NULL));
    REFUSED(cef_powerflow_evaluate(w.pf, &injections, state, NULL, &solution, &info, &error),
            cef_powerflow_evaluate(w.pf, &injections, state, NULL, &solution, &info, NULL));
    cr_assert(cef_powerflow_evaluate(w.pf, &injections, state, state, NULL, NULL, NULL) == CEF_OK);
    cef_powerflow_destroy(NULL);
}

Test(nulls, powerflow_columns)
{
    cef_powerflow *pf = NULL;
    for (int k = 0; k < 2; k++) {
        cef_powerflow_data data = world_powerflow_data();
        const double **const column[] = {&data.branch_r, &data.branch_x};
        *column[k] = NULL;
        REFUSED_OUT(pf, cef_powerflow_create(w.ctx, w.net, &data, NULL, &pf, &error),
                    cef_powerflow_create(w.ctx, w.net, &data, NULL, &pf, NULL));
    }
    for (int k = 0; k < 2; k++) {
        cef_injections injections = world_injections();
        const double **const column[] = {&injections.gen_p, &injections.load_p};
        *column[k] = NULL;
        REFUSED(cef_powerflow_solve(w.pf, &injections, NULL, NULL, &error),
                cef_powerflow_solve(w.pf, &injections, NULL, NULL, NULL));
    }
    cef_injections injections = world_injections();
    injections.storage_p = NULL;
    cr_assert(cef_powerflow_solve(w.pf, &injections, NULL, NULL, &error) == CEF_OK, "%s", error.message);
}

/* A link in service between buses that live must state its powers. */
Test(nulls, powerflow_hvdc_columns)
{
    static const int8_t hvdc[1] = {1};
    static const cef_index from[1] = {0}, to[1] = {1}, gen_bus[2] = {0, 1};
    static const double p_from[1] = {10}, p_to[1] = {-9}, gen_p[2] = {10, -9}, r[1] = {0}, x[1] = {0};
    const cef_network_data wires = {.struct_size = sizeof wires,
                                    .branch_from = from,
                                    .branch_to = to,
                                    .gen_bus = gen_bus,
                                    .n_bus = 2,
                                    .n_branch = 1,
                                    .n_gen = 2};
    const cef_powerflow_data data = {
        .struct_size = sizeof data, .base_mva = 100, .branch_r = r, .branch_x = x, .branch_hvdc = hvdc};
    cef_network *net = NULL;
    cef_powerflow *pf = NULL;
    cr_assert(cef_network_create(w.ctx, &wires, &net, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_powerflow_create(w.ctx, net, &data, NULL, &pf, &error) == CEF_OK, "%s", error.message);
    for (int k = 0; k < 3; k++) {
        const cef_injections injections = {.struct_size = sizeof injections,
                                           .gen_p = gen_p,
                                           .branch_p_from = k == 0 ? NULL : p_from,
                                           .branch_p_to = k == 1 ? NULL : p_to};
        if (k < 2)
            REFUSED(cef_powerflow_solve(pf, &injections, NULL, NULL, &error),
                    cef_powerflow_solve(pf, &injections, NULL, NULL, NULL));
        else
            cr_assert(cef_powerflow_solve(pf, &injections, NULL, NULL, &error) == CEF_OK, "%s", error.message);
    }
    cef_powerflow_destroy(pf);
    cef_network_destroy(net);
}

Test(nulls, case_powerflow)
{
    cef_powerflow_data data = {.struct_size = sizeof data};
    cef_injections injections = {.struct_size = sizeof injections};
    const double p_from[2] = {30, 30}, p_to[2] = {-30, -30};
    double from[2] = {30, 30}, to[2] = {-30, -30};
    cef_powerflow_solution solution = {.struct_size = sizeof solution, .branch_p_from = from, .branch_p_to = to};
    cr_assert(!cef_case_participation(NULL) && !cef_case_participation(w.wired));
    REFUSED(cef_case_powerflow(NULL, &data, &injections, &error), cef_case_powerflow(NULL, &data, &injections, NULL));
    REFUSED(cef_case_powerflow(w.wired, NULL, &injections, &error),
            cef_case_powerflow(w.wired, NULL, &injections, NULL));
    REFUSED(cef_case_powerflow(w.wired, &data, NULL, &error), cef_case_powerflow(w.wired, &data, NULL, NULL));
    cr_assert(cef_case_powerflow(w.wired, &data, &injections, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_case_participation(w.wired));
    REFUSED(cef_case_apply_flows(NULL, &solution, &error), cef_case_apply_flows(NULL, &solution, NULL));
    REFUSED(cef_case_apply_flows(w.wired, NULL, &error), cef_case_apply_flows(w.wired, NULL, NULL));
    for (int k = 0; k < 2; k++) {
        cef_powerflow_solution part = solution;
        double **const column[] = {&part.branch_p_from, &part.branch_p_to};
        *column[k] = NULL;
        REFUSED(cef_case_apply_flows(w.wired, &part, &error), cef_case_apply_flows(w.wired, &part, NULL));
    }
    cr_assert(cef_case_apply_flows(w.wired, &solution, NULL) == CEF_OK);
    cr_assert(memcmp(from, p_from, sizeof from) == 0 && memcmp(to, p_to, sizeof to) == 0);
}

Test(nulls, storage_create)
{
    const cef_storage_data data = world_storage_data();
    cef_storage *storage = NULL;
    cef_storage_settings_init(NULL, sizeof(cef_storage_settings));
    REFUSED_OUT(storage, cef_storage_create(NULL, &data, NULL, &storage, &error),
                cef_storage_create(NULL, &data, NULL, &storage, NULL));
    REFUSED_OUT(storage, cef_storage_create(w.ctx, NULL, NULL, &storage, &error),
                cef_storage_create(w.ctx, NULL, NULL, &storage, NULL));
    REFUSED(cef_storage_create(w.ctx, &data, NULL, NULL, &error), cef_storage_create(w.ctx, &data, NULL, NULL, NULL));
    cef_storage_destroy(NULL);
}

Test(nulls, storage_columns)
{
    cef_storage_data data = world_storage_data();
    cef_storage_settings settings;
    cef_storage *storage = NULL;
    cef_storage_settings_init(&settings, sizeof settings);
    data.intensity = NULL; /* 50 MWh are held and nothing prices them */
    REFUSED_OUT(storage, cef_storage_create(w.ctx, &data, NULL, &storage, &error),
                cef_storage_create(w.ctx, &data, NULL, &storage, NULL));
    data.energy = NULL; /* nothing is held; the other model needs an intensity all the same */
    settings.model = CEF_STORAGE_STATIC;
    REFUSED_OUT(storage, cef_storage_create(w.ctx, &data, &settings, &storage, &error),
                cef_storage_create(w.ctx, &data, &settings, &storage, NULL));
    cr_assert(cef_storage_create(w.ctx, &data, NULL, &storage, &error) == CEF_OK, "%s", error.message);
    cef_storage_destroy(storage);
}

Test(nulls, storage_use)
{
    const double p[1] = {-1}, x[1] = {0.5};
    double out[1];
    cef_storage_flows flows = {.struct_size = sizeof flows};
    cef_storage_info info = {.struct_size = sizeof info};
    REFUSED(cef_storage_intensity(NULL, out, &error), cef_storage_intensity(NULL, out, NULL));
    REFUSED(cef_storage_intensity(w.storage, NULL, &error), cef_storage_intensity(w.storage, NULL, NULL));
    REFUSED(cef_storage_step(NULL, p, x, 1, &flows, &error), cef_storage_step(NULL, p, x, 1, &flows, NULL));
    REFUSED(cef_storage_step(w.storage, NULL, x, 1, &flows, &error),
            cef_storage_step(w.storage, NULL, x, 1, &flows, NULL));
    REFUSED(cef_storage_step(w.storage, p, NULL, 1, &flows, &error),
            cef_storage_step(w.storage, p, NULL, 1, &flows, NULL));
    REFUSED(cef_storage_skip(NULL, p, 1, &flows, &error), cef_storage_skip(NULL, p, 1, &flows, NULL));
    REFUSED(cef_storage_skip(w.storage, NULL, 1, &flows, &error), cef_storage_skip(w.storage, NULL, 1, &flows, NULL));
    REFUSED(cef_storage_state(NULL, out, out, &error), cef_storage_state(NULL, out, out, NULL));
    REFUSED(cef_storage_describe(NULL, &info, &error), cef_storage_describe(NULL, &info, NULL));
    REFUSED(cef_storage_describe(w.storage, NULL, &error), cef_storage_describe(w.storage, NULL, NULL));
    cr_assert(cef_storage_step(w.storage, p, x, 1, &flows, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_storage_step(w.storage, p, x, 1, NULL, NULL) == CEF_OK);
    cr_assert(cef_storage_skip(w.storage, p, 1, NULL, NULL) == CEF_OK);
    cr_assert(cef_storage_state(w.storage, NULL, NULL, NULL) == CEF_OK);
}

/* No store at all: no array is needed. */
Test(nulls, storage_of_none)
{
    const cef_storage_data data = {.struct_size = sizeof data};
    cef_storage_info info = {.struct_size = sizeof info};
    cef_storage *storage = NULL;
    cr_assert(cef_storage_create(w.ctx, &data, NULL, &storage, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_storage_intensity(storage, NULL, NULL) == CEF_OK);
    cr_assert(cef_storage_step(storage, NULL, NULL, 1, NULL, NULL) == CEF_OK);
    cr_assert(cef_storage_skip(storage, NULL, 1, NULL, NULL) == CEF_OK);
    cr_assert(cef_storage_state(storage, NULL, NULL, NULL) == CEF_OK);
    cr_assert(cef_storage_describe(storage, &info, NULL) == CEF_OK && info.n_periods == 2 && info.worst_store == -1);
    cef_storage_destroy(storage);
}

Test(nulls, batch)
{
    const cef_batch_data data = world_batch_data();
    cef_batch_result result = {.struct_size = sizeof result};
    cef_batch_info info = {.struct_size = sizeof info};
    cef_batch *batch = NULL;
    REFUSED_OUT(batch, cef_batch_create(NULL, w.net, NULL, NULL, &batch, &error),
                cef_batch_create(NULL, w.net, NULL, NULL, &batch, NULL));
    REFUSED_OUT(batch, cef_batch_create(w.ctx, NULL, NULL, NULL, &batch, &error),
                cef_batch_create(w.ctx, NULL, NULL, NULL, &batch, NULL));
    REFUSED(cef_batch_create(w.ctx, w.net, NULL, NULL, NULL, &error),
            cef_batch_create(w.ctx, w.net, NULL, NULL, NULL, NULL));
    REFUSED(cef_batch_solve(NULL, &data, &result, &info, &error), cef_batch_solve(NULL, &data, &result, &info, NULL));
    REFUSED(cef_batch_solve(w.batch, NULL, &result, &info, &error),
            cef_batch_solve(w.batch, NULL, &result, &info, NULL));
    cr_assert(cef_batch_solve(w.batch, &data, NULL, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_batch_solve(w.batch, &data, &result, &info, NULL) == CEF_OK && info.certified == 1);
    cef_storage *stores[1] = {NULL};
    cef_batch_data coupled = data;
    coupled.storage = stores;
    REFUSED(cef_batch_solve(w.batch, &coupled, &result, &info, &error),
            cef_batch_solve(w.batch, &coupled, &result, &info, NULL));
    stores[0] = w.storage;
    coupled.storage_intensity = NULL;
    cr_assert(cef_batch_solve(w.batch, &coupled, NULL, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_batch_solve(w.batch, &coupled, &result, &info, NULL) == CEF_OK && info.certified == 1);
    cef_batch_destroy(NULL);
}

Test(nulls, batch_columns)
{
    for (int k = 0; k < 6; k++) {
        cef_batch_data data = world_batch_data();
        const double **const column[] = {&data.branch_p_from, &data.gen_p,     &data.gen_intensity,
                                         &data.load_p,        &data.storage_p, &data.storage_intensity};
        *column[k] = NULL;
        REFUSED(cef_batch_solve(w.batch, &data, NULL, NULL, &error), cef_batch_solve(w.batch, &data, NULL, NULL, NULL));
    }
    cef_batch_data data = world_batch_data();
    data.branch_p_to = NULL;
    cr_assert(cef_batch_solve(w.batch, &data, NULL, NULL, &error) == CEF_OK, "%s", error.message);
}

Test(nulls, grid)
{
    const cef_grid_options options = world_grid_options();
    cef_network_data data = {.struct_size = sizeof data};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    cef_grid *grid = NULL;
    REFUSED_OUT(grid, cef_grid_create(NULL, &options, &grid, &error), cef_grid_create(NULL, &options, &grid, NULL));
    REFUSED_OUT(grid, cef_grid_create(w.ctx, NULL, &grid, &error), cef_grid_create(w.ctx, NULL, &grid, NULL));
    REFUSED(cef_grid_create(w.ctx, &options, NULL, &error), cef_grid_create(w.ctx, &options, NULL, NULL));
    REFUSED(cef_grid_network(NULL, &data, &error), cef_grid_network(NULL, &data, NULL));
    REFUSED(cef_grid_network(w.grid, NULL, &error), cef_grid_network(w.grid, NULL, NULL));
    REFUSED(cef_grid_snapshot(NULL, &snapshot, &error), cef_grid_snapshot(NULL, &snapshot, NULL));
    REFUSED(cef_grid_snapshot(w.grid, NULL, &error), cef_grid_snapshot(w.grid, NULL, NULL));
    cr_assert(strcmp(cef_grid_gen_fuel(NULL, 0), "") == 0 && strcmp(cef_grid_gen_fuel(w.grid, -1), "") == 0 &&
              strcmp(cef_grid_gen_fuel(w.grid, INT32_MAX), "") == 0);
    cef_grid_destroy(NULL);
}

Test(nulls, case_create)
{
    cef_case *c = NULL;
    REFUSED_OUT(c, cef_case_read(NULL, "x.yaml", &c, &error), cef_case_read(NULL, "x.yaml", &c, NULL));
    REFUSED_OUT(c, cef_case_read(w.ctx, NULL, &c, &error), cef_case_read(w.ctx, NULL, &c, NULL));
    REFUSED(cef_case_read(w.ctx, "x.yaml", NULL, &error), cef_case_read(w.ctx, "x.yaml", NULL, NULL));
    REFUSED_OUT(c, cef_case_read_memory(NULL, "x", "yaml", "", 0, &c, &error),
                cef_case_read_memory(NULL, "x", "yaml", "", 0, &c, NULL));
    REFUSED_OUT(c, cef_case_read_memory(w.ctx, NULL, "yaml", "", 0, &c, &error),
                cef_case_read_memory(w.ctx, NULL, "yaml", "", 0, &c, NULL));
    REFUSED_OUT(c, cef_case_read_memory(w.ctx, "x", NULL, "", 0, &c, &error),
                cef_case_read_memory(w.ctx, "x", NULL, "", 0, &c, NULL));
    REFUSED_OUT(c, cef_case_read_memory(w.ctx, "x", "yaml", NULL, 5, &c, &error),
                cef_case_read_memory(w.ctx, "x", "yaml", NULL, 5, &c, NULL));
    REFUSED(cef_case_read_memory(w.ctx, "x", "yaml", "", 0, NULL, &error),
            cef_case_read_memory(w.ctx, "x", "yaml", "", 0, NULL, NULL));
    REFUSED_OUT(c, cef_case_from_grid(NULL, w.grid, "x", &c, &error), cef_case_from_grid(NULL, w.grid, "x", &c, NULL));
    REFUSED_OUT(c, cef_case_from_grid(w.ctx, NULL, "x", &c, &error), cef_case_from_grid(w.ctx, NULL, "x", &c, NULL));
    REFUSED(cef_case_from_grid(w.ctx, w.grid, "x", NULL, &error), cef_case_from_grid(w.ctx, w.grid, "x", NULL, NULL));
    cef_case_destroy(NULL);
}

Test(nulls, case_queries)
{
    char buffer[8] = "";
    cr_assert(!cef_case_network(NULL));
    cr_assert(cef_case_id(NULL, CEF_BUS, 0, buffer, sizeof buffer) == 0);
    cr_assert(cef_case_id(w.c, CEF_BUS, -1, buffer, sizeof buffer) == 0);
    cr_assert(cef_case_id(w.c, CEF_METER, 0, buffer, sizeof buffer) == 0);
    (void) cef_case_id(w.c, CEF_BUS, 0, NULL, 0);
    (void) cef_case_id(w.c, CEF_BUS, 0, NULL, 8);
    cr_assert(strcmp(cef_case_fuel(NULL, 0), "") == 0 && strcmp(cef_case_fuel(w.c, -1), "") == 0);
    cr_assert(strcmp(cef_case_zone(NULL, 0), "") == 0 && strcmp(cef_case_zone(w.c, INT32_MAX), "") == 0);
    cr_assert(strcmp(cef_case_owner(NULL, 0), "") == 0 && strcmp(cef_case_owner(w.c, -1), "") == 0);
}

Test(nulls, case_use)
{
    cef_case_info info = {.struct_size = sizeof info};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    REFUSED(cef_case_describe(NULL, &info, &error), cef_case_describe(NULL, &info, NULL));
    cef_powerflow_data data = {.struct_size = sizeof data};
    cef_injections at = {.struct_size = sizeof at};
    cef_powerflow_solution solved = {.struct_size = sizeof solved};
    REFUSED(cef_case_powerflow(NULL, &data, &at, &error), cef_case_powerflow(NULL, &data, &at, NULL));
    REFUSED(cef_case_powerflow(w.c, NULL, &at, &error), cef_case_powerflow(w.c, NULL, &at, NULL));
    REFUSED(cef_case_powerflow(w.c, &data, NULL, &error), cef_case_powerflow(w.c, &data, NULL, NULL));
    REFUSED(cef_case_apply_flows(NULL, &solved, &error), cef_case_apply_flows(NULL, &solved, NULL));
    REFUSED(cef_case_apply_flows(w.c, NULL, &error), cef_case_apply_flows(w.c, NULL, NULL));
    cr_assert(!cef_case_participation(NULL));
    REFUSED(cef_case_describe(w.c, NULL, &error), cef_case_describe(w.c, NULL, NULL));
    REFUSED(cef_case_snapshot(NULL, &snapshot, &error), cef_case_snapshot(NULL, &snapshot, NULL));
    REFUSED(cef_case_snapshot(w.c, NULL, &error), cef_case_snapshot(w.c, NULL, NULL));
    REFUSED(cef_case_write(NULL, "x.yaml", &error), cef_case_write(NULL, "x.yaml", NULL));
    REFUSED(cef_case_write(w.c, NULL, &error), cef_case_write(w.c, NULL, NULL));
    REFUSED(cef_case_price(NULL, NULL, NULL, &error), cef_case_price(NULL, NULL, NULL, NULL));
    cr_assert(cef_case_price(w.c, NULL, NULL, &error) == CEF_OK, "%s", error.message);
    cef_storage_data stores = {.struct_size = sizeof stores};
    REFUSED(cef_case_storage(NULL, &stores, &error), cef_case_storage(NULL, &stores, NULL));
    REFUSED(cef_case_storage(w.c, NULL, &error), cef_case_storage(w.c, NULL, NULL));
    REFUSED(cef_case_check_flows(NULL, 0.1, &error), cef_case_check_flows(NULL, 0.1, NULL));
}

static cef_meter_roll *roll_of(void)
{
    const cef_snapshot snapshot = world_snapshot();
    cef_meter_roll *roll = NULL;
    cr_assert(cef_meter_roll_create(w.ctx, w.net, NULL, &snapshot, &roll, &error) == CEF_OK, "%s", error.message);
    return roll;
}

Test(nulls, meter_roll)
{
    const cef_snapshot snapshot = world_snapshot();
    cef_meter_roll *roll = NULL;
    cef_meter_roll_info info = {.struct_size = sizeof info};
    cef_meter_setup setup = {.struct_size = sizeof setup};
    REFUSED_OUT(roll, cef_meter_roll_create(NULL, w.net, NULL, &snapshot, &roll, &error),
                cef_meter_roll_create(NULL, w.net, NULL, &snapshot, &roll, NULL));
    REFUSED_OUT(roll, cef_meter_roll_create(w.ctx, NULL, NULL, &snapshot, &roll, &error),
                cef_meter_roll_create(w.ctx, NULL, NULL, &snapshot, &roll, NULL));
    REFUSED_OUT(roll, cef_meter_roll_create(w.ctx, w.net, NULL, NULL, &roll, &error),
                cef_meter_roll_create(w.ctx, w.net, NULL, NULL, &roll, NULL));
    REFUSED(cef_meter_roll_create(w.ctx, w.net, NULL, &snapshot, NULL, &error),
            cef_meter_roll_create(w.ctx, w.net, NULL, &snapshot, NULL, NULL));
    roll = roll_of();
    REFUSED(cef_meter_roll_describe(NULL, &info, &error), cef_meter_roll_describe(NULL, &info, NULL));
    REFUSED(cef_meter_roll_describe(roll, NULL, &error), cef_meter_roll_describe(roll, NULL, NULL));
    REFUSED(cef_meter_roll_setup(NULL, 0, &setup, NULL, NULL, &error),
            cef_meter_roll_setup(NULL, 0, &setup, NULL, NULL, NULL));
    REFUSED(cef_meter_roll_setup(roll, 0, NULL, NULL, NULL, &error),
            cef_meter_roll_setup(roll, 0, NULL, NULL, NULL, NULL));
    cr_assert(cef_meter_roll_setup(roll, 77, &setup, NULL, NULL, &error) == CEF_ERR_ARGUMENT);
    cef_meter_roll_destroy(roll);
    cef_meter_roll_destroy(NULL);
}

Test(nulls, meter_field)
{
    cef_meter_roll *roll = roll_of();
    cef_meter_field *field = NULL;
    cef_meter_field_options_init(NULL, sizeof(cef_meter_field_options));
    REFUSED_OUT(field, cef_meter_field_create(NULL, roll, NULL, &field, &error),
                cef_meter_field_create(NULL, roll, NULL, &field, NULL));
    REFUSED_OUT(field, cef_meter_field_create(w.ctx, NULL, NULL, &field, &error),
                cef_meter_field_create(w.ctx, NULL, NULL, &field, NULL));
    REFUSED(cef_meter_field_create(w.ctx, roll, NULL, NULL, &error),
            cef_meter_field_create(w.ctx, roll, NULL, NULL, NULL));
    REFUSED(cef_meter_field_run(NULL, 1, NULL, &error), cef_meter_field_run(NULL, 1, NULL, NULL));
    REFUSED(cef_meter_field_read(NULL, NULL, NULL, NULL, &error), cef_meter_field_read(NULL, NULL, NULL, NULL, NULL));
    cr_assert(cef_meter_field_create(w.ctx, roll, NULL, &field, &error) == CEF_OK, "%s", error.message);
    cef_meter_roll_destroy(roll);
    cr_assert(cef_meter_field_run(field, 9, NULL, &error) == CEF_OK &&
              cef_meter_field_read(field, 0, 0, 0, 0) == CEF_OK);
    cef_meter_field_destroy(field);
    cef_meter_field_destroy(NULL);
}

Test(nulls, meter)
{
    cef_meter_rules rules;
    cef_meter *meter = NULL;
    cef_meter_reading reading = {.struct_size = sizeof reading};
    _Alignas(8) uint8_t memory[512], bytes[CEF_METER_MESSAGE_BYTES];
    cef_meter_message message = {.from = 1};
    cef_meter_rules_init(NULL, sizeof rules);
    cef_meter_rules_init(&rules, sizeof rules);
    const cef_meter_setup setup = {.struct_size = sizeof setup, .rules = &rules, .meter = 1};
    const cef_meter_setup no_rules = {.struct_size = sizeof setup, .meter = 1};
    const cef_meter_setup no_links = {.struct_size = sizeof setup, .rules = &rules, .meter = 1, .n_links = 1};
    cr_assert(cef_meter_state_size(0) == 512 && cef_meter_state_size(3) == 512 + 3 * 64);
    cr_assert(cef_meter_state_size(-1) == 0 && cef_meter_arena_size(1, 9) == 0 && cef_meter_arena_size(2, 2) > 0);
    REFUSED_OUT(meter, cef_meter_init(NULL, memory, sizeof memory, &meter, &error),
                cef_meter_init(NULL, memory, sizeof memory, &meter, NULL));
    REFUSED_OUT(meter, cef_meter_init(&setup, NULL, sizeof memory, &meter, &error),
                cef_meter_init(&setup, NULL, sizeof memory, &meter, NULL));
    REFUSED_OUT(meter, cef_meter_init(&no_rules, memory, sizeof memory, &meter, &error),
                cef_meter_init(&no_rules, memory, sizeof memory, &meter, NULL));
    REFUSED_OUT(meter, cef_meter_init(&no_links, memory, sizeof memory, &meter, &error),
                cef_meter_init(&no_links, memory, sizeof memory, &meter, NULL));
    REFUSED(cef_meter_init(&setup, memory, sizeof memory, NULL, &error),
            cef_meter_init(&setup, memory, sizeof memory, NULL, NULL));
    cr_assert(cef_meter_init(&setup, memory, sizeof memory - 1, &meter, &error) == CEF_ERR_ARGUMENT);
    cr_assert(cef_meter_init(&setup, memory, sizeof memory, &meter, &error) == CEF_OK, "%s", error.message);
    REFUSED(cef_meter_read(NULL, &reading, &error), cef_meter_read(NULL, &reading, NULL));
    REFUSED(cef_meter_read(meter, NULL, &error), cef_meter_read(meter, NULL, NULL));
    cr_assert(cef_meter_receive(NULL, bytes, 1) == CEF_METER_TRUNCATED);
    cr_assert(cef_meter_receive(meter, NULL, 1) == CEF_METER_TRUNCATED);
    cr_assert(cef_meter_send(NULL, 0, bytes, sizeof bytes) == 0 && cef_meter_send(meter, 0, NULL, 9) == 0);
    cr_assert(cef_meter_send(meter, 5, bytes, sizeof bytes) == 0);
    cef_meter_step(NULL);
    cr_assert(cef_meter_encode(NULL, bytes, sizeof bytes) == 0 && cef_meter_encode(&message, NULL, 99) == 0);
    cr_assert(cef_meter_decode(NULL, 9, &message) == CEF_METER_TRUNCATED);
    cr_assert(cef_meter_decode(bytes, sizeof bytes, NULL) == CEF_METER_TRUNCATED);
    cr_assert(cef_meter_verdict_name(-1) && cef_meter_verdict_name(99) && cef_meter_quality_name(-1));
}

Test(nulls, meter_registers)
{
    cef_meter_registers registers = {0};
    REFUSED(cef_meter_registers_init(NULL, sizeof registers, 0, &error),
            cef_meter_registers_init(NULL, sizeof registers, 0, NULL));
    REFUSED(cef_meter_registers_book(NULL, 0, 0, 1, 1, 1, 0, &error),
            cef_meter_registers_book(NULL, 0, 0, 1, 1, 1, 0, NULL));
    REFUSED(cef_meter_registers_correct(NULL, 0, 0, 0, 1, 1, &error),
            cef_meter_registers_correct(NULL, 0, 0, 0, 1, 1, NULL));
    cr_assert(cef_meter_registers_init(&registers, 7, 0, &error) == CEF_ERR_STRUCT_SIZE);
    cr_assert(cef_meter_registers_book(&registers, 0, 0, 1, 1, 1, 0, &error) == CEF_ERR_STRUCT_SIZE);
}
