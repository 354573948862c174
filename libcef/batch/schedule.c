/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which the sweep reads its lines, laid out as one track of line numbers: chunk by chunk, step by step in
 * a chunk (list.c), so that buses with lists of the same lengths stand together and no loop has a count to guess. */
#include "batch/track.h"

enum { FETCH_AHEAD = 6, DIGIT = 10 };

void side_carve_schedule(cef_arena *arena, side_engine *e)
{
    const cef_network *net = e->net;
    const size_t n_bus = (size_t) net->n_bus, n_branch = (size_t) net->n_branch;
    const size_t n_unit = (size_t) net->n_gen + (size_t) net->n_load + (size_t) net->n_storage;
    const size_t n_tile = (size_t) side_tiles_of(net->n_branch) + (size_t) side_tiles_of(net->n_gen) +
                          (size_t) side_tiles_of(net->n_load) + (size_t) side_tiles_of(net->n_storage) +
                          (size_t) side_tiles_of(net->n_bus);
    ARENA_ARRAY(arena, e->unit_start, n_bus + 1);
    ARENA_ARRAY(arena, e->unit, n_unit + 1);
    ARENA_ARRAY(arena, e->unit_class, n_bus);
    ARENA_ARRAY(arena, e->run, 3 * n_bus);
    ARENA_ARRAY(arena, e->chunk, n_bus + 1);
    ARENA_ARRAY(arena, e->opens, n_tile);
    ARENA_ARRAY(arena, e->closes, n_tile);
    ARENA_ARRAY(arena, e->slot, n_tile);
    ARENA_ARRAY(arena, e->track, 13 * n_bus + 4 * n_unit + 8 * n_branch);
    ARENA_ARRAY(arena, e->line, (SIDE_FIRST_SLOT + 2 * LANES * n_tile) * LANES);
    side_plan *p = &e->plan;
    ARENA_ARRAY(arena, p->end, net->end_start[net->n_bus] + 1);
    ARENA_ARRAY(arena, p->first_out, n_bus);
    ARENA_ARRAY(arena, p->length_class, n_bus);
    ARENA_ARRAY(arena, p->number, n_bus);
    ARENA_ARRAY(arena, p->place, n_bus);
    ARENA_ARRAY(arena, p->path, n_bus);
    ARENA_ARRAY(arena, p->held, n_bus);
    ARENA_ARRAY(arena, p->sequence, n_bus);
    ARENA_ARRAY(arena, p->loop, n_bus);
    ARENA_ARRAY(arena, p->ahead, n_bus);
    ARENA_ARRAY(arena, p->parent, n_bus);
    ARENA_ARRAY(arena, p->in_loop, n_bus);
    ARENA_ARRAY(arena, p->chunk_of, n_bus);
    ARENA_ARRAY(arena, p->leader, SIDE_MOST_LEADERS);
    ARENA_ARRAY(arena, p->sorted, SIDE_MOST_LEADERS);
    ARENA_ARRAY(arena, p->first, n_tile);
    ARENA_ARRAY(arena, p->last, n_tile);
    ARENA_ARRAY(arena, p->asked, (size_t) side_tiles_of(net->n_bus));
    ARENA_ARRAY(arena, p->frees, n_tile);
    ARENA_ARRAY(arena, p->free_slot, n_tile);
    ARENA_ARRAY(arena, p->count, n_bus + 2);
}

/* ---- runs ---- */

typedef struct {
    side_engine *e;
    cef_index *track;
    cef_index length_class; /* of the last run, which may still grow; -1: none */
} scribe;

static inline bool alike(side_run a, side_run b)
{
    return a.n_unit == b.n_unit && a.n_in == b.n_in && a.n_out == b.n_out && a.kinds == b.kinds && a.ahead == b.ahead;
}

/* Are all buses of the class alike? The last one of each length holds longer lists too. */
static inline bool says_all(cef_index length_class)
{
    const cef_index of_in = length_class < AHEAD ? length_class / 8 : length_class - AHEAD;
    return of_in / 8 % SIDE_KINDS < SIDE_KINDS - 1 && of_in % 8 < 7 && (length_class > LOOP || length_class % 8 < 7);
}

/* A run that the bus may join, or a new one. */
static void open_run(scribe *s, cef_index bus, cef_index length_class)
{
    side_engine *e = s->e;
    side_run run = length_class < AHEAD ? padded_lengths_of(e, bus) : ahead_lengths_of(e, bus);
    const cef_index terms = run.n_unit + run.n_in + run.n_out;
    const bool grows = s->length_class >= 0 && alike(e->run[e->n_run - 1], run);
    s->length_class = length_class;
    if (grows)
        return;
    e->most_terms = terms > e->most_terms ? terms : e->most_terms;
    run.at = (cef_index) (s->track - e->track);
    run.count = 0;
    e->run[e->n_run++] = run;
}

static inline void append(scribe *s, cef_index bus, cef_index length_class)
{
    if (length_class != s->length_class || !says_all(length_class))
        open_run(s, bus, length_class);
    side_run *run = &s->e->run[s->e->n_run - 1];
    run->count++;
    s->track = write_bus(s->e, bus, run, s->track);
}

static void append_loop(scribe *s, cef_index bus)
{
    side_engine *e = s->e;
    const cef_index first_position = e->plan.place[bus].position, m = e->plan.loop[first_position];
    e->run[e->n_run++] = (side_run){.loop = m, .at = e->n_fill};
    if (m > SIDE_SMALL_LOOP)
        side_fill_loop(e, first_position, m);
    for (cef_index k = first_position; k < first_position + m; k++) {
        s->length_class = -1;
        append(s, e->plan.sequence[k], 0);
        s->track = write_members(e, e->plan.sequence[k], first_position, m, e->run[e->n_run - 1].n_in, s->track);
    }
    s->length_class = -1;
}

/* ---- chunks ---- */

static inline void fetch_lists(const side_engine *e, const side_leader *leader)
{
    __builtin_prefetch(&e->plan.end[e->net->end_start[leader->bus]]);
    __builtin_prefetch(&e->plan.first_out[leader->bus]);
    __builtin_prefetch(&e->unit[e->unit_start[leader->bus]]);
}

/* Takes the chunk's part of the sequence, which begins at `position`; returns the number of leaders. */
static cef_index leaders_in(side_engine *e, cef_index chunk, cef_index *position)
{
    const side_plan *p = &e->plan;
    cef_index n = 0, k = *position;
    while (k < e->net->n_bus && p->chunk_of[p->sequence[k]] == chunk) {
        const cef_index bus = p->sequence[k], m = p->loop[k];
        const uint16_t length_class = p->length_class[bus];
        if (p->ahead[k] > 0)
            p->leader[n++] = (side_leader){bus, p->ahead[k] - 1, ahead_class_of(length_class)};
        p->leader[n++] = (side_leader){bus, p->place[bus].step, m > 0 ? LOOP : length_class};
        k += m > 0 ? m : 1;
    }
    *position = k;
    return n;
}

static inline cef_index digit(cef_index step, int shift) { return step >> shift & ((1 << DIGIT) - 1); }

static void add_up(cef_index *end, cef_index n)
{
    for (cef_index k = 0; k < n; k++)
        end[k + 1] += end[k];
}

/* By step, digit by digit from the last one on. */
static void sort_leaders(side_plan *p, cef_index n)
{
    cef_index most = 0;
    for (cef_index k = 0; k < n; k++)
        most = p->leader[k].step > most ? p->leader[k].step : most;
    for (int shift = 0; most >> shift > 0; shift += DIGIT) {
        cef_index start[(1 << DIGIT) + 1] = {0};
        for (cef_index k = 0; k < n; k++)
            start[digit(p->leader[k].step, shift) + 1]++;
        add_up(start, 1 << DIGIT);
        for (cef_index k = 0; k < n; k++)
            p->sorted[start[digit(p->leader[k].step, shift)]++] = p->leader[k];
        side_leader *sorted = p->sorted;
        p->sorted = p->leader;
        p->leader = sorted;
    }
}

static void give_slots(side_engine *e, cef_index chunk, cef_index *n_free)
{
    for (cef_index k = e->chunk[chunk].open; k < e->chunk[chunk + 1].open; k++)
        e->slot[e->opens[k]] = e->plan.free_slot[--*n_free];
}

static void take_slots(side_engine *e, cef_index chunk, cef_index *n_free)
{
    const cef_index *end = e->plan.count;
    for (cef_index k = end[chunk] - 1; k >= (chunk > 0 ? end[chunk - 1] : 0); k--)
        e->plan.free_slot[(*n_free)++] = e->slot[e->plan.frees[k]];
}

void side_schedule(side_engine *e)
{
    scribe s = {.e = e, .track = e->track};
    cef_index next = 0, n_free = 0;
    e->n_run = e->n_fill = e->most_terms = 0;
    side_list_tiles(e);
    for (cef_index slot = e->first_tile[TILE_KINDS] - 1; slot >= 0; slot--)
        e->plan.free_slot[n_free++] = SIDE_FIRST_SLOT + 2 * LANES * slot;
    for (cef_index c = 0; c < e->n_chunk; c++) {
        const cef_index n = leaders_in(e, c, &next);
        sort_leaders(&e->plan, n);
        give_slots(e, c, &n_free);
        s.length_class = -1;
        for (cef_index k = 0; k < n; k++) {
            const side_leader leader = e->plan.leader[k];
            fetch_lists(e, k + FETCH_AHEAD < n ? &e->plan.leader[k + FETCH_AHEAD] : &leader);
            if (leader.length_class == LOOP)
                append_loop(&s, leader.bus);
            else
                append(&s, leader.bus, leader.length_class);
        }
        take_slots(e, c, &n_free);
        e->chunk[c + 1].run = e->n_run;
    }
}
