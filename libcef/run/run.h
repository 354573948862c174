/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room run: one snapshot from end to end. */
#ifndef CEF_RUN_RUN_H
#define CEF_RUN_RUN_H

#include "result/result.h"

struct cef_solver {
    cef_context *ctx;
    cef_network *net;
    cef_settings settings;
    flow_state flow;
    order_state order;
    solve_state solve;
    result_state result;
    size_t size;
};

void settings_default(cef_settings *settings);
/* A caller's settings, NULL for the defaults; not checked yet. */
cef_status settings_read(const cef_settings *theirs, cef_settings *own, cef_error *error);
cef_status settings_check(const cef_settings *settings, cef_error *error);
cef_status solver_create(cef_context *ctx, cef_network *net, const cef_settings *settings, cef_solver **out,
                         cef_error *error);
cef_status solver_solve(cef_solver *solver, const cef_snapshot *snapshot, cef_solution *solution, cef_solve_info *info,
                        cef_error *error);
/* Tells the context's log, if there is one, what a finished solve found in the data. */
void solver_log(const cef_solver *solver, const cef_solve_info *info);
/* Forces an instruction set (LANES_*), for tests: solver_create takes the widest that the machine runs. The bits of the
 * results do not depend on it. */
void solver_set_width(cef_solver *solver, int32_t width);
void solver_destroy(cef_solver *solver);

#endif /* CEF_RUN_RUN_H */
