/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: whichever allocation of context, network, solver, storage or meters' creation fails, the call says
 * CEF_ERR_MEMORY, gives NULL, leaks nothing and works when called again. Own main(): a leak fails the program under a
 * leak checker. */
#include <string.h>

#include "support.h"

static int failures;

static void check(bool holds, const char *what, long k)
{
    if (holds)
        return;
    failures++;
    printf("# allocation %ld: %s\n", k, what);
}

static void verdict(const char *name) { printf("%s %s\n", failures ? "not ok" : "ok", name); }

typedef struct {
    const model *m;
    const cef_settings *settings;
    cef_context *ctx;
    cef_network *net;
    cef_meter_roll *roll;
} bench;

/* One creation: returns its status, *out what it gave. */
typedef cef_status (*creation)(const bench *b, void **out, cef_error *error);
typedef void (*ending)(void *handle);

static cef_status create_network(const bench *b, void **out, cef_error *error)
{
    const cef_network_data data = model_network(b->m);
    cef_network *net = (cef_network *) out; /* any nonzero value: it must be cleared */
    const cef_status status = cef_network_create(b->ctx, &data, &net, error);
    *out = net;
    return status;
}

static cef_status create_solver(const bench *b, void **out, cef_error *error)
{
    cef_solver *solver = (cef_solver *) out;
    const cef_status status = cef_solver_create(b->ctx, b->net, b->settings, &solver, error);
    *out = solver;
    return status;
}

static cef_status create_batch(const bench *b, void **out, cef_error *error)
{
    const cef_batch_options options = {.struct_size = sizeof options, .threads = 2, .periods_per_block = 8};
    cef_batch *batch = (cef_batch *) out;
    const cef_status status = cef_batch_create(b->ctx, b->net, b->settings, &options, &batch, error);
    *out = batch;
    return status;
}

static cef_status create_storage(const bench *b, void **out, cef_error *error)
{
    const cef_storage_data data = {.struct_size = sizeof data, .n_storage = b->m->n_bus};
    cef_storage *storage = (cef_storage *) out;
    const cef_status status = cef_storage_create(b->ctx, &data, NULL, &storage, error);
    *out = storage;
    return status;
}

static cef_status create_roll(const bench *b, void **out, cef_error *error)
{
    const cef_snapshot snapshot = model_snapshot(b->m);
    cef_meter_roll *roll = (cef_meter_roll *) out;
    const cef_status status = cef_meter_roll_create(b->ctx, b->net, b->settings, &snapshot, &roll, error);
    *out = roll;
    return status;
}

static cef_status create_field(const bench *b, void **out, cef_error *error)
{
    cef_meter_field *field = (cef_meter_field *) out;
    const cef_status status = cef_meter_field_create(b->ctx, b->roll, NULL, &field, error);
    *out = field;
    return status;
}

static void end_roll(void *roll) { cef_meter_roll_destroy(roll); }
static void end_field(void *field) { cef_meter_field_destroy(field); }
static void end_storage(void *storage) { cef_storage_destroy(storage); }
static void end_network(void *net) { cef_network_destroy(net); }
static void end_solver(void *solver) { cef_solver_destroy(solver); }
static void end_batch(void *batch) { cef_batch_destroy(batch); }

/* Fails the 1st, 2nd, .. allocation until the creation needs no more; returns how many it needs. */
static long fail_each(const bench *b, counting *count, creation create, ending end)
{
    for (long k = 1;; k++) {
        cef_error error = {.struct_size = sizeof error};
        const long live = count->live;
        const size_t bytes = count->bytes;
        void *handle = NULL;
        count->fail_at = count->asked + k;
        const cef_status status = create(b, &handle, &error);
        const bool reached = count->asked >= count->fail_at;
        count->fail_at = 0;
        check(status == (reached ? CEF_ERR_MEMORY : CEF_OK), "wrong status", k);
        check((handle == NULL) == reached, "wrong handle", k);
        check(!reached || (error.status == CEF_ERR_MEMORY && strcmp(error.code, "memory") == 0), "wrong error", k);
        end(handle);
        check(count->live == live && count->bytes == bytes, "memory is left", k);
        check(create(b, &handle, &error) == CEF_OK && handle, "the call after it fails", k);
        end(handle);
        check(count->live == live && count->bytes == bytes, "memory is left by the call after it", k);
        if (!reached)
            return k - 1;
    }
}

static void fail_contexts(void)
{
    counting count = {.fail_at = 1};
    const cef_allocator allocator = counting_allocator(&count);
    const cef_context_options options = {.struct_size = sizeof options, .allocator = &allocator};
    cef_error error = {.struct_size = sizeof error};
    cef_context *ctx = (cef_context *) &count;
    check(cef_context_create(&options, &ctx, &error) == CEF_ERR_MEMORY && ctx == NULL, "context", 1);
    count.fail_at = 0;
    check(cef_context_create(&options, &ctx, &error) == CEF_OK && ctx, "context again", 1);
    cef_context_destroy(ctx);
    check(count.live == 0 && count.bytes == 0, "context leaves memory", 1);
}

/* Networks and solvers of random grids under every policy and option that changes what a solver needs. */
static void fail_handles(uint64_t seed, int32_t policy, long *networks, long *solvers, long *storages, long *batches)
{
    dice d = {seed};
    counting count = {0};
    const cef_allocator allocator = counting_allocator(&count);
    const cef_context_options options = {.struct_size = sizeof options, .allocator = &allocator};
    cef_settings settings = settings_of(policy);
    settings.net_parallel = seed % 2, settings.mixing = (int32_t) (seed / 2 % 2);
    settings.on_imbalance = seed % 3 == 0 ? CEF_IMBALANCE_ADD_UNIT : CEF_IMBALANCE_REPORT;
    model m = random_model(&d, dice_between(&d, 1, 50), RANDOM_ALL);
    bench b = {.m = &m, .settings = &settings};
    cef_error error = {.struct_size = sizeof error};
    const cef_network_data data = model_network(&m);
    check(cef_context_create(&options, &b.ctx, &error) == CEF_OK, "context", 0);
    *networks += fail_each(&b, &count, create_network, end_network);
    check(cef_network_create(b.ctx, &data, &b.net, &error) == CEF_OK, "network", 0);
    *solvers += fail_each(&b, &count, create_solver, end_solver);
    *storages += fail_each(&b, &count, create_storage, end_storage);
    *batches += fail_each(&b, &count, create_batch, end_batch);
    cef_context_destroy(b.ctx);
    cef_network_destroy(b.net);
    check(count.live == 0 && count.bytes == 0, "memory is left at the end", 0);
    model_free(&m);
}

static model ring_model(cef_index n)
{
    model m = model_make(n);
    for (cef_index bus = 0; bus < n; bus++)
        model_arc(&m, bus, (bus + 1) % n, 10.0, 10.0);
    model_gen(&m, 0, 2.0, 0.5);
    return m;
}

/* The meters of random grids, and the field that holds them. */
static void fail_meters(uint64_t seed, long *rolls, long *fields)
{
    dice d = {seed};
    counting count = {0};
    const cef_allocator allocator = counting_allocator(&count);
    const cef_context_options options = {.struct_size = sizeof options, .allocator = &allocator};
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.on_unfed_loop = CEF_UNFED_MARK;
    model m = seed == 1 ? ring_model(200) : random_model(&d, dice_between(&d, 2, 50), RANDOM_ALL);
    bench b = {.m = &m, .settings = &settings};
    cef_error error = {.struct_size = sizeof error};
    const cef_network_data data = model_network(&m);
    const cef_snapshot snapshot = model_snapshot(&m);
    check(cef_context_create(&options, &b.ctx, &error) == CEF_OK, "context", 0);
    check(cef_network_create(b.ctx, &data, &b.net, &error) == CEF_OK, "network", 0);
    *rolls += fail_each(&b, &count, create_roll, end_roll);
    check(cef_meter_roll_create(b.ctx, b.net, &settings, &snapshot, &b.roll, &error) == CEF_OK, "roll", 0);
    *fields += fail_each(&b, &count, create_field, end_field);
    cef_meter_roll_destroy(b.roll);
    cef_network_destroy(b.net);
    cef_context_destroy(b.ctx);
    check(count.live == 0 && count.bytes == 0, "memory is left at the end", 0);
    model_free(&m);
}

int main(void)
{
    long networks = 0, solvers = 0, storages = 0, batches = 0;
    fail_contexts();
    verdict("context_without_memory");
    for (uint64_t seed = 1; seed <= 6; seed++)
        for (int32_t policy = 0; policy <= CEF_LOSS_HALF; policy++)
            fail_handles(seed, policy, &networks, &solvers, &storages, &batches);
    check(networks >= 36 && solvers >= 36 && storages >= 36 && batches >= 108, "each creation allocates at least once",
          0);
    verdict("every_allocation_of_networks_solvers_storage_and_batches");
    printf("# %ld allocations of networks failed, %ld of solvers, %ld of storage, %ld of batches\n", networks, solvers,
           storages, batches);
    long rolls = 0, fields = 0;
    for (uint64_t seed = 1; seed <= 12; seed++)
        fail_meters(seed, &rolls, &fields);
    check(rolls >= 24 && fields >= 24, "each creation allocates at least twice", 0);
    verdict("every_allocation_of_meters");
    printf("# %ld allocations of rolls failed, %ld of fields\n", rolls, fields);
    return failures != 0;
}
