/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room order: levels and blocks, repair, layout, rounding counts. */
#ifndef CEF_ORDER_PARTS_H
#define CEF_ORDER_PARTS_H

#include "order/order.h"

/* Heads and inflows of all branches from order.code; of one whose code changed. */
void order_find_heads(order_state *o);
void order_move_head(order_state *o, cef_index branch);
/* Condenses loops and levels everything anew (arcs listed). */
void order_rebuild_levels(order_state *o);
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

static inline cef_index order_scratch_size(const cef_network *net) { return 9 * net->n_bus + net->n_branch + 64; }

#endif /* CEF_ORDER_PARTS_H */
