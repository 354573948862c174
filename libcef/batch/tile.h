/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room batch, for kernels: eight periods by eight elements, turned so that the periods lie side by side, and
 * back. */
#ifndef CEF_BATCH_TILE_H
#define CEF_BATCH_TILE_H

#include "batch/side.h"

/* out[k] = (rows[0][k], .. rows[7][k]) */
LANES_INLINE void tile_turn(const lanes rows[LANES], lanes out[LANES])
{
    lanes two[LANES], four[LANES];
    for (int k = 0; k < LANES; k += 2) {
        two[k] = __builtin_shufflevector(rows[k], rows[k + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        two[k + 1] = __builtin_shufflevector(rows[k], rows[k + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int k = 0; k < LANES; k += 4)
        for (int i = 0; i < 2; i++) {
            four[k + i] = __builtin_shufflevector(two[k + i], two[k + 2 + i], 0, 1, 8, 9, 4, 5, 12, 13);
            four[k + 2 + i] = __builtin_shufflevector(two[k + i], two[k + 2 + i], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (int k = 0; k < 4; k++) {
        out[k] = __builtin_shufflevector(four[k], four[k + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        out[k + 4] = __builtin_shufflevector(four[k], four[k + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

/* Member `field` of the eight snapshots or solutions, elements first .. first + 7; past n: 0. */
#define TILE_LOAD(structs, field, first, n, out)                                                                       \
    do {                                                                                                               \
        const lane_mask tile_live = mask_first((n) - (first));                                                         \
        lanes tile_rows[LANES];                                                                                        \
        for (int tile_k = 0; tile_k < LANES; tile_k++)                                                                 \
            tile_rows[tile_k] = lanes_load_where(tile_live, (structs)[tile_k].field + (first));                        \
        tile_turn(tile_rows, (out));                                                                                   \
    } while (0)

/* Back into the rows of the periods that exist. */
#define TILE_STORE(group, field, first, n, in)                                                                         \
    do {                                                                                                               \
        const lane_mask tile_live = mask_first((n) - (first));                                                         \
        lanes tile_rows[LANES];                                                                                        \
        tile_turn((in), tile_rows);                                                                                    \
        for (cef_index tile_k = 0; tile_k < (group)->n_live; tile_k++)                                                 \
            lanes_store_where(tile_live, (group)->out[tile_k].field + (first), tile_rows[tile_k]);                     \
    } while (0)

LANES_INLINE lanes at(const double *column, cef_index k) { return lanes_load(column + (size_t) k * LANES); }
LANES_INLINE void put(double *column, cef_index k, lanes a) { lanes_store(column + (size_t) k * LANES, a); }
LANES_INLINE void add_at(double *column, cef_index k, lanes a) { put(column, k, at(column, k) + a); }

LANES_INLINE void note_odd(side_group *g, lane_mask odd)
{
    lanes_store(g->odd, lanes_select(odd, lanes_all(1.0), lanes_load(g->odd)));
}

#endif /* CEF_BATCH_TILE_H */
