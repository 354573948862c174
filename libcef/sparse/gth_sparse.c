/* SPDX-License-Identifier: Apache-2.0 */
/* Subtraction-free elimination on a static symmetric pattern, left-looking: row and column k gather what every earlier
 * pivot p with k in its pattern adds to them. */
#include "sparse/sparse.h"

static void gather_original(const gth_sparse *s, cef_index k)
{
    for (int64_t q = s->start[k]; q < s->start[k + 1]; q++) {
        s->row[s->later[q]] = s->upper[q];
        s->column[s->later[q]] = s->lower[q];
    }
}

/* Adds the contribution of pivot p, whose pattern entry at `at` is k: w_kj += f_kp w_pj, w_ik += f_ip w_pk. */
static void add_pivot(const gth_sparse *s, cef_index p, int64_t at)
{
    const double f_kp = s->lower[at], w_pk = s->upper[at];
    for (int64_t q = at + 1; q < s->start[p + 1]; q++) {
        s->row[s->later[q]] += f_kp * s->upper[q];
        s->column[s->later[q]] += s->lower[q] * w_pk;
    }
}

static void hand_on(const gth_sparse *s, cef_index p, int64_t at)
{
    s->cursor[p] = at;
    if (at < s->start[p + 1]) {
        const cef_index to = s->later[at];
        s->next[p] = s->head[to];
        s->head[to] = p;
    }
}

/* Row k is final in row[], column[]: its pivot, its multipliers, and what its elimination adds to the excess. */
static bool finish_pivot(const gth_sparse *s, cef_index k, gth_form form, bool *ranged)
{
    double d = s->excess[k];
    const double *sum = form == GTH_ROWS ? s->row : s->column;
    for (int64_t q = s->start[k]; q < s->start[k + 1]; q++)
        d += sum[s->later[q]];
    s->d[k] = d;
    if (!(d > 0.0))
        return false;
    *ranged = *ranged && (s->excess[k] == 0.0 || s->excess[k] >= GTH_TINY);
    for (int64_t q = s->start[k]; q < s->start[k + 1]; q++) {
        const cef_index j = s->later[q];
        const double f = s->column[j] / d, w = s->row[j];
        *ranged = *ranged && (f == 0.0 || (f >= GTH_TINY && f <= 1.0 / GTH_TINY)) && (w == 0.0 || w >= GTH_TINY);
        s->upper[q] = s->row[j];
        s->lower[q] = f;
        s->excess[j] += form == GTH_ROWS ? f * s->excess[k] : s->excess[k] * (s->row[j] / d);
        s->row[j] = s->column[j] = 0.0;
    }
    return true;
}

bool gth_sparse_factor(const gth_sparse *s, gth_form form, bool *ranged)
{
    for (cef_index k = 0; k < s->m; k++)
        s->head[k] = -1;
    for (cef_index k = 0; k < s->m; k++) {
        gather_original(s, k);
        for (cef_index p = s->head[k], after; p >= 0; p = after) {
            after = s->next[p];
            add_pivot(s, p, s->cursor[p]);
            hand_on(s, p, s->cursor[p] + 1);
        }
        if (!finish_pivot(s, k, form, ranged))
            return false;
        hand_on(s, k, s->start[k]);
    }
    return true;
}

void gth_sparse_solve(const gth_sparse *s, double *x)
{
    for (cef_index k = 0; k < s->m; k++)
        for (int64_t q = s->start[k]; q < s->start[k + 1]; q++)
            x[s->later[q]] += s->lower[q] * x[k];
    for (cef_index k = s->m - 1; k >= 0; k--) {
        double r = x[k];
        for (int64_t q = s->start[k]; q < s->start[k + 1]; q++)
            r += s->upper[q] * x[s->later[q]];
        x[k] = r / s->d[k];
    }
}

void gth_sparse_solve_transposed(const gth_sparse *s, double *x)
{
    for (cef_index k = 0; k < s->m; k++) {
        x[k] /= s->d[k];
        for (int64_t q = s->start[k]; q < s->start[k + 1]; q++)
            x[s->later[q]] += s->upper[q] * x[k];
    }
    for (cef_index k = s->m - 1; k >= 0; k--) {
        double r = x[k];
        for (int64_t q = s->start[k]; q < s->start[k + 1]; q++)
            r += s->lower[q] * x[s->later[q]];
        x[k] = r;
    }
}
