/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room batch: the lists of one bus, their lengths, and how they are written into the track. */
#ifndef CEF_BATCH_TRACK_H
#define CEF_BATCH_TRACK_H

#include "batch/side.h"

/* Classes: of buses by units 8, inflows 0..7, other ends 0..7; of eliminated loops by their length; of looks ahead. */
enum { LOOP = 512, LOOP_CLASSES = SIDE_SMALL_LOOP, AHEAD = LOOP + LOOP_CLASSES, CLASSES = AHEAD + 64 };

static inline side_run lengths_of(const side_engine *e, cef_index bus)
{
    const cef_index first = e->net->end_start[bus], end = e->net->end_start[bus + 1];
    return (side_run){.count = 1,
                      .n_unit = e->unit_start[bus + 1] - e->unit_start[bus],
                      .n_in = e->plan.first_out[bus] - first,
                      .n_out = end - e->plan.first_out[bus],
                      .kinds = e->unit_class[bus] >= SIDE_KINDS};
}

/* Buses that differ little are made alike, by terms of 0: a list that is a little too long costs less than a new run.
 */
static inline side_run padded_lengths_of(const side_engine *e, cef_index bus)
{
    side_run run = lengths_of(e, bus);
    run.n_unit += run.n_unit == 0;
    run.n_in += run.n_in % 2;
    run.n_out += run.n_out == 0 ? 2 : run.n_out % 2;
    return run;
}

/* What the lists of a bus have in common with those of others; by first_out. */
static inline uint16_t class_of(const side_engine *e, cef_index bus)
{
    const side_run run = padded_lengths_of(e, bus);
    const cef_index in = run.n_in < 7 ? run.n_in : 7, out = run.n_out < 7 ? run.n_out : 7;
    const cef_index units = e->unit_class[bus] + (e->unit_class[bus] == 0);
    return (uint16_t) ((units * 8 + in) * 8 + out);
}

/* What is looked at ahead: no other ends. */
static inline side_run ahead_lengths_of(const side_engine *e, cef_index bus)
{
    side_run run = padded_lengths_of(e, bus);
    run.n_out = 0;
    run.kinds = false;
    run.ahead = true;
    return run;
}

static inline uint16_t ahead_class_of(uint16_t length_class) { return (uint16_t) (AHEAD + length_class / 8); }

/* Loops of more than SIDE_SMALL_LOOP are one class. */
static inline uint16_t loop_class_of(cef_index m)
{
    return (uint16_t) (LOOP + (m <= SIDE_SMALL_LOOP ? m - 2 : LOOP_CLASSES - 1));
}

static inline cef_index line_in_slot(const side_engine *e, uint32_t element, uint32_t per_tile)
{
    return e->slot[element / per_tile] + (cef_index) (element % per_tile);
}

static inline cef_index line_of_end(const side_engine *e, network_end end)
{
    return line_in_slot(e, (uint32_t) end.key, 2 * LANES);
}

/* No branch of the program, which would have to guess. */
static inline cef_index either(bool first, cef_index a, cef_index b) { return b ^ ((a ^ b) & -(cef_index) first); }

/* Lists are padded: as many steps for all buses that are alike, which stand together. Past its own, a bus looks at the
 * entry behind all lists. */
static inline cef_index *write_units(const side_engine *e, cef_index bus, cef_index n_unit, cef_index *track)
{
    const cef_index loads = LANES * e->first_tile[TILE_LOAD], stores = LANES * e->first_tile[TILE_STORAGE];
    const cef_index first = e->unit_start[bus], there_are = e->unit_start[bus + 1] - first;
    const cef_index nothing = SIDE_NOTHING, of_loads = SIDE_LINE_OF_LOADS, past = e->unit_start[e->net->n_bus];
    for (cef_index k = 0; k < n_unit; k++, track += 2) {
        const bool is = k < there_are;
        const cef_index unit = e->unit[either(is, first + k, past)], line = line_in_slot(e, (uint32_t) unit, LANES);
        const bool shared = !e->has_load_intensity & (unit >= loads) & (unit < stores);
        track[0] = LANES * either(is, line, nothing);
        track[1] = LANES * either(is, either(shared, of_loads, line + LANES), nothing);
    }
    return track;
}

/* shape: the lengths of its lists, padding included. */
static inline cef_index *write_bus(const side_engine *e, cef_index bus, const side_run *shape, cef_index *track)
{
    const cef_index first = e->net->end_start[bus], end = e->net->end_start[bus + 1], out = e->plan.first_out[bus];
    const cef_index nothing = SIDE_NOTHING, past = e->net->end_start[e->net->n_bus];
    const cef_index parent =
        shape->ahead ? e->plan.parent[bus] : -1; /* not priced yet: what is in its line may be NaN */
    const cef_index n_in = shape->n_in, n_out = shape->n_out;
    *track++ = LANES * side_line_of_bus(e, bus);
    track = write_units(e, bus, shape->n_unit, track);
    for (cef_index k = 0; k < n_in; k++, track += 2) {
        const bool is = k < out - first;
        const network_end in = e->plan.end[either(is, first + k, past)];
        track[0] = LANES * either(is, line_of_end(e, in), nothing);
        track[1] = LANES * either(is & (in.other != parent), side_line_of_bus(e, in.other), nothing);
    }
    for (cef_index k = 0; k < n_out; k++) {
        const bool is = k < end - out;
        const network_end here = e->plan.end[either(is, end - 1 - k, past)];
        *track++ = LANES * either(is, line_of_end(e, here), nothing);
    }
    if (shape->kinds)
        *track++ = bus;
    return track;
}

/* Who of the loop sends at each of n_in ends where power may enter, and nobody's line; m: nobody, and the line of who
 * does. */
static inline cef_index *write_members(const side_engine *e, cef_index bus, cef_index first_position, cef_index m,
                                       cef_index n_in, cef_index *track)
{
    const cef_index first = e->net->end_start[bus], there_are = e->plan.first_out[bus] - first;
    for (cef_index k = 0; k < n_in; k++, track += 2) {
        const cef_index other = k < there_are ? e->plan.end[first + k].other : -1;
        const uint32_t member = other < 0 ? UINT32_MAX : (uint32_t) (e->plan.place[other].position - first_position);
        const bool inside = member < (uint32_t) m;
        track[0] = inside ? (cef_index) member : m;
        track[1] = LANES * (inside || other < 0 ? SIDE_NOTHING : side_line_of_bus(e, other));
    }
    return track;
}

#endif /* CEF_BATCH_TRACK_H */
