/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles: eight elements of one kind, in use from the first chunk that needs one of them to the last. */
#include "batch/side.h"

/* ---- units of each bus ---- */

static void place_units(side_engine *e, const cef_index *bus, cef_index n, int kind)
{
    for (cef_index k = n - 1; k >= 0; k--)
        e->unit[--e->unit_start[bus[k]]] = LANES * e->first_tile[kind] + k;
}

static bool has_kinds(const side_engine *e, cef_index bus)
{
    const cef_index loads = LANES * e->first_tile[TILE_LOAD], stores = LANES * e->first_tile[TILE_STORAGE];
    bool kinds = false;
    for (cef_index u = e->unit_start[bus]; u < e->unit_start[bus + 1]; u++) {
        const cef_index unit = e->unit[u];
        kinds |= unit >= stores || (unit >= loads && e->net->load_kind[unit - loads] == CEF_LOAD_EXPORT);
    }
    return kinds;
}

static uint8_t unit_class_of(const side_engine *e, cef_index bus)
{
    const cef_index n = e->unit_start[bus + 1] - e->unit_start[bus];
    return (uint8_t) ((has_kinds(e, bus) ? SIDE_KINDS : 0) + (n < SIDE_KINDS ? n : SIDE_KINDS - 1));
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
    for (cef_index bus = 0; bus < net->n_bus; bus++)
        e->unit_class[bus] = unit_class_of(e, bus);
}

/* ---- first and last chunk ---- */

/* bus: of each element, NULL for itself. */
static void use_tiles(side_engine *e, int kind, const cef_index *restrict bus, cef_index n)
{
    const cef_index *restrict chunk_of = e->plan.chunk_of;
    for (cef_index tile = e->first_tile[kind], k = 0; k < n; tile++) {
        const cef_index end = n - k < LANES ? n : k + LANES;
        cef_index first = e->plan.first[tile], last = e->plan.last[tile];
        for (; k < end; k++) {
            const cef_index chunk = chunk_of[bus ? bus[k] : k];
            first = chunk < first ? chunk : first;
            last = chunk > last ? chunk : last;
        }
        e->plan.first[tile] = first;
        e->plan.last[tile] = last;
    }
}

/* The intensity of a bus stays, written or not, as long as a tile may ask for it: until the carbon of that one is
 * written, when all whom the bus feeds are priced. */
static void keep_buses(side_engine *e, int kind, const cef_index *restrict bus, cef_index n)
{
    cef_index *restrict last = e->plan.last;
    for (cef_index k = 0; k < n; k++) {
        const cef_index tile = e->first_tile[kind] + k / LANES, of_bus = e->first_tile[TILE_BUS] + bus[k] / LANES;
        last[of_bus] = last[tile] > last[of_bus] ? last[tile] : last[of_bus];
    }
}

/* Tiles in their order by chunk: list, and where each chunk's begin. */
static void list_by_chunk(side_engine *e, const cef_index *chunk_of_tile, cef_index *list)
{
    const cef_index n = e->first_tile[TILE_KINDS], n_chunk = e->n_chunk;
    cef_index *end = e->plan.count;
    memset(end, 0, ((size_t) n_chunk + 1) * sizeof *end);
    for (cef_index tile = 0; tile < n; tile++)
        end[chunk_of_tile[tile] + 1]++;
    for (cef_index c = 0; c < n_chunk; c++)
        end[c + 1] += end[c];
    for (cef_index tile = 0; tile < n; tile++)
        list[end[chunk_of_tile[tile]]++] = tile;
}

void side_list_tiles(side_engine *e)
{
    const cef_network *net = e->net;
    const cef_index n = e->first_tile[TILE_KINDS], n_chunk = e->n_chunk;
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
    list_by_chunk(e, e->plan.first, e->opens);
    for (cef_index c = 0; c < n_chunk; c++) /* after listing, end[c] is where chunk c ends */
        e->chunk[c + 1].open = e->plan.count[c];
    list_by_chunk(e, e->plan.last, e->closes);
    for (cef_index c = 0; c < n_chunk; c++)
        e->chunk[c + 1].close = e->plan.count[c];
    e->chunk[0] = (side_chunk){0, 0, 0};
    keep_buses(e, TILE_BRANCH, net->branch_from, net->n_branch);
    keep_buses(e, TILE_BRANCH, net->branch_to, net->n_branch);
    keep_buses(e, TILE_GEN, net->gen_bus, net->n_gen);
    keep_buses(e, TILE_LOAD, net->load_bus, net->n_load);
    keep_buses(e, TILE_STORAGE, net->storage_bus, net->n_storage);
    list_by_chunk(e, e->plan.last, e->plan.frees);
}
