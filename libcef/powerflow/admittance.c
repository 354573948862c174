/* SPDX-License-Identifier: Apache-2.0 */
/* The admittance matrix by rows, and the power that leaves each bus through it. */
#include "parts.h"

/* MATPOWER's branch model: an ideal transformer of ratio tap e^(j shift) at the from end, then a pi line. */
static branch_pi pi_of(double r, double x, double b, double tap, double shift)
{
    const double z2 = r * r + x * x, g = r / z2, s = -x / z2; /* series admittance g + j s */
    const double c = cos(shift) / tap, d = sin(shift) / tap;  /* e^(j shift) / tap */
    return (branch_pi){.ff = {g / (tap * tap), (s + 0.5 * b) / (tap * tap)},
                       .ft = {-(g * c - s * d), -(g * d + s * c)}, /* -y e^(j shift) / tap */
                       .tf = {-(g * c + s * d), -(s * c - g * d)}, /* -y e^(-j shift) / tap */
                       .tt = {g, s + 0.5 * b}};
}

static void set_branches(cef_powerflow *pf, const cef_powerflow_data *d)
{
    for (cef_index k = 0; k < pf->net->n_branch; k++) {
        if (pf->link[k] != LINK_AC)
            continue;
        const double tap = d->branch_tap && d->branch_tap[k] != 0.0 ? d->branch_tap[k] : 1.0;
        const double shift = d->branch_shift ? d->branch_shift[k] * RADIANS : 0.0;
        pf->pi[k] = pi_of(d->branch_r[k], d->branch_x[k], d->branch_b ? d->branch_b[k] : 0.0, tap, shift);
    }
}

static inline void add(complex_pu *to, complex_pu y)
{
    to->re += y.re;
    to->im += y.im;
}

/* place [n_bus]: where the present row holds a bus, if at or after the row's start. Parallel circuits share an entry.
 */
static void add_row(cef_powerflow *pf, cef_index bus, cef_index *used, cef_index *place)
{
    const cef_network *net = pf->net;
    const cef_index diagonal = (*used)++;
    pf->row_bus[diagonal] = bus;
    for (cef_index p = net->end_start[bus]; p < net->end_start[bus + 1]; p++) {
        const cef_index k = network_branch(net->end[p]), other = net->end[p].other;
        if (pf->link[k] != LINK_AC)
            continue;
        if (place[other] < diagonal) {
            place[other] = (*used)++;
            pf->row_bus[place[other]] = other;
            pf->row_y[place[other]] = (complex_pu){0};
        }
        const bool from_end = net->branch_from[k] == bus;
        add(&pf->row_y[diagonal], from_end ? pf->pi[k].ff : pf->pi[k].tt);
        add(&pf->row_y[place[other]], from_end ? pf->pi[k].ft : pf->pi[k].tf);
    }
}

void powerflow_admit(cef_powerflow *pf, const cef_powerflow_data *d)
{
    const cef_network *net = pf->net;
    cef_index *place = pf->q_index, used = 0; /* numbered only later */
    for (cef_index bus = 0; bus < net->n_bus; bus++)
        place[bus] = -1;
    set_branches(pf, d);
    for (cef_index bus = 0; bus < net->n_bus; bus++) {
        pf->row_start[bus] = used;
        if (pf->island[bus] < 0)
            continue;
        const double bs = d->bus_bs ? d->bus_bs[bus] / pf->base_mva : 0.0;
        pf->row_y[used] = (complex_pu){pf->bus_gs[bus], bs};
        add_row(pf, bus, &used, place);
    }
    pf->row_start[net->n_bus] = used;
    for (cef_index s = 0; s < net->n_self; s++) { /* a branch from a bus to itself */
        const cef_index k = net->self_branch[s];
        if (pf->link[k] != LINK_AC)
            continue;
        complex_pu *diagonal = &pf->row_y[pf->row_start[net->branch_from[k]]];
        add(diagonal, pf->pi[k].ff);
        add(diagonal, pf->pi[k].ft);
        add(diagonal, pf->pi[k].tf);
        add(diagonal, pf->pi[k].tt);
    }
}

/* S_ij = V_i conj(Y_ij V_j), summed over j. */
void powerflow_bus_power(cef_powerflow *pf)
{
    const cef_index *restrict start = pf->row_start, *restrict column = pf->row_bus;
    const complex_pu *restrict y = pf->row_y;
    const double *restrict e = pf->e, *restrict f = pf->f;
    complex_pu *restrict s = pf->row_s;
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        const double ei = e[bus], fi = f[bus];
        double p = 0.0, q = 0.0;
        for (cef_index k = start[bus]; k < start[bus + 1]; k++) {
            const double ej = e[column[k]], fj = f[column[k]];
            const double re = y[k].re * ej - y[k].im * fj, im = y[k].re * fj + y[k].im * ej;
            s[k] = (complex_pu){ei * re + fi * im, fi * re - ei * im};
            p += s[k].re;
            q += s[k].im;
        }
        pf->p[bus] = p;
        pf->q[bus] = q;
    }
}
