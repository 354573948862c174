/* SPDX-License-Identifier: Apache-2.0 */
/* All tables part by part: what is connected at buses is priced while they are in a near cache, and what it takes is
 * taken from their imbalances, where those are summed late. */
#include "result/kernels.h"

/* Far buses are met before their turn; there are none where buses are scattered. */
static void price_far(const result_state *r)
{
    for (cef_index k = 0; k < r->flow->n_far; k++) {
        const cef_index bus = r->flow->far[k];
        const cef_index place = r->order->place[bus];
        r->intensity[bus] = r->solve->power[place] > 0.0 ? r->solve->value[place].x : (double) NAN;
        if (r->flow->balanced_late)
            r->flow->imbalance[bus] = 0.0;
    }
}

/* Buses [first, last); what was taken from far ones before is taken again from what they start with. far: the first
 * one in question; returns the next. */
static cef_index price_rows(const result_state *r, const cef_solution *out, bus_survey *all, flow_rows rows,
                            cef_index far)
{
    const flow_state *flow = r->flow;
    cef_index end = far;
    for (; end < flow->n_far && flow->far[end] < rows.last; end++)
        r->far_taken[end] = flow->imbalance[flow->far[end]];
    r->kernels->buses(r, out, all, rows);
    for (cef_index k = far; flow->balanced_late && k < end; k++)
        flow->imbalance[flow->far[k]] += r->far_taken[k];
    return end;
}

void result_walk(result_state *r, const cef_snapshot *s, const cef_solution *out, bus_survey *all)
{
    const flow_state *flow = r->flow;
    double *imbalance = flow->balanced_late ? result_imbalances(r) : NULL;
    branch_sums loss = {.loads = 0.0};
    element_sums gens = {0}, loads = {0};
    cef_index done = 0, far = 0, balanced = 0;
    price_far(r);
    for (cef_index part = 0; part < flow_parts(flow->net); part++) {
        const flow_part rows = flow_part_of(flow->net, part);
        far = price_rows(r, out, all, (flow_rows){done, flow->reach[part]}, far);
        r->kernels->branches(r, s, out, &loss, rows.branches);
        r->kernels->gens(r, s, out->gen_carbon, &gens, rows.gens);
        r->kernels->loads(r, s, out->load_carbon, &loads, rows.loads);
        done = flow->reach[part];
        r->kernels->balance(r, out, all, (flow_rows){balanced, flow->settled[part]});
        balanced = flow->settled[part];
    }
    for (cef_index store = 0; imbalance && store < flow->net->n_storage; store++)
        imbalance[result_place(r, flow->net->storage_bus[store])] += lesser(s->storage_p[store], 0.0);
    r->kernels->balance(r, out, all, (flow_rows){balanced, flow->net->n_bus});
    r->loss = result_loss(&loss);
    r->gens = result_total(&gens);
    r->loads = result_total(&loads);
}

/* Imbalances summed late, where nothing else goes over all elements. */
void result_balance(const result_state *r, const cef_snapshot *s)
{
    const cef_network *net = r->flow->net;
    double *imbalance = r->flow->imbalance;
    for (cef_index bus = 0; bus < net->n_bus; bus++)
        imbalance[bus] = r->solve->power[r->order->place[bus]];
    for (cef_index b = 0; b < net->n_branch; b++) {
        double at_from = 0.0, at_to = 0.0;
        const uint8_t code = r->flow->code[b];
        if (code == FLOW_LOSS)
            flow_branch_loss(r->flow, b, &at_from, &at_to);
        else if (code == FLOW_FORWARD)
            at_from = s->branch_p_from[b];
        else if (code == FLOW_REVERSE)
            at_to = flow_other_end(s->branch_p_from, s->branch_p_to, b);
        imbalance[net->branch_from[b]] -= at_from;
        imbalance[net->branch_to[b]] -= at_to;
    }
    for (cef_index gen = 0; gen < net->n_gen; gen++)
        imbalance[net->gen_bus[gen]] += lesser(s->gen_p[gen], 0.0);
    for (cef_index load = 0; load < net->n_load; load++)
        imbalance[net->load_bus[load]] -= greater(s->load_p[load], 0.0);
    for (cef_index store = 0; store < net->n_storage; store++)
        imbalance[net->storage_bus[store]] += lesser(s->storage_p[store], 0.0);
}
