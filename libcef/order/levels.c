/* SPDX-License-Identifier: Apache-2.0 */
/* Levels of the flow graph with its loops condensed: Kahn's sweep from the sources. The sweep visits chunks of buses
 * that are numbered near each other, the one with most to do first, and stays while there is something to do: what a
 * visit reads and writes fits a near cache, here and in every pass over places. What is ready at a time makes one
 * level; levels go on counting from visit to visit. */
#include "order/kahn.h"
#include "order/kernels.h"

/* ---- ends that are looked at one by one ---- */

/* Arcs that leave by ends with one of these bits. */
static void finish_ends(kahn *k, cef_index bus, int32_t bits)
{
    order_state *o = k->o;
    const cef_index block = o->block[bus];
    for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++) {
        const network_end end = o->net->end[e];
        const cef_index head = order_stand_in(o, end.other);
        if ((*order_end_bit(o, end) & bits) && order_leaves(o, e) && (block < 0 || o->block[end.other] != block) &&
            order_release(o, head))
            make_ready(k, head);
    }
}

static void finish_block(kahn *k, cef_index block)
{
    order_state *o = k->o;
    for (cef_index p = o->block_start[block]; p < o->block_start[block + 1]; p++) {
        o->group[o->block_bus[p]] = (o->n_level - 1) * ORDER_GROUPS + ORDER_GROUP_BLOCK;
        finish_ends(k, o->block_bus[p], -1);
    }
    k->n_done += o->block_start[block + 1] - o->block_start[block] - 1; /* its stand-in is counted where it is taken */
}

/* ---- all others ---- */

/* The heads of many buses' arcs are first listed in one row: those of the first four ends, then those beyond. */
enum { ROW = ORDER_LAST_BIT * ORDER_LINE };

static inline cef_index neighbour_at(const order_state *o, cef_index bus, int32_t end)
{
    return o->near ? bus + o->neighbour[bus].step[end] : o->net->end[o->net->end_start[bus] + end].other;
}

/* Arcs that leave by ends beyond the first four. Returns the length of the row. */
static inline cef_index list_more(kahn *k, const cef_index *restrict more, cef_index n_more, cef_index *restrict head,
                                  cef_index n)
{
    const order_state *o = k->o;
    for (cef_index i = 0; i < n_more; i++) {
        const int32_t leaves = o->leaves[more[i]];
        for (int32_t end = ORDER_FIRST; end < ORDER_LAST_BIT; end++) {
            head[n] = neighbour_at(o, more[i], end);
            n += leaves >> end & 1;
        }
        if (__builtin_expect(leaves >> ORDER_LAST_BIT, 0))
            finish_ends(k, more[i], 1 << ORDER_LAST_BIT);
    }
    return n;
}
_Static_assert(ORDER_LAST_BIT - ORDER_FIRST - 1 <= NETWORK_END_SLACK, "behind the last bus's fifth end");

/* Finishes the blocks of a row. Returns how many single buses there are. */
static inline cef_index finish_blocks(kahn *k, const cef_index *restrict row, cef_index n, cef_index *restrict single)
{
    const order_state *o = k->o;
    cef_index n_single = 0;
    for (cef_index i = 0; i < n; i++)
        if (__builtin_expect(order_is_block(o->group[row[i]]), 0))
            finish_block(k, o->block[row[i]]);
        else
            single[n_single++] = row[i];
    return n_single;
}

/* Takes the next ready buses of one level, which ends at `last`, off the queue. Returns the number of arcs that leave
 * them; their heads: [ROW + ORDER_FIRST]. condensed: blocks are known, and their members are stood in for. */
static inline cef_index take_row(kahn *k, cef_index last, cef_index *restrict head, bool condensed)
{
    const order_state *o = k->o;
    const cef_index *bus = k->ready + k->n_taken;
    cef_index single[ORDER_LINE], more[ORDER_LINE];
    cef_index known = last - k->n_taken, n = known < ORDER_LINE ? known : ORDER_LINE;
    k->n_taken += n;
    k->n_done += n;
    if (condensed) {
        known = n = finish_blocks(k, bus, n, single);
        bus = single;
    }
    const order_heads listed = o->kernels->take(o, bus, n, known, head, more);
    return list_more(k, more, listed.n_more, head, listed.n_head);
}

/* Neighbours that are numbered anyhow are far: they are fetched for all of the row at once. */
static inline __attribute__((always_inline)) void fetch_row(const kahn *k, const cef_index *head, cef_index n)
{
    for (cef_index i = 0; i < n; i++)
        __builtin_prefetch(k->o->group + head[i], 1);
}

static inline __attribute__((always_inline)) void release(kahn *k, const cef_index *restrict heads, cef_index n,
                                                          bool condensed, bool chunked)
{
    cef_index *restrict group = k->o->group, *restrict ready = k->ready;
    cef_index n_ready = k->n_ready;
    for (cef_index i = 0; i < n; i++) {
        const bool member = condensed && __builtin_expect(order_is_block(group[heads[i]]), 0);
        const cef_index head = member ? order_stand_in(k->o, heads[i]) : heads[i];
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

/* What is ready makes one level: all that it waited for stands in levels before. */
static inline __attribute__((always_inline)) void take_level(kahn *k, bool condensed, bool chunked)
{
    const cef_index last = k->n_ready;
    k->o->n_level++;
    while (k->n_taken < last) {
        cef_index head[ROW + ORDER_FIRST];
        const cef_index n = take_row(k, last, head, condensed);
        if (!k->o->near)
            fetch_row(k, head, n);
        release(k, head, n, condensed, chunked);
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
    fetch_lines(k->o->neighbour + first, k->o->neighbour + last);
    fetch_lines(k->o->leaves + first, k->o->leaves + last);
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
    const order_state *o = k->o;
    for (cef_index c = 0, bus = 0; c < o->n_chunk; c++) {
        const cef_index last = c + 1 < o->n_chunk ? (c + 1) << k->shift : o->net->n_bus, first = bus + c;
        const cef_index n = o->kernels->list_sources(o, bus, last, k->ready + first);
        k->queue[c] = (order_queue){first, first + n};
        bus = last;
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
