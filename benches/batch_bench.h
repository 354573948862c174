/* SPDX-License-Identifier: Apache-2.0 */
/* Inside bench_batch: the periods that are solved, and what moving their bytes takes. */
#ifndef CEF_BENCHES_BATCH_BENCH_H
#define CEF_BENCHES_BATCH_BENCH_H

#include "trace_bench.h"

enum { DAY = 96, DAYS = 4, PERIODS = DAYS * DAY, SETS = 2 }; /* quarters of an hour; a set is what one call solves */

/* Powers follow a daily profile; some branches, among the least loaded ones whose receiving bus keeps another source,
 * turn round with probability 0.25 a step: 2 % of all. No half day has the directions of the one before, within a set
 * or from one to the other. */
typedef struct {
    cef_network_data net;
    cef_snapshot base;
    double *p_from[SETS], *p_to[SETS], *gen_p, *load_p; /* [PERIODS][n] */
    double reversed;                                    /* share of the branches that turn round in a step */
    double changed[2]; /* share that have other directions in a set than in the other, in half a set than in its
                          other half; if it were 0, an order would be kept and cost nothing */
} bench_days;
bench_days days_open(const trace_case *c);
void days_close(bench_days *d);

/* Seconds to move bytes through memory by a triad: one thread, or two that each move half of them. */
double stream_shared(double bytes, int threads);

#endif /* CEF_BENCHES_BATCH_BENCH_H */
