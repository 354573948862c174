/* SPDX-License-Identifier: Apache-2.0 */
/* One table makes the parser and the help. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cli/say.h"

typedef enum { TAKES_NOTHING, TAKES_TEXT, TAKES_COUNT, TAKES_NUMBER, TAKES_MISSING } takes;

typedef struct {
    const char *name, *value;
    takes takes;
    size_t place; /* in meterd_options */
    size_t given; /* a bool there, or 0 */
    double least, most;
    const char *help;
} row;

#define AT(member) offsetof(meterd_options, member)
static const row rows[] = {
    {"--agent", "K", TAKES_COUNT, AT(agent), AT(has_agent), 0, MQTT_AGENTS - 1, "which agent this is, from 0"},
    {"--agents", "N", TAKES_COUNT, AT(agents), 0, 1, MQTT_AGENTS,
     "agent k owns the k-th of N equal ranges of the case's buses"},
    {"--roster", "F.csv", TAKES_TEXT, AT(roster), 0, 0, 0, "or: a file `bus,agent` that says who owns which bus"},
    {"--interval", "I", TAKES_COUNT, AT(interval), AT(has_interval), 0, UINT32_MAX - 1,
     "number of the interval, the same for all"},
    {"--epoch", "E", TAKES_COUNT, AT(epoch), AT(has_epoch), 0, UINT32_MAX - 1,
     "of the case and roster, the same for all; default: from the case's SHA-256"},
    {"--state", "FILE", TAKES_TEXT, AT(state), 0, 0, 0, "counts this agent's starts; must outlive restarts"},
    {"--broker", "URL", TAKES_TEXT, AT(broker), 0, 0, 0, "on this machine only; default mqtt://127.0.0.1:1883"},
    {"--prefix", "P", TAKES_TEXT, AT(prefix), 0, 0, 0, "first levels of all topics; default cef"},
    {"--round-ms", "MS", TAKES_COUNT, AT(round_ms), 0, 1, 60000, "least time between two rounds; default 20"},
    {"--linger", "S", TAKES_NUMBER, AT(linger_s), 0, 0, 1e6, "how long to answer others once done; default 2"},
    {"--stay", NULL, TAKES_NOTHING, AT(stay), 0, 0, 0, "answer until SIGTERM or SIGINT"},
    {"--deadline", "S", TAKES_NUMBER, AT(deadline_s), 0, 0, 1e7, "end after this time; default 0: never"},
    {"--tolerance", "T", TAKES_NUMBER, AT(tolerance), 0, 0, 1,
     "certified: bound <= T x largest intensity in play; default 1e-9"},
    {"--keepalive", "S", TAKES_COUNT, AT(keepalive_s), 0, 5, 3600,
     "the broker takes a silent agent for gone after 1.5 times this; default 5"},
    {"--expiry", "S", TAKES_COUNT, AT(expiry_s), 0, 1, UINT32_MAX - 1,
     "how long the broker keeps final values; default 86400"},
    {"--seed", "N", TAKES_COUNT, AT(seed), 0, 0, 9e15, "of the jitter of reconnection; default 0"},
    {"--relax", NULL, TAKES_NOTHING, AT(relax), 0, 0, 0, "plain relaxation, for comparison: loops are not solved"},
    {"--factors", "F.csv", TAKES_TEXT, AT(source.factors), 0, 0, 0, "as for cef trace"},
    {"--fuel-factors", "F", TAKES_TEXT, AT(source.fuel_factors), 0, 0, 0, "as for cef trace: F.csv or ipcc2006"},
    {"--missing-factor", "M", TAKES_MISSING, AT(source.missing), 0, 0, 0, "as for cef trace: error, zero or a number"},
    {"--output", "FILE", TAKES_TEXT, AT(output), 0, 0, 0, "-o: the summary; default standard output"},
    {"--quiet", NULL, TAKES_NOTHING, AT(quiet), 0, 0, 0, "nothing on standard error but errors"},
    {"--help", NULL, TAKES_NOTHING, AT(help), 0, 0, 0, "-h: this text"},
    {"--version", NULL, TAKES_NOTHING, AT(version), 0, 0, 0, "version"},
};

static void *place(meterd_options *o, size_t offset) { return (char *) o + offset; }

static int bad_value(const row *r, const char *text)
{
    fprintf(stderr, "cef-meterd: error[usage]: %s cannot be '%.100s'", r->name, text);
    if (r->takes == TAKES_COUNT || r->takes == TAKES_NUMBER)
        fprintf(stderr, ": it takes %.15g to %.15g", r->least, r->most);
    fputs("\n  hint: run 'cef-meterd --help'\n", stderr);
    return CLI_USAGE;
}

static int take_missing(meterd_options *o, const row *r, const char *text)
{
    if (strcmp(text, "error") == 0)
        o->source.missing = CEF_MISSING_ERROR;
    else if (strcmp(text, "zero") == 0)
        o->source.missing = CEF_MISSING_ZERO;
    else if (cef_number_parse(text, strlen(text), &o->source.missing_value) == CEF_OK)
        o->source.missing = CEF_MISSING_VALUE;
    else
        return bad_value(r, text);
    return CLI_DONE;
}

static int take_number(meterd_options *o, const row *r, const char *text)
{
    double value = 0.0;
    if (cef_number_parse(text, strlen(text), &value) != CEF_OK || value < r->least || value > r->most)
        return bad_value(r, text);
    const uint64_t count = (uint64_t) value;
    if (r->takes == TAKES_NUMBER)
        memcpy(place(o, r->place), &value, sizeof value);
    else if ((double) count == value)
        memcpy(place(o, r->place), &count, sizeof count);
    else
        return bad_value(r, text);
    return CLI_DONE;
}

static int take(meterd_options *o, const row *r, const char *text)
{
    const bool yes = true;
    if (r->given)
        memcpy(place(o, r->given), &yes, sizeof yes);
    switch (r->takes) {
    case TAKES_NOTHING: memcpy(place(o, r->place), &yes, sizeof yes); return CLI_DONE;
    case TAKES_TEXT: memcpy(place(o, r->place), &text, sizeof text); return CLI_DONE;
    case TAKES_MISSING: return take_missing(o, r, text);
    case TAKES_COUNT:
    case TAKES_NUMBER: return take_number(o, r, text);
    }
    return CLI_USAGE;
}

static const row *find(const char *name)
{
    name = strcmp(name, "-o") == 0 ? "--output" : strcmp(name, "-h") == 0 ? "--help" : name;
    for (size_t k = 0; k < CLI_COUNT_OF(rows); k++)
        if (strcmp(rows[k].name, name) == 0)
            return &rows[k];
    return NULL;
}

static int usage(const char *what, const char *name)
{
    fprintf(stderr, "cef-meterd: error[usage]: %s%.100s\n  hint: run 'cef-meterd --help'\n", what, name);
    return CLI_USAGE;
}

static int check(const meterd_options *o)
{
    if (o->help || o->version)
        return CLI_DONE;
    if (!o->source.path)
        return usage("which CASE?", "");
    if (!o->has_agent)
        return usage("which agent is this? --agent K is missing", "");
    if ((o->agents > 0) == (o->roster != NULL))
        return usage("one of --agents N and --roster F.csv must say who owns which bus", "");
    if (!o->has_interval)
        return usage("--interval I is missing", "");
    if (!o->state)
        return usage(
            "--state FILE is missing: without a count of its starts, a restarted agent would be taken for a replay",
            "");
    return CLI_DONE;
}

int options_parse(meterd_options *o, int argc, char **argv)
{
    *o = (meterd_options){.broker = "mqtt://127.0.0.1:1883",
                          .prefix = "cef",
                          .tolerance = 1e-9,
                          .linger_s = 2.0,
                          .round_ms = 20,
                          .keepalive_s = 5,
                          .expiry_s = 86400};
    for (int k = 1; k < argc; k++) {
        const row *r = argv[k][0] == '-' ? find(argv[k]) : NULL;
        if (!r && argv[k][0] == '-')
            return usage("unknown option ", argv[k]);
        if (!r && o->source.path)
            return usage("unexpected argument ", argv[k]);
        if (!r) {
            o->source.path = argv[k];
            continue;
        }
        if (r->takes != TAKES_NOTHING && k + 1 == argc)
            return usage("a value is missing after ", argv[k]);
        const int code = take(o, r, r->takes == TAKES_NOTHING ? NULL : argv[++k]);
        if (code != CLI_DONE)
            return code;
    }
    return check(o);
}

void options_help(void)
{
    fputs("usage: cef-meterd CASE --agent K (--agents N | --roster F.csv) --interval I --state FILE [OPTION..]\n\n"
          "Runs the carbon meters of one agent's buses for one interval. Messages to other agents' meters travel\n"
          "through an MQTT 5 broker on this machine; see docs/meters-mqtt.md. Ends when every value is final and the\n"
          "neighbours hold it, with a JSON summary. Exit: 0 certified; 1 data; 2 usage; 3 input/output; 4 memory;\n"
          "5 ended before all values were certified.\n\n",
          stdout);
    for (size_t k = 0; k < CLI_COUNT_OF(rows); k++)
        printf("  %-16s %-6s %s\n", rows[k].name, rows[k].value ? rows[k].value : "", rows[k].help);
}
