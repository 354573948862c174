/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of columns as JSON and CSV. */
#include "columns.h"

#include <math.h>

enum { ID_SIZE = 64 }; /* ids are 1-63 bytes */

static column *add(table *t, const char *key, column_kind kind)
{
    column *c = &t->column[t->n_column++];
    *c = (column){.key = key, .kind = kind};
    return c;
}

void table_add_number(table *t, const char *key, const double *number) { add(t, key, COLUMN_NUMBER)->number = number; }

void table_add_id(table *t, const char *key, cef_element element, const cef_index *index, bool numeric)
{
    column *c = add(t, key, COLUMN_ID);
    c->element = element;
    c->index = index;
    c->numeric = numeric;
}

void table_add_word(table *t, const char *key, const uint8_t *word, const char *const *words)
{
    column *c = add(t, key, COLUMN_WORD);
    c->word = word;
    c->words = words;
}

/* Text of an id column's row, 0-terminated; returns its length. */
static size_t row_id(const table *t, const column *c, size_t row, char *buffer, size_t size)
{
    const cef_element element = c->row_element ? c->row_element[row] : c->element;
    return cef_case_id(t->source, element, c->index ? c->index[row] : (cef_index) row, buffer, size);
}

void json_number(out_file *out, double value)
{
    if (isfinite(value))
        out_number(out, value);
    else
        out_text(out, "null");
}

void json_id(out_file *out, const cef_case *source, cef_element element, cef_index index, bool numeric)
{
    if (numeric) {
        out->used += cef_case_id(source, element, index, out_room(out, ID_SIZE), ID_SIZE);
        return;
    }
    char id[ID_SIZE];
    cef_case_id(source, element, index, id, sizeof id);
    out_json_text(out, id);
}

static void json_cell(out_file *out, const table *t, const column *c, size_t row)
{
    switch (c->kind) {
    case COLUMN_NUMBER: json_number(out, c->number[row]); break;
    case COLUMN_ID:
        json_id(out, t->source, c->row_element ? c->row_element[row] : c->element,
                c->index ? c->index[row] : (cef_index) row, c->numeric);
        break;
    case COLUMN_WORD: out_format(out, "\"%s\"", c->words[c->word[row]]); break;
    }
}

void table_json(out_file *out, const table *t)
{
    out_format(out, "\"%s\": {", t->name);
    for (int k = 0; k < t->n_column; k++) {
        const column *c = &t->column[k];
        out_format(out, "%s\n  \"%s\": [", k ? "," : "", c->key);
        for (size_t row = 0; row < t->n_row; row++) {
            if (row)
                out_char(out, ',');
            json_cell(out, t, c, row);
        }
        out_char(out, ']');
    }
    out_text(out, "}");
}

static void csv_cell(out_file *out, const table *t, const column *c, size_t row)
{
    char id[ID_SIZE];
    switch (c->kind) {
    case COLUMN_NUMBER:
        if (!isnan(c->number[row]))
            out_number(out, c->number[row]);
        break;
    case COLUMN_ID:
        row_id(t, c, row, id, sizeof id);
        out_csv_text(out, id);
        break;
    case COLUMN_WORD: out_text(out, c->words[c->word[row]]); break;
    }
}

void table_csv(out_file *out, const table *t)
{
    for (int k = 0; k < t->n_column; k++)
        out_format(out, "%s%s", k ? "," : "", t->column[k].key);
    out_char(out, '\n');
    for (size_t row = 0; row < t->n_row; row++) {
        for (int k = 0; k < t->n_column; k++) {
            if (k)
                out_char(out, ',');
            csv_cell(out, t, &t->column[k], row);
        }
        out_char(out, '\n');
    }
}
