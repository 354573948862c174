/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room powerflow: AC (Newton-Raphson, polar form) and DC power flow, branch powers from voltages. */
#ifndef CEF_POWERFLOW_POWERFLOW_H
#define CEF_POWERFLOW_POWERFLOW_H

#include <cef/powerflow.h>

#include "network/network.h"

void powerflow_options_default(cef_powerflow_options *options);
/* options as the caller gave them, defaults filled in. */
cef_status powerflow_create(cef_context *ctx, cef_network *net, const cef_powerflow_data *data,
                            const cef_powerflow_options *options, cef_powerflow **out, cef_error *error);
/* No output array of `solution` is written on any error but CEF_ERR_DIVERGED. info may be NULL. */
cef_status powerflow_solve(cef_powerflow *pf, const cef_injections *injections, cef_powerflow_solution *solution,
                           cef_powerflow_info *info, cef_error *error);
/* The state given: bus_vm per unit, bus_va degrees, [n_bus]. */
cef_status powerflow_evaluate_state(cef_powerflow *pf, const cef_injections *injections, const double *bus_vm,
                                    const double *bus_va, cef_powerflow_solution *solution, cef_powerflow_info *info,
                                    cef_error *error);
void powerflow_destroy(cef_powerflow *pf); /* NULL allowed */

#endif /* CEF_POWERFLOW_POWERFLOW_H */
