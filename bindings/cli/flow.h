/* SPDX-License-Identifier: Apache-2.0 */
/* Solving a case's power flow, for cef powerflow and for cases that cef trace finds unsolved. */
#ifndef CEF_CLI_FLOW_H
#define CEF_CLI_FLOW_H

#include "args.h"
#include "fields.h"

typedef struct {
    cef_powerflow_solution solution; /* every array there */
    cef_powerflow_info info;
    int32_t method; /* CEF_POWERFLOW_* */
    double base_mva;
    bool solved; /* false: the case's own flows are used */
} cli_flow;

/* "ac", "dc", or "given" before there is a solution. */
const char *flow_name(const cli_flow *flow);
/* MW that the worst bus misses. */
double flow_mismatch_mw(const cli_flow *flow);
/* What a power flow of the case needs: borrowed from the case. */
typedef struct {
    cef_powerflow_data data;
    cef_injections at;
    cef_powerflow_options options;
} flow_input;
cef_status flow_prepare(flow_input *input, cef_case *source, const cli_args *args, int32_t method, cef_error *error);
/* Every array of a solution, from the pool. */
cef_status flow_take(cef_powerflow_solution *s, const cef_case_info *info, cli_pool *pool, cef_error *error);
/* Says which row of the case an error of the library is about. */
void flow_name_element(const cef_case *source, const cef_case_info *info, cef_error *error);
/* Solves the case's operating point with the options of the command line; the arrays are the pool's. Nothing of the
 * case is changed. */
cef_status flow_solve(cli_flow *flow, cef_context *ctx, cef_case *source, const cli_args *args, int32_t method,
                      cli_pool *pool, cef_error *error);
/* CLI_DONE, or CLI_USAGE after saying which option is out of its range. */
int flow_check_usage(const cli_args *args);
/* One line for what the solution leaves dark. */
void flow_warn(const cli_flow *flow);

/* cef powerflow --profiles: many periods into a folder of .npy. */
cef_status flow_periods(cef_context *ctx, cef_case *source, const cli_args *args, int32_t method, cli_pool *pool,
                        cef_error *error);

/* The options that bear on a solution, as the settings of a JSON document. */
enum { FLOW_SETTINGS = 5 };
void flow_settings(const cli_args *args, field out[FLOW_SETTINGS]);

#endif /* CEF_CLI_FLOW_H */
