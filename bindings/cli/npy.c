/* SPDX-License-Identifier: Apache-2.0 */
/* NPY format 1.0: numpy/lib/format.py says what the header holds. */
#include "npy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

static const char magic[] = "\x93NUMPY";
enum { MAGIC = 6, PREFIX = 10, HEADER_MOST = 4096 };

static cef_status refuse(cef_error *error, const char *path, const char *what)
{
    return say_set(error, CEF_ERR_PARSE, "syntax", "%s: %s: a profile is a .npy of doubles ('<f8'), C order, [T][n]",
                   path, what);
}

/* The text after `'key':` and blanks; NULL if the header has no such key. */
static const char *value_of(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    if (!at)
        return NULL;
    at += strlen(key);
    return at + strspn(at, ": ");
}

static bool read_count(const char **at, size_t *count)
{
    size_t value = 0;
    const char *c = *at;
    for (; *c >= '0' && *c <= '9'; c++)
        if (__builtin_mul_overflow(value, (size_t) 10, &value) ||
            __builtin_add_overflow(value, (size_t) (*c - '0'), &value))
            return false;
    const bool any = c != *at;
    *at = c + strspn(c, ", ");
    *count = value;
    return any;
}

static cef_status read_header(npy_in *in, const char *path, const char *header, size_t start, cef_error *error)
{
    const char *descr = value_of(header, "'descr'"), *order = value_of(header, "'fortran_order'");
    const char *shape = value_of(header, "'shape'");
    if (!descr || !order || !shape || *shape++ != '(')
        return refuse(error, path, "its header lacks descr, fortran_order or shape");
    if (strncmp(descr, "'<f8'", 5) != 0 || strncmp(order, "False", 5) != 0)
        return refuse(error, path, "its values are not that");
    if (!read_count(&shape, &in->rows) || !read_count(&shape, &in->columns) || *shape != ')')
        return refuse(error, path, "its shape is not [T][n]");
    size_t values = 0, bytes = 0, all = 0;
    if (__builtin_mul_overflow(in->rows, in->columns, &values) ||
        __builtin_mul_overflow(values, sizeof(double), &bytes) || __builtin_add_overflow(bytes, start, &all) ||
        all != in->map_size || start % sizeof(double) != 0)
        return refuse(error, path, "its size is not that of its shape");
    in->row = (const double *) (const void *) ((const char *) in->map + start);
    return CEF_OK;
}

static cef_status read_map(npy_in *in, const char *path, cef_error *error)
{
    const unsigned char *bytes = in->map;
    if (in->map_size < PREFIX || memcmp(bytes, magic, MAGIC) != 0 || bytes[6] != 1)
        return refuse(error, path, "it is not an NPY file of version 1");
    const size_t length = (size_t) bytes[8] | (size_t) bytes[9] << 8;
    char header[HEADER_MOST + 1];
    if (length > HEADER_MOST || PREFIX + length > in->map_size)
        return refuse(error, path, "its header is cut off");
    memcpy(header, bytes + PREFIX, length);
    header[length] = 0;
    return read_header(in, path, header, PREFIX + length, error);
}

cef_status npy_open(npy_in *in, const char *folder, const char *name, cef_error *error)
{
    char path[4096];
    struct stat file;
    *in = (npy_in){.row = NULL};
    if (snprintf(path, sizeof path, "%s/%s.npy", folder, name) >= (int) sizeof path)
        return say_set(error, CEF_ERR_IO, "cannot-open", "%s: the path is too long", folder);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return CEF_OK;
    if (fd < 0 || fstat(fd, &file) != 0) {
        const int reason = errno;
        if (fd >= 0)
            close(fd);
        return say_set(error, CEF_ERR_IO, "cannot-open", "%s: %s", path, strerror(reason));
    }
    if (!S_ISREG(file.st_mode) || file.st_size < PREFIX) {
        close(fd);
        return refuse(error, path, "it is not an NPY file");
    }
    in->map_size = (size_t) file.st_size;
    in->map = mmap(NULL, in->map_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (in->map == MAP_FAILED) {
        in->map = NULL;
        return say_set(error, CEF_ERR_IO, "cannot-read", "%s: %s", path, strerror(errno));
    }
    const cef_status status = read_map(in, path, error);
    if (status != CEF_OK)
        npy_close(in);
    return status;
}

void npy_close(npy_in *in)
{
    if (in->map)
        munmap(in->map, in->map_size);
    *in = (npy_in){.row = NULL};
}

static cef_status refuse_write(cef_error *error, const char *path, int reason)
{
    return say_set(error, CEF_ERR_IO, "cannot-write", "%s: %s", path, strerror(reason));
}

/* The header ends in a newline at a multiple of 64 bytes. */
static size_t make_header(char *to, size_t size, size_t rows, size_t columns, size_t item)
{
    char shape[64];
    if (item == sizeof(double))
        snprintf(shape, sizeof shape, "(%zu, %zu)", rows, columns);
    else
        snprintf(shape, sizeof shape, "(%zu,)", rows);
    memcpy(to, magic, MAGIC);
    to[6] = 1;
    to[7] = 0;
    const int text = snprintf(to + PREFIX, size - PREFIX, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                              item == sizeof(double) ? "<f8" : "<i4", shape);
    const size_t whole = (PREFIX + (size_t) text + 1 + 63) / 64 * 64;
    memset(to + PREFIX + text, ' ', whole - PREFIX - (size_t) text - 1);
    to[whole - 1] = '\n';
    to[8] = (char) ((whole - PREFIX) & 0xff);
    to[9] = (char) ((whole - PREFIX) >> 8);
    return whole;
}

cef_status npy_create(npy_out *out, const char *folder, const char *name, size_t rows, size_t columns, size_t item,
                      cef_error *error)
{
    char header[512];
    *out = (npy_out){.fd = -1, .columns = columns, .item = item};
    const size_t size = strlen(folder) + strlen(name) + 32;
    out->path = malloc(size);
    out->temporary = malloc(size);
    if (!out->path || !out->temporary)
        return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for a path");
    snprintf(out->path, size, "%s/%s.npy", folder, name);
    snprintf(out->temporary, size, "%s/.%s.%d.part", folder, name, (int) getpid());
    out->start = (off_t) make_header(header, sizeof header, rows, columns, item);
    out->fd = open(out->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out->fd < 0)
        return refuse_write(error, out->path, errno);
    const ssize_t written = pwrite(out->fd, header, (size_t) out->start, 0);
    return written == (ssize_t) out->start ? CEF_OK : refuse_write(error, out->path, written < 0 ? errno : ENOSPC);
}

int npy_write_row(const npy_out *out, size_t row, const void *values)
{
    const char *at = values;
    size_t left = out->columns * out->item;
    off_t place = out->start + (off_t) (row * left);
    while (left > 0) {
        const ssize_t n = pwrite(out->fd, at, left, place);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENOSPC;
        at += n;
        place += n;
        left -= (size_t) n;
    }
    return 0;
}

cef_status npy_publish(npy_out *out, cef_error *error)
{
    int reason = fsync(out->fd) == 0 ? 0 : errno;
    if (close(out->fd) != 0 && reason == 0)
        reason = errno;
    out->fd = -1;
    if (reason == 0 && rename(out->temporary, out->path) != 0)
        reason = errno;
    if (reason != 0)
        return refuse_write(error, out->path, reason);
    free(out->temporary);
    out->temporary = NULL;
    return CEF_OK;
}

void npy_release(npy_out *out)
{
    if (out->fd >= 0 && out->temporary)
        close(out->fd);
    if (out->temporary)
        unlink(out->temporary);
    free(out->temporary);
    free(out->path);
    *out = (npy_out){.fd = -1};
}
