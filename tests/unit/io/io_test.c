/* SPDX-License-Identifier: Apache-2.0 */
#include "io_test.h"

#include <criterion/criterion.h>
#include <string.h>

cef_context *io_context(void)
{
    cef_context *ctx = NULL;
    cr_assert(cef_context_create(NULL, &ctx, NULL) == CEF_OK);
    return ctx;
}

cef_case *io_read(cef_context *ctx, const char *text)
{
    cef_case *c = NULL;
    cef_error error = {.struct_size = sizeof error};
    const cef_status status = cef_case_read_memory(ctx, "test.m", "m", text, strlen(text), &c, &error);
    cr_assert(status == CEF_OK, "%s: %s", error.code, error.message);
    return c;
}

void io_refused(const char *text, const char *code, int line)
{
    cef_context *ctx = io_context();
    cef_case *c = (cef_case *) ctx; /* must become NULL */
    cef_error error = {.struct_size = sizeof error};
    const cef_status status = cef_case_read_memory(ctx, "test.m", "m", text, strlen(text), &c, &error);
    cr_assert(status != CEF_OK && c == NULL, "refused with %s: %s", code, text);
    cr_assert(error.status == status && strcmp(error.code, code) == 0, "%s instead of %s: %s", error.code, code,
              error.message);
    cr_assert(strncmp(error.message, "test.m", 6) == 0, "the message names the file: %s", error.message);
    cr_assert(line == 0 || error.line == line, "line %d instead of %d: %s", error.line, line, error.message);
    cef_context_destroy(ctx);
}

cef_snapshot io_snapshot(const cef_case *c)
{
    cef_snapshot s = {.struct_size = sizeof s};
    cr_assert(cef_case_snapshot(c, &s, NULL) == CEF_OK);
    return s;
}

cef_case_info io_info(const cef_case *c)
{
    cef_case_info info = {.struct_size = sizeof info};
    cr_assert(cef_case_describe(c, &info, NULL) == CEF_OK);
    return info;
}

cef_network_data io_network(const cef_case *c)
{
    cef_network_data net = {.struct_size = sizeof net};
    cr_assert(cef_network_describe(cef_case_network(c), &net, NULL) == CEF_OK);
    return net;
}
