/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict. */
#include "result/result.h"

#define MOST_ERROR 1e-9
#define MOST_BACKWARD 1e-12
#define MOST_GAP 1e-9

static cef_status refuse(const char *figure, double value, double limit, cef_error *error)
{
    return error_format(error, DIAG_NOT_CERTIFIED, CEF_AT(CEF_ELEMENT_NONE, -1, -1, value),
                        "not certified: %s is %g, at most %g is promised; do not publish these numbers", figure, value,
                        limit);
}

cef_status result_certify(const result_state *r, cef_solve_info *info, cef_error *error)
{
    (void) r;
    info->certified = 0;
    if (info->range_exceeded)
        return error_set(
            error, DIAG_NOT_CERTIFIED, CEF_NOWHERE,
            "not certified: a value left the range in which relative accuracy holds (underflow or overflow)");
    if (!(info->error_bound <= MOST_ERROR))
        return refuse("the error bound", info->error_bound, MOST_ERROR, error);
    if (!(info->backward_error <= MOST_BACKWARD))
        return refuse("the backward error", info->backward_error, MOST_BACKWARD, error);
    if (!(info->conservation <= MOST_GAP))
        return refuse("the conservation gap", info->conservation, MOST_GAP, error);
    if (info->maximum_principle == 0)
        return error_set(error, DIAG_NOT_CERTIFIED, CEF_NOWHERE,
                         "not certified: an intensity lies outside those of the units; do not publish these numbers");
    info->certified = 1;
    return CEF_OK;
}
