/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of arcs, after some branches had other codes. */
#include "order/parts.h"

static void count_arc(order_state *o, cef_index branch, uint8_t code, cef_index count)
{
    if (code != FLOW_FORWARD && code != FLOW_REVERSE)
        return;
    const cef_index head = code == FLOW_FORWARD ? o->net->branch_to[branch] : o->net->branch_from[branch];
    o->inflows[head] += count;
    if (o->group[head] % ORDER_GROUPS != ORDER_GROUP_BLOCK)
        o->group[head] = order_group(order_level_of(o, head), o->inflows[head]);
}

/* Does an arc leave the bus by an end with the last bit? */
static bool leaves_last(const order_state *o, cef_index bus)
{
    for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++)
        if (*order_end_bit(o, o->net->end[e]) >> ORDER_LAST_BIT && order_leaves(o, e))
            return true;
    return false;
}

/* The branch's end at this bus: does an arc leave the bus by it? Of a bus with many ends of the last bit all are looked
 * at once, however many of them changed. */
static void note_end(order_state *o, cef_index bus, uint8_t bit, bool leaves, uint8_t *looked)
{
    if (bit >> ORDER_LAST_BIT) {
        if (looked[bus])
            return;
        looked[bus] = 1;
        leaves = leaves_last(o, bus);
    }
    o->leaves[bus] = (uint8_t) ((o->leaves[bus] & ~bit) | (leaves ? bit : 0));
}

void order_move_arcs(order_state *o, const cef_index *changed, const uint8_t *old, cef_index n_changed, uint8_t *looked)
{
    memset(looked, 0, (size_t) o->net->n_bus);
    for (cef_index k = 0; k < n_changed; k++) {
        const cef_index branch = changed[k];
        const uint8_t code = o->code[branch], *bits = o->end_bit + branch;
        note_end(o, o->net->branch_from[branch], bits[0], code == FLOW_FORWARD, looked);
        note_end(o, o->net->branch_to[branch], bits[o->net->n_branch], code == FLOW_REVERSE, looked);
        count_arc(o, branch, old[k], -1);
        count_arc(o, branch, code, 1);
    }
}
