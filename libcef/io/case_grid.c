/* SPDX-License-Identifier: Apache-2.0 */
/* Cases made from a generated grid. Loads are sorted as a MATPOWER file holds them: demands in bus order, then shunts,
 * then exports; a load carries its bus's number as long as a bus has one of each kind. */
#include "io/case_data.h"

static cef_status add_buses(case_data *data, const cef_network_data *net, cef_error *error)
{
    CEF_TRY(case_reserve(data, CEF_BUS, net->n_bus, error));
    for (cef_index bus = 0, row = 0; bus < net->n_bus; bus++) {
        CEF_TRY(case_add_bus(data, &row, error));
        if (net->bus_id)
            case_set_number(data, CEF_BUS, row, net->bus_id[bus]);
    }
    return CEF_OK;
}

static cef_status add_branches(case_data *data, const cef_network_data *net, const cef_snapshot *at, cef_error *error)
{
    CEF_TRY(case_reserve(data, CEF_BRANCH, net->n_branch, error));
    for (cef_index k = 0, row = 0; k < net->n_branch; k++) {
        CEF_TRY(case_add_branch(data, &row, error));
        data->branch.from[row] = net->branch_from[k];
        data->branch.to[row] = net->branch_to[k];
        data->branch.p_from[row] = at->branch_p_from[k];
        data->branch.p_to[row] = at->branch_p_to ? at->branch_p_to[k] : -at->branch_p_from[k];
    }
    return CEF_OK;
}

static cef_status add_gens(case_data *data, const cef_grid *grid, const cef_network_data *net, const cef_snapshot *at,
                           cef_error *error)
{
    CEF_TRY(case_reserve(data, CEF_GEN, net->n_gen, error));
    text_ref last = 0;
    for (cef_index gen = 0, row = 0; gen < net->n_gen; gen++) {
        CEF_TRY(case_add_gen(data, &row, error));
        data->gen.bus[row] = net->gen_bus[gen];
        data->gen.p[row] = at->gen_p[gen];
        data->gen.intensity[row] = at->gen_intensity[gen];
        const char *fuel = cef_grid_gen_fuel(grid, gen);
        if (strcmp(fuel, case_text_at(data, last)) != 0)
            CEF_TRY(case_text(data, fuel, strlen(fuel), &last, error));
        data->gen.fuel[row] = last;
    }
    return CEF_OK;
}

static cef_status add_load(case_data *data, const cef_network_data *net, const cef_snapshot *at, cef_index load,
                           cef_error *error)
{
    cef_index row = 0;
    CEF_TRY(case_add_load(data, &row, error));
    data->load.bus[row] = net->load_bus[load];
    data->load.kind[row] = net->load_kind ? net->load_kind[load] : CEF_LOAD_DEMAND;
    data->load.p[row] = at->load_p[load];
    if (at->load_intensity && at->load_p[load] < 0.0)
        data->load.intensity[row] = at->load_intensity[load];
    return CEF_OK;
}

/* Adds the loads of one kind in bus order by counting: start[bus] is where its loads stand in `order`. */
static cef_status add_kind(case_data *data, const cef_network_data *net, const cef_snapshot *at, int32_t kind,
                           cef_index *start, cef_index *order, cef_error *error)
{
    memset(start, 0, ((size_t) net->n_bus + 1) * sizeof *start);
    cef_index n = 0;
    for (cef_index load = 0; load < net->n_load; load++)
        if ((net->load_kind ? net->load_kind[load] : CEF_LOAD_DEMAND) == kind)
            start[net->load_bus[load] + 1]++, n++;
    for (cef_index bus = 0; bus < net->n_bus; bus++)
        start[bus + 1] += start[bus];
    for (cef_index load = 0; load < net->n_load; load++)
        if ((net->load_kind ? net->load_kind[load] : CEF_LOAD_DEMAND) == kind)
            order[start[net->load_bus[load]]++] = load;
    for (cef_index k = 0; k < n; k++)
        CEF_TRY(add_load(data, net, at, order[k], error));
    return CEF_OK;
}

static void number_loads(case_data *data)
{
    const case_loads *load = &data->load;
    for (cef_index k = 1; k < load->n; k++)
        if (load->bus[k] == load->bus[k - 1] && load->kind[k] == load->kind[k - 1])
            return; /* two of a kind at a bus: ids stay row numbers */
    for (cef_index k = 0; k < load->n; k++)
        case_set_number(data, CEF_LOAD, k, data->bus.id.number[load->bus[k]]);
}

static cef_status add_loads(case_data *data, const cef_network_data *net, const cef_snapshot *at, cef_error *error)
{
    CEF_TRY(case_reserve(data, CEF_LOAD, net->n_load, error));
    const size_t size = ((size_t) net->n_bus + 1 + (size_t) net->n_load) * sizeof(cef_index);
    void *scratch = NULL;
    CEF_TRY(context_take(data->ctx, size, &scratch, error));
    cef_index *start = scratch, *order = start + net->n_bus + 1;
    cef_status status = CEF_OK;
    for (int32_t kind = CEF_LOAD_DEMAND; status == CEF_OK && kind <= CEF_LOAD_EXPORT; kind++)
        status = add_kind(data, net, at, kind, start, order, error);
    context_free(data->ctx, scratch, size);
    if (status == CEF_OK)
        number_loads(data);
    return status;
}

static cef_status add_stores(case_data *data, const cef_network_data *net, const cef_snapshot *at, cef_error *error)
{
    for (cef_index store = 0, row = 0; store < net->n_storage; store++) {
        CEF_TRY(case_add_storage(data, &row, error));
        data->storage.bus[row] = net->storage_bus[store];
        data->storage.p[row] = at->storage_p[store];
        if (at->storage_p[store] > 0.0)
            data->storage.intensity[row] = at->storage_intensity[store];
    }
    return CEF_OK;
}

static cef_status fill_from_grid(case_data *data, const cef_grid *grid, cef_error *error)
{
    cef_network_data net = {.struct_size = sizeof net};
    cef_snapshot at = {.struct_size = sizeof at};
    CEF_TRY(cef_grid_network(grid, &net, error));
    CEF_TRY(cef_grid_snapshot(grid, &at, error));
    CEF_TRY(add_buses(data, &net, error));
    CEF_TRY(add_branches(data, &net, &at, error));
    CEF_TRY(add_gens(data, grid, &net, &at, error));
    CEF_TRY(add_loads(data, &net, &at, error));
    return add_stores(data, &net, &at, error);
}

cef_status cef_case_from_grid(cef_context *ctx, const cef_grid *grid, const char *name, cef_case **out,
                              cef_error *error)
{
    if (!out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "cef_case_from_grid: out is NULL");
    *out = NULL;
    if (!ctx || !grid || !name)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE,
                         "cef_case_from_grid: context, grid and name must not be NULL");
    case_data data;
    case_data_init(&data, ctx, name);
    cef_text text = {data.name, sizeof data.name, 0};
    text_add(&text, name);
    memcpy(data.format, "grid", 5);
    const cef_status status = fill_from_grid(&data, grid, error);
    if (status == CEF_OK)
        return case_from_data(&data, out, error);
    case_data_release(&data);
    return status;
}
