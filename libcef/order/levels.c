/* SPDX-License-Identifier: Apache-2.0 */
/* Levels of the flow graph with its loops condensed: Kahn's sweep from the sources. The sweep visits chunks of buses
 * that are numbered near each other, the one with most to do first, and stays while there is something to do: what a
 * visit reads and writes fits a near cache, here and in every pass over places. What is ready at a time makes one
 * level; levels go on counting from visit to visit. */
#include "order/kahn.h"

/* ---- buses of many ends, and of blocks ---- */

/* From an end of the bus on. */
static void finish_ends(kahn *k, cef_index bus, cef_index first)
{
    order_state *o = k->o;
    const cef_index block = o->block[bus];
    for (cef_index e = first; e < o->net->end_start[bus + 1]; e++) {
        const cef_index other = o->net->end[e].other, head = order_stand_in(o, other);
        if (order_leaves(o, e) && (block < 0 || o->block[other] != block) && order_release(o, head))
            make_ready(k, head);
    }
}

static void finish_block(kahn *k, cef_index block)
{
    order_state *o = k->o;
    for (cef_index p = o->block_start[block]; p < o->block_start[block + 1]; p++) {
        o->group[o->block_bus[p]] = (o->n_level - 1) * ORDER_GROUPS + ORDER_GROUP_BLOCK;
        finish_ends(k, o->block_bus[p], o->net->end_start[o->block_bus[p]]);
    }
    k->n_done += o->block_start[block + 1] - o->block_start[block] - 1; /* its stand-in is counted where it is taken */
}

/* ---- all others ---- */

/* A processor guesses badly how many ends a bus has, and which of them arcs leave by: the ends of many buses are first
 * copied in one row, the first four of each and the surplus overwritten, then what some have beyond; and then sifted.
 */
enum { AT_ONCE = NETWORK_END_SLACK, MANY = 16, LINE = 96, ROW = (AT_ONCE + 1) * LINE };

enum { AHEAD = 16 }; /* buses whose ends are fetched in time */

typedef struct {
    cef_index n;
    network_end end[ROW + MANY];
} end_row;

/* The ends beyond the first four; those of very many are walked over at once. Returns the length of the row. */
static inline cef_index copy_more(kahn *k, const cef_index *restrict more, cef_index n_more, end_row *row, cef_index n)
{
    const cef_network *net = k->o->net;
    for (cef_index i = 0; i < n_more; i++) {
        const cef_index first = net->end_start[more[i]] + AT_ONCE, count = net->end_start[more[i] + 1] - first;
        if (__builtin_expect(count > MANY - AT_ONCE || n > ROW, 0)) {
            finish_ends(k, more[i], first);
            continue;
        }
        for (cef_index at = 0; at == 0 || at < count; at += AT_ONCE)
            memcpy(row->end + n + at, net->end + first + at, AT_ONCE * sizeof *row->end);
        n += count;
    }
    return n;
}

/* Takes the next ready buses of one level, which ends at `last`, off the queue. condensed: blocks are known, and their
 * members are stood in for. */
static inline __attribute__((always_inline)) void take_row(kahn *k, cef_index last, end_row *row, bool condensed)
{
    const order_state *o = k->o;
    const cef_index *restrict start = o->net->end_start, *restrict ready = k->ready, first = k->n_taken;
    const network_end *restrict ends = o->net->end;
    const bool far = o->net->n_bus > FLOW_NEAR;
    const cef_index until = last - first < LINE ? last : first + LINE;
    cef_index n = 0, n_more = 0, more[LINE];
    for (cef_index taken = first; taken < until; taken++) {
        const cef_index bus = ready[taken], count = start[bus + 1] - start[bus];
        if (far && taken + 2 * AHEAD < last) {
            __builtin_prefetch(&start[ready[taken + 2 * AHEAD]]);
            __builtin_prefetch(&ends[start[ready[taken + AHEAD]]]);
        }
        if (condensed && o->block[bus] >= 0) {
            finish_block(k, o->block[bus]);
            continue;
        }
        memcpy(row->end + n, ends + start[bus], AT_ONCE * sizeof *ends);
        n += count < AT_ONCE ? count : AT_ONCE;
        more[n_more] = bus;
        n_more += count > AT_ONCE;
    }
    k->n_taken = until;
    k->n_done += until - first;
    row->n = copy_more(k, more, n_more, row, n);
}

/* Neighbours that are numbered anyhow are far: what is asked of them is fetched for all of the row at once. */
static inline __attribute__((always_inline)) void fetch_row(const kahn *k, const end_row *row)
{
    for (cef_index i = 0; i < row->n; i++) {
        __builtin_prefetch(order_leaves_at(k->o) + row->end[i].key);
        __builtin_prefetch(k->o->group + row->end[i].other, 1);
    }
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
    cef_index *restrict group = k->o->group, *restrict ready = k->ready;
    cef_index n_ready = k->n_ready;
    for (cef_index i = 0; i < n; i++) {
        const cef_index head = condensed ? order_stand_in(k->o, heads[i]) : heads[i];
        const cef_index left = group[head] += ORDER_GROUPS;
        if (chunked && __builtin_expect(head >> k->shift != k->chunk, 0)) {
            if (left >= 0)
                make_ready(k, head);
            continue;
        }
        ready[n_ready] = head; /* kept only if this was the last it waited for */
        n_ready += left >= 0;
    }
    k->n_ready = n_ready;
}

static void set_level(kahn *k, cef_index last)
{
    order_state *o = k->o;
    cef_index *restrict group = o->group;
    const cef_index *restrict ready = k->ready, here = o->n_level++ * ORDER_GROUPS;
    for (cef_index i = k->n_taken; i < last; i++)
        group[ready[i]] += here;
}

/* What is ready makes one level: all that it waited for stands in levels before. */
static inline __attribute__((always_inline)) void take_level(kahn *k, bool condensed, bool chunked)
{
    const cef_index last = k->n_ready;
    set_level(k, last);
    while (k->n_taken < last) {
        end_row row;
        cef_index head[ROW + MANY];
        take_row(k, last, &row, condensed);
        if (!chunked && k->o->net->n_bus > FLOW_NEAR)
            fetch_row(k, &row);
        release(k, head, sift(k->o, &row, head), condensed, chunked);
    }
}

/* ---- visits ---- */

static inline void fetch_lines(const void *first, const void *last)
{
    for (const char *p = first; p < (const char *) last; p += 64)
        __builtin_prefetch(p, 0, 2);
}

/* What the first visit to a chunk asks for. */
static inline __attribute__((always_inline)) void fetch_chunk(const kahn *k)
{
    const cef_network *net = k->o->net;
    const cef_index first = k->chunk << k->shift, end = (k->chunk + 1) << k->shift;
    const cef_index last = end < net->n_bus ? end : net->n_bus;
    fetch_lines(k->o->group + first, k->o->group + last);
    fetch_lines(net->end_start + first, net->end_start + last);
    fetch_lines(net->end + net->end_start[first], net->end + net->end_start[last]);
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
    if (most == 0)
        return false;
    k->n_ready = k->queue[k->chunk].end;
    k->n_taken = k->queue[k->chunk].taken;
    if (k->o->n_chunk > 1 && k->n_taken == (k->chunk << k->shift) + k->chunk)
        fetch_chunk(k);
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

/* ---- the levels ---- */

/* Of every bus, what it waits for; those that wait for nothing are ready. */
static void list_sources(kahn *k)
{
    enum { SOME = 256 };
    const cef_index *restrict inflows = k->o->inflows, n_bus = k->o->net->n_bus;
    cef_index *restrict ready = k->ready, *restrict group = k->o->group;
    for (cef_index c = 0, bus = 0; c < k->o->n_chunk; c++) {
        const cef_index last = c + 1 < k->o->n_chunk ? (c + 1) << k->shift : n_bus, first = bus + c;
        cef_index n = first;
        while (bus < last) {
            const cef_index end = last - bus < SOME ? last : bus + SOME;
            for (cef_index i = bus; i < end; i++)
                group[i] = order_waiting(inflows[i], inflows[i]);
            for (; bus < end; bus++) {
                ready[n] = bus;
                n += inflows[bus] == 0;
            }
        }
        k->queue[c] = (order_queue){first, n};
    }
}

/* Nothing is in a block until loops are looked for. */
static void dissolve_blocks(order_state *o)
{
    for (cef_index p = 0; p < o->block_start[o->n_block]; p++)
        o->block[o->block_bus[p]] = -1;
    o->n_block = o->largest_block = 0;
}

void order_rebuild_levels(order_state *o)
{
    kahn k = {
        .o = o, .ready = o->scratch + order_core_size(o->net), .queue = o->queue, .chunk = -1, .shift = o->chunk_shift};
    o->n_level = 0;
    dissolve_blocks(o);
    list_sources(&k);
    sweep(&k, false);
    if (k.n_done < o->net->n_bus) {
        order_condense(&k, o->scratch);
        sweep(&k, true);
    }
    assert(k.n_done == o->net->n_bus);
    o->n_level_built = o->n_level;
}
