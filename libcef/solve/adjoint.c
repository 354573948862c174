/* SPDX-License-Identifier: Apache-2.0 */
/* The adjoint sweep, downstream first: A^T y = l. With l the loss power each bus prices, y is the loss carbon per unit
 * of carbon injected (CEF_LOSS_GENERATOR; Bialek 1996 read backwards). */
#include "solve/block.h"
#include "solve/solve.h"

/* Takes carry y from where the run's buses lead outside it, in the order of their ends: whatever the order of the
 * places, the sums are the same. */
static void pull(const solve_state *s, order_run run)
{
    const order_state *o = s->order;
    for (cef_index k = run.first; k < run.first + run.count; k++) {
        const cef_index bus = o->bus_at[k];
        for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++) {
            const network_end end = o->net->end[e];
            const cef_index head = o->place[end.other];
            if (order_leaves(o, e) && head >= run.first + run.count)
                s->adjoint[k] += s->carry[o->slot[network_branch(end)]] * s->adjoint[head];
        }
    }
}

cef_status solve_upstream(solve_state *s, cef_error *error)
{
    const order_state *o = s->order;
    for (cef_index r = o->n_run - 1; r >= 0; r--) {
        const order_run run = o->run[r];
        pull(s, run);
        if (run.inflows < 0)
            CEF_TRY(block_solve_transposed(s, run, error));
        else
            for (cef_index k = run.first; k < run.first + run.count; k++)
                s->adjoint[k] = s->power[k] > 0.0 ? s->adjoint[k] / s->power[k] : 0.0;
    }
    return CEF_OK;
}
