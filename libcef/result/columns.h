/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room result, for kernels: columns of the caller, written eight rows at a time. */
#ifndef CEF_RESULT_COLUMNS_H
#define CEF_RESULT_COLUMNS_H

#include "result/kernels.h"

/* Streamed where it is long, for then its lines have left the caches before anyone reads it. */
typedef struct {
    double *at;           /* NULL: not wanted */
    bool streamed, lined; /* past the caches; whole lines at a time */
} out_column;

enum { STREAM_FROM = 1 << 15 }; /* rows */

LANES_INLINE out_column column_of(double *column, cef_index n)
{
    const bool streamed = n >= STREAM_FROM && ((uintptr_t) column & 15) == 0;
    return (out_column){column, streamed, streamed && LANES_PAST_CACHES && ((uintptr_t) column & 63) == 0};
}

/* full: all eight rows exist, and `live` is not looked at. */
LANES_INLINE void column_write(out_column column, cef_index row, bool full, lane_mask live, lanes values)
{
    if (!column.at)
        return;
    if (!full)
        lanes_store_where(live, column.at + row, values);
    else if (column.lined)
        lanes_store_past(column.at + row, values);
    else if (column.streamed)
        lanes_stream(column.at + row, values);
    else
        lanes_store(column.at + row, values);
}

/* The same of numbers and flags. */
LANES_INLINE void ints_write(cef_index *column, cef_index row, cef_index n, bool full, lane_mask live, lane_ints values)
{
    if (!column)
        return;
    if (!full)
        ints_store_where(live, column + row, values);
    else if (n >= STREAM_FROM && ((uintptr_t) column & 15) == 0)
        ints_stream(column + row, values);
    else
        ints_store(column + row, values);
}

/* result_at of eight buses. */
LANES_INLINE lane_ints met_of(lane_ints bus) { return ints_add(bus, ints_and(bus, ints_all(-RESULT_FOUR))); }

LANES_INLINE lanes defined(lanes intensity) { return lanes_where(lanes_same(intensity, intensity), intensity); }

#endif /* CEF_RESULT_COLUMNS_H */
