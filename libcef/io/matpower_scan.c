/* SPDX-License-Identifier: Apache-2.0 */
/* The scanner of MATPOWER files: blanks, words, numbers and texts, one pass, nothing evaluated. */
#include "io/matpower.h"

bool m_word_is(m_word word, const char *text)
{
    return word.length == strlen(text) && memcmp(word.text, text, word.length) == 0;
}

cef_status m_refuse(const m_scanner *s, cef_diag diag, const char *message, cef_error *error)
{
    cef_where where = CEF_NOWHERE;
    where.line = s->line < INT32_MAX ? (int32_t) s->line : INT32_MAX;
    return error_format(error, diag, where, "%s:%d: %s", s->file, s->line, message);
}

/* Up to 24 printable bytes of what stands here. */
static void add_found(cef_text *text, const m_scanner *s)
{
    if (s->at >= s->end) {
        text_add(text, "the end of the file");
        return;
    }
    size_t n = 0;
    while (n < 24 && s->at + n < s->end && s->at[n] >= ' ' && s->at[n] < 0x7F)
        n++;
    text_add(text, "'");
    text_add_n(text, s->at, n);
    text_add(text, n > 0 ? "'" : "\\x..'");
}

cef_status m_refuse_here(const m_scanner *s, const char *expected, cef_error *error)
{
    const char c = s->at < s->end ? *s->at : 0;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const char before = s->at > s->text ? s->at[-1] : 0;
    const bool transposed = c == '\'' && (before == ']' || before == ')' || (before >= '0' && before <= '9'));
    const bool evaluates = letter || transposed || (c != 0 && strchr("()*/\\^:+-@&|=<>~!{[", c) != NULL);
    CEF_TEXT(text, 256);
    text_add(&text, "expected ");
    text_add(&text, expected);
    text_add(&text, ", found ");
    add_found(&text, s);
    if (evaluates)
        text_add(&text, " (the file is read as data and never evaluated)");
    return m_refuse(s, evaluates ? DIAG_EVALUATED : DIAG_SYNTAX, text.data, error);
}

static void skip_line(m_scanner *s)
{
    const char *newline = memchr(s->at, '\n', (size_t) (s->end - s->at));
    s->at = newline ? newline : s->end;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* True if the two characters at s->at stand alone on their line. */
static bool alone_on_line(const m_scanner *s)
{
    const char *p = s->at;
    while (p > s->text && is_blank(p[-1]))
        p--;
    const char *q = s->at + 2;
    while (q < s->end && is_blank(*q))
        q++;
    return (p == s->text || p[-1] == '\n') && (q == s->end || *q == '\n');
}

/* Between lines `%{` and `%}` everything is comment; such blocks nest. */
static cef_status skip_block_comment(m_scanner *s, cef_error *error)
{
    const m_scanner start = *s;
    for (int64_t depth = 0;;) {
        while (s->at < s->end && is_blank(*s->at))
            s->at++;
        if (s->end - s->at >= 2 && s->at[0] == '%' && (s->at[1] == '{' || s->at[1] == '}') && alone_on_line(s))
            depth += s->at[1] == '{' ? 1 : -1;
        skip_line(s);
        if (depth == 0)
            return CEF_OK;
        if (s->at == s->end)
            return m_refuse(&start, DIAG_SYNTAX, "the block comment %{ is never closed by %}", error);
        s->at++;
        s->line++;
    }
}

static cef_status skip_comment(m_scanner *s, cef_error *error)
{
    if (s->end - s->at >= 2 && s->at[1] == '{' && alone_on_line(s))
        return skip_block_comment(s, error);
    skip_line(s);
    return CEF_OK;
}

static bool at_continuation(const m_scanner *s) { return s->end - s->at >= 3 && memcmp(s->at, "...", 3) == 0; }

cef_status m_skip_blanks(m_scanner *s, cef_error *error)
{
    while (s->at < s->end) {
        if (is_blank(*s->at)) {
            s->at++;
        } else if (*s->at == '%') {
            CEF_TRY(skip_comment(s, error));
        } else if (*s->at == '.' && at_continuation(s)) {
            skip_line(s);
            if (s->at < s->end) {
                s->at++;
                s->line++;
            }
        } else {
            break;
        }
    }
    return CEF_OK;
}

cef_status m_skip_space(m_scanner *s, cef_error *error)
{
    CEF_TRY(m_skip_blanks(s, error));
    while (s->at < s->end && *s->at == '\n') {
        s->at++;
        s->line++;
        CEF_TRY(m_skip_blanks(s, error));
    }
    return CEF_OK;
}

m_word m_identifier(m_scanner *s)
{
    const char *start = s->at;
    while (s->at < s->end) {
        const char c = *s->at;
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && !(s->at > start && c >= '0' && c <= '9'))
            break;
        s->at++;
    }
    return (m_word){start, (size_t) (s->at - start)};
}

bool m_take(m_scanner *s, char c)
{
    if (s->at >= s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

cef_status m_text(m_scanner *s, m_word *word, cef_error *error)
{
    const char quote = *s->at;
    const char *start = s->at + 1;
    for (const char *p = start; p < s->end && *p != '\n'; p++) {
        if (*p != quote)
            continue;
        if (p + 1 < s->end && p[1] == quote) {
            p++;
            continue;
        }
        *word = (m_word){start, (size_t) (p - start)};
        s->at = p + 1;
        return CEF_OK;
    }
    return m_refuse(s, DIAG_SYNTAX, "the text is not closed on its line", error);
}

/* Inf or NaN in any of the spellings that MATLAB prints and reads; NULL if neither stands here. */
static const char *scan_special(const char *p, const char *end, double *value)
{
    const bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (end - p < 3)
        return NULL;
    if (memcmp(p, "Inf", 3) == 0 || memcmp(p, "inf", 3) == 0)
        *value = negative ? -(double) INFINITY : (double) INFINITY;
    else if (memcmp(p, "NaN", 3) == 0 || memcmp(p, "nan", 3) == 0)
        *value = (double) NAN;
    else
        return NULL;
    return p + 3;
}

static bool separates(const m_scanner *s)
{
    if (s->at >= s->end)
        return true;
    switch (*s->at) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case ',':
    case ';':
    case ']':
    case '}':
    case '%': return true;
    default: return at_continuation(s);
    }
}

cef_status m_number(m_scanner *s, double *value, cef_error *error)
{
    const char *past = number_scan(s->at, s->end, value);
    if (!past)
        past = scan_special(s->at, s->end, value);
    if (!past) {
        const char *p = s->at + (*s->at == '-' || *s->at == '+');
        const bool digits = p < s->end && (*p == '.' || (*p >= '0' && *p <= '9'));
        return digits ? m_refuse(s, DIAG_BAD_NUMBER, "the number is malformed or too large for a double", error)
                      : m_refuse_here(s, "a number", error);
    }
    if (past < s->end && (*past == ' ' || *past == '\t' || *past == ';')) { /* mostly */
        s->at = past;
        return CEF_OK;
    }
    m_scanner after = *s;
    after.at = past;
    if (!separates(&after))
        return *past == '.' || (*past >= '0' && *past <= '9')
                   ? m_refuse(s, DIAG_BAD_NUMBER, "the number is malformed", error)
                   : m_refuse_here(&after, "a separator after the number", error);
    s->at = past;
    return CEF_OK;
}
