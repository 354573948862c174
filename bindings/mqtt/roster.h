/* SPDX-License-Identifier: Apache-2.0 */
/* Which agent owns which bus: every agent of an epoch must be given the same. */
#ifndef CEF_MQTT_ROSTER_H
#define CEF_MQTT_ROSTER_H

#include <cef/case.h>

#include "mqtt.h"

typedef struct {
    uint32_t *owner; /* [n_bus] */
    cef_index n_bus;
    uint32_t n_agents;
} mqtt_roster;

/* Agent k owns the positions from k n_bus / n_agents up to those of k + 1. 1 <= n_agents <= n_bus. */
cef_status roster_ranges(mqtt_roster *roster, cef_index n_bus, uint32_t n_agents, cef_error *error);
/* A CSV file with header `bus,agent` and one line for every bus of the case; agents 0 .. n - 1, each with a bus. */
cef_status roster_read(mqtt_roster *roster, const cef_case *grid, const char *path, cef_error *error);
/* CEF_ERR_ARGUMENT if there is no such agent. */
cef_status roster_check(const mqtt_roster *roster, uint32_t agent, cef_error *error);
void roster_release(mqtt_roster *roster);

#endif /* CEF_MQTT_ROSTER_H */
