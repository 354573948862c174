/* SPDX-License-Identifier: Apache-2.0 */
/* An unfed loop's buses by their ids. */
#include "fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"

/* Block numbers of all buses, with loops that no unit feeds marked instead of refused; false: it cannot be said. */
static bool find_blocks(cef_context *ctx, const fault_source *from, int32_t *block)
{
    cef_solver *solver = NULL;
    cef_settings settings = *from->settings;
    cef_solution solution = {.struct_size = sizeof solution, .bus_block = block};
    settings.on_unfed_loop = CEF_UNFED_MARK;
    cef_status status = cef_solver_create(ctx, cef_case_network(from->source), &settings, &solver, NULL);
    if (status == CEF_OK)
        status = cef_solver_solve(solver, from->snapshot, &solution, NULL, NULL);
    cef_solver_destroy(solver);
    return status == CEF_OK || status == CEF_ERR_CERTIFICATE;
}

static void list_loop(const cef_case *source, const int32_t *block, cef_index n_bus, cef_error *error)
{
    enum { NAMED = 8, ID_SIZE = 64 };
    char list[NAMED * ID_SIZE + 32] = "";
    int64_t n = 0;
    for (cef_index bus = 0; bus < n_bus; bus++) {
        char id[ID_SIZE];
        if (block[bus] != block[error->index] || n++ >= NAMED)
            continue;
        cef_case_id(source, CEF_BUS, bus, id, sizeof id);
        snprintf(list + strlen(list), sizeof list - strlen(list), " %s", id);
    }
    if (n > NAMED)
        snprintf(list + strlen(list), sizeof list - strlen(list), " and %d more", (int) (n - NAMED));
    cef_case_id(source, CEF_BUS, error->index, error->name, sizeof error->name);
    snprintf(error->message, sizeof error->message,
             "power circulates over %d buses and no generation reaches them%s: buses%.300s; correct the flows, raise "
             "--flow-tol, net parallel circuits, or leave such buses undefined with --unfed-loop mark",
             (int) n, strstr(error->message, "no load is reached") ? ", or no load is reached" : "", list);
}

void fault_name_solve(cef_context *ctx, const fault_source *from, cef_error *error)
{
    cef_case_info info = {.struct_size = sizeof info};
    if (cef_case_describe(from->source, &info, NULL) != CEF_OK)
        return;
    const bool lists = strcmp(error->code, "unfed-loop") == 0 && error->index >= 0 && !info.numeric_bus;
    int32_t *block = lists ? calloc((size_t) info.n_bus, sizeof *block) : NULL;
    if (block && find_blocks(ctx, from, block) && block[error->index] >= 0)
        list_loop(from->source, block, info.n_bus, error);
    else
        flow_name_element(from->source, &info, error);
    free(block);
}
