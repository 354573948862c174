/* SPDX-License-Identifier: Apache-2.0 */
/* Tarjan's walk (1972, SIAM J. Comput. 1(2) 146-160) against the flow: it comes back from a bus, or from a loop, when
 * all upstream were listed. One walk gives the loops and a sequence for the sweep in which neighbours of the grid stand
 * near each other, whatever its size. */
#include "batch/track.h"

#include "order/order.h"

/* Power enters a bus at its to end if the branch was seen to carry it forward. Each end is put at both cursors, and the
 * one that it does not belong to is overwritten. */
static inline void sort_ends_of(const side_engine *e, cef_index bus)
{
    _Static_assert(SIDE_FORWARD == 2 - 1 && SIDE_REVERSE == 2 - 0, "an arc enters at its far side");
    const cef_network *net = e->net;
    const uint8_t *restrict seen = e->seen;
    network_end *restrict sorted = e->plan.end;
    cef_index in = net->end_start[bus], out = net->end_start[bus + 1] - 1;
    for (cef_index k = in; k < net->end_start[bus + 1]; k++) {
        const network_end end = net->end[k];
        const bool enters = seen[network_branch(end)] & (2 - (end.key & 1));
        sorted[in] = sorted[out] = end;
        in += enters;
        out -= !enters;
    }
    e->plan.first_out[bus] = in;
    e->plan.length_class[bus] = class_of(e, bus);
}

/* From one stretch to the next few branches change: only their buses are sorted anew. */
void side_sort_ends(side_engine *e)
{
    const cef_network *net = e->net;
    for (cef_index bus = 0; bus < net->n_bus && !e->valid; bus++)
        sort_ends_of(e, bus);
    for (cef_index b = 0; b < net->n_branch && e->valid; b += 8) {
        if (memcmp(e->seen + b, e->ordered + b, 8) == 0) /* both end in eight bytes of 0 */
            continue;
        for (cef_index k = b; k < b + 8 && k < net->n_branch; k++) {
            if (e->seen[k] == e->ordered[k])
                continue;
            sort_ends_of(e, net->branch_from[k]);
            sort_ends_of(e, net->branch_to[k]);
        }
    }
}

typedef struct {
    side_engine *e;
    cef_index n_met, n_path, n_held;
    bool fits;
    side_list list;
} walker;

static void meet(walker *w, cef_index bus)
{
    side_plan *p = &w->e->plan;
    const cef_index number = ++w->n_met;
    p->number[bus] = number;
    p->path[w->n_path++] = (side_visit){bus, number, w->e->net->end_start[bus], p->first_out[bus]};
    p->held[w->n_held++] = bus;
}

/* Looks at inflows up to a bus that was not met yet; -1: there is none left. */
static inline cef_index look_upstream(const side_plan *p, side_visit *v)
{
    cef_index low = v->low, found = -1;
    while (v->next < v->end && found < 0) {
        const cef_index other = p->end[v->next++].other, number = p->number[other];
        if (number == SIDE_UNMET)
            found = other;
        else
            low = number < low ? number : low;
    }
    v->low = low;
    return found;
}

/* All upstream of the bus, and of those held since it was met, are listed: now it is their turn. */
static void list_held(walker *w, cef_index bus)
{
    cef_index *held = w->e->plan.held;
    cef_index first = w->n_held - 1;
    if (held[first] == bus) {
        side_list_bus(&w->list, bus);
    } else {
        while (held[first] != bus)
            first--;
        w->fits = w->fits && w->n_held - first <= SIDE_LARGEST_LOOP;
        if (w->fits)
            side_list_loop(&w->list, held + first, w->n_held - first);
    }
    w->n_held = first;
}

static void walk_from(walker *w, cef_index start)
{
    side_plan *p = &w->e->plan;
    meet(w, start);
    while (w->n_path > 0 && w->fits) {
        side_visit *v = &p->path[w->n_path - 1];
        const cef_index upstream = look_upstream(p, v);
        if (upstream >= 0) {
            meet(w, upstream);
            continue;
        }
        w->n_path--;
        if (v->low == p->number[v->bus]) {
            list_held(w, v->bus);
            continue;
        }
        side_visit *before = v - 1;
        before->low = v->low < before->low ? v->low : before->low;
    }
}

bool side_walk(side_engine *e)
{
    const cef_index n_bus = e->net->n_bus;
    walker w = {.e = e, .fits = true, .list = {.e = e}};
    e->n_loop = e->largest_loop = 0;
    memset(e->plan.number, 0, (size_t) n_bus * sizeof *e->plan.number);
    for (cef_index bus = 0; bus < n_bus && w.fits; bus++)
        if (e->plan.number[bus] == SIDE_UNMET)
            walk_from(&w, bus);
    e->error_bound = order_bound(w.list.most);
    e->n_chunk = n_bus > 0 ? w.list.chunk + 1 : 0;
    return w.fits;
}
