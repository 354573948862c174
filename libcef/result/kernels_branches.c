/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel of room result: carbon at both ends of eight branches side by side. */
#include "result/columns.h"

typedef struct {
    lanes from, to, loss;
} branch_lanes;

enum { SENT = 8 * LANES }; /* branches whose buses are told together what they sent */

typedef struct {            /* by branch */
    cef_index sender[SENT]; /* where its intensity is found, in lines */
    double mw[SENT];
} branch_sent;

typedef struct { /* kernels keep a copy of their own, which nothing that they store can change */
    const result_state *r;
    const uint8_t *code;
    const cef_index *sender;
    const double *p_from, *p_to; /* p_to: NULL where nothing is lost */
    const double *x;             /* intensities */
    double *imbalance;           /* what branches take is taken from it, or NULL */
    out_column from, to, loss, intensity;
    out_way alike; /* of the first three columns, or OUT_NOT: each its own */
    cef_index n;
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
enum { FETCH_NOT, FETCH_LOSSES, FETCH_NEAR, FETCH_FAR };

LANES_INLINE void fetch_senders(const branch_pass *pass, cef_index b, int fetch)
{
    const cef_index *sender = pass->sender + b; /* of what is behind the last branch, bus 0 */
    for (int k = 0; fetch == FETCH_NEAR && k < LANES; k++)
        __builtin_prefetch(&pass->x[result_at(sender[k])], 1);
    for (int k = 0; fetch == FETCH_FAR && k < LANES; k++)
        lanes_fetch(&pass->x[result_at(sender[k])], 0);
}

/* The buses of branches without transfer among 64, for whom alone these rows are read. */
LANES_INLINE void fetch_losses(const branch_pass *pass, cef_index b)
{
    const cef_network *net = pass->r->flow->net;
    if (b + SENT > pass->n || !bytes_include(pass->code + b, FLOW_LOSS))
        return;
    for (cef_index k = b; k < b + SENT; k += LANES)
        if (mask_any(bytes_equal(pass->code + k, FLOW_LOSS))) {
            __builtin_prefetch(net->branch_from + k);
            __builtin_prefetch(net->branch_to + k);
        }
}

LANES_INLINE void write_carbon(const branch_pass *pass, cef_index b, bool full, lane_mask live, branch_lanes carbon)
{
    if (full && pass->alike == OUT_LINES) {
        lanes_store_past(pass->from.at + b, carbon.from);
        lanes_store_past(pass->to.at + b, carbon.to);
        lanes_store_past(pass->loss.at + b, carbon.loss);
    } else if (full && pass->alike == OUT_STORED) {
        lanes_store(pass->from.at + b, carbon.from);
        lanes_store(pass->to.at + b, carbon.to);
        lanes_store(pass->loss.at + b, carbon.loss);
    } else {
        column_write(pass->from, b, full, live, carbon.from);
        column_write(pass->to, b, full, live, carbon.to);
        column_write(pass->loss, b, full, live, carbon.loss);
    }
}

/* An arc's ends carry their power at the sender's intensity; the rest carries nothing, losses excepted. */
LANES_INLINE branch_lanes eight_branches(const branch_pass *pass, cef_index b, bool full, lane_mask live,
                                         const cef_index *sender, double *mw)
{
    const uint8_t *code = pass->code + b;
    const lane_mask arc = mask_and(live, mask_or(bytes_equal(code, FLOW_FORWARD), bytes_equal(code, FLOW_REVERSE)));
    const lanes f = lanes_load_where(live, pass->p_from + b);
    const lanes t = pass->p_to ? lanes_load_where(live, pass->p_to + b) : lanes_neg(f);
    const lanes x = lanes_pick(pass->x, sender);
    const lane_mask carries = mask_and(arc, lanes_same(x, x));
    branch_lanes carbon = {.from = lanes_where(carries, lanes_mul(f, x)), .to = lanes_where(carries, lanes_mul(t, x))};
    carbon.loss = lanes_add(carbon.from, carbon.to);
    if (pass->imbalance)
        lanes_store(mw, lanes_where(arc, lanes_greater(f, t)));
    column_write(pass->intensity, b, full, live, lanes_select(arc, x, lanes_all((double) NAN)));
    return carbon;
}

/* Neighbours in the table often leave the same bus, whose sum they would have to wait for: every eighth, then the next.
 */
LANES_INLINE void take_sent(double *restrict imbalance, const cef_index *sender, const double *mw, cef_index count)
{
    for (int first = 0; first < LANES; first++)
        for (int k = first; k < SENT && k < count; k += LANES)
            imbalance[(uint32_t) sender[k]] -= mw[k];
}

/* Up to 64 branches. Where nothing is near, the lines of the senders of the next ones are fetched while these are
 * priced. all: the pass again, for who is called. */
LANES_INLINE lanes price_some(const branch_pass *pass, const branch_pass *all, cef_index b, cef_index count,
                              lanes total, double *losses, bool lines, int fetch)
{
    branch_sent sent;
    const cef_index *sender = lines ? sent.sender : pass->sender + b;
    const bool lossy = count < SENT || bytes_include(pass->code + b, FLOW_LOSS);
    if (fetch != FETCH_NOT)
        fetch_losses(pass, b + 4 * SENT);
    for (cef_index at = 0; at < SENT && at < count; at += LANES) {
        const bool full = at + LANES <= count;
        const lane_mask live = mask_first(full ? LANES : count - at);
        if (lines)
            ints_spill(sent.sender + at, met_of(ints_load(pass->sender + b + at)));
        if (fetch != FETCH_NOT && fetch != FETCH_LOSSES)
            fetch_senders(pass, b + SENT + at, fetch);
        branch_lanes carbon = eight_branches(pass, b + at, full, live, sender + at, sent.mw + at);
        total = lanes_add(total, carbon.loss);
        if (lossy && mask_any(mask_and(live, bytes_equal(pass->code + b + at, FLOW_LOSS))))
            carbon = with_losses(all, b + at, carbon, losses);
        write_carbon(pass, b + at, full, live, carbon);
    }
    if (pass->imbalance)
        take_sent(pass->imbalance, sender, sent.mw, count);
    return total;
}

LANES_INLINE void price_branches(const branch_pass *all, flow_rows rows, branch_sums *sums, bool lines, int fetch)
{
    const branch_pass pass = *all;
    lanes total = lanes_load(sums->arcs);
    cef_index b = rows.first;
    for (; b + SENT <= rows.last; b += SENT)
        total = price_some(&pass, all, b, SENT, total, &sums->loads, lines, fetch);
    if (b < rows.last)
        total = price_some(&pass, all, b, rows.last - b, total, &sums->loads, lines, fetch);
    lanes_store(sums->arcs, total);
}

static void price_near(const branch_pass *pass, flow_rows rows, branch_sums *sums)
{
    price_branches(pass, rows, sums, false, FETCH_NOT);
}
static void price_long(const branch_pass *pass, flow_rows rows, branch_sums *sums)
{
    price_branches(pass, rows, sums, false, FETCH_LOSSES);
}
static void price_ahead(const branch_pass *pass, flow_rows rows, branch_sums *sums)
{
    price_branches(pass, rows, sums, true, FETCH_NEAR);
}
static void price_far(const branch_pass *pass, flow_rows rows, branch_sums *sums)
{
    price_branches(pass, rows, sums, true, FETCH_FAR);
}

static branch_pass open_pass(const result_state *r, const cef_snapshot *s, const cef_solution *out)
{
    const flow_state *flow = r->flow;
    const cef_index n = flow->net->n_branch;
    branch_pass pass = {.r = r,
                        .code = flow->code,
                        .sender = flow->sender,
                        .p_from = s->branch_p_from,
                        .p_to = s->branch_p_to,
                        .x = result_intensities(r),
                        .imbalance = r->walked && flow->balanced_late ? result_imbalances(r) : NULL,
                        .from = column_of(out->branch_carbon_from, n),
                        .to = column_of(out->branch_carbon_to, n),
                        .loss = column_of(out->branch_carbon_loss, n),
                        .intensity = column_of(out->branch_intensity, n),
                        .n = n};
    pass.alike = pass.to.way == pass.from.way && pass.loss.way == pass.from.way ? pass.from.way : OUT_NOT;
    return pass;
}

void KERNEL(result_branches)(const result_state *r, const cef_snapshot *s, const cef_solution *out, branch_sums *sums,
                             flow_rows rows)
{
    const cef_index n_bus = r->flow->net->n_bus;
    const branch_pass pass = open_pass(r, s, out);
    if (n_bus <= FLOW_NEAR)
        price_near(&pass, rows, sums);
    else if (!result_in_lines(r))
        price_long(&pass, rows, sums);
    else if (n_bus <= FLOW_FAR)
        price_ahead(&pass, rows, sums);
    else
        price_far(&pass, rows, sums);
    lanes_stream_end();
}
