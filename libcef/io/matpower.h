/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the MATPOWER reader: the scanner of a text that is data and never evaluated. */
#ifndef CEF_IO_MATPOWER_H
#define CEF_IO_MATPOWER_H

#include "io/case_data.h"

typedef struct {
    const char *file; /* for messages */
    const char *text, *at, *end;
    int64_t line; /* of `at`, 1-based */
} m_scanner;

/* A word or text inside the file's bytes. */
typedef struct {
    const char *text;
    size_t length;
} m_word;

bool m_word_is(m_word word, const char *text);
/* "FILE:LINE: message, found ..." with the scanner's line. */
cef_status m_refuse(const m_scanner *s, cef_diag diag, const char *message, cef_error *error);
/* The same for a character that is not data: not-data if it begins or continues an expression, else syntax. */
cef_status m_refuse_here(const m_scanner *s, const char *expected, cef_error *error);

/* Blanks, continuations and comments; m_skip_space newlines too. */
cef_status m_skip_blanks(m_scanner *s, cef_error *error);
cef_status m_skip_space(m_scanner *s, cef_error *error);
/* A letter or '_', then letters, digits, '_': empty if there is none. */
m_word m_identifier(m_scanner *s);
bool m_take(m_scanner *s, char c);
/* 'text' or "text" on one line; a doubled quote stands for itself and is left doubled. */
cef_status m_text(m_scanner *s, m_word *word, cef_error *error);
/* A number, Inf or NaN (with sign), which a separator must follow. */
cef_status m_number(m_scanner *s, double *value, cef_error *error);

/* A matrix row by row, after its '['. Rows end at ';' or a newline, all have the first one's width. */
#define M_KEPT_COLUMNS 24
typedef struct {
    const char *name;             /* "bus" */
    double value[M_KEPT_COLUMNS]; /* the row's first columns */
    int32_t width;                /* of every row; 0 before the first */
    int32_t least_width;
    int64_t line;  /* of the row */
    cef_index row; /* rows read so far */
} m_matrix;
cef_status m_next_row(m_scanner *s, m_matrix *m, bool *more, cef_error *error);
/* A cell of texts, after its '{': entry by entry. */
cef_status m_next_text(m_scanner *s, m_word *entry, bool *more, cef_error *error);
/* Any value of a field that is not used: checked, not kept. */
cef_status m_skip_value(m_scanner *s, cef_error *error);

#endif /* CEF_IO_MATPOWER_H */
