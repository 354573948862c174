/* SPDX-License-Identifier: Apache-2.0 */
/* Help and manual pages, made from the tables of options.h. */
#ifndef CEF_CLI_HELP_H
#define CEF_CLI_HELP_H

#include "options.h"
#include "out.h"

/* Words of text wrapped at 78 columns, each line after `indent` blanks. */
void help_wrap(out_file *out, int indent, const char *text);
/* On standard output; VERB_COUNT is the command itself. Returns the exit code. */
int help_print(cli_verb_id verb, bool man);
/* `command VERSION`, the ABI's number and the libraries built in: what libcef says and `more`. Returns the exit code.
 */
int help_version(const char *command, const char *more);
/* A line for each verb, on standard error: `cef` without a verb. */
int help_brief(void);

#endif /* CEF_CLI_HELP_H */
