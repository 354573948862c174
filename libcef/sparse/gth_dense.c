/* SPDX-License-Identifier: Apache-2.0 */
/* Subtraction-free elimination of dense blocks. After factoring, w holds above the diagonal the rows w_kj that are left
 * when k is eliminated, and below it the multipliers f_ik = w_ik / d_k. */
#include "sparse/sparse.h"

#define PANEL 64

/* d_k from the excess and what is left of row k (column k under GTH_COLUMNS). */
static double pivot(cef_index m, cef_index k, const double *w, const double *excess, gth_form form)
{
    double d = excess[k];
    if (form == GTH_ROWS)
        for (cef_index j = k + 1; j < m; j++)
            d += w[(size_t) k * m + j];
    else
        for (cef_index i = k + 1; i < m; i++)
            d += w[(size_t) i * m + k];
    return d;
}

static bool in_range(double f) { return f == 0.0 || (f >= GTH_TINY && f <= 1.0 / GTH_TINY); }

/* Products of these with multipliers must not underflow. */
static bool row_in_range(cef_index m, cef_index k, const double *row, double excess)
{
    bool fine = excess == 0.0 || excess >= GTH_TINY;
    for (cef_index j = k + 1; j < m; j++)
        fine &= row[j] == 0.0 || row[j] >= GTH_TINY;
    return fine;
}

bool gth_dense_factor(cef_index m, double *w, double *excess, double *d, gth_form form, bool *ranged)
{
    for (cef_index k = 0; k < m; k++) {
        d[k] = pivot(m, k, w, excess, form);
        if (!(d[k] > 0.0))
            return false;
        const double *row_k = w + (size_t) k * m;
        *ranged = *ranged && row_in_range(m, k, row_k, excess[k]);
        if (form == GTH_COLUMNS)
            for (cef_index j = k + 1; j < m; j++)
                excess[j] += excess[k] * (row_k[j] / d[k]);
        for (cef_index i = k + 1; i < m; i++) {
            double *row_i = w + (size_t) i * m;
            if (row_i[k] == 0.0)
                continue;
            const double f = row_i[k] / d[k];
            *ranged = *ranged && in_range(f);
            row_i[k] = f;
            for (cef_index j = k + 1; j < m; j++)
                row_i[j] += f * row_k[j]; /* the diagonal entry too: it is never read */
            if (form == GTH_ROWS)
                excess[i] += f * excess[k];
        }
    }
    return true;
}

/* r + sum of row[k] x[k] over first <= k < last, one after the other. They were stored just before, one by one: two of
 * them loaded as one, as compilers like to, wait until both have reached the cache. */
static inline double add_products(double r, const double *row, const double *x, cef_index first, cef_index last)
{
    for (cef_index k = first; k < last; k++) {
        r += row[k] * x[k];
        __asm__ volatile("" : : : "memory");
    }
    return r;
}

void gth_dense_solve(cef_index m, const double *w, const double *d, double *x)
{
    for (cef_index i = 1; i < m; i++)
        x[i] = add_products(x[i], w + (size_t) i * m, x, 0, i);
    for (cef_index k = m - 1; k >= 0; k--)
        x[k] = add_products(x[k], w + (size_t) k * m, x, k + 1, m) / d[k];
}

void gth_dense_solve_transposed(cef_index m, const double *w, const double *d, double *x)
{
    for (cef_index k = 0; k < m; k++) {
        x[k] /= d[k];
        for (cef_index j = k + 1; j < m; j++)
            x[j] += w[(size_t) k * m + j] * x[k];
    }
    for (cef_index i = m - 1; i > 0; i--)
        for (cef_index k = 0; k < i; k++)
            x[k] += w[(size_t) i * m + k] * x[i];
}

/* The panel k0..k1 with what lies behind it lumped: beyond[i] stands for sum of w_ij (rows) or w_ji (columns) over
 * j >= k1, updated by the same rule, so that each pivot is known inside the panel. */
typedef struct {
    cef_index m, k0, k1;
    double *w, *excess, *d;
    gth_form form;
} gth_panel;

static void lump_beyond(const gth_panel *p, double *beyond)
{
    for (cef_index i = p->k0; i < p->k1; i++) {
        double sum = 0.0;
        for (cef_index j = p->k1; j < p->m; j++)
            sum += p->form == GTH_ROWS ? p->w[(size_t) i * p->m + j] : p->w[(size_t) j * p->m + i];
        beyond[i - p->k0] = sum;
    }
}

static double panel_pivot(const gth_panel *p, cef_index k, const double *beyond)
{
    double d = p->excess[k] + beyond[k - p->k0];
    for (cef_index j = k + 1; j < p->k1; j++)
        d += p->form == GTH_ROWS ? p->w[(size_t) k * p->m + j] : p->w[(size_t) j * p->m + k];
    return d;
}

/* Eliminates inside the panel's diagonal square, keeping f_ik below the diagonal. */
static bool factor_square(const gth_panel *p, double *beyond, bool *ranged)
{
    const size_t m = (size_t) p->m;
    for (cef_index k = p->k0; k < p->k1; k++) {
        p->d[k] = panel_pivot(p, k, beyond);
        if (!(p->d[k] > 0.0))
            return false;
        const double *row_k = p->w + k * m;
        if (p->form == GTH_COLUMNS)
            for (cef_index j = k + 1; j < p->k1; j++) {
                p->excess[j] += p->excess[k] * (row_k[j] / p->d[k]);
                beyond[j - p->k0] += beyond[k - p->k0] * (row_k[j] / p->d[k]);
            }
        for (cef_index i = k + 1; i < p->k1; i++) {
            double *row_i = p->w + i * m;
            const double f = row_i[k] / p->d[k];
            *ranged = *ranged && in_range(f);
            row_i[k] = f;
            for (cef_index j = k + 1; j < p->k1; j++)
                row_i[j] += f * row_k[j];
            if (p->form == GTH_ROWS) {
                p->excess[i] += f * p->excess[k];
                beyond[i - p->k0] += f * beyond[k - p->k0];
            }
        }
    }
    return true;
}

/* Rows of the panel right of it: w_kj += sum of f_kp w_pj over earlier p of the panel. */
static void finish_rows(const gth_panel *p)
{
    const size_t m = (size_t) p->m;
    for (cef_index k = p->k0 + 1; k < p->k1; k++)
        for (cef_index q = p->k0; q < k; q++) {
            const double f = p->w[k * m + q];
            if (f != 0.0)
                for (cef_index j = p->k1; j < p->m; j++)
                    p->w[k * m + j] += f * p->w[q * m + j];
        }
    if (p->form == GTH_COLUMNS)
        for (cef_index k = p->k0; k < p->k1; k++)
            for (cef_index j = p->k1; j < p->m; j++)
                p->excess[j] += p->excess[k] * (p->w[k * m + j] / p->d[k]);
}

/* Columns of the panel below it: each row i >= k1 is turned into multipliers, left to right. */
static void finish_columns(const gth_panel *p, bool *ranged)
{
    const size_t m = (size_t) p->m;
    for (cef_index i = p->k1; i < p->m; i++) {
        double *row_i = p->w + i * m;
        for (cef_index k = p->k0; k < p->k1; k++) {
            const double f = row_i[k] / p->d[k];
            *ranged = *ranged && in_range(f);
            row_i[k] = f;
            if (f == 0.0)
                continue;
            for (cef_index j = k + 1; j < p->k1; j++)
                row_i[j] += f * p->w[k * m + j];
            if (p->form == GTH_ROWS)
                p->excess[i] += f * p->excess[k];
        }
    }
}

bool gth_blocked_factor(cef_index m, double *w, double *excess, double *d, gth_form form, bool *ranged)
{
    double beyond[PANEL];
    for (cef_index k0 = 0; k0 < m; k0 += PANEL) {
        const cef_index k1 = k0 + PANEL < m ? k0 + PANEL : m;
        const gth_panel panel = {m, k0, k1, w, excess, d, form};
        lump_beyond(&panel, beyond);
        if (!factor_square(&panel, beyond, ranged))
            return false;
        finish_rows(&panel);
        for (cef_index k = k0; k < k1; k++)
            *ranged = *ranged && row_in_range(m, k, w + (size_t) k * m, excess[k]);
        finish_columns(&panel, ranged);
        if (k1 < m)
            gth_product(m - k1, m - k1, k1 - k0, w + (size_t) k1 * m + k0, w + (size_t) k0 * m + k1,
                        w + (size_t) k1 * m + k1, m);
    }
    return true;
}
