/* SPDX-License-Identifier: Apache-2.0 */
#include "tools.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

void bench_fail(const char *what, const cef_error *error)
{
    fprintf(stderr, "bench: %s: %s %s\n", what, error ? error->code : "", error ? error->message : "failed");
    exit(1);
}

void *bench_array(size_t count, size_t size)
{
    const size_t bytes = (count * size + 64) & ~(size_t) 63;
    void *p = aligned_alloc(64, bytes);
    if (!p)
        bench_fail("no memory for the bench's own arrays", NULL);
    return memset(p, 0, bytes);
}

double *bench_table(size_t count)
{
    const size_t page = (size_t) 2 << 20, bytes = (count * sizeof(double) + page) & ~(page - 1);
    double *p = aligned_alloc(page, bytes);
    if (!p)
        bench_fail("no memory for the bench's own tables", NULL);
    (void) madvise(p, bytes, MADV_HUGEPAGE); /* where the system gives them */
    return memset(p, 0, bytes);
}

/* ---- time ---- */
double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

double median(const double *values, int n)
{
    double sorted[256];
    n = n < 256 ? n : 256;
    memcpy(sorted, values, (size_t) n * sizeof *values);
    qsort(sorted, (size_t) n, sizeof *sorted, by_value);
    return n % 2 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
}

/* ---- memory ---- */
static void *count_alloc(void *user, size_t size, size_t align)
{
    byte_count *count = user;
    void *p = aligned_alloc(align, (size + align - 1) / align * align);
    if (p) {
        count->alive += size;
        count->peak = count->alive > count->peak ? count->alive : count->peak;
    }
    return p;
}

static void count_free(void *user, void *ptr, size_t size)
{
    byte_count *count = user;
    if (ptr)
        count->alive -= size;
    free(ptr);
}

cef_allocator counting_allocator(byte_count *count) { return (cef_allocator){count_alloc, count_free, count}; }

double bench_large_pages(void)
{
    FILE *f = fopen("/proc/self/smaps_rollup", "r");
    char line[256];
    double all = 0.0, large = 0.0;
    while (f && fgets(line, sizeof line, f)) {
        (void) sscanf(line, "Rss: %lf", &all);
        (void) sscanf(line, "AnonHugePages: %lf", &large);
    }
    if (f)
        fclose(f);
    return all > 0.0 ? large / all : 0.0;
}

memory_stream stream_open(size_t bytes)
{
    memory_stream s = {.n = bytes / (3 * sizeof(double)) + 1};
    s.a = bench_array(s.n, sizeof *s.a);
    s.b = bench_array(s.n, sizeof *s.b);
    s.c = bench_array(s.n, sizeof *s.c);
    return s;
}

double stream_once(memory_stream *stream)
{
    double *restrict a = stream->a;
    const double *restrict b = stream->b, *restrict c = stream->c;
    const double start = seconds_now();
    for (size_t k = 0; k < stream->n; k++)
        a[k] = b[k] + 0.5 * c[k];
    __asm__ volatile("" : : "r"(a) : "memory");
    return seconds_now() - start;
}

void stream_close(memory_stream *stream)
{
    free(stream->a);
    free(stream->b);
    free(stream->c);
}

/* ---- options and heading ---- */
static void parse_sizes(bench_options *o, const char *text)
{
    o->n_sizes = 0;
    o->sizes_given = true;
    for (char *end = NULL; *text && o->n_sizes < 16; text = *end == ',' ? end + 1 : end) {
        o->sizes[o->n_sizes++] = (cef_index) strtod(text, &end);
        if (end == text)
            bench_fail("--sizes takes numbers such as 10000,100000", NULL);
    }
}

bench_options bench_parse(int argc, char **argv)
{
    bench_options o = {.revision = "unknown", .repetitions = 9, .sizes = {10000, 100000, 1000000}, .n_sizes = 3};
    for (int k = 1; k + 1 < argc; k += 2) {
        if (strcmp(argv[k], "--json") == 0)
            o.json = argv[k + 1];
        else if (strcmp(argv[k], "--revision") == 0)
            o.revision = argv[k + 1];
        else if (strcmp(argv[k], "--repetitions") == 0)
            o.repetitions = atoi(argv[k + 1]);
        else if (strcmp(argv[k], "--sizes") == 0)
            parse_sizes(&o, argv[k + 1]);
        else
            bench_fail("options: --json FILE --revision TEXT --repetitions N --sizes A,B", NULL);
    }
    if (argc % 2 == 0 || o.repetitions < 1 || o.repetitions > 255)
        bench_fail("options: --json FILE --revision TEXT --repetitions 1..255 --sizes A,B", NULL);
    return o;
}

static void cpu_model(char *model, size_t size)
{
    snprintf(model, size, "unknown processor");
    FILE *f = fopen("/proc/cpuinfo", "r");
    char line[512];
    while (f && fgets(line, sizeof line, f)) {
        char *colon = strchr(line, ':');
        if (colon && strncmp(line, "model name", 10) == 0) {
            snprintf(model, size, "%.*s", (int) strcspn(colon + 2, "\"\\\n"), colon + 2);
            break;
        }
    }
    if (f)
        fclose(f);
}

FILE *bench_open(const bench_options *options, const char *bench)
{
    char model[256];
    struct utsname os = {0};
    double load[3] = {0};
    cpu_model(model, sizeof model);
    uname(&os);
    getloadavg(load, 3);
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const double cache = (double) sysconf(_SC_LEVEL3_CACHE_SIZE) / 1048576.0;
    printf("%s: libcef %s (%s), %s\n", bench, cef_version_string(), options->revision, cef_build_info());
    printf("%s %s, %s, %ld cores, level 3 cache %.0f MiB, load %.1f; compiler %s; medians of %d\n", os.sysname,
           os.machine, model, cores, cache, load[0], __VERSION__, options->repetitions);
    FILE *json = options->json ? fopen(options->json, "w") : NULL;
    if (options->json && !json)
        bench_fail(options->json, NULL);
    if (json)
        fprintf(
            json,
            "{\"bench\": \"%s\", \"version\": \"%s\", \"revision\": \"%s\", \"build\": \"%s\", \"system\": \"%s %s\",\n"
            " \"processor\": \"%s\", \"cores\": %ld, \"level3_mib\": %.1f, \"load\": %.2f, \"compiler\": \"%s\", "
            "\"repetitions\": %d",
            bench, cef_version_string(), options->revision, cef_build_info(), os.sysname, os.machine, model, cores,
            cache, load[0], __VERSION__, options->repetitions);
    return json;
}
