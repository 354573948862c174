/* SPDX-License-Identifier: Apache-2.0 */
/* Matrices of MATPOWER files, read as data and never evaluated: `name = [`, rows that end with ; or a line, `]`. */
#include "year.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 256 * 1024 * 1024, MOST_WORDS = 64 };

bool table_open(const char *path, table_file *file)
{
    *file = (table_file){.path = path};
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return fail_at(path, 0, "cannot be opened");
    long size = -1;
    if (fseek(stream, 0, SEEK_END) == 0)
        size = ftell(stream);
    if (size >= 0 && size <= MOST_BYTES && fseek(stream, 0, SEEK_SET) == 0) {
        file->text = take((size_t) size + 1, 1);
        file->length = fread(file->text, 1, (size_t) size, stream);
    }
    fclose(stream);
    if (!file->text || file->length != (size_t) size || memchr(file->text, 0, file->length)) {
        table_close(file);
        return fail_at(path, 0, "cannot be read as text of at most 256 MB");
    }
    return true;
}

void table_close(table_file *file)
{
    free(file->text);
    file->text = NULL;
}

/* ---- rows of a matrix ---- */

typedef struct {
    const char *at; /* where the next row may begin */
    int line;
} cursor;
typedef struct {
    const char *start;
    size_t length;
} word;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == ','; }

/* Behind `name = [`, with which a line begins. */
static bool find(const table_file *file, const char *name, cursor *c)
{
    const size_t length = strlen(name);
    int line = 1;
    for (const char *at = file->text; *at; line++) {
        const char *behind = at + length;
        if (strncmp(at, name, length) == 0) {
            behind += strspn(behind, " \t");
            if (behind[0] == '=' && (behind += 1 + strspn(behind + 1, " \t"))[0] == '[') {
                *c = (cursor){behind + 1, line};
                return true;
            }
        }
        at = strchr(at, '\n');
        if (!at)
            break;
        at++;
    }
    return false;
}

/* The words of the next row that has any; 0 at the end of the matrix, -1 where it does not end or a row is too long. */
static int next_row(cursor *c, word words[MOST_WORDS])
{
    int n = 0;
    for (;; c->at++) {
        const char ch = *c->at;
        if (ch == '%')
            c->at += strcspn(c->at, "\n") - 1;
        else if (ch == 0)
            return -1;
        else if (ch == ']')
            return n;
        else if (ch == ';' || ch == '\n') {
            if (n > 0)
                return n; /* the cursor stays: an empty row follows */
            c->line += ch == '\n';
        } else if (!is_blank(ch)) {
            if (n == MOST_WORDS)
                return -1;
            words[n] = (word){c->at, strcspn(c->at, " \t\r\n,;%]")};
            c->at += words[n++].length - 1;
        }
    }
}

static bool as_number(word w, double *value) { return cef_number_parse(w.start, w.length, value) == CEF_OK; }
static bool is_word(word w, const char *text)
{
    return strlen(text) == w.length && memcmp(w.start, text, w.length) == 0;
}

double *table_column(const table_file *file, const char *name, int column, int n)
{
    word words[MOST_WORDS];
    cursor c;
    double *values = take((size_t) n, sizeof *values);
    char reason[160];
    snprintf(reason, sizeof reason, "%s with %d rows and a column %d is needed", name, n, column + 1);
    bool good = find(file, name, &c);
    int line = 0;
    for (int row = 0; good && row < n; row++) {
        good = next_row(&c, words) > column && as_number(words[column], &values[row]);
        line = c.line;
    }
    if (good && next_row(&c, words) == 0)
        return values;
    free(values);
    (void) fail_at(file->path, line, reason);
    return NULL;
}

/* ---- the hours: label, probability, table, row, column, kind of change, new value ---- */

static bool read_change(const word words[MOST_WORDS], int n, double *label, double *area, double *mw)
{
    return n == 7 && is_word(words[2], "CT_TAREALOAD") &&
           (is_word(words[4], "CT_LOAD_ALL_P") || is_word(words[4], "CT_LOAD_ALL_PQ")) && is_word(words[5], "CT_REP") &&
           as_number(words[0], label) && as_number(words[3], area) && as_number(words[6], mw);
}

static bool read_changes(const table_file *file, cursor c, int n_area, double *load, int *hours)
{
    word words[MOST_WORDS];
    int n = 0, most = 0;
    while ((n = next_row(&c, words)) > 0) {
        double label = 0, area = 0, mw = 0;
        if (!read_change(words, n, &label, &area, &mw))
            return fail_at(file->path, c.line,
                           "only rows `hour prob CT_TAREALOAD area CT_LOAD_ALL_P CT_REP MW` are understood");
        const int hour = (int) label, k = (int) area - 1;
        if (label != hour || area != k + 1 || hour < 1 || hour > 100000 || k < 0 || k >= n_area ||
            !(mw >= 0 && mw < 1e7))
            return fail_at(file->path, c.line, "hour, area or MW is out of range (areas are those of the case)");
        if (load)
            load[(size_t) (hour - 1) * (size_t) n_area + (size_t) k] = mw;
        most = hour > most ? hour : most;
    }
    *hours = most;
    return n == 0 && most > 0 ? true : fail_at(file->path, c.line, "the table does not end, or holds no hour");
}

double *table_area_loads(const table_file *file, int n_area, int *hours)
{
    cursor c;
    if (!find(file, "chgtab", &c)) {
        (void) fail_at(file->path, 0, "no `chgtab = [`");
        return NULL;
    }
    if (!read_changes(file, c, n_area, NULL, hours))
        return NULL;
    const size_t n = (size_t) *hours * (size_t) n_area;
    double *load = take(n, sizeof *load);
    for (size_t k = 0; k < n; k++)
        load[k] = -1.0;
    bool good = read_changes(file, c, n_area, load, hours);
    for (size_t k = 0; good && k < n; k++)
        if (load[k] < 0.0)
            good = fail_at(file->path, 0, "an hour does not state the load of every area");
    if (good)
        return load;
    free(load);
    return NULL;
}
