/* SPDX-License-Identifier: Apache-2.0 */
/* The batch: everything allocated at creation, a solver and a workspace for each thread. */
#include "batch/side.h"

#include <time.h>

#define MOST_HORIZON 1e-9 /* relative, of the identity of stores coupled in time */

enum { MOST_PERIODS_PER_BLOCK = 65536, MOST_THREADS = 256, DEFAULT_PERIODS_PER_BLOCK = 384 };

static cef_status check_range(const char *name, int64_t value, int64_t most, cef_error *error)
{
    if (value >= 0 && value <= most)
        return CEF_OK;
    return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) value),
                        "options.%s is %d, expected 0 to %d", name, value, most);
}

static cef_status check_options(const cef_batch_options *o, cef_error *error)
{
    CEF_TRY(check_range("periods_per_block", o->periods_per_block, MOST_PERIODS_PER_BLOCK, error));
    CEF_TRY(check_range("threads", o->threads, MOST_THREADS, error));
    CEF_TRY(check_range("engine", o->engine, CEF_BATCH_SINGLE, error));
    CEF_TRY(check_range("reserved", o->reserved, 0, error));
    CEF_TRY(check_range("reserved_too", o->reserved_too, 0, error));
    return check_range("n_groups", o->n_groups, INT32_MAX, error);
}

static void carve_side(cef_arena *arena, batch_worker *w)
{
    side_engine shape = {.net = w->batch->net, .settings = &w->batch->settings};
    ARENA_ARRAY(arena, w->side, 1);
    side_carve(arena, &shape);
    if (w->side)
        *w->side = shape;
}

static void carve_worker(cef_arena *arena, batch_worker *w)
{
    const cef_network *net = w->batch->net;
    sums_carve(arena, w->column, net);
    ARENA_ARRAY(arena, w->intensity, LANES * (size_t) net->n_bus);
    ARENA_ARRAY(arena, w->throughput, LANES * (size_t) net->n_bus);
    ARENA_ARRAY(arena, w->gen_carbon, LANES * (size_t) net->n_gen);
    ARENA_ARRAY(arena, w->load_carbon, LANES * (size_t) net->n_load);
    for (int side = 0; side < 2; side++) {
        ARENA_ARRAY(arena, w->groups.sum[side], LANES * (size_t) w->batch->groups.n);
        ARENA_ARRAY(arena, w->groups.rest[side], LANES * (size_t) w->batch->groups.n);
    }
}

static void carve(cef_arena *arena, cef_batch *batch)
{
    ARENA_ARRAY(arena, batch->worker, batch->n_worker);
    ARENA_ARRAY(arena, batch->pool.thread, batch->n_worker);
    sums_carve(arena, batch->column, batch->net);
    groups_carve(arena, &batch->groups, batch->net);
    for (int32_t k = 0; k < batch->n_worker; k++) {
        batch_worker shape = {.batch = batch};
        carve_worker(arena, &shape);
        if (batch->side_by_side)
            carve_side(arena, &shape);
        if (arena->base)
            batch->worker[k] = shape;
    }
}

static cef_status make_solvers(cef_batch *batch, cef_error *error)
{
    for (int32_t k = 0; k < batch->n_worker; k++)
        CEF_TRY(solver_create(batch->ctx, batch->net, &batch->settings, &batch->worker[k].solver, error));
    for (int32_t k = 0; batch->side_by_side && k < batch->n_worker; k++)
        side_prepare(batch->worker[k].side);
    batch_set_width(batch, lanes_widest());
    return CEF_OK;
}

static cef_status allocate(cef_batch *shape, cef_batch **out, cef_error *error)
{
    cef_arena arena = {0};
    (void) arena_take(&arena, 1, sizeof *shape);
    carve(&arena, shape);
    if (arena.overflow)
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE, "the batch does not fit this machine's memory sizes");
    void *memory = NULL;
    CEF_TRY(context_take(shape->ctx, arena.used, &memory, error));
    shape->size = arena.used;
    arena = (cef_arena){.base = memory};
    cef_batch *batch = arena_take(&arena, 1, sizeof *batch);
    *batch = *shape;
    carve(&arena, batch);
    *out = batch;
    return CEF_OK;
}

cef_status batch_create(cef_context *ctx, cef_network *net, const cef_settings *settings,
                        const cef_batch_options *options, cef_batch **out, cef_error *error)
{
    CEF_TRY(settings_check(settings, error));
    CEF_TRY(check_options(options, error));
    CEF_TRY(groups_check(net, options, error));
    cef_batch shape = {.ctx = ctx, .net = net, .settings = *settings};
    shape.settings.flow_tol = greater(settings->flow_tol, FLOW_LEAST);
    shape.side_by_side = options->engine == CEF_BATCH_AUTO && side_serves(net, settings);
    shape.periods_per_block = options->periods_per_block ? options->periods_per_block : DEFAULT_PERIODS_PER_BLOCK;
    shape.n_worker = options->threads ? options->threads : 1;
    shape.groups.n = options->n_groups;
    cef_batch *batch = NULL;
    CEF_TRY(allocate(&shape, &batch, error));
    context_retain(ctx);
    network_retain(net);
    groups_fill(&batch->groups, net, options);
    (void) pthread_mutex_init(&batch->lock, NULL);
    (void) pthread_cond_init(&batch->turned, NULL);
    cef_status status = make_solvers(batch, error);
    if (status == CEF_OK)
        status = pool_start(&batch->pool, batch->n_worker, error);
    if (status != CEF_OK)
        goto fail;
    *out = batch;
    return CEF_OK;
fail:
    batch_destroy(batch);
    return status;
}

void batch_set_width(cef_batch *batch, int32_t width)
{
    for (int32_t k = 0; k < batch->n_worker; k++) {
        solver_set_width(batch->worker[k].solver, width);
        batch->worker[k].kernels = width == LANES_AVX512 ? &batch_kernels_avx512
                                   : width == LANES_AVX2 ? &batch_kernels_avx2
                                                         : &batch_kernels_portable;
        if (batch->side_by_side)
            side_set_width(batch->worker[k].side, width);
    }
}

void batch_destroy(cef_batch *batch)
{
    if (!batch)
        return;
    cef_context *ctx = batch->ctx;
    pool_stop(&batch->pool);
    for (int32_t k = 0; k < batch->n_worker; k++)
        solver_destroy(batch->worker[k].solver);
    (void) pthread_cond_destroy(&batch->turned);
    (void) pthread_mutex_destroy(&batch->lock);
    network_release(batch->net);
    context_free(ctx, batch, batch->size);
    context_release(ctx);
}

/* ---- one call ---- */

static cef_status check_data(const cef_network *net, const cef_batch_data *d, cef_error *error)
{
    const int32_t all =
        CEF_BATCH_FIXED_GEN_INTENSITY | CEF_BATCH_FIXED_LOAD_INTENSITY | CEF_BATCH_FIXED_STORAGE_INTENSITY;
    if (d->n_periods < 0)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) d->n_periods),
                            "data.n_periods is %d, expected 0 or more", (int64_t) d->n_periods);
    if (d->fixed & ~all)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) d->fixed),
                            "data.fixed is %d, which holds bits that are none of CEF_BATCH_FIXED_*",
                            (int64_t) d->fixed);
    if (!(d->period_hours >= 0.0 && d->period_hours <= 8784.0))
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, d->period_hours),
                            "data.period_hours is %g, expected 0 (for 1) to 8784", d->period_hours);
    CEF_TRY(coupled_check(net, d, error));
    if (d->n_periods == 0)
        return CEF_OK;
    const struct {
        const char *name;
        const double *column;
        cef_index n;
    } needed[] = {{"branch_p_from", d->branch_p_from, net->n_branch},
                  {"gen_p", d->gen_p, net->n_gen},
                  {"gen_intensity", d->gen_intensity, net->n_gen},
                  {"load_p", d->load_p, net->n_load},
                  {"storage_p", d->storage_p, net->n_storage},
                  {"storage_intensity", d->storage_intensity, d->storage ? 0 : net->n_storage}};
    for (size_t k = 0; k < sizeof needed / sizeof *needed; k++)
        if (needed[k].n > 0 && !needed[k].column)
            return error_format(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "data.%s is NULL but its table has rows",
                                needed[k].name);
    return CEF_OK;
}

static cef_index parts_of(cef_index n, cef_index size) { return (cef_index) (((int64_t) n + size - 1) / size); }

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static void report(const batch_call *call, double since, cef_batch_info *info)
{
    const batch_findings *f = &call->found;
    const cef_batch_info own = {.struct_size = sizeof own,
                                .error_bound = f->error_bound,
                                .backward_error = f->backward_error,
                                .conservation = f->conservation,
                                .balance_mw = f->balance_mw,
                                .generation_emissions = sum_value(f->emissions[0]),
                                .load_emissions = sum_value(f->emissions[1]),
                                .loss_emissions = sum_value(f->emissions[2]),
                                .export_emissions = sum_value(f->emissions[3]),
                                .storage_emissions = sum_value(f->emissions[4]),
                                .mismatch_emissions = sum_value(f->emissions[5]),
                                .seconds = seconds() - since,
                                .n_solved = f->n_solved,
                                .n_failed = f->n_failed,
                                .first_failed = f->first_failed,
                                .n_one_by_one = f->n_one_by_one,
                                .n_orders = f->n_orders,
                                .n_time_blocks = call->n_time_block,
                                .n_blocks = f->n_blocks,
                                .largest_block = f->largest_block,
                                .maximum_principle = f->maximum_principle,
                                .certified = f->n_failed == 0 && f->horizon <= MOST_HORIZON,
                                .carbon_start = sum_value(f->carbon_start),
                                .carbon_end = sum_value(f->carbon_end),
                                .owner_loss = sum_value(f->owner_loss),
                                .horizon = f->horizon,
                                .n_scenarios = batch_coupled(call) ? call->n_scenario : 0,
                                .n_unknown = f->n_unknown};
    if (info)
        struct_write(info, &own, sizeof own);
}

cef_status batch_solve(cef_batch *batch, const cef_batch_data *data, const cef_batch_result *result,
                       cef_batch_info *info, cef_error *error)
{
    CEF_TRY(check_data(batch->net, data, error));
    const double start = seconds();
    batch_call call = {.batch = batch, .data = data, .out = result, .found = findings_none()};
    call.hours = data->period_hours > 0.0 ? data->period_hours : 1.0;
    call.n_scenario = data->storage && data->n_scenarios > 0 ? data->n_scenarios : 1;
    call.per_scenario = data->n_periods / call.n_scenario;
    call.lane_stride = data->storage ? call.per_scenario : 1;
    call.n_time_block =
        data->storage ? parts_of(call.n_scenario, LANES) : parts_of(data->n_periods, batch->periods_per_block);
    for (int c = 0; c < COLUMNS; c++)
        call.sums[c] = sums_output(result, c) != NULL;
    call.sums[COLUMN_BUS_ENERGY] |= call.sums[COLUMN_BUS_EMISSIONS]; /* summed together */
    call.sums[COLUMN_BUS_EMISSIONS] = call.sums[COLUMN_BUS_ENERGY];
    sums_clear(batch->column, call.sums);
    pool_run(&batch->pool, blocks_solve, &call);
    sums_write(batch->column, result);
    report(&call, start, info);
    if (call.found.n_failed == 0 || result->period_status)
        return CEF_OK;
    if (error && error->struct_size >= sizeof(size_t))
        struct_write(error, &call.found.error, sizeof call.found.error);
    return call.found.error.status;
}
