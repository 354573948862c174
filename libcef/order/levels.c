/* SPDX-License-Identifier: Apache-2.0 */
/* Levels of the flow graph with its loops condensed: Kahn's sweep from the sources; where it stalls, what remains is
 * trimmed from the sinks too, and only that core is searched for loops (Tarjan). The sweep visits chunks of buses that
 * are numbered near each other, the one with most to do first, and stays while there is something to do: what a visit
 * reads and writes fits a near cache, here and in every pass over places. What is ready at a time makes one level;
 * levels go on counting from visit to visit. */
#include "order/parts.h"

typedef struct {
    order_state *o;
    cef_index *waiting; /* [n_bus] inflows not yet levelled; of a block: at its first member */
    cef_index *ready;   /* queues of buses (a block: its first member), chunk by chunk, one waste entry behind each */
    order_queue *queue; /* [n_chunk] */
    cef_index chunk, n_ready, n_taken; /* the chunk being visited, and its queue's ends */
    cef_index n_done;
    int32_t shift; /* a bus's chunk is its number shifted right by so much */
} kahn;

static void make_ready(kahn *k, cef_index bus)
{
    const cef_index chunk = bus >> k->shift;
    cef_index *end = chunk == k->chunk ? &k->n_ready : &k->queue[chunk].end;
    k->ready[(*end)++] = bus;
}

/* ---- buses of many ends, and of blocks ---- */

static void finish_bus(kahn *k, cef_index bus)
{
    const order_state *o = k->o;
    const cef_index block = o->block[bus];
    k->n_done++;
    for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++) {
        const cef_index other = o->net->end[e].other, head = order_stand_in(o, other);
        if (order_leaves(o, e) && (block < 0 || o->block[other] != block) && --k->waiting[head] == 0)
            make_ready(k, head);
    }
}

static void finish_block(kahn *k, cef_index block)
{
    order_state *o = k->o;
    for (cef_index p = o->block_start[block]; p < o->block_start[block + 1]; p++) {
        o->level[o->block_bus[p]] = o->n_level - 1;
        finish_bus(k, o->block_bus[p]);
    }
}

/* ---- all others ---- */

/* A processor guesses badly how many ends a bus has, and which of them arcs leave by: the ends of many buses are first
 * copied in one row, four at a time and the surplus overwritten, and then sifted. */
enum { AT_ONCE = NETWORK_END_SLACK, MANY = 16, ROW = 256 };

typedef struct {
    cef_index n;
    network_end end[ROW + AT_ONCE];
} end_row;

static inline void copy_ends(end_row *row, const network_end *end, cef_index count)
{
    for (cef_index k = 0; k == 0 || k < count; k += AT_ONCE)
        memcpy(row->end + row->n + k, end + k, AT_ONCE * sizeof *end);
    row->n += count;
}

/* Takes ready buses of one level, up to `last`, off the queue until the row is full. condensed: blocks are known, and
 * their members are stood in for. */
static inline __attribute__((always_inline)) void take_row(kahn *k, cef_index last, end_row *row, bool condensed)
{
    const order_state *o = k->o;
    const cef_index *restrict start = o->net->end_start, *restrict ready = k->ready;
    cef_index taken = k->n_taken;
    for (row->n = 0; taken < last && row->n <= ROW - MANY; taken++) {
        const cef_index bus = ready[taken], count = start[bus + 1] - start[bus];
        if (condensed && o->block[bus] >= 0) {
            finish_block(k, o->block[bus]);
        } else if (__builtin_expect(count > MANY, 0)) {
            finish_bus(k, bus);
        } else {
            copy_ends(row, o->net->end + start[bus], count);
            k->n_done++;
        }
    }
    k->n_taken = taken;
}

/* Returns the number of arcs that leave by the ends of the row; their heads: [ROW]. */
static inline cef_index sift(const order_state *o, const end_row *row, cef_index *restrict head)
{
    const uint8_t *restrict leaves = order_leaves_at(o);
    cef_index n = 0;
    for (cef_index k = 0; k < row->n; k++) {
        head[n] = row->end[k].other;
        n += leaves[row->end[k].key];
    }
    return n;
}

static inline __attribute__((always_inline)) void release(kahn *k, const cef_index *restrict heads, cef_index n,
                                                          bool condensed, bool chunked)
{
    cef_index *restrict waiting = k->waiting, *restrict ready = k->ready;
    cef_index n_ready = k->n_ready;
    for (cef_index i = 0; i < n; i++) {
        const cef_index head = condensed ? order_stand_in(k->o, heads[i]) : heads[i];
        const cef_index left = --waiting[head];
        if (chunked && __builtin_expect(head >> k->shift != k->chunk, 0)) {
            if (left == 0)
                make_ready(k, head);
            continue;
        }
        ready[n_ready] = head; /* kept only if this was the last it waited for */
        n_ready += left == 0;
    }
    k->n_ready = n_ready;
}

static void set_level(kahn *k, cef_index last)
{
    order_state *o = k->o;
    cef_index *restrict level = o->level;
    const cef_index *restrict ready = k->ready, here = o->n_level++;
    for (cef_index i = k->n_taken; i < last; i++)
        level[ready[i]] = here;
}

/* What is ready makes one level: all that it waited for stands in levels before. */
static inline __attribute__((always_inline)) void take_level(kahn *k, bool condensed, bool chunked)
{
    const cef_index last = k->n_ready;
    set_level(k, last);
    while (k->n_taken < last) {
        end_row row;
        cef_index head[ROW];
        take_row(k, last, &row, condensed);
        release(k, head, sift(k->o, &row, head), condensed, chunked);
    }
}

/* ---- visits ---- */

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
    if (most == 0)
        return false;
    k->n_ready = k->queue[k->chunk].end;
    k->n_taken = k->queue[k->chunk].taken;
    return true;
}

static void end_visit(kahn *k)
{
    k->queue[k->chunk] = (order_queue){k->n_taken, k->n_ready};
    k->chunk = -1;
}

static inline __attribute__((always_inline)) void sweep_as(kahn *k, bool condensed, bool chunked)
{
    while (find_work(k)) {
        while (k->n_taken < k->n_ready)
            take_level(k, condensed, chunked);
        end_visit(k);
    }
}

static void sweep(kahn *k, bool condensed)
{
    const bool chunked = k->o->n_chunk > 1;
    if (chunked && condensed)
        sweep_as(k, true, true);
    else if (chunked)
        sweep_as(k, false, true);
    else if (condensed)
        sweep_as(k, true, false);
    else
        sweep_as(k, false, false);
}

/* ---- the core: what neither the sources nor the sinks reach ---- */

typedef struct {
    cef_index n;
    cef_index *bus;       /* [n] */
    cef_index *local;     /* [n_bus] of what is not levelled yet: position in the core, -1 outside */
    cef_index *start;     /* [n + 1] */
    cef_index *head;      /* arcs */
    cef_index *component; /* [n] */
    cef_index *work;      /* [5 n] */
} flow_core;

static cef_index outflows(const order_state *o, cef_index bus)
{
    cef_index n = 0;
    for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++)
        n += order_leaves(o, e);
    return n;
}

static cef_index list_waiting(const kahn *k, cef_index *restrict bus_of)
{
    const cef_index *restrict waiting = k->waiting;
    cef_index n = 0;
    for (cef_index bus = 0; bus < k->o->net->n_bus; bus++) {
        bus_of[n] = bus;
        n += waiting[bus] > 0;
    }
    return n;
}

/* Buses not levelled yet, less those from which no loop can be reached. stack: [n_bus] */
static void find_core(const kahn *k, flow_core *core, cef_index *stack)
{
    const order_state *o = k->o;
    cef_index *left = core->local, n_stack = 0; /* left: outflows that may still lead to a loop */
    const cef_index n = list_waiting(k, core->bus);
    for (cef_index v = 0; v < n; v++) {
        const cef_index bus = core->bus[v];
        left[bus] = outflows(o, bus);
        if (left[bus] == 0)
            stack[n_stack++] = bus;
    }
    while (n_stack > 0) {
        const cef_index bus = stack[--n_stack];
        left[bus] = -1;
        for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++) {
            const cef_index tail = o->net->end[e].other;
            if (order_enters(o, e) && k->waiting[tail] > 0 && left[tail] > 0 && --left[tail] == 0)
                stack[n_stack++] = tail;
        }
    }
    core->n = 0;
    for (cef_index v = 0; v < n; v++) {
        const cef_index bus = core->bus[v];
        if (left[bus] >= 0) {
            core->local[bus] = core->n;
            core->bus[core->n++] = bus;
        }
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
            if (order_leaves(o, e) && k->waiting[head] > 0 && core->local[head] >= 0)
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
    const order_state *o = k->o;
    cef_index waiting = 0;
    for (cef_index p = o->block_start[b]; p < o->block_start[b + 1]; p++) {
        const cef_index bus = o->block_bus[p];
        waiting += k->waiting[bus];
        for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++)
            waiting -= order_enters(o, e) && o->block[o->net->end[e].other] == b;
    }
    const cef_index first = o->block_bus[o->block_start[b]];
    k->waiting[first] = waiting;
    if (waiting == 0)
        make_ready(k, first);
}

static void condense(kahn *k, cef_index *scratch)
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

/* ---- the levels ---- */

static void list_sources(kahn *k)
{
    const cef_index *restrict inflows = k->o->inflows, n_bus = k->o->net->n_bus;
    cef_index *restrict ready = k->ready;
    for (cef_index c = 0, bus = 0; c < k->o->n_chunk; c++) {
        const cef_index last = c + 1 < k->o->n_chunk ? (c + 1) << k->shift : n_bus, first = bus + c;
        cef_index n = first;
        for (; bus < last; bus++) {
            ready[n] = bus;
            n += inflows[bus] == 0;
        }
        k->queue[c] = (order_queue){first, n};
    }
}

void order_rebuild_levels(order_state *o)
{
    const size_t n_bus = (size_t) o->net->n_bus;
    cef_index *behind = o->scratch + order_core_size(o->net);
    kahn k = {
        .o = o, .waiting = behind, .ready = behind + n_bus, .queue = o->queue, .chunk = -1, .shift = o->chunk_shift};
    o->n_level = 0;
    o->n_block = o->largest_block = 0;
    o->block_start[0] = 0;
    memset(o->block, 0xFF, n_bus * sizeof *o->block);
    memcpy(k.waiting, o->inflows, n_bus * sizeof *o->inflows);
    list_sources(&k);
    sweep(&k, false);
    if (k.n_done < o->net->n_bus) {
        condense(&k, o->scratch);
        sweep(&k, true);
    }
    assert(k.n_done == o->net->n_bus);
    o->n_level_built = o->n_level;
}
