/* SPDX-License-Identifier: Apache-2.0 */
/* Carbon meters in one process: what a round over all of a generated grid's meters takes beside moving their state once
 * through memory, and, where LIBCEF_CASES names a folder, how many rounds and messages exactness takes. No round is
 * left out: the first ones, in which meters look for loops and nobody is final, are shown one by one. */
#include <stdlib.h>

#include "meter_bench.h"

enum { FIRST = 12, MOST_REPETITIONS = 15, MOST_ROUNDS = 100000 };

typedef struct {
    cef_context *ctx;
    cef_grid *grid;
    cef_network *net;
    cef_meter_roll *roll;
    cef_meter_roll_info about;
    size_t state_bytes, promised_bytes; /* of all meters; the promise: 512 + 64 a link */
    memory_stream stream;
    cef_index n_bus;
    int repetitions, n_streams;
    double first[2][FIRST][MOST_REPETITIONS]; /* seconds: [0] exact, [1] plain relaxation */
    double streams[256];
    double whole; /* seconds of all rounds until all is certified */
    cef_meter_field_info done;
} subject;

static void measure_state(subject *s)
{
    cef_error error = {.struct_size = sizeof error};
    cef_meter_setup setup = {.struct_size = sizeof setup};
    for (cef_index bus = 0; bus < s->n_bus; bus++) {
        if (cef_meter_roll_setup(s->roll, bus, &setup, NULL, NULL, &error))
            bench_fail("setup", &error);
        s->state_bytes += cef_meter_state_size(setup.n_links);
        s->promised_bytes += 512 + 64 * (size_t) setup.n_links;
    }
}

static void subject_open(subject *s, cef_context *ctx, cef_index n_bus, int repetitions)
{
    cef_error error = {.struct_size = sizeof error};
    cef_network_data data = {.struct_size = sizeof data};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    const cef_grid_options options = {.struct_size = sizeof options, .seed = 1, .n_bus = n_bus};
    const int most = n_bus > 300000 ? 3 : MOST_REPETITIONS;
    *s = (subject){.ctx = ctx, .n_bus = n_bus, .repetitions = repetitions < most ? repetitions : most};
    s->about.struct_size = sizeof s->about;
    if (cef_grid_create(ctx, &options, &s->grid, &error) || cef_grid_network(s->grid, &data, &error) ||
        cef_grid_snapshot(s->grid, &snapshot, &error) || cef_network_create(ctx, &data, &s->net, &error) ||
        cef_meter_roll_create(ctx, s->net, NULL, &snapshot, &s->roll, &error) ||
        cef_meter_roll_describe(s->roll, &s->about, &error))
        bench_fail("generated grid", &error);
    measure_state(s);
    s->stream = stream_open(s->state_bytes);
}

static void subject_close(subject *s)
{
    stream_close(&s->stream);
    cef_meter_roll_destroy(s->roll);
    cef_network_destroy(s->net);
    cef_grid_destroy(s->grid);
}

static cef_meter_field *open_field(const subject *s, int relax)
{
    cef_error error = {.struct_size = sizeof error};
    cef_meter_field_options options;
    cef_meter_field *field = NULL;
    cef_meter_field_options_init(&options, sizeof options);
    options.relax_only = relax;
    if (cef_meter_field_create(s->ctx, s->roll, &options, &field, &error))
        bench_fail("field", &error);
    return field;
}

static double one_round(cef_meter_field *field)
{
    cef_error error = {.struct_size = sizeof error};
    const double start = seconds_now();
    if (cef_meter_field_run(field, 1, NULL, &error))
        bench_fail("round", &error);
    return seconds_now() - start;
}

static void time_first(subject *s, cef_meter_field *field, int relax, int repetition)
{
    for (int round = 0; round < FIRST; round++) {
        s->first[relax][round][repetition] = one_round(field);
        if (s->n_streams < 255 && round % 3 == 0)
            s->streams[s->n_streams++] = stream_once(&s->stream);
    }
}

/* All rounds of a new field until every value is certified. */
static void time_whole(subject *s)
{
    cef_error error = {.struct_size = sizeof error};
    cef_meter_field *field = open_field(s, 0);
    const double start = seconds_now();
    if (cef_meter_field_run(field, MOST_ROUNDS, NULL, &error))
        bench_fail("rounds", &error);
    s->whole = seconds_now() - start;
    s->done.struct_size = sizeof s->done;
    if (cef_meter_field_run(field, 0, &s->done, &error) || s->done.n_certified != s->n_bus)
        bench_fail("not certified", &error);
    cef_meter_field_destroy(field);
}

static void measure(subject *s)
{
    for (int k = 0; k < s->repetitions; k++)
        for (int relax = 0; relax < 2; relax++) {
            cef_meter_field *field = open_field(s, relax);
            time_first(s, field, relax, k);
            cef_meter_field_destroy(field);
        }
    time_whole(s);
}

/* ---- telling ---- */

static void line(const subject *s, const char *what, double seconds, double stream)
{
    printf("    %-34s %9.2f ms %8.1f ns/meter %6.2f   %s\n", what, 1e3 * seconds, 1e9 * seconds / s->n_bus,
           seconds / stream, seconds <= 3.0 * stream ? "reached" : "MISSED");
}

static void report(FILE *json, const subject *s, bool first)
{
    const double stream = median(s->streams, s->n_streams), mean = s->whole / (double) s->done.rounds;
    double relaxing[FIRST], worst = 0.0;
    char what[64];
    printf("\n%d meters, %lld link ends, natural numbering; state %.1f bytes a meter (promised at most %.1f)\n",
           s->n_bus, (long long) s->about.n_links, (double) s->state_bytes / s->n_bus,
           (double) s->promised_bytes / s->n_bus);
    printf("    %-34s %9.2f ms %8.1f ns/meter, %.1f GB/s\n", "their state once through memory", 1e3 * stream,
           1e9 * stream / s->n_bus, (double) s->state_bytes / stream / 1e9);
    printf("    %-34s %12s %17s %6s   (at most 3)\n", "a round", "", "", "ratio");
    for (int round = 0; round < FIRST; round++) {
        const double t = median(s->first[0][round], s->repetitions);
        snprintf(what, sizeof what, "exact mode, round %d", round + 1);
        line(s, what, t, stream);
        worst = t > worst ? t : worst;
        relaxing[round] = median(s->first[1][round], s->repetitions);
    }
    snprintf(what, sizeof what, "exact mode, mean of all %lld", (long long) s->done.rounds);
    line(s, what, mean, stream);
    line(s, "plain relaxation, first round", relaxing[0], stream);
    line(s, "plain relaxation, later ones", median(relaxing + 1, FIRST - 1), stream);
    printf("    exact after %lld rounds (W %d), %.1f messages a meter, %.2f s in all\n", (long long) s->done.rounds,
           s->about.longest_path, (double) s->done.messages / s->n_bus, s->whole);
    if (!json)
        return;
    fprintf(json,
            "%s\n  {\"n_bus\": %d, \"n_links\": %lld, \"state_bytes\": %zu, \"stream_s\": %.9g, \"worst_first_s\": "
            "%.9g, \"mean_s\": %.9g, \"rounds\": %lld, \"longest_path\": %d, \"messages\": %lld,\n   \"first_s\": [",
            first ? "" : ",", s->n_bus, (long long) s->about.n_links, s->state_bytes, stream, worst, mean,
            (long long) s->done.rounds, s->about.longest_path, (long long) s->done.messages);
    for (int round = 0; round < FIRST; round++)
        fprintf(json, "%s%.9g", round ? ", " : "", median(s->first[0][round], s->repetitions));
    fprintf(json, "], \"relaxing_s\": [");
    for (int round = 0; round < FIRST; round++)
        fprintf(json, "%s%.9g", round ? ", " : "", relaxing[round]);
    fprintf(json, "]}");
}

int main(int argc, char **argv)
{
    bench_options o = bench_parse(argc, argv);
    const char *folder = getenv("LIBCEF_CASES");
    cef_context *ctx = NULL;
    if (!o.sizes_given)
        o.sizes[0] = 1000000, o.n_sizes = 1;
    if (cef_context_create(NULL, &ctx, NULL))
        bench_fail("context", NULL);
    FILE *json = bench_open(&o, "bench_meter");
    if (json)
        fprintf(json, ",\n \"generated\": [");
    for (int k = 0; k < o.n_sizes; k++) {
        static subject s;
        subject_open(&s, ctx, o.sizes[k], o.repetitions);
        measure(&s);
        report(json, &s, k == 0);
        subject_close(&s);
        fflush(stdout);
    }
    if (json)
        fprintf(json, "]");
    if (folder && *folder)
        bench_meter_cases(json, folder);
    else
        printf("\ncases left out: LIBCEF_CASES names no folder of cases\n");
    if (json && (fprintf(json, "}\n") < 0 || fclose(json)))
        bench_fail(o.json, NULL);
    cef_context_destroy(ctx);
    return 0;
}
