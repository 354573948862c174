/* SPDX-License-Identifier: Apache-2.0 */
/* A leader's arena: the equations of a loop's members, and the elimination of their largest closed set.
 *
 * A set of rows is closed when every arc of each comes from a row of the set. Its solution is then exact, whoever else
 * is or is not on the loop: nothing rests on the detection of the loop being complete or right. Elimination is that of
 * room sparse (Grassmann, Taksar, Heyman 1985): no subtraction, no pivoting (arena_solve.c). */
#include "meter/arena.h"

static size_t round_up(size_t bytes) { return (bytes + 63) & ~(size_t) 63; }

/* Rows, members and arcs. */
static size_t bytes_for(int32_t rows, int32_t arcs)
{
    return round_up(sizeof(meter_arena)) + round_up((size_t) rows * sizeof(arena_row)) +
           round_up((size_t) rows * sizeof(int32_t)) + (size_t) arcs * sizeof(arena_arc);
}

size_t arena_size(int32_t n_rows, int32_t n_arcs)
{
    return n_rows < 2 || n_rows > 46340 || n_arcs < 2 ? 0 : bytes_for(n_rows, n_arcs) + arena_dense_room(n_rows);
}

size_t arena_size_filled(int32_t n_rows, int32_t n_arcs, int32_t n_inner, int64_t fill)
{
    if (n_rows < 2 || n_arcs < 2)
        return 0;
    const size_t room = n_rows <= ARENA_DENSE ? arena_dense_room(n_rows) : arena_sparse_room(n_rows, n_inner, fill);
    return room == 0 ? 0 : bytes_for(n_rows, n_arcs) + room;
}

size_t arena_least(int32_t n_rows) { return bytes_for(n_rows, 2); }

meter_arena *arena_init(void *memory, size_t size, int32_t rows, const cef_meter_rules *rules)
{
    if (rows < 2 || size < bytes_for(rows, 2))
        return NULL;
    char *at = memory;
    meter_arena *a = memory;
    *a = (meter_arena){.rules = rules, .most_rows = rows, .end = at + (size & ~(size_t) 15)};
    at += round_up(sizeof *a);
    a->row = (void *) at;
    at += round_up((size_t) rows * sizeof *a->row);
    a->member = (void *) at;
    at += round_up((size_t) rows * sizeof *a->member);
    a->arc = (void *) at;
    const size_t left = (size_t) (a->end - at) / sizeof *a->arc;
    a->most_arcs = left < INT32_MAX ? (int32_t) left : INT32_MAX;
    return a;
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

arena_row *arena_find(meter_arena *a, uint32_t meter)
{
    const int32_t k = search(a, meter);
    return k < a->n_rows && a->row[k].meter == meter ? &a->row[k] : NULL;
}

/* Arcs of replaced rows leave gaps; they are closed when room runs out. Rows stay in the order of their arcs' places
 * only by chance, so each row's arcs move down in the order of first_arc. */
void arena_close_gaps(meter_arena *a)
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

void arena_drop(meter_arena *a, const arena_row *row)
{
    const int32_t k = (int32_t) (row - a->row);
    memmove(a->row + k, a->row + k + 1, (size_t) (a->n_rows - k - 1) * sizeof *a->row);
    a->n_rows--;
}

static void complete(meter_arena *a)
{
    a->dirty = true;
    a->waited = 0;
}

/* Makes room for n arcs of the row, those that it holds kept. */
static bool grow_arcs(meter_arena *a, arena_row *row, int32_t n)
{
    if (n <= row->n_arcs)
        return true;
    if (n > a->most_arcs - a->n_arcs)
        arena_close_gaps(a);
    if (n > a->most_arcs - a->n_arcs)
        return false;
    arena_arc *to = a->arc + a->n_arcs;
    memcpy(to, a->arc + row->first_arc, (size_t) row->n_arcs * sizeof *to);
    memset(to + row->n_arcs, 0, (size_t) (n - row->n_arcs) * sizeof *to);
    row->first_arc = a->n_arcs;
    row->n_arcs = n;
    a->n_arcs += n;
    return true;
}

/* The row that an item belongs to, of the item's version; NULL: the item is old, or there is no room. Ways change, so
 * that an arc may come before its row. */
static arena_row *row_of(meter_arena *a, const cef_meter_item *item)
{
    arena_row *row = arena_find(a, item->meter);
    if (row && row->solved)
        return NULL;
    if (row && (int32_t) (item->version - row->version) < 0)
        return NULL; /* overtaken on the way */
    if (!row)
        row = insert(a, item->meter);
    if (row && row->version != item->version)
        *row = (arena_row){.meter = item->meter, .version = item->version};
    return row;
}

static void count_news(meter_arena *a, const arena_row *row)
{
    a->since_news = 0;
    a->n_seen = 0;
    if (arena_is_whole(row))
        complete(a);
}

static void take_row(meter_arena *a, const cef_meter_item *item)
{
    arena_row *row = row_of(a, item);
    if (!row || row->known)
        return;
    if (row->n_arcs > item->arcs || !grow_arcs(a, row, item->arcs)) {
        arena_drop(a, row);
        return;
    }
    row->mw = item->mw;
    row->carbon = item->carbon;
    row->bound = item->bound;
    row->fed = item->kind == CEF_METER_ROW;
    row->known = true;
    count_news(a, row);
}

static void take_arc(meter_arena *a, const cef_meter_item *item)
{
    arena_row *row = row_of(a, item);
    if (!row || (row->known && item->arcs >= row->n_arcs))
        return;
    if (!grow_arcs(a, row, item->arcs + 1)) {
        arena_drop(a, row);
        return;
    }
    arena_arc *arc = &a->arc[row->first_arc + item->arcs];
    if (arc->mw > 0.0)
        return;
    arc->source = item->source;
    arc->mw = item->mw;
    row->n_held++;
    count_news(a, row);
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
        row->place = arena_is_whole(row) ? 0 : -1;
        n += row->place == 0;
        for (int32_t e = row->first_arc; e < row->first_arc + row->n_arcs; e++) {
            const arena_row *source = row->place == 0 ? arena_find(a, a->arc[e].source) : NULL;
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
    bool down = false; /* up and down in turn: a chain of rows falls in one pass or the next */
    for (bool struck = true; struck && n > 0; down = !down) {
        struck = false;
        for (int32_t i = 0; i < a->n_rows; i++) {
            arena_row *row = &a->row[down ? a->n_rows - 1 - i : i];
            if (row->place >= 0 && !is_closed(a, row)) {
                row->place = -1;
                n--;
                struck = true;
            }
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
    bool down = false;
    for (bool changed = true; changed; down = !down) {
        changed = false;
        for (int32_t i = 0; i < n; i++) {
            arena_row *row = &a->row[a->member[down ? n - 1 - i : i]];
            for (int32_t e = row->first_arc; e < row->first_arc + row->n_arcs; e++) {
                const arena_row *source = &a->row[a->arc[e].row];
                changed = changed || (source->powered && !row->powered) || (!source->undefined && row->undefined);
                row->powered = row->powered || source->powered;
                row->undefined = row->undefined && source->undefined;
            }
        }
    }
}

/* Every row that is there is complete, and so are its sources: then all are closed. Looks on from where something was
 * missing last, so that a loop is looked through about once, whatever the order in which its rows come. */
static bool nothing_is_missing(meter_arena *a)
{
    for (; a->n_seen < a->n_rows; a->n_seen++) {
        a->look = a->look < a->n_rows ? a->look : 0;
        const arena_row *row = &a->row[a->look];
        for (int32_t e = row->first_arc; e < row->first_arc + row->n_arcs; e++) {
            const arena_row *source = arena_is_whole(row) ? arena_find(a, a->arc[e].source) : NULL;
            if (!source || !arena_is_whole(source))
                return false;
        }
        a->look++;
    }
    return true;
}

/* A loop that is not small is tried when nothing is missing, or nothing came for a while. */
static bool worth_trying(meter_arena *a)
{
    enum { WHILE = 32 };
    if (!a->dirty)
        return false;
    if (a->n_rows > ARENA_DENSE && !nothing_is_missing(a) && ++a->waited < WHILE)
        return false;
    a->waited = 0;
    a->dirty = false;
    return true;
}

bool arena_solve(meter_arena *a)
{
    if (!worth_trying(a))
        return false;
    const int32_t m = closed_set(a);
    bool news = false;
    for (int32_t i = 0; i < m; i++)
        news = news || !a->row[a->member[i]].solved;
    if (!news)
        return false;
    mark_unfed(a, m);
    return arena_eliminate(a, m);
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
