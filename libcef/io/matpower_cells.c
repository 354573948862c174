/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of a MATPOWER case share: cells that are checked and named when they are wrong. */
#include "io/matpower_tables.h"

#define MAX_NUMBER 9007199254740992.0 /* 2^53: integers that a double holds exactly */

cef_status m_refuse_cell(const m_reader *r, const m_matrix *m, int column, cef_diag diag, const char *expected,
                         cef_error *error)
{
    const double value = m_at(m, column);
    cef_where where = CEF_NOWHERE;
    where.value = value;
    where.line = m->line < INT32_MAX ? (int32_t) m->line : INT32_MAX;
    const char *text = isnan(value) ? "NaN" : NULL;
    if (text)
        return error_format(error, diag, where, "%s:%d: mpc.%s row %d, column %d is NaN: expected %s", r->s.file,
                            m->line, m->name, (int64_t) m->row, (int64_t) column, expected);
    return error_format(error, diag, where, "%s:%d: mpc.%s row %d, column %d is %g: expected %s", r->s.file, m->line,
                        m->name, (int64_t) m->row, (int64_t) column, value, expected);
}

/* Columns [first, last] must be finite. */
cef_status m_check_finite(const m_reader *r, const m_matrix *m, int first, int last, cef_error *error)
{
    for (int column = first; column <= last; column++)
        if (!isfinite(m_at(m, column)))
            return m_refuse_cell(r, m, column, DIAG_NOT_FINITE, "a finite number", error);
    return CEF_OK;
}

cef_status m_check_bus_number(const m_reader *r, const m_matrix *m, int column, cef_error *error)
{
    const double number = m_at(m, column);
    if (number >= 1.0 && number <= MAX_NUMBER && number == floor(number))
        return CEF_OK;
    return m_refuse_cell(r, m, column, DIAG_BAD_ID, "a bus number, a positive integer", error);
}

cef_status m_find_bus(const m_reader *r, const m_matrix *m, int column, cef_index *bus, cef_error *error)
{
    CEF_TRY(m_check_bus_number(r, m, column, error));
    *bus = case_find_number(r->data, CEF_BUS, &r->buses, (int64_t) m_at(m, column));
    if (*bus >= 0)
        return CEF_OK;
    return m_refuse_cell(r, m, column, DIAG_UNKNOWN_BUS, "a bus of mpc.bus", error);
}

cef_status m_open_matrix(m_reader *r, const char *name, cef_error *error)
{
    if (m_take(&r->s, '['))
        return CEF_OK;
    CEF_TEXT(text, 64);
    text_format(&text, "a matrix [..] for mpc.%s", name);
    return m_refuse_here(&r->s, text.data, error);
}

/* A text kept once, as long as there are few different ones. */
cef_status m_keep_text(m_reader *r, const char *text, size_t length, text_ref *ref, cef_error *error)
{
    for (int k = 0; k < r->n_known; k++) {
        const char *known = case_text_at(r->data, r->known[k]);
        if (strncmp(known, text, length) == 0 && known[length] == 0) {
            *ref = r->known[k];
            return CEF_OK;
        }
    }
    CEF_TRY(case_text(r->data, text, length, ref, error));
    if (r->n_known < M_KNOWN_TEXTS)
        r->known[r->n_known++] = *ref;
    return CEF_OK;
}
