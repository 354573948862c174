/* SPDX-License-Identifier: Apache-2.0 */
/* Proves, on random meshed grids whose voltages were chosen before their injections: AC finds that state again from a
 * stored, a flat and a DC start; its branch powers and Kirchhoff's law hold in independent complex arithmetic at
 * rounding level; set points, schedules, slack shares, dead parts are as stated. DC agrees with a dense solve. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "electric.h"

enum { N_SEEDS = 100 };

static const unsigned features[] = {0,
                                    ELECTRIC_SHIFT,
                                    ELECTRIC_PARALLEL,
                                    ELECTRIC_OUTAGE,
                                    ELECTRIC_ISLANDS,
                                    ELECTRIC_ISOLATED,
                                    ELECTRIC_SHUNT,
                                    ELECTRIC_HVDC,
                                    ELECTRIC_UNITS,
                                    ELECTRIC_SHARES,
                                    ELECTRIC_CAPACITOR,
                                    ELECTRIC_ALL};

static void expect_state(uint64_t seed, unsigned options, int32_t start, double far)
{
    dice d = {seed};
    electric g = random_electric(&d, dice_between(&d, 2, 60), options, far);
    cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, start);
    o.fallback = 0; /* the start under test, no other */
    flowed f = electric_solve(&g, &o);
    cr_assert(f.status == CEF_OK, "seed %lu options %u start %d: %s: %s", seed, options, start, f.error.code,
              f.error.message);
    cr_assert(f.info.start == start && f.info.mismatch <= 1e-8, "seed %lu: start %d, %g", seed, f.info.start,
              f.info.mismatch);
    const char *why = electric_check(&g, &f, 1e-12);
    cr_assert(!why, "seed %lu options %u start %d: %s", seed, options, start, why);
    why = electric_check_truth(&g, &f, 1e-9);
    cr_assert(!why, "seed %lu options %u start %d: %s", seed, options, start, why);
    flowed_free(&f);
    electric_free(&g);
}

/* One feature alone: what breaks is named by the number of the case. */
Test(powerflow, each_feature_alone)
{
    for (size_t k = 0; k < sizeof features / sizeof *features; k++)
        for (uint64_t seed = 1; seed <= 15; seed++)
            expect_state(1000 * (uint64_t) k + seed, features[k], CEF_START_STORED, 0.002);
}

/* Series capacitors bring other solutions near: with them the start is nearer. */
Test(powerflow, all_features_from_a_stored_start)
{
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        expect_state(seed, ELECTRIC_ALL, CEF_START_STORED, 0.002);
        expect_state(seed, ELECTRIC_ALL & ~(unsigned) ELECTRIC_CAPACITOR, CEF_START_STORED, 0.02);
    }
}

Test(powerflow, all_features_from_a_flat_start)
{
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++)
        expect_state(seed, ELECTRIC_ALL & ~(unsigned) ELECTRIC_CAPACITOR, CEF_START_FLAT, 0.3);
}

Test(powerflow, all_features_from_a_dc_start)
{
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++)
        expect_state(seed, ELECTRIC_ALL & ~(unsigned) ELECTRIC_CAPACITOR, CEF_START_DC, 0.3);
}

static void expect_dc(uint64_t seed, unsigned options)
{
    dice d = {seed};
    electric g = random_electric_dc(&d, dice_between(&d, 2, 60), options);
    const cef_powerflow_options o = flow_options(CEF_POWERFLOW_DC, CEF_START_STORED);
    flowed f = electric_solve(&g, &o);
    cr_assert(f.status == CEF_OK, "seed %lu options %u: %s: %s", seed, options, f.error.code, f.error.message);
    const char *why = electric_check_dc(&g, &f);
    cr_assert(!why, "seed %lu options %u: %s", seed, options, why);
    why = electric_check_truth(&g, &f, 1e-12);
    cr_assert(!why, "seed %lu options %u: %s", seed, options, why);
    flowed_free(&f);
    electric_free(&g);
}

Test(powerflow, dc_is_the_dense_solution)
{
    for (size_t k = 0; k < sizeof features / sizeof *features; k++)
        for (uint64_t seed = 1; seed <= 15; seed++)
            expect_dc(1000 * (uint64_t) k + seed, features[k]);
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++)
        expect_dc(seed, ELECTRIC_ALL);
}

/* ---- a state that is given ---- */
static void expect_evaluated(uint64_t seed, int32_t method)
{
    dice d = {seed};
    electric g = method == CEF_POWERFLOW_AC ? random_electric(&d, 40, ELECTRIC_ALL, 0.002)
                                            : random_electric_dc(&d, 40, ELECTRIC_ALL);
    const cef_powerflow_options o = flow_options(method, CEF_START_STORED);
    flow_session s = flow_open(&g, &o, NULL);
    flowed solved = flowed_make(&g), given = flowed_make(&g);
    flow_solve(&s, &g, &solved);
    flow_evaluate(&s, &g, g.true_vm, g.true_va, &given);
    cr_assert(solved.status == CEF_OK && given.status == CEF_OK, "seed %lu: %s%s", seed, solved.error.message,
              given.error.message);
    for (cef_index k = 0; k < g.n_branch; k++)
        cr_assert(fabs(solved.out.branch_p_from[k] - given.out.branch_p_from[k]) <= 1e-7 &&
                      fabs(solved.out.branch_p_to[k] - given.out.branch_p_to[k]) <= 1e-7 &&
                      fabs(solved.out.branch_q_from[k] - given.out.branch_q_from[k]) <= 1e-7 &&
                      fabs(solved.out.branch_q_to[k] - given.out.branch_q_to[k]) <= 1e-7,
                  "seed %lu method %d branch %d: %.12g for %.12g", seed, method, k, given.out.branch_p_from[k],
                  solved.out.branch_p_from[k]);
    for (cef_index bus = 0; method == CEF_POWERFLOW_AC && bus < g.n_bus; bus++) /* another state: other powers */
        g.true_vm[bus] *= 1.01;
    const double kept = g.true_va[1];
    g.true_va[1] += 1.0;
    flow_evaluate(&s, &g, g.true_vm, g.true_va, &given);
    cr_assert(given.status == CEF_OK && given.info.mismatch > 1e-4, "seed %lu: %g", seed, given.info.mismatch);
    cr_assert(fabs(given.out.bus_va[1] - g.true_va[1]) <= 1e-12);
    g.true_va[1] = NAN;
    flow_evaluate(&s, &g, g.true_vm, g.true_va, &given);
    cr_assert(given.status < 0 && given.error.element == CEF_BUS && given.error.index == 1, "%d: %s", given.status,
              given.error.message);
    g.true_va[1] = kept;
    flow_close(&s), flowed_free(&solved), flowed_free(&given), electric_free(&g);
}

Test(powerflow, a_given_state_is_evaluated)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        expect_evaluated(seed, CEF_POWERFLOW_AC);
        expect_evaluated(seed, CEF_POWERFLOW_DC);
    }
}

/* ---- many snapshots ---- */
static void scale(electric *g, double by)
{
    for (cef_index k = 0; k < g->n_load; k++)
        g->load_p[k] *= by, g->load_q[k] *= by;
    for (cef_index k = 0; k < g->n_gen; k++)
        g->gen_p[k] *= by;
}

static electric grid_with_limits(uint64_t seed)
{
    dice d = {seed};
    electric g = random_electric(&d, dice_between(&d, 5, 40), ELECTRIC_ALL & ~(unsigned) ELECTRIC_CAPACITOR, 0.02);
    for (cef_index k = 0; k < g.n_gen; k++)
        g.qmin[k] = -40.0, g.qmax[k] = 40.0; /* read only where an option says so */
    return g;
}

static void expect_same(const electric *g, const flowed *a, const flowed *b, uint64_t seed)
{
    const double *const x = (const double *) (const void *) a->memory, *const y =
                                                                           (const double *) (const void *) b->memory;
    const cef_index n = 4 * g->n_bus + 4 * g->n_branch + 2 * g->n_gen + g->n_load;
    for (cef_index k = 0; k < n; k++) /* every column of doubles: per unit, degrees, MW, MVAr */
        cr_assert(fabs(x[k] - y[k]) <= 1e-10, "seed %lu value %d: %.17g, then %.17g", seed, k, x[k], y[k]);
}

/* The same injections give the same result, in as many iterations, whatever was solved in between: other loads, a
 * divergence, a refusal. Not to the last bit: KLU keeps the pivots that it chose before. */
static void expect_no_memory(uint64_t seed, int32_t method, int32_t start, int32_t limits)
{
    electric g = grid_with_limits(seed);
    cef_powerflow_options o = flow_options(method, start);
    o.reactive_limits = limits;
    flow_session s = flow_open(&g, &o, NULL);
    flowed first = flowed_make(&g), other = flowed_make(&g), again = flowed_make(&g);
    flow_solve(&s, &g, &first);
    cr_assert(first.status == CEF_OK, "seed %lu: %s", seed, first.error.message);
    const double factors[] = {0.9, 1.02, 300.0};
    for (int k = 0; k < 3; k++) {
        scale(&g, factors[k]);
        flow_solve(&s, &g, &other);
        cr_assert(k == 2 || other.status == CEF_OK, "seed %lu x %g: %s", seed, factors[k], other.error.message);
        cr_assert(method == CEF_POWERFLOW_DC || k < 2 || other.status == CEF_ERR_DIVERGED, "seed %lu: %d", seed,
                  other.status);
    }
    electric_free(&g);
    g = grid_with_limits(seed);
    const double kept = g.load_p[0];
    g.load_p[0] = NAN;
    flow_solve(&s, &g, &other);
    cr_assert(other.status == CEF_ERR_SNAPSHOT);
    g.load_p[0] = kept;
    flow_solve(&s, &g, &again);
    cr_assert(again.status == CEF_OK && again.info.iterations == first.info.iterations &&
                  again.info.start == first.info.start && again.info.n_pv_switched == first.info.n_pv_switched,
              "seed %lu method %d start %d limits %d: %d iterations, then %d", seed, method, start, limits,
              first.info.iterations, again.info.iterations);
    expect_same(&g, &first, &again, seed);
    flowed_free(&first), flowed_free(&other), flowed_free(&again);
    flow_close(&s);
    electric_free(&g);
}

Test(powerflow, results_do_not_depend_on_earlier_solves)
{
    for (uint64_t seed = 1; seed <= 30; seed++) {
        expect_no_memory(seed, CEF_POWERFLOW_DC, CEF_START_STORED, 0);
        expect_no_memory(seed, CEF_POWERFLOW_AC, CEF_START_STORED, (int32_t) seed % 2);
        expect_no_memory(seed, CEF_POWERFLOW_AC, CEF_START_FLAT, 0);
    }
}

/* A warm start reaches the same state within the accuracy of both, in fewer iterations summed. */
Test(powerflow, previous_start_tracks_a_day)
{
    int cold_steps = 0, warm_steps = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        dice d = {seed};
        electric g = random_electric(&d, 40, ELECTRIC_ALL & ~(unsigned) ELECTRIC_CAPACITOR, 0.02);
        const cef_powerflow_options flat = flow_options(CEF_POWERFLOW_AC, CEF_START_FLAT);
        const cef_powerflow_options previous = flow_options(CEF_POWERFLOW_AC, CEF_START_PREVIOUS);
        flow_session cold = flow_open(&g, &flat, NULL), warm = flow_open(&g, &previous, NULL);
        flowed a = flowed_make(&g), b = flowed_make(&g);
        for (int period = 0; period < 12; period++) {
            scale(&g, period % 2 ? 1.01 : 1.0 / 1.01);
            flow_solve(&cold, &g, &a), flow_solve(&warm, &g, &b);
            cr_assert(a.status == CEF_OK && b.status == CEF_OK, "seed %lu: %s%s", seed, a.error.message,
                      b.error.message);
            cr_assert(period == 0 || b.info.start == CEF_START_PREVIOUS);
            cold_steps += a.info.iterations, warm_steps += b.info.iterations;
            const char *why = electric_check(&g, &b, 1e-12);
            cr_assert(!why, "seed %lu period %d: %s", seed, period, why);
            for (cef_index bus = 0; bus < g.n_bus; bus++)
                cr_assert(fabs(a.out.bus_vm[bus] - b.out.bus_vm[bus]) <= 1e-10, "seed %lu bus %d", seed, bus);
        }
        flowed_free(&a), flowed_free(&b), flow_close(&cold), flow_close(&warm), electric_free(&g);
    }
    cr_assert(warm_steps < cold_steps, "%d warm, %d cold", warm_steps, cold_steps);
}

/* ---- reactive limits ---- */
/* At every PV bus that stayed one, q is within the units' limits; one that became PQ stands at a limit, its voltage on
 * the side that the limit explains. */
static const char *limits_hold(const electric *g, const flowed *f)
{
    static char why[200];
    for (cef_index bus = 0; bus < g->n_bus; bus++) {
        double low = 0.0, high = 0.0, q = 0.0, set = NAN;
        for (cef_index k = 0; k < g->n_gen; k++)
            if (g->gen_bus[k] == bus && g->gen_on[k])
                low += g->qmin[k], high += g->qmax[k], q += f->out.gen_q[k], set = g->vg[k];
        if (isnan(set) || g->bus_type[bus] != CEF_BUS_TYPE_PV || f->out.bus_type[bus] == CEF_BUS_TYPE_REF ||
            f->out.bus_type[bus] == CEF_BUS_TYPE_DEAD)
            continue;
        const double v = f->out.bus_vm[bus], slip = 1e-5;
        const bool held = f->out.bus_type[bus] == CEF_BUS_TYPE_PV && q >= low - slip && q <= high + slip;
        const bool at_high = f->out.bus_type[bus] == CEF_BUS_TYPE_PQ && fabs(q - high) <= slip && v <= set + 1e-7;
        const bool at_low = f->out.bus_type[bus] == CEF_BUS_TYPE_PQ && fabs(q - low) <= slip && v >= set - 1e-7;
        if (held || at_high || at_low)
            continue;
        snprintf(why, sizeof why, "bus %d type %d: q %.9g of %.9g..%.9g, v %.9g set %.9g", bus, f->out.bus_type[bus], q,
                 low, high, v, set);
        return why;
    }
    return NULL;
}

Test(powerflow, reactive_limits)
{
    int switched = 0, refused = 0;
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        dice d = {seed};
        electric g =
            random_electric(&d, dice_between(&d, 5, 60), ELECTRIC_SHIFT | ELECTRIC_UNITS | ELECTRIC_ISLANDS, 0.02);
        for (cef_index k = 0; k < g.n_gen; k++)
            g.qmin[k] = -60.0 * dice_unit(&d), g.qmax[k] = 60.0 * dice_unit(&d);
        cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, CEF_START_STORED);
        o.reactive_limits = 1;
        flowed f = electric_solve(&g, &o);
        cr_assert(f.status == CEF_OK || f.status == CEF_ERR_DIVERGED, "seed %lu: %s", seed, f.error.message);
        refused += f.status != CEF_OK; /* with its voltage support gone a random grid may have no state */
        switched += f.status == CEF_OK ? f.info.n_pv_switched : 0;
        const char *why = f.status == CEF_OK ? electric_check(&g, &f, 1e-11) : NULL;
        cr_assert(!why, "seed %lu: %s", seed, why);
        why = f.status == CEF_OK ? limits_hold(&g, &f) : NULL;
        cr_assert(!why, "seed %lu: %s", seed, why);
        flowed_free(&f), electric_free(&g);
    }
    cr_assert(switched > 100 && refused < N_SEEDS / 10, "%d switched, %d refused", switched, refused);
}

/* ---- divergence ---- */
static double largest_mismatch(const electric *g, const flowed *f, cef_index *worst)
{
    double largest = -1.0;
    for (cef_index bus = 0; bus < g->n_bus; bus++) {
        const double m = fmax(fabs(f->out.bus_mismatch_p[bus]), fabs(f->out.bus_mismatch_q[bus])) / g->base_mva;
        if (m > largest)
            largest = m, *worst = bus;
    }
    return largest;
}

Test(powerflow, divergence_is_a_coded_error)
{
    for (uint64_t seed = 1; seed <= 30; seed++) {
        dice d = {seed};
        electric g = random_electric(&d, dice_between(&d, 5, 40), ELECTRIC_SHIFT | ELECTRIC_UNITS, 0.02);
        scale(&g, 300.0);
        const cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, CEF_START_STORED);
        flowed f = electric_solve(&g, &o);
        cef_index worst = -1;
        const double mismatch = largest_mismatch(&g, &f, &worst);
        cr_assert(f.status == CEF_ERR_DIVERGED && strcmp(f.error.code, "diverged") == 0, "seed %lu: %d %s", seed,
                  f.status, f.error.code);
        cr_assert(f.error.element == CEF_BUS && f.error.index == f.info.worst_bus && f.error.id == worst + 1 &&
                      f.error.index == worst,
                  "seed %lu: bus %d, info %d, by the outputs %d", seed, f.error.index, f.info.worst_bus, worst);
        cr_assert(f.info.converged == 0 && f.info.iterations >= 1 && f.info.iterations <= 30);
        cr_assert(f.info.mismatch > 1e-8 && fabs(mismatch - f.info.mismatch) <= 1e-9 * mismatch,
                  "seed %lu: %g, by the outputs %g", seed, f.info.mismatch, mismatch);
        char iterations[16];
        snprintf(iterations, sizeof iterations, "%d", f.info.iterations);
        cr_assert(strstr(f.error.message, iterations), "seed %lu: %s", seed, f.error.message);
        flowed_free(&f), electric_free(&g);
    }
}
