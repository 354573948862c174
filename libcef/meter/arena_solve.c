/* SPDX-License-Identifier: Apache-2.0 */
/* The elimination of a loop in its leader's arena, and the bounds of its results. Dense up to ARENA_DENSE rows, else
 * sparse in the static order of the loop's own graph where that fits, as room solve does for its blocks.
 *
 * Two bounds hold for each value (theory.md 1.5), and the smaller one is kept: a priori, roundings counted, entrywise
 * relative; and a posteriori, from the residual and a vector v > 0 with u = A v > 0: |x - x^| <= max_i(|r_i|/u_i) v.
 * The first grows with the square of the loop (dense: the cube), the second with how scarce its sources are. */
#include "meter/arena.h"
#include "sparse/sparse.h"

typedef struct {
    int32_t m;
    double *excess, *pivot;
    double *x, *weight, *error;           /* intensity, |carbon| that mixes into it, bound of the rows' own errors */
    double *growth;                       /* v of the a-posteriori bound */
    double *w;                            /* dense: [m^2] */
    loop_graph graph;                     /* else: */
    cef_index *later;                     /* [fill] */
    double *upper, *lower, *row, *column; /* [fill], [fill], [m], [m] */
    cef_index *next, *head;               /* [m] */
    int64_t *cursor;                      /* [m] */
    bool dense;
} arena_system;

static void carve_vectors(cef_arena *arena, arena_system *s, int32_t m)
{
    s->m = m;
    ARENA_ARRAY(arena, s->excess, m);
    ARENA_ARRAY(arena, s->pivot, m);
    ARENA_ARRAY(arena, s->x, m);
    ARENA_ARRAY(arena, s->weight, m);
    ARENA_ARRAY(arena, s->error, m);
    ARENA_ARRAY(arena, s->growth, m);
}

static void carve_dense(cef_arena *arena, arena_system *s, int32_t m)
{
    carve_vectors(arena, s, m);
    s->w = arena_take(arena, (size_t) m * (size_t) m, sizeof *s->w);
    s->dense = true;
}

static void carve_sparse(cef_arena *arena, arena_system *s, int32_t m, int64_t fill)
{
    carve_vectors(arena, s, m);
    ARENA_ARRAY(arena, s->later, fill);
    ARENA_ARRAY(arena, s->upper, fill);
    ARENA_ARRAY(arena, s->lower, fill);
    ARENA_ARRAY(arena, s->row, m);
    ARENA_ARRAY(arena, s->column, m);
    ARENA_ARRAY(arena, s->next, m);
    ARENA_ARRAY(arena, s->head, m);
    ARENA_ARRAY(arena, s->cursor, m);
    s->dense = false;
}

size_t arena_dense_room(int32_t m)
{
    cef_arena arena = {0};
    arena_system s;
    carve_dense(&arena, &s, m);
    return arena.overflow ? 0 : arena.used;
}

size_t arena_sparse_room(int32_t m, int32_t n_arcs, int64_t fill)
{
    cef_arena arena = {0};
    arena_system s;
    if (!loop_graph_carve(&arena, &s.graph, m, n_arcs))
        return 0;
    carve_sparse(&arena, &s, m, fill);
    return arena.overflow ? 0 : arena.used;
}

/* ---- the room ---- */

typedef struct {
    char *base;
    size_t size;
} solving_room;

static solving_room room_of(meter_arena *a)
{
    char *base = (char *) (a->arc + a->n_arcs);
    return (solving_room){base, (size_t) (a->end - base)};
}

static const arena_row *member(const meter_arena *a, int32_t place) { return &a->row[a->member[place]]; }

static int32_t count_arcs(const meter_arena *a, int32_t m)
{
    int32_t n = 0;
    for (int32_t i = 0; i < m; i++)
        n += member(a, i)->n_arcs;
    return n;
}

static void list_arcs(const meter_arena *a, loop_graph *g)
{
    cef_index n = 0;
    for (int32_t i = 0; i < g->m; i++) {
        const arena_row *row = member(a, i);
        for (int32_t e = row->first_arc; e < row->first_arc + row->n_arcs; e++) {
            g->from[n] = a->row[a->arc[e].row].place;
            g->to[n++] = i;
        }
    }
}

static bool make_sparse(meter_arena *a, arena_system *s, int32_t m)
{
    const solving_room room = room_of(a);
    const int32_t n_arcs = count_arcs(a, m);
    const size_t least = arena_sparse_room(m, n_arcs, 0);
    if (least == 0 || least > room.size)
        return false;
    cef_arena arena = {.base = room.base};
    loop_graph *g = &s->graph;
    (void) loop_graph_carve(&arena, g, m, n_arcs);
    list_arcs(a, g);
    loop_graph_order(g);
    const size_t all = arena_sparse_room(m, n_arcs, g->fill[m]);
    if (all == 0 || all > room.size)
        return false;
    carve_sparse(&arena, s, m, g->fill[m]);
    static_order_store(m, g->start, g->neighbour, g->position, g->fill, s->later, g->work);
    return true;
}

static bool make_dense(meter_arena *a, arena_system *s, int32_t m)
{
    const solving_room room = room_of(a);
    const size_t bytes = arena_dense_room(m);
    if (bytes == 0 || bytes > room.size)
        return false;
    cef_arena arena = {.base = room.base};
    carve_dense(&arena, s, m);
    return true;
}

/* ---- the equations ---- */

static int32_t at(const arena_system *s, int32_t place) { return s->dense ? place : s->graph.position[place]; }

/* Where the sparse factors hold what position i takes from position j. */
static double *sparse_entry(const arena_system *s, int32_t i, int32_t j)
{
    const int32_t row = i < j ? i : j, later = i < j ? j : i;
    int64_t low = s->graph.fill[row], high = s->graph.fill[row + 1];
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (s->later[middle] < later)
            low = middle + 1;
        else
            high = middle;
    }
    return i < j ? &s->upper[low] : &s->lower[low];
}

static double *entry(const arena_system *s, int32_t i, int32_t j)
{
    return s->dense ? &s->w[(size_t) i * (size_t) s->m + (size_t) j] : sparse_entry(s, i, j);
}

static void clear(const arena_system *s)
{
    const size_t m = (size_t) s->m;
    if (s->dense) {
        memset(s->w, 0, m * m * sizeof *s->w);
        return;
    }
    memset(s->upper, 0, (size_t) s->graph.fill[m] * sizeof *s->upper);
    memset(s->lower, 0, (size_t) s->graph.fill[m] * sizeof *s->lower);
    memset(s->row, 0, m * sizeof *s->row);
    memset(s->column, 0, m * sizeof *s->column);
}

/* Unpowered rows stand alone with x = 0; what others take from them is power without carbon. */
static void assemble(const meter_arena *a, const arena_system *s)
{
    clear(s);
    for (int32_t place = 0; place < s->m; place++) {
        const arena_row *row = member(a, place);
        const int32_t i = at(s, place);
        s->excess[i] = row->powered ? row->mw : 1.0;
        s->x[i] = row->powered ? row->carbon : 0.0;
        s->weight[i] = fabs(s->x[i]);
        s->error[i] = row->powered ? row->bound : 0.0;
        for (int32_t e = row->first_arc; row->powered && e < row->first_arc + row->n_arcs; e++) {
            const arena_row *source = &a->row[a->arc[e].row];
            if (source->powered)
                *entry(s, i, at(s, source->place)) += a->arc[e].mw;
            else
                s->excess[i] += a->arc[e].mw;
        }
    }
}

static gth_sparse factors_of(const arena_system *s)
{
    return (gth_sparse){.m = s->m,
                        .start = s->graph.fill,
                        .later = s->later,
                        .upper = s->upper,
                        .lower = s->lower,
                        .excess = s->excess,
                        .d = s->pivot,
                        .row = s->row,
                        .column = s->column,
                        .next = s->next,
                        .head = s->head,
                        .cursor = s->cursor};
}

static bool factor(const arena_system *s)
{
    enum { BLOCKED = 256 };
    bool ranged = true, fine;
    const gth_sparse sparse = factors_of(s);
    if (!s->dense)
        fine = gth_sparse_factor(&sparse, GTH_ROWS, &ranged);
    else if (s->m < BLOCKED)
        fine = gth_dense_factor(s->m, s->w, s->excess, s->pivot, GTH_ROWS, &ranged);
    else
        fine = gth_blocked_factor(s->m, s->w, s->excess, s->pivot, GTH_ROWS, &ranged);
    return fine && ranged;
}

static void solve(const arena_system *s, double *x)
{
    const gth_sparse sparse = factors_of(s);
    if (s->dense)
        gth_dense_solve(s->m, s->w, s->pivot, x);
    else
        gth_sparse_solve(&sparse, x);
}

/* ---- bounds ---- */

static double terms_after(const arena_system *s, int32_t k)
{
    if (!s->dense)
        return (double) (s->graph.fill[k + 1] - s->graph.fill[k]);
    double terms = 0.0;
    for (int32_t j = k + 1; j < s->m; j++)
        terms += s->w[(size_t) k * (size_t) s->m + (size_t) j] > 0.0;
    return terms;
}

/* K of the a-priori bound: sum over steps of 2 (m - k)(t_k + 2) + 2 t_k, t_k terms in the pivot, and the roundings of
 * sums of parallel arcs. */
static double roundings(const arena_system *s)
{
    double sum = 16.0 * s->m;
    for (int32_t k = 0; k < s->m; k++) {
        const double terms = 1.0 + terms_after(s, k);
        sum += 2.0 * (s->m - k) * (terms + 2.0) + 2.0 * terms;
    }
    return sum;
}

typedef struct {             /* of one row, with the numbers in a vector */
    double sum, size, power; /* what mixes in less P v; the sizes of the terms; P */
    int32_t n_terms;
} row_sum;

/* carbon + sum w v_source - P v, from the equations as they came. */
static row_sum sum_row(const meter_arena *a, const arena_system *s, const arena_row *row, double carbon,
                       const double *v)
{
    double in = carbon, size = fabs(carbon), power = row->mw;
    for (int32_t e = row->first_arc; e < row->first_arc + row->n_arcs; e++) {
        const arena_row *source = &a->row[a->arc[e].row];
        const double flow = source->powered ? a->arc[e].mw * v[at(s, source->place)] : 0.0;
        in += flow;
        size += fabs(flow);
        power += a->arc[e].mw;
    }
    const double out = power * v[at(s, row->place)];
    return (row_sum){in - out, size + fabs(out), power, row->n_arcs + 4};
}

/* Solves for v from the sizes of the rows' terms, so that all rows are about as far from their roundings. */
static void find_growth(const meter_arena *a, const arena_system *s)
{
    const double floor = fmax(fabs(a->rules->e_min), fabs(a->rules->e_max)) * 0x1p-40;
    for (int32_t place = 0; place < s->m; place++) {
        const arena_row *row = member(a, place);
        const row_sum sum = sum_row(a, s, row, row->carbon, s->x);
        s->growth[at(s, place)] = row->powered ? sum.size + floor * sum.power : 0.0;
    }
    solve(s, s->growth);
}

/* max_i |r_i| / u_i, INFINITY where that says nothing. */
static double worst_quotient(const meter_arena *a, const arena_system *s)
{
    double worst = 0.0;
    for (int32_t place = 0; place < s->m; place++) {
        const arena_row *row = member(a, place);
        if (!row->powered)
            continue;
        const row_sum r = sum_row(a, s, row, row->carbon, s->x), v = sum_row(a, s, row, 0.0, s->growth);
        const double gamma = 1.01 * 0x1p-53 * r.n_terms, u = -v.sum - gamma * v.size;
        if (!(u > 0.0))
            return (double) INFINITY;
        worst = fmax(worst, (fabs(r.sum) + gamma * r.size) / u);
    }
    return worst * (1.0 + 0x1p-50);
}

static double clip(double v, double least, double most) { return v < least ? least : v > most ? most : v; }

static void store(meter_arena *a, const arena_system *s, double rounding, double quotient)
{
    const double span = a->rules->e_max - a->rules->e_min;
    for (int32_t place = 0; place < s->m; place++) {
        arena_row *row = &a->row[a->member[place]];
        const int32_t i = at(s, place);
        a->n_solved += !row->solved;
        row->solved = true;
        row->intensity = row->undefined ? 0.0 : clip(s->x[i], a->rules->e_min, a->rules->e_max);
        const double own = fmin(rounding * s->weight[i], quotient < (double) INFINITY ? quotient * s->growth[i] : span);
        const double error = (s->error[i] + own) * (1.0 + 2.0 * rounding) * (1.0 + 0x1p-50);
        row->error = row->undefined ? 0.0 : error < span ? error : span;
    }
}

bool arena_eliminate(meter_arena *a, int32_t m)
{
    arena_system s = {.m = m};
    arena_close_gaps(a);
    if (!(m <= ARENA_DENSE ? make_dense(a, &s, m) : make_sparse(a, &s, m) || make_dense(a, &s, m)))
        return false;
    assemble(a, &s);
    if (!factor(&s))
        return false;
    const double share = roundings(&s) * 0x1p-53;
    if (!(share < 0.5))
        return false;
    solve(&s, s.x);
    solve(&s, s.weight);
    solve(&s, s.error);
    find_growth(a, &s);
    store(a, &s, share / (1.0 - share), worst_quotient(a, &s));
    return true;
}
