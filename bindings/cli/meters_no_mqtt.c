/* SPDX-License-Identifier: Apache-2.0 */
/* This cef was built without libmosquitto. */
#include "meters.h"
#include "say.h"

const char meters_library[] = "";

cef_status meters_over_mqtt(const cef_meter_roll *roll, cef_index n_bus, const cli_args *args, double *intensity,
                            double *bound, int32_t *quality, cef_meter_field_info *info, cef_error *error)
{
    (void) roll, (void) n_bus, (void) args, (void) intensity, (void) bound, (void) quality, (void) info;
    return say_set(
        error, CEF_ERR_UNSUPPORTED, "unsupported",
        "this cef was built without libmosquitto and runs meters in its own process only: use --transport inproc");
}
