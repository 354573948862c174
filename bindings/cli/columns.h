/* SPDX-License-Identifier: Apache-2.0 */
/* A result table as columns, borrowed: one description serves JSON and CSV. */
#ifndef CEF_CLI_COLUMNS_H
#define CEF_CLI_COLUMNS_H

#include "out.h"

typedef enum { COLUMN_NUMBER, COLUMN_ID, COLUMN_WORD } column_kind;

typedef struct {
    const char *key;
    column_kind kind;
    const double *number;       /* NUMBER: [n_row] */
    cef_element element;        /* ID: the table the id is of, unless row_element says it row by row */
    const uint8_t *row_element; /* ID: [n_row] or NULL */
    const cef_index *index;     /* ID: [n_row] position in that table; NULL: the row's own number */
    bool numeric;               /* ID: JSON prints numbers */
    const uint8_t *word;        /* WORD: [n_row] which of words */
    const char *const *words;
} column;

enum { TABLE_COLUMNS = 9 };
typedef struct {
    const char *name;
    const cef_case *source; /* of the ids */
    size_t n_row;
    int n_column;
    column column[TABLE_COLUMNS];
} table;

void table_add_number(table *t, const char *key, const double *number);
void table_add_id(table *t, const char *key, cef_element element, const cef_index *index, bool numeric);
void table_add_word(table *t, const char *key, const uint8_t *word, const char *const *words);

/* `"name": {"key": [..], ..}`. */
void table_json(out_file *out, const table *t);
/* Header line, then rows; an undefined number is an empty field. */
void table_csv(out_file *out, const table *t);

/* A number or null: JSON has no infinity. */
void json_number(out_file *out, double value);
/* An id as a number or as text. */
void json_id(out_file *out, const cef_case *source, cef_element element, cef_index index, bool numeric);

#endif /* CEF_CLI_COLUMNS_H */
