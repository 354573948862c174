/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room order: levels and blocks, repair, layout, rounding counts. */
#ifndef CEF_ORDER_PARTS_H
#define CEF_ORDER_PARTS_H

#include "order/order.h"

/* The buses at both ends of an arc; what is no arc leads from nowhere to nowhere. */
typedef struct {
    cef_index tail, head;
} order_arc;
static inline order_arc order_arc_of(uint8_t code, cef_index from, cef_index to, cef_index nowhere)
{
    const cef_index turned = -(cef_index) (code == FLOW_REVERSE), idle = (code == FLOW_FORWARD) - 1 - turned;
    const cef_index both = (from ^ to) & turned;
    return (order_arc){((from ^ both) & ~idle) | (nowhere & idle), ((to ^ both) & ~idle) | (nowhere & idle)};
}
/* Fills neighbour and end_bit, once `near` is known. */
void order_list_neighbours(order_state *o);
/* Which bit of its bus's `leaves` is an end's. */
static inline uint8_t *order_end_bit(const order_state *o, network_end end)
{
    return o->end_bit + (size_t) (end.key & 1) * (size_t) o->net->n_branch + (end.key >> 1);
}
/* By which ends arcs leave and how many enter each bus, after these branches had other codes (`old`). looked: [n_bus]
 * scratch. */
void order_move_arcs(order_state *o, const cef_index *changed, const uint8_t *old, cef_index n_changed,
                     uint8_t *looked);
/* Condenses loops and levels everything anew (inflows counted). */
void order_rebuild_levels(order_state *o);
/* The group of a bus that is in no block. */
static inline cef_index order_group(cef_index level, cef_index inflows)
{
    return level * ORDER_GROUPS + (inflows < ORDER_GENERAL ? inflows : ORDER_GENERAL);
}
/* The bus that stands for its block: the first listed member. */
static inline cef_index order_stand_in(const order_state *o, cef_index bus)
{
    return __builtin_expect(o->block[bus] < 0, 1) ? bus : o->block_bus[o->block_start[o->block[bus]]];
}
/* Adjusts levels to the changed branches (their old codes in `old`); false: rebuild. */
bool order_repair_levels(order_state *o, const cef_index *changed, const uint8_t *old, cef_index n_changed);
/* From levels and blocks to places, runs, arc slots and rounding counts. */
void order_lay_out(order_state *o);
/* Counts the roundings of a block's intensities, those upstream being known. */
void order_count_block(order_state *o, order_run run);
/* The same of a single bus: `most` upstream. */
static inline double order_count(double most, cef_index inflows, cef_index units)
{
    return most + 2.0 * (inflows + units) + 3.0;
}

/* In single precision: whole numbers below 2^24 as they are, others rounded up. */
static inline float order_kept(double count) { return (float) (count < 0x1p24 ? count : count * (1.0 + 0x1p-22)); }

/* The core of the loops, and what stands behind it while levels are made: queues. */
static inline size_t order_core_size(const cef_network *net)
{
    return 9 * (size_t) net->n_bus + (size_t) net->n_branch + 64;
}
static inline size_t order_scratch_size(const cef_network *net)
{
    return order_core_size(net) + (size_t) net->n_bus + (size_t) (net->n_bus >> ORDER_CHUNK) + 2;
}

#endif /* CEF_ORDER_PARTS_H */
