/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the ends of every bus lead to, in as few bytes as numbers allow: what the sweep that makes levels reads. */
#include "order/parts.h"

/* The first seven whose steps fit. */
static void list_steps(order_state *o, cef_index bus)
{
    int16_t *step = o->neighbour[bus].step;
    int32_t n = 0;
    memset(step, 0, ORDER_STEPS * sizeof *step);
    for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++) {
        const cef_index far = o->net->end[e].other - bus;
        const bool fits = n < ORDER_LAST_BIT && far >= INT16_MIN && far <= INT16_MAX;
        *order_end_bit(o, o->net->end[e]) = (uint8_t) (1 << (fits ? n : ORDER_LAST_BIT));
        if (fits)
            step[n++] = (int16_t) far;
    }
}

static void list_first(order_state *o, cef_index bus)
{
    const cef_index first = o->net->end_start[bus], count = o->net->end_start[bus + 1] - first;
    for (cef_index k = 0; k < ORDER_FIRST; k++)
        o->neighbour[bus].first[k] = k < count ? o->net->end[first + k].other : 0;
    for (cef_index k = 0; k < count; k++)
        *order_end_bit(o, o->net->end[first + k]) = (uint8_t) (1 << (k < ORDER_LAST_BIT ? k : ORDER_LAST_BIT));
}

void order_list_neighbours(order_state *o)
{
    memset(o->end_bit, 0, 2 * (size_t) o->net->n_branch); /* a branch from a bus to itself has no ends */
    for (cef_index bus = 0; bus < o->net->n_bus; bus++)
        if (o->near)
            list_steps(o, bus);
        else
            list_first(o, bus);
}
