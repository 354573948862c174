/* SPDX-License-Identifier: Apache-2.0 */
/* The command `cef`: finds the verb, parses its command line, runs it. */
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "meters.h"
#include "say.h"
#include "verbs.h"

static bool is_later_verb(const char *name)
{
    for (int k = 0; cli_later_verbs[k]; k++)
        if (strcmp(cli_later_verbs[k], name) == 0)
            return true;
    return false;
}

static const char *verb_name(const void *context, int k)
{
    (void) context;
    static const char *const options[] = {"--help", "--version"};
    return k < VERB_COUNT ? cli_verbs[k].name : k < VERB_COUNT + 2 ? options[k - VERB_COUNT] : NULL;
}

static int unknown_verb(const char *name)
{
    if (is_later_verb(name))
        return say_usage(VERB_COUNT, "'cef %s' is not built yet in version %s", name, cef_version_string());
    char shown[SAY_SHORT];
    const char *guess = args_closest(name, verb_name, NULL);
    return say_usage(VERB_COUNT, "unknown %s '%s'%s%s%s", name[0] == '-' ? "option" : "verb", say_short(shown, name),
                     guess ? "; did you mean '" : "", guess ? guess : "", guess ? "'?" : "");
}

static int verb_help(const cli_args *args)
{
    const char *topic = args->n_argument ? args->argument[0] : "cef";
    if (strcmp(topic, "cef") == 0)
        return help_print(VERB_COUNT, args->option[OPTION_MAN].given);
    const cli_verb_id verb = args_verb(topic);
    return verb == VERB_COUNT ? unknown_verb(topic) : help_print(verb, args->option[OPTION_MAN].given);
}

static int run(const cli_args *args)
{
    switch (args->verb) {
    case VERB_TRACE: return verb_trace(args);
    case VERB_METERS: return verb_meters(args);
    case VERB_POWERFLOW: return verb_powerflow(args);
    case VERB_SERIES: return verb_series(args);
    case VERB_CHECK: return verb_check(args);
    case VERB_CONVERT: return verb_convert(args);
    case VERB_GENERATE: return verb_generate(args);
    case VERB_EXPLAIN: return verb_explain(args);
    case VERB_HELP: return verb_help(args);
    case VERB_COUNT:
    case VERB_METERD:
    case VERB_ALL: break;
    }
    return CLI_USAGE;
}

static bool is_one_of(const char *text, const char *full, const char *brief)
{
    return strcmp(text, full) == 0 || strcmp(text, brief) == 0;
}

static int command(int argc, char **argv)
{
    if (!out_prepare())
        return CLI_IO;
    if (argc < 2)
        return help_brief();
    char shown[SAY_SHORT];
    const bool help = is_one_of(argv[1], "--help", "-h"), version = strcmp(argv[1], "--version") == 0;
    if ((help || version) && argc > 2)
        return say_usage(VERB_COUNT, "unexpected argument '%s'", say_short(shown, argv[2]));
    if (help)
        return help_print(VERB_COUNT, false);
    if (version)
        return help_version("cef", meters_library);
    const cli_verb_id verb = args_verb(argv[1]);
    if (verb == VERB_COUNT)
        return unknown_verb(argv[1]);
    cli_args args;
    const int code = args_parse(&args, verb, argc - 2, argv + 2);
    if (code != CLI_DONE)
        return code;
    return args.option[OPTION_HELP].given ? help_print(verb, false) : run(&args);
}

/* Ends without the destructors of other libraries: OpenBLAS waits in its own for threads that, where memory is limited,
 * never come back. All output has been written and checked by then. */
int main(int argc, char **argv)
{
    const int code = command(argc, argv);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return code;
#else
    _Exit(code);
#endif
}
