/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of periods: taken by whichever thread is free, handed in in time order. */
#include "batch/parts.h"

static void solve_block(batch_worker *w, const batch_call *call, cef_index first, cef_index count)
{
    if (batch_coupled(call)) {
        coupled_solve(w, call, first);
        return;
    }
    if (w->side) {
        side_by_side_solve(w, call, first, count);
        return;
    }
    for (cef_index t = first; t < first + count; t++)
        one_by_one_solve(w, call, t);
}

static void hand_in(batch_worker *w, batch_call *call, cef_index block)
{
    cef_batch *batch = call->batch;
    (void) pthread_mutex_lock(&batch->lock);
    while (call->turn != block)
        (void) pthread_cond_wait(&batch->turned, &batch->lock);
    findings_join(&call->found, &w->found);
    sums_join(batch->column, w->column, call->sums);
    call->turn++;
    (void) pthread_cond_broadcast(&batch->turned);
    (void) pthread_mutex_unlock(&batch->lock);
}

void blocks_solve(void *argument, int32_t number)
{
    batch_call *call = argument;
    batch_worker *w = &call->batch->worker[number];
    const bool coupled = batch_coupled(call); /* then a block is eight scenarios */
    const cef_index per_block = coupled ? 1 : call->batch->periods_per_block;
    const cef_index n_periods = coupled ? call->n_time_block : call->data->n_periods;
    for (;;) {
        const cef_index block = __atomic_fetch_add(&call->next_block, 1, __ATOMIC_RELAXED);
        if (block >= call->n_time_block)
            return;
        const cef_index first = block * per_block, left = n_periods - first;
        w->found = findings_none();
        sums_clear(w->column, call->sums);
        solve_block(w, call, first, left < per_block ? left : per_block);
        hand_in(w, call, block);
    }
}
