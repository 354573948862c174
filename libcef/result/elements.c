/* SPDX-License-Identifier: Apache-2.0 */
/* Units, loads and stores, and what the totals say of conservation:
 * generation = load + loss + export + storage + mismatch. */
#include "result/kernels.h"

static element_totals gen_totals(const result_state *r, const cef_snapshot *s, cef_solution *out)
{
    element_sums sums = {0};
    r->kernels->gens(r, s, out->gen_carbon, &sums, (flow_rows){0, r->flow->net->n_gen});
    return result_total(&sums);
}

static element_totals load_totals(const result_state *r, const cef_snapshot *s, cef_solution *out)
{
    element_sums sums = {0};
    r->kernels->loads(r, s, out->load_carbon, &sums, (flow_rows){0, r->flow->net->n_load});
    return result_total(&sums);
}

static void price_gens(const result_state *r, const cef_snapshot *s, cef_solution *out, cef_solve_info *info)
{
    const cef_network *net = r->flow->net;
    const element_totals sum = r->walked ? r->gens : gen_totals(r, s, out);
    info->total_generation += sum.injected;
    info->total_load += sum.withdrawn;
    for (cef_index gen = 0; out->gen_carbon_loss && gen < net->n_gen; gen++) {
        const bool charged = r->loss_factor && s->gen_p[gen] > 0.0;
        out->gen_carbon_loss[gen] =
            charged ? r->loss_factor[net->gen_bus[gen]] * (s->gen_p[gen] * s->gen_intensity[gen]) : 0.0;
    }
}

/* prorata: what a demand draws is charged its island's adder too. */
static double add_losses(const result_state *r, const cef_snapshot *s, cef_solution *out)
{
    const cef_network *net = r->flow->net;
    double added = 0.0;
    for (cef_index load = 0; r->island && load < net->n_load; load++) {
        if (net->load_kind[load] != CEF_LOAD_DEMAND || !(s->load_p[load] > 0.0))
            continue;
        const double carbon = s->load_p[load] * result_adder(r, net->load_bus[load]);
        added += carbon;
        if (out->load_carbon)
            out->load_carbon[load] += carbon;
    }
    return added;
}

static void price_loads(const result_state *r, const cef_snapshot *s, cef_solution *out, cef_solve_info *info)
{
    const element_totals sum = r->walked ? r->loads : load_totals(r, s, out);
    info->total_generation += sum.injected;
    info->total_load += sum.withdrawn + add_losses(r, s, out);
    info->total_export += sum.exported;
}

/* Returns the carbon that stores inject. */
static double price_storage(const result_state *r, const cef_snapshot *s, cef_solution *out, cef_solve_info *info)
{
    const cef_network *net = r->flow->net;
    double injected = 0.0;
    for (cef_index store = 0; store < net->n_storage; store++) {
        const double p = s->storage_p[store];
        const double intensity = p > 0.0   ? s->storage_intensity[store]
                                 : p < 0.0 ? result_defined(r->load_intensity[net->storage_bus[store]])
                                           : 0.0;
        const double carbon = p * intensity;
        info->total_storage -= carbon;
        injected += p > 0.0 ? fabs(carbon) : 0.0;
        if (out->storage_carbon)
            out->storage_carbon[store] = carbon;
    }
    return injected;
}

/* Residual power that the equations hold at a bus: inside a loop under consumer or split, residuals below the threshold
 * were taken as 0. */
static double accounted_residual(const result_state *r, cef_index bus)
{
    const double residual = flow_residual(r->flow, bus);
    const bool dropped =
        r->flow->policy.columns && r->order->block[bus] >= 0 && fabs(residual) < r->flow->settings->flow_tol;
    return (dropped ? 0.0 : residual) + flow_loop_unit(r->flow, bus);
}

/* Carbon that enters a loop left undefined (consumer, split: fed, but nothing drains it) is lost to mismatch. */
static double lost_in_loops(const result_state *r)
{
    const solve_state *s = r->solve;
    double lost = 0.0;
    for (cef_index k = 0; s->unfed && k < r->flow->net->n_bus; k++)
        if (s->state[k] == SOLVE_LOOP_UNFED)
            lost += solve_carbon_into(s, k);
    return lost;
}

/* Returns the carbon that mismatch units inject. */
static double price_mismatch(const result_state *r, cef_solve_info *info)
{
    const flow_state *flow = r->flow;
    if (!flow->mismatch && !flow->policy.columns) {
        info->total_mismatch = r->residual_carbon;
        return 0.0;
    }
    double residual = 0.0, units = 0.0;
    for (cef_index bus = 0; bus < flow->net->n_bus; bus++) {
        residual += accounted_residual(r, bus) * result_defined(r->intensity[bus]);
        units += flow->mismatch ? flow->mismatch[bus] : 0.0;
    }
    units *= flow->settings->mismatch_intensity;
    info->total_mismatch = residual - units + lost_in_loops(r);
    return fabs(units);
}

static void move_losses_to_loads(const result_state *r, cef_solve_info *info)
{
    for (cef_index bus = 0; bus < r->flow->net->n_bus; bus++)
        if (r->island[bus] == bus && r->island_demand[bus] > 0.0)
            info->total_loss -= r->island_loss[bus];
}

/* All loss carbon must have been charged to what was injected. */
static double charge_gap(const result_state *r, double total_loss)
{
    double charged = 0.0;
    for (cef_index bus = 0; bus < r->flow->net->n_bus; bus++) {
        const cef_index k = r->order->place[bus];
        charged += r->solve->adjoint[k] * r->flow->source[k].carbon;
    }
    return fabs(charged - total_loss);
}

/* What is no number is the worst. */
static double worse(double a, double b) { return isnan(a) || a > b ? a : b; }

void result_elements(result_state *r, const cef_snapshot *s, cef_solution *out, cef_solve_info *info)
{
    price_gens(r, s, out, info);
    price_loads(r, s, out, info);
    double carbon_in = fabs(info->total_generation);
    carbon_in += price_storage(r, s, out, info);
    carbon_in += price_mismatch(r, info);
    double gap = 0.0;
    if (r->loss_factor)
        gap = charge_gap(r, info->total_loss);
    if (r->island)
        move_losses_to_loads(r, info);
    const double out_sum =
        info->total_load + info->total_loss + info->total_export + info->total_storage + info->total_mismatch;
    gap = worse(gap, fabs(info->total_generation - out_sum));
    if (r->flow->negative) /* cancelling sources: relative to what flows, not to what is left */
        carbon_in += fabs(info->total_load) + fabs(info->total_loss) + fabs(info->total_mismatch);
    info->conservation = carbon_in > 0.0 ? gap / carbon_in : gap;
}
