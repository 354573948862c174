/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping, repairing or rebuilding the order. */
#include "order/order.h"

#include "lanes/lanes.h"
#include "order/kernels.h"
#include "order/parts.h"

const order_kernels *order_kernels_of(int32_t width)
{
    return width == LANES_AVX512 ? &order_kernels_avx512
           : width == LANES_AVX2 ? &order_kernels_avx2
                                 : &order_kernels_portable;
}

void order_carve(cef_arena *arena, order_state *o)
{
    const cef_index n_bus = o->net->n_bus, n_branch = o->net->n_branch;
    ARENA_ARRAY(arena, o->code, n_branch + 8);
    ARENA_ARRAY(arena, o->leaves, n_bus);
    ARENA_ARRAY(arena, o->inflows, n_bus);
    ARENA_ARRAY(arena, o->group, n_bus);
    ARENA_ARRAY(arena, o->block, n_bus);
    ARENA_ARRAY(arena, o->block_start, n_bus / 2 + 2);
    ARENA_ARRAY(arena, o->block_bus, n_bus);
    ARENA_ARRAY(arena, o->bus_at, (size_t) n_bus + 8);
    ARENA_ARRAY(arena, o->place, (size_t) n_bus + FLOW_SLACK);
    ARENA_ARRAY(arena, o->arc_start, (size_t) n_bus + 2);
    ARENA_ARRAY(arena, o->arc_source, (size_t) n_branch + FLOW_SLACK);
    ARENA_ARRAY(arena, o->slot, (size_t) n_branch + FLOW_SLACK);
    ARENA_ARRAY(arena, o->run, n_bus);
    ARENA_ARRAY(arena, o->sends, (size_t) n_bus + 8);
    ARENA_ARRAY(arena, o->roundings, (size_t) n_bus + 8);
    ARENA_ARRAY(arena, o->neighbour, n_bus);
    ARENA_ARRAY(arena, o->end_bit, 2 * (size_t) n_branch);
    ARENA_ARRAY(arena, o->queue, (n_bus >> ORDER_CHUNK) + 1);
    ARENA_ARRAY(arena, o->scratch, order_scratch_size(o->net));
}

/* Chunks pay where most branches stay within one. */
static void choose_chunks(order_state *o)
{
    const cef_network *net = o->net;
    cef_index inside = 0;
    for (cef_index b = 0; b < net->n_branch; b++)
        inside += net->branch_from[b] >> ORDER_CHUNK == net->branch_to[b] >> ORDER_CHUNK;
    const bool pays = inside > net->n_branch / 4 * 3;
    o->chunk_shift = pays ? ORDER_CHUNK : 31;
    o->n_chunk = pays ? ((net->n_bus - 1) >> ORDER_CHUNK) + 1 : 1;
    o->near = pays || net->n_bus <= FLOW_NEAR;
}

/* Kernels take eight arcs at a time and may read past the last ones: those point at place 0. */
void order_prepare(order_state *o)
{
    choose_chunks(o);
    order_list_neighbours(o);
    o->n_block = 0;
    o->block_start[0] = 0;
    memset(o->block, 0xFF, (size_t) o->net->n_bus * sizeof *o->block);
    memset(o->arc_source, 0, ((size_t) o->net->n_branch + FLOW_SLACK) * sizeof *o->arc_source);
    for (cef_index k = 0; k < FLOW_SLACK; k++)
        o->slot[o->net->n_branch + k] = o->net->n_branch + FLOW_NO_ARC;
    memset(o->roundings, 0, ((size_t) o->net->n_bus + 8) * sizeof *o->roundings);
    memset(o->place, 0, ((size_t) o->net->n_bus + FLOW_SLACK) * sizeof *o->place);
}

/* Lists what changed while it is few; returns the number of changes. */
static cef_index list_changes(const order_state *o, const uint8_t *restrict code, cef_index *changed, cef_index limit)
{
    const uint8_t *restrict kept = o->code;
    cef_index n = 0;
    for (cef_index first = 0; first < o->net->n_branch; first += 64) {
        const cef_index last = first + 64 < o->net->n_branch ? first + 64 : o->net->n_branch;
        cef_index here = 0;
        for (cef_index b = first; b < last; b++)
            here += code[b] != kept[b];
        for (cef_index b = first; here > 0 && n + here <= limit && b < last; b++)
            if (code[b] != kept[b])
                changed[n++] = b, here--;
        n += here;
    }
    return n;
}

static bool repair(order_state *o, const uint8_t *code)
{
    const cef_index limit = o->net->n_branch / 32 + 1;
    cef_index *changed = o->scratch + 4 * (size_t) o->net->n_bus; /* the repair itself works below */
    uint8_t *old = (uint8_t *) (changed + limit);
    o->n_change = list_changes(o, code, changed, limit);
    if (o->n_change > limit)
        return false;
    for (cef_index k = 0; k < o->n_change; k++) {
        old[k] = o->code[changed[k]];
        o->code[changed[k]] = code[changed[k]];
    }
    order_move_arcs(o, changed, old, o->n_change, old + limit);
    return order_repair_levels(o, changed, old, o->n_change);
}

int32_t order_update(order_state *o, const uint8_t *code)
{
    o->n_change = 0;
    if (o->valid && memcmp(o->code, code, (size_t) o->net->n_branch) == 0)
        return ORDER_REUSED;
    const bool repaired = o->valid && repair(o, code);
    if (!repaired) {
        o->kernels->count_arcs(o, code);
        order_rebuild_levels(o);
    }
    order_lay_out(o);
    o->version++;
    o->valid = true;
    o->repaired = repaired;
    return repaired ? ORDER_REPAIRED : ORDER_REBUILT;
}
