/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: periods solved side by side say what the solver says of each. Where the union of a stretch has no loop, or
 * only trees of branches that turn round, to the last bit in every row; else within the certified bounds of both.
 * Failures are the same ones. The bits depend neither on the instruction set nor on what was solved before. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "batch/batch.h"
#include "coupled.h"
#include "lanes/lanes.h"

static const double *row(const double *base, cef_index t, cef_index n) { return base + (size_t) t * (size_t) n; }

typedef struct {
    const char *name;
    const double *got, *want;
    cef_index n;
} column;
enum { COLUMNS = 8 };

static void columns_of(const model *m, const outcome *o, const answer *a, column out[COLUMNS])
{
    const column all[COLUMNS] = {
        {"bus_intensity", o->out.bus_intensity, a->out.bus_intensity, m->n_bus},
        {"bus_throughput", o->out.bus_throughput, a->out.bus_throughput, m->n_bus},
        {"branch_carbon_from", o->out.branch_carbon_from, a->out.branch_carbon_from, m->n_branch},
        {"branch_carbon_to", o->out.branch_carbon_to, a->out.branch_carbon_to, m->n_branch},
        {"branch_carbon_loss", o->out.branch_carbon_loss, a->out.branch_carbon_loss, m->n_branch},
        {"gen_carbon", o->out.gen_carbon, a->out.gen_carbon, m->n_gen},
        {"load_carbon", o->out.load_carbon, a->out.load_carbon, m->n_load},
        {"storage_carbon", o->out.storage_carbon, a->out.storage_carbon, m->n_storage}};
    memcpy(out, all, sizeof all);
}

/* NaNs have one meaning, whatever their bits. */
static bool same_bits(double a, double b) { return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0; }
static bool near(double a, double b, double bound) { return (isnan(a) && isnan(b)) || fabs(a - b) <= bound * fabs(b); }

/* The union has every arc of the period: what is promised of it is not less than what the solver promises. */
static void expect_cautious(const outcome *o, cef_index t, const answer *a, uint64_t seed)
{
    cr_assert(o->out.period_error_bound[t] >= a->info.error_bound, "seed %lu period %d: bound %.17g, solver %.17g",
              seed, t, o->out.period_error_bound[t], a->info.error_bound);
}

static void expect_bits(const model *m, const outcome *o, cef_index t, const answer *a, uint64_t seed)
{
    expect_cautious(o, t, a, seed);
    column columns[COLUMNS];
    columns_of(m, o, a, columns);
    for (int c = 0; c < COLUMNS; c++)
        for (cef_index k = 0; k < columns[c].n; k++)
            cr_assert(same_bits(row(columns[c].got, t, columns[c].n)[k], columns[c].want[k]),
                      "seed %lu period %d %s[%d]: %.17g, solver %.17g", seed, t, columns[c].name, k,
                      row(columns[c].got, t, columns[c].n)[k], columns[c].want[k]);
}

/* Intensities within the bounds of both, all carbon within what follows from them, powers to the bit. */
static void expect_bounds(const model *m, const outcome *o, cef_index t, const answer *a, uint64_t seed)
{
    const double bound = o->out.period_error_bound[t] + a->info.error_bound + 4 * 0x1p-53;
    expect_cautious(o, t, a, seed);
    column columns[COLUMNS];
    columns_of(m, o, a, columns);
    cr_assert(o->out.period_error_bound[t] <= 1e-9 && o->out.period_conservation[t] <= 1e-9);
    for (int c = 0; c < COLUMNS; c++)
        for (cef_index k = 0; k < columns[c].n; k++) {
            const double got = row(columns[c].got, t, columns[c].n)[k], want = columns[c].want[k];
            if (c == 1)
                cr_assert(same_bits(got, want), "seed %lu period %d throughput of bus %d", seed, t, k);
            else if (c != 4) /* losses are differences */
                cr_assert(near(got, want, bound), "seed %lu period %d %s[%d]: %.17g, solver %.17g, bound %g", seed, t,
                          columns[c].name, k, got, want, bound);
        }
    const double scale = 1e-12 * (fabs(a->info.total_generation) + 1e-300);
    cr_assert(fabs(o->out.period_generation[t] - a->info.total_generation) <= scale &&
                  fabs(o->out.period_load[t] - a->info.total_load) <= scale &&
                  fabs(o->out.period_loss[t] - a->info.total_loss) <= scale &&
                  fabs(o->out.period_export[t] - a->info.total_export) <= scale &&
                  fabs(o->out.period_storage[t] - a->info.total_storage) <= scale &&
                  fabs(o->out.period_mismatch[t] - a->info.total_mismatch) <= scale &&
                  fabs(o->out.period_balance_mw[t] - a->info.balance_mw) <= 1e-9,
              "seed %lu period %d: totals", seed, t);
}

typedef struct {
    bool trees; /* there are no other loops: bits are expected */
    long side_by_side, one_by_one, failed, with_loops, without_loops;
} tally;

static void compare(series *s, const cef_settings *settings, const cef_batch_options *options, uint64_t seed,
                    tally *count)
{
    outcome o = series_solve(s, settings, options);
    session one = session_open(&s->m, settings, NULL);
    answer a = answer_make(&s->m);
    cr_assert(o.status == CEF_OK, "%s", o.error.message);
    const bool loops = o.info.largest_block > 0;
    for (cef_index t = 0; t < s->n_periods; t++) {
        series_load(s, t);
        session_solve(&one, &s->m, &a);
        cr_assert(o.out.period_status[t] == a.status, "seed %lu period %d: %s, solver %s", seed, t,
                  cef_status_name(o.out.period_status[t]), cef_status_name(a.status));
        if (a.status == CEF_OK && loops && !count->trees)
            expect_bounds(&s->m, &o, t, &a, seed);
        else if (a.status == CEF_OK)
            expect_bits(&s->m, &o, t, &a, seed);
    }
    count->side_by_side += o.info.n_solved + o.info.n_failed - o.info.n_one_by_one;
    count->one_by_one += o.info.n_one_by_one;
    count->failed += o.info.n_failed;
    *(loops ? &count->with_loops : &count->without_loops) += 1;
    session_close(&one);
    answer_free(&a);
    outcome_free(&o);
}

/* Powers that change, fall to nothing and come back, but never turn round: balance is off, and reported. */
static series one_way_series(dice *d, cef_index n_bus, unsigned options, cef_index n)
{
    series s = series_make(random_model(d, n_bus, options), n);
    model kept = model_copy(&s.m);
    for (cef_index t = 0; t < n; t++) {
        for (cef_index k = 0; k < kept.n_branch; k++) {
            const double factor = dice_chance(d, 0.05) ? 0.0 : 0.5 + dice_unit(d);
            s.m.p_from[k] = factor * kept.p_from[k], s.m.p_to[k] = factor * kept.p_to[k];
        }
        for (cef_index k = 0; k < kept.n_gen; k++)
            s.m.gen_p[k] = kept.gen_p[k] * (0.5 + dice_unit(d));
        for (cef_index k = 0; k < kept.n_load; k++)
            s.m.load_p[k] = kept.load_p[k] * (0.5 + dice_unit(d));
        series_record(&s);
    }
    model_free(&kept);
    return s;
}

/* random_model without RANDOM_LOOPS still nets nothing: parallel circuits of opposite directions would be loops. */
Test(batch, without_loops_the_bits_are_the_solvers)
{
    tally count = {0};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        dice d = {seed};
        const unsigned options = (unsigned) dice_next(&d) & (RANDOM_ALL & ~(unsigned) (RANDOM_LOOPS | RANDOM_PARALLEL));
        const bool same_bus = options & RANDOM_BOTH_FED; /* branches from a bus to itself are left to the solver */
        series s =
            one_way_series(&d, dice_between(&d, 2, 60), options & ~(unsigned) (same_bus ? RANDOM_BOTH_FED : 0), 40);
        compare(&s, NULL, NULL, seed, &count);
        series_free(&s);
    }
    cr_assert(count.side_by_side > 1000 && count.without_loops == 60, "%ld side by side, %ld one by one, %ld",
              count.side_by_side, count.one_by_one, count.without_loops);
}

/* Buses that all feed themselves, in a tree of branches some of which turn round at random, some at rest; near: between
 * buses whose numbers are near. */
static series tree_series(dice *d, cef_index n_bus, cef_index n, bool near, double turning)
{
    bool *turns = calloc((size_t) n_bus, sizeof *turns);
    model m = model_make(n_bus);
    for (cef_index bus = 0; bus < n_bus; bus++) {
        model_gen(&m, bus, 1.0, dice_unit(d));
        model_load(&m, bus, 1.0);
        if (bus > 0)
            model_arc(&m, bus, near && bus > 8 ? bus - 1 - dice_below(d, 8) : dice_below(d, bus), 1.0, 1.0);
        turns[bus] = dice_chance(d, turning);
    }
    series s = series_make(m, n);
    for (cef_index t = 0; t < n; t++) {
        for (cef_index k = 0; k < s.m.n_branch; k++) {
            const double sent = dice_chance(d, 0.1) ? 0.0 : 0.5 + dice_unit(d), received = -0.97 * sent;
            const bool reverse = turns[k] ? dice_chance(d, 0.5) : k % 2;
            s.m.p_from[k] = reverse ? received : sent, s.m.p_to[k] = reverse ? sent : received;
        }
        for (cef_index k = 0; k < n_bus; k++)
            s.m.gen_p[k] = 0.1 + dice_unit(d);
        series_record(&s);
    }
    free(turns);
    return s;
}

Test(batch, trees_of_branches_that_turn_have_the_solvers_bits)
{
    tally count = {.trees = true};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        dice d = {seed};
        series s = tree_series(&d, seed <= 20 ? (cef_index) seed + 1 : dice_between(&d, 20, 200), 30, true, 1.0);
        compare(&s, NULL, NULL, seed, &count);
        series_free(&s);
    }
    cr_assert(count.one_by_one == 0 && count.with_loops == 60, "%ld one by one, %ld with loops", count.one_by_one,
              count.with_loops);
}

/* A bus with each number of branches that feed it and that it feeds, all alone with their far ends. */
static series star_series(dice *d, cef_index most, cef_index n)
{
    const cef_index n_star = (most + 1) * (most + 1), n_bus = n_star * (most + 1);
    model m = model_make(n_bus);
    cef_index bus = 0;
    for (cef_index star = 0; star < n_star; star++) {
        const cef_index hub = bus++, n_in = star / (most + 1), n_out = star % (most + 1);
        model_gen(&m, hub, 1.0, dice_unit(d));
        for (cef_index k = 0; k < n_in; k++, bus++) {
            model_gen(&m, bus, 1.0, dice_unit(d));
            model_arc(&m, bus, hub, 0.5 + dice_unit(d), 0.5);
        }
        for (cef_index k = 0; k < n_out; k++, bus++)
            model_arc(&m, hub, bus, 0.5 + dice_unit(d), 0.5);
    }
    series s = series_make(m, n);
    for (cef_index t = 0; t < n; t++)
        series_record(&s);
    return s;
}

Test(batch, lists_of_any_lengths)
{
    tally count = {0};
    dice d = {1};
    series s = star_series(&d, 18, 8);
    compare(&s, NULL, NULL, 1, &count);
    cr_assert(count.one_by_one == 0 && count.without_loops == 1, "%ld one by one", count.one_by_one);
    series_free(&s);
}

/* Some thousand buses are a chunk of the sweep: here there are many, and who feeds whom lies in others. */
Test(batch, many_chunks_have_the_solvers_bits)
{
    tally count = {.trees = true};
    for (uint64_t seed = 1; seed <= 6; seed++) {
        dice d = {seed};
        series s = tree_series(&d, 3000 * (cef_index) seed, 20, seed % 2, 0.2);
        compare(&s, NULL, NULL, seed, &count);
        series_free(&s);
    }
    cr_assert(count.one_by_one == 0 && count.with_loops == 6, "%ld one by one, %ld with loops", count.one_by_one,
              count.with_loops);
}

Test(batch, with_loops_within_the_bounds_of_both)
{
    tally count = {0};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        dice d = {seed};
        const unsigned options = (unsigned) dice_next(&d) & (RANDOM_ALL & ~(unsigned) RANDOM_BOTH_FED);
        series s = random_series(&d, dice_between(&d, 2, 50), options | RANDOM_LOOPS, 40, 0.03);
        compare(&s, NULL, NULL, seed, &count);
        series_free(&s);
    }
    cr_assert(count.side_by_side > 1200 && count.with_loops > 50, "%ld side by side, %ld one by one, %ld with loops",
              count.side_by_side, count.one_by_one, count.with_loops);
}

/* Loss loads, loops almost without a source, thresholds: whatever comes, the verdicts are the solver's. */
Test(batch, everything_at_once)
{
    tally count = {0};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        dice d = {seed};
        cef_settings settings = settings_of(CEF_LOSS_SENDING);
        settings.flow_tol = seed % 3 == 0 ? 0.0 : seed % 3 == 1 ? 1e-6 : 2.0;
        settings.on_unfed_loop = seed % 2;
        const cef_batch_options options = {.struct_size = sizeof options,
                                           .periods_per_block = (cef_index) (1 + seed % 40)};
        series s = random_series(&d, dice_between(&d, 2, 40), RANDOM_ALL, 30, 0.1);
        for (int k = 0; k < 3; k++) /* no unit feeds anything: refused or undefined */
            memset(s.gen_p + (size_t) dice_below(&d, 30) * (size_t) s.m.n_gen, 0, (size_t) s.m.n_gen * sizeof(double));
        compare(&s, &settings, &options, seed, &count);
        series_free(&s);
    }
    cr_assert(count.failed >= 10, "%ld failed", count.failed);
}

/* ---- loops that are too large ---- */

/* A ring that turns in the periods of [first, last], and is a path elsewhere; 2 MW are drawn at every tenth bus. */
static series ring_series(cef_index n_bus, cef_index n, cef_index first, cef_index last)
{
    model m = model_make(n_bus);
    for (cef_index k = 0; k < n_bus; k++)
        model_arc(&m, k, (k + 1) % n_bus, 5.0, 5.0);
    model_gen(&m, 0, 10.0, 0.5);
    model_load(&m, n_bus / 2, 10.0);
    series s = series_make(m, n);
    for (cef_index t = 0; t < n; t++) {
        const double closing = t >= first && t <= last ? 5.0 + 0.01 * t : 0.0;
        s.m.p_from[n_bus - 1] = closing, s.m.p_to[n_bus - 1] = -closing;
        for (cef_index k = 0; k < n_bus - 1; k++) {
            const double p = (k < n_bus / 2 ? 10.0 : 0.5) + closing;
            s.m.p_from[k] = p, s.m.p_to[k] = -p;
        }
        series_record(&s);
    }
    return s;
}

Test(batch, the_stretch_is_halved_where_a_loop_is_too_large)
{
    tally count = {0};
    series s = ring_series(300, 64, 40, 43);
    const cef_batch_options options = {.struct_size = sizeof options, .periods_per_block = 64};
    outcome o = series_solve(&s, NULL, &options);
    cr_assert(o.info.n_failed == 0 && o.info.n_one_by_one == 8 && o.info.n_orders >= 2 && o.info.largest_block == 300,
              "%d one by one, %d orders, loop of %d", o.info.n_one_by_one, o.info.n_orders, o.info.largest_block);
    compare(&s, NULL, &options, 1, &count);
    outcome_free(&o);
    series_free(&s);
}

Test(batch, loops_up_to_256_buses_are_solved_side_by_side)
{
    for (cef_index n_bus = 2; n_bus <= 258; n_bus += n_bus < 6 ? 1 : n_bus < 60 ? 7 : n_bus < 254 ? 19 : 1) {
        tally count = {0};
        series s = ring_series(n_bus, 20, 0, 19);
        compare(&s, NULL, NULL, (uint64_t) n_bus, &count);
        cr_assert(count.one_by_one == (n_bus <= 256 ? 0 : 20), "loop of %d: %ld one by one", n_bus, count.one_by_one);
        series_free(&s);
    }
}

/* ---- bits ---- */

static uint64_t hash_at(const series *s, int32_t width, int turns)
{
    const cef_batch_options options = {.struct_size = sizeof options, .periods_per_block = 24};
    batch_session b = batch_open(&s->m, NULL, &options, NULL);
    outcome o = outcome_make(s);
    batch_set_width(b.batch, width);
    for (int k = 0; k < turns; k++)
        batch_run(&b, s, &o);
    const uint64_t hash = outcome_hash(s, &o);
    batch_close(&b);
    outcome_free(&o);
    return hash;
}

static uint64_t hash_coupled(const series *s, cef_index n_scenarios, int32_t width)
{
    const cef_batch_options options = {.struct_size = sizeof options, .periods_per_block = 6};
    dice d = {99};
    fleet f = fleet_make(&d, s, n_scenarios, CEF_STORAGE_CONSERVING, 1.0);
    batch_session b = batch_open(&s->m, NULL, &options, NULL);
    coupled c = coupled_make(s);
    const cef_batch_data data = coupled_data(s, &f);
    batch_set_width(b.batch, width);
    c.o.status = cef_batch_solve(b.batch, &data, &c.o.out, &c.o.info, &c.o.error);
    const uint64_t hash = coupled_hash(s, &c);
    cr_assert(c.o.status == CEF_OK);
    coupled_free(&c);
    batch_close(&b);
    fleet_free(&f);
    return hash;
}

Test(batch, bits_of_scenarios_do_not_depend_on_width)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        dice d = {seed};
        const cef_index scenarios = dice_between(&d, 1, 12);
        series s =
            random_series(&d, dice_between(&d, 2, 60), RANDOM_ALL & ~(unsigned) RANDOM_BOTH_FED, 20 * scenarios, 0.05);
        const uint64_t portable = hash_coupled(&s, scenarios, LANES_PORTABLE);
        for (int32_t width = LANES_PORTABLE + 1; width <= lanes_widest(); width++)
            cr_assert(hash_coupled(&s, scenarios, width) == portable, "seed %lu: other bits at width %d", seed, width);
        series_free(&s);
    }
}

Test(batch, bits_depend_neither_on_width_nor_on_history)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        dice d = {seed};
        series s = random_series(&d, dice_between(&d, 2, 60), RANDOM_ALL & ~(unsigned) RANDOM_BOTH_FED, 50, 0.05);
        const uint64_t portable = hash_at(&s, LANES_PORTABLE, 1);
        for (int32_t width = LANES_PORTABLE; width <= lanes_widest(); width++)
            cr_assert(hash_at(&s, width, 2) == portable, "seed %lu: other bits at width %d", seed, width);
        series_free(&s);
    }
}

/* Grids alike but for their powers: the first leaves intensities, and periods that were refused, in every line. */
static uint64_t hash_after(const series *before, const series *s)
{
    const cef_batch_options options = {.struct_size = sizeof options, .periods_per_block = 24};
    batch_session b = batch_open(&s->m, NULL, &options, NULL);
    outcome o = outcome_make(s);
    if (before)
        batch_run(&b, before, &o);
    batch_run(&b, s, &o);
    const uint64_t hash = outcome_hash(s, &o);
    batch_close(&b);
    outcome_free(&o);
    return hash;
}

Test(batch, bits_do_not_depend_on_other_periods_before)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        dice d = {seed}, again = {seed};
        const bool trees = seed % 2;
        const cef_index n_bus = 3 + (cef_index) seed;
        series s = trees ? tree_series(&d, n_bus, 50, true, 1.0) : random_series(&d, n_bus, RANDOM_LOOPS, 50, 0.1);
        series other =
            trees ? tree_series(&again, n_bus, 50, true, 1.0) : random_series(&again, n_bus, RANDOM_LOOPS, 50, 0.1);
        for (size_t k = 0; k < 50 * (size_t) other.m.n_branch; k++) {
            const double p = other.p_from[k];
            if (dice_chance(&again, 0.2))
                other.p_from[k] = other.p_to[k], other.p_to[k] = p;
        }
        for (size_t k = 0; k < 50 * (size_t) other.m.n_gen; k++)
            other.gen_e[k] = dice_chance(&again, 0.1) ? (double) INFINITY : 1e5 * dice_unit(&again);
        cr_assert(hash_after(&other, &s) == hash_after(NULL, &s), "seed %lu: other bits", seed);
        series_free(&s);
        series_free(&other);
    }
}
