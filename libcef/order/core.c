/* SPDX-License-Identifier: Apache-2.0 */
/* Loops of flow: what the sweep from the sources does not reach is trimmed from the sinks too, and only that core is
 * searched for strongly connected components (Tarjan), against the flow, which finds the same. */
#include "order/kahn.h"

/* What is not levelled yet and feeds somebody, and at last only the core of it. */
typedef struct {
    cef_index n;
    cef_index *bus;   /* [n] */
    cef_index *start; /* [n + 1] into tail */
    cef_index *tail;  /* [n_branch + AT_ONCE] of the arcs into each bus, as positions in bus, those that are levelled
                         left out */
    cef_index *left;  /* [n] arcs that leave and may still lead to a loop; then positions in the core, -1 outside; then
                         components */
    cef_index *work;  /* [5 n] */
} flow_core;

enum { AT_ONCE = NETWORK_END_SLACK }; /* ends looked at together: how many a bus has cannot be guessed */

/* Whoever waits and feeds somebody: all others are in no loop. Most buses do not wait: sixteen at a time are passed
 * over. position: [n_bus], of those listed. */
static cef_index list_waiting(const kahn *k, cef_index *restrict bus_of, cef_index *restrict position)
{
    enum { SOME = 16 };
    const cef_index *restrict group = k->o->group, n_bus = k->o->net->n_bus;
    const uint8_t *restrict leaves = k->o->leaves;
    cef_index n = 0;
    for (cef_index first = 0; first < n_bus; first += SOME) {
        const cef_index last = first + SOME < n_bus ? first + SOME : n_bus;
        cef_index any = 0;
        for (cef_index bus = first; bus < last; bus++)
            any |= group[bus];
        for (cef_index bus = first; any < 0 && bus < last; bus++) {
            bus_of[n] = bus;
            position[bus] = n;
            n += (int) (group[bus] < 0) & (int) (leaves[bus] != 0);
        }
    }
    return n;
}

enum { AHEAD = 8 }; /* buses whose ends are fetched in time */

static void list_tails(const kahn *k, flow_core *core, const cef_index *restrict position)
{
    const order_state *o = k->o;
    const cef_index *restrict start = o->net->end_start;
    cef_index n_arc = 0;
    for (cef_index v = 0; v < core->n; v++) {
        const cef_index bus = core->bus[v], last = start[bus + 1];
        if (v + 2 * AHEAD < core->n) {
            __builtin_prefetch(&start[core->bus[v + 2 * AHEAD]]);
            __builtin_prefetch(&o->net->end[start[core->bus[v + AHEAD]]]);
        }
        core->start[v] = n_arc;
        for (cef_index e = start[bus]; e < last; e += AT_ONCE)
            for (cef_index i = e; i < e + AT_ONCE; i++) {
                const cef_index tail = o->net->end[i].other;
                core->tail[n_arc] = position[tail];
                n_arc += (int) order_enters(o, i) & (int) order_waits(o, tail) & (i < last);
            }
    }
    core->start[core->n] = n_arc;
}

/* Who leads to no loop is trimmed, and then those of whom it was the last hope: where an arc leads to what waits, what
 * it leaves waits too. stack: [n + 1] */
static void trim(flow_core *core, cef_index *restrict stack)
{
    cef_index *restrict left = core->left, depth = 0;
    const cef_index *restrict start = core->start, *restrict tail = core->tail;
    memset(left, 0, (size_t) core->n * sizeof *left);
    for (cef_index a = 0; a < start[core->n]; a++)
        left[tail[a]]++;
    for (cef_index v = 0; v < core->n; v++) {
        stack[depth] = v;
        depth += left[v] == 0;
    }
    while (depth > 0) {
        const cef_index v = stack[--depth];
        left[v] = -1;
        for (cef_index a = start[v]; a < start[v + 1]; a++) {
            stack[depth] = tail[a];
            depth += --left[tail[a]] == 0;
        }
    }
}

/* Keeps what trimming has left, in place. Whatever leads to the core is of it. */
static void keep_core(flow_core *core)
{
    cef_index n = 0, n_arc = 0;
    for (cef_index v = 0; v < core->n; v++)
        core->left[v] = core->left[v] < 0 ? -1 : n++;
    for (cef_index v = 0, c = 0; c < n; v++) {
        const cef_index first = core->start[v], last = core->start[v + 1];
        if (core->left[v] < 0)
            continue;
        core->bus[c] = core->bus[v];
        core->start[c++] = n_arc;
        for (cef_index a = first; a < last; a++)
            core->tail[n_arc++] = core->left[core->tail[a]];
    }
    core->start[n] = n_arc;
    core->n = n;
}

/* Numbers the components of two buses or more by their first bus and lists their members in elimination order. size,
 * number: [components] scratch. */
static void list_blocks(order_state *o, const flow_core *core, cef_index n_component, cef_index *size,
                        cef_index *number)
{
    const cef_index *component = core->left;
    for (cef_index c = 0; c < n_component; c++) {
        size[c] = 0;
        number[c] = -1;
    }
    for (cef_index v = 0; v < core->n; v++)
        size[component[v]]++;
    o->block_start[0] = 0;
    for (cef_index v = 0; v < core->n; v++) {
        const cef_index c = component[v];
        if (size[c] < 2)
            continue;
        if (number[c] < 0) {
            number[c] = o->n_block++;
            o->block_start[o->n_block] = o->block_start[o->n_block - 1] + size[c];
            if (size[c] > o->largest_block)
                o->largest_block = size[c];
        }
        o->block[core->bus[v]] = number[c];
    }
}

/* Shell sort by elimination position: in place, any size. */
static void sort_block(cef_index *bus, cef_index n, const cef_index *position)
{
    cef_index gap = 1;
    while (gap < n / 3)
        gap = 3 * gap + 1;
    for (; gap > 0; gap /= 3)
        for (cef_index k = gap; k < n; k++) {
            const cef_index moving = bus[k];
            cef_index at = k;
            for (; at >= gap && position[bus[at - gap]] > position[moving]; at -= gap)
                bus[at] = bus[at - gap];
            bus[at] = moving;
        }
}

/* cursor: [n_block] scratch. */
static void list_members(order_state *o, cef_index *cursor, const flow_core *core)
{
    for (cef_index b = 0; b < o->n_block; b++)
        cursor[b] = o->block_start[b];
    for (cef_index v = 0; v < core->n; v++)
        if (o->block[core->bus[v]] >= 0)
            o->block_bus[cursor[o->block[core->bus[v]]]++] = core->bus[v];
    for (cef_index b = 0; b < o->n_block; b++)
        sort_block(o->block_bus + o->block_start[b], o->block_start[b + 1] - o->block_start[b],
                   o->net->elimination.position);
}

/* A block waits for the arcs from outside whose senders are not levelled yet. */
static void start_block(kahn *k, cef_index b)
{
    order_state *o = k->o;
    cef_index waiting = 0;
    for (cef_index p = o->block_start[b]; p < o->block_start[b + 1]; p++) {
        const cef_index bus = o->block_bus[p];
        waiting += (order_group(0, o->inflows[bus]) - o->group[bus]) / ORDER_GROUPS;
        for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++)
            waiting -= order_enters(o, e) && o->block[o->net->end[e].other] == b;
        o->group[bus] = ORDER_GROUP_BLOCK - ORDER_GROUPS;
    }
    const cef_index first = o->block_bus[o->block_start[b]];
    o->group[first] = ORDER_GROUP_BLOCK - waiting * ORDER_GROUPS;
    if (waiting == 0)
        make_ready(k, first);
}

void order_condense(kahn *k, cef_index *scratch)
{
    order_state *o = k->o;
    const size_t n_bus = (size_t) o->net->n_bus;
    cef_index *position = scratch + n_bus, *at = scratch + 2 * n_bus;
    flow_core core = {.bus = scratch};
    core.n = list_waiting(k, core.bus, position);
    /* [start n + 1][left n][work 5 n][tail arcs], packed by what waits, which is little as a rule */
    core.start = at;
    core.left = at + core.n + 1;
    core.work = core.left + core.n;
    core.tail = core.work + 5 * (size_t) core.n;
    list_tails(k, &core, position);
    trim(&core, core.work);
    keep_core(&core);
    const cef_index n_component = scc_find(core.n, core.start, core.tail, core.left, core.work);
    list_blocks(o, &core, n_component, core.work, core.work + core.n);
    list_members(o, core.work, &core);
    for (cef_index b = 0; b < o->n_block; b++)
        start_block(k, b);
}
