/* SPDX-License-Identifier: Apache-2.0 */
/* A loop of the union, eight periods at a time: subtraction-free elimination (sparse/gth_dense.c, rows form) in the
 * same order of operations. A bus that is dead in a period has no pivot there: it is passed by, as it feeds nobody. */
#include "batch/sweep.h"

enum { SMALL = 4 }; /* in loops up to here it costs more to look for zeros than to compute with them */

typedef struct {
    side_engine *e;
    const side_run *run; /* [m] */
    double *row;         /* [m][m + 1] lines: what is received from the members, then from elsewhere: the excess */
    cef_index m;
    lane_mask odd;
} loop8;

LANES_INLINE double *entry(const loop8 *l, cef_index m, cef_index i, cef_index j)
{
    return l->row + ((size_t) i * (m + 1) + j) * LANES;
}

/* Units, then what enters: from the loop into its row, from outside into the excess. No branch on which it is. */
static void assemble_row(loop8 *l, cef_index i)
{
    side_engine *e = l->e;
    const side_run *run = &l->run[i];
    const cef_index *track = e->track + run->at, m = l->m;
    const bus_sums units = sum_units(e->line, track + 1, run->n_unit);
    lanes priced = lanes_all(0.0);
    lanes_store(entry(l, m, i, m), units.power);
    track += 1 + 2 * run->n_unit;
    const cef_index *sender = track + 2 * run->n_in + run->n_out + run->kinds;
    for (cef_index k = 0; k < run->n_in; k++, track += 2, sender += 2) {
        const lanes w = lanes_neg(lanes_lesser(at_track(e->line, track[0]), lanes_all(0.0)));
        double *here = entry(l, m, i, sender[0]);
        lanes_store(here, lanes_add(lanes_load(here), w));
        priced = lanes_add(priced, lanes_mul(w, at_track(e->line, sender[1])));
    }
    put(e->rhs, i, lanes_add(units.carbon, priced));
}

static void assemble(loop8 *l)
{
    memset(l->row, 0, (size_t) l->m * ((size_t) l->m + 1) * LANES * sizeof(double));
    for (cef_index i = 0; i < l->m; i++)
        assemble_row(l, i);
}

/* Below these, products may underflow: the solver decides. */
LANES_INLINE lane_mask too_small(lanes a)
{
    return mask_and(lanes_less(a, lanes_all(GTH_TINY)), lanes_less(lanes_all(0.0), a));
}

/* Pivot of row k; what is left of the row is checked on the way. */
LANES_INLINE lanes pivot_of(loop8 *l, cef_index m, cef_index k)
{
    lanes d = lanes_load(entry(l, m, k, m));
    lane_mask small = too_small(d);
    for (cef_index j = k + 1; j < m; j++) {
        const lanes w = lanes_load(entry(l, m, k, j));
        d = lanes_add(d, w);
        small = mask_or(small, too_small(w));
    }
    l->odd = mask_or(l->odd, small);
    return d;
}

/* Row i takes over what row k received, its excess too. */
LANES_INLINE void eliminate_row(loop8 *l, cef_index m, cef_index k, cef_index i, lanes d, lane_mask fed)
{
    const lanes w = lanes_load(entry(l, m, i, k)), zero = lanes_all(0.0);
    if (m > SMALL && !mask_any(lanes_less(zero, w)))
        return;
    const lanes f = lanes_where(fed, lanes_div(w, d));
    const lane_mask large = lanes_less(lanes_all(1.0 / GTH_TINY), f);
    l->odd = mask_or(l->odd, mask_or(too_small(f), large));
    lanes_store(entry(l, m, i, k), f);
    for (cef_index j = k + 1; j <= m; j++)
        lanes_store(entry(l, m, i, j),
                    lanes_add(lanes_load(entry(l, m, i, j)), lanes_mul(f, lanes_load(entry(l, m, k, j)))));
}

/* The pivots, and on the way down the right-hand side. */
LANES_INLINE void factor(loop8 *l, cef_index m)
{
    for (cef_index k = 0; k < m; k++) {
        const lanes d = pivot_of(l, m, k), one = lanes_all(1.0);
        const lane_mask fed = lanes_less(lanes_all(0.0), d);
        put(l->e->pivot, k, d);
        for (cef_index i = k + 1; i < m; i++)
            eliminate_row(l, m, k, i, lanes_select(fed, d, one), fed);
    }
}

LANES_INLINE void substitute(const loop8 *l, cef_index m)
{
    double *x = l->e->rhs;
    for (cef_index i = 1; i < m; i++) {
        lanes r = at(x, i);
        for (cef_index k = 0; k < i; k++)
            r = lanes_add(r, lanes_mul(lanes_load(entry(l, m, i, k)), at(x, k)));
        put(x, i, r);
    }
    for (cef_index k = m - 1; k >= 0; k--) {
        const lanes d = at(l->e->pivot, k);
        const lane_mask fed = lanes_less(lanes_all(0.0), d);
        lanes r = at(x, k);
        for (cef_index j = k + 1; j < m; j++)
            r = lanes_add(r, lanes_mul(lanes_load(entry(l, m, k, j)), at(x, j)));
        put(x, k, lanes_where(fed, lanes_div(r, lanes_select(fed, d, lanes_all(1.0)))));
    }
}

void KERNEL(side_loop)(side_engine *e, const side_run *loop, lane_mask *odd)
{
    loop8 l = {e, loop + 1, e->matrix, loop->loop, mask_first(0)};
    assemble(&l);
    factor(&l, l.m);
    substitute(&l, l.m);
    for (cef_index i = 0; i < l.m; i++)
        lanes_store(e->line + e->track[l.run[i].at], at(e->rhs, i));
    *odd = mask_or(*odd, l.odd);
}
