/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs. Each prints its own errors and returns the exit code. */
#ifndef CEF_CLI_VERBS_H
#define CEF_CLI_VERBS_H

#include "args.h"

int verb_trace(const cli_args *args);
int verb_meters(const cli_args *args);
int verb_powerflow(const cli_args *args);
int verb_series(const cli_args *args);
int verb_check(const cli_args *args);
int verb_convert(const cli_args *args);
int verb_generate(const cli_args *args);
int verb_explain(const cli_args *args);

/* What the verbs that read a case share (case.c). */
cef_status cli_context(cef_context **ctx, cef_error *error);
cef_status cli_price(cef_case *grid, const cli_args *args, int32_t missing, cef_factor_info *info, cef_error *error);

#endif /* CEF_CLI_VERBS_H */
