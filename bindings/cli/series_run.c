/* SPDX-License-Identifier: Apache-2.0 */
/* Threads take blocks as they come; this one waits, shows progress, and commits what is finished. */
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "say.h"
#include "series.h"

enum { MOST_THREADS = 256, WAIT_MS = 100 };
#define COMMIT_SECONDS 0.2 /* between commits at first, a quarter of the run so far later, 10 s at most */
#define COMMIT_MOST 10.0
#define COMMIT_SHARE 10.0 /* of the time is left to the work, where the disk is slow */

static volatile sig_atomic_t received; /* the signal that asks for an end, 0 */

typedef struct {
    series_job *job;
    int64_t n_block;
    _Atomic int64_t next;
    atomic_bool stop;
    pthread_mutex_t guard; /* of the rest */
    pthread_cond_t changed;
    bool *finished;   /* [n_block] */
    int64_t done;     /* the first blocks, all finished */
    int64_t n_solved; /* in this run */
    int alive;        /* threads */
    cef_error fatal;
} series_work;

typedef struct {
    series_work *work;
    series_worker *worker;
    pthread_t thread;
} series_thread;

/* ---- the threads ---- */

static void note(series_work *work, int64_t k, cef_status status, const cef_error *error)
{
    pthread_mutex_lock(&work->guard);
    if (status == CEF_OK) {
        work->finished[k] = true;
        work->n_solved++;
        while (work->done < work->n_block && work->finished[work->done])
            work->done++;
    } else if (work->fatal.status == CEF_OK) {
        work->fatal = *error;
        atomic_store(&work->stop, true);
    }
    pthread_mutex_unlock(&work->guard);
}

static void *solve_blocks(void *context)
{
    series_thread *t = context;
    series_work *work = t->work;
    cef_error error = {.struct_size = sizeof error};
    while (!atomic_load(&work->stop)) {
        const int64_t k = atomic_fetch_add(&work->next, 1);
        if (k >= work->n_block)
            break;
        note(work, k, series_worker_solve(t->worker, k, &error), &error);
    }
    pthread_mutex_lock(&work->guard);
    work->alive--;
    pthread_cond_signal(&work->changed);
    pthread_mutex_unlock(&work->guard);
    return NULL;
}

/* ---- the one that waits ---- */

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static void show(const series_work *work, double elapsed)
{
    const int64_t periods = work->job->shape.end - work->job->shape.first;
    const int64_t done = work->done * SERIES_BLOCK < periods ? work->done * SERIES_BLOCK : periods;
    const double rate = elapsed > 0.0 ? (double) (work->n_solved * SERIES_BLOCK) / elapsed : 0.0;
    char text[128];
    snprintf(text, sizeof text, "%lld of %lld periods, %.0f a second, %.0f s left", (long long) done,
             (long long) periods, rate, rate > 0.0 ? (double) (periods - done) / rate : 0.0);
    say_progress((int) work->done, (int) work->n_block, text);
}

static void wait_a_little(series_work *work)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WAIT_MS * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (work->alive > 0)
        (void) pthread_cond_timedwait(&work->changed, &work->guard, &until);
}

/* Commits happen beside the threads' work; what they finish meanwhile is for the next one. */
static void attend(series_work *work)
{
    const double start = seconds_now();
    double next = start + COMMIT_SECONDS;
    cef_error error = {.struct_size = sizeof error};
    pthread_mutex_lock(&work->guard);
    while (work->alive > 0) {
        wait_a_little(work);
        const int64_t done = work->done;
        const double now = seconds_now();
        show(work, now - start);
        if (received)
            atomic_store(&work->stop, true);
        if (now < next || done == work->job->store.done)
            continue;
        pthread_mutex_unlock(&work->guard);
        const cef_status status = series_store_commit(&work->job->store, done, &error);
        if (status != CEF_OK)
            note(work, -1, status, &error);
        const double spent = seconds_now() - now;
        const double wanted = fmin(fmax(COMMIT_SECONDS, 0.25 * (now - start)), COMMIT_MOST);
        next = now + spent + fmax(wanted, COMMIT_SHARE * spent);
        pthread_mutex_lock(&work->guard);
    }
    pthread_mutex_unlock(&work->guard);
    say_progress(1, 1, "");
}

/* ---- signals ---- */

static void receive(int number) { received = number; }

/* The second one ends the process at once: the next run goes on from the last commit. */
static void catch_signals(struct sigaction before[2])
{
    struct sigaction action = {.sa_handler = receive, .sa_flags = (int) SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    received = 0;
    sigaction(SIGINT, &action, &before[0]);
    sigaction(SIGTERM, &action, &before[1]);
}

static void release_signals(const struct sigaction before[2])
{
    sigaction(SIGINT, &before[0], NULL);
    sigaction(SIGTERM, &before[1], NULL);
}

/* ---- the run ---- */

static int thread_count(const series_job *job, int64_t n_left)
{
    const cli_value *threads = &job->args->option[OPTION_THREADS];
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t n = threads->given ? (int64_t) threads->integer : processors > 0 ? processors : 1;
    n = job->shape.coupled ? 1 : n < n_left ? n : n_left; /* stores go from block to block */
    return (int) (n < MOST_THREADS ? n : MOST_THREADS);
}

static cef_status start_threads(series_work *work, series_thread *thread, int wanted, int *started, cef_error *error)
{
    for (int k = 0; k < wanted; k++)
        CLI_TRY(series_worker_make(&thread[k].worker, work->job, error));
    for (; *started < wanted; (*started)++) {
        series_thread *t = &thread[*started];
        t->work = work;
        pthread_mutex_lock(&work->guard);
        work->alive++;
        pthread_mutex_unlock(&work->guard);
        if (pthread_create(&t->thread, NULL, solve_blocks, t) == 0)
            continue;
        pthread_mutex_lock(&work->guard);
        work->alive--;
        pthread_mutex_unlock(&work->guard);
        break;
    }
    return *started > 0 ? CEF_OK : say_set(error, CEF_ERR_MEMORY, "memory", "no thread can be started");
}

static cef_status run_threads(series_work *work, cef_error *error)
{
    series_thread *thread = calloc(MOST_THREADS, sizeof *thread);
    if (!thread)
        return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for threads");
    const int wanted = thread_count(work->job, work->n_block - work->done);
    int started = 0;
    cef_status status = start_threads(work, thread, wanted, &started, error);
    if (status == CEF_OK)
        attend(work);
    for (int k = 0; k < started; k++)
        pthread_join(thread[k].thread, NULL);
    for (int k = 0; k < wanted; k++)
        series_worker_free(thread[k].worker);
    free(thread);
    if (status == CEF_OK && work->fatal.status != CEF_OK) {
        *error = work->fatal;
        status = error->status;
    }
    return status;
}

/* What is finished is kept whatever ended the run. Inputs that changed meanwhile spoil all of it. */
static cef_status settle(series_work *work, cef_status status, cef_error *error)
{
    series_job *job = work->job;
    cef_error other = {.struct_size = sizeof other};
    for (int k = 0; k < SERIES_IN; k++) {
        if (!job->in[k].there || profile_check_unchanged(&job->in[k], &other) == CEF_OK)
            continue;
        if (status == CEF_OK)
            *error = other;
        return status == CEF_OK ? other.status : status;
    }
    if (work->done == job->store.done)
        return status;
    const cef_status committed = series_store_commit(&job->store, work->done, &other);
    if (status == CEF_OK && committed != CEF_OK)
        *error = other;
    return status == CEF_OK ? committed : status;
}

static cef_status open_work(series_work *work, series_job *job, cef_error *error)
{
    pthread_condattr_t clock;
    *work = (series_work){.job = job, .n_block = series_block_count(&job->shape), .done = job->store.done};
    work->fatal.struct_size = sizeof work->fatal;
    atomic_init(&work->next, work->done);
    CLI_TRY(pool_take(&job->pool, (size_t) work->n_block, sizeof(bool), &work->finished, error));
    for (int64_t k = 0; k < work->done; k++)
        work->finished[k] = true;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&work->changed, &clock);
    pthread_mutex_init(&work->guard, NULL);
    pthread_condattr_destroy(&clock);
    return CEF_OK;
}

cef_status series_run(series_job *job, int *signal, cef_error *error)
{
    series_work work;
    struct sigaction before[2];
    *signal = 0;
    CLI_TRY(open_work(&work, job, error));
    if (work.done == work.n_block)
        return CEF_OK;
    catch_signals(before);
    const cef_status status = settle(&work, run_threads(&work, error), error);
    release_signals(before);
    pthread_cond_destroy(&work.changed);
    pthread_mutex_destroy(&work.guard);
    if (work.done < work.n_block)
        *signal = received;
    return status;
}
