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

enum { AHEAD = 24 }; /* branches whose buses are looked up in time, where they are far from each other */

/* Branches are walked in their order, so that each bus's arcs stand in it. What is no arc goes to a slot behind all. */
static void store_arcs(order_state *o, cef_index *restrict cursor)
{
    const cef_network *net = o->net;
    const cef_index *restrict from = net->branch_from, *restrict to = net->branch_to, *restrict place = o->place;
    const uint8_t *restrict code = o->code;
    cef_index *restrict source = o->arc_source, *restrict slots = o->slot;
    uint8_t *restrict sends = o->sends;
    memset(sends, 0, (size_t) net->n_bus);
    cursor[net->n_bus] = net->n_branch + FLOW_NO_ARC;
    const bool far = o->n_chunk == 1 && net->n_bus > FLOW_NEAR;
    for (cef_index b = 0; b < net->n_branch; b++) {
        if (far && b + 2 * AHEAD < net->n_branch) {
            __builtin_prefetch(&place[from[b + 2 * AHEAD]]);
            __builtin_prefetch(&place[to[b + 2 * AHEAD]]);
            __builtin_prefetch(&cursor[place[from[b + AHEAD]]], 1);
            __builtin_prefetch(&cursor[place[to[b + AHEAD]]], 1);
        }
        const cef_index turned = -(cef_index) (code[b] == FLOW_REVERSE), idle = (code[b] == FLOW_FORWARD) - 1 - turned;
        const cef_index both = from[b] ^ to[b], tail = place[from[b] ^ (both & turned)];
        const cef_index at = (place[to[b] ^ (both & turned)] & ~idle) | (net->n_bus & idle);
        const cef_index slot = cursor[at];
        cursor[at] = slot + 1 + idle;
        source[slot] = tail;
        slots[b] = slot;
        sends[(tail & ~idle) | (net->n_bus & idle)] = 1;
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
        o->prior[k] = order_bound(o->roundings[k]);
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
