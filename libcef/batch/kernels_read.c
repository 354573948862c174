/* SPDX-License-Identifier: Apache-2.0 */
/* Reading eight periods: the same operations in the same order as room flow does them for one. */
#include "batch/kernels.h"

#define MAX_MW 1e12
#define MAX_INTENSITY 1e6

LANES_INLINE lanes ends(lanes p, lanes tolerance)
{
    return lanes_where(lanes_at_most(tolerance, lanes_abs(p)), p); /* NaN counts as 0 here and makes the period odd */
}

void KERNEL(side_classify)(side_engine *e, const cef_snapshot *s)
{
    const cef_index n = e->net->n_branch;
    const lanes zero = lanes_all(0.0), tolerance = lanes_all(e->settings->flow_tol);
    for (cef_index b = 0; b < n; b += LANES) {
        const lane_mask live = mask_first(n - b);
        const lanes f = ends(lanes_load_where(live, s->branch_p_from + b), tolerance);
        const lanes t = s->branch_p_to ? ends(lanes_load_where(live, s->branch_p_to + b), tolerance) : -f;
        const lane_mask forward = mask_and(lanes_less(zero, f), lanes_less(t, zero));
        const lane_mask reverse = mask_and(lanes_less(f, zero), lanes_less(zero, t));
        uint64_t seen = 0;
        memcpy(&seen, e->seen + b, sizeof seen);
        seen |= mask_bytes(forward) * SIDE_FORWARD | mask_bytes(reverse) * SIDE_REVERSE;
        memcpy(e->seen + b, &seen, sizeof seen);
    }
}

/* One branch: its arcs, and what it draws at its buses. */
LANES_INLINE lane_mask read_branch(side_engine *e, cef_index b, lanes f_raw, lanes t_raw)
{
    const lanes zero = lanes_all(0.0), most = lanes_all(MAX_MW), tolerance = lanes_all(e->settings->flow_tol);
    const lanes f = ends(f_raw, tolerance), t = ends(t_raw, tolerance);
    const lane_mask f_out = lanes_less(zero, f), f_in = lanes_less(f, zero);
    const lane_mask t_out = lanes_less(zero, t), t_in = lanes_less(t, zero);
    const lane_mask forward = mask_and(f_out, t_in), reverse = mask_and(f_in, t_out), arc = mask_or(forward, reverse);
    const lanes received = -lanes_lesser(f, t);
    if (e->slot[2 * b] >= 0)
        put(e->received, e->slot[2 * b], lanes_where(forward, received));
    if (e->slot[2 * b + 1] >= 0)
        put(e->received, e->slot[2 * b + 1], lanes_where(reverse, received));
    put(e->from, b, f);
    put(e->to, b, t);
    add_at(e->imbalance, e->end_place[2 * b], -lanes_select(arc, f, lanes_greater(f, zero)));
    add_at(e->imbalance, e->end_place[2 * b + 1], -lanes_select(arc, t, lanes_greater(t, zero)));
    return mask_and(lanes_at_most(lanes_abs(f_raw), most), lanes_at_most(lanes_abs(t_raw), most));
}

static void read_branches(side_engine *e, side_group *g)
{
    const cef_index n = e->net->n_branch;
    lane_mask good = mask_first(LANES);
    for (cef_index first = 0; first < n; first += LANES) {
        lanes f[LANES], t[LANES];
        TILE_LOAD(g->in, branch_p_from, first, n, f);
        if (g->has_to)
            TILE_LOAD(g->in, branch_p_to, first, n, t);
        for (cef_index k = 0; k < LANES && first + k < n; k++)
            good = mask_and(good, read_branch(e, first + k, f[k], g->has_to ? t[k] : -f[k]));
    }
    note_odd(g, mask_without(mask_first(LANES), good));
}

typedef struct {
    lane_mask odd;
    lanes least, most; /* of the intensities that are in play */
} source_findings;

/* 0, or within the range in which nothing underflows unseen. */
LANES_INLINE lane_mask in_range(lanes a, double most)
{
    const lanes size = lanes_abs(a);
    return mask_or(lanes_same(a, lanes_all(0.0)),
                   mask_and(lanes_at_most(lanes_all(FLOW_LEAST), size), lanes_at_most(size, lanes_all(most))));
}

/* p: MW injected by a unit at this place; what is withdrawn only counts in the imbalance. */
LANES_INLINE void read_source(side_engine *e, cef_index place, lanes p, lanes intensity, source_findings *found)
{
    const lanes zero = lanes_all(0.0);
    const lane_mask runs = lanes_less(zero, p);
    const lane_mask priced = mask_and(in_range(intensity, MAX_INTENSITY), lanes_at_most(zero, intensity));
    found->odd = mask_or(found->odd, mask_without(runs, priced));
    found->odd = mask_or(found->odd, mask_without(mask_first(LANES), in_range(p, MAX_MW)));
    found->least = lanes_lesser(lanes_select(runs, intensity, found->least), found->least);
    found->most = lanes_greater(lanes_select(runs, intensity, found->most), found->most);
    add_at(e->imbalance, place, p);
    add_at(e->mw, place, lanes_where(runs, p));
    add_at(e->carbon, place, lanes_where(runs, p * intensity));
}

static void read_units(side_engine *e, const side_group *g, source_findings *found)
{
    const cef_network *net = e->net;
    const cef_index *place = e->order.place;
    lanes p[LANES], intensity[LANES];
    for (cef_index first = 0; first < net->n_gen; first += LANES) {
        TILE_LOAD(g->in, gen_p, first, net->n_gen, p);
        TILE_LOAD(g->in, gen_intensity, first, net->n_gen, intensity);
        for (cef_index k = 0; k < LANES && first + k < net->n_gen; k++)
            read_source(e, place[net->gen_bus[first + k]], p[k], intensity[k], found);
    }
    for (int k = 0; k < LANES; k++)
        intensity[k] = lanes_all(e->settings->negative_load_intensity);
    for (cef_index first = 0; first < net->n_load; first += LANES) {
        TILE_LOAD(g->in, load_p, first, net->n_load, p);
        if (g->has_load_intensity)
            TILE_LOAD(g->in, load_intensity, first, net->n_load, intensity);
        for (cef_index k = 0; k < LANES && first + k < net->n_load; k++)
            read_source(e, place[net->load_bus[first + k]], -p[k], intensity[k], found);
    }
    for (cef_index first = 0; first < net->n_storage; first += LANES) {
        TILE_LOAD(g->in, storage_p, first, net->n_storage, p);
        TILE_LOAD(g->in, storage_intensity, first, net->n_storage, intensity);
        for (cef_index k = 0; k < LANES && first + k < net->n_storage; k++)
            read_source(e, place[net->storage_bus[first + k]], p[k], intensity[k], found);
    }
}

void KERNEL(side_read)(side_engine *e, side_group *g)
{
    const size_t size = (size_t) e->net->n_bus * LANES * sizeof(double);
    memset(e->imbalance, 0, size);
    memset(e->mw, 0, size);
    memset(e->carbon, 0, size);
    lanes_store(g->odd, lanes_all(0.0));
    read_branches(e, g);
    source_findings found = {mask_first(0), lanes_all(INFINITY), lanes_all(-INFINITY)};
    read_units(e, g, &found);
    note_odd(g, found.odd);
    lanes_store(g->least_source, found.least);
    lanes_store(g->most_source, found.most);
}
