/* SPDX-License-Identifier: Apache-2.0 */
/* The adjoint sweep, downstream first: A^T y = l. With l the loss power each bus prices, y is the loss carbon per unit
 * of carbon injected (CEF_LOSS_GENERATOR; Bialek 1996 read backwards). */
#include "solve/block.h"
#include "solve/solve.h"

/* Hands carry y of the places in the run on to their sources outside it. */
static void push(const solve_state *s, order_run run)
{
    const order_state *o = s->order;
    for (cef_index k = run.first; k < run.first + run.count; k++) {
        const order_arcs arcs = order_arcs_of(o, run, k);
        for (cef_index i = 0, a = arcs.first; i < arcs.count; i++, a += arcs.step)
            if (o->arc_source[a] < run.first)
                s->adjoint[o->arc_source[a]] += s->carry[o->arc_branch[a]] * s->adjoint[k];
    }
}

cef_status solve_upstream(solve_state *s, cef_error *error)
{
    const order_state *o = s->order;
    for (cef_index r = o->n_run - 1; r >= 0; r--) {
        const order_run run = o->run[r];
        if (run.inflows < 0)
            CEF_TRY(block_solve_transposed(s, run, error));
        else
            for (cef_index k = run.first; k < run.first + run.count; k++)
                s->adjoint[k] = s->value[k].power > 0.0 ? s->adjoint[k] / s->value[k].power : 0.0;
        push(s, run);
    }
    return CEF_OK;
}
