/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room order: what is compiled once per instruction set. */
#ifndef CEF_ORDER_KERNELS_H
#define CEF_ORDER_KERNELS_H

#include "order/order.h"

enum { ORDER_LINE = 96 }; /* buses whose arcs are listed at a time, at most */
typedef struct {
    cef_index n_head, n_more;
} order_heads;

struct order_kernels {
    /* Keeps the code, by which ends arcs leave and how many enter each bus. */
    void (*count_arcs)(order_state *o, const uint8_t *code);
    /* What buses [first, last) wait for, and a list of those that wait for nothing: ready [last - first], whose number
     * is returned. */
    cef_index (*list_sources)(const order_state *o, cef_index first, cef_index last, cef_index *restrict ready);
    /* Gives n buses their level, the last one. Lists the heads of the arcs that leave them by their first ORDER_FIRST
     * ends, and those buses that arcs leave by other ends too. bus: [known], of which those behind the first n come
     * next; head: [ORDER_FIRST (n + 1)]; more: [n]. */
    order_heads (*take)(const order_state *o, const cef_index *bus, cef_index n, cef_index known,
                        cef_index *restrict head, cef_index *restrict more);
    /* Rounding counts of a run of buses with 0..5 inflows each, those upstream being known. */
    void (*count)(const order_state *o, order_run run);
};
extern const order_kernels order_kernels_portable, order_kernels_avx2, order_kernels_avx512;

#endif /* CEF_ORDER_KERNELS_H */
