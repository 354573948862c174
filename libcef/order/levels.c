/* SPDX-License-Identifier: Apache-2.0 */
/* Levels of the flow graph with its loops condensed: Kahn's walk from the sources. A network that a near cache holds is
 * taken in the fewest levels; of a larger one at most LEVEL_MOST of the buses made ready last, so that what is walked
 * over was touched a moment ago. Where it stalls, what remains is trimmed
 * from the sinks too, and only that core is searched for loops (Tarjan). */
#include "order/parts.h"

enum { NEAR_MOST = 1 << 15 };                 /* buses */
enum { LEVEL_MOST = 512, BLOCK_WEIGHT = 16 }; /* a block makes more ready than a bus */

typedef struct {
    cef_index *waiting; /* [n_bus] inflows not yet levelled; of a block: at its first member */
    cef_index *ready;   /* [n_bus + 1] stack of buses (a block: its first member) */
    cef_index n_ready;
    cef_index most; /* buses that a level takes */
} order_walk;

static void make_ready(order_walk *w, cef_index bus) { w->ready[w->n_ready++] = bus; }

/* A processor guesses badly how many ends a bus has, and which way an arc goes: the ends of many buses are first put in
 * one row, four for each bus and the surplus overwritten, and then taken one after the other. */
enum { AT_ONCE = 4, ROW = 1024 };
typedef cef_index four_ends __attribute__((vector_size(16)));

typedef struct {
    cef_index n, end[ROW + AT_ONCE], owner[ROW + AT_ONCE]; /* owner: the bus whose end it is; its block once known */
} end_row;

/* What a walk follows: arcs from tail to head, the same with blocks stood in for by a member, arcs from head to tail.
 */
typedef enum { FORWARD, CONDENSED, BACKWARD } walk_way;
#define WALK_INLINE static inline __attribute__((always_inline)) /* way is a constant at every call */

/* Takes each arc off the list of the bus it leads to. */
WALK_INLINE void release_row(const order_state *o, order_walk *w, end_row *row, walk_way way)
{
    const network_end *restrict ends = o->net->end;
    const cef_index *restrict heads = o->head;
    cef_index *restrict waiting = w->waiting, *restrict ready = w->ready, n_ready = w->n_ready;
    for (cef_index i = 0; i < row->n; i++) {
        const network_end end = ends[row->end[i]];
        const cef_index owner = row->owner[i];
        cef_index arc = heads[end.branch] == (way == BACKWARD ? owner : end.other), to = end.other;
        if (way == CONDENSED) {
            arc &= ~((owner >= 0) & (owner == o->block[to]));
            to = order_stand_in(o, to);
        }
        const cef_index left = waiting[to] - arc;
        waiting[to] = left;
        ready[n_ready] = to; /* kept only if this was the last it waited for */
        n_ready += arc & (left == 0);
    }
    w->n_ready = n_ready;
    row->n = 0;
}

WALK_INLINE void release(const order_state *o, order_walk *w, const cef_index *bus, cef_index n, walk_way way)
{
    const cef_index *restrict start = o->net->end_start;
    end_row row = {.n = 0};
    for (cef_index i = 0; i < n; i++) {
        const cef_index from = start[bus[i]], count = start[bus[i] + 1] - from;
        const cef_index owner = way == CONDENSED ? o->block[bus[i]] : bus[i];
        cef_index e = 0;
        do {
            const four_ends end = {from + e, from + e + 1, from + e + 2, from + e + 3},
                            of = {owner, owner, owner, owner};
            memcpy(row.end + row.n, &end, sizeof end);
            memcpy(row.owner + row.n, &of, sizeof of);
            row.n += count - e < AT_ONCE ? count - e : AT_ONCE;
            e += AT_ONCE;
            if (row.n > ROW - AT_ONCE)
                release_row(o, w, &row, way);
        } while (e < count);
    }
    release_row(o, w, &row, way);
}

/* The number of buses and blocks that the next level takes off the stack. */
WALK_INLINE cef_index count_next(const order_state *o, const order_walk *w, walk_way way)
{
    const cef_index all = w->n_ready;
    cef_index n = 0;
    if (way != CONDENSED)
        return all < w->most ? all : w->most;
    for (cef_index weight = 0; n < all && weight < w->most; n++)
        weight += o->block[w->ready[all - 1 - n]] < 0 ? 1 : BLOCK_WEIGHT;
    return n;
}

WALK_INLINE void walk(order_state *o, order_walk *w, walk_way way)
{
    while (w->n_ready > 0) {
        const cef_index n = count_next(o, w, way), first = o->n_placed;
        w->n_ready -= n;
        order_place_level(o, w->ready + w->n_ready, n);
        release(o, w, o->bus_at + first, o->n_placed - first, way);
    }
}

/* ---- the core: what neither the sources nor the sinks reach ---- */

typedef struct {
    cef_index n;
    cef_index *bus;       /* [n], room for n_bus */
    cef_index *local;     /* [n_bus + 1] position in the core, -1 outside */
    cef_index *start;     /* [n + 1] */
    cef_index *head;      /* arcs */
    cef_index *component; /* [n] */
    cef_index *work;      /* [5 n] */
} flow_core;

/* left [n_bus + 1]: outflows of buses not levelled yet, less than 0 at the others; lists where there are none. */
static void count_outflows(const order_state *o, const cef_index *restrict waiting, order_walk *back)
{
    const cef_index *restrict from = o->net->branch_from, *restrict to = o->net->branch_to, *restrict head = o->head;
    const cef_index n_bus = o->net->n_bus, nowhere = n_bus;
    cef_index *restrict left = back->waiting, *restrict ready = back->ready, n = 0;
    memset(left, 0, ((size_t) n_bus + 1) * sizeof *left);
    for (cef_index b = 0; b < o->net->n_branch; b++) {
        const cef_index tail = from[b] ^ to[b] ^ head[b], none = -(cef_index) (head[b] == nowhere);
        left[(tail & ~none) | (nowhere & none)]++;
    }
    for (cef_index bus = 0; bus < n_bus; bus++) {
        left[bus] = waiting[bus] > 0 ? left[bus] : -1;
        ready[n] = bus;
        n += left[bus] == 0;
    }
    back->n_ready = n;
}

/* Buses not levelled yet, less those from which no loop can be reached. */
static void find_core(const order_state *o, const order_walk *w, flow_core *core)
{
    const cef_index n_bus = o->net->n_bus;
    order_walk back = {.waiting = core->local, .ready = w->ready, .most = LEVEL_MOST};
    count_outflows(o, w->waiting, &back);
    while (back.n_ready > 0) {
        cef_index taken[LEVEL_MOST];
        const cef_index n = count_next(o, &back, BACKWARD);
        back.n_ready -= n;
        memcpy(taken, back.ready + back.n_ready, (size_t) n * sizeof *taken);
        release(o, &back, taken, n, BACKWARD);
    }
    core->n = 0;
    for (cef_index bus = 0; bus < n_bus; bus++) {
        const bool inside = core->local[bus] > 0;
        core->local[bus] = inside ? core->n : -1;
        core->bus[core->n] = bus;
        core->n += inside;
    }
}

static void list_core_arcs(const order_state *o, flow_core *core)
{
    cef_index n_arc = 0;
    for (cef_index v = 0; v < core->n; v++) {
        const cef_index bus = core->bus[v];
        core->start[v] = n_arc;
        for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++)
            if (order_leaves(o, o->net->end[e]) && core->local[o->net->end[e].other] >= 0)
                core->head[n_arc++] = core->local[o->net->end[e].other];
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
static void start_block(const order_state *o, order_walk *w, cef_index b)
{
    cef_index waiting = 0;
    for (cef_index p = o->block_start[b]; p < o->block_start[b + 1]; p++) {
        const cef_index bus = o->block_bus[p];
        waiting += w->waiting[bus];
        for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++)
            waiting -= order_enters(o, o->net->end[e], bus) && o->block[o->net->end[e].other] == b;
    }
    const cef_index first = o->block_bus[o->block_start[b]];
    w->waiting[first] = waiting;
    if (waiting == 0)
        make_ready(w, first);
}

static void condense(order_state *o, order_walk *w, cef_index *scratch)
{
    const size_t n_bus = (size_t) o->net->n_bus;
    flow_core core = {.bus = scratch, .local = scratch + n_bus};
    find_core(o, w, &core);
    /* [start n+1][component n][work 5n][head arcs], packed by the size of the core, which is small as a rule */
    cef_index *at = scratch + 2 * n_bus + 1;
    core.start = at;
    core.component = at + core.n + 1;
    core.work = core.component + core.n;
    core.head = core.work + 5 * (size_t) core.n;
    list_core_arcs(o, &core);
    const cef_index n_component = scc_find(core.n, core.start, core.head, core.component, core.work);
    list_blocks(o, &core, n_component, core.work, core.work + core.n);
    list_members(o, core.work, &core);
    for (cef_index b = 0; b < o->n_block; b++)
        start_block(o, w, b);
}

/* The first is on top. */
static void list_sources(const order_state *o, order_walk *w)
{
    const cef_index *restrict inflows = o->inflows, *restrict nearby = o->nearby;
    cef_index *restrict ready = w->ready, n = 0;
    for (cef_index k = o->net->n_bus - 1; k >= 0; k--) {
        ready[n] = nearby[k];
        n += inflows[nearby[k]] == 0;
    }
    w->n_ready = n;
}

/* Weights of blocks never pass 16 times the number of buses. */
static cef_index level_most(const cef_network *net)
{
    return net->n_bus < NEAR_MOST ? BLOCK_WEIGHT * NEAR_MOST : LEVEL_MOST;
}

void order_rebuild(order_state *o)
{
    const size_t n_bus = (size_t) o->net->n_bus;
    order_walk w = {.waiting = o->scratch, .ready = o->scratch + n_bus, .most = level_most(o->net)};
    o->n_block = o->largest_block = 0;
    o->block_start[0] = 0;
    memset(o->block, 0xFF, n_bus * sizeof *o->block);
    memcpy(w.waiting, o->inflows, n_bus * sizeof *o->inflows);
    order_start_places(o);
    list_sources(o, &w);
    walk(o, &w, FORWARD);
    if (o->n_placed < o->net->n_bus) {
        condense(o, &w, o->scratch + 2 * n_bus + 1);
        walk(o, &w, CONDENSED);
    }
    assert(o->n_placed == o->net->n_bus);
    o->n_level_built = o->n_level;
}
