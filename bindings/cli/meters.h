/* SPDX-License-Identifier: Apache-2.0 */
/* cef meters: meters.c runs and reports, meters_text.c is the table for people, meters_mqtt.c (where libmosquitto is
 * built in, else meters_no_mqtt.c) runs them over a broker. */
#ifndef CEF_CLI_METERS_H
#define CEF_CLI_METERS_H

#include <cef/meter.h>

#include "trace.h"

enum { METERS_QUALITIES = CEF_QUALITY_UNDEFINED + 1 };

typedef struct {
    trace_job trace; /* case, flows, factors, settings */
    cef_meter_roll *roll;
    cef_meter_field *field;
    cef_meter_field_options options;
    cef_meter_roll_info about;
    cef_meter_field_info info;
    double *intensity, *bound;                  /* [n_bus] */
    uint8_t *quality;                           /* [n_bus] */
    const char *quality_name[METERS_QUALITIES]; /* by CEF_QUALITY_* */
    bool certified;
    table bus;
} meters_job;

bool meters_use_broker(const meters_job *job);
/* tCO2/MWh that a certified value's bound does not exceed. */
double meters_promise(const meters_job *job);
/* The table for people, of a meters_job. */
cef_status meters_text(out_file *out, void *job, cef_error *error);

/* For --version: "; libmosquitto" or nothing. */
extern const char meters_library[];
/* Runs the roll's n_bus meters as agents of this process: intensity, bound, quality [n_bus]. */
cef_status meters_over_mqtt(const cef_meter_roll *roll, cef_index n_bus, const cli_args *args, double *intensity,
                            double *bound, int32_t *quality, cef_meter_field_info *info, cef_error *error);

#endif /* CEF_CLI_METERS_H */
