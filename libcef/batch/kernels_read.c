/* SPDX-License-Identifier: Apache-2.0 */
/* Reading eight periods: the same operations as room flow does for one. */
#include "batch/kernels.h"

#define MAX_MW 1e12
#define MAX_INTENSITY 1e6

LANES_INLINE lanes ends(lanes p, lanes tolerance)
{
    return lanes_where(lanes_at_most(tolerance, lanes_abs(p)), p); /* NaN counts as 0 here and makes the period odd */
}

/* By the from end alone: that may find an arc where both ends take or give power, which then carries 0 MW. */
void KERNEL(side_classify)(side_engine *e, const cef_snapshot *s)
{
    const cef_index n = e->net->n_branch;
    const lanes tolerance = lanes_all(e->settings->flow_tol);
    for (cef_index b = 0; b < n; b += LANES) {
        const lanes f = lanes_load_where(mask_first(n - b), s->branch_p_from + b);
        uint64_t seen = 0;
        memcpy(&seen, e->seen + b, sizeof seen);
        seen |= mask_bytes(lanes_at_most(tolerance, f)) * SIDE_FORWARD |
                mask_bytes(lanes_at_most(tolerance, -f)) * SIDE_REVERSE;
        memcpy(e->seen + b, &seen, sizeof seen);
    }
}

typedef struct {
    lanes most, tolerance;
    lane_mask good;
} branch_reader;

/* One branch: what leaves its buses. Power enters where the other bus sends it: at most one of both is below 0. */
LANES_INLINE void read_branch(branch_reader *r, double *line, lanes f_raw, lanes t_raw)
{
    const lanes zero = lanes_all(0.0), f = ends(f_raw, r->tolerance), t = ends(t_raw, r->tolerance);
    const lane_mask forward = mask_and(lanes_less(zero, f), lanes_less(t, zero));
    const lane_mask arc = mask_or(forward, mask_and(lanes_less(f, zero), lanes_less(zero, t)));
    lanes_store(line, lanes_select(arc, f, lanes_greater(f, zero)));
    lanes_store(line + LANES, lanes_select(arc, t, lanes_greater(t, zero)));
    const lane_mask bounded =
        mask_and(lanes_at_most(lanes_abs(f_raw), r->most), lanes_at_most(lanes_abs(t_raw), r->most));
    r->good = mask_and(r->good, bounded);
}

static void read_branches(side_engine *e, side_group *g)
{
    const cef_index n = e->net->n_branch;
    branch_reader r = {lanes_all(MAX_MW), lanes_all(e->settings->flow_tol), mask_first(LANES)};
    for (cef_index first = 0; first < n; first += LANES) {
        lanes f[LANES], t[LANES];
        TILE_LOAD(g->in, branch_p_from, first, n, f);
        if (g->has_to)
            TILE_LOAD(g->in, branch_p_to, first, n, t);
        for (cef_index k = 0; k < LANES && first + k < n; k++)
            read_branch(&r, e->line + 2 * LANES * (size_t) (first + k), f[k], g->has_to ? t[k] : -f[k]);
    }
    note_odd(g, mask_without(mask_first(LANES), r.good));
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

/* p: MW drawn by a unit, below 0 injected; its intensity counts only there. */
LANES_INLINE void read_unit(side_engine *e, cef_index line, cef_index x_line, lanes p, lanes intensity,
                            source_findings *found)
{
    const lanes zero = lanes_all(0.0);
    const lane_mask runs = lanes_less(p, zero);
    const lane_mask priced = mask_and(in_range(intensity, MAX_INTENSITY), lanes_at_most(zero, intensity));
    const lane_mask sound = in_range(p, MAX_MW);
    found->odd = mask_or(found->odd, mask_or(mask_without(runs, priced), mask_without(mask_first(LANES), sound)));
    found->least = lanes_lesser(lanes_select(runs, intensity, found->least), found->least);
    found->most = lanes_greater(lanes_select(runs, intensity, found->most), found->most);
    put(e->line, line, lanes_where(sound, p));
    put(e->line, x_line, lanes_where(priced, intensity));
}

static void read_units(side_engine *e, const side_group *g, source_findings *found)
{
    const cef_network *net = e->net;
    const side_lines *l = &e->lines;
    lanes p[LANES], intensity[LANES];
    for (cef_index first = 0; first < net->n_gen; first += LANES) {
        TILE_LOAD(g->in, gen_p, first, net->n_gen, p);
        TILE_LOAD(g->in, gen_intensity, first, net->n_gen, intensity);
        for (cef_index k = first; k < first + LANES && k < net->n_gen; k++)
            read_unit(e, l->gen + k, l->gen_x + k, -p[k - first], intensity[k - first], found);
    }
    for (int k = 0; k < LANES; k++)
        intensity[k] = lanes_all(e->settings->negative_load_intensity);
    for (cef_index first = 0; first < net->n_load; first += LANES) {
        TILE_LOAD(g->in, load_p, first, net->n_load, p);
        if (g->has_load_intensity)
            TILE_LOAD(g->in, load_intensity, first, net->n_load, intensity);
        for (cef_index k = first; k < first + LANES && k < net->n_load; k++)
            read_unit(e, l->load + k, l->load_x + k, p[k - first], intensity[k - first], found);
    }
    for (cef_index first = 0; first < net->n_storage; first += LANES) {
        TILE_LOAD(g->in, storage_p, first, net->n_storage, p);
        TILE_LOAD(g->in, storage_intensity, first, net->n_storage, intensity);
        for (cef_index k = first; k < first + LANES && k < net->n_storage; k++)
            read_unit(e, l->storage + k, l->storage_x + k, -p[k - first], intensity[k - first], found);
    }
}

void KERNEL(side_read)(side_engine *e, side_group *g)
{
    lanes_store(g->odd, lanes_all(0.0));
    read_branches(e, g);
    source_findings found = {mask_first(0), lanes_all(INFINITY), lanes_all(-INFINITY)};
    read_units(e, g, &found);
    note_odd(g, found.odd);
    lanes_store(g->least_source, found.least);
    lanes_store(g->most_source, found.most);
}
