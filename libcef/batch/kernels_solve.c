/* SPDX-License-Identifier: Apache-2.0 */
/* The sweep, eight periods at a time, upstream first in the order of the union; every row is verified as soon as it is
 * solved, and what is said of a period is gathered on the way. */
#include "batch/sweep.h"

typedef struct {
    lanes backward, limit; /* limit: just below backward; rows under it need no division */
    lanes balance, least, most, smallest;
    lanes generation, load, loss, mismatch, exported, storage, stored_in;
    lane_mask odd;
} sweep_findings;

/* Backward error of a row. Its sums are rounded, which the verdict allows for. */
LANES_INLINE void verify(sweep_findings *f, const bus_sums *s, lanes x)
{
    const lanes out = s->power * x, size = lanes_abs(s->carbon - out), scale = s->carbon + out;
    const lane_mask look = mask_without(mask_first(LANES), lanes_at_most(size, f->limit * scale));
    if (!mask_any(look))
        return;
    const lanes quotient = lanes_where(look, size / lanes_select(look, scale, lanes_all(1.0)));
    f->backward = lanes_greater(quotient, f->backward);
    f->limit = f->backward * lanes_all(1.0 - 0x1p-50);
}

/* What is said of a bus once it is priced. x is SIDE_UNDEFINED where no power passes. */
LANES_INLINE void note(sweep_findings *f, const bus_sums *s, lanes x)
{
    const lanes zero = lanes_all(0.0), imbalance = (s->power - s->sent) - s->drawn;
    const lane_mask defined = lanes_less(zero, s->power);
    verify(f, s, x);
    f->odd = mask_or(f->odd, mask_without(lanes_less(imbalance, zero), defined)); /* gives what it does not get */
    f->balance = lanes_greater(lanes_abs(imbalance), f->balance);
    f->least = lanes_lesser(lanes_select(defined, x, f->least), f->least);
    f->most = lanes_greater(x, f->most);
    f->smallest = lanes_lesser(lanes_select(lanes_less(zero, x), x, f->smallest), f->smallest);
    f->generation += s->made;
    f->load += s->drawn * x;
    f->loss += s->sent * x - (s->carbon - s->made);
    f->mismatch += imbalance * x;
}

/* Exports and stores of a bus: out of the totals in which note booked them. */
static void note_kinds(const side_engine *e, const side_run *run, const cef_index *track, lanes x, sweep_findings *f)
{
    const lanes zero = lanes_all(0.0);
    for (cef_index u = 0; u < run->n_unit; u++, track += 2) {
        const bool store = track[0] >= e->lines.storage, load = track[0] >= e->lines.load && !store;
        if (!store && !(load && e->net->load_kind[track[0] - e->lines.load] == CEF_LOAD_EXPORT))
            continue;
        const lanes p = at(e->line, track[0]), drawn = lanes_greater(p, zero) * x;
        f->load -= drawn;
        if (!store) {
            f->exported += drawn;
            continue;
        }
        const lanes made = lanes_where(lanes_less(p, zero), -p * at(e->line, track[1]));
        f->generation -= made;
        f->storage += drawn - made;
        f->stored_in += made;
    }
}

LANES_INLINE void settle(side_engine *e, const side_run *run, const cef_index *track, const bus_sums *s, lanes x,
                         sweep_findings *found)
{
    put(e->power, track[0] - e->lines.x, s->power);
    note(found, s, x);
    if (run->kinds)
        note_kinds(e, run, track + 1, x, found);
}

LANES_INLINE void sweep_run(side_engine *e, const side_run *run, sweep_findings *found)
{
    const cef_index step = track_length(run);
    const cef_index *track = e->track + run->at;
    for (cef_index k = 0; k < run->count; k++, track += step) {
        const bus_sums s = sum_bus(e->line, track + 1, run->n_unit, run->n_in, run->n_out);
        const lane_mask fed = lanes_less(lanes_all(0.0), s.power);
        const lanes x =
            lanes_select(fed, s.carbon / lanes_select(fed, s.power, lanes_all(1.0)), lanes_all(SIDE_UNDEFINED));
        put(e->line, track[0], x);
        settle(e, run, track, &s, x, found);
    }
}

static void sweep_loop(side_engine *e, side_group *g, const side_run *loop, sweep_findings *found)
{
    KERNEL(side_loop)(e, g, loop);
    for (const side_run *run = loop + 1; run <= loop + loop->loop; run++) {
        const cef_index *track = e->track + run->at;
        const bus_sums s = sum_bus(e->line, track + 1, run->n_unit, run->n_in, run->n_out);
        settle(e, run, track, &s, at(e->line, track[0]), found);
    }
}

void KERNEL(side_solve)(side_engine *e, side_group *g)
{
    const lanes zero = lanes_all(0.0);
    sweep_findings found = {.least = lanes_all(INFINITY), .most = lanes_all(-INFINITY), .smallest = lanes_all(1.0)};
    found.backward = found.limit = found.balance = zero;
    for (cef_index r = 0; r < e->n_run; r++) {
        const side_run *run = &e->run[r];
        if (run->loop == 0) {
            sweep_run(e, run, &found);
            continue;
        }
        sweep_loop(e, g, run, &found);
        r += run->loop;
    }
    note_odd(g, found.odd);
    lanes_store(g->backward, found.backward);
    lanes_store(g->balance, found.balance);
    lanes_store(g->least, found.least);
    lanes_store(g->most, found.most);
    lanes_store(g->smallest, found.smallest);
    lanes_store(g->generation, found.generation);
    lanes_store(g->load, found.load);
    lanes_store(g->loss, found.loss);
    lanes_store(g->mismatch, found.mismatch);
    lanes_store(g->exported, found.exported);
    lanes_store(g->storage, found.storage);
    lanes_store(g->stored_in, found.stored_in);
}

const side_kernels KERNEL(side_kernels) = {KERNEL(side_classify), KERNEL(side_read), KERNEL(side_solve),
                                           KERNEL(side_write)};
