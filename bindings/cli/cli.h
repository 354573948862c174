/* SPDX-License-Identifier: Apache-2.0 */
/* The command `cef`: what its files share. Public headers of libcef only.
 *
 *   main.c           which verb                       out.h      files and standard output, never half written
 *   verbs.h          the verbs                        columns.h  a table of columns -> JSON, CSV
 *   options.h, args  the option table, the parser     say.h      standard error: diagnostics, warnings, progress
 *   help.c           help and man pages of the table  fields.h   named values -> JSON, CSV
 *   flow.h           a power flow of a case           result.h   a result in the format asked for, where it is
 *   profile.h, npy.h periods from and to files        folder.h   .. as a folder of CSV files
 *   trace*.c, meters.c, powerflow.c, series*.c, check.c, case.c, explain.c   the verbs
 *
 * printf and friends are used for numbers here: this process never calls setlocale, so it stays in the C locale.
 */
#ifndef CEF_CLI_CLI_H
#define CEF_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cef/case.h>
#include <cef/cef.h>

/* Exit codes of the command; a contract with scripts. */
enum {
    CLI_DONE = 0,
    CLI_DATA = 1,  /* the data is wrong, or not enough */
    CLI_USAGE = 2, /* the command line is wrong */
    CLI_IO = 3,    /* a file cannot be opened, read or written */
    CLI_MEMORY = 4,
    CLI_UNCERTIFIED = 5, /* computed, but the certificate does not hold */
    CLI_SIGNAL = 128,    /* and the number of the signal that ended cef series, which can go on */
};

#define CLI_TRY(call)                                                                                                  \
    do {                                                                                                               \
        const cef_status cli_try_status = (call);                                                                      \
        if (cli_try_status != CEF_OK)                                                                                  \
            return cli_try_status;                                                                                     \
    } while (0)

#define CLI_COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* Memory of one run, freed together. */
typedef struct cli_block cli_block;
typedef struct {
    cli_block *last;
} cli_pool;
/* Room for `count` items of `size` bytes, cleared; at least one item. CEF_ERR_MEMORY names the size. */
cef_status pool_take(cli_pool *pool, size_t count, size_t size, void *out_pointer, cef_error *error);
void pool_release(cli_pool *pool);

#endif /* CEF_CLI_CLI_H */
