/* SPDX-License-Identifier: Apache-2.0 */
/* Buses in the sequence: cut into chunks, which few branches lead out of since neighbours stand near each other; when
 * in its chunk it is the turn of each; and how many roundings its intensity may have gone through. */
#include "batch/track.h"

enum { DENSE = 64 }; /* loops up to here are counted as if every bus received from all others */

typedef struct { /* of what is upstream */
    double most; /* roundings */
    cef_index step;
} upstream;

/* The sweep's order within a chunk. Classes take turns, and a bus joins the first turn of its class that is not over
 * when all upstream is priced: so runs are half as many as with buses level by level. In a turn it stands a substep
 * behind what it needs of the same turn, as a processor looks ahead at a few buses only. A step is a turn and a
 * substep; this is the first of the class from `step` on. */
enum { SUBSTEPS = 16 };
static inline cef_index step_from(cef_index step, cef_index length_class)
{
    const cef_index turn = step / SUBSTEPS;
    const cef_index own = (turn + CLASSES - 1 - length_class) / CLASSES * CLASSES + length_class;
    return own == turn ? step : own * SUBSTEPS;
}

/* inside: those of the same loop, not listed yet, do not count. */
static inline upstream look_up(const side_list *l, cef_index bus, bool inside, upstream found)
{
    const side_plan *p = &l->e->plan;
    for (cef_index k = l->e->net->end_start[bus]; k < p->first_out[bus]; k++) {
        const cef_index other = p->end[k].other;
        if (inside && p->number[other] != SIDE_LISTED)
            continue;
        const side_place place = p->place[other];
        const cef_index step = place.position >= l->chunk_start ? place.step + 1 : 0;
        found.step = step > found.step ? step : found.step;
        found.most = greater(place.roundings, found.most);
    }
    return found;
}

static void open_chunk(side_list *l)
{
    if (l->listed - l->chunk_start < SIDE_CHUNK)
        return;
    l->chunk++;
    l->chunk_start = l->listed;
}

static void put_in_sequence(side_list *l, cef_index bus, cef_index loop, cef_index ahead, upstream above)
{
    side_plan *p = &l->e->plan;
    p->place[bus] = (side_place){above.most, l->listed, above.step};
    p->number[bus] = SIDE_LISTED;
    p->chunk_of[bus] = l->chunk;
    p->loop[l->listed] = (uint16_t) loop;
    p->ahead[l->listed] = ahead;
    p->sequence[l->listed++] = bus;
    l->most = greater(above.most, l->most);
}

/* Roundings of what is read of a bus. */
static double own_count(const side_engine *e, cef_index bus)
{
    const cef_index n_in = e->plan.first_out[bus] - e->net->end_start[bus];
    return 2.0 * (n_in + e->net->bus_units[bus]) + 3.0;
}

void side_list_bus(side_list *l, cef_index bus)
{
    open_chunk(l);
    upstream above = look_up(l, bus, false, (upstream){0.0, 0});
    above.most += own_count(l->e, bus);
    above.step = step_from(above.step, l->e->plan.length_class[bus]);
    put_in_sequence(l, bus, 0, 0, above);
}

/* Terms of the pivots, by the network's static fill where the loop is long. */
static double elimination_count(side_engine *e, const cef_index *member, cef_index m)
{
    const static_order *fill = &e->net->elimination;
    double count = 0.0;
    for (cef_index k = 0; k < m; k++)
        e->plan.in_loop[fill->position[member[k]]] = 1;
    for (cef_index k = 0; k < m; k++) {
        const cef_index row = fill->position[member[k]];
        int64_t terms = m - k;
        if (m > DENSE) {
            terms = 1;
            for (int64_t q = fill->start[row]; q < fill->start[row + 1]; q++)
                terms += e->plan.in_loop[fill->later[q]];
        }
        count += 2.0 * (m - k) * ((double) terms + 2.0) + 2.0 * (double) terms;
    }
    for (cef_index k = 0; k < m; k++)
        e->plan.in_loop[fill->position[member[k]]] = 0;
    return count;
}

/* By elimination position; loops are short as a rule. */
static void sort_members(const cef_network *net, cef_index *member, cef_index m)
{
    const cef_index *position = net->elimination.position;
    for (cef_index k = 1; k < m; k++) {
        const cef_index moving = member[k];
        cef_index at = k;
        for (; at > 0 && position[member[at - 1]] > position[moving]; at--)
            member[at] = member[at - 1];
        member[at] = moving;
    }
}

/* ---- trees: loops that are none in any period ---- */

/* Members of a loop by their distance from the first. Where only branches that turn round connect them, each pair one
 * and no circle of them, a period has no loop: from the leaves to the root and back, every member is priced after what
 * feeds it in that period. That takes two looks at each but the root, less than elimination does, and no rounding more
 * than the period alone. */
typedef struct {
    cef_index bus[SIDE_LARGEST_LOOP], parent[SIDE_LARGEST_LOOP]; /* parent: number in bus */
    cef_index ahead[SIDE_LARGEST_LOOP], step[SIDE_LARGEST_LOOP];
    cef_index n;
} tree;

static inline bool turns(const side_engine *e, cef_index branch)
{
    return e->seen[branch] == (SIDE_FORWARD | SIDE_REVERSE);
}

/* Takes what feeds member number i and was not taken yet; false: this is no tree. */
static bool grow(const side_list *l, tree *t, cef_index i, cef_index m)
{
    const side_plan *p = &l->e->plan;
    cef_index met = 0;
    for (cef_index k = l->e->net->end_start[t->bus[i]]; k < p->first_out[t->bus[i]]; k++) {
        const network_end end = p->end[k];
        if (p->number[end.other] == SIDE_LISTED)
            continue;
        if (!turns(l->e, network_branch(end)))
            return false;
        if (i > 0 && end.other == t->bus[t->parent[i]]) {
            if (met++ > 0)
                return false;
            continue;
        }
        if (t->n == m)
            return false;
        t->parent[t->n] = i;
        t->bus[t->n++] = end.other;
    }
    return true;
}

static bool find_tree(const side_list *l, const cef_index *member, cef_index m, tree *t)
{
    t->n = 1;
    t->bus[0] = member[0];
    for (cef_index i = 0; i < t->n; i++)
        if (!grow(l, t, i, m))
            return false;
    return t->n == m;
}

static cef_index more(cef_index a, cef_index b) { return a > b ? a : b; }

/* Steps of the looks ahead, from the leaves on, then of the last ones. */
static void step_tree(const side_list *l, tree *t, upstream *above)
{
    const uint16_t *length_class = l->e->plan.length_class;
    for (cef_index i = 0; i < t->n; i++) {
        const upstream outside = look_up(l, t->bus[i], true, (upstream){above->most, 0});
        above->most = outside.most;
        t->ahead[i] = outside.step;
    }
    for (cef_index i = t->n - 1; i > 0; i--) {
        t->ahead[i] = step_from(t->ahead[i], ahead_class_of(length_class[t->bus[i]]));
        t->ahead[t->parent[i]] = more(t->ahead[t->parent[i]], t->ahead[i] + 1);
    }
    t->step[0] = step_from(t->ahead[0], length_class[t->bus[0]]);
    for (cef_index i = 1; i < t->n; i++)
        t->step[i] = step_from(t->step[t->parent[i]] + 1, length_class[t->bus[i]]);
}

static void list_tree(side_list *l, tree *t)
{
    upstream above = {0.0, 0};
    step_tree(l, t, &above);
    for (cef_index i = 0; i < t->n; i++)
        above.most += own_count(l->e, t->bus[i]);
    for (cef_index i = 0; i < t->n; i++) {
        above.step = t->step[i];
        l->e->plan.parent[t->bus[i]] = i > 0 ? t->bus[t->parent[i]] : -1;
        put_in_sequence(l, t->bus[i], 0, i > 0 ? t->ahead[i] + 1 : 0, above);
    }
}

/* ---- loops ---- */

static void list_eliminated(side_list *l, const cef_index *member, cef_index m)
{
    side_engine *e = l->e;
    upstream above = {0.0, 0};
    double assembly = 0.0;
    for (cef_index k = 0; k < m; k++) {
        above = look_up(l, member[k], true, above);
        assembly = greater(own_count(e, member[k]), assembly);
    }
    above.most += 2.0 * m * assembly + elimination_count(e, member, m);
    above.step = step_from(above.step, loop_class_of(m));
    for (cef_index k = 0; k < m; k++)
        put_in_sequence(l, member[k], k == 0 ? m : 0, 0, above);
}

void side_list_loop(side_list *l, cef_index *member, cef_index m)
{
    side_engine *e = l->e;
    tree t;
    open_chunk(l);
    sort_members(e->net, member, m);
    if (find_tree(l, member, m, &t))
        list_tree(l, &t);
    else
        list_eliminated(l, member, m);
    e->n_loop++;
    e->largest_loop = m > e->largest_loop ? m : e->largest_loop;
}
