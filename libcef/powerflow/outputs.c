/* SPDX-License-Identifier: Apache-2.0 */
/* From the state to the caller's arrays. */
#include "parts.h"

typedef struct {
    complex_pu from, to; /* MW and MVAr into the branch */
} branch_power;

/* V conj(I) */
static complex_pu power_of(complex_pu v, complex_pu i)
{
    return (complex_pu){v.re * i.re + v.im * i.im, v.im * i.re - v.re * i.im};
}

static complex_pu current_of(complex_pu ya, complex_pu va, complex_pu yb, complex_pu vb)
{
    return (complex_pu){ya.re * va.re - ya.im * va.im + yb.re * vb.re - yb.im * vb.im,
                        ya.re * va.im + ya.im * va.re + yb.re * vb.im + yb.im * vb.re};
}

static branch_power ac_power(const cef_powerflow *pf, cef_index k)
{
    const cef_index from = pf->net->branch_from[k], to = pf->net->branch_to[k];
    const complex_pu vf = {pf->e[from], pf->f[from]}, vt = {pf->e[to], pf->f[to]};
    const branch_pi *pi = &pf->pi[k];
    const complex_pu f = power_of(vf, current_of(pi->ff, vf, pi->ft, vt));
    const complex_pu t = power_of(vt, current_of(pi->tf, vf, pi->tt, vt));
    const double base = pf->base_mva;
    return (branch_power){{f.re * base, f.im * base}, {t.re * base, t.im * base}};
}

static branch_power hvdc_power(const cef_injections *in, cef_index k)
{
    return (branch_power){{in->branch_p_from[k], in->branch_q_from ? in->branch_q_from[k] : 0.0},
                          {in->branch_p_to[k], in->branch_q_to ? in->branch_q_to[k] : 0.0}};
}

static branch_power power_through(const cef_powerflow *pf, const cef_injections *in, cef_index k)
{
    if (pf->link[k] == LINK_OFF)
        return (branch_power){{0.0, 0.0}, {0.0, 0.0}};
    if (pf->link[k] == LINK_HVDC)
        return hvdc_power(in, k);
    if (pf->options.method == CEF_POWERFLOW_AC)
        return ac_power(pf, k);
    const double p = powerflow_dc_flow(pf, k) * pf->base_mva;
    return (branch_power){{p, 0.0}, {-p, 0.0}};
}

static inline void put(double *column, cef_index k, double value)
{
    if (column)
        column[k] = value;
}

/* Returns the losses, MW. */
static double write_branches(const cef_powerflow *pf, const cef_injections *in, cef_powerflow_solution *out)
{
    double loss = 0.0;
    for (cef_index k = 0; k < pf->net->n_branch; k++) {
        const branch_power s = power_through(pf, in, k);
        put(out->branch_p_from, k, s.from.re);
        put(out->branch_q_from, k, s.from.im);
        put(out->branch_p_to, k, s.to.re);
        put(out->branch_q_to, k, s.to.im);
        loss += s.from.re + s.to.re;
    }
    return loss;
}

static int32_t type_in_force(const cef_powerflow *pf, cef_index bus)
{
    return pf->at_limit[bus] != 0 ? CEF_BUS_TYPE_PQ : pf->bus_type[bus];
}

static void write_buses(const cef_powerflow *pf, cef_powerflow_solution *out)
{
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        const bool live = pf->island[bus] >= 0;
        put(out->bus_vm, bus, live ? pf->vm[bus] : 0.0);
        put(out->bus_va, bus, live ? pf->va[bus] / RADIANS : 0.0);
        put(out->bus_mismatch_p, bus, live ? powerflow_p_missing(pf, bus) * pf->base_mva : 0.0);
        put(out->bus_mismatch_q, bus, live ? powerflow_q_missing(pf, bus) * pf->base_mva : 0.0);
        if (out->bus_type)
            out->bus_type[bus] = type_in_force(pf, bus);
    }
}

/* Reactive power that the units of a PV or REF bus give together, shared over their ranges. Per unit. */
static double share_of_q(const cef_powerflow *pf, cef_index gen)
{
    const cef_index bus = pf->net->gen_bus[gen];
    const double total = pf->q[bus] - pf->q_given[bus] + powerflow_limit(pf, bus);
    const double range = pf->bus_qmax[bus] - pf->bus_qmin[bus];
    if (!(range > 0.0 && range < HUGE_VAL))
        return total / pf->n_units[bus];
    const double filled = (total - pf->bus_qmin[bus]) / range;
    return pf->gen_qmin[gen] + filled * (pf->gen_qmax[gen] - pf->gen_qmin[gen]);
}

static double gen_q(const cef_powerflow *pf, const cef_injections *in, cef_index gen)
{
    if (pf->options.method == CEF_POWERFLOW_DC)
        return 0.0;
    if (pf->bus_type[pf->net->gen_bus[gen]] == CEF_BUS_TYPE_PQ)
        return in->gen_q ? in->gen_q[gen] : 0.0;
    return share_of_q(pf, gen) * pf->base_mva;
}

static void write_gens(const cef_powerflow *pf, const cef_injections *in, cef_powerflow_solution *out)
{
    for (cef_index gen = 0; gen < pf->net->n_gen; gen++) {
        const bool live = pf->gen_live[gen];
        const cef_index island = live ? pf->island[pf->net->gen_bus[gen]] : -1;
        put(out->gen_p, gen, live ? in->gen_p[gen] + pf->gen_share[gen] * pf->slack[island] * pf->base_mva : 0.0);
        put(out->gen_q, gen, live ? gen_q(pf, in, gen) : 0.0);
    }
}

static bool is_shunt(const cef_powerflow *pf, cef_index load)
{
    return pf->net->load_kind[load] == CEF_LOAD_SHUNT && pf->bus_gs[pf->net->load_bus[load]] != 0.0;
}

/* Returns the demand that is not served, MW. */
static double write_loads(const cef_powerflow *pf, const cef_injections *in, cef_powerflow_solution *out)
{
    const cef_network *net = pf->net;
    double unserved = 0.0;
    for (cef_index load = 0; load < net->n_load; load++) {
        const cef_index bus = net->load_bus[load];
        const double vm = pf->vm[bus], shunt = pf->bus_gs[bus] * vm * vm * pf->base_mva;
        const uint8_t role = pf->load_role[load];
        put(out->load_p, load, role == LOAD_GIVEN ? in->load_p[load] : role == LOAD_SHUNT ? shunt : 0.0);
        if (role == LOAD_OFF && !is_shunt(pf, load))
            unserved += in->load_p[load];
    }
    for (cef_index store = 0; out->storage_p && store < net->n_storage; store++) {
        const bool live = in->storage_p && pf->island[net->storage_bus[store]] >= 0;
        out->storage_p[store] = live ? in->storage_p[store] : 0.0;
    }
    return unserved;
}

void powerflow_write(cef_powerflow *pf, const cef_injections *in, cef_powerflow_solution *out, cef_powerflow_info *info)
{
    write_buses(pf, out);
    write_gens(pf, in, out);
    info->loss_mw = write_branches(pf, in, out);
    info->unserved_mw = write_loads(pf, in, out);
    info->slack_mw = 0.0;
    for (cef_index island = 0; island < pf->n_island; island++)
        info->slack_mw += pf->slack[island] * pf->base_mva;
    info->n_islands = pf->n_island;
    info->n_dead_buses = pf->n_dead;
    info->n_vg_conflicts = pf->n_vg_conflicts;
    info->n_pv_switched = 0;
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++)
        info->n_pv_switched += pf->at_limit[bus] != 0;
}
