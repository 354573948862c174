/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles: eight elements of one kind, in use from the first chunk that needs one of them to the last. */
#include "batch/side.h"

/* ---- units of each bus ---- */

static void place_units(side_engine *e, const cef_index *bus, cef_index n, int kind)
{
    for (cef_index k = n - 1; k >= 0; k--)
        e->unit[--e->unit_start[bus[k]]] = LANES * e->first_tile[kind] + k;
}

/* From the back: stores, loads, generators. */
void side_list_units(side_engine *e)
{
    const cef_network *net = e->net;
    const cef_index n[TILE_KINDS] = {net->n_branch, net->n_gen, net->n_load, net->n_storage, net->n_bus};
    for (int kind = 0; kind < TILE_KINDS; kind++)
        e->first_tile[kind + 1] = e->first_tile[kind] + side_tiles_of(n[kind]);
    cef_index total = 0;
    for (cef_index bus = 0; bus < net->n_bus; bus++) {
        total += net->bus_units[bus];
        e->unit_start[bus] = total;
    }
    e->unit_start[net->n_bus] = total;
    place_units(e, net->storage_bus, net->n_storage, TILE_STORAGE);
    place_units(e, net->load_bus, net->n_load, TILE_LOAD);
    place_units(e, net->gen_bus, net->n_gen, TILE_GEN);
    memset(e->nothing, 0, LANES * sizeof *e->nothing);
}

/* ---- first and last chunk ---- */

static void use_tiles(side_engine *e, int kind, const cef_index *bus, cef_index n)
{
    side_plan *p = &e->plan;
    for (cef_index k = 0; k < n; k++) {
        const cef_index tile = e->first_tile[kind] + k / LANES, chunk = p->chunk_of[bus ? bus[k] : k];
        p->first[tile] = chunk < p->first[tile] ? chunk : p->first[tile];
        p->last[tile] = chunk > p->last[tile] ? chunk : p->last[tile];
    }
}

/* Tiles in their order by chunk: list, and where each chunk's begin. */
static void list_by_chunk(side_engine *e, const cef_index *chunk_of_tile, cef_index n_chunk, cef_index *list)
{
    const cef_index n = e->first_tile[TILE_KINDS];
    cef_index *end = e->plan.count;
    memset(end, 0, ((size_t) n_chunk + 1) * sizeof *end);
    for (cef_index tile = 0; tile < n; tile++)
        end[chunk_of_tile[tile] + 1]++;
    for (cef_index c = 0; c < n_chunk; c++)
        end[c + 1] += end[c];
    for (cef_index tile = 0; tile < n; tile++)
        list[end[chunk_of_tile[tile]]++] = tile;
}

void side_list_tiles(side_engine *e, cef_index n_chunk)
{
    const cef_network *net = e->net;
    const cef_index n = e->first_tile[TILE_KINDS];
    for (cef_index tile = 0; tile < n; tile++) {
        e->plan.first[tile] = INT32_MAX;
        e->plan.last[tile] = -1;
    }
    use_tiles(e, TILE_BRANCH, net->branch_from, net->n_branch);
    use_tiles(e, TILE_BRANCH, net->branch_to, net->n_branch);
    use_tiles(e, TILE_GEN, net->gen_bus, net->n_gen);
    use_tiles(e, TILE_LOAD, net->load_bus, net->n_load);
    use_tiles(e, TILE_STORAGE, net->storage_bus, net->n_storage);
    use_tiles(e, TILE_BUS, NULL, net->n_bus);
    list_by_chunk(e, e->plan.first, n_chunk, e->opens);
    for (cef_index c = 0; c < n_chunk; c++) /* after listing, end[c] is where chunk c ends */
        e->chunk[c + 1].open = e->plan.count[c];
    list_by_chunk(e, e->plan.last, n_chunk, e->closes);
    for (cef_index c = 0; c < n_chunk; c++)
        e->chunk[c + 1].close = e->plan.count[c];
    e->chunk[0] = (side_chunk){0, 0, 0};
    e->n_chunk = n_chunk;
}
