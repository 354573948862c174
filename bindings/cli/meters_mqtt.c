/* SPDX-License-Identifier: Apache-2.0 */
/* cef meters --transport mqtt. */
#include "field.h"
#include "meters.h"

const char meters_library[] = "; libmosquitto";

cef_status meters_over_mqtt(const cef_meter_roll *roll, cef_index n_bus, const cli_args *args, double *intensity,
                            double *bound, int32_t *quality, cef_meter_field_info *info, cef_error *error)
{
    const cli_value *o = args->option;
    const uint64_t most = n_bus < MQTT_AGENTS ? (uint64_t) n_bus : MQTT_AGENTS, asked = o[OPTION_AGENTS].integer;
    cef_meter_field_options standard;
    cef_meter_field_options_init(&standard, sizeof standard);
    mqtt_field_options options = {.roll = roll,
                                  .n_bus = n_bus,
                                  .n_agents = (uint32_t) (asked < most ? asked : most),
                                  .seed = o[OPTION_SEED].integer,
                                  .tolerance = standard.tolerance,
                                  .deadline_ms = (int64_t) (1000.0 * o[OPTION_DEADLINE].number),
                                  .relax_only = o[OPTION_RELAX].given};
    CLI_TRY(mqtt_broker_parse(&options.broker, o[OPTION_BROKER].text, error));
    return mqtt_field_run(&options, intensity, bound, quality, info, error);
}
