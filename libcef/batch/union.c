/* SPDX-License-Identifier: Apache-2.0 */
/* The union of the flow graphs of a stretch of periods: an arc in each direction that occurs. */
#include "batch/side.h"

void side_carve(cef_arena *arena, side_engine *e)
{
    const size_t n_bus = (size_t) e->net->n_bus, n_branch = (size_t) e->net->n_branch;
    const size_t loop = n_bus < SIDE_LARGEST_LOOP ? n_bus : SIDE_LARGEST_LOOP;
    ARENA_ARRAY(arena, e->seen, n_branch + 8);
    ARENA_ARRAY(arena, e->ordered, n_branch + 8);
    ARENA_ARRAY(arena, e->denied, side_most_denied(e->net));
    side_carve_schedule(arena, e);
    ARENA_ARRAY(arena, e->fill, side_most_fill(e->net));
    ARENA_ARRAY(arena, e->row, (loop + 1) * LANES);
    ARENA_ARRAY(arena, e->kept, loop * (loop + 1) / 2 * LANES);
    ARENA_ARRAY(arena, e->pivot, loop * LANES);
    ARENA_ARRAY(arena, e->rhs, loop * LANES);
}

void side_prepare(side_engine *e)
{
    memset(e->plan.in_loop, 0, (size_t) e->net->n_bus);
    side_list_units(e);
    e->plan.end[e->net->end_start[e->net->n_bus]] = (network_end){0, 0};
    e->unit[e->unit_start[e->net->n_bus]] = 0;
}

void side_set_width(side_engine *e, int32_t width)
{
    e->kernels = width == LANES_AVX512 ? &side_kernels_avx512
                 : width == LANES_AVX2 ? &side_kernels_avx2
                                       : &side_kernels_portable;
}

/* Never repaired: what is summed over the buses depends on their sequence, and that of a repaired one on its past. */
bool side_order(side_engine *e, bool has_load_intensity)
{
    const size_t n_branch = (size_t) e->net->n_branch;
    if (e->valid && e->has_load_intensity == has_load_intensity && memcmp(e->ordered, e->seen, n_branch) == 0)
        return e->fits;
    side_sort_ends(e);
    memcpy(e->ordered, e->seen, n_branch + 8);
    e->valid = true;
    e->has_load_intensity = has_load_intensity;
    e->fits = side_walk(e);
    if (e->fits)
        side_schedule(e);
    return e->fits;
}
