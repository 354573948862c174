/* SPDX-License-Identifier: Apache-2.0 */
#include "sizes.h"

/* ---- input ---- */

static cef_status call_with_size(input_call call, const void *input, size_t size, size_t struct_size, int tail,
                                 cef_error *error)
{
    const size_t room = (size > struct_size ? size : struct_size) + 1;
    unsigned char *copy = calloc(1, room);
    memcpy(copy, input, size);
    if (struct_size > size)
        copy[struct_size - 1] = (unsigned char) tail;
    memcpy(copy, &struct_size, sizeof struct_size);
    *error = (cef_error){.struct_size = sizeof *error};
    const cef_status status = call(copy, error);
    free(copy);
    return status;
}

/* A size that was never set: the copy has no byte behind the struct, so that reading there is found by the sanitizer.
 */
static void check_wrong_size(const char *name, input_call call, const void *input, size_t size, size_t wrong)
{
    cef_error error = {.struct_size = sizeof error};
    unsigned char *copy = malloc(size);
    memcpy(copy, input, size);
    memcpy(copy, &wrong, sizeof wrong);
    cr_assert(call(copy, &error) == CEF_ERR_STRUCT_SIZE, "%s of %zu bytes", name, wrong);
    free(copy);
}

void check_input(const char *name, input_call call, const void *input, size_t size)
{
    cef_error error = {.struct_size = sizeof error};
    cr_assert(call_with_size(call, input, size, size, 0, &error) == CEF_OK, "%s: %s", name, error.message);
    cr_assert(call_with_size(call, input, size, size + TAIL, 0, &error) == CEF_OK, "%s with a zero tail: %s", name,
              error.message);
    cr_assert(call_with_size(call, input, size, size + TAIL, 1, &error) == CEF_ERR_STRUCT_SIZE,
              "%s with a nonzero tail was not refused", name);
    cr_assert(strcmp(error.code, "struct-size") == 0, "%s: code %s", name, error.code);
    for (size_t small = 0; small < sizeof(size_t); small++)
        cr_assert(call_with_size(call, input, size, small, 0, &error) == CEF_ERR_STRUCT_SIZE, "%s of %zu bytes", name,
                  small);
    const size_t wrong[] = {9, 12, size - 4, size + 1, 4104, (size_t) 1 << 40, SIZE_MAX - 7, SIZE_MAX};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        check_wrong_size(name, call, input, size, wrong[k]);
}

/* ---- output ---- */

void check_output(const char *name, output_call call, size_t size)
{
    cef_error error = {.struct_size = sizeof error};
    enum { ROOM = 2048 };
    static _Alignas(16) unsigned char full[ROOM], part[ROOM];
    cr_assert(size + 2 * TAIL <= ROOM);
    memset(full, 0, ROOM);
    memcpy(full, &size, sizeof size);
    cr_assert(call(full, &error) == CEF_OK, "%s: %s", name, error.message);
    for (size_t given = sizeof(size_t); given <= size + TAIL; given += 4) {
        size_t kept = 0;
        memset(part, UNTOUCHED, ROOM);
        memcpy(part, &given, sizeof given);
        cr_assert(call(part, &error) == CEF_OK, "%s with %zu bytes: %s", name, given, error.message);
        memcpy(&kept, part, sizeof kept);
        cr_assert(kept == given, "%s: struct_size %zu became %zu", name, given, kept);
        for (size_t k = given < size ? given : size; k < ROOM; k++)
            cr_assert(part[k] == UNTOUCHED, "%s with %zu bytes: byte %zu was written", name, given, k);
        for (size_t k = sizeof kept; k < (given < size ? given / 8 * 8 : size); k++)
            cr_assert(part[k] == full[k], "%s with %zu bytes: byte %zu differs from a full call", name, given, k);
    }
    memset(part, 0, ROOM);
    cr_assert(call(part, &error) == CEF_ERR_STRUCT_SIZE, "%s with struct_size 0 was not refused", name);
}
