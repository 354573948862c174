/* SPDX-License-Identifier: Apache-2.0 */
/* Loops of two to four buses, by far the most: the elimination of kernels_loop.c, operation by operation, without
 * a matrix in memory, and every list is read once. */
#include "batch/sweep.h"

typedef struct {
    lanes received[SIDE_SMALL_LOOP]; /* from the other members, MW */
    lanes excess, rhs;               /* from elsewhere, MW and tCO2/h */
} member;

/* Units, then what enters: from the loop or from outside. Who sends is no branch of the program. */
LANES_INLINE void read_member(const side_engine *e, const side_run *run, cef_index i, cef_index m, member *a,
                              bus_sums *s)
{
    const cef_index *track = e->track + run->at + 1;
    const lanes zero = lanes_all(0.0);
    lanes priced = zero, leaving = zero, from[SIDE_SMALL_LOOP + 1]; /* from: members, then elsewhere */
    *s = sum_units(e->line, track, run->n_unit);
    const lanes units = s->power;
    for (cef_index j = 0; j < m; j++)
        from[j] = zero;
    from[m] = units;
    track += 2 * run->n_unit;
    const cef_index *sender = track + 2 * run->n_in + run->n_out + run->kinds;
    for (cef_index k = 0; k < run->n_in; k++, track += 2, sender += 2) {
        const lanes p = at_track(e->line, track[0]), w = lanes_neg(lanes_lesser(p, zero));
#pragma GCC unroll 5
        for (cef_index j = 0; j <= m; j++)
            if (j != i)
                from[j] = lanes_add(from[j], lanes_where(mask_first(sender[0] == j ? LANES : 0), w));
        priced = lanes_add(priced, lanes_mul(w, at_track(e->line, sender[1])));
        s->power = lanes_add(s->power, w);
        leaving = lanes_add(leaving, p);
    }
    for (cef_index k = 0; k < run->n_out; k++)
        leaving = lanes_add(leaving, at_track(e->line, track[k]));
    settle_ends(s, units, leaving);
    for (cef_index j = 0; j < m; j++)
        a->received[j] = from[j];
    a->excess = from[m];
    a->rhs = lanes_add(s->made, priced);
}

/* Forward: row i takes over what row k received. Unrolled, members lie in registers. */
LANES_INLINE void eliminate(member *a, cef_index m, lanes pivot[SIDE_SMALL_LOOP], extent *x)
{
    const lanes zero = lanes_all(0.0);
#pragma GCC unroll 4
    for (cef_index k = 0; k < m; k++) {
        pivot[k] = a[k].excess;
        for (cef_index j = k + 1; j < m; j++)
            pivot[k] = lanes_add(pivot[k], a[k].received[j]);
        note_least(x, a[k].excess);
        for (cef_index j = k + 1; j < m; j++)
            note_least(x, a[k].received[j]);
        const lane_mask fed = lanes_less(zero, pivot[k]);
#pragma GCC unroll 4
        for (cef_index i = k + 1; i < m; i++) {
            const lanes f = lanes_divide(fed, a[i].received[k], pivot[k], zero);
            note_quotient(x, f);
            for (cef_index j = k + 1; j < m; j++)
                a[i].received[j] = lanes_add(a[i].received[j], lanes_mul(f, a[k].received[j]));
            a[i].excess = lanes_add(a[i].excess, lanes_mul(f, a[k].excess));
            a[i].rhs = lanes_add(a[i].rhs, lanes_mul(f, a[k].rhs));
        }
    }
}

LANES_INLINE void solve_small(side_engine *e, const side_run *loop, cef_index m, bus_sums sums[SIDE_SMALL_LOOP],
                              lane_mask *odd)
{
    const lanes zero = lanes_all(0.0);
    extent reached = extent_none();
    member a[SIDE_SMALL_LOOP];
    lanes pivot[SIDE_SMALL_LOOP], x[SIDE_SMALL_LOOP];
#pragma GCC unroll 4
    for (cef_index i = 0; i < m; i++)
        read_member(e, &loop[1 + i], i, m, &a[i], &sums[i]);
    member whole[SIDE_SMALL_LOOP];
#pragma GCC unroll 4
    for (cef_index i = 0; i < m; i++) { /* a call of memcpy would cost as much as a row */
        whole[i].rhs = a[i].rhs;
        for (cef_index j = 0; j < m; j++)
            whole[i].received[j] = a[i].received[j];
    }
    eliminate(a, m, pivot, &reached);
    *odd = mask_or(*odd, outside_extent(&reached));
#pragma GCC unroll 4
    for (cef_index k = m - 1; k >= 0; k--) {
        const lane_mask fed = lanes_less(zero, pivot[k]);
        lanes r = a[k].rhs;
        for (cef_index j = k + 1; j < m; j++)
            r = lanes_add(r, lanes_mul(a[k].received[j], x[j]));
        x[k] = lanes_divide(fed, r, pivot[k], zero);
        lanes_store(e->line + e->track[loop[1 + k].at], x[k]);
        put(e->pivot, k, pivot[k]);
    }
#pragma GCC unroll 4
    for (cef_index i = 0; i < m; i++) {
        sums[i].carbon = whole[i].rhs;
        for (cef_index j = 0; j < m; j++)
            sums[i].carbon = lanes_add(sums[i].carbon, lanes_mul(whole[i].received[j], x[j]));
    }
}

void KERNEL(side_small_loop)(side_engine *e, const side_run *loop, bus_sums sums[SIDE_SMALL_LOOP], lane_mask *odd)
{
    if (loop->loop == 2)
        solve_small(e, loop, 2, sums, odd);
    else if (loop->loop == 3)
        solve_small(e, loop, 3, sums, odd);
    else
        solve_small(e, loop, 4, sums, odd);
}
