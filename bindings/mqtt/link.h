/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to the broker, MQTT 5, that comes back by itself: exponential backoff with jitter.
 *
 * A connection starts clean and its session ends with it. Nothing that waits in the broker or here for a link that is
 * down would be worth having: only the latest value counts, and whoever comes back asks for it. So a lost connection
 * takes everything under way with it, and memory stays bounded.
 */
#ifndef CEF_MQTT_LINK_H
#define CEF_MQTT_LINK_H

#include "mqtt.h"

enum {
    LINK_IN_FLIGHT = 12, /* most unacknowledged publications of ours */
    LINK_RECEIVE_MAX =
        16,          /* what the broker may have unacknowledged towards us: that many retained pages come at once */
    LINK_TOPICS = 16 /* most topics in one subscription: as many pages as LINK_RECEIVE_MAX lets through */
};

typedef struct {
    const char *topic;
    const uint8_t *bytes;
    size_t length;
    bool retained;
} link_arrival;

typedef struct {
    void *user;
    void (*up)(void *user); /* connected; nothing is subscribed yet */
    void (*arrived)(void *user, const link_arrival *arrival);
    void (*answered)(void *user, uint32_t tag, uint8_t reason); /* a publication of QoS 1: MQTT's reason code */
    void (*subscribed)(void *user, uint32_t tag, int n_denied);
} link_events;

typedef struct {
    mqtt_broker broker;
    char client_id[MQTT_TOPIC];
    char will_topic[MQTT_TOPIC];
    char will[128]; /* retained under will_topic if the connection breaks */
    uint64_t seed;  /* of the jitter */
    int keepalive_s;
    link_events events;
} link_options;

typedef struct {
    int64_t connections, refused, lost; /* refused by the broker or the host; lost after they stood */
    int64_t published, published_bytes; /* payloads handed to the connection */
    int64_t arrived, arrived_bytes;
    int64_t publish_denied, subscribe_denied; /* reason codes from 0x80 on */
    int64_t publish_failed;                   /* refused on this side: too large for the broker, no retained messages */
    int64_t held_back;                        /* not sent because the broker did not read */
    uint8_t last_reason;                      /* the last code from 0x80 on, 0 none */
} link_counts;

typedef struct mqtt_link mqtt_link;

/* options are copied. Does not connect yet. */
cef_status link_create(const link_options *options, mqtt_link **out, cef_error *error);
void link_destroy(mqtt_link *link); /* breaks the connection, if any: the broker publishes the will */

/* For poll: the socket (-1 none), whether it waits for room to write, and when link_service is due (ms, mqtt_now). */
int link_socket(const mqtt_link *link);
bool link_wants_write(const mqtt_link *link);
int64_t link_due(const mqtt_link *link);
/* Connects, reads, writes, keeps alive; events are called from here. */
void link_service(mqtt_link *link, int64_t now);

bool link_is_up(const mqtt_link *link);
/* Another connection took this client id: two processes run one agent. The link stays down. */
bool link_taken_over(const mqtt_link *link);
const link_counts *link_count(const mqtt_link *link);
/* Bytes that a payload may have on this connection. */
size_t link_payload(const mqtt_link *link);

/* The socket takes more and a publication of QoS 1 may go out. */
bool link_can_send(mqtt_link *link);
bool link_can_flight(const mqtt_link *link);
int link_in_flight(const mqtt_link *link);

typedef struct {
    const char *topic;
    const uint8_t *bytes;
    size_t length;
    uint32_t tag;      /* of the answer, QoS 1 */
    uint32_t expiry_s; /* 0: never */
    bool once, retain; /* once: QoS 1, else 0 */
} link_message;
bool link_publish(mqtt_link *link, const link_message *message);
/* QoS for all; at most LINK_TOPICS. Retained messages are sent each time. */
bool link_subscribe(mqtt_link *link, char *const topics[], int n_topics, int qos, uint32_t tag);
/* A clean end: no will. Further service does nothing. */
void link_close(mqtt_link *link);

#endif /* CEF_MQTT_LINK_H */
