/* SPDX-License-Identifier: Apache-2.0 */
/* Matrices and cells of MATPOWER files, row by row and entry by entry. */
#include "io/matpower.h"

/* To the first value of the next row: newlines, comments and empty rows have no meaning between rows. */
static cef_status skip_to_row(m_scanner *s, cef_error *error)
{
    do
        CEF_TRY(m_skip_space(s, error));
    while (m_take(s, ';'));
    return CEF_OK;
}

/* After a value: one comma at most. */
static cef_status skip_separator(m_scanner *s, cef_error *error)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t'))
        s->at++;
    if (s->at<s->end && * s->at> ',' && *s->at != '.')
        return CEF_OK; /* mostly: a digit, '-' or ';' */
    CEF_TRY(m_skip_blanks(s, error));
    if (m_take(s, ',')) {
        CEF_TRY(m_skip_blanks(s, error));
        if (s->at < s->end && *s->at == ',')
            return m_refuse(s, DIAG_SYNTAX, "expected a value between two commas", error);
    }
    return CEF_OK;
}

static cef_status check_width(m_scanner *s, m_matrix *m, int32_t n, cef_error *error)
{
    if (m->width == 0) {
        m->width = n;
        if (n >= m->least_width)
            return CEF_OK;
    } else if (n == m->width) {
        return CEF_OK;
    }
    m_scanner at = *s;
    at.line = m->line;
    CEF_TEXT(text, 160);
    text_format(&text, "row %d of mpc.%s has %d columns, expected %s%d", (int64_t) m->row + 1, m->name, (int64_t) n,
                n < m->least_width ? "at least " : "as in its first row ",
                (int64_t) (n < m->least_width ? m->least_width : m->width));
    return m_refuse(&at, DIAG_ROW_LENGTH, text.data, error);
}

cef_status m_next_row(m_scanner *s, m_matrix *m, bool *more, cef_error *error)
{
    CEF_TRY(skip_to_row(s, error));
    *more = false;
    if (m_take(s, ']'))
        return CEF_OK;
    m->line = s->line;
    int32_t n = 0;
    while (s->at < s->end && *s->at != ';' && *s->at != '\n' && *s->at != ']') {
        double value = 0.0;
        CEF_TRY(m_number(s, &value, error));
        if (n < M_KEPT_COLUMNS)
            m->value[n] = value;
        n += n < INT32_MAX;
        CEF_TRY(skip_separator(s, error));
    }
    if (s->at >= s->end) {
        CEF_TEXT(text, 96);
        text_format(&text, "mpc.%s is never closed by ]", m->name);
        return m_refuse(s, DIAG_SYNTAX, text.data, error);
    }
    CEF_TRY(check_width(s, m, n, error));
    m->row++;
    *more = true;
    return CEF_OK;
}

cef_status m_next_text(m_scanner *s, m_word *entry, bool *more, cef_error *error)
{
    CEF_TRY(skip_to_row(s, error));
    *more = false;
    if (m_take(s, '}'))
        return CEF_OK;
    if (s->at >= s->end)
        return m_refuse(s, DIAG_SYNTAX, "the cell is never closed by }", error);
    if (*s->at != '\'' && *s->at != '"')
        return m_refuse(s, DIAG_SYNTAX, "expected a text in quotes", error);
    CEF_TRY(m_text(s, entry, error));
    *more = true;
    return skip_separator(s, error);
}

/* Numbers and texts up to the closing bracket. */
static cef_status skip_bracket(m_scanner *s, char close, cef_error *error)
{
    const m_scanner start = *s;
    m_word text;
    double number;
    for (;;) {
        CEF_TRY(skip_to_row(s, error));
        if (m_take(s, close))
            return CEF_OK;
        if (s->at >= s->end)
            return m_refuse(&start, DIAG_SYNTAX, "the bracket is never closed", error);
        if (*s->at == '[' || *s->at == '{')
            return m_refuse(s, DIAG_TOO_DEEP, "brackets inside brackets are not read", error);
        if (*s->at == '\'' || *s->at == '"')
            CEF_TRY(m_text(s, &text, error));
        else
            CEF_TRY(m_number(s, &number, error));
        CEF_TRY(skip_separator(s, error));
    }
}

cef_status m_skip_value(m_scanner *s, cef_error *error)
{
    m_word text;
    double number;
    if (m_take(s, '['))
        return skip_bracket(s, ']', error);
    if (m_take(s, '{'))
        return skip_bracket(s, '}', error);
    if (s->at < s->end && (*s->at == '\'' || *s->at == '"'))
        return m_text(s, &text, error);
    if (s->at >= s->end)
        return m_refuse_here(s, "a value", error);
    return m_number(s, &number, error);
}
