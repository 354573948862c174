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

/* In pages as large as those of what it is compared with. */
static memory_stream open_stream(size_t bytes)
{
    const size_t n = bytes / (3 * sizeof(double)) + 1;
    return (memory_stream){.a = bench_table(n), .b = bench_table(n), .c = bench_table(n), .n = n};
}

double stream_shared(double bytes, int threads)
{
    stream_job job[2];
    pthread_t second;
    pthread_barrier_t together;
    (void) pthread_barrier_init(&together, NULL, (unsigned) threads);
    for (int k = 0; k < threads; k++)
        job[k] = (stream_job){open_stream((size_t) (bytes / threads)), &together, 0.0};
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
