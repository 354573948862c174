/* SPDX-License-Identifier: Apache-2.0 */
/* A result as a folder of CSV files. */
#ifndef CEF_CLI_FOLDER_H
#define CEF_CLI_FOLDER_H

#include "out.h"

enum { FOLDER_FILES = 8 }; /* at most */

/* Ends in /, or is a folder. */
bool path_is_folder(const char *path);
/* One file a name in folder (made if it is not there), all named only when all are whole; content writes the k-th. */
cef_status folder_write(const char *folder, int n, const char *const *names,
                        void (*content)(out_file *out, const void *job, int k), const void *job, cef_error *error);

#endif /* CEF_CLI_FOLDER_H */
