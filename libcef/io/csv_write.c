/* SPDX-License-Identifier: Apache-2.0 */
/* A case as a folder of CSV files; a column stands only if a row states it. */
#include "io/fields.h"
#include "io/file_folder.h"

#define FIRST_OPTIONAL 3 /* loads.csv and storage.csv stand only where there are rows */

static const char *const file_names[CASE_TABLES] = {"buses.csv", "branches.csv", "generators.csv", "loads.csv",
                                                    "storage.csv"}; /* in the order of case_table_at */

static void put_text(file_writer *w, const char *text, size_t length)
{
    const bool plain = length > 0 && text[0] != ' ' && text[length - 1] != ' ' && strcspn(text, ",\"\r\n") >= length;
    if (plain) {
        file_put(w, text, length);
        return;
    }
    file_put(w, "\"", 1);
    for (size_t k = 0; k < length; k++)
        file_put(w, text[k] == '"' ? "\"\"" : text + k, text[k] == '"' ? 2 : 1);
    file_put(w, "\"", 1);
}

/* A column stands if it is required or any row states it. */
static bool column_stands(const case_data *data, const case_table *table, const case_field *field)
{
    if (field->required || field->form == FIELD_ID)
        return true;
    const cef_index rows = case_table_rows(data, table);
    for (cef_index row = 0; row < rows; row++)
        if (case_field_stated(data, field, row))
            return true;
    return false;
}

static int choose_columns(const case_data *data, const case_table *table, const case_field *chosen[CSV_MAX_FIELDS])
{
    int n = 0;
    for (int k = 0; k < table->n_field; k++)
        if (column_stands(data, table, &table->field[k]))
            chosen[n++] = &table->field[k];
    return n;
}

static void put_table(file_writer *w, const case_data *data, const case_table *table)
{
    const case_field *chosen[CSV_MAX_FIELDS];
    const int n = choose_columns(data, table, chosen);
    for (int k = 0; k < n; k++) {
        file_puts(w, k > 0 ? "," : "");
        file_puts(w, chosen[k]->name);
    }
    file_puts(w, "\n");
    const cef_index rows = case_table_rows(data, table);
    for (cef_index row = 0; row < rows; row++) {
        for (int k = 0; k < n; k++) {
            file_puts(w, k > 0 ? "," : "");
            if (case_field_stated(data, chosen[k], row))
                field_write(w, data, table, chosen[k], row, put_text);
        }
        file_puts(w, "\n");
    }
}

static cef_status write_table(const case_data *data, const case_table *table, const char *path, cef_error *error)
{
    file_writer w;
    CEF_TRY(file_writer_open(&w, data->ctx, path, error));
    put_table(&w, data, table);
    return file_writer_commit(&w, error);
}

/* The format has no place for a base power: per-unit values are on 100 MVA. */
static cef_status check_base(const case_data *data, const char *folder, cef_error *error)
{
    if (data->base_mva == 100.0)
        return CEF_OK;
    const case_branches *branch = &data->branch;
    for (cef_index k = 0; k < branch->n; k++)
        if (!isnan(branch->r[k]) || !isnan(branch->x[k]) || !isnan(branch->b[k]))
            return error_format(error, DIAG_UNSUPPORTED, CEF_NOWHERE,
                                "%s: CSV files state r, x and b on 100 MVA, this case is on %g MVA: write .yaml",
                                folder, data->base_mva);
    return CEF_OK;
}

cef_status csv_folder_write(const case_data *data, const char *folder, cef_error *error)
{
    CEF_TRY(check_base(data, folder, error));
    folder_writer f;
    CEF_TRY(folder_writer_open(&f, data->ctx, folder, file_names, CASE_TABLES, error));
    for (int k = 0; k < CASE_TABLES; k++) {
        if (k >= FIRST_OPTIONAL && case_table_rows(data, case_table_at(k)) == 0)
            continue;
        const cef_status status = write_table(data, case_table_at(k), folder_writer_file(&f, k), error);
        if (status != CEF_OK) {
            folder_writer_abandon(&f);
            return status;
        }
    }
    return folder_writer_commit(&f, error);
}
