/* SPDX-License-Identifier: Apache-2.0 */
/* One value of a row, checked and stored; and how its refusal reads. */
#include "io/fields.h"

#define MAX_TEXT 255 /* bytes of a zone, owner or fuel */

/* ---- messages ---- */

const char *field_quote(const char *text, size_t length, char buffer[64])
{
    const bool is_cut = length > 63;
    cef_text cut = {buffer, is_cut ? 62 : 64, 0};
    buffer[0] = 0;
    text_add_n(&cut, text, length);
    for (size_t k = 0; k < cut.length; k++)
        if ((unsigned char) buffer[k] < 0x20 || buffer[k] == 0x7F)
            buffer[k] = '?';
    cut.size = 64;
    text_add(&cut, is_cut ? ".." : "");
    return buffer;
}

cef_status fill_refuse(const case_filler *fill, cef_diag diag, int32_t line, double value, cef_error *error,
                       const char *format, ...)
{
    char name[64];
    cef_where where = CEF_NOWHERE;
    if (fill->table)
        where = case_where(fill->data, fill->table->element, fill->row, name);
    where.line = line;
    where.value = value;
    CEF_TEXT(message, 512);
    text_format(&message, "%s:%d: ", fill->file, (int64_t) line);
    va_list args;
    va_start(args, format);
    text_format_args(&message, format, args);
    va_end(args);
    return error_set(error, diag, where, message.data);
}

cef_status fill_refuse_value(const case_filler *fill, const case_field *field, cef_diag diag, const char *text,
                             size_t length, int32_t line, const char *expected, cef_error *error)
{
    char name[64], value[64];
    (void) case_id_text(fill->data, fill->table->element, fill->row, name, sizeof name);
    return fill_refuse(fill, diag, line, (double) NAN, error, "%s of %s %s is '%s', expected %s", field->name,
                       case_table_name(fill->table->element), name, field_quote(text, length, value), expected);
}

/* ---- values ---- */

bool field_number(const char *text, size_t length, double *value)
{
    for (size_t k = 0; k < length; k++)
        if (!strchr("0123456789+-.eE", text[k]) || text[k] == 0)
            return false;
    return length > 0 && number_scan(text, text + length, value) == text + length;
}

static bool same_text(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

static cef_status set_number(case_filler *fill, const case_field *field, const char *text, size_t length, int32_t line,
                             cef_error *error)
{
    double value = 0.0;
    if (!field_number(text, length, &value))
        return fill_refuse_value(fill, field, DIAG_BAD_NUMBER, text, length, line, "a finite decimal number", error);
    if (field->form == FIELD_FRACTION && !(value > 0.0 && value <= 1.0))
        return fill_refuse_value(fill, field, DIAG_OUT_OF_RANGE, text, length, line, "more than 0 and at most 1",
                                 error);
    case_field_numbers(fill->data, field)[fill->row] = value;
    return CEF_OK;
}

static cef_status set_text(case_filler *fill, const case_field *field, const char *text, size_t length, int32_t line,
                           cef_error *error)
{
    if (length > MAX_TEXT)
        return fill_refuse_value(fill, field, DIAG_TOO_BIG, text, length, line, "at most 255 bytes", error);
    if (!text_is_printable(text, length))
        return fill_refuse_value(fill, field, DIAG_BAD_ENCODING, text, length, line, "text without control characters",
                                 error);
    text_ref ref = 0;
    CEF_TRY(case_text(fill->data, text, length, &ref, error));
    case_field_texts(fill->data, field)[fill->row] = ref;
    return CEF_OK;
}

static cef_status set_type(case_filler *fill, const case_field *field, const char *text, size_t length, int32_t line,
                           cef_error *error)
{
    for (int type = 1; type <= 4; type++)
        if (same_text(text, length, case_type_name(type))) {
            case_field_switches(fill->data, field)[fill->row] = (int8_t) type;
            return CEF_OK;
        }
    return fill_refuse_value(fill, field, DIAG_BAD_KIND, text, length, line, "pq, pv, ref or isolated", error);
}

static cef_status set_kind(case_filler *fill, const case_field *field, const char *text, size_t length, int32_t line,
                           cef_error *error)
{
    for (int32_t kind = CEF_LOAD_DEMAND; kind <= CEF_LOAD_EXPORT; kind++)
        if (same_text(text, length, case_kind_name(kind))) {
            fill->data->load.kind[fill->row] = kind;
            return CEF_OK;
        }
    return fill_refuse_value(fill, field, DIAG_BAD_KIND, text, length, line, "demand, shunt or export", error);
}

static cef_status set_switch(case_filler *fill, const case_field *field, const char *text, size_t length, int32_t line,
                             cef_error *error)
{
    const bool on = same_text(text, length, "true");
    if (!on && !same_text(text, length, "false"))
        return fill_refuse_value(fill, field, DIAG_SYNTAX, text, length, line, "true or false", error);
    case_field_switches(fill->data, field)[fill->row] = on;
    return CEF_OK;
}

static cef_status set_id(case_filler *fill, const char *text, size_t length, int32_t line, cef_error *error)
{
    if (length >= 1 && length <= 63 && text_is_printable(text, length))
        return case_set_id(fill->data, fill->table->element, fill->row, text, length, line, error);
    return fill_refuse_value(fill, &fill->table->field[0], DIAG_BAD_ID, text, length, line,
                             "1-63 bytes of UTF-8 without control characters", error);
}

cef_status fill_set(case_filler *fill, const case_field *field, const char *text, size_t length, int32_t line,
                    cef_error *error)
{
    switch (field->form) {
    case FIELD_ID: return set_id(fill, text, length, line, error);
    case FIELD_NUMBER:
    case FIELD_FRACTION: return set_number(fill, field, text, length, line, error);
    case FIELD_TEXT: return set_text(fill, field, text, length, line, error);
    case FIELD_TYPE: return set_type(fill, field, text, length, line, error);
    case FIELD_KIND: return set_kind(fill, field, text, length, line, error);
    case FIELD_SWITCH: return set_switch(fill, field, text, length, line, error);
    default:
        return fill_refuse(fill, DIAG_UNSUPPORTED, line, (double) NAN, error,
                           "load-dependent curves are not built yet, give intensity");
    }
}
