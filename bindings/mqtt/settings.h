/* SPDX-License-Identifier: Apache-2.0 */
/* What all agents of an epoch must agree on, in 32 bits: every pack says it, and a pack of other settings is refused.
 */
#ifndef CEF_MQTT_SETTINGS_H
#define CEF_MQTT_SETTINGS_H

#include "../cli/trace.h"
#include "roster.h"

/* Of the case's SHA-256, how its flows are solved (if they are), every trace setting, the intensity of every unit, load
 * and store, --relax and the roster. Not of solved powers, whose last bits may differ between machines. It tells
 * mistakes from each other; it is no protection against malice. */
uint32_t settings_of(const trace_job *job, const mqtt_roster *roster);

#endif /* CEF_MQTT_SETTINGS_H */
