/* SPDX-License-Identifier: Apache-2.0 */
/* Many messages in one payload, little-endian: "CEFP", version 1, kind, number of messages (2 bytes), sending agent
 * (4 bytes), its settings (4 bytes: see settings.h); then each message after its length (2 bytes). MAC and signature
 * belong to the messages, which have room for them. */
#ifndef CEF_MQTT_PACK_H
#define CEF_MQTT_PACK_H

#include "mqtt.h"

enum { PACK_VERSION = 1, PACK_HEAD = 16, PACK_ITERATES = 1, PACK_FINALS = 2, PACK_ECHO = 3 };

typedef struct {
    uint8_t *bytes;
    size_t used, size;
} pack_writer;

void pack_begin(pack_writer *w, uint8_t *bytes, size_t size, uint8_t kind, uint32_t agent,
                uint32_t settings);                                   /* size >= PACK_HEAD */
bool pack_add(pack_writer *w, const uint8_t *message, size_t length); /* false: no room; nothing was written */
uint16_t pack_count(const pack_writer *w);

typedef struct {
    const uint8_t *at, *end;
    uint32_t agent, settings;
    uint16_t left;
    uint8_t kind;
} pack_reader;

/* Checks the whole payload: false if its head or any length is wrong, or bytes are left over. */
bool pack_open(pack_reader *r, const uint8_t *bytes, size_t length);
/* The next message of an opened pack; NULL after the last. */
const uint8_t *pack_next(pack_reader *r, size_t *length);

#endif /* CEF_MQTT_PACK_H */
