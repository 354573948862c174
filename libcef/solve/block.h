/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room solve: one loop of flow as a small linear system. */
#ifndef CEF_SOLVE_BLOCK_H
#define CEF_SOLVE_BLOCK_H

#include "solve/view.h"

/* Solves the block at places first .. first + m - 1 for x and v. */
cef_status block_solve(solve_state *s, order_run run, const solve_view *view, cef_error *error);
/* A^T y = l inside the block: adjoint in place; arcs from outside are the caller's. */
cef_status block_solve_transposed(solve_state *s, order_run run, cef_error *error);

#endif /* CEF_SOLVE_BLOCK_H */
