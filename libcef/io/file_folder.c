/* SPDX-License-Identifier: Apache-2.0 */
/* Folders put in place whole. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file_folder.h"

#define MAX_TRIES 100
#define MAX_ENDING 96 /* bytes of "/NAME" or ".tmp-PID-K.old" */

bool file_missing(const char *path) { return access(path, F_OK) != 0 && errno == ENOENT; }

static cef_status refuse(const folder_writer *f, const char *doing, int reason, cef_error *error)
{
    return error_format(error, DIAG_WRITE, CEF_NOWHERE, "%s: %s: %s", path_shown(f->folder), doing,
                        strerrordesc_np(reason));
}

static bool is_ours(const folder_writer *f, const char *name)
{
    for (int k = 0; k < f->n_names; k++)
        if (strcmp(name, f->names[k]) == 0)
            return true;
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static cef_status check_target(folder_writer *f, cef_error *error)
{
    DIR *folder = opendir(f->folder);
    f->exists = folder != NULL;
    if (!folder)
        return errno == ENOENT ? CEF_OK : refuse(f, "cannot be replaced by a folder of files", errno, error);
    cef_status status = CEF_OK;
    for (const struct dirent *entry = readdir(folder); entry && status == CEF_OK; entry = readdir(folder))
        if (!is_ours(f, entry->d_name))
            status = error_format(error, DIAG_WRITE, CEF_NOWHERE,
                                  "%s: the folder also holds '%s', which would be lost: take it out or choose another "
                                  "folder",
                                  f->folder, entry->d_name);
    (void) closedir(folder);
    return status;
}

static cef_status make_temporary(folder_writer *f, cef_error *error)
{
    int reason = EEXIST;
    for (int k = 0; k < MAX_TRIES && !f->made && reason == EEXIST; k++) {
        cef_text name = {f->temporary, f->size, 0};
        text_format(&name, "%s.tmp-%d-%d", f->folder, (int64_t) getpid(), (int64_t) k);
        f->made = mkdir(f->temporary, 0777) == 0;
        reason = errno;
    }
    return f->made ? CEF_OK : refuse(f, "cannot be written", reason, error);
}

static cef_status take_paths(folder_writer *f, const char *folder, cef_error *error)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    f->size = length + MAX_ENDING;
    void *paths = NULL;
    CEF_TRY(context_take(f->ctx, 3 * f->size, &paths, error));
    f->folder = paths;
    f->temporary = f->folder + f->size;
    f->file = f->temporary + f->size;
    memcpy(f->folder, folder, length);
    f->folder[length] = 0;
    return CEF_OK;
}

cef_status folder_writer_open(folder_writer *f, cef_context *ctx, const char *folder, const char *const *names,
                              int n_names, cef_error *error)
{
    *f = (folder_writer){.ctx = ctx, .names = names, .n_names = n_names};
    CEF_TRY(take_paths(f, folder, error));
    cef_status status = check_target(f, error);
    if (status == CEF_OK)
        status = make_temporary(f, error);
    if (status != CEF_OK)
        folder_writer_abandon(f);
    return status;
}

static const char *join(folder_writer *f, const char *folder, int k)
{
    cef_text path = {f->file, f->size, 0};
    text_format(&path, "%s/%s", folder, f->names[k]);
    return f->file;
}

const char *folder_writer_file(folder_writer *f, int k) { return join(f, f->temporary, k); }

/* Removes our files; anything else that has come in meanwhile stays, and with it the folder. */
static void remove_temporary(folder_writer *f)
{
    for (int k = 0; k < f->n_names; k++)
        (void) unlink(join(f, f->temporary, k));
    (void) rmdir(f->temporary);
    f->made = false;
}

/* Without an atomic exchange (some file systems): the old folder steps aside first, and back if the new one fails. */
static cef_status replace_in_two_steps(folder_writer *f, cef_error *error)
{
    cef_text aside = {f->file, f->size, 0};
    text_format(&aside, "%s.old", f->temporary);
    if (rename(f->folder, f->file) != 0)
        return refuse(f, "cannot be replaced", errno, error);
    if (rename(f->temporary, f->folder) != 0) {
        const int reason = errno;
        (void) rename(f->file, f->folder);
        return refuse(f, "cannot be replaced", reason, error);
    }
    f->made = rename(f->file, f->temporary) == 0; /* the old files take the name that is removed */
    return CEF_OK;
}

static cef_status put_in_place(folder_writer *f, cef_error *error)
{
    if (f->exists) {
        if (renameat2(AT_FDCWD, f->temporary, AT_FDCWD, f->folder, RENAME_EXCHANGE) == 0)
            return CEF_OK; /* the temporary name now holds the old files */
        if (errno == EINVAL || errno == ENOSYS)
            return replace_in_two_steps(f, error);
        return refuse(f, "cannot be replaced", errno, error);
    }
    if (rename(f->temporary, f->folder) != 0)
        return refuse(f, "cannot be written", errno, error);
    f->made = false;
    return CEF_OK;
}

cef_status folder_writer_commit(folder_writer *f, cef_error *error)
{
    const cef_status status = put_in_place(f, error);
    folder_writer_abandon(f); /* what is left under the temporary name */
    return status;
}

void folder_writer_abandon(folder_writer *f)
{
    if (f->made)
        remove_temporary(f);
    context_free(f->ctx, f->folder, 3 * f->size);
    f->folder = NULL;
}
