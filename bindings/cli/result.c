/* SPDX-License-Identifier: Apache-2.0 */
/* Which format, and where to. */
#include "result.h"

#include <string.h>

#include "folder.h"
#include "say.h"

static bool ends_in(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);
    return n > m && strcmp(path + n - m, ending) == 0;
}

/* FORMAT_*: --format, else what the name of the output file says, else a table. */
static int format_of(const cli_args *args)
{
    const char *path = args->option[OPTION_OUTPUT].text;
    if (args->option[OPTION_FORMAT].given || !path)
        return args->option[OPTION_FORMAT].word;
    if (path_is_folder(path) || ends_in(path, ".csv"))
        return FORMAT_CSV;
    return ends_in(path, ".json") ? FORMAT_JSON : FORMAT_TABLE;
}

int result_check(const cli_args *args)
{
    const char *path = args->option[OPTION_OUTPUT].text;
    if (path && path_is_folder(path) && format_of(args) != FORMAT_CSV)
        return say_usage(args->verb, "--output %s is a folder: only --format csv writes one", path);
    return CLI_DONE;
}

static cef_status write_one(const result_form *form, void *job, int format, out_file *out, cef_error *error)
{
    switch (format) {
    case FORMAT_JSON: form->json(out, job); return CEF_OK;
    case FORMAT_CSV: form->csv(out, job, 0); return CEF_OK;
    default: return form->text(out, job, error);
    }
}

cef_status result_write(const result_form *form, void *job, const cli_args *args, cef_error *error)
{
    const char *path = args->option[OPTION_OUTPUT].text;
    const int format = format_of(args);
    if (path && format == FORMAT_CSV && form->n > 1 && path_is_folder(path))
        return folder_write(path, form->n, form->names, form->csv, job, error);
    out_file out;
    CLI_TRY(out_open(&out, path, error));
    cef_status status = write_one(form, job, format, &out, error);
    if (status == CEF_OK)
        status = out_commit(&out, error);
    out_release(&out);
    return status;
}
