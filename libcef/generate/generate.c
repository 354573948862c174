/* SPDX-License-Identifier: Apache-2.0 */
/* Room generate: a grid is drafted in one block of the context, then written into the block that is kept. */
#include "generate/plan.h"

/* ---- memory ---- */
static void carve_land(cef_arena *arena, const grid_plan *plan, grid_draft *draft)
{
    ARENA_ARRAY(arena, draft->height, plan->n_bus);
    ARENA_ARRAY(arena, draft->dead, plan->n_bus);
}

static void carve_draft(cef_arena *arena, const grid_plan *plan, grid_draft *draft)
{
    const cef_index n = plan->n_bus, m = draft->n_branch;
    ARENA_ARRAY(arena, draft->order, n);
    ARENA_ARRAY(arena, draft->first_arc, n + 1);
    ARENA_ARRAY(arena, draft->inflow, n);
    ARENA_ARRAY(arena, draft->unit, n);
    ARENA_ARRAY(arena, draft->load, n);
    ARENA_ARRAY(arena, draft->place, n);
    ARENA_ARRAY(arena, draft->from, m);
    ARENA_ARRAY(arena, draft->to, m);
    ARENA_ARRAY(arena, draft->kind, m);
    ARENA_ARRAY(arena, draft->sent, m);
    ARENA_ARRAY(arena, draft->received, m);
    ARENA_ARRAY(arena, draft->arc, m);
    ARENA_ARRAY(arena, draft->shuffle, n > m ? n : m);
    ARENA_ARRAY(arena, draft->loop_branch, plan->n_loop);
    ARENA_ARRAY(arena, draft->loop_length, plan->n_loop);
}

static void carve_grid(cef_arena *arena, cef_grid **grid, const cef_grid *sizes)
{
    cef_grid own = *sizes, *kept = arena_take(arena, 1, sizeof own);
    ARENA_ARRAY(arena, own.bus_id, own.n_bus);
    ARENA_ARRAY(arena, own.bus_zone, own.n_bus);
    ARENA_ARRAY(arena, own.branch_from, own.n_branch);
    ARENA_ARRAY(arena, own.branch_to, own.n_branch);
    ARENA_ARRAY(arena, own.branch_p_from, own.n_branch);
    ARENA_ARRAY(arena, own.branch_p_to, own.n_branch);
    ARENA_ARRAY(arena, own.gen_bus, own.n_gen);
    ARENA_ARRAY(arena, own.gen_p, own.n_gen);
    ARENA_ARRAY(arena, own.gen_intensity, own.n_gen);
    ARENA_ARRAY(arena, own.gen_fuel, own.n_gen);
    ARENA_ARRAY(arena, own.load_bus, own.n_load);
    ARENA_ARRAY(arena, own.load_p, own.n_load);
    ARENA_ARRAY(arena, own.load_intensity, own.n_load);
    if (kept)
        *kept = own;
    *grid = kept;
}

static cef_status arena_allocate(cef_context *ctx, cef_arena *arena, cef_error *error)
{
    const size_t bytes = arena->used;
    if (arena->overflow)
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE, "the grid does not fit this machine's memory sizes");
    void *block = NULL;
    CEF_TRY(context_take(ctx, bytes, &block, error));
    *arena = (cef_arena){.base = block};
    return CEF_OK;
}

static void block_free(cef_context *ctx, const cef_arena *arena)
{
    if (arena->base)
        context_free(ctx, arena->base, arena->used);
}

/* ---- creation ---- */
static cef_status keep_grid(cef_context *ctx, const grid_plan *plan, grid_draft *draft, int32_t numbering,
                            cef_grid **out, cef_error *error)
{
    cef_grid sizes = {.ctx = ctx, .n_bus = plan->n_bus, .n_branch = draft->n_branch}, *grid = NULL;
    tables_count(plan, draft, &sizes.n_gen, &sizes.n_load);
    cef_arena arena = {0};
    carve_grid(&arena, &grid, &sizes);
    sizes.bytes = arena.used;
    CEF_TRY(arena_allocate(ctx, &arena, error));
    carve_grid(&arena, &grid, &sizes);
    context_retain(ctx);
    tables_fill(plan, draft, numbering, grid);
    *out = grid;
    return CEF_OK;
}

cef_status grid_create(cef_context *ctx, const cef_grid_options *options, cef_grid **out, cef_error *error)
{
    grid_plan plan;
    grid_draft draft = {0};
    plan_init(&plan, options);
    cef_arena land = {0}, rest = {0};
    carve_land(&land, &plan, &draft);
    cef_status status = arena_allocate(ctx, &land, error);
    if (status != CEF_OK)
        return status;
    carve_land(&land, &plan, &draft);
    draft_deaths(&plan, &draft);
    draft_wires(&plan, &draft); /* counts */
    carve_draft(&rest, &plan, &draft);
    status = arena_allocate(ctx, &rest, error);
    if (status != CEF_OK)
        goto fail;
    carve_draft(&rest, &plan, &draft);
    memset(draft.loop_length, 0, (size_t) plan.n_loop * sizeof *draft.loop_length);
    draft_wires(&plan, &draft);
    draft_heights(&plan, &draft);
    draft_flows(&plan, &draft);
    status = keep_grid(ctx, &plan, &draft, options->numbering, out, error);
fail:
    block_free(ctx, &rest);
    block_free(ctx, &land);
    return status;
}

void grid_destroy(cef_grid *grid)
{
    if (!grid)
        return;
    cef_context *ctx = grid->ctx;
    context_free(ctx, grid, grid->bytes);
    context_release(ctx);
}

/* ---- views ---- */
void grid_network(const cef_grid *grid, cef_network_data *out)
{
    *out = (cef_network_data){.struct_size = sizeof *out,
                              .bus_id = grid->bus_id,
                              .bus_zone = grid->bus_zone,
                              .branch_from = grid->branch_from,
                              .branch_to = grid->branch_to,
                              .gen_bus = grid->gen_bus,
                              .load_bus = grid->load_bus,
                              .n_bus = grid->n_bus,
                              .n_branch = grid->n_branch,
                              .n_gen = grid->n_gen,
                              .n_load = grid->n_load};
}

void grid_snapshot(const cef_grid *grid, cef_snapshot *out)
{
    *out = (cef_snapshot){.struct_size = sizeof *out,
                          .branch_p_from = grid->branch_p_from,
                          .branch_p_to = grid->branch_p_to,
                          .gen_p = grid->gen_p,
                          .gen_intensity = grid->gen_intensity,
                          .load_p = grid->load_p,
                          .load_intensity = grid->load_intensity};
}

const char *grid_gen_fuel(const cef_grid *grid, cef_index gen)
{
    return gen >= 0 && gen < grid->n_gen ? grid_fuels[grid->gen_fuel[gen]].name : "";
}
