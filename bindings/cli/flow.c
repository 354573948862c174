/* SPDX-License-Identifier: Apache-2.0 */
/* Solving a case's power flow. */
#include "flow.h"

#include <stdio.h>
#include <string.h>

#include "say.h"

const char *flow_name(const cli_flow *flow)
{
    return !flow->solved ? "given" : flow->method == CEF_POWERFLOW_DC ? "dc" : "ac";
}

double flow_mismatch_mw(const cli_flow *flow) { return flow->info.mismatch * flow->base_mva; }

cef_status flow_take(cef_powerflow_solution *s, const cef_case_info *info, cli_pool *pool, cef_error *error)
{
    *s = (cef_powerflow_solution){.struct_size = sizeof *s};
    const struct {
        double **array;
        cef_index n;
    } part[] = {
        {&s->bus_vm, info->n_bus},         {&s->bus_va, info->n_bus},           {&s->bus_mismatch_p, info->n_bus},
        {&s->bus_mismatch_q, info->n_bus}, {&s->branch_p_from, info->n_branch}, {&s->branch_q_from, info->n_branch},
        {&s->branch_p_to, info->n_branch}, {&s->branch_q_to, info->n_branch},   {&s->gen_p, info->n_gen},
        {&s->gen_q, info->n_gen},          {&s->load_p, info->n_load},          {&s->storage_p, info->n_storage}};
    for (size_t k = 0; k < CLI_COUNT_OF(part); k++)
        CLI_TRY(pool_take(pool, (size_t) part[k].n, sizeof(double), part[k].array, error));
    return pool_take(pool, (size_t) info->n_bus, sizeof(int32_t), &s->bus_type, error);
}

int flow_check_usage(const cli_args *args)
{
    const cli_verb_id verb = args->verb;
    const cli_value *tolerance = &args->option[OPTION_TOLERANCE], *steps = &args->option[OPTION_MAX_ITERATIONS];
    if (!(tolerance->number > 0.0))
        return say_usage(verb, "--tolerance cannot be %s: it takes a number > 0", tolerance->text);
    if (steps->integer < 1 || steps->integer > 1000)
        return say_usage(verb, "--max-iterations cannot be %s: it takes 1 to 1000", steps->text);
    return CLI_DONE;
}

static cef_powerflow_options options_of(const cli_args *args, int32_t method, const cef_case *source,
                                        const cef_powerflow_data *data)
{
    static const int32_t starts[] = {CEF_START_STORED, CEF_START_FLAT, CEF_START_DC};
    const cli_value *option = args->option;
    cef_powerflow_options o;
    cef_powerflow_options_init(&o, sizeof o);
    o.method = method;
    o.start = starts[option[OPTION_START_FROM].word];
    o.tolerance = option[OPTION_TOLERANCE].number;
    o.reactive_limits = option[OPTION_REACTIVE_LIMITS].given;
    o.max_iterations = (int32_t) option[OPTION_MAX_ITERATIONS].integer;
    switch (option[OPTION_SLACK].word) {
    case SLACK_CAPACITY: o.participation = data->gen_capacity; break;
    case SLACK_FACTORS: o.participation = cef_case_participation(source); break;
    default: break; /* the reference generators */
    }
    return o;
}

/* The library knows positions and, where all are numbers, bus ids; the case knows every row's id. */
void flow_name_element(const cef_case *source, const cef_case_info *info, cef_error *error)
{
    static const char *const words[] = {"", "bus ", "branch ", "generator ", "load ", "store "};
    const bool nowhere = error->element < CEF_BUS || error->element > CEF_STORAGE || error->index < 0 || error->name[0];
    if (nowhere || (error->element == CEF_BUS && info->numeric_bus))
        return;
    char message[sizeof error->message];
    cef_case_id(source, error->element, error->index, error->name, sizeof error->name);
    memcpy(message, error->message, sizeof message);
    snprintf(error->message, sizeof error->message, "%s%s: %.400s", words[error->element], error->name, message);
}

cef_status flow_prepare(flow_input *input, cef_case *source, const cli_args *args, int32_t method, cef_error *error)
{
    input->data = (cef_powerflow_data){.struct_size = sizeof input->data};
    input->at = (cef_injections){.struct_size = sizeof input->at};
    CLI_TRY(cef_case_powerflow(source, &input->data, &input->at, error));
    input->options = options_of(args, method, source, &input->data);
    return CEF_OK;
}

cef_status flow_solve(cli_flow *flow, cef_context *ctx, cef_case *source, const cli_args *args, int32_t method,
                      cli_pool *pool, cef_error *error)
{
    cef_case_info info = {.struct_size = sizeof info};
    flow_input in;
    cef_powerflow *pf = NULL;
    flow->method = method;
    flow->info = (cef_powerflow_info){.struct_size = sizeof flow->info};
    CLI_TRY(cef_case_describe(source, &info, error));
    CLI_TRY(flow_prepare(&in, source, args, method, error));
    CLI_TRY(flow_take(&flow->solution, &info, pool, error));
    cef_status status = cef_powerflow_create(ctx, cef_case_network(source), &in.data, &in.options, &pf, error);
    if (status == CEF_OK)
        status = cef_powerflow_solve(pf, &in.at, &flow->solution, &flow->info, error);
    if (status != CEF_OK)
        flow_name_element(source, &info, error);
    cef_powerflow_destroy(pf);
    flow->base_mva = info.base_mva;
    flow->solved = status == CEF_OK;
    return status;
}

void flow_warn(const cli_flow *flow)
{
    if (flow->info.unserved_mw != 0.0)
        say_warning("%d buses have no generation that reaches them: %.6g MW of load is not served",
                    (int) flow->info.n_dead_buses, flow->info.unserved_mw);
    if (flow->info.n_vg_conflicts > 0)
        say_warning("%d buses have units that state different voltages: the last one's is held",
                    (int) flow->info.n_vg_conflicts);
}

void flow_settings(const cli_args *args, field out[FLOW_SETTINGS])
{
    const cli_value *option = args->option;
    out[0] = field_text("start_from", option[OPTION_START_FROM].text);
    out[1] = field_text("slack", option[OPTION_SLACK].text);
    out[2] = field_truth("reactive_limits", option[OPTION_REACTIVE_LIMITS].given);
    out[3] = field_number("tolerance", option[OPTION_TOLERANCE].number);
    out[4] = field_count("max_iterations", (int64_t) option[OPTION_MAX_ITERATIONS].integer);
}
