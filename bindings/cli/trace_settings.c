/* SPDX-License-Identifier: Apache-2.0 */
/* The settings, the case and the library in a JSON document. */
#include <math.h>

#include "trace.h"

/* ---- settings: every option that bears on the numbers, with the value it had ---- */
static void key(out_file *out, const char *name) { out_format(out, ",\n  \"%s\": ", name); }

static void json_text_or_null(out_file *out, const char *text)
{
    if (text)
        out_json_text(out, text);
    else
        out_text(out, "null");
}

static void word_setting(out_file *out, const char *name, const cli_value *value)
{
    key(out, name);
    json_text_or_null(out, value->text);
}

static void number_setting(out_file *out, const char *name, bool there, double value)
{
    key(out, name);
    if (there)
        json_number(out, value);
    else
        out_text(out, "null");
}

static void flag_setting(out_file *out, const char *name, bool value)
{
    key(out, name);
    out_text(out, value ? "true" : "false");
}

cef_settings trace_settings_of(const cli_args *args, double flow_tol)
{
    static const int32_t policy[] = {CEF_LOSS_SENDING, CEF_LOSS_CONSUMER, CEF_LOSS_GENERATOR,
                                     CEF_LOSS_SPLIT,   CEF_LOSS_PRORATA,  CEF_LOSS_HALF};
    const cli_value *option = args->option;
    cef_settings s;
    cef_settings_init(&s, sizeof s);
    s.flow_tol = flow_tol;
    s.balance_tol = option[OPTION_BALANCE_TOL].number;
    s.loss_policy = policy[option[OPTION_LOSS].word];
    s.loss_split = s.loss_policy == CEF_LOSS_SPLIT ? option[OPTION_LOSS].number : 0.0;
    s.mixing = option[OPTION_MIXING].word == 0 ? CEF_MIXING_GROSS : CEF_MIXING_NETTED;
    s.net_parallel = option[OPTION_NET_PARALLEL].given;
    s.on_imbalance = option[OPTION_STRICT].given               ? CEF_IMBALANCE_ERROR
                     : option[OPTION_MISMATCH_INTENSITY].given ? CEF_IMBALANCE_ADD_UNIT
                                                               : CEF_IMBALANCE_REPORT;
    s.mismatch_intensity = option[OPTION_MISMATCH_INTENSITY].number;
    s.negative_load_intensity = option[OPTION_NEGATIVE_LOAD_INTENSITY].number;
    s.on_unfed_loop = option[OPTION_UNFED_LOOP].word == 0 ? CEF_UNFED_ERROR : CEF_UNFED_MARK;
    s.negative_loss = option[OPTION_NEGATIVE_LOSS].word == 0 ? CEF_NEGATIVE_LOSS_KEEP : CEF_NEGATIVE_LOSS_SOURCE;
    return s;
}

void json_trace_settings(out_file *out, const cli_args *args, const cef_settings *settings)
{
    const cli_value *option = args->option;
    out_text(out, "\"factors\": ");
    json_text_or_null(out, option[OPTION_FACTORS].text);
    word_setting(out, "fuel_factors", &option[OPTION_FUEL_FACTORS]);
    if (option[OPTION_MISSING_FACTOR].word == MISSING_VALUE)
        number_setting(out, "missing_factor", true, option[OPTION_MISSING_FACTOR].number);
    else
        word_setting(out, "missing_factor", &option[OPTION_MISSING_FACTOR]);
    number_setting(out, "negative_load_intensity", option[OPTION_NEGATIVE_LOAD_INTENSITY].given,
                   option[OPTION_NEGATIVE_LOAD_INTENSITY].number);
    key(out, "loss");
    out_json_text(out, settings->loss_policy == CEF_LOSS_SPLIT ? "split" : option[OPTION_LOSS].text);
    number_setting(out, "loss_split", settings->loss_policy == CEF_LOSS_SPLIT, settings->loss_split);
    word_setting(out, "mixing", &option[OPTION_MIXING]);
    flag_setting(out, "net_parallel", settings->net_parallel);
    number_setting(out, "flow_tol", true, settings->flow_tol);
    number_setting(out, "balance_tol", true, settings->balance_tol);
    flag_setting(out, "strict", settings->on_imbalance == CEF_IMBALANCE_ERROR);
    number_setting(out, "mismatch_intensity", option[OPTION_MISMATCH_INTENSITY].given, settings->mismatch_intensity);
    word_setting(out, "unfed_loop", &option[OPTION_UNFED_LOOP]);
    word_setting(out, "negative_loss", &option[OPTION_NEGATIVE_LOSS]);
}

void trace_settings_json(out_file *out, const trace_job *job)
{
    const cli_value *option = job->args->option;
    out_text(out, "\"settings\": {\n  \"powerflow\": ");
    out_json_text(out, option[OPTION_POWERFLOW].text);
    out_text(out, ",\n  ");
    json_trace_settings(out, job->args, &job->settings);
    flag_setting(out, "uncertified", option[OPTION_UNCERTIFIED].given);
    field solve[FLOW_SETTINGS];
    flow_settings(job->args, solve);
    out_text(out, ",\n  ");
    fields_json(out, "solve", solve, FLOW_SETTINGS);
    out_char(out, '}');
}

void json_case(out_file *out, const cef_case_info *info, void (*more)(out_file *out, const void *context),
               const void *context)
{
    out_text(out, "\"case\": {\n  \"name\": ");
    out_json_text(out, info->name);
    key(out, "sha256");
    out_json_text(out, info->sha256);
    key(out, "format");
    out_json_text(out, info->format);
    out_format(out,
               ",\n  \"n_bus\": %d,\n  \"n_branch\": %d,\n  \"n_gen\": %d,\n  \"n_load\": %d,\n  \"n_storage\": %d",
               (int) info->n_bus, (int) info->n_branch, (int) info->n_gen, (int) info->n_load, (int) info->n_storage);
    number_setting(out, "base_mva", true, info->base_mva);
    if (more)
        more(out, context);
    out_char(out, '}');
}

/* Per unit, as the power flow states it; flows as given miss what the certificate says. */
static void flows_json(out_file *out, const void *context)
{
    const trace_job *job = context;
    const double given = job->certificate.balance_mw / job->info.base_mva;
    const bool solved = job->flow.solved;
    const double none = (double) NAN;
    const field part[] = {
        field_text("method", solved ? flow_name(&job->flow) : NULL),
        field_number("iterations", solved ? job->flow.info.iterations : none),
        field_number("mismatch", solved ? job->flow.info.mismatch : given),
        field_number("mismatch_mw", solved ? flow_mismatch_mw(&job->flow) : job->certificate.balance_mw),
        field_number("slack_mw", solved ? job->flow.info.slack_mw : none),
        field_number("unserved_mw", solved ? job->flow.info.unserved_mw : none),
    };
    out_format(out, ",\n  \"flows\": \"%s\",\n  ", flow_name(&job->flow));
    fields_json(out, "powerflow", part, CLI_COUNT_OF(part));
}

void trace_case_json(out_file *out, const trace_job *job) { json_case(out, &job->info, flows_json, job); }

void json_libcef(out_file *out)
{
    out_format(out, "\"libcef\": {\n  \"version\": \"%s\",\n  \"abi\": %d}", cef_version_string(),
               (int) cef_abi_version());
}
