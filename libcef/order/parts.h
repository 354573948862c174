/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room order: levels and blocks, repair, layout, rounding counts. */
#ifndef CEF_ORDER_PARTS_H
#define CEF_ORDER_PARTS_H

#include "order/order.h"

/* Heads and inflows of all branches from order.code; of one whose code changed. */
void order_find_heads(order_state *o);
void order_move_head(order_state *o, cef_index branch);
/* Condenses loops, levels everything anew and gives it places. */
void order_rebuild(order_state *o);
/* Adjusts levels to the changed branches (their old codes in `old`); false: rebuild. */
bool order_repair_levels(order_state *o, const cef_index *changed, const uint8_t *old, cef_index n_changed);
/* Places and runs, level by level: n buses (a block: its first member) become the next level. */
void order_start_places(order_state *o);
void order_place_level(order_state *o, const cef_index *bus, cef_index n);
/* The same of all levels, where `level` is known. */
void order_place_levels(order_state *o);
/* Arc slots and rounding counts, once all have their places. */
void order_lay_out(order_state *o);
/* The bus that stands for its block: the first listed member. */
static inline cef_index order_stand_in(const order_state *o, cef_index bus)
{
    return __builtin_expect(o->block[bus] < 0, 1) ? bus : o->block_bus[o->block_start[o->block[bus]]];
}

/* Counts the roundings of a block's intensities, those upstream being known. */
void order_count_block(order_state *o, order_run run);
/* The same of a single bus: `most` upstream. */
static inline double order_count(double most, cef_index inflows, cef_index units)
{
    return most + 2.0 * (inflows + units) + 3.0;
}

static inline size_t order_scratch_size(const cef_network *net)
{
    return 11 * (size_t) net->n_bus + (size_t) net->n_branch + 64;
}

#endif /* CEF_ORDER_PARTS_H */
