/* SPDX-License-Identifier: Apache-2.0 */
/* cef trace: read, price, solve, report. */
#include "trace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "folder.h"
#include "say.h"
#include "verbs.h"

enum { STEPS = 4, LONG_WORK = 200000 }; /* buses from which a wait is worth a bar */

static cef_status read_case(trace_job *job, cef_error *error)
{
    const char *path = job->args->argument[0];
    struct stat file;
    const bool is_long = stat(path, &file) == 0 && file.st_size > (off_t) 100 * LONG_WORK;
    CLI_TRY(cli_context(&job->ctx, error));
    if (is_long)
        say_progress(0, STEPS, "reading");
    const cef_status status = cef_case_read(job->ctx, path, &job->source, error);
    if (is_long)
        say_progress(STEPS, STEPS, "");
    CLI_TRY(status);
    job->info = (cef_case_info){.struct_size = sizeof job->info};
    return cef_case_describe(job->source, &job->info, error);
}

/* `auto` found no usable flows: an AC solution. A case that says too little for one stays what it is, unsolved. */
static cef_status solve_unsolved(trace_job *job, cef_error *unsolved)
{
    cef_error error = {.struct_size = sizeof error};
    const cef_status status =
        flow_solve(&job->flow, job->ctx, job->source, job->args, CEF_POWERFLOW_AC, &job->pool, &error);
    if (status == CEF_OK)
        return CEF_OK;
    if (status != CEF_ERR_PARSE) {
        *unsolved = error;
        return status;
    }
    const size_t used = strlen(unsolved->message), room = sizeof unsolved->message - used;
    snprintf(unsolved->message + used, room, ". It cannot be solved here: %.*s", (int) room, error.message);
    return unsolved->status;
}

/* Whose flows are traced: the case's own, or those of a power flow of the case. */
static cef_status choose_flows(trace_job *job, cef_error *error)
{
    const int word = job->args->option[OPTION_POWERFLOW].word;
    if (word == POWERFLOW_AC || word == POWERFLOW_DC) {
        const int32_t method = word == POWERFLOW_AC ? CEF_POWERFLOW_AC : CEF_POWERFLOW_DC;
        return flow_solve(&job->flow, job->ctx, job->source, job->args, method, &job->pool, error);
    }
    if (word == POWERFLOW_GIVEN && job->info.has_flows)
        return CEF_OK;
    const cef_status status = cef_case_check_flows(job->source, job->args->option[OPTION_BALANCE_TOL].number, error);
    return word == POWERFLOW_AUTO && status == CEF_ERR_UNSOLVED ? solve_unsolved(job, error) : status;
}

static cef_status settle_flows(trace_job *job, cef_error *error)
{
    CLI_TRY(choose_flows(job, error));
    if (!job->flow.solved)
        return CEF_OK;
    flow_warn(&job->flow);
    return cef_case_apply_flows(job->source, &job->flow.solution, error);
}

/* What a solution misses is no flow: it would be traced on dead ends. */
static double flow_tolerance(const trace_job *job)
{
    const cli_value *option = &job->args->option[OPTION_FLOW_TOL];
    const double accuracy = job->flow.solved ? flow_mismatch_mw(&job->flow) : 0.0;
    return option->given ? option->number : fmax(option->number, accuracy);
}

static cef_status take_solution(trace_job *job, cef_error *error)
{
    const size_t n_bus = (size_t) job->net.n_bus, n_branch = (size_t) job->net.n_branch;
    cef_solution *s = &job->solution;
    double **const bus[] = {&s->bus_intensity,   &s->bus_throughput, &s->bus_imbalance,
                            &s->bus_error_bound, &s->bus_mismatch_p, &s->bus_loss_factor};
    double **const branch[] = {&s->branch_intensity, &s->branch_carbon_from, &s->branch_carbon_to,
                               &s->branch_carbon_loss};
    *s = (cef_solution){.struct_size = sizeof *s};
    for (size_t k = 0; k < CLI_COUNT_OF(bus); k++)
        CLI_TRY(pool_take(&job->pool, n_bus, sizeof(double), bus[k], error));
    for (size_t k = 0; k < CLI_COUNT_OF(branch); k++)
        CLI_TRY(pool_take(&job->pool, n_branch, sizeof(double), branch[k], error));
    CLI_TRY(pool_take(&job->pool, n_bus, sizeof(int32_t), &s->bus_flags, error));
    CLI_TRY(pool_take(&job->pool, n_bus, sizeof(int32_t), &s->bus_block, error));
    CLI_TRY(pool_take(&job->pool, (size_t) job->net.n_gen, sizeof(double), &s->gen_carbon, error));
    CLI_TRY(pool_take(&job->pool, (size_t) job->net.n_gen, sizeof(double), &s->gen_carbon_loss, error));
    CLI_TRY(pool_take(&job->pool, (size_t) job->net.n_load, sizeof(double), &s->load_carbon, error));
    return pool_take(&job->pool, (size_t) job->net.n_storage, sizeof(double), &s->storage_carbon, error);
}

/* Two columns of a snapshot may be absent; the tables want them. */
static cef_status fill_snapshot(trace_job *job, cef_error *error)
{
    job->snapshot = (cef_snapshot){.struct_size = sizeof job->snapshot};
    CLI_TRY(cef_case_snapshot(job->source, &job->snapshot, error));
    if (!job->snapshot.branch_p_to) {
        double *p_to = NULL;
        CLI_TRY(pool_take(&job->pool, (size_t) job->net.n_branch, sizeof *p_to, &p_to, error));
        for (cef_index branch = 0; branch < job->net.n_branch; branch++)
            p_to[branch] = -job->snapshot.branch_p_from[branch];
        job->snapshot.branch_p_to = p_to;
    }
    return CEF_OK;
}

/* After the solve, which counts the loads that state no intensity. */
static cef_status fill_load_intensity(trace_job *job, cef_error *error)
{
    if (job->snapshot.load_intensity)
        return CEF_OK;
    double *intensity = NULL;
    CLI_TRY(pool_take(&job->pool, (size_t) job->net.n_load, sizeof *intensity, &intensity, error));
    for (cef_index load = 0; load < job->net.n_load; load++)
        intensity[load] = job->settings.negative_load_intensity;
    job->snapshot.load_intensity = intensity;
    return CEF_OK;
}

static cef_status solve(trace_job *job, cef_error *error)
{
    cef_solver *solver = NULL;
    job->certificate = (cef_solve_info){.struct_size = sizeof job->certificate};
    CLI_TRY(take_solution(job, error));
    cef_status status = cef_solver_create(job->ctx, cef_case_network(job->source), &job->settings, &solver, error);
    if (status == CEF_OK)
        status = cef_solver_solve(solver, &job->snapshot, &job->solution, &job->certificate, error);
    cef_solver_destroy(solver);
    return status;
}

cef_status trace_read(trace_job *job, cef_error *error)
{
    CLI_TRY(read_case(job, error));
    CLI_TRY(settle_flows(job, error));
    CLI_TRY(cli_price(job->source, job->args, job->args->option[OPTION_MISSING_FACTOR].word, &job->factors, error));
    job->net = (cef_network_data){.struct_size = sizeof job->net};
    job->settings = trace_settings_of(job->args, flow_tolerance(job));
    CLI_TRY(cef_network_describe(cef_case_network(job->source), &job->net, error));
    return fill_snapshot(job, error);
}

int64_t trace_defaulted(const trace_job *job)
{
    return (int64_t) job->factors.n_defaulted + job->certificate.n_defaulted_factors;
}

/* One line, whatever was defaulted. */
void trace_warn(const trace_job *job)
{
    const cef_factor_info *f = &job->factors;
    const struct {
        long long n;
        const char *what;
    } part[] = {{f->n_from_fuel, "units by fuel"},
                {f->n_from_missing, "units by --missing-factor"},
                {(long long) f->n_negative_load + job->certificate.n_defaulted_factors, "negative loads"}};
    char list[160] = "";
    for (size_t k = 0; k < CLI_COUNT_OF(part); k++) {
        const size_t used = strlen(list);
        if (part[k].n > 0)
            snprintf(list + used, sizeof list - used, "%s%lld %s", used ? ", " : "", part[k].n, part[k].what);
    }
    if (trace_defaulted(job) > 0)
        say_warning("%lld factors are defaults, not stated data: %s", (long long) trace_defaulted(job), list);
}

static cef_status report(trace_job *job, cef_error *error)
{
    CLI_TRY(fill_load_intensity(job, error));
    CLI_TRY(trace_rows(job, error));
    CLI_TRY(trace_find_loops(job, error));
    trace_warn(job);
    return trace_write(job, error);
}

/* An uncertified result leaves only when asked for, and the status stays. */
static cef_status run(trace_job *job, cef_error *error)
{
    CLI_TRY(trace_read(job, error));
    const bool is_long = job->info.n_bus >= LONG_WORK;
    if (is_long)
        say_progress(2, STEPS, "tracing");
    const cef_status solved = solve(job, error);
    if (is_long)
        say_progress(STEPS, STEPS, "");
    if (solved != CEF_OK && !(solved == CEF_ERR_CERTIFICATE && job->args->option[OPTION_UNCERTIFIED].given))
        return solved;
    cef_error writing = {.struct_size = sizeof writing};
    const cef_status status = report(job, &writing);
    if (status != CEF_OK)
        *error = writing;
    return status != CEF_OK ? status : solved;
}

int trace_check_usage(const cli_args *args)
{
    if (args->option[OPTION_STRICT].given && args->option[OPTION_MISMATCH_INTENSITY].given)
        return say_usage(cli_verbs[args->verb].name,
                         "--strict and --mismatch-intensity exclude each other: one refuses an imbalance, the "
                         "other supplies it");
    const int solve = flow_check_usage(args);
    return solve != CLI_DONE ? solve : check_output(args);
}

int verb_trace(const cli_args *args)
{
    const int usage = trace_check_usage(args);
    if (usage != CLI_DONE)
        return usage;
    cef_error error = {.struct_size = sizeof error};
    trace_job job = {.args = args};
    const cef_status status = run(&job, &error);
    cef_case_destroy(job.source);
    cef_context_destroy(job.ctx);
    pool_release(&job.pool);
    return status == CEF_OK ? CLI_DONE : say_error(&error);
}
