/* SPDX-License-Identifier: Apache-2.0 */
/* NPY files [T][n] of little-endian doubles, rows in C order: profiles in, results out. */
#ifndef CEF_CLI_NPY_H
#define CEF_CLI_NPY_H

#include <sys/types.h>

#include "cli.h"

typedef struct {
    const double *row; /* [rows][columns]; NULL: there is no such file */
    size_t rows, columns;
    void *map;
    size_t map_size;
} npy_in;

/* Maps FOLDER/NAME.npy; a file that is not there leaves in->row NULL and is no error. */
cef_status npy_open(npy_in *in, const char *folder, const char *name, cef_error *error);
void npy_close(npy_in *in);

/* A file of a size known in advance, written row by row in any order and by several threads, under a name of its own
 * until it is whole. */
typedef struct {
    char *path, *temporary;
    int fd;
    size_t columns, item; /* bytes of a value */
    off_t start;          /* of the data */
} npy_out;

/* item 8: doubles of shape [rows][columns]; 4: int32 of shape [rows], columns is 1. */
cef_status npy_create(npy_out *out, const char *folder, const char *name, size_t rows, size_t columns, size_t item,
                      cef_error *error);
/* errno, 0 if the row is written. */
int npy_write_row(const npy_out *out, size_t row, const void *values);
cef_status npy_publish(npy_out *out, cef_error *error);
void npy_release(npy_out *out); /* removes a file that was not published; allowed on a zeroed npy_out */

#endif /* CEF_CLI_NPY_H */
