/* SPDX-License-Identifier: Apache-2.0 */
/* The batch through its door: rows, failures, sums, partition, threads. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

static const cef_batch_options single = {.struct_size = sizeof single, .engine = CEF_BATCH_SINGLE};

static bool same_row(const double *got, const double *want, cef_index n)
{
    return n == 0 || memcmp(got, want, (size_t) n * sizeof *got) == 0;
}
static const double *row(const double *base, cef_index t, cef_index n) { return base + (size_t) t * (size_t) n; }

/* Every row and figure of period t is that of the solver, to the last bit. */
static void expect_solver_bits(const series *s, const outcome *o, cef_index t, const answer *a)
{
    const model *m = &s->m;
    cr_assert(o->out.period_status[t] == a->status, "period %d: %s, solver %s", t,
              cef_status_name(o->out.period_status[t]), cef_status_name(a->status));
    if (a->status != CEF_OK)
        return;
    const struct {
        const char *name;
        const double *got, *want;
        cef_index n;
    } columns[] = {{"bus_intensity", o->out.bus_intensity, a->out.bus_intensity, m->n_bus},
                   {"bus_throughput", o->out.bus_throughput, a->out.bus_throughput, m->n_bus},
                   {"branch_carbon_from", o->out.branch_carbon_from, a->out.branch_carbon_from, m->n_branch},
                   {"branch_carbon_to", o->out.branch_carbon_to, a->out.branch_carbon_to, m->n_branch},
                   {"branch_carbon_loss", o->out.branch_carbon_loss, a->out.branch_carbon_loss, m->n_branch},
                   {"gen_carbon", o->out.gen_carbon, a->out.gen_carbon, m->n_gen},
                   {"load_carbon", o->out.load_carbon, a->out.load_carbon, m->n_load},
                   {"storage_carbon", o->out.storage_carbon, a->out.storage_carbon, m->n_storage},
                   {"error_bound", o->out.period_error_bound, &a->info.error_bound, 1},
                   {"backward_error", o->out.period_backward_error, &a->info.backward_error, 1},
                   {"conservation", o->out.period_conservation, &a->info.conservation, 1},
                   {"balance_mw", o->out.period_balance_mw, &a->info.balance_mw, 1},
                   {"generation", o->out.period_generation, &a->info.total_generation, 1},
                   {"load", o->out.period_load, &a->info.total_load, 1},
                   {"loss", o->out.period_loss, &a->info.total_loss, 1},
                   {"export", o->out.period_export, &a->info.total_export, 1},
                   {"storage", o->out.period_storage, &a->info.total_storage, 1},
                   {"mismatch", o->out.period_mismatch, &a->info.total_mismatch, 1}};
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        cr_assert(same_row(row(columns[k].got, t, columns[k].n), columns[k].want, columns[k].n),
                  "period %d: %s differs", t, columns[k].name);
}

static void compare_with_solver(series *s, const cef_settings *settings, const outcome *o)
{
    session one = session_open(&s->m, settings, NULL);
    answer a = answer_make(&s->m);
    for (cef_index t = 0; t < s->n_periods; t++) {
        series_load(s, t);
        session_solve(&one, &s->m, &a);
        expect_solver_bits(s, o, t, &a);
    }
    session_close(&one);
    answer_free(&a);
}

static void check_policy(int32_t policy)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        dice d = {seed * 10 + (uint64_t) policy};
        cef_settings settings = settings_of(policy);
        settings.mixing = seed % 3 == 0 ? CEF_MIXING_NETTED : CEF_MIXING_GROSS;
        settings.net_parallel = seed % 2 == 0;
        series s = random_series(&d, (cef_index) (8 * seed), RANDOM_ALL, 30, 0.05);
        outcome o = series_solve(&s, &settings, &single);
        cr_assert(o.status == CEF_OK, "%s", o.error.message);
        compare_with_solver(&s, &settings, &o);
        outcome_free(&o);
        series_free(&s);
    }
}

Test(batch, single_sending) { check_policy(CEF_LOSS_SENDING); }
Test(batch, single_consumer) { check_policy(CEF_LOSS_CONSUMER); }
Test(batch, single_generator) { check_policy(CEF_LOSS_GENERATOR); }
Test(batch, single_split) { check_policy(CEF_LOSS_SPLIT); }
Test(batch, single_prorata) { check_policy(CEF_LOSS_PRORATA); }
Test(batch, single_half) { check_policy(CEF_LOSS_HALF); }

/* ---- failures ---- */

static bool all_nan(const double *values, cef_index n)
{
    bool all = true;
    for (cef_index k = 0; k < n; k++)
        all &= isnan(values[k]) != 0;
    return all;
}

/* Outputs of a series with one bad period are those of the good one, but for that period. */
static void check_bad_period(int32_t engine, cef_index bad)
{
    dice d = {77};
    const cef_batch_options options = {.struct_size = sizeof options, .engine = engine, .periods_per_block = 16};
    series s = random_series(&d, 40, RANDOM_LOOPS | RANDOM_STORAGE, 40, 0.02);
    const model *m = &s.m;
    outcome good = series_solve(&s, NULL, &options);
    cr_assert(good.status == CEF_OK && good.info.n_failed == 0 && good.info.certified == 1, "%s", good.error.message);
    s.load_p[(size_t) bad * (size_t) m->n_load + 3] = NAN;
    outcome o = series_solve(&s, NULL, &options);
    cr_assert(o.status == CEF_OK && o.info.n_failed == 1 && o.info.first_failed == bad && o.info.certified == 0 &&
              o.info.n_solved == 39);
    for (cef_index t = 0; t < s.n_periods; t++) {
        cr_assert(o.out.period_status[t] == (t == bad ? CEF_ERR_SNAPSHOT : CEF_OK), "period %d: %d", t,
                  o.out.period_status[t]);
        if (t != bad)
            cr_assert(
                same_row(row(o.out.bus_intensity, t, m->n_bus), row(good.out.bus_intensity, t, m->n_bus), m->n_bus) &&
                    o.out.period_conservation[t] == good.out.period_conservation[t],
                "period %d changed", t);
    }
    cr_assert(all_nan(row(o.out.bus_intensity, bad, m->n_bus), m->n_bus) &&
              all_nan(row(o.out.bus_throughput, bad, m->n_bus), m->n_bus) &&
              all_nan(row(o.out.branch_carbon_from, bad, m->n_branch), m->n_branch) &&
              all_nan(row(o.out.branch_carbon_to, bad, m->n_branch), m->n_branch) &&
              all_nan(row(o.out.branch_carbon_loss, bad, m->n_branch), m->n_branch) &&
              all_nan(row(o.out.gen_carbon, bad, m->n_gen), m->n_gen) &&
              all_nan(row(o.out.load_carbon, bad, m->n_load), m->n_load) &&
              all_nan(row(o.out.storage_carbon, bad, m->n_storage), m->n_storage) &&
              all_nan(o.out.period_error_bound + bad, 1) && all_nan(o.out.period_generation + bad, 1));
    cr_assert(o.info.generation_emissions < good.info.generation_emissions, "sums leave the period out");
    outcome_free(&good);
    outcome_free(&o);
    series_free(&s);
}

Test(batch, a_bad_period_is_marked_and_the_others_go_on)
{
    check_bad_period(CEF_BATCH_AUTO, 21);
    check_bad_period(CEF_BATCH_SINGLE, 21);
    check_bad_period(CEF_BATCH_AUTO, 0);
    check_bad_period(CEF_BATCH_AUTO, 39);
}

Test(batch, every_column_is_checked_for_nan)
{
    dice d = {78};
    series s = random_series(&d, 30, RANDOM_LOOPS | RANDOM_STORAGE, 12, 0.02);
    const model *m = &s.m;
    double *const columns[] = {s.p_from, s.p_to, s.gen_p, s.load_p, s.storage_p};
    const cef_index lengths[] = {m->n_branch, m->n_branch, m->n_gen, m->n_load, m->n_storage};
    const double bad[] = {NAN, INFINITY, -INFINITY, 1e13, 1e-120};
    for (size_t c = 0; c < 5; c++)
        for (size_t k = 0; k < 5; k++) {
            if (c < 2 && bad[k] == 1e-120) /* a branch end that small is nothing */
                continue;
            double *at = columns[c] + 5 * (size_t) lengths[c] + 1;
            const double kept = *at;
            *at = bad[k];
            outcome o = series_solve(&s, NULL, NULL);
            cr_assert(o.status == CEF_OK && o.info.n_failed == 1 && o.out.period_status[5] == CEF_ERR_SNAPSHOT,
                      "column %zu, %g: %d failed, period 5 %s", c, bad[k], o.info.n_failed,
                      cef_status_name(o.out.period_status[5]));
            *at = kept;
            outcome_free(&o);
        }
    series_free(&s);
}

/* Without period_status the first failure in time is the call's, whatever thread met it. */
Test(batch, without_status_the_first_failure_is_returned)
{
    dice d = {79};
    series s = random_series(&d, 20, RANDOM_LOOPS, 50, 0.02);
    s.load_p[33 * (size_t) s.m.n_load + 2] = NAN;
    s.gen_p[12 * (size_t) s.m.n_gen + 1] = INFINITY;
    for (int32_t threads = 1; threads <= 3; threads++) {
        const cef_batch_options options = {.struct_size = sizeof options, .threads = threads, .periods_per_block = 4};
        batch_session b = batch_open(&s.m, NULL, &options, NULL);
        outcome o = outcome_make(&s);
        o.out.period_status = NULL;
        batch_run(&b, &s, &o);
        cr_assert(o.status == CEF_ERR_SNAPSHOT && o.error.status == o.status && o.error.period == 12 &&
                      o.error.element == CEF_GEN && o.error.index == 1 && strcmp(o.error.code, "not-finite") == 0,
                  "period %d, element %d %d, %s", o.error.period, o.error.element, o.error.index, o.error.code);
        cr_assert(o.info.n_failed == 2 && o.info.first_failed == 12);
        batch_close(&b);
        outcome_free(&o);
    }
    series_free(&s);
}

/* The first block takes long and fails at its end, the others fail at once: still the first in time is the first. */
Test(batch, blocks_are_handed_in_in_time_order)
{
    enum { BLOCK = 64, N = 4 * BLOCK };
    dice d = {80};
    const cef_batch_options options = {
        .struct_size = sizeof options, .threads = 4, .periods_per_block = BLOCK, .engine = CEF_BATCH_SINGLE};
    series s = random_series(&d, 300, 0, N, 0.1);
    for (size_t t = BLOCK - 1; t < N; t++)
        s.p_from[t * (size_t) s.m.n_branch] = NAN;
    batch_session b = batch_open(&s.m, NULL, &options, NULL);
    outcome o = outcome_make(&s);
    for (int turn = 0; turn < 20; turn++) {
        batch_run(&b, &s, &o);
        cr_assert(o.info.first_failed == BLOCK - 1 && o.info.n_failed == N - BLOCK + 1, "turn %d: %d is first of %d",
                  turn, o.info.first_failed, o.info.n_failed);
    }
    batch_close(&b);
    outcome_free(&o);
    series_free(&s);
}

/* ---- partition ---- */

Test(batch, no_period)
{
    dice d = {5};
    series s = random_series(&d, 10, 0, 0, 0);
    outcome o = series_solve(&s, NULL, NULL);
    cr_assert(o.status == CEF_OK && o.info.n_solved == 0 && o.info.n_failed == 0 && o.info.n_time_blocks == 0 &&
              o.info.first_failed == -1 && o.info.certified == 1);
    for (cef_index bus = 0; bus < s.m.n_bus; bus++)
        cr_assert(o.out.bus_energy[bus] == 0.0 && o.out.bus_emissions[bus] == 0.0);
    const cef_batch_data none = {.struct_size = sizeof none};
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    cr_assert(cef_batch_solve(b.batch, &none, NULL, NULL, &o.error) == CEF_OK, "%s", o.error.message);
    batch_close(&b);
    outcome_free(&o);
    series_free(&s);
}

/* Lengths around the widths of groups and blocks. Nothing behind the last row is written, nothing before it is left. */
Test(batch, any_length)
{
    const cef_index lengths[] = {1, 2, 7, 8, 9, 15, 16, 17, 95, 96, 97, 200};
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        dice d = {100 + k};
        series s = random_series(&d, 12, RANDOM_LOOPS | RANDOM_KINDS, lengths[k], 0.05);
        outcome o = series_solve(&s, NULL, NULL);
        cr_assert(o.status == CEF_OK && o.info.n_solved == lengths[k] && o.info.n_failed == 0, "%d periods: %s",
                  lengths[k], o.error.message);
        cr_assert(o.info.n_time_blocks == (lengths[k] + 95) / 96);
        const unsigned char *bytes = (const unsigned char *) o.memory;
        size_t poisoned = 0;
        for (size_t at = 0; at < o.size - (size_t) lengths[k] * 4; at += 8) /* half of the statuses' room is spare */
            poisoned += bytes[at] == 0x7b && bytes[at + 3] == 0x7b && bytes[at + 7] == 0x7b;
        cr_assert(poisoned == 0, "%d periods: %zu outputs were left unwritten", lengths[k], poisoned);
        outcome_free(&o);
        series_free(&s);
    }
}

static void check_threads(int32_t engine, int32_t policy)
{
    dice d = {4711};
    cef_settings settings = settings_of(policy);
    series s = random_series(&d, 60, RANDOM_ALL & ~(unsigned) RANDOM_IMBALANCE, 100, 0.03);
    s.load_p[50 * (size_t) s.m.n_load] = NAN;
    uint64_t first = 0;
    for (int32_t threads = 1; threads <= 4; threads++) {
        const cef_batch_options options = {
            .struct_size = sizeof options, .threads = threads, .periods_per_block = 10, .engine = engine};
        batch_session b = batch_open(&s.m, &settings, &options, NULL);
        for (int again = 0; again < 2; again++) {
            outcome o = outcome_make(&s);
            batch_run(&b, &s, &o);
            const uint64_t hash = outcome_hash(&s, &o);
            first = threads == 1 && again == 0 ? hash : first;
            cr_assert(o.info.n_failed >= 1 && o.info.n_solved > 50 && hash == first, "%d threads, turn %d: other bits",
                      threads, again);
            outcome_free(&o);
        }
        batch_close(&b);
    }
    series_free(&s);
}

Test(batch, bits_do_not_depend_on_threads)
{
    check_threads(CEF_BATCH_AUTO, CEF_LOSS_SENDING);
    check_threads(CEF_BATCH_SINGLE, CEF_LOSS_SENDING);
    check_threads(CEF_BATCH_AUTO, CEF_LOSS_CONSUMER);
}

/* ---- sums ---- */

static bool close_to(double got, long double want) { return fabsl((long double) got - want) <= 1e-14L * fabsl(want); }

Test(batch, sums)
{
    dice d = {31};
    const cef_batch_options options = {.struct_size = sizeof options, .periods_per_block = 12};
    series s = random_series(&d, 25, RANDOM_LOOPS | RANDOM_DEAD, 50, 0.1);
    const model *m = &s.m;
    outcome o = series_solve(&s, NULL, &options);
    cr_assert(o.status == CEF_OK && o.info.n_failed == 0);
    for (cef_index bus = 0; bus < m->n_bus; bus++) {
        long double energy = 0, emissions = 0;
        for (cef_index t = 0; t < s.n_periods; t++) {
            const double x = row(o.out.bus_intensity, t, m->n_bus)[bus],
                         p = row(o.out.bus_throughput, t, m->n_bus)[bus];
            energy += isnan(x) ? 0 : (long double) p * 0.25L;
            emissions += isnan(x) ? 0 : (long double) p * 0.25L * x;
        }
        cr_assert(close_to(o.out.bus_energy[bus], energy) && close_to(o.out.bus_emissions[bus], emissions), "bus %d",
                  bus);
    }
    for (cef_index k = 0; k < m->n_load; k++) {
        long double energy = 0, emissions = 0;
        for (cef_index t = 0; t < s.n_periods; t++) {
            energy += (long double) row(s.load_p, t, m->n_load)[k] * 0.25L;
            emissions += (long double) row(o.out.load_carbon, t, m->n_load)[k] * 0.25L;
        }
        cr_assert(close_to(o.out.load_energy[k], energy) && close_to(o.out.load_emissions[k], emissions), "load %d", k);
    }
    long double generation = 0;
    for (cef_index t = 0; t < s.n_periods; t++)
        generation += (long double) o.out.period_generation[t] * 0.25L;
    cr_assert(close_to(o.info.generation_emissions, generation));
    outcome_free(&o);
    series_free(&s);
}

/* Sums asked for alone are those given beside the full arrays. */
Test(batch, sums_without_rows)
{
    dice d = {32};
    series s = random_series(&d, 25, RANDOM_LOOPS | RANDOM_NEGATIVE, 30, 0.1);
    outcome full = series_solve(&s, NULL, NULL), o = outcome_make(&s);
    o.out = (cef_batch_result){.struct_size = sizeof o.out,
                               .bus_emissions = o.out.bus_emissions,
                               .gen_emissions = o.out.gen_emissions,
                               .load_energy = o.out.load_energy,
                               .load_emissions = o.out.load_emissions};
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    batch_run(&b, &s, &o);
    cr_assert(o.status == CEF_OK, "%s", o.error.message);
    cr_assert(same_row(o.out.bus_emissions, full.out.bus_emissions, s.m.n_bus) &&
              same_row(o.out.gen_emissions, full.out.gen_emissions, s.m.n_gen) &&
              same_row(o.out.load_energy, full.out.load_energy, s.m.n_load) &&
              same_row(o.out.load_emissions, full.out.load_emissions, s.m.n_load));
    batch_close(&b);
    outcome_free(&full);
    outcome_free(&o);
    series_free(&s);
}

/* One row of intensities for all periods says the same as that row repeated. */
Test(batch, fixed_intensities)
{
    dice d = {33};
    series s = random_series(&d, 25, RANDOM_LOOPS | RANDOM_NEGATIVE | RANDOM_STORAGE, 20, 0.05);
    outcome repeated = series_solve(&s, NULL, NULL), o = outcome_make(&s);
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    cef_batch_data data = series_data(&s);
    data.gen_intensity = s.m.gen_e;
    data.load_intensity = s.m.has_load_e ? s.m.load_e : NULL;
    data.storage_intensity = s.m.storage_e;
    data.fixed = CEF_BATCH_FIXED_GEN_INTENSITY | CEF_BATCH_FIXED_LOAD_INTENSITY | CEF_BATCH_FIXED_STORAGE_INTENSITY;
    o.status = cef_batch_solve(b.batch, &data, &o.out, &o.info, &o.error);
    cr_assert(o.status == CEF_OK && outcome_hash(&s, &o) == outcome_hash(&s, &repeated), "%s", o.error.message);
    batch_close(&b);
    outcome_free(&repeated);
    outcome_free(&o);
    series_free(&s);
}

/* A unit that does not run may have any intensity, even none, and costs no period its place side by side. */
Test(batch, intensity_of_a_unit_that_does_not_run)
{
    dice d = {34};
    series s = random_series(&d, 25, 0, 20, 0.05);
    for (cef_index t = 0; t < s.n_periods; t++)
        s.gen_p[(size_t) t * (size_t) s.m.n_gen] = 0.0;
    outcome priced = series_solve(&s, NULL, NULL);
    s.gen_e[3 * (size_t) s.m.n_gen] = (double) NAN;
    s.gen_e[11 * (size_t) s.m.n_gen] = -5.0;
    outcome o = series_solve(&s, NULL, NULL);
    cr_assert(o.status == CEF_OK && outcome_hash(&s, &o) == outcome_hash(&s, &priced), "%s", o.error.message);
    cr_assert(o.info.n_failed == 0 && o.info.n_one_by_one == 0 && priced.info.n_one_by_one == 0, "%d one by one",
              o.info.n_one_by_one);
    outcome_free(&priced);
    outcome_free(&o);
    series_free(&s);
}

/* ---- refused calls ---- */

static void refuse(const cef_batch *batch, cef_batch_data data, const char *word)
{
    cef_error error = {.struct_size = sizeof error};
    const cef_status status = cef_batch_solve((cef_batch *) batch, &data, NULL, NULL, &error);
    cr_assert(status == CEF_ERR_ARGUMENT && strstr(error.message, word), "%s: %s, %s", word, cef_status_name(status),
              error.message);
}

Test(batch, refused_data)
{
    dice d = {34};
    series s = random_series(&d, 10, RANDOM_STORAGE, 3, 0.05);
    model_storage(&s.m, 0, 0, 0); /* at least one */
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    double some[4] = {0};
    cef_batch_data data = series_data(&s);
    data.storage_p = data.storage_intensity = some;
    cef_batch_data bad = data;
    bad.n_periods = -1, refuse(b.batch, bad, "n_periods");
    bad = data, bad.fixed = 8, refuse(b.batch, bad, "fixed");
    bad = data, bad.period_hours = -1, refuse(b.batch, bad, "period_hours");
    bad = data, bad.period_hours = NAN, refuse(b.batch, bad, "period_hours");
    bad = data, bad.branch_p_from = NULL, refuse(b.batch, bad, "branch_p_from");
    bad = data, bad.gen_p = NULL, refuse(b.batch, bad, "gen_p");
    bad = data, bad.gen_intensity = NULL, refuse(b.batch, bad, "gen_intensity");
    bad = data, bad.load_p = NULL, refuse(b.batch, bad, "load_p");
    bad = data, bad.storage_p = NULL, refuse(b.batch, bad, "storage_p");
    bad = data, bad.storage_intensity = NULL, refuse(b.batch, bad, "storage_intensity");
    batch_close(&b);
    series_free(&s);
}

Test(batch, refused_options)
{
    const cef_batch_options bad[] = {{.struct_size = sizeof *bad, .periods_per_block = -1},
                                     {.struct_size = sizeof *bad, .periods_per_block = 65537},
                                     {.struct_size = sizeof *bad, .threads = -1},
                                     {.struct_size = sizeof *bad, .threads = 257},
                                     {.struct_size = sizeof *bad, .engine = 2},
                                     {.struct_size = sizeof *bad, .reserved = 1}};
    model m = model_bialek();
    session s = session_open(&m, NULL, NULL);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        cef_error error = {.struct_size = sizeof error};
        cef_batch *batch = (cef_batch *) &m;
        cr_assert(cef_batch_create(s.ctx, s.net, NULL, &bad[k], &batch, &error) == CEF_ERR_ARGUMENT && !batch,
                  "options %zu", k);
        cr_assert(strstr(error.message, "options."), "%s", error.message);
    }
    session_close(&s);
    model_free(&m);
}
