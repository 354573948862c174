/* SPDX-License-Identifier: Apache-2.0 */
/* Levels of the flow graph with its loops condensed: Kahn's sweep from the sources; where it stalls, what remains is
 * trimmed from the sinks too, and only that core is searched for loops (Tarjan). The sweep visits chunks of buses that
 * are numbered near each other, the one with most to do first, and stays while there is something to do: what a visit
 * reads and writes fits a near cache, here and in every pass over places. Levels go on counting from visit to visit. */
#include "order/parts.h"

typedef struct {
    order_state *o;
    cef_index *waiting; /* [n_bus] inflows not yet levelled; of a block: at its first member */
    cef_index *ready;   /* queues of buses (a block: its first member), chunk by chunk, one waste entry behind each */
    order_queue *queue; /* [n_chunk] */
    cef_index chunk, n_ready, n_taken; /* the chunk being visited, and its queue's ends */
    cef_index floor;                   /* least level of this visit */
    cef_index n_done;
    int32_t shift; /* a bus's chunk is its number shifted right by so much */
} kahn;

static void make_ready(kahn *k, cef_index bus)
{
    const cef_index chunk = bus >> k->shift;
    cef_index *end = chunk == k->chunk ? &k->n_ready : &k->queue[chunk].end;
    k->ready[(*end)++] = bus;
}

/* The bus that stands for its block: the first listed member. */
static inline cef_index stand_in(const order_state *o, cef_index bus)
{
    return __builtin_expect(o->block[bus] < 0, 1) ? bus : o->block_bus[o->block_start[o->block[bus]]];
}

/* Takes one arc (or what is none) off its head's list. condensed: blocks are known, and their members are stood in for.
 */
static inline __attribute__((always_inline)) void release(kahn *k, network_end end, cef_index above, bool condensed)
{
    order_state *o = k->o;
    const cef_index leaves = order_leaves(o, end);
    const cef_index head = condensed ? stand_in(o, end.other) : end.other;
    const cef_index raised = above & -leaves, level = o->level[head], waiting = k->waiting[head] - leaves;
    o->level[head] = level > raised ? level : raised;
    k->waiting[head] = waiting;
    if (leaves && waiting == 0)
        make_ready(k, head);
}

static void finish_bus(kahn *k, cef_index bus, cef_index level)
{
    const order_state *o = k->o;
    const cef_index block = o->block[bus];
    k->n_done++;
    for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++)
        if (block < 0 || o->block[o->net->end[e].other] != block)
            release(k, o->net->end[e], level + 1, true);
}

static void finish_block(kahn *k, cef_index block, cef_index level)
{
    order_state *o = k->o;
    for (cef_index p = o->block_start[block]; p < o->block_start[block + 1]; p++) {
        o->level[o->block_bus[p]] = level;
        finish_bus(k, o->block_bus[p], level);
    }
}

/* A processor guesses badly how many ends a bus has: the ends of many buses are first put in one row, four for each bus
 * and the surplus overwritten, and then taken one after the other. */
enum { AT_ONCE = 4, ROW = 256 };
typedef cef_index four_ends __attribute__((vector_size(16)));

typedef struct {
    cef_index end[ROW + AT_ONCE], above[ROW + AT_ONCE]; /* above: level of the bus plus one */
} end_row;

/* Takes ready buses off the queue, first in, first out: buses that a level makes ready follow one another, and so do
 * what they read. Returns the number of ends put in the row. */
static inline __attribute__((always_inline)) cef_index take_row(kahn *k, end_row *row, bool condensed)
{
    order_state *o = k->o;
    const cef_index *restrict start = o->net->end_start, *restrict ready = k->ready;
    cef_index *restrict level = o->level;
    const cef_index floor = k->floor;
    cef_index n = 0, taken = k->n_taken, top = o->n_level - 1;
    for (; taken < k->n_ready && n <= ROW - AT_ONCE; taken++) {
        const cef_index bus = ready[taken], first = start[bus], count = start[bus + 1] - first;
        const cef_index here = level[bus] > floor ? level[bus] : floor;
        level[bus] = here;
        top = here > top ? here : top;
        if (condensed && o->block[bus] >= 0) {
            finish_block(k, o->block[bus], here);
            continue;
        }
        if (count > AT_ONCE) {
            finish_bus(k, bus, here);
            continue;
        }
        const four_ends end = {first, first + 1, first + 2, first + 3},
                        above = {here + 1, here + 1, here + 1, here + 1};
        memcpy(row->end + n, &end, sizeof end);
        memcpy(row->above + n, &above, sizeof above);
        n += count;
        k->n_done++;
    }
    k->n_taken = taken;
    o->n_level = top + 1;
    return n;
}

static inline __attribute__((always_inline)) void release_row(kahn *k, const end_row *row, cef_index n, bool condensed)
{
    const order_state *o = k->o;
    const network_end *restrict ends = o->net->end;
    const cef_index *restrict heads = o->head;
    cef_index *restrict waiting = k->waiting, *restrict level = o->level, *restrict ready = k->ready;
    cef_index n_ready = k->n_ready;
    const cef_index chunk = k->chunk;
    const int32_t shift = k->shift;
    for (cef_index i = 0; i < n; i++) {
        const network_end end = ends[row->end[i]];
        const cef_index leaves = heads[end.branch] == end.other;
        const cef_index head = condensed ? stand_in(o, end.other) : end.other;
        const cef_index raised = row->above[i] & -leaves, before = level[head], left = waiting[head] - leaves;
        level[head] = before > raised ? before : raised;
        waiting[head] = left;
        if (__builtin_expect(head >> shift != chunk, 0)) {
            if (leaves & (left == 0))
                ready[k->queue[head >> shift].end++] = head;
            continue;
        }
        ready[n_ready] = head; /* kept only if this was the last it waited for */
        n_ready += leaves & (left == 0);
    }
    k->n_ready = n_ready;
}

/* Opens a visit to the chunk with most buses ready; false: there is none. */
static bool find_work(kahn *k)
{
    cef_index most = 0;
    for (cef_index c = 0; c < k->o->n_chunk; c++) {
        const cef_index ready = k->queue[c].end - k->queue[c].taken;
        if (ready > most) {
            most = ready;
            k->chunk = c;
        }
    }
    k->n_ready = k->queue[k->chunk].end;
    k->n_taken = k->queue[k->chunk].taken;
    k->floor = k->o->n_level;
    return most > 0;
}

static void end_visit(kahn *k)
{
    k->queue[k->chunk] = (order_queue){k->n_taken, k->n_ready};
    k->chunk = -1;
}

static inline __attribute__((always_inline)) void sweep(kahn *k, bool condensed)
{
    end_row row;
    while (find_work(k)) {
        while (k->n_taken < k->n_ready) {
            const cef_index n = take_row(k, &row, condensed);
            release_row(k, &row, n, condensed);
        }
        end_visit(k);
    }
}

/* ---- the core: what neither the sources nor the sinks reach ---- */

typedef struct {
    cef_index n;
    cef_index *bus;       /* [n] */
    cef_index *local;     /* [n_bus] position in the core, -1 outside */
    cef_index *start;     /* [n + 1] */
    cef_index *head;      /* arcs */
    cef_index *component; /* [n] */
    cef_index *work;      /* [5 n] */
} flow_core;

static cef_index outflows(const order_state *o, cef_index bus)
{
    cef_index n = 0;
    for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++)
        n += order_leaves(o, o->net->end[e]);
    return n;
}

/* Buses not levelled yet, less those from which no loop can be reached. */
static void find_core(kahn *k, flow_core *core)
{
    order_state *o = k->o;
    const cef_index n_bus = o->net->n_bus;
    cef_index *left = core->local, *stack = k->ready, n_stack = 0; /* left: outflows that may still lead to a loop */
    for (cef_index bus = 0; bus < n_bus; bus++) {
        left[bus] = k->waiting[bus] > 0 ? outflows(o, bus) : -1;
        if (left[bus] == 0)
            stack[n_stack++] = bus;
    }
    while (n_stack > 0) {
        const cef_index bus = stack[--n_stack];
        left[bus] = -1;
        for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++) {
            const cef_index tail = o->net->end[e].other;
            if (order_enters(o, o->net->end[e], bus) && left[tail] > 0 && --left[tail] == 0)
                stack[n_stack++] = tail;
        }
    }
    core->n = 0;
    for (cef_index bus = 0; bus < n_bus; bus++)
        if (left[bus] >= 0) {
            core->local[bus] = core->n;
            core->bus[core->n++] = bus;
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
static void start_block(kahn *k, cef_index b)
{
    order_state *o = k->o;
    cef_index waiting = 0, level = 0;
    for (cef_index p = o->block_start[b]; p < o->block_start[b + 1]; p++) {
        const cef_index bus = o->block_bus[p];
        if (o->level[bus] > level)
            level = o->level[bus];
        waiting += k->waiting[bus];
        for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++)
            waiting -= order_enters(o, o->net->end[e], bus) && o->block[o->net->end[e].other] == b;
    }
    const cef_index first = o->block_bus[o->block_start[b]];
    o->level[first] = level;
    k->waiting[first] = waiting;
    if (waiting == 0)
        make_ready(k, first);
}

static void empty_queues(kahn *k)
{
    for (cef_index c = 0; c < k->o->n_chunk; c++) {
        const cef_index first = c > 0 ? (c << k->shift) + c : 0;
        k->queue[c] = (order_queue){first, first};
    }
    k->chunk = -1;
}

static void condense(kahn *k, cef_index *scratch)
{
    order_state *o = k->o;
    const size_t n_bus = (size_t) o->net->n_bus;
    flow_core core = {.bus = scratch, .local = scratch + n_bus};
    find_core(k, &core);
    /* [start n+1][component n][work 5n][head arcs], packed by the size of the core, which is small as a rule */
    cef_index *at = scratch + 2 * n_bus;
    core.start = at;
    core.component = at + core.n + 1;
    core.work = core.component + core.n;
    core.head = core.work + 5 * (size_t) core.n;
    list_core_arcs(o, &core);
    const cef_index n_component = scc_find(core.n, core.start, core.head, core.component, core.work);
    list_blocks(o, &core, n_component, core.work, core.work + core.n);
    list_members(o, core.work, &core);
    empty_queues(k);
    for (cef_index b = 0; b < o->n_block; b++)
        start_block(k, b);
}

static void list_sources(kahn *k)
{
    const cef_index *restrict inflows = k->o->inflows, n_bus = k->o->net->n_bus;
    cef_index *restrict ready = k->ready;
    for (cef_index c = 0, bus = 0; c < k->o->n_chunk; c++) {
        const cef_index last = c + 1 < k->o->n_chunk ? (c + 1) << k->shift : n_bus;
        cef_index n = k->queue[c].end;
        for (; bus < last; bus++) {
            ready[n] = bus;
            n += inflows[bus] == 0;
        }
        k->queue[c].end = n;
    }
}

void order_rebuild_levels(order_state *o)
{
    const size_t n_bus = (size_t) o->net->n_bus;
    kahn k = {.o = o,
              .waiting = o->place,
              .ready = o->bus_at, /* laid out anew afterwards: free to work in */
              .queue = o->queue,
              .shift = o->chunk_shift};
    o->n_level = 0;
    o->n_block = o->largest_block = 0;
    o->block_start[0] = 0;
    memset(o->level, 0, n_bus * sizeof *o->level);
    memset(o->block, 0xFF, n_bus * sizeof *o->block);
    memcpy(k.waiting, o->inflows, n_bus * sizeof *o->inflows);
    empty_queues(&k);
    list_sources(&k);
    sweep(&k, false);
    if (k.n_done < o->net->n_bus) {
        condense(&k, o->scratch);
        sweep(&k, true);
    }
    assert(k.n_done == o->net->n_bus);
    o->n_level_built = o->n_level;
}
