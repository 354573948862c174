/* SPDX-License-Identifier: Apache-2.0 */
/* Islands, outages, references, dead buses. */
#include <criterion/criterion.h>

#include "grid.h"

static bool near(double a, double b, double tolerance) { return fabs(a - b) <= tolerance; }

/* 0 - 1 - 2 - 3 in a row, units at 0 (reference) and 3 (PV, the larger), loads at 1 and 2. */
static grid *row_of_four(void)
{
    grid *g = grid_new();
    grid_bus(g, CEF_BUS_TYPE_REF);
    grid_bus(g, CEF_BUS_TYPE_PQ);
    grid_bus(g, CEF_BUS_TYPE_PQ);
    grid_bus(g, CEF_BUS_TYPE_PV);
    for (cef_index k = 0; k < 3; k++)
        grid_branch(g, k, k + 1, 0.01, 0.1);
    grid_gen(g, 0, 0.0, 1.01);
    grid_gen(g, 3, 50.0, 1.02);
    g->capacity[1] = 500.0;
    grid_load(g, 1, 40.0, 10.0);
    grid_load(g, 2, 30.0, 5.0);
    return g;
}

/* An outage of the middle branch: the second island takes its PV bus, at its stored angle, as reference. */
Test(powerflow_islands, outage_splits)
{
    grid *g = row_of_four();
    g->branch_on[1] = 0;
    g->x[1] = NAN; /* rows out of service are not read */
    g->va0[3] = 7.0;
    grid_must_run(g);
    cr_assert(g->info.n_islands == 2 && g->info.n_dead_buses == 0 && g->p_from[1] == 0.0 && g->q_to[1] == 0.0);
    cr_assert(g->out_type[3] == CEF_BUS_TYPE_REF && near(g->va[3], 7.0, 1e-13) && g->va[2] < 7.0);
    cr_assert(near(g->out_gen_p[1], 30.0 + g->p_from[2] + g->p_to[2], 1e-9) && grid_imbalance(g) < 1e-9);
}

/* The unit at 3 is off: its island is dead, and its load is counted, not served. */
Test(powerflow_islands, without_generation_is_dead)
{
    for (int32_t method = CEF_POWERFLOW_AC; method <= CEF_POWERFLOW_DC; method++) {
        grid *g = row_of_four();
        g->options.method = method;
        g->branch_on[1] = 0;
        g->gen_on[1] = 0;
        g->gen_p[1] = NAN;
        const cef_index shunt = grid_shunt(g, 3, 10.0, 5.0);
        grid_must_run(g);
        cr_assert(g->info.n_islands == 1 && g->info.n_dead_buses == 2 && g->info.unserved_mw == 30.0);
        for (cef_index bus = 2; bus < 4; bus++)
            cr_assert(g->vm[bus] == 0.0 && g->va[bus] == 0.0 && g->out_type[bus] == CEF_BUS_TYPE_DEAD);
        cr_assert(g->p_from[2] == 0.0 && g->out_load_p[1] == 0.0 && g->out_gen_p[1] == 0.0 && g->out_gen_q[1] == 0.0);
        cr_assert(g->out_load_p[shunt] == 0.0, "and is no demand that is not served");
        cr_assert(g->out_load_p[0] == 40.0 && grid_imbalance(g) < 1e-9);
    }
}

/* An isolated bus takes its branches, unit and load out of the grid. */
Test(powerflow_islands, isolated_bus)
{
    grid *g = row_of_four();
    g->type[3] = CEF_BUS_TYPE_ISOLATED;
    grid_load(g, 3, 11.0, 0.0);
    grid_must_run(g);
    cr_assert(g->info.n_islands == 1 && g->info.n_dead_buses == 1 && g->info.unserved_mw == 11.0);
    cr_assert(g->p_from[2] == 0.0 && g->out_gen_p[1] == 0.0 && g->out_type[3] == CEF_BUS_TYPE_DEAD);
    cr_assert(near(g->out_gen_p[0], 70.0 + g->info.loss_mw, 1e-9));
}

/* Nothing generates: everything is dead, which is said, not an error. */
Test(powerflow_islands, all_dead)
{
    for (int32_t method = CEF_POWERFLOW_AC; method <= CEF_POWERFLOW_DC; method++) {
        grid *g = row_of_four();
        g->options.method = method;
        g->gen_on[0] = g->gen_on[1] = 0;
        grid_must_run(g);
        cr_assert(g->info.n_islands == 0 && g->info.n_dead_buses == 4 && g->info.unserved_mw == 70.0);
        cr_assert(g->info.converged == 1 && g->info.worst_bus == -1 && g->info.mismatch == 0.0);
    }
}

/* The reference's only unit is off: the bus counts as PQ and the largest unit's bus is the reference. */
Test(powerflow_islands, reference_without_unit)
{
    grid *g = row_of_four();
    g->gen_on[0] = 0;
    grid_must_run(g);
    cr_assert(g->out_type[0] == CEF_BUS_TYPE_PQ && g->out_type[3] == CEF_BUS_TYPE_REF && g->vm[3] == 1.02);
    cr_assert(near(g->out_gen_p[1], 70.0 + g->info.loss_mw, 1e-9) && near(g->p_from[0], 0.0, 1e-10));
}

Test(powerflow_islands, pv_bus_without_unit_is_pq)
{
    grid *g = row_of_four();
    g->gen_on[1] = 0;
    grid_must_run(g);
    cr_assert(g->out_type[3] == CEF_BUS_TYPE_PQ && fabs(g->vm[3] - 1.02) > 1e-3 && near(g->q_to[2], 0.0, 1e-10));
}

/* Of the units of an island without REF the largest decides, not the first. */
Test(powerflow_islands, largest_unit_is_reference)
{
    grid *g = row_of_four();
    g->type[0] = CEF_BUS_TYPE_PV;
    grid_must_run(g);
    cr_assert(g->out_type[0] == CEF_BUS_TYPE_PV && g->out_type[3] == CEF_BUS_TYPE_REF && g->out_gen_p[0] == 0.0);
}

/* Two REF buses: the first keeps its angle, both carry the slack, 100 : 500. */
Test(powerflow_islands, two_references)
{
    grid *g = row_of_four();
    g->type[3] = CEF_BUS_TYPE_REF;
    g->gen_p[1] = 0.0;
    g->va0[3] = 25.0;
    grid_must_run(g);
    const double missing = 70.0 + g->info.loss_mw;
    cr_assert(g->va[0] == 0.0 && fabs(g->va[3]) < 5.0 && g->vm[3] == 1.02);
    cr_assert(near(g->out_gen_p[0], missing / 6, 1e-9) && near(g->out_gen_p[1], missing * 5 / 6, 1e-9));
}

/* No types at all: buses with a running unit hold their voltage, the largest is the reference; no vg: the stored vm. */
Test(powerflow_islands, everything_by_default)
{
    cef_context *ctx;
    cef_network *net;
    cef_powerflow *pf;
    const cef_index from[] = {0, 1}, to[] = {1, 2}, gens[] = {0, 2}, loads[] = {1};
    const cef_network_data nd = {.struct_size = sizeof nd,
                                 .branch_from = from,
                                 .branch_to = to,
                                 .gen_bus = gens,
                                 .load_bus = loads,
                                 .n_bus = 3,
                                 .n_branch = 2,
                                 .n_gen = 2,
                                 .n_load = 1};
    const double r[] = {0.01, 0.01}, x[] = {0.1, 0.1}, gen_p[] = {10.0, 5.0}, load_p[] = {40.0};
    const cef_powerflow_data data = {.struct_size = sizeof data, .base_mva = 100.0, .branch_r = r, .branch_x = x};
    const cef_injections in = {.struct_size = sizeof in, .gen_p = gen_p, .load_p = load_p};
    double vm[3], out_p[2];
    int32_t type[3];
    cef_powerflow_solution out = {.struct_size = sizeof out, .bus_vm = vm, .gen_p = out_p, .bus_type = type};
    cr_assert(cef_context_create(NULL, &ctx, NULL) == CEF_OK && cef_network_create(ctx, &nd, &net, NULL) == CEF_OK);
    cr_assert(cef_powerflow_create(ctx, net, &data, NULL, &pf, NULL) == CEF_OK);
    cr_assert(cef_powerflow_solve(pf, &in, &out, NULL, NULL) == CEF_OK);
    cr_assert(type[0] == CEF_BUS_TYPE_REF && type[1] == CEF_BUS_TYPE_PQ && type[2] == CEF_BUS_TYPE_PV);
    cr_assert(vm[0] == 1.0 && vm[2] == 1.0 && vm[1] < 1.0 && out_p[1] == 5.0 && out_p[0] > 35.0);
    cef_context_destroy(ctx); /* any order */
    cef_network_destroy(net);
    cr_assert(cef_powerflow_solve(pf, &in, NULL, NULL, NULL) == CEF_OK, "the handle keeps what it needs alive");
    cef_powerflow_destroy(pf);
}

/* An HVDC branch joins no island, and carries nothing when an end is dead. */
Test(powerflow_islands, hvdc)
{
    grid *g = row_of_four();
    g->hvdc[1] = 1;
    g->hvdc_p_from[1] = 10.0, g->hvdc_p_to[1] = -9.0;
    grid_must_run(g);
    cr_assert(g->info.n_islands == 2 && g->p_from[1] == 10.0 && g->p_to[1] == -9.0 && grid_imbalance(g) < 1e-9);
    g->gen_on[1] = 0;
    grid_must_run(g);
    cr_assert(g->info.n_islands == 1 && g->p_from[1] == 0.0 && g->p_to[1] == 0.0 && grid_imbalance(g) < 1e-9);
}
