/* SPDX-License-Identifier: Apache-2.0 */
/* Four days of quarter hours: side by side, one by one, by KLU, and what moving their bytes through memory takes. No
 * block of periods has the directions of the one before, so that each is analysed anew: its time is part of what is
 * reported, but for the ways that say otherwise. KLU writes what it is compared with, and all read and write the same
 * tables, in large pages where the system gives them.
 */
#include <stdlib.h>
#include <string.h>

#include "batch_bench.h"

static cef_batch_result result_open(const cef_network_data *net, bool all)
{
    const size_t bus = PERIODS * (size_t) net->n_bus, branch = PERIODS * (size_t) net->n_branch;
    cef_batch_result r = {.struct_size = sizeof r, .bus_intensity = bench_table(bus)};
    if (!all)
        return r;
    r.bus_throughput = bench_table(bus);
    r.branch_carbon_from = bench_table(branch);
    r.branch_carbon_to = bench_table(branch);
    r.branch_carbon_loss = bench_table(branch);
    r.gen_carbon = bench_table(PERIODS * (size_t) net->n_gen);
    r.load_carbon = bench_table(PERIODS * (size_t) net->n_load);
    return r;
}

static void result_close(cef_batch_result *r)
{
    double *arrays[] = {r->bus_intensity,      r->bus_throughput, r->branch_carbon_from, r->branch_carbon_to,
                        r->branch_carbon_loss, r->gen_carbon,     r->load_carbon};
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++)
        free(arrays[k]);
}

/* ---- one way to solve a set ---- */

typedef struct {
    const char *name;
    cef_batch_options options;
    bool all;  /* outputs */
    bool same; /* directions as the call before */
} way;

static const way ways[] = {
    {"side by side, intensities", {.threads = 1}, false, false},
    {"side by side, all outputs", {.threads = 1}, true, false},
    {"  directions of the call before, intensities", {.threads = 1}, false, true},
    {"  directions of the call before, all outputs", {.threads = 1}, true, true},
    {"blocks of half, intensities", {.periods_per_block = PERIODS / 2}, false, false},
    {"blocks of half, intensities, 2 threads", {.threads = 2, .periods_per_block = PERIODS / 2}, false, false},
    {"blocks of half, all outputs", {.periods_per_block = PERIODS / 2}, true, false},
    {"blocks of half, all outputs, 2 threads", {.threads = 2, .periods_per_block = PERIODS / 2}, true, false},
    {"one by one, intensities", {.engine = CEF_BATCH_SINGLE}, false, false},
    {"one by one, all outputs", {.engine = CEF_BATCH_SINGLE}, true, false}};
enum { WAYS = sizeof ways / sizeof ways[0], SAME_ALL = 3 };

static cef_batch *open_batch(cef_context *ctx, cef_network *net, cef_batch_options options)
{
    cef_error error = {.struct_size = sizeof error};
    cef_batch *batch = NULL;
    options.struct_size = sizeof options;
    if (cef_batch_create(ctx, net, NULL, &options, &batch, &error))
        bench_fail("batch", &error);
    return batch;
}

/* Seconds a snapshot. */
static double run_batch(cef_batch *batch, const bench_days *d, int number, cef_batch_result *result,
                        cef_batch_info *info)
{
    cef_error error = {.struct_size = sizeof error};
    const cef_batch_data data = {.struct_size = sizeof data,
                                 .branch_p_from = d->p_from[number],
                                 .branch_p_to = d->p_to[number],
                                 .gen_p = d->gen_p,
                                 .gen_intensity = d->base.gen_intensity,
                                 .load_p = d->load_p,
                                 .n_periods = PERIODS,
                                 .fixed = CEF_BATCH_FIXED_GEN_INTENSITY};
    *info = (cef_batch_info){.struct_size = sizeof *info};
    if (cef_batch_solve(batch, &data, result, info, &error))
        bench_fail("batch", &error);
    return info->seconds / PERIODS;
}

/* KLU on one of the snapshots, then refactored. */
static void run_klu(klu_method *m, const bench_days *d, cef_solution *out, int turn, double *full, double *again)
{
    cef_snapshot now = d->base;
    const size_t t = (size_t) (turn * 7) % PERIODS;
    now.branch_p_from = d->p_from[0] + t * (size_t) d->net.n_branch;
    now.branch_p_to = d->p_to[0] + t * (size_t) d->net.n_branch;
    now.gen_p = d->gen_p + t * (size_t) d->net.n_gen;
    now.load_p = d->load_p + t * (size_t) d->net.n_load;
    double start = seconds_now();
    klu_full(m, &now, out);
    *full = seconds_now() - start;
    start = seconds_now();
    if (!klu_again(m, &now, out))
        bench_fail("klu refactor", NULL);
    *again = seconds_now() - start;
}

/* ---- the stream: what has to move, moved by a triad ---- */

static double bytes_of(const cef_network_data *net, bool all)
{
    const double bus = net->n_bus, branch = net->n_branch, units = (double) net->n_gen + net->n_load;
    const double in = 2 * branch + units, out = bus + (all ? bus + 3 * branch + units : 0.0);
    return (in + out) * sizeof(double);
}

/* ---- all in turns: what disturbs the machine for a while disturbs each alike ---- */

enum { MOST_TURNS = 31 }; /* times WAYS: what median() takes */

typedef struct {
    double full[2][MOST_TURNS * WAYS], again[2][MOST_TURNS * WAYS]; /* KLU, [all outputs], s a snapshot */
    double stream[2][2][MOST_TURNS];                                /* [all outputs][two threads], s a snapshot */
    double way[WAYS][MOST_TURNS];
} timings;

typedef struct {
    cef_batch *batch[WAYS];
    klu_method klu;
    cef_batch_result out[2]; /* [all outputs]: of both the same arrays */
    cef_solution klu_room, klu_out[2];
} methods;

static methods methods_open(cef_context *ctx, cef_network *net, const cef_network_data *table)
{
    methods m = {.klu = klu_open(table, (klu_choice){false, false}), .klu_room = outputs_open(table, false)};
    for (int k = 0; k < WAYS; k++)
        m.batch[k] = open_batch(ctx, net, ways[k].options);
    m.out[1] = result_open(table, true);
    m.out[0] = (cef_batch_result){.struct_size = sizeof m.out[0], .bus_intensity = m.out[1].bus_intensity};
    m.klu_out[1] = m.klu_room;
    m.klu_out[1].bus_imbalance = NULL; /* a batch says the worst one */
    m.klu_out[0] = (cef_solution){.struct_size = sizeof m.klu_out[0], .bus_intensity = m.klu_room.bus_intensity};
    return m;
}

static void methods_close(methods *m)
{
    for (int k = 0; k < WAYS; k++)
        cef_batch_destroy(m->batch[k]);
    result_close(&m->out[1]);
    klu_close(&m->klu);
    outputs_close(&m->klu_room);
}

/* Before a turn both sets are solved once, unmeasured: on a virtual machine the first use of a page that nobody used
 * for seconds costs half a microsecond, 200 us a snapshot of 100 000 buses, and would be paid by whoever comes first.
 */
static void take_turn(methods *m, const bench_days *d, int turn, timings *s, cef_batch_info *info)
{
    const int at = turn < 0 ? 0 : turn; /* the first one warms up */
    (void) run_batch(m->batch[SAME_ALL], d, (turn + 1) % SETS, &m->out[1], &info[0]);
    (void) run_batch(m->batch[SAME_ALL], d, 0, &m->out[1], &info[0]);
    for (int k = 0; k < WAYS; k++) {
        const int sample = at * WAYS + k;
        for (int all = 0; all < 2; all++)
            run_klu(&m->klu, d, &m->klu_out[all], sample, &s->full[all][sample], &s->again[all][sample]);
        s->way[k][at] = run_batch(m->batch[k], d, ways[k].same ? 0 : (turn + 1) % SETS, &m->out[ways[k].all], &info[k]);
    }
    for (int k = 0; k < 4; k++) /* a day's bytes */
        s->stream[k / 2][k % 2][at] = stream_shared(DAY * bytes_of(&d->net, k / 2), 1 + k % 2) / DAY;
}

static void measure(cef_context *ctx, const bench_days *d, int turns, timings *s, cef_batch_info *info)
{
    cef_error error = {.struct_size = sizeof error};
    cef_network *net = NULL;
    if (cef_network_create(ctx, &d->net, &net, &error))
        bench_fail("network", &error);
    methods m = methods_open(ctx, net, &d->net);
    for (int turn = -1; turn < turns; turn++)
        take_turn(&m, d, turn, s, info);
    methods_close(&m);
    cef_network_destroy(net);
}

/* ---- the report ---- */

typedef struct {              /* medians, s a snapshot; [all outputs] */
    double full[2], again[2]; /* KLU */
    double stream[2][2];      /* [all outputs][two threads] */
} yardsticks;

static yardsticks yardsticks_of(const timings *s, int turns)
{
    yardsticks y;
    for (int all = 0; all < 2; all++) {
        y.full[all] = median(s->full[all], turns * WAYS);
        y.again[all] = median(s->again[all], turns * WAYS);
        for (int k = 0; k < 2; k++)
            y.stream[all][k] = median(s->stream[all][k], turns);
    }
    return y;
}

/* Beside KLU with the same outputs. */
static void report(const char *what, double seconds, const yardsticks *y, bool all, double stream)
{
    printf("  %-46s %9.1f us a snapshot   %6.1f x KLU full   %6.1f x KLU refactor", what, 1e6 * seconds,
           y->full[all] / seconds, y->again[all] / seconds);
    if (stream > 0.0)
        printf("   %4.1f x the stream's time", seconds / stream);
    printf("\n");
}

static void report_yardsticks(const bench_days *d, const yardsticks *y, FILE *json)
{
    static const char *const outputs[2] = {"intensities", "all outputs"};
    printf(
        "%d buses, %d branches, %.1f %% turn round in a step; other directions than in the call before: %.2f %%, than "
        "in the half before: %.2f %%\n",
        d->net.n_bus, d->net.n_branch, 100.0 * d->reversed, 100.0 * d->changed[0], 100.0 * d->changed[1]);
    for (int all = 0; all < 2; all++) {
        printf("  KLU writes %s: analyse, factor, solve %.1f us, refactor, solve %.1f us\n", outputs[all],
               1e6 * y->full[all], 1e6 * y->again[all]);
        printf("  stream, %.0f bytes a bus: %.1f us, two threads %.1f, gain %.2f\n",
               bytes_of(&d->net, all) / d->net.n_bus, 1e6 * y->stream[all][0], 1e6 * y->stream[all][1],
               y->stream[all][0] / y->stream[all][1]);
    }
    if (json)
        fprintf(json,
                "\n  {\"buses\": %d, \"klu_full_s\": [%.9g, %.9g], \"klu_refactor_s\": [%.9g, %.9g], "
                "\"stream_s\": [%.9g, %.9g], \"stream_two_threads_s\": [%.9g, %.9g]",
                d->net.n_bus, y->full[0], y->full[1], y->again[0], y->again[1], y->stream[0][0], y->stream[1][0],
                y->stream[0][1], y->stream[1][1]);
}

static void bench_case(cef_context *ctx, const trace_case *c, int turns, FILE *json)
{
    static timings s;
    bench_days d = days_open(c);
    double seconds[WAYS] = {0};
    cef_batch_info info[WAYS];
    measure(ctx, &d, turns, &s, info);
    const yardsticks y = yardsticks_of(&s, turns);
    report_yardsticks(&d, &y, json);
    for (int k = 0; k < WAYS; k++) {
        seconds[k] = median(s.way[k], turns);
        report(ways[k].name, seconds[k], &y, ways[k].all, y.stream[ways[k].all][ways[k].options.threads > 1]);
        if (json)
            fprintf(json, ", \"%s\": %.9g", ways[k].name, seconds[k]);
    }
    printf("  two threads gain %.2f (intensities), %.2f (all outputs)\n", seconds[4] / seconds[5],
           seconds[6] / seconds[7]);
    printf("  orders %d, one by one %d, failed %d, loops of a union %d, largest %d, bound %.1e, backward %.1e\n",
           info[0].n_orders, info[0].n_one_by_one, info[0].n_failed, info[0].n_blocks, info[0].largest_block,
           info[0].error_bound, info[0].backward_error);
    if (json)
        fprintf(json, "}");
    days_close(&d);
}

int main(int argc, char **argv)
{
    static const cef_index sizes[] = {13659, 100000}; /* a European grid; a large one */
    bench_options o = bench_parse(argc, argv);
    for (int k = 0; k < 2 && !o.sizes_given; k++)
        o.sizes[k] = sizes[k], o.n_sizes = k + 1;
    const int turns = o.repetitions > MOST_TURNS ? MOST_TURNS : o.repetitions;
    cef_context *ctx = NULL;
    if (cef_context_create(NULL, &ctx, NULL))
        bench_fail("context", NULL);
    FILE *json = bench_open(&o, "bench_batch");
    if (json)
        fprintf(json, ",\n \"cases\": [");
    for (int k = 0; k < o.n_sizes; k++) {
        if (o.sizes[k] > 100000)
            continue;
        trace_case c = case_generated(ctx, o.sizes[k], CEF_GRID_TRANSMISSION, CEF_NUMBERING_NATURAL);
        if (json && k > 0)
            fprintf(json, ",");
        bench_case(ctx, &c, turns, json);
        case_close(&c);
    }
    if (json) {
        fprintf(json, "]}\n");
        if (fclose(json))
            bench_fail(o.json, NULL);
    }
    cef_context_destroy(ctx);
    return 0;
}
