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

/* Buses whose values are fetched in time, into the second cache: the nearest waits for few lines of memory at a time.
 */
enum { AHEAD = 256 };

typedef struct {
    const result_state *r;
    const solve_value *value;
    const double *power;
    float *roundings; /* by bus; noted now or before */
    bool noted;
    const cef_index *place;
    double *met; /* NULL: intensities and imbalances are in columns */
    bool late;   /* imbalances start as throughputs */
    out_column x, throughput, bound;
    cef_index *block, undefined;
    double ratio, most_ku; /* an a-priori bound is claimed below this */
} bus_pass;

/* As order_bound has it. */
LANES_INLINE lanes prior_of(lanes roundings, double most_ku)
{
    const lanes ku = lanes_mul(roundings, lanes_all(0x1p-53));
    return lanes_divide(lanes_less(ku, lanes_all(most_ku)), ku, lanes_sub(lanes_all(1.0), ku), lanes_all(INFINITY));
}

/* Of the largest grids also what lies in rows and does not go past the caches. bus: may be behind the last one. */
LANES_INLINE void fetch_buses(const bus_pass *pass, cef_index bus)
{
    for (int k = 0; k < LANES; k++) {
        lanes_fetch(&pass->value[pass->place[bus + k]], 0);
        lanes_fetch(&pass->power[pass->place[bus + k]], 0);
        if (!pass->noted)
            lanes_fetch(&pass->r->order->roundings[pass->place[bus + k]], 0);
    }
    if (pass->r->flow->net->n_bus <= FLOW_FAR)
        return;
    lanes_fetch(pass->place, ((size_t) bus + AHEAD) * sizeof *pass->place);
    lanes_fetch(pass->roundings, (size_t) bus * sizeof *pass->roundings);
    if (pass->met) {
        lanes_fetch(pass->met, 2 * (size_t) bus * sizeof *pass->met);
        lanes_fetch(pass->met, (2 * (size_t) bus + LANES) * sizeof *pass->met);
    } else {
        lanes_fetch(pass->x.at, (size_t) bus * sizeof *pass->x.at);
        lanes_fetch(pass->r->flow->imbalance, (size_t) bus * sizeof(double));
    }
}

LANES_INLINE void eight_buses(bus_pass *pass, survey_lanes *found, cef_index bus, cef_index last, bool full)
{
    const lanes zero = lanes_all(0.0), nan = lanes_all((double) NAN);
    const lane_mask live = mask_first(full ? LANES : last - bus);
    cef_index room[LANES];
    const cef_index *place = ints_padded(pass->place + bus, full ? LANES : last - bus, room);
    lanes x, reach;
    lanes_pick_pairs_every(&pass->value[0].x, place, 1, &x, &reach);
    const lanes power = lanes_pick(pass->power, place);
    if (!pass->noted)
        floats_store(pass->roundings + bus, floats_pick_every(pass->r->order->roundings, place, 1));
    const lanes prior = prior_of(floats_load(pass->roundings + bus), pass->most_ku);
    const lane_mask defined_here = mask_and(live, lanes_less(zero, power));
    const lanes residual = lanes_where(lanes_less(zero, reach), lanes_mul(lanes_all(pass->ratio), reach));
    const lanes bound = lanes_lesser(prior, residual), intensity = lanes_select(defined_here, x, nan);
    if (pass->met) {
        double *met = pass->met + 2 * (size_t) bus;
        lanes_store_halves(met, met + 2 * RESULT_FOUR, intensity);
        lanes_store_halves(met + RESULT_FOUR, met + 3 * RESULT_FOUR,
                           pass->late ? power : lanes_load_where(live, pass->r->flow->imbalance + bus));
        column_write(pass->x, bus, full, live, intensity);
    } else {
        lanes_store_where(live, pass->x.at + bus, intensity);
        if (pass->late)
            lanes_store_where(live, pass->r->flow->imbalance + bus, power);
    }
    column_write(pass->throughput, bus, full, live, power);
    column_write(pass->bound, bus, full, live, lanes_select(defined_here, bound, nan));
    ints_write(pass->block, bus, pass->r->flow->net->n_bus, full, live, ints_all(-1));
    pass->undefined += mask_count(mask_without(live, defined_here));
    found->bound = lanes_greater_where(defined_here, bound, found->bound);
    found->residual_bound = lanes_greater_where(defined_here, residual, found->residual_bound);
    found->least = lanes_lesser_where(defined_here, x, found->least);
    found->most = lanes_greater_where(defined_here, x, found->most);
    found->smallest = lanes_lesser_where(mask_and(defined_here, lanes_less(zero, x)), x, found->smallest);
}

static bus_pass open_pass(const result_state *r, const cef_solution *out)
{
    const cef_index n = r->flow->net->n_bus;
    return (bus_pass){.r = r,
                      .value = r->solve->value,
                      .power = r->solve->power,
                      .roundings = r->roundings,
                      .noted = r->noted == r->order->version,
                      .place = r->order->place,
                      .met = result_in_lines(r) ? r->met : NULL,
                      .late = r->walked && r->flow->balanced_late,
                      .x = column_of(r->intensity, n),
                      .throughput = column_of(out->bus_throughput, n),
                      .bound = column_of(out->bus_error_bound, n),
                      .block = out->bus_block,
                      .ratio = r->solve->check.ratio,
                      .most_ku = r->flow->policy.columns ? 0.0 : 0.5};
}

static void buses(const result_state *r, const cef_solution *out, bus_survey *all, flow_rows rows)
{
    survey_lanes found = survey_load(all);
    bus_pass pass = open_pass(r, out);
    cef_index bus = rows.first;
    for (; bus + LANES <= rows.last && r->flow->net->n_bus > FLOW_NEAR; bus += LANES) {
        fetch_buses(&pass, bus + AHEAD);
        eight_buses(&pass, &found, bus, rows.last, true);
    }
    for (; bus + LANES <= rows.last; bus += LANES)
        eight_buses(&pass, &found, bus, rows.last, true);
    if (bus < rows.last)
        eight_buses(&pass, &found, bus, rows.last, false);
    all->undefined += pass.undefined;
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

LANES_INLINE void load_met(const result_state *r, cef_index bus, lane_mask live, lanes *x, lanes *imbalance)
{
    if (!result_in_lines(r)) {
        *x = lanes_load_where(live, r->intensity + bus);
        *imbalance = lanes_load_where(live, r->flow->imbalance + bus);
        return;
    }
    const double *met = r->met + 2 * (size_t) bus;
    *x = lanes_of_halves(met, met + 2 * RESULT_FOUR);
    *imbalance = lanes_where(live, lanes_of_halves(met + RESULT_FOUR, met + 3 * RESULT_FOUR));
}

LANES_INLINE void balance_eight(const result_state *r, const cef_solution *out, bus_survey *all, lanes *carbon,
                                cef_index bus, cef_index last, bool full)
{
    const lanes zero = lanes_all(0.0);
    const lane_mask live = mask_first(full ? LANES : last - bus);
    lanes x, imbalance;
    load_met(r, bus, live, &x, &imbalance);
    const lanes size = lanes_abs(imbalance);
    const lane_mask undefined = mask_without(live, lanes_same(x, x)),
                    off = lanes_less(lanes_all(r->flow->settings->balance_tol), size),
                    unfed = mask_and(undefined, lanes_less(imbalance, zero)),
                    worse = lanes_less(lanes_all(all->balance), size);
    *carbon = lanes_add(*carbon, lanes_mul(imbalance, defined(x))); /* behind the last bus may stand anything */
    if (mask_any(worse))
        note_worst(all, worse, size, bus);
    all->imbalanced += mask_count(off);
    all->unfed += mask_count(unfed);
    if (result_in_lines(r))
        column_write(column_of(out->bus_imbalance, r->flow->net->n_bus), bus, full, live, imbalance);
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
