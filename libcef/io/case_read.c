/* SPDX-License-Identifier: Apache-2.0 */
/* The doors of a case: which reader or writer a path means, and cases made from a generated grid. */
#include <sys/stat.h>

#include "io/case_data.h"

typedef cef_status (*text_reader)(case_data *data, const char *text, size_t length, cef_error *error);

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *ending(const char *path)
{
    const char *base = base_name(path), *dot = strrchr(base, '.');
    return dot && dot != base ? dot + 1 : "";
}

static text_reader reader_of(const char *format)
{
    if (strcmp(format, "m") == 0)
        return matpower_read;
    if (strcmp(format, "yaml") == 0 || strcmp(format, "yml") == 0)
        return yaml_read;
    return NULL;
}

/* The file's name without folders and without its ending; a trailing slash of a folder is no name. */
static void name_after_file(case_data *data, const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    size_t start = n;
    while (start > 0 && path[start - 1] != '/')
        start--;
    size_t stop = n;
    for (size_t k = n; k > start + 1; k--)
        if (path[k - 1] == '.') {
            stop = k - 1;
            break;
        }
    cef_text name = {data->name, sizeof data->name, 0};
    text_add_n(&name, path + start, stop - start);
}

static void hash_text(case_data *data, const char *text, size_t length)
{
    sha256_state state;
    sha256_init(&state);
    sha256_add(&state, text, length);
    char hex[65];
    sha256_hex(&state, hex);
    memcpy(data->sha256, hex, sizeof hex);
}

/* Takes over `data`, whatever happens. */
static cef_status finish(case_data *data, cef_status status, cef_case **out, cef_error *error)
{
    if (status == CEF_OK)
        return case_from_data(data, out, error);
    case_data_release(data);
    return status;
}

cef_status cef_case_read_memory(cef_context *ctx, const char *name, const char *format, const char *text, size_t length,
                                cef_case **out, cef_error *error)
{
    if (!out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "cef_case_read_memory: out is NULL");
    *out = NULL;
    if (!ctx || !name || !format || (!text && length > 0))
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE,
                         "cef_case_read_memory: context, name, format and text must not be NULL");
    const text_reader reader = reader_of(format);
    if (!reader)
        return error_format(error, DIAG_UNKNOWN_FORMAT, CEF_NOWHERE, "%s: format '%s' is neither 'm' nor 'yaml'", name,
                            format);
    case_data data;
    case_data_init(&data, ctx, name);
    name_after_file(&data, name);
    memcpy(data.format, reader == matpower_read ? "m" : "yaml", reader == matpower_read ? 2 : 5);
    hash_text(&data, length > 0 ? text : "", length);
    return finish(&data, reader(&data, length > 0 ? text : "", length, error), out, error);
}

static cef_status read_folder(cef_context *ctx, const char *path, cef_case **out, cef_error *error)
{
    case_data data;
    case_data_init(&data, ctx, path);
    name_after_file(&data, path);
    memcpy(data.format, "csv", 4);
    return finish(&data, csv_folder_read(&data, path, error), out, error);
}

cef_status cef_case_read(cef_context *ctx, const char *path, cef_case **out, cef_error *error)
{
    if (!out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "cef_case_read: out is NULL");
    *out = NULL;
    if (!ctx || !path)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "cef_case_read: context and path must not be NULL");
    struct stat about;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return read_folder(ctx, path, out, error);
    if (!reader_of(ending(path)))
        return error_format(error, DIAG_UNKNOWN_FORMAT, CEF_NOWHERE,
                            "%s: its ending is none of .m, .yaml, .yml, and it is not a folder of CSV files",
                            path_shown(path));
    char *text = NULL;
    size_t length = 0;
    CEF_TRY(file_read(ctx, path, &text, &length, error));
    const cef_status status = cef_case_read_memory(ctx, path, ending(path), text, length, out, error);
    context_free(ctx, text, length + 1);
    return status;
}

cef_status cef_case_write(const cef_case *c, const char *path, cef_error *error)
{
    if (!c || !path)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "cef_case_write: case and path must not be NULL");
    const char *format = ending(path);
    if (format[0] == 0)
        return csv_folder_write(case_tables(c), path, error);
    const text_reader reader = reader_of(format);
    if (reader == matpower_read)
        return matpower_write(case_tables(c), path, error);
    if (reader == yaml_read)
        return yaml_write(case_tables(c), path, error);
    return error_format(error, DIAG_UNKNOWN_FORMAT, CEF_NOWHERE,
                        "%s: its ending is none of .m, .yaml, .yml (no ending writes a folder of CSV files)",
                        path_shown(path));
}
