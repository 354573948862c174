/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of options.h as data. */
#include "options.h"

const cli_option cli_options[OPTION_COUNT] = {
#define ROW(id, name, kind, takes, standard, verbs, help) {name, takes, standard, help, verbs, kind},
    CLI_OPTIONS(ROW)
#undef ROW
};

const cli_verb cli_verbs[VERB_ALL] = {
#define ROW(id, name, least, most, arguments, line, more)                                                              \
    [VERB_##id] = {name, "cef " name, arguments, line, more, least, most},
    CLI_VERBS(ROW)
#undef ROW
        [VERB_COUNT] = {.name = "", .command = "cef"},
#define ROW(id, name, least, most, arguments, line, more)                                                              \
    [VERB_##id] = {name, "cef-" name, arguments, line, more, least, most},
    CLI_COMMANDS(ROW)
#undef ROW
};

const char *const cli_later_verbs[] = {"attribute",      "sensitivity", "marginal", "share",  "report",
                                       "responsibility", "offset",      "region",   "ledger", NULL};

static const char *output_help(cli_verb_id verb)
{
    switch (verb) {
    case VERB_GENERATE: return "The case to write: FILE.m, FILE.yaml, or a folder of CSV files (no ending). Required.";
    case VERB_SERIES: return "The folder that gets the results; made if it is not there. Required.";
    case VERB_METERD: return "Where the summary goes instead of standard output.";
    case VERB_CHECK: return cli_options[OPTION_OUTPUT].help;
    default:
        return "Where the result goes instead of standard output. Written beside, then renamed: never half a file. "
               "DIR/ "
               "gets one CSV file a table.";
    }
}

const char *cli_option_help(cli_verb_id verb, cli_option_id option)
{
    if (option == OPTION_OUTPUT)
        return output_help(verb);
    if (option == OPTION_FORMAT && verb == VERB_SERIES)
        return "The summary on standard output, beside summary.json: a table (on a terminal without being asked), one "
               "row "
               "of totals and certificate, or the document.";
    if (option == OPTION_SEED && verb == VERB_METERD)
        return "Seed of the jitter with which connections are tried again.";
    if (option == OPTION_SEED && verb == VERB_METERS)
        return "Seed of the faults: the same seed gives the same result, byte for byte (not over a broker).";
    return cli_options[option].help;
}

const char *cli_short_name(cli_option_id option)
{
    switch (option) {
    case OPTION_OUTPUT: return "-o";
    case OPTION_HELP: return "-h";
    default: return NULL;
    }
}
