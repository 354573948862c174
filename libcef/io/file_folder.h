/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of files written beside its target as FOLDER.tmp-PID-K and put in its place by a rename. Private to io. */
#ifndef CEF_IO_FILE_FOLDER_H
#define CEF_IO_FILE_FOLDER_H

#include "io/case_data.h"

typedef struct {
    cef_context *ctx;
    const char *const *names; /* [n_names] the files that may stand in the folder */
    int n_names;
    char *folder, *temporary, *file; /* paths, one block */
    size_t size;                     /* of each */
    bool exists;                     /* the target does */
    bool made;                       /* the temporary folder is there */
} folder_writer;

/* Refuses a target that is not a folder or holds any other file. `names` is borrowed; 24 bytes are enough for each. */
cef_status folder_writer_open(folder_writer *f, cef_context *ctx, const char *folder, const char *const *names,
                              int n_names, cef_error *error);
/* Path to write name k to, valid until the next call. */
const char *folder_writer_file(folder_writer *f, int k);
/* The target is the old folder or the whole new one. Releases; so does abandon, which removes what was written. */
cef_status folder_writer_commit(folder_writer *f, cef_error *error);
void folder_writer_abandon(folder_writer *f);

/* True iff the path names nothing; any other trouble with it is for the opening to tell. */
bool file_missing(const char *path);

#endif /* CEF_IO_FILE_FOLDER_H */
