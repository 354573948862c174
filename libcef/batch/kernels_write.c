/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of results of eight periods, and their totals: element by element as room result does them. */
#include "batch/kernels.h"

static void write_buses(const side_engine *e, const side_group *g)
{
    const cef_index n = e->net->n_bus, *place = e->order.place;
    const lanes zero = lanes_all(0.0), nan = lanes_all((double) NAN);
    for (cef_index first = 0; first < n && (g->wants_bus || g->wants_throughput); first += LANES) {
        lanes x[LANES], power[LANES];
        for (cef_index k = 0; k < LANES; k++) {
            const cef_index p = place[first + k < n ? first + k : first];
            power[k] = at(e->power, p);
            x[k] = lanes_select(lanes_less(zero, power[k]), at(e->x, p), nan);
        }
        if (g->wants_bus)
            TILE_STORE(g, bus_intensity, first, n, x);
        if (g->wants_throughput)
            TILE_STORE(g, bus_throughput, first, n, power);
    }
}

typedef struct {
    lanes from, to, loss;
} branch_carbon8;

LANES_INLINE branch_carbon8 price_branch(const side_engine *e, cef_index b)
{
    const lanes zero = lanes_all(0.0), f = at(e->from, b), t = at(e->to, b);
    const lanes x_from = at(e->x, e->end_place[2 * b]), x_to = at(e->x, e->end_place[2 * b + 1]);
    const lane_mask forward = mask_and(lanes_less(zero, f), lanes_less(t, zero));
    const lane_mask arc = mask_or(forward, mask_and(lanes_less(f, zero), lanes_less(zero, t)));
    const lanes x = lanes_select(forward, x_from, x_to);
    const lanes from = lanes_select(arc, f * x, lanes_greater(f, zero) * x_from);
    const lanes to = lanes_select(arc, t * x, lanes_greater(t, zero) * x_to);
    return (branch_carbon8){from, to, from + to};
}

static void write_branches(const side_engine *e, side_group *g)
{
    const cef_index n = e->net->n_branch;
    lanes total = lanes_all(0.0);
    for (cef_index first = 0; first < n; first += LANES) {
        lanes from[LANES], to[LANES], loss[LANES];
        for (cef_index k = 0; k < LANES; k++) {
            const bool exists = first + k < n;
            const branch_carbon8 c = price_branch(e, exists ? first + k : first);
            from[k] = c.from, to[k] = c.to, loss[k] = c.loss;
            total += exists ? c.loss : lanes_all(0.0);
        }
        if (g->wants_from)
            TILE_STORE(g, branch_carbon_from, first, n, from);
        if (g->wants_to)
            TILE_STORE(g, branch_carbon_to, first, n, to);
        if (g->wants_loss)
            TILE_STORE(g, branch_carbon_loss, first, n, loss);
    }
    lanes_store(g->loss, total);
}

typedef struct {
    lanes generation, load, exported, storage, stored_in;
} totals8;

static void write_gens(const side_engine *e, const side_group *g, totals8 *total)
{
    const cef_network *net = e->net;
    const lanes zero = lanes_all(0.0);
    for (cef_index first = 0; first < net->n_gen; first += LANES) {
        lanes p[LANES], intensity[LANES], carbon[LANES];
        TILE_LOAD(g->in, gen_p, first, net->n_gen, p);
        TILE_LOAD(g->in, gen_intensity, first, net->n_gen, intensity);
        for (cef_index k = 0; k < LANES; k++) {
            const cef_index gen = first + k < net->n_gen ? first + k : first; /* p = 0 past the end */
            const lane_mask runs = lanes_less(zero, p[k]), draws = lanes_less(p[k], zero);
            const lanes made = lanes_where(runs, p[k] * intensity[k]);
            const lanes drawn = lanes_where(draws, p[k] * at(e->x, e->order.place[net->gen_bus[gen]]));
            carbon[k] = lanes_select(draws, drawn, made);
            total->generation += made;
            total->load -= drawn;
        }
        if (g->wants_gen)
            TILE_STORE(g, gen_carbon, first, net->n_gen, carbon);
    }
}

static void write_loads(const side_engine *e, const side_group *g, totals8 *total)
{
    const cef_network *net = e->net;
    const lanes zero = lanes_all(0.0);
    lanes p[LANES], intensity[LANES], carbon[LANES];
    for (int k = 0; k < LANES; k++)
        intensity[k] = lanes_all(e->settings->negative_load_intensity);
    for (cef_index first = 0; first < net->n_load; first += LANES) {
        TILE_LOAD(g->in, load_p, first, net->n_load, p);
        if (g->has_load_intensity)
            TILE_LOAD(g->in, load_intensity, first, net->n_load, intensity);
        for (cef_index k = 0; k < LANES; k++) {
            const cef_index load = first + k < net->n_load ? first + k : first;
            const lane_mask injects = lanes_less(p[k], zero);
            const lanes x = at(e->x, e->order.place[net->load_bus[load]]);
            carbon[k] = lanes_select(injects, p[k] * intensity[k], p[k] * x);
            total->generation -= lanes_where(injects, carbon[k]);
            const lanes drawn = lanes_select(injects, zero, carbon[k]);
            if (net->load_kind[load] == CEF_LOAD_EXPORT)
                total->exported += drawn;
            else
                total->load += drawn;
        }
        if (g->wants_load)
            TILE_STORE(g, load_carbon, first, net->n_load, carbon);
    }
}

static void write_storage(const side_engine *e, const side_group *g, totals8 *total)
{
    const cef_network *net = e->net;
    const lanes zero = lanes_all(0.0);
    for (cef_index first = 0; first < net->n_storage; first += LANES) {
        lanes p[LANES], intensity[LANES], carbon[LANES];
        TILE_LOAD(g->in, storage_p, first, net->n_storage, p);
        TILE_LOAD(g->in, storage_intensity, first, net->n_storage, intensity);
        for (cef_index k = 0; k < LANES; k++) {
            const cef_index store = first + k < net->n_storage ? first + k : first;
            const lane_mask gives = lanes_less(zero, p[k]), takes = lanes_less(p[k], zero);
            const lanes x = at(e->x, e->order.place[net->storage_bus[store]]);
            carbon[k] = p[k] * lanes_select(gives, intensity[k], lanes_where(takes, x));
            total->storage -= carbon[k];
            total->stored_in += lanes_where(gives, lanes_abs(carbon[k]));
        }
        if (g->wants_storage)
            TILE_STORE(g, storage_carbon, first, net->n_storage, carbon);
    }
}

void KERNEL(side_write)(side_engine *e, side_group *g)
{
    const lanes zero = lanes_all(0.0);
    totals8 total = {zero, zero, zero, zero, zero};
    write_buses(e, g);
    write_branches(e, g);
    write_gens(e, g, &total);
    write_loads(e, g, &total);
    write_storage(e, g, &total);
    lanes_store(g->generation, total.generation);
    lanes_store(g->load, total.load);
    lanes_store(g->exported, total.exported);
    lanes_store(g->storage, total.storage);
    lanes_store(g->stored_in, total.stored_in);
}
