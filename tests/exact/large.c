/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that blocks beyond the small dense ones are as accurate: 65-120 buses (static order), a complete graph of 300
 * buses (blocked, dgemm where it is built in), against Gaussian elimination with pivoting in long double. Its own
 * error, about n 1e-19 times the condition (well-fed blocks: below 1e4), is far below the 1e-14 compared with. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "support.h"

static void swap(long double *a, long double *b, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const long double kept = a[k];
        a[k] = b[k], b[k] = kept;
    }
}

/* Row-major A [n][n + 1] with its right-hand side; solves in place, x in the last column. */
static void eliminate(long double *A, size_t n)
{
    const size_t width = n + 1;
    for (size_t k = 0; k < n; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < n; i++)
            pivot = fabsl(A[i * width + k]) > fabsl(A[pivot * width + k]) ? i : pivot;
        if (pivot != k)
            swap(&A[k * width], &A[pivot * width], width);
        for (size_t i = k + 1; i < n; i++) {
            const long double factor = A[i * width + k] / A[k * width + k];
            for (size_t j = k; factor != 0.0L && j < width; j++)
                A[i * width + j] -= factor * A[k * width + j];
        }
    }
    for (size_t k = n; k-- > 0;) {
        for (size_t j = k + 1; j < n; j++)
            A[k * width + n] -= A[k * width + j] * A[j * width + n];
        A[k * width + n] /= A[k * width + k];
    }
}

/* Sending form; every branch of these grids is an arc from its from bus. */
static long double *dense_answer(const model *m)
{
    const size_t n = (size_t) m->n_bus, width = n + 1;
    long double *A = calloc(n * width, sizeof *A);
    cr_assert(A);
    for (cef_index k = 0; k < m->n_gen; k++) {
        A[(size_t) m->gen_bus[k] * width + (size_t) m->gen_bus[k]] += m->gen_p[k];
        A[(size_t) m->gen_bus[k] * width + n] += (long double) m->gen_p[k] * m->gen_e[k];
    }
    for (cef_index k = 0; k < m->n_branch; k++) {
        const size_t row = (size_t) m->to[k] * width;
        A[row + (size_t) m->to[k]] -= m->p_to[k];
        A[row + (size_t) m->from[k]] += m->p_to[k];
    }
    eliminate(A, n);
    return A;
}

static void arc(dice *d, model *m, cef_index from, cef_index to)
{
    const double sent = 0.5 + 20.0 * dice_unit(d);
    model_arc(m, from, to, sent, sent * (1.0 - 0.04 * dice_unit(d)));
}

static void add_unit(dice *d, model *m, cef_index bus)
{
    const double mw = 1.0 + 50.0 * dice_unit(d);
    model_gen(m, bus, mw, 0.05 + dice_unit(d));
}

static void compare(const model *m, uint64_t seed)
{
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.balance_tol = 1e9;
    answer a = model_solve(m, &settings);
    cr_assert(a.status == CEF_OK && a.info.certified == 1, "seed %lu: %s", seed, a.error.message);
    cr_assert(a.info.largest_block == m->n_bus, "seed %lu: block of %d", seed, a.info.largest_block);
    long double *x = dense_answer(m);
    double worst = 0.0;
    for (cef_index bus = 0; bus < m->n_bus; bus++) {
        const long double want = x[(size_t) bus * ((size_t) m->n_bus + 1) + (size_t) m->n_bus];
        const double error = (double) (fabsl(a.out.bus_intensity[bus] - want) / want);
        cr_assert(error <= 1e-14 && error <= a.out.bus_error_bound[bus] + 1e-16,
                  "seed %lu bus %d: relative error %.3g, bound %.3g", seed, bus, error, a.out.bus_error_bound[bus]);
        worst = fmax(worst, error);
    }
    cr_log_info("%d buses: worst relative error %.3g, bound %.3g", m->n_bus, worst, a.info.error_bound);
    free(x);
    answer_free(&a);
}

Test(exact_large, sparse_blocks_of_65_to_120)
{
    for (uint64_t seed = 1; seed <= 12; seed++) {
        dice d = {seed};
        model m = model_make(dice_between(&d, 65, 120));
        for (cef_index k = 0; k < m.n_bus; k++) { /* a ring with short chords: a meshed grid's loop */
            arc(&d, &m, k, (k + 1) % m.n_bus);
            if (dice_chance(&d, 0.5))
                arc(&d, &m, k, (k + dice_between(&d, 2, 9)) % m.n_bus);
        }
        for (int k = 0; k < 6; k++)
            add_unit(&d, &m, dice_below(&d, m.n_bus));
        compare(&m, seed);
        model_free(&m);
    }
}

Test(exact_large, complete_graph_of_300)
{
    dice d = {300};
    model m = model_make(300);
    for (cef_index i = 0; i < m.n_bus; i++)
        for (cef_index j = 0; j < i; j++)
            dice_chance(&d, 0.5) ? arc(&d, &m, i, j) : arc(&d, &m, j, i);
    for (cef_index k = 0; k < m.n_bus; k++)
        add_unit(&d, &m, k);
    compare(&m, 300);
    model_free(&m);
}
