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
    const cef_index *place;
    const solve_value *value;
    const double *power;
    const float *roundings;  /* by bus */
    double *imbalance, *met; /* met: NULL where intensities and imbalances are in columns */
    out_column x, throughput, bound;
    cef_index *block, n_bus;
    bool fetched, rows_fetched, late; /* late: imbalances start as throughputs */
    double ratio, most;               /* an a-priori bound is claimed below this many roundings */
} bus_pass;

/* As order_bound has it. */
LANES_INLINE lanes prior_of(lanes roundings)
{
    return lanes_mul(roundings, lanes_add(lanes_all(0x1p-53), lanes_mul(roundings, lanes_all(0x1p-105))));
}

LANES_INLINE void fetch_single(const bus_pass *pass, cef_index bus, int value_step, int power_step)
{
    const uint32_t *place = (const uint32_t *) pass->place + bus;
    for (int k = 0; k < LANES; k += value_step)
        lanes_fetch(&pass->value[place[k]], 0);
    for (int k = 0; k < LANES; k += power_step)
        lanes_fetch(&pass->power[place[k]], 0);
}

/* Of the largest grids all, and what lies in rows and does not go past the caches. bus: may be behind the last one. */
LANES_INLINE void fetch_buses(const bus_pass *pass, cef_index bus, bool met)
{
    if (met || pass->rows_fetched)
        fetch_single(pass, bus, 1, 1);
    else /* buses near each other share lines: what one does not ask for another does, in time */
        fetch_single(pass, bus, 2, 4);
    if (!pass->rows_fetched)
        return;
    lanes_fetch(pass->place, ((size_t) bus + AHEAD) * sizeof *pass->place);
    lanes_fetch(pass->roundings, (size_t) bus * sizeof *pass->roundings);
    if (met) {
        lanes_fetch(pass->met, 2 * (size_t) bus * sizeof *pass->met);
        lanes_fetch(pass->met, (2 * (size_t) bus + LANES) * sizeof *pass->met);
    } else {
        lanes_fetch(pass->x.at, (size_t) bus * sizeof *pass->x.at);
        lanes_fetch(pass->imbalance, (size_t) bus * sizeof *pass->imbalance);
    }
}

LANES_INLINE void eight_buses(const bus_pass *pass, survey_lanes *found, cef_index *defined, cef_index bus,
                              cef_index last, bool full, bool met)
{
    const lanes zero = lanes_all(0.0), nan = lanes_all((double) NAN);
    const lane_mask live = mask_first(full ? LANES : last - bus);
    cef_index room[LANES];
    const cef_index *place = ints_padded(pass->place + bus, full ? LANES : last - bus, room);
    lanes x, reach;
    lanes_pick_pairs_every(&pass->value[0].x, place, 1, &x, &reach);
    const lanes power = lanes_pick(pass->power, place), roundings = floats_load(pass->roundings + bus);
    const lane_mask defined_here = mask_and(live, lanes_less(zero, power));
    const lanes residual = lanes_where(lanes_less(zero, reach), lanes_mul(lanes_all(pass->ratio), reach));
    const lanes bound = lanes_lesser_where(lanes_less(roundings, lanes_all(pass->most)), prior_of(roundings), residual);
    const lanes intensity = lanes_select(defined_here, x, nan);
    if (met) {
        double *line = pass->met + 2 * (size_t) bus;
        lanes_store_halves(line, line + 2 * RESULT_FOUR, intensity);
        lanes_store_halves(line + RESULT_FOUR, line + 3 * RESULT_FOUR,
                           pass->late ? power : lanes_load_where(live, pass->imbalance + bus));
        column_write(pass->x, bus, full, live, intensity);
    } else {
        lanes_store_where(live, pass->x.at + bus, intensity);
        if (pass->late)
            lanes_store_where(live, pass->imbalance + bus, power);
    }
    column_write(pass->throughput, bus, full, live, power);
    column_write(pass->bound, bus, full, live, lanes_select(defined_here, bound, nan));
    ints_write(pass->block, bus, pass->n_bus, full, live, ints_all(-1));
    *defined += mask_count(defined_here);
    found->bound = lanes_greater_where(defined_here, bound, found->bound);
    found->residual_bound = lanes_greater_where(defined_here, residual, found->residual_bound);
    found->least = lanes_lesser_where(defined_here, x, found->least);
    found->most = lanes_greater_where(defined_here, x, found->most);
    found->smallest = lanes_lesser_where(mask_and(defined_here, lanes_less(zero, x)), x, found->smallest);
}

static bus_pass open_pass(const result_state *r, const cef_solution *out)
{
    const cef_index n = r->flow->net->n_bus;
    return (bus_pass){.place = r->order->place,
                      .value = r->solve->value,
                      .power = r->solve->power,
                      .roundings = r->roundings,
                      .imbalance = r->flow->imbalance,
                      .met = result_in_lines(r) ? r->met : NULL,
                      .x = column_of(r->intensity, n),
                      .throughput = column_of(out->bus_throughput, n),
                      .bound = column_of(out->bus_error_bound, n),
                      .block = out->bus_block,
                      .n_bus = n,
                      .fetched = n > FLOW_NEAR,
                      .rows_fetched = n > FLOW_FAR,
                      .late = r->walked && r->flow->balanced_late,
                      .ratio = r->solve->check.ratio,
                      .most = r->flow->policy.columns ? 0.0 : ORDER_MOST_ROUNDINGS};
}

/* By bus, with the first results of an order. */
static void note_roundings(const result_state *r, flow_rows rows)
{
    const cef_index *place = r->order->place;
    for (cef_index bus = rows.first; bus < rows.last; bus++) {
        if (r->flow->net->n_bus > FLOW_NEAR)
            lanes_fetch(&r->order->roundings[place[bus + AHEAD]], 0);
        r->roundings[bus] = r->order->roundings[place[bus]];
    }
}

static void buses(const result_state *r, const cef_solution *out, bus_survey *all, flow_rows rows)
{
    const bus_pass pass = open_pass(r, out);
    survey_lanes found = survey_load(all);
    cef_index bus = rows.first, defined = 0;
    if (r->noted != r->order->version)
        note_roundings(r, rows);
    for (; bus + LANES <= rows.last && pass.met; bus += LANES) {
        fetch_buses(&pass, bus + AHEAD, true);
        eight_buses(&pass, &found, &defined, bus, rows.last, true, true);
    }
    for (; bus + LANES <= rows.last; bus += LANES) {
        if (pass.fetched)
            fetch_buses(&pass, bus + AHEAD, false);
        eight_buses(&pass, &found, &defined, bus, rows.last, true, false);
    }
    if (bus < rows.last)
        eight_buses(&pass, &found, &defined, bus, rows.last, false, pass.met);
    all->undefined += rows.last - rows.first - defined;
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

typedef struct { /* sums on their way, in registers: in memory each would wait for the one before */
    lanes carbon;
    cef_index imbalanced, unfed;
} balance_sums;

LANES_INLINE void balance_eight(const result_state *r, const cef_solution *out, bus_survey *all, balance_sums *sums,
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
    sums->carbon =
        lanes_add(sums->carbon, lanes_mul(imbalance, defined(x))); /* behind the last bus may stand anything */
    if (mask_any(worse))
        note_worst(all, worse, size, bus);
    sums->imbalanced += mask_count(off);
    sums->unfed += mask_count(unfed);
    if (result_in_lines(r))
        column_write(column_of(out->bus_imbalance, r->flow->net->n_bus), bus, full, live, imbalance);
    if (out->bus_flags)
        ints_write(out->bus_flags, bus, r->flow->net->n_bus, full, live, flags_of(undefined, unfed, off));
}

static void balance(const result_state *r, const cef_solution *out, bus_survey *all, flow_rows rows)
{
    balance_sums sums = {lanes_load(all->residual_carbon), 0, 0};
    cef_index bus = rows.first;
    for (; bus + LANES <= rows.last; bus += LANES)
        balance_eight(r, out, all, &sums, bus, rows.last, true);
    if (bus < rows.last)
        balance_eight(r, out, all, &sums, bus, rows.last, false);
    lanes_store(all->residual_carbon, sums.carbon);
    all->imbalanced += sums.imbalanced;
    all->unfed += sums.unfed;
    lanes_stream_end();
}

const result_kernels KERNEL(result_kernels) = {buses, KERNEL(result_branches), KERNEL(result_gens),
                                               KERNEL(result_loads), balance};
