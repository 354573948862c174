/* SPDX-License-Identifier: Apache-2.0 */
/* cef meters over a broker: meters_mqtt.c where libmosquitto is built in, else meters_no_mqtt.c. */
#ifndef CEF_CLI_METERS_H
#define CEF_CLI_METERS_H

#include "args.h"

/* Runs the roll's n_bus meters as agents of this process: intensity, bound, quality [n_bus]. */
cef_status meters_over_mqtt(const cef_meter_roll *roll, cef_index n_bus, const cli_args *args, double *intensity,
                            double *bound, int32_t *quality, cef_meter_field_info *info, cef_error *error);

#endif /* CEF_CLI_METERS_H */
