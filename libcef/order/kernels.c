/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of room order: the rounding counts of eight buses side by side, and which arcs leave a row of buses. */
#include "order/kernels.h"

#include "lanes/lanes.h"
#include "order/kahn.h"

/* As order_kept has it. */
LANES_INLINE void keep(float *roundings, lanes count)
{
    const lanes more = lanes_mul(count, lanes_all(1.0 + 0x1p-22));
    floats_store(roundings, lanes_select(lanes_less(count, lanes_all(0x1p24)), count, more));
}

/* inflows is a constant at every call. Lanes past the run's end write counts of places that are counted later. */
LANES_INLINE void count_alike(const order_state *o, order_run run, int inflows)
{
    for (cef_index k = 0; k < run.count; k += LANES) {
        lanes most = lanes_all(0.0);
        for (int i = 0; i < inflows; i++)
            most = lanes_greater(floats_pick_every(o->roundings, o->arc_source + run.arc + k * inflows + i, inflows),
                                 most);
        cef_index units_of[LANES], room[LANES];
        const cef_index *bus = ints_padded(o->bus_at + run.first + k, run.count - k, room);
        for (int lane = 0; lane < LANES; lane++)
            units_of[lane] = o->net->bus_units[bus[lane]];
        const lanes units = lanes_of_ints(ints_load(units_of));
        const lanes own = lanes_mul(lanes_all(2.0), lanes_add(lanes_all(inflows), units));
        const lanes count = lanes_add(lanes_add(most, own), lanes_all(3.0));
        keep(o->roundings + run.first + k, count);
    }
}

static void count(const order_state *o, order_run run)
{
    switch (run.inflows) {
    case 0: count_alike(o, run, 0); break;
    case 1: count_alike(o, run, 1); break;
    case 2: count_alike(o, run, 2); break;
    case 3: count_alike(o, run, 3); break;
    case 4: count_alike(o, run, 4); break;
    default: count_alike(o, run, 5); break;
    }
}

/* ---- arcs of buses: no branch on the direction, which no processor can guess ---- */

enum { SOME = 256 };

/* Of a branch that is no arc the bit is 0, and its buses count for nothing. */
typedef struct {
    cef_index tail[SOME], head[SOME];
    uint8_t bit[SOME]; /* of the end that the arc leaves by */
} some_arcs;

LANES_INLINE uint8_t bit_of(uint8_t code, uint8_t from_bit, uint8_t to_bit)
{
    return (uint8_t) ((from_bit & -(code == FLOW_FORWARD)) | (to_bit & -(code == FLOW_REVERSE)));
}

/* n branches from `first` on. */
LANES_INLINE void keep_some(order_state *o, const uint8_t *restrict code, cef_index first, cef_index n,
                            some_arcs *restrict arcs)
{
    const cef_index *restrict from = o->net->branch_from + first, *restrict to = o->net->branch_to + first;
    const uint8_t *restrict from_bit = o->end_bit + first, *restrict to_bit = from_bit + o->net->n_branch;
    code += first;
    memcpy(o->code + first, code, (size_t) n);
    for (cef_index k = 0; k < n; k++)
        arcs->bit[k] = bit_of(code[k], from_bit[k], to_bit[k]);
    for (cef_index k = 0; k < n; k++) {
        const cef_index both = (from[k] ^ to[k]) & -(cef_index) (code[k] == FLOW_REVERSE);
        arcs->tail[k] = from[k] ^ both;
        arcs->head[k] = to[k] ^ both;
    }
}

enum { APART = 16 };
_Static_assert(SOME % APART == 0, "so the loops have one length but at the last branches");

/* Branches beside each other in the table often meet the same bus: every sixteenth is counted, then those behind them,
 * and no count waits for the one before. */
LANES_INLINE void count_some(order_state *o, const some_arcs *restrict arcs, cef_index n)
{
    cef_index *restrict inflows = o->inflows;
    uint8_t *restrict leaves = o->leaves;
    for (cef_index first = 0; first < APART; first++)
        for (cef_index k = first; k < n; k += APART) {
            inflows[arcs->head[k]] += arcs->bit[k] != 0;
            leaves[arcs->tail[k]] |= arcs->bit[k];
        }
}

static void count_arcs(order_state *o, const uint8_t *code)
{
    const cef_index n_branch = o->net->n_branch;
    some_arcs arcs;
    memset(o->leaves, 0, (size_t) o->net->n_bus * sizeof *o->leaves);
    memset(o->inflows, 0, (size_t) o->net->n_bus * sizeof *o->inflows);
    for (cef_index first = 0; first < n_branch; first += SOME) {
        const cef_index n = n_branch - first < SOME ? n_branch - first : SOME;
        keep_some(o, code, first, n, &arcs);
        count_some(o, &arcs, n);
    }
}

/* ---- what waits for nothing ---- */

static cef_index list_sources(const order_state *o, cef_index first, cef_index last, cef_index *restrict ready)
{
    const cef_index *restrict inflows = o->inflows;
    cef_index *restrict group = o->group, n = 0, bus = first;
    for (; bus + 4 <= last; bus += 4) {
        const four_ints count = fours_load(inflows + bus), few = count < ORDER_GENERAL;
        const four_ints waiting = ((count & few) | (ORDER_GENERAL & ~few)) - count * ORDER_GROUPS;
        memcpy(group + bus, &waiting, sizeof waiting);
        n += fours_keep(ready + n, (four_ints){bus, bus + 1, bus + 2, bus + 3}, fours_zero(count));
    }
    for (; bus < last; bus++) {
        group[bus] = order_waiting(inflows[bus], inflows[bus]);
        if (inflows[bus] == 0)
            ready[n++] = bus;
    }
    return n;
}

/* ---- a row of a level ---- */

enum { AHEAD = 16 }; /* buses whose neighbours are fetched in time */

/* A processor guesses badly by which ends of a bus arcs leave: four neighbours are written, and those kept whose ends
 * have their bits. */
LANES_INLINE order_heads take_as(const order_state *o, const cef_index *bus, cef_index n, cef_index known,
                                 cef_index *restrict head, cef_index *restrict more, bool near, bool far)
{
    const order_neighbours *restrict neighbour = o->neighbour;
    const uint8_t *restrict leaves = o->leaves;
    cef_index *restrict group = o->group, level = (o->n_level - 1) * ORDER_GROUPS;
    order_heads listed = {0, 0};
    for (cef_index k = 0; k < n; k++) {
        const cef_index here = bus[k];
        if (far && k + AHEAD < known) {
            __builtin_prefetch(&neighbour[bus[k + AHEAD]]);
            __builtin_prefetch(&leaves[bus[k + AHEAD]]);
        }
        const four_ints others = near ? fours_from(here, neighbour[here].step) : fours_load(neighbour[here].first);
        const uint32_t bits = leaves[here];
        listed.n_head += fours_keep(head + listed.n_head, others, bits & ((1u << ORDER_FIRST) - 1u));
        group[here] += level;
        more[listed.n_more] = here;
        listed.n_more += bits >> ORDER_FIRST != 0;
    }
    return listed;
}

static order_heads take(const order_state *o, const cef_index *bus, cef_index n, cef_index known,
                        cef_index *restrict head, cef_index *restrict more)
{
    if (!o->near)
        return take_as(o, bus, n, known, head, more, false, true);
    if (o->net->n_bus > FLOW_NEAR)
        return take_as(o, bus, n, known, head, more, true, true);
    return take_as(o, bus, n, known, head, more, true, false);
}

const order_kernels KERNEL(order_kernels) = {count_arcs, list_sources, take, count};
