/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: what a bus misses is what the snapshot says it misses, however late it is summed. Grids of odd elements (both
 * ends fed, both deliver, ends below the threshold, branches from a bus to itself, lossless ones, drawing units,
 * stores, injecting loads, buses and loops nobody feeds) and grids of several parts with long lines: imbalances agree
 * with a sum made here in long double, the worst bus and the flags with the column, and nothing depends on the vector
 * width, on columns that are left out or on a snapshot refused before, which leaves every column as it was. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lanes/lanes.h"
#include "run/run.h"
#include "support.h"

typedef struct {
    long double miss, size; /* MW; size: what was added up */
} expected_bus;

static void take(expected_bus *bus, long double mw)
{
    bus->miss -= mw;
    bus->size += fabsl(mw);
}

static void take_branch(expected_bus *from, expected_bus *to, double f, double t)
{
    if (from == to) {
        const long double net = (long double) f + t;
        take(from, net > 0.0L ? net : 0.0L);
        from->size += fabs(f) + fabs(t); /* its ends may be booked first */
        return;
    }
    const bool arc = (f > 0.0 && t < 0.0) || (f < 0.0 && t > 0.0);
    take(from, arc || f > 0.0 ? f : 0.0);
    take(to, arc || t > 0.0 ? t : 0.0);
}

static expected_bus *expected_of(const model *m, bool lossless, double tolerance)
{
    expected_bus *bus = calloc((size_t) m->n_bus, sizeof *bus);
    for (cef_index k = 0; k < m->n_branch; k++) {
        const double f = m->p_from[k], t = lossless ? -f : m->p_to[k];
        take_branch(&bus[m->from[k]], &bus[m->to[k]], fabs(f) < tolerance ? 0.0 : f, fabs(t) < tolerance ? 0.0 : t);
    }
    for (cef_index k = 0; k < m->n_gen; k++)
        take(&bus[m->gen_bus[k]], -m->gen_p[k]);
    for (cef_index k = 0; k < m->n_load; k++)
        take(&bus[m->load_bus[k]], m->load_p[k]);
    for (cef_index k = 0; k < m->n_storage; k++)
        take(&bus[m->storage_bus[k]], -m->storage_p[k]);
    return bus;
}

static void expect_balance(const model *m, const answer *a, bool lossless, const cef_settings *settings, uint64_t seed)
{
    expected_bus *expected = expected_of(m, lossless, settings->flow_tol);
    cef_index worst = 0, imbalanced = 0;
    for (cef_index bus = 0; bus < m->n_bus; bus++) {
        const double miss = a->out.bus_imbalance[bus];
        const bool off = fabs(miss) > settings->balance_tol;
        cr_assert(fabsl(miss - expected[bus].miss) <= 1e-13L * expected[bus].size, "seed %lu bus %d: %.17g, not %.17Lg",
                  seed, bus, miss, expected[bus].miss);
        cr_assert(off == ((a->out.bus_flags[bus] & CEF_BUS_IMBALANCED) != 0), "seed %lu bus %d: flag", seed, bus);
        imbalanced += off;
        worst = fabs(miss) > fabs(a->out.bus_imbalance[worst]) ? bus : worst;
    }
    const double most = fabs(a->out.bus_imbalance[worst]);
    cr_assert(a->info.n_imbalanced == imbalanced && a->info.balance_mw == most, "seed %lu: %d, %g", seed,
              a->info.n_imbalanced, a->info.balance_mw);
    cr_assert(a->info.worst_balance_bus == worst, "seed %lu: %d is worst, not %d", seed, a->info.worst_balance_bus,
              worst);
    free(expected);
}

/* ---- odd grids ---- */

static double odd_power(dice *d)
{
    static const double few[] = {0.0, -0.0, 1e-7, -1e-7, 0.25, -0.25, 1.0, -1.0};
    if (dice_chance(d, 0.25))
        return few[dice_below(d, 8)];
    return (dice_chance(d, 0.5) ? 1.0 : -1.0) * 50.0 * dice_unit(d);
}

/* fed: every bus has a unit, and no intensity is negative: buses then go eight at a time. */
static model odd_model(dice *d, bool fed)
{
    model m = model_make(dice_between(d, 1, 45));
    for (cef_index k = dice_chance(d, 0.1) ? 0 : dice_below(d, 150); k > 0; k--) {
        const cef_index from = dice_below(d, m.n_bus), to = dice_chance(d, 0.1) ? from : dice_below(d, m.n_bus);
        const double f = odd_power(d), t = dice_chance(d, 0.7) ? -f * (0.9 + 0.1 * dice_unit(d)) : odd_power(d);
        model_branch(&m, from, to, f, t);
    }
    for (cef_index bus = 0; fed && bus < m.n_bus; bus++)
        model_gen(&m, bus, 1.0 + dice_unit(d), dice_unit(d));
    for (cef_index k = dice_below(d, 40); k > 0; k--) {
        const double p = odd_power(d), e = dice_unit(d) - (!fed && dice_chance(d, 0.2) ? 0.5 : 0.0);
        model_gen(&m, dice_below(d, m.n_bus), p, e);
    }
    for (cef_index k = dice_chance(d, 0.1) ? 0 : dice_below(d, 60); k > 0; k--) {
        static const int32_t kinds[] = {CEF_LOAD_DEMAND, CEF_LOAD_DEMAND, CEF_LOAD_SHUNT, CEF_LOAD_EXPORT};
        const double p = odd_power(d);
        const cef_index bus = dice_below(d, m.n_bus);
        model_load_kind(&m, bus, dice_chance(d, 0.8) ? fabs(p) : p, kinds[dice_below(d, 4)], dice_unit(d));
    }
    for (cef_index k = dice_below(d, 12); k > 0; k--) {
        const double p = odd_power(d);
        model_storage(&m, dice_below(d, m.n_bus), p, dice_unit(d));
    }
    return m;
}

static cef_settings odd_settings(dice *d, int32_t policy)
{
    static const double tolerances[] = {0.0, 1e-6, 1e-6, 1.0};
    cef_settings settings = settings_of(policy);
    settings.on_unfed_loop = CEF_UNFED_MARK;
    settings.flow_tol = tolerances[dice_below(d, 4)];
    settings.mixing = dice_chance(d, 0.15) ? CEF_MIXING_NETTED : CEF_MIXING_GROSS;
    return settings;
}

static void solve_into(const session *s, const model *m, bool lossless, answer *a)
{
    cef_snapshot snapshot = model_snapshot(m);
    if (lossless)
        snapshot.branch_p_to = NULL;
    a->status = cef_solver_solve(s->solver, &snapshot, &a->out, &a->info, &a->error);
}

static bool answered(const answer *a) { return a->status == CEF_OK || a->status == CEF_ERR_CERTIFICATE; }

/* One impossible number anywhere: an error, and every column is as it was. */
static void expect_refused(const session *s, model *m, bool lossless, dice *d, uint64_t seed)
{
    static const double impossible[] = {(double) NAN, INFINITY, -INFINITY, 1e13, -1e13};
    double *table[] = {m->p_from, m->gen_p, m->load_p, m->storage_p, lossless ? m->p_from : m->p_to};
    const cef_index rows[] = {m->n_branch, m->n_gen, m->n_load, m->n_storage, m->n_branch}, t = dice_below(d, 5);
    if (rows[t] == 0)
        return;
    double *one = &table[t][dice_below(d, rows[t])];
    const double good = *one;
    answer a = answer_make(m);
    *one = impossible[dice_below(d, 5)];
    solve_into(s, m, lossless, &a);
    cr_assert(a.status == CEF_ERR_SNAPSHOT, "seed %lu table %d: %s", seed, t, cef_status_name(a.status));
    const unsigned char *byte = (const unsigned char *) a.memory;
    for (size_t k = 0; s->solver->flow.balanced_late && k < a.size; k++)
        cr_assert(byte[k] == 0x7b, "seed %lu table %d: a column was written", seed, t);
    *one = good;
    answer_free(&a);
}

static void expect_same(const model *m, const answer *a, const answer *b, uint64_t seed, const char *what)
{
    cr_assert(answer_hash(FNV1A_START, m, a) == answer_hash(FNV1A_START, m, b), "seed %lu: %s", seed, what);
}

/* Without the columns that are summed and priced in. */
static void expect_same_without(const session *s, const model *m, bool lossless, const answer *full, uint64_t seed)
{
    answer a = answer_make(m);
    double *imbalance = a.out.bus_imbalance, *intensity = a.out.bus_intensity;
    a.out.bus_imbalance = a.out.bus_intensity = NULL;
    solve_into(s, m, lossless, &a);
    a.out.bus_imbalance = imbalance, a.out.bus_intensity = intensity;
    memcpy(imbalance, full->out.bus_imbalance, (size_t) m->n_bus * sizeof *imbalance);
    memcpy(intensity, full->out.bus_intensity, (size_t) m->n_bus * sizeof *intensity);
    expect_same(m, full, &a, seed, "columns left out");
    answer_free(&a);
}

static void expect_all_widths(const model *m, const cef_settings *settings, bool lossless, const answer *first,
                              uint64_t seed, dice *d)
{
    model other = model_copy(m);
    for (int32_t width = LANES_PORTABLE; width <= lanes_widest(); width++) {
        session s = session_open(m, settings, NULL);
        solver_set_width(s.solver, width);
        answer a = answer_make(m);
        solve_into(&s, m, lossless, &a);
        expect_same(m, first, &a, seed, "another width");
        for (cef_index k = 0; k < other.n_branch; k++) /* another order before: repaired, or rebuilt */
            if (dice_chance(d, width == LANES_AVX2 ? 0.02 : 0.5))
                other.p_from[k] = -m->p_from[k], other.p_to[k] = -m->p_to[k];
        solve_into(&s, &other, lossless, &a);
        expect_refused(&s, &other, lossless, d, seed);
        expect_refused(&s, &other, lossless, d, seed);
        memset(a.memory, 0x7b, a.size);
        solve_into(&s, m, lossless, &a);
        expect_same(m, first, &a, seed, "after others");
        if (answered(first))
            expect_same_without(&s, m, lossless, first, seed);
        answer_free(&a);
        session_close(&s);
    }
    model_free(&other);
}

static void odd_grids(int32_t policy)
{
    int solved = 0, late = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        dice d = {seed * 8 + (uint64_t) policy};
        const bool lossless = seed % 5 == 0;
        model m = odd_model(&d, seed % 2 == 0);
        const cef_settings settings = odd_settings(&d, policy);
        session s = session_open(&m, &settings, NULL);
        answer a = answer_make(&m);
        solve_into(&s, &m, lossless, &a);
        if (answered(&a))
            expect_balance(&m, &a, lossless, &settings, seed);
        solved += answered(&a);
        late += answered(&a) && s.solver->flow.balanced_late;
        expect_all_widths(&m, &settings, lossless, &a, seed, &d);
        session_close(&s);
        answer_free(&a);
        model_free(&m);
    }
    const bool received = policy == CEF_LOSS_SENDING || policy == CEF_LOSS_GENERATOR || policy == CEF_LOSS_PRORATA;
    cr_assert(solved > 50 && (late > 50) == received, "%d solved, %d balanced late", solved, late);
}

Test(imbalance, sending) { odd_grids(CEF_LOSS_SENDING); }
Test(imbalance, consumer) { odd_grids(CEF_LOSS_CONSUMER); }
Test(imbalance, generator) { odd_grids(CEF_LOSS_GENERATOR); }
Test(imbalance, split) { odd_grids(CEF_LOSS_SPLIT); }
Test(imbalance, prorata) { odd_grids(CEF_LOSS_PRORATA); }
Test(imbalance, half) { odd_grids(CEF_LOSS_HALF); }

/* ---- several parts, some of whose lines lead far ahead ---- */

/* Buses along a road; every `every`th row of branches, units, loads and stores is of a bus far down the road. */
static model long_model(dice *d, cef_index n_bus, cef_index every)
{
    model m = model_make(n_bus);
    for (cef_index k = 0; k < n_bus; k++) {
        const cef_index far = n_bus - 1 - k / every, bus = k % every == every / 2 && far > k ? far : k;
        const double p = odd_power(d), e = dice_unit(d), mw = 5.0 + 50.0 * dice_unit(d);
        const double f = dice_chance(d, 0.03) ? odd_power(d) : mw, t = dice_chance(d, 0.03) ? odd_power(d) : -0.98 * mw;
        if (k + 1 < n_bus)
            model_branch(&m, k, bus == k ? k + 1 : bus, f, t);
        if (bus != k && k + 1 < n_bus)
            model_branch(&m, k, k + 1, f, t), model_branch(&m, bus, bus, f, 0.5 * t);
        model_gen(&m, k, 1.0, e);
        if (dice_chance(d, 0.2) || bus != k)
            model_gen(&m, bus, p, e);
        model_load_kind(&m, bus, dice_chance(d, 0.95) ? fabs(p) : p, CEF_LOAD_DEMAND, e);
        if (bus != k)
            model_storage(&m, bus, -p, e);
    }
    return m;
}

static void expect_carbon(const model *m, const answer *a)
{
    for (cef_index k = 0; k < m->n_branch; k++) {
        const double f = m->p_from[k], t = m->p_to[k];
        if (m->from[k] == m->to[k] || fabs(f) < 1e-6 || fabs(t) < 1e-6 || (f > 0.0) == (t > 0.0))
            continue;
        const double x = a->out.bus_intensity[f > 0.0 ? m->from[k] : m->to[k]];
        cr_assert(a->out.branch_carbon_from[k] == f * x && a->out.branch_carbon_to[k] == t * x, "branch %d", k);
    }
    for (cef_index k = 0; k < m->n_load; k++)
        cr_assert(m->load_p[k] < 0.0 || a->out.load_carbon[k] == m->load_p[k] * a->out.bus_intensity[m->load_bus[k]]);
    for (cef_index k = 0; k < m->n_gen; k++)
        cr_assert(m->gen_p[k] >= 0.0 || a->out.gen_carbon[k] == m->gen_p[k] * a->out.bus_intensity[m->gen_bus[k]]);
}

static void long_lines(cef_index n_bus, cef_index every, bool some_far)
{
    dice d = {(uint64_t) every};
    model m = long_model(&d, n_bus, every);
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.on_unfed_loop = CEF_UNFED_MARK;
    session s = session_open(&m, &settings, NULL);
    answer a = answer_make(&m);
    session_solve(&s, &m, &a);
    cr_assert(a.status == CEF_OK, "%s: %s", cef_status_name(a.status), a.error.message);
    cr_assert((s.solver->flow.n_far > 0) == some_far && s.solver->flow.balanced_late && s.solver->result.walked,
              "%d far", s.solver->flow.n_far);
    expect_balance(&m, &a, false, &settings, 0);
    expect_carbon(&m, &a);
    expect_all_widths(&m, &settings, false, &a, 0, &d);
    session_close(&s);
    answer_free(&a);
    model_free(&m);
}

Test(imbalance, few_long_lines) { long_lines(41000, 700, true); }
Test(imbalance, many_long_lines) { long_lines(41000, 13, false); }
