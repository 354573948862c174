/* SPDX-License-Identifier: Apache-2.0 */
/* DC power flow: by hand, against a dense solution, over snapshots. */
#include <criterion/criterion.h>

#include "grid.h"

static bool near(double a, double b, double tolerance) { return fabs(a - b) <= tolerance; }

/* A triangle of equal reactances: two thirds of the transfer take the direct branch. */
static grid *triangle(void)
{
    grid *g = grid_new();
    for (int k = 0; k < 3; k++)
        grid_bus(g, k == 0 ? CEF_BUS_TYPE_REF : CEF_BUS_TYPE_PQ);
    grid_gen(g, 0, 0.0, 1.0);
    grid_load(g, 1, 90.0, 40.0);
    grid_branch(g, 0, 1, 0.01, 0.1);
    grid_branch(g, 1, 2, 0.02, 0.1);
    grid_branch(g, 2, 0, 0.03, 0.1);
    g->options.method = CEF_POWERFLOW_DC;
    return g;
}

Test(powerflow_dc, triangle)
{
    grid *g = triangle();
    grid_must_run(g);
    cr_assert(near(g->p_from[0], 60.0, 1e-12) && near(g->p_from[1], -30.0, 1e-12) && near(g->p_from[2], -30.0, 1e-12));
    for (cef_index k = 0; k < 3; k++)
        cr_assert(g->p_to[k] == -g->p_from[k] && g->q_from[k] == 0.0 && g->q_to[k] == 0.0 && g->vm[k] == 1.0);
    cr_assert(near(g->va[1], -0.06 * 180 / M_PI, 1e-12) && near(g->out_gen_p[0], 90.0, 1e-12));
    cr_assert(g->info.converged == 1 && g->info.iterations == 0 && g->info.loss_mw == 0.0 && g->info.mismatch < 1e-14);
}

/* A shifter of 0.03 rad in the direct branch drives 0.03 / 0.3 per unit = 10 MW round the triangle. */
Test(powerflow_dc, phase_shifter_and_tap)
{
    grid *g = triangle();
    g->shift[0] = 0.03 * 180 / M_PI;
    grid_must_run(g);
    cr_assert(near(g->p_from[0], 50.0, 1e-11) && near(g->p_from[2], -40.0, 1e-11) && grid_imbalance(g) < 1e-11);
    g = triangle();
    g->tap[0] = 2.0; /* as if x were 0.2: the two ways share equally */
    grid_must_run(g);
    cr_assert(near(g->p_from[0], 45.0, 1e-11));
}

/* Shunts draw gs; slack units share by capacity. */
Test(powerflow_dc, shunts_and_slack)
{
    grid *g = triangle();
    const cef_index row = grid_shunt(g, 2, 9.0, 5.0);
    const cef_index gen = grid_gen(g, 0, 10.0, 1.0);
    g->capacity[gen] = 200.0;
    grid_must_run(g);
    cr_assert(g->out_load_p[row] == 9.0 && near(g->out_gen_p[0], 89.0 / 3, 1e-12));
    cr_assert(near(g->out_gen_p[gen], 10.0 + 2 * 89.0 / 3, 1e-12) && grid_imbalance(g) < 1e-11);
}

/* Gauss with pivoting on the dense B matrix of live buses. */
static void solve_dense(int n, double *a, double *b)
{
    for (int k = 0; k < n; k++) {
        int pivot = k;
        for (int i = k + 1; i < n; i++)
            pivot = fabs(a[i * n + k]) > fabs(a[pivot * n + k]) ? i : pivot;
        for (int j = 0; j <= n; j++) {
            double *x = j < n ? &a[k * n + j] : &b[k], *y = j < n ? &a[pivot * n + j] : &b[pivot];
            const double t = *x;
            *x = *y, *y = t;
        }
        for (int i = k + 1; i < n; i++) {
            const double f = a[i * n + k] / a[k * n + k];
            for (int j = k; j < n; j++)
                a[i * n + j] -= f * a[k * n + j];
            b[i] -= f * b[k];
        }
    }
    for (int k = n - 1; k >= 0; k--) {
        for (int j = k + 1; j < n; j++)
            b[k] -= a[k * n + j] * b[j];
        b[k] /= a[k * n + k];
    }
}

/* Angles of buses 1 .. n - 1 relative to bus 0, radians. */
static void dense_angles(const grid *g, double *angle)
{
    static double full[GRID_MOST * GRID_MOST], a[GRID_MOST * GRID_MOST];
    const int n = g->n_bus;
    double p[GRID_MOST] = {0};
    memset(full, 0, sizeof full);
    for (int k = 0; k < g->n_gen; k++)
        p[g->gen_bus[k]] += g->out_gen_p[k] / 100.0;
    for (int k = 0; k < g->n_load; k++)
        p[g->load_bus[k]] -= g->out_load_p[k] / 100.0;
    for (int k = 0; k < g->n_branch; k++) {
        const double b = 1.0 / (g->x[k] * (g->tap[k] != 0.0 ? g->tap[k] : 1.0)), s = g->shift[k] * M_PI / 180;
        const int i = g->from[k], j = g->to[k];
        full[i * n + i] += b, full[j * n + j] += b, full[i * n + j] -= b, full[j * n + i] -= b;
        p[i] += b * s, p[j] -= b * s;
    }
    for (int i = 1; i < n; i++)
        for (int j = 1; j < n; j++)
            a[(i - 1) * (n - 1) + j - 1] = full[i * n + j];
    memcpy(angle, p + 1, (size_t) (n - 1) * sizeof *angle);
    solve_dense(n - 1, a, angle);
}

Test(powerflow_dc, agrees_with_the_dense_solution)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        grid *g = grid_random(seed, 5 + (cef_index) (seed * 11 % 80));
        g->options.method = CEF_POWERFLOW_DC;
        if (seed % 2)
            for (cef_index k = 0; k < g->n_branch; k += 9)
                g->x[k] = -g->x[k];
        grid_must_run(g);
        double angle[GRID_MOST];
        dense_angles(g, angle);
        for (cef_index bus = 1; bus < g->n_bus; bus++)
            cr_assert(near((g->va[bus] - g->va[0]) * M_PI / 180, angle[bus - 1], 1e-10), "seed %d bus %d", (int) seed,
                      bus);
        cr_assert(grid_imbalance(g) < 1e-9 && g->info.mismatch < 1e-11);
    }
}

/* The factors of the first snapshot serve all: results do not depend on what was solved before, to the last bit. */
Test(powerflow_dc, snapshots)
{
    grid *g = grid_random(9, 40);
    g->options.method = CEF_POWERFLOW_DC;
    handles h;
    cr_assert(grid_open(g, &h, NULL) == CEF_OK && grid_solve(g, &h) == CEF_OK);
    double first[GRID_MOST];
    memcpy(first, g->p_from, sizeof first);
    const double load = g->load_p[5];
    g->load_p[5] += 30.0;
    cr_assert(grid_solve(g, &h) == CEF_OK && memcmp(first, g->p_from, sizeof first) != 0);
    g->load_p[5] = load;
    cr_assert(grid_solve(g, &h) == CEF_OK && grid_imbalance(g) < 1e-10);
    cr_assert(memcmp(first, g->p_from, sizeof first) == 0);
    grid_close(&h);
}

Test(powerflow_dc, evaluates_given_angles)
{
    grid *g = triangle();
    handles h;
    const double va[] = {0.0, -0.06 * 180 / M_PI, -0.03 * 180 / M_PI};
    cr_assert(grid_open(g, &h, NULL) == CEF_OK && grid_evaluate(g, &h, NULL, va) == CEF_OK);
    cr_assert(near(g->p_from[0], 60.0, 1e-11) && near(g->p_from[1], -30.0, 1e-11) && g->info.converged == 1);
    grid_close(&h);
}

/* One bus and nothing to solve. */
Test(powerflow_dc, single_bus)
{
    for (int32_t method = CEF_POWERFLOW_AC; method <= CEF_POWERFLOW_DC; method++) {
        grid *g = grid_new();
        grid_bus(g, CEF_BUS_TYPE_REF);
        grid_gen(g, 0, 10.0, 1.02);
        grid_load(g, 0, 25.0, 5.0);
        g->options.method = method;
        grid_must_run(g);
        cr_assert(near(g->out_gen_p[0], 25.0, 1e-13) && g->vm[0] == (method == CEF_POWERFLOW_AC ? 1.02 : 1.0));
        cr_assert(near(g->out_gen_q[0], method == CEF_POWERFLOW_AC ? 5.0 : 0.0, 1e-13) && g->info.converged == 1);
    }
}
