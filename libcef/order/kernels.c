/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of room order: the rounding counts of eight buses side by side. */
#include "order/kernels.h"

#include "lanes/lanes.h"
#include "order/parts.h"

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

const order_kernels KERNEL(order_kernels) = {count};
