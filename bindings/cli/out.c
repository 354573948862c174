/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, flushing, closing and naming output. What is put into it is in out_put.c. */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

static const char *shown(const char *path) { return path ? path : "standard output"; }

/* An empty message where the reader of our pipe went away: see say_error. */
static cef_status write_error(cef_error *error, const char *path, int reason)
{
    if (reason == EPIPE)
        return say_set(error, CEF_ERR_IO, "cannot-write", "%s", "");
    return say_set(error, CEF_ERR_IO, "cannot-write", "%.350s: %s", shown(path), strerror(reason));
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t) (slash - path));
}

/* An existing file keeps its mode; a new one gets what open(2) would have given it. */
static int open_beside(out_file *out, const struct stat *existing)
{
    static const char pattern[] = "/.cef-XXXXXX";
    char *folder = folder_of(out->path);
    const size_t size = folder ? strlen(folder) + sizeof pattern : 0;
    out->temporary = folder ? malloc(size) : NULL;
    if (out->temporary)
        snprintf(out->temporary, size, "%s%s", folder, pattern);
    free(folder);
    if (!out->temporary)
        return -1;
    const int fd = mkostemp(out->temporary, O_CLOEXEC);
    if (fd < 0) {
        free(out->temporary);
        out->temporary = NULL;
        return -1;
    }
    const mode_t mask = umask(0);
    umask(mask);
    if (fchmod(fd, existing ? existing->st_mode & 07777 : 0666 & ~mask) != 0)
        out->failed = errno;
    return fd;
}

/* A link is followed, a device or pipe is written straight: neither may be replaced by a file. */
static int open_target(out_file *out, const char *path)
{
    struct stat existing;
    if (stat(path, &existing) != 0) {
        out->path = errno == ENOENT ? strdup(path) : NULL;
        return out->path ? open_beside(out, NULL) : -1;
    }
    out->path = realpath(path, NULL);
    if (!out->path && !S_ISREG(existing.st_mode))
        out->path = strdup(path); /* /dev/fd/N of a pipe has no real path */
    if (!out->path)
        return -1;
    if (S_ISREG(existing.st_mode))
        return open_beside(out, &existing);
    return open(path, O_WRONLY | O_CLOEXEC);
}

bool out_prepare(void)
{
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is an error of the next write, */
    signal(SIGXFSZ, SIG_IGN); /* and so is a file that may not grow further */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

cef_status out_open(out_file *out, const char *path, cef_error *error)
{
    *out = (out_file){.fd = -1};
    out->buffer = malloc(OUT_SIZE);
    if (!out->buffer)
        return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for a write buffer");
    if (!path || strcmp(path, "-") == 0) {
        out->fd = STDOUT_FILENO;
        return CEF_OK;
    }
    out->fd = open_target(out, path);
    if (out->fd >= 0)
        return CEF_OK;
    const int reason = errno;
    out_release(out);
    return say_set(error, CEF_ERR_IO, "cannot-write", "%.350s: %s", path, strerror(reason));
}

cef_status out_open_memory(out_file *out, cef_error *error)
{
    *out = (out_file){.fd = -1, .buffer = malloc(OUT_SIZE)};
    return out->buffer ? CEF_OK : say_set(error, CEF_ERR_MEMORY, "memory", "no memory for a write buffer");
}

static void write_all(out_file *out)
{
    size_t done = 0;
    while (done < out->used && !out->failed) {
        const ssize_t n = write(out->fd, out->buffer + done, out->used - done);
        if (n > 0)
            done += (size_t) n;
        else if (n == 0 || errno != EINTR)
            out->failed = n == 0 ? EIO : errno;
    }
    out->used = 0;
}

char *out_room(out_file *out, size_t n)
{
    if (OUT_SIZE - out->used < n)
        write_all(out);
    return out->buffer + out->used;
}

cef_status out_finish(out_file *out, cef_error *error)
{
    write_all(out);
    if (out->temporary && !out->failed && fsync(out->fd) != 0)
        out->failed = errno;
    if (close(out->fd) != 0 && !out->failed)
        out->failed = errno;
    out->fd = -1;
    return out->failed ? write_error(error, out->path, out->failed) : CEF_OK;
}

/* So that the new name survives a power cut; a file system that cannot is none of our business. */
static void sync_folder(const char *path)
{
    char *folder = folder_of(path);
    const int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void) fsync(fd);
        close(fd);
    }
    free(folder);
}

cef_status out_publish(out_file *out, cef_error *error)
{
    if (!out->temporary)
        return CEF_OK;
    if (rename(out->temporary, out->path) != 0)
        return write_error(error, out->path, errno);
    free(out->temporary);
    out->temporary = NULL;
    sync_folder(out->path);
    return CEF_OK;
}

cef_status out_commit(out_file *out, cef_error *error)
{
    CLI_TRY(out_finish(out, error));
    return out_publish(out, error);
}

void out_release(out_file *out)
{
    if (out->fd > STDERR_FILENO)
        close(out->fd);
    if (out->temporary)
        unlink(out->temporary);
    free(out->temporary);
    free(out->path);
    free(out->buffer);
    *out = (out_file){.fd = -1};
}

bool out_colours(const out_file *out)
{
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return out->fd == STDOUT_FILENO && isatty(STDOUT_FILENO) && !(no && *no) && terminal &&
           strcmp(terminal, "dumb") != 0;
}
