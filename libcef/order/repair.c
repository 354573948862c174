/* SPDX-License-Identifier: Apache-2.0 */
/* Repairing levels after a few branches changed their use. An arc that is gone invalidates nothing outside blocks; a
 * new arc that leads upward in level fits as it is; any other raises its head and what follows from it. A loop that may
 * have formed or dissolved asks for a rebuild. */
#include "order/parts.h"

typedef struct {
    order_state *o;
    cef_index *stack; /* buses whose level was raised; a block is raised as a whole */
    cef_index depth, budget;
    cef_index tail; /* raising this bus again closes a loop */
} raiser;

static bool same_block(const order_state *o, cef_index a, cef_index b)
{
    return a == b || (o->block[a] >= 0 && o->block[a] == o->block[b]);
}

/* The buses that share the level of `bus`: itself or its block. */
static const cef_index *members(const order_state *o, const cef_index *bus, cef_index *count)
{
    const cef_index block = o->block[*bus];
    *count = block < 0 ? 1 : o->block_start[block + 1] - o->block_start[block];
    return block < 0 ? bus : o->block_bus + o->block_start[block];
}

static bool raise_to(raiser *r, cef_index bus, cef_index level)
{
    order_state *o = r->o;
    if (same_block(o, bus, r->tail) || --r->budget < 0)
        return false;
    cef_index n = 0;
    const cef_index *member = members(o, &bus, &n);
    for (cef_index k = 0; k < n; k++)
        o->group[member[k]] = level * ORDER_GROUPS + o->group[member[k]] % ORDER_GROUPS;
    if (level >= o->n_level)
        o->n_level = level + 1;
    r->stack[r->depth++] = bus;
    return true;
}

static bool raise_heads(raiser *r, cef_index bus)
{
    const order_state *o = r->o;
    for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++) {
        const cef_index head = o->net->end[e].other;
        if (!order_leaves(o, e) || same_block(o, bus, head) || order_level_of(o, head) > order_level_of(o, bus))
            continue;
        if (!raise_to(r, head, order_level_of(o, bus) + 1))
            return false;
    }
    return true;
}

static bool spread(raiser *r)
{
    while (r->depth > 0) {
        const cef_index bus = r->stack[--r->depth];
        cef_index n = 0;
        const cef_index *member = members(r->o, &bus, &n);
        for (cef_index k = 0; k < n; k++)
            if (!raise_heads(r, member[k]))
                return false;
    }
    return true;
}

static bool is_arc(uint8_t code) { return code == FLOW_FORWARD || code == FLOW_REVERSE; }

static bool fit_arc(raiser *r, cef_index branch)
{
    order_state *o = r->o;
    const bool forward = o->code[branch] == FLOW_FORWARD;
    const cef_index from = o->net->branch_from[branch], to = o->net->branch_to[branch];
    const cef_index tail = forward ? from : to, head = forward ? to : from;
    if (same_block(o, tail, head) || order_level_of(o, head) > order_level_of(o, tail))
        return true;
    r->tail = tail;
    r->depth = 0;
    return raise_to(r, head, order_level_of(o, tail) + 1) && spread(r);
}

bool order_repair_levels(order_state *o, const cef_index *changed, const uint8_t *old, cef_index n_changed)
{
    const cef_network *net = o->net;
    raiser r = {o, o->scratch, 0, net->n_bus, -1};
    for (cef_index k = 0; k < n_changed; k++) /* a loop that lost an arc may have come apart */
        if (is_arc(old[k]) && same_block(o, net->branch_from[changed[k]], net->branch_to[changed[k]]))
            return false;
    for (cef_index k = 0; k < n_changed; k++)
        if (is_arc(o->code[changed[k]]) && !fit_arc(&r, changed[k]))
            return false;
    return o->n_level <= 2 * o->n_level_built + 16 &&
           o->n_level <= net->n_bus; /* the layout has room for n_bus levels */
}
