/* SPDX-License-Identifier: Apache-2.0 */
/* One case measured: all methods take turns in every repetition, each after an untimed run of its own, so that all of
 * them find their data as warm as the machine keeps it. */
#include <math.h>
#include <stdlib.h>

#include "trace_bench.h"

/* ---- libcef ---- */
typedef struct {
    cef_context *ctx;
    cef_network *net;
    cef_solver *solver;
    cef_solution full, bare;
} cef_method;

/* allocator: NULL for the default, with which times are measured. */
static void cef_open(cef_method *m, const trace_case *c, const cef_allocator *allocator, trace_figures *f)
{
    *m = (cef_method){.full = outputs_open(&c->net, true), .bare = outputs_open(&c->net, false)};
    const cef_context_options options = {.struct_size = sizeof options, .allocator = allocator};
    cef_settings settings;
    cef_settings_init(&settings, sizeof settings);
    settings.on_unfed_loop = CEF_UNFED_MARK; /* `against` may hold loops that nothing feeds */
    cef_error error = {.struct_size = sizeof error};
    if (cef_context_create(&options, &m->ctx, &error))
        bench_fail("context", &error);
    const double start = seconds_now();
    if (cef_network_create(m->ctx, &c->net, &m->net, &error))
        bench_fail("network", &error);
    const double middle = seconds_now();
    if (cef_solver_create(m->ctx, m->net, &settings, &m->solver, &error))
        bench_fail("solver", &error);
    f->create_solver = seconds_now() - middle;
    f->create_network = middle - start;
}

static void cef_close(cef_method *m)
{
    cef_solver_destroy(m->solver);
    cef_network_destroy(m->net);
    cef_context_destroy(m->ctx);
    outputs_close(&m->full);
    outputs_close(&m->bare);
}

/* All allocations are made at creation (tests/hotpath), so that nothing has to be solved. */
static double bytes_per_element(const trace_case *c)
{
    byte_count bytes = {0, 0};
    const cef_allocator counting = counting_allocator(&bytes);
    trace_figures unused;
    cef_method m;
    cef_open(&m, c, &counting, &unused);
    cef_close(&m);
    return (double) bytes.peak / ((double) c->net.n_bus + c->net.n_branch);
}

static double cef_once(cef_method *m, const cef_snapshot *now, cef_solution *out, cef_solve_info *info)
{
    cef_error error = {.struct_size = sizeof error};
    if (info)
        info->struct_size = sizeof *info;
    const double start = seconds_now();
    const cef_status status = cef_solver_solve(m->solver, now, out, info, &error);
    const double seconds = seconds_now() - start;
    if (status != CEF_OK && status != CEF_ERR_CERTIFICATE)
        bench_fail("solve", &error);
    return seconds;
}

/* ---- KLU ---- */
static double klu_full_once(klu_method *m, const cef_snapshot *now, cef_solution *out)
{
    const double start = seconds_now();
    klu_full(m, now, out);
    return seconds_now() - start;
}

static double klu_again_once(klu_method *m, const cef_snapshot *now, cef_solution *out)
{
    const double start = seconds_now();
    const bool same = klu_again(m, now, out);
    const double seconds = seconds_now() - start;
    if (!same)
        bench_fail("klu: the directions changed", NULL);
    return seconds;
}

/* KLU may choose: matrix or its transpose, scaled or not. Its fastest choice is its time, for each of its two uses. */
static void klu_choose(const trace_case *c, cef_solution *out, trace_figures *f)
{
    double best_full = INFINITY, best_again = INFINITY;
    for (int choice = 0; choice < 4; choice++) {
        const klu_choice now = {(choice & 1) != 0, (choice & 2) != 0};
        klu_method m = klu_open(&c->net, now);
        double full = INFINITY, again = INFINITY;
        for (int k = 0; k < 3; k++)
            full = fmin(full, klu_full_once(&m, &c->a, out));
        for (int k = 0; k < 3; k++)
            again = fmin(again, klu_again_once(&m, k % 2 ? &c->a : &c->b, out));
        if (full < best_full) {
            best_full = full;
            f->klu_cold = now;
        }
        if (again < best_again) {
            best_again = again;
            f->klu_warm = now;
        }
        f->klu_fill = m.numeric->lnz + m.numeric->unz;
        klu_close(&m);
    }
}

/* ---- figures ---- */
/* Worst |a - b| / max(|b|, 1 g/kWh). */
static double worst_difference(const double *a, const double *b, cef_index n)
{
    double worst = 0.0;
    for (cef_index k = 0; k < n; k++)
        if (!isnan(a[k]) && !isnan(b[k]))
            worst = fmax(worst, fabs(a[k] - b[k]) / fmax(fabs(b[k]), 1e-3));
    return worst;
}

/* The least that any method has to move: inputs and outputs once, and between them each transfer's power and its sender
 * (8 + 4 bytes) written once and read once, and each bus's carbon and intensity (8 + 8) written once and read once. */
static double least_bytes(const cef_network_data *net)
{
    const double branch_in = 2 * 8 + 2 * 4, gen_in = 8 + 8 + 4, load_in = 8 + 8 + 4;
    const double bus_out = 4 * 8, branch_out = 3 * 8, gen_out = 8, load_out = 8;
    const double branch_inside = 2 * 12, bus_inside = 2 * 16;
    return net->n_bus * (bus_out + bus_inside) + net->n_branch * (branch_in + branch_out + branch_inside) +
           net->n_gen * (gen_in + gen_out) + net->n_load * (load_in + load_out);
}

typedef struct {
    cef_method cef;
    klu_method cold, warm;
    cef_solution klu_out;
    memory_stream stream;
    double *seconds[N_TIMED];
} turn_taking;

static void take_turns(turn_taking *t, const trace_case *c, trace_figures *f, int k)
{
    cef_method *m = &t->cef;
    cef_solve_info cold = {0}, warm = {0}, repaired = {0};
    const cef_snapshot *first = k % 2 ? &c->b : &c->a, *second = k % 2 ? &c->a : &c->b;
    cef_once(m, &c->against, &m->full, &cold);
    t->seconds[COLD][k] = cef_once(m, &c->a, &m->full, &cold);
    cef_once(m, first, &m->full, &warm);
    t->seconds[WARM][k] = cef_once(m, second, &m->full, &warm);
    t->seconds[REPAIRED][k] = cef_once(m, &c->reversed, &m->full, &repaired);
    cef_once(m, &c->against, &m->bare, NULL);
    t->seconds[COLD_BARE][k] = cef_once(m, &c->a, &m->bare, NULL);
    cef_once(m, first, &m->bare, NULL);
    t->seconds[WARM_BARE][k] = cef_once(m, second, &m->bare, NULL);
    klu_full(&t->cold, &c->a, &t->klu_out);
    t->seconds[KLU_FULL][k] = klu_full_once(&t->cold, &c->a, &t->klu_out);
    klu_again(&t->warm, first, &t->klu_out);
    t->seconds[KLU_AGAIN][k] = klu_again_once(&t->warm, second, &t->klu_out);
    stream_once(&t->stream);
    t->seconds[STREAM][k] = stream_once(&t->stream);
    f->info = warm;
    f->reused_cold = cold.order_reused;
    f->reused_warm = warm.order_reused;
    f->reused_repaired = repaired.order_reused;
    f->n_reversed = repaired.n_order_changes;
    f->disagreement =
        fmax(f->disagreement, worst_difference(t->klu_out.bus_intensity, m->bare.bus_intensity, c->net.n_bus));
}

trace_figures trace_measure(const trace_case *c, int repetitions)
{
    trace_figures f = {.stream_bytes = least_bytes(&c->net)};
    turn_taking t = {.klu_out = outputs_open(&c->net, false), .stream = stream_open((size_t) f.stream_bytes)};
    klu_choose(c, &t.klu_out, &f);
    t.cold = klu_open(&c->net, f.klu_cold);
    t.warm = klu_open(&c->net, f.klu_warm);
    klu_full(&t.warm, &c->a, &t.klu_out);
    cef_open(&t.cef, c, NULL, &f);
    for (int what = 0; what < N_TIMED; what++)
        t.seconds[what] = bench_array((size_t) repetitions, sizeof(double));
    for (int k = 0; k < repetitions; k++)
        take_turns(&t, c, &f, k);
    for (int what = 0; what < N_TIMED; what++) {
        f.time[what] = median(t.seconds[what], repetitions);
        free(t.seconds[what]);
    }
    f.large_pages = bench_large_pages();
    f.bytes_per_element = bytes_per_element(c);
    cef_close(&t.cef);
    klu_close(&t.cold);
    klu_close(&t.warm);
    outputs_close(&t.klu_out);
    stream_close(&t.stream);
    return f;
}
