/* SPDX-License-Identifier: Apache-2.0 */
/* One row of named values: an object in JSON, a header and a line in CSV. */
#ifndef CEF_CLI_FIELDS_H
#define CEF_CLI_FIELDS_H

#include "columns.h"

typedef enum {
    FIELD_NUMBER,
    FIELD_COUNT,
    FIELD_TRUTH,
    FIELD_TEXT,
    FIELD_PART /* a value of its own, in JSON only: CSV has a table for it */
} field_kind;

typedef struct {
    const char *key;
    field_kind kind;
    double number;    /* NUMBER, COUNT; NaN is undefined */
    int truth;        /* 1 true, 0 false, -1 null */
    const char *text; /* NULL is null */
    void (*part)(out_file *out, const void *context);
    const void *context;
} field;

field field_number(const char *key, double value);
field field_count(const char *key, int64_t value);
field field_truth(const char *key, int value);
field field_text(const char *key, const char *text);
field field_part(const char *key, void (*part)(out_file *out, const void *context), const void *context);

/* `"name": {..}`. */
void fields_json(out_file *out, const char *name, const field *f, int n);
void fields_csv(out_file *out, const field *f, int n);

#endif /* CEF_CLI_FIELDS_H */
