/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room meter: the meter as a state machine, its messages, and a grid's meters in one process. */
#ifndef CEF_METER_METER_H
#define CEF_METER_METER_H

#include <cef/meter.h>

#include "run/run.h"

#define METER_MAX_MW 1e12
#define METER_MAX_SUM 1e18 /* MW of any sum */

/* ---- messages ---- */

/* A message whose lists lie elsewhere: what is sent need not be gathered first. */
typedef struct {
    const cef_meter_message *head; /* its counts rule; its own lists are not read */
    const cef_meter_fact *fact;
    const cef_meter_item *item;
    const cef_meter_result *result;
} message_view;

size_t message_encode(const message_view *m, uint8_t *bytes, size_t size);
cef_meter_verdict message_decode(const uint8_t *bytes, size_t length, cef_meter_message *message);
const char *message_verdict_name(cef_meter_verdict verdict);

#endif /* CEF_METER_METER_H */
