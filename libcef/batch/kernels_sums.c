/* SPDX-License-Identifier: Apache-2.0 */
/* Compensated sums, eight at a time: over periods element by element, and over the members of groups, where each lane
 * is a period. The order of the addends of a sum is that of periods or of members, whatever the instruction set. */
#include "batch/tile.h"

/* Knuth's two-sum; adding 0 changes nothing. */
LANES_INLINE void add_lanes(lanes *sum, lanes *rest, lanes term)
{
    const lanes total = lanes_add(*sum, term), back = lanes_sub(total, *sum);
    *rest = lanes_add(*rest, lanes_add(lanes_sub(*sum, lanes_sub(total, back)), lanes_sub(term, back)));
    *sum = total;
}

static void add_rows(const batch_column *column, const double *const row[LANES], cef_index n_row, double hours)
{
    for (cef_index k = 0; k < column->n; k += LANES) {
        const lane_mask live = mask_first(column->n - k);
        lanes sum = lanes_load_where(live, column->sum + k), rest = lanes_load_where(live, column->rest + k);
        for (cef_index t = 0; t < n_row; t++)
            add_lanes(&sum, &rest, lanes_mul(lanes_load_where(live, row[t] + k), lanes_all(hours)));
        lanes_store_where(live, column->sum + k, sum);
        lanes_store_where(live, column->rest + k, rest);
    }
}

static void add_buses(const batch_column *energy, const batch_column *emissions, const double *const intensity[LANES],
                      const double *const throughput[LANES], cef_index n_row, double hours)
{
    for (cef_index k = 0; k < energy->n; k += LANES) {
        const lane_mask live = mask_first(energy->n - k);
        lanes e = lanes_load_where(live, energy->sum + k), e_rest = lanes_load_where(live, energy->rest + k);
        lanes c = lanes_load_where(live, emissions->sum + k), c_rest = lanes_load_where(live, emissions->rest + k);
        for (cef_index t = 0; t < n_row; t++) {
            const lanes x = lanes_load_where(live, intensity[t] + k);
            const lane_mask defined = lanes_same(x, x);
            const lanes mwh =
                lanes_where(defined, lanes_mul(lanes_load_where(live, throughput[t] + k), lanes_all(hours)));
            add_lanes(&e, &e_rest, mwh);
            add_lanes(&c, &c_rest, lanes_mul(mwh, lanes_where(defined, x)));
        }
        lanes_store_where(live, energy->sum + k, e);
        lanes_store_where(live, energy->rest + k, e_rest);
        lanes_store_where(live, emissions->sum + k, c);
        lanes_store_where(live, emissions->rest + k, c_rest);
    }
}

LANES_INLINE void add_member(const batch_group_lines *to, int side, int32_t group, lanes term)
{
    if (!to->sum[side])
        return;
    lanes sum = at(to->sum[side], group), rest = at(to->rest[side], group);
    add_lanes(&sum, &rest, term);
    put(to->sum[side], group, sum);
    put(to->rest[side], group, rest);
}

/* Signed values: what is above 0 to the side `above`, the rest, made positive, to the other one. `sign` says which. */
static void add_groups(const batch_group_lines *to, const int32_t *group, const double *const sign[LANES],
                       const double *const value[LANES], cef_index n, int above)
{
    for (cef_index first = 0; first < n; first += LANES) {
        lanes signs[LANES], values[LANES];
        tile_load(sign, first, n, false, signs);
        tile_load(value, first, n, false, values);
        for (cef_index k = 0; k < LANES && first + k < n; k++) {
            const lane_mask below = lanes_less(signs[k], lanes_all(0.0));
            if (group[first + k] < 0)
                continue;
            add_member(to, above, group[first + k], lanes_where(mask_without(mask_first(LANES), below), values[k]));
            if (mask_any(below))
                add_member(to, 1 - above, group[first + k], lanes_where(below, lanes_neg(values[k])));
        }
    }
}

const batch_kernels KERNEL(batch_kernels) = {add_rows, add_buses, add_groups};
