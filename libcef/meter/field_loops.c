/* SPDX-License-Identifier: Apache-2.0 */
/* Where a field's loops are solved: an arena for each member of a small one, since after restarts any may have to lead;
 * for a large one a single arena, lent to its least meter. Where readings are missing or wrong,
 * meters see other loops than the roll's: those that they will see once all were heard. */
#include "meter/arena.h"
#include "meter/field.h"
#include "sparse/sparse.h"

/* Loops whose arena would take more are not led: their meters relax. */
#define MOST_ARENA ((size_t) 1 << 32)

static size_t rounded(size_t bytes) { return bytes > MOST_ARENA ? 0 : (bytes + 63) & ~(size_t) 63; }

/* In bytes, all arenas of a loop. */
#define MOST_EACH ((size_t) 1 << 20)

static bool lends_each(int32_t rows, size_t bytes) { return (size_t) rows * bytes <= MOST_EACH; }

typedef struct {                         /* the graph of who mixes whose intensity */
    cef_index n, n_arcs;                 /* meters */
    cef_index *start, *head;             /* [n + 1], [link ends] */
    cef_index *component, *work, *place; /* [n], [5 n], [n] rank among its component's, by number */
    int32_t *rows, *arcs, *inner;        /* [n] by component: members, arcs into them, arcs between them */
    size_t *bytes;                       /* [n] by component: arena */
} sight;

static void carve_sight(cef_arena *arena, sight *s, size_t n, size_t n_links)
{
    ARENA_ARRAY(arena, s->start, n + 1);
    ARENA_ARRAY(arena, s->head, n_links);
    ARENA_ARRAY(arena, s->component, n);
    ARENA_ARRAY(arena, s->work, 5 * n);
    ARENA_ARRAY(arena, s->place, n);
    ARENA_ARRAY(arena, s->rows, n);
    ARENA_ARRAY(arena, s->arcs, n);
    ARENA_ARRAY(arena, s->inner, n);
    ARENA_ARRAY(arena, s->bytes, n);
}

/* All readings are told to the other end, which nobody else will notice: the meters start anew afterwards. */
static void tell_all(cef_meter_field *f)
{
    const cef_meter_roll *roll = f->roll;
    for (cef_index bus = 0; bus < roll->info.n_bus; bus++)
        for (int32_t k = 0; k < roll->start[bus + 1] - roll->start[bus]; k++) {
            const meter_link *own = &meter_links(field_meter(f, bus))[k];
            cef_meter *peer = field_meter(f, (cef_index) own->peer);
            meter_link *to = field_back(f, roll->start[bus] + k);
            meter_take_reading(peer, to, own->flags & LINK_MISSING ? (double) NAN : own->reading);
            to->flags |= LINK_HEARD;
        }
}

/* Arcs against the flow: from each meter to those whose intensity it mixes. */
static void look(cef_meter_field *f, sight *s)
{
    s->n = f->roll->info.n_bus;
    s->n_arcs = 0;
    for (cef_index bus = 0; bus < s->n; bus++) {
        const cef_meter *m = field_meter(f, bus);
        const meter_link *link = meter_links_of(m);
        const link_gaps gaps = meter_gaps(m);
        s->start[bus] = s->n_arcs;
        for (int32_t k = 0; k < m->n_links; k++)
            if (!(link[k].flags & LINK_QUARANTINED) && meter_flow(m, &link[k], &gaps).mw > 0.0)
                s->head[s->n_arcs++] = (cef_index) link[k].peer;
    }
    s->start[s->n] = s->n_arcs;
}

static void count(sight *s)
{
    memset(s->rows, 0, (size_t) s->n * sizeof *s->rows);
    memset(s->arcs, 0, (size_t) s->n * sizeof *s->arcs);
    memset(s->inner, 0, (size_t) s->n * sizeof *s->inner);
    for (cef_index bus = 0; bus < s->n; bus++) {
        const cef_index loop = s->component[bus];
        s->place[bus] = s->rows[loop]++;
        s->arcs[loop] += s->start[bus + 1] - s->start[bus];
        for (cef_index e = s->start[bus]; e < s->start[bus + 1]; e++)
            s->inner[loop] += s->component[s->head[e]] == loop;
    }
}

/* What the elimination of a large loop fills. */
static cef_status measure_fill(const cef_meter_field *f, const sight *s, cef_index loop, int64_t *fill,
                               cef_error *error)
{
    loop_graph graph;
    cef_arena arena = {0};
    void *memory = NULL;
    if (!loop_graph_carve(&arena, &graph, s->rows[loop], s->inner[loop]))
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE, "a loop of flow is too large for its elimination order");
    const size_t size = arena.used;
    CEF_TRY(context_take(f->ctx, size, &memory, error));
    arena = (cef_arena){.base = memory};
    (void) loop_graph_carve(&arena, &graph, s->rows[loop], s->inner[loop]);
    cef_index n = 0;
    for (cef_index bus = 0; bus < s->n; bus++)
        for (cef_index e = s->start[bus]; s->component[bus] == loop && e < s->start[bus + 1]; e++)
            if (s->component[s->head[e]] == loop) {
                graph.from[n] = s->place[s->head[e]];
                graph.to[n++] = s->place[bus];
            }
    loop_graph_order(&graph);
    *fill = graph.fill[s->rows[loop]];
    context_free(f->ctx, memory, size);
    return CEF_OK;
}

static cef_status measure_arenas(const cef_meter_field *f, sight *s, cef_index n_components, cef_error *error)
{
    for (cef_index loop = 0; loop < n_components; loop++) {
        int64_t fill = 0;
        if (s->rows[loop] > ARENA_DENSE)
            CEF_TRY(measure_fill(f, s, loop, &fill, error));
        s->bytes[loop] =
            s->rows[loop] < 2 ? 0 : rounded(arena_size_filled(s->rows[loop], 2 * s->arcs[loop], s->inner[loop], fill));
    }
    return CEF_OK;
}

/* loop [n_bus] of each bus, below 0 none; rows, bytes by loop; bytes become 0. Of a loop the least meter is met first.
 */
static cef_status lend(cef_meter_field *f, const int32_t *loop, int32_t n_loops, const int32_t *rows, size_t *bytes,
                       cef_error *error)
{
    size_t all = 1, used = 0;
    void *memory = NULL;
    for (int32_t k = 0; k < n_loops; k++)
        all += lends_each(rows[k], bytes[k]) ? (size_t) rows[k] * bytes[k] : bytes[k];
    CEF_TRY(context_take(f->ctx, all, &memory, error));
    f->arenas = memory;
    f->arenas_size = all;
    for (cef_index bus = 0; bus < f->roll->info.n_bus; bus++) {
        const int32_t own = loop[bus];
        if (own < 0 || bytes[own] == 0)
            continue;
        f->arena[bus] = (field_arena){used, bytes[own], rows[own]};
        used += bytes[own];
        if (!lends_each(rows[own], bytes[own]))
            bytes[own] = 0;
    }
    return CEF_OK;
}

static cef_status lend_by_sight(cef_meter_field *f, cef_error *error)
{
    sight s = {0};
    cef_arena arena = {0};
    void *memory = NULL;
    const size_t n = (size_t) f->roll->info.n_bus, n_links = (size_t) f->roll->info.n_links;
    carve_sight(&arena, &s, n, n_links);
    const size_t size = arena.used;
    if (arena.overflow)
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE, "the field does not fit this machine's memory sizes");
    CEF_TRY(context_take(f->ctx, size, &memory, error));
    arena = (cef_arena){.base = memory};
    carve_sight(&arena, &s, n, n_links);
    for (cef_index bus = 0; bus < f->roll->info.n_bus; bus++)
        field_start_meter(f, bus, FIELD_INTERVAL);
    tell_all(f);
    look(f, &s);
    const cef_index n_components = scc_find(s.n, s.start, s.head, s.component, s.work);
    count(&s);
    cef_status status = measure_arenas(f, &s, n_components, error);
    if (status == CEF_OK)
        status = lend(f, s.component, n_components, s.rows, s.bytes, error);
    context_free(f->ctx, memory, size);
    return status;
}

static cef_status lend_by_roll(cef_meter_field *f, cef_error *error)
{
    const cef_meter_roll *roll = f->roll;
    const int32_t n_loops = roll->info.clusters;
    const size_t size = ((size_t) n_loops + 1) * sizeof(size_t);
    void *memory = NULL;
    CEF_TRY(context_take(f->ctx, size, &memory, error));
    size_t *bytes = memory;
    for (int32_t k = 0; k < n_loops; k++)
        bytes[k] = rounded(roll_arena_size(roll, k));
    const cef_status status = lend(f, roll->cluster, n_loops, roll->cluster_rows, bytes, error);
    context_free(f->ctx, memory, size);
    return status;
}

cef_status field_lend_arenas(cef_meter_field *f, cef_error *error)
{
    memset(f->arena, 0, (size_t) f->roll->info.n_bus * sizeof *f->arena);
    const bool guessed = f->options.missing_rate > 0.0 || f->options.lying_rate > 0.0;
    return guessed && !f->options.relax_only ? lend_by_sight(f, error) : lend_by_roll(f, error);
}
