/* SPDX-License-Identifier: Apache-2.0 */
/* A year by the command: cef series on 35 040 quarters of an hour of a generated grid, against reading its profiles and
 * writing as many bytes as its arrays have, once, both to the disk. Also its peak memory for a day and for the year. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cef/case.h>

#include "tools.h"

enum { YEAR = 35040, DAY = 96, PIECE = 1 << 20, PATH = 1024, MOST_REPETITIONS = 3 };
#define FOLDER "series_files"

typedef struct {
    const char *name;
    cef_index columns;
} file_shape;

/* ---- profiles ---- */

typedef struct {
    cef_network_data net;
    cef_snapshot base;
    bool *turns, *turned; /* [n_branch] between two buses that generate: either way leaves both a source */
    uint64_t dice;
} profiles;

static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void choose_turning(profiles *p)
{
    bool *runs = bench_array((size_t) p->net.n_bus, sizeof *runs);
    p->turns = bench_array((size_t) p->net.n_branch, sizeof *p->turns);
    p->turned = bench_array((size_t) p->net.n_branch, sizeof *p->turned);
    for (cef_index k = 0; k < p->net.n_gen; k++)
        runs[p->net.gen_bus[k]] |= p->base.gen_p[k] > 0.0;
    for (cef_index b = 0; b < p->net.n_branch; b++)
        p->turns[b] = runs[p->net.branch_from[b]] && runs[p->net.branch_to[b]];
    free(runs);
}

static void put(FILE *f, const void *bytes, size_t n)
{
    if (fwrite(bytes, 1, n, f) != n)
        bench_fail("writing a profile failed", NULL);
}

static FILE *npy_begin(const char *name, cef_index columns)
{
    char path[PATH], header[129], text[128];
    snprintf(path, sizeof path, FOLDER "/in/%s.npy", name);
    FILE *f = fopen(path, "wb");
    if (!f)
        bench_fail(path, NULL);
    const int used = snprintf(text, sizeof text, "{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }", YEAR,
                              (int) columns);
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\0\x76\0", 10);
    memcpy(header + 10, text, (size_t) used);
    header[127] = '\n';
    put(f, header, 128);
    return f;
}

static void put_row(FILE *f, double *row, const double *base, const bool *swap, const double *other, cef_index n,
                    double factor)
{
    for (cef_index k = 0; k < n; k++)
        row[k] = factor * (swap && swap[k] ? other[k] : base[k]);
    put(f, row, (size_t) n * sizeof *row);
}

/* Daily and yearly waves; branches that may turn do so with probability 0.2 a step. */
static void write_profiles(profiles *p)
{
    const cef_network_data *net = &p->net;
    double *row = bench_array((size_t) net->n_branch + (size_t) net->n_gen + (size_t) net->n_load, sizeof *row);
    FILE *from = npy_begin("branch_p_from", net->n_branch), *to = npy_begin("branch_p_to", net->n_branch);
    FILE *gen = npy_begin("gen_p", net->n_gen), *load = npy_begin("load_p", net->n_load);
    for (int t = 0; t < YEAR; t++) {
        const double turn = 6.283185307179586 * t;
        const double factor = 0.7 + 0.2 * sin(turn / DAY) + 0.1 * cos(turn / YEAR);
        for (cef_index b = 0; b < net->n_branch; b++)
            p->turned[b] ^= p->turns[b] && next(&p->dice) % 5 == 0;
        put_row(from, row, p->base.branch_p_from, p->turned, p->base.branch_p_to, net->n_branch, factor);
        put_row(to, row, p->base.branch_p_to, p->turned, p->base.branch_p_from, net->n_branch, factor);
        put_row(gen, row, p->base.gen_p, NULL, NULL, net->n_gen, factor);
        put_row(load, row, p->base.load_p, NULL, NULL, net->n_load, factor);
    }
    if (fclose(from) || fclose(to) || fclose(gen) || fclose(load))
        bench_fail("writing a profile failed", NULL);
    free(row);
}

/* ---- the plain stream ---- */

static void write_piece(int fd, const char *piece, size_t n)
{
    for (size_t done = 0; done < n;) {
        const ssize_t put_now = write(fd, piece + done, n - done);
        if (put_now <= 0)
            bench_fail("writing the stream failed", NULL);
        done += (size_t) put_now;
    }
}

static double read_file(const char *name, char *piece)
{
    char path[PATH];
    double bytes = 0;
    snprintf(path, sizeof path, FOLDER "/in/%s.npy", name);
    const int fd = open(path, O_RDONLY);
    for (ssize_t got = fd < 0 ? -1 : 1; got != 0; bytes += (double) got)
        if ((got = read(fd, piece, PIECE)) < 0)
            bench_fail(path, NULL);
    close(fd);
    return bytes;
}

static double write_file(const char *name, double bytes, const char *piece)
{
    char path[PATH];
    snprintf(path, sizeof path, FOLDER "/stream/%s", name);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        bench_fail(path, NULL);
    for (double left = bytes; left > 0; left -= PIECE)
        write_piece(fd, piece, left < PIECE ? (size_t) left : PIECE);
    if (fsync(fd) || close(fd))
        bench_fail(path, NULL);
    return bytes;
}

/* Seconds to read the profiles and to write and sync as many bytes as the arrays hold. */
static double stream_files(const file_shape *in, int n_in, const file_shape *out, int n_out, double *bytes)
{
    char *piece = bench_array(PIECE, 1);
    const double start = seconds_now();
    *bytes = 0;
    for (int k = 0; k < n_in; k++)
        *bytes += read_file(in[k].name, piece);
    for (int k = 0; k < n_out; k++)
        *bytes += write_file(out[k].name, 8.0 * YEAR * (double) out[k].columns, piece);
    free(piece);
    return seconds_now() - start;
}

/* ---- the command ---- */

typedef struct {
    double seconds, peak_mib;
} run_cost;

static run_cost run_command(const char *command, const char *threads, const char *rows)
{
    struct rusage usage = {0};
    int status = 0;
    const double start = seconds_now();
    const pid_t child = fork();
    if (child == 0) {
        execl(command, command, "series", FOLDER "/grid.yaml", "--profiles", FOLDER "/in", "-o", FOLDER "/out",
              "--threads", threads, "--balance-tol", "1e6", "--start", "2016-01-01T00:00:00Z", "--overwrite",
              rows ? "--rows" : NULL, rows, (char *) NULL);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0)
        bench_fail("cef series failed", NULL);
    return (run_cost){seconds_now() - start, (double) usage.ru_maxrss / 1024.0};
}

static void remove_folder(const char *name)
{
    static const char *const files[] = {"branch_p_from.npy",
                                        "branch_p_to.npy",
                                        "gen_p.npy",
                                        "load_p.npy",
                                        "bus_intensity.npy",
                                        "load_carbon.npy",
                                        "branch_carbon_loss.npy",
                                        "period_status.npy",
                                        "summary.json",
                                        "manifest.json",
                                        "series.head",
                                        "series.sums",
                                        ".lock",
                                        "bus_intensity",
                                        "load_carbon",
                                        "branch_carbon_loss",
                                        "grid.yaml"};
    char path[PATH];
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        snprintf(path, sizeof path, "%s/%s", name, files[k]);
        (void) unlink(path);
    }
    (void) rmdir(name);
}

static void make_folder(const char *name)
{
    if (mkdir(name, 0777) && errno != EEXIST)
        bench_fail(name, NULL);
}

static void open_grid(profiles *p, cef_context *ctx, cef_grid **grid, cef_index n_bus)
{
    cef_case *c = NULL;
    cef_error error = {.struct_size = sizeof error};
    const cef_grid_options options = {.struct_size = sizeof options, .seed = 1, .n_bus = n_bus};
    *p = (profiles){.net = {.struct_size = sizeof p->net}, .base = {.struct_size = sizeof p->base}, .dice = 7};
    if (cef_grid_create(ctx, &options, grid, &error) || cef_grid_network(*grid, &p->net, &error) ||
        cef_grid_snapshot(*grid, &p->base, &error) || cef_case_from_grid(ctx, *grid, "year", &c, &error) ||
        cef_case_write(c, FOLDER "/grid.yaml", &error))
        bench_fail("making the grid failed", &error);
    cef_case_destroy(c);
    choose_turning(p);
}

static void measure(const profiles *p, const char *command, int repetitions, FILE *json)
{
    const cef_network_data *net = &p->net;
    const file_shape in[] = {{"branch_p_from", net->n_branch},
                             {"branch_p_to", net->n_branch},
                             {"gen_p", net->n_gen},
                             {"load_p", net->n_load}};
    const file_shape out[] = {
        {"bus_intensity", net->n_bus}, {"load_carbon", net->n_load}, {"branch_carbon_loss", net->n_branch}};
    double plain[MOST_REPETITIONS], one[MOST_REPETITIONS], two[MOST_REPETITIONS], bytes = 0, peak = 0;
    for (int k = 0; k < repetitions; k++) {
        remove_folder(FOLDER "/out");
        plain[k] = stream_files(in, 4, out, 3, &bytes);
        remove_folder(FOLDER "/stream");
        make_folder(FOLDER "/stream");
        one[k] = run_command(command, "1", NULL).seconds;
        remove_folder(FOLDER "/out");
        const run_cost cost = run_command(command, "2", NULL);
        two[k] = cost.seconds;
        peak = cost.peak_mib;
    }
    remove_folder(FOLDER "/out");
    const double day = run_command(command, "2", "0:192").peak_mib;
    const double stream = median(plain, repetitions), t1 = median(one, repetitions), t2 = median(two, repetitions);
    printf("  %d buses, %d periods, %.2f GB: stream %.2f s (%.2f GB/s)\n", (int) net->n_bus, YEAR, bytes * 1e-9, stream,
           bytes * 1e-9 / stream);
    printf("  cef series, 1 thread %6.2f s, %.2f times the stream, %.1f us a period\n", t1, t1 / stream,
           1e6 * t1 / YEAR);
    printf("  cef series, 2 threads %5.2f s, %.2f times the stream, %.1f us a period\n", t2, t2 / stream,
           1e6 * t2 / YEAR);
    printf("  peak memory, 2 threads: %.1f MiB for 192 periods, %.1f MiB for %d\n", day, peak, YEAR);
    if (json)
        fprintf(json,
                ",\n \"buses\": %d, \"periods\": %d, \"bytes\": %.0f, \"stream_seconds\": %.4f, \"one_thread\": %.4f, "
                "\"two_threads\": %.4f, \"peak_mib_192\": %.1f, \"peak_mib_year\": %.1f}\n",
                (int) net->n_bus, YEAR, bytes, stream, t1, t2, day, peak);
}

int main(int argc, char **argv)
{
    const bench_options options = bench_parse(argc, argv);
    const int repetitions = options.repetitions < MOST_REPETITIONS ? options.repetitions : MOST_REPETITIONS;
    FILE *json = bench_open(&options, "series");
    char command[PATH];
    const char *slash = strrchr(argv[0], '/');
    snprintf(command, sizeof command, "%.*scef", slash ? (int) (slash - argv[0] + 1) : 0, argv[0]);
    cef_context *ctx = NULL;
    cef_grid *grid = NULL;
    profiles p;
    if (cef_context_create(NULL, &ctx, NULL))
        bench_fail("no context", NULL);
    make_folder(FOLDER);
    make_folder(FOLDER "/in");
    make_folder(FOLDER "/stream");
    open_grid(&p, ctx, &grid, 2000);
    write_profiles(&p);
    measure(&p, command, repetitions, json);
    remove_folder(FOLDER "/in");
    remove_folder(FOLDER "/stream");
    remove_folder(FOLDER "/out");
    remove_folder(FOLDER);
    free(p.turns);
    free(p.turned);
    cef_grid_destroy(grid);
    cef_context_destroy(ctx);
    if (json && fclose(json))
        bench_fail(options.json, NULL);
    return 0;
}
