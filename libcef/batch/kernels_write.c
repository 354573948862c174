/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of results of eight periods: element by element as room result does them. */
#include "batch/kernels.h"

/* Intensities as factors: 0 where there is none. */
LANES_INLINE lanes factor_at(const side_engine *e, cef_index bus)
{
    return at(e->line, e->lines.x + bus) + lanes_all(0.0);
}

static void write_buses(const side_engine *e, const side_group *g)
{
    const cef_index n = e->net->n_bus;
    const lanes zero = lanes_all(0.0), nan = lanes_all((double) NAN);
    for (cef_index first = 0; first < n && (g->wants_bus || g->wants_throughput); first += LANES) {
        lanes x[LANES], power[LANES];
        for (cef_index k = 0; k < LANES; k++) {
            const cef_index bus = first + k < n ? first + k : first;
            power[k] = at(e->power, bus);
            x[k] = lanes_select(lanes_less(zero, power[k]), at(e->line, e->lines.x + bus), nan);
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

/* What leaves a bus has its intensity, what enters that of the other bus. */
LANES_INLINE branch_carbon8 price_branch(const side_engine *e, cef_index b)
{
    const lanes zero = lanes_all(0.0), f = at(e->line, 2 * b), t = at(e->line, 2 * b + 1);
    const lanes x_from = factor_at(e, e->net->branch_from[b]), x_to = factor_at(e, e->net->branch_to[b]);
    const lanes from = f * lanes_select(lanes_less(f, zero), x_to, x_from);
    const lanes to = t * lanes_select(lanes_less(t, zero), x_from, x_to);
    return (branch_carbon8){from, to, from + to};
}

static void write_branches(const side_engine *e, const side_group *g)
{
    const cef_index n = e->net->n_branch;
    for (cef_index first = 0; first < n && (g->wants_from || g->wants_to || g->wants_loss); first += LANES) {
        lanes from[LANES], to[LANES], loss[LANES];
        for (cef_index k = 0; k < LANES; k++) {
            const branch_carbon8 c = price_branch(e, first + k < n ? first + k : first);
            from[k] = c.from, to[k] = c.to, loss[k] = c.loss;
        }
        if (g->wants_from)
            TILE_STORE(g, branch_carbon_from, first, n, from);
        if (g->wants_to)
            TILE_STORE(g, branch_carbon_to, first, n, to);
        if (g->wants_loss)
            TILE_STORE(g, branch_carbon_loss, first, n, loss);
    }
}

/* Carbon of a unit with its line and its intensity's, positive where it injects. */
LANES_INLINE lanes injected(const side_engine *e, cef_index line, cef_index x_line, cef_index bus)
{
    const lanes p = at(e->line, line);
    return -p * lanes_select(lanes_less(p, lanes_all(0.0)), at(e->line, x_line), factor_at(e, bus));
}

static void write_gens(const side_engine *e, const side_group *g)
{
    const cef_index n = e->net->n_gen;
    for (cef_index first = 0; first < n && g->wants_gen; first += LANES) {
        lanes carbon[LANES];
        for (cef_index k = 0; k < LANES; k++) {
            const cef_index gen = first + k < n ? first + k : first;
            carbon[k] = injected(e, e->lines.gen + gen, e->lines.gen_x + gen, e->net->gen_bus[gen]);
        }
        TILE_STORE(g, gen_carbon, first, n, carbon);
    }
}

static void write_loads(const side_engine *e, const side_group *g)
{
    const cef_index n = e->net->n_load;
    for (cef_index first = 0; first < n && g->wants_load; first += LANES) {
        lanes carbon[LANES];
        for (cef_index k = 0; k < LANES; k++) {
            const cef_index load = first + k < n ? first + k : first;
            carbon[k] = -injected(e, e->lines.load + load, e->lines.load_x + load, e->net->load_bus[load]);
        }
        TILE_STORE(g, load_carbon, first, n, carbon);
    }
}

static void write_storage(const side_engine *e, const side_group *g)
{
    const cef_index n = e->net->n_storage;
    for (cef_index first = 0; first < n && g->wants_storage; first += LANES) {
        lanes carbon[LANES];
        for (cef_index k = 0; k < LANES; k++) {
            const cef_index store = first + k < n ? first + k : first;
            carbon[k] = injected(e, e->lines.storage + store, e->lines.storage_x + store, e->net->storage_bus[store]);
        }
        TILE_STORE(g, storage_carbon, first, n, carbon);
    }
}

void KERNEL(side_write)(side_engine *e, side_group *g)
{
    write_buses(e, g);
    write_branches(e, g);
    write_gens(e, g);
    write_loads(e, g);
    write_storage(e, g);
}
