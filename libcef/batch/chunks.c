/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks of buses that lie near each other. The buses are walked depth first against the flow, and each is listed once
 * all upstream of it are: neighbours of the grid stand near each other in the list, whatever its size. Cut into chunks,
 * it leaves few branches that lead from one chunk to another. */
#include "batch/side.h"

enum { CHUNK_BUSES = 2048 };

/* The first member stands for its loop. */
static cef_index leader_of(const order_state *o, cef_index bus)
{
    return o->block[bus] < 0 ? bus : o->block_bus[o->block_start[o->block[bus]]];
}

typedef struct { /* the members of a loop, or one bus */
    const cef_index *bus;
    cef_index n;
} bus_list;

static bus_list members_of(const order_state *o, const cef_index *leader)
{
    const cef_index block = o->block[*leader];
    if (block < 0)
        return (bus_list){leader, 1};
    return (bus_list){o->block_bus + o->block_start[block], o->block_start[block + 1] - o->block_start[block]};
}

/* A leader upstream that was not met yet, -1 if there is none left. cursor remembers what was looked at. */
static cef_index next_upstream(side_engine *e, cef_index leader)
{
    const order_state *o = &e->order;
    const bus_list members = members_of(o, &leader);
    for (cef_index m = 0; m < members.n; m++) {
        const cef_index bus = members.bus[m];
        for (cef_index *k = &e->plan.cursor[bus]; *k < e->net->end_start[bus + 1];) {
            const network_end end = e->net->end[(*k)++];
            const cef_index other = leader_of(o, end.other);
            if (e->plan.chunk_of[other] < 0 && other != leader && side_may_enter(e, bus, end.branch))
                return other;
        }
    }
    return -1;
}

typedef struct {
    cef_index listed, chunk, in_chunk;
} chunk_writer;

/* All upstream are listed: the leader and its loop are next. */
static void list_bus(side_engine *e, cef_index leader, chunk_writer *w)
{
    const order_state *o = &e->order;
    const bus_list members = members_of(o, &leader);
    side_plan *p = &e->plan;
    if (w->in_chunk >= CHUNK_BUSES) {
        w->chunk++;
        w->in_chunk = 0;
    }
    cef_index depth = 0;
    for (cef_index m = 0; m < members.n; m++) {
        const cef_index bus = members.bus[m];
        for (cef_index k = e->net->end_start[bus]; k < e->net->end_start[bus + 1]; k++) {
            const network_end end = e->net->end[k];
            const cef_index other = leader_of(o, end.other);
            if (other != leader && p->chunk_of[other] == w->chunk && side_may_enter(e, bus, end.branch))
                depth = p->depth[other] >= depth ? p->depth[other] + 1 : depth;
        }
    }
    for (cef_index m = 0; m < members.n; m++) {
        p->sequence[w->listed++] = members.bus[m];
        p->chunk_of[members.bus[m]] = w->chunk;
    }
    p->depth[leader] = depth;
    w->in_chunk += members.n;
}

enum { UNMET = -1, MET = INT32_MAX }; /* chunk_of until a bus is listed */

static void walk(side_engine *e, cef_index start, chunk_writer *w)
{
    side_plan *p = &e->plan;
    cef_index n = 0;
    p->chunk_of[start] = MET;
    p->stack[n++] = start;
    while (n > 0) {
        const cef_index leader = p->stack[n - 1], upstream = next_upstream(e, leader);
        if (upstream < 0) {
            list_bus(e, leader, w);
            n--;
            continue;
        }
        p->chunk_of[upstream] = MET;
        p->stack[n++] = upstream;
    }
}

cef_index side_cut_chunks(side_engine *e)
{
    const cef_index n_bus = e->net->n_bus;
    chunk_writer w = {0};
    memcpy(e->plan.cursor, e->net->end_start, (size_t) n_bus * sizeof *e->plan.cursor);
    for (cef_index bus = 0; bus < n_bus; bus++)
        e->plan.chunk_of[bus] = UNMET;
    for (cef_index bus = 0; bus < n_bus; bus++)
        if (e->plan.chunk_of[leader_of(&e->order, bus)] == UNMET)
            walk(e, leader_of(&e->order, bus), &w);
    return w.listed > 0 ? w.chunk + 1 : 0;
}
