/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room result, for kernels: columns of the caller, written eight rows at a time. */
#ifndef CEF_RESULT_COLUMNS_H
#define CEF_RESULT_COLUMNS_H

#include "result/kernels.h"

/* How whole rows of eight are written: a line past the caches in one store, in pieces, or like anything else. Past the
 * caches where the column is long, for then its lines have left them before anyone reads it. */
typedef enum { OUT_NOT, OUT_STORED, OUT_STREAMED, OUT_LINES } out_way;

typedef struct {
    double *at;  /* NULL: not wanted */
    out_way way; /* OUT_NOT: likewise */
} out_column;

enum { STREAM_FROM = 1 << 15 }; /* rows */

LANES_INLINE out_column column_of(double *column, cef_index n)
{
    const bool streamed = n >= STREAM_FROM && ((uintptr_t) column & 15) == 0;
    const bool lined = streamed && LANES_PAST_CACHES && ((uintptr_t) column & 63) == 0;
    return (out_column){column, !column ? OUT_NOT : lined ? OUT_LINES : streamed ? OUT_STREAMED : OUT_STORED};
}

/* Eight rows that all exist. */
LANES_INLINE void column_write_full(out_column column, cef_index row, lanes values)
{
    if (column.way == OUT_LINES)
        lanes_store_past(column.at + row, values);
    else if (column.way == OUT_STORED)
        lanes_store(column.at + row, values);
    else if (column.way == OUT_STREAMED)
        lanes_stream(column.at + row, values);
}

/* full: all eight rows exist, and `live` is not looked at. */
LANES_INLINE void column_write(out_column column, cef_index row, bool full, lane_mask live, lanes values)
{
    if (full)
        column_write_full(column, row, values);
    else if (column.at)
        lanes_store_where(live, column.at + row, values);
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
