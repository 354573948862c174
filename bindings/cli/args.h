/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of one verb, checked against the option table. */
#ifndef CEF_CLI_ARGS_H
#define CEF_CLI_ARGS_H

#include "options.h"

typedef struct {
    const char *text; /* as given, or the default; NULL if neither */
    double number;    /* TAKES_NUMBER, and a number inside a TAKES_WORD */
    uint64_t integer; /* TAKES_INTEGER */
    int word;         /* TAKES_WORD: which */
    bool given;       /* on the command line */
} cli_value;

typedef struct {
    cli_verb_id verb;
    cli_value option[OPTION_COUNT];
    char **argument; /* [n_argument] */
    int n_argument;
} cli_args;

/* Parses argv[0..argc), what follows the verb. CLI_DONE, or CLI_USAGE after saying why. --help and --version end the
 * checks: then args->option[..].given. */
int args_parse(cli_args *args, cli_verb_id verb, int argc, char **argv);
/* Which verb is called so; VERB_COUNT if none. */
cli_verb_id args_verb(const char *name);
/* The name among those at `name(context, k)`, k = 0.. until NULL, that is closest to a mistyped one; NULL if none is.
 */
const char *args_closest(const char *mistyped, const char *(*name)(const void *context, int k), const void *context);

#endif /* CEF_CLI_ARGS_H */
