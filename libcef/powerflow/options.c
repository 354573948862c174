/* SPDX-License-Identifier: Apache-2.0 */
/* Options: defaults and ranges. */
#include "parts.h"

void powerflow_options_default(cef_powerflow_options *options)
{
    *options = (cef_powerflow_options){.struct_size = sizeof *options,
                                       .tolerance = 1e-8,
                                       .method = CEF_POWERFLOW_AC,
                                       .start = CEF_START_STORED,
                                       .max_iterations = 30,
                                       .fallback = 1,
                                       .polish = 1,
                                       .damping = 1};
}

typedef struct {
    const char *name;
    double value, least, most;
} range;

cef_status powerflow_check_options(const cef_powerflow_options *o, cef_error *error)
{
    const range ranges[] = {
        {"tolerance", o->tolerance, 1e-15, 1.0},
        {"method", o->method, CEF_POWERFLOW_AC, CEF_POWERFLOW_DC},
        {"start", o->start, CEF_START_STORED, CEF_START_PREVIOUS},
        {"max_iterations", o->max_iterations, 1, 1000},
        {"fallback", o->fallback, 0, 1},
        {"reactive_limits", o->reactive_limits, 0, 1},
        {"polish", o->polish, 0, 1},
        {"damping", o->damping, 0, 1},
        {"reserved", o->reserved, 0, 0},
    };
    for (size_t k = 0; k < sizeof ranges / sizeof *ranges; k++)
        if (!(ranges[k].value >= ranges[k].least && ranges[k].value <= ranges[k].most))
            return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, ranges[k].value),
                                "options.%s is %g, expected %g to %g", ranges[k].name, ranges[k].value, ranges[k].least,
                                ranges[k].most);
    return CEF_OK;
}
