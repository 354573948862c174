/* SPDX-License-Identifier: Apache-2.0 */
/* What an agent leaves: `bus{id,intensity,bound,quality,final,certified}`, `agent{..}`. */
#ifndef CEF_MQTT_SUMMARY_H
#define CEF_MQTT_SUMMARY_H

#include "agent.h"
#include "source.h"

typedef struct {
    const meter_source *source;
    mqtt_agent *agent;
    const char *ended; /* "done", "stopped", "late" */
    const char *output;
    uint32_t number, boot, epoch, interval;
} summary;

cef_status summary_write(const summary *s, cef_error *error);

#endif /* CEF_MQTT_SUMMARY_H */
