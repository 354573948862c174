/* SPDX-License-Identifier: Apache-2.0 */
/* Usage of cef-meterd. */
#include "usage.h"

#include "../cli/folder.h"
#include "../cli/say.h"
#include "../cli/trace.h"
#include "mqtt.h"

static int check_ranges(const cli_args *args)
{
    static const struct {
        cli_option_id option;
        double least, most;
    } ranges[] = {{OPTION_AGENT, 0, MQTT_AGENTS - 1},   {OPTION_TEAM, 1, MQTT_AGENTS},
                  {OPTION_INTERVAL, 0, UINT32_MAX - 1}, {OPTION_EPOCH, 0, UINT32_MAX - 1},
                  {OPTION_ROUND_MS, 1, 60000},          {OPTION_LINGER, 0, 1e6},
                  {OPTION_TIME_LIMIT, 0, 1e7},          {OPTION_CERTIFY, 0, 1},
                  {OPTION_KEEPALIVE, 5, 3600},          {OPTION_EXPIRY, 1, UINT32_MAX - 1}};
    for (size_t k = 0; k < CLI_COUNT_OF(ranges); k++) {
        const cli_option *option = &cli_options[ranges[k].option];
        const cli_value *value = &args->option[ranges[k].option];
        const double number = option->kind == TAKES_INTEGER ? (double) value->integer : value->number;
        if (value->given && (number < ranges[k].least || number > ranges[k].most))
            return say_usage(VERB_METERD, "--%s cannot be %s: it takes %.15g to %.15g", option->name, value->text,
                             ranges[k].least, ranges[k].most);
    }
    return CLI_DONE;
}

static int check_required(const cli_args *args)
{
    static const cli_option_id required[] = {OPTION_AGENT, OPTION_INTERVAL, OPTION_STATE};
    const cli_value *o = args->option;
    for (size_t k = 0; k < CLI_COUNT_OF(required); k++)
        if (!o[required[k]].given)
            return say_usage(VERB_METERD, "--%s is missing", cli_options[required[k]].name);
    if (o[OPTION_TEAM].given == o[OPTION_ROSTER].given)
        return say_usage(VERB_METERD, "one of --agents N and --roster F.csv must say who owns which bus");
    return CLI_DONE;
}

int usage_check(const cli_args *args)
{
    const char *output = args->option[OPTION_OUTPUT].text;
    const int required = check_required(args);
    if (required != CLI_DONE)
        return required;
    if (output && path_is_folder(output))
        return say_usage(VERB_METERD, "--output %s is a folder: the summary is a file", output);
    const int ranges = check_ranges(args);
    return ranges != CLI_DONE ? ranges : trace_check_usage(args);
}
