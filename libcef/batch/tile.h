/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room batch, for kernels: eight periods by eight elements, turned so that the periods lie side by side, and
 * back. */
#ifndef CEF_BATCH_TILE_H
#define CEF_BATCH_TILE_H

#include "batch/side.h"

/* Elements first .. first + 7 of eight rows. A whole tile is loaded as halves that lie where they belong; in one that
 * is not, what is past n is 0. */
LANES_INLINE void tile_load(const double *const row[LANES], cef_index first, cef_index n, bool whole, lanes out[LANES])
{
    lanes in[LANES];
    if (whole) {
        for (int k = 0; k < 4; k++) {
            in[k] = lanes_of_halves(row[k] + first, row[k + 4] + first);
            in[k + 4] = lanes_of_halves(row[k] + first + 4, row[k + 4] + first + 4);
        }
        lanes_turn_halves(in, out);
        return;
    }
    for (int k = 0; k < LANES; k++)
        in[k] = lanes_load_where(mask_first(n - first), row[k] + first);
    lanes_turn(in, out);
}

/* Member `field` of the eight snapshots of a group. */
#define TILE_LOAD(structs, field, first, n, whole, out)                                                                \
    do {                                                                                                               \
        const double *tile_row[LANES];                                                                                 \
        for (int tile_k = 0; tile_k < LANES; tile_k++)                                                                 \
            tile_row[tile_k] = (structs)[tile_k].field;                                                                \
        tile_load(tile_row, (first), (n), (whole), (out));                                                             \
    } while (0)

/* Rows of results of eight periods, eight elements at a time from `begin` on, without a gap. Where the machine can,
 * whole cache lines go past the caches: they need not be fetched, and nobody reads them soon. */
typedef struct {
    double *row[LANES];
    lanes held[LANES];        /* the last eight elements */
    cef_index shift[LANES];   /* 1 .. 8: elements of the eight at hand that complete a cache line */
    cef_index begin, n, live; /* n: elements in all; live: periods */
} row_stream;

LANES_INLINE void stream_begin(row_stream *s, cef_index begin)
{
    s->begin = begin;
    for (cef_index k = 0; k < s->live; k++)
        s->shift[k] = LANES - (cef_index) ((uintptr_t) (s->row[k] + begin) / sizeof(double) % LANES);
}

LANES_INLINE void stream_row(row_stream *s, cef_index k, cef_index first, lanes now)
{
    double *line = s->row[k] + first;
    const cef_index shift = s->shift[k];
    if (first + LANES > s->n || !LANES_PAST_CACHES) { /* the end: what is held, then what there is */
        if (first > s->begin && LANES_PAST_CACHES)
            lanes_store_where(mask_without(mask_first(LANES), mask_first(shift)), line - LANES, s->held[k]);
        lanes_store_where(mask_first(s->n - first), line, now);
    } else if (shift == LANES) {
        lanes_store_past(line, now);
    } else if (first == s->begin) {
        lanes_store_where(mask_first(shift), line, now);
    } else {
        lanes_store_past(line + shift - LANES, lanes_join(s->held[k], now, shift));
    }
    s->held[k] = now;
}

/* rows: turned. */
LANES_INLINE void stream_rows(row_stream *s, cef_index first, const lanes rows[LANES])
{
    if (!LANES_PAST_CACHES || first == s->begin || first + LANES > s->n || s->live < LANES) {
        for (cef_index k = 0; k < s->live; k++)
            stream_row(s, k, first, rows[k]);
        return;
    }
    for (int k = 0; k < LANES; k++) {
        const cef_index shift = s->shift[k];
        lanes_store_past(s->row[k] + first + shift - LANES, lanes_join(s->held[k], rows[k], shift));
        s->held[k] = rows[k];
    }
}

LANES_INLINE void stream_tile(row_stream *s, cef_index first, const lanes in[LANES])
{
    lanes rows[LANES];
    lanes_turn(in, rows);
    stream_rows(s, first, rows);
}

/* first: of the last tile. */
LANES_INLINE void stream_end(row_stream *s, cef_index first)
{
    if (!LANES_PAST_CACHES || first + LANES > s->n)
        return;
    for (cef_index k = 0; k < s->live; k++)
        lanes_store_where(mask_without(mask_first(LANES), mask_first(s->shift[k])), s->row[k] + first, s->held[k]);
}

LANES_INLINE lanes at(const double *column, cef_index k) { return lanes_load(column + (size_t) k * LANES); }
LANES_INLINE void put(double *column, cef_index k, lanes a) { lanes_store(column + (size_t) k * LANES, a); }
LANES_INLINE void add_at(double *column, cef_index k, lanes a) { put(column, k, lanes_add(at(column, k), a)); }

#endif /* CEF_BATCH_TILE_H */
