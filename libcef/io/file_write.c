/* SPDX-License-Identifier: Apache-2.0 */
/* Buffered writing beside the target, then a rename: the target is the old file or the whole new one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/case_data.h"

#define BUFFER_SIZE ((size_t) 1 << 16)
#define MAX_TRIES 100

static cef_status refuse(const file_writer *w, const char *doing, int reason, cef_error *error)
{
    return error_format(error, DIAG_WRITE, CEF_NOWHERE, "%s: %s: %s", path_shown(w->path), doing,
                        strerrordesc_np(reason));
}

static void release(file_writer *w)
{
    const size_t length = w->path ? strlen(w->path) : 0;
    if (w->fd >= 0)
        (void) close(w->fd);
    context_free(w->ctx, w->temporary, length + 64);
    context_free(w->ctx, w->path, length + 1);
    context_free(w->ctx, w->buffer, BUFFER_SIZE);
    *w = (file_writer){.ctx = w->ctx, .fd = -1};
}

static cef_status take_memory(file_writer *w, const char *path, cef_error *error)
{
    const size_t length = strlen(path);
    void *piece = NULL;
    CEF_TRY(context_take(w->ctx, length + 1, &piece, error));
    memcpy(piece, path, length + 1);
    w->path = piece;
    CEF_TRY(context_take(w->ctx, length + 64, &piece, error));
    w->temporary = piece;
    w->temporary[0] = 0;
    CEF_TRY(context_take(w->ctx, BUFFER_SIZE, &piece, error));
    w->buffer = piece;
    return CEF_OK;
}

/* Opens path.PID-K.tmp, which nobody has; mode as the target's if it exists, else as the process's umask says. */
static cef_status open_beside(file_writer *w, cef_error *error)
{
    for (int k = 0; k < MAX_TRIES; k++) {
        cef_text name = {w->temporary, strlen(w->path) + 64, 0};
        text_format(&name, "%s.%d-%d.tmp", w->path, (int64_t) getpid(), (int64_t) k);
        w->fd = open(w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (w->fd >= 0 || errno != EEXIST)
            break;
    }
    if (w->fd >= 0)
        return CEF_OK;
    const int reason = errno;
    w->temporary[0] = 0;
    return refuse(w, "cannot be written", reason, error);
}

cef_status file_writer_open(file_writer *w, cef_context *ctx, const char *path, cef_error *error)
{
    *w = (file_writer){.ctx = ctx, .fd = -1};
    cef_status status = take_memory(w, path, error);
    struct stat about;
    if (status == CEF_OK && stat(path, &about) == 0 && !S_ISREG(about.st_mode)) {
        /* A pipe or a device is written as it is: a rename would replace it. A folder fails here. */
        w->fd = open(path, O_WRONLY | O_CLOEXEC);
        if (w->fd < 0)
            status = refuse(w, "cannot be written", errno, error);
    } else if (status == CEF_OK) {
        status = open_beside(w, error);
    }
    if (status != CEF_OK)
        release(w);
    return status;
}

static void flush(file_writer *w)
{
    for (size_t done = 0; done < w->used && w->failed_errno == 0;) {
        const ssize_t put = write(w->fd, w->buffer + done, w->used - done);
        if (put > 0)
            done += (size_t) put;
        else if (put < 0 && errno != EINTR)
            w->failed_errno = errno;
    }
    w->used = 0;
}

void file_put(file_writer *w, const char *text, size_t n)
{
    while (n > 0) {
        if (w->used == BUFFER_SIZE)
            flush(w);
        const size_t room = BUFFER_SIZE - w->used, taken = n < room ? n : room;
        memcpy(w->buffer + w->used, text, taken);
        w->used += taken;
        text += taken;
        n -= taken;
    }
}

void file_puts(file_writer *w, const char *text) { file_put(w, text, strlen(text)); }

void file_put_number(file_writer *w, double value)
{
    char digits[40];
    file_put(w, digits, number_format(value, digits, sizeof digits));
}

void file_put_int(file_writer *w, int64_t value)
{
    CEF_TEXT(text, 24);
    text_add_int(&text, value);
    file_put(w, text.data, text.length);
}

static void close_file(file_writer *w)
{
    flush(w);
    if (w->temporary[0] && w->failed_errno == 0 && fsync(w->fd) != 0)
        w->failed_errno = errno;
    if (close(w->fd) != 0 && w->failed_errno == 0 && errno != EINTR)
        w->failed_errno = errno;
    w->fd = -1;
    if (w->temporary[0] && w->failed_errno == 0 && rename(w->temporary, w->path) != 0)
        w->failed_errno = errno;
}

cef_status file_writer_commit(file_writer *w, cef_error *error)
{
    close_file(w);
    if (w->failed_errno == 0) {
        release(w);
        return CEF_OK;
    }
    const cef_status status = refuse(w, "writing failed", w->failed_errno, error);
    file_writer_abandon(w);
    return status;
}

void file_writer_abandon(file_writer *w)
{
    if (w->temporary && w->temporary[0])
        (void) unlink(w->temporary);
    release(w);
}
