/* SPDX-License-Identifier: Apache-2.0 */
/* The elimination pattern of a large block: the network's static fill, restricted to the block's buses. */
#include "order/order.h"

void order_block_pattern(const order_state *o, cef_index block, int64_t *start, cef_index *later, cef_index *local)
{
    const static_order *fill = &o->net->elimination;
    const cef_index *member = o->block_bus + o->block_start[block];
    const cef_index m = o->block_start[block + 1] - o->block_start[block];
    for (cef_index k = 0; k < m; k++)
        local[fill->position[member[k]]] = k;
    start[0] = 0;
    for (cef_index k = 0; k < m; k++) {
        const cef_index row = fill->position[member[k]];
        int64_t used = start[k];
        for (int64_t q = fill->start[row]; q < fill->start[row + 1]; q++)
            if (local[fill->later[q]] >= 0)
                later[used++] = local[fill->later[q]];
        start[k + 1] = used;
    }
    for (cef_index k = 0; k < m; k++)
        local[fill->position[member[k]]] = -1;
}

bool order_block_is_dense(const order_state *o, cef_index m, int64_t pattern_entries)
{
    const double square = (double) m * m;
    return 2.0 * (double) pattern_entries + m >= 0.6 * square && square <= (double) order_block_capacity(o->net);
}

size_t order_block_capacity(const cef_network *net)
{
    const size_t fill = 2 * (size_t) net->elimination.start[net->n_bus] + (size_t) net->n_bus;
    const cef_index dense = net->n_bus < ORDER_DENSE ? net->n_bus : ORDER_DENSE;
    const size_t square = (size_t) dense * (size_t) dense;
    return fill > square ? fill : square;
}
