/* SPDX-License-Identifier: Apache-2.0 */
/* The solver: everything allocated at creation, one block; a solve is a walk through the rooms. */
#include <time.h>

#include "run/run.h"

#include "lanes/lanes.h"

static void carve(cef_arena *arena, cef_solver *solver)
{
    flow_carve(arena, &solver->flow);
    order_carve(arena, &solver->order);
    solve_carve(arena, &solver->solve);
    result_carve(arena, &solver->result);
}

static void connect(cef_solver *solver)
{
    solver->flow.net = solver->order.net = solver->net;
    solver->flow.settings = &solver->settings;
    solver->solve.flow = solver->result.flow = &solver->flow;
    solver->solve.order = solver->result.order = &solver->order;
    solver->result.solve = &solver->solve;
    solver->flow.place = solver->order.place;
    solver->flow.slot = solver->order.slot;
}

void solver_set_width(cef_solver *solver, int32_t width)
{
    solver->flow.kernels = flow_kernels_of(width);
    solver->order.kernels = order_kernels_of(width);
    solver->solve.kernels = solve_kernels_of(width);
    solver->result.kernels = result_kernels_of(width);
}

cef_status solver_create(cef_context *ctx, cef_network *net, const cef_settings *settings, cef_solver **out,
                         cef_error *error)
{
    CEF_TRY(settings_check(settings, error));
    cef_solver shape = {.ctx = ctx, .net = net, .settings = *settings};
    shape.settings.flow_tol = greater(settings->flow_tol, FLOW_LEAST);
    connect(&shape);
    cef_arena arena = {0};
    (void) arena_take(&arena, 1, sizeof shape);
    carve(&arena, &shape);
    if (arena.overflow)
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE, "the solver does not fit this machine's memory sizes");
    void *memory = NULL;
    CEF_TRY(context_take(ctx, arena.used, &memory, error));
    shape.size = arena.used;
    arena = (cef_arena){.base = memory};
    cef_solver *solver = arena_take(&arena, 1, sizeof *solver);
    *solver = shape;
    connect(solver);
    carve(&arena, solver);
    connect(solver); /* now that the arrays have their places */
    flow_prepare(&solver->flow);
    order_prepare(&solver->order);
    solve_prepare(&solver->solve);
    result_prepare(&solver->result);
    solver_set_width(solver, lanes_widest());
    context_retain(ctx);
    network_retain(net);
    *out = solver;
    return CEF_OK;
}

void solver_destroy(cef_solver *solver)
{
    if (!solver)
        return;
    cef_context *ctx = solver->ctx;
    network_release(solver->net);
    context_free(ctx, solver, solver->size);
    context_release(ctx);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static void update_order(cef_solver *s, cef_solve_info *info)
{
    info->order_reused = order_update(&s->order, s->flow.code);
    if (info->order_reused != ORDER_REUSED)
        flow_forget_places(&s->flow);
    if (flow_arcs_are_received(&s->flow))
        flow_deliver(&s->flow);
}

static cef_status read_and_order(cef_solver *s, const cef_snapshot *snapshot, cef_solve_info *info, cef_error *error)
{
    const double start = seconds();
    s->flow.kept = s->order.valid ? s->order.code : NULL;
    CEF_TRY(flow_read_branches(&s->flow, snapshot, error));
    info->order_reused = ORDER_REUSED;
    if (!s->flow.unchanged)
        update_order(s, info);
    CEF_TRY(flow_read_units(&s->flow, snapshot, error));
    CEF_TRY(flow_check_balance(&s->flow, error));
    if (s->flow.mismatch)
        flow_add_mismatch(&s->flow);
    if (!flow_arcs_are_received(&s->flow))
        solve_load_arcs(&s->solve);
    flow_net_locally(&s->flow, s->order.inflows);
    info->order_seconds = seconds() - start;
    return CEF_OK;
}

static cef_status solve_and_verify(cef_solver *s, cef_error *error)
{
    CEF_TRY(solve_downstream(&s->solve, false, error));
    if (s->flow.negative)
        CEF_TRY(solve_downstream(&s->solve, true, error));
    solve_mark_unfed(&s->solve);
    return CEF_OK;
}

/* Of several loops that cannot be solved the error names the one met first. In a repaired order that depends on the
 * snapshots before, so it is told by an order made anew. */
static cef_status solve_or_reorder(cef_solver *s, const cef_snapshot *snapshot, cef_solve_info *info, cef_error *error)
{
    const cef_status status = solve_and_verify(s, error);
    if (status == CEF_OK || !s->order.repaired)
        return status;
    s->order.valid = false;
    CEF_TRY(read_and_order(s, snapshot, info, error));
    return solve_and_verify(s, error); /* fails again: no sum depends on the order */
}

static cef_status write_results(cef_solver *s, const cef_snapshot *snapshot, cef_solution *out, cef_solve_info *info,
                                cef_error *error)
{
    result_buses(&s->result, snapshot, out, info);
    if (s->result.island) {
        result_join_islands(&s->result);
        result_add_demand(&s->result, snapshot);
    }
    result_branches(&s->result, snapshot, out, info);
    if (s->result.loss_factor) {
        result_loss_power(&s->result, s->solve.adjoint);
        CEF_TRY(solve_upstream(&s->solve, error));
        result_loss_factors(&s->result, out);
    } else if (out->bus_loss_factor) {
        memset(out->bus_loss_factor, 0, (size_t) s->net->n_bus * sizeof *out->bus_loss_factor);
    }
    result_elements(&s->result, snapshot, out, info);
    return CEF_OK;
}

static void report(const cef_solver *s, cef_solve_info *info)
{
    info->n_blocks = s->order.n_block;
    info->largest_block = s->order.largest_block;
    info->n_both_ends_fed = s->flow.n_both_ends_fed;
    info->n_both_ends_deliver = s->flow.n_both_ends_deliver;
    info->n_negative_loss = s->flow.n_negative_loss;
    info->n_defaulted_factors = s->flow.n_defaulted;
    info->n_order_changes = info->order_reused == ORDER_REUSED ? 0 : s->order.n_change;
}

cef_status solver_solve(cef_solver *s, const cef_snapshot *snapshot, cef_solution *solution, cef_solve_info *info,
                        cef_error *error)
{
    cef_solve_info own = {.struct_size = sizeof own};
    flow_use_columns(&s->flow, solution);
    flow_balance_late(&s->flow);
    result_use_columns(&s->result, solution);
    CEF_TRY(read_and_order(s, snapshot, &own, error));
    const double start = seconds();
    CEF_TRY(solve_or_reorder(s, snapshot, &own, error));
    CEF_TRY(write_results(s, snapshot, solution, &own, error));
    report(s, &own);
    const cef_status status = result_certify(&s->result, &own, error);
    own.solve_seconds = seconds() - start;
    solver_log(s, &own);
    if (info)
        struct_write(info, &own, sizeof own);
    return status;
}
