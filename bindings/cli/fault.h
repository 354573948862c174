/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of the library, said with the ids of the case. */
#ifndef CEF_CLI_FAULT_H
#define CEF_CLI_FAULT_H

#include "options.h"

typedef struct {
    const cef_case *source;
    const cef_settings *settings;
    const cef_snapshot *snapshot;
} fault_source;
/* What flow_name_element does, for an error of cef_solver_solve: its unfed-loop lists several buses. */
void fault_name_solve(cef_context *ctx, const fault_source *from, cef_error *error);

#endif /* CEF_CLI_FAULT_H */
