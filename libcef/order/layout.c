/* SPDX-License-Identifier: Apache-2.0 */
/* Levels to places: buses of one level grouped by their number of inflows, arcs stored as they are read. */
#include "order/kernels.h"
#include "order/parts.h"

enum { GROUPS = 8, GROUP_BLOCK = 7 }; /* per level: 0..5 inflows, more, blocks */

void order_start_places(order_state *o)
{
    o->n_level = o->n_placed = o->n_arc = o->n_run = 0;
    o->place[o->net->n_bus] = o->net->n_bus;
}

/* ---- places ---- */

static inline cef_index group_of(const order_state *o, cef_index bus)
{
    const cef_index inflows = o->inflows[bus];
    return inflows < ORDER_GENERAL ? inflows : ORDER_GENERAL;
}

static inline void take_place(order_state *o, cef_index bus, cef_index k)
{
    o->place[bus] = k;
    o->bus_at[k] = bus;
    o->level[bus] = o->n_level;
}

/* Members stay together, in elimination order. */
static void place_block(order_state *o, cef_index block, cef_index first)
{
    for (cef_index p = o->block_start[block]; p < o->block_start[block + 1]; p++)
        take_place(o, o->block_bus[p], first + p - o->block_start[block]);
}

/* From the numbers of each group to its first place; end[g]: one past its last. */
static void start_groups(const order_state *o, cef_index *next, cef_index *end)
{
    for (cef_index g = 0, placed = o->n_placed; g < GROUPS; g++) {
        const cef_index count = next[g];
        next[g] = placed;
        end[g] = placed += count;
    }
}

/* Places by counting sort. No bus is in a block. */
static void place_buses(order_state *o, const cef_index *bus, cef_index n, cef_index *end)
{
    cef_index next[GROUPS] = {0};
    for (cef_index i = 0; i < n; i++)
        next[group_of(o, bus[i])]++;
    start_groups(o, next, end);
    for (cef_index i = 0; i < n; i++)
        take_place(o, bus[i], next[group_of(o, bus[i])]++);
}

/* The same where some bus may stand for its block. */
static void place_blocks(order_state *o, const cef_index *bus, cef_index n, cef_index *end)
{
    cef_index next[GROUPS] = {0};
    for (cef_index i = 0; i < n; i++)
        next[group_of(o, bus[i])] += o->block[bus[i]] < 0;
    start_groups(o, next, end);
    for (cef_index i = 0; i < n; i++) {
        const cef_index block = o->block[bus[i]];
        if (__builtin_expect(block < 0, 1)) {
            take_place(o, bus[i], next[group_of(o, bus[i])]++);
            continue;
        }
        place_block(o, block, end[GROUP_BLOCK]);
        end[GROUP_BLOCK] += o->block_start[block + 1] - o->block_start[block];
    }
}

/* ---- runs ---- */

static inline bool is_alike(order_run run) { return run.inflows >= 0 && run.inflows < ORDER_GENERAL; }

static cef_index count_arcs(const order_state *o, order_run run)
{
    if (is_alike(run))
        return run.count * run.inflows;
    cef_index n = 0;
    for (cef_index k = run.first; k < run.first + run.count; k++) {
        o->arc_start[k] = run.arc + n;
        n += o->inflows[o->bus_at[k]];
    }
    o->arc_start[run.first + run.count] = run.arc + n;
    return n;
}

static void list_runs(order_state *o, const cef_index *end)
{
    cef_index first = o->n_placed;
    for (cef_index g = 0; g < GROUPS; g++)
        while (first < end[g]) {
            order_run run = {first, end[g] - first, o->n_arc, g == GROUP_BLOCK ? -1 : g};
            if (g == GROUP_BLOCK) {
                const cef_index b = o->block[o->bus_at[first]];
                run.count = o->block_start[b + 1] - o->block_start[b];
            }
            o->n_arc += count_arcs(o, run);
            o->run[o->n_run++] = run;
            first += run.count;
        }
}

void order_place_level(order_state *o, const cef_index *bus, cef_index n)
{
    cef_index end[GROUPS];
    if (o->n_block == 0)
        place_buses(o, bus, n, end);
    else
        place_blocks(o, bus, n, end);
    list_runs(o, end);
    o->n_placed = end[GROUPS - 1];
    o->n_level++;
}

/* ---- arcs ---- */

typedef struct {
    cef_index slot, step; /* of the next arc into a place, and on to the one after */
} arc_cursor;

static void start_cursors(const order_state *o, order_run run, arc_cursor *cursor)
{
    for (cef_index k = 0; k < run.count; k++)
        cursor[run.first + k] =
            is_alike(run) ? (arc_cursor){run.arc + k, run.count} : (arc_cursor){o->arc_start[run.first + k], 1};
}

/* Branches are walked in their order, so that each bus's arcs stand in it. What is no arc goes to a slot behind all. */
static void store_arcs(order_state *o, arc_cursor *restrict cursor)
{
    const cef_network *net = o->net;
    const cef_index *restrict from = net->branch_from, *restrict to = net->branch_to, *restrict head = o->head;
    const cef_index *restrict place = o->place;
    cef_index *restrict source = o->arc_source, *restrict branch = o->arc_branch;
    uint8_t *restrict sends = o->sends;
    memset(sends, 0, (size_t) net->n_bus);
    for (cef_index r = 0; r < o->n_run; r++)
        start_cursors(o, o->run[r], cursor);
    cursor[net->n_bus] = (arc_cursor){net->n_branch + 7, 0};
    for (cef_index b = 0; b < net->n_branch; b++) {
        const cef_index h = head[b], k = place[h];
        const cef_index tail = to[b] ^ ((from[b] ^ to[b]) & -(cef_index) (h == to[b]));
        const cef_index slot = cursor[k].slot;
        cursor[k].slot = slot + cursor[k].step;
        source[slot] = place[tail];
        branch[slot] = b;
        sends[h == net->n_bus ? net->n_bus : place[tail]] = 1;
    }
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
        double most = 0.0;
        for (cef_index a = o->arc_start[k]; a < o->arc_start[k + 1]; a++)
            most = o->roundings[o->arc_source[a]] > most ? o->roundings[o->arc_source[a]] : most;
        o->roundings[k] = order_count(most, o->arc_start[k + 1] - o->arc_start[k], o->net->bus_units[o->bus_at[k]]);
    }
}

void order_lay_out(order_state *o)
{
    store_arcs(o, (arc_cursor *) o->scratch);
    for (cef_index r = 0; r < o->n_run; r++)
        count_roundings(o, o->run[r]);
}

/* ---- levels known beforehand ---- */

/* Alone, or the first of its block. */
static inline bool is_listed(const order_state *o, cef_index bus) { return order_stand_in(o, bus) == bus; }

void order_place_levels(order_state *o)
{
    const cef_index n_bus = o->net->n_bus, n_level = o->n_level;
    cef_index *start = o->scratch, *listed = start + n_bus + 1;
    assert(n_level <= n_bus); /* the scratch holds no more */
    memset(start, 0, ((size_t) n_level + 1) * sizeof *start);
    for (cef_index bus = 0; bus < n_bus; bus++)
        start[o->level[bus] + 1] += is_listed(o, bus);
    for (cef_index level = 0; level < n_level; level++)
        start[level + 1] += start[level];
    for (cef_index bus = 0; bus < n_bus; bus++)
        if (is_listed(o, bus))
            listed[start[o->level[bus]]++] = bus;
    order_start_places(o);
    for (cef_index level = 0, at = 0; level < n_level; level++) {
        order_place_level(o, listed + at, start[level] - at);
        at = start[level];
    }
}
