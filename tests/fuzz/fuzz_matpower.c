/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a .m file: read, describe, price, check; nothing may crash, leak or read past the end. */
#include <cef/case.h>
#include <cef/cef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use_case(cef_case *c)
{
    cef_case_info info = {.struct_size = sizeof info};
    const cef_factor_options zero = {.struct_size = sizeof zero, .missing = CEF_MISSING_ZERO};
    cef_factor_info factors = {.struct_size = sizeof factors};
    char id[64];
    (void) !cef_case_describe(c, &info, NULL);
    (void) !cef_case_price(c, &zero, &factors, NULL);
    (void) !cef_case_check_flows(c, 0.1, NULL);
    for (cef_element element = CEF_BUS; element <= CEF_STORAGE; element++)
        (void) cef_case_id(c, element, 0, id, sizeof id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cef_context *ctx = NULL;
    cef_case *c = NULL;
    cef_error error = {.struct_size = sizeof error};
    if (cef_context_create(NULL, &ctx, NULL) != CEF_OK)
        return 0;
    if (cef_case_read_memory(ctx, "fuzz.m", "m", (const char *) data, size, &c, &error) == CEF_OK)
        use_case(c);
    cef_case_destroy(c);
    cef_context_destroy(ctx);
    return 0;
}
