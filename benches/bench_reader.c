/* SPDX-License-Identifier: Apache-2.0 */
/* The .m reader against a bare strtod loop over the same numbers, in one run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cef/case.h>

#include "io/case_data.h"
#include "tools.h"

static char *read_whole(const char *path, size_t *length)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    fseek(f, 0, SEEK_END);
    const long size = ftell(f);
    rewind(f);
    char *text = bench_array((size_t) (size > 0 ? size : 0) + 1, 1);
    *length = fread(text, 1, (size_t) (size > 0 ? size : 0), f);
    fclose(f);
    return text;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The numbers of a .m file, one blank between them: comments, names and quoted text left out. */
static char *numbers_only(const char *text, size_t length, size_t *n_number)
{
    char *out = bench_array(length + 2, 1), *to = out;
    *n_number = 0;
    for (const char *p = text, *end = text + length; p < end;) {
        if (*p == '%') {
            while (p < end && *p != '\n')
                p++;
        } else if (*p == '\'') {
            do
                p++;
            while (p < end && *p != '\'' && *p != '\n');
            p += p < end;
        } else if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_') {
            while (p < end && (is_digit(*p) || *p == '_' || *p == '.' || (*p | 32) >= 'a'))
                p++;
        } else if (is_digit(*p) || ((*p == '-' || *p == '.') && p + 1 < end && (is_digit(p[1]) || p[1] == '.'))) {
            char *stop = NULL;
            strtod(p, &stop);
            memcpy(to, p, (size_t) (stop - p));
            to += stop - p;
            *to++ = ' ';
            p = stop;
            ++*n_number;
        } else {
            p++;
        }
    }
    return out;
}

static double strtod_loop(const char *numbers, double *values, size_t n)
{
    const double start = seconds_now();
    for (size_t k = 0; k < n; k++) {
        char *stop = NULL;
        values[k] = strtod(numbers, &stop);
        numbers = stop;
    }
    return seconds_now() - start;
}

/* The reader alone: text to tables, every number converted and checked. */
static double tables_once(cef_context *ctx, const char *text, size_t length)
{
    cef_error error = {.struct_size = sizeof error};
    case_data data;
    case_data_init(&data, ctx, "bench");
    const double start = seconds_now();
    const cef_status status = matpower_read(&data, text, length, &error);
    const double seconds = seconds_now() - start;
    if (status != CEF_OK)
        bench_fail("matpower_read", &error);
    case_data_release(&data);
    return seconds;
}

/* All that cef_case_read does: the file, its SHA-256, the tables, the network with its elimination order. */
static double reader_once(cef_context *ctx, const char *path)
{
    cef_error error = {.struct_size = sizeof error};
    cef_case *c = NULL;
    const double start = seconds_now();
    const cef_status status = cef_case_read(ctx, path, &c, &error);
    const double seconds = seconds_now() - start;
    if (status != CEF_OK)
        bench_fail(path, &error);
    cef_case_destroy(c);
    return seconds;
}

static void measure(FILE *json, cef_context *ctx, const char *name, const char *path, int repetitions, bool first)
{
    size_t length = 0, n = 0;
    char *text = read_whole(path, &length);
    if (!text)
        return;
    char *numbers = numbers_only(text, length, &n);
    double *values = bench_array(n, sizeof *values), ours[256], theirs[256], tables[256];
    for (int k = 0; k < repetitions; k++) {
        theirs[k] = strtod_loop(numbers, values, n);
        tables[k] = tables_once(ctx, text, length);
        ours[k] = reader_once(ctx, path);
    }
    const double all = median(ours, repetitions), loop = median(theirs, repetitions);
    const double reader = median(tables, repetitions);
    printf("\n%s: %.2f MB, %zu numbers\n", name, length / 1e6, n);
    printf("    the .m reader             %9.2f ms  %7.0f MB/s\n", 1e3 * reader, length / reader / 1e6);
    printf("    cef_case_read, all of it  %9.2f ms  %7.0f MB/s   file, SHA-256, network with its order\n", 1e3 * all,
           length / all / 1e6);
    printf("    bare strtod loop          %9.2f ms  %7.1f ns a number\n", 1e3 * loop, 1e9 * loop / n);
    printf("    strtod / reader           %9.2f     %s (at least 1.0); all of it %.2f\n", loop / reader,
           loop >= reader ? "reached" : "MISSED", loop / all);
    if (json)
        fprintf(json,
                "%s\n  {\"case\": \"%s\", \"bytes\": %zu, \"numbers\": %zu, \"reader\": %.6g, \"all\": %.6g, "
                "\"strtod\": %.6g}",
                first ? "" : ",", name, length, n, reader, all, loop);
    free(values);
    free(numbers);
    free(text);
}

static bool write_generated(cef_context *ctx, cef_index n_bus, const char *path)
{
    const cef_grid_options options = {sizeof options, 1, n_bus, CEF_GRID_TRANSMISSION, CEF_NUMBERING_NATURAL, 0};
    cef_error error = {.struct_size = sizeof error};
    cef_grid *grid = NULL;
    cef_case *c = NULL;
    const bool ok = !cef_grid_create(ctx, &options, &grid, &error) &&
                    !cef_case_from_grid(ctx, grid, "generated", &c, &error) && !cef_case_write(c, path, &error);
    if (!ok)
        fprintf(stderr, "bench: generated .m left out: %s %s\n", error.code, error.message);
    cef_case_destroy(c);
    cef_grid_destroy(grid);
    return ok;
}

int main(int argc, char **argv)
{
    const bench_options o = bench_parse(argc, argv);
    const char *folder = getenv("LIBCEF_CASES"), *generated = "bench_generated.m";
    char path[4096];
    cef_context *ctx = NULL;
    if (cef_context_create(NULL, &ctx, NULL))
        bench_fail("context", NULL);
    FILE *json = bench_open(&o, "bench_reader");
    if (json)
        fprintf(json, ",\n \"cases\": [");
    const bool with_file = folder && snprintf(path, sizeof path, "%s/case_ACTIVSg10k.m", folder) > 0;
    if (with_file)
        measure(json, ctx, "case_ACTIVSg10k.m", path, o.repetitions, true);
    if (write_generated(ctx, 100000, generated)) {
        measure(json, ctx, "generated, 100000 buses", generated, o.repetitions, !with_file);
        remove(generated);
    }
    if (json && (fprintf(json, "]}\n") < 0 || fclose(json)))
        bench_fail(o.json, NULL);
    cef_context_destroy(ctx);
    return 0;
}
