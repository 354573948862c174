/* SPDX-License-Identifier: Apache-2.0 */
/* Exported: synthetic grids. */
#include "generate/generate.h"

#define GRID_MOST_BUSES 10000000

static cef_status check_options(const cef_grid_options *own, cef_error *error)
{
    if (own->n_bus < 2 || own->n_bus > GRID_MOST_BUSES)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) own->n_bus),
                            "options.n_bus is %d, a grid has 2 to %d buses", (int64_t) own->n_bus,
                            (int64_t) GRID_MOST_BUSES);
    if (own->kind != CEF_GRID_TRANSMISSION && own->kind != CEF_GRID_FEEDER)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) own->kind),
                            "options.kind is %d, which is none of CEF_GRID_*", (int64_t) own->kind);
    if (own->numbering != CEF_NUMBERING_NATURAL && own->numbering != CEF_NUMBERING_RANDOM)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) own->numbering),
                            "options.numbering is %d, which is none of CEF_NUMBERING_*", (int64_t) own->numbering);
    if (own->reserved != 0)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_NOWHERE, "options.reserved is %d, it must be 0",
                            (int64_t) own->reserved);
    return CEF_OK;
}

cef_status cef_grid_create(cef_context *ctx, const cef_grid_options *options, cef_grid **out, cef_error *error)
{
    if (!out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "out is NULL");
    *out = NULL;
    if (!ctx)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "ctx is NULL");
    cef_grid_options own;
    CEF_TRY(struct_read(&own, sizeof own, options, sizeof(size_t), "options", error));
    CEF_TRY(check_options(&own, error));
    return grid_create(ctx, &own, out, error);
}

void cef_grid_destroy(cef_grid *grid) { grid_destroy(grid); }

static cef_status check_view(const cef_grid *grid, const void *out, cef_error *error)
{
    if (!grid || !out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, grid ? "out is NULL" : "grid is NULL");
    size_t size = 0;
    memcpy(&size, out, sizeof size);
    if (size < sizeof size)
        return error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE,
                         "out.struct_size is not set: set it to sizeof the struct");
    return CEF_OK;
}

cef_status cef_grid_network(const cef_grid *grid, cef_network_data *out, cef_error *error)
{
    CEF_TRY(check_view(grid, out, error));
    cef_network_data own;
    grid_network(grid, &own);
    struct_write(out, &own, sizeof own);
    return CEF_OK;
}

cef_status cef_grid_snapshot(const cef_grid *grid, cef_snapshot *out, cef_error *error)
{
    CEF_TRY(check_view(grid, out, error));
    cef_snapshot own;
    grid_snapshot(grid, &own);
    struct_write(out, &own, sizeof own);
    return CEF_OK;
}

const char *cef_grid_gen_fuel(const cef_grid *grid, cef_index gen) { return grid ? grid_gen_fuel(grid, gen) : ""; }
