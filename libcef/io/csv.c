/* SPDX-License-Identifier: Apache-2.0 */
/* CSV as RFC 4180 has it: commas, quotes doubled inside quotes, CRLF or LF. Fields point into the text where they can;
 * only a quoted field with a doubled quote is rewritten, into a scratch of fixed size. */
#include "io/fields.h"

#define SCRATCH_SIZE ((size_t) 1 << 16) /* bytes of rewritten fields in one record */

cef_status csv_open(csv_reader *r, cef_context *ctx, const char *file, const char *text, size_t length,
                    cef_error *error)
{
    *r = (csv_reader){.ctx = ctx, .file = file, .text = text, .end = text + length, .at = text, .next_line = 1};
    cef_where where = CEF_NOWHERE;
    if (!text_is_utf8(text, length, &where.line))
        return error_format(error, DIAG_BAD_ENCODING, where,
                            "%s:%d: the text is not UTF-8 or holds a NUL byte: save the file as UTF-8", file,
                            (int64_t) where.line);
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        r->at += 3;
    void *scratch = NULL;
    CEF_TRY(context_take(ctx, SCRATCH_SIZE, &scratch, error));
    r->scratch = scratch;
    r->scratch_size = SCRATCH_SIZE;
    return CEF_OK;
}

void csv_close(csv_reader *r)
{
    context_free(r->ctx, r->scratch, r->scratch_size);
    r->scratch = NULL;
    r->scratch_size = 0;
}

static cef_status refuse(const csv_reader *r, cef_diag diag, const char *message, cef_error *error)
{
    cef_where where = CEF_NOWHERE;
    where.line = r->next_line;
    return error_format(error, diag, where, "%s:%d: %s", r->file, (int64_t) r->next_line, message);
}

static void count_line(csv_reader *r) { r->next_line += r->next_line < INT32_MAX; }

/* At a comma, an end of line or the end of the text. */
static bool at_delimiter(const csv_reader *r)
{
    return r->at == r->end || *r->at == ',' || *r->at == '\n' ||
           (*r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n');
}

static cef_status add_field(csv_reader *r, const char *text, size_t length, cef_error *error)
{
    if (r->n_field == CSV_MAX_FIELDS)
        return refuse(r, DIAG_ROW_LENGTH, "the row has more than 64 fields", error);
    r->field[r->n_field].text = text;
    r->field[r->n_field].length = length;
    r->n_field++;
    return CEF_OK;
}

static cef_status plain_field(csv_reader *r, cef_error *error)
{
    const char *start = r->at;
    for (; !at_delimiter(r); r->at++) {
        if (*r->at == '"')
            return refuse(r, DIAG_SYNTAX,
                          "a quote stands inside a field that does not begin with one: quote the whole field "
                          "and double its quotes",
                          error);
        if (*r->at == '\r')
            return refuse(r, DIAG_SYNTAX, "a carriage return without a line feed: lines end with LF or CRLF", error);
    }
    return add_field(r, start, (size_t) (r->at - start), error);
}

/* Copies text[0..length) to the scratch with every doubled quote made one. */
static cef_status undouble(csv_reader *r, const char *text, size_t length, cef_error *error)
{
    if (length > r->scratch_size - r->scratch_used)
        return refuse(r, DIAG_TOO_BIG, "the quoted fields of a row hold more than 65536 bytes", error);
    char *out = r->scratch + r->scratch_used;
    size_t n = 0;
    for (size_t k = 0; k < length; k++) {
        out[n++] = text[k];
        k += text[k] == '"'; /* the second of a pair */
    }
    r->scratch_used += n;
    return add_field(r, out, n, error);
}

static cef_status quoted_field(csv_reader *r, cef_error *error)
{
    const int32_t first_line = r->next_line;
    const char *start = ++r->at;
    bool doubled = false;
    for (;; r->at++) {
        if (r->at == r->end) {
            r->next_line = first_line;
            return refuse(r, DIAG_SYNTAX, "a quote that begins here is never closed", error);
        }
        if (*r->at == '\n')
            count_line(r);
        if (*r->at != '"')
            continue;
        if (r->at + 1 == r->end || r->at[1] != '"')
            break;
        doubled = true;
        r->at++;
    }
    const size_t length = (size_t) (r->at - start);
    r->at++;
    if (!at_delimiter(r))
        return refuse(r, DIAG_SYNTAX, "text after a closing quote: double the quotes inside a quoted field", error);
    return doubled ? undouble(r, start, length, error) : add_field(r, start, length, error);
}

static bool skip_line_end(csv_reader *r)
{
    const size_t n = r->at == r->end                                              ? 0
                     : *r->at == '\n'                                             ? 1
                     : r->at + 1 < r->end && r->at[0] == '\r' && r->at[1] == '\n' ? 2
                                                                                  : 0;
    if (n == 0)
        return false;
    r->at += n;
    count_line(r);
    return true;
}

cef_status csv_next(csv_reader *r, bool *more, cef_error *error)
{
    r->n_field = 0;
    r->scratch_used = 0;
    while (skip_line_end(r)) /* empty lines */
        ;
    r->line = r->next_line;
    *more = r->at < r->end;
    if (!*more)
        return CEF_OK;
    for (;;) {
        if (r->at < r->end && *r->at == '"')
            CEF_TRY(quoted_field(r, error));
        else
            CEF_TRY(plain_field(r, error));
        if (r->at == r->end || *r->at != ',')
            break;
        r->at++;
    }
    (void) skip_line_end(r);
    return CEF_OK;
}
