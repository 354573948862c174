/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of roundings are kept in single precision: never fewer than were counted, or the a-priori bound would not be
 * rigorous. */
#include <criterion/criterion.h>
#include <math.h>

#include "order/kernels.h"
#include "order/parts.h"

#include "lanes/lanes.h"

Test(order_roundings, small_counts_are_kept_as_they_are)
{
    for (double count = 0.0; count < 0x1p24; count = floor(1.0 + count * 1.001))
        cr_assert_eq((double) order_kept(count), count);
}

Test(order_roundings, large_counts_are_rounded_up)
{
    for (double count = 0x1p24 - 3.0; count < 0x1p70; count = floor(1.0 + count * 1.0001)) {
        const double kept = (double) order_kept(count);
        cr_assert_geq(kept, count);
        cr_assert_leq(kept, count * (1.0 + 0x1p-21), "%.17g became %.17g", count, kept);
    }
}

Test(order_roundings, bounds_are_claimed_up_to_one_half)
{
    cr_assert_lt(order_bound((double) 0x1.8p51F), INFINITY);
    cr_assert_lt(order_bound((double) 0x1.fffffep51F), INFINITY);
    cr_assert_eq(order_bound((double) 0x1p52F), (double) INFINITY);
}

/* b (1 - K u) >= K u, in whole numbers without rounding. */
static bool bound_holds(double roundings, double bound)
{
    int power;
    const double whole = ldexp(frexp(bound, &power), 53); /* bound = whole x 2^(power - 53), power at most 1 */
    __extension__ typedef unsigned __int128 wide;
    const wide left = (wide) whole * (((wide) 1 << 53) - (wide) roundings);
    return left >= (wide) roundings << (53 - power);
}

Test(order_roundings, bounds_without_a_division_are_not_less)
{
    for (double count = 1.0; count < 0x1p52; count = floor(1.0 + count * 1.001)) {
        const double kept = (double) order_kept(count), bound = order_bound(kept), ku = kept * 0x1p-53;
        if (kept >= 0x1p52)
            break;
        cr_assert(bound_holds(kept, bound), "K = %.17g: %.17g", kept, bound);
        cr_assert_leq(bound, 1.125 * (1.0 + 0x1p-50) * (ku / (1.0 - ku)));
        cr_assert_leq(bound, ku * (1.0 + 2.0 * ku) * (1.0 + 0x1p-52));
    }
}

/* One level of eight buses with one inflow each, all from a bus whose count is past 2^24. */
Test(order_roundings, kernels_keep_what_is_counted_or_more)
{
    enum { BUSES = 16 };
    float roundings[BUSES + 8];
    cef_index bus_at[BUSES + 8], source[BUSES + 8] = {0}, units[BUSES + 8];
    for (int k = 0; k < BUSES + 8; k++) {
        bus_at[k] = k;
        units[k] = k;
    }
    const cef_network net = {.n_bus = BUSES, .bus_units = units};
    const order_state o = {.net = &net, .roundings = roundings, .bus_at = bus_at, .arc_source = source};
    for (int32_t width = 0; width <= lanes_widest(); width++)
        for (float most = 0x1p20F; most < 0x1p40F; most *= 1.37F) {
            roundings[0] = rintf(most);
            order_kernels_of(width)->count(&o, (order_run){.first = 8, .count = 8, .arc = 0, .inflows = 1});
            for (int k = 8; k < 16; k++) {
                const double counted = order_count((double) roundings[0], 1, k);
                cr_assert_geq((double) roundings[k], counted);
                cr_assert_eq(roundings[k], order_kept(counted), "width %d, bus %d", width, k);
            }
        }
}
