/* SPDX-License-Identifier: Apache-2.0 */
/* What every tracing verb begins with: case, flows, factors, settings. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "say.h"
#include "trace.h"
#include "verbs.h"

static cef_status read_case(trace_job *job, cef_error *error)
{
    const char *path = job->args->argument[0];
    struct stat file;
    const bool is_long = stat(path, &file) == 0 && file.st_size > (off_t) 100 * TRACE_LONG_WORK;
    CLI_TRY(cli_context(&job->ctx, error));
    if (is_long)
        say_progress(0, TRACE_STEPS, "reading");
    const cef_status status = cef_case_read(job->ctx, path, &job->source, error);
    if (is_long)
        say_progress(TRACE_STEPS, TRACE_STEPS, "");
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

cef_status trace_roll(const trace_job *job, cef_meter_roll **out, cef_error *error)
{
    const cef_status status =
        cef_meter_roll_create(job->ctx, cef_case_network(job->source), &job->settings, &job->snapshot, out, error);
    if (status != CEF_OK)
        flow_name_element(job->source, &job->info, error);
    return status;
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

int trace_check_usage(const cli_args *args)
{
    if (args->option[OPTION_STRICT].given && args->option[OPTION_MISMATCH_INTENSITY].given)
        return say_usage(args->verb,
                         "--strict and --mismatch-intensity exclude each other: one refuses an imbalance, the "
                         "other supplies it");
    return flow_check_usage(args);
}

cef_status trace_check_meters(const cli_args *args, cef_error *error)
{
    const cli_value *loss = &args->option[OPTION_LOSS];
    if (loss->word == LOSS_SENDING || loss->word == LOSS_GENERATOR || loss->word == LOSS_PRORATA)
        return CEF_OK;
    return say_set(error, CEF_ERR_UNSUPPORTED, "unsupported",
                   "--loss %s needs more than a meter sees at its own bus: meters take sending, generator and prorata, "
                   "whose intensities are the same; cef trace takes all",
                   loss->text);
}
