/* SPDX-License-Identifier: Apache-2.0 */
/* How structs of other sizes are tried: a call of one input or output struct, given every size that matters. */
#ifndef CEF_TESTS_ABI_SIZES_H
#define CEF_TESTS_ABI_SIZES_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

enum { TAIL = 64, UNTOUCHED = 0xA5 };

typedef cef_status (*input_call)(const void *input, cef_error *error);
/* The struct as it is, longer with a zero tail, longer with one bit set in the last byte, unset. */
void check_input(const char *name, input_call call, const void *input, size_t size);

typedef cef_status (*output_call)(void *output, cef_error *error);
/* Calls with every size from 8 bytes past the struct's end in steps of 4 and compares what was written with a full
 * call. */
void check_output(const char *name, output_call call, size_t size);

#endif /* CEF_TESTS_ABI_SIZES_H */
