/* SPDX-License-Identifier: Apache-2.0 */
/* A loop of the union, eight periods at a time: subtraction-free elimination (sparse/gth_dense.c, rows form) in the
 * same order of operations, without those whose terms are 0 in every period of the stretch (fill.c). A bus that is dead
 * in a period has no pivot there: it is passed by, as it feeds nobody. */
#include "batch/sweep.h"

typedef struct {             /* what is left of a row that was eliminated */
    const cef_index *member; /* [n] that come later and feed it */
    cef_index n;
    double *line; /* [n + 1] what it receives of each, then from elsewhere: the excess */
} kept_row;

typedef struct {
    side_engine *e;
    const side_run *run;   /* [m] */
    const cef_index *fill; /* of the row at hand, by fill.c */
    double *row, *free;    /* [m + 1] the row at hand, by member, then its excess; room for what is kept */
    cef_index m;
    extent reached;
    kept_row kept[SIDE_LARGEST_LOOP];
} loop8;

/* Units, then what enters: from the loop into its row, from outside into the excess. No branch on which it is. */
LANES_INLINE lanes assemble_row(const loop8 *l, cef_index i)
{
    const side_engine *e = l->e;
    const side_run *run = &l->run[i];
    const cef_index *track = e->track + run->at;
    const bus_sums units = sum_units(e->line, track + 1, run->n_unit);
    lanes priced = lanes_all(0.0);
    put(l->row, l->m, units.power);
    track += 1 + 2 * run->n_unit;
    const cef_index *sender = track + 2 * run->n_in + run->n_out + run->kinds;
    for (cef_index k = 0; k < run->n_in; k++, track += 2, sender += 2) {
        const lanes w = lanes_neg(lanes_lesser(at_track(e->line, track[0]), lanes_all(0.0)));
        add_at(l->row, sender[0], w);
        priced = lanes_add(priced, lanes_mul(w, at_track(e->line, sender[1])));
    }
    return lanes_add(units.carbon, priced);
}

/* The row at hand takes over what row k received, its excess and its right-hand side too. */
LANES_INLINE void take_over(loop8 *l, cef_index k, lanes *rhs)
{
    const kept_row *from = &l->kept[k];
    const lanes w = at(l->row, k), d = at(l->e->pivot, k), zero = lanes_all(0.0);
    if (!mask_any(lanes_less(zero, w)))
        return;
    const lane_mask fed = lanes_less(zero, d);
    const lanes f = lanes_divide(fed, w, d, zero);
    note_quotient(&l->reached, f);
    for (cef_index j = 0; j < from->n; j++)
        add_at(l->row, from->member[j], lanes_mul(f, at(from->line, j)));
    add_at(l->row, l->m, lanes_mul(f, at(from->line, from->n)));
    *rhs = lanes_add(*rhs, lanes_mul(f, at(l->e->rhs, k)));
}

/* Keeps the row at hand, which is checked on the way, and its pivot. */
LANES_INLINE void keep(loop8 *l, cef_index i, const cef_index *member, cef_index n)
{
    lanes d = at(l->row, l->m);
    note_least(&l->reached, d);
    l->kept[i] = (kept_row){member, n, l->free};
    for (cef_index j = 0; j < n; j++) {
        const lanes w = at(l->row, member[j]);
        d = lanes_add(d, w);
        note_least(&l->reached, w);
        put(l->free, j, w);
    }
    put(l->free, n, at(l->row, l->m));
    l->free += (size_t) (n + 1) * LANES;
    put(l->e->pivot, i, d);
}

static void eliminate(loop8 *l, cef_index i)
{
    const cef_index n_earlier = *l->fill++, *earlier = l->fill;
    const cef_index n_later = l->fill[n_earlier], *later = earlier + n_earlier + 1;
    l->fill = later + n_later;
    for (cef_index k = 0; k < n_earlier; k++)
        put(l->row, earlier[k], lanes_all(0.0));
    for (cef_index k = 0; k < n_later; k++)
        put(l->row, later[k], lanes_all(0.0));
    lanes rhs = assemble_row(l, i);
    for (cef_index k = 0; k < n_earlier; k++)
        take_over(l, earlier[k], &rhs);
    keep(l, i, later, n_later);
    put(l->e->rhs, i, rhs);
}

static void substitute(const loop8 *l)
{
    double *x = l->e->rhs;
    for (cef_index k = l->m - 1; k >= 0; k--) {
        const kept_row *row = &l->kept[k];
        const lanes d = at(l->e->pivot, k);
        const lane_mask fed = lanes_less(lanes_all(0.0), d);
        lanes r = at(x, k);
        for (cef_index j = 0; j < row->n; j++)
            r = lanes_add(r, lanes_mul(at(row->line, j), at(x, row->member[j])));
        put(x, k, lanes_divide(fed, r, d, lanes_all(0.0)));
    }
}

void KERNEL(side_loop)(side_engine *e, const side_run *loop, lane_mask *odd)
{
    loop8 l;
    l.e = e;
    l.run = loop + 1;
    l.fill = e->fill + loop->at;
    l.row = e->row;
    l.free = e->kept;
    l.m = loop->loop;
    l.reached = extent_none();
    for (cef_index i = 0; i < l.m; i++)
        eliminate(&l, i);
    substitute(&l);
    for (cef_index i = 0; i < l.m; i++)
        lanes_store(e->line + e->track[l.run[i].at], at(e->rhs, i));
    *odd = mask_or(*odd, outside_extent(&l.reached));
}
