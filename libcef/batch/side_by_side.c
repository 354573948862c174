/* SPDX-License-Identifier: Apache-2.0 */
/* A block of periods side by side: stretches that share an order, groups of eight, and the verdict on each period. */
#include "batch/side.h"

#define MOST_ERROR 1e-9 /* the promises of room result */
#define MOST_BACKWARD 1e-12
#define MOST_GAP 1e-9
#define SMALLEST 1e-150

bool side_serves(const cef_network *net, const cef_settings *s)
{
    const int64_t n_unit = (int64_t) net->n_gen + net->n_load + net->n_storage;
    const int64_t n_line = 3 * (int64_t) net->n_bus + 2 * ((int64_t) net->n_branch + n_unit);
    return s->loss_policy == CEF_LOSS_SENDING && s->mixing == CEF_MIXING_GROSS && !s->net_parallel &&
           s->on_imbalance == CEF_IMBALANCE_REPORT && s->negative_loss == CEF_NEGATIVE_LOSS_KEEP && net->n_self == 0 &&
           n_line + net->n_branch < INT32_MAX / LANES - 256;
}

/* Sums need rows that the caller may not want: eight of each. */
static void fill_in(const batch_worker *w, const batch_call *call, cef_index k, cef_solution *rows)
{
    const cef_network *net = call->batch->net;
    if ((batch_wants(call, COLUMN_BUS_ENERGY) || batch_coupled(call)) && !rows->bus_intensity)
        rows->bus_intensity = w->intensity + (size_t) k * (size_t) net->n_bus;
    if (batch_wants(call, COLUMN_BUS_ENERGY) && !rows->bus_throughput)
        rows->bus_throughput = w->throughput + (size_t) k * (size_t) net->n_bus;
    if (batch_needs_gen_carbon(call) && !rows->gen_carbon)
        rows->gen_carbon = w->gen_carbon + (size_t) k * (size_t) net->n_gen;
    if (batch_needs_load_carbon(call) && !rows->load_carbon)
        rows->load_carbon = w->load_carbon + (size_t) k * (size_t) net->n_load;
}

static void open_group(const batch_worker *w, const batch_call *call, cef_index first, cef_index n_live, side_group *g)
{
    g->n_live = n_live;
    g->ahead = call->lane_stride == 1 && call->data->n_periods - first >= 2 * LANES ? LANES : 0;
    for (cef_index k = 0; k < LANES; k++) {
        const cef_index t = first + (k < n_live ? k : n_live - 1) * call->lane_stride;
        g->in[k] = period_snapshot(call, t);
        g->out[k] = period_solution(call, t);
        fill_in(w, call, k, &g->out[k]);
    }
    g->has_to = g->in[0].branch_p_to != NULL;
    g->has_load_intensity = g->in[0].load_intensity != NULL;
    g->wants_bus = g->out[0].bus_intensity != NULL;
    g->wants_throughput = g->out[0].bus_throughput != NULL;
    g->wants_from = g->out[0].branch_carbon_from != NULL;
    g->wants_to = g->out[0].branch_carbon_to != NULL;
    g->wants_loss = g->out[0].branch_carbon_loss != NULL;
    g->wants_gen = g->out[0].gen_carbon != NULL;
    g->wants_load = g->out[0].load_carbon != NULL;
    g->wants_storage = g->out[0].storage_carbon != NULL;
}

static batch_verdict verdict_of(const side_engine *e, const side_group *g, cef_index k)
{
    const double rounded = (e->most_terms + 5) * 0x1p-53; /* of the row's own sums, and the division */
    const double leaves = g->load[k] + g->loss[k] + g->exported[k] + g->storage[k] + g->mismatch[k];
    const double carbon_in = fabs(g->generation[k]) + g->stored_in[k], gap = fabs(g->generation[k] - leaves);
    return (batch_verdict){
        .status = CEF_OK,
        .error_bound = e->error_bound,
        .backward_error = g->backward[k] + rounded,
        .conservation = carbon_in > 0.0 ? gap / carbon_in : gap,
        .balance_mw = g->balance[k],
        .totals = {g->generation[k], g->load[k], g->loss[k], g->exported[k], g->storage[k], g->mismatch[k]},
        .maximum_principle = 1};
}

/* Everything the certificate asks for; what does not pass is left to the solver. */
static bool certified(const side_group *g, cef_index k, const batch_verdict *v)
{
    const double slack = 1e-9 * greater(fabs(g->least_source[k]), fabs(g->most_source[k]));
    const bool principle = !(g->least[k] < g->least_source[k] - slack) && !(g->most[k] > g->most_source[k] + slack);
    return g->odd[k] == 0.0 && principle && g->smallest[k] > SMALLEST && !(g->most[k] > 1e300) &&
           v->error_bound <= MOST_ERROR && v->backward_error <= MOST_BACKWARD && v->conservation <= MOST_GAP;
}

void side_by_side_group(batch_worker *w, const batch_call *call, cef_index first, cef_index n_live)
{
    side_engine *e = w->side;
    side_group g;
    open_group(w, call, first, n_live, &g);
    e->kernels->solve(e, &g);
    for (cef_index k = 0; k < n_live; k++) {
        const batch_verdict verdict = verdict_of(e, &g, k);
        if (certified(&g, k, &verdict))
            period_close(w, call, first + k * call->lane_stride, &verdict, &g.out[k], NULL);
        else
            one_by_one_solve(w, call, first + k * call->lane_stride);
    }
    sums_flush(w, call);
}

static void note_order(batch_findings *found, const side_engine *e)
{
    found->n_orders++;
    found->n_blocks = e->n_loop > found->n_blocks ? e->n_loop : found->n_blocks;
    found->largest_block = e->largest_loop > found->largest_block ? e->largest_loop : found->largest_block;
}

/* The first periods last: they are solved next, and some of their rows may still be in a cache. */
static void classify(side_engine *e, const batch_call *call, cef_index first, cef_index count)
{
    for (cef_index t = (count - 1) / LANES * LANES; t >= 0; t -= LANES) {
        cef_snapshot s[LANES];
        for (cef_index k = 0; k < LANES; k++)
            s[k] = period_snapshot(call, first + (t + k < count ? t + k : count - 1));
        e->kernels->classify(e, s);
    }
}

bool side_by_side_order(batch_worker *w, const batch_call *call, cef_index first, cef_index count, cef_index n_lane)
{
    side_engine *e = w->side;
    memset(e->seen, 0, (size_t) e->net->n_branch + 8);
    memset(e->denied, 0, side_most_denied(e->net));
    for (cef_index lane = 0; lane < n_lane; lane++)
        classify(e, call, first + lane * call->lane_stride, count);
    if (!side_order(e, call->data->load_intensity != NULL))
        return false;
    note_order(&w->found, e);
    return true;
}

/* Where the union's loops are too large for a stretch, half of it is tried; below eight periods, one by one. */
void side_by_side_solve(batch_worker *w, const batch_call *call, cef_index first, cef_index count)
{
    const cef_index end = first + count;
    cef_index length = count;
    while (first < end) {
        length = length < end - first ? length : end - first;
        if (side_by_side_order(w, call, first, length, 1)) {
            for (cef_index done = 0; done < length; done += LANES)
                side_by_side_group(w, call, first + done, length - done < LANES ? length - done : LANES);
        } else if (length > LANES) {
            length = (length / 2 + LANES - 1) / LANES * LANES;
            continue;
        } else {
            for (cef_index t = first; t < first + length; t++)
                one_by_one_solve(w, call, t);
        }
        first += length;
    }
}
