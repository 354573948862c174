/* SPDX-License-Identifier: Apache-2.0 */
/* Many snapshots of one model, as a batch takes and gives them. */
#ifndef CEF_TESTS_SERIES_H
#define CEF_TESTS_SERIES_H

#include "support.h"

typedef struct {
    model m; /* the network; its powers are those of the last period recorded */
    cef_index n_periods, capacity;
    double *p_from, *p_to, *gen_p, *gen_e, *load_p, *load_e, *storage_p, *storage_e; /* [capacity][n] */
} series;

series series_make(model m, cef_index capacity); /* takes the model over */
void series_record(series *s);                   /* the model's powers as the next period */
/* A random grid and `n` periods of a random walk in which `fraction` of the branches move each step. */
series random_series(dice *d, cef_index n_bus, unsigned options, cef_index n, double fraction);
void series_free(series *s);
cef_batch_data series_data(const series *s);
void series_load(series *s, cef_index period); /* the model's powers are those of this period again */

typedef struct { /* every array of a result, poisoned */
    cef_batch_result out;
    cef_batch_info info;
    cef_error error;
    cef_status status;
    double *memory;
    size_t size;
} outcome;
outcome outcome_make(const series *s);
void outcome_free(outcome *o);
/* Hash of every output, and of the info but for its seconds. */
uint64_t outcome_hash(const series *s, const outcome *o);

typedef struct {
    cef_context *ctx;
    cef_network *net;
    cef_batch *batch;
} batch_session;
/* options, settings, allocator may be NULL; aborts if a handle cannot be made. */
batch_session batch_open(const model *m, const cef_settings *settings, const cef_batch_options *options,
                         const cef_allocator *allocator);
void batch_close(batch_session *s);
void batch_run(const batch_session *b, const series *s, outcome *o);
outcome series_solve(const series *s, const cef_settings *settings, const cef_batch_options *options);

#endif /* CEF_TESTS_SERIES_H */
