/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: a solve allocates nothing, whatever loops form, dissolve or are refused; nor does a step of stores. Two
 * counts say so: the context's allocator, and every malloc of the process (the library must not go around its
 * allocator). Own main(): leaks count.
 */
#include <stdlib.h>
#include <string.h>

#include <math.h>

#include "coupled.h"
#include "process_malloc.h"

typedef struct {
    int with_loops, without_loops, refused, solves;
    long counted, process;
} tally;

static void walk(uint64_t seed, const cef_settings *settings, tally *t)
{
    dice d = {seed};
    counting count = {0};
    const cef_allocator allocator = counting_allocator(&count);
    model m = random_model(&d, dice_between(&d, 2, 30), RANDOM_ALL);
    session s = session_open(&m, settings, &allocator);
    answer a = answer_make(&m);
    for (int step = 0; step < 30; step++) {
        const long counted = count.asked, process = process_allocations();
        session_solve(&s, &m, &a);
        t->counted += count.asked - counted;
        t->process += process_allocations() - process;
        t->solves++;
        t->refused += a.status != CEF_OK;
        t->with_loops += a.status == CEF_OK && a.info.n_blocks > 0;
        t->without_loops += a.status == CEF_OK && a.info.n_blocks == 0;
        if (step % 5 == 4) /* no unit feeds anything: refused, or all undefined */
            memset(m.gen_p, 0, (size_t) m.n_gen * sizeof *m.gen_p);
        else
            random_walk(&d, &m, 0.2);
    }
    session_close(&s);
    t->counted += count.live != 0 || count.bytes != 0;
    answer_free(&a);
    model_free(&m);
}

/* One block of n buses, in the sparse and in the blocked path. */
static void large(cef_index n, cef_index reach, tally *t)
{
    dice d = {(uint64_t) n};
    model m = model_make(n);
    for (cef_index k = 0; k < n; k++)
        for (cef_index hop = 1; hop <= reach; hop++) {
            const double sent = 1.0 + dice_unit(&d);
            model_arc(&m, k, (k + hop) % n, sent, sent);
        }
    model_gen(&m, 0, 5, 0.5), model_load(&m, n / 2, 5);
    counting count = {0};
    const cef_allocator allocator = counting_allocator(&count);
    session s = session_open(&m, NULL, &allocator);
    answer a = answer_make(&m);
    for (int turn = 0; turn < 3; turn++) {
        const long before = count.asked;
        session_solve(&s, &m, &a);
        t->counted += count.asked - before;
        t->with_loops += a.status == CEF_OK && a.info.largest_block == n;
        m.gen_p[0] += 1.0;
    }
    session_close(&s);
    answer_free(&a);
    model_free(&m);
}

/* Stores that charge, run empty, leak, and are refused. */
static void store(int32_t kind, tally *t)
{
    enum { N = 3 };
    const double intensity[N] = {0.5, 0.4, 0.3}, retention[N] = {1, 0.9, 0};
    double p[N], out[N], carbon[N];
    counting count = {0};
    const cef_allocator allocator = counting_allocator(&count);
    const cef_context_options options = {.struct_size = sizeof options, .allocator = &allocator};
    const cef_storage_data data = {
        .struct_size = sizeof data, .intensity = intensity, .retention = retention, .n_storage = N};
    const cef_storage_settings settings = {
        .struct_size = sizeof settings, .energy_tol = 1e-6, .model = kind, .substeps = 4};
    cef_storage_flows flows = {.struct_size = sizeof flows, .carbon = carbon};
    cef_storage_info info = {.struct_size = sizeof info};
    cef_error error = {.struct_size = sizeof error};
    cef_context *ctx = NULL;
    cef_storage *storage = NULL;
    if (cef_context_create(&options, &ctx, &error) != CEF_OK ||
        cef_storage_create(ctx, &data, &settings, &storage, &error) != CEF_OK)
        t->counted = -1000;
    const long counted = count.asked, process = process_allocations();
    for (int step = 0; storage && step < 40; step++) {
        for (int k = 0; k < N; k++)
            p[k] = step % 4 < 2 ? -1.0 : k == 0 && step % 4 == 2 ? 2.0 : step % 8 == 7 ? 50.0 : 0.0;
        t->refused += cef_storage_step(storage, p, intensity, 1.0, &flows, &error) != CEF_OK;
        t->counted += cef_storage_intensity(storage, out, &error) != CEF_OK;
        t->counted += cef_storage_describe(storage, &info, &error) != CEF_OK;
        t->solves++;
    }
    t->counted += count.asked - counted;
    t->process += process_allocations() - process;
    cef_storage_destroy(storage);
    cef_context_destroy(ctx);
    t->counted += count.live != 0 || count.bytes != 0;
}

/* Days with reversals, loops, bad rows, on one and two threads. */
static void days(uint64_t seed, int32_t policy, int32_t threads, tally *t)
{
    dice d = {seed};
    counting count = {0};
    const cef_allocator allocator = counting_allocator(&count);
    const cef_settings settings = settings_of(policy);
    const cef_batch_options options = {.struct_size = sizeof options, .threads = threads, .periods_per_block = 16};
    series s = random_series(&d, 40, RANDOM_LOOPS | RANDOM_STORAGE, 60, 0.05);
    s.load_p[30 * (size_t) s.m.n_load] = NAN;
    batch_session b = batch_open(&s.m, &settings, &options, &allocator);
    outcome o = outcome_make(&s);
    for (int turn = 0; turn < 2; turn++) {
        const long counted = count.asked, process = process_allocations();
        batch_run(&b, &s, &o);
        t->counted += count.asked - counted;
        t->process += process_allocations() - process;
        t->solves += o.info.n_solved;
        t->refused += o.info.n_failed;
        t->with_loops += o.info.n_blocks > 0;
    }
    batch_close(&b);
    t->counted += count.live != 0 || count.bytes != 0;
    outcome_free(&o);
    series_free(&s);
}

/* Scenarios of stores, some periods failed, on one and two threads. */
static void scenarios(int32_t engine, int32_t threads, tally *t)
{
    dice d = {3};
    counting count = {0};
    const cef_allocator allocator = counting_allocator(&count);
    const cef_batch_options options = {.struct_size = sizeof options, .threads = threads, .engine = engine};
    series s = random_series(&d, 40, RANDOM_LOOPS | RANDOM_STORAGE, 17 * 20, 0.05);
    s.load_p[30 * (size_t) s.m.n_load] = NAN;
    fleet f = fleet_make(&d, &s, 17, CEF_STORAGE_CONSERVING, 1.0);
    batch_session b = batch_open(&s.m, NULL, &options, &allocator);
    coupled c = coupled_make(&s);
    const cef_batch_data data = coupled_data(&s, &f);
    const long counted = count.asked, process = process_allocations();
    c.o.status = cef_batch_solve(b.batch, &data, &c.o.out, &c.o.info, &c.o.error);
    t->counted += count.asked - counted;
    t->process += process_allocations() - process;
    t->solves += c.o.info.n_solved;
    t->refused += c.o.info.n_failed;
    batch_close(&b);
    t->counted += count.live != 0 || count.bytes != 0;
    coupled_free(&c);
    fleet_free(&f);
    series_free(&s);
}

int main(void)
{
    tally t = {0}, big = {0}, stores = {0};
    for (uint64_t seed = 1; seed <= 12; seed++)
        for (int32_t policy = 0; policy <= CEF_LOSS_HALF; policy++) {
            cef_settings settings = settings_of(policy);
            settings.net_parallel = seed % 2 == 0;
            settings.on_unfed_loop = seed % 3 == 0 ? CEF_UNFED_MARK : CEF_UNFED_ERROR;
            walk(seed, &settings, &t);
        }
    large(100, 3, &big);
    large(300, 150, &big);
    for (int32_t kind = CEF_STORAGE_CONSERVING; kind <= CEF_STORAGE_LOAD; kind++)
        store(kind, &stores);
    tally batch = {0};
    for (int32_t threads = 1; threads <= 2; threads++)
        for (int32_t policy = 0; policy <= CEF_LOSS_HALF; policy++)
            days(5, policy, threads, &batch);
    tally coupling = {0};
    for (int32_t threads = 1; threads <= 2; threads++)
        for (int32_t engine = CEF_BATCH_AUTO; engine <= CEF_BATCH_SINGLE; engine++)
            scenarios(engine, threads, &coupling);
    int failed = verdict("solve_asks_the_allocator_for_nothing", t.counted == 0);
    failed += verdict("steps_of_stores_allocate_nothing",
                      stores.counted == 0 && stores.process == 0 && stores.refused == 20 && stores.solves == 160);
    if (process_counts())
        failed += verdict("solve_calls_no_malloc", t.process == 0 && process_allocations() > 0);
    failed += verdict("loops_formed_and_dissolved", t.with_loops > 100 && t.without_loops > 20 && t.refused > 20);
    failed += verdict("large_blocks_allocate_nothing", big.counted == 0 && big.with_loops == 6);
    failed += verdict("batches_ask_for_nothing", batch.counted == 0 && batch.solves > 1000 && batch.refused >= 24);
    failed +=
        verdict("scenarios_ask_for_nothing", coupling.counted == 0 && coupling.solves > 1000 && coupling.refused >= 4);
    if (process_counts())
        failed += verdict("batches_call_no_malloc", batch.process == 0 && coupling.process == 0);
    printf("# %d solves: %d with loops, %d without, %d refused\n", t.solves, t.with_loops, t.without_loops, t.refused);
    return failed != 0;
}
