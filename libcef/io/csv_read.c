/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of CSV files as a case: buses.csv, branches.csv, generators.csv, and loads.csv and storage.csv if they
 * exist. */
#include "io/fields.h"
#include "io/file_folder.h"

#define FIRST_OPTIONAL 3 /* loads, storage */

/* Which field of the table each column is. */
typedef struct {
    int field[CSV_MAX_FIELDS];
    int n;
} column_map;

static cef_status read_header(case_filler *fill, csv_reader *r, const case_table *table, column_map *map,
                              cef_error *error)
{
    uint64_t seen = 0;
    for (map->n = 0; map->n < r->n_field; map->n++) {
        const char *name = r->field[map->n].text;
        const size_t length = r->field[map->n].length;
        char shown[64];
        const int k = case_field_find(table, name, length);
        if (k < 0)
            return fill_refuse(fill, DIAG_UNKNOWN_FIELD, r->line, (double) NAN, error,
                               "'%s' is not a column of %s: correct its spelling or take it out",
                               field_quote(name, length, shown), table->name);
        if (seen >> k & 1)
            return fill_refuse(fill, DIAG_DUPLICATE_FIELD, r->line, (double) NAN, error, "column %s stands twice",
                               table->field[k].name);
        seen |= (uint64_t) 1 << k;
        map->field[map->n] = k;
    }
    for (int k = 0; k < table->n_field; k++)
        if (table->field[k].required && !(seen >> k & 1))
            return fill_refuse(fill, DIAG_MISSING_FIELD, r->line, (double) NAN, error, "column %s of %s is required",
                               table->field[k].name, table->name);
    return CEF_OK;
}

static cef_status read_row(case_filler *fill, const csv_reader *r, const case_table *table, const column_map *map,
                           cef_error *error)
{
    fill->table = NULL;
    if (r->n_field != map->n)
        return fill_refuse(fill, DIAG_ROW_LENGTH, r->line, (double) NAN, error, "the row has %d fields, the header %d",
                           (int64_t) r->n_field, (int64_t) map->n);
    CEF_TRY(fill_begin_row(fill, table, r->line, error));
    for (int k = 0; k < map->n; k++)
        if (r->field[k].length > 0) /* an empty cell is not stated */
            CEF_TRY(fill_value(fill, map->field[k], r->field[k].text, r->field[k].length, r->line, error));
    return fill_end_row(fill, error);
}

static cef_status read_records(case_filler *fill, csv_reader *r, const case_table *table, cef_error *error)
{
    bool more = false;
    column_map map = {.n = 0};
    fill->table = NULL;
    CEF_TRY(csv_next(r, &more, error));
    if (!more)
        return fill_refuse(fill, DIAG_MISSING_FIELD, 1, (double) NAN, error,
                           "the file is empty: its first line must name the columns");
    CEF_TRY(read_header(fill, r, table, &map, error));
    for (;;) {
        CEF_TRY(csv_next(r, &more, error));
        if (!more)
            break;
        CEF_TRY(read_row(fill, r, table, &map, error));
    }
    return fill_end_table(fill, table, error);
}

cef_status csv_table_read(case_filler *fill, const case_table *table, const char *text, size_t length, cef_error *error)
{
    csv_reader r;
    cef_status status = csv_open(&r, fill->data->ctx, fill->file, text, length, error);
    if (status == CEF_OK)
        status = read_records(fill, &r, table, error);
    csv_close(&r);
    return status;
}

static cef_status read_file(case_filler *fill, const case_table *table, const char *path, sha256_state *hash,
                            cef_error *error)
{
    char *text = NULL;
    size_t length = 0;
    CEF_TRY(file_read(fill->data->ctx, path, &text, &length, error));
    sha256_add(hash, text, length);
    const char *folder = fill->data->file;
    fill->file = fill->data->file = path; /* messages of every layer name the file */
    const cef_status status = csv_table_read(fill, table, text, length, error);
    fill->file = fill->data->file = folder;
    context_free(fill->data->ctx, text, length + 1);
    return status;
}

static cef_status read_tables(case_filler *fill, const char *folder, char *path, size_t path_size, cef_error *error)
{
    sha256_state hash;
    sha256_init(&hash);
    for (int k = 0; k < CASE_TABLES; k++) {
        const case_table *table = case_table_at(k);
        cef_text name = {path, path_size, 0};
        text_format(&name, "%s/%s.csv", folder, table->name);
        const bool missing = file_missing(path);
        if (missing && k >= FIRST_OPTIONAL)
            continue;
        if (missing)
            return error_format(error, DIAG_MISSING_FIELD, CEF_NOWHERE,
                                "%s: the folder has no %s.csv: buses.csv, branches.csv and generators.csv are required",
                                folder, table->name);
        CEF_TRY(read_file(fill, table, path, &hash, error));
    }
    char hex[65];
    sha256_hex(&hash, hex);
    memcpy(fill->data->sha256, hex, sizeof hex);
    return fill_end(fill, error);
}

cef_status csv_folder_read(case_data *data, const char *folder, cef_error *error)
{
    const size_t path_size = strlen(folder) + 32;
    void *path = NULL;
    CEF_TRY(context_take(data->ctx, path_size, &path, error));
    case_filler fill;
    fill_init(&fill, data);
    const cef_status status = read_tables(&fill, folder, path, path_size, error);
    fill_release(&fill);
    context_free(data->ctx, path, path_size);
    return status;
}
