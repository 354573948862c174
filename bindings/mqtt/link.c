/* SPDX-License-Identifier: Apache-2.0 */
/* One connection over libmosquitto. Each attempt has a client handle of its own: nothing queued outlives a connection.
 */
#include "link.h"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_DELAY = 50,     /* ms of backoff, doubled .. */
    LAST_DELAY = 4000,    /* .. up to */
    OPENING_LIMIT = 5000, /* ms that a broker may take to greet */
    STANDING = 2000,      /* ms after which a connection counts as good: backoff starts anew */
    MISC_EVERY = 500,     /* ms between keep-alive checks */
    READS = 256,          /* packets read in one service */
    HEADER = 512          /* bytes of a packet that are not payload, at most */
};

typedef enum { LINK_DOWN, LINK_OPENING, LINK_UP, LINK_CLOSED } link_state;

typedef struct {
    int mid;
    uint32_t tag;
    bool used;
} waiting;

struct mqtt_link {
    link_options options;
    struct mosquitto *client;
    link_state state;
    bool broken, taken_over;
    int failures;
    int64_t since, due;
    uint64_t random;
    size_t payload;
    link_counts counts;
    waiting flight[LINK_IN_FLIGHT];
    waiting subscription;
};

/* ---- events of libmosquitto ---- */

static void note_reason(mqtt_link *link, int reason, int64_t *count)
{
    if (reason < 0x80)
        return;
    ++*count;
    link->counts.last_reason = (uint8_t) reason;
}

static void on_connect(struct mosquitto *client, void *user, int reason, int flags,
                       const mosquitto_property *properties)
{
    (void) client, (void) flags;
    mqtt_link *link = user;
    uint32_t packet = MQTT_PACKET;
    if (reason != 0) {
        note_reason(link, reason, &(int64_t){0});
        link->broken = true;
        return;
    }
    mosquitto_property_read_int32(properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, &packet, false);
    link->payload = packet < HEADER ? 0 : packet - HEADER < MQTT_PAYLOAD ? packet - HEADER : MQTT_PAYLOAD;
    link->state = LINK_UP;
    link->since = mqtt_now();
    link->counts.connections++;
    link->options.events.up(link->options.events.user);
}

static void on_disconnect(struct mosquitto *client, void *user, int reason, const mosquitto_property *properties)
{
    (void) client, (void) properties;
    mqtt_link *link = user;
    note_reason(link, reason, &(int64_t){0});
    link->taken_over = link->taken_over || reason == MQTT_RC_SESSION_TAKEN_OVER;
    link->broken = true;
}

static void on_message(struct mosquitto *client, void *user, const struct mosquitto_message *m,
                       const mosquitto_property *properties)
{
    (void) client, (void) properties;
    mqtt_link *link = user;
    const link_arrival arrival = {
        .topic = m->topic, .bytes = m->payload, .length = (size_t) m->payloadlen, .retained = m->retain};
    link->counts.arrived++;
    link->counts.arrived_bytes += m->payloadlen;
    link->options.events.arrived(link->options.events.user, &arrival);
}

static void on_publish(struct mosquitto *client, void *user, int mid, int reason, const mosquitto_property *properties)
{
    (void) client, (void) properties;
    mqtt_link *link = user;
    for (int k = 0; k < LINK_IN_FLIGHT; k++) {
        waiting *w = &link->flight[k];
        if (!w->used || w->mid != mid)
            continue;
        w->used = false;
        note_reason(link, reason, &link->counts.publish_denied);
        link->options.events.answered(link->options.events.user, w->tag, (uint8_t) reason);
    }
}

static void on_subscribe(struct mosquitto *client, void *user, int mid, int n, const int *granted,
                         const mosquitto_property *properties)
{
    (void) client, (void) properties;
    mqtt_link *link = user;
    waiting *w = &link->subscription;
    if (!w->used || w->mid != mid)
        return;
    const int64_t before = link->counts.subscribe_denied;
    for (int k = 0; k < n; k++)
        note_reason(link, granted[k], &link->counts.subscribe_denied);
    w->used = false;
    link->options.events.subscribed(link->options.events.user, w->tag, (int) (link->counts.subscribe_denied - before));
}

/* ---- connecting and losing ---- */

/* splitmix64: jitter needs no more. */
static double chance(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double) ((z ^ z >> 31) >> 11) * 0x1p-53;
}

static void lose(mqtt_link *link, int64_t now)
{
    const bool stood = link->state == LINK_UP;
    ++*(stood ? &link->counts.lost : &link->counts.refused);
    link->failures = stood && now - link->since >= STANDING ? 0 : link->failures + 1;
    mosquitto_destroy(link->client);
    link->client = NULL;
    link->broken = false;
    memset(link->flight, 0, sizeof link->flight);
    link->subscription.used = false;
    const int doublings = link->failures < 12 ? link->failures : 12;
    const int64_t delay = (int64_t) FIRST_DELAY << doublings;
    const double jitter = 0.5 + 0.5 * chance(&link->random);
    link->state = link->taken_over ? LINK_CLOSED : LINK_DOWN;
    link->due = now + (int64_t) (jitter * (double) (delay < LAST_DELAY ? delay : LAST_DELAY));
}

static bool configure(mqtt_link *link)
{
    const link_options *o = &link->options;
    struct mosquitto *c = link->client;
    mosquitto_connect_v5_callback_set(c, on_connect);
    mosquitto_disconnect_v5_callback_set(c, on_disconnect);
    mosquitto_message_v5_callback_set(c, on_message);
    mosquitto_publish_v5_callback_set(c, on_publish);
    mosquitto_subscribe_v5_callback_set(c, on_subscribe);
    return mosquitto_int_option(c, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5) == MOSQ_ERR_SUCCESS &&
           mosquitto_int_option(c, MOSQ_OPT_RECEIVE_MAXIMUM, LINK_RECEIVE_MAX) == MOSQ_ERR_SUCCESS &&
           mosquitto_int_option(c, MOSQ_OPT_TCP_NODELAY, 1) == MOSQ_ERR_SUCCESS &&
           (!o->will_topic[0] ||
            mosquitto_will_set_v5(c, o->will_topic, (int) strlen(o->will), o->will, 1, true, NULL) == MOSQ_ERR_SUCCESS);
}

static bool greet(mqtt_link *link)
{
    mosquitto_property *properties = NULL;
    int rc = mosquitto_property_add_int32(&properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, MQTT_PACKET);
    if (rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, 0);
    if (rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_connect_bind_v5(link->client, link->options.broker.host, link->options.broker.port,
                                       link->options.keepalive_s, NULL, properties);
    mosquitto_property_free_all(&properties);
    return rc == MOSQ_ERR_SUCCESS;
}

static void connect_again(mqtt_link *link, int64_t now)
{
    link->client = mosquitto_new(link->options.client_id, true, link);
    link->state = LINK_OPENING;
    link->since = now;
    link->due = now + MISC_EVERY;
    if (!link->client || !configure(link) || !greet(link))
        lose(link, now);
}

/* ---- the door ---- */

cef_status link_create(const link_options *options, mqtt_link **out, cef_error *error)
{
    *out = NULL;
    mqtt_link *link = calloc(1, sizeof *link);
    if (!link)
        return mqtt_no_memory(error, sizeof *link);
    if (mosquitto_lib_init() != MOSQ_ERR_SUCCESS) {
        free(link);
        return mqtt_fail(error, CEF_ERR_MEMORY, "memory", "libmosquitto does not start");
    }
    link->options = *options;
    link->random = options->seed;
    *out = link;
    return CEF_OK;
}

void link_destroy(mqtt_link *link)
{
    if (!link)
        return;
    mosquitto_destroy(link->client);
    mosquitto_lib_cleanup();
    free(link);
}

int link_socket(const mqtt_link *link) { return link->client ? mosquitto_socket(link->client) : -1; }
bool link_wants_write(const mqtt_link *link) { return link->client && mosquitto_want_write(link->client); }
int64_t link_due(const mqtt_link *link) { return link->state == LINK_CLOSED ? INT64_MAX : link->due; }
bool link_is_up(const mqtt_link *link) { return link->state == LINK_UP && !link->broken; }
bool link_taken_over(const mqtt_link *link) { return link->taken_over; }
const link_counts *link_count(const mqtt_link *link) { return &link->counts; }
size_t link_payload(const mqtt_link *link) { return link->payload; }

static short ready(const mqtt_link *link)
{
    struct pollfd p = {.fd = link_socket(link), .events = POLLIN};
    if (link_wants_write(link))
        p.events |= POLLOUT;
    return p.fd >= 0 && poll(&p, 1, 0) > 0 ? p.revents : 0;
}

/* Up to READS packets. A closed connection shows as a failed read. */
static void move_bytes(mqtt_link *link)
{
    for (int k = 0; k < READS && !link->broken; k++) {
        const short now = ready(link);
        if (!now)
            return;
        if ((now & ~POLLOUT) && mosquitto_loop_read(link->client, 1) != MOSQ_ERR_SUCCESS)
            link->broken = true;
        if (!link->broken && (now & POLLOUT) && mosquitto_loop_write(link->client, 1) != MOSQ_ERR_SUCCESS)
            link->broken = true;
    }
}

void link_service(mqtt_link *link, int64_t now)
{
    if (link->state == LINK_CLOSED)
        return;
    if (link->state == LINK_DOWN) {
        if (now >= link->due)
            connect_again(link, now);
        return;
    }
    move_bytes(link);
    if (!link->broken && now >= link->due) {
        link->due = now + MISC_EVERY;
        link->broken = mosquitto_loop_misc(link->client) != MOSQ_ERR_SUCCESS;
    }
    if (link->state == LINK_OPENING && now - link->since > OPENING_LIMIT)
        link->broken = true;
    if (link->broken)
        lose(link, now);
}

int link_in_flight(const mqtt_link *link)
{
    int n = 0;
    for (int k = 0; k < LINK_IN_FLIGHT; k++)
        n += link->flight[k].used;
    return n;
}

bool link_can_flight(const mqtt_link *link) { return link_in_flight(link) < LINK_IN_FLIGHT; }

bool link_can_send(mqtt_link *link)
{
    if (!link_is_up(link))
        return false;
    const bool full = link_wants_write(link);
    link->counts.held_back += full;
    return !full;
}

static waiting *free_flight(mqtt_link *link)
{
    for (int k = 0; k < LINK_IN_FLIGHT; k++)
        if (!link->flight[k].used)
            return &link->flight[k];
    return NULL;
}

bool link_publish(mqtt_link *link, const link_message *m)
{
    waiting *flight = m->once ? free_flight(link) : NULL;
    if (!link_is_up(link) || (m->once && !flight))
        return false;
    mosquitto_property *properties = NULL;
    int mid = 0, rc = MOSQ_ERR_SUCCESS;
    if (m->expiry_s)
        rc = mosquitto_property_add_int32(&properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, m->expiry_s);
    if (rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_publish_v5(link->client, &mid, m->topic, (int) m->length, m->bytes, m->once ? 1 : 0, m->retain,
                                  properties);
    mosquitto_property_free_all(&properties);
    if (rc == MOSQ_ERR_CONN_LOST || rc == MOSQ_ERR_NO_CONN || rc == MOSQ_ERR_ERRNO)
        link->broken = true;
    if (rc != MOSQ_ERR_SUCCESS) {
        link->counts.publish_failed++;
        return false;
    }
    if (flight)
        *flight = (waiting){.mid = mid, .tag = m->tag, .used = true};
    link->counts.published++;
    link->counts.published_bytes += (int64_t) m->length;
    return true;
}

bool link_subscribe(mqtt_link *link, char *const topics[], int n_topics, int qos, uint32_t tag)
{
    int mid = 0;
    if (!link_is_up(link) || link->subscription.used || n_topics < 1 || n_topics > LINK_TOPICS ||
        mosquitto_subscribe_multiple(link->client, &mid, n_topics, topics, qos, 0, NULL) != MOSQ_ERR_SUCCESS)
        return false;
    link->subscription = (waiting){.mid = mid, .tag = tag, .used = true};
    return true;
}

void link_close(mqtt_link *link)
{
    if (link_is_up(link)) {
        mosquitto_disconnect_v5(link->client, MQTT_RC_NORMAL_DISCONNECTION, NULL);
        move_bytes(link);
    }
    mosquitto_destroy(link->client);
    link->client = NULL;
    link->state = LINK_CLOSED;
}
