/* SPDX-License-Identifier: Apache-2.0 */
/* NULL arguments: grids and cases. */
#include "nulls.h"

NULLS(nulls_case);

Test(nulls_case, grid)
{
    const cef_grid_options options = world_grid_options();
    cef_network_data data = {.struct_size = sizeof data};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    cef_grid *grid = NULL;
    REFUSED_OUT(grid, cef_grid_create(NULL, &options, &grid, &error), cef_grid_create(NULL, &options, &grid, NULL));
    REFUSED_OUT(grid, cef_grid_create(w.ctx, NULL, &grid, &error), cef_grid_create(w.ctx, NULL, &grid, NULL));
    REFUSED(cef_grid_create(w.ctx, &options, NULL, &error), cef_grid_create(w.ctx, &options, NULL, NULL));
    REFUSED(cef_grid_network(NULL, &data, &error), cef_grid_network(NULL, &data, NULL));
    REFUSED(cef_grid_network(w.grid, NULL, &error), cef_grid_network(w.grid, NULL, NULL));
    REFUSED(cef_grid_snapshot(NULL, &snapshot, &error), cef_grid_snapshot(NULL, &snapshot, NULL));
    REFUSED(cef_grid_snapshot(w.grid, NULL, &error), cef_grid_snapshot(w.grid, NULL, NULL));
    cr_assert(strcmp(cef_grid_gen_fuel(NULL, 0), "") == 0 && strcmp(cef_grid_gen_fuel(w.grid, -1), "") == 0 &&
              strcmp(cef_grid_gen_fuel(w.grid, INT32_MAX), "") == 0);
    cef_grid_destroy(NULL);
}

Test(nulls_case, case_create)
{
    cef_case *c = NULL;
    REFUSED_OUT(c, cef_case_read(NULL, "x.yaml", &c, &error), cef_case_read(NULL, "x.yaml", &c, NULL));
    REFUSED_OUT(c, cef_case_read(w.ctx, NULL, &c, &error), cef_case_read(w.ctx, NULL, &c, NULL));
    REFUSED(cef_case_read(w.ctx, "x.yaml", NULL, &error), cef_case_read(w.ctx, "x.yaml", NULL, NULL));
    REFUSED_OUT(c, cef_case_read_memory(NULL, "x", "yaml", "", 0, &c, &error),
                cef_case_read_memory(NULL, "x", "yaml", "", 0, &c, NULL));
    REFUSED_OUT(c, cef_case_read_memory(w.ctx, NULL, "yaml", "", 0, &c, &error),
                cef_case_read_memory(w.ctx, NULL, "yaml", "", 0, &c, NULL));
    REFUSED_OUT(c, cef_case_read_memory(w.ctx, "x", NULL, "", 0, &c, &error),
                cef_case_read_memory(w.ctx, "x", NULL, "", 0, &c, NULL));
    REFUSED_OUT(c, cef_case_read_memory(w.ctx, "x", "yaml", NULL, 5, &c, &error),
                cef_case_read_memory(w.ctx, "x", "yaml", NULL, 5, &c, NULL));
    REFUSED(cef_case_read_memory(w.ctx, "x", "yaml", "", 0, NULL, &error),
            cef_case_read_memory(w.ctx, "x", "yaml", "", 0, NULL, NULL));
    REFUSED_OUT(c, cef_case_from_grid(NULL, w.grid, "x", &c, &error), cef_case_from_grid(NULL, w.grid, "x", &c, NULL));
    REFUSED_OUT(c, cef_case_from_grid(w.ctx, NULL, "x", &c, &error), cef_case_from_grid(w.ctx, NULL, "x", &c, NULL));
    REFUSED(cef_case_from_grid(w.ctx, w.grid, "x", NULL, &error), cef_case_from_grid(w.ctx, w.grid, "x", NULL, NULL));
    cef_case_destroy(NULL);
}

Test(nulls_case, case_queries)
{
    char buffer[8] = "";
    cr_assert(!cef_case_network(NULL));
    cr_assert(cef_case_id(NULL, CEF_BUS, 0, buffer, sizeof buffer) == 0);
    cr_assert(cef_case_id(w.c, CEF_BUS, -1, buffer, sizeof buffer) == 0);
    cr_assert(cef_case_id(w.c, CEF_METER, 0, buffer, sizeof buffer) == 0);
    (void) cef_case_id(w.c, CEF_BUS, 0, NULL, 0);
    (void) cef_case_id(w.c, CEF_BUS, 0, NULL, 8);
    cr_assert(strcmp(cef_case_fuel(NULL, 0), "") == 0 && strcmp(cef_case_fuel(w.c, -1), "") == 0);
    cr_assert(strcmp(cef_case_zone(NULL, 0), "") == 0 && strcmp(cef_case_zone(w.c, INT32_MAX), "") == 0);
    cr_assert(strcmp(cef_case_owner(NULL, 0), "") == 0 && strcmp(cef_case_owner(w.c, -1), "") == 0);
}

Test(nulls_case, case_use)
{
    cef_case_info info = {.struct_size = sizeof info};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    REFUSED(cef_case_describe(NULL, &info, &error), cef_case_describe(NULL, &info, NULL));
    cef_powerflow_data data = {.struct_size = sizeof data};
    cef_injections at = {.struct_size = sizeof at};
    cef_powerflow_solution solved = {.struct_size = sizeof solved};
    REFUSED(cef_case_powerflow(NULL, &data, &at, &error), cef_case_powerflow(NULL, &data, &at, NULL));
    REFUSED(cef_case_powerflow(w.c, NULL, &at, &error), cef_case_powerflow(w.c, NULL, &at, NULL));
    REFUSED(cef_case_powerflow(w.c, &data, NULL, &error), cef_case_powerflow(w.c, &data, NULL, NULL));
    REFUSED(cef_case_apply_flows(NULL, &solved, &error), cef_case_apply_flows(NULL, &solved, NULL));
    REFUSED(cef_case_apply_flows(w.c, NULL, &error), cef_case_apply_flows(w.c, NULL, NULL));
    cr_assert(!cef_case_participation(NULL));
    REFUSED(cef_case_describe(w.c, NULL, &error), cef_case_describe(w.c, NULL, NULL));
    REFUSED(cef_case_snapshot(NULL, &snapshot, &error), cef_case_snapshot(NULL, &snapshot, NULL));
    REFUSED(cef_case_snapshot(w.c, NULL, &error), cef_case_snapshot(w.c, NULL, NULL));
    REFUSED(cef_case_write(NULL, "x.yaml", &error), cef_case_write(NULL, "x.yaml", NULL));
    REFUSED(cef_case_write(w.c, NULL, &error), cef_case_write(w.c, NULL, NULL));
    REFUSED(cef_case_price(NULL, NULL, NULL, &error), cef_case_price(NULL, NULL, NULL, NULL));
    cr_assert(cef_case_price(w.c, NULL, NULL, &error) == CEF_OK, "%s", error.message);
    cef_storage_data stores = {.struct_size = sizeof stores};
    REFUSED(cef_case_storage(NULL, &stores, &error), cef_case_storage(NULL, &stores, NULL));
    REFUSED(cef_case_storage(w.c, NULL, &error), cef_case_storage(w.c, NULL, NULL));
    REFUSED(cef_case_check_flows(NULL, 0.1, &error), cef_case_check_flows(NULL, 0.1, NULL));
}
