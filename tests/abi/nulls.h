/* SPDX-License-Identifier: Apache-2.0 */
/* NULL in every place of every public function: CEF_ERR_ARGUMENT (and *out = NULL) where a value is required, tolerated
 * where the header says so. check_symbols.py fails when an exported function is named in none of nulls*.c. */
#ifndef CEF_TESTS_ABI_NULLS_H
#define CEF_TESTS_ABI_NULLS_H

#include "world.h"

#include <criterion/criterion.h>
#include <string.h>

static world w; /* of the one test that a process runs */
static cef_error error;

static void open_world(void)
{
    world_open(&w);
    error = (cef_error){.struct_size = sizeof error};
}

static void close_world(void) { world_close(&w); }

#define NULLS(suite) TestSuite(suite, .init = open_world, .fini = close_world)

/* The call is refused with status, code and a sentence; without an error struct it is refused all the same. */
#define REFUSED(call_with_error, call_without)                                                                         \
    do {                                                                                                               \
        error = (cef_error){.struct_size = sizeof error};                                                              \
        const cef_status status = (call_with_error);                                                                   \
        cr_assert(status == CEF_ERR_ARGUMENT, #call_with_error " gave %d", (int) status);                              \
        cr_assert(error.status == status && strcmp(error.code, "null-argument") == 0 && error.message[0],              \
                  #call_with_error ": code '%s', message '%s'", error.code, error.message);                            \
        cr_assert((call_without) == CEF_ERR_ARGUMENT);                                                                 \
    } while (0)
/* The same, for a function that gives a handle: *out must be NULL afterwards. */
#define REFUSED_OUT(out, call_with_error, call_without)                                                                \
    do {                                                                                                               \
        (out) = (void *) &error;                                                                                       \
        REFUSED(call_with_error, call_without);                                                                        \
        cr_assert(!(out), #call_with_error " left *out set");                                                          \
    } while (0)

#endif /* CEF_TESTS_ABI_NULLS_H */
