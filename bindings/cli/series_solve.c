/* SPDX-License-Identifier: Apache-2.0 */
/* One block of periods: its rows of the profiles, the batch, its rows of the arrays, its record. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "say.h"
#include "series_worker.h"

/* ---- making ---- */

/* A profile that is not there is the case's own row, in every period. */
static cef_status take_rows(series_worker *w, int k, cef_index n, const double *own, cef_error *error)
{
    CLI_TRY(pool_take(&w->pool, (size_t) n * SERIES_BLOCK, sizeof(double), &w->in[k], error));
    for (size_t t = 0; own && !w->job->in[k].there && n > 0 && t < SERIES_BLOCK; t++)
        memcpy(w->in[k] + t * (size_t) n, own, (size_t) n * sizeof(double));
    return CEF_OK;
}

static cef_status take_inputs(series_worker *w, cef_error *error)
{
    const series_job *job = w->job;
    const cef_network_data *net = &job->net;
    const size_t n_load = (size_t) net->n_load;
    CLI_TRY(take_rows(w, IN_BRANCH_FROM, net->n_branch, NULL, error));
    if (job->in[IN_BRANCH_TO].there)
        CLI_TRY(take_rows(w, IN_BRANCH_TO, net->n_branch, NULL, error));
    CLI_TRY(take_rows(w, IN_GEN_P, net->n_gen, job->own.gen_p, error));
    CLI_TRY(take_rows(w, IN_STORAGE_P, net->n_storage, job->own.storage_p, error));
    if (job->in[IN_GEN_INTENSITY].there)
        CLI_TRY(take_rows(w, IN_GEN_INTENSITY, net->n_gen, NULL, error));
    const int columns[] = {IN_LOAD_P, IN_SHUNT_P};
    for (size_t k = 0; k < CLI_COUNT_OF(columns); k++)
        CLI_TRY(
            pool_take(&w->pool, job->in[columns[k]].columns * SERIES_BLOCK, sizeof(double), &w->in[columns[k]], error));
    CLI_TRY(pool_take(&w->pool, n_load * SERIES_BLOCK, sizeof(double), &w->load_p, error));
    for (size_t t = 0; n_load > 0 && t < SERIES_BLOCK; t++)
        memcpy(w->load_p + t * n_load, job->own.load_p, n_load * sizeof(double));
    return CEF_OK;
}

static cef_status take_outputs(series_worker *w, cef_error *error)
{
    const series_job *job = w->job;
    const series_shape *s = &job->shape;
    for (int k = 0; k < KEEP_STATUS; k++)
        if (series_keeps(s, k))
            CLI_TRY(pool_take(&w->pool, series_columns(s, k) * SERIES_BLOCK, sizeof(double), &w->out[k], error));
    if (w->out[KEEP_LOAD_CARBON] || w->out[KEEP_SHUNT_CARBON])
        CLI_TRY(pool_take(&w->pool, (size_t) s->n_load * SERIES_BLOCK, sizeof(double), &w->load_carbon, error));
    for (int k = 0; k < GROUP_ARRAYS; k++)
        CLI_TRY(pool_take(&w->pool, (size_t) job->groups.n * SERIES_BLOCK, sizeof(double), &w->group[k], error));
    CLI_TRY(pool_take(&w->pool, (size_t) s->n_zone * ZONE_SUMS, sizeof *w->zone, &w->zone, error));
    CLI_TRY(pool_take(&w->pool, (size_t) s->n_owner * OWNER_SUMS, sizeof *w->owner, &w->owner, error));
    void *record = NULL;
    CLI_TRY(pool_take(&w->pool, series_record_size(s), 1, &record, error));
    series_record_attach(&w->record, s, record);
    return s->coupled ? series_stores_take(&w->stores, job, &w->pool, error) : CEF_OK;
}

cef_status series_worker_make(series_worker **out, series_job *job, cef_error *error)
{
    series_worker *w = *out = calloc(1, sizeof *w);
    if (!w)
        return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for a thread's work");
    w->job = job;
    const cef_batch_options options = {.struct_size = sizeof options,
                                       .periods_per_block = SERIES_BLOCK,
                                       .threads = 1,
                                       .gen_group = job->groups.gen,
                                       .load_group = job->groups.load,
                                       .n_groups = job->groups.n};
    CLI_TRY(take_inputs(w, error));
    CLI_TRY(take_outputs(w, error));
    return cef_batch_create(job->ctx, cef_case_network(job->source), &job->settings, &options, &w->batch, error);
}

void series_worker_free(series_worker *w)
{
    if (!w)
        return;
    cef_batch_destroy(w->batch);
    series_stores_drop(&w->stores);
    pool_release(&w->pool);
    free(w);
}

/* ---- reading ---- */

/* Columns of a profile to rows of the table. */
static void place(double *to, size_t row, const double *from, const cef_index *rows, size_t columns, size_t count)
{
    for (size_t t = 0; t < count; t++)
        for (size_t k = 0; k < columns; k++)
            to[t * row + (size_t) rows[k]] = from[t * columns + k];
}

static cef_status read_loads(series_worker *w, size_t first, cef_error *error)
{
    const series_job *job = w->job;
    const profile *loads = &job->in[IN_LOAD_P], *shunts = &job->in[IN_SHUNT_P];
    const cef_index *rows = loads->there ? load_columns_rows(&job->loads, loads) : NULL;
    if (loads->there && !rows)
        CLI_TRY(profile_read(loads, first, w->count, w->load_p, error));
    if (rows) {
        CLI_TRY(profile_read(loads, first, w->count, w->in[IN_LOAD_P], error));
        place(w->load_p, job->loads.n_load, w->in[IN_LOAD_P], rows, loads->columns, w->count);
    }
    if (shunts->there) {
        CLI_TRY(profile_read(shunts, first, w->count, w->in[IN_SHUNT_P], error));
        place(w->load_p, job->loads.n_load, w->in[IN_SHUNT_P], job->loads.shunt, shunts->columns, w->count);
    }
    return CEF_OK;
}

static bool is_vector(const series_job *job) { return job->in[IN_GEN_INTENSITY].rows == 1; }

static cef_status read_profiles(series_worker *w, size_t first, cef_error *error)
{
    static const int whole[] = {IN_BRANCH_FROM, IN_BRANCH_TO, IN_GEN_P, IN_STORAGE_P};
    const series_job *job = w->job;
    for (size_t k = 0; k < CLI_COUNT_OF(whole); k++)
        if (job->in[whole[k]].there)
            CLI_TRY(profile_read(&job->in[whole[k]], first, w->count, w->in[whole[k]], error));
    if (job->in[IN_GEN_INTENSITY].there && !is_vector(job))
        CLI_TRY(profile_read(&job->in[IN_GEN_INTENSITY], first, w->count, w->in[IN_GEN_INTENSITY], error));
    return read_loads(w, first, error);
}

/* Never a silent zero: a unit without a factor may not run. */
static cef_status check_priced(const series_worker *w, int64_t first, cef_error *error)
{
    const series_job *job = w->job;
    for (size_t t = 0; t < w->count; t++)
        for (size_t k = 0; k < job->n_unpriced; k++) {
            const cef_index gen = job->unpriced[k];
            const double p = w->in[IN_GEN_P][t * (size_t) job->net.n_gen + (size_t) gen];
            if (!(p > 0.0))
                continue;
            char id[64];
            cef_case_id(job->source, CEF_GEN, gen, id, sizeof id);
            return say_set(error, CEF_ERR_FACTOR, "missing-factor",
                           "generator %s runs in period %lld (%g MW) and has no emission factor: give --factors, "
                           "--fuel-factors, --missing-factor or gen_intensity",
                           id, (long long) first + (long long) t, p);
        }
    return CEF_OK;
}

/* ---- solving ---- */

static cef_batch_data data_of(const series_worker *w)
{
    const series_job *job = w->job;
    const bool per_period = job->in[IN_GEN_INTENSITY].there && !is_vector(job);
    return (cef_batch_data){.struct_size = sizeof(cef_batch_data),
                            .branch_p_from = w->in[IN_BRANCH_FROM],
                            .branch_p_to = w->in[IN_BRANCH_TO],
                            .gen_p = w->in[IN_GEN_P],
                            .gen_intensity = per_period ? w->in[IN_GEN_INTENSITY] : job->gen_intensity,
                            .load_p = w->load_p,
                            .load_intensity = job->load_intensity,
                            .storage_p = w->in[IN_STORAGE_P],
                            .storage_intensity = job->own.storage_intensity,
                            .period_hours = job->shape.hours,
                            .n_periods = (cef_index) w->count,
                            .storage = job->shape.coupled ? &w->stores.handle : NULL,
                            .fixed = (per_period ? 0 : CEF_BATCH_FIXED_GEN_INTENSITY) | CEF_BATCH_FIXED_LOAD_INTENSITY |
                                     CEF_BATCH_FIXED_STORAGE_INTENSITY};
}

static cef_batch_result result_of(series_worker *w)
{
    const series_sums at = series_sums_of(&w->job->shape);
    double(*period)[SERIES_BLOCK] = w->record.period, *sums = w->record.sums;
    return (cef_batch_result){.struct_size = sizeof(cef_batch_result),
                              .bus_intensity = w->out[KEEP_BUS_INTENSITY],
                              .bus_throughput = w->out[KEEP_BUS_THROUGHPUT],
                              .branch_carbon_from = w->out[KEEP_BRANCH_FROM],
                              .branch_carbon_to = w->out[KEEP_BRANCH_TO],
                              .branch_carbon_loss = w->out[KEEP_BRANCH_LOSS],
                              .gen_carbon = w->out[KEEP_GEN_CARBON],
                              .load_carbon = w->load_carbon,
                              .storage_carbon = w->out[KEEP_STORAGE_CARBON],
                              .period_error_bound = period[PERIOD_ERROR_BOUND],
                              .period_backward_error = period[PERIOD_BACKWARD_ERROR],
                              .period_conservation = period[PERIOD_CONSERVATION],
                              .period_balance_mw = period[PERIOD_BALANCE],
                              .period_generation = period[PERIOD_GENERATION],
                              .period_load = period[PERIOD_LOAD],
                              .period_loss = period[PERIOD_LOSS],
                              .period_export = period[PERIOD_EXPORT],
                              .period_storage = period[PERIOD_STORAGE],
                              .period_mismatch = period[PERIOD_MISMATCH],
                              .bus_energy = sums + at.bus_energy,
                              .bus_emissions = sums + at.bus_emissions,
                              .gen_energy = sums + at.gen_energy,
                              .gen_emissions = sums + at.gen_emissions,
                              .load_energy = sums + at.load_energy,
                              .load_emissions = sums + at.load_emissions,
                              .period_status = w->status,
                              .storage_carbon_drawn = w->stores.rows[0],
                              .storage_carbon_delivered = w->stores.rows[1],
                              .storage_owner_loss = w->stores.rows[2],
                              .group_generation_p = w->group[GROUP_GENERATION_P],
                              .group_generation_carbon = w->group[GROUP_GENERATION],
                              .group_load_p = w->group[GROUP_LOAD_P],
                              .group_load_carbon = w->group[GROUP_LOAD]};
}

static void note_failure(series_worker *w, size_t t, cef_error *error)
{
    record_head *h = w->record.head;
    flow_name_element(w->job->source, &w->job->info, error);
    h->first_failed = h->first + (int64_t) t;
    memcpy(h->code, error->code, sizeof h->code);
    memcpy(h->failure, error->message, sizeof h->failure);
}

/* The same from the start of the block, so that the stores hold what they held. */
static cef_status explain_coupled(series_worker *w, const cef_batch_data *data, size_t t)
{
    cef_error error = {.struct_size = sizeof error};
    cef_batch_data again = *data;
    again.n_periods = (cef_index) t + 1;
    const int64_t k = w->record.head->block - w->job->shape.first / SERIES_BLOCK;
    cef_status status = series_stores_begin(&w->stores, w->job, k, &w->record, &error);
    if (status == CEF_OK)
        status = cef_batch_solve(w->batch, &again, NULL, NULL, &error);
    note_failure(w, t, &error);
    return status;
}

/* The batch marks a period that fails; solved alone it also says why. */
static cef_status explain_failure(series_worker *w, const cef_batch_data *data, size_t t)
{
    const series_job *job = w->job;
    const cef_network_data *net = &job->net;
    const bool per_period = (data->fixed & CEF_BATCH_FIXED_GEN_INTENSITY) == 0;
    cef_error error = {.struct_size = sizeof error};
    cef_batch_data one = *data;
    if (data->storage)
        return explain_coupled(w, data, t);
    one.n_periods = 1;
    one.branch_p_from += t * (size_t) net->n_branch;
    one.branch_p_to += one.branch_p_to ? t * (size_t) net->n_branch : 0;
    one.gen_p += t * (size_t) net->n_gen;
    one.gen_intensity += per_period ? t * (size_t) net->n_gen : 0;
    one.load_p += t * (size_t) net->n_load;
    one.storage_p += t * (size_t) net->n_storage;
    const cef_status status = cef_batch_solve(w->batch, &one, NULL, NULL, &error);
    note_failure(w, t, &error);
    return status;
}

/* ---- writing ---- */

static void gather(double *to, const double *from, const cef_index *rows, size_t columns, size_t row, size_t count)
{
    for (size_t t = 0; t < count; t++)
        for (size_t k = 0; k < columns; k++)
            to[t * columns + k] = from[t * row + (size_t) rows[k]];
}

static cef_status write_block(series_worker *w, int64_t k, cef_error *error)
{
    const series_job *job = w->job;
    const series_store *store = &job->store;
    const load_columns *loads = &job->loads;
    const size_t first = (size_t) k * SERIES_BLOCK;
    if (w->out[KEEP_LOAD_CARBON])
        gather(w->out[KEEP_LOAD_CARBON], w->load_carbon, loads->demand, loads->n_demand, loads->n_load, w->count);
    if (w->out[KEEP_SHUNT_CARBON])
        gather(w->out[KEEP_SHUNT_CARBON], w->load_carbon, loads->shunt, loads->n_shunt, loads->n_load, w->count);
    int reason = npy_write_rows(&store->out[KEEP_STATUS], first, w->count, w->status);
    for (int out = 0; out < KEEP_STATUS && reason == 0; out++)
        if (w->out[out])
            reason = npy_write_rows(&store->out[out], first, w->count, w->out[out]);
    if (reason)
        return series_write_error(store->folder, reason, error);
    series_record_seal(&w->record);
    return series_store_write_record(store, k, &w->record, error);
}

static void open_record(series_worker *w, int64_t first)
{
    record_head *h = w->record.head;
    memset(h, 0, sizeof *h);
    h->block = first / SERIES_BLOCK;
    h->first = first;
    h->count = (int64_t) w->count;
    h->first_failed = -1;
}

cef_status series_worker_solve(series_worker *w, int64_t k, cef_error *error)
{
    int64_t first = 0, count = 0;
    series_block_range(&w->job->shape, k, &first, &count);
    w->count = (size_t) count;
    CLI_TRY(read_profiles(w, (size_t) first, error));
    CLI_TRY(check_priced(w, first, error));
    open_record(w, first);
    if (w->job->shape.coupled)
        CLI_TRY(series_stores_begin(&w->stores, w->job, k, &w->record, error));
    const cef_batch_data data = data_of(w);
    cef_batch_result result = result_of(w);
    cef_batch_info info = {.struct_size = sizeof info};
    CLI_TRY(cef_batch_solve(w->batch, &data, &result, &info, error));
    record_head *h = w->record.head;
    h->n_failed = info.n_failed;
    h->n_loops = info.n_blocks;
    h->largest_loop = info.largest_block;
    h->maximum_principle = info.maximum_principle;
    series_worker_sum(w);
    if (w->job->shape.coupled)
        CLI_TRY(series_stores_end(&w->stores, w->job, k, w->in[IN_STORAGE_P], &w->record, error));
    if (info.n_failed > 0 && explain_failure(w, &data, (size_t) info.first_failed) == CEF_ERR_MEMORY)
        return say_set(error, CEF_ERR_MEMORY, "memory", "%s", h->failure);
    return write_block(w, k, error);
}
