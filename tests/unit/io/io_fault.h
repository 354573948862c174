/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of readers: a context whose allocator counts what is live and can refuse the k-th request; errors; files.
 */
#ifndef CEF_TEST_IO_FAULT_H
#define CEF_TEST_IO_FAULT_H

#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "io/fields.h"

typedef struct {
    long requests, refuse_at; /* refuse_at < 0: never; else the 0-based request that fails */
    long live;                /* blocks */
} fault_memory;

static void *fault_alloc(void *user, size_t size, size_t align)
{
    fault_memory *memory = user;
    if (memory->requests++ == memory->refuse_at)
        return NULL;
    memory->live++;
    return aligned_alloc(align, (size + align - 1) / align * align);
}

static void fault_free(void *user, void *ptr, size_t size)
{
    (void) size;
    if (ptr)
        ((fault_memory *) user)->live--;
    free(ptr);
}

/* The context itself is never refused. */
static inline cef_context *fault_context(fault_memory *memory)
{
    *memory = (fault_memory){.refuse_at = -1};
    const cef_allocator allocator = {fault_alloc, fault_free, memory};
    const cef_context_options options = {.struct_size = sizeof options, .allocator = &allocator};
    cef_context *ctx = NULL;
    cr_assert(cef_context_create(&options, &ctx, NULL) == CEF_OK);
    memory->requests = 0;
    return ctx;
}

static inline cef_error no_error(void)
{
    cef_error error;
    memset(&error, 0, sizeof error);
    error.struct_size = sizeof error;
    return error;
}

static inline void write_text(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(path, "wb");
    cr_assert(file, "%s", path);
    cr_assert(fwrite(text, 1, length, file) == length);
    cr_assert(fclose(file) == 0);
}

/* The file's bytes, 0-terminated; free() them. */
static inline char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s", path);
    char *text = calloc(1, 1 << 20);
    const size_t n = fread(text, 1, (1 << 20) - 1, file);
    cr_assert(n < (1 << 20) - 1);
    (void) fclose(file);
    return text;
}

/* A refusal: its code, its line, and that the message names the file. */
static inline void check_refused(cef_status status, const cef_error *error, const char *file, const char *code,
                                 int32_t line, const char *text)
{
    cr_assert(status != CEF_OK, "accepted: %s", text);
    cr_assert(strcmp(error->code, code) == 0, "%s instead of %s (%s) for: %s", error->code, code, error->message, text);
    cr_assert(error->line == line, "line %d instead of %d (%s) for: %s", error->line, line, error->message, text);
    cr_assert(strstr(error->message, file), "no file name: %s", error->message);
    cr_assert(error->status == status);
}

/* Reads YAML as grid.yaml into a case_data of its own. */
static inline cef_status read_yaml(cef_context *ctx, case_data *data, const char *text, size_t length, cef_error *error)
{
    case_data_init(data, ctx, "grid.yaml");
    *error = no_error();
    return yaml_read(data, text, length, error);
}

#endif /* CEF_TEST_IO_FAULT_H */
