/* SPDX-License-Identifier: Apache-2.0 */
/* Standard error: diagnostics, warnings, progress. Nothing here goes to standard output. */
#ifndef CEF_CLI_SAY_H
#define CEF_CLI_SAY_H

#include "options.h"

/* Fills *error as the library does and returns status. The message is cut at the field's size. */
cef_status say_set(cef_error *error, cef_status status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Prints `cef: error[code]: message` and a hint; returns the exit code of error->status. Prints nothing for an empty
 * message: the reader of a pipe went away and wants to hear nothing. */
int say_error(const cef_error *error);
/* Text of the command line as messages quote it: what is very long is cut. Returns out. */
enum { SAY_SHORT = 96 };
const char *say_short(char out[SAY_SHORT], const char *text);
/* Prints `cef: error[usage]: ...` and where to look; VERB_COUNT is cef itself. Returns CLI_USAGE. */
int say_usage(cli_verb_id verb, const char *format, ...) __attribute__((format(printf, 2, 3)));
void say_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* `cef: warning[code]: message` and a hint. */
void say_coded_warning(const char *code, const char *message);
/* For cef_context_options: warnings of the library. */
void say_log(void *user, cef_log_level level, const char *message);
/* A line that is overwritten, only on a terminal: `done` of `all` steps, and what is being done. done = all ends it. */
void say_progress(int done, int all, const char *what);

#endif /* CEF_CLI_SAY_H */
