/* SPDX-License-Identifier: Apache-2.0 */
/* Reactive limits: PV to PQ at a limit, and back when the limit no longer binds. */
#include <criterion/criterion.h>

#include "grid.h"

/* Reference 0, a PV bus 1 that wants 1.05 behind a load that pulls it down. */
static grid *weak_end(double qmin, double qmax)
{
    grid *g = grid_new();
    grid_bus(g, CEF_BUS_TYPE_REF);
    grid_bus(g, CEF_BUS_TYPE_PV);
    grid_gen(g, 0, 0.0, 1.0);
    const cef_index gen = grid_gen(g, 1, 20.0, 1.05);
    g->qmin[gen] = qmin, g->qmax[gen] = qmax;
    grid_load(g, 1, 60.0, 30.0);
    grid_branch(g, 0, 1, 0.01, 0.1);
    g->options.reactive_limits = 1;
    return g;
}

Test(powerflow_limits, wide_limits_change_nothing)
{
    grid *g = weak_end(-500.0, 500.0);
    grid_must_run(g);
    cr_assert(g->vm[1] == 1.05 && g->info.n_pv_switched == 0 && g->out_type[1] == CEF_BUS_TYPE_PV);
    const double q = g->out_gen_q[1];
    g->options.reactive_limits = 0;
    grid_must_run(g);
    cr_assert(fabs(g->out_gen_q[1] - q) < 1e-9);
}

Test(powerflow_limits, at_the_upper_limit)
{
    grid *g = weak_end(-10.0, 25.0);
    grid_must_run(g);
    cr_assert(g->info.n_pv_switched == 1 && g->out_type[1] == CEF_BUS_TYPE_PQ && g->vm[1] < 1.05);
    cr_assert(fabs(g->out_gen_q[1] - 25.0) < 1e-9 && g->info.mismatch < 1e-12);
    g->options.reactive_limits = 0;
    grid_must_run(g);
    cr_assert(g->out_gen_q[1] > 25.0 && g->vm[1] == 1.05, "without limits it takes what it needs");
}

Test(powerflow_limits, at_the_lower_limit)
{
    grid *g = weak_end(-5.0, 25.0);
    g->vg[1] = 0.93;
    grid_must_run(g);
    cr_assert(g->info.n_pv_switched == 1 && g->vm[1] > 0.93 && fabs(g->out_gen_q[1] + 5.0) < 1e-9);
}

/* The reference has none. */
Test(powerflow_limits, reference_is_not_limited)
{
    grid *g = weak_end(-10.0, 25.0);
    g->qmin[0] = -1.0, g->qmax[0] = 1.0;
    grid_must_run(g);
    cr_assert(g->out_type[0] == CEF_BUS_TYPE_REF && g->out_gen_q[0] > 1.0);
}

/* Each PV bus: in range and at its voltage, or at qmax below it, or at qmin above it. From one handle, over snapshots.
 */
Test(powerflow_limits, complementarity_on_random_grids)
{
    int switched = 0, held = 0, n = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        grid *g = grid_random(seed, 40);
        g->options.reactive_limits = 1;
        for (cef_index gen = 0; gen < g->n_gen; gen++)
            g->qmin[gen] = -3.0, g->qmax[gen] = 6.0;
        handles h;
        cr_assert(grid_open(g, &h, NULL) == CEF_OK);
        for (int snapshot = 0; snapshot < 3; snapshot++) {
            for (cef_index k = 0; k < g->n_load; k++)
                g->load_q[k] *= snapshot == 1 ? 1.3 : 0.8;
            cr_assert(grid_solve(g, &h) == CEF_OK, "seed %d: %s", (int) seed, g->error.message);
            cr_assert(grid_imbalance(g) < 1e-9);
            for (cef_index gen = 0; gen < g->n_gen; gen++) {
                const cef_index bus = g->gen_bus[gen];
                if (g->type[bus] != CEF_BUS_TYPE_PV)
                    continue;
                const bool at_max = fabs(g->out_gen_q[gen] - 6.0) < 1e-6 && g->vm[bus] <= g->vg[gen] + 1e-7;
                const bool at_min = fabs(g->out_gen_q[gen] + 3.0) < 1e-6 && g->vm[bus] >= g->vg[gen] - 1e-7;
                const bool holds =
                    g->vm[bus] == g->vg[gen] && g->out_gen_q[gen] < 6.0 + 1e-6 && g->out_gen_q[gen] > -3.0 - 1e-6;
                cr_assert(at_max || at_min || holds, "seed %d gen %d: q %g vm %g of %g", (int) seed, gen,
                          g->out_gen_q[gen], g->vm[bus], g->vg[gen]);
                switched += g->out_type[bus] == CEF_BUS_TYPE_PQ, held += holds, n++;
            }
        }
        grid_close(&h);
    }
    cr_assert(switched > 50 && held > 50, "%d of %d switched, %d held: both must be seen", switched, n, held);
}
