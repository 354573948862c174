/* SPDX-License-Identifier: Apache-2.0 */
/* A case file -> the roll of its meters, as `cef trace` would solve it with the same options. */
#ifndef CEF_MQTT_SOURCE_H
#define CEF_MQTT_SOURCE_H

#include <cef/case.h>

#include "mqtt.h"

typedef struct {
    const char *path, *factors, *fuel_factors;
    int32_t missing; /* CEF_MISSING_* */
    double missing_value;
    int32_t net_parallel;
} source_options;

typedef struct {
    cef_context *ctx;
    cef_case *grid;
    cef_case_info info;
    cef_meter_roll *roll;
} meter_source;

/* Reads, solves (AC) what states no usable flows, prices, makes the roll. source_release also after a failure. */
cef_status source_open(meter_source *source, const source_options *options, cef_error *error);
void source_release(meter_source *source);

#endif /* CEF_MQTT_SOURCE_H */
