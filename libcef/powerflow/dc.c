/* SPDX-License-Identifier: Apache-2.0 */
/* DC power flow: angles from P = b (angle_from - angle_to - shift), b = 1 / (x tap), one factorisation for all
 * snapshots. */
#include "parts.h"

static void set_susceptances(cef_powerflow *pf, const cef_powerflow_data *d)
{
    for (cef_index k = 0; k < pf->net->n_branch; k++) {
        if (pf->link[k] != LINK_AC)
            continue;
        const double tap = d->branch_tap && d->branch_tap[k] != 0.0 ? d->branch_tap[k] : 1.0;
        /* x = 0 is refused by the DC method; a DC start takes the impedance instead. */
        const double x = d->branch_x[k] != 0.0 ? d->branch_x[k] : fabs(d->branch_r[k]);
        pf->dc_b[k] = 1.0 / (x * tap);
        pf->dc_shift[k] = d->branch_shift ? d->branch_shift[k] * RADIANS : 0.0;
    }
}

static void number_angles(cef_powerflow *pf, const cef_index *bus_at)
{
    cef_index n = 0;
    for (cef_index k = 0; k < pf->net->n_bus; k++) {
        const cef_index bus = bus_at[k];
        const cef_index island = pf->island[bus];
        pf->dc_index[bus] = island < 0 || pf->reference[island] == bus ? -1 : n++;
    }
    pf->dc.n = n;
}

/* Adds b to the place of (bus, other) in the column of `other`, made if it is not there. The matrix is symmetric. */
static void add_column(cef_powerflow *pf, cef_index bus, cef_index *place)
{
    const cef_network *net = pf->net;
    lu_matrix *m = &pf->dc;
    const cef_index column = pf->dc_index[bus], diagonal = m->start[column];
    cef_index used = diagonal;
    m->row[used] = column;
    m->value[used++] = 0.0;
    for (cef_index p = net->end_start[bus]; p < net->end_start[bus + 1]; p++) {
        const cef_index k = network_branch(net->end[p]), row = pf->dc_index[net->end[p].other];
        if (pf->link[k] != LINK_AC)
            continue;
        m->value[diagonal] += pf->dc_b[k];
        if (row < 0)
            continue;
        if (place[row] < diagonal) {
            place[row] = used;
            m->row[used] = row;
            m->value[used++] = 0.0;
        }
        m->value[place[row]] -= pf->dc_b[k];
    }
    m->start[column + 1] = used;
}

void powerflow_lay_dc(cef_powerflow *pf, const cef_powerflow_data *d, const cef_index *bus_at)
{
    cef_index *place = (cef_index *) pf->dc_x; /* as many doubles */
    set_susceptances(pf, d);
    number_angles(pf, bus_at);
    for (cef_index k = 0; k < pf->dc.n; k++)
        place[k] = -1;
    pf->dc.start[0] = 0;
    for (cef_index k = 0; k < pf->net->n_bus; k++)
        if (pf->dc_index[bus_at[k]] >= 0)
            add_column(pf, bus_at[k], place);
}

void powerflow_sum_dc(cef_powerflow *pf)
{
    const cef_network *net = pf->net;
    for (cef_index bus = 0; bus < net->n_bus; bus++) {
        pf->p[bus] = pf->island[bus] < 0 ? 0.0 : pf->bus_gs[bus];
        pf->q[bus] = 0.0;
    }
    for (cef_index k = 0; k < net->n_branch; k++) {
        if (pf->link[k] != LINK_AC)
            continue;
        const double p = powerflow_dc_flow(pf, k);
        pf->p[net->branch_from[k]] += p;
        pf->p[net->branch_to[k]] -= p;
    }
}

void powerflow_dc_slack(cef_powerflow *pf)
{
    memset(pf->slack, 0, (size_t) pf->n_island * sizeof *pf->slack);
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++)
        if (pf->island[bus] >= 0)
            pf->slack[pf->island[bus]] += pf->bus_gs[bus] - pf->p_given[bus];
}

/* One step: exact but for rounding, so a second one refines. */
static lu_outcome correct_angles(cef_powerflow *pf)
{
    powerflow_sum_dc(pf);
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++)
        if (pf->dc_index[bus] >= 0)
            pf->dc_x[pf->dc_index[bus]] = -powerflow_p_missing(pf, bus);
    const lu_outcome solved = lu_solve(pf->dc.lu, pf->dc_x);
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++)
        if (pf->dc_index[bus] >= 0)
            pf->va[bus] += pf->dc_x[pf->dc_index[bus]];
    return solved;
}

static lu_outcome find_angles(cef_powerflow *pf)
{
    if (!pf->dc_factored) {
        const lu_outcome factored = lu_factor(pf->dc.lu, pf->dc.value);
        if (factored != LU_OK)
            return factored;
        pf->dc_factored = true;
    }
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++)
        pf->va[bus] = pf->island[bus] < 0 ? 0.0 : pf->va0[pf->reference[pf->island[bus]]];
    powerflow_dc_slack(pf);
    for (int step = 0; step <= pf->options.polish; step++) {
        const lu_outcome solved = correct_angles(pf);
        if (solved != LU_OK)
            return solved;
    }
    powerflow_sum_dc(pf);
    return LU_OK;
}

newton_outcome powerflow_solve_dc(cef_powerflow *pf)
{
    const lu_outcome found = find_angles(pf);
    return found == LU_OK ? NEWTON_CONVERGED : found == LU_SINGULAR ? NEWTON_SINGULAR : NEWTON_NO_MEMORY;
}
