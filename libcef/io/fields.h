/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a case, once for YAML and CSV: a YAML key, a CSV column and a column of case_data are the same row of
 * one table. Readers hand a filler (field, text) pairs; it checks them, stores them and resolves bus names. Private to
 * io. */
#ifndef CEF_IO_FIELDS_H
#define CEF_IO_FIELDS_H

#include "io/case_data.h"

typedef enum {
    FIELD_ID,
    FIELD_BUS,      /* id of a bus: cef_index column */
    FIELD_NUMBER,   /* double column */
    FIELD_FRACTION, /* double column in (0, 1] */
    FIELD_TEXT,     /* text_ref column */
    FIELD_TYPE,     /* pq, pv, ref, isolated: int8_t column of 1..4 */
    FIELD_KIND,     /* demand, shunt, export: int32_t column of CEF_LOAD_* */
    FIELD_SWITCH,   /* true, false: int8_t column */
    FIELD_REFUSED   /* known, not built yet */
} field_form;

typedef struct {
    const char *name;
    field_form form;
    bool required;
    size_t column;   /* offset of the column's pointer in case_data; FIELD_ID: 0 */
    double unstated; /* number or switch: the value of a row that does not state it, NaN if that is kept apart */
} case_field;

typedef struct {
    const char *name; /* YAML key and, with .csv, file name: "buses" */
    cef_element element;
    const case_field *field; /* [n_field], the first is the id */
    int n_field;
    size_t rows; /* offset of the row count in case_data */
} case_table;

#define CASE_TABLES 5
/* buses, branches, generators, loads, storage: the order of the contract. */
const case_table *case_table_at(int k);
cef_index case_table_rows(const case_data *data, const case_table *table);
/* Position of a field by name, -1 if the table has none. */
int case_field_find(const case_table *table, const char *name, size_t length);
/* Column pointers of a field. */
double *case_field_numbers(const case_data *data, const case_field *field);
text_ref *case_field_texts(const case_data *data, const case_field *field);
int8_t *case_field_switches(const case_data *data, const case_field *field);
cef_index *case_field_buses(const case_data *data, const case_field *field);
/* False where the row holds what a reader fills in by itself: a writer leaves it out. */
bool case_field_stated(const case_data *data, const case_field *field, cef_index row);
/* "pq", .. of a type 1..4; "demand", .. of a CEF_LOAD_*. */
const char *case_type_name(int type);
const char *case_kind_name(int32_t kind);

/* ---- field_write.c ---- */
typedef void (*text_putter)(file_writer *w, const char *text, size_t length);
/* Writes a value that case_field_stated says is there. */
void field_write(file_writer *w, const case_data *data, const case_table *table, const case_field *field, cef_index row,
                 text_putter put_text);

/* ---- fill.c ---- */
/* A bus named before the bus table was read. */
typedef struct {
    const case_table *table;
    const case_field *field;
    text_ref text;
    cef_index row;
    int32_t line;
} bus_reference;

typedef struct {
    case_data *data;
    const char *file; /* for messages; a file inside the folder for CSV */
    case_index buses;
    bool buses_known;
    bus_reference *later; /* [n_later] references to resolve once the buses are known */
    size_t n_later, later_capacity;
    const case_table *table; /* of the row being filled */
    cef_index row;
    int32_t line;
    uint64_t stated; /* bit k: field k of the row */
} case_filler;

void fill_init(case_filler *fill, case_data *data);
void fill_release(case_filler *fill); /* not the case_data */
cef_status fill_begin_row(case_filler *fill, const case_table *table, int32_t line, cef_error *error);
/* A field twice is an error. `line` is the value's own. */
cef_status fill_value(case_filler *fill, int field, const char *text, size_t length, int32_t line, cef_error *error);
/* Required fields and rules across fields. */
cef_status fill_end_row(case_filler *fill, cef_error *error);
/* Call after each table: refuses ids that stand twice. After that of buses they are looked up at once. */
cef_status fill_end_table(case_filler *fill, const case_table *table, cef_error *error);
cef_status fill_end(case_filler *fill, cef_error *error);
/* error_format with "FILE:LINE: " before and the row's element; `value` may be NaN. */
cef_status fill_refuse(const case_filler *fill, cef_diag diag, int32_t line, double value, cef_error *error,
                       const char *format, ...);
/* Whole of text is one finite decimal number (optional sign, digits, point, exponent; nothing else). */
bool field_number(const char *text, size_t length, double *value);
/* Text for a message: control characters as '?', what is longer than 63 bytes cut and marked by "..". Returns buffer.
 */
const char *field_quote(const char *text, size_t length, char buffer[64]);

/* ---- fill_value.c ---- */
/* Stores any value but a bus's. */
cef_status fill_set(case_filler *fill, const case_field *field, const char *text, size_t length, int32_t line,
                    cef_error *error);
/* "FIELD of ELEMENT ID is 'TEXT', expected EXPECTED". */
cef_status fill_refuse_value(const case_filler *fill, const case_field *field, cef_diag diag, const char *text,
                             size_t length, int32_t line, const char *expected, cef_error *error);

/* ---- utf8.c ---- */
/* True iff text is UTF-8 without NUL bytes; else the 1-based line of the first byte that is not. */
bool text_is_utf8(const char *text, size_t length, int32_t *line);

/* ---- csv_read.c ---- */
/* One table from memory, appended through `fill`; fill->file names it in messages. */
cef_status csv_table_read(case_filler *fill, const case_table *table, const char *text, size_t length,
                          cef_error *error);

#endif /* CEF_IO_FIELDS_H */
