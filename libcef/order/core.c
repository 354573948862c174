/* SPDX-License-Identifier: Apache-2.0 */
/* Loops of flow: what the sweep from the sources does not reach is trimmed from the sinks too, and only that core is
 * searched for strongly connected components (Tarjan). */
#include "order/kahn.h"

typedef struct {
    cef_index n;
    cef_index *bus;       /* [n] */
    cef_index *local;     /* [n_bus] of what is not levelled yet: position in the core, -1 outside */
    cef_index *start;     /* [n + 1] */
    cef_index *head;      /* arcs */
    cef_index *component; /* [n] */
    cef_index *work;      /* [5 n] */
} flow_core;

enum { AT_ONCE = 4 }; /* ends looked at together: how many a bus has cannot be guessed */

static cef_index outflows(const order_state *o, cef_index bus)
{
    const cef_index last = o->net->end_start[bus + 1];
    cef_index n = 0;
    for (cef_index e = o->net->end_start[bus]; e < last; e += AT_ONCE)
        for (cef_index k = e; k < e + AT_ONCE; k++)
            n += order_leaves(o, k) & (k < last);
    return n;
}

/* Most buses do not wait: sixteen at a time are passed over. */
static cef_index list_waiting(const kahn *k, cef_index *restrict bus_of)
{
    enum { SOME = 16 };
    const cef_index *restrict group = k->o->group, n_bus = k->o->net->n_bus;
    cef_index n = 0;
    for (cef_index first = 0; first < n_bus; first += SOME) {
        const cef_index last = first + SOME < n_bus ? first + SOME : n_bus;
        cef_index any = 0;
        for (cef_index bus = first; bus < last; bus++)
            any |= group[bus];
        for (cef_index bus = first; any < 0 && bus < last; bus++) {
            bus_of[n] = bus;
            n += group[bus] < 0;
        }
    }
    return n;
}

enum { AHEAD = 8 }; /* buses whose ends are fetched in time */

/* The bus leads to no loop: neither do those of whom it was the last hope. Those are put on the stack; returns its new
 * depth. */
static inline cef_index trim(const order_state *o, cef_index bus, cef_index *restrict left, cef_index *restrict stack,
                             cef_index depth)
{
    const cef_index last = o->net->end_start[bus + 1];
    left[bus] = -1;
    for (cef_index e = o->net->end_start[bus]; e < last; e += AT_ONCE) {
        cef_index tail[AT_ONCE], n = 0;
        for (cef_index k = e; k < e + AT_ONCE; k++) {
            tail[n] = o->net->end[k].other;
            n += (int) order_enters(o, k) & (int) order_waits(o, tail[n]) & (k < last);
        }
        for (cef_index k = 0; k < n; k++) {
            stack[depth] = tail[k];
            depth += --left[tail[k]] == 0;
        }
    }
    return depth;
}

/* Buses not levelled yet, less those from which no loop can be reached. stack: [n_bus + 1] */
static void find_core(const kahn *k, flow_core *core, cef_index *stack)
{
    const order_state *o = k->o;
    cef_index *left = core->local, depth = 0; /* left: outflows that may still lead to a loop */
    const cef_index n = list_waiting(k, core->bus);
    for (cef_index v = 0; v < n; v++) {
        const cef_index bus = core->bus[v];
        if (v + AHEAD < n)
            __builtin_prefetch(&o->net->end[o->net->end_start[core->bus[v + AHEAD]]]);
        left[bus] = outflows(o, bus);
        stack[depth] = bus;
        depth += left[bus] == 0;
    }
    while (depth > 0) {
        depth--;
        depth = trim(o, stack[depth], left, stack, depth);
    }
    core->n = 0;
    for (cef_index v = 0; v < n; v++) {
        const cef_index bus = core->bus[v];
        const bool stays = left[bus] >= 0;
        core->local[bus] = stays ? core->n : -1;
        core->bus[core->n] = bus;
        core->n += stays;
    }
}

static void list_core_arcs(const kahn *k, flow_core *core)
{
    const order_state *o = k->o;
    cef_index n_arc = 0;
    for (cef_index v = 0; v < core->n; v++) {
        const cef_index bus = core->bus[v];
        core->start[v] = n_arc;
        for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++) {
            const cef_index head = o->net->end[e].other;
            if (order_leaves(o, e) && order_waits(o, head) && core->local[head] >= 0)
                core->head[n_arc++] = core->local[head];
        }
    }
    core->start[core->n] = n_arc;
}

/* Numbers the components of two buses or more by their first bus and lists their members in elimination order. size,
 * number: [components] scratch. */
static void list_blocks(order_state *o, const flow_core *core, cef_index n_component, cef_index *size,
                        cef_index *number)
{
    for (cef_index c = 0; c < n_component; c++) {
        size[c] = 0;
        number[c] = -1;
    }
    for (cef_index v = 0; v < core->n; v++)
        size[core->component[v]]++;
    o->block_start[0] = 0;
    for (cef_index v = 0; v < core->n; v++) {
        const cef_index c = core->component[v];
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
    }
    const cef_index first = o->block_bus[o->block_start[b]];
    o->group[first] = order_waiting(0, waiting);
    if (waiting == 0)
        make_ready(k, first);
}

void order_condense(kahn *k, cef_index *scratch)
{
    order_state *o = k->o;
    const size_t n_bus = (size_t) o->net->n_bus;
    flow_core core = {.bus = scratch, .local = scratch + n_bus};
    cef_index *at = scratch + 2 * n_bus;
    find_core(k, &core, at);
    /* [start n+1][component n][work 5n][head arcs], packed by the size of the core, which is small as a rule */
    core.start = at;
    core.component = at + core.n + 1;
    core.work = core.component + core.n;
    core.head = core.work + 5 * (size_t) core.n;
    list_core_arcs(k, &core);
    const cef_index n_component = scc_find(core.n, core.start, core.head, core.component, core.work);
    list_blocks(o, &core, n_component, core.work, core.work + core.n);
    list_members(o, core.work, &core);
    for (cef_index b = 0; b < o->n_block; b++)
        start_block(k, b);
}
