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

/* The same of numbers and flags. */
LANES_INLINE void ints_write(cef_index *column, cef_index row, cef_index n, lane_ints values)
{
    if (!column)
        return;
    if (n >= STREAM_FROM && ((uintptr_t) column & 15) == 0 && n - row >= LANES)
        ints_stream(column + row, values);
    else
        ints_store_where(mask_first(n - row), column + row, values);
}

/* ---- buses ---- */

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

LANES_INLINE void eight_buses(const result_state *r, const cef_solution *out, bus_survey *all, survey_lanes *found,
                              cef_index bus, cef_index last)
{
    const lanes zero = lanes_all(0.0), nan = lanes_all((double) NAN);
    const lane_mask live = mask_first(last - bus);
    cef_index room[LANES];
    lanes x, reach, power, prior;
    lanes_pick4(&r->solve->value[0].x, ints_padded(r->order->place + bus, last - bus, room), &x, &reach, &power,
                &prior);
    const lane_mask defined_here = mask_and(live, lanes_less(zero, power));
    const lanes residual = lanes_where(lanes_less(zero, reach), lanes_all(r->solve->check.ratio) * reach);
    const lanes bound = lanes_lesser(prior, residual);
    lanes_store_where(live, r->intensity + bus, lanes_select(defined_here, x, nan));
    if (r->walked && r->flow->balanced_late)
        lanes_store_where(live, r->flow->imbalance + bus, power);
    const cef_index n = r->flow->net->n_bus;
    column_write(column_of(out->bus_throughput, n), bus, n, power);
    column_write(column_of(out->bus_error_bound, n), bus, n, lanes_select(defined_here, bound, nan));
    ints_write(out->bus_block, bus, n, ints_all(-1));
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
    for (cef_index bus = rows.first; bus < rows.last; bus += LANES)
        eight_buses(r, out, all, &found, bus, rows.last);
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

static void balance(const result_state *r, const cef_solution *out, bus_survey *all, flow_rows rows)
{
    const lanes zero = lanes_all(0.0), tolerance = lanes_all(r->flow->settings->balance_tol);
    const cef_index n = r->flow->net->n_bus;
    lanes carbon = lanes_load(all->residual_carbon);
    for (cef_index bus = rows.first; bus < rows.last; bus += LANES) {
        const lane_mask live = mask_first(rows.last - bus);
        const lanes imbalance = lanes_load_where(live, r->flow->imbalance + bus), size = lanes_abs(imbalance);
        const lanes x = lanes_load_where(live, r->intensity + bus);
        const lane_mask undefined = mask_without(live, lanes_same(x, x)), off = lanes_less(tolerance, size),
                        unfed = mask_and(undefined, lanes_less(imbalance, zero)),
                        worse = lanes_less(lanes_all(all->balance), size);
        carbon += imbalance * lanes_select(undefined, zero, x);
        if (mask_any(worse))
            note_worst(all, worse, size, bus);
        all->imbalanced += mask_count(off);
        all->unfed += mask_count(unfed);
        if (out->bus_flags)
            ints_write(out->bus_flags, bus, n, flags_of(undefined, unfed, off));
    }
    lanes_store(all->residual_carbon, carbon);
    lanes_stream_end();
}

/* ---- branches ---- */

typedef struct {
    lanes from, to, loss;
} branch_lanes;

/* Branches without transfer among the eight; adds to the loss carbon, and takes what they draw from their buses. */
LANES_INLINE branch_lanes price_losses(const result_state *r, cef_index b, lane_mask without, branch_lanes carbon,
                                       double *losses, double *imbalance)
{
    const cef_network *net = r->flow->net;
    double from[LANES], to[LANES], loss[LANES], at_from, at_to;
    lanes_store(from, carbon.from);
    lanes_store(to, carbon.to);
    lanes_store(loss, carbon.loss);
    for (int k = 0; k < LANES; k++)
        if (mask_at(without, k)) {
            result_loss_carbon(r, b + k, &from[k], &to[k]);
            loss[k] = from[k] + to[k];
            *losses += loss[k];
            flow_branch_loss(r->flow, b + k, &at_from, &at_to);
            if (imbalance) {
                imbalance[net->branch_from[b + k]] -= at_from;
                imbalance[net->branch_to[b + k]] -= at_to;
            }
        }
    return (branch_lanes){lanes_load(from), lanes_load(to), lanes_load(loss)};
}

/* An arc's ends carry their power at the sender's intensity; the rest carries nothing, losses excepted. imbalance: what
 * arcs take is taken from it, or NULL. */
LANES_INLINE void price_branches(const result_state *r, const cef_snapshot *s, const cef_solution *out,
                                 branch_sums *sums, flow_rows rows, double *imbalance)
{
    const cef_network *net = r->flow->net;
    const uint8_t *code = r->flow->code;
    const cef_index n = net->n_branch;
    const out_column out_from = column_of(out->branch_carbon_from, n), out_to = column_of(out->branch_carbon_to, n),
                     out_loss = column_of(out->branch_carbon_loss, n),
                     out_intensity = column_of(out->branch_intensity, n);
    lanes total = lanes_load(sums->arcs);
    for (cef_index b = rows.first; b < rows.last; b += LANES) {
        const lane_mask live = mask_first(n - b);
        const lane_mask forward = mask_and(live, bytes_equal(code + b, FLOW_FORWARD));
        const lane_mask arc = mask_or(forward, mask_and(live, bytes_equal(code + b, FLOW_REVERSE)));
        cef_index sender[LANES];
        ints_store(sender, ints_select(forward, ints_load_where(live, net->branch_from + b),
                                       ints_load_where(live, net->branch_to + b)));
        const lanes x = lanes_pick(r->intensity, sender);
        const lanes f = lanes_load_where(live, s->branch_p_from + b);
        const lanes t = s->branch_p_to ? lanes_load_where(live, s->branch_p_to + b) : -f;
        const lane_mask carries = mask_and(arc, lanes_same(x, x));
        branch_lanes carbon = {.from = lanes_where(carries, f * x), .to = lanes_where(carries, t * x)};
        carbon.loss = carbon.from + carbon.to;
        total += carbon.loss;
        if (imbalance) {
            double sent[LANES];
            lanes_store(sent, lanes_where(arc, lanes_greater(f, t)));
            for (int k = 0; k < LANES; k++)
                imbalance[sender[k]] -= sent[k];
        }
        const lane_mask without = mask_and(live, bytes_equal(code + b, FLOW_LOSS));
        if (mask_any(without))
            carbon = price_losses(r, b, without, carbon, &sums->loads, imbalance);
        column_write(out_intensity, b, n, lanes_select(arc, x, lanes_all((double) NAN)));
        column_write(out_from, b, n, carbon.from);
        column_write(out_to, b, n, carbon.to);
        column_write(out_loss, b, n, carbon.loss);
    }
    lanes_stream_end();
    lanes_store(sums->arcs, total);
}

static void branches(const result_state *r, const cef_snapshot *s, const cef_solution *out, branch_sums *sums,
                     flow_rows rows, double *imbalance)
{
    if (imbalance)
        price_branches(r, s, out, sums, rows, imbalance);
    else
        price_branches(r, s, out, sums, rows, NULL);
}

/* ---- units and loads ---- */

static void gens(const result_state *r, const cef_snapshot *s, double *column, element_sums *sums, flow_rows rows,
                 double *imbalance)
{
    const cef_network *net = r->flow->net;
    const lanes zero = lanes_all(0.0);
    const out_column out = column_of(column, net->n_gen);
    lanes injected = lanes_load(sums->injected), withdrawn = lanes_load(sums->withdrawn);
    cef_index room[LANES];
    for (cef_index gen = rows.first; gen < rows.last; gen += LANES) {
        const lane_mask live = mask_first(net->n_gen - gen);
        const lanes p = lanes_load_where(live, s->gen_p + gen), e = lanes_load_where(live, s->gen_intensity + gen);
        const lane_mask runs = lanes_less(zero, p), draws = lanes_less(p, zero);
        lanes carbon = lanes_where(runs, p * e);
        injected += carbon;
        if (mask_any(draws)) {
            const lanes x = lanes_pick(r->load_intensity, ints_padded(net->gen_bus + gen, net->n_gen - gen, room));
            const lanes drawn = lanes_where(draws, p * defined(x));
            withdrawn -= drawn;
            carbon = lanes_select(draws, drawn, carbon);
            for (cef_index k = gen; imbalance && k < gen + LANES && k < net->n_gen; k++)
                imbalance[net->gen_bus[k]] += s->gen_p[k] < 0.0 ? s->gen_p[k] : 0.0;
        }
        column_write(out, gen, net->n_gen, carbon);
    }
    lanes_stream_end();
    lanes_store(sums->injected, injected);
    lanes_store(sums->withdrawn, withdrawn);
}

static void loads(const result_state *r, const cef_snapshot *s, double *column, element_sums *sums, flow_rows rows,
                  double *imbalance)
{
    const cef_network *net = r->flow->net;
    const lanes zero = lanes_all(0.0);
    const out_column out = column_of(column, net->n_load);
    lanes injected = lanes_load(sums->injected), withdrawn = lanes_load(sums->withdrawn),
          exported = lanes_load(sums->exported);
    cef_index room[LANES];
    for (cef_index load = rows.first; load < rows.last; load += LANES) {
        const lane_mask live = mask_first(net->n_load - load);
        const lanes p = lanes_load_where(live, s->load_p + load);
        const lanes x = lanes_pick(r->load_intensity, ints_padded(net->load_bus + load, net->n_load - load, room));
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
        for (cef_index k = load; imbalance && k < load + LANES && k < net->n_load; k++)
            imbalance[net->load_bus[k]] -= s->load_p[k] > 0.0 ? s->load_p[k] : 0.0;
        column_write(out, load, net->n_load, carbon);
    }
    lanes_stream_end();
    lanes_store(sums->injected, injected);
    lanes_store(sums->withdrawn, withdrawn);
    lanes_store(sums->exported, exported);
}

const result_kernels KERNEL(result_kernels) = {buses, branches, gens, loads, balance};
