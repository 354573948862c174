/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML reader on any bytes; and what it accepts, written and read again, must be written the same. */
#include <stdlib.h>
#include <unistd.h>

#include "io/case_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define MAX_ROUND_TRIP 1024 /* bytes of input: what is written of it must fit a pipe */
#define MAX_WRITTEN 65536

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Writes the case through a pipe, which is written as it is, not beside and renamed. */
static size_t write_case(const case_data *data, char *text)
{
    int ends[2];
    require(pipe(ends) == 0);
    CEF_TEXT(path, 64);
    text_format(&path, "/dev/fd/%d", (int64_t) ends[1]);
    require(yaml_write(data, path.data, NULL) == CEF_OK);
    require(close(ends[1]) == 0);
    size_t length = 0;
    for (ssize_t got = 1; got > 0; length += (size_t) got) {
        got = read(ends[0], text + length, MAX_WRITTEN - length);
        require(got >= 0);
    }
    require(close(ends[0]) == 0);
    return length;
}

static void round_trip(cef_context *ctx, const case_data *data)
{
    static char first[MAX_WRITTEN], second[MAX_WRITTEN];
    const size_t length = write_case(data, first);
    case_data again;
    case_data_init(&again, ctx, "again.yaml");
    require(yaml_read(&again, first, length, NULL) == CEF_OK);
    require(write_case(&again, second) == length && memcmp(first, second, length) == 0);
    case_data_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    cef_context *ctx = NULL;
    require(cef_context_create(NULL, &ctx, NULL) == CEF_OK);
    cef_error error;
    memset(&error, 0, sizeof error);
    error.struct_size = sizeof error;
    case_data data;
    case_data_init(&data, ctx, "fuzz.yaml");
    const cef_status status = yaml_read(&data, size > 0 ? (const char *) bytes : "", size, &error);
    require(status == CEF_OK || (error.code[0] && error.message[0]));
    if (status == CEF_OK && size <= MAX_ROUND_TRIP)
        round_trip(ctx, &data);
    case_data_release(&data);
    cef_context_destroy(ctx);
    return 0;
}
