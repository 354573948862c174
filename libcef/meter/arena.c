/* SPDX-License-Identifier: Apache-2.0 */
/* A leader's arena: the equations of a loop's members, and the elimination of their largest closed set.
 *
 * A set of rows is closed when every arc of each comes from a row of the set. Its solution is then exact, whoever else
 * is or is not on the loop: nothing rests on the detection of the loop being complete or right. Elimination is that of
 * room sparse (Grassmann, Taksar, Heyman 1985): no subtraction, no pivoting, rows in the order of meter numbers. */
#include "meter/meter.h"

typedef struct {
    uint32_t meter, version;
    double mw, carbon, bound;
    double intensity, error;           /* of the result */
    int32_t first_arc, n_arcs, n_held; /* n_held: arcs that came */
    int32_t place;                     /* in the closed set being solved, -1 not in it */
    bool fed, solved, powered, undefined;
} arena_row;

typedef struct {
    uint32_t source;
    int32_t row; /* the source's, while solving */
    double mw;   /* 0: not come yet */
} arena_arc;

struct meter_arena {
    const cef_meter_rules *rules;
    arena_row *row;  /* [most_rows] ascending by meter */
    arena_arc *arc;  /* [most_arcs] */
    double *w;       /* [most_rows^2] */
    double *vector;  /* [5 most_rows]: excess, pivot, x, |carbon|, bound */
    int32_t *member; /* [most_rows] rows of the closed set */
    int32_t most_rows, most_arcs, n_rows, n_arcs;
    int32_t turn, n_solved;
    bool dirty;
};

static size_t round_up(size_t bytes) { return (bytes + 7) & ~(size_t) 7; }

static size_t bytes_for(size_t rows, size_t arcs)
{
    return round_up(sizeof(meter_arena)) + rows * sizeof(arena_row) + round_up(arcs * sizeof(arena_arc)) +
           round_up(rows * sizeof(int32_t)) + (rows * rows + 5 * rows) * sizeof(double);
}

size_t arena_size(int32_t n_rows, int32_t n_arcs)
{
    return n_rows < 2 || n_rows > 46340 || n_arcs < 2 ? 0 : bytes_for((size_t) n_rows, (size_t) n_arcs);
}

meter_arena *arena_init(void *memory, size_t size, int32_t rows, const cef_meter_rules *rules)
{
    if (rows < 2 || size < arena_size(rows, 2))
        return NULL;
    char *at = memory;
    meter_arena *a = memory;
    *a = (meter_arena){.rules = rules, .most_rows = rows};
    at += round_up(sizeof *a);
    a->row = (void *) at;
    at += (size_t) rows * sizeof *a->row;
    a->vector = (void *) at;
    at += 5 * (size_t) rows * sizeof *a->vector;
    a->w = (void *) at;
    at += (size_t) rows * (size_t) rows * sizeof *a->w;
    a->member = (void *) at;
    at += round_up((size_t) rows * sizeof *a->member);
    a->arc = (void *) at;
    const size_t left = (size - (size_t) (at - (char *) memory)) / sizeof *a->arc;
    a->most_arcs = left < INT32_MAX ? (int32_t) left : INT32_MAX;
    return a;
}

void arena_clear(meter_arena *a)
{
    a->n_rows = a->n_arcs = a->turn = a->n_solved = 0;
    a->dirty = false;
}

/* ---- taking in ---- */

/* Position of the meter's row, or where it belongs. */
static int32_t search(const meter_arena *a, uint32_t meter)
{
    int32_t low = 0, high = a->n_rows;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (a->row[middle].meter < meter)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static arena_row *find(meter_arena *a, uint32_t meter)
{
    const int32_t k = search(a, meter);
    return k < a->n_rows && a->row[k].meter == meter ? &a->row[k] : NULL;
}

/* Arcs of replaced rows leave gaps; they are closed when room runs out. Rows stay in the order of their arcs' places
 * only by chance, so each row's arcs move down in the order of first_arc. */
static void close_gaps(meter_arena *a)
{
    int32_t end = 0;
    for (int32_t done = 0; done < a->n_rows; done++) {
        arena_row *next = NULL;
        for (int32_t k = 0; k < a->n_rows; k++)
            if (a->row[k].n_arcs > 0 && a->row[k].first_arc >= end && (!next || a->row[k].first_arc < next->first_arc))
                next = &a->row[k];
        if (!next)
            break;
        memmove(a->arc + end, a->arc + next->first_arc, (size_t) next->n_arcs * sizeof *a->arc);
        next->first_arc = end;
        end += next->n_arcs;
    }
    a->n_arcs = end;
}

static bool reserve_arcs(meter_arena *a, arena_row *row, int32_t n)
{
    row->n_arcs = row->n_held = 0;
    if (n > a->most_arcs - a->n_arcs)
        close_gaps(a);
    if (n > a->most_arcs - a->n_arcs)
        return false;
    row->first_arc = a->n_arcs;
    row->n_arcs = n;
    a->n_arcs += n;
    memset(a->arc + row->first_arc, 0, (size_t) n * sizeof *a->arc);
    return true;
}

static arena_row *insert(meter_arena *a, uint32_t meter)
{
    const int32_t k = search(a, meter);
    if (a->n_rows == a->most_rows)
        return NULL;
    memmove(a->row + k + 1, a->row + k, (size_t) (a->n_rows - k) * sizeof *a->row);
    a->row[k] = (arena_row){.meter = meter};
    a->n_rows++;
    return &a->row[k];
}

static void drop(meter_arena *a, const arena_row *row)
{
    const int32_t k = (int32_t) (row - a->row);
    memmove(a->row + k, a->row + k + 1, (size_t) (a->n_rows - k - 1) * sizeof *a->row);
    a->n_rows--;
}

static void take_row(meter_arena *a, const cef_meter_item *item)
{
    arena_row *row = find(a, item->meter);
    if (row && (row->version == item->version || row->solved))
        return;
    if (row && (int32_t) (item->version - row->version) < 0)
        return; /* overtaken on the way */
    if (!row)
        row = insert(a, item->meter);
    if (!row)
        return;
    if (!reserve_arcs(a, row, item->arcs)) {
        drop(a, row);
        return;
    }
    row->version = item->version;
    row->mw = item->mw;
    row->carbon = item->carbon;
    row->bound = item->bound;
    row->fed = item->kind == CEF_METER_ROW;
    a->dirty = a->dirty || item->arcs == 0;
}

static void take_arc(meter_arena *a, const cef_meter_item *item)
{
    arena_row *row = find(a, item->meter);
    if (!row || row->version != item->version || item->arcs >= row->n_arcs)
        return;
    arena_arc *arc = &a->arc[row->first_arc + item->arcs];
    if (arc->mw > 0.0)
        return;
    arc->source = item->source;
    arc->mw = item->mw;
    row->n_held++;
    a->dirty = a->dirty || row->n_held == row->n_arcs;
}

void arena_take_item(meter_arena *a, const cef_meter_item *item)
{
    if (item->kind == CEF_METER_ARC)
        take_arc(a, item);
    else
        take_row(a, item);
}

/* ---- the largest closed set ---- */

static int32_t link_sources(meter_arena *a)
{
    int32_t n = 0;
    for (int32_t k = 0; k < a->n_rows; k++) {
        arena_row *row = &a->row[k];
        row->place = row->n_held == row->n_arcs ? 0 : -1;
        n += row->place == 0;
        for (int32_t e = row->first_arc; e < row->first_arc + row->n_arcs; e++) {
            const arena_row *source = row->place == 0 ? find(a, a->arc[e].source) : NULL;
            a->arc[e].row = source ? (int32_t) (source - a->row) : -1;
        }
    }
    return n;
}

static bool is_closed(const meter_arena *a, const arena_row *row)
{
    for (int32_t e = row->first_arc; e < row->first_arc + row->n_arcs; e++)
        if (a->arc[e].row < 0 || a->row[a->arc[e].row].place < 0)
            return false;
    return true;
}

/* Members are those left when rows with an arc from outside are struck, again and again. */
static int32_t closed_set(meter_arena *a)
{
    int32_t n = link_sources(a);
    for (bool struck = true; struck && n > 0;) {
        struck = false;
        for (int32_t k = 0; k < a->n_rows; k++)
            if (a->row[k].place >= 0 && !is_closed(a, &a->row[k])) {
                a->row[k].place = -1;
                n--;
                struck = true;
            }
    }
    n = 0;
    for (int32_t k = 0; k < a->n_rows; k++)
        if (a->row[k].place >= 0) {
            a->row[k].place = n;
            a->member[n++] = k;
        }
    return n;
}

/* What no power from outside reaches, or only power without an intensity, is undefined and counts 0. */
static void mark_unfed(meter_arena *a, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        arena_row *row = &a->row[a->member[i]];
        row->powered = row->mw > 0.0;
        row->undefined = !(row->fed && row->powered);
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (int32_t i = 0; i < n; i++) {
            arena_row *row = &a->row[a->member[i]];
            for (int32_t e = row->first_arc; e < row->first_arc + row->n_arcs; e++) {
                const arena_row *source = &a->row[a->arc[e].row];
                changed = changed || (source->powered && !row->powered) || (!source->undefined && row->undefined);
                row->powered = row->powered || source->powered;
                row->undefined = row->undefined && source->undefined;
            }
        }
    }
}

/* ---- elimination ---- */

typedef struct {
    int32_t m;
    double *w, *excess, *pivot, *x, *weight, *error;
} arena_system;

/* Unpowered rows stand alone with x = 0; what others take from them is power without carbon. */
static arena_system assemble(meter_arena *a, int32_t m)
{
    double *v = a->vector;
    const arena_system s = {m, a->w, v, v + m, v + 2 * m, v + 3 * m, v + 4 * m};
    memset(s.w, 0, (size_t) m * (size_t) m * sizeof *s.w);
    for (int32_t i = 0; i < m; i++) {
        const arena_row *row = &a->row[a->member[i]];
        s.excess[i] = row->powered ? row->mw : 1.0;
        s.x[i] = row->powered ? row->carbon : 0.0;
        s.weight[i] = fabs(s.x[i]);
        s.error[i] = row->powered ? row->bound : 0.0;
        for (int32_t e = row->first_arc; row->powered && e < row->first_arc + row->n_arcs; e++) {
            const arena_row *source = &a->row[a->arc[e].row];
            if (source->powered)
                s.w[(size_t) i * (size_t) m + (size_t) source->place] += a->arc[e].mw;
            else
                s.excess[i] += a->arc[e].mw;
        }
    }
    return s;
}

/* K of the a-priori bound (theory.md 1.5): sum over steps of 2 (m - k)(t_k + 2) + 2 t_k, t_k terms in the pivot, and
 * the roundings of sums of parallel arcs. */
static double roundings(const arena_system *s)
{
    double sum = 16.0 * s->m;
    for (int32_t k = 0; k < s->m; k++) {
        double terms = 1.0;
        for (int32_t j = k + 1; j < s->m; j++)
            terms += s->w[(size_t) k * (size_t) s->m + (size_t) j] > 0.0;
        sum += 2.0 * (s->m - k) * (terms + 2.0) + 2.0 * terms;
    }
    return sum;
}

static bool eliminate(const arena_system *s)
{
    enum { BLOCKED = 256 };
    bool ranged = true;
    const bool fine = s->m < BLOCKED ? gth_dense_factor(s->m, s->w, s->excess, s->pivot, GTH_ROWS, &ranged)
                                     : gth_blocked_factor(s->m, s->w, s->excess, s->pivot, GTH_ROWS, &ranged);
    if (!fine || !ranged)
        return false;
    gth_dense_solve(s->m, s->w, s->pivot, s->x);
    gth_dense_solve(s->m, s->w, s->pivot, s->weight);
    gth_dense_solve(s->m, s->w, s->pivot, s->error);
    return true;
}

static double clip(double v, double least, double most) { return v < least ? least : v > most ? most : v; }

static void store(meter_arena *a, const arena_system *s)
{
    const double share = roundings(s) * 0x1p-53, rounding = share / (1.0 - share);
    const double span = a->rules->e_max - a->rules->e_min;
    for (int32_t i = 0; i < s->m; i++) {
        arena_row *row = &a->row[a->member[i]];
        a->n_solved += !row->solved;
        row->solved = true;
        row->intensity = row->undefined ? 0.0 : clip(s->x[i], a->rules->e_min, a->rules->e_max);
        const double error = (s->error[i] + rounding * s->weight[i]) * (1.0 + 2.0 * rounding) * (1.0 + 0x1p-50);
        row->error = row->undefined ? 0.0 : error < span ? error : span;
    }
}

bool arena_solve(meter_arena *a)
{
    if (!a->dirty)
        return false;
    a->dirty = false;
    const int32_t m = closed_set(a);
    bool news = false;
    for (int32_t i = 0; i < m; i++)
        news = news || !a->row[a->member[i]].solved;
    if (!news)
        return false;
    mark_unfed(a, m);
    const arena_system s = assemble(a, m);
    if (!eliminate(&s) || !(roundings(&s) * 0x1p-53 < 0.5))
        return false;
    store(a, &s);
    return true;
}

/* ---- results ---- */

static cef_meter_result result_of(const arena_row *row)
{
    return (cef_meter_result){row->meter, row->undefined ? CEF_METER_UNDEFINED : 0, row->intensity, row->error};
}

int32_t arena_n_rows(const meter_arena *a) { return a->n_rows; }
int32_t arena_n_results(const meter_arena *a) { return a->n_solved; }

bool arena_result_of(const meter_arena *a, uint32_t meter, cef_meter_result *result)
{
    const int32_t k = search(a, meter);
    if (k >= a->n_rows || a->row[k].meter != meter || !a->row[k].solved)
        return false;
    *result = result_of(&a->row[k]);
    return true;
}

uint8_t arena_results(meter_arena *a, cef_meter_result *result, uint8_t n)
{
    uint8_t found = 0;
    const uint8_t most = (int32_t) n < a->n_solved ? n : (uint8_t) a->n_solved;
    for (int32_t k = 0; k < a->n_rows && found < most; k++) {
        a->turn = a->turn + 1 < a->n_rows ? a->turn + 1 : 0;
        if (a->row[a->turn].solved)
            result[found++] = result_of(&a->row[a->turn]);
    }
    return found;
}
