/* SPDX-License-Identifier: Apache-2.0 */
/* Exported: power flow. */
#include "powerflow/powerflow.h"

void cef_powerflow_options_init(cef_powerflow_options *options, size_t struct_size)
{
    if (!options || struct_size < sizeof(size_t))
        return;
    cef_powerflow_options own;
    powerflow_options_default(&own);
    memset(options, 0, struct_size);
    memcpy(options, &struct_size, sizeof struct_size);
    struct_write(options, &own, sizeof own);
}

/* What the caller's shorter struct does not hold takes its default. */
static cef_status read_options(const cef_powerflow_options *theirs, cef_powerflow_options *own, cef_error *error)
{
    powerflow_options_default(own);
    if (!theirs)
        return CEF_OK;
    cef_powerflow_options read;
    CEF_TRY(struct_read(&read, sizeof read, theirs, sizeof(size_t), "options", error));
    const size_t size = theirs->struct_size < sizeof read ? theirs->struct_size : sizeof read;
    memcpy(own, &read, size);
    return CEF_OK;
}

cef_status cef_powerflow_create(cef_context *ctx, const cef_network *net, const cef_powerflow_data *data,
                                const cef_powerflow_options *options, cef_powerflow **out, cef_error *error)
{
    if (!out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "out is NULL");
    *out = NULL;
    if (!ctx || !net)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "ctx or net is NULL");
    cef_powerflow_data own_data;
    cef_powerflow_options own_options;
    CEF_TRY(struct_read(&own_data, sizeof own_data, data, sizeof(size_t), "data", error));
    CEF_TRY(read_options(options, &own_options, error));
    return powerflow_create(ctx, (cef_network *) net, &own_data, &own_options, out, error); /* only counted */
}

/* What both calls check and copy. */
typedef struct {
    cef_injections injections;
    cef_powerflow_solution solution;
} operands;

static cef_status read_operands(const cef_powerflow *pf, const cef_injections *injections,
                                const cef_powerflow_solution *solution, const cef_powerflow_info *info, operands *own,
                                cef_error *error)
{
    if (!pf)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "pf is NULL");
    own->solution = (cef_powerflow_solution){.struct_size = sizeof own->solution};
    CEF_TRY(struct_read(&own->injections, sizeof own->injections, injections, sizeof(size_t), "injections", error));
    if (solution)
        CEF_TRY(struct_read(&own->solution, sizeof own->solution, solution, sizeof(size_t), "solution", error));
    if (info && info->struct_size < sizeof(size_t))
        return error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE, "info->struct_size is not set");
    return CEF_OK;
}

cef_status cef_powerflow_solve(cef_powerflow *pf, const cef_injections *injections, cef_powerflow_solution *solution,
                               cef_powerflow_info *info, cef_error *error)
{
    operands own;
    CEF_TRY(read_operands(pf, injections, solution, info, &own, error));
    return powerflow_solve(pf, &own.injections, &own.solution, info, error);
}

cef_status cef_powerflow_evaluate(cef_powerflow *pf, const cef_injections *injections, const double *bus_vm,
                                  const double *bus_va, cef_powerflow_solution *solution, cef_powerflow_info *info,
                                  cef_error *error)
{
    operands own;
    CEF_TRY(read_operands(pf, injections, solution, info, &own, error));
    return powerflow_evaluate_state(pf, &own.injections, bus_vm, bus_va, &own.solution, info, error);
}

void cef_powerflow_destroy(cef_powerflow *pf) { powerflow_destroy(pf); }
