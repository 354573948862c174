/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge to KLU: the only file that names it. */
#include <klu.h>

#include "sparse/sparse.h"

static_assert(sizeof(int) == sizeof(cef_index), "KLU's int is a position of libcef");

struct sparse_lu {
    cef_context *ctx;
    cef_index n;
    int *start, *row; /* borrowed; KLU's interface lacks const but does not write */
    klu_symbolic *symbolic;
    klu_numeric *numeric;
    klu_common common;
};

cef_status lu_create(cef_context *ctx, cef_index n, const cef_index *start, const cef_index *row, sparse_lu **out,
                     cef_error *error)
{
    void *memory = NULL;
    CEF_TRY(context_take(ctx, sizeof(sparse_lu), &memory, error));
    sparse_lu *lu = memory;
    *lu = (sparse_lu){.ctx = ctx, .n = n, .start = (int *) start, .row = (int *) row};
    klu_defaults(&lu->common);
    lu->common.scale = -1; /* rows are not scaled, nor checked again at every factorisation */
    lu->common.btf = 0;
    lu->common.initmem = 4.0; /* entries of L and of U expected, as a multiple of those of the matrix */
    *out = lu;
    return CEF_OK;
}

/* Positive KLU statuses are warnings: a zero pivot. */
static lu_outcome outcome(const sparse_lu *lu)
{
    if (lu->common.status == KLU_OK)
        return LU_OK;
    return lu->common.status == KLU_SINGULAR ? LU_SINGULAR : LU_NO_MEMORY;
}

lu_outcome lu_analyse(sparse_lu *lu)
{
    if (lu->symbolic || lu->n == 0)
        return LU_OK;
    lu->symbolic = klu_analyze_given(lu->n, lu->start, lu->row, NULL, NULL, &lu->common);
    return lu->symbolic ? LU_OK : outcome(lu);
}

lu_outcome lu_factor(sparse_lu *lu, const double *value)
{
    const lu_outcome analysed = lu_analyse(lu);
    if (analysed != LU_OK || lu->n == 0)
        return analysed;
    klu_free_numeric(&lu->numeric, &lu->common);
    lu->numeric = klu_factor(lu->start, lu->row, (double *) value, lu->symbolic, &lu->common);
    return lu->numeric ? LU_OK : outcome(lu);
}

lu_outcome lu_refactor(sparse_lu *lu, const double *value)
{
    if (!lu->numeric)
        return lu_factor(lu, value);
    klu_refactor(lu->start, lu->row, (double *) value, lu->symbolic, lu->numeric, &lu->common);
    return outcome(lu);
}

lu_outcome lu_solve(sparse_lu *lu, double *x)
{
    if (lu->n == 0)
        return LU_OK;
    assert(lu->numeric);
    klu_solve(lu->symbolic, lu->numeric, lu->n, 1, x, &lu->common);
    return outcome(lu);
}

cef_index lu_singular_column(const sparse_lu *lu)
{
    const cef_index column = lu->common.singular_col;
    return lu->common.status == KLU_SINGULAR && column >= 0 && column < lu->n ? column : -1;
}

void lu_destroy(sparse_lu *lu)
{
    if (!lu)
        return;
    klu_free_numeric(&lu->numeric, &lu->common);
    klu_free_symbolic(&lu->symbolic, &lu->common);
    context_free(lu->ctx, lu, sizeof *lu);
}
