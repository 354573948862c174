/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of a run. manifest.json says what the run is of and how many blocks are finished; it is replaced whole,
 * and only after what it speaks of is on the disk. series.sums holds the records of the blocks, series.head what is
 * needed to read them without the case. An array is NAME.npy.part until all are whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"
#include "series_files.h"

cef_status series_write_error(const char *folder, int reason, cef_error *error)
{
    return say_set(error, CEF_ERR_IO, "cannot-write", "%.350s: %s", folder, strerror(reason));
}

/* ---- the folder and its lock ---- */

static cef_status take_folder(series_store *store, cef_error *error)
{
    struct stat file;
    store->made_folder = mkdir(store->folder, 0777) == 0;
    const int reason = errno;
    if (store->made_folder || (stat(store->folder, &file) == 0 && S_ISDIR(file.st_mode)))
        return CEF_OK;
    return series_write_error(store->folder, reason == EEXIST ? ENOTDIR : reason, error);
}

/* A lock that the system drops when the process ends, however it ends. */
static cef_status take_lock(series_store *store, int how, cef_error *error)
{
    char path[SERIES_PATH];
    CLI_TRY(series_path(path, store->folder, ".lock", error));
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (store->lock < 0 && how == LOCK_SH)
        return CEF_OK; /* a finished folder may be read-only */
    if (store->lock < 0)
        return series_write_error(store->folder, errno, error);
    if (flock(store->lock, how | LOCK_NB) == 0)
        return CEF_OK;
    if (errno == EWOULDBLOCK)
        return say_set(
            error, CEF_ERR_IO, "series-locked",
            "%s: another process works in this folder: wait for it, or give a folder of its own to each slice",
            store->folder);
    say_warning("%s: this file system cannot lock: do not start two runs in one folder", store->folder);
    return CEF_OK;
}

static void remove_file(const char *folder, const char *name)
{
    char path[SERIES_PATH];
    cef_error ignored = {.struct_size = sizeof ignored};
    if (series_path(path, folder, name, &ignored) == CEF_OK)
        (void) unlink(path);
}

/* Every file that a run may leave, the manifest first: without it the others mean nothing. */
static void remove_all(const char *folder)
{
    static const char *const names[] = {SERIES_MANIFEST, "summary.json", SERIES_HEAD, SERIES_SUMS};
    for (size_t k = 0; k < CLI_COUNT_OF(names); k++)
        remove_file(folder, names[k]);
    for (int k = 0; k < SERIES_OUT; k++) {
        char name[64];
        snprintf(name, sizeof name, "%s.npy", series_out_names[k]);
        remove_file(folder, name);
        snprintf(name, sizeof name, "%s.npy.part", series_out_names[k]);
        remove_file(folder, name);
    }
}

/* The name of a result that is there already, NULL if none is. */
static const char *find_result(const char *folder)
{
    static const char *const names[] = {"summary.json",      "bus_intensity.npy", "load_carbon.npy",
                                        "period_status.npy", "gen_carbon.npy",    "branch_carbon_loss.npy"};
    char path[SERIES_PATH];
    cef_error ignored = {.struct_size = sizeof ignored};
    for (size_t k = 0; k < CLI_COUNT_OF(names); k++)
        if (series_path(path, folder, names[k], &ignored) == CEF_OK && access(path, F_OK) == 0)
            return names[k];
    return NULL;
}

/* ---- a new run ---- */

static cef_status create_sums(series_store *store, cef_error *error)
{
    char path[SERIES_PATH];
    CLI_TRY(series_path(path, store->folder, SERIES_SUMS, error));
    store->sums = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return store->sums >= 0 ? CEF_OK : series_write_error(path, errno, error);
}

static cef_status create_files(series_store *store, void (*head)(out_file *out, const void *context),
                               const void *context, cef_error *error)
{
    const series_shape *s = &store->shape;
    const size_t rows = (size_t) (s->end - s->first);
    store->is_new = true;
    for (int k = 0; k < SERIES_OUT; k++)
        if (series_keeps(s, k))
            CLI_TRY(npy_create_kept(&store->out[k], store->folder, series_out_names[k], rows, series_columns(s, k),
                                    series_item(k), error));
    CLI_TRY(create_sums(store, error));
    char path[SERIES_PATH];
    out_file out;
    CLI_TRY(series_path(path, store->folder, SERIES_HEAD, error));
    CLI_TRY(out_open(&out, path, error));
    head(&out, context);
    const cef_status status = out_commit(&out, error);
    out_release(&out);
    CLI_TRY(status);
    return series_store_commit(store, 0, error);
}

/* ---- an old run ---- */

static cef_status damaged(const char *folder, const char *what, cef_error *error)
{
    return say_set(error, CEF_ERR_IO, "series-damaged",
                   "%s: %s is missing or not what the manifest says: give --overwrite "
                   "to start anew",
                   folder, what);
}

static cef_status resume_files(series_store *store, cef_error *error)
{
    const series_shape *s = &store->shape;
    char path[SERIES_PATH];
    struct stat file;
    for (int k = 0; k < SERIES_OUT; k++) {
        bool there = true;
        if (series_keeps(s, k))
            CLI_TRY(npy_resume(&store->out[k], store->folder, series_out_names[k], (size_t) (s->end - s->first),
                               series_columns(s, k), series_item(k), &there, error));
        if (!there)
            return damaged(store->folder, series_out_names[k], error);
    }
    CLI_TRY(series_path(path, store->folder, SERIES_SUMS, error));
    store->sums = open(path, O_RDWR | O_CLOEXEC);
    if (store->sums < 0 || fstat(store->sums, &file) != 0 ||
        file.st_size < (off_t) ((size_t) store->done * store->record_size))
        return damaged(store->folder, SERIES_SUMS, error);
    return CEF_OK;
}

/* A line of the manifest without its indent and what separates it from the next. */
typedef struct {
    const char *text;
    int length;
} shown_line;
static shown_line shown(const char *line)
{
    enum { SHOWN = 120 };
    line += strspn(line, " ");
    const size_t n = strcspn(line, "\n"), m = n > 0 && line[n - 1] == ',' ? n - 1 : n;
    return (shown_line){line, (int) (m < SHOWN ? m : SHOWN)};
}

/* Says which line of the two texts differs first. */
static cef_status refuse_other(const series_store *store, const char *found, const char *wanted, cef_error *error)
{
    while (*found) {
        const size_t n = strcspn(found, "\n"), m = strcspn(wanted, "\n");
        if (n != m || memcmp(found, wanted, n) != 0) {
            const shown_line there = shown(found), here = shown(wanted);
            return say_set(
                error, CEF_ERR_PARSE, "series-changed",
                "%s: its run was of other inputs or settings: there %.*s, here %.*s: give --overwrite to start "
                "anew, or another folder",
                store->folder, there.length, there.text, here.length, here.text);
        }
        found += n + (found[n] == '\n');
        wanted += m + (wanted[m] == '\n');
    }
    return say_set(error, CEF_ERR_PARSE, "series-changed", "%s: its manifest is of another version: give --overwrite",
                   store->folder);
}

static cef_status read_manifest(const series_store *store, char **text, cef_error *error)
{
    char path[SERIES_PATH];
    CLI_TRY(series_path(path, store->folder, SERIES_MANIFEST, error));
    return series_read_text(path, text, error);
}

static cef_status resume(series_store *store, const char *text, cef_error *error)
{
    const size_t n = strlen(store->identity);
    long long done = -1;
    if (strncmp(text, store->identity, n) != 0)
        return refuse_other(store, text, store->identity, error);
    if (sscanf(text + n, SERIES_DONE, &done) != 1 || done < 0 || done > series_block_count(&store->shape))
        return damaged(store->folder, SERIES_MANIFEST, error);
    store->done = done;
    return resume_files(store, error);
}

/* ---- opening ---- */

static void clear_store(series_store *store, const char *folder)
{
    *store = (series_store){.folder = folder, .lock = -1, .sums = -1};
    for (int k = 0; k < SERIES_OUT; k++)
        store->out[k].fd = -1;
}

static void close_files(series_store *store)
{
    for (int k = 0; k < SERIES_OUT; k++)
        npy_release(&store->out[k]);
    if (store->sums >= 0)
        close(store->sums);
    store->sums = -1;
}

cef_status series_store_open(series_store *store, const char *folder, const series_shape *shape, const char *identity,
                             bool overwrite, void (*head)(out_file *out, const void *context), const void *context,
                             cef_error *error)
{
    char *text = NULL;
    clear_store(store, folder);
    store->shape = *shape;
    store->record_size = series_record_size(shape);
    store->identity = strdup(identity);
    if (!store->identity)
        return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for a manifest");
    CLI_TRY(take_folder(store, error));
    CLI_TRY(take_lock(store, LOCK_EX, error));
    CLI_TRY(read_manifest(store, &text, error));
    const char *result = text ? NULL : find_result(folder);
    cef_status status = CEF_OK;
    if (text)
        status = resume(store, text, error);
    else if (result)
        status = say_set(error, CEF_ERR_PARSE, "series-changed",
                         "%s: it holds %s and no manifest that says of what: give --overwrite or another folder",
                         folder, result);
    free(text);
    if (text && status == CEF_OK)
        return CEF_OK;
    if (status != CEF_OK && !overwrite)
        return status;
    close_files(store);
    store->done = 0;
    remove_all(folder);
    return create_files(store, head, context, error);
}

/* The manifest's text up to what is done is the identity. */
static cef_status read_finished(series_store *store, cef_error *error)
{
    char *text = NULL;
    long long done = -1;
    CLI_TRY(read_manifest(store, &text, error));
    char *end = text ? strstr(text, "\"done\"") : NULL;
    if (!end || sscanf(end, SERIES_DONE, &done) != 1 || done != series_block_count(&store->shape)) {
        free(text);
        return say_set(error, CEF_ERR_PARSE, "series-slice",
                       "%s: it is not a finished run of cef series: run its command again to the end", store->folder);
    }
    *end = 0;
    store->identity = text;
    store->done = done;
    return resume_files(store, error);
}

cef_status series_store_open_finished(series_store *store, const char *folder, cef_error *error)
{
    series_head head;
    clear_store(store, folder);
    CLI_TRY(series_head_read(&head, folder, error));
    store->shape = head.shape;
    store->record_size = series_record_size(&head.shape);
    series_head_release(&head);
    CLI_TRY(take_lock(store, LOCK_SH, error));
    return read_finished(store, error);
}

/* ---- records, commits ---- */

cef_status series_store_write_record(const series_store *store, int64_t k, const series_record *r, cef_error *error)
{
    const int reason = write_at(store->sums, r->head, r->size, (off_t) ((size_t) k * r->size));
    return reason ? series_write_error(store->folder, reason, error) : CEF_OK;
}

cef_status series_store_read_record(const series_store *store, int64_t k, const series_record *r, cef_error *error)
{
    const int reason = read_at(store->sums, r->head, r->size, (off_t) ((size_t) k * r->size));
    if (reason == 0 && series_record_is_whole(r, &store->shape, k))
        return CEF_OK;
    return damaged(store->folder, SERIES_SUMS, error);
}

cef_status series_store_commit(series_store *store, int64_t done, cef_error *error)
{
    char path[SERIES_PATH];
    int reason = fdatasync(store->sums) == 0 ? 0 : errno;
    for (int k = 0; k < SERIES_OUT && reason == 0; k++)
        if (store->out[k].fd >= 0)
            reason = npy_sync(&store->out[k]);
    if (reason)
        return series_write_error(store->folder, reason, error);
    out_file out;
    CLI_TRY(series_path(path, store->folder, SERIES_MANIFEST, error));
    CLI_TRY(out_open(&out, path, error));
    out_text(&out, store->identity);
    out_format(&out, SERIES_DONE "}\n", (long long) done);
    const cef_status status = out_commit(&out, error);
    out_release(&out);
    if (status == CEF_OK)
        store->done = done;
    return status;
}

cef_status series_store_publish(series_store *store, cef_error *error)
{
    for (int k = 0; k < SERIES_OUT; k++)
        if (store->out[k].fd >= 0)
            CLI_TRY(npy_publish(&store->out[k], error));
    return CEF_OK;
}

void series_store_close(series_store *store, bool failed)
{
    close_files(store);
    if (failed && store->is_new && store->done == 0)
        remove_all(store->folder);
    if (failed && store->is_new && store->done == 0 && store->made_folder) {
        remove_file(store->folder, ".lock");
        (void) rmdir(store->folder);
    }
    if (store->lock >= 0)
        close(store->lock);
    free(store->identity);
    clear_store(store, store->folder);
}
