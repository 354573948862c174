/* SPDX-License-Identifier: Apache-2.0 */
/* Reading eight periods: the same operations as room flow does for one. */
#include "batch/kernels.h"

#define MAX_MW 1e12
#define MAX_INTENSITY 1e6

LANES_INLINE lanes ends(lanes p, lanes tolerance)
{
    return lanes_where(lanes_at_most(tolerance, lanes_abs(p)), p); /* NaN counts as 0 here and makes the period odd */
}

/* What the to end says is asked only where the from end shows a direction that was not seen yet. */
void KERNEL(side_classify)(side_engine *e, const cef_snapshot *s)
{
    const cef_index n = e->net->n_branch;
    const lanes tolerance = lanes_all(e->settings->flow_tol);
    for (cef_index b = 0; b < n; b += LANES) {
        const lanes f = lanes_load_where(mask_first(n - b), s->branch_p_from + b);
        lane_mask forward = lanes_at_most(tolerance, f), reverse = lanes_at_most(tolerance, -f);
        uint64_t seen = 0;
        memcpy(&seen, e->seen + b, sizeof seen);
        if (((mask_bytes(forward) * SIDE_FORWARD | mask_bytes(reverse) * SIDE_REVERSE) & ~seen) == 0)
            continue;
        const lanes t = s->branch_p_to ? lanes_load_where(mask_first(n - b), s->branch_p_to + b) : -f;
        forward = mask_and(forward, lanes_at_most(tolerance, -t));
        reverse = mask_and(reverse, lanes_at_most(tolerance, t));
        seen |= mask_bytes(forward) * SIDE_FORWARD | mask_bytes(reverse) * SIDE_REVERSE;
        memcpy(e->seen + b, &seen, sizeof seen);
    }
}

/* One branch: what leaves its buses. Power enters where the other bus sends it: at most one of both is below 0. */
LANES_INLINE lane_mask read_branch(const side_engine *e, double *line, lanes f_raw, lanes t_raw)
{
    const lanes zero = lanes_all(0.0), tolerance = lanes_all(e->settings->flow_tol), most = lanes_all(MAX_MW);
    const lanes f = ends(f_raw, tolerance), t = ends(t_raw, tolerance);
    const lane_mask forward = mask_and(lanes_less(zero, f), lanes_less(t, zero));
    const lane_mask arc = mask_or(forward, mask_and(lanes_less(f, zero), lanes_less(zero, t)));
    lanes_store(line, lanes_select(arc, f, lanes_greater(f, zero)));
    lanes_store(line + LANES, lanes_select(arc, t, lanes_greater(t, zero)));
    return mask_and(lanes_at_most(lanes_abs(f_raw), most), lanes_at_most(lanes_abs(t_raw), most));
}

static lane_mask read_branches(const side_engine *e, const side_group *g, cef_index first, double *line)
{
    const cef_index n = e->net->n_branch;
    lane_mask good = mask_first(LANES);
    lanes f[LANES], t[LANES];
    TILE_LOAD(g->in, branch_p_from, first, n, f);
    if (g->has_to)
        TILE_LOAD(g->in, branch_p_to, first, n, t);
    else
        for (int k = 0; k < LANES; k++)
            t[k] = -f[k];
    for (int k = 0; k < LANES; k++, line += 2 * LANES)
        good = mask_and(good, read_branch(e, line, f[k], t[k]));
    return good;
}

/* 0, or within the range in which nothing underflows unseen. */
LANES_INLINE lane_mask in_range(lanes a, double most)
{
    const lanes size = lanes_abs(a);
    return mask_or(lanes_same(a, lanes_all(0.0)),
                   mask_and(lanes_at_most(lanes_all(FLOW_LEAST), size), lanes_at_most(size, lanes_all(most))));
}

/* p: MW drawn by eight units, below 0 injected; their intensities count only there. Past the last unit p is 0. */
LANES_INLINE void read_units(double *line, const lanes p[LANES], const lanes intensity[LANES], side_findings *found)
{
    const lanes zero = lanes_all(0.0);
    for (int k = 0; k < LANES; k++, line += LANES) {
        const lane_mask runs = lanes_less(p[k], zero);
        const lane_mask priced = mask_and(in_range(intensity[k], MAX_INTENSITY), lanes_at_most(zero, intensity[k]));
        const lane_mask sound = in_range(p[k], MAX_MW);
        found->odd = mask_or(found->odd, mask_or(mask_without(runs, priced), mask_without(mask_first(LANES), sound)));
        found->least_source = lanes_lesser(lanes_select(runs, intensity[k], found->least_source), found->least_source);
        found->most_source = lanes_greater(lanes_select(runs, intensity[k], found->most_source), found->most_source);
        lanes_store(line, lanes_where(sound, p[k]));
        lanes_store(line + LANES * LANES, lanes_where(priced, intensity[k]));
    }
}

LANES_INLINE void negate(lanes p[LANES])
{
    for (int k = 0; k < LANES; k++)
        p[k] = -p[k];
}

static void read_gens(const side_engine *e, const side_group *g, cef_index first, double *line, side_findings *found)
{
    lanes p[LANES], intensity[LANES];
    TILE_LOAD(g->in, gen_p, first, e->net->n_gen, p);
    TILE_LOAD(g->in, gen_intensity, first, e->net->n_gen, intensity);
    negate(p);
    read_units(line, p, intensity, found);
}

static void read_loads(const side_engine *e, const side_group *g, cef_index first, double *line, side_findings *found)
{
    lanes p[LANES], intensity[LANES];
    TILE_LOAD(g->in, load_p, first, e->net->n_load, p);
    if (g->has_load_intensity)
        TILE_LOAD(g->in, load_intensity, first, e->net->n_load, intensity);
    else
        for (int k = 0; k < LANES; k++)
            intensity[k] = lanes_all(e->settings->negative_load_intensity);
    read_units(line, p, intensity, found);
}

static void read_storage(const side_engine *e, const side_group *g, cef_index first, double *line, side_findings *found)
{
    lanes p[LANES], intensity[LANES];
    TILE_LOAD(g->in, storage_p, first, e->net->n_storage, p);
    TILE_LOAD(g->in, storage_intensity, first, e->net->n_storage, intensity);
    negate(p);
    read_units(line, p, intensity, found);
}

static void read_tile(const side_engine *e, const side_group *g, cef_index tile, side_findings *found)
{
    const cef_index *start = e->first_tile;
    double *line = e->line + (size_t) e->slot[tile] * LANES;
    if (tile < start[TILE_GEN])
        found->odd = mask_or(found->odd, mask_without(mask_first(LANES), read_branches(e, g, tile * LANES, line)));
    else if (tile < start[TILE_LOAD])
        read_gens(e, g, (tile - start[TILE_GEN]) * LANES, line, found);
    else if (tile < start[TILE_STORAGE])
        read_loads(e, g, (tile - start[TILE_LOAD]) * LANES, line, found);
    else
        read_storage(e, g, (tile - start[TILE_STORAGE]) * LANES, line, found);
}

void KERNEL(side_open)(side_engine *e, const side_group *g, cef_index chunk, side_findings *found)
{
    for (cef_index k = e->chunk[chunk].open; k < e->chunk[chunk + 1].open && e->opens[k] < e->first_tile[TILE_BUS]; k++)
        read_tile(e, g, e->opens[k], found);
}

#define FETCH_ROWS(g, field, first)                                                                                    \
    for (int fetch_k = 0; fetch_k < LANES; fetch_k++)                                                                  \
    __builtin_prefetch((g)->in[fetch_k].field + (first), 0, 2)

static void fetch_tile(const side_engine *e, const side_group *g, cef_index tile)
{
    const cef_index *start = e->first_tile;
    if (tile < start[TILE_GEN]) {
        FETCH_ROWS(g, branch_p_from, tile * LANES);
        if (g->has_to)
            FETCH_ROWS(g, branch_p_to, tile * LANES);
    } else if (tile < start[TILE_LOAD]) {
        FETCH_ROWS(g, gen_p, (tile - start[TILE_GEN]) * LANES);
    } else if (tile < start[TILE_STORAGE]) {
        FETCH_ROWS(g, load_p, (tile - start[TILE_LOAD]) * LANES);
    }
}

void KERNEL(side_fetch)(const side_engine *e, const side_group *g, side_ahead *ahead)
{
    for (ahead->credit += ahead->per_run; ahead->credit >= 1.0 && ahead->next < ahead->end; ahead->credit -= 1.0)
        fetch_tile(e, g, e->opens[ahead->next++]);
}
