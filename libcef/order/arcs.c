/* SPDX-License-Identifier: Apache-2.0 */
/* Where every branch leads, and how many arcs lead into every bus. No branch on the direction, which no processor can
 * guess. */
#include "order/parts.h"

void order_find_heads(order_state *o)
{
    const cef_index *restrict from = o->net->branch_from, *restrict to = o->net->branch_to;
    const uint8_t *restrict code = o->code;
    cef_index *restrict head = o->head;
    const cef_index n_branch = o->net->n_branch, nowhere = o->net->n_bus;
    for (cef_index b = 0; b < n_branch; b++) {
        const cef_index forward = -(cef_index) (code[b] == FLOW_FORWARD),
                        reverse = -(cef_index) (code[b] == FLOW_REVERSE);
        head[b] = (to[b] & forward) | (from[b] & reverse) | (nowhere & ~(forward | reverse));
    }
    cef_index *restrict inflows = o->inflows;
    memset(inflows, 0, ((size_t) nowhere + 1) * sizeof *inflows);
    for (cef_index b = 0; b < n_branch; b++)
        inflows[head[b]]++;
}

void order_move_head(order_state *o, cef_index branch)
{
    const uint8_t code = o->code[branch];
    o->inflows[o->head[branch]]--;
    o->head[branch] = code == FLOW_FORWARD   ? o->net->branch_to[branch]
                      : code == FLOW_REVERSE ? o->net->branch_from[branch]
                                             : o->net->n_bus;
    o->inflows[o->head[branch]]++;
}
