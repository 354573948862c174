/* SPDX-License-Identifier: Apache-2.0 */
/* Exported: settings and solvers. */
#include "run/run.h"

void cef_settings_init(cef_settings *settings, size_t struct_size)
{
    if (!settings || struct_size < sizeof(size_t))
        return;
    cef_settings own;
    settings_default(&own);
    memset(settings, 0, struct_size);
    memcpy(settings, &struct_size, sizeof struct_size);
    struct_write(settings, &own, sizeof own);
}

cef_status cef_solver_create(cef_context *ctx, const cef_network *net, const cef_settings *settings, cef_solver **out,
                             cef_error *error)
{
    if (!out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "out is NULL");
    *out = NULL;
    if (!ctx || !net)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "ctx or net is NULL");
    cef_settings own;
    CEF_TRY(settings_read(settings, &own, error));
    return solver_create(ctx, (cef_network *) net, &own, out, error); /* only its reference count changes */
}

cef_status cef_solver_solve(cef_solver *solver, const cef_snapshot *snapshot, cef_solution *solution,
                            cef_solve_info *info, cef_error *error)
{
    if (!solver)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "solver is NULL");
    cef_snapshot own_snapshot;
    cef_solution own_solution = {.struct_size = sizeof own_solution};
    CEF_TRY(struct_read(&own_snapshot, sizeof own_snapshot, snapshot, sizeof(size_t), "snapshot", error));
    if (solution)
        CEF_TRY(struct_read(&own_solution, sizeof own_solution, solution, sizeof(size_t), "solution", error));
    if (info && info->struct_size < sizeof(size_t))
        return error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE, "info->struct_size is not set");
    return solver_solve(solver, &own_snapshot, &own_solution, info, error);
}

void cef_solver_destroy(cef_solver *solver) { solver_destroy(solver); }
