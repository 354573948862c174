/* SPDX-License-Identifier: Apache-2.0 */
/* NPY files of rows in C order: profiles in by pread (never a map: a file that is cut short under us is an error, not a
 * signal), results out by pwrite at their place. */
#ifndef CEF_CLI_NPY_H
#define CEF_CLI_NPY_H

#include <sys/types.h>

#include "cli.h"
#include "npy_header.h"

/* A file as it was when it was opened. */
typedef struct {
    uint64_t bytes;
    int64_t seconds;
    int64_t nanoseconds; /* of its last change */
} file_stamp;

typedef struct {
    char *path;
    int fd; /* -1: there is no such file */
    npy_header header;
    file_stamp stamp;
} npy_in;

/* A file that is not there leaves in->fd -1 and is no error. Its size must be what its header says. */
cef_status npy_open(npy_in *in, const char *path, cef_error *error);
/* Rows [first, first + count) as doubles, count * columns of them; int32 as they are, into the same room. Any thread.
 */
cef_status npy_read(const npy_in *in, size_t first, size_t count, void *to, cef_error *error);
/* file-changed if the file is not what it was when it was opened. */
cef_status npy_check_unchanged(const npy_in *in, cef_error *error);
void npy_close(npy_in *in); /* allowed on a zeroed npy_in with fd -1 */

/* A file of a size known in advance, written in any order and by several threads, under a name of its own until it is
 * whole. */
typedef struct {
    char *path, *temporary; /* temporary NULL: published, or opened under its own name */
    int fd;
    size_t rows, columns;
    int item;    /* bytes of a value */
    off_t start; /* of the data */
    bool keep;   /* an unpublished file stays for a later run */
} npy_out;

/* item 8: doubles of shape [rows][columns]; 4: int32 of shape [rows], columns is 1. FOLDER/NAME.npy; its whole size is
 * asked of the disk at once where the file system can. */
cef_status npy_create(npy_out *out, const char *folder, const char *name, size_t rows, size_t columns, int item,
                      cef_error *error);
/* The same as FOLDER/NAME.npy.part, which npy_release leaves. */
cef_status npy_create_kept(npy_out *out, const char *folder, const char *name, size_t rows, size_t columns, int item,
                           cef_error *error);
/* Opens what npy_create_kept made, published since or not. *there is false if neither file is what it must be. */
cef_status npy_resume(npy_out *out, const char *folder, const char *name, size_t rows, size_t columns, int item,
                      bool *there, cef_error *error);
/* errno, 0 if the rows are written. */
int npy_write_rows(const npy_out *out, size_t first, size_t count, const void *values);
/* errno, 0 if what is written is on the disk. */
int npy_sync(const npy_out *out);
/* Gives the whole file its name; done before is done. */
cef_status npy_publish(npy_out *out, cef_error *error);
void npy_release(npy_out *out); /* removes a file that was not published, unless kept; allowed on a released one */

/* The same for any file: errno, 0 if all n bytes are read or written. A file that ends early is ENODATA. */
int read_at(int fd, void *to, size_t n, off_t place);
int write_at(int fd, const void *from, size_t n, off_t place);

#endif /* CEF_CLI_NPY_H */
