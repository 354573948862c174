/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room batch, for kernels: what comes together at a bus. */
#ifndef CEF_BATCH_SWEEP_H
#define CEF_BATCH_SWEEP_H

#include "batch/kernels.h"

/* What the track names. */
LANES_INLINE lanes at_track(const double *line, cef_index entry) { return lanes_load(line + entry); }

typedef struct {
    lanes carbon, power; /* in, tCO2/h and MW */
    lanes made;          /* carbon of units */
    lanes drawn, sent;   /* out: by units and loss loads of branches, MW */
    lanes imbalance;     /* in less out, MW */
} bus_sums;

/* Units in the network's order, as the solver sums them. What goes out is what comes in less all signed powers: an
 * addition a unit, where looking at each for its sign would take two operations. */
LANES_INLINE bus_sums sum_units(const double *line, const cef_index *track, cef_index n_unit)
{
    const lanes zero = lanes_all(0.0);
    bus_sums s = {zero, zero, zero, zero, zero, zero};
    for (cef_index k = 0; k < n_unit; k++, track += 2) {
        const lanes p = at_track(line, track[0]), entering = lanes_greater(p, zero);
        s.carbon = lanes_add(s.carbon, lanes_mul(entering, at_track(line, track[1])));
        s.power = k == 0 ? entering : lanes_add(s.power, entering);
        s.imbalance = k == 0 ? p : lanes_add(s.imbalance, p);
    }
    s.made = s.carbon;
    s.drawn = lanes_sub(s.power, s.imbalance);
    return s;
}

/* leaving: all signed powers at the ends of branches, whose power in is now in s->power too; units: without it. */
LANES_INLINE void settle_ends(bus_sums *s, lanes units, lanes leaving)
{
    s->sent = lanes_add(lanes_sub(s->power, units), leaving);
    s->imbalance = lanes_sub(s->imbalance, leaving);
}

/* Units, then ends at which power may enter in the network's order, then other ends. Subtracting what is below 0 adds.
 */
LANES_INLINE bus_sums sum_bus(const double *line, const cef_index *track, cef_index n_unit, cef_index n_in,
                              cef_index n_out)
{
    const lanes zero = lanes_all(0.0);
    bus_sums s = sum_units(line, track, n_unit);
    const lanes units = s.power;
    lanes leaving = zero;
    track += 2 * n_unit;
    for (cef_index k = 0; k < n_in; k++, track += 2) {
        const lanes p = at_track(line, track[0]), entering = lanes_lesser(p, zero);
        s.carbon = lanes_sub(s.carbon, lanes_mul(entering, at_track(line, track[1])));
        s.power = lanes_sub(s.power, entering);
        leaving = k == 0 ? p : lanes_add(leaving, p);
    }
    for (; n_out > 0; n_out--, track++)
        leaving = lanes_add(leaving, at_track(line, *track));
    settle_ends(&s, units, leaving);
    return s;
}

LANES_INLINE cef_index track_length(cef_index n_unit, cef_index n_in, cef_index n_out)
{
    return 1 + 2 * n_unit + 2 * n_in + n_out;
}

/* What an elimination reached: products of what is below or above this may underflow, and the solver decides. */
typedef struct {
    lanes least, most; /* of what is above 0; of quotients */
} extent;

LANES_INLINE extent extent_none(void) { return (extent){lanes_all(1.0), lanes_all(0.0)}; }

LANES_INLINE void note_least(extent *x, lanes a)
{
    x->least = lanes_lesser_where(lanes_less(lanes_all(0.0), a), a, x->least);
}

LANES_INLINE void note_quotient(extent *x, lanes f)
{
    note_least(x, f);
    x->most = lanes_greater(f, x->most);
}

LANES_INLINE lane_mask outside_extent(const extent *x)
{
    return mask_or(lanes_less(x->least, lanes_all(GTH_TINY)), lanes_less(lanes_all(1.0 / GTH_TINY), x->most));
}

/* One loop of at most SIDE_SMALL_LOOP buses: their x and pivots, and what comes together at each. Adds to odd. */
void KERNEL(side_small_loop)(side_engine *e, const side_run *loop, bus_sums sums[SIDE_SMALL_LOOP], lane_mask *odd);

#endif /* CEF_BATCH_SWEEP_H */
