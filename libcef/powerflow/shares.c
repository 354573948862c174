/* SPDX-License-Identifier: Apache-2.0 */
/* What units do to their buses: the voltage held, reactive limits, and shares in their island's slack. */
#include "parts.h"

static double at_or(const double *column, cef_index k, double otherwise) { return column ? column[k] : otherwise; }

static void set_stored_state(cef_powerflow *pf, const cef_powerflow_data *d)
{
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        pf->vm0[bus] = at_or(d->bus_vm0, bus, 1.0);
        pf->va0[bus] = at_or(d->bus_va0, bus, 0.0) * RADIANS;
        pf->vm_set[bus] = pf->vm0[bus];
    }
}

/* The last running unit of a bus decides. seen [n_bus]: 0 no unit yet, 1 agreed, 2 contradicted. */
static void set_held_voltages(cef_powerflow *pf, const cef_powerflow_data *d, uint8_t *seen)
{
    memset(seen, 0, (size_t) pf->net->n_bus);
    pf->n_vg_conflicts = 0;
    for (cef_index gen = 0; d->gen_vg && gen < pf->net->n_gen; gen++) {
        const cef_index bus = pf->net->gen_bus[gen];
        if (!pf->gen_live[gen] || pf->bus_type[bus] == CEF_BUS_TYPE_PQ)
            continue;
        if (seen[bus] == 1 && pf->vm_set[bus] != d->gen_vg[gen]) {
            pf->n_vg_conflicts++;
            seen[bus] = 2;
        }
        seen[bus] = seen[bus] ? seen[bus] : 1;
        pf->vm_set[bus] = d->gen_vg[gen];
    }
}

static void set_reactive_limits(cef_powerflow *pf, const cef_powerflow_data *d)
{
    const cef_network *net = pf->net;
    memset(pf->bus_qmin, 0, (size_t) net->n_bus * sizeof *pf->bus_qmin);
    memset(pf->bus_qmax, 0, (size_t) net->n_bus * sizeof *pf->bus_qmax);
    memset(pf->n_units, 0, (size_t) net->n_bus * sizeof *pf->n_units);
    for (cef_index gen = 0; gen < net->n_gen; gen++) {
        pf->gen_qmin[gen] = at_or(d->gen_qmin, gen, -HUGE_VAL) / pf->base_mva;
        pf->gen_qmax[gen] = at_or(d->gen_qmax, gen, HUGE_VAL) / pf->base_mva;
        if (!pf->gen_live[gen])
            continue;
        pf->n_units[net->gen_bus[gen]]++;
        pf->bus_qmin[net->gen_bus[gen]] += pf->gen_qmin[gen];
        pf->bus_qmax[net->gen_bus[gen]] += pf->gen_qmax[gen];
    }
}

/* Writes weights into gen_share and their island sums into total [n_island]. */
enum { BY_PARTICIPATION, BY_CAPACITY, BY_NUMBER };
static double weight(const cef_powerflow *pf, const cef_powerflow_data *d, const double *participation, cef_index gen,
                     int by)
{
    if (!pf->gen_live[gen])
        return 0.0;
    if (by == BY_PARTICIPATION)
        return at_or(participation, gen, 0.0);
    if (pf->bus_type[pf->net->gen_bus[gen]] != CEF_BUS_TYPE_REF)
        return 0.0;
    return by == BY_CAPACITY ? at_or(d->gen_capacity, gen, 0.0) : 1.0;
}

/* Islands that have no sum yet (all weights 0) are weighed by the next measure. */
static void set_shares(cef_powerflow *pf, const cef_powerflow_data *d, const double *participation, double *total)
{
    const cef_network *net = pf->net;
    memset(pf->gen_share, 0, (size_t) net->n_gen * sizeof *pf->gen_share);
    memset(total, 0, (size_t) pf->n_island * sizeof *total);
    for (int by = BY_PARTICIPATION; by <= BY_NUMBER; by++) {
        for (cef_index gen = 0; gen < net->n_gen; gen++)
            if (pf->gen_live[gen] && total[pf->island[net->gen_bus[gen]]] == 0.0)
                pf->gen_share[gen] = weight(pf, d, participation, gen, by);
        memset(total, 0, (size_t) pf->n_island * sizeof *total);
        for (cef_index gen = 0; gen < net->n_gen; gen++)
            if (pf->gen_live[gen])
                total[pf->island[net->gen_bus[gen]]] += pf->gen_share[gen];
    }
    memset(pf->bus_share, 0, (size_t) net->n_bus * sizeof *pf->bus_share);
    for (cef_index gen = 0; gen < net->n_gen; gen++) {
        if (!pf->gen_live[gen])
            continue;
        pf->gen_share[gen] /= total[pf->island[net->gen_bus[gen]]];
        pf->bus_share[net->gen_bus[gen]] += pf->gen_share[gen];
    }
}

/* What a bus misses, times its weight, summed over an island: the slack of least squares. square [n_island]: scratch.
 */
static void set_weights(cef_powerflow *pf, double *square)
{
    pf->n_slack_bus = 0;
    memset(square, 0, (size_t) pf->n_island * sizeof *square);
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        if (!(pf->bus_share[bus] > 0.0))
            continue;
        square[pf->island[bus]] += pf->bus_share[bus] * pf->bus_share[bus];
        pf->slack_bus[pf->n_slack_bus++] = bus;
    }
    for (cef_index k = 0; k < pf->n_slack_bus; k++)
        pf->slack_weight[k] = pf->bus_share[pf->slack_bus[k]] / square[pf->island[pf->slack_bus[k]]];
}

void powerflow_set_units(cef_powerflow *pf, const cef_powerflow_data *d, const double *participation)
{
    set_stored_state(pf, d);
    set_held_voltages(pf, d, pf->n_release);
    set_reactive_limits(pf, d);
    set_shares(pf, d, participation, pf->slack);
    set_weights(pf, pf->slack);
}
