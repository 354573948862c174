/* SPDX-License-Identifier: Apache-2.0 */
/* The tables every reader fills. One block of memory a table: its columns are carved from it by the same function that
 * counts its size, so growing and freeing cannot disagree. */
#include "io/case_data.h"

/* What a row holds until a reader states it. ROW_NUMBER: the row's 1-based position, the id of rows without one. */
enum { ZERO, ONE, NOT_STATED, NO_BUS, ROW_NUMBER };

typedef struct {
    uint16_t offset; /* of the column's pointer in case_data */
    uint8_t item;    /* bytes of one value */
    uint8_t fill;    /* default of a new row */
} column;

#define COLUMN(field, fill)                                                                                            \
    {                                                                                                                  \
        offsetof(case_data, field), sizeof *((case_data *) 0)->field, fill                                             \
    }
#define ID_COLUMNS(table) COLUMN(table.id.number, ROW_NUMBER), COLUMN(table.id.text, ZERO)
static const column bus_columns[] = {ID_COLUMNS(bus),      COLUMN(bus.zone, ZERO), COLUMN(bus.type, ONE),
                                     COLUMN(bus.gs, ZERO), COLUMN(bus.bs, ZERO),   COLUMN(bus.qd, ZERO),
                                     COLUMN(bus.vm, ONE),  COLUMN(bus.va, ZERO),   COLUMN(bus.base_kv, ZERO)};
static const column branch_columns[] = {ID_COLUMNS(branch),
                                        COLUMN(branch.from, NO_BUS),
                                        COLUMN(branch.to, NO_BUS),
                                        COLUMN(branch.p_from, NOT_STATED),
                                        COLUMN(branch.p_to, NOT_STATED),
                                        COLUMN(branch.q_from, NOT_STATED),
                                        COLUMN(branch.q_to, NOT_STATED),
                                        COLUMN(branch.r, NOT_STATED),
                                        COLUMN(branch.x, NOT_STATED),
                                        COLUMN(branch.b, NOT_STATED),
                                        COLUMN(branch.tap, ZERO),
                                        COLUMN(branch.shift, ZERO),
                                        COLUMN(branch.in_service, ONE),
                                        COLUMN(branch.hvdc, ZERO)};
static const column gen_columns[] = {ID_COLUMNS(gen),
                                     COLUMN(gen.bus, NO_BUS),
                                     COLUMN(gen.p, ZERO),
                                     COLUMN(gen.q, ZERO),
                                     COLUMN(gen.vg, ONE),
                                     COLUMN(gen.qmin, NOT_STATED),
                                     COLUMN(gen.qmax, NOT_STATED),
                                     COLUMN(gen.mbase, NOT_STATED),
                                     COLUMN(gen.apf, NOT_STATED),
                                     COLUMN(gen.intensity, NOT_STATED),
                                     COLUMN(gen.capacity_mw, NOT_STATED),
                                     COLUMN(gen.cost, NOT_STATED),
                                     COLUMN(gen.fuel, ZERO),
                                     COLUMN(gen.in_service, ONE)};
static const column load_columns[] = {
    ID_COLUMNS(load),         COLUMN(load.bus, NO_BUS),           COLUMN(load.p, ZERO),
    COLUMN(load.q, ZERO),     COLUMN(load.intensity, NOT_STATED), COLUMN(load.kind, ZERO),
    COLUMN(load.owner, ZERO), COLUMN(load.in_service, ONE)};
static const column storage_columns[] = {ID_COLUMNS(storage),
                                         COLUMN(storage.bus, NO_BUS),
                                         COLUMN(storage.p, ZERO),
                                         COLUMN(storage.energy, NOT_STATED),
                                         COLUMN(storage.intensity, NOT_STATED),
                                         COLUMN(storage.capacity_mwh, NOT_STATED),
                                         COLUMN(storage.efficiency_charge, ONE),
                                         COLUMN(storage.efficiency_discharge, ONE),
                                         COLUMN(storage.retention, ONE),
                                         COLUMN(storage.in_service, ONE)};

#define MAX_COLUMNS 20
#define MAX_ROWS (1 << 30)

typedef struct {
    const column *columns;
    int n_columns;
    size_t count, capacity; /* offsets in case_data */
} table;

#define TABLE(name)                                                                                                    \
    {                                                                                                                  \
        name##_columns, sizeof name##_columns / sizeof *name##_columns, offsetof(case_data, name.n),                   \
            offsetof(case_data, name.capacity)                                                                         \
    }
static const table tables[] = {[CEF_BUS] = TABLE(bus),
                               [CEF_BRANCH] = TABLE(branch),
                               [CEF_GEN] = TABLE(gen),
                               [CEF_LOAD] = TABLE(load),
                               [CEF_STORAGE] = TABLE(storage)};

static cef_index *index_at(case_data *data, size_t offset) { return (cef_index *) ((char *) data + offset); }

static char *column_get(const case_data *data, size_t offset)
{
    char *pointer;
    memcpy(&pointer, (const char *) data + offset, sizeof pointer);
    return pointer;
}

static void column_set(case_data *data, size_t offset, char *pointer)
{
    memcpy((char *) data + offset, &pointer, sizeof pointer);
}

/* Carves the columns of `rows` rows; with a base of NULL it only counts. */
static size_t carve(const table *t, size_t rows, char *base, char *pieces[MAX_COLUMNS], bool *overflow)
{
    cef_arena arena = {base, 0, false};
    for (int k = 0; k < t->n_columns; k++)
        pieces[k] = arena_take(&arena, rows, t->columns[k].item);
    *overflow = arena.overflow;
    return arena.used;
}

static void fill_double(double *to, size_t n, double value)
{
    for (size_t k = 0; k < n; k++)
        to[k] = value;
}

/* Gives rows [from, to) of a column their default. */
static void fill_rows(const column *c, char *values, size_t from, size_t to)
{
    char *at = values + from * c->item;
    switch (c->fill) {
    case NOT_STATED: fill_double((double *) (void *) at, to - from, (double) NAN); break;
    case NO_BUS: memset(at, 0xFF, (to - from) * c->item); break;
    case ONE:
        if (c->item == sizeof(double))
            fill_double((double *) (void *) at, to - from, 1.0);
        else
            memset(at, 1, to - from); /* one byte a value */
        break;
    case ROW_NUMBER:
        for (size_t row = from; row < to; row++)
            ((int64_t *) (void *) values)[row] = (int64_t) row + 1;
        break;
    default: memset(at, 0, (to - from) * c->item); break;
    }
}

cef_status case_reserve(case_data *data, cef_element element, cef_index rows, cef_error *error)
{
    const table *t = &tables[element];
    const cef_index n = *index_at(data, t->count), old = *index_at(data, t->capacity);
    if (rows <= old)
        return CEF_OK;
    if (rows > MAX_ROWS)
        return error_format(error, DIAG_TOO_LARGE, CEF_NOWHERE, "%s: a table has more than %d rows", data->file,
                            (int64_t) MAX_ROWS);
    char *pieces[MAX_COLUMNS];
    bool overflow = false;
    const size_t size = carve(t, (size_t) rows, NULL, pieces, &overflow);
    const size_t old_size = carve(t, (size_t) old, NULL, pieces, &overflow);
    void *block = NULL;
    CEF_TRY(context_take(data->ctx, size, &block, error));
    (void) carve(t, (size_t) rows, block, pieces, &overflow);
    char *old_block = column_get(data, t->columns[0].offset);
    for (int k = 0; k < t->n_columns; k++) {
        const column *c = &t->columns[k];
        if (n > 0)
            memcpy(pieces[k], column_get(data, c->offset), (size_t) n * c->item);
        fill_rows(c, pieces[k], (size_t) n, (size_t) rows);
        column_set(data, c->offset, pieces[k]);
    }
    context_free(data->ctx, old_block, old_size);
    *index_at(data, t->capacity) = rows;
    return CEF_OK;
}

static cef_status add_row(case_data *data, cef_element element, cef_index *row, cef_error *error)
{
    cef_index *n = index_at(data, tables[element].count);
    const cef_index capacity = *index_at(data, tables[element].capacity);
    if (*n == capacity) {
        const cef_index twice = capacity < 32 ? 64 : capacity < MAX_ROWS / 2 ? 2 * capacity : MAX_ROWS;
        CEF_TRY(case_reserve(data, element, twice > capacity ? twice : MAX_ROWS + 1, error));
    }
    *row = (*n)++;
    return CEF_OK;
}

cef_status case_add_bus(case_data *data, cef_index *row, cef_error *error)
{
    return add_row(data, CEF_BUS, row, error);
}

cef_status case_add_branch(case_data *data, cef_index *row, cef_error *error)
{
    return add_row(data, CEF_BRANCH, row, error);
}

cef_status case_add_gen(case_data *data, cef_index *row, cef_error *error)
{
    return add_row(data, CEF_GEN, row, error);
}

cef_status case_add_load(case_data *data, cef_index *row, cef_error *error)
{
    return add_row(data, CEF_LOAD, row, error);
}

cef_status case_add_storage(case_data *data, cef_index *row, cef_error *error)
{
    return add_row(data, CEF_STORAGE, row, error);
}

void case_data_init(case_data *data, cef_context *ctx, const char *file)
{
    memset(data, 0, sizeof *data);
    data->ctx = ctx;
    data->file = file;
    data->base_mva = 100.0;
    data->bus.id.numeric = data->branch.id.numeric = data->gen.id.numeric = true;
    data->load.id.numeric = data->storage.id.numeric = true;
}

void case_data_release(case_data *data)
{
    for (cef_element element = CEF_BUS; element <= CEF_STORAGE; element++) {
        const table *t = &tables[element];
        char *pieces[MAX_COLUMNS];
        bool overflow = false;
        const size_t size = carve(t, (size_t) *index_at(data, t->capacity), NULL, pieces, &overflow);
        context_free(data->ctx, column_get(data, t->columns[0].offset), size);
    }
    context_free(data->ctx, data->pool, data->pool_size);
    case_data_init(data, data->ctx, data->file);
}

static cef_status pool_grow(case_data *data, size_t needed, cef_error *error)
{
    size_t size = data->pool_size ? data->pool_size : 4096;
    while (size < needed)
        size *= 2;
    if (needed > UINT32_MAX)
        return error_format(error, DIAG_TOO_BIG, CEF_NOWHERE, "%s: its texts are longer than 4 GiB together",
                            data->file);
    void *pool = NULL;
    CEF_TRY(context_take(data->ctx, size, &pool, error));
    if (data->pool_used > 0)
        memcpy(pool, data->pool, data->pool_used);
    else
        ((char *) pool)[data->pool_used++] = 0; /* position 0 is "" */
    context_free(data->ctx, data->pool, data->pool_size);
    data->pool = pool;
    data->pool_size = size;
    return CEF_OK;
}

cef_status case_text(case_data *data, const char *text, size_t length, text_ref *ref, cef_error *error)
{
    *ref = 0;
    if (length == 0)
        return CEF_OK;
    const size_t used = data->pool_used ? data->pool_used : 1;
    if (length >= UINT32_MAX || used + length + 1 > data->pool_size)
        CEF_TRY(pool_grow(data, used + length + 1, error));
    memcpy(data->pool + used, text, length);
    data->pool[used + length] = 0;
    data->pool_used = used + length + 1;
    *ref = (text_ref) used;
    return CEF_OK;
}
