/* SPDX-License-Identifier: Apache-2.0 */
/* From the records of the blocks, in time order, to the summary of the run. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "series_files.h"

#define MOST_GAP 1e-9 /* what a certificate promises */

static cef_status no_memory(cef_error *error)
{
    return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for the summary");
}

static cef_status grow_months(series_summary *s, cef_error *error)
{
    const size_t capacity = 2 * s->month_capacity + 12;
    int64_t *month = realloc(s->month, capacity * sizeof *month);
    s->month = month ? month : s->month;
    exact_sum *sum = realloc(s->month_sum, capacity * ZONE_SUMS * sizeof *sum);
    s->month_sum = sum ? sum : s->month_sum;
    if (!month || !sum)
        return no_memory(error);
    s->month_capacity = capacity;
    return CEF_OK;
}

/* Periods come in time order, so a new month is after the last one. */
static cef_status month_of(series_summary *s, int64_t seconds, exact_sum **sum, cef_error *error)
{
    const int64_t month = time_month(seconds);
    if (s->n_month == 0 || s->month[s->n_month - 1] != month) {
        if (s->n_month == s->month_capacity)
            CLI_TRY(grow_months(s, error));
        s->month[s->n_month] = month;
        memset(s->month_sum + s->n_month * ZONE_SUMS, 0, ZONE_SUMS * sizeof *s->month_sum);
        s->n_month++;
    }
    *sum = s->month_sum + (s->n_month - 1) * ZONE_SUMS;
    return CEF_OK;
}

static void add_clock(exact_sum sum[ZONE_SUMS], const double (*p)[SERIES_BLOCK], size_t t, double hours)
{
    exact_add(&sum[ZONE_GENERATION_ENERGY], p[PERIOD_GENERATION_P][t] * hours);
    exact_add(&sum[ZONE_GENERATION], p[PERIOD_GENERATION][t] * hours);
    exact_add(&sum[ZONE_LOAD_ENERGY], p[PERIOD_LOAD_P][t] * hours);
    exact_add(&sum[ZONE_LOAD], p[PERIOD_LOAD][t] * hours);
    exact_add(&sum[ZONE_EXPORT_ENERGY], p[PERIOD_EXPORT_P][t] * hours);
    exact_add(&sum[ZONE_EXPORT], p[PERIOD_EXPORT][t] * hours);
}

/* The moment a period begins, s since 1970. */
static int64_t moment_of(const series_shape *s, int64_t period)
{
    return s->start + (int64_t) floor((double) period * s->hours * 3600.0 + 1e-3);
}

static cef_status add_period(series_summary *s, const double (*p)[SERIES_BLOCK], int64_t first, size_t t,
                             cef_error *error)
{
    const double hours = s->shape.hours;
    for (int k = 0; k < 4; k++)
        s->worst[k] = fmax(s->worst[k], p[PERIOD_ERROR_BOUND + k][t]);
    for (int k = 0; k < 6; k++)
        exact_add(&s->emissions[k], p[PERIOD_GENERATION + k][t] * hours);
    for (int k = 0; k < 3; k++)
        exact_add(&s->energy[k], p[PERIOD_GENERATION_P + k][t] * hours);
    if (s->shape.start == SERIES_NO_START)
        return CEF_OK;
    exact_sum *month = NULL;
    const int64_t moment = moment_of(&s->shape, first + (int64_t) t);
    CLI_TRY(month_of(s, moment, &month, error));
    add_clock(month, p, t, hours);
    add_clock(s->hour[time_hour(moment)], p, t, hours);
    return CEF_OK;
}

static cef_status add_record(series_summary *s, const series_record *r, cef_error *error)
{
    const record_head *h = r->head;
    s->n_failed += h->n_failed;
    s->n_loops = h->n_loops > s->n_loops ? h->n_loops : s->n_loops;
    s->largest_loop = h->largest_loop > s->largest_loop ? h->largest_loop : s->largest_loop;
    if (h->n_failed < h->count && h->maximum_principle < s->maximum_principle)
        s->maximum_principle = h->maximum_principle;
    if (s->first_failed < 0 && h->first_failed >= 0) {
        s->first_failed = h->first_failed;
        memcpy(s->code, h->code, sizeof s->code);
        memcpy(s->failure, h->failure, sizeof s->failure);
    }
    for (size_t k = 0; k < s->at.n; k++)
        exact_add(&s->sums[k], r->sums[k]);
    const size_t row = (size_t) s->shape.n_storage;
    if (s->shape.coupled && h->first == s->shape.first)
        memcpy(s->state, r->state, STATE_ENERGY * row * sizeof(double));
    if (s->shape.coupled)
        memcpy(s->state + STATE_ENERGY * row, r->state + STATE_ENERGY * row, STATE_ENERGY * row * sizeof(double));
    const double(*p)[SERIES_BLOCK] = (const double(*)[SERIES_BLOCK]) r->period;
    for (size_t t = 0; t < (size_t) h->count; t++)
        if (!isnan(p[PERIOD_GENERATION][t]))
            CLI_TRY(add_period(s, p, h->first, t, error));
    return CEF_OK;
}

static cef_status add_records(series_summary *s, const series_store *store, void *bytes, cef_error *error)
{
    series_record r;
    series_record_attach(&r, &s->shape, bytes);
    for (int64_t k = 0; k < series_block_count(&s->shape); k++) {
        CLI_TRY(series_store_read_record(store, k, &r, error));
        CLI_TRY(add_record(s, &r, error));
    }
    return CEF_OK;
}

static cef_status write_document(const series_summary *s, const char *folder, cef_error *error)
{
    char path[SERIES_PATH];
    out_file out;
    CLI_TRY(series_path(path, folder, "summary.json", error));
    CLI_TRY(out_open(&out, path, error));
    series_summary_json(&out, s);
    const cef_status status = out_commit(&out, error);
    out_release(&out);
    return status;
}

static double sum_of(const double *values, int64_t n)
{
    exact_sum sum = {0};
    for (int64_t k = 0; k < n; k++)
        exact_add(&sum, values[k]);
    return exact_value(sum);
}

double series_horizon_gap(const series_summary *s)
{
    const size_t n = (size_t) s->shape.n_storage;
    if (!s->shape.coupled)
        return 0.0;
    exact_sum gap = {0};
    const double before = sum_of(s->state + STATE_CARBON_BEFORE * n, (int64_t) n);
    exact_add(&gap, exact_value(s->emissions[0]));
    exact_add(&gap, before);
    for (int k = 1; k < 6; k++)
        if (k != 4) /* what stores draw and deliver is in what they hold */
            exact_add(&gap, -exact_value(s->emissions[k]));
    for (size_t k = 0; k < n; k++)
        exact_add(&gap, -exact_value(s->sums[s->at.store + k * STORE_SUMS + STORE_OWNER_LOSS]));
    exact_add(&gap, -sum_of(s->state + STATE_CARBON * n, (int64_t) n));
    const double size = fabs(exact_value(s->emissions[0])) + fabs(before), miss = fabs(exact_value(gap));
    return s->n_failed > 0 ? (double) NAN : size > 0.0 ? miss / size : miss;
}

/* A period that failed is not certified, and then neither is the whole. */
static cef_status judge(const series_summary *s, cef_error *error)
{
    const double gap = series_horizon_gap(s);
    if (s->n_failed == 0 && gap <= MOST_GAP)
        return CEF_OK;
    if (s->n_failed == 0)
        return say_set(error, CEF_ERR_CERTIFICATE, "not-certified",
                       "the horizon identity of the stores misses %.3g of the carbon that comes in, promised is %g",
                       gap, MOST_GAP);
    return say_set(error, CEF_ERR_CERTIFICATE, "not-certified",
                   "%lld of %lld periods are not certified and are marked in period_status; the first is %lld: %s",
                   (long long) s->n_failed, (long long) (s->shape.end - s->shape.first), (long long) s->first_failed,
                   s->failure);
}

cef_status series_finish(series_store *store, const cli_args *args, cef_error *error)
{
    series_head head;
    series_summary s = {.shape = store->shape, .first_failed = -1, .maximum_principle = 1};
    CLI_TRY(series_head_read(&head, store->folder, error));
    s.head = &head;
    s.at = series_sums_of(&s.shape);
    s.sums = calloc(s.at.n ? s.at.n : 1, sizeof *s.sums);
    s.state = calloc(STATE_ROWS * (size_t) s.shape.n_storage + 1, sizeof *s.state);
    void *bytes = malloc(series_record_size(&s.shape));
    cef_status status = s.sums && s.state && bytes ? add_records(&s, store, bytes, error) : no_memory(error);
    if (status == CEF_OK)
        status = series_store_publish(store, error);
    if (status == CEF_OK)
        status = write_document(&s, store->folder, error);
    if (status == CEF_OK)
        status = series_tell(&s, args, error);
    if (status == CEF_OK)
        status = judge(&s, error);
    free(s.month);
    free(s.month_sum);
    free(s.state);
    free(s.sums);
    free(bytes);
    series_head_release(&head);
    return status;
}
