/* SPDX-License-Identifier: Apache-2.0 */
/* Inside bench_trace: cases, what is measured of them, and how it is told. */
#ifndef CEF_BENCHES_TRACE_BENCH_H
#define CEF_BENCHES_TRACE_BENCH_H

#include <cef/case.h>

#include "klu_method.h"

/* Four operating points of one grid. The matrix and the directions of b are those of a; every power of b is 1.25 times
 * a's. In `against` every power has the other sign: after it has been solved, no order kept for a is of use. In
 * `reversed` up to one branch in a thousand carries a's power the other way, at buses that no loop can reach. */
typedef struct {
    const char *name, *numbering;
    cef_grid *grid; /* or */
    cef_case *file;
    cef_network_data net;
    cef_snapshot a, b, against, reversed;
} trace_case;
trace_case case_generated(cef_context *ctx, cef_index n_bus, int32_t kind, int32_t numbering);
bool case_from_file(cef_context *ctx, const char *folder, const char *file, trace_case *out); /* false: not there */
void case_close(trace_case *c);

cef_solution outputs_open(const cef_network_data *net, bool certificate);
void outputs_close(cef_solution *out);

enum {
    COLD,      /* libcef after an order that is of no use; certificate */
    WARM,      /* libcef, directions kept; certificate */
    REPAIRED,  /* libcef, one branch in a thousand reversed since the last solve; certificate */
    COLD_BARE, /* the same without certificate: info and bus_error_bound not wanted */
    WARM_BARE,
    KLU_FULL,
    KLU_AGAIN, /* refactor + solve */
    STREAM,
    N_TIMED
};

typedef struct {
    double time[N_TIMED];                 /* s, medians */
    double create_network, create_solver; /* s */
    double bytes_per_element;             /* peak of context allocations / (buses + branches) */
    double stream_bytes, disagreement;
    double large_pages; /* part of the memory of all methods and columns */
    cef_solve_info info;
    int reused_repaired;
    cef_index n_reversed;
    klu_choice klu_cold, klu_warm; /* the fastest of the four */
    int klu_fill;                  /* entries of KLU's factors */
    int reused_cold, reused_warm;  /* info.order_reused seen */
} trace_figures;
trace_figures trace_measure(const trace_case *c, int repetitions);

void report_case(FILE *json, const trace_case *c, const trace_figures *f);
void report_growth(FILE *json, const trace_case *cases, const trace_figures *figures, int n);

#endif /* CEF_BENCHES_TRACE_BENCH_H */
