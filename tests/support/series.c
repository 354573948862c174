/* SPDX-License-Identifier: Apache-2.0 */
#include "series.h"

#include <stdlib.h>
#include <string.h>

static void *take(size_t n, size_t size)
{
    void *memory = calloc(n ? n : 1, size);
    if (!memory)
        abort();
    return memory;
}

typedef struct {
    double **column; /* of the series */
    double *row;     /* of the model */
    cef_index n;
} pair;
enum { PAIRS = 8 };

static void pairs_of(series *s, pair out[PAIRS])
{
    const model *m = &s->m;
    const pair all[PAIRS] = {{&s->p_from, m->p_from, m->n_branch},
                             {&s->p_to, m->p_to, m->n_branch},
                             {&s->gen_p, m->gen_p, m->n_gen},
                             {&s->gen_e, m->gen_e, m->n_gen},
                             {&s->load_p, m->load_p, m->n_load},
                             {&s->load_e, m->load_e, m->n_load},
                             {&s->storage_p, m->storage_p, m->n_storage},
                             {&s->storage_e, m->storage_e, m->n_storage}};
    memcpy(out, all, sizeof all);
}

series series_make(model m, cef_index capacity)
{
    series s = {.m = m, .capacity = capacity};
    pair pairs[PAIRS];
    pairs_of(&s, pairs);
    for (int k = 0; k < PAIRS; k++)
        *pairs[k].column = take((size_t) capacity * (size_t) pairs[k].n, sizeof(double));
    return s;
}

void series_record(series *s)
{
    pair pairs[PAIRS];
    pairs_of(s, pairs);
    for (int k = 0; k < PAIRS; k++)
        if (pairs[k].n > 0)
            memcpy(*pairs[k].column + (size_t) s->n_periods * (size_t) pairs[k].n, pairs[k].row,
                   (size_t) pairs[k].n * sizeof(double));
    s->n_periods++;
}

void series_load(series *s, cef_index period)
{
    pair pairs[PAIRS];
    pairs_of(s, pairs);
    for (int k = 0; k < PAIRS; k++)
        if (pairs[k].n > 0)
            memcpy(pairs[k].row, *pairs[k].column + (size_t) period * (size_t) pairs[k].n,
                   (size_t) pairs[k].n * sizeof(double));
}

series random_series(dice *d, cef_index n_bus, unsigned options, cef_index n, double fraction)
{
    series s = series_make(random_model(d, n_bus, options), n);
    for (cef_index t = 0; t < n; t++) {
        series_record(&s);
        random_walk(d, &s.m, fraction);
    }
    return s;
}

void series_free(series *s)
{
    pair pairs[PAIRS];
    pairs_of(s, pairs);
    for (int k = 0; k < PAIRS; k++)
        free(*pairs[k].column);
    model_free(&s->m);
    *s = (series){0};
}

cef_batch_data series_data(const series *s)
{
    return (cef_batch_data){.struct_size = sizeof(cef_batch_data),
                            .branch_p_from = s->p_from,
                            .branch_p_to = s->p_to,
                            .gen_p = s->gen_p,
                            .gen_intensity = s->gen_e,
                            .load_p = s->load_p,
                            .load_intensity = s->m.has_load_e ? s->load_e : NULL,
                            .storage_p = s->storage_p,
                            .storage_intensity = s->storage_e,
                            .period_hours = 0.25,
                            .n_periods = s->n_periods};
}

outcome outcome_make(const series *s)
{
    outcome o = {.out = {.struct_size = sizeof o.out},
                 .info = {.struct_size = sizeof o.info},
                 .error = {.struct_size = sizeof o.error}};
    const model *m = &s->m;
    const size_t n = (size_t) s->n_periods, bus = (size_t) m->n_bus, branch = (size_t) m->n_branch;
    const size_t gen = (size_t) m->n_gen, load = (size_t) m->n_load, storage = (size_t) m->n_storage;
    double **columns[] = {&o.out.bus_intensity,
                          &o.out.bus_throughput,
                          &o.out.branch_carbon_from,
                          &o.out.branch_carbon_to,
                          &o.out.branch_carbon_loss,
                          &o.out.gen_carbon,
                          &o.out.load_carbon,
                          &o.out.storage_carbon,
                          &o.out.bus_energy,
                          &o.out.bus_emissions,
                          &o.out.gen_energy,
                          &o.out.gen_emissions,
                          &o.out.load_energy,
                          &o.out.load_emissions,
                          &o.out.period_error_bound,
                          &o.out.period_conservation,
                          &o.out.period_backward_error,
                          &o.out.period_balance_mw,
                          &o.out.period_generation,
                          &o.out.period_load,
                          &o.out.period_loss,
                          &o.out.period_export,
                          &o.out.period_storage,
                          &o.out.period_mismatch};
    const size_t lengths[] = {n * bus, n * bus, n * branch, n * branch, n * branch, n * gen, n * load, n * storage,
                              bus,     bus,     gen,        gen,        load,       load,    n,        n,
                              n,       n,       n,          n,          n,          n,       n,        n};
    const size_t n_column = sizeof lengths / sizeof *lengths;
    size_t total = n;
    for (size_t k = 0; k < n_column; k++)
        total += lengths[k];
    o.size = total * sizeof(double);
    o.memory = take(total, sizeof(double));
    memset(o.memory, 0x7b, o.size);
    double *at = o.memory;
    for (size_t k = 0; k < n_column; k++) {
        *columns[k] = at;
        at += lengths[k];
    }
    o.out.period_status = (int32_t *) at;
    return o;
}

void outcome_free(outcome *o)
{
    free(o->memory);
    *o = (outcome){0};
}

uint64_t outcome_hash(const series *s, const outcome *o)
{
    cef_batch_info info = o->info;
    info.seconds = 0.0;
    (void) s;
    return fnv1a(fnv1a(FNV1A_START, &info, sizeof info), o->memory, o->size);
}

static void must(cef_status status, const cef_error *error, const char *what)
{
    if (status == CEF_OK)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, cef_status_name(status), error->message);
    abort();
}

batch_session batch_open(const model *m, const cef_settings *settings, const cef_batch_options *options,
                         const cef_allocator *allocator)
{
    batch_session s = {0};
    cef_error error = {.struct_size = sizeof error};
    const cef_context_options context_options = {.struct_size = sizeof context_options, .allocator = allocator};
    const cef_network_data data = model_network(m);
    must(cef_context_create(&context_options, &s.ctx, &error), &error, "cef_context_create");
    must(cef_network_create(s.ctx, &data, &s.net, &error), &error, "cef_network_create");
    must(cef_batch_create(s.ctx, s.net, settings, options, &s.batch, &error), &error, "cef_batch_create");
    return s;
}

void batch_close(batch_session *s)
{
    cef_batch_destroy(s->batch);
    cef_network_destroy(s->net);
    cef_context_destroy(s->ctx);
    *s = (batch_session){0};
}

void batch_run(const batch_session *b, const series *s, outcome *o)
{
    const cef_batch_data data = series_data(s);
    o->status = cef_batch_solve(b->batch, &data, &o->out, &o->info, &o->error);
}

outcome series_solve(const series *s, const cef_settings *settings, const cef_batch_options *options)
{
    batch_session b = batch_open(&s->m, settings, options, NULL);
    outcome o = outcome_make(s);
    batch_run(&b, s, &o);
    batch_close(&b);
    return o;
}
