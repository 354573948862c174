/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room batch: threads that wait for work. */
#ifndef CEF_BATCH_POOL_H
#define CEF_BATCH_POOL_H

#include <pthread.h>

#include "base/base.h"

typedef struct batch_pool batch_pool;

typedef struct {
    batch_pool *pool;
    pthread_t thread;
    int32_t number; /* 1 .. ; the caller is 0 */
} pool_thread;

struct batch_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake, done;
    uint64_t round; /* jobs so far */
    int32_t n_started, n_running;
    bool made, stop;
    void (*work)(void *job, int32_t number);
    void *job;
    pool_thread *thread; /* [n - 1] */
};

/* n: threads with the caller's own. On failure nothing is left running. */
cef_status pool_start(batch_pool *pool, int32_t n, cef_error *error);
/* Calls work(job, 0 .. n - 1), each on its thread, 0 on this one; returns when all have. Allocates nothing. */
void pool_run(batch_pool *pool, void (*work)(void *job, int32_t number), void *job);
void pool_stop(batch_pool *pool); /* also half started, or never */

#endif /* CEF_BATCH_POOL_H */
