/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of room result: eight buses, branches or elements side by side. Sums have one association, lane by lane. */
#include "result/kernels.h"

#include "lanes/lanes.h"

LANES_INLINE lanes defined(lanes intensity) { return lanes_where(lanes_same(intensity, intensity), intensity); }

/* A column of the caller: streamed where it is long, for then its lines have left the caches before anyone reads it. */
typedef struct {
    double *at; /* NULL: not wanted */
    bool streamed;
} out_column;

enum { STREAM_FROM = 1 << 15 }; /* rows */

LANES_INLINE out_column column_of(double *column, cef_index n)
{
    return (out_column){column, n >= STREAM_FROM && ((uintptr_t) column & 15) == 0};
}

LANES_INLINE void column_write(out_column column, cef_index row, cef_index n, lanes values)
{
    if (!column.at)
        return;
    if (column.streamed && n - row >= LANES)
        lanes_stream(column.at + row, values);
    else
        lanes_store_where(mask_first(n - row), column.at + row, values);
}

/* ---- buses ---- */

typedef struct {
    lanes bound, residual_bound, least, most, smallest, residual_carbon;
} survey_lanes;

LANES_INLINE void note_balance(bus_survey *all, lane_mask live, lanes imbalance, double tolerance, cef_index bus)
{
    const lanes size = lanes_abs(imbalance);
    all->imbalanced += mask_count(mask_and(live, lanes_less(lanes_all(tolerance), size)));
    const lane_mask worse = mask_and(live, lanes_less(lanes_all(all->balance), size));
    for (int k = 0; mask_any(worse) && k < LANES; k++)
        if (mask_at(worse, k) && size[k] > all->balance) {
            all->balance = size[k];
            all->worst = bus + k;
        }
}

LANES_INLINE void write_flags(const result_state *r, const cef_solution *out, lane_mask live, lane_mask undefined,
                              lane_mask unfed, lanes imbalance, cef_index bus)
{
    const lane_ints block = ints_load_where(live, r->order->block + bus);
    if (out->bus_block)
        ints_store_where(live, out->bus_block + bus, block);
    if (!out->bus_flags)
        return;
    const lane_ints none = ints_all(0);
    const lane_mask off = lanes_less(lanes_all(r->flow->settings->balance_tol), lanes_abs(imbalance));
    lane_ints flags = ints_select(undefined, ints_all(CEF_BUS_UNDEFINED), none);
    flags = ints_or(flags, ints_select(unfed, ints_all(CEF_BUS_UNFED), none));
    flags = ints_or(flags, ints_select(off, ints_all(CEF_BUS_IMBALANCED), none));
    flags = ints_or(flags, ints_select(ints_equal(block, ints_all(-1)), none, ints_all(CEF_BUS_IN_LOOP)));
    ints_store_where(live, out->bus_flags + bus, flags);
}

LANES_INLINE void eight_buses(const result_state *r, const cef_solution *out, bus_survey *all, survey_lanes *found,
                              lane_mask live, cef_index bus)
{
    const double *value = &r->solve->value[0].x;
    const lane_ints place = ints_load_where(live, r->order->place + bus);
    const lanes zero = lanes_all(0.0), nan = lanes_all((double) NAN);
    const lanes x = lanes_gather4(value, place, 0), reach = lanes_gather4(value, place, 1);
    const lanes power = lanes_gather4(value, place, 2), prior = lanes_gather4(value, place, 3);
    const lanes imbalance = lanes_load_where(live, r->flow->imbalance + bus);
    const lane_mask defined_here = mask_and(live, lanes_less(zero, power));
    const lane_mask undefined = mask_without(live, defined_here),
                    unfed = mask_and(undefined, lanes_less(imbalance, zero));
    const lanes residual = lanes_where(lanes_less(zero, reach), lanes_all(r->solve->check.ratio) * reach);
    const lanes bound = lanes_lesser(prior, residual), shown = lanes_select(defined_here, x, nan);
    lanes_store_where(live, r->intensity + bus, shown);
    const cef_index n = r->flow->net->n_bus;
    column_write(column_of(out->bus_throughput, n), bus, n, power);
    column_write(column_of(out->bus_error_bound, n), bus, n, lanes_select(defined_here, bound, nan));
    if (out->bus_flags || out->bus_block)
        write_flags(r, out, live, undefined, unfed, imbalance, bus);
    all->undefined += mask_count(undefined);
    all->unfed += mask_count(unfed);
    note_balance(all, live, imbalance, r->flow->settings->balance_tol, bus);
    found->bound = lanes_greater(lanes_where(defined_here, bound), found->bound);
    found->residual_bound = lanes_greater(lanes_where(defined_here, residual), found->residual_bound);
    found->least = lanes_lesser(lanes_select(defined_here, x, found->least), found->least);
    found->most = lanes_greater(lanes_select(defined_here, x, found->most), found->most);
    const lane_mask carries = mask_and(defined_here, lanes_less(zero, x));
    found->smallest = lanes_lesser(lanes_select(carries, x, lanes_all(1.0)), found->smallest);
    found->residual_carbon += imbalance * lanes_where(defined_here, x);
}

static void buses(const result_state *r, const cef_solution *out, bus_survey *all)
{
    const cef_index n = r->flow->net->n_bus;
    survey_lanes found = {lanes_all(all->bound), lanes_all(all->residual_bound), lanes_all(all->least),
                          lanes_all(all->most),  lanes_all(all->smallest),       lanes_all(0.0)};
    for (cef_index bus = 0; bus < n; bus += LANES)
        eight_buses(r, out, all, &found, mask_first(n - bus), bus);
    all->bound = lanes_most(found.bound);
    all->residual_bound = lanes_most(found.residual_bound);
    all->least = lanes_least(found.least);
    all->most = lanes_most(found.most);
    all->smallest = lanes_least(found.smallest);
    lanes_stream_end();
    all->residual_carbon = lanes_sum(found.residual_carbon);
}

/* ---- branches ---- */

typedef struct {
    lanes from, to, loss;
} branch_lanes;

/* Branches without transfer among the eight; adds to the loss carbon. */
LANES_INLINE branch_lanes price_losses(const result_state *r, cef_index b, lane_mask without, branch_lanes carbon,
                                       double *losses)
{
    double from[LANES], to[LANES], loss[LANES];
    lanes_store(from, carbon.from);
    lanes_store(to, carbon.to);
    lanes_store(loss, carbon.loss);
    for (int k = 0; k < LANES; k++)
        if (mask_at(without, k)) {
            result_loss_carbon(r, b + k, &from[k], &to[k]);
            loss[k] = from[k] + to[k];
            *losses += loss[k];
        }
    return (branch_lanes){lanes_load(from), lanes_load(to), lanes_load(loss)};
}

/* An arc's ends carry their power at the sender's intensity; the rest carries nothing, losses excepted. */
static double branches(const result_state *r, const cef_snapshot *s, const cef_solution *out)
{
    const cef_network *net = r->flow->net;
    const uint8_t *code = r->flow->code;
    const cef_index n = net->n_branch;
    const out_column out_from = column_of(out->branch_carbon_from, n), out_to = column_of(out->branch_carbon_to, n),
                     out_loss = column_of(out->branch_carbon_loss, n),
                     out_intensity = column_of(out->branch_intensity, n);
    lanes total = lanes_all(0.0);
    double losses = 0.0;
    for (cef_index b = 0; b < net->n_branch; b += LANES) {
        const lane_mask live = mask_first(net->n_branch - b);
        const lane_mask forward = mask_and(live, bytes_equal(code + b, FLOW_FORWARD));
        const lane_mask arc = mask_or(forward, mask_and(live, bytes_equal(code + b, FLOW_REVERSE)));
        const lane_ints from = ints_load_where(live, net->branch_from + b),
                        to = ints_load_where(live, net->branch_to + b);
        const lanes x = lanes_gather(r->intensity, ints_select(forward, from, to));
        const lanes f = lanes_load_where(live, s->branch_p_from + b);
        const lanes t = s->branch_p_to ? lanes_load_where(live, s->branch_p_to + b) : -f;
        const lane_mask carries = mask_and(arc, lanes_same(x, x));
        branch_lanes carbon = {.from = lanes_where(carries, f * x), .to = lanes_where(carries, t * x)};
        carbon.loss = carbon.from + carbon.to;
        total += carbon.loss;
        const lane_mask without = mask_and(live, bytes_equal(code + b, FLOW_LOSS));
        if (mask_any(without))
            carbon = price_losses(r, b, without, carbon, &losses);
        column_write(out_intensity, b, n, lanes_select(arc, x, lanes_all((double) NAN)));
        column_write(out_from, b, n, carbon.from);
        column_write(out_to, b, n, carbon.to);
        column_write(out_loss, b, n, carbon.loss);
    }
    lanes_stream_end();
    return lanes_sum(total) + losses;
}

/* ---- units and loads ---- */

static element_totals gens(const result_state *r, const cef_snapshot *s, double *column)
{
    const cef_network *net = r->flow->net;
    const lanes zero = lanes_all(0.0);
    const out_column out = column_of(column, net->n_gen);
    lanes injected = zero, withdrawn = zero;
    for (cef_index gen = 0; gen < net->n_gen; gen += LANES) {
        const lane_mask live = mask_first(net->n_gen - gen);
        const lanes p = lanes_load_where(live, s->gen_p + gen), e = lanes_load_where(live, s->gen_intensity + gen);
        const lane_mask runs = lanes_less(zero, p), draws = lanes_less(p, zero);
        lanes carbon = lanes_where(runs, p * e);
        injected += carbon;
        if (mask_any(draws)) {
            const lanes x = lanes_gather(r->load_intensity, ints_load_where(live, net->gen_bus + gen));
            const lanes drawn = lanes_where(draws, p * defined(x));
            withdrawn -= drawn;
            carbon = lanes_select(draws, drawn, carbon);
        }
        column_write(out, gen, net->n_gen, carbon);
    }
    lanes_stream_end();
    return (element_totals){lanes_sum(injected), lanes_sum(withdrawn), 0.0};
}

static element_totals loads(const result_state *r, const cef_snapshot *s, double *column)
{
    const cef_network *net = r->flow->net;
    const lanes zero = lanes_all(0.0);
    const out_column out = column_of(column, net->n_load);
    lanes injected = zero, withdrawn = zero, exported = zero;
    for (cef_index load = 0; load < net->n_load; load += LANES) {
        const lane_mask live = mask_first(net->n_load - load);
        const lanes p = lanes_load_where(live, s->load_p + load);
        const lanes x = lanes_gather(r->load_intensity, ints_load_where(live, net->load_bus + load));
        const lane_mask injects = lanes_less(p, zero);
        lanes carbon = p * defined(x);
        if (mask_any(injects)) {
            const lanes e = s->load_intensity ? lanes_load_where(live, s->load_intensity + load)
                                              : lanes_all(r->flow->settings->negative_load_intensity);
            carbon = lanes_select(injects, p * e, carbon);
            injected -= lanes_where(injects, carbon);
        }
        lanes drawn = lanes_select(injects, zero, carbon);
        if (r->exports) {
            const lane_mask leaves =
                ints_equal(ints_load_where(live, net->load_kind + load), ints_all(CEF_LOAD_EXPORT));
            exported += lanes_where(leaves, drawn);
            drawn = lanes_select(leaves, zero, drawn);
        }
        withdrawn += drawn;
        column_write(out, load, net->n_load, carbon);
    }
    lanes_stream_end();
    return (element_totals){lanes_sum(injected), lanes_sum(withdrawn), lanes_sum(exported)};
}

const result_kernels KERNEL(result_kernels) = {buses, branches, gens, loads};
