/* SPDX-License-Identifier: Apache-2.0 */
/* Reactive limits: a PV bus whose units cannot hold its voltage becomes PQ at the limit, and PV again when its voltage
 * says that they could. A bus that was released RELEASES times stays at its limit, so that no cycle of switching goes
 * on. */
#include "parts.h"

#define RELEASES 3

static bool may_switch(const cef_powerflow *pf, cef_index bus)
{
    return pf->bus_type[bus] == CEF_BUS_TYPE_PV && pf->q_index[bus] >= 0;
}

void powerflow_reset_limits(cef_powerflow *pf)
{
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        pf->q_given[bus] -= powerflow_limit(pf, bus);
        pf->at_limit[bus] = 0;
        pf->n_release[bus] = 0;
        pf->held[bus] = may_switch(pf, bus);
    }
}

static void hold_at_limit(cef_powerflow *pf, cef_index bus, int8_t limit)
{
    pf->held[bus] = 0;
    pf->at_limit[bus] = limit;
    pf->q_given[bus] += powerflow_limit(pf, bus);
}

static void release(cef_powerflow *pf, cef_index bus)
{
    pf->q_given[bus] -= powerflow_limit(pf, bus);
    pf->at_limit[bus] = 0;
    pf->n_release[bus]++;
    pf->held[bus] = 1;
    pf->vm[bus] = pf->vm_set[bus];
}

/* A bus at its upper limit with a voltage above the held one would need less: it can hold again. */
static bool can_hold_again(const cef_powerflow *pf, cef_index bus)
{
    const double above = pf->vm[bus] - pf->vm_set[bus];
    return pf->n_release[bus] < RELEASES && above * pf->at_limit[bus] > pf->options.tolerance;
}

bool powerflow_apply_limits(cef_powerflow *pf)
{
    bool switched = false;
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        if (!may_switch(pf, bus))
            continue;
        const double units = pf->q[bus] - pf->q_given[bus], slip = pf->options.tolerance;
        if (pf->at_limit[bus] != 0 && can_hold_again(pf, bus)) {
            release(pf, bus);
            switched = true;
        } else if (pf->at_limit[bus] == 0 && (units > pf->bus_qmax[bus] + slip || units < pf->bus_qmin[bus] - slip)) {
            hold_at_limit(pf, bus, units > pf->bus_qmax[bus] ? 1 : -1);
            switched = true;
        }
    }
    return switched;
}
