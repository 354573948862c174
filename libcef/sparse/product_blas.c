/* SPDX-License-Identifier: Apache-2.0 */
/* The one file that names BLAS. Its summation order is the BLAS's own: covered by the certificate, not by the promise
 * of equal bits. */
#include <cblas.h>

#include "sparse/sparse.h"

void gth_product(cef_index rows, cef_index columns, cef_index inner, const double *a, const double *b, double *c,
                 cef_index ld)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, inner, 1.0, a, ld, b, ld, 1.0, c, ld);
}

const char *sparse_build_info(void)
{
    return "AMD and KLU of SuiteSparse; BLAS dgemm for dense loops of 256 buses and more";
}
