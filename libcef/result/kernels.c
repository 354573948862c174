/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of room result: eight buses side by side. Sums have one association, lane by lane. */
#include "result/columns.h"

typedef struct {
    lanes bound, residual_bound, least, most, smallest;
} survey_lanes;

LANES_INLINE survey_lanes survey_load(const bus_survey *all)
{
    return (survey_lanes){lanes_load(all->bound), lanes_load(all->residual_bound), lanes_load(all->least),
                          lanes_load(all->most), lanes_load(all->smallest)};
}

LANES_INLINE void survey_store(bus_survey *all, const survey_lanes *found)
{
    lanes_store(all->bound, found->bound);
    lanes_store(all->residual_bound, found->residual_bound);
    lanes_store(all->least, found->least);
    lanes_store(all->most, found->most);
    lanes_store(all->smallest, found->smallest);
}

enum { AHEAD = 64 }; /* buses whose values are fetched in time */

LANES_INLINE void eight_buses(const result_state *r, const cef_solution *out, bus_survey *all, survey_lanes *found,
                              cef_index bus, cef_index last, bool full)
{
    const lanes zero = lanes_all(0.0), nan = lanes_all((double) NAN);
    const lane_mask live = mask_first(full ? LANES : last - bus);
    cef_index room[LANES];
    lanes x, reach, power, prior;
    if (r->flow->net->n_bus > FLOW_NEAR && last - bus > AHEAD + LANES)
        for (int k = 0; k < LANES; k++)
            __builtin_prefetch(&r->solve->value[r->order->place[bus + AHEAD + k]]);
    lanes_pick4(&r->solve->value[0].x, ints_padded(r->order->place + bus, full ? LANES : last - bus, room), &x, &reach,
                &power, &prior);
    const lane_mask defined_here = mask_and(live, lanes_less(zero, power));
    const lanes residual = lanes_where(lanes_less(zero, reach), lanes_mul(lanes_all(r->solve->check.ratio), reach));
    const lanes bound = lanes_lesser(prior, residual);
    lanes_store_where(live, r->intensity + bus, lanes_select(defined_here, x, nan));
    if (r->walked && r->flow->balanced_late)
        lanes_store_where(live, r->flow->imbalance + bus, power);
    const cef_index n = r->flow->net->n_bus;
    column_write(column_of(out->bus_throughput, n), bus, full, live, power);
    column_write(column_of(out->bus_error_bound, n), bus, full, live, lanes_select(defined_here, bound, nan));
    ints_write(out->bus_block, bus, n, full, live, ints_all(-1));
    all->undefined += mask_count(mask_without(live, defined_here));
    found->bound = lanes_greater_where(defined_here, bound, found->bound);
    found->residual_bound = lanes_greater_where(defined_here, residual, found->residual_bound);
    found->least = lanes_lesser_where(defined_here, x, found->least);
    found->most = lanes_greater_where(defined_here, x, found->most);
    found->smallest = lanes_lesser_where(mask_and(defined_here, lanes_less(zero, x)), x, found->smallest);
}

static void buses(const result_state *r, const cef_solution *out, bus_survey *all, flow_rows rows)
{
    survey_lanes found = survey_load(all);
    cef_index bus = rows.first;
    for (; bus + LANES <= rows.last; bus += LANES)
        eight_buses(r, out, all, &found, bus, rows.last, true);
    if (bus < rows.last)
        eight_buses(r, out, all, &found, bus, rows.last, false);
    survey_store(all, &found);
    lanes_stream_end();
}

/* ---- balance ---- */

LANES_INLINE void note_worst(bus_survey *all, lane_mask worse, lanes size, cef_index bus)
{
    double sizes[LANES];
    lanes_store(sizes, size);
    for (int k = 0; k < LANES; k++)
        if (mask_at(worse, k) && sizes[k] > all->balance) {
            all->balance = sizes[k];
            all->worst = bus + k;
        }
}

LANES_INLINE lane_ints flags_of(lane_mask undefined, lane_mask unfed, lane_mask off)
{
    const lane_ints none = ints_all(0);
    const lane_ints flags = ints_or(ints_select(undefined, ints_all(CEF_BUS_UNDEFINED), none),
                                    ints_select(unfed, ints_all(CEF_BUS_UNFED), none));
    return ints_or(flags, ints_select(off, ints_all(CEF_BUS_IMBALANCED), none));
}

LANES_INLINE void balance_eight(const result_state *r, const cef_solution *out, bus_survey *all, lanes *carbon,
                                cef_index bus, cef_index last, bool full)
{
    const lanes zero = lanes_all(0.0);
    const lane_mask live = mask_first(full ? LANES : last - bus);
    const lanes imbalance = lanes_load_where(live, r->flow->imbalance + bus), size = lanes_abs(imbalance);
    const lanes x = lanes_load_where(live, r->intensity + bus);
    const lane_mask undefined = mask_without(live, lanes_same(x, x)),
                    off = lanes_less(lanes_all(r->flow->settings->balance_tol), size),
                    unfed = mask_and(undefined, lanes_less(imbalance, zero)),
                    worse = lanes_less(lanes_all(all->balance), size);
    *carbon = lanes_add(*carbon, lanes_mul(imbalance, lanes_select(undefined, zero, x)));
    if (mask_any(worse))
        note_worst(all, worse, size, bus);
    all->imbalanced += mask_count(off);
    all->unfed += mask_count(unfed);
    if (out->bus_flags)
        ints_write(out->bus_flags, bus, r->flow->net->n_bus, full, live, flags_of(undefined, unfed, off));
}

static void balance(const result_state *r, const cef_solution *out, bus_survey *all, flow_rows rows)
{
    lanes carbon = lanes_load(all->residual_carbon);
    cef_index bus = rows.first;
    for (; bus + LANES <= rows.last; bus += LANES)
        balance_eight(r, out, all, &carbon, bus, rows.last, true);
    if (bus < rows.last)
        balance_eight(r, out, all, &carbon, bus, rows.last, false);
    lanes_store(all->residual_carbon, carbon);
    lanes_stream_end();
}

const result_kernels KERNEL(result_kernels) = {buses, KERNEL(result_branches), KERNEL(result_gens),
                                               KERNEL(result_loads), balance};
