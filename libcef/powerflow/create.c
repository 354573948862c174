/* SPDX-License-Identifier: Apache-2.0 */
/* The handle: one block of memory for everything but the factors. */
#include "parts.h"

static void carve_grid(cef_arena *arena, cef_powerflow *pf)
{
    const size_t n_bus = (size_t) pf->net->n_bus, n_gen = (size_t) pf->net->n_gen,
                 n_branch = (size_t) pf->net->n_branch;
    ARENA_ARRAY(arena, pf->bus_type, n_bus);
    ARENA_ARRAY(arena, pf->island, n_bus);
    ARENA_ARRAY(arena, pf->reference, n_bus);
    ARENA_ARRAY(arena, pf->gen_live, n_gen);
    ARENA_ARRAY(arena, pf->link, n_branch);
    ARENA_ARRAY(arena, pf->load_role, pf->net->n_load);
    ARENA_ARRAY(arena, pf->gen_share, n_gen);
    ARENA_ARRAY(arena, pf->bus_share, n_bus);
    ARENA_ARRAY(arena, pf->slack_bus, n_bus);
    ARENA_ARRAY(arena, pf->slack_weight, n_bus);
    ARENA_ARRAY(arena, pf->gen_qmin, n_gen);
    ARENA_ARRAY(arena, pf->gen_qmax, n_gen);
    ARENA_ARRAY(arena, pf->bus_qmin, n_bus);
    ARENA_ARRAY(arena, pf->bus_qmax, n_bus);
    ARENA_ARRAY(arena, pf->n_units, n_bus);
    ARENA_ARRAY(arena, pf->vm_set, n_bus);
    ARENA_ARRAY(arena, pf->vm0, n_bus);
    ARENA_ARRAY(arena, pf->va0, n_bus);
    ARENA_ARRAY(arena, pf->bus_gs, n_bus);
    ARENA_ARRAY(arena, pf->pi, n_branch);
    ARENA_ARRAY(arena, pf->row_start, n_bus + 1);
    ARENA_ARRAY(arena, pf->row_bus, powerflow_row_bound(pf->net));
    ARENA_ARRAY(arena, pf->row_y, powerflow_row_bound(pf->net));
    ARENA_ARRAY(arena, pf->row_s, powerflow_row_bound(pf->net));
}

static void carve_newton(cef_arena *arena, cef_powerflow *pf)
{
    const size_t n_bus = (size_t) pf->net->n_bus, bound = powerflow_row_bound(pf->net);
    const bool ac = pf->options.method == CEF_POWERFLOW_AC;
    const size_t n = ac ? 2 * n_bus : 0, entries = ac ? 4 * bound + n_bus : 0;
    ARENA_ARRAY(arena, pf->p_index, n_bus);
    ARENA_ARRAY(arena, pf->q_index, n_bus);
    ARENA_ARRAY(arena, pf->held, n_bus);
    ARENA_ARRAY(arena, pf->at_limit, n_bus);
    ARENA_ARRAY(arena, pf->n_release, n_bus);
    ARENA_ARRAY(arena, pf->slot, ac ? bound : 0);
    ARENA_ARRAY(arena, pf->jacobian.start, n + 1);
    ARENA_ARRAY(arena, pf->jacobian.row, entries);
    ARENA_ARRAY(arena, pf->jacobian.value, entries + 1);
    ARENA_ARRAY(arena, pf->unknown_bus, n);
    ARENA_ARRAY(arena, pf->missing, n);
    ARENA_ARRAY(arena, pf->step, n);
    ARENA_ARRAY(arena, pf->check, n);
}

static void carve_state(cef_arena *arena, cef_powerflow *pf)
{
    const size_t n_bus = (size_t) pf->net->n_bus, n_branch = (size_t) pf->net->n_branch;
    ARENA_ARRAY(arena, pf->dc_index, n_bus);
    ARENA_ARRAY(arena, pf->dc.start, n_bus + 1);
    ARENA_ARRAY(arena, pf->dc.row, powerflow_row_bound(pf->net));
    ARENA_ARRAY(arena, pf->dc.value, powerflow_row_bound(pf->net));
    ARENA_ARRAY(arena, pf->dc_b, n_branch);
    ARENA_ARRAY(arena, pf->dc_shift, n_branch);
    ARENA_ARRAY(arena, pf->dc_x, n_bus);
    double **of_buses[] = {&pf->p_given, &pf->q_given, &pf->slack,   &pf->vm,      &pf->va,
                           &pf->e,       &pf->f,       &pf->p,       &pf->q,       &pf->vm_kept,
                           &pf->va_kept, &pf->vm_best, &pf->va_best, &pf->vm_last, &pf->va_last};
    for (size_t k = 0; k < sizeof of_buses / sizeof *of_buses; k++)
        *of_buses[k] = arena_take(arena, n_bus, sizeof(double));
}

static void carve(cef_arena *arena, cef_powerflow *pf)
{
    carve_grid(arena, pf);
    carve_newton(arena, pf);
    carve_state(arena, pf);
}

static cef_status allocate(cef_context *ctx, cef_network *net, const cef_powerflow_options *options,
                           cef_powerflow **out, cef_error *error)
{
    cef_powerflow shape = {.ctx = ctx, .net = net, .options = *options};
    shape.options.participation = NULL;
    cef_arena arena = {0};
    (void) arena_take(&arena, 1, sizeof shape);
    carve(&arena, &shape);
    if (arena.overflow || 4 * powerflow_row_bound(net) + (size_t) net->n_bus > INT32_MAX)
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE, "the network is too large for a power flow");
    void *memory = NULL;
    CEF_TRY(context_take(ctx, arena.used, &memory, error));
    shape.size = arena.used;
    arena = (cef_arena){.base = memory};
    cef_powerflow *pf = arena_take(&arena, 1, sizeof *pf);
    *pf = shape;
    carve(&arena, pf);
    context_retain(ctx);
    network_retain(net);
    *out = pf;
    return CEF_OK;
}

static void prepare(cef_powerflow *pf, const cef_powerflow_data *data, const double *participation)
{
    pf->base_mva = data->base_mva;
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++)
        pf->bus_gs[bus] = data->bus_gs ? data->bus_gs[bus] / pf->base_mva : 0.0;
    powerflow_find_islands(pf, data);
    powerflow_set_units(pf, data, participation);
    powerflow_admit(pf, data);
    cef_index *bus_at = (cef_index *) pf->vm; /* scratch: as many doubles */
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++)
        bus_at[pf->net->elimination.position[bus]] = bus;
    powerflow_lay_dc(pf, data, bus_at);
    if (pf->options.method == CEF_POWERFLOW_AC) {
        powerflow_number_unknowns(pf, bus_at);
        powerflow_lay_jacobian(pf);
    }
    memset(pf->held, 0, (size_t) pf->net->n_bus);
}

static cef_status create_factors(cef_powerflow *pf, cef_error *error)
{
    const bool ac = pf->options.method == CEF_POWERFLOW_AC;
    CEF_TRY(lu_create(pf->ctx, pf->dc.n, pf->dc.start, pf->dc.row, &pf->dc.lu, error));
    if (ac)
        CEF_TRY(lu_create(pf->ctx, pf->jacobian.n, pf->jacobian.start, pf->jacobian.row, &pf->jacobian.lu, error));
    const lu_outcome analysed = lu_analyse(ac ? pf->jacobian.lu : pf->dc.lu);
    return analysed != LU_NO_MEMORY /* a singular structure is found again, and told, by the solve */
               ? CEF_OK
               : error_set(error, DIAG_MEMORY, CEF_NOWHERE,
                           "no memory to analyse the equations of the power flow (KLU)");
}

cef_status powerflow_create(cef_context *ctx, cef_network *net, const cef_powerflow_data *data,
                            const cef_powerflow_options *options, cef_powerflow **out, cef_error *error)
{
    cef_powerflow *pf = NULL;
    CEF_TRY(powerflow_check_options(options, error));
    CEF_TRY(powerflow_check_data(net, data, options, error));
    CEF_TRY(allocate(ctx, net, options, &pf, error));
    prepare(pf, data, options->participation);
    const cef_status status = create_factors(pf, error);
    if (status != CEF_OK)
        powerflow_destroy(pf);
    else
        *out = pf;
    return status;
}

void powerflow_destroy(cef_powerflow *pf)
{
    if (!pf)
        return;
    cef_context *ctx = pf->ctx;
    lu_destroy(pf->jacobian.lu);
    lu_destroy(pf->dc.lu);
    network_release(pf->net);
    context_free(ctx, pf, pf->size);
    context_release(ctx);
}
