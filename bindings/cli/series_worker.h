/* SPDX-License-Identifier: Apache-2.0 */
/* What one thread of cef series works with. */
#ifndef CEF_CLI_SERIES_WORKER_H
#define CEF_CLI_SERIES_WORKER_H

#include "series.h"

enum { GROUP_GENERATION_P, GROUP_GENERATION, GROUP_LOAD_P, GROUP_LOAD, GROUP_ARRAYS };

struct series_worker {
    series_job *job;
    cli_pool pool;
    cef_batch *batch;
    double *in[SERIES_IN];       /* [SERIES_BLOCK][columns] as the profile has them */
    double *load_p;              /* [SERIES_BLOCK][n_load] */
    double *out[SERIES_OUT];     /* [SERIES_BLOCK][columns] what is written; NULL: not wanted */
    double *load_carbon;         /* [SERIES_BLOCK][n_load], NULL: not wanted */
    double *group[GROUP_ARRAYS]; /* [SERIES_BLOCK][n of groups] */
    exact_sum *zone, *owner;     /* [n_zone * ZONE_SUMS], [n_owner * OWNER_SUMS] */
    int32_t status[SERIES_BLOCK];
    series_record record;
    series_stores stores; /* where the periods are coupled */
    size_t count;         /* periods of the block in hand */
};

/* The sums over the periods of the block in hand go to its record. */
void series_worker_sum(series_worker *w);

#endif /* CEF_CLI_SERIES_WORKER_H */
