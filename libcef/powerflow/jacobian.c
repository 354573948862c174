/* SPDX-License-Identifier: Apache-2.0 */
/* The Jacobian of the power balance in polar form (Tinney and Hart 1967). With S_ij = V_i conj(Y_ij V_j) = a + j b and
 * voltages as relative steps dV / V, every entry is a or b of a pair of joined buses, on the diagonal with P or Q of
 * the bus:
 *
 *   dP_i / dangle_j  =  b  (i = j: b - Q_i)     dP_i / dlnV_j  =  a  (i = j: a + P_i)
 *   dQ_i / dangle_j  = -a  (i = j: P_i - a)     dQ_i / dlnV_j  =  b  (i = j: b + Q_i)
 *
 * The angle of a reference is no unknown: its column belongs to the island's slack instead, with -share in the rows of
 * the buses that take part. */
#include "parts.h"

static bool is_reference(const cef_powerflow *pf, cef_index bus) { return pf->reference[pf->island[bus]] == bus; }

static cef_index take_unknown(cef_powerflow *pf, cef_index bus)
{
    pf->unknown_bus[pf->jacobian.n] = bus;
    return pf->jacobian.n++;
}

/* Unknowns stand in the network's elimination order: the fill of buses is the fill of their unknowns. The slacks stand
 * at the end, because each may enter the equations of many buses. */
void powerflow_number_unknowns(cef_powerflow *pf, const cef_index *bus_at)
{
    const bool limits = pf->options.reactive_limits;
    pf->jacobian.n = 0;
    for (cef_index k = 0; k < pf->net->n_bus; k++) {
        const cef_index bus = bus_at[k];
        const int8_t type = pf->bus_type[bus];
        const bool live = type != CEF_BUS_TYPE_DEAD;
        const bool free_voltage = type == CEF_BUS_TYPE_PQ || (type == CEF_BUS_TYPE_PV && limits);
        pf->p_index[bus] = live && !is_reference(pf, bus) ? take_unknown(pf, bus) : -1;
        pf->q_index[bus] = free_voltage ? take_unknown(pf, bus) : -1;
    }
    for (cef_index island = 0; island < pf->n_island; island++)
        pf->p_index[pf->reference[island]] = take_unknown(pf, pf->reference[island]);
}

/* Columns of a bus: its angle unless it is a reference, its voltage. -1: none. */
static cef_index angle_column(const cef_powerflow *pf, cef_index bus)
{
    return is_reference(pf, bus) ? -1 : pf->p_index[bus];
}

static void count_columns(cef_powerflow *pf, cef_index *count)
{
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        const cef_index equations = 1 + (pf->q_index[bus] >= 0);
        for (cef_index k = pf->row_start[bus]; k < pf->row_start[bus + 1]; k++) {
            const cef_index other = pf->row_bus[k], angle = angle_column(pf, other), volt = pf->q_index[other];
            if (angle >= 0)
                count[angle] += equations;
            if (volt >= 0)
                count[volt] += equations;
        }
        if (pf->bus_share[bus] > 0.0)
            count[pf->p_index[pf->reference[pf->island[bus]]]]++;
    }
}

/* Takes the next place of a column for a row; the trash place if either is none. */
static cef_index take(lu_matrix *m, cef_index *next, cef_index row, cef_index column)
{
    if (row < 0 || column < 0)
        return m->start[m->n];
    m->row[next[column]] = row;
    return next[column]++;
}

static void place_entries(cef_powerflow *pf, cef_index *next)
{
    lu_matrix *m = &pf->jacobian;
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        const cef_index p = pf->p_index[bus], q = pf->q_index[bus];
        for (cef_index k = pf->row_start[bus]; k < pf->row_start[bus + 1]; k++) {
            const cef_index angle = angle_column(pf, pf->row_bus[k]), volt = pf->q_index[pf->row_bus[k]];
            pf->slot[k].p_angle = take(m, next, p, angle);
            pf->slot[k].q_angle = take(m, next, q, angle);
            pf->slot[k].p_volt = take(m, next, p, volt);
            pf->slot[k].q_volt = take(m, next, q, volt);
        }
        if (pf->bus_share[bus] > 0.0) {
            const cef_index slack = pf->p_index[pf->reference[pf->island[bus]]];
            m->value[take(m, next, p, slack)] = -pf->bus_share[bus];
        }
    }
}

void powerflow_lay_jacobian(cef_powerflow *pf)
{
    lu_matrix *m = &pf->jacobian;
    cef_index *next = (cef_index *) pf->step; /* as many doubles */
    memset(next, 0, (size_t) m->n * sizeof *next);
    count_columns(pf, next);
    cef_index used = 0;
    for (cef_index column = 0; column < m->n; column++) {
        m->start[column] = used;
        used += next[column];
        next[column] = m->start[column];
    }
    m->start[m->n] = used;
    place_entries(pf, next);
}

/* Where vm is held for now, the row of Q says that it does not step. */
static void hold_voltages(cef_powerflow *pf)
{
    double *value = pf->jacobian.value;
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        if (!pf->held[bus])
            continue;
        for (cef_index k = pf->row_start[bus]; k < pf->row_start[bus + 1]; k++)
            value[pf->slot[k].q_angle] = value[pf->slot[k].q_volt] = 0.0;
        value[pf->slot[pf->row_start[bus]].q_volt] = 1.0;
    }
}

void powerflow_fill_jacobian(cef_powerflow *pf)
{
    const complex_pu *restrict s = pf->row_s;
    const jacobian_slots *restrict slot = pf->slot;
    double *restrict value = pf->jacobian.value;
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        const cef_index first = pf->row_start[bus], past = pf->row_start[bus + 1];
        for (cef_index k = first; k < past; k++) {
            value[slot[k].p_angle] = s[k].im;
            value[slot[k].p_volt] = s[k].re;
            value[slot[k].q_angle] = -s[k].re;
            value[slot[k].q_volt] = s[k].im;
        }
        if (first == past)
            continue;
        value[slot[first].p_angle] -= pf->q[bus];
        value[slot[first].p_volt] += pf->p[bus];
        value[slot[first].q_angle] += pf->p[bus];
        value[slot[first].q_volt] += pf->q[bus];
    }
    if (pf->options.reactive_limits)
        hold_voltages(pf);
}
