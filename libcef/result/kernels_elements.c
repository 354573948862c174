/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of room result: carbon of eight generators or loads side by side. */
#include "result/columns.h"

typedef struct {
    const result_state *r;
    const cef_snapshot *s;
    out_column carbon;
    const double *x;   /* intensities of what is drawn */
    double *imbalance; /* what elements draw is taken from it, or NULL */
    lanes injected, withdrawn, exported;
} element_pass;

LANES_INLINE element_pass open_pass(const result_state *r, const cef_snapshot *s, out_column carbon,
                                    const element_sums *sums)
{
    return (element_pass){r,
                          s,
                          carbon,
                          result_in_lines(r) ? r->met : r->load_intensity,
                          r->walked && r->flow->balanced_late ? result_imbalances(r) : NULL,
                          lanes_load(sums->injected),
                          lanes_load(sums->withdrawn),
                          lanes_load(sums->exported)};
}

LANES_INLINE void close_pass(const element_pass *pass, element_sums *sums)
{
    lanes_stream_end();
    lanes_store(sums->injected, pass->injected);
    lanes_store(sums->withdrawn, pass->withdrawn);
    lanes_store(sums->exported, pass->exported);
}

/* Where eight buses are found in what is asked for intensities. */
LANES_INLINE const cef_index *places_of(const result_state *r, const cef_index *bus, cef_index count, cef_index *room)
{
    bus = ints_padded(bus, count, room);
    if (!result_in_lines(r))
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

LANES_INLINE void eight_gens(element_pass *pass, cef_index gen, bool full)
{
    const cef_network *net = pass->r->flow->net;
    const lanes zero = lanes_all(0.0);
    const cef_index count = full ? LANES : net->n_gen - gen, *bus = net->gen_bus + gen;
    const lane_mask live = mask_first(count);
    const lanes p = lanes_load_where(live, pass->s->gen_p + gen);
    const lanes e = lanes_load_where(live, pass->s->gen_intensity + gen);
    const lane_mask runs = lanes_less(zero, p), draws = lanes_less(p, zero);
    lanes carbon = lanes_where(runs, lanes_mul(p, e));
    pass->injected = lanes_add(pass->injected, carbon);
    if (mask_any(draws)) {
        cef_index room[LANES];
        const cef_index *at = places_of(pass->r, bus, count, room);
        const lanes x = lanes_pick(pass->x, at);
        const lanes drawn = lanes_where(draws, lanes_mul(p, defined(x)));
        pass->withdrawn = lanes_sub(pass->withdrawn, drawn);
        carbon = lanes_select(draws, drawn, carbon);
        if (pass->imbalance)
            take_draws(pass->imbalance, at, count, lanes_where(draws, lanes_neg(p)));
    }
    column_write(pass->carbon, gen, full, live, carbon);
}

void KERNEL(result_gens)(const result_state *r, const cef_snapshot *s, double *carbon, element_sums *sums,
                         flow_rows rows)
{
    element_pass pass = open_pass(r, s, column_of(carbon, r->flow->net->n_gen), sums);
    cef_index gen = rows.first;
    for (; gen + LANES <= rows.last; gen += LANES)
        eight_gens(&pass, gen, true);
    if (gen < rows.last)
        eight_gens(&pass, gen, false);
    close_pass(&pass, sums);
}

/* Carbon of what loads inject among the eight, in place of what they draw. */
LANES_INLINE lanes price_injections(element_pass *pass, cef_index load, lane_mask live, lane_mask injects, lanes p,
                                    lanes carbon)
{
    const lanes e = pass->s->load_intensity ? lanes_load_where(live, pass->s->load_intensity + load)
                                            : lanes_all(pass->r->flow->settings->negative_load_intensity);
    const lanes priced = lanes_select(injects, lanes_mul(p, e), carbon);
    pass->injected = lanes_sub(pass->injected, lanes_where(injects, priced));
    return priced;
}

LANES_INLINE void eight_loads(element_pass *pass, cef_index load, bool full)
{
    const result_state *r = pass->r;
    const cef_network *net = r->flow->net;
    const lanes zero = lanes_all(0.0);
    const cef_index count = full ? LANES : net->n_load - load;
    const lane_mask live = mask_first(count);
    const lanes p = lanes_load_where(live, pass->s->load_p + load);
    cef_index room[LANES];
    const cef_index *at = places_of(r, net->load_bus + load, count, room);
    const lanes x = lanes_pick(pass->x, at);
    const lane_mask injects = lanes_less(p, zero);
    lanes carbon = lanes_mul(p, defined(x));
    if (mask_any(injects))
        carbon = price_injections(pass, load, live, injects, p, carbon);
    lanes drawn = lanes_select(injects, zero, carbon);
    if (r->exports) {
        const lane_mask leaves = ints_equal(ints_load_where(live, net->load_kind + load), ints_all(CEF_LOAD_EXPORT));
        pass->exported = lanes_add(pass->exported, lanes_where(leaves, drawn));
        drawn = lanes_select(leaves, zero, drawn);
    }
    pass->withdrawn = lanes_add(pass->withdrawn, drawn);
    if (pass->imbalance)
        take_draws(pass->imbalance, at, count, lanes_greater(p, zero));
    column_write(pass->carbon, load, full, live, carbon);
}

/* The intensities of loads that inject, for whom alone these rows are read. */
LANES_INLINE void fetch_injections(const element_pass *pass, cef_index load)
{
    if (!pass->s->load_intensity || load + LANES > pass->r->flow->net->n_load)
        return;
    if (mask_any(lanes_less(lanes_load(pass->s->load_p + load), lanes_all(0.0))))
        __builtin_prefetch(pass->s->load_intensity + load);
}

void KERNEL(result_loads)(const result_state *r, const cef_snapshot *s, double *carbon, element_sums *sums,
                          flow_rows rows)
{
    element_pass pass = open_pass(r, s, column_of(carbon, r->flow->net->n_load), sums);
    cef_index load = rows.first;
    for (; load + LANES <= rows.last; load += LANES) {
        if (r->flow->net->n_bus > FLOW_NEAR) {
            lanes_fetch(s->load_p + load, 512 * sizeof(double));
            lanes_fetch(r->flow->net->load_bus + load, 512 * sizeof(cef_index));
            fetch_injections(&pass, load + 64);
        }
        eight_loads(&pass, load, true);
    }
    if (load < rows.last)
        eight_loads(&pass, load, false);
    close_pass(&pass, sums);
}
