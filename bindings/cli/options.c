/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of options.h as data. */
#include "options.h"

const cli_option cli_options[OPTION_COUNT] = {
#define ROW(id, name, kind, takes, standard, verbs, help) {name, takes, standard, help, verbs, kind},
    CLI_OPTIONS(ROW)
#undef ROW
};

const cli_verb cli_verbs[VERB_COUNT] = {
#define ROW(id, name, least, most, arguments, line, more) {name, arguments, line, more, least, most},
    CLI_VERBS(ROW)
#undef ROW
};

const char *const cli_later_verbs[] = {"attribute",      "sensitivity", "marginal", "share",  "report",
                                       "responsibility", "offset",      "region",   "ledger", NULL};

const char *cli_short_name(cli_option_id option)
{
    switch (option) {
    case OPTION_OUTPUT: return "-o";
    case OPTION_HELP: return "-h";
    default: return NULL;
    }
}
