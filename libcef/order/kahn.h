/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room order: the state of Kahn's sweep, and what happens where it stalls. */
#ifndef CEF_ORDER_KAHN_H
#define CEF_ORDER_KAHN_H

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

static inline void make_ready(kahn *k, cef_index bus)
{
    const cef_index chunk = bus >> k->shift;
    cef_index *end = chunk == k->chunk ? &k->n_ready : &k->queue[chunk].end;
    k->ready[(*end)++] = bus;
}

/* Lists the loops among what is not levelled as blocks, and makes ready those that wait for nothing. scratch: the first
 * order_core_size of the order's. */
void order_condense(kahn *k, cef_index *scratch);

#endif /* CEF_ORDER_KAHN_H */
