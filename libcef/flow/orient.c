/* SPDX-License-Identifier: Apache-2.0 */
/* Orientation: every branch end is measured against the threshold, then the signs decide. */
#include "flow/orient.h"

#include "flow/kernels.h"
#include "lanes/lanes.h"

/* Indexed by the signs of both ends, 3 (sign from + 1) + (sign to + 1). */
static const uint8_t code_of_signs[9] = {
    /* from -: to -, 0, + */ FLOW_LOSS,    FLOW_LOSS, FLOW_REVERSE,
    /* from 0: to -, 0, + */ FLOW_LOSS,    FLOW_IDLE, FLOW_LOSS,
    /* from +: to -, 0, + */ FLOW_FORWARD, FLOW_LOSS, FLOW_LOSS};

static inline int sign(double p) { return (p > 0.0) - (p < 0.0); }

/* A branch from a bus to itself transfers nothing: it draws its net power. */
static void orient_self(flow_state *flow, orient_pass *pass)
{
    const cef_network *net = flow->net;
    for (cef_index k = 0; k < net->n_self; k++) {
        const cef_index branch = net->self_branch[k];
        const double f = flow_end(pass->p_from[branch], flow->settings->flow_tol);
        const double t = flow_end(flow_other_end(pass->p_from, pass->p_to, branch), flow->settings->flow_tol);
        double as_arc_from = f, as_arc_to = t, at_from, at_to;
        if (flow->code[branch] == FLOW_IDLE)
            continue;
        if (flow->code[branch] == FLOW_LOSS)
            flow_loss_loads(f, t, false, &as_arc_from, &as_arc_to);
        else
            pass->negative -= f + t < -flow->settings->flow_tol;
        flow_loss_loads(f, t, true, &at_from, &at_to);
        if (!flow->balanced_late)
            flow->imbalance[net->branch_from[branch]] += as_arc_from + as_arc_to - at_from;
        flow->code[branch] = FLOW_LOSS;
    }
}

/* What is connected at buses: all that is injected less all that is drawn, whatever its sign. */
static void add_powers(const flow_state *flow, const cef_index *restrict bus, const double *restrict p, flow_rows rows)
{
    double *restrict imbalance = flow->imbalance;
    for (cef_index k = rows.first; k < rows.last; k++)
        imbalance[bus[k]] += p[k];
}

static void take_powers(const flow_state *flow, const cef_index *restrict bus, const double *restrict p, flow_rows rows)
{
    double *restrict imbalance = flow->imbalance;
    for (cef_index k = rows.first; k < rows.last; k++)
        imbalance[bus[k]] -= p[k];
}

enum { PART = 1 << 15 }; /* branches */

cef_index flow_parts(const cef_network *net) { return net->n_branch / PART + 1; }

/* The row of a table of n rows that corresponds to a part's first branch. */
static inline cef_index begin(const cef_network *net, cef_index n, cef_index part)
{
    const int64_t branch = (int64_t) part * PART;
    if (part > 0 && branch >= net->n_branch)
        return n;
    return part == 0 ? 0 : (cef_index) (n * branch / net->n_branch) & ~(cef_index) (LANES - 1);
}

static flow_rows share(const cef_network *net, cef_index n, cef_index part)
{
    return (flow_rows){begin(net, n, part), begin(net, n, part + 1)};
}

flow_part flow_part_of(const cef_network *net, cef_index part)
{
    return (flow_part){.branches = share(net, net->n_branch, part),
                       .gens = share(net, net->n_gen, part),
                       .loads = share(net, net->n_load, part)};
}

static void meet(cef_index *earliest, const cef_index *bus, flow_rows rows, cef_index part)
{
    for (cef_index k = rows.first; k < rows.last; k++)
        if (part < earliest[bus[k]])
            earliest[bus[k]] = part;
}

/* Of every bus, the first part that meets it. */
static void find_earliest(const cef_network *net, cef_index *earliest)
{
    for (cef_index bus = 0; bus < net->n_bus; bus++)
        earliest[bus] = INT32_MAX;
    for (cef_index part = 0; part < flow_parts(net); part++) {
        const flow_part rows = flow_part_of(net, part);
        meet(earliest, net->branch_from, rows.branches, part);
        meet(earliest, net->branch_to, rows.branches, part);
        meet(earliest, net->gen_bus, rows.gens, part);
        meet(earliest, net->load_bus, rows.loads, part);
    }
}

enum { MARGIN = 1 << 11 }; /* buses beyond a part's share that it meets as a rule */

/* Each part takes its share of the buses and some more; where that leaves too many far ones, the first takes all. */
void flow_find_reach(flow_state *flow)
{
    const cef_network *net = flow->net;
    const cef_index parts = flow_parts(net), n_bus = net->n_bus;
    for (cef_index part = 0; part < parts; part++) {
        const cef_index end = begin(net, n_bus, part + 1);
        flow->reach[part] = n_bus - end < MARGIN ? n_bus : end + MARGIN;
    }
    find_earliest(net, flow->far);
    flow->n_far = 0;
    for (cef_index bus = 0, part = 0; bus < n_bus; bus++) {
        while (bus == flow->reach[part])
            part++;
        if (flow->far[bus] < part)
            flow->far[flow->n_far++] = bus;
    }
    if (flow->n_far <= n_bus / 32)
        return;
    flow->n_far = 0;
    for (cef_index part = 0; part < parts; part++)
        flow->reach[part] = n_bus;
}

static cef_index least_of(const cef_index *bus, flow_rows rows, cef_index least)
{
    for (cef_index k = rows.first; k < rows.last; k++)
        least = bus[k] < least ? bus[k] : least;
    return least;
}

void flow_find_settled(flow_state *flow)
{
    const cef_network *net = flow->net;
    cef_index least = least_of(net->storage_bus, (flow_rows){0, net->n_storage}, net->n_bus);
    for (cef_index part = flow_parts(net) - 1; part >= 0; part--) {
        const flow_part rows = flow_part_of(net, part);
        flow->settled[part] = (least < flow->reach[part] ? least : flow->reach[part]) & ~(cef_index) (LANES - 1);
        least = least_of(net->branch_from, rows.branches, least);
        least = least_of(net->branch_to, rows.branches, least);
        least = least_of(net->gen_bus, rows.gens, least);
        least = least_of(net->load_bus, rows.loads, least);
    }
}

/* Sets the imbalances of buses [first, last) to 0, but for far ones: those hold what earlier parts added. Returns the
 * next far one. */
static cef_index clear_rows(const flow_state *flow, cef_index first, cef_index last, cef_index far)
{
    double *imbalance = flow->imbalance;
    for (; far < flow->n_far && flow->far[far] < last; far++) {
        const cef_index bus = flow->far[far];
        memset(imbalance + first, 0, (size_t) (bus - first) * sizeof *imbalance);
        first = bus + 1;
    }
    memset(imbalance + first, 0, (size_t) (last - first) * sizeof *imbalance);
    return far;
}

static void read_parts(flow_state *flow, const cef_snapshot *s, orient_pass *pass)
{
    const cef_network *net = flow->net;
    cef_index cleared = 0, far = 0;
    for (cef_index k = 0; k < flow->n_far; k++)
        flow->imbalance[flow->far[k]] = 0.0;
    for (cef_index part = 0; part < flow_parts(net); part++) {
        const flow_part rows = flow_part_of(net, part);
        far = clear_rows(flow, cleared, flow->reach[part], far);
        cleared = flow->reach[part];
        flow->kernels->orient(flow, pass, rows.branches.first, rows.branches.last);
        add_powers(flow, net->gen_bus, s->gen_p, rows.gens);
        take_powers(flow, net->load_bus, s->load_p, rows.loads);
    }
    add_powers(flow, net->storage_bus, s->storage_p, (flow_rows){0, net->n_storage});
}

cef_index flow_orient(flow_state *flow, const cef_snapshot *s)
{
    orient_pass pass = {.p_from = s->branch_p_from, .p_to = s->branch_p_to, .differs = flow->kept == NULL};
    if (flow->balanced_late)
        flow->kernels->classify(flow, &pass, 0, flow->net->n_branch);
    else
        read_parts(flow, s, &pass);
    flow->unchanged = flow->balanced_late && !pass.differs; /* one from a bus to itself that does something differs */
    orient_self(flow, &pass);
    flow->n_both_ends_fed = pass.fed;
    flow->n_both_ends_deliver = pass.deliver;
    flow->n_negative_loss = pass.negative;
    for (cef_index branch = 0; pass.bad && branch < flow->net->n_branch; branch++)
        if (!(fabs(pass.p_from[branch]) <= MAX_MW) || !(fabs(flow_other_end(pass.p_from, pass.p_to, branch)) <= MAX_MW))
            return branch;
    return -1;
}

static bool is_arc(uint8_t code) { return code == FLOW_FORWARD || code == FLOW_REVERSE; }

/* Does the list hold arcs of both directions, seen from the head's from bus? */
static bool opposes(const flow_state *flow, cef_index head)
{
    const cef_network *net = flow->net;
    bool out = false, in = false;
    for (cef_index b = head; b >= 0; b = net->parallel_next[b])
        if (is_arc(flow->code[b])) {
            const bool leaves = (flow->code[b] == FLOW_FORWARD) == (net->branch_from[b] == net->branch_from[head]);
            out |= leaves;
            in |= !leaves;
        }
    return out && in;
}

static cef_index representative_of(const flow_state *flow, cef_index head)
{
    while (!is_arc(flow->code[head]))
        head = flow->net->parallel_next[head];
    return head;
}

/* Sums the group's arcs into its first one, as that one's bus order sees them; the others carry nothing of their own.
 */
static void sum_group(flow_state *flow, cef_index head, cef_index representative)
{
    const cef_network *net = flow->net;
    double *p_from = flow->net_p_from, *p_to = flow->net_p_to;
    for (cef_index b = head; b >= 0; b = net->parallel_next[b]) {
        if (!is_arc(flow->code[b]))
            continue;
        flow->n_negative_loss -= p_from[b] + p_to[b] < -flow->settings->flow_tol;
        flow->code[b] = FLOW_NETTED;
        if (b == representative)
            continue;
        const bool same = net->branch_from[b] == net->branch_from[representative];
        p_from[representative] += same ? p_from[b] : p_to[b];
        p_to[representative] += same ? p_to[b] : p_from[b];
        p_from[b] = p_to[b] = 0.0;
    }
}

static void net_group(flow_state *flow, cef_index head, flow_group *group)
{
    const cef_network *net = flow->net;
    const cef_index b = representative_of(flow, head);
    sum_group(flow, head, b);
    const double f = flow_end(flow->net_p_from[b], flow->settings->flow_tol);
    const double t = flow_end(flow->net_p_to[b], flow->settings->flow_tol);
    double at_from = f, at_to = t;
    flow->code[b] = code_of_signs[3 * (sign(f) + 1) + sign(t) + 1];
    if (flow->code[b] == FLOW_LOSS)
        flow_loss_loads(f, t, false, &at_from, &at_to);
    flow->imbalance[net->branch_from[b]] += flow->net_p_from[b] - at_from; /* dropped power: to the residual */
    flow->imbalance[net->branch_to[b]] += flow->net_p_to[b] - at_to;
    flow->net_p_from[b] = f;
    flow->net_p_to[b] = t;
    flow->n_negative_loss += is_arc(flow->code[b]) && f + t < -flow->settings->flow_tol;
    flow->n_both_ends_fed += f > 0.0 && t > 0.0;
    flow->n_both_ends_deliver += f < 0.0 && t < 0.0;
    *group = (flow_group){b, flow->code[b]};
}

void flow_net_parallel(flow_state *flow, const cef_snapshot *s)
{
    const double tolerance = flow->settings->flow_tol;
    for (cef_index b = 0; b < flow->net->n_branch; b++) {
        flow->net_p_from[b] = flow_end(s->branch_p_from[b], tolerance);
        flow->net_p_to[b] = flow_end(flow_other_end(s->branch_p_from, s->branch_p_to, b), tolerance);
    }
    flow->p_from = flow->net_p_from;
    flow->p_to = flow->net_p_to;
    for (cef_index g = 0; g < flow->net->n_parallel; g++) {
        flow->group[g] = (flow_group){-1, FLOW_IDLE};
        if (opposes(flow, flow->net->parallel_head[g]))
            net_group(flow, flow->net->parallel_head[g], &flow->group[g]);
    }
}
