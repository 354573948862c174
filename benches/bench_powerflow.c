/* SPDX-License-Identifier: Apache-2.0 */
/* The power flow of cases that are not solved, and what tracing adds to it. powerflow_peers.py runs this beside
 * lightsim2grid and pandapower; alone it tells libcef's own times. LIBCEF_CASES names the folder of the cases. */
#include <math.h>
#include <stdlib.h>

#include <cef/case.h>

#include "tools.h"

enum {
    CREATE,      /* cef_powerflow_create */
    FIRST,       /* its first AC solve: analysis and factors in it; Newton only, to 1e-8, no outputs */
    AGAIN,       /* a later one, from the same start */
    WHOLE_FIRST, /* as users run it: polished, branch powers and all other outputs */
    WHOLE_AGAIN,
    TRACE_FIRST, /* cef_solver_solve of that flow, certificate and outputs; nothing kept from before */
    TRACE_AGAIN, /* the same, directions kept */
    DC_FIRST,
    DC_AGAIN, /* another injection: one solve with the factors kept */
    N_TIMED
};
static const char *const names[N_TIMED] = {"create",      "newton_first", "newton_again", "whole_first", "whole_again",
                                           "trace_first", "trace_again",  "dc_first",     "dc_again"};
static const char *const told[N_TIMED] = {"create",
                                          "AC, first solve, Newton only",
                                          "AC, again, Newton only",
                                          "AC, first, polished, outputs",
                                          "AC, again, polished, outputs",
                                          "trace of it, first",
                                          "trace of it, again",
                                          "DC, first solve, outputs",
                                          "DC, again, outputs"};

typedef struct {
    const char *file;
    cef_context *ctx;
    cef_case *data;
    cef_network_data net;
    cef_powerflow_data grid;
    cef_injections point;
    cef_powerflow_solution flows;
    cef_powerflow_info newton, whole, dc;
    cef_solve_info trace;
    double *seconds[N_TIMED]; /* [repetitions] */
} subject;

static bool subject_open(subject *s, cef_context *ctx, const char *folder, const char *file)
{
    char path[4096];
    cef_error error = {.struct_size = sizeof error};
    *s = (subject){.file = file,
                   .ctx = ctx,
                   .net = {.struct_size = sizeof s->net},
                   .grid = {.struct_size = sizeof s->grid},
                   .point = {.struct_size = sizeof s->point}};
    snprintf(path, sizeof path, "%s/%s", folder, file);
    if (cef_case_read(ctx, path, &s->data, &error) || cef_case_powerflow(s->data, &s->grid, &s->point, &error) ||
        cef_network_describe(cef_case_network(s->data), &s->net, &error)) {
        fprintf(stderr, "bench: %s left out: %s %s\n", path, error.code, error.message);
        cef_case_destroy(s->data);
        return false;
    }
    const size_t bus = (size_t) s->net.n_bus, branch = (size_t) s->net.n_branch, gen = (size_t) s->net.n_gen;
    s->flows = (cef_powerflow_solution){.struct_size = sizeof s->flows,
                                        .bus_vm = bench_array(bus, sizeof(double)),
                                        .bus_va = bench_array(bus, sizeof(double)),
                                        .branch_p_from = bench_array(branch, sizeof(double)),
                                        .branch_q_from = bench_array(branch, sizeof(double)),
                                        .branch_p_to = bench_array(branch, sizeof(double)),
                                        .branch_q_to = bench_array(branch, sizeof(double)),
                                        .gen_p = bench_array(gen, sizeof(double)),
                                        .gen_q = bench_array(gen, sizeof(double)),
                                        .load_p = bench_array((size_t) s->net.n_load, sizeof(double))};
    return true;
}

static void subject_close(subject *s)
{
    double *const arrays[] = {s->flows.bus_vm,        s->flows.bus_va,      s->flows.branch_p_from,
                              s->flows.branch_q_from, s->flows.branch_p_to, s->flows.branch_q_to,
                              s->flows.gen_p,         s->flows.gen_q,       s->flows.load_p};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        free(arrays[k]);
    for (int what = 0; what < N_TIMED; what++)
        free(s->seconds[what]);
    cef_case_destroy(s->data);
}

/* ---- what is timed ---- */
static cef_powerflow *open_flow(const subject *s, int32_t method, int32_t polish, double *seconds)
{
    cef_error error = {.struct_size = sizeof error};
    cef_powerflow_options options;
    cef_powerflow *pf = NULL;
    cef_powerflow_options_init(&options, sizeof options);
    options.method = method;
    options.polish = polish;
    options.start = CEF_START_STORED;
    options.tolerance = 1e-8;
    const double start = seconds_now();
    if (cef_powerflow_create(s->ctx, cef_case_network(s->data), &s->grid, &options, &pf, &error))
        bench_fail(s->file, &error);
    *seconds = seconds_now() - start;
    return pf;
}

static double flow_once(const subject *s, cef_powerflow *pf, cef_powerflow_solution *out, cef_powerflow_info *info)
{
    cef_error error = {.struct_size = sizeof error};
    info->struct_size = sizeof *info;
    const double start = seconds_now();
    const cef_status status = cef_powerflow_solve(pf, &s->point, out, info, &error);
    const double seconds = seconds_now() - start;
    if (status)
        bench_fail(s->file, &error);
    return seconds;
}

static void time_flows(subject *s, int k)
{
    double unused;
    cef_powerflow *newton = open_flow(s, CEF_POWERFLOW_AC, 0, &s->seconds[CREATE][k]);
    s->seconds[FIRST][k] = flow_once(s, newton, NULL, &s->newton);
    s->seconds[AGAIN][k] = flow_once(s, newton, NULL, &s->newton);
    cef_powerflow_destroy(newton);
    cef_powerflow *dc = open_flow(s, CEF_POWERFLOW_DC, 0, &unused);
    s->seconds[DC_FIRST][k] = flow_once(s, dc, &s->flows, &s->dc);
    s->seconds[DC_AGAIN][k] = flow_once(s, dc, &s->flows, &s->dc);
    cef_powerflow_destroy(dc);
    cef_powerflow *whole = open_flow(s, CEF_POWERFLOW_AC, 1, &unused); /* last: its flows are traced */
    s->seconds[WHOLE_FIRST][k] = flow_once(s, whole, &s->flows, &s->whole);
    s->seconds[WHOLE_AGAIN][k] = flow_once(s, whole, &s->flows, &s->whole);
    cef_powerflow_destroy(whole);
}

static double trace_once(subject *s, cef_solver *solver, const cef_snapshot *snapshot, cef_solution *out)
{
    cef_error error = {.struct_size = sizeof error};
    s->trace.struct_size = sizeof s->trace;
    const double start = seconds_now();
    const cef_status status = cef_solver_solve(solver, snapshot, out, &s->trace, &error);
    const double seconds = seconds_now() - start;
    if (status)
        bench_fail(s->file, &error);
    return seconds;
}

/* All that `cef trace` prints: intensities, bounds, branch, unit and load carbon. */
static void time_trace(subject *s, int k)
{
    cef_error error = {.struct_size = sizeof error};
    const cef_factor_options factors = {
        .struct_size = sizeof factors, .missing = CEF_MISSING_VALUE, .missing_value = 0.5};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    cef_solver *solver = NULL;
    const size_t bus = (size_t) s->net.n_bus, branch = (size_t) s->net.n_branch;
    double *memory = bench_array(4 * bus + 4 * branch + (size_t) s->net.n_gen + (size_t) s->net.n_load, sizeof *memory);
    cef_solution out = {.struct_size = sizeof out, .bus_intensity = memory};
    out.bus_throughput = memory + bus, out.bus_imbalance = memory + 2 * bus, out.bus_error_bound = memory + 3 * bus;
    out.branch_intensity = memory + 4 * bus, out.branch_carbon_from = out.branch_intensity + branch;
    out.branch_carbon_to = out.branch_carbon_from + branch, out.branch_carbon_loss = out.branch_carbon_to + branch;
    out.gen_carbon = out.branch_carbon_loss + branch, out.load_carbon = out.gen_carbon + s->net.n_gen;
    if (cef_case_apply_flows(s->data, &s->flows, &error) || cef_case_price(s->data, &factors, NULL, &error) ||
        cef_case_snapshot(s->data, &snapshot, &error) ||
        cef_solver_create(s->ctx, cef_case_network(s->data), NULL, &solver, &error))
        bench_fail(s->file, &error);
    s->seconds[TRACE_FIRST][k] = trace_once(s, solver, &snapshot, &out);
    s->seconds[TRACE_AGAIN][k] = trace_once(s, solver, &snapshot, &out);
    cef_solver_destroy(solver);
    free(memory);
}

/* ---- telling ---- */
static void report(FILE *json, const subject *s, int repetitions, bool first)
{
    double t[N_TIMED];
    printf("\n%s: %d buses, %d branches; %d iterations to %.1e per unit, then %d with the factors at hand to %.1e\n",
           s->file, s->net.n_bus, s->net.n_branch, s->newton.iterations, s->newton.mismatch,
           s->whole.iterations + s->whole.polish_steps - s->newton.iterations, s->whole.mismatch);
    for (int what = 0; what < N_TIMED; what++) {
        t[what] = median(s->seconds[what], repetitions);
        printf("    %-32s %10.3f ms\n", told[what], 1e3 * t[what]);
    }
    const double first_adds = t[TRACE_FIRST] / t[WHOLE_FIRST], again_adds = t[TRACE_AGAIN] / t[WHOLE_AGAIN];
    printf("    tracing adds to an AC solve: first %4.1f %%   %s (at most 5)\n", 100.0 * first_adds,
           first_adds <= 0.05 ? "reached" : "MISSED");
    printf("                                 again %4.1f %%   %s (at most 5)\n", 100.0 * again_adds,
           again_adds <= 0.05 ? "reached" : "MISSED");
    if (!json)
        return;
    fprintf(json,
            "%s\n  {\"case\": \"%s\", \"n_bus\": %d, \"n_branch\": %d, \"iterations\": %d, \"mismatch\": %.3g, "
            "\"polished_mismatch\": %.3g, \"loss_mw\": %.12g, \"trace_certified\": %d, \"trace_adds_first\": %.4g,\n   "
            "\"trace_adds_again\": %.4g, "
            "\"seconds\": {",
            first ? "" : ",", s->file, s->net.n_bus, s->net.n_branch, s->newton.iterations, s->newton.mismatch,
            s->whole.mismatch, s->whole.loss_mw, s->trace.certified, first_adds, again_adds);
    for (int what = 0; what < N_TIMED; what++) {
        fprintf(json, "%s\"%s\": [", what ? ", " : "", names[what]);
        for (int k = 0; k < repetitions; k++)
            fprintf(json, "%s%.9g", k ? ", " : "", s->seconds[what][k]);
        fprintf(json, "]");
    }
    fprintf(json, "}}");
}

int main(int argc, char **argv)
{
    static const char *const files[] = {"case2869pegase.m", "case9241pegase.m", "case_ACTIVSg10k.m"};
    const bench_options o = bench_parse(argc, argv);
    const char *folder = getenv("LIBCEF_CASES");
    cef_context *ctx = NULL;
    if (!folder) {
        printf("bench_powerflow: skipped, LIBCEF_CASES names no folder of cases\n");
        return 0;
    }
    if (cef_context_create(NULL, &ctx, NULL))
        bench_fail("context", NULL);
    FILE *json = bench_open(&o, "bench_powerflow");
    if (json)
        fprintf(json, ",\n \"cases\": [");
    bool first = true;
    for (size_t n = 0; n < sizeof files / sizeof *files; n++) {
        subject s;
        if (!subject_open(&s, ctx, folder, files[n]))
            continue;
        for (int what = 0; what < N_TIMED; what++)
            s.seconds[what] = bench_array((size_t) o.repetitions, sizeof(double));
        for (int k = 0; k < o.repetitions; k++) {
            time_flows(&s, k);
            time_trace(&s, k);
        }
        report(json, &s, o.repetitions, first);
        first = false;
        subject_close(&s);
    }
    if (json && (fprintf(json, "]}\n") < 0 || fclose(json)))
        bench_fail(o.json, NULL);
    cef_context_destroy(ctx);
    return 0;
}
