/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of room flow. Eight elements are classified side by side without a branch on their direction, which no
 * processor can guess; where imbalances are wanted at once, what they do to their buses is then added one by one, in
 * their order. */
#include "flow/kernels.h"

#include "lanes/lanes.h"

LANES_INLINE lanes flow_ends(lanes p, lanes tolerance)
{
    return lanes_where(lanes_at_most(tolerance, lanes_abs(p)), p); /* NaN counts as 0 here and is refused below */
}

/* Neither 0 nor large enough to be meant. */
LANES_INLINE lane_mask lanes_tiny(lanes p)
{
    return mask_without(lanes_less(lanes_abs(p), lanes_all(FLOW_LEAST)), lanes_same(p, lanes_all(0.0)));
}

typedef struct {
    lanes at_from, at_to; /* MW taken out of the buses */
} orient_draws;

/* Eight branches. live: those that exist. */
LANES_INLINE orient_draws orient_eight(flow_state *flow, orient_pass *pass, cef_index branch, lane_mask live,
                                       lanes f_raw, lanes t_raw)
{
    const lanes zero = lanes_all(0.0), most = lanes_all(MAX_MW), tolerance = lanes_all(flow->settings->flow_tol);
    const lanes f = flow_ends(f_raw, tolerance), t = flow_ends(t_raw, tolerance);
    const lane_mask f_out = lanes_less(zero, f), f_in = lanes_less(f, zero);
    const lane_mask t_out = lanes_less(zero, t), t_in = lanes_less(t, zero);
    const lane_mask forward = mask_and(f_out, t_in), reverse = mask_and(f_in, t_out), arc = mask_or(forward, reverse);
    const lane_mask loss = mask_without(mask_or(mask_or(f_out, f_in), mask_or(t_out, t_in)), arc);
    const lane_mask good = mask_and(lanes_at_most(lanes_abs(f_raw), most), lanes_at_most(lanes_abs(t_raw), most));
    pass->bad |= mask_any(mask_without(live, good));
    pass->negative += mask_count(mask_and(arc, lanes_less(lanes_add(f, t), lanes_neg(tolerance))));
    const uint64_t code =
        mask_bytes(forward) * FLOW_FORWARD + mask_bytes(reverse) * FLOW_REVERSE + mask_bytes(loss) * FLOW_LOSS;
    memcpy(flow->code + branch, &code, sizeof code);
    if (!mask_any(loss))
        return (orient_draws){f, t};
    pass->fed += mask_count(mask_and(f_out, t_out));
    pass->deliver += mask_count(mask_and(f_in, t_in));
    return (orient_draws){lanes_select(loss, lanes_greater(f, zero), f), lanes_select(loss, lanes_greater(t, zero), t)};
}

enum { CHUNK = 64 }; /* branches classified at a time: what they draw fits the registers' nearest cache */

typedef struct {
    lanes f, t;
} branch_ends;

LANES_INLINE branch_ends ends_of(const double *p_from, const double *p_to, cef_index branch, lane_mask live,
                                 bool lossless)
{
    const lanes f = lanes_load_where(live, p_from + branch);
    return (branch_ends){f, lossless ? lanes_neg(f) : lanes_load_where(live, p_to + branch)};
}

LANES_INLINE orient_draws orient_at(flow_state *flow, orient_pass *pass, cef_index branch, cef_index last,
                                    bool lossless)
{
    const lane_mask live = mask_first(last - branch);
    const branch_ends at = ends_of(pass->p_from, pass->p_to, branch, live, lossless);
    return orient_eight(flow, pass, branch, live, at.f, at.t);
}

LANES_INLINE void orient_chunk(flow_state *flow, orient_pass *pass, cef_index first, cef_index last, bool lossless)
{
    const cef_index *restrict from = flow->net->branch_from + first, *restrict to = flow->net->branch_to + first;
    double at_from[CHUNK], at_to[CHUNK];
    for (cef_index k = 0; k < last - first; k += LANES) {
        const orient_draws draws = orient_at(flow, pass, first + k, last, lossless);
        lanes_store(at_from + k, draws.at_from);
        lanes_store(at_to + k, draws.at_to);
    }
    double *restrict imbalance = flow->imbalance;
    for (cef_index k = 0; k < last - first; k++) {
        imbalance[from[k]] -= at_from[k];
        imbalance[to[k]] -= at_to[k];
    }
}

enum { SLOTS_AHEAD = 128 }; /* branches whose slots are fetched in time */
_Static_assert(SLOTS_AHEAD + LANES <= FLOW_SLACK, "they are there");

enum { ROWS_AHEAD = 256 }; /* branches */

LANES_INLINE void fetch_rows(const double *p_from, const double *p_to, const cef_index *slot, cef_index branch)
{
    lanes_fetch(p_from + branch, ROWS_AHEAD * sizeof(double));
    if (p_to)
        lanes_fetch(p_to + branch, ROWS_AHEAD * sizeof(double));
    lanes_fetch(slot + branch, (ROWS_AHEAD + SLOTS_AHEAD) * sizeof(cef_index));
}

LANES_INLINE void fetch_slots(const double *received, const cef_index *slot)
{
    for (int lane = 0; lane < LANES; lane++)
        lanes_fetch(&received[slot[SLOTS_AHEAD + lane]], 0);
}

/* What classifying reads and writes, by value: no code that is stored can change it, so it stays in registers. */
typedef struct {
    const double *restrict p_from, *restrict p_to; /* p_to NULL: lossless */
    const cef_index *restrict slot;
    const uint8_t *restrict kept; /* NULL: nothing is delivered, nor compared */
    uint8_t *restrict code;
    double *restrict received;
    /* total: of sizes, NaN or more than MAX_MW wherever an end of an arc is impossible, or of an idle branch: no
     * number above the tolerance, which is at most MAX_MW, is idle. */
    lanes tolerance, total;
    uint64_t differs; /* bytes other than 0 where branches do not do what they did */
} classify_walk;

/* Of eight branches, by their lesser and greater ends: counts what gains power or is neither arc nor idle; returns the
 * codes of the latter. Few are, so this keeps no register of the loop. */
static __attribute__((noinline)) uint64_t classify_odd(orient_pass *pass, lanes lesser, lanes greater, lanes tolerance)
{
    const lanes in = lanes_neg(tolerance);
    const lane_mask enters = lanes_at_most(lesser, in), leaves = lanes_at_most(tolerance, greater);
    const lane_mask arc = mask_and(enters, leaves), loss = mask_without(mask_or(enters, leaves), arc);
    const lanes size = lanes_greater(lanes_abs(lesser), lanes_abs(greater));
    pass->bad |= mask_any(mask_without(loss, lanes_at_most(size, lanes_all(MAX_MW))));
    pass->negative += mask_count(mask_and(arc, lanes_less(lanes_add(lesser, greater), in)));
    pass->fed += mask_count(lanes_at_most(tolerance, lesser));
    pass->deliver += mask_count(lanes_at_most(greater, in));
    return mask_bytes(loss) * FLOW_LOSS;
}

/* Eight branches whose buses take nothing yet: nearly all are arcs or idle, which few comparisons tell. An arc's lesser
 * end delivers and its greater one is fed; if an end is NaN, so is one of these two. Returns the codes. */
LANES_INLINE uint64_t classify_eight(classify_walk *w, orient_pass *pass, cef_index branch, lane_mask live)
{
    const branch_ends at = ends_of(w->p_from, w->p_to, branch, live, !w->p_to);
    const lanes lesser = lanes_lesser(at.f, at.t), greater = lanes_greater(at.t, at.f), in = lanes_neg(w->tolerance);
    const lane_mask enters = lanes_at_most(lesser, in), leaves = lanes_at_most(w->tolerance, greater);
    const lane_mask gains = mask_and(enters, lanes_less(lanes_add(at.f, at.t), in));
    w->total = lanes_add(w->total, lanes_sub(greater, lesser));
    uint64_t code = bytes_by_sign(enters, at.f);
    if (mask_any(mask_or(mask_either(enters, leaves), gains)))
        code |= classify_odd(pass, lesser, greater, w->tolerance);
    memcpy(w->code + branch, &code, sizeof code);
    if (w->kept) /* what arcs deliver, into their slots; what is no arc, into one that nobody reads */
        lanes_put(w->received, w->slot + branch, lanes_neg(lesser));
    return code;
}
_Static_assert(FLOW_FORWARD == 1 && FLOW_REVERSE == 2 && FLOW_LOSS == 3, "bytes_by_sign");

/* Returns where the eight do not do what they did, as bytes other than 0. */
LANES_INLINE uint64_t classify_at(classify_walk *w, orient_pass *pass, cef_index branch, lane_mask live)
{
    const uint64_t code = classify_eight(w, pass, branch, live);
    uint64_t before;
    if (!w->kept)
        return 0;
    memcpy(&before, w->kept + branch, sizeof before);
    return code ^ before;
}

LANES_INLINE void classify_as(flow_state *flow, orient_pass *pass, cef_index first, cef_index last, bool lossless,
                              bool delivers)
{
    classify_walk w = {pass->p_from,
                       lossless ? NULL : pass->p_to,
                       flow->slot,
                       delivers ? flow->kept : NULL,
                       flow->code,
                       flow->received,
                       lanes_all(flow->settings->flow_tol),
                       lanes_all(0.0),
                       0};
    const bool far = flow->net->n_bus > FLOW_NEAR;
    for (; first + LANES <= last; first += LANES) {
        if (far)
            fetch_rows(w.p_from, w.p_to, w.slot, first);
        if (far && delivers)
            fetch_slots(w.received, w.slot + first);
        w.differs |= classify_at(&w, pass, first, mask_first(LANES));
    }
    if (first < last) {
        const lane_mask live = mask_first(last - first);
        w.differs |= classify_at(&w, pass, first, live) & mask_bytes(live) * 0xFF;
    }
    pass->differs |= w.differs != 0;
    pass->bad |= !(lanes_sum(w.total) <= MAX_MW);
}

static void classify_chunk(flow_state *flow, orient_pass *pass, cef_index first, cef_index last)
{
    if (pass->p_to && pass->differs)
        classify_as(flow, pass, first, last, false, false);
    else if (pass->p_to)
        classify_as(flow, pass, first, last, false, true);
    else if (pass->differs)
        classify_as(flow, pass, first, last, true, false);
    else
        classify_as(flow, pass, first, last, true, true);
}

/* Once something differs nothing is delivered in vain. */
static void classify(flow_state *flow, orient_pass *pass, cef_index first, cef_index last)
{
    enum { SOME = 1024 };
    for (; first < last; first += SOME)
        classify_chunk(flow, pass, first, last - first < SOME ? last : first + SOME);
}

LANES_INLINE void note_senders(const flow_state *flow, cef_index branch, lane_mask live, lanes f, lanes t)
{
    const lane_ints from = ints_load_where(live, flow->net->branch_from + branch);
    const lane_ints to = ints_load_where(live, flow->net->branch_to + branch);
    ints_store(flow->sender + branch, ints_select(lanes_less(t, f), from, to));
}

static void deliver(flow_state *flow)
{
    const cef_index n = flow->net->n_branch;
    for (cef_index b = 0; b < n; b += LANES) {
        const lane_mask live = mask_first(n - b);
        if (flow->net->n_bus > FLOW_NEAR) {
            fetch_rows(flow->p_from, flow->p_to, flow->slot, b);
            fetch_slots(flow->received, flow->slot + b);
            lanes_fetch(flow->net->branch_from + b, ROWS_AHEAD * sizeof(cef_index));
            lanes_fetch(flow->net->branch_to + b, ROWS_AHEAD * sizeof(cef_index));
        }
        const branch_ends at = ends_of(flow->p_from, flow->p_to, b, live, !flow->p_to);
        lanes_put(flow->received, flow->slot + b, lanes_neg(lanes_lesser(at.f, at.t)));
        note_senders(flow, b, live, at.f, at.t);
    }
}

static void orient(flow_state *flow, orient_pass *pass, cef_index first, cef_index last)
{
    for (; first < last; first += CHUNK) {
        const cef_index end = last - first < CHUNK ? last : first + CHUNK;
        if (pass->p_to)
            orient_chunk(flow, pass, first, end, false);
        else
            orient_chunk(flow, pass, first, end, true);
    }
}

enum { AHEAD = 64 }; /* generators whose sources are fetched in time */

static cef_index inject(flow_state *flow, const double *p_in, const double *intensity, cef_index first)
{
    const cef_index n = flow->net->n_gen;
    const cef_index *restrict at = flow->gen_place;
    flow_source *restrict source = flow->source;
    lanes least = lanes_all(flow->least_intensity), most = lanes_all(flow->most_intensity);
    const lanes zero = lanes_all(0.0);
    const bool together = flow->net->gens_together;
    for (; first < n; first += LANES) {
        for (cef_index k = first + AHEAD; flow->net->n_bus > FLOW_NEAR && k < first + AHEAD + LANES; k++)
            lanes_fetch(&flow->source[at[k]], 0);
        const lane_mask live = mask_first(n - first);
        const lanes p = lanes_load_where(live, p_in + first), e = lanes_load_where(live, intensity + first);
        const lane_mask runs = lanes_less(zero, p);
        const lane_mask fit = mask_and(lanes_at_most(zero, p), lanes_at_most(p, lanes_all(MAX_MW)));
        const lane_mask priced = lanes_at_most(lanes_abs(e), lanes_all(MAX_INTENSITY));
        const lane_mask tiny = mask_or(lanes_tiny(p), mask_and(runs, lanes_tiny(e)));
        if (mask_any(mask_without(live, fit)) || mask_any(mask_without(runs, priced)) || mask_any(mask_and(live, tiny)))
            break;
        least = lanes_lesser(lanes_select(runs, e, least), least);
        most = lanes_greater(lanes_select(runs, e, most), most);
        double mw[LANES], carbon[LANES];
        lanes_store(mw, p);
        lanes_store(carbon, lanes_where(runs, lanes_mul(p, e)));
        for (cef_index k = 0; k < LANES && first + k < n; k++) {
            flow_source *here = &source[at[first + k]];
            const bool new = together && (first + k == 0 || at[first + k - 1] != at[first + k]);
            const flow_source before = new ? (flow_source){0.0, 0.0} : *here;
            *here = (flow_source){before.mw + mw[k], before.carbon + carbon[k]};
        }
    }
    flow->least_intensity = lanes_least(least);
    flow->most_intensity = lanes_most(most);
    return first < n ? first : n;
}

static cef_index withdraw(flow_state *flow, const double *p_in, cef_index first)
{
    const cef_index n = flow->net->n_load;
    const cef_index *restrict at = flow->net->load_bus;
    double *restrict draw = flow->draw;
    for (; first < n; first += LANES) {
        const lane_mask live = mask_first(n - first);
        const lanes p = lanes_load_where(live, p_in + first);
        const lane_mask fit = mask_and(lanes_at_most(lanes_all(0.0), p), lanes_at_most(p, lanes_all(MAX_MW)));
        if (mask_any(mask_without(live, fit)) || mask_any(mask_and(live, lanes_tiny(p))))
            break;
        for (cef_index k = first; draw && k < first + LANES && k < n; k++)
            draw[at[k]] += p_in[k];
    }
    return first < n ? first : n;
}

const flow_kernels KERNEL(flow_kernels) = {orient, classify, deliver, inject, withdraw};
