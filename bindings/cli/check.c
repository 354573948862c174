/* SPDX-License-Identifier: Apache-2.0 */
/* cef check: what a case holds, and whether cef trace takes it. The case's own flows are traced and nothing of it kept;
 * what a power flow would make of others is known when they are solved. */
#include <math.h>
#include <stdlib.h>

#include "fault.h"
#include "result.h"
#include "say.h"
#include "trace.h"
#include "verbs.h"

typedef struct {
    const cli_args *args;
    cli_pool pool;
    cef_context *ctx;
    cef_case *source;
    cef_case_info info;
    cef_factor_info factors;                    /* with missing factors taken as zero, so that all are counted */
    cef_error flows, solving, pricing, tracing; /* why not, status CEF_OK if nothing is wrong */
    cef_index worst_bus;                        /* of the power balance; -1 without flows */
    double worst_mw, worst_throughput;
} check_job;

/* MW in less MW out of every bus, and what comes in, from the case's own flows. */
static cef_status find_worst_balance(check_job *job, cef_error *error)
{
    cef_network_data net = {.struct_size = sizeof net};
    cef_snapshot s = {.struct_size = sizeof s};
    double *missed = NULL, *inflow = NULL;
    CLI_TRY(cef_network_describe(cef_case_network(job->source), &net, error));
    CLI_TRY(cef_case_snapshot(job->source, &s, error));
    CLI_TRY(pool_take(&job->pool, (size_t) net.n_bus, sizeof *missed, &missed, error));
    CLI_TRY(pool_take(&job->pool, (size_t) net.n_bus, sizeof *inflow, &inflow, error));
#define INJECT(bus, p)                                                                                                 \
    do {                                                                                                               \
        missed[bus] += (p);                                                                                            \
        inflow[bus] += (p) > 0.0 ? (p) : 0.0;                                                                          \
    } while (0)
    for (cef_index gen = 0; gen < net.n_gen; gen++)
        INJECT(net.gen_bus[gen], s.gen_p[gen]);
    for (cef_index load = 0; load < net.n_load; load++)
        INJECT(net.load_bus[load], -s.load_p[load]);
    for (cef_index k = 0; k < net.n_storage; k++)
        INJECT(net.storage_bus[k], s.storage_p[k]);
    for (cef_index branch = 0; branch < net.n_branch && job->info.has_flows; branch++) {
        INJECT(net.branch_from[branch], -s.branch_p_from[branch]);
        INJECT(net.branch_to[branch], s.branch_p_to ? -s.branch_p_to[branch] : s.branch_p_from[branch]);
    }
#undef INJECT
    for (cef_index bus = 0; bus < net.n_bus && job->info.has_flows; bus++) {
        if (job->worst_bus >= 0 && !(fabs(missed[bus]) > fabs(job->worst_mw)))
            continue;
        job->worst_bus = bus;
        job->worst_mw = missed[bus];
        job->worst_throughput = inflow[bus];
    }
    return CEF_OK;
}

/* Whether the case says all that a power flow needs; whether it converges is known when it is solved. */
static cef_status try_power_flow(check_job *job, cef_error *error)
{
    cef_powerflow_data data = {.struct_size = sizeof data};
    cef_injections at = {.struct_size = sizeof at};
    cef_powerflow *pf = NULL;
    cef_status status = cef_case_powerflow(job->source, &data, &at, &job->solving);
    if (status == CEF_OK)
        status = cef_powerflow_create(job->ctx, cef_case_network(job->source), &data, NULL, &pf, &job->solving);
    cef_powerflow_destroy(pf);
    if (status == CEF_ERR_MEMORY)
        *error = job->solving;
    return status == CEF_ERR_MEMORY ? status : CEF_OK;
}

/* A loop that no unit feeds, for instance, shows only when the flows are traced. */
static cef_status try_trace(check_job *job, cef_error *error)
{
    cef_solver *solver = NULL;
    cef_settings settings;
    cef_solution none = {.struct_size = sizeof none};
    cef_snapshot s = {.struct_size = sizeof s};
    cef_settings_init(&settings, sizeof settings);
    settings.balance_tol = job->args->option[OPTION_BALANCE_TOL].number;
    CLI_TRY(cef_case_snapshot(job->source, &s, error));
    const fault_source from = {job->source, &settings, &s};
    cef_error *tracing = &job->tracing;
    cef_status status = cef_solver_create(job->ctx, cef_case_network(job->source), &settings, &solver, tracing);
    if (status == CEF_OK)
        status = cef_solver_solve(solver, &s, &none, NULL, tracing);
    cef_solver_destroy(solver);
    if (status == CEF_ERR_MEMORY)
        *error = *tracing;
    else if (status != CEF_OK)
        fault_name_solve(job->ctx, &from, tracing);
    job->tracing.status = status;
    return status == CEF_ERR_MEMORY ? status : CEF_OK;
}

/* Failures that say "not traceable" are kept; a factor file that cannot be read ends the check. */
static cef_status examine(check_job *job, cef_error *error)
{
    const int32_t missing = job->args->option[OPTION_MISSING_FACTOR].word;
    CLI_TRY(cli_context(&job->ctx, error));
    CLI_TRY(cef_case_read(job->ctx, job->args->argument[0], &job->source, error));
    CLI_TRY(cef_case_describe(job->source, &job->info, error));
    CLI_TRY(find_worst_balance(job, error));
    job->flows.status = cef_case_check_flows(job->source, job->args->option[OPTION_BALANCE_TOL].number, &job->flows);
    if (job->flows.status != CEF_OK && job->flows.status != CEF_ERR_UNSOLVED) {
        *error = job->flows;
        return error->status;
    }
    if (job->flows.status != CEF_OK)
        CLI_TRY(try_power_flow(job, error));
    CLI_TRY(
        cli_price(job->source, job->args, missing == MISSING_ERROR ? CEF_MISSING_ZERO : missing, &job->factors, error));
    if (missing == MISSING_ERROR && job->factors.n_from_missing > 0) {
        cef_factor_info ignored;
        job->pricing.status = cli_price(job->source, job->args, missing, &ignored, &job->pricing);
    }
    return job->flows.status == CEF_OK ? try_trace(job, error) : CEF_OK;
}

/* Units and stores that inject. */
static int64_t running(const check_job *job)
{
    const cef_factor_info *f = &job->factors;
    return (int64_t) f->n_from_file + f->n_from_case + f->n_from_fuel + f->n_from_missing;
}

static bool flows_usable(const check_job *job) { return job->flows.status == CEF_OK; }

/* Units without a factor under --missing-factor error; with zero or VALUE none is without. */
static int64_t lacking(const check_job *job)
{
    return job->args->option[OPTION_MISSING_FACTOR].word == MISSING_ERROR ? job->factors.n_from_missing : 0;
}

static bool solvable(const check_job *job) { return !flows_usable(job) && job->solving.status == CEF_OK; }

static bool traceable(const check_job *job)
{
    return (flows_usable(job) || solvable(job)) && lacking(job) == 0 && job->tracing.status == CEF_OK;
}

static const char *truth(bool value) { return value ? "true" : "false"; }

static void worst_json(out_file *out, const check_job *job)
{
    out_text(out, ",\n  \"worst_bus\": ");
    if (job->worst_bus >= 0)
        json_id(out, job->source, CEF_BUS, job->worst_bus, job->info.numeric_bus);
    else
        out_text(out, "null");
    out_text(out, ",\n  \"worst_imbalance\": ");
    json_number(out, job->worst_bus >= 0 ? job->worst_mw : (double) NAN);
    out_text(out, ",\n  \"worst_throughput\": ");
    json_number(out, job->worst_bus >= 0 ? job->worst_throughput : (double) NAN);
}

static void trace_error_json(out_file *out, const check_job *job)
{
    out_text(out, "\"trace_error\": ");
    if (job->tracing.status == CEF_OK) {
        out_text(out, "null,\n");
        return;
    }
    out_text(out, "{\"code\": ");
    out_json_text(out, job->tracing.code);
    out_text(out, ", \"message\": ");
    out_json_text(out, job->tracing.message);
    out_text(out, "},\n");
}

static void as_json(out_file *out, const void *context)
{
    const check_job *job = context;
    const cef_factor_info *f = &job->factors;
    out_format(out, "{\"traceable\": %s,\n\"flows\": {\n  \"given\": %s,\n  \"usable\": %s", truth(traceable(job)),
               truth(job->info.has_flows), truth(flows_usable(job)));
    worst_json(out, job);
    out_text(out, ",\n  \"reason\": ");
    if (flows_usable(job))
        out_text(out, "null");
    else
        out_json_text(out, job->flows.message);
    out_format(out, ",\n  \"solvable\": %s", flows_usable(job) ? "null" : truth(solvable(job)));
    out_format(out,
               "},\n\"factors\": {\n  \"n_running\": %lld,\n  \"n_from_file\": %d,\n  \"n_from_case\": %d,\n  "
               "\"n_from_fuel\": %d,\n  \"n_from_missing\": %d,\n  \"n_lacking\": %d,\n  \"n_negative_load\": %d},\n",
               (long long) running(job), (int) f->n_from_file, (int) f->n_from_case, (int) f->n_from_fuel,
               (int) (f->n_from_missing - lacking(job)), (int) lacking(job), (int) f->n_negative_load);
    trace_error_json(out, job);
    out_format(out, "\"n_out_of_service\": %d,\n", (int) job->info.n_out_of_service);
    json_case(out, &job->info, NULL, NULL);
    out_text(out, ",\n");
    json_libcef(out);
    out_text(out, "}\n");
}

/* One line of values. */
static void as_csv(out_file *out, const void *context, int file)
{
    (void) file;
    const check_job *job = context;
    char id[64] = "";
    if (job->worst_bus >= 0)
        cef_case_id(job->source, CEF_BUS, job->worst_bus, id, sizeof id);
    out_text(out, "traceable,flows_given,flows_usable,worst_bus,worst_imbalance,n_running,n_lacking\n");
    out_format(out, "%s,%s,%s,", truth(traceable(job)), truth(job->info.has_flows), truth(flows_usable(job)));
    out_csv_text(out, id);
    out_char(out, ',');
    if (job->worst_bus >= 0)
        out_number(out, job->worst_mw);
    out_format(out, ",%lld,%lld\n", (long long) running(job), (long long) lacking(job));
}

static void flows_text(out_file *out, const check_job *job)
{
    if (!flows_usable(job)) {
        out_text(out, "  flows      not usable: ");
        out_text(out, job->flows.message);
        out_text(out, solvable(job) ? "\n             cef trace solves an AC power flow first\n"
                                    : "\n             and it cannot be solved: ");
        if (!solvable(job)) {
            out_text(out, job->solving.message);
            out_char(out, '\n');
        }
        return;
    }
    char id[64];
    cef_case_id(job->source, CEF_BUS, job->worst_bus, id, sizeof id);
    out_format(out, "  flows      usable; worst balance %.4g MW at bus %s, which gets %.4g MW\n", job->worst_mw, id,
               job->worst_throughput);
}

static bool names_fuels(const check_job *job)
{
    for (cef_index gen = 0; gen < job->info.n_gen; gen++)
        if (cef_case_fuel(job->source, gen)[0])
            return true;
    return false;
}

static void factors_text(out_file *out, const check_job *job)
{
    const cef_factor_info *f = &job->factors;
    const struct {
        int64_t n;
        const char *what;
    } part[] = {{f->n_from_file, "by --factors"},
                {f->n_from_case, "by the case"},
                {f->n_from_fuel, "by fuel"},
                {f->n_from_missing - lacking(job), "by --missing-factor"},
                {lacking(job), "lack a factor"}};
    out_format(out, "  factors    %lld units run", (long long) running(job));
    for (size_t k = 0; k < CLI_COUNT_OF(part); k++)
        if (part[k].n > 0)
            out_format(out, ", %lld %s", (long long) part[k].n, part[k].what);
    out_char(out, '\n');
    if (lacking(job) > 0 && names_fuels(job) && !job->args->option[OPTION_FUEL_FACTORS].given)
        out_text(out, "             the case names fuels: try --fuel-factors ipcc2006\n");
    if (f->n_negative_load > 0)
        out_format(out, "             %d negative loads by a default\n", (int) f->n_negative_load);
}

static cef_status as_text(out_file *out, void *context, cef_error *error)
{
    (void) error;
    const check_job *job = context;
    const cef_case_info *info = &job->info;
    out_text(out, info->name);
    out_format(out, "\n  format     %s\n  sha256     %s\n  base       %g MVA\n", info->format, info->sha256,
               info->base_mva);
    out_format(out, "  holds      %d buses, %d branches, %d generators, %d loads, %d stores; %d rows out of service\n",
               (int) info->n_bus, (int) info->n_branch, (int) info->n_gen, (int) info->n_load, (int) info->n_storage,
               (int) info->n_out_of_service);
    flows_text(out, job);
    factors_text(out, job);
    out_text(out, traceable(job) ? "traceable\n" : "not traceable with these options\n");
    return CEF_OK;
}

int verb_check(const cli_args *args)
{
    check_job job = {.args = args, .worst_bus = -1};
    job.info.struct_size = sizeof job.info;
    job.flows.struct_size = sizeof job.flows;
    job.solving.struct_size = sizeof job.solving;
    job.pricing.struct_size = sizeof job.pricing;
    job.tracing.struct_size = sizeof job.tracing;
    cef_error error = {.struct_size = sizeof error};
    cef_status status = examine(&job, &error);
    const result_form form = {as_json, as_csv, as_text, NULL, 1};
    if (status == CEF_OK)
        status = result_write(&form, &job, args, &error);
    int code = status == CEF_OK ? CLI_DONE : say_error(&error);
    if (code == CLI_DONE && !flows_usable(&job) && !solvable(&job))
        code = say_error(&job.flows);
    if (status == CEF_OK && job.pricing.status != CEF_OK)
        code = say_error(&job.pricing);
    if (status == CEF_OK && job.tracing.status != CEF_OK)
        code = say_error(&job.tracing);
    cef_case_destroy(job.source);
    cef_context_destroy(job.ctx);
    pool_release(&job.pool);
    return code;
}
