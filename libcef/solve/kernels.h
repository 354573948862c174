/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room solve: what is compiled once per instruction set. */
#ifndef CEF_SOLVE_KERNELS_H
#define CEF_SOLVE_KERNELS_H

#include "solve/view.h"

struct solve_kernels {
    /* Solves and verifies run after run of buses with 0..5 inflows each, rows dominating. Returns the first from `run`
     * on that is not such a one, or the number of runs. *unfed: set where a bus without inflow and generation sends. */
    cef_index (*sweep)(const solve_view *view, cef_index run, solve_check *check, bool *unfed);
};
extern const solve_kernels solve_kernels_portable, solve_kernels_avx2, solve_kernels_avx512;

#endif /* CEF_SOLVE_KERNELS_H */
