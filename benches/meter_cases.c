/* SPDX-License-Identifier: Apache-2.0 */
/* Meters on real cases, flows as `cef meters` takes them (the file's own if they balance, else AC), factors ipcc2006
 * and 0.5 where there are none: rounds and messages until every value is certified to 1e-9, and plain relaxation beside
 * it. Relaxation is looked at every round up to 256 and every 64 rounds then. Its error is the true one, against the
 * central solution. */
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cef/case.h>

#include "meter_bench.h"

enum { MOST_ROUNDS = 20000, CLOSELY = 256, COARSELY = 64, MOST_CASES = 64, NAME = 256 };
#define EXACT 1e-9

typedef struct {
    char file[NAME];
    cef_context *ctx;
    cef_case *data;
    cef_meter_roll *roll;
    cef_meter_roll_info about;
    double *exact, *x, *bound; /* [n_bus] */
    double *flows;             /* of the power flow */
    cef_index n_bus;
    bool solved_here;
} metered_case;

typedef struct {
    cef_meter_field_info info;
    int64_t exact_round;  /* first one looked at from which the true error stayed below EXACT; -1 never */
    double error;         /* true, of the last round */
    cef_index n_interval; /* undefined buses that still show an interval */
    double seconds;
} outcome;

/* ---- reading and solving ---- */

static void solve_flows(metered_case *c, double *mismatch_mw)
{
    cef_error error = {.struct_size = sizeof error};
    cef_case_info about = {.struct_size = sizeof about};
    cef_powerflow_data grid = {.struct_size = sizeof grid};
    cef_injections point = {.struct_size = sizeof point};
    cef_powerflow_info info = {.struct_size = sizeof info};
    cef_powerflow_options options;
    cef_powerflow *flow = NULL;
    cef_powerflow_options_init(&options, sizeof options);
    if (cef_case_describe(c->data, &about, &error))
        bench_fail(c->file, &error);
    const size_t branch = (size_t) about.n_branch, gen = (size_t) about.n_gen, load = (size_t) about.n_load;
    c->flows = bench_array(2 * branch + gen + load + (size_t) about.n_storage + 1, sizeof *c->flows);
    cef_powerflow_solution out = {.struct_size = sizeof out, .branch_p_from = c->flows};
    out.branch_p_to = out.branch_p_from + branch, out.gen_p = out.branch_p_to + branch;
    out.load_p = out.gen_p + gen, out.storage_p = out.load_p + load;
    if (cef_case_powerflow(c->data, &grid, &point, &error) ||
        cef_powerflow_create(c->ctx, cef_case_network(c->data), &grid, &options, &flow, &error) ||
        cef_powerflow_solve(flow, &point, &out, &info, &error) || cef_case_apply_flows(c->data, &out, &error))
        bench_fail(c->file, &error);
    cef_powerflow_destroy(flow);
    *mismatch_mw = info.mismatch * about.base_mva;
    c->solved_here = true;
}

static void solve_centrally(metered_case *c, const cef_settings *settings, const cef_snapshot *snapshot)
{
    cef_error error = {.struct_size = sizeof error};
    cef_solver *solver = NULL;
    c->exact = bench_array((size_t) c->n_bus, sizeof *c->exact);
    c->x = bench_array((size_t) c->n_bus, sizeof *c->x);
    c->bound = bench_array((size_t) c->n_bus, sizeof *c->bound);
    cef_solution out = {.struct_size = sizeof out, .bus_intensity = c->exact};
    if (cef_solver_create(c->ctx, cef_case_network(c->data), settings, &solver, &error) ||
        cef_solver_solve(solver, snapshot, &out, NULL, &error))
        bench_fail(c->file, &error);
    cef_solver_destroy(solver);
}

static bool case_open(metered_case *c, cef_context *ctx, const char *folder, const char *file)
{
    char path[4096];
    double mismatch_mw = 0.0;
    cef_error error = {.struct_size = sizeof error};
    cef_network_data net = {.struct_size = sizeof net};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    cef_settings settings;
    const cef_factor_options factors = {
        .struct_size = sizeof factors, .fuel_factors = "ipcc2006", .missing = CEF_MISSING_VALUE, .missing_value = 0.5};
    *c = (metered_case){.ctx = ctx, .about = {.struct_size = sizeof c->about}};
    snprintf(c->file, sizeof c->file, "%.*s", NAME - 1, file);
    if (snprintf(path, sizeof path, "%s/%s", folder, c->file) >= (int) sizeof path)
        bench_fail("the folder's name is too long", NULL);
    if (cef_case_read(ctx, path, &c->data, &error)) {
        fprintf(stderr, "bench: %s left out: %s %s\n", path, error.code, error.message);
        return false;
    }
    cef_settings_init(&settings, sizeof settings);
    if (cef_case_check_flows(c->data, settings.balance_tol, &error))
        solve_flows(c, &mismatch_mw);
    settings.flow_tol = fmax(settings.flow_tol, mismatch_mw);
    settings.negative_load_intensity = factors.missing_value;
    if (cef_case_price(c->data, &factors, NULL, &error) || cef_case_snapshot(c->data, &snapshot, &error) ||
        cef_network_describe(cef_case_network(c->data), &net, &error) ||
        cef_meter_roll_create(ctx, cef_case_network(c->data), &settings, &snapshot, &c->roll, &error) ||
        cef_meter_roll_describe(c->roll, &c->about, &error))
        bench_fail(c->file, &error);
    c->n_bus = net.n_bus;
    solve_centrally(c, &settings, &snapshot);
    return true;
}

static void case_close(metered_case *c)
{
    cef_meter_roll_destroy(c->roll);
    cef_case_destroy(c->data);
    free(c->exact);
    free(c->x);
    free(c->bound);
    free(c->flows);
}

/* ---- running ---- */

/* Largest true error; a value farther from the central solution than its bound ends the bench. */
static double true_error(metered_case *c, const cef_meter_field *field, cef_index *n_interval)
{
    double worst = 0.0;
    *n_interval = 0;
    if (cef_meter_field_read(field, c->x, c->bound, NULL, NULL))
        bench_fail(c->file, NULL);
    for (cef_index bus = 0; bus < c->n_bus; bus++) {
        const double exact = c->exact[bus], error = fabs(c->x[bus] - exact);
        *n_interval += isnan(exact) && !isnan(c->x[bus]);
        if (isnan(exact))
            continue;
        if (!(error <= c->bound[bus] + 1e-12))
            bench_fail("a bound is below the true error", NULL);
        worst = error > worst ? error : worst;
    }
    return worst;
}

static outcome run(metered_case *c, int relax)
{
    outcome o = {.info = {.struct_size = sizeof o.info}, .exact_round = -1};
    cef_error error = {.struct_size = sizeof error};
    cef_meter_field_options options;
    cef_meter_field *field = NULL;
    cef_meter_field_options_init(&options, sizeof options);
    options.relax_only = relax;
    if (cef_meter_field_create(c->ctx, c->roll, &options, &field, &error))
        bench_fail(c->file, &error);
    for (int64_t round = 0; round < MOST_ROUNDS;) {
        const int64_t step = !relax ? MOST_ROUNDS : round < CLOSELY ? 1 : COARSELY;
        const int64_t most = round + step > MOST_ROUNDS ? MOST_ROUNDS - round : step;
        const double start = seconds_now();
        if (cef_meter_field_run(field, most, &o.info, &error))
            bench_fail(c->file, &error);
        o.seconds += seconds_now() - start;
        o.error = true_error(c, field, &o.n_interval);
        const bool exact = o.error < EXACT && o.n_interval == 0;
        if (!exact)
            o.exact_round = -1;
        else if (o.exact_round < 0)
            o.exact_round = o.info.rounds;
        if (o.info.n_certified == c->n_bus || o.info.rounds < round + most)
            break;
        round = o.info.rounds;
    }
    cef_meter_field_destroy(field);
    return o;
}

/* ---- telling ---- */

static void report(FILE *json, const metered_case *c, const outcome *exact, const outcome *relaxed, bool first)
{
    char reached[64];
    if (relaxed->exact_round >= 0)
        snprintf(reached, sizeof reached, "exact after %lld", (long long) relaxed->exact_round);
    else
        snprintf(reached, sizeof reached, "never exact: error %.1e", relaxed->error);
    printf("%-20s %6d %4d %3d, %-2d %6lld %9lld %7.1e  %-30s %6lld, %9lld, %6d %8.1e %5d\n", c->file, c->n_bus,
           c->about.longest_path, c->about.clusters, c->about.largest_cluster, (long long) exact->info.rounds,
           (long long) exact->info.messages, exact->error, reached, (long long) relaxed->info.rounds,
           (long long) relaxed->info.messages, relaxed->info.n_certified, relaxed->info.worst_bound,
           relaxed->n_interval);
    fflush(stdout);
    if (!json)
        return;
    fprintf(json,
            "%s\n  {\"case\": \"%s\", \"n_bus\": %d, \"longest_path\": %d, \"loops\": %d, \"largest_loop\": %d, "
            "\"solved_here\": %d,\n",
            first ? "" : ",", c->file, c->n_bus, c->about.longest_path, c->about.clusters, c->about.largest_cluster,
            c->solved_here);
    const outcome *both[] = {exact, relaxed};
    for (int k = 0; k < 2; k++)
        fprintf(json,
                "   \"%s\": {\"rounds\": %lld, \"messages\": %lld, \"bytes\": %lld, \"n_certified\": %d, "
                "\"worst_bound\": %.4g, \"true_error\": %.4g, \"exact_round\": %lld, \"seconds\": %.4g}%s",
                k ? "relaxation" : "exact", (long long) both[k]->info.rounds, (long long) both[k]->info.messages,
                (long long) both[k]->info.bytes, both[k]->info.n_certified, both[k]->info.worst_bound, both[k]->error,
                (long long) both[k]->exact_round, both[k]->seconds, k ? "}" : ",\n");
}

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

static int list_cases(const char *folder, char names[MOST_CASES][NAME])
{
    int n = 0;
    DIR *dir = opendir(folder);
    if (!dir)
        bench_fail("LIBCEF_CASES cannot be opened", NULL);
    for (struct dirent *e = readdir(dir); e && n < MOST_CASES; e = readdir(dir)) {
        const size_t length = strlen(e->d_name);
        if (strncmp(e->d_name, "case", 4) == 0 && length > 2 && strcmp(e->d_name + length - 2, ".m") == 0)
            snprintf(names[n++], NAME, "%.*s", NAME - 1, e->d_name);
    }
    closedir(dir);
    qsort(names, (size_t) n, sizeof *names, by_name);
    return n;
}

void bench_meter_cases(FILE *json, const char *folder)
{
    static char names[MOST_CASES][NAME];
    const int n = list_cases(folder, names);
    cef_context *ctx = NULL;
    bool first = true;
    if (cef_context_create(NULL, &ctx, NULL))
        bench_fail("context", NULL);
    printf("\nrounds and messages until all is certified to 1e-9; plain relaxation, at most %d rounds: when its true\n"
           "error fell below 1e-9; rounds, messages, certified meters, worst bound, undefined buses with a value\n\n",
           MOST_ROUNDS);
    printf("%-20s %6s %4s %-7s %6s %9s %7s  %s\n", "case", "buses", "W", "loops", "rounds", "messages", "error",
           "relaxation");
    if (json)
        fprintf(json, ",\n \"cases\": [");
    for (int k = 0; k < n; k++) {
        metered_case c;
        if (!case_open(&c, ctx, folder, names[k]))
            continue;
        const outcome exact = run(&c, 0), relaxed = run(&c, 1);
        report(json, &c, &exact, &relaxed, first);
        first = false;
        case_close(&c);
    }
    if (json)
        fprintf(json, "]");
    cef_context_destroy(ctx);
}
