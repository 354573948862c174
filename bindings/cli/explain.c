/* SPDX-License-Identifier: Apache-2.0 */
/* cef explain: the longer text of a diagnostic code. */
#include <string.h>

#include "help.h"
#include "say.h"
#include "verbs.h"

static const char *code_name(const void *context, int k)
{
    (void) context;
    return cef_diagnostic_code(k);
}

/* The first sentence of each text; cut where the text has no end of sentence. */
static void list_codes(out_file *out)
{
    for (int k = 0; cef_diagnostic_code(k); k++) {
        const char *code = cef_diagnostic_code(k), *text = cef_explain(code);
        const char *end = text ? strstr(text, ". ") : NULL;
        out_format(out, "%-18s  ", code);
        if (text)
            out_bytes(out, text, end ? (size_t) (end + 1 - text) : strlen(text));
        out_char(out, '\n');
    }
}

int verb_explain(const cli_args *args)
{
    const char *code = args->n_argument ? args->argument[0] : NULL;
    if (code && !cef_explain(code)) {
        char shown[SAY_SHORT];
        const char *guess = args_closest(code, code_name, NULL);
        return say_usage(VERB_EXPLAIN, "unknown code '%s'%s%s%s; 'cef explain' lists them all", say_short(shown, code),
                         guess ? "; did you mean '" : "", guess ? guess : "", guess ? "'?" : "");
    }
    cef_error error = {.struct_size = sizeof error};
    out_file out;
    cef_status status = out_open(&out, NULL, &error);
    if (status == CEF_OK) {
        if (code) {
            out_format(&out, "%s\n", code);
            help_wrap(&out, 2, cef_explain(code));
        } else {
            list_codes(&out);
        }
        status = out_commit(&out, &error);
        out_release(&out);
    }
    return status == CEF_OK ? CLI_DONE : say_error(&error);
}
