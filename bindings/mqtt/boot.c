/* SPDX-License-Identifier: Apache-2.0 */
/* The boot counter: one line, "cef-meterd boot N". */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char lead[] = "cef-meterd boot ";
enum { LINE = 64 };

static cef_status io_error(cef_error *error, const char *path, const char *what)
{
    return mqtt_fail(error, CEF_ERR_IO, what, "%.300s: %s", path, strerror(errno));
}

static bool read_count(const char *text, uint32_t *boot)
{
    char *end = NULL;
    const size_t n = sizeof lead - 1;
    if (strncmp(text, lead, n) != 0 || text[n] < '0' || text[n] > '9')
        return false;
    errno = 0;
    const unsigned long long value = strtoull(text + n, &end, 10);
    *boot = (uint32_t) value;
    return errno == 0 && value < UINT32_MAX && strcmp(end, "\n") == 0;
}

static cef_status read_file(const char *path, uint32_t *boot, cef_error *error)
{
    char text[LINE + 1];
    *boot = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? CEF_OK : io_error(error, path, "cannot-open");
    const ssize_t n = read(fd, text, LINE);
    if (n < 0)
        io_error(error, path, "cannot-read");
    close(fd);
    if (n < 0)
        return CEF_ERR_IO;
    text[n] = 0;
    if (!read_count(text, boot))
        return mqtt_fail(error, CEF_ERR_PARSE, "bad-value",
                         "%.300s: no state of cef-meterd (expected `%sN`). A counter that starts anew would have the "
                         "agent's messages refused as old ones: restore the file, or use another interval",
                         path, lead);
    return CEF_OK;
}

static bool write_all(int fd, const char *text)
{
    const size_t n = strlen(text);
    return write(fd, text, n) == (ssize_t) n && fsync(fd) == 0;
}

/* So that the new name survives a power cut. */
static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t) (slash - path)) : strdup(".");
    const int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void) fsync(fd);
        close(fd);
    }
    free(folder);
}

static cef_status write_file(const char *path, char *beside, uint32_t boot, cef_error *error)
{
    char text[LINE];
    snprintf(text, sizeof text, "%s%" PRIu32 "\n", lead, boot);
    const int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return io_error(error, beside, "cannot-write");
    const bool written = write_all(fd, text);
    if (close(fd) != 0 || !written || rename(beside, path) != 0) {
        const cef_status status = io_error(error, path, "cannot-write");
        (void) unlink(beside);
        return status;
    }
    sync_folder(path);
    return CEF_OK;
}

cef_status boot_next(const char *path, uint32_t *boot, cef_error *error)
{
    MQTT_TRY(read_file(path, boot, error));
    if (*boot >= UINT32_MAX - 1)
        return mqtt_fail(error, CEF_ERR_PARSE, "bad-value", "%.300s: the counter is used up; use another interval",
                         path);
    const size_t size = strlen(path) + 32;
    char *beside = malloc(size);
    if (!beside)
        return mqtt_no_memory(error, size);
    snprintf(beside, size, "%s.%ld", path, (long) getpid());
    const cef_status status = write_file(path, beside, ++*boot, error);
    free(beside);
    return status;
}
