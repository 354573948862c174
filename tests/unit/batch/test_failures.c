/* SPDX-License-Identifier: Apache-2.0 */
/* Periods that fail, and calls that are refused. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

static bool same_row(const double *got, const double *want, cef_index n)
{
    return n == 0 || memcmp(got, want, (size_t) n * sizeof *got) == 0;
}
static const double *row(const double *base, cef_index t, cef_index n) { return base + (size_t) t * (size_t) n; }

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

/* Rings of small powers between buses with units: products of an elimination are about their squares and less. */
Test(batch, where_products_may_underflow_the_solver_decides)
{
    const cef_index lengths[] = {3, 4, 7};
    const double powers[] = {1e-12, 1e-90};
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.flow_tol = 0.0;
    for (int k = 0; k < 6; k++) {
        const cef_index n = lengths[k / 2];
        const double p = powers[k % 2];
        model m = model_make(n);
        for (cef_index bus = 0; bus < n; bus++) {
            model_arc(&m, bus, (bus + 1) % n, p, p);
            model_gen(&m, bus, 10.0, 0.1 * (double) (bus + 1));
            model_load(&m, bus, 10.0);
        }
        series s = series_make(m, 8);
        for (int t = 0; t < 8; t++)
            series_record(&s);
        outcome o = series_solve(&s, &settings, NULL);
        const bool too_small = p < 1e-75; /* for the solver too */
        cr_assert(o.info.largest_block == n && o.info.n_failed == (too_small ? 8 : 0) &&
                      o.info.n_one_by_one == o.info.n_failed,
                  "%d buses, %g MW: %d failed, %d one by one", n, p, o.info.n_failed, o.info.n_one_by_one);
        outcome_free(&o);
        series_free(&s);
    }
}
