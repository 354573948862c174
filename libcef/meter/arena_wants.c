/* SPDX-License-Identifier: Apache-2.0 */
/* What a leader misses, and what it hands on when another one leads. */
#include "meter/arena.h"

bool arena_waits(const meter_arena *a) { return a->n_rows == 0 || a->n_solved < a->n_rows; }

/* The next meter that is missed; METER_NOBODY: all were named. */
static uint32_t next_wanted(meter_arena *a)
{
    for (; a->want_row < a->n_rows; a->want_row++, a->want_arc = 0) {
        const arena_row *row = &a->row[a->want_row];
        if (!arena_is_whole(row) && a->want_arc++ == 0)
            return row->meter;
        while (arena_is_whole(row) && a->want_arc < row->n_arcs) {
            const uint32_t source = a->arc[row->first_arc + a->want_arc++].source;
            if (!arena_find(a, source))
                return source;
        }
    }
    a->want_row = a->want_arc = 0;
    return METER_NOBODY;
}

uint8_t arena_wants(meter_arena *a, uint32_t patience, cef_meter_result *result, uint8_t n)
{
    if (a->since_news < patience && ++a->since_news < patience)
        return 0;
    for (uint8_t found = 0; found < n; found++) {
        const uint32_t meter = next_wanted(a);
        if (meter == METER_NOBODY) {
            a->since_news = 0;
            return found;
        }
        result[found] = (cef_meter_result){.meter = meter, .flags = CEF_METER_WANTED};
        a->n_asked++;
    }
    return n;
}

static bool first_unsolved(const meter_arena *a, int32_t *at)
{
    for (*at = 0; *at < a->n_rows; ++*at)
        if (!a->row[*at].solved)
            return true;
    return false;
}

bool arena_give_item(meter_arena *a, cef_meter_item *item)
{
    int32_t k;
    while (first_unsolved(a, &k)) {
        arena_row *row = &a->row[k];
        int32_t *next = &a->given; /* 0: the row itself; of its arcs those before are given */
        if ((*next)++ == 0 && row->known) {
            *item = (cef_meter_item){.meter = row->meter,
                                     .version = row->version,
                                     .arcs = (uint16_t) row->n_arcs,
                                     .kind = row->fed ? CEF_METER_ROW : CEF_METER_ROW_UNFED,
                                     .mw = row->mw,
                                     .carbon = row->carbon,
                                     .bound = row->bound};
            return true;
        }
        for (*next = *next < 2 ? 2 : *next; *next - 2 < row->n_arcs; ++*next) {
            const arena_arc *arc = &a->arc[row->first_arc + *next - 2];
            if (arc->mw > 0.0) {
                *item = (cef_meter_item){.meter = row->meter,
                                         .source = arc->source,
                                         .version = row->version,
                                         .arcs = (uint16_t) (*next - 2),
                                         .kind = CEF_METER_ARC,
                                         .mw = arc->mw};
                return true;
            }
        }
        arena_drop(a, row);
        *next = 0;
    }
    return false;
}
