/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel of room result: carbon at both ends of eight branches side by side. */
#include "result/columns.h"

typedef struct {
    lanes from, to, loss;
} branch_lanes;

enum { SENT = 8 * LANES }; /* branches whose buses are told together what they sent */

typedef struct {            /* by branch */
    cef_index sender[SENT]; /* where its intensity is found */
    double mw[SENT];
} branch_sent;

typedef struct {
    const result_state *r;
    const cef_snapshot *s;
    out_column from, to, loss, intensity;
    const double *x;   /* intensities */
    double *imbalance; /* what branches take is taken from it, or NULL */
    lanes total;
} branch_pass;

LANES_INLINE double intensity_of(const branch_pass *pass, cef_index bus) { return pass->x[result_place(pass->r, bus)]; }

/* Branches without transfer among eight: writes their carbon, adds to the loss carbon, and takes what they draw from
 * their buses. They are few: out of line, what they need does not crowd the registers of the others. */
static __attribute__((noinline)) void price_losses(const branch_pass *pass, cef_index b, double *from, double *to,
                                                   double *loss, double *losses)
{
    const flow_state *flow = pass->r->flow;
    const cef_index last = flow->net->n_branch - b < LANES ? flow->net->n_branch - b : LANES;
    for (cef_index k = 0; k < last; k++) {
        const cef_index from_bus = flow->net->branch_from[b + k], to_bus = flow->net->branch_to[b + k];
        double at_from, at_to;
        if (flow->code[b + k] != FLOW_LOSS)
            continue;
        result_loss_carbon(pass->r, b + k, intensity_of(pass, from_bus), intensity_of(pass, to_bus), &from[k], &to[k]);
        loss[k] = from[k] + to[k];
        *losses += loss[k];
        if (!pass->imbalance)
            continue;
        flow_branch_loss(flow, b + k, &at_from, &at_to);
        pass->imbalance[result_place(pass->r, from_bus)] -= at_from;
        pass->imbalance[result_place(pass->r, to_bus)] -= at_to;
    }
}

LANES_INLINE branch_lanes with_losses(const branch_pass *pass, cef_index b, branch_lanes carbon, double *losses)
{
    double from[LANES], to[LANES], loss[LANES];
    lanes_store(from, carbon.from);
    lanes_store(to, carbon.to);
    lanes_store(loss, carbon.loss);
    price_losses(pass, b, from, to, loss, losses);
    return (branch_lanes){lanes_load(from), lanes_load(to), lanes_load(loss)};
}

/* Into the nearest cache, or, where lines come from memory, into the next: the nearest waits for few at a time. */
enum { FETCH_NOT, FETCH_NEAR, FETCH_FAR };
enum { FETCH_FAR_FROM = 1 << 18 }; /* buses */

/* Where the intensities of eight senders are found; of what is no arc, of some bus. */
LANES_INLINE void find_senders(const branch_pass *pass, cef_index b, bool full, cef_index *sender, bool lines,
                               int fetch)
{
    const cef_network *net = pass->r->flow->net;
    const lane_mask live = mask_first(full ? LANES : net->n_branch - b);
    const lane_mask forward = bytes_equal(pass->r->flow->code + b, FLOW_FORWARD);
    const lane_ints bus =
        ints_select(forward, ints_load_where(live, net->branch_from + b), ints_load_where(live, net->branch_to + b));
    ints_spill(sender, lines ? met_of(bus) : bus);
    for (int k = 0; fetch == FETCH_NEAR && k < LANES; k++)
        __builtin_prefetch(&pass->x[(uint32_t) sender[k]], 1);
    for (int k = 0; fetch == FETCH_FAR && k < LANES; k++)
        __builtin_prefetch(&pass->x[(uint32_t) sender[k]], 0, 2);
}

/* An arc's ends carry their power at the sender's intensity; the rest carries nothing, losses excepted. */
LANES_INLINE void eight_branches(branch_pass *pass, cef_index b, bool full, branch_sent *sent, cef_index at,
                                 double *losses)
{
    const result_state *r = pass->r;
    const uint8_t *code = r->flow->code + b;
    const lane_mask live = mask_first(full ? LANES : r->flow->net->n_branch - b);
    const lane_mask arc = mask_and(live, mask_or(bytes_equal(code, FLOW_FORWARD), bytes_equal(code, FLOW_REVERSE)));
    const lanes f = lanes_load_where(live, pass->s->branch_p_from + b);
    const lanes t = pass->s->branch_p_to ? lanes_load_where(live, pass->s->branch_p_to + b) : lanes_neg(f);
    const lanes x = lanes_pick(pass->x, sent->sender + at);
    const lane_mask carries = mask_and(arc, lanes_same(x, x));
    branch_lanes carbon = {.from = lanes_where(carries, lanes_mul(f, x)), .to = lanes_where(carries, lanes_mul(t, x))};
    carbon.loss = lanes_add(carbon.from, carbon.to);
    pass->total = lanes_add(pass->total, carbon.loss);
    if (pass->imbalance)
        lanes_store(sent->mw + at, lanes_where(arc, lanes_greater(f, t)));
    const lane_mask without = mask_and(live, bytes_equal(code, FLOW_LOSS));
    if (mask_any(without))
        carbon = with_losses(pass, b, carbon, losses);
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
            imbalance[(uint32_t) sent->sender[k]] -= sent->mw[k];
}

/* Where nothing is near, the senders of the next branches are found while these are priced, and fetched. */
LANES_INLINE void price_branches(branch_pass *pass, flow_rows rows, double *losses, bool lines, int fetch)
{
    const bool ahead = fetch != FETCH_NOT;
    branch_sent sents[2], *sent = &sents[0], *next = &sents[1];
    cef_index b = rows.first;
    for (bool found = false; b + SENT <= rows.last; b += SENT) {
        const bool more = ahead && b + 2 * SENT <= rows.last;
        for (cef_index at = 0; at < SENT; at += LANES) {
            if (!ahead || !found)
                find_senders(pass, b + at, true, sent->sender + at, lines, FETCH_NOT);
            if (more)
                find_senders(pass, b + SENT + at, true, next->sender + at, lines, fetch);
            eight_branches(pass, b + at, true, sent, at, losses);
        }
        if (pass->imbalance)
            take_sent(pass->imbalance, sent);
        if (ahead) {
            branch_sent *const done = sent;
            sent = next;
            next = done;
            found = more;
        }
    }
    memset(sent, 0, sizeof *sent);
    for (cef_index at = 0; b + at < rows.last; at += LANES) {
        find_senders(pass, b + at, b + at + LANES <= rows.last, sent->sender + at, lines, FETCH_NOT);
        eight_branches(pass, b + at, b + at + LANES <= rows.last, sent, at, losses);
    }
    if (pass->imbalance)
        take_sent(pass->imbalance, sent);
}

static void price_near(branch_pass *pass, flow_rows rows, double *losses)
{
    price_branches(pass, rows, losses, false, FETCH_NOT);
}
static void price_ahead(branch_pass *pass, flow_rows rows, double *losses)
{
    price_branches(pass, rows, losses, true, FETCH_NEAR);
}
static void price_far(branch_pass *pass, flow_rows rows, double *losses)
{
    price_branches(pass, rows, losses, true, FETCH_FAR);
}

void KERNEL(result_branches)(const result_state *r, const cef_snapshot *s, const cef_solution *out, branch_sums *sums,
                             flow_rows rows)
{
    const cef_index n = r->flow->net->n_branch, n_bus = r->flow->net->n_bus;
    branch_pass pass = {.r = r,
                        .s = s,
                        .from = column_of(out->branch_carbon_from, n),
                        .to = column_of(out->branch_carbon_to, n),
                        .loss = column_of(out->branch_carbon_loss, n),
                        .intensity = column_of(out->branch_intensity, n),
                        .x = result_intensities(r),
                        .imbalance = r->walked && r->flow->balanced_late ? result_imbalances(r) : NULL,
                        .total = lanes_load(sums->arcs)};
    if (!result_in_lines(r))
        price_near(&pass, rows, &sums->loads);
    else if (n_bus <= FETCH_FAR_FROM)
        price_ahead(&pass, rows, &sums->loads);
    else
        price_far(&pass, rows, &sums->loads);
    lanes_stream_end();
    lanes_store(sums->arcs, pass.total);
}
