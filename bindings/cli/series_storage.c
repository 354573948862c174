/* SPDX-License-Identifier: Apache-2.0 */
/* Stores that carry carbon from period to period. Each block begins with handles made of what the record of the block
 * before says they hold, whether this process or an earlier one wrote it: so a resumed run goes on to the same bits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "say.h"
#include "series.h"

cef_status series_stores_take(series_stores *s, const series_job *job, cli_pool *pool, cef_error *error)
{
    const size_t n = (size_t) job->net.n_storage;
    s->at = -1;
    CLI_TRY(pool_take(pool, 2 * n, sizeof(double), &s->held, error));
    for (size_t k = 0; k < CLI_COUNT_OF(s->rows); k++)
        CLI_TRY(pool_take(pool, n * SERIES_BLOCK, sizeof(double), &s->rows[k], error));
    return pool_take(pool, n * STORE_SUMS, sizeof *s->sums, &s->sums, error);
}

void series_stores_drop(series_stores *s)
{
    cef_storage_destroy(s->handle);
    s->handle = NULL;
}

/* What the record of the block before says, where another process wrote it. */
static cef_status recall(series_stores *s, const series_job *job, int64_t k, cef_error *error)
{
    const size_t n = (size_t) job->net.n_storage;
    series_record before;
    void *bytes = malloc(job->store.record_size);
    if (!bytes)
        return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for a record");
    series_record_attach(&before, &job->shape, bytes);
    const cef_status status = series_store_read_record(&job->store, k - 1, &before, error);
    if (status == CEF_OK)
        memcpy(s->held, before.state + STATE_ENERGY * n, 2 * n * sizeof(double));
    free(bytes);
    s->at = status == CEF_OK ? k : -1;
    return status;
}

/* A case may leave out the intensity of a store; it is needed where it prices what is held or delivered. */
static cef_status check_stated(const series_job *job, const cef_storage_data *data, int32_t model, cef_error *error)
{
    for (cef_index store = 0; store < data->n_storage; store++) {
        const bool carries = model == CEF_STORAGE_CONSERVING || model == CEF_STORAGE_TANK;
        const bool needed = model == CEF_STORAGE_STATIC || (carries && data->energy[store] > 0.0);
        if (!needed || !isnan(data->intensity[store]))
            continue;
        char id[64];
        cef_case_id(job->source, CEF_STORAGE, store, id, sizeof id);
        return say_set(
            error, CEF_ERR_PARSE, "missing-field",
            "store %s states no intensity: %s. State intensity, tCO2/MWh of what it discharges, in the case", id,
            carries ? "it holds energy at the start, and its carbon is not known" : "--storage static needs it");
    }
    return CEF_OK;
}

static cef_status make_handle(series_stores *s, const series_job *job, bool is_start, cef_error *error)
{
    static const int32_t models[] = {CEF_STORAGE_CONSERVING, CEF_STORAGE_TANK, CEF_STORAGE_STATIC, CEF_STORAGE_LOAD};
    cef_storage_data data = {.struct_size = sizeof data};
    cef_storage_settings settings;
    cef_storage_settings_init(&settings, sizeof settings);
    settings.model = models[job->args->option[OPTION_STORAGE].word];
    settings.unknown = !is_start;
    CLI_TRY(cef_case_storage(job->source, &data, error));
    if (is_start) {
        CLI_TRY(check_stated(job, &data, settings.model, error));
    } else {
        data.energy = s->held;
        data.carbon = s->held + job->net.n_storage;
    }
    series_stores_drop(s);
    const cef_status status = cef_storage_create(job->ctx, &data, &settings, &s->handle, error);
    if (status != CEF_OK)
        flow_name_element(job->source, &job->info, error);
    return status;
}

cef_status series_stores_begin(series_stores *s, const series_job *job, int64_t k, const series_record *r,
                               cef_error *error)
{
    const size_t n = (size_t) job->net.n_storage;
    if (k > 0 && s->at != k)
        CLI_TRY(recall(s, job, k, error));
    CLI_TRY(make_handle(s, job, k == 0, error));
    return cef_storage_state(s->handle, r->state, r->state + STATE_CARBON_BEFORE * n, error);
}

static void add_period(series_stores *s, size_t n, size_t t, const double *storage_p, double hours)
{
    for (size_t k = 0; k < n; k++) {
        const size_t at = t * n + k;
        exact_sum *sum = s->sums + k * STORE_SUMS;
        const double p = storage_p[at];
        exact_add(&sum[STORE_DRAWN_ENERGY], (p > 0.0 ? 0.0 : -p) * hours);
        exact_add(&sum[STORE_DELIVERED_ENERGY], (p < 0.0 ? 0.0 : p) * hours);
        for (int row = 0; row < 3; row++)
            exact_add(&sum[STORE_DRAWN + row], s->rows[row][at]);
    }
}

cef_status series_stores_end(series_stores *s, const series_job *job, int64_t k, const double *storage_p,
                             const series_record *r, cef_error *error)
{
    const size_t n = (size_t) job->net.n_storage;
    const series_sums at = series_sums_of(&job->shape);
    memset(s->sums, 0, n * STORE_SUMS * sizeof *s->sums);
    for (size_t t = 0; t < (size_t) r->head->count; t++)
        add_period(s, n, t, storage_p, job->shape.hours);
    for (size_t c = 0; c < n * STORE_SUMS; c++)
        r->sums[at.store + c] = exact_value(s->sums[c]);
    CLI_TRY(cef_storage_state(s->handle, s->held, s->held + n, error));
    memcpy(r->state + STATE_ENERGY * n, s->held, 2 * n * sizeof(double));
    s->at = k + 1;
    return CEF_OK;
}
