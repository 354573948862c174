/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing a command line against the option table. Options are never abbreviated. */
#include "args.h"

#include <math.h>
#include <string.h>

#include "say.h"

cli_verb_id args_verb(const char *name)
{
    int verb = 0;
    while (verb < VERB_COUNT && strcmp(cli_verbs[verb].name, name) != 0)
        verb++;
    return (cli_verb_id) verb;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c; }

/* Edits (insert, delete, change a letter; not its case) between two short words. */
static int distance(const char *a, const char *b)
{
    enum { LONGEST = 40 };
    int row[LONGEST + 1];
    const int n = (int) strlen(b);
    if (n > LONGEST)
        return LONGEST;
    for (int k = 0; k <= n; k++)
        row[k] = k;
    for (int i = 0; a[i]; i++) {
        int diagonal = row[0];
        row[0] = i + 1;
        for (int k = 0; k < n; k++) {
            const int change = diagonal + (lower(a[i]) != lower(b[k]));
            const int other = (row[k] < row[k + 1] ? row[k] : row[k + 1]) + 1;
            diagonal = row[k + 1];
            row[k + 1] = change < other ? change : other;
        }
    }
    return row[n];
}

const char *args_closest(const char *mistyped, const char *(*name)(const void *context, int k), const void *context)
{
    const char *best = NULL;
    int least = 4; /* further away is no typing error */
    for (int k = 0; name(context, k); k++) {
        const int d = distance(mistyped, name(context, k));
        if (d < least && d < (int) strlen(mistyped)) { /* a word of which nothing is left is no guess */
            least = d;
            best = name(context, k);
        }
    }
    return best;
}

static bool takes_option(cli_verb_id verb, int option) { return cli_options[option].verbs >> verb & 1u; }

/* Options of other verbs are skipped: each is counted once, so that k runs without gaps. */
static const char *option_name(const void *context, int k)
{
    const cli_verb_id verb = *(const cli_verb_id *) context;
    for (int option = 0; option < OPTION_COUNT; option++)
        if (takes_option(verb, option) && k-- == 0)
            return cli_options[option].name;
    return NULL;
}

static int find_option(cli_verb_id verb, const char *name, size_t length)
{
    for (int option = 0; option < OPTION_COUNT; option++) {
        const char *brief = cli_short_name((cli_option_id) option);
        const char *full = cli_options[option].name;
        const bool is_full =
            length == strlen(full) + 2 && memcmp(name, "--", 2) == 0 && memcmp(name + 2, full, length - 2) == 0;
        const bool is_brief = brief && length == 2 && memcmp(name, brief, 2) == 0;
        if ((is_full || is_brief) && takes_option(verb, option))
            return option;
    }
    return OPTION_COUNT;
}

static int unknown_option(cli_verb_id verb, const char *name, size_t length)
{
    char copy[64];
    const size_t n = length < sizeof copy ? length : sizeof copy - 1;
    memcpy(copy, name, n);
    copy[n] = 0;
    const char *guess = n > 2 ? args_closest(copy + 2, option_name, &verb) : NULL;
    return say_usage(verb, "unknown option '%s'%s%s%s", copy, guess ? "; did you mean '--" : "", guess ? guess : "",
                     guess ? "'?" : "");
}

static bool parse_number(const char *text, double *number)
{
    return cef_number_parse(text, strlen(text), number) == CEF_OK && isfinite(*number);
}

static bool parse_integer(const char *text, uint64_t *integer)
{
    uint64_t value = 0;
    for (const char *c = text; *c; c++)
        if (*c < '0' || *c > '9' || __builtin_mul_overflow(value, (uint64_t) 10, &value) ||
            __builtin_add_overflow(value, (uint64_t) (*c - '0'), &value))
            return false;
    *integer = value;
    return *text != 0;
}

/* One word of `takes`, [word, word + n): VALUE is any number, split=A is that word, an = and a number in [0, 1]. */
static bool word_fits(const char *word, size_t n, cli_value *value)
{
    if (n == 5 && memcmp(word, "VALUE", n) == 0)
        return parse_number(value->text, &value->number);
    if (word[n - 1] == 'A')
        return strncmp(value->text, word, n - 1) == 0 && parse_number(value->text + n - 1, &value->number) &&
               value->number >= 0.0 && value->number <= 1.0;
    return strlen(value->text) == n && memcmp(value->text, word, n) == 0;
}

static bool parse_word(const char *takes, cli_value *value)
{
    value->word = 0;
    for (const char *word = takes; *word; value->word++) {
        const size_t n = strcspn(word, "|");
        if (word_fits(word, n, value))
            return true;
        word += n + (word[n] == '|');
    }
    return false;
}

static bool parse_value(const cli_option *option, cli_value *value)
{
    switch (option->kind) {
    case TAKES_NOTHING: return true;
    case TAKES_WORD: return parse_word(option->takes, value);
    case TAKES_NUMBER: return parse_number(value->text, &value->number);
    case TAKES_NOT_NEGATIVE: return parse_number(value->text, &value->number) && value->number >= 0.0;
    case TAKES_INTEGER: return parse_integer(value->text, &value->integer);
    case TAKES_TEXT: return value->text[0] != 0;
    }
    return false;
}

static const char *kind_name(cli_takes kind)
{
    switch (kind) {
    case TAKES_NUMBER: return "a number";
    case TAKES_NOT_NEGATIVE: return "a number >= 0";
    case TAKES_INTEGER: return "a whole number >= 0, below 2^64";
    default: return NULL;
    }
}

static int bad_value(cli_verb_id verb, const cli_option *option, const char *text)
{
    char shown[SAY_SHORT];
    const char *kind = kind_name(option->kind);
    return say_usage(verb, "--%s cannot be '%s': it takes %s%s", option->name, say_short(shown, text),
                     kind ? kind : option->takes, strstr(option->takes, "=A") ? ", A from 0 to 1" : "");
}

/* Another option, not a value: what starts with - unless it is a negative number or the lone - of standard output. */
static bool looks_like_option(const char *text)
{
    return text[0] == '-' && text[1] != 0 && text[1] != '.' && !(text[1] >= '0' && text[1] <= '9');
}

/* Takes argv[0], and argv[1] if it is the option's value; *used says how many. */
static int parse_option(cli_args *args, int argc, char **argv, int *used)
{
    const size_t length = strcspn(argv[0], "=");
    const int found = find_option(args->verb, argv[0], length);
    *used = 1;
    if (found == OPTION_COUNT)
        return unknown_option(args->verb, argv[0], length);
    const cli_option *option = &cli_options[found];
    cli_value *value = &args->option[found];
    const bool joined = argv[0][length] == '=';
    if (value->given)
        return say_usage(args->verb, "--%s is given twice", option->name);
    value->given = true;
    if (option->kind == TAKES_NOTHING)
        return joined ? say_usage(args->verb, "--%s takes no value", option->name) : CLI_DONE;
    if (!joined && (argc < 2 || looks_like_option(argv[1])))
        return say_usage(args->verb, "--%s needs a value: %s", option->name, option->takes);
    value->text = joined ? argv[0] + length + 1 : argv[1];
    *used = joined ? 1 : 2;
    return parse_value(option, value) ? CLI_DONE : bad_value(args->verb, option, value->text);
}

/* Arguments move to the front of argv, over what has been read. */
static int take_argument(cli_args *args, char *text)
{
    char shown[SAY_SHORT];
    if (args->n_argument == cli_verbs[args->verb].most)
        return say_usage(args->verb, "unexpected argument '%s'", say_short(shown, text));
    if (!text[0])
        return say_usage(args->verb, "an argument is empty text; it takes %s", cli_verbs[args->verb].arguments);
    args->argument[args->n_argument++] = text;
    return CLI_DONE;
}

static void set_defaults(cli_args *args)
{
    for (int option = 0; option < OPTION_COUNT; option++) {
        args->option[option].text = cli_options[option].standard;
        if (cli_options[option].standard)
            (void) parse_value(&cli_options[option], &args->option[option]);
    }
}

int args_parse(cli_args *args, cli_verb_id verb, int argc, char **argv)
{
    *args = (cli_args){.verb = verb, .argument = argv};
    set_defaults(args);
    bool only_arguments = false;
    for (int k = 0; k < argc;) {
        int used = 1, code = CLI_DONE;
        if (!only_arguments && strcmp(argv[k], "--") == 0)
            only_arguments = true;
        else if (!only_arguments && argv[k][0] == '-' && argv[k][1] != 0)
            code = parse_option(args, argc - k, argv + k, &used);
        else
            code = take_argument(args, argv[k]);
        if (code != CLI_DONE)
            return code;
        if (args->option[OPTION_HELP].given || args->option[OPTION_VERSION].given ||
            (verb == VERB_METERD && args->option[OPTION_MAN].given))
            return CLI_DONE;
        k += used;
    }
    if (args->n_argument < cli_verbs[verb].least)
        return say_usage(verb, "an argument is missing: %s %s", cli_verbs[verb].command, cli_verbs[verb].arguments);
    return CLI_DONE;
}
