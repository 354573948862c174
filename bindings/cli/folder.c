/* SPDX-License-Identifier: Apache-2.0 */
/* Results as folders of CSV files. */
#include "folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

bool path_is_folder(const char *path)
{
    struct stat file;
    const size_t n = strlen(path);
    return path[n - 1] == '/' || (stat(path, &file) == 0 && S_ISDIR(file.st_mode));
}

static cef_status write_files(const char *folder, int n, const char *const *names, out_file *file,
                              void (*content)(out_file *out, const void *job, int k), const void *job, cef_error *error)
{
    const size_t size = strlen(folder) + 32;
    char *path = malloc(size);
    if (!path)
        return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for a path");
    cef_status status = CEF_OK;
    for (int k = 0; k < n && status == CEF_OK; k++) {
        snprintf(path, size, "%s/%s.csv", folder, names[k]);
        status = out_open(&file[k], path, error);
        if (status != CEF_OK)
            break;
        content(&file[k], job, k);
        status = out_finish(&file[k], error);
    }
    free(path);
    for (int k = 0; k < n && status == CEF_OK; k++)
        status = out_publish(&file[k], error);
    return status;
}

cef_status folder_write(const char *folder, int n, const char *const *names,
                        void (*content)(out_file *out, const void *job, int k), const void *job, cef_error *error)
{
    const bool made = mkdir(folder, 0777) == 0;
    if (!made && errno != EEXIST)
        return say_set(error, CEF_ERR_IO, "cannot-write", "%.350s: %s", folder, strerror(errno));
    out_file file[FOLDER_FILES];
    for (int k = 0; k < n; k++)
        file[k] = (out_file){.fd = -1};
    const cef_status status = write_files(folder, n, names, file, content, job, error);
    for (int k = 0; k < n; k++)
        out_release(&file[k]);
    if (made && status != CEF_OK)
        (void) rmdir(folder); /* which leaves one that somebody else wrote into */
    return status;
}
