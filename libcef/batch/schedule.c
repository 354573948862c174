/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which the sweep reads its lines, laid out as one track of line numbers: chunk by chunk, level by level
 * in a chunk, and within a level buses with lists of the same lengths together, so that no loop has a count to guess.
 */
#include "batch/side.h"

enum { CLASSES = 513, LOOP = 512 }; /* units 0..3, inflows 0..7, other ends 0..7, kinds; loops */

void side_carve_schedule(cef_arena *arena, side_engine *e)
{
    const cef_network *net = e->net;
    const size_t n_bus = (size_t) net->n_bus, n_branch = (size_t) net->n_branch;
    const size_t n_unit = (size_t) net->n_gen + (size_t) net->n_load + (size_t) net->n_storage;
    const size_t n_tile = (size_t) side_tiles_of(net->n_branch) + (size_t) side_tiles_of(net->n_gen) +
                          (size_t) side_tiles_of(net->n_load) + (size_t) side_tiles_of(net->n_storage) +
                          (size_t) side_tiles_of(net->n_bus);
    ARENA_ARRAY(arena, e->unit_start, n_bus + 1);
    ARENA_ARRAY(arena, e->unit, n_unit);
    ARENA_ARRAY(arena, e->run, 2 * n_bus);
    ARENA_ARRAY(arena, e->chunk, n_bus + 1);
    ARENA_ARRAY(arena, e->opens, n_tile);
    ARENA_ARRAY(arena, e->closes, n_tile);
    ARENA_ARRAY(arena, e->slot, n_tile);
    ARENA_ARRAY(arena, e->track, n_bus + 2 * n_unit + 4 * n_branch);
    ARENA_ARRAY(arena, e->line, (n_bus + 1 + 2 * LANES * n_tile) * LANES);
    side_plan *p = &e->plan;
    ARENA_ARRAY(arena, p->sequence, n_bus);
    ARENA_ARRAY(arena, p->chunk_of, n_bus);
    ARENA_ARRAY(arena, p->depth, n_bus);
    ARENA_ARRAY(arena, p->stack, n_bus);
    ARENA_ARRAY(arena, p->cursor, n_bus);
    ARENA_ARRAY(arena, p->sorted, n_bus);
    ARENA_ARRAY(arena, p->length_class, n_bus);
    ARENA_ARRAY(arena, p->first, n_tile);
    ARENA_ARRAY(arena, p->last, n_tile);
    ARENA_ARRAY(arena, p->free_slot, n_tile);
    ARENA_ARRAY(arena, p->count, n_bus + 2);
}

/* ---- one bus ---- */

static bool has_kinds(const side_engine *e, cef_index bus)
{
    const cef_index loads = LANES * e->first_tile[TILE_LOAD], stores = LANES * e->first_tile[TILE_STORAGE];
    bool kinds = false;
    for (cef_index u = e->unit_start[bus]; u < e->unit_start[bus + 1]; u++) {
        const cef_index unit = e->unit[u];
        kinds |= unit >= stores || (unit >= loads && e->net->load_kind[unit - loads] == CEF_LOAD_EXPORT);
    }
    return kinds;
}

static side_run lengths_of(const side_engine *e, cef_index bus)
{
    side_run run = {.count = 1, .n_unit = e->unit_start[bus + 1] - e->unit_start[bus], .kinds = has_kinds(e, bus)};
    for (cef_index k = e->net->end_start[bus]; k < e->net->end_start[bus + 1]; k++)
        *(side_may_enter(e, bus, e->net->end[k].branch) ? &run.n_in : &run.n_out) += 1;
    return run;
}

static uint16_t class_of(const side_engine *e, cef_index bus)
{
    if (e->order.block[bus] >= 0)
        return LOOP;
    const side_run run = lengths_of(e, bus);
    const cef_index units = run.n_unit < 3 ? run.n_unit : 3, in = run.n_in < 7 ? run.n_in : 7,
                    out = run.n_out < 7 ? run.n_out : 7;
    return (uint16_t) (((run.kinds * 4 + units) * 8 + in) * 8 + out);
}

static cef_index *write_units(const side_engine *e, cef_index bus, cef_index *track)
{
    for (cef_index u = e->unit_start[bus]; u < e->unit_start[bus + 1]; u++) {
        const cef_index tile = e->unit[u] / LANES, line = e->slot[tile] + e->unit[u] % LANES;
        const bool shared =
            !e->has_load_intensity && tile >= e->first_tile[TILE_LOAD] && tile < e->first_tile[TILE_STORAGE];
        *track++ = line;
        *track++ = shared ? e->net->n_bus : line + LANES;
    }
    return track;
}

static cef_index *write_bus(const side_engine *e, cef_index bus, cef_index *track)
{
    const cef_network *net = e->net;
    *track++ = bus;
    track = write_units(e, bus, track);
    for (int enters = 1; enters >= 0; enters--)
        for (cef_index k = net->end_start[bus]; k < net->end_start[bus + 1]; k++) {
            const network_end end = net->end[k];
            if (side_may_enter(e, bus, end.branch) != enters)
                continue;
            *track++ = e->slot[end.branch / LANES] + 2 * (end.branch % LANES) + (net->branch_from[end.branch] != bus);
            if (enters)
                *track++ = end.other;
        }
    return track;
}

/* ---- runs ---- */

typedef struct {
    side_engine *e;
    cef_index *track;
    side_run last; /* what may still grow */
} scribe;

static bool alike(side_run a, side_run b)
{
    return a.n_unit == b.n_unit && a.n_in == b.n_in && a.n_out == b.n_out && a.kinds == b.kinds;
}

static void close_run(scribe *s)
{
    if (s->last.count > 0)
        s->e->run[s->e->n_run++] = s->last;
    s->last = (side_run){0};
}

static void append(scribe *s, cef_index bus)
{
    side_engine *e = s->e;
    side_run run = lengths_of(e, bus);
    const cef_index terms = run.n_unit + run.n_in + run.n_out;
    e->most_terms = terms > e->most_terms ? terms : e->most_terms;
    run.at = (cef_index) (s->track - e->track);
    s->track = write_bus(e, bus, s->track);
    if (s->last.count > 0 && alike(s->last, run)) {
        s->last.count++;
        return;
    }
    close_run(s);
    s->last = run;
}

static void append_loop(scribe *s, cef_index leader)
{
    const order_state *o = &s->e->order;
    const cef_index first = o->block_start[o->block[leader]], end = o->block_start[o->block[leader] + 1];
    close_run(s);
    s->e->run[s->e->n_run++] = (side_run){.loop = end - first};
    for (cef_index k = first; k < end; k++) {
        append(s, o->block_bus[k]);
        close_run(s);
    }
}

/* ---- chunks ---- */

typedef struct { /* buses and first members of loops */
    cef_index *bus;
    cef_index n;
} leader_list;

/* Takes the chunk's part of the sequence, which begins at `first`. */
static leader_list leaders_in(side_engine *e, cef_index first, cef_index chunk, cef_index *next)
{
    const order_state *o = &e->order;
    leader_list list = {e->plan.stack, 0};
    cef_index k = first;
    for (; k < e->net->n_bus && e->plan.chunk_of[e->plan.sequence[k]] == chunk; k++) {
        const cef_index bus = e->plan.sequence[k], block = o->block[bus];
        if (block < 0 || o->block_bus[o->block_start[block]] == bus)
            list.bus[list.n++] = bus;
    }
    *next = k;
    return list;
}

static void add_up(cef_index *end, cef_index n)
{
    for (cef_index k = 0; k < n; k++)
        end[k + 1] += end[k];
}

/* By depth, and at one depth by class. */
static void sort_leaders(side_engine *e, leader_list list)
{
    cef_index by_class[CLASSES + 1] = {0}, *by_depth = e->plan.count;
    memset(by_depth, 0, ((size_t) list.n + 1) * sizeof *by_depth);
    for (cef_index k = 0; k < list.n; k++) {
        const uint16_t class = e->plan.length_class[k] = class_of(e, list.bus[k]);
        by_class[class + 1]++;
        by_depth[e->plan.depth[list.bus[k]] + 1]++; /* depths are below list.n */
    }
    add_up(by_class, CLASSES);
    add_up(by_depth, list.n);
    for (cef_index k = 0; k < list.n; k++)
        e->plan.sorted[by_class[e->plan.length_class[k]]++] = list.bus[k];
    for (cef_index k = 0; k < list.n; k++)
        list.bus[by_depth[e->plan.depth[e->plan.sorted[k]]]++] = e->plan.sorted[k];
}

static void give_slots(side_engine *e, cef_index chunk, cef_index *n_free)
{
    for (cef_index k = e->chunk[chunk].open; k < e->chunk[chunk + 1].open; k++)
        e->slot[e->opens[k]] = e->plan.free_slot[--*n_free];
}

static void take_slots(side_engine *e, cef_index chunk, cef_index *n_free)
{
    for (cef_index k = e->chunk[chunk + 1].close - 1; k >= e->chunk[chunk].close; k--)
        e->plan.free_slot[(*n_free)++] = e->slot[e->closes[k]];
}

void side_schedule(side_engine *e)
{
    scribe s = {.e = e, .track = e->track};
    cef_index next = 0, n_free = 0;
    e->n_run = e->most_terms = 0;
    side_list_tiles(e, side_cut_chunks(e));
    for (cef_index slot = e->first_tile[TILE_KINDS] - 1; slot >= 0; slot--)
        e->plan.free_slot[n_free++] = e->net->n_bus + 1 + 2 * LANES * slot;
    for (cef_index c = 0; c < e->n_chunk; c++) {
        const leader_list list = leaders_in(e, next, c, &next);
        sort_leaders(e, list);
        give_slots(e, c, &n_free);
        for (cef_index k = 0; k < list.n; k++)
            if (e->order.block[list.bus[k]] >= 0)
                append_loop(&s, list.bus[k]);
            else
                append(&s, list.bus[k]);
        close_run(&s);
        take_slots(e, c, &n_free);
        e->chunk[c + 1].run = e->n_run;
    }
}
