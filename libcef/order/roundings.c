/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding counts of the a-priori bound (docs/theory, certificate): of a single bus with d inflows and units
 * K = max K upstream + 2 d + 3; of a block of m buses, by the matrix-tree theorem,
 * K = max K upstream + 2 m a + sum_k [2 (m - k)(t_k + 2) + 2 t_k], a the roundings of assembling its data and t_k the
 * number of terms in pivot k. Counts are doubles: they may pass 2^53 on huge dense blocks, where the bound is void
 * anyway. */
#include "order/parts.h"

static double upstream(const order_state *o, cef_index first_place, cef_index last_place)
{
    float most = 0.0F;
    for (cef_index a = o->arc_start[first_place]; a < o->arc_start[last_place]; a++)
        if (o->arc_source[a] < first_place && o->roundings[o->arc_source[a]] > most)
            most = o->roundings[o->arc_source[a]];
    return (double) most;
}

static double elimination_count(const order_state *o, cef_index block, cef_index m)
{
    double count = 0.0;
    if (m <= ORDER_DENSE) {
        for (cef_index k = 0; k < m; k++)
            count += 2.0 * (m - k) * (m - k + 2) + 2.0 * (m - k);
        return count;
    }
    int64_t entries = 0;
    const static_order *fill = &o->net->elimination;
    cef_index *local =
        o->scratch + 8 * (size_t) o->net->n_bus + 1; /* by elimination position; the layout works below */
    memset(local, 0, (size_t) o->net->n_bus * sizeof *local);
    for (cef_index p = o->block_start[block]; p < o->block_start[block + 1]; p++)
        local[fill->position[o->block_bus[p]]] = 1;
    for (cef_index k = 0; k < m; k++) {
        const cef_index row = fill->position[o->block_bus[o->block_start[block] + k]];
        int64_t terms = 1;
        for (int64_t q = fill->start[row]; q < fill->start[row + 1]; q++)
            terms += local[fill->later[q]];
        entries += terms - 1;
        count += 2.0 * (m - k) * ((double) terms + 2.0) + 2.0 * (double) terms;
    }
    if (order_block_is_dense(o, m, entries))
        count = (2.0 / 3.0) * m * ((double) m + 1.0) * ((double) m + 200.0); /* lumps of panels: 128 m (m + 1) more */
    return count;
}

void order_count_block(order_state *o, order_run run)
{
    const cef_index first = run.first, m = run.count;
    double assembly = 0.0;
    for (cef_index k = first; k < first + m; k++) {
        const double a = order_count(0.0, o->arc_start[k + 1] - o->arc_start[k], o->net->bus_units[o->bus_at[k]]);
        assembly = a > assembly ? a : assembly;
    }
    const double count =
        upstream(o, first, first + m) + 2.0 * m * assembly + ceil(elimination_count(o, o->block[o->bus_at[first]], m));
    for (cef_index k = first; k < first + m; k++) {
        o->roundings[k] = order_kept(count);
    }
}
