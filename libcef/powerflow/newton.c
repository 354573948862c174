/* SPDX-License-Identifier: Apache-2.0 */
/* Newton-Raphson in polar form, damped by halving; then polishing with the factors at hand. */
#include "parts.h"

#define MAX_HALVINGS 10
#define MAX_POLISH 8
/* A solution of kept pivots that misses its right-hand side by more than this share asks for new pivots. */
#define KEPT_PIVOTS 1e-6
/* A step that leaves less than this share of the mismatch shows that the Jacobian hardly moves: the next one takes the
 * factors at hand, a third of the work of new ones. */
#define KEEP_FACTORS 0.01

static void set_rectangular(cef_powerflow *pf)
{
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        pf->e[bus] = pf->vm[bus] * cos(pf->va[bus]);
        pf->f[bus] = pf->vm[bus] * sin(pf->va[bus]);
    }
}

/* The slack enters linearly: each island's takes the value of least squares, exact where one bus takes part. */
static void set_slack(cef_powerflow *pf)
{
    memset(pf->slack, 0, (size_t) pf->n_island * sizeof *pf->slack);
    for (cef_index k = 0; k < pf->n_slack_bus; k++) {
        const cef_index bus = pf->slack_bus[k];
        pf->slack[pf->island[bus]] += pf->slack_weight[k] * (pf->p[bus] - pf->p_given[bus]);
    }
}

/* Writes what every equation misses. */
static powerflow_mismatch measure(cef_powerflow *pf)
{
    powerflow_mismatch m = {0.0, 0.0, -1};
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        if (pf->island[bus] < 0)
            continue;
        const double p = powerflow_p_missing(pf, bus), q = powerflow_q_missing(pf, bus);
        const double larger = fabs(p) > fabs(q) ? fabs(p) : fabs(q);
        pf->missing[pf->p_index[bus]] = p;
        if (pf->q_index[bus] >= 0)
            pf->missing[pf->q_index[bus]] = q;
        m.norm += p * p + q * q;
        if (!(larger <= m.largest) || m.worst_bus < 0) {
            m.largest = larger;
            m.worst_bus = bus;
        }
    }
    return m;
}

powerflow_mismatch powerflow_evaluate(cef_powerflow *pf)
{
    set_rectangular(pf);
    powerflow_bus_power(pf);
    set_slack(pf);
    return measure(pf);
}

/* Whether the step solves its equations: false asks for other pivots. */
static bool step_is_accurate(cef_powerflow *pf)
{
    const lu_matrix *m = &pf->jacobian;
    double size = 0.0, miss = 0.0;
    for (cef_index k = 0; k < m->n; k++) {
        pf->check[k] = pf->missing[k];
        size = fabs(pf->check[k]) > size ? fabs(pf->check[k]) : size;
    }
    for (cef_index column = 0; column < m->n; column++)
        for (cef_index p = m->start[column]; p < m->start[column + 1]; p++)
            pf->check[m->row[p]] += m->value[p] * pf->step[column];
    for (cef_index k = 0; k < m->n; k++)
        if (!(fabs(pf->check[k]) <= miss))
            miss = fabs(pf->check[k]);
    return miss <= KEPT_PIVOTS * size;
}

static newton_outcome outcome_of(lu_outcome lu)
{
    return lu == LU_OK ? NEWTON_CONVERGED : lu == LU_SINGULAR ? NEWTON_SINGULAR : NEWTON_NO_MEMORY;
}

static lu_outcome solve_step(cef_powerflow *pf, lu_outcome factored)
{
    if (factored != LU_OK)
        return factored;
    for (cef_index k = 0; k < pf->jacobian.n; k++)
        pf->step[k] = -pf->missing[k];
    return lu_solve(pf->jacobian.lu, pf->step);
}

static newton_outcome find_step(cef_powerflow *pf)
{
    lu_matrix *m = &pf->jacobian;
    powerflow_fill_jacobian(pf);
    const lu_outcome kept = solve_step(pf, lu_refactor(m->lu, m->value));
    if (kept == LU_NO_MEMORY)
        return NEWTON_NO_MEMORY;
    if (kept == LU_OK && step_is_accurate(pf))
        return NEWTON_CONVERGED;
    pf->has_pivots = false;
    return outcome_of(solve_step(pf, lu_factor(m->lu, m->value)));
}

static void keep_state(cef_powerflow *pf)
{
    memcpy(pf->vm_kept, pf->vm, (size_t) pf->net->n_bus * sizeof *pf->vm);
    memcpy(pf->va_kept, pf->va, (size_t) pf->net->n_bus * sizeof *pf->va);
}

/* From the kept state by `share` of the step; a voltage never falls below a tenth in one step. */
static void take_step(cef_powerflow *pf, double share)
{
    const cef_index *island = pf->island;
    for (cef_index k = 0; k < pf->jacobian.n; k++) {
        const cef_index bus = pf->unknown_bus[k];
        const double step = share * pf->step[k];
        if (pf->q_index[bus] == k)
            pf->vm[bus] = pf->vm_kept[bus] * (step > -0.9 ? 1.0 + step : 0.1);
        else if (pf->reference[island[bus]] != bus)
            pf->va[bus] = pf->va_kept[bus] + step;
    }
}

/* Halves the step until the mismatch shrinks. False: it never did, and the state is as before. */
static bool descend(cef_powerflow *pf, powerflow_mismatch *now, cef_powerflow_info *info)
{
    keep_state(pf);
    double share = 1.0;
    for (int halving = 0; halving <= MAX_HALVINGS; halving++) {
        take_step(pf, share);
        const powerflow_mismatch next = powerflow_evaluate(pf);
        if (next.norm < now->norm || (!pf->options.damping && next.norm - next.norm == 0.0)) {
            *now = next;
            return true;
        }
        if (!pf->options.damping)
            break;
        share *= 0.5;
        info->n_halvings++;
    }
    take_step(pf, 0.0);
    *now = powerflow_evaluate(pf);
    return false;
}

newton_outcome powerflow_newton(cef_powerflow *pf, powerflow_mismatch *now, cef_powerflow_info *info)
{
    const int32_t most = info->iterations + pf->options.max_iterations;
    double left = 1.0; /* share of the mismatch that the last step left */
    while (!(now->largest <= pf->options.tolerance)) {
        if (info->iterations >= most || now->norm - now->norm != 0.0)
            return NEWTON_DIVERGED;
        const bool keep = left < KEEP_FACTORS;
        const newton_outcome step = keep ? outcome_of(solve_step(pf, LU_OK)) : find_step(pf);
        if (step != NEWTON_CONVERGED)
            return step;
        const double before = now->largest;
        const bool shrunk = descend(pf, now, info);
        if (!shrunk && !keep)
            return NEWTON_DIVERGED;
        info->iterations++;
        left = shrunk ? now->largest / before : 1.0;
    }
    return NEWTON_CONVERGED;
}

/* Steps with the factors at hand, as long as each at least halves the mismatch: what is left is rounding. */
newton_outcome powerflow_polish(cef_powerflow *pf, powerflow_mismatch *now, cef_powerflow_info *info)
{
    if (info->iterations == 0) { /* the factors at hand, if any, are of another state */
        const newton_outcome step = find_step(pf);
        if (step != NEWTON_CONVERGED)
            return step;
    }
    for (int k = 0; k < MAX_POLISH && now->largest > 0.0; k++) {
        keep_state(pf);
        const lu_outcome solved = solve_step(pf, LU_OK);
        if (solved != LU_OK)
            return outcome_of(solved);
        take_step(pf, 1.0);
        const powerflow_mismatch next = powerflow_evaluate(pf);
        info->polish_steps++;
        const bool better = next.largest < now->largest, much = next.largest < 0.5 * now->largest;
        if (!better) {
            take_step(pf, 0.0);
            *now = powerflow_evaluate(pf);
        } else {
            *now = next;
        }
        if (!much)
            break;
    }
    return NEWTON_CONVERGED;
}
