/* SPDX-License-Identifier: Apache-2.0 */
/* CSV profiles, whole files of at most MOST_BYTES. */
#include "profile_csv.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

#define MOST_BYTES ((size_t) 1 << 28)
enum { MOST_NUMBER = 64 };

bool profile_csv_is_there(const char *path) { return access(path, F_OK) == 0; }

typedef struct {
    profile *p;
    const char *at, *end;
    size_t line;     /* from 1 */
    size_t capacity; /* of values */
    size_t used;
} csv_text;

static cef_status refuse(const csv_text *c, const char *code, const char *what, cef_error *error)
{
    say_set(error, CEF_ERR_PARSE, code, "%s:%zu: %s", c->p->path, c->line, what);
    error->line = (int32_t) c->line;
    return CEF_ERR_PARSE;
}

static bool at_line_end(const csv_text *c) { return c->at == c->end || *c->at == '\n' || *c->at == '\r'; }

/* One id, quoted or not, as a 0-terminated string at *to. */
static cef_status take_name(csv_text *c, char **to, cef_error *error)
{
    if (c->at == c->end || *c->at != '"') {
        while (!at_line_end(c) && *c->at != ',')
            *(*to)++ = *c->at++;
        *(*to)++ = 0;
        return CEF_OK;
    }
    for (c->at++; c->at < c->end; c->at++) {
        const bool doubled = *c->at == '"' && c->at + 1 < c->end && c->at[1] == '"';
        if (*c->at == '"' && !doubled)
            break;
        c->at += doubled;
        *(*to)++ = *c->at;
    }
    if (c->at == c->end)
        return refuse(c, "syntax", "a quote that begins here is never closed", error);
    c->at++;
    *(*to)++ = 0;
    return CEF_OK;
}

static cef_status end_line(csv_text *c, cef_error *error)
{
    if (c->at < c->end && *c->at == '\r')
        c->at++;
    if (c->at < c->end && *c->at != '\n')
        return refuse(c, "syntax", "text after the end of a field, or a carriage return without a line feed", error);
    c->at += c->at < c->end;
    c->line++;
    return CEF_OK;
}

static cef_status read_names(csv_text *c, cef_error *error)
{
    char *to = c->p->text = malloc((size_t) (c->end - c->at) + 2);
    if (!to)
        return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for the names of %s", c->p->path);
    for (;;) {
        CLI_TRY(take_name(c, &to, error));
        c->p->columns++;
        if (c->at == c->end || *c->at != ',')
            break;
        c->at++;
    }
    return end_line(c, error);
}

static bool is_nothing(const char *text, size_t n)
{
    static const char *const words[] = {"", "nan", "NaN", "null"};
    for (size_t k = 0; k < CLI_COUNT_OF(words); k++)
        if (strlen(words[k]) == n && memcmp(words[k], text, n) == 0)
            return true;
    return false;
}

static cef_status take_number(csv_text *c, double *value, cef_error *error)
{
    const char *first = c->at;
    while (!at_line_end(c) && *c->at != ',')
        c->at++;
    const size_t n = (size_t) (c->at - first);
    *value = (double) NAN;
    if (is_nothing(first, n) || (n < MOST_NUMBER && cef_number_parse(first, n, value) == CEF_OK))
        return CEF_OK;
    say_set(error, CEF_ERR_PARSE, "bad-number", "%s:%zu: '%.*s' is not a number", c->p->path, c->line,
            (int) (n < MOST_NUMBER ? n : MOST_NUMBER), first);
    error->line = (int32_t) c->line;
    return CEF_ERR_PARSE;
}

static cef_status room_for_row(csv_text *c, cef_error *error)
{
    if (c->capacity - c->used >= c->p->columns)
        return CEF_OK;
    const size_t wanted = 2 * c->capacity + c->p->columns;
    double *values = realloc(c->p->values, wanted * sizeof *values);
    if (!values)
        return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for the numbers of %s", c->p->path);
    c->p->values = values;
    c->capacity = wanted;
    return CEF_OK;
}

static cef_status read_row(csv_text *c, cef_error *error)
{
    CLI_TRY(room_for_row(c, error));
    for (size_t column = 0; column < c->p->columns; column++) {
        if (column > 0 && (c->at == c->end || *c->at++ != ','))
            return refuse(c, "row-length", "the row has fewer fields than the first line", error);
        CLI_TRY(take_number(c, &c->p->values[c->used++], error));
    }
    if (c->at < c->end && *c->at == ',')
        return refuse(c, "row-length", "the row has more fields than the first line", error);
    c->p->rows++;
    return end_line(c, error);
}

cef_status profile_csv_parse(profile *p, const char *text, size_t n, cef_error *error)
{
    const size_t mark = n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    csv_text c = {.p = p, .at = text + mark, .end = text + n, .line = 1};
    if (memchr(text, 0, n))
        return refuse(&c, "bad-encoding", "the text holds a NUL byte", error);
    if (c.at == c.end)
        return refuse(&c, "missing-field", "the file is empty: its first line names the rows of the case", error);
    CLI_TRY(read_names(&c, error));
    while (c.at < c.end) {
        if (p->columns > 1 && at_line_end(&c)) /* an empty line; with one column it is a value that is not stated */
            CLI_TRY(end_line(&c, error));
        else
            CLI_TRY(read_row(&c, error));
    }
    p->there = true;
    p->type = "csv";
    return CEF_OK;
}

static cef_status read_text(int fd, size_t n, char **text, const char *path, cef_error *error)
{
    *text = malloc(n + 1);
    if (!*text)
        return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for %zu bytes of %s", n, path);
    (*text)[n] = 0;
    const int reason = read_at(fd, *text, n, 0);
    return reason ? say_set(error, CEF_ERR_IO, "cannot-read", "%.350s: %s", path, strerror(reason)) : CEF_OK;
}

static cef_status read_file(profile *p, int fd, cef_error *error)
{
    struct stat file;
    char *text = NULL;
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || (size_t) file.st_size > MOST_BYTES)
        return say_set(error, CEF_ERR_PARSE, "file-too-big",
                       "%s: not a file of at most %zu bytes: store large profiles as .npy", p->path, MOST_BYTES);
    p->stamp = (file_stamp){(uint64_t) file.st_size, (int64_t) file.st_mtim.tv_sec, (int64_t) file.st_mtim.tv_nsec};
    cef_status status = read_text(fd, (size_t) file.st_size, &text, p->path, error);
    if (status == CEF_OK)
        status = profile_csv_parse(p, text, (size_t) file.st_size, error);
    free(text);
    return status;
}

cef_status profile_csv_open(profile *p, const char *path, cef_error *error)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return CEF_OK;
    if (fd < 0)
        return say_set(error, CEF_ERR_IO, "cannot-open", "%.350s: %s", path, strerror(errno));
    p->path = strdup(path);
    cef_status status =
        p->path ? read_file(p, fd, error) : say_set(error, CEF_ERR_MEMORY, "memory", "no memory for a path");
    close(fd);
    if (status != CEF_OK)
        profile_close(p);
    return status;
}
