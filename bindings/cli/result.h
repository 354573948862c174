/* SPDX-License-Identifier: Apache-2.0 */
/* A verb's result in the format asked for, where it is asked for. */
#ifndef CEF_CLI_RESULT_H
#define CEF_CLI_RESULT_H

#include "args.h"
#include "out.h"

/* How a verb writes its result; `job` is the verb's own. */
typedef struct {
    void (*json)(out_file *out, const void *job);
    void (*csv)(out_file *out, const void *job, int k); /* the k-th file of a folder; elsewhere the first alone */
    cef_status (*text)(out_file *out, void *job, cef_error *error); /* for people */
    const char *const *names;                                       /* [n] files of a folder, without .csv */
    int n;                                                          /* 1: no folder is written */
} result_form;

/* CLI_DONE, or CLI_USAGE after saying that only csv goes into a folder. */
int result_check(const cli_args *args);
cef_status result_write(const result_form *form, void *job, const cli_args *args, cef_error *error);

#endif /* CEF_CLI_RESULT_H */
