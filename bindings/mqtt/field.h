/* SPDX-License-Identifier: Apache-2.0 */
/* All meters of a roll as several agents of this process, through a broker: what `cef meters --transport mqtt` calls.
 */
#ifndef CEF_MQTT_FIELD_H
#define CEF_MQTT_FIELD_H

#include "mqtt.h"

typedef struct {
    const cef_meter_roll *roll;
    mqtt_broker broker;
    cef_index n_bus;
    uint32_t n_agents; /* 1 .. n_bus: equal ranges of positions */
    uint64_t seed;     /* of reconnection's jitter */
    double tolerance;
    int64_t deadline_ms; /* 0 none */
    int32_t relax_only;
} mqtt_field_options;

/* Runs until every value is final, or the deadline. Each run has an epoch of its own, drawn from the clock, so that it
 * never meets another's messages. intensity, bound, quality [n_bus] as cef_meter_field_read; *info: rounds (of the
 * agent with the most), messages and bytes through the broker, refusals, finals, certified. CEF_ERR_IO (no-broker):
 * nothing was reached within the deadline. */
cef_status mqtt_field_run(const mqtt_field_options *options, double *intensity, double *bound, int32_t *quality,
                          cef_meter_field_info *info, cef_error *error);

#endif /* CEF_MQTT_FIELD_H */
