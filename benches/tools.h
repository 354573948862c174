/* SPDX-License-Identifier: Apache-2.0 */
/* What every bench needs: a clock, medians, a counting allocator, a memory stream, the machine's description. Benches
 * are programs: they print, and they end at the first thing that goes wrong. */
#ifndef CEF_BENCHES_TOOLS_H
#define CEF_BENCHES_TOOLS_H

#include <stdbool.h>
#include <stdio.h>

#include <cef/cef.h>

_Noreturn void bench_fail(const char *what, const cef_error *error); /* error may be NULL; exit 1 */
void *bench_array(size_t count, size_t size);                        /* cleared; 64-byte aligned */

/* A long table of rows, cleared, in large pages where the system gives them when asked, as numpy's arrays are. */
double *bench_table(size_t count);

double seconds_now(void); /* monotonic */
double median(const double *values, int n);

/* An allocator that knows how much is alive and how much ever was. */
typedef struct {
    size_t alive, peak;
} byte_count;
cef_allocator counting_allocator(byte_count *count);
/* The part of this process's memory that lies in large pages; 0 if the system does not tell. */
double bench_large_pages(void);

/* Seconds to move `bytes` through memory once: a triad, two parts read and one written. `rounds` medians. */
typedef struct {
    double *a, *b, *c;
    size_t n; /* of each */
} memory_stream;
memory_stream stream_open(size_t bytes);
double stream_once(memory_stream *stream);
void stream_close(memory_stream *stream);

/* Options every bench takes: --json FILE --revision TEXT --repetitions N --sizes A,B,.. */
typedef struct {
    const char *json, *revision;
    int repetitions;
    cef_index sizes[16];
    int n_sizes;
    bool sizes_given;
} bench_options;
bench_options bench_parse(int argc, char **argv);
/* Prints machine, compiler, revision and load; the same as the first members of the JSON object that is left open. */
FILE *bench_open(const bench_options *options, const char *bench);

#endif /* CEF_BENCHES_TOOLS_H */
