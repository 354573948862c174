/* SPDX-License-Identifier: Apache-2.0 */
/* Verification of what the sums of the sweep do not tell: rows of loops, and where columns dominate. */
#include "solve/verify.h"

void verify_rows(const solve_view *s, order_run run, solve_check *check)
{
    for (cef_index k = run.first; k < run.first + run.count; k++) {
        const flow_source own = s->injected[k];
        const double x = s->value[k].x, v = solve_v(s->value[k]), carbon = solve_part(s, own.carbon);
        verify_row row = {carbon - own.mw * x, carbon + own.mw * x, own.mw * v, own.mw * v};
        for (cef_index a = s->order->arc_start[k]; a < s->order->arc_start[k + 1]; a++) {
            const solve_value *from = &s->value[s->source[a]];
            const double w = s->carry[a];
            row.residual += w * (from->x - x);
            row.scale += w * (from->x + x);
            row.u += w * (v - solve_v(*from));
            row.u_scale += w * (v + solve_v(*from));
        }
        verify_take(row, s->gamma, check);
    }
}

void verify_by_diagonal(const solve_view *s, const double *diagonal, order_run run, solve_check *check)
{
    for (cef_index k = run.first; k < run.first + run.count; k++) {
        const double d = diagonal[k], x = s->value[k].x, v = solve_v(s->value[k]);
        const double carbon = solve_part(s, s->injected[k].carbon);
        verify_row row = {carbon - d * x, carbon + d * x, d * v, d * v};
        for (cef_index a = s->order->arc_start[k]; a < s->order->arc_start[k + 1]; a++) {
            const solve_value *from = &s->value[s->source[a]];
            const double w = s->carry[a];
            row.residual += w * from->x;
            row.scale += w * from->x;
            row.u -= w * solve_v(*from);
            row.u_scale += w * solve_v(*from);
        }
        verify_take(row, s->gamma, check);
    }
}
