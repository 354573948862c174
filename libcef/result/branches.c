/* SPDX-License-Identifier: Apache-2.0 */
/* Carbon at both ends of every branch, signed as the power: positive into the branch. */
#include "result/kernels.h"

typedef struct {
    double intensity, from, to;
} branch_carbon;

static inline void write_branch(const result_state *r, cef_solution *out, cef_index b, branch_carbon c)
{
    if (out->branch_intensity)
        out->branch_intensity[b] = c.intensity;
    if (out->branch_carbon_from)
        out->branch_carbon_from[b] = c.from;
    if (out->branch_carbon_to)
        out->branch_carbon_to[b] = c.to;
    if (out->branch_carbon_loss)
        out->branch_carbon_loss[b] = c.from + c.to;
    if (r->island_loss)
        r->island_loss[result_island(r, r->flow->net->branch_from[b])] += c.from + c.to;
}

/* An arc sends s x and delivers carry x; under `half` the receiver also prices its half of the loss. */
static branch_carbon arc_carbon(const result_state *r, cef_index b)
{
    const flow_state *flow = r->flow;
    const bool forward = flow->code[b] == FLOW_FORWARD;
    const cef_index from = flow->net->branch_from[b], to = flow->net->branch_to[b];
    const cef_index sender = forward ? from : to, receiver = forward ? to : from;
    double sent, received;
    flow_arc_power(flow, b, &sent, &received);
    const double x = result_defined(r->intensity[sender]);
    const flow_policy p = flow->policy;
    double delivered = p.carry_received * received + p.carry_sent * sent;
    delivered *= x;
    if (p.receive_sent != 0.0)
        delivered -= 0.5 * (sent - received) * result_defined(r->intensity[receiver]);
    const double intensity = r->intensity[sender];
    return forward ? (branch_carbon){intensity, sent * x, -delivered}
                   : (branch_carbon){intensity, -delivered, sent * x};
}

static branch_carbon loss_carbon(const result_state *r, cef_index b)
{
    branch_carbon c = {.intensity = (double) NAN};
    const cef_network *net = r->flow->net;
    result_loss_carbon(r, b, r->intensity[net->branch_from[b]], r->intensity[net->branch_to[b]], &c.from, &c.to);
    return c;
}

static branch_carbon carbon_of(const result_state *r, cef_index b)
{
    const uint8_t code = r->flow->code[b];
    if (code == FLOW_FORWARD || code == FLOW_REVERSE)
        return arc_carbon(r, b);
    return code == FLOW_LOSS ? loss_carbon(r, b) : (branch_carbon){(double) NAN, 0.0, 0.0};
}

/* ---- netted parallel circuits: the representative's carbon is spread over its circuits by their own powers ---- */

typedef struct {
    branch_carbon net;
    double p_from, p_to; /* of the representative, after netting */
} net_carbon;

static bool shares_group(const result_state *r, cef_index b, cef_index representative)
{
    return r->flow->code[b] == FLOW_NETTED || b == representative;
}

/* Each circuit takes its own power times the group's carbon per net power at that end; where the net power is not an
 * arc, the circuits hold no transfer and the representative alone books the loss loads. */
static void spread_group(const result_state *r, const cef_snapshot *s, cef_solution *out, cef_index head,
                         flow_group group)
{
    const cef_network *net = r->flow->net;
    const cef_index rep = group.representative;
    if (group.code != FLOW_FORWARD && group.code != FLOW_REVERSE)
        return;
    const branch_carbon whole = carbon_of(r, rep);
    const double x =
        result_defined(r->intensity[group.code == FLOW_FORWARD ? net->branch_from[rep] : net->branch_to[rep]]);
    branch_carbon rest = whole;
    for (cef_index b = head; b >= 0; b = net->parallel_next[b]) {
        if (!shares_group(r, b, rep) || b == rep)
            continue;
        const bool same = net->branch_from[b] == net->branch_from[rep];
        const double f = flow_end(s->branch_p_from[b], r->flow->settings->flow_tol);
        const double t = flow_end(flow_other_end(s->branch_p_from, s->branch_p_to, b), r->flow->settings->flow_tol);
        const branch_carbon c = {whole.intensity, f * x, t * x};
        rest.from -= same ? c.from : c.to;
        rest.to -= same ? c.to : c.from;
        if (out->branch_intensity)
            out->branch_intensity[b] = c.intensity;
        if (out->branch_carbon_from)
            out->branch_carbon_from[b] = c.from;
        if (out->branch_carbon_to)
            out->branch_carbon_to[b] = c.to;
        if (out->branch_carbon_loss)
            out->branch_carbon_loss[b] = c.from + c.to;
    }
    if (out->branch_carbon_from)
        out->branch_carbon_from[rep] = rest.from;
    if (out->branch_carbon_to)
        out->branch_carbon_to[rep] = rest.to;
    if (out->branch_carbon_loss)
        out->branch_carbon_loss[rep] = rest.from + rest.to;
}

void result_branches(result_state *r, const cef_snapshot *s, cef_solution *out, cef_solve_info *info)
{
    const flow_state *flow = r->flow;
    if (r->walked) {
        info->total_loss = r->loss;
        return;
    }
    if (result_is_plain(r)) {
        branch_sums sums = {.loads = 0.0};
        r->kernels->branches(r, s, out, &sums, (flow_rows){0, flow->net->n_branch});
        info->total_loss = result_loss(&sums);
        return;
    }
    for (cef_index b = 0; b < flow->net->n_branch; b++) {
        const branch_carbon c = carbon_of(r, b);
        info->total_loss += c.from + c.to;
        write_branch(r, out, b, c);
    }
    for (cef_index g = 0; flow->group && g < flow->net->n_parallel; g++)
        if (flow->group[g].representative >= 0)
            spread_group(r, s, out, flow->net->parallel_head[g], flow->group[g]);
}

void result_loss_power(const result_state *r, double *loss_mw)
{
    const flow_state *flow = r->flow;
    const cef_network *net = flow->net;
    memset(loss_mw, 0, (size_t) net->n_bus * sizeof *loss_mw);
    for (cef_index b = 0; b < net->n_branch; b++) {
        const cef_index from = r->order->place[net->branch_from[b]], to = r->order->place[net->branch_to[b]];
        if (flow->code[b] == FLOW_FORWARD || flow->code[b] == FLOW_REVERSE) {
            double sent, received;
            flow_arc_power(flow, b, &sent, &received);
            loss_mw[flow->code[b] == FLOW_FORWARD ? from : to] += sent - received;
        } else if (flow->code[b] == FLOW_LOSS) {
            double at_from, at_to;
            flow_branch_loss(flow, b, &at_from, &at_to);
            loss_mw[from] += at_from;
            loss_mw[to] += at_to;
        }
    }
}

/* Of what is injected at a bus, netted mixing lets only the part left after local service travel. */
void result_loss_factors(result_state *r, cef_solution *out)
{
    const flow_state *flow = r->flow;
    for (cef_index bus = 0; bus < flow->net->n_bus; bus++) {
        const cef_index k = r->order->place[bus];
        double y = r->solve->adjoint[k];
        if (flow->local && flow->local[bus] > 0.0)
            y *= flow->source[k].mw / (flow->source[k].mw + flow->local[bus]);
        r->loss_factor[bus] = y;
        if (out->bus_loss_factor)
            out->bus_loss_factor[bus] = y;
    }
}
