/* SPDX-License-Identifier: Apache-2.0 */
/* Exported: version, status names, diagnostics, numbers, context. */
#include "base/base.h"
#include "sparse/sparse.h"

int32_t cef_abi_version(void) { return CEF_ABI_VERSION; }

int32_t cef_version_number(void)
{
    return 10000 * LIBCEF_VERSION_MAJOR + 100 * LIBCEF_VERSION_MINOR + LIBCEF_VERSION_PATCH;
}

#define STRING_OF(x) #x
#define STRING(x) STRING_OF(x)
const char *cef_version_string(void)
{
    return STRING(LIBCEF_VERSION_MAJOR) "." STRING(LIBCEF_VERSION_MINOR) "." STRING(LIBCEF_VERSION_PATCH);
}

const char *cef_build_info(void) { return sparse_build_info(); }

const char *cef_status_name(cef_status status)
{
    switch (status) {
#define NAME(s)                                                                                                        \
    case s: return #s;
        NAME(CEF_OK)
        NAME(CEF_ERR_ARGUMENT)
        NAME(CEF_ERR_STRUCT_SIZE)
        NAME(CEF_ERR_MEMORY)
        NAME(CEF_ERR_OVERFLOW)
        NAME(CEF_ERR_UNSUPPORTED)
        NAME(CEF_ERR_NETWORK)
        NAME(CEF_ERR_SNAPSHOT)
        NAME(CEF_ERR_BALANCE)
        NAME(CEF_ERR_FACTOR)
        NAME(CEF_ERR_UNSOLVED)
        NAME(CEF_ERR_SINGULAR)
        NAME(CEF_ERR_CERTIFICATE)
        NAME(CEF_ERR_DIVERGED)
        NAME(CEF_ERR_IO)
        NAME(CEF_ERR_PARSE)
        NAME(CEF_ERR_INTERNAL)
#undef NAME
    default: return "CEF_ERR_UNKNOWN";
    }
}

const char *cef_explain(const char *code) { return diag_explain(code); }

const char *cef_diagnostic_code(int32_t k) { return diag_code_at(k); }

size_t cef_number_format(double value, char *buffer, size_t size)
{
    if (!buffer || size == 0)
        return 0;
    CEF_TEXT(text, 40);
    text_add_number(&text, value);
    cef_text out = {buffer, size, 0};
    text_add(&out, text.data);
    return out.length;
}

cef_status cef_number_parse(const char *text, size_t length, double *value)
{
    if (!text || !value)
        return CEF_ERR_ARGUMENT;
    double own = 0.0;
    if (number_scan(text, text + length, &own) != text + length)
        return CEF_ERR_PARSE;
    *value = own;
    return CEF_OK;
}

cef_status cef_context_create(const cef_context_options *options, cef_context **out, cef_error *error)
{
    return context_create(options, out, error);
}

void cef_context_destroy(cef_context *ctx) { context_release(ctx); }
