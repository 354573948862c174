/* SPDX-License-Identifier: Apache-2.0 */
/* A loop of the union, eight periods at a time: subtraction-free elimination (sparse/gth_dense.c, rows form) in the
 * same order of operations. A bus that is dead in a period has no pivot there: it is passed by, as it feeds nobody. */
#include "batch/sweep.h"

typedef struct {
    side_engine *e;
    const side_run *run; /* [m] */
    cef_index m;
    lane_mask odd;
} loop8;

static double *entry(const loop8 *l, cef_index i, cef_index j)
{
    return l->e->matrix + ((size_t) i * l->m + j) * LANES;
}

/* Units, then what enters: from the loop into its row, from outside into the excess. */
static void assemble_row(loop8 *l, cef_index i, cef_index first)
{
    side_engine *e = l->e;
    const side_run *run = &l->run[i];
    const cef_index *track = e->track + run->at;
    const bus_sums units = sum_bus(e->line, track + 1, run->n_unit, 0, 0);
    lanes outside = units.power, all = units.power, priced = lanes_all(0.0);
    track += 1 + 2 * run->n_unit;
    for (cef_index k = 0; k < run->n_in; k++, track += 2) {
        const cef_index from = e->order.place[track[1]] - first;
        const lanes w = -lanes_lesser(at(e->line, track[0]), lanes_all(0.0));
        all += w;
        if (from >= 0 && from < l->m) {
            lanes_store(entry(l, i, from), lanes_load(entry(l, i, from)) + w);
        } else {
            outside += w;
            priced += w * at(e->line, track[1]);
        }
    }
    put(e->excess, i, outside);
    put(e->through, i, all);
    put(e->rhs, i, units.carbon + priced);
}

static void assemble(loop8 *l)
{
    side_engine *e = l->e;
    memset(e->matrix, 0, (size_t) l->m * (size_t) l->m * LANES * sizeof(double));
    const cef_index first = e->order.place[e->track[l->run[0].at]];
    for (cef_index i = 0; i < l->m; i++)
        assemble_row(l, i, first);
}

/* Below these, products may underflow: the solver decides. */
LANES_INLINE lane_mask too_small(lanes a)
{
    return mask_without(lanes_less(a, lanes_all(GTH_TINY)), lanes_same(a, lanes_all(0.0)));
}

/* Pivot of row k; what is left of the row is checked on the way. */
LANES_INLINE lanes pivot_of(loop8 *l, cef_index k)
{
    const lanes excess = at(l->e->excess, k);
    lanes d = excess;
    lane_mask small = too_small(excess);
    for (cef_index j = k + 1; j < l->m; j++) {
        const lanes w = lanes_load(entry(l, k, j));
        d += w;
        small = mask_or(small, too_small(w));
    }
    const lane_mask fed = lanes_less(lanes_all(0.0), d), passes = lanes_less(lanes_all(0.0), at(l->e->through, k));
    l->odd = mask_or(l->odd, mask_or(small, mask_without(passes, fed))); /* power passes, but nothing feeds it */
    return d;
}

LANES_INLINE void eliminate_row(loop8 *l, cef_index k, cef_index i, lanes d, lane_mask fed)
{
    const lanes w = lanes_load(entry(l, i, k)), zero = lanes_all(0.0);
    if (!mask_any(lanes_less(zero, w)))
        return;
    const lanes f = lanes_where(fed, w / lanes_select(fed, d, lanes_all(1.0)));
    const lane_mask large = lanes_less(lanes_all(1.0 / GTH_TINY), f);
    l->odd = mask_or(l->odd, mask_or(too_small(f), large));
    lanes_store(entry(l, i, k), f);
    for (cef_index j = k + 1; j < l->m; j++)
        lanes_store(entry(l, i, j), lanes_load(entry(l, i, j)) + f * lanes_load(entry(l, k, j)));
    add_at(l->e->excess, i, f * at(l->e->excess, k));
}

static void factor(loop8 *l)
{
    for (cef_index k = 0; k < l->m; k++) {
        const lanes d = pivot_of(l, k);
        const lane_mask fed = lanes_less(lanes_all(0.0), d);
        put(l->e->pivot, k, d);
        for (cef_index i = k + 1; i < l->m; i++)
            eliminate_row(l, k, i, d, fed);
    }
}

static void substitute(loop8 *l)
{
    double *x = l->e->rhs;
    for (cef_index i = 1; i < l->m; i++) {
        lanes r = at(x, i);
        for (cef_index k = 0; k < i; k++)
            r += lanes_load(entry(l, i, k)) * at(x, k);
        put(x, i, r);
    }
    for (cef_index k = l->m - 1; k >= 0; k--) {
        const lanes d = at(l->e->pivot, k);
        const lane_mask fed = lanes_less(lanes_all(0.0), d);
        lanes r = at(x, k);
        for (cef_index j = k + 1; j < l->m; j++)
            r += lanes_load(entry(l, k, j)) * at(x, j);
        put(x, k, lanes_where(fed, r / lanes_select(fed, d, lanes_all(1.0))));
    }
}

void KERNEL(side_loop)(side_engine *e, const side_run *loop, side_findings *found)
{
    loop8 l = {e, loop + 1, loop->loop, mask_first(0)};
    assemble(&l);
    factor(&l);
    substitute(&l);
    for (cef_index i = 0; i < l.m; i++) {
        const lane_mask fed = lanes_less(lanes_all(0.0), at(e->through, i));
        put(e->line, e->track[l.run[i].at], lanes_select(fed, at(e->rhs, i), lanes_all(SIDE_UNDEFINED)));
    }
    found->odd = mask_or(found->odd, l.odd);
}
