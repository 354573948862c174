/* SPDX-License-Identifier: Apache-2.0 */
/* Carbon meters over an MQTT 5 broker (docs/meters-mqtt.md). Public headers of libcef and libmosquitto only.
 *
 *   mqtt.h    limits, faults, the broker's address    roster.h  which agent owns which bus
 *   link.h    one connection that comes back          agent.h   the meters of one agent, between grid and broker
 *   topic.h   topics, written and read                boot.h    a counter that a restart does not reach
 *   pack.h    many messages in one payload            field.h   several agents in one process, for `cef meters`
 *   meterd.c, usage.h, settings.h, summary.h          the command cef-meterd; its options are a row of cef's table
 */
#ifndef CEF_MQTT_MQTT_H
#define CEF_MQTT_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cef/meter.h>

enum {
    MQTT_PAYLOAD = 32768, /* most bytes of a payload, sent or accepted */
    MQTT_PACKET = 65536,  /* the broker is told to send us nothing larger */
    MQTT_TOPIC = 192,     /* most bytes of a topic with its final 0 */
    MQTT_PREFIX = 64,     /* most bytes of a prefix with its final 0 */
    MQTT_AGENTS = 100000  /* most agents */
};

#define MQTT_TRY(call)                                                                                                 \
    do {                                                                                                               \
        const cef_status mqtt_try_status = (call);                                                                     \
        if (mqtt_try_status != CEF_OK)                                                                                 \
            return mqtt_try_status;                                                                                    \
    } while (0)

/* Fills *error (may be NULL) as the library does and returns status. */
cef_status mqtt_fail(cef_error *error, cef_status status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
cef_status mqtt_no_memory(cef_error *error, size_t bytes);

typedef struct {
    char host[48]; /* an address of this machine, as digits */
    uint16_t port;
} mqtt_broker;
/* `mqtt://HOST[:PORT]`, HOST localhost, 127.x.y.z or [::1]. Everything else is refused: there is no transport security
 * yet. */
cef_status mqtt_broker_parse(mqtt_broker *broker, const char *url, cef_error *error);

int64_t mqtt_now(void); /* ms of the monotonic clock */

/* What an agent and those around it agree on. */
typedef struct {
    char prefix[MQTT_PREFIX];
    uint32_t epoch, interval;
} mqtt_space;
/* 1 to 63 of A-Z a-z 0-9 _ - and / between them. */
cef_status mqtt_space_check(const mqtt_space *space, cef_error *error);

#endif /* CEF_MQTT_MQTT_H */
