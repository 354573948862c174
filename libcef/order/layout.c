/* SPDX-License-Identifier: Apache-2.0 */
/* From levels to places: buses of one level grouped by their number of inflows, arcs stored as they are read. */
#include "order/kernels.h"
#include "order/parts.h"

/* Places by counting sort; on return end[g] is one past the last place of group g. */
static void assign_places(order_state *o, cef_index *restrict end)
{
    const cef_index n_bus = o->net->n_bus, n_group = o->n_level * ORDER_GROUPS, *restrict group = o->group;
    cef_index *restrict place = o->place, *restrict bus_at = o->bus_at;
    memset(end, 0, ((size_t) n_group + 1) * sizeof *end);
    for (cef_index bus = 0; bus < n_bus; bus++)
        end[group[bus] + 1]++;
    for (cef_index g = 0; g < n_group; g++)
        end[g + 1] += end[g];
    for (cef_index p = 0; p < o->block_start[o->n_block]; p++) { /* members stay together, in elimination order */
        const cef_index bus = o->block_bus[p], k = end[group[bus]]++;
        place[bus] = k;
        bus_at[k] = bus;
    }
    for (cef_index bus = 0; bus < n_bus; bus++) {
        if (group[bus] % ORDER_GROUPS == ORDER_GROUP_BLOCK)
            continue;
        const cef_index k = end[group[bus]]++;
        place[bus] = k;
        bus_at[k] = bus;
    }
    place[n_bus] = n_bus;
}

/* ---- runs ---- */

/* cursor: of each place, the slot of the next arc into it. */
static cef_index start_arcs(const order_state *o, order_run run, cef_index *restrict cursor)
{
    const cef_index first = run.first, last = run.first + run.count;
    const bool alike = run.inflows >= 0 && run.inflows < ORDER_GENERAL;
    cef_index arc = run.arc;
    for (cef_index k = first; alike && k < last; k++)
        cursor[k] = run.arc + (k - first) * run.inflows;
    for (cef_index k = first; !alike && k < last; k++) {
        cursor[k] = arc;
        arc += o->inflows[o->bus_at[k]];
    }
    return alike ? run.arc + run.count * run.inflows : arc;
}

static cef_index block_size(const order_state *o, cef_index block)
{
    return o->block_start[block + 1] - o->block_start[block];
}

static void list_runs(order_state *o, const cef_index *end, cef_index *cursor)
{
    cef_index first = 0;
    o->n_run = o->n_arc = 0;
    for (cef_index g = 0; g < o->n_level * ORDER_GROUPS; g++)
        while (first < end[g]) {
            const bool block = g % ORDER_GROUPS == ORDER_GROUP_BLOCK;
            const cef_index count = block ? block_size(o, o->block[o->bus_at[first]]) : end[g] - first;
            const order_run run = {first, count, o->n_arc, block ? -1 : g % ORDER_GROUPS};
            o->n_arc = start_arcs(o, run, cursor);
            o->run[o->n_run++] = run;
            first += count;
        }
}

/* ---- arcs ---- */

/* The ends of some branches are known before their arcs are stored. What is no arc, or no branch, leads from nowhere to
 * nowhere: from a place behind all, into slots that nobody reads. */
enum { SOME = 32 };
_Static_assert(FLOW_NO_ARC + SOME <= FLOW_SLACK, "they are there");

typedef struct {
    cef_index tail[SOME], head[SOME];
} arc_ends;

static inline void ends_of(const order_state *o, cef_index first, cef_index n, arc_ends *ends)
{
    const cef_index *restrict from = o->net->branch_from + first, *restrict to = o->net->branch_to + first;
    const uint8_t *restrict code = o->code + first;
    const cef_index nowhere = o->net->n_bus;
    for (cef_index k = 0; k < n; k++) {
        const order_arc arc = order_arc_of(code[k], from[k], to[k], nowhere);
        ends->tail[k] = arc.tail;
        ends->head[k] = arc.head;
    }
}

static inline void find_ends(const order_state *o, cef_index first, arc_ends *ends)
{
    const cef_index n = o->net->n_branch - first;
    if (n >= SOME) {
        ends_of(o, first, SOME, ends);
        return;
    }
    for (cef_index k = 0; k < SOME; k++)
        ends->tail[k] = ends->head[k] = o->net->n_bus;
    if (n > 0)
        ends_of(o, first, n, ends);
}

/* next: of the branches whose turns are two to four steps ahead, NULL where nothing is far. */
static inline __attribute__((always_inline)) void store_some(const order_state *o, cef_index *restrict cursor,
                                                             cef_index first, const arc_ends *ends,
                                                             const arc_ends *const next[3])
{
    const cef_index *restrict place = o->place, left = o->net->n_branch - first, n = left < SOME ? left : SOME;
    cef_index *restrict source = o->arc_source, *restrict slots = o->slot + first;
    cursor[o->net->n_bus] = o->net->n_branch + FLOW_NO_ARC;
    uint8_t *restrict sends = o->sends;
    for (cef_index k = 0; k < n; k++) {
        if (next) {
            __builtin_prefetch(&source[cursor[place[next[0]->head[k]]]], 1);
            __builtin_prefetch(&cursor[place[next[1]->head[k]]], 1);
            __builtin_prefetch(&place[next[2]->head[k]]);
            __builtin_prefetch(&place[next[2]->tail[k]]);
        }
        const cef_index tail = place[ends->tail[k]], at = place[ends->head[k]], slot = cursor[at];
        cursor[at] = slot + 1;
        source[slot] = tail;
        slots[k] = slot;
        sends[tail] = 1;
    }
}

static void store_near(const order_state *o, cef_index *cursor)
{
    for (cef_index b = 0; b < o->net->n_branch; b += SOME) {
        arc_ends ends;
        find_ends(o, b, &ends);
        store_some(o, cursor, b, &ends, NULL);
    }
}

/* What is asked for is fetched in time, one step after the other. */
static void store_far(const order_state *o, cef_index *cursor)
{
    enum { STEPS = 4 };
    arc_ends ring[STEPS];
    for (cef_index k = 0; k < STEPS - 1; k++)
        find_ends(o, k * SOME, &ring[k]);
    for (cef_index b = 0, step = 0; b < o->net->n_branch; b += SOME, step++) {
        const arc_ends *const next[3] = {&ring[(step + 1) % STEPS], &ring[(step + 2) % STEPS],
                                         &ring[(step + 3) % STEPS]};
        find_ends(o, b + (STEPS - 1) * SOME, &ring[(step + STEPS - 1) % STEPS]);
        store_some(o, cursor, b, &ring[step % STEPS], next);
    }
}

/* Branches are walked in their order, so that each bus's arcs stand in it. */
static void store_arcs(const order_state *o, cef_index *cursor)
{
    memset(o->sends, 0, (size_t) o->net->n_bus + 8);
    if (o->net->n_bus > FLOW_NEAR)
        store_far(o, cursor);
    else
        store_near(o, cursor);
}

/* ---- rounding counts ---- */

static void count_roundings(order_state *o, order_run run)
{
    if (run.inflows < 0) {
        order_count_block(o, run);
        return;
    }
    if (run.inflows < ORDER_GENERAL) {
        o->kernels->count(o, run);
        return;
    }
    for (cef_index k = run.first; k < run.first + run.count; k++) {
        float most = 0.0F;
        for (cef_index a = o->arc_start[k]; a < o->arc_start[k + 1]; a++)
            most = o->roundings[o->arc_source[a]] > most ? o->roundings[o->arc_source[a]] : most;
        o->roundings[k] = order_kept(
            order_count((double) most, o->arc_start[k + 1] - o->arc_start[k], o->net->bus_units[o->bus_at[k]]));
    }
}

void order_lay_out(order_state *o)
{
    assert(o->n_level <= o->net->n_bus);  /* the scratch holds the groups of no more */
    cef_index *cursor = o->arc_start + 1; /* once all arcs are stored: where the next place's begin */
    o->arc_start[0] = 0;
    assign_places(o, o->scratch);
    list_runs(o, o->scratch, cursor);
    store_arcs(o, cursor);
    for (cef_index r = 0; r < o->n_run; r++)
        count_roundings(o, o->run[r]);
}
