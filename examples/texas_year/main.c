/* SPDX-License-Identifier: Apache-2.0 */
/* texas_year [--hours N] [--dc] [--threads N] [--case FILE.m] [--scenarios FILE.m] [--generated] [--plain] */
#include "year.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

bool fail(const char *what, const cef_error *error)
{
    fprintf(stderr, "texas_year: %s: %s [%s]\n", what, error->message, error->code);
    return false;
}

bool fail_at(const char *path, int line, const char *reason)
{
    if (line > 0)
        fprintf(stderr, "texas_year: %s:%d: %s\n", path, line, reason);
    else
        fprintf(stderr, "texas_year: %s: %s\n", path, reason);
    return false;
}

void *take(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory) {
        fputs("texas_year: out of memory\n", stderr);
        exit(4);
    }
    return memory;
}

double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* ---- the command line ---- */

static bool is_file(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file)
        fclose(file);
    return file != NULL;
}

/* The case and its hours where LIBCEF_CASES has them. */
static void find_case(year_options *o)
{
    static char paths[2][4096];
    static const char *const names[2] = {"case_ACTIVSg2000.m", "scenarios_ACTIVSg2000.m"};
    const char *folder = getenv("LIBCEF_CASES");
    for (int k = 0; folder && k < 2; k++) {
        snprintf(paths[k], sizeof paths[k], "%s/%s", folder, names[k]);
        if (!is_file(paths[k]))
            return;
    }
    if (folder)
        o->case_path = paths[0], o->scenarios_path = paths[1];
}

static int usage(int status)
{
    fputs("usage: texas_year [options]\n"
          "  --hours N          the first N hours only\n"
          "  --dc               DC power flow instead of AC\n"
          "  --threads N        for the power flow and the trace; 2\n"
          "  --case FILE.m      a MATPOWER case with gencost and genfuel; $LIBCEF_CASES/case_ACTIVSg2000.m if it is "
          "there\n"
          "  --scenarios FILE.m its hours: a change table of area loads; $LIBCEF_CASES/scenarios_ACTIVSg2000.m\n"
          "  --generated        a synthetic grid of 2 000 buses and a made-up load curve, whatever is there\n"
          "  --plain            no pictures\n",
          status ? stderr : stdout);
    return status;
}

static bool number(const char *text, int least, int most, int *out)
{
    char *end = NULL;
    const long value = strtol(text, &end, 10);
    *out = (int) value;
    return *text && !*end && value >= least && value <= most;
}

static bool read_options(int argc, char **argv, year_options *o)
{
    bool generated = false;
    *o = (year_options){.threads = 2, .picture = true};
    for (int k = 1; k < argc; k++) {
        const char *word = argv[k], *value = k + 1 < argc ? argv[k + 1] : "";
        if (strcmp(word, "--dc") == 0)
            o->dc = true;
        else if (strcmp(word, "--generated") == 0)
            generated = true;
        else if (strcmp(word, "--plain") == 0)
            o->picture = false;
        else if (strcmp(word, "--hours") == 0 && number(value, 1, 1000000, &o->hours))
            k++;
        else if (strcmp(word, "--threads") == 0 && number(value, 1, 256, &o->threads))
            k++;
        else if (strcmp(word, "--case") == 0 && *value)
            o->case_path = argv[++k];
        else if (strcmp(word, "--scenarios") == 0 && *value)
            o->scenarios_path = argv[++k];
        else
            return false;
    }
    if (!generated && !o->case_path && !o->scenarios_path)
        find_case(o);
    return !generated || (!o->case_path && !o->scenarios_path);
}

/* ---- the year ---- */

static bool solve_year(const year_options *o, const year_grid *grid, const year_profile *profile,
                       const year_dispatch *dispatch, flow_findings *flows, year_trace *trace)
{
    year_block block = block_open(grid);
    bool good = true;
    for (block.first = 0; good && block.first < profile->hours; block.first += BLOCK) {
        const int left = profile->hours - block.first;
        block.count = left < BLOCK ? left : BLOCK;
        good = flows_solve(o, grid, profile, dispatch, &block, flows) && trace_block(grid, &block, trace);
    }
    block_close(&block);
    return good;
}

int main(int argc, char **argv)
{
    year_options o;
    if (argc > 1 && strcmp(argv[1], "--help") == 0)
        return usage(0);
    if (!read_options(argc, argv, &o))
        return usage(2);
    year_grid grid = {0};
    year_profile profile = {0};
    year_dispatch dispatch = {0};
    flow_findings flows = {0};
    year_trace trace = {0};
    stage_seconds seconds = {.total = -now()};
    seconds.grid = -now();
    bool good = grid_open(&o, &grid);
    seconds.grid += now(), seconds.profile = -now();
    good = good && profile_open(&o, &grid, &profile);
    seconds.profile += now(), seconds.dispatch = -now();
    good = good && dispatch_open(&o, &grid, &profile, &dispatch);
    seconds.dispatch += now();
    good = good && trace_open(&o, &grid, profile.hours, &trace);
    good = good && solve_year(&o, &grid, &profile, &dispatch, &flows, &trace);
    seconds.total += now();
    if (good)
        report(&o, &grid, &profile, &dispatch, &flows, &trace, &seconds);
    const int status = !good ? 1 : trace.certified ? 0 : 5;
    trace_close(&trace);
    dispatch_close(&dispatch);
    profile_close(&profile);
    grid_close(&grid);
    return status;
}
