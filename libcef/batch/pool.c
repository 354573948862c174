/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that wait for work: made with the batch, so that solving starts none. */
#include "batch/pool.h"

#include <signal.h>

static void *wait_for_work(void *argument)
{
    const pool_thread *self = argument;
    batch_pool *pool = self->pool;
    uint64_t seen = 0;
    (void) pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->round == seen && !pool->stop)
            (void) pthread_cond_wait(&pool->wake, &pool->lock);
        if (pool->stop)
            break;
        seen = pool->round;
        (void) pthread_mutex_unlock(&pool->lock);
        pool->work(pool->job, self->number);
        (void) pthread_mutex_lock(&pool->lock);
        if (--pool->n_running == 0)
            (void) pthread_cond_signal(&pool->done);
    }
    (void) pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Signals of the host go to the host's own threads. */
static bool start_threads(batch_pool *pool, int32_t n)
{
    sigset_t all, before;
    (void) sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
    bool good = true;
    while (good && pool->n_started < n - 1) {
        pool_thread *self = &pool->thread[pool->n_started];
        *self = (pool_thread){.pool = pool, .number = pool->n_started + 1};
        good = pthread_create(&self->thread, NULL, wait_for_work, self) == 0;
        pool->n_started += good;
    }
    return pthread_sigmask(SIG_SETMASK, &before, NULL) == 0 && good;
}

cef_status pool_start(batch_pool *pool, int32_t n, cef_error *error)
{
    if (n <= 1)
        return CEF_OK;
    (void) pthread_mutex_init(&pool->lock, NULL); /* these three cannot fail with default attributes here */
    (void) pthread_cond_init(&pool->wake, NULL);
    (void) pthread_cond_init(&pool->done, NULL);
    pool->made = true;
    if (start_threads(pool, n))
        return CEF_OK;
    const int64_t started = pool->n_started;
    pool_stop(pool);
    return error_format(error, DIAG_MEMORY, CEF_NOWHERE, "only %d of %d more threads could be started: ask for fewer",
                        started, (int64_t) n - 1);
}

void pool_run(batch_pool *pool, void (*work)(void *job, int32_t number), void *job)
{
    if (!pool->made) {
        work(job, 0);
        return;
    }
    (void) pthread_mutex_lock(&pool->lock);
    pool->work = work;
    pool->job = job;
    pool->n_running = pool->n_started;
    pool->round++;
    (void) pthread_cond_broadcast(&pool->wake);
    (void) pthread_mutex_unlock(&pool->lock);
    work(job, 0);
    (void) pthread_mutex_lock(&pool->lock);
    while (pool->n_running > 0)
        (void) pthread_cond_wait(&pool->done, &pool->lock);
    (void) pthread_mutex_unlock(&pool->lock);
}

void pool_stop(batch_pool *pool)
{
    if (!pool->made)
        return;
    (void) pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    (void) pthread_cond_broadcast(&pool->wake);
    (void) pthread_mutex_unlock(&pool->lock);
    for (int32_t k = 0; k < pool->n_started; k++)
        (void) pthread_join(pool->thread[k].thread, NULL);
    (void) pthread_cond_destroy(&pool->done);
    (void) pthread_cond_destroy(&pool->wake);
    (void) pthread_mutex_destroy(&pool->lock);
    pool->made = false;
    pool->n_started = 0;
}
