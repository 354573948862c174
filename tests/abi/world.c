/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <criterion/criterion.h>

static const cef_index first[1] = {0}, second[1] = {1};
static const double p_from[1] = {12}, p_to[1] = {-11}, gen_p[1] = {10}, gen_intensity[1] = {0.5}, load_p[1] = {11},
                    storage_p[1] = {2}, storage_intensity[1] = {0.2}, branch_r[1] = {0.01}, branch_x[1] = {0.1},
                    held[1] = {50};
static const char wired[] =
    "libcef: 1\n"
    "buses: [{id: 1, type: ref}, {id: 2}, {id: 3}]\n"
    "branches: [{id: a, from: 1, to: 2, r: 0.01, x: 0.1}, {id: b, from: 2, to: 3, r: 0, x: 0.2}]\n"
    "generators: [{id: g, bus: 1, p: 30, intensity: 0.5}]\n"
    "loads: [{id: l, bus: 3, p: 30}]\n";

cef_network_data world_network_data(void)
{
    return (cef_network_data){.struct_size = sizeof(cef_network_data),
                              .branch_from = first,
                              .branch_to = second,
                              .gen_bus = first,
                              .load_bus = second,
                              .storage_bus = first,
                              .n_bus = 2,
                              .n_branch = 1,
                              .n_gen = 1,
                              .n_load = 1,
                              .n_storage = 1};
}

cef_snapshot world_snapshot(void)
{
    return (cef_snapshot){.struct_size = sizeof(cef_snapshot),
                          .branch_p_from = p_from,
                          .branch_p_to = p_to,
                          .gen_p = gen_p,
                          .gen_intensity = gen_intensity,
                          .load_p = load_p,
                          .storage_p = storage_p,
                          .storage_intensity = storage_intensity};
}

cef_batch_data world_batch_data(void)
{
    return (cef_batch_data){.struct_size = sizeof(cef_batch_data),
                            .branch_p_from = p_from,
                            .branch_p_to = p_to,
                            .gen_p = gen_p,
                            .gen_intensity = gen_intensity,
                            .load_p = load_p,
                            .storage_p = storage_p,
                            .storage_intensity = storage_intensity,
                            .n_periods = 1};
}

cef_grid_options world_grid_options(void)
{
    return (cef_grid_options){.struct_size = sizeof(cef_grid_options), .seed = 1, .n_bus = 20};
}

cef_powerflow_data world_powerflow_data(void)
{
    return (cef_powerflow_data){
        .struct_size = sizeof(cef_powerflow_data), .base_mva = 100, .branch_r = branch_r, .branch_x = branch_x};
}

cef_injections world_injections(void)
{
    return (cef_injections){
        .struct_size = sizeof(cef_injections), .gen_p = gen_p, .load_p = load_p, .storage_p = storage_p};
}

cef_storage_data world_storage_data(void)
{
    return (cef_storage_data){
        .struct_size = sizeof(cef_storage_data), .energy = held, .intensity = storage_intensity, .n_storage = 1};
}

void world_open(world *w)
{
    const cef_powerflow_data wires = world_powerflow_data();
    const cef_storage_data storage = world_storage_data();
    const cef_network_data data = world_network_data();
    const cef_grid_options options = world_grid_options();
    cef_error error = {.struct_size = sizeof error};
    *w = (world){0};
    cr_assert(cef_context_create(NULL, &w->ctx, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_network_create(w->ctx, &data, &w->net, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_solver_create(w->ctx, w->net, NULL, &w->solver, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_batch_create(w->ctx, w->net, NULL, NULL, &w->batch, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_grid_create(w->ctx, &options, &w->grid, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_powerflow_create(w->ctx, w->net, &wires, NULL, &w->pf, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_case_read_memory(w->ctx, "wired", "yaml", wired, sizeof wired - 1, &w->wired, &error) == CEF_OK, "%s",
              error.message);
    cr_assert(cef_storage_create(w->ctx, &storage, NULL, &w->storage, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_case_from_grid(w->ctx, w->grid, "twenty", &w->c, &error) == CEF_OK, "%s", error.message);
}

/* Parents first: children keep what they need. */
void world_close(world *w)
{
    cef_context_destroy(w->ctx);
    cef_network_destroy(w->net);
    cef_grid_destroy(w->grid);
    cef_case_destroy(w->c);
    cef_case_destroy(w->wired);
    cef_powerflow_destroy(w->pf);
    cef_solver_destroy(w->solver);
    cef_storage_destroy(w->storage);
    cef_batch_destroy(w->batch);
}
