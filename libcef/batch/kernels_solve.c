/* SPDX-License-Identifier: Apache-2.0 */
/* The sweep, eight periods at a time, upstream first in the order of the union; rows of loops are verified as soon as
 * they are solved, and what is said of a period is gathered on the way. */
#include "batch/sweep.h"

/* Backward error of a row of a loop. Its sums are rounded, which the verdict allows for; so it does for the one
 * division that prices any other bus, whose row cannot be wrong by more. */
LANES_INLINE void verify(side_findings *f, const bus_sums *s, lanes x)
{
    const lanes out = lanes_mul(s->power, x), size = lanes_abs(lanes_sub(s->carbon, out));
    const lanes scale = lanes_add(s->carbon, out);
    const lane_mask look = mask_without(mask_first(LANES), lanes_at_most(size, lanes_mul(f->limit, scale)));
    if (!mask_any(look))
        return;
    const lanes quotient = lanes_divide(look, size, scale, lanes_all(0.0));
    f->backward = lanes_greater(quotient, f->backward);
    f->limit = lanes_mul(f->backward, lanes_all(1.0 - 0x1p-50));
}

/* What is said of a bus once it is priced. x is SIDE_UNDEFINED where it is not fed. */
LANES_INLINE void note(side_findings *f, const bus_sums *s, lane_mask fed, lanes x)
{
    const lanes zero = lanes_all(0.0);
    f->odd = mask_or(f->odd, mask_without(lanes_less(s->imbalance, zero), fed)); /* gives what it does not get */
    f->balance = lanes_greater(lanes_abs(s->imbalance), f->balance);
    f->least = lanes_lesser_where(fed, x, f->least);
    f->most = lanes_greater(x, f->most);
    f->smallest = lanes_lesser_where(lanes_less(zero, x), x, f->smallest);
    f->generation = lanes_add(f->generation, s->made);
    f->load = lanes_add(f->load, lanes_mul(s->drawn, x));
    f->loss = lanes_add(f->loss, lanes_sub(lanes_mul(s->sent, x), lanes_sub(s->carbon, s->made)));
    f->mismatch = lanes_add(f->mismatch, lanes_mul(s->imbalance, x));
}

/* Exports and stores of a bus: out of the totals in which note booked them. */
static void note_kinds(const side_engine *e, cef_index bus, const cef_index *track, lanes x, side_findings *f)
{
    const cef_index loads = LANES * e->first_tile[TILE_LOAD], stores = LANES * e->first_tile[TILE_STORAGE];
    const lanes zero = lanes_all(0.0);
    for (cef_index u = e->unit_start[bus]; u < e->unit_start[bus + 1]; u++, track += 2) {
        const cef_index unit = e->unit[u];
        if (unit < loads || (unit < stores && e->net->load_kind[unit - loads] != CEF_LOAD_EXPORT))
            continue;
        const lanes p = at_track(e->line, track[0]), drawn = lanes_mul(lanes_greater(lanes_neg(p), zero), x);
        f->load = lanes_sub(f->load, drawn);
        if (unit < stores) {
            f->exported = lanes_add(f->exported, drawn);
            continue;
        }
        const lanes made = lanes_where(lanes_less(zero, p), lanes_mul(p, at_track(e->line, track[1])));
        f->generation = lanes_sub(f->generation, made);
        f->storage = lanes_add(f->storage, lanes_sub(drawn, made));
        f->stored_in = lanes_add(f->stored_in, made);
    }
}

typedef struct {
    side_engine *e;
    const side_group *g;
    side_findings found;
} sweep;

LANES_INLINE void settle(sweep *w, const side_run *run, const cef_index *track, const bus_sums *s, lane_mask fed,
                         lanes x)
{
    lanes_store(w->e->line + track[0], x);
    if (w->g->wants_throughput)
        lanes_store(w->e->line + track[0] + LANES * LANES, s->power);
    note(&w->found, s, fed, x);
    if (!run->kinds)
        return;
    side_findings found = w->found; /* whose address is known may change with every store */
    note_kinds(w->e, track[track_length(run->n_unit, run->n_in, run->n_out)], track + 1, x, &found);
    w->found = found;
}

/* run: of the shape given. */
LANES_INLINE void sweep_shape(sweep *w, const side_run *run, cef_index n_unit, cef_index n_in, cef_index n_out)
{
    const cef_index step = track_length(n_unit, n_in, n_out) + run->kinds;
    const lanes undefined = lanes_all(SIDE_UNDEFINED);
    const double *line = w->e->line;
    const cef_index *track = w->e->track + run->at;
    for (cef_index k = 0; k < run->count; k++, track += step) {
        const bus_sums s = sum_bus(line, track + 1, n_unit, n_in, n_out);
        const lane_mask fed = lanes_less(lanes_all(0.0), s.power);
        settle(w, run, track, &s, fed, lanes_divide(fed, s.carbon, s.power, undefined));
    }
}

/* The first of two looks at a bus of a tree (list.c): its intensity where its parent does not feed it. */
LANES_INLINE void look_ahead(sweep *w, const side_run *run)
{
    const cef_index step = track_length(run->n_unit, run->n_in, 0);
    const lanes zero = lanes_all(0.0);
    double *line = w->e->line;
    const cef_index *track = w->e->track + run->at;
    for (cef_index k = 0; k < run->count; k++, track += step) {
        bus_sums s = sum_units(line, track + 1, run->n_unit);
        const cef_index *end = track + 1 + 2 * run->n_unit;
        for (cef_index i = 0; i < run->n_in; i++, end += 2) {
            const lanes p = at_track(line, end[0]), entering = lanes_lesser(p, zero);
            s.carbon = lanes_sub(s.carbon, lanes_mul(entering, at_track(line, end[1])));
            s.power = lanes_sub(s.power, entering);
        }
        const lane_mask fed = lanes_less(zero, s.power);
        lanes_store(line + track[0], lanes_divide(fed, s.carbon, s.power, lanes_all(SIDE_UNDEFINED)));
    }
}

/* Nine in ten buses have one of these lists. Octal: their lengths. */
LANES_INLINE void sweep_run(sweep *w, const side_run *run)
{
    const bool one_digit_each = run->n_in < 8 && run->n_out < 8;
    switch (one_digit_each ? run->n_unit * 64 + run->n_in * 8 + run->n_out : 0) {
    case 0122: sweep_shape(w, run, 1, 2, 2); return;
    case 0102: sweep_shape(w, run, 1, 0, 2); return;
    case 0124: sweep_shape(w, run, 1, 2, 4); return;
    case 0142: sweep_shape(w, run, 1, 4, 2); return;
    case 0222: sweep_shape(w, run, 2, 2, 2); return;
    default: sweep_shape(w, run, run->n_unit, run->n_in, run->n_out);
    }
}

/* A member of a loop whose x is found. */
LANES_INLINE void settle_member(sweep *w, const side_run *run, const bus_sums *s, cef_index member)
{
    const cef_index *track = w->e->track + run->at;
    const lanes zero = lanes_all(0.0);
    const lane_mask fed = lanes_less(zero, s->power);
    const lane_mask unfed = mask_without(fed, lanes_less(zero, at(w->e->pivot, member))); /* by nobody outside */
    w->found.odd = mask_or(w->found.odd, unfed);
    const lanes x = lanes_select(fed, at_track(w->e->line, track[0]), lanes_all(SIDE_UNDEFINED));
    verify(&w->found, s, x);
    settle(w, run, track, s, fed, x);
}

LANES_INLINE void sweep_loop(sweep *w, const side_run *loop)
{
    const side_run *run = loop + 1;
    lane_mask odd = mask_first(0);
    if (loop->loop <= SIDE_SMALL_LOOP) {
        bus_sums sums[SIDE_SMALL_LOOP];
        KERNEL(side_small_loop)(w->e, loop, sums, &odd);
        for (cef_index k = 0; k < loop->loop; k++)
            settle_member(w, &run[k], &sums[k], k);
    } else {
        KERNEL(side_loop)(w->e, loop, &odd);
        for (cef_index k = 0; k < loop->loop; k++) {
            const cef_index *track = w->e->track + run[k].at + 1;
            const bus_sums s = sum_bus(w->e->line, track, run[k].n_unit, run[k].n_in, run[k].n_out);
            settle_member(w, &run[k], &s, k);
        }
    }
    w->found.odd = mask_or(w->found.odd, odd);
}

static void sweep_chunk(side_engine *e, const side_group *g, cef_index chunk, side_findings *found)
{
    sweep w = {e, g, *found};
    side_pages pages;
    side_list_pages(e, g, chunk, &pages);
    for (cef_index r = e->chunk[chunk].run; r < e->chunk[chunk + 1].run; r++) {
        const side_run *run = &e->run[r];
        for (int k = 0; k < 2 && pages.next < pages.n; k++)
            __builtin_prefetch(pages.at[pages.next++]);
        if (run->ahead) {
            look_ahead(&w, run);
            continue;
        }
        if (run->loop == 0) {
            sweep_run(&w, run);
            continue;
        }
        sweep_loop(&w, run);
        r += run->loop;
    }
    *found = w.found;
    for (; pages.next < pages.n; pages.next++)
        __builtin_prefetch(pages.at[pages.next]);
}

static void report(const side_findings *found, side_group *g)
{
    lanes_store(g->odd, lanes_where(found->odd, lanes_all(1.0)));
    lanes_store(g->least_source, found->least_source);
    lanes_store(g->most_source, found->most_source);
    lanes_store(g->backward, found->backward);
    lanes_store(g->balance, found->balance);
    lanes_store(g->least, found->least);
    lanes_store(g->most, found->most);
    lanes_store(g->smallest, found->smallest);
    lanes_store(g->generation, found->generation);
    lanes_store(g->load, found->load);
    lanes_store(g->loss, found->loss);
    lanes_store(g->mismatch, found->mismatch);
    lanes_store(g->exported, found->exported);
    lanes_store(g->storage, found->storage);
    lanes_store(g->stored_in, found->stored_in);
}

void KERNEL(side_solve)(side_engine *e, side_group *g)
{
    const lanes zero = lanes_all(0.0), above = lanes_all(INFINITY), below = lanes_all(-INFINITY);
    side_findings found = {zero, zero, zero, above, below, lanes_all(1.0), above, below,
                           zero, zero, zero, zero,  zero,  zero,           zero,  mask_first(0)};
    put(e->line, SIDE_LINE_OF_LOADS, lanes_all(e->settings->negative_load_intensity));
    put(e->line, SIDE_NOTHING, zero);
    for (cef_index c = 0; c < e->n_chunk; c++) {
        KERNEL(side_open)(e, g, c, &found);
        sweep_chunk(e, g, c, &found);
        KERNEL(side_close)(e, g, c);
    }
    lanes_stream_end();
    report(&found, g);
}

const side_kernels KERNEL(side_kernels) = {KERNEL(side_classify), KERNEL(side_solve)};
