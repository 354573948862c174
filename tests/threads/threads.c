/* SPDX-License-Identifier: Apache-2.0 */
/* One context and one network shared by threads, a solver each: the same bits on every thread, and no data race while
 * handles are made and destroyed in whatever order (the thread sanitizer watches). */
#include <cef/cef.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 4, ROUNDS = 20, BUSES = 200 };

typedef struct {
    cef_context *ctx;
    const cef_network *net;
    const cef_snapshot *snapshot;
    double intensity[BUSES];
    int failed; /* rounds that failed */
} worker;

static void *work(void *argument)
{
    worker *w = argument;
    for (int round = 0; round < ROUNDS; round++) {
        char number[32];
        cef_error error = {.struct_size = sizeof error};
        cef_solver *solver = NULL;
        cef_solution solution = {.struct_size = sizeof solution, .bus_intensity = w->intensity};
        w->failed += cef_solver_create(w->ctx, w->net, NULL, &solver, &error) != CEF_OK;
        w->failed += solver && cef_solver_solve(solver, w->snapshot, &solution, NULL, &error) != CEF_OK;
        w->failed += cef_solver_solve(NULL, w->snapshot, NULL, NULL, &error) != CEF_ERR_ARGUMENT;
        w->failed += cef_number_format(0.1 + round, number, sizeof number) == 0 || !cef_explain("memory");
        cef_solver_destroy(solver);
    }
    return NULL;
}

static int run_threads(worker *workers)
{
    pthread_t thread[THREADS];
    int started = 0;
    while (started < THREADS && pthread_create(&thread[started], NULL, work, &workers[started]) == 0)
        started++;
    for (int k = 0; k < started; k++)
        (void) pthread_join(thread[k], NULL);
    return started == THREADS;
}

int main(void)
{
    static worker workers[THREADS];
    const cef_grid_options options = {.struct_size = sizeof options, .seed = 3, .n_bus = BUSES};
    cef_error error = {.struct_size = sizeof error};
    cef_network_data data = {.struct_size = sizeof data};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    cef_context *ctx = NULL;
    cef_grid *grid = NULL;
    cef_network *net = NULL;
    int good =
        cef_context_create(NULL, &ctx, &error) == CEF_OK && cef_grid_create(ctx, &options, &grid, &error) == CEF_OK &&
        cef_grid_network(grid, &data, &error) == CEF_OK && cef_grid_snapshot(grid, &snapshot, &error) == CEF_OK &&
        cef_network_create(ctx, &data, &net, &error) == CEF_OK;
    printf("%s set up%s%s\n", good ? "ok" : "not ok", good ? "" : ": ", good ? "" : error.message);
    for (int k = 0; k < THREADS; k++)
        workers[k] = (worker){.ctx = ctx, .net = net, .snapshot = &snapshot};
    good = good && run_threads(workers);
    for (int k = 0; good && k < THREADS; k++) {
        const int same = memcmp(workers[k].intensity, workers[0].intensity, sizeof workers[0].intensity) == 0;
        printf("%s thread %d: %d rounds failed, bits %s\n", workers[k].failed == 0 && same ? "ok" : "not ok", k,
               workers[k].failed, same ? "as thread 0" : "differ from thread 0");
        good = workers[k].failed == 0 && same;
    }
    cef_context_destroy(ctx);
    cef_grid_destroy(grid);
    cef_network_destroy(net);
    return !good;
}
