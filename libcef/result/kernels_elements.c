/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of room result: carbon of eight generators or loads side by side. */
#include "result/columns.h"

typedef struct { /* kernels keep a copy of their own, which nothing that they store can change */
    const result_state *r;
    const cef_index *bus;
    const double *p, *e; /* e: NULL: negative_load_intensity */
    out_column carbon;
    const double *x;   /* intensities of what is drawn */
    double *imbalance; /* what elements draw is taken from it, or NULL */
    cef_index n;
    bool lines, exports, far; /* buses are met in lines; some loads are exports; what comes is fetched */
} element_pass;

typedef struct {
    lanes injected, withdrawn, exported;
} element_lanes;

LANES_INLINE element_pass open_pass(const result_state *r, const cef_index *bus, const double *p, const double *e,
                                    double *carbon, cef_index n)
{
    return (element_pass){.r = r,
                          .bus = bus,
                          .p = p,
                          .e = e,
                          .carbon = column_of(carbon, n),
                          .x = result_in_lines(r) ? r->met : r->load_intensity,
                          .imbalance = r->walked && r->flow->balanced_late ? result_imbalances(r) : NULL,
                          .n = n,
                          .lines = result_in_lines(r),
                          .exports = r->exports,
                          .far = r->flow->net->n_bus > FLOW_NEAR};
}

LANES_INLINE element_lanes lanes_of_sums(const element_sums *sums)
{
    return (element_lanes){lanes_load(sums->injected), lanes_load(sums->withdrawn), lanes_load(sums->exported)};
}

LANES_INLINE void close_pass(const element_lanes *found, element_sums *sums)
{
    lanes_stream_end();
    lanes_store(sums->injected, found->injected);
    lanes_store(sums->withdrawn, found->withdrawn);
    lanes_store(sums->exported, found->exported);
}

/* Where eight buses are found in what is asked for intensities. */
LANES_INLINE const cef_index *places_of(const element_pass *pass, cef_index first, cef_index count, cef_index *room)
{
    const cef_index *bus = ints_padded(pass->bus + first, count, room);
    if (!pass->lines)
        return bus;
    ints_spill(room, met_of(ints_load(bus)));
    return room;
}

LANES_INLINE void take_draws(double *imbalance, const cef_index *at, cef_index count, lanes draws)
{
    double mw[LANES];
    lanes_spill(mw, draws);
    for (cef_index k = 0; k < LANES && k < count; k++)
        imbalance[(uint32_t) at[k]] -= mw[k];
}

LANES_INLINE void eight_gens(const element_pass *pass, element_lanes *found, cef_index gen, bool full)
{
    const lanes zero = lanes_all(0.0);
    const cef_index count = full ? LANES : pass->n - gen;
    const lane_mask live = mask_first(count);
    const lanes p = lanes_load_where(live, pass->p + gen);
    const lanes e = lanes_load_where(live, pass->e + gen);
    const lane_mask runs = lanes_less(zero, p), draws = lanes_less(p, zero);
    lanes carbon = lanes_where(runs, lanes_mul(p, e));
    found->injected = lanes_add(found->injected, carbon);
    if (mask_any(draws)) {
        cef_index room[LANES];
        const cef_index *at = places_of(pass, gen, count, room);
        const lanes x = lanes_pick(pass->x, at);
        const lanes drawn = lanes_where(draws, lanes_mul(p, defined(x)));
        found->withdrawn = lanes_sub(found->withdrawn, drawn);
        carbon = lanes_select(draws, drawn, carbon);
        if (pass->imbalance)
            take_draws(pass->imbalance, at, count, lanes_where(draws, lanes_neg(p)));
    }
    column_write(pass->carbon, gen, full, live, carbon);
}

void KERNEL(result_gens)(const result_state *r, const cef_snapshot *s, double *carbon, element_sums *sums,
                         flow_rows rows)
{
    const cef_network *net = r->flow->net;
    const element_pass pass = open_pass(r, net->gen_bus, s->gen_p, s->gen_intensity, carbon, net->n_gen);
    element_lanes found = lanes_of_sums(sums);
    cef_index gen = rows.first;
    for (; gen + LANES <= rows.last; gen += LANES)
        eight_gens(&pass, &found, gen, true);
    if (gen < rows.last)
        eight_gens(&pass, &found, gen, false);
    close_pass(&found, sums);
}

/* Carbon of what loads inject among the eight, in place of what they draw. */
LANES_INLINE lanes price_injections(const element_pass *pass, element_lanes *found, cef_index load, lane_mask live,
                                    lane_mask injects, lanes p, lanes carbon)
{
    const lanes e =
        pass->e ? lanes_load_where(live, pass->e + load) : lanes_all(pass->r->flow->settings->negative_load_intensity);
    const lanes priced = lanes_select(injects, lanes_mul(p, e), carbon);
    found->injected = lanes_sub(found->injected, lanes_where(injects, priced));
    return priced;
}

LANES_INLINE void eight_loads(const element_pass *pass, element_lanes *found, cef_index load, bool full)
{
    const lanes zero = lanes_all(0.0);
    const cef_index count = full ? LANES : pass->n - load;
    const lane_mask live = mask_first(count);
    const lanes p = lanes_load_where(live, pass->p + load);
    cef_index room[LANES];
    const cef_index *at = places_of(pass, load, count, room);
    const lanes x = lanes_pick(pass->x, at);
    const lane_mask injects = lanes_less(p, zero);
    lanes carbon = lanes_mul(p, defined(x));
    if (mask_any(injects))
        carbon = price_injections(pass, found, load, live, injects, p, carbon);
    lanes drawn = lanes_select(injects, zero, carbon);
    if (pass->exports) {
        const lane_ints kind = ints_load_where(live, pass->r->flow->net->load_kind + load);
        const lane_mask leaves = ints_equal(kind, ints_all(CEF_LOAD_EXPORT));
        found->exported = lanes_add(found->exported, lanes_where(leaves, drawn));
        drawn = lanes_select(leaves, zero, drawn);
    }
    found->withdrawn = lanes_add(found->withdrawn, drawn);
    if (pass->imbalance)
        take_draws(pass->imbalance, at, count, lanes_greater(p, zero));
    column_write(pass->carbon, load, full, live, carbon);
}

/* Powers and buses of loads to come, and intensities of those that inject, for whom alone these rows are read. */
LANES_INLINE void fetch_loads(const element_pass *pass, cef_index load)
{
    const cef_index ahead = load + 64;
    lanes_fetch(pass->p + load, 512 * sizeof(double));
    lanes_fetch(pass->bus + load, 512 * sizeof(cef_index));
    if (pass->e && ahead + LANES <= pass->n && mask_any(lanes_less(lanes_load(pass->p + ahead), lanes_all(0.0))))
        __builtin_prefetch(pass->e + ahead);
}

void KERNEL(result_loads)(const result_state *r, const cef_snapshot *s, double *carbon, element_sums *sums,
                          flow_rows rows)
{
    const cef_network *net = r->flow->net;
    const element_pass pass = open_pass(r, net->load_bus, s->load_p, s->load_intensity, carbon, net->n_load);
    element_lanes found = lanes_of_sums(sums);
    cef_index load = rows.first;
    for (; load + LANES <= rows.last; load += LANES) {
        if (pass.far)
            fetch_loads(&pass, load);
        eight_loads(&pass, &found, load, true);
    }
    if (load < rows.last)
        eight_loads(&pass, &found, load, false);
    close_pass(&found, sums);
}
