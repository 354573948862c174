/* SPDX-License-Identifier: Apache-2.0 */
/* A day of 96 snapshots: side by side, one by one, by KLU, and what moving its bytes through memory takes. Powers
 * follow a daily profile; some branches, among the least loaded ones whose receiving bus keeps another source, turn
 * round with probability 0.25 a step: 2 % of all. No half day has the directions of the one before, so that each is
 * analysed anew: its time is part of what is reported, but for the way that says otherwise.
 */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "trace_bench.h"

enum { PERIODS = 96, HALF_DAY = 48, DAYS = 2 };

typedef struct {
    cef_network_data net;
    cef_snapshot base;
    double *p_from[DAYS], *p_to[DAYS], *gen_p, *load_p; /* [PERIODS][n] */
    double reversed;                                    /* share of the branches that turn round in a step */
} day;

typedef struct {
    double size;
    cef_index branch;
} candidate;

static int by_size(const void *a, const void *b)
{
    const candidate *one = a, *two = b;
    return (one->size > two->size) - (one->size < two->size);
}

static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Branches that may turn round and leave no bus without a source. */
static bool *choose_turning(const day *d)
{
    const cef_network_data *net = &d->net;
    bool *turns = bench_array((size_t) net->n_branch, sizeof *turns);
    int *sources = bench_array((size_t) net->n_bus, sizeof *sources);
    candidate *sorted = bench_array((size_t) net->n_branch, sizeof *sorted);
    for (cef_index k = 0; k < net->n_gen; k++)
        sources[net->gen_bus[k]] += d->base.gen_p[k] > 0.0;
    for (cef_index b = 0; b < net->n_branch; b++) {
        const double p = d->base.branch_p_from[b];
        sources[p > 0.0 ? net->branch_to[b] : net->branch_from[b]] += p != 0.0;
        sorted[b] = (candidate){fabs(d->base.branch_p_from[b]), b};
    }
    qsort(sorted, (size_t) net->n_branch, sizeof *sorted, by_size);
    for (cef_index k = 0, left = net->n_branch / 10; k < net->n_branch && left > 0; k++) {
        const cef_index b = sorted[k].branch;
        int *here = &sources[d->base.branch_p_from[b] > 0.0 ? net->branch_to[b] : net->branch_from[b]];
        if (sorted[k].size == 0.0 || *here < 2)
            continue;
        --*here;
        turns[b] = true;
        left--;
    }
    free(sources);
    free(sorted);
    return turns;
}

static double profile(size_t t) { return 0.75 + 0.25 * sin(6.283185307179586 * (double) t / PERIODS); }

static void fill_row(double *row, const double *base, cef_index n, double factor)
{
    for (cef_index k = 0; k < n; k++)
        row[k] = factor * base[k];
}

/* Of the branches that may, four in five turn in half a day, then others. */
static size_t fill_branches(day *d, int number, const bool *turns)
{
    const size_t branch = (size_t) d->net.n_branch;
    uint64_t state = 7 + (uint64_t) number;
    size_t n_reversed = 0;
    bool *turned = bench_array(branch, sizeof *turned), *now = bench_array(branch, sizeof *now);
    double *p_from = d->p_from[number] = bench_array(PERIODS * branch, sizeof(double));
    double *p_to = d->p_to[number] = bench_array(PERIODS * branch, sizeof(double));
    for (size_t t = 0; t < PERIODS; t++)
        for (size_t b = 0; b < branch; b++) {
            if (t % HALF_DAY == 0)
                now[b] = turns[b] && next(&state) % 5 != 0;
            const bool flip = now[b] && next(&state) % 4 == 0;
            turned[b] ^= flip;
            n_reversed += flip;
            p_from[t * branch + b] = profile(t) * (turned[b] ? d->base.branch_p_to[b] : d->base.branch_p_from[b]);
            p_to[t * branch + b] = profile(t) * (turned[b] ? d->base.branch_p_from[b] : d->base.branch_p_to[b]);
        }
    free(turned);
    free(now);
    return n_reversed;
}

static day day_open(const trace_case *c)
{
    day d = {.net = c->net, .base = c->a};
    const size_t gen = (size_t) c->net.n_gen, load = (size_t) c->net.n_load;
    d.gen_p = bench_array(PERIODS * gen, sizeof(double));
    d.load_p = bench_array(PERIODS * load, sizeof(double));
    for (size_t t = 0; t < PERIODS; t++) {
        fill_row(d.gen_p + t * gen, c->a.gen_p, c->net.n_gen, profile(t));
        fill_row(d.load_p + t * load, c->a.load_p, c->net.n_load, profile(t));
    }
    bool *turns = choose_turning(&d);
    size_t n_reversed = 0;
    for (int k = 0; k < DAYS; k++)
        n_reversed += fill_branches(&d, k, turns);
    d.reversed = (double) n_reversed / (DAYS * PERIODS * (double) c->net.n_branch);
    free(turns);
    return d;
}

static void day_close(day *d)
{
    for (int k = 0; k < DAYS; k++) {
        free(d->p_from[k]);
        free(d->p_to[k]);
    }
    free(d->gen_p);
    free(d->load_p);
}

static cef_batch_result result_open(const cef_network_data *net, bool all)
{
    const size_t bus = PERIODS * (size_t) net->n_bus, branch = PERIODS * (size_t) net->n_branch;
    cef_batch_result r = {.struct_size = sizeof r, .bus_intensity = bench_array(bus, sizeof(double))};
    if (!all)
        return r;
    r.bus_throughput = bench_array(bus, sizeof(double));
    r.branch_carbon_from = bench_array(branch, sizeof(double));
    r.branch_carbon_to = bench_array(branch, sizeof(double));
    r.branch_carbon_loss = bench_array(branch, sizeof(double));
    r.gen_carbon = bench_array(PERIODS * (size_t) net->n_gen, sizeof(double));
    r.load_carbon = bench_array(PERIODS * (size_t) net->n_load, sizeof(double));
    return r;
}

static void result_close(cef_batch_result *r)
{
    double *arrays[] = {r->bus_intensity,      r->bus_throughput, r->branch_carbon_from, r->branch_carbon_to,
                        r->branch_carbon_loss, r->gen_carbon,     r->load_carbon};
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++)
        free(arrays[k]);
}

/* ---- one way to solve the day ---- */

typedef struct {
    const char *name;
    cef_batch_options options;
    bool all;  /* outputs */
    bool same; /* directions as the day before */
} way;

static const way ways[] = {
    {"side by side, intensities", {.threads = 1}, false, false},
    {"side by side, all outputs", {.threads = 1}, true, false},
    {"  directions of the day before, intensities", {.threads = 1}, false, true},
    {"  directions of the day before, all outputs", {.threads = 1}, true, true},
    {"half days, intensities", {.periods_per_block = HALF_DAY}, false, false},
    {"half days, intensities, 2 threads", {.threads = 2, .periods_per_block = HALF_DAY}, false, false},
    {"half days, all outputs", {.periods_per_block = HALF_DAY}, true, false},
    {"half days, all outputs, 2 threads", {.threads = 2, .periods_per_block = HALF_DAY}, true, false},
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
static double run_batch(cef_batch *batch, const day *d, int number, cef_batch_result *result, cef_batch_info *info)
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

/* KLU on one of the day's snapshots, then refactored. */
static void run_klu(klu_method *m, const day *d, cef_solution *out, int turn, double *full, double *again)
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

typedef struct {
    memory_stream stream;
    pthread_barrier_t *together;
    int repetitions;
    double seconds; /* median */
} stream_job;

static void *run_stream(void *argument)
{
    stream_job *job = argument;
    double seconds[64] = {0};
    for (int k = 0; k < job->repetitions + 1; k++) {
        (void) pthread_barrier_wait(job->together);
        seconds[k > 0 ? k - 1 : 0] = stream_once(&job->stream);
    }
    job->seconds = median(seconds, job->repetitions);
    return NULL;
}

/* Seconds for the bytes of a day: one thread, or two that each move half of them. */
static double measure_stream(double bytes, int threads, int repetitions)
{
    stream_job job[2];
    pthread_t second;
    pthread_barrier_t together;
    (void) pthread_barrier_init(&together, NULL, (unsigned) threads);
    for (int k = 0; k < threads; k++)
        job[k] = (stream_job){stream_open((size_t) (bytes / threads)), &together, repetitions, 0.0};
    if (threads == 2 && pthread_create(&second, NULL, run_stream, &job[1]))
        bench_fail("a second thread", NULL);
    run_stream(&job[0]);
    if (threads == 2)
        (void) pthread_join(second, NULL);
    double slowest = 0.0;
    for (int k = 0; k < threads; k++) {
        slowest = job[k].seconds > slowest ? job[k].seconds : slowest;
        stream_close(&job[k].stream);
    }
    (void) pthread_barrier_destroy(&together);
    return slowest;
}

/* ---- all in turns: what disturbs the machine for a while disturbs each alike ---- */

enum { MOST_TURNS = 31 }; /* times WAYS: what median() takes */

typedef struct {
    double full[MOST_TURNS * WAYS], again[MOST_TURNS * WAYS]; /* KLU, s a snapshot */
    double stream[2][2][MOST_TURNS];                          /* [all outputs][two threads], s a snapshot */
    double way[WAYS][MOST_TURNS];
} timings;

/* Before a turn both days are solved once, unmeasured: on a virtual machine the first use of a page that nobody used
 * for seconds costs half a microsecond, 200 us a snapshot of 100 000 buses, and would be paid by whoever comes first.
 */
static void measure(cef_context *ctx, const trace_case *c, const day *d, int turns, timings *s, cef_batch_info *info)
{
    cef_error error = {.struct_size = sizeof error};
    cef_network *net = NULL;
    cef_batch *batch[WAYS] = {NULL};
    cef_solution out = outputs_open(&c->net, false);
    klu_method klu = klu_open(&c->net, (klu_choice){false, false});
    cef_batch_result all = result_open(&d->net, true);
    cef_batch_result intensities = {.struct_size = sizeof intensities, .bus_intensity = all.bus_intensity};
    if (cef_network_create(ctx, &d->net, &net, &error))
        bench_fail("network", &error);
    for (int k = 0; k < WAYS; k++)
        batch[k] = open_batch(ctx, net, ways[k].options);
    for (int turn = -1; turn < turns; turn++) { /* the first one warms up */
        const int at = turn < 0 ? 0 : turn;
        (void) run_batch(batch[SAME_ALL], d, (turn + 1) % DAYS, &all, &info[0]);
        (void) run_batch(batch[SAME_ALL], d, 0, &all, &info[0]);
        for (int k = 0; k < WAYS; k++) {
            run_klu(&klu, d, &out, at * WAYS + k, &s->full[at * WAYS + k], &s->again[at * WAYS + k]);
            s->way[k][at] = run_batch(batch[k], d, ways[k].same ? 0 : (turn + 1) % DAYS,
                                      ways[k].all ? &all : &intensities, &info[k]);
        }
        for (int k = 0; k < 4; k++)
            s->stream[k / 2][k % 2][at] = measure_stream(PERIODS * bytes_of(&c->net, k / 2), 1 + k % 2, 1) / PERIODS;
    }
    for (int k = 0; k < WAYS; k++)
        cef_batch_destroy(batch[k]);
    cef_network_destroy(net);
    result_close(&all);
    klu_close(&klu);
    outputs_close(&out);
}

/* ---- the report ---- */

typedef struct {         /* medians, s a snapshot */
    double full, again;  /* KLU */
    double stream[2][2]; /* [all outputs][two threads] */
} yardsticks;

static yardsticks yardsticks_of(const timings *s, int turns)
{
    yardsticks y = {.full = median(s->full, turns * WAYS), .again = median(s->again, turns * WAYS)};
    for (int k = 0; k < 4; k++)
        y.stream[k / 2][k % 2] = median(s->stream[k / 2][k % 2], turns);
    return y;
}

static void report(const char *what, double seconds, const yardsticks *y, double stream)
{
    printf("  %-42s %9.1f us a snapshot   %6.1f x KLU full   %6.1f x KLU refactor", what, 1e6 * seconds,
           y->full / seconds, y->again / seconds);
    if (stream > 0.0)
        printf("   %4.1f x the stream's time", seconds / stream);
    printf("\n");
}

static void report_yardsticks(const trace_case *c, const day *d, const yardsticks *y, FILE *json)
{
    printf("%d buses, %d branches, %.1f %% turn round in a step\n", c->net.n_bus, c->net.n_branch, 100.0 * d->reversed);
    report("KLU analyse, factor, solve", y->full, y, 0.0);
    report("KLU refactor, solve", y->again, y, 0.0);
    for (int all = 0; all < 2; all++)
        printf("  stream, %.0f bytes a bus %*s %9.1f us a snapshot, two threads %.1f, gain %.2f\n",
               bytes_of(&c->net, all) / c->net.n_bus, 18, all ? "(all outputs)" : "(intensities)",
               1e6 * y->stream[all][0], 1e6 * y->stream[all][1], y->stream[all][0] / y->stream[all][1]);
    if (json)
        fprintf(json,
                "\n  {\"buses\": %d, \"klu_full_s\": %.9g, \"klu_refactor_s\": %.9g, \"stream_s\": [%.9g, %.9g], "
                "\"stream_two_threads_s\": [%.9g, %.9g]",
                c->net.n_bus, y->full, y->again, y->stream[0][0], y->stream[1][0], y->stream[0][1], y->stream[1][1]);
}

static void bench_case(cef_context *ctx, const trace_case *c, int turns, FILE *json)
{
    static timings s;
    day d = day_open(c);
    double seconds[WAYS] = {0};
    cef_batch_info info[WAYS];
    measure(ctx, c, &d, turns, &s, info);
    const yardsticks y = yardsticks_of(&s, turns);
    report_yardsticks(c, &d, &y, json);
    for (int k = 0; k < WAYS; k++) {
        seconds[k] = median(s.way[k], turns);
        report(ways[k].name, seconds[k], &y, y.stream[ways[k].all][ways[k].options.threads > 1]);
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
    day_close(&d);
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
