/* SPDX-License-Identifier: Apache-2.0 */
/* Finished slices become one run: their rows and records are copied to their places, the summary is made anew. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "series_files.h"

typedef struct {
    const char *folder;
    series_shape shape;
    char *identity;
} slice;

typedef struct {
    slice *slice; /* [n] in time order */
    size_t n;
    char *identity; /* of the whole */
    series_head head;
    series_shape shape;
    series_store store;
} merging;

static cef_status refuse(cef_error *error, const char *folder, const char *what)
{
    return say_set(error, CEF_ERR_PARSE, "series-slice", "%.350s: %s", folder, what);
}

/* ---- do they belong together? ---- */

static cef_status look_at(slice *s, const char *folder, cef_error *error)
{
    series_store store;
    s->folder = folder;
    const cef_status status = series_store_open_finished(&store, folder, error);
    s->shape = store.shape;
    s->identity = store.identity;
    store.identity = NULL;
    series_store_close(&store, false);
    return status;
}

static int by_first(const void *a, const void *b)
{
    const slice *s = a, *t = b;
    return (s->shape.first > t->shape.first) - (s->shape.first < t->shape.first);
}

/* Two lines of identities: all but which rows, and when a copy of a file was last changed. */
static bool same_line(const char *a, size_t n, const char *b, size_t m)
{
    static const char rows[] = "\"rows\": ", changed[] = ", \"changed\": ";
    if (n > sizeof rows && memcmp(a, rows, sizeof rows - 1) == 0)
        return m > sizeof rows && memcmp(b, rows, sizeof rows - 1) == 0;
    const char *end_a = memmem(a, n, changed, sizeof changed - 1), *end_b = memmem(b, m, changed, sizeof changed - 1);
    n = end_a ? (size_t) (end_a - a) : n;
    m = end_b ? (size_t) (end_b - b) : m;
    return n == m && memcmp(a, b, n) == 0;
}

static cef_status check_same(const slice *one, const slice *other, cef_error *error)
{
    const char *a = one->identity, *b = other->identity;
    while (*a && *b) {
        const size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");
        if (!same_line(a, n, b, m))
            return say_set(error, CEF_ERR_PARSE, "series-slice",
                           "%s and %s are of other inputs or settings: %.*s, %.*s", one->folder, other->folder,
                           (int) (n < 120 ? n : 120), a, (int) (m < 120 ? m : 120), b);
        a += n + (a[n] == '\n');
        b += m + (b[m] == '\n');
    }
    return *a || *b ? refuse(error, other->folder, "it is of other inputs or settings") : CEF_OK;
}

static cef_status check_range(const merging *m, cef_error *error)
{
    int64_t at = 0;
    for (size_t k = 0; k < m->n; k++) {
        const series_shape *s = &m->slice[k].shape;
        if (s->first != at)
            return say_set(error, CEF_ERR_PARSE, "series-slice",
                           "%s begins at period %lld, expected %lld: slices must "
                           "cover all periods once",
                           m->slice[k].folder, (long long) s->first, (long long) at);
        at = s->end;
        CLI_TRY(check_same(&m->slice[0], &m->slice[k], error));
    }
    if (at != m->shape.n_period)
        return say_set(error, CEF_ERR_PARSE, "series-slice", "%s ends at period %lld of %lld: a slice is missing",
                       m->slice[m->n - 1].folder, (long long) at, (long long) m->shape.n_period);
    return CEF_OK;
}

/* The identity that one run over all periods has. */
static cef_status whole_identity(merging *m, cef_error *error)
{
    const char *text = m->slice[0].identity, *rows = strstr(text, "\"rows\": ");
    const char *rest = rows ? strchr(rows, '\n') : NULL;
    if (!rest)
        return refuse(error, m->slice[0].folder, "its manifest names no rows");
    const int n = asprintf(&m->identity, "%.*s\"rows\": [0, %lld],%s", (int) (rows - text), text,
                           (long long) m->shape.n_period, rest);
    if (n >= 0)
        return CEF_OK;
    m->identity = NULL;
    return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for a manifest");
}

/* ---- copying ---- */

static int copy_bytes(int from, off_t from_at, int to, off_t to_at, size_t n)
{
    enum { PIECE = 1 << 20 };
    char *piece = malloc(PIECE);
    int reason = piece ? 0 : ENOMEM;
    while (n > 0 && reason == 0) {
        const size_t part = n < PIECE ? n : PIECE;
        reason = read_at(from, piece, part, from_at);
        if (reason == 0)
            reason = write_at(to, piece, part, to_at);
        from_at += (off_t) part;
        to_at += (off_t) part;
        n -= part;
    }
    free(piece);
    return reason;
}

static int copy_files(const series_store *to, const series_store *from)
{
    const size_t rows = (size_t) (from->shape.end - from->shape.first), first = (size_t) from->shape.first;
    int reason = 0;
    for (int k = 0; k < SERIES_OUT && reason == 0; k++) {
        const npy_out *source = &from->out[k], *target = &to->out[k];
        const size_t row = target->columns * (size_t) target->item;
        if (series_keeps(&to->shape, k))
            reason =
                copy_bytes(source->fd, source->start, target->fd, target->start + (off_t) (first * row), rows * row);
    }
    const size_t size = to->record_size, n = (size_t) series_block_count(&from->shape);
    return reason ? reason : copy_bytes(from->sums, 0, to->sums, (off_t) (first / SERIES_BLOCK * size), n * size);
}

static cef_status copy_slice(merging *m, size_t k, cef_error *error)
{
    series_store from;
    cef_status status = series_store_open_finished(&from, m->slice[k].folder, error);
    const int reason = status == CEF_OK ? copy_files(&m->store, &from) : 0;
    if (reason)
        status = series_write_error(m->store.folder, reason, error);
    series_store_close(&from, false);
    return status;
}

static void write_head(out_file *out, const void *context)
{
    const merging *m = context;
    series_head_copy(out, &m->head, &m->shape);
}

static cef_status merge(merging *m, const cli_args *args, cef_error *error)
{
    for (size_t k = 0; k < m->n; k++)
        CLI_TRY(look_at(&m->slice[k], args->argument[k], error));
    qsort(m->slice, m->n, sizeof *m->slice, by_first);
    m->shape = m->slice[0].shape;
    m->shape.first = 0;
    m->shape.end = m->shape.n_period;
    CLI_TRY(check_range(m, error));
    CLI_TRY(whole_identity(m, error));
    CLI_TRY(series_head_read(&m->head, m->slice[0].folder, error));
    CLI_TRY(series_store_open(&m->store, args->option[OPTION_OUTPUT].text, &m->shape, m->identity,
                              args->option[OPTION_OVERWRITE].given, write_head, m, error));
    const int64_t n_block = series_block_count(&m->shape);
    for (size_t k = 0; k < m->n && m->store.done < n_block; k++)
        CLI_TRY(copy_slice(m, k, error));
    if (m->store.done < n_block)
        CLI_TRY(series_store_commit(&m->store, n_block, error));
    return series_finish(&m->store, args, error);
}

cef_status series_merge(const cli_args *args, cef_error *error)
{
    merging m = {.n = (size_t) args->n_argument, .store = {.lock = -1, .sums = -1}};
    for (int k = 0; k < SERIES_OUT; k++)
        m.store.out[k].fd = -1;
    m.slice = calloc(m.n, sizeof *m.slice);
    const cef_status status =
        m.slice ? merge(&m, args, error) : say_set(error, CEF_ERR_MEMORY, "memory", "no memory for slices");
    if (m.store.folder)
        series_store_close(&m.store, status != CEF_OK && status != CEF_ERR_CERTIFICATE);
    for (size_t k = 0; m.slice && k < m.n; k++)
        free(m.slice[k].identity);
    free(m.slice);
    free(m.identity);
    series_head_release(&m.head);
    return status;
}
