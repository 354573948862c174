/* SPDX-License-Identifier: Apache-2.0 */
/* cef trace: read, price, solve, report. */
#include "trace.h"
#include "fault.h"

#include "result.h"
#include "say.h"
#include "verbs.h"

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
    const fault_source from = {job->source, &job->settings, &job->snapshot};
    if (status != CEF_OK)
        fault_name_solve(job->ctx, &from, error);
    return status;
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
    const bool is_long = job->info.n_bus >= TRACE_LONG_WORK;
    if (is_long)
        say_progress(2, TRACE_STEPS, "tracing");
    const cef_status solved = solve(job, error);
    if (is_long)
        say_progress(TRACE_STEPS, TRACE_STEPS, "");
    if (solved != CEF_OK && !(solved == CEF_ERR_CERTIFICATE && job->args->option[OPTION_UNCERTIFIED].given))
        return solved;
    cef_error writing = {.struct_size = sizeof writing};
    const cef_status status = report(job, &writing);
    if (status != CEF_OK)
        *error = writing;
    return status != CEF_OK ? status : solved;
}

int verb_trace(const cli_args *args)
{
    const int together = trace_check_usage(args), usage = together != CLI_DONE ? together : result_check(args);
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
