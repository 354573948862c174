/* SPDX-License-Identifier: Apache-2.0 */
/* Help and manual pages. */
#include "help.h"

#include <stdio.h>
#include <string.h>

#include "say.h"

void help_wrap(out_file *out, int indent, const char *text)
{
    enum { WIDTH = 78 };
    int column = 0;
    while (*text) {
        const int n = (int) strcspn(text, " ");
        if (column && column + 1 + n > WIDTH) {
            out_char(out, '\n');
            column = 0;
        }
        if (column)
            out_char(out, ' ');
        else
            out_format(out, "%*s", indent, "");
        column += column ? 1 + n : indent + n;
        out_bytes(out, text, (size_t) n);
        text += n + (text[n] == ' ');
    }
    out_char(out, '\n');
}

static void usage_line(out_file *out, const cli_verb *verb)
{
    char line[256];
    snprintf(line, sizeof line, "usage: %s%s%s [OPTION..]", verb->command, verb->arguments[0] ? " " : "",
             verb->arguments);
    help_wrap(out, 0, line);
}

static void option_names(out_file *out, int option)
{
    const char *brief = cli_short_name((cli_option_id) option);
    if (brief)
        out_format(out, "%s, ", brief);
    out_format(out, "--%s%s%s", cli_options[option].name, cli_options[option].takes[0] ? " " : "",
               cli_options[option].takes);
}

/* The verb's own options come first; those that it has from cef trace after them. */
static bool is_shared(cli_verb_id verb, int option)
{
    const bool own = option == OPTION_FORMAT || option == OPTION_OUTPUT || option == OPTION_HELP;
    return verb != VERB_TRACE && !own && (cli_options[option].verbs >> VERB_TRACE & 1u) != 0;
}

static bool takes(cli_verb_id verb, int option) { return (cli_options[option].verbs >> verb & 1u) != 0; }

static bool shares(cli_verb_id verb)
{
    for (int option = 0; option < OPTION_COUNT; option++)
        if (takes(verb, option) && is_shared(verb, option))
            return true;
    return false;
}

static void help_options(out_file *out, cli_verb_id verb, bool shared)
{
    for (int option = 0; option < OPTION_COUNT; option++) {
        if (!takes(verb, option) || is_shared(verb, option) != shared)
            continue;
        out_text(out, "  ");
        option_names(out, option);
        if (cli_options[option].standard)
            out_format(out, "  [%s]", cli_options[option].standard);
        out_char(out, '\n');
        help_wrap(out, 8, cli_option_help(verb, (cli_option_id) option));
    }
}

static void verb_help(out_file *out, cli_verb_id verb)
{
    out_format(out, "%s - %s\n\n", cli_verbs[verb].command, cli_verbs[verb].line);
    usage_line(out, &cli_verbs[verb]);
    out_char(out, '\n');
    help_wrap(out, 0, cli_verbs[verb].more);
    if (strncmp(cli_verbs[verb].arguments, "CASE", 4) == 0)
        help_wrap(out, 0, "CASE is a MATPOWER .m, a libcef .yaml, or a folder of CSV files.");
    out_text(out, "\noptions:\n");
    help_options(out, verb, false);
    if (shares(verb)) {
        out_text(out, "\noptions as for cef trace:\n");
        help_options(out, verb, true);
    }
}

static const char exit_codes[] = "Exit: 0 done; 1 the data is wrong; 2 usage; 3 input or output failed; 4 no memory; "
                                 "5 computed but not certified.";

static void command_help(out_file *out)
{
    out_text(out, "cef - carbon emission flow of power grids\n\nusage: cef VERB [ARGUMENT..] [OPTION..]\n\n");
    for (int verb = 0; verb < VERB_COUNT; verb++)
        out_format(out, "  %-10s%s\n", cli_verbs[verb].name, cli_verbs[verb].line);
    out_text(out, "  --version versions of the command, its ABI, the libraries built in\n\n");
    out_text(out, "cef VERB --help says what VERB takes.\n");
    help_wrap(out, 0, exit_codes);
}

/* Text for troff: its own signs and a leading dot or quote are made harmless. */
static void troff(out_file *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        out_text(out, "\\&");
    for (const char *c = text; *c; c++) {
        if (*c == '\\')
            out_text(out, "\\e");
        else if (*c == '-')
            out_text(out, "\\-");
        else
            out_char(out, *c);
    }
}

static void troff_title(out_file *out, const char *name, const char *command, const char *line)
{
    out_format(out, ".TH CEF%s%s 1 \"\" \"libcef %s\" \"libcef\"\n.SH NAME\ncef%s%s \\- ", name[0] ? "\\-" : "", name,
               cef_version_string(), name[0] ? "\\-" : "", name);
    troff(out, line);
    out_text(out, "\n.SH SYNOPSIS\n.B ");
    troff(out, command);
    out_char(out, '\n');
}

static void man_options(out_file *out, cli_verb_id verb, bool shared)
{
    for (int option = 0; option < OPTION_COUNT; option++) {
        if (!takes(verb, option) || is_shared(verb, option) != shared)
            continue;
        out_text(out, ".TP\n\\fB");
        const char *brief = cli_short_name((cli_option_id) option);
        if (brief)
            out_format(out, "\\%s, ", brief);
        troff(out, "--");
        troff(out, cli_options[option].name);
        out_text(out, "\\fR ");
        troff(out, cli_options[option].takes);
        out_char(out, '\n');
        troff(out, cli_option_help(verb, (cli_option_id) option));
        out_char(out, '\n');
        if (cli_options[option].standard)
            out_format(out, "Default: %s.\n", cli_options[option].standard);
    }
}

static void verb_man(out_file *out, cli_verb_id verb)
{
    troff_title(out, cli_verbs[verb].name, cli_verbs[verb].command, cli_verbs[verb].line);
    troff(out, cli_verbs[verb].arguments);
    out_text(out, " [OPTION..]\n.SH DESCRIPTION\n");
    troff(out, cli_verbs[verb].more);
    out_text(out, "\n.SH OPTIONS\n");
    man_options(out, verb, false);
    if (shares(verb)) {
        out_text(out, ".SS Options as for cef trace\n");
        man_options(out, verb, true);
    }
    out_text(out, ".SH EXIT STATUS\n");
    troff(out, exit_codes + strlen("Exit: "));
    out_text(out, "\n.SH SEE ALSO\n.BR cef (1)\n");
}

static void command_man(out_file *out)
{
    troff_title(out, "", "cef", "carbon emission flow of power grids");
    out_text(out, ".I VERB\n[ARGUMENT..] [OPTION..]\n.SH VERBS\n");
    for (int verb = 0; verb < VERB_COUNT; verb++) {
        out_format(out, ".TP\n.BR cef\\-%s (1)\n", cli_verbs[verb].name);
        troff(out, cli_verbs[verb].line);
        out_char(out, '\n');
    }
    out_text(out, ".SH EXIT STATUS\n");
    troff(out, exit_codes + strlen("Exit: "));
    out_text(out, "\n.SH SEE ALSO\n.BR cef\\-meterd (1)\n");
}

int help_print(cli_verb_id verb, bool man)
{
    cef_error error = {.struct_size = sizeof error};
    out_file out;
    cef_status status = out_open(&out, NULL, &error);
    if (status == CEF_OK) {
        if (verb == VERB_COUNT)
            (man ? command_man : command_help)(&out);
        else
            (man ? verb_man : verb_help)(&out, verb);
        status = out_commit(&out, &error);
        out_release(&out);
    }
    return status == CEF_OK ? CLI_DONE : say_error(&error);
}

int help_version(const char *command, const char *more)
{
    cef_error error = {.struct_size = sizeof error};
    out_file out;
    cef_status status = out_open(&out, NULL, &error);
    if (status == CEF_OK) {
        out_format(&out, "%s %s\nABI %d\n%s; libyaml%s\n", command, cef_version_string(), (int) cef_abi_version(),
                   cef_build_info(), more);
        status = out_commit(&out, &error);
        out_release(&out);
    }
    return status == CEF_OK ? CLI_DONE : say_error(&error);
}

int help_brief(void)
{
    fputs("cef - carbon emission flow of power grids\n\nusage: cef VERB [ARGUMENT..] [OPTION..]\n\n", stderr);
    for (int verb = 0; verb < VERB_COUNT; verb++)
        fprintf(stderr, "  %-10s%s\n", cli_verbs[verb].name, cli_verbs[verb].line);
    return CLI_USAGE;
}
