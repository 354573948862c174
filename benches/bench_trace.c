/* SPDX-License-Identifier: Apache-2.0 */
/* Tracing against KLU and against the memory: the figures of speed and memory. */
#include <stdlib.h>

#include "trace_bench.h"

#define MOST_CASES 40

/* Large grids are measured less often: one repetition of 1e6 buses takes seconds. At least 7. */
static int repetitions_of(const bench_options *o, const trace_case *c)
{
    const int fewer = c->net.n_bus >= 500000 ? o->repetitions / 2 : o->repetitions;
    return fewer >= 7 || o->repetitions < 7 ? fewer > 0 ? fewer : 1 : 7;
}

static int measure(FILE *json, const bench_options *o, trace_case *cases, trace_figures *figures, int n, trace_case c)
{
    if (n == MOST_CASES)
        bench_fail("too many sizes", NULL);
    figures[n] = trace_measure(&c, repetitions_of(o, &c));
    if (json)
        fprintf(json, n > 0 ? ",\n  " : "\n  ");
    report_case(json, &c, &figures[n]);
    cases[n] = c; /* closed: only its names and sizes are read from now on */
    case_close(&c);
    return n + 1;
}

int main(int argc, char **argv)
{
    static trace_case cases[MOST_CASES];
    static trace_figures figures[MOST_CASES];
    const bench_options o = bench_parse(argc, argv);
    cef_context *ctx = NULL;
    if (cef_context_create(NULL, &ctx, NULL))
        bench_fail("context", NULL);
    FILE *json = bench_open(&o, "bench_trace");
    if (json)
        fprintf(json, ",\n \"cases\": [");
    int n = 0;
    trace_case file;
    if (case_from_file(ctx, getenv("LIBCEF_CASES"), "case_ACTIVSg10k.m", &file))
        n = measure(json, &o, cases, figures, n, file);
    for (int k = 0; k < o.n_sizes; k++)
        for (int32_t numbering = CEF_NUMBERING_NATURAL; numbering <= CEF_NUMBERING_RANDOM; numbering++)
            n = measure(json, &o, cases, figures, n, case_generated(ctx, o.sizes[k], CEF_GRID_TRANSMISSION, numbering));
    if (json)
        fprintf(json, "]");
    report_growth(json, cases, figures, n);
    if (json) {
        fprintf(json, "}\n");
        if (fclose(json))
            bench_fail(o.json, NULL);
    }
    cef_context_destroy(ctx);
    return 0;
}
