/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of cef-meterd. */
#ifndef CEF_MQTT_METERD_OPTIONS_H
#define CEF_MQTT_METERD_OPTIONS_H

#include "agent.h"
#include "source.h"

typedef struct {
    source_options source;
    const char *broker, *prefix, *roster, *state, *output;
    uint64_t agent, agents, interval, epoch, seed;
    bool has_agent, has_interval, has_epoch, stay, relax, quiet, help, version;
    double tolerance, linger_s, deadline_s;
    uint64_t round_ms, keepalive_s, expiry_s;
} meterd_options;

/* 0, or 2 after saying why on standard error. */
int options_parse(meterd_options *options, int argc, char **argv);
void options_help(void); /* to standard output */

#endif /* CEF_MQTT_METERD_OPTIONS_H */
