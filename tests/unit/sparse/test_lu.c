/* SPDX-License-Identifier: Apache-2.0 */
/* The LU bridge: solutions, kept pivots and new ones, singular matrices, the empty matrix. */
#include <criterion/criterion.h>

#include "sparse/sparse.h"

/* [ 4 1 0 ]
 * [ 1 3 1 ]
 * [ 0 1 2 ]  by columns */
static const cef_index start[] = {0, 2, 5, 7}, row[] = {0, 1, 0, 1, 2, 1, 2};
static const double values[] = {4, 1, 1, 3, 1, 1, 2};

static sparse_lu *open_lu(cef_context **ctx, cef_index n)
{
    sparse_lu *lu = NULL;
    cr_assert(context_create(NULL, ctx, NULL) == CEF_OK);
    cr_assert(lu_create(*ctx, n, start, row, &lu, NULL) == CEF_OK);
    return lu;
}

static void close_lu(sparse_lu *lu, cef_context *ctx)
{
    lu_destroy(lu);
    context_release(ctx);
}

static double miss(const double *value, const double *x, const double *b)
{
    double r[3] = {b[0], b[1], b[2]}, worst = 0.0;
    for (cef_index column = 0; column < 3; column++)
        for (cef_index p = start[column]; p < start[column + 1]; p++)
            r[row[p]] -= value[p] * x[column];
    for (int k = 0; k < 3; k++)
        worst = fmax(worst, fabs(r[k]));
    return worst;
}

Test(lu, solves)
{
    cef_context *ctx;
    sparse_lu *lu = open_lu(&ctx, 3);
    const double b[] = {1, 2, 3};
    double x[] = {1, 2, 3};
    cr_assert(lu_factor(lu, values) == LU_OK && lu_solve(lu, x) == LU_OK);
    cr_assert(miss(values, x, b) < 1e-14);
    close_lu(lu, ctx);
}

/* The first refactorisation factors; a later one keeps its pivots for other values. */
Test(lu, refactors)
{
    cef_context *ctx;
    sparse_lu *lu = open_lu(&ctx, 3);
    const double b[] = {1, -2, 5}, other[] = {5, 2, -1, 7, 1, 0.5, 3};
    double x[] = {1, -2, 5}, y[] = {1, -2, 5};
    cr_assert(lu_refactor(lu, values) == LU_OK && lu_solve(lu, x) == LU_OK);
    cr_assert(miss(values, x, b) < 1e-14);
    cr_assert(lu_refactor(lu, other) == LU_OK && lu_solve(lu, y) == LU_OK);
    cr_assert(miss(other, y, b) < 1e-14);
    close_lu(lu, ctx);
}

/* A zero where the kept pivot was: refactoring says so, factoring finds another pivot. */
Test(lu, new_pivots_where_kept_ones_vanish)
{
    cef_context *ctx;
    sparse_lu *lu = open_lu(&ctx, 3);
    const double b[] = {1, 2, 3}, other[] = {0, 1, 1, 3, 1, 1, 2};
    double x[] = {1, 2, 3};
    cr_assert(lu_factor(lu, values) == LU_OK);
    cr_assert(lu_refactor(lu, other) == LU_SINGULAR);
    cr_assert(lu_factor(lu, other) == LU_OK && lu_solve(lu, x) == LU_OK);
    cr_assert(miss(other, x, b) < 1e-14);
    close_lu(lu, ctx);
}

Test(lu, singular)
{
    cef_context *ctx;
    sparse_lu *lu = open_lu(&ctx, 3);
    const double zero_column[] = {4, 1, 1, 3, 1, 0, 0};
    cr_assert(lu_factor(lu, zero_column) == LU_SINGULAR);
    cr_assert(lu_singular_column(lu) == 2, "column %d", lu_singular_column(lu));
    cr_assert(lu_factor(lu, values) == LU_OK && lu_singular_column(lu) == -1, "and recovers");
    close_lu(lu, ctx);
}

Test(lu, empty)
{
    cef_context *ctx;
    sparse_lu *lu = open_lu(&ctx, 0);
    cr_assert(lu_analyse(lu) == LU_OK && lu_factor(lu, values) == LU_OK && lu_refactor(lu, values) == LU_OK);
    cr_assert(lu_solve(lu, NULL) == LU_OK);
    close_lu(lu, ctx);
    lu_destroy(NULL);
}
