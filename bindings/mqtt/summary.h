/* SPDX-License-Identifier: Apache-2.0 */
/* What an agent leaves: `bus{id,intensity,bound,quality,final,certified}`, `agent{..}`. */
#ifndef CEF_MQTT_SUMMARY_H
#define CEF_MQTT_SUMMARY_H

#include "agent.h"
#include <cef/case.h>

typedef struct {
    const cef_case *grid;
    bool numeric; /* all bus ids are numbers */
    mqtt_agent *agent;
    const char *ended; /* "done", "stopped", "late", "taken-over", "contradicted" */
    const char *output;
    uint32_t number, boot, epoch, interval, settings;
} summary;

cef_status summary_write(const summary *s, cef_error *error);

#endif /* CEF_MQTT_SUMMARY_H */
