/* SPDX-License-Identifier: Apache-2.0 */
/* Imbalance: strict mode, mismatch units, and what local generation serves first under netted mixing. */
#include "flow/flow.h"

cef_status flow_check_balance(const flow_state *flow, cef_error *error)
{
    const cef_network *net = flow->net;
    if (flow->settings->on_imbalance != CEF_IMBALANCE_ERROR)
        return CEF_OK;
    for (cef_index b = 0; flow->n_both_ends_deliver > 0 && b < net->n_branch; b++) {
        const double f = flow_end(flow->p_from[b], flow->settings->flow_tol);
        const double t = flow_end(flow_other_end(flow->p_from, flow->p_to, b), flow->settings->flow_tol);
        if (f < 0.0 && t < 0.0)
            return error_format(error, DIAG_BOTH_ENDS_DELIVER, CEF_AT(CEF_BRANCH, b, -1, f),
                                "branch at position %d delivers %g MW at its from end and %g MW at its to end: correct "
                                "one of them, or do without strict mode",
                                (int64_t) b, -f, -t);
    }
    cef_index worst = 0;
    for (cef_index bus = 1; bus < net->n_bus; bus++)
        if (fabs(flow->imbalance[bus]) > fabs(flow->imbalance[worst]))
            worst = bus;
    if (fabs(flow->imbalance[worst]) <= flow->settings->balance_tol)
        return CEF_OK;
    return error_format(error, DIAG_IMBALANCE, CEF_AT(CEF_BUS, worst, net->bus_id[worst], flow->imbalance[worst]),
                        "bus %d misses its balance by %g MW (tolerance %g): solve the flows again, raise the tolerance "
                        "or do without strict mode",
                        net->bus_id[worst], flow->imbalance[worst], flow->settings->balance_tol);
}

static void add_unit(flow_state *flow, cef_index bus, double p)
{
    const double intensity = flow->settings->mismatch_intensity;
    flow->mismatch[bus] += p;
    flow->source[flow->place[bus]].mw += p;
    flow->source[flow->place[bus]].carbon += p * intensity;
    flow->least_intensity = lesser(flow->least_intensity, intensity);
    flow->most_intensity = greater(flow->most_intensity, intensity);
    flow->negative = flow->negative || intensity < 0.0;
}

/* The intensity of such a unit was taken into account when the snapshot was read. */
void flow_add_loop_unit(const flow_state *flow, cef_index bus, double p)
{
    flow->loop_unit[bus] += p;
    flow->mismatch[bus] += p;
    flow->source[flow->place[bus]].mw += p;
    flow->source[flow->place[bus]].carbon += p * flow->settings->mismatch_intensity;
}

static void add_surplus(flow_state *flow, cef_index receiver, double surplus)
{
    if (surplus > 0.0)
        add_unit(flow, receiver, surplus);
}

void flow_add_mismatch(flow_state *flow)
{
    const cef_network *net = flow->net;
    flow->negative = flow->negative || (flow->loop_unit && flow->settings->mismatch_intensity < 0.0);
    if (flow->settings->on_imbalance == CEF_IMBALANCE_ADD_UNIT)
        for (cef_index bus = 0; bus < net->n_bus; bus++)
            if (flow->imbalance[bus] < -flow->settings->flow_tol)
                add_unit(flow, bus, -flow->imbalance[bus]);
    if (flow->settings->negative_loss != CEF_NEGATIVE_LOSS_SOURCE)
        return;
    for (cef_index b = 0; b < net->n_branch; b++)
        if (flow->code[b] == FLOW_FORWARD || flow->code[b] == FLOW_REVERSE)
            add_surplus(flow, flow->code[b] == FLOW_FORWARD ? net->branch_to[b] : net->branch_from[b],
                        -(flow->p_from[b] + flow_other_end(flow->p_from, flow->p_to, b)));
}

/* Where transit comes in, min(generation, draw) is served at the local mix and leaves the mixture. Without inflow both
 * ways of mixing are the same, and the bus keeps its generation so that its intensity stays defined. */
void flow_net_locally(flow_state *flow, const cef_index *inflows)
{
    if (!flow->local)
        return;
    for (cef_index bus = 0; bus < flow->net->n_bus; bus++) {
        flow_source *source = &flow->source[flow->place[bus]];
        const double local = inflows[bus] > 0 ? fmin(source->mw, flow->draw[bus]) : 0.0;
        flow->local[bus] = local > 0.0 ? local : 0.0;
        flow->local_mix[bus] = local > 0.0 ? source->carbon / source->mw : 0.0;
        if (local > 0.0) {
            const double left = source->mw - local;
            const bool served = left < flow->settings->flow_tol; /* what is left over is rounding */
            flow->local[bus] = served ? source->mw : local;
            source->carbon = served ? 0.0 : source->carbon * (left / source->mw);
            source->mw = served ? 0.0 : left;
        }
    }
}
