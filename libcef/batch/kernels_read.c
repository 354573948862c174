/* SPDX-License-Identifier: Apache-2.0 */
/* Reading eight periods: the same operations as room flow does for one. */
#include "batch/kernels.h"

#define MAX_MW 1e12
#define MAX_INTENSITY 1e6

enum { FETCH_AHEAD = 4 }; /* tiles */

/* One branch: what leaves its buses. Power enters where the other bus sends it: at most one of both is below 0. What is
 * below the tolerance, and NaN, counts as 0. Adds up the sizes. */
LANES_INLINE lanes read_branch(double *line, lanes f, lanes t, lanes tolerance)
{
    const lanes size_from = lanes_abs(f), size_to = lanes_abs(t);
    const lane_mask has_f = lanes_at_most(tolerance, size_from), has_t = lanes_at_most(tolerance, size_to);
    const lane_mask arc = mask_and(mask_and(has_f, has_t), lanes_opposed(f, t));
    const lanes least = lanes_where(arc, lanes_all(-INFINITY));
    lanes_store(line, lanes_where(has_f, lanes_greater(f, least)));
    lanes_store(line + LANES, lanes_where(has_t, lanes_greater(t, least)));
    return lanes_add(size_from, size_to);
}

static lane_mask branches_in_range(const side_engine *e, const side_group *g, cef_index first)
{
    const cef_index n = e->net->n_branch;
    lanes p[LANES];
    lane_mask good = mask_first(LANES);
    TILE_LOAD(g->in, branch_p_from, first, n, false, p);
    for (int k = 0; k < LANES; k++)
        good = mask_and(good, lanes_at_most(lanes_abs(p[k]), lanes_all(MAX_MW)));
    if (g->has_to)
        TILE_LOAD(g->in, branch_p_to, first, n, false, p);
    for (int k = 0; k < LANES; k++)
        good = mask_and(good, lanes_at_most(lanes_abs(p[k]), lanes_all(MAX_MW)));
    return good;
}

LANES_INLINE lanes turn_branches(const side_engine *e, const side_group *g, cef_index first, bool whole, bool has_to,
                                 double *line)
{
    const lanes tolerance = lanes_all(e->settings->flow_tol);
    const cef_index n = e->net->n_branch;
    lanes f[LANES], t[LANES], size = lanes_all(0.0);
    TILE_LOAD(g->in, branch_p_from, first, n, whole, f);
    if (has_to)
        TILE_LOAD(g->in, branch_p_to, first, n, whole, t);
    else
        for (int k = 0; k < LANES; k++)
            t[k] = lanes_neg(f[k]);
    for (int k = 0; k < LANES; k++, line += 2 * LANES)
        size = lanes_add(size, read_branch(line, f[k], t[k], tolerance));
    return size;
}

static lane_mask read_branches(const side_engine *e, const side_group *g, cef_index first, double *line)
{
    const bool whole = e->net->n_branch - first >= LANES;
    lanes size;
    if (whole && g->has_to)
        size = turn_branches(e, g, first, true, true, line);
    else
        size = turn_branches(e, g, first, false, g->has_to, line);
    const lane_mask good = lanes_at_most(size, lanes_all(MAX_MW)); /* then each of them is */
    return mask_any(mask_without(mask_first(LANES), good)) ? branches_in_range(e, g, first) : good;
}

/* 0, or within the range in which nothing underflows unseen. */
LANES_INLINE lane_mask in_range(lanes a, double most)
{
    const lanes size = lanes_abs(a);
    return mask_or(lanes_same(a, lanes_all(0.0)),
                   mask_and(lanes_at_most(lanes_all(FLOW_LEAST), size), lanes_at_most(size, lanes_all(most))));
}

/* Eight units: MW injected, below 0 drawn, and tCO2/MWh, which counts only where they inject. Past the last unit both
 * are 0. */
typedef struct {
    lanes p[LANES], intensity[LANES];
} units8;

/* Powers in range, by the sum and the least of their sizes: what almost always holds and is soon seen. */
LANES_INLINE lane_mask powers_plain(const lanes p[LANES])
{
    const lanes zero = lanes_all(0.0);
    lanes power = zero, least = lanes_all(1.0);
    for (int k = 0; k < LANES; k++) {
        const lanes size = lanes_abs(p[k]);
        power = lanes_add(power, size); /* of at most MAX: so is each */
        least = lanes_lesser_where(lanes_less(zero, size), size, least);
    }
    return mask_and(lanes_at_most(power, lanes_all(MAX_MW)), lanes_at_most(lanes_all(FLOW_LEAST), least));
}

/* The same of intensities, whether they count or not. */
LANES_INLINE lane_mask prices_plain(const lanes *intensity, int n)
{
    const lanes zero = lanes_all(0.0);
    lanes price = zero, lowest = zero, least = lanes_all(1.0);
    for (int k = 0; k < n; k++) {
        const lanes e = intensity[k];
        price = lanes_add(price, e);
        lowest = lanes_lesser(e, lowest);
        least = lanes_lesser_where(lanes_less(zero, e), e, least);
    }
    return mask_and(lanes_at_most(zero, lowest), mask_and(lanes_at_most(price, lanes_all(MAX_INTENSITY)),
                                                          lanes_at_most(lanes_all(FLOW_LEAST), least)));
}

/* Leaves 0 where a figure cannot be used. */
LANES_INLINE void check_units(units8 *u, side_findings *found)
{
    const lanes zero = lanes_all(0.0);
    for (int k = 0; k < LANES; k++) {
        const lanes e = u->intensity[k];
        const lane_mask runs = lanes_less(zero, u->p[k]), sound = in_range(u->p[k], MAX_MW);
        const lane_mask priced = mask_and(in_range(e, MAX_INTENSITY), lanes_at_most(zero, e));
        found->odd = mask_or(found->odd, mask_or(mask_without(runs, priced), mask_without(mask_first(LANES), sound)));
        u->p[k] = lanes_where(sound, u->p[k]);
        u->intensity[k] = lanes_where(priced, e);
    }
}

LANES_INLINE void note_source(side_findings *found, lanes p, lanes intensity)
{
    const lane_mask runs = lanes_less(lanes_all(0.0), p);
    found->least_source = lanes_lesser_where(runs, intensity, found->least_source);
    found->most_source = lanes_greater_where(runs, intensity, found->most_source);
}

/* plain: where nothing needs a look of its own. */
LANES_INLINE void put_units(double *line, units8 *u, lane_mask plain, side_findings *found)
{
    if (mask_any(mask_without(mask_first(LANES), plain)))
        check_units(u, found);
    for (cef_index k = 0; k < LANES; k++) {
        note_source(found, u->p[k], u->intensity[k]);
        put(line, k, u->p[k]);
        put(line, LANES + k, u->intensity[k]);
    }
}

LANES_INLINE void negate(lanes p[LANES])
{
    for (int k = 0; k < LANES; k++)
        p[k] = lanes_neg(p[k]);
}

/* One row for all periods: eight of its elements, and each eight times. */
LANES_INLINE lanes load_alike(const double *row, cef_index first, cef_index n, lanes out[LANES])
{
    lanes elements = lanes_load_where(mask_first(n - first), row + first);
    double element[LANES];
    lanes_store(element, elements);
    for (int k = 0; k < LANES; k++)
        out[k] = lanes_all(element[k]);
    return elements;
}

LANES_INLINE void turn_gens(const side_engine *e, const side_group *g, cef_index first, bool whole, double *line,
                            side_findings *found)
{
    const cef_index n = e->net->n_gen;
    units8 u;
    lane_mask plain;
    TILE_LOAD(g->in, gen_p, first, n, whole, u.p);
    if (g->in[0].gen_intensity == g->in[LANES - 1].gen_intensity) {
        const lanes elements = load_alike(g->in[0].gen_intensity, first, n, u.intensity);
        plain = mask_first(mask_any(mask_without(mask_first(LANES), prices_plain(&elements, 1))) ? 0 : LANES);
    } else {
        TILE_LOAD(g->in, gen_intensity, first, n, whole, u.intensity);
        plain = prices_plain(u.intensity, LANES);
    }
    put_units(line, &u, mask_and(plain, powers_plain(u.p)), found);
}

static void read_gens(const side_engine *e, const side_group *g, cef_index first, double *line, side_findings *found)
{
    if (e->net->n_gen - first >= LANES)
        turn_gens(e, g, first, true, line, found);
    else
        turn_gens(e, g, first, false, line, found);
}

/* All share the line of one intensity: theirs are not written, and it is a source where one of them injects. */
LANES_INLINE void turn_loads(const side_engine *e, const side_group *g, cef_index first, bool whole, double *line,
                             side_findings *found)
{
    const lanes intensity = at(e->line, SIDE_LINE_OF_LOADS);
    lanes most = lanes_all(0.0);
    units8 u;
    TILE_LOAD(g->in, load_p, first, e->net->n_load, whole, u.p);
    negate(u.p);
    if (mask_any(mask_without(mask_first(LANES), mask_and(powers_plain(u.p), prices_plain(&intensity, 1))))) {
        for (int k = 0; k < LANES; k++)
            u.intensity[k] = intensity;
        check_units(&u, found);
    }
    for (cef_index k = 0; k < LANES; k++) {
        most = lanes_greater(u.p[k], most);
        put(line, k, u.p[k]);
    }
    note_source(found, most, intensity);
}

static void read_loads(const side_engine *e, const side_group *g, cef_index first, double *line, side_findings *found)
{
    const cef_index n = e->net->n_load;
    units8 u;
    if (g->has_load_intensity) {
        TILE_LOAD(g->in, load_p, first, n, false, u.p);
        TILE_LOAD(g->in, load_intensity, first, n, false, u.intensity);
        negate(u.p);
        put_units(line, &u, mask_and(powers_plain(u.p), prices_plain(u.intensity, LANES)), found);
    } else if (n - first >= LANES) {
        turn_loads(e, g, first, true, line, found);
    } else {
        turn_loads(e, g, first, false, line, found);
    }
}

static void read_storage(const side_engine *e, const side_group *g, cef_index first, double *line, side_findings *found)
{
    const cef_index n = e->net->n_storage;
    units8 u;
    TILE_LOAD(g->in, storage_p, first, n, false, u.p);
    TILE_LOAD(g->in, storage_intensity, first, n, false, u.intensity);
    put_units(line, &u, mask_and(powers_plain(u.p), prices_plain(u.intensity, LANES)), found);
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

#define FETCH_ROWS(structs, field, last)                                                                               \
    do {                                                                                                               \
        for (int fetch_k = 0; fetch_k < LANES; fetch_k++)                                                              \
            __builtin_prefetch((structs)[fetch_k].field + (last));                                                     \
    } while (0)

/* Asks for the powers of a whole tile: up to its last element, as what is before comes with those of the tile before.
 */
LANES_INLINE void fetch_tile(const side_engine *e, const side_group *g, cef_index tile)
{
    const cef_index *start = e->first_tile;
    const int kind = tile < start[TILE_GEN] ? TILE_BRANCH : tile < start[TILE_LOAD] ? TILE_GEN : TILE_LOAD;
    const cef_index last = (tile - start[kind]) * LANES + LANES - 1;
    if (kind == TILE_BRANCH && last < e->net->n_branch) {
        FETCH_ROWS(g->in, branch_p_from, last);
        if (g->has_to)
            FETCH_ROWS(g->in, branch_p_to, last);
    } else if (kind == TILE_GEN && last < e->net->n_gen) {
        FETCH_ROWS(g->in, gen_p, last);
    } else if (kind == TILE_LOAD && last < e->net->n_load) {
        FETCH_ROWS(g->in, load_p, last);
    }
}

void KERNEL(side_open)(side_engine *e, const side_group *g, cef_index chunk, side_findings *found)
{
    const cef_index end = e->chunk[chunk + 1].open;
    for (cef_index k = e->chunk[chunk].open; k < end && e->opens[k] < e->first_tile[TILE_BUS]; k++) {
        if (k + FETCH_AHEAD < end && e->opens[k + FETCH_AHEAD] < e->first_tile[TILE_STORAGE])
            fetch_tile(e, g, e->opens[k + FETCH_AHEAD]);
        read_tile(e, g, e->opens[k], found);
    }
}
