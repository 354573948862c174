/* SPDX-License-Identifier: Apache-2.0 */
/* Batches with threads of their own, several of one network at a time: no data race (the thread sanitizer watches), the
 * same bits whatever the number of threads, and batches that are destroyed without ever solving. */
#include <math.h>
#include <pthread.h>

#include "coupled.h"

enum { HOSTS = 2, ROUNDS = 3, PERIODS = 70 }; /* fourteen scenarios of five */

typedef struct {
    const series *s;
    cef_context *ctx;
    const cef_network *net;
    int32_t threads;
    uint64_t hash[ROUNDS];
    uint64_t coupled[ROUNDS];
    int failed;
} host;

/* The same periods as scenarios, fourteen of five. */
static uint64_t solve_scenarios(host *h, cef_batch *batch)
{
    enum { SCENARIOS = 14 };
    dice d = {8};
    fleet f = fleet_make(&d, h->s, SCENARIOS, CEF_STORAGE_TANK, 1.0);
    coupled c = coupled_make(h->s);
    const cef_batch_data data = coupled_data(h->s, &f);
    h->failed += cef_batch_solve(batch, &data, &c.o.out, &c.o.info, &c.o.error) != CEF_OK || c.o.info.n_failed == 0;
    const uint64_t hash = coupled_hash(h->s, &c);
    coupled_free(&c);
    fleet_free(&f);
    return hash;
}

static void *work(void *argument)
{
    host *h = argument;
    for (int round = 0; round < ROUNDS; round++) {
        const cef_batch_options options = {
            .struct_size = sizeof options, .threads = h->threads + round, .periods_per_block = 9};
        cef_batch *batch = NULL, *idle = NULL;
        const cef_batch_data data = series_data(h->s);
        outcome o = outcome_make(h->s);
        h->failed += cef_batch_create(h->ctx, h->net, NULL, &options, &batch, &o.error) != CEF_OK;
        h->failed += cef_batch_create(h->ctx, h->net, NULL, &options, &idle, &o.error) != CEF_OK;
        for (int again = 0; again < 2 && batch; again++)
            h->failed += cef_batch_solve(batch, &data, &o.out, &o.info, &o.error) != CEF_OK || o.info.n_failed != 1;
        h->hash[round] = outcome_hash(h->s, &o);
        h->coupled[round] = solve_scenarios(h, batch);
        cef_batch_destroy(batch);
        cef_batch_destroy(idle);
        outcome_free(&o);
    }
    return NULL;
}

int main(void)
{
    dice d = {9};
    series s = random_series(&d, 50, RANDOM_LOOPS | RANDOM_STORAGE, PERIODS, 0.04);
    s.gen_p[40 * (size_t) s.m.n_gen] = NAN;
    session shared = session_open(&s.m, NULL, NULL);
    host hosts[HOSTS];
    pthread_t thread[HOSTS];
    int good = 1, started = 0;
    for (int k = 0; k < HOSTS; k++)
        hosts[k] = (host){.s = &s, .ctx = shared.ctx, .net = shared.net, .threads = 1 + k};
    while (started < HOSTS && pthread_create(&thread[started], NULL, work, &hosts[started]) == 0)
        started++;
    for (int k = 0; k < started; k++)
        (void) pthread_join(thread[k], NULL);
    for (int k = 0; k < HOSTS; k++) {
        int same = hosts[k].failed == 0 && started == HOSTS;
        for (int round = 0; round < ROUNDS; round++)
            same = same && hosts[k].hash[round] == hosts[0].hash[0] && hosts[k].coupled[round] == hosts[0].coupled[0];
        printf("%s batches_of_host_%d\n", same ? "ok" : "not ok", k);
        good = good && same;
    }
    session_close(&shared);
    series_free(&s);
    return !good;
}
