/* SPDX-License-Identifier: Apache-2.0 */
/* The sweep, eight periods at a time, upstream first in the order of the union; every row is verified as soon as it is
 * solved, while what it reads is near. */
#include "batch/kernels.h"

typedef struct {
    lanes backward, limit; /* limit: just below backward; rows under it need no division */
    lanes balance, residual, least, most, smallest;
    lane_mask odd;
} sweep_findings;

/* Componentwise backward error of a row, as in solve/verify.h. */
LANES_INLINE void verify(sweep_findings *f, lanes residual, lanes scale)
{
    const lanes size = lanes_abs(residual), zero = lanes_all(0.0);
    const lane_mask passes = mask_without(mask_first(LANES), lanes_same(scale, zero));
    const lane_mask look = mask_without(passes, lanes_at_most(size, f->limit * scale));
    if (!mask_any(look))
        return;
    const lanes quotient = lanes_where(look, size / lanes_select(look, scale, lanes_all(1.0)));
    f->backward = lanes_greater(quotient, f->backward);
    f->limit = f->backward * lanes_all(1.0 - 0x1p-50);
}

/* What is said of a bus once it is priced. */
LANES_INLINE void note(sweep_findings *f, lanes x, lanes power, lanes imbalance)
{
    const lanes zero = lanes_all(0.0);
    const lane_mask defined = lanes_less(zero, power), carries = mask_and(defined, lanes_less(zero, x));
    f->odd = mask_or(f->odd, mask_without(lanes_less(imbalance, zero), defined)); /* gives what it does not get */
    f->balance = lanes_greater(lanes_abs(imbalance), f->balance);
    f->residual += imbalance * x;
    f->least = lanes_lesser(lanes_select(defined, x, f->least), f->least);
    f->most = lanes_greater(lanes_select(defined, x, f->most), f->most);
    f->smallest = lanes_lesser(lanes_select(carries, x, lanes_all(1.0)), f->smallest);
}

LANES_INLINE void check_row(const side_engine *e, cef_index k, order_arcs arcs, lanes x, sweep_findings *found)
{
    const cef_index *source = e->order.arc_source;
    const lanes mw = at(e->mw, k), carbon = at(e->carbon, k);
    lanes residual = carbon - mw * x, scale = carbon + mw * x;
    for (cef_index i = 0, a = arcs.first; i < arcs.count; i++, a += arcs.step) {
        const lanes w = at(e->received, a), from = at(e->x, source[a]);
        residual += w * (from - x);
        scale += w * (from + x);
    }
    verify(found, residual, scale);
    note(found, x, at(e->power, k), at(e->imbalance, k));
}

LANES_INLINE void sweep_run(side_engine *e, order_run run, sweep_findings *found)
{
    const order_state *o = &e->order;
    const lanes zero = lanes_all(0.0);
    for (cef_index k = run.first; k < run.first + run.count; k++) {
        const order_arcs arcs = order_arcs_of(o, run, k);
        lanes sum = at(e->carbon, k), power = at(e->mw, k);
        for (cef_index i = 0, a = arcs.first; i < arcs.count; i++, a += arcs.step) {
            const lanes w = at(e->received, a);
            sum += w * at(e->x, o->arc_source[a]);
            power += w;
        }
        const lane_mask fed = lanes_less(zero, power);
        const lanes x = lanes_where(fed, sum / lanes_select(fed, power, lanes_all(1.0)));
        put(e->x, k, x);
        put(e->power, k, power);
        check_row(e, k, arcs, x, found);
    }
}

void KERNEL(side_solve)(side_engine *e, side_group *g)
{
    const order_state *o = &e->order;
    const lanes zero = lanes_all(0.0);
    sweep_findings found = {zero,           zero,         zero, zero, lanes_all(INFINITY), lanes_all(-INFINITY),
                            lanes_all(1.0), mask_first(0)};
    for (cef_index r = 0; r < o->n_run; r++) {
        const order_run run = o->run[r];
        if (run.inflows >= 0) {
            sweep_run(e, run, &found);
            continue;
        }
        KERNEL(side_loop)(e, g, run);
        for (cef_index k = run.first; k < run.first + run.count; k++)
            check_row(e, k, order_arcs_of(o, run, k), at(e->x, k), &found);
    }
    note_odd(g, found.odd);
    lanes_store(g->backward, found.backward);
    lanes_store(g->balance, found.balance);
    lanes_store(g->mismatch, found.residual);
    lanes_store(g->least, found.least);
    lanes_store(g->most, found.most);
    lanes_store(g->smallest, found.smallest);
}

const side_kernels KERNEL(side_kernels) = {KERNEL(side_classify), KERNEL(side_read), KERNEL(side_solve),
                                           KERNEL(side_write)};
