/* SPDX-License-Identifier: Apache-2.0 */
/* A factor file: a CSV whose first line names its columns, in any order. Private to io. */
#ifndef CEF_IO_SIDE_FILE_H
#define CEF_IO_SIDE_FILE_H

#include "io/fields.h"

typedef struct {
    csv_reader csv;
    const char *const *names; /* [n_names] */
    int n_names, n_required;  /* the first n_required must be there */
    int column[4];            /* of each name, -1 if the file has none */
} side_file;

/* Reads the first record: every name at most once, the required ones there, no other. */
cef_status side_header(side_file *s, cef_error *error);
/* Next record, as long as the header. */
cef_status side_next(side_file *s, bool *more, cef_error *error);
/* Column k of the row as an intensity. */
cef_status side_intensity(const side_file *s, int k, double *intensity, cef_error *error);
/* "FILE:LINE: WHAT 'the cell of column k': EXPECTED". */
cef_status side_refuse(const side_file *s, cef_diag diag, cef_where where, const char *what, int k,
                       const char *expected, cef_error *error);

#endif /* CEF_IO_SIDE_FILE_H */
