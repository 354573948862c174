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

static inline cef_index earlier(cef_index a, cef_index b) { return a < b ? a : b; }
static inline cef_index later(cef_index a, cef_index b) { return a > b ? a : b; }

/* from, to: the buses of each element. Their intensity stays, written or not, as long as a tile may ask for it: until
 * the carbon of that one is written, when all whom the bus feeds are priced. */
static inline void use_tiles(side_engine *e, int kind, const cef_index *restrict from, const cef_index *restrict to,
                             cef_index n)
{
    const cef_index *restrict chunk_of = e->plan.chunk_of;
    cef_index *restrict asked = e->plan.asked;
    for (cef_index tile = e->first_tile[kind], k = 0; k < n; tile++, k += LANES) {
        const cef_index end = n - k < LANES ? n : k + LANES;
        cef_index first = INT32_MAX, last = -1;
        for (cef_index i = k; i < end; i++) {
            const cef_index a = chunk_of[from[i]], b = chunk_of[to[i]];
            first = earlier(earlier(a, b), first);
            last = later(later(a, b), last);
        }
        e->plan.first[tile] = first;
        e->plan.last[tile] = last;
        for (cef_index i = k; i < end; i++) {
            asked[from[i] / LANES] = later(asked[from[i] / LANES], last);
            asked[to[i] / LANES] = later(asked[to[i] / LANES], last);
        }
    }
}

static void use_buses(side_engine *e)
{
    const cef_index n = e->net->n_bus;
    for (cef_index tile = e->first_tile[TILE_BUS], k = 0; k < n; tile++) {
        cef_index first = INT32_MAX, last = -1;
        for (const cef_index end = n - k < LANES ? n : k + LANES; k < end; k++) {
            first = earlier(e->plan.chunk_of[k], first);
            last = later(e->plan.chunk_of[k], last);
        }
        e->plan.first[tile] = first;
        e->plan.last[tile] = last;
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
    const cef_index n_chunk = e->n_chunk, buses = e->first_tile[TILE_BUS];
    memset(e->plan.asked, 0, (size_t) side_tiles_of(net->n_bus) * sizeof *e->plan.asked);
    use_tiles(e, TILE_BRANCH, net->branch_from, net->branch_to, net->n_branch);
    use_tiles(e, TILE_GEN, net->gen_bus, net->gen_bus, net->n_gen);
    use_tiles(e, TILE_LOAD, net->load_bus, net->load_bus, net->n_load);
    use_tiles(e, TILE_STORAGE, net->storage_bus, net->storage_bus, net->n_storage);
    use_buses(e);
    list_by_chunk(e, e->plan.first, e->opens);
    for (cef_index c = 0; c < n_chunk; c++) /* after listing, end[c] is where chunk c ends */
        e->chunk[c + 1].open = e->plan.count[c];
    list_by_chunk(e, e->plan.last, e->closes);
    for (cef_index c = 0; c < n_chunk; c++)
        e->chunk[c + 1].close = e->plan.count[c];
    e->chunk[0] = (side_chunk){0, 0, 0};
    for (cef_index tile = buses; tile < e->first_tile[TILE_KINDS]; tile++)
        e->plan.last[tile] = later(e->plan.last[tile], e->plan.asked[tile - buses]);
    list_by_chunk(e, e->plan.last, e->plan.frees);
}
