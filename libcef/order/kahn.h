/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room order: the state of Kahn's sweep, and what happens where it stalls. */
#ifndef CEF_ORDER_KAHN_H
#define CEF_ORDER_KAHN_H

#include "order/parts.h"

typedef struct {
    order_state *o;
    cef_index *ready; /* [n_bus + n_chunk] queues of buses (a block: its first member), chunk by chunk, one waste entry
                         behind each */
    order_queue *queue;                /* [n_chunk] */
    cef_index chunk, n_ready, n_taken; /* the chunk being visited, and its queue's ends */
    cef_index n_done;
    int32_t shift; /* a bus's chunk is its number shifted right by so much */
} kahn;

/* Until a bus is levelled, its group is what its group in level 0 will be less ORDER_GROUPS for each inflow not yet
 * levelled: negative while it waits. A block waits at its first member, and all its members' groups are a block's. */
static inline cef_index order_waiting(cef_index inflows, cef_index left)
{
    return order_group(0, inflows) - left * ORDER_GROUPS;
}
static inline bool order_is_block(cef_index group) { return (group & (ORDER_GROUPS - 1)) == ORDER_GROUP_BLOCK; }
static inline bool order_waits(const order_state *o, cef_index bus) { return o->group[bus] < 0; }
/* One inflow has been levelled. Was it the last? */
static inline bool order_release(order_state *o, cef_index bus) { return (o->group[bus] += ORDER_GROUPS) >= 0; }

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
