/* SPDX-License-Identifier: Apache-2.0 */
/* The stream of bench_batch: what has to move, moved by a triad. */
#include <pthread.h>

#include "batch_bench.h"

typedef struct {
    memory_stream stream;
    pthread_barrier_t *together;
    double seconds;
} stream_job;

static void *run_stream(void *argument)
{
    stream_job *job = argument;
    for (int k = 0; k < 2; k++) { /* the first one warms up */
        (void) pthread_barrier_wait(job->together);
        job->seconds = stream_once(&job->stream);
    }
    return NULL;
}

double stream_shared(double bytes, int threads)
{
    stream_job job[2];
    pthread_t second;
    pthread_barrier_t together;
    (void) pthread_barrier_init(&together, NULL, (unsigned) threads);
    for (int k = 0; k < threads; k++)
        job[k] = (stream_job){stream_open((size_t) (bytes / threads)), &together, 0.0};
    if (threads == 2 && pthread_create(&second, NULL, run_stream, &job[1]))
        bench_fail("a second thread", NULL);
    run_stream(&job[0]);
    if (threads == 2)
        (void) pthread_join(second, NULL);
    double slowest = 0.0;
    for (int k = 0; k < threads; k++) {
        slowest = job[k].seconds > slowest ? job[k].seconds : slowest;
        stream_close(&job[k].stream);
    }
    (void) pthread_barrier_destroy(&together);
    return slowest;
}
