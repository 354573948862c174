/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which the sweep reads its lines, laid out as one track of line numbers: level by level, and within a
 * level buses with lists of the same lengths together, so that no loop has a count to guess. */
#include "batch/side.h"

enum { CLASSES = 512 }; /* units 0..3, inflows 0..7, other ends 0..7, kinds */

void side_carve_schedule(cef_arena *arena, side_engine *e)
{
    const cef_network *net = e->net;
    const size_t n_bus = (size_t) net->n_bus, n_branch = (size_t) net->n_branch;
    const size_t n_unit = (size_t) net->n_gen + (size_t) net->n_load + (size_t) net->n_storage;
    ARENA_ARRAY(arena, e->unit_start, n_bus + 1);
    ARENA_ARRAY(arena, e->unit, n_unit);
    ARENA_ARRAY(arena, e->run, 2 * n_bus);
    ARENA_ARRAY(arena, e->track, n_bus + 2 * n_unit + 4 * n_branch);
    ARENA_ARRAY(arena, e->sorted, n_bus);
}

static side_lines lines_of(const cef_network *net)
{
    side_lines l = {.gen = 2 * net->n_branch};
    l.load = l.gen + net->n_gen;
    l.storage = l.load + net->n_load;
    l.x = l.storage + net->n_storage;
    l.gen_x = l.x + net->n_bus;
    l.load_x = l.gen_x + net->n_gen;
    l.storage_x = l.load_x + net->n_load;
    l.n = l.storage_x + net->n_storage;
    return l;
}

size_t side_count_lines(const cef_network *net)
{
    return 2 * (size_t) net->n_branch + (size_t) net->n_bus +
           2 * ((size_t) net->n_gen + (size_t) net->n_load + (size_t) net->n_storage);
}

static void place_units(side_engine *e, const cef_index *bus, cef_index n, cef_index line)
{
    for (cef_index k = n - 1; k >= 0; k--)
        e->unit[--e->unit_start[bus[k]]] = line + k;
}

/* From the back: stores, loads, generators. */
void side_list_units(side_engine *e)
{
    const cef_network *net = e->net;
    e->lines = lines_of(net);
    cef_index total = 0;
    for (cef_index bus = 0; bus < net->n_bus; bus++) {
        total += net->bus_units[bus];
        e->unit_start[bus] = total;
    }
    e->unit_start[net->n_bus] = total;
    place_units(e, net->storage_bus, net->n_storage, e->lines.storage);
    place_units(e, net->load_bus, net->n_load, e->lines.load);
    place_units(e, net->gen_bus, net->n_gen, e->lines.gen);
}

static bool has_kinds(const side_engine *e, cef_index bus)
{
    bool kinds = false;
    for (cef_index u = e->unit_start[bus]; u < e->unit_start[bus + 1]; u++)
        kinds |= e->unit[u] >= e->lines.storage ||
                 (e->unit[u] >= e->lines.load && e->net->load_kind[e->unit[u] - e->lines.load] == CEF_LOAD_EXPORT);
    return kinds;
}

/* Power may enter a bus at an end if the branch was seen to carry it there. */
static bool may_enter(const side_engine *e, cef_index bus, cef_index branch)
{
    return e->seen[branch] & (e->net->branch_from[branch] == bus ? SIDE_REVERSE : SIDE_FORWARD);
}

static side_run lengths_of(const side_engine *e, cef_index bus)
{
    side_run run = {.count = 1, .n_unit = e->unit_start[bus + 1] - e->unit_start[bus], .kinds = has_kinds(e, bus)};
    for (cef_index k = e->net->end_start[bus]; k < e->net->end_start[bus + 1]; k++)
        *(may_enter(e, bus, e->net->end[k].branch) ? &run.n_in : &run.n_out) += 1;
    return run;
}

static cef_index *write_bus(const side_engine *e, cef_index bus, cef_index *track)
{
    const cef_network *net = e->net;
    *track++ = e->lines.x + bus;
    for (cef_index u = e->unit_start[bus]; u < e->unit_start[bus + 1]; u++) {
        *track++ = e->unit[u];
        *track++ = e->unit[u] - e->lines.gen + e->lines.gen_x;
    }
    for (int enters = 1; enters >= 0; enters--)
        for (cef_index k = net->end_start[bus]; k < net->end_start[bus + 1]; k++) {
            const network_end end = net->end[k];
            if (may_enter(e, bus, end.branch) != enters)
                continue;
            *track++ = 2 * end.branch + (net->branch_from[end.branch] != bus);
            if (enters)
                *track++ = e->lines.x + end.other;
        }
    return track;
}

typedef struct {
    side_engine *e;
    cef_index *track;
    side_run last; /* what may still grow */
} scribe;

static bool alike(side_run a, side_run b)
{
    return a.n_unit == b.n_unit && a.n_in == b.n_in && a.n_out == b.n_out && a.kinds == b.kinds;
}

static void close_run(scribe *s)
{
    if (s->last.count > 0)
        s->e->run[s->e->n_run++] = s->last;
    s->last = (side_run){0};
}

static void append(scribe *s, cef_index bus)
{
    side_engine *e = s->e;
    side_run run = lengths_of(e, bus);
    const cef_index terms = run.n_unit + run.n_in + run.n_out;
    e->most_terms = terms > e->most_terms ? terms : e->most_terms;
    run.at = (cef_index) (s->track - e->track);
    s->track = write_bus(e, bus, s->track);
    if (s->last.count > 0 && alike(s->last, run)) {
        s->last.count++;
        return;
    }
    close_run(s);
    s->last = run;
}

static void append_loop(scribe *s, order_run run)
{
    close_run(s);
    s->e->run[s->e->n_run++] = (side_run){.loop = run.count};
    for (cef_index k = run.first; k < run.first + run.count; k++) {
        append(s, s->e->order.bus_at[k]);
        close_run(s);
    }
}

static cef_index class_of(const side_engine *e, cef_index bus)
{
    const side_run run = lengths_of(e, bus);
    const cef_index units = run.n_unit < 3 ? run.n_unit : 3, in = run.n_in < 7 ? run.n_in : 7,
                    out = run.n_out < 7 ? run.n_out : 7;
    return ((run.kinds * 4 + units) * 8 + in) * 8 + out;
}

/* Places first .. last - 1 are of one level, outside loops: no arc leads from one to another. */
static void append_level(scribe *s, cef_index first, cef_index last)
{
    const cef_index *bus_at = s->e->order.bus_at;
    cef_index end[CLASSES + 1] = {0};
    for (cef_index k = first; k < last; k++)
        end[class_of(s->e, bus_at[k]) + 1]++;
    for (cef_index c = 0; c < CLASSES; c++)
        end[c + 1] += end[c];
    for (cef_index k = first; k < last; k++)
        s->e->sorted[end[class_of(s->e, bus_at[k])]++] = bus_at[k];
    for (cef_index k = 0; k < last - first; k++)
        append(s, s->e->sorted[k]);
}

void side_schedule(side_engine *e)
{
    const order_state *o = &e->order;
    scribe s = {.e = e, .track = e->track};
    e->n_run = e->most_terms = 0;
    for (cef_index r = 0; r < o->n_run;) {
        const order_run run = o->run[r++];
        if (run.inflows < 0) {
            append_loop(&s, run);
            continue;
        }
        cef_index last = run.first + run.count;
        const cef_index level = o->level[o->bus_at[run.first]];
        for (; r < o->n_run && o->run[r].inflows >= 0 && o->level[o->bus_at[o->run[r].first]] == level; r++)
            last = o->run[r].first + o->run[r].count;
        append_level(&s, run.first, last);
    }
    close_run(&s);
}
