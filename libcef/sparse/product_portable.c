/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix product without BLAS (LIBCEF_WITH_BLAS=OFF): plain loops, innermost contiguous. */
#include "sparse/sparse.h"

void gth_product(cef_index rows, cef_index columns, cef_index inner, const double *a, const double *b, double *c,
                 cef_index ld)
{
    for (cef_index i = 0; i < rows; i++)
        for (cef_index k = 0; k < inner; k++) {
            const double f = a[(size_t) i * ld + k];
            if (f != 0.0)
                for (cef_index j = 0; j < columns; j++)
                    c[(size_t) i * ld + j] += f * b[(size_t) k * ld + j];
        }
}

const char *sparse_build_info(void)
{
    return "AMD and KLU of SuiteSparse; portable C for dense loops of 256 buses and more";
}
