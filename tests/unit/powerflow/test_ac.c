/* SPDX-License-Identifier: Apache-2.0 */
/* AC power flow on grids worked by hand, and laws on random ones. Base 100 MVA: 1 per unit is 100 MW. */
#include <complex.h>
#include <criterion/criterion.h>

#include "grid.h"

static bool near(double a, double b, double tolerance) { return fabs(a - b) <= tolerance; }

/* Reference at 1 per unit, x = 0.1, load P = 1: v^4 - v^2 + x^2 P^2 = 0 and v sin(angle) = -x P. */
static grid *two_buses(double p, double q)
{
    grid *g = grid_new();
    grid_bus(g, CEF_BUS_TYPE_REF);
    grid_bus(g, CEF_BUS_TYPE_PQ);
    grid_gen(g, 0, 0.0, 1.0);
    grid_load(g, 1, p, q);
    grid_branch(g, 0, 1, 0.0, 0.1);
    return g;
}

Test(powerflow_ac, two_buses)
{
    grid *g = two_buses(100.0, 0.0);
    grid_must_run(g);
    const double v = sqrt((1.0 + sqrt(1.0 - 4.0 * 0.01)) / 2.0);
    cr_assert(near(g->vm[0], 1.0, 0) && near(g->vm[1], v, 1e-14), "%.17g, expected %.17g", g->vm[1], v);
    cr_assert(near(g->va[1], -asin(0.1 / v) * 180 / M_PI, 1e-12));
    cr_assert(near(g->p_from[0], 100.0, 1e-11) && near(g->p_to[0], -100.0, 1e-11));
    cr_assert(near(g->q_to[0], 0.0, 1e-11) && near(g->q_from[0], 1000.0 * (1.0 - v * cos(asin(0.1 / v))), 1e-10));
    cr_assert(near(g->out_gen_p[0], 100.0, 1e-11) && near(g->out_gen_q[0], g->q_from[0], 1e-12));
    cr_assert(g->info.converged == 1 && g->info.mismatch < 1e-13 && g->info.n_islands == 1 &&
              g->info.n_dead_buses == 0);
    cr_assert(near(g->info.loss_mw, 0.0, 1e-11) && near(g->info.slack_mw, 100.0, 1e-11) && g->info.unserved_mw == 0.0);
    cr_assert(g->info.start == CEF_START_STORED && g->info.iterations > 1 && g->info.iterations < 8);
}

/* r = 0.02: the loss is r |I|^2, and reactive demand at the bus counts like that of the load. */
Test(powerflow_ac, losses_and_reactive_demand)
{
    grid *g = two_buses(80.0, 20.0);
    g->r[0] = 0.02;
    g->bus_q[1] = 10.0;
    grid_must_run(g);
    const double i2 = (0.8 * 0.8 + 0.3 * 0.3) / (g->vm[1] * g->vm[1]);
    cr_assert(near(g->info.loss_mw, 0.02 * i2 * 100.0, 1e-10) &&
              near(g->p_from[0] + g->p_to[0], g->info.loss_mw, 1e-12));
    cr_assert(near(g->q_to[0], -30.0, 1e-10) && near(g->q_from[0] + g->q_to[0], 0.1 * i2 * 100.0, 1e-10));
}

/* Without load behind it a transformer of ratio t e^(j s) shows v / t at the angle -s. */
Test(powerflow_ac, transformer_without_load)
{
    grid *g = two_buses(0.0, 0.0);
    g->tap[0] = 1.05;
    g->shift[0] = 30.0;
    g->va0[0] = 10.0;
    grid_must_run(g);
    cr_assert(near(g->vm[1], 1.0 / 1.05, 1e-14) && near(g->va[0], 10.0, 1e-13) && near(g->va[1], -20.0, 1e-12));
    cr_assert(near(g->p_from[0], 0.0, 1e-11) && near(g->q_from[0], 0.0, 1e-11) && near(g->p_to[0], 0.0, 1e-11));
}

/* An open line lifts its far end: v2 (1 - x b / 2) = v1; its own charging is all that flows. */
Test(powerflow_ac, charging)
{
    grid *g = two_buses(0.0, 0.0);
    g->b[0] = 0.4;
    grid_must_run(g);
    const double v = 1.0 / (1.0 - 0.1 * 0.4 / 2.0);
    cr_assert(near(g->vm[1], v, 1e-13));
    cr_assert(near(g->q_to[0], 0.0, 1e-11) && near(g->q_from[0], -100.0 * (0.2 + 0.2 * v), 1e-10));
}

/* gs and bs at voltage v draw gs v^2 and give bs v^2; the shunt's load row states it. */
Test(powerflow_ac, shunts)
{
    grid *g = two_buses(50.0, 10.0);
    const cef_index row = grid_shunt(g, 1, 20.0, 30.0);
    grid_shunt(g, 1, 20.0, 30.0); /* a second row beside the first stands for nothing */
    grid_must_run(g);
    const double v2 = g->vm[1] * g->vm[1];
    cr_assert(near(g->out_load_p[row], 20.0 * v2, 1e-12) && g->out_load_p[row + 1] == 0.0);
    cr_assert(near(-g->p_to[0], 50.0 + 20.0 * v2, 1e-10) && near(-g->q_to[0], 10.0 - 30.0 * v2, 1e-10));
    cr_assert(grid_imbalance(g) < 1e-10);
}

/* Where bus_gs is 0 a shunt row is a load like any other. */
Test(powerflow_ac, shunt_row_without_conductance)
{
    grid *g = two_buses(50.0, 0.0);
    g->load_kind[0] = CEF_LOAD_SHUNT;
    grid_must_run(g);
    cr_assert(g->out_load_p[0] == 50.0 && near(g->p_to[0], -50.0, 1e-11));
}

Test(powerflow_ac, parallel_branches_are_one_of_half_the_impedance)
{
    grid *g = two_buses(90.0, 30.0);
    grid_branch(g, 1, 0, 0.0, 0.1); /* the other way round */
    grid_must_run(g);
    const double vm = g->vm[1], va = g->va[1];
    cr_assert(near(g->p_from[0], 45.0, 1e-11) && near(g->p_to[1], 45.0, 1e-11));
    g = two_buses(90.0, 30.0);
    g->x[0] = 0.05;
    grid_must_run(g);
    cr_assert(near(g->vm[1], vm, 1e-14) && near(g->va[1], va, 1e-12));
}

/* A branch from a bus to itself only burns what its pi elements draw: two halves of charging b. */
Test(powerflow_ac, branch_from_a_bus_to_itself)
{
    grid *g = two_buses(10.0, 0.0);
    const cef_index loop = grid_branch(g, 1, 1, 0.01, 0.1);
    g->b[loop] = 0.2;
    grid_must_run(g);
    const double v2 = g->vm[1] * g->vm[1];
    cr_assert(near(g->q_from[loop] + g->q_to[loop], -20.0 * v2, 1e-10) && near(g->p_from[loop], 0.0, 1e-11));
    cr_assert(near(-g->q_to[0], -20.0 * v2, 1e-10) && grid_imbalance(g) < 1e-10);
}

/* Units: at the PV bus q is shared over ranges 10:30; the slack goes to the reference's units by capacity 100:300. */
Test(powerflow_ac, units_at_one_bus)
{
    grid *g = two_buses(200.0, 90.0);
    g->type[1] = CEF_BUS_TYPE_PV;
    const cef_index second = grid_gen(g, 0, 40.0, 1.0);
    g->capacity[second] = 300.0;
    const cef_index a = grid_gen(g, 1, 30.0, 0.98), b = grid_gen(g, 1, 10.0, 0.99);
    g->qmin[a] = -5.0, g->qmax[a] = 5.0, g->qmin[b] = 0.0, g->qmax[b] = 30.0;
    grid_must_run(g);
    cr_assert(g->vm[1] == 0.99 && g->info.n_vg_conflicts == 1, "the last unit decides, the contradiction is counted");
    cr_assert(near(g->info.slack_mw, 120.0, 1e-10));
    cr_assert(near(g->out_gen_p[0], 30.0, 1e-10) && near(g->out_gen_p[second], 40.0 + 90.0, 1e-10));
    cr_assert(g->out_gen_p[a] == 30.0 && g->out_gen_p[b] == 10.0);
    const double total = g->out_gen_q[a] + g->out_gen_q[b];
    cr_assert(near(total, 90.0 + g->q_to[0], 1e-10) && near(g->out_gen_q[a] + 5.0, (total + 5.0) * 0.25, 1e-10));
}

/* A PQ bus's units give what they state. */
Test(powerflow_ac, units_at_a_pq_bus)
{
    grid *g = two_buses(50.0, 20.0);
    const cef_index gen = grid_gen(g, 1, 30.0, 1.1);
    g->gen_q[gen] = 15.0;
    grid_must_run(g);
    cr_assert(near(g->p_to[0], -20.0, 1e-11) && near(g->q_to[0], -5.0, 1e-11) && g->out_gen_q[gen] == 15.0);
    cr_assert(g->out_type[1] == CEF_BUS_TYPE_PQ && fabs(g->vm[1] - 1.0) < 0.05);
}

/* Shares 1:3 of what is missing, loss included. */
Test(powerflow_ac, participation)
{
    grid *g = two_buses(200.0, 0.0);
    g->r[0] = 0.01;
    g->type[1] = CEF_BUS_TYPE_PV;
    grid_gen(g, 1, 100.0, 1.0);
    grid_gen(g, 1, 5.0, 1.0);
    const double participation[] = {1.0, 3.0, 0.0};
    g->options.participation = participation;
    grid_must_run(g);
    const double missing = 200.0 + g->info.loss_mw - 105.0;
    cr_assert(g->info.loss_mw > 0.01 && near(g->info.slack_mw, missing, 1e-9));
    cr_assert(near(g->out_gen_p[0], missing / 4, 1e-9) && near(g->out_gen_p[1], 100.0 + missing * 3 / 4, 1e-9));
    cr_assert(g->out_gen_p[2] == 5.0 && grid_imbalance(g) < 1e-9);
    const double none[] = {0.0, 0.0, 0.0}, not_the_reference[] = {0.0, 1.0, 0.0};
    g->options.participation = not_the_reference;
    grid_must_run(g);
    cr_assert(g->out_gen_p[0] == 0.0 && near(g->out_gen_p[1], 195.0 + g->info.loss_mw, 1e-9) &&
              grid_imbalance(g) < 1e-9);
    g->options.participation = none; /* as if there were none */
    grid_must_run(g);
    cr_assert(near(g->out_gen_p[0], 95.0 + g->info.loss_mw, 1e-9) && g->out_gen_p[1] == 100.0);
}

Test(powerflow_ac, storage_and_self_supply)
{
    grid *g = two_buses(50.0, 0.0);
    g->n_storage = 2;
    g->storage_bus[0] = 1, g->storage_p[0] = 20.0;
    g->storage_bus[1] = 1, g->storage_p[1] = -5.0;
    grid_must_run(g);
    cr_assert(near(g->p_to[0], -35.0, 1e-11) && g->out_storage_p[0] == 20.0 && g->out_storage_p[1] == -5.0);
}

/* What goes in at one end comes out less the loss; what arrives is negative. */
Test(powerflow_ac, hvdc)
{
    grid *g = two_buses(100.0, 0.0);
    const cef_index line = grid_branch(g, 0, 1, NAN, NAN); /* never read */
    g->hvdc[line] = 1;
    g->hvdc_p_from[line] = 60.0, g->hvdc_p_to[line] = -57.0, g->hvdc_q_to[line] = 8.0;
    grid_must_run(g);
    cr_assert(near(g->p_to[0], -43.0, 1e-11) && near(g->q_to[0], -8.0, 1e-11));
    cr_assert(g->p_from[line] == 60.0 && g->p_to[line] == -57.0 && near(g->info.loss_mw, 3.0, 1e-10));
    cr_assert(near(g->out_gen_p[0], 103.0, 1e-10) && grid_imbalance(g) < 1e-10);
}

/* A series capacitor: x < 0. */
Test(powerflow_ac, negative_reactance)
{
    grid *g = two_buses(100.0, 20.0);
    grid_bus(g, CEF_BUS_TYPE_PQ);
    g->x[0] = -0.04;
    grid_branch(g, 1, 2, 0.01, 0.1);
    grid_load(g, 2, 50.0, 10.0);
    grid_must_run(g);
    cr_assert(g->info.mismatch < 1e-12 && g->va[1] > 0.0 && grid_imbalance(g) < 1e-10);
}

/* Noise on dead ends stays far below the tracing threshold of 1e-6 MW, low impedances or not. */
Test(powerflow_ac, dead_ends_are_silent)
{
    grid *g = two_buses(80.0, 30.0);
    cef_index last = 1;
    for (int k = 0; k < 20; k++) {
        const cef_index next = grid_bus(g, CEF_BUS_TYPE_PQ);
        grid_branch(g, last, next, 1e-5, k % 2 ? 1e-4 : 0.05);
        last = next;
    }
    grid_must_run(g);
    for (cef_index k = 1; k < g->n_branch; k++)
        cr_assert(fabs(g->p_from[k]) < 1e-8 && fabs(g->p_to[k]) < 1e-8, "branch %d carries %g", k, g->p_from[k]);
}

/* The branch model in complex numbers: V' = V_from / t, the pi line between V' and V_to, I_from = I' / conj(t). */
Test(powerflow_ac, branch_model)
{
    grid *g = two_buses(0.0, 0.0);
    g->r[0] = 0.03, g->x[0] = 0.11, g->b[0] = 0.07, g->tap[0] = 0.93, g->shift[0] = 17.0;
    handles h;
    const double vm[] = {1.03, 0.96}, va[] = {4.0, -9.0}, degree = M_PI / 180;
    cr_assert(grid_open(g, &h, NULL) == CEF_OK && grid_evaluate(g, &h, vm, va) == CEF_OK);
    const double complex from = vm[0] * cexp(I * va[0] * degree), to = vm[1] * cexp(I * va[1] * degree);
    const double complex t = 0.93 * cexp(I * 17.0 * degree), y = 1.0 / (0.03 + 0.11 * I), behind = from / t;
    const double complex i_behind = (behind - to) * y + 0.035 * I * behind, i_to = (to - behind) * y + 0.035 * I * to;
    const double complex s_from = 100.0 * from * conj(i_behind / conj(t)), s_to = 100.0 * to * conj(i_to);
    cr_assert(near(g->p_from[0], creal(s_from), 1e-11) && near(g->q_from[0], cimag(s_from), 1e-11));
    cr_assert(near(g->p_to[0], creal(s_to), 1e-11) && near(g->q_to[0], cimag(s_to), 1e-11));
    cr_assert(near(g->miss_p[1], creal(s_to), 1e-11) && near(g->miss_q[1], cimag(s_to), 1e-11), "drawn, not injected");
    grid_close(&h);
}

/* ---- laws on random grids ---- */

static bool same_state(const grid *g, const double *vm)
{
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        if (!near(g->vm[bus], vm[bus], 1e-9))
            return false;
    return true;
}

/* From voltages up to 15 % and 15 degrees off, damped steps find the solution nearly always, full steps less often. */
Test(powerflow_ac, damping)
{
    int found[2] = {0, 0}, halvings = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        double vm[GRID_MOST];
        grid *g = grid_random(seed, 30);
        grid_must_run(g);
        memcpy(vm, g->vm, sizeof vm);
        grid_disturb(g, seed * 77, 0.15, 15.0);
        g->options.fallback = 0;
        for (g->options.damping = 0; g->options.damping <= 1; g->options.damping++) {
            const cef_status status = grid_run(g);
            cr_assert(status == CEF_OK || status == CEF_ERR_DIVERGED);
            cr_assert(g->options.damping == 1 || g->info.n_halvings == 0);
            found[g->options.damping] += status == CEF_OK && same_state(g, vm);
            halvings += g->info.n_halvings;
        }
    }
    cr_assert(found[1] >= 38 && found[1] > found[0] && halvings > 0, "damped %d, full %d of 40", found[1], found[0]);
}

/* A stored state from which Newton's method finds nothing: the next start does, and is told. */
Test(powerflow_ac, falls_back_to_other_starts)
{
    grid *g = grid_random(2, 30);
    grid_disturb(g, 5, 0.4, 90.0);
    g->options.fallback = 0;
    cr_assert(grid_run(g) == CEF_ERR_DIVERGED && g->info.start == CEF_START_STORED);
    g->options.fallback = 1;
    grid_must_run(g);
    cr_assert(g->info.start == CEF_START_DC && g->info.converged == 1 && g->info.iterations < 10);
}

Test(powerflow_ac, random_grids_balance_from_every_start)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        double vm[3][GRID_MOST], va[3][GRID_MOST];
        for (int32_t start = CEF_START_STORED; start <= CEF_START_DC; start++) {
            grid *g = grid_random(seed, 4 + (cef_index) (seed * 7 % 90));
            g->options.start = start;
            g->options.fallback = 0;
            cr_assert(grid_run(g) == CEF_OK, "seed %d, start %d: %s", (int) seed, start, g->error.message);
            cr_assert(g->info.mismatch < 1e-11 && grid_imbalance(g) < 1e-9, "seed %d: %g", (int) seed,
                      grid_imbalance(g));
            cr_assert(g->info.start == start);
            memcpy(vm[start], g->vm, sizeof g->vm);
            memcpy(va[start], g->va, sizeof g->va);
            for (cef_index bus = 0; bus < g->n_bus; bus++)
                cr_assert(near(vm[start][bus], vm[0][bus], 1e-10) && near(va[start][bus], va[0][bus], 1e-8));
        }
    }
}

/* Every bus: the reactive balance of the result arrays, with shunts and the demand beside load rows. */
Test(powerflow_ac, reactive_power_balances)
{
    grid *g = grid_random(7, 50);
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        g->bus_q[bus] = 0.1 * bus;
    grid_must_run(g);
    double sum[GRID_MOST] = {0};
    for (cef_index k = 0; k < g->n_gen; k++)
        sum[g->gen_bus[k]] += g->out_gen_q[k];
    for (cef_index k = 0; k < g->n_load; k++)
        sum[g->load_bus[k]] -= g->load_q[k];
    for (cef_index k = 0; k < g->n_branch; k++) {
        sum[g->from[k]] -= g->q_from[k];
        sum[g->to[k]] -= g->q_to[k];
    }
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        cr_assert(near(sum[bus] - g->bus_q[bus] + g->bs[bus] * g->vm[bus] * g->vm[bus], 0.0, 1e-9), "bus %d", bus);
}

/* The kept factors and the kept state of a handle change nothing but the work. */
Test(powerflow_ac, repeated_solves_and_warm_starts)
{
    grid *g = grid_random(3, 60);
    handles h;
    g->options.start = CEF_START_PREVIOUS;
    cr_assert(grid_open(g, &h, NULL) == CEF_OK);
    for (int step = 0; step < 5; step++) {
        for (cef_index k = 0; k < g->n_load; k++)
            g->load_p[k] *= step == 3 ? 1.0 : 1.02;
        cr_assert(grid_solve(g, &h) == CEF_OK && g->info.mismatch < 1e-11);
        cr_assert(g->info.start == (step == 0 ? CEF_START_STORED : CEF_START_PREVIOUS));
        cr_assert(step != 3 || g->info.iterations == 0, "the same point again");
    }
    double vm[GRID_MOST];
    memcpy(vm, g->vm, sizeof vm);
    grid_close(&h);
    g->options.start = CEF_START_FLAT;
    grid_must_run(g);
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        cr_assert(near(g->vm[bus], vm[bus], 1e-11));
}

/* A result depends on its injections alone, to the last bit, whatever was solved before, failures too. */
Test(powerflow_ac, results_do_not_depend_on_earlier_solves)
{
    grid *g = grid_random(23, 60);
    g->options.reactive_limits = 1;
    for (cef_index gen = 0; gen < g->n_gen; gen++)
        g->qmin[gen] = -3.0, g->qmax[gen] = 6.0;
    handles h;
    cr_assert(grid_open(g, &h, NULL) == CEF_OK && grid_solve(g, &h) == CEF_OK);
    double first[GRID_MOST];
    memcpy(first, g->p_from, sizeof first);
    for (int other = 0; other < 4; other++) {
        const double load = g->load_p[7];
        g->load_p[7] = other == 2 ? 1e5 : 20.0 + 10.0 * other;
        cr_assert(grid_solve(g, &h) == (other == 2 ? CEF_ERR_DIVERGED : CEF_OK), "%s", g->error.message);
        g->load_p[7] = load;
        cr_assert(grid_solve(g, &h) == CEF_OK && memcmp(first, g->p_from, sizeof first) == 0);
    }
    grid_close(&h);
}

/* The state of a solution, given back, has its flows and its mismatch; a moved state is told by its mismatch. */
Test(powerflow_ac, evaluates_a_given_state)
{
    grid *g = grid_random(5, 30);
    handles h;
    cr_assert(grid_open(g, &h, NULL) == CEF_OK && grid_solve(g, &h) == CEF_OK);
    double vm[GRID_MOST], va[GRID_MOST], p_from[GRID_MOST];
    memcpy(vm, g->vm, sizeof vm);
    memcpy(va, g->va, sizeof va);
    memcpy(p_from, g->p_from, sizeof p_from);
    cr_assert(grid_evaluate(g, &h, vm, va) == CEF_OK && g->info.converged == 1 && g->info.mismatch < 1e-11);
    for (cef_index k = 0; k < g->n_branch; k++)
        cr_assert(near(g->p_from[k], p_from[k], 1e-9));
    vm[9] *= 1.01;
    cr_assert(grid_evaluate(g, &h, vm, va) == CEF_OK && g->info.converged == 0 && g->info.mismatch > 1e-3);
    cr_assert(g->vm[9] == vm[9]);
    grid_close(&h);
}
