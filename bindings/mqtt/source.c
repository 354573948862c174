/* SPDX-License-Identifier: Apache-2.0 */
/* From a case file to a roll of meters. */
#include "source.h"

#include <math.h>
#include <stdlib.h>

/* Every power of a solution in one block. */
static cef_status take_solution(cef_powerflow_solution *s, const cef_case_info *info, double **block, cef_error *error)
{
    *s = (cef_powerflow_solution){.struct_size = sizeof *s};
    const struct {
        double **array;
        cef_index n;
    } part[] = {{&s->branch_p_from, info->n_branch},
                {&s->branch_p_to, info->n_branch},
                {&s->gen_p, info->n_gen},
                {&s->load_p, info->n_load},
                {&s->storage_p, info->n_storage}};
    size_t all = 1;
    for (size_t k = 0; k < sizeof part / sizeof *part; k++)
        all += (size_t) part[k].n;
    double *at = *block = calloc(all, sizeof **block);
    if (!at)
        return mqtt_no_memory(error, all * sizeof *at);
    for (size_t k = 0; k < sizeof part / sizeof *part; k++) {
        *part[k].array = at;
        at += part[k].n;
    }
    return CEF_OK;
}

static cef_status solve_into(meter_source *s, const cef_powerflow_solution *solution, double *missed_mw,
                             cef_error *error)
{
    cef_powerflow_data data = {.struct_size = sizeof data};
    cef_injections at = {.struct_size = sizeof at};
    cef_powerflow_options options;
    cef_powerflow_info done = {.struct_size = sizeof done};
    cef_powerflow *pf = NULL;
    cef_powerflow_solution out = *solution;
    MQTT_TRY(cef_case_powerflow(s->grid, &data, &at, error));
    cef_powerflow_options_init(&options, sizeof options);
    options.method = CEF_POWERFLOW_AC;
    cef_status status = cef_powerflow_create(s->ctx, cef_case_network(s->grid), &data, &options, &pf, error);
    if (status == CEF_OK)
        status = cef_powerflow_solve(pf, &at, &out, &done, error);
    cef_powerflow_destroy(pf);
    if (status == CEF_OK)
        status = cef_case_apply_flows(s->grid, &out, error);
    *missed_mw = done.mismatch * s->info.base_mva;
    return status;
}

/* *missed_mw: what the flows miss: no flow. */
static cef_status settle_flows(meter_source *s, const cef_settings *settings, double *missed_mw, cef_error *error)
{
    double *block = NULL;
    cef_powerflow_solution solution;
    *missed_mw = 0.0;
    const cef_status given = cef_case_check_flows(s->grid, settings->balance_tol, error);
    if (given != CEF_ERR_UNSOLVED)
        return given;
    cef_status status = take_solution(&solution, &s->info, &block, error);
    if (status == CEF_OK)
        status = solve_into(s, &solution, missed_mw, error);
    free(block);
    return status;
}

static cef_status open_case(meter_source *s, const source_options *o, cef_error *error)
{
    const cef_context_options context = {.struct_size = sizeof context};
    s->info = (cef_case_info){.struct_size = sizeof s->info};
    MQTT_TRY(cef_context_create(&context, &s->ctx, error));
    MQTT_TRY(cef_case_read(s->ctx, o->path, &s->grid, error));
    return cef_case_describe(s->grid, &s->info, error);
}

cef_status source_open(meter_source *s, const source_options *o, cef_error *error)
{
    *s = (meter_source){0};
    cef_settings settings;
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    double missed_mw = 0.0;
    const cef_factor_options factors = {.struct_size = sizeof factors,
                                        .factors = o->factors,
                                        .fuel_factors = o->fuel_factors,
                                        .missing = o->missing,
                                        .missing_value = o->missing_value};
    cef_settings_init(&settings, sizeof settings);
    settings.net_parallel = o->net_parallel;
    MQTT_TRY(open_case(s, o, error));
    MQTT_TRY(settle_flows(s, &settings, &missed_mw, error));
    MQTT_TRY(cef_case_price(s->grid, &factors, NULL, error));
    settings.flow_tol = fmax(settings.flow_tol, missed_mw);
    MQTT_TRY(cef_case_snapshot(s->grid, &snapshot, error));
    return cef_meter_roll_create(s->ctx, cef_case_network(s->grid), &settings, &snapshot, &s->roll, error);
}

void source_release(meter_source *s)
{
    cef_meter_roll_destroy(s->roll);
    cef_case_destroy(s->grid);
    cef_context_destroy(s->ctx);
    *s = (meter_source){0};
}
