/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files into memory, bounded. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/case_data.h"

const char *path_shown(const char *path)
{
    enum { MOST = 300 };
    const size_t n = strlen(path);
    return n > MOST ? path + (n - MOST) : path;
}

static cef_status refuse(cef_error *error, cef_diag diag, const char *path, const char *doing, int reason)
{
    return error_format(error, diag, CEF_NOWHERE, "%s: %s: %s", path_shown(path), doing, strerrordesc_np(reason));
}

/* A file being read: `size` bytes of room, `used` of them filled. */
typedef struct {
    cef_context *ctx;
    const char *path;
    char *text;
    size_t size, used;
} reading;

static cef_status resize(reading *r, size_t size, cef_error *error)
{
    void *text = NULL;
    CEF_TRY(context_take(r->ctx, size, &text, error));
    if (r->used > 0)
        memcpy(text, r->text, r->used);
    context_free(r->ctx, r->text, r->size);
    r->text = text;
    r->size = size;
    return CEF_OK;
}

/* Reads to the end; the last byte of the room stays free, so a full room means that there may be more. */
static cef_status read_all(reading *r, int fd, cef_error *error)
{
    for (;;) {
        if (r->used + 1 >= r->size)
            CEF_TRY(resize(r, 2 * r->size, error));
        const ssize_t got = read(fd, r->text + r->used, r->size - r->used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refuse(error, DIAG_READ, r->path, "reading failed", errno);
        if (got == 0)
            return CEF_OK;
        r->used += (size_t) got;
        if (r->used > CASE_MAX_FILE)
            return error_format(error, DIAG_TOO_BIG, CEF_NOWHERE, "%s: the file is larger than %d bytes", r->path,
                                (int64_t) CASE_MAX_FILE);
    }
}

static cef_status read_open_file(reading *r, int fd, cef_error *error)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return refuse(error, DIAG_READ, r->path, "reading failed", errno);
    if (S_ISDIR(about.st_mode))
        return refuse(error, DIAG_READ, r->path, "reading failed", EISDIR);
    if (about.st_size > 0 && (uint64_t) about.st_size > CASE_MAX_FILE)
        return error_format(error, DIAG_TOO_BIG, CEF_NOWHERE, "%s: the file has %d bytes, at most %d are read", r->path,
                            (int64_t) about.st_size, (int64_t) CASE_MAX_FILE);
    /* Room for one byte more than stated: the end is then found without growing. */
    CEF_TRY(resize(r, about.st_size > 0 ? (size_t) about.st_size + 2 : 65536, error));
    CEF_TRY(read_all(r, fd, error));
    return resize(r, r->used + 1, error); /* the size that the caller will free */
}

cef_status file_read(cef_context *ctx, const char *path, char **text, size_t *length, cef_error *error)
{
    *text = NULL;
    *length = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return refuse(error, DIAG_OPEN, path, "cannot be opened", errno);
    reading r = {.ctx = ctx, .path = path};
    const cef_status status = read_open_file(&r, fd, error);
    (void) close(fd); /* nothing was written: a failure here loses nothing */
    if (status != CEF_OK) {
        context_free(ctx, r.text, r.size);
        return status;
    }
    r.text[r.used] = 0;
    *text = r.text;
    *length = r.used;
    return CEF_OK;
}
