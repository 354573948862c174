/* SPDX-License-Identifier: Apache-2.0 */
/* NULL arguments: power flow. */
#include "nulls.h"

NULLS(nulls_powerflow);

Test(nulls_powerflow, powerflow)
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

Test(nulls_powerflow, powerflow_columns)
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
Test(nulls_powerflow, powerflow_hvdc_columns)
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

Test(nulls_powerflow, case_powerflow)
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
