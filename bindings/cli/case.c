/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs that read a case share; cef convert, cef generate. */
#include <string.h>

#include "say.h"
#include "verbs.h"

cef_status cli_context(cef_context **ctx, cef_error *error)
{
    const cef_context_options options = {.struct_size = sizeof options, .log = say_log, .log_level = CEF_LOG_WARN};
    return cef_context_create(&options, ctx, error);
}

cef_status cli_price(cef_case *grid, const cli_args *args, int32_t missing, cef_factor_info *info, cef_error *error)
{
    const cli_value *option = args->option;
    const cef_factor_options options = {
        .struct_size = sizeof options,
        .factors = option[OPTION_FACTORS].text,
        .fuel_factors = option[OPTION_FUEL_FACTORS].text,
        .missing_value = option[OPTION_MISSING_FACTOR].number,
        .negative_load_intensity = option[OPTION_NEGATIVE_LOAD_INTENSITY].number,
        .missing = missing,
        .has_negative_load_intensity = option[OPTION_NEGATIVE_LOAD_INTENSITY].given,
    };
    *info = (cef_factor_info){.struct_size = sizeof *info};
    return cef_case_price(grid, &options, info, error);
}

static cef_status convert(const cli_args *args, cef_error *error)
{
    cef_context *ctx = NULL;
    cef_case *grid = NULL;
    cef_status status = cli_context(&ctx, error);
    if (status == CEF_OK)
        status = cef_case_read(ctx, args->argument[0], &grid, error);
    if (status == CEF_OK)
        status = cef_case_write(grid, args->argument[1], error);
    cef_case_destroy(grid);
    cef_context_destroy(ctx);
    return status;
}

/* Writers look at the ending, and standard output has none. */
static bool is_standard_output(const char *path) { return strcmp(path, "-") == 0; }

int verb_convert(const cli_args *args)
{
    if (is_standard_output(args->argument[1]))
        return say_usage(VERB_CONVERT, "a case is written to a file or folder, not to standard output");
    cef_error error = {.struct_size = sizeof error};
    return convert(args, &error) == CEF_OK ? CLI_DONE : say_error(&error);
}

/* The file's or folder's name without what leads to it and without its ending. */
static void name_of(const char *path, char *name, size_t size)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    const char *dot = memrchr(path + start, '.', end - start);
    if (dot && dot != path + start)
        end = (size_t) (dot - path);
    const size_t n = end - start < size ? end - start : size - 1;
    memcpy(name, path + start, n);
    name[n] = 0;
}

static cef_status generate(const cli_args *args, cef_error *error)
{
    const cef_grid_options options = {
        .struct_size = sizeof options,
        .seed = args->option[OPTION_SEED].integer,
        .n_bus = (cef_index) args->option[OPTION_BUSES].integer,
        .kind = args->option[OPTION_KIND].word,
        .numbering = args->option[OPTION_NUMBERING].word,
    };
    const char *path = args->option[OPTION_OUTPUT].text;
    char name[64];
    name_of(path, name, sizeof name);
    cef_context *ctx = NULL;
    cef_grid *grid = NULL;
    cef_case *made = NULL;
    cef_status status = cli_context(&ctx, error);
    if (status == CEF_OK)
        status = cef_grid_create(ctx, &options, &grid, error);
    if (status == CEF_OK)
        status = cef_case_from_grid(ctx, grid, name, &made, error);
    if (status == CEF_OK)
        status = cef_case_write(made, path, error);
    cef_case_destroy(made);
    cef_grid_destroy(grid);
    cef_context_destroy(ctx);
    return status;
}

int verb_generate(const cli_args *args)
{
    const cli_value *buses = &args->option[OPTION_BUSES];
    if (!buses->given || !args->option[OPTION_OUTPUT].given)
        return say_usage(VERB_GENERATE, "--%s is missing", buses->given ? "output" : "buses");
    if (buses->integer < 2 || buses->integer > 10000000)
        return say_usage(VERB_GENERATE, "--buses cannot be %s: it takes 2 to 10000000", buses->text);
    if (is_standard_output(args->option[OPTION_OUTPUT].text))
        return say_usage(VERB_GENERATE, "a case is written to a file or folder, not to standard output");
    cef_error error = {.struct_size = sizeof error};
    return generate(args, &error) == CEF_OK ? CLI_DONE : say_error(&error);
}
