/* SPDX-License-Identifier: Apache-2.0 */
/* NULL arguments: status, context, network, solver. */
#include "nulls.h"

NULLS(nulls);

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
