/* SPDX-License-Identifier: Apache-2.0 */
/* A counter in a small file that a restart does not reach: how often an agent has started. */
#ifndef CEF_MQTT_BOOT_H
#define CEF_MQTT_BOOT_H

#include "mqtt.h"

/* Reads path (0 if there is none), adds one, writes it beside, flushed, renamed. CEF_ERR_PARSE: not such a file;
 * CEF_ERR_IO. The new count is on disk before the call returns. */
cef_status boot_next(const char *path, uint32_t *boot, cef_error *error);

#endif /* CEF_MQTT_BOOT_H */
