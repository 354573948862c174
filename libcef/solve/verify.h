/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room solve: the a-posteriori certificate. Every row is put into its equation: inside loops it is recomputed
 * from the data, outside of them its sums are at hand. With A an M-matrix, v > 0 and u = A v > 0, |x - x^| <= max_i
 * [(|r_i| + gamma (|A||x^| + |R|)_i) / u_i] v (comparison as in Chazan and Miranker 1969). Any such v serves; v = reach
 * x, whose A v is D x or more, makes the bound relative to x itself. u is bounded from below by its computed value less
 * the rounding errors of computing it. */
#ifndef CEF_SOLVE_VERIFY_H
#define CEF_SOLVE_VERIFY_H

#include "solve/view.h"

typedef struct {
    double residual, scale; /* r_i and (|A||x| + |R|)_i */
    double u, u_scale;      /* (A v)_i and (|A||v|)_i */
} verify_row;

/* gamma of a row with this many terms, those of its sums of units, loads and arcs included. */
static inline double verify_gamma(cef_index terms)
{
    const double n = ((double) terms + 12.0) * 0x1p-53;
    return n / (1.0 - n);
}

/* The worst quotient of all rows, whatever the order of the rows. What is no number counts as infinite. */
static inline void verify_worst(double numerator, double denominator, double *worst)
{
    const double quotient = denominator > 0.0 ? numerator / denominator : INFINITY;
    if (!(quotient <= *worst))
        *worst = quotient < INFINITY ? quotient : INFINITY;
}

static inline void verify_take(verify_row row, double gamma, solve_check *check)
{
    const double u = row.u - gamma * row.u_scale, residual = fabs(row.residual);
    if (row.scale == 0.0) /* no carbon passes, x is exactly 0 */
        return;
    verify_worst(residual + gamma * row.scale, u, &check->ratio);
    verify_worst(residual, row.scale, &check->backward);
}

/* A row outside of loops, where rows dominate. carbon: of its sources and what flows in; spread: sum of carry times v
 * over what flows in. gamma covers the roundings of these sums and of the throughput's. v exceeds the mean of what
 * flows in by x or more, so that u is the throughput times x or more: nothing cancels. */
static inline void verify_sums(solve_value at, double power, double carbon, double spread, double gamma,
                               solve_check *check)
{
    const double passed = at.x * power, v = at.reach * passed;
    verify_take((verify_row){carbon - passed, carbon + passed, v - spread, v + spread}, gamma, check);
}

/* In loops where rows dominate: the diagonal is never formed, each inflow is compared with the bus itself. */
void verify_rows(const solve_view *s, order_run run, solve_check *check);
/* Columns dominate (consumer, split): the diagonal is data. */
void verify_by_diagonal(const solve_view *s, const double *diagonal, order_run run, solve_check *check);

#endif /* CEF_SOLVE_VERIFY_H */
