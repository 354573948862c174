/* SPDX-License-Identifier: Apache-2.0 */
/* Topics: PREFIX/v1/EPOCH/INTERVAL/ then
 *
 *   it/TO/FROM          packs of iterates between two agents, latest wins; FROM = TO: an agent's echo to itself
 *   fin/TO/FROM/PAGE    final values, retained
 *   status/AGENT        an agent's status, retained; its last will
 *
 * and beside the epochs, so that agents of different ones see each other: PREFIX/v1/hello/INTERVAL/AGENT/EPOCH,
 * retained.
 *
 * The sender is the last name of an agent, so that a broker's rules can bind it to who is connected.
 */
#ifndef CEF_MQTT_TOPIC_H
#define CEF_MQTT_TOPIC_H

#include "mqtt.h"

typedef enum { TOPIC_ITERATES, TOPIC_FINALS, TOPIC_STATUS, TOPIC_HELLO, TOPIC_OTHER } topic_kind;

typedef struct {
    topic_kind kind;
    uint32_t to, from, page;
    uint32_t epoch; /* of a hello; the space's in all others */
} topic_name;

/* Writes a topic; to, page or epoch UINT32_MAX: the wildcard `+`. The longest fits MQTT_TOPIC. */
void topic_write(char out[MQTT_TOPIC], const mqtt_space *space, topic_name name);
/* Reads a topic of this space; kind TOPIC_OTHER if it is none. */
topic_name topic_read(const mqtt_space *space, const char *topic);

#endif /* CEF_MQTT_TOPIC_H */
