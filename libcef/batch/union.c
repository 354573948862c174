/* SPDX-License-Identifier: Apache-2.0 */
/* The union of the flow graphs of a stretch of periods, ordered by room order as if it were one snapshot of a network
 * in which every branch is there twice, once for each direction. */
#include "batch/side.h"

#define UNIT_ROUNDOFF 0x1p-53

void side_carve(cef_arena *arena, side_engine *e)
{
    const size_t n_bus = (size_t) e->net->n_bus, n_branch = (size_t) e->net->n_branch;
    const size_t loop = n_bus < SIDE_LARGEST_LOOP ? n_bus : SIDE_LARGEST_LOOP;
    e->order.net = e->both;
    order_carve(arena, &e->order);
    ARENA_ARRAY(arena, e->seen, n_branch + 8);
    ARENA_ARRAY(arena, e->code, 2 * n_branch);
    side_carve_schedule(arena, e);
    ARENA_ARRAY(arena, e->matrix, loop * (loop + 1) * LANES);
    ARENA_ARRAY(arena, e->pivot, loop * LANES);
    ARENA_ARRAY(arena, e->rhs, loop * LANES);
    ARENA_ARRAY(arena, e->nothing, LANES);
}

void side_carve_both(cef_arena *arena, cef_network *both, const cef_network *net)
{
    const size_t n_end = 2 * (size_t) net->end_start[net->n_bus];
    *both = (cef_network){.n_bus = net->n_bus, /* what room order reads; the count of references is not copied */
                          .n_branch = 2 * net->n_branch,
                          .bus_units = net->bus_units,
                          .elimination = net->elimination};
    ARENA_ARRAY(arena, both->branch_from, both->n_branch);
    ARENA_ARRAY(arena, both->branch_to, both->n_branch);
    ARENA_ARRAY(arena, both->end_start, (size_t) net->n_bus + 1);
    ARENA_ARRAY(arena, both->end, n_end);
    ARENA_ARRAY(arena, both->end_side, n_end);
}

void side_fill_both(cef_network *both, const cef_network *net)
{
    for (cef_index b = 0; b < net->n_branch; b++) {
        both->branch_from[2 * b] = both->branch_to[2 * b + 1] = net->branch_from[b];
        both->branch_to[2 * b] = both->branch_from[2 * b + 1] = net->branch_to[b];
    }
    for (cef_index bus = 0; bus <= net->n_bus; bus++)
        both->end_start[bus] = 2 * net->end_start[bus];
    for (cef_index k = 0; k < net->end_start[net->n_bus]; k++) {
        const network_end end = net->end[k];
        both->end[2 * k] = (network_end){2 * end.branch, end.other};
        both->end[2 * k + 1] = (network_end){2 * end.branch + 1, end.other};
        both->end_side[2 * k] = net->end_side[k];
        both->end_side[2 * k + 1] = (uint8_t) (NETWORK_FROM + NETWORK_TO - net->end_side[k]);
    }
}

void side_set_width(side_engine *e, int32_t width)
{
    e->kernels = width == LANES_AVX512 ? &side_kernels_avx512
                 : width == LANES_AVX2 ? &side_kernels_avx2
                                       : &side_kernels_portable;
    e->order.kernels = order_kernels_of(width);
}

/* The bound that the new order promises. */
static void take_bound(side_engine *e)
{
    double most = 0.0;
    for (cef_index k = 0; k < e->net->n_bus; k++)
        most = greater(e->order.roundings[k], most);
    most *= UNIT_ROUNDOFF;
    e->error_bound = most < 0.5 ? most / (1.0 - most) : INFINITY;
}

/* Never repaired: what is summed over the buses depends on their places, and those of a repaired order on its past. */
bool side_order(side_engine *e, bool has_load_intensity)
{
    order_state *o = &e->order;
    for (cef_index b = 0; b < e->net->n_branch; b++) {
        e->code[2 * b] = e->seen[b] & SIDE_FORWARD ? FLOW_FORWARD : FLOW_IDLE;
        e->code[2 * b + 1] = e->seen[b] & SIDE_REVERSE ? FLOW_FORWARD : FLOW_IDLE;
    }
    o->valid = o->valid && e->has_load_intensity == has_load_intensity &&
               memcmp(o->code, e->code, 2 * (size_t) e->net->n_branch) == 0;
    e->has_load_intensity = has_load_intensity;
    if (order_update(o, e->code) != ORDER_REUSED && o->largest_block <= SIDE_LARGEST_LOOP) {
        take_bound(e);
        side_schedule(e);
    }
    return o->largest_block <= SIDE_LARGEST_LOOP;
}
