/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel of room result: carbon at both ends of eight branches side by side. */
#include "result/columns.h"

typedef struct {
    lanes from, to, loss;
} branch_lanes;

enum { SENT = 8 * LANES }; /* branches whose buses are told together what they sent */

typedef struct { /* by branch */
    cef_index sender[SENT];
    double mw[SENT];
} branch_sent;

typedef struct {
    const result_state *r;
    const cef_snapshot *s;
    out_column from, to, loss, intensity;
    double *imbalance; /* what branches take is taken from it, or NULL */
    lanes total;
} branch_pass;

/* Branches without transfer among the eight; adds to the loss carbon, and takes what they draw from their buses. */
LANES_INLINE branch_lanes price_losses(const branch_pass *pass, cef_index b, lane_mask without, branch_lanes carbon,
                                       double *losses)
{
    const cef_network *net = pass->r->flow->net;
    double from[LANES], to[LANES], loss[LANES], at_from, at_to;
    lanes_store(from, carbon.from);
    lanes_store(to, carbon.to);
    lanes_store(loss, carbon.loss);
    for (int k = 0; k < LANES; k++)
        if (mask_at(without, k)) {
            result_loss_carbon(pass->r, b + k, &from[k], &to[k]);
            loss[k] = from[k] + to[k];
            *losses += loss[k];
            flow_branch_loss(pass->r->flow, b + k, &at_from, &at_to);
            if (pass->imbalance) {
                pass->imbalance[net->branch_from[b + k]] -= at_from;
                pass->imbalance[net->branch_to[b + k]] -= at_to;
            }
        }
    return (branch_lanes){lanes_load(from), lanes_load(to), lanes_load(loss)};
}

/* An arc's ends carry their power at the sender's intensity; the rest carries nothing, losses excepted. */
LANES_INLINE void eight_branches(branch_pass *pass, cef_index b, bool full, branch_sent *sent, cef_index at,
                                 double *losses)
{
    const result_state *r = pass->r;
    const cef_network *net = r->flow->net;
    const uint8_t *code = r->flow->code + b;
    const lane_mask live = mask_first(full ? LANES : net->n_branch - b);
    const lane_mask forward = mask_and(live, bytes_equal(code, FLOW_FORWARD));
    const lane_mask arc = mask_or(forward, mask_and(live, bytes_equal(code, FLOW_REVERSE)));
    cef_index *sender = sent->sender + at;
    ints_spill(sender, ints_select(forward, ints_load_where(live, net->branch_from + b),
                                   ints_load_where(live, net->branch_to + b)));
    const lanes f = lanes_load_where(live, pass->s->branch_p_from + b);
    const lanes t = pass->s->branch_p_to ? lanes_load_where(live, pass->s->branch_p_to + b) : lanes_neg(f);
    const lanes x = lanes_pick(r->intensity, sender);
    const lane_mask carries = mask_and(arc, lanes_same(x, x));
    branch_lanes carbon = {.from = lanes_where(carries, lanes_mul(f, x)), .to = lanes_where(carries, lanes_mul(t, x))};
    carbon.loss = lanes_add(carbon.from, carbon.to);
    pass->total = lanes_add(pass->total, carbon.loss);
    if (pass->imbalance)
        lanes_store(sent->mw + at, lanes_where(arc, lanes_greater(f, t)));
    const lane_mask without = mask_and(live, bytes_equal(code, FLOW_LOSS));
    if (mask_any(without))
        carbon = price_losses(pass, b, without, carbon, losses);
    column_write(pass->intensity, b, full, live, lanes_select(arc, x, lanes_all((double) NAN)));
    column_write(pass->from, b, full, live, carbon.from);
    column_write(pass->to, b, full, live, carbon.to);
    column_write(pass->loss, b, full, live, carbon.loss);
}

/* Neighbours in the table often leave the same bus, whose sum they would have to wait for: every eighth, then the next.
 */
LANES_INLINE void take_sent(double *restrict imbalance, const branch_sent *sent)
{
    for (int first = 0; first < LANES; first++)
        for (int k = first; k < SENT; k += LANES)
            imbalance[sent->sender[k]] -= sent->mw[k];
}

static void price_branches(branch_pass *pass, flow_rows rows, double *losses)
{
    branch_sent sent;
    cef_index b = rows.first;
    for (; b + SENT <= rows.last; b += SENT) {
        for (cef_index at = 0; at < SENT; at += LANES)
            eight_branches(pass, b + at, true, &sent, at, losses);
        if (pass->imbalance)
            take_sent(pass->imbalance, &sent);
    }
    memset(&sent, 0, sizeof sent);
    for (cef_index at = 0; b + at < rows.last; at += LANES)
        eight_branches(pass, b + at, b + at + LANES <= rows.last, &sent, at, losses);
    if (pass->imbalance)
        take_sent(pass->imbalance, &sent);
}

void KERNEL(result_branches)(const result_state *r, const cef_snapshot *s, const cef_solution *out, branch_sums *sums,
                             flow_rows rows, double *imbalance)
{
    const cef_index n = r->flow->net->n_branch;
    branch_pass pass = {.r = r,
                        .s = s,
                        .from = column_of(out->branch_carbon_from, n),
                        .to = column_of(out->branch_carbon_to, n),
                        .loss = column_of(out->branch_carbon_loss, n),
                        .intensity = column_of(out->branch_intensity, n),
                        .imbalance = imbalance,
                        .total = lanes_load(sums->arcs)};
    price_branches(&pass, rows, &sums->loads);
    lanes_stream_end();
    lanes_store(sums->arcs, pass.total);
}
