/* SPDX-License-Identifier: Apache-2.0 */
/* Which ends arcs leave by, and how many lead into every bus. No branch on the direction, which no processor can guess.
 */
#include "order/parts.h"

enum { SOME = 256 };

static inline uint16_t leaves_of(uint8_t code)
{
    return (uint16_t) ((code == FLOW_FORWARD) | (code == FLOW_REVERSE) << 8); /* the from end is the low byte */
}

/* n branches from `first` on; head [n]. */
static inline void keep_some(order_state *o, const uint8_t *restrict code, cef_index first, cef_index n,
                             cef_index *restrict head)
{
    const cef_index *restrict from = o->net->branch_from + first, *restrict to = o->net->branch_to + first;
    const cef_index nowhere = o->net->n_bus;
    uint16_t *restrict leaves = o->leaves + first;
    code += first;
    memcpy(o->code + first, code, (size_t) n);
    for (cef_index k = 0; k < n; k++)
        leaves[k] = leaves_of(code[k]);
    for (cef_index k = 0; k < n; k++)
        head[k] = order_arc_of(code[k], from[k], to[k], nowhere).head;
}

void order_count_arcs(order_state *o, const uint8_t *code)
{
    const cef_index n_branch = o->net->n_branch;
    cef_index *restrict inflows = o->inflows, head[SOME];
    memset(inflows, 0, ((size_t) o->net->n_bus + 1) * sizeof *inflows);
    for (cef_index first = 0; first < n_branch; first += SOME) {
        const cef_index n = n_branch - first < SOME ? n_branch - first : SOME;
        keep_some(o, code, first, n, head);
        for (cef_index k = 0; k < n; k++)
            inflows[head[k]]++;
    }
}

static void count_arc(order_state *o, cef_index branch, uint8_t code, cef_index count)
{
    if (code != FLOW_FORWARD && code != FLOW_REVERSE)
        return;
    const cef_index head = code == FLOW_FORWARD ? o->net->branch_to[branch] : o->net->branch_from[branch];
    o->inflows[head] += count;
    if (o->group[head] % ORDER_GROUPS != ORDER_GROUP_BLOCK)
        o->group[head] = order_group(order_level_of(o, head), o->inflows[head]);
}

void order_move_arc(order_state *o, cef_index branch, uint8_t old)
{
    o->leaves[branch] = leaves_of(o->code[branch]);
    count_arc(o, branch, old, -1);
    count_arc(o, branch, o->code[branch], 1);
}
