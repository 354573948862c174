/* SPDX-License-Identifier: Apache-2.0 */
/* libcef's YAML (cli.md) from libyaml's events. The grammar is fixed - a mapping of tables, a table of rows, a row of
 * scalars - so there is no recursion, no tree, and the first event out of place ends the reading. */
#include "io/yaml_events.h"

#define MAX_YAML ((size_t) 1 << 30)

typedef struct {
    yaml_source events;
    case_filler fill;
    case_data *data;
    uint32_t seen; /* bit: top-level key */
} yaml_case;

enum { KEY_VERSION, KEY_NAME, KEY_BASE_MVA, KEY_TABLES };

static cef_status refuse(const yaml_case *y, cef_diag diag, cef_error *error, const char *what, const char *value)
{
    return yaml_refuse(&y->events, diag, error, "%s '%s'", what, value);
}

static const char *shown(const yaml_case *y, char buffer[64])
{
    return field_quote(yaml_text(&y->events), yaml_length(&y->events), buffer);
}

/* ---- rows ---- */

/* Numbers and switches must stand without quotes; ids, buses and texts may be quoted. */
static bool needs_plain(field_form form)
{
    return form == FIELD_NUMBER || form == FIELD_FRACTION || form == FIELD_SWITCH;
}

static cef_status read_field(yaml_case *y, int k, cef_error *error)
{
    const case_field *field = &y->fill.table->field[k];
    CEF_TRY(yaml_next(&y->events, error));
    if (field->form == FIELD_REFUSED)
        return fill_value(&y->fill, k, "", 0, y->events.line, error);
    CEF_TRY(yaml_expect_scalar(&y->events, field->name, error));
    if (needs_plain(field->form) && !yaml_is_plain(&y->events))
        return yaml_refuse(&y->events, field->form == FIELD_SWITCH ? DIAG_SYNTAX : DIAG_BAD_NUMBER, error,
                           "%s is quoted text: write it without quotes", field->name);
    return fill_value(&y->fill, k, yaml_text(&y->events), yaml_length(&y->events), y->events.line, error);
}

static cef_status read_row(yaml_case *y, const case_table *table, cef_error *error)
{
    CEF_TRY(fill_begin_row(&y->fill, table, y->events.line, error));
    for (;;) {
        CEF_TRY(yaml_next(&y->events, error));
        if (y->events.event.type == YAML_MAPPING_END_EVENT)
            return fill_end_row(&y->fill, error);
        CEF_TRY(yaml_expect_scalar(&y->events, "a key", error));
        const int k = case_field_find(table, yaml_text(&y->events), yaml_length(&y->events));
        char key[64];
        if (k < 0)
            return fill_refuse(&y->fill, DIAG_UNKNOWN_FIELD, y->events.line, (double) NAN, error,
                               "'%s' is not a key of a row of %s: correct its spelling or take it out", shown(y, key),
                               table->name);
        CEF_TRY(read_field(y, k, error));
    }
}

static cef_status read_table(yaml_case *y, const case_table *table, cef_error *error)
{
    CEF_TRY(yaml_next(&y->events, error));
    CEF_TRY(yaml_expect(&y->events, YAML_SEQUENCE_START_EVENT, table->name, "a list of rows", error));
    for (;;) {
        CEF_TRY(yaml_next(&y->events, error));
        if (y->events.event.type == YAML_SEQUENCE_END_EVENT)
            break;
        CEF_TRY(
            yaml_expect(&y->events, YAML_MAPPING_START_EVENT, table->name, "rows of the form {key: value, ..}", error));
        CEF_TRY(read_row(y, table, error));
    }
    y->fill.table = NULL;
    if (table->element == CEF_BUS && y->data->bus.n == 0)
        return yaml_refuse(&y->events, DIAG_EMPTY_NETWORK, error, "buses has no row: a case has at least one bus");
    return fill_end_table(&y->fill, table, error);
}

/* ---- the top ---- */

static cef_status read_version(yaml_case *y, cef_error *error)
{
    char value[64];
    CEF_TRY(yaml_next(&y->events, error));
    CEF_TRY(yaml_expect_scalar(&y->events, "libcef", error));
    if (yaml_is_plain(&y->events) && yaml_length(&y->events) == 1 && yaml_text(&y->events)[0] == '1')
        return CEF_OK;
    return refuse(y, DIAG_VERSION, error, "the format version must be 1, this file states", shown(y, value));
}

static cef_status read_name(yaml_case *y, cef_error *error)
{
    char value[64];
    CEF_TRY(yaml_next(&y->events, error));
    CEF_TRY(yaml_expect_scalar(&y->events, "name", error));
    const size_t length = yaml_length(&y->events);
    if (length >= sizeof y->data->name)
        return refuse(y, DIAG_TOO_BIG, error, "a name has at most 127 bytes, not so", shown(y, value));
    if (length == 0 || !text_is_printable(yaml_text(&y->events), length))
        return refuse(y, DIAG_BAD_ENCODING, error, "a name is text without control characters, not", shown(y, value));
    memcpy(y->data->name, yaml_text(&y->events), length);
    y->data->name[length] = 0;
    return CEF_OK;
}

static cef_status read_base_mva(yaml_case *y, cef_error *error)
{
    char value[64];
    CEF_TRY(yaml_next(&y->events, error));
    CEF_TRY(yaml_expect_scalar(&y->events, "base_mva", error));
    if (!yaml_is_plain(&y->events) || !field_number(yaml_text(&y->events), yaml_length(&y->events), &y->data->base_mva))
        return refuse(y, DIAG_BAD_NUMBER, error, "base_mva must be a finite decimal number, not", shown(y, value));
    if (!(y->data->base_mva > 0.0))
        return refuse(y, DIAG_OUT_OF_RANGE, error, "base_mva must be positive, not", shown(y, value));
    return CEF_OK;
}

/* Position among the top-level keys, -1 if it is none: KEY_*, then the tables. */
static int find_key(const char *text, size_t length)
{
    static const char *const keys[] = {"libcef", "name", "base_mva"};
    for (int k = 0; k < KEY_TABLES + CASE_TABLES; k++) {
        const char *key = k < KEY_TABLES ? keys[k] : case_table_at(k - KEY_TABLES)->name;
        if (strlen(key) == length && memcmp(key, text, length) == 0)
            return k;
    }
    return -1;
}

static cef_status read_entry(yaml_case *y, cef_error *error)
{
    char key[64];
    CEF_TRY(yaml_expect_scalar(&y->events, "a key", error));
    const int k = find_key(yaml_text(&y->events), yaml_length(&y->events));
    if (k < 0)
        return refuse(y, DIAG_UNKNOWN_FIELD, error,
                      "a case has libcef, name, base_mva, buses, branches, generators, loads and storage; it has no",
                      shown(y, key));
    if (y->seen >> k & 1)
        return refuse(y, DIAG_DUPLICATE_FIELD, error, "stated twice:", shown(y, key));
    y->seen |= (uint32_t) 1 << k;
    switch (k) {
    case KEY_VERSION: return read_version(y, error);
    case KEY_NAME: return read_name(y, error);
    case KEY_BASE_MVA: return read_base_mva(y, error);
    default: return read_table(y, case_table_at(k - KEY_TABLES), error);
    }
}

static cef_status read_top(yaml_case *y, cef_error *error)
{
    CEF_TRY(yaml_next(&y->events, error));
    CEF_TRY(yaml_expect(&y->events, YAML_MAPPING_START_EVENT, "a case", "keys such as 'libcef: 1'", error));
    for (;;) {
        CEF_TRY(yaml_next(&y->events, error));
        if (y->events.event.type == YAML_MAPPING_END_EVENT)
            break;
        CEF_TRY(read_entry(y, error));
    }
    if (!(y->seen >> KEY_VERSION & 1))
        return yaml_refuse(&y->events, DIAG_MISSING_FIELD, error,
                           "the key 'libcef: 1' is missing: it states the format");
    if (!(y->seen >> KEY_TABLES & 1))
        return yaml_refuse(&y->events, DIAG_MISSING_FIELD, error,
                           "the key 'buses' is missing: a case has at least one bus");
    return CEF_OK;
}

static cef_status read_stream(yaml_case *y, cef_error *error)
{
    CEF_TRY(yaml_next(&y->events, error)); /* stream start */
    CEF_TRY(yaml_next(&y->events, error));
    CEF_TRY(yaml_expect(&y->events, YAML_DOCUMENT_START_EVENT, "the file", "a case: it is empty", error));
    CEF_TRY(read_top(y, error));
    CEF_TRY(yaml_next(&y->events, error)); /* document end */
    CEF_TRY(yaml_next(&y->events, error));
    if (y->events.event.type != YAML_STREAM_END_EVENT)
        return yaml_refuse(&y->events, DIAG_YAML_FEATURE, error,
                           "a second document begins: libcef's YAML is one document, take the rest out");
    return fill_end(&y->fill, error);
}

cef_status yaml_read(case_data *data, const char *text, size_t length, cef_error *error)
{
    if (length > MAX_YAML)
        return error_format(error, DIAG_TOO_BIG, CEF_NOWHERE,
                            "%s: the file has %d bytes, a YAML file at most %d: use a folder of CSV files", data->file,
                            (int64_t) length, (int64_t) MAX_YAML);
    yaml_case y = {.data = data};
    fill_init(&y.fill, data);
    cef_status status = yaml_open(&y.events, data->file, text, length, error);
    if (status == CEF_OK)
        status = read_stream(&y, error);
    yaml_close(&y.events);
    fill_release(&y.fill);
    return status;
}
