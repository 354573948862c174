/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing NPY files by rows. */
#include "npy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

int read_at(int fd, void *to, size_t n, off_t place)
{
    char *at = to;
    while (n > 0) {
        const ssize_t got = pread(fd, at, n, place);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : ENODATA;
        at += got;
        place += got;
        n -= (size_t) got;
    }
    return 0;
}

int write_at(int fd, const void *from, size_t n, off_t place)
{
    const char *at = from;
    while (n > 0) {
        const ssize_t put = pwrite(fd, at, n, place);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return put < 0 ? errno : ENOSPC;
        at += put;
        place += put;
        n -= (size_t) put;
    }
    return 0;
}

/* ---- in ---- */

static cef_status refuse(cef_error *error, const char *path, const char *what)
{
    return say_set(error, CEF_ERR_PARSE, "syntax", "%s: %s: a profile is a .npy of '<f8' or '<f4', C order, [T][n]",
                   path, what);
}

static cef_status refuse_read(cef_error *error, const char *path, int reason)
{
    if (reason == ENODATA)
        return say_set(error, CEF_ERR_IO, "file-changed", "%s: the file was cut short while it was read", path);
    return say_set(error, CEF_ERR_IO, "cannot-read", "%.350s: %s", path, strerror(reason));
}

static file_stamp stamp_of(const struct stat *file)
{
    return (file_stamp){(uint64_t) file->st_size, (int64_t) file->st_mtim.tv_sec, (int64_t) file->st_mtim.tv_nsec};
}

static cef_status read_header(npy_in *in, cef_error *error)
{
    unsigned char bytes[NPY_HEADER_MOST];
    const size_t n = in->stamp.bytes < sizeof bytes ? (size_t) in->stamp.bytes : sizeof bytes;
    const int reason = read_at(in->fd, bytes, n, 0);
    if (reason)
        return refuse_read(error, in->path, reason);
    const char *wrong = npy_header_parse(bytes, n, &in->header);
    if (wrong)
        return refuse(error, in->path, wrong);
    const uint64_t size = npy_header_file_size(&in->header);
    if (size == 0)
        return refuse(error, in->path, "no file holds as many numbers as its shape says");
    if (size == in->stamp.bytes)
        return CEF_OK;
    return say_set(error, CEF_ERR_PARSE, "syntax",
                   "%s: its size is not that of its shape: it has %llu bytes, its header "
                   "says %llu",
                   in->path, (unsigned long long) in->stamp.bytes, (unsigned long long) size);
}

cef_status npy_open(npy_in *in, const char *path, cef_error *error)
{
    struct stat file;
    *in = (npy_in){.fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (in->fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return CEF_OK;
    if (in->fd < 0 || fstat(in->fd, &file) != 0) {
        const int reason = errno;
        npy_close(in);
        return say_set(error, CEF_ERR_IO, "cannot-open", "%.350s: %s", path, strerror(reason));
    }
    in->stamp = stamp_of(&file);
    in->path = strdup(path);
    cef_status status = CEF_OK;
    if (!in->path)
        status = say_set(error, CEF_ERR_MEMORY, "memory", "no memory for a path");
    else if (!S_ISREG(file.st_mode))
        status = refuse(error, path, "it is not a file");
    else
        status = read_header(in, error);
    if (status != CEF_OK)
        npy_close(in);
    return status;
}

/* Floats that fill the second half of the doubles' room become doubles: each is read before its place is written. */
static void widen(double *values, size_t n)
{
    const char *floats = (const char *) values + n * sizeof(float);
    for (size_t k = 0; k < n; k++) {
        float value;
        memcpy(&value, floats + k * sizeof value, sizeof value);
        values[k] = (double) value;
    }
}

cef_status npy_read(const npy_in *in, size_t first, size_t count, void *to, cef_error *error)
{
    const npy_header *h = &in->header;
    const size_t item = (size_t) h->item, n = count * h->columns;
    const bool narrow = h->kind == 'f' && item == sizeof(float);
    char *room = narrow ? (char *) to + n * sizeof(float) : to;
    const int reason = read_at(in->fd, room, n * item, (off_t) (h->start + first * h->columns * item));
    if (reason)
        return refuse_read(error, in->path, reason);
    if (narrow)
        widen(to, n);
    return CEF_OK;
}

cef_status npy_check_unchanged(const npy_in *in, cef_error *error)
{
    struct stat file;
    if (fstat(in->fd, &file) != 0)
        return refuse_read(error, in->path, errno);
    const file_stamp now = stamp_of(&file), then = in->stamp;
    if (now.bytes == then.bytes && now.seconds == then.seconds && now.nanoseconds == then.nanoseconds)
        return CEF_OK;
    return say_set(error, CEF_ERR_IO, "file-changed", "%s: the file was changed while it was read", in->path);
}

void npy_close(npy_in *in)
{
    if (in->fd >= 0)
        close(in->fd);
    free(in->path);
    *in = (npy_in){.fd = -1};
}

/* ---- out ---- */

static cef_status refuse_write(cef_error *error, const char *path, int reason)
{
    return say_set(error, CEF_ERR_IO, "cannot-write", "%.350s: %s", path, strerror(reason));
}

static cef_status name_files(npy_out *out, const char *folder, const char *name, cef_error *error)
{
    const size_t size = strlen(folder) + strlen(name) + 32;
    out->path = malloc(size);
    out->temporary = malloc(size);
    if (!out->path || !out->temporary)
        return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for a path");
    snprintf(out->path, size, "%s/%s.npy", folder, name);
    if (out->keep)
        snprintf(out->temporary, size, "%s/%s.npy.part", folder, name);
    else
        snprintf(out->temporary, size, "%s/.%s.%d.part", folder, name, (int) getpid());
    return CEF_OK;
}

/* The disk is asked for all of the file; where it cannot say, the file gets its size and writes will tell. */
static int reserve(int fd, off_t size)
{
    if (fallocate(fd, 0, 0, size) == 0)
        return 0;
    if (errno != EOPNOTSUPP && errno != ENOSYS)
        return errno;
    return ftruncate(fd, size) == 0 ? 0 : errno;
}

static cef_status create(npy_out *out, const char *folder, const char *name, cef_error *error)
{
    char header[192];
    CLI_TRY(name_files(out, folder, name, error));
    out->start = (off_t) npy_header_make(header, out->rows, out->columns, out->item);
    const npy_header h = {.rows = out->rows, .columns = out->columns, .start = (size_t) out->start, .item = out->item};
    const uint64_t size = npy_header_file_size(&h);
    if (size == 0)
        return refuse_write(error, out->path, EFBIG);
    out->fd = open(out->temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int reason = out->fd < 0 ? errno : write_at(out->fd, header, (size_t) out->start, 0);
    if (reason == 0)
        reason = reserve(out->fd, (off_t) size);
    return reason ? refuse_write(error, out->path, reason) : CEF_OK;
}

cef_status npy_create(npy_out *out, const char *folder, const char *name, size_t rows, size_t columns, int item,
                      cef_error *error)
{
    *out = (npy_out){.fd = -1, .rows = rows, .columns = columns, .item = item};
    return create(out, folder, name, error);
}

cef_status npy_create_kept(npy_out *out, const char *folder, const char *name, size_t rows, size_t columns, int item,
                           cef_error *error)
{
    *out = (npy_out){.fd = -1, .rows = rows, .columns = columns, .item = item, .keep = true};
    return create(out, folder, name, error);
}

/* The header and the size are to the byte what create would have made. */
static bool is_ours(const npy_out *out)
{
    char wanted[192], found[192];
    struct stat file;
    const size_t length = npy_header_make(wanted, out->rows, out->columns, out->item);
    const npy_header h = {.rows = out->rows, .columns = out->columns, .start = length, .item = out->item};
    return fstat(out->fd, &file) == 0 && (uint64_t) file.st_size == npy_header_file_size(&h) &&
           read_at(out->fd, found, length, 0) == 0 && memcmp(found, wanted, length) == 0;
}

cef_status npy_resume(npy_out *out, const char *folder, const char *name, size_t rows, size_t columns, int item,
                      bool *there, cef_error *error)
{
    char header[192];
    *out = (npy_out){.fd = -1, .rows = rows, .columns = columns, .item = item, .keep = true};
    out->start = (off_t) npy_header_make(header, rows, columns, item);
    CLI_TRY(name_files(out, folder, name, error));
    out->fd = open(out->temporary, O_RDWR | O_CLOEXEC);
    if (out->fd < 0 && errno == ENOENT) {
        free(out->temporary);
        out->temporary = NULL;
        out->fd = open(out->path, O_RDWR | O_CLOEXEC);
    }
    if (out->fd < 0 && errno != ENOENT)
        return refuse_write(error, out->path, errno);
    *there = out->fd >= 0 && is_ours(out);
    return CEF_OK;
}

int npy_write_rows(const npy_out *out, size_t first, size_t count, const void *values)
{
    const size_t row = out->columns * (size_t) out->item;
    return write_at(out->fd, values, count * row, out->start + (off_t) (first * row));
}

int npy_sync(const npy_out *out) { return fdatasync(out->fd) == 0 ? 0 : errno; }

cef_status npy_publish(npy_out *out, cef_error *error)
{
    int reason = fsync(out->fd) == 0 ? 0 : errno;
    if (close(out->fd) != 0 && reason == 0)
        reason = errno;
    out->fd = -1;
    if (reason == 0 && out->temporary && rename(out->temporary, out->path) != 0)
        reason = errno;
    if (reason != 0)
        return refuse_write(error, out->path, reason);
    free(out->temporary);
    out->temporary = NULL;
    return CEF_OK;
}

void npy_release(npy_out *out)
{
    const bool made = out->fd >= 0;
    if (made)
        close(out->fd);
    if (out->temporary && !out->keep)
        unlink(out->temporary);
    free(out->temporary);
    free(out->path);
    *out = (npy_out){.fd = -1};
}
