/* SPDX-License-Identifier: Apache-2.0 */
/* The header of an NPY file, versions 1.0 to 3.0 (numpy/lib/format.py says what it holds): text in, numbers out. It
 * reads nothing but the bytes it is given. */
#ifndef CEF_CLI_NPY_HEADER_H
#define CEF_CLI_NPY_HEADER_H

#include <stddef.h>
#include <stdint.h>

enum { NPY_HEADER_MOST = 16384 }; /* bytes before the data; numpy writes 128 for any array of numbers */

typedef struct {
    size_t rows, columns; /* columns 1 where n_dim is 1 */
    size_t start;         /* bytes before the data */
    int n_dim;            /* 1, 2 */
    int item;             /* bytes of a value: 8, 4 */
    char kind;            /* 'f' floating, 'i' integer */
} npy_header;

/* bytes[0..n): the beginning of the file, all of it or at least NPY_HEADER_MOST. NULL, or what is wrong with it. */
const char *npy_header_parse(const unsigned char *bytes, size_t n, npy_header *out);
/* Bytes of the file that the header describes; 0 if that does not fit 63 bits. */
uint64_t npy_header_file_size(const npy_header *h);
/* Version 1.0, 64-byte aligned, little-endian: doubles [rows][columns] of item 8, int32 [rows] of item 4. Returns its
 * length, at most 192. */
size_t npy_header_make(char to[192], size_t rows, size_t columns, int item);

#endif /* CEF_CLI_NPY_HEADER_H */
