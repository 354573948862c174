/* SPDX-License-Identifier: Apache-2.0 */
/* Agents of different epochs never meet. So that this is not a silent mistake, each says hello beside the epochs, and
 * looks there for neighbours of which nothing is heard. */
#include "border.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void hello_came_up(mqtt_agent *a)
{
    a->up_at = mqtt_now();
    a->next_sought = 0;
    a->greeted = false;
}

static void say_hello(mqtt_agent *a)
{
    char topic[MQTT_TOPIC], text[192];
    const agent_options *o = &a->options;
    if (a->greeted || !link_can_flight(a->link))
        return;
    topic_write(topic, &o->space, (topic_name){.kind = TOPIC_HELLO, .from = o->agent, .epoch = o->space.epoch});
    snprintf(text, sizeof text, "{\"agent\": %" PRIu32 ", \"epoch\": %" PRIu32 ", \"case\": \"%.64s\"}", o->agent,
             o->space.epoch, o->sha256);
    const link_message message = {.topic = topic,
                                  .bytes = (const uint8_t *) text,
                                  .length = strlen(text),
                                  .tag = TAG_HELLO,
                                  .expiry_s = o->expiry_s,
                                  .once = true,
                                  .retain = true};
    a->greeted = link_publish(a->link, &message);
}

/* Neither heard in this connection nor known by final values. */
static bool is_missing(const mqtt_agent *a, const neighbour *n)
{
    for (int32_t k = n->first_line; k < n->first_line + n->n_lines; k++)
        if (!a->line[k].heard_final)
            return !n->heard;
    return false;
}

bool hello_elsewhere(const mqtt_agent *a, const neighbour *n)
{
    return n->elsewhere_at > 0 && a->served_at - n->elsewhere_at >= ELSEWHERE && !n->here && is_missing(a, n);
}

/* Nothing is asked of the broker while all neighbours speak. */
static void look_around(mqtt_agent *a, int64_t now)
{
    char text[LINK_TOPICS][MQTT_TOPIC];
    char *topics[LINK_TOPICS];
    int n = 0;
    uint32_t k = a->next_sought;
    if (a->subscribing || now - a->up_at < SILENT)
        return;
    for (; k < a->n_neighbours && n < LINK_TOPICS; k++) {
        if (!is_missing(a, &a->neighbour[k]))
            continue;
        const topic_name name = {.kind = TOPIC_HELLO, .from = a->neighbour[k].agent, .epoch = UINT32_MAX};
        topic_write(text[n], &a->options.space, name);
        topics[n] = text[n];
        n++;
    }
    if (n > 0 && !link_subscribe(a->link, topics, n, 0, 0))
        return;
    a->subscribing = n > 0;
    a->next_sought = k;
}

static void tell(mqtt_agent *a)
{
    const agent_options *o = &a->options;
    for (uint32_t k = 0; k < a->n_neighbours && !a->told; k++) {
        char message[384];
        const neighbour *n = &a->neighbour[k];
        if (!hello_elsewhere(a, n))
            continue;
        const bool same = strncmp(n->sha256, o->sha256, sizeof n->sha256 - 1) == 0;
        snprintf(message, sizeof message,
                 "agent %" PRIu32 " announced itself for interval %" PRIu32 " in epoch %" PRIu32
                 " with case %s, agent %" PRIu32 " runs in epoch %" PRIu32
                 " with case %.12s: they never meet. Give both the same %s",
                 n->agent, o->space.interval, n->elsewhere, n->sha256, o->agent, o->space.epoch, o->sha256,
                 same ? "--epoch" : "case file, or another --prefix if they are two runs");
        a->told = true;
        a->status_at = 0;
        if (o->warn)
            o->warn(o->warn_user, "epochs-differ", message);
    }
}

void hello_send(mqtt_agent *a, int64_t now)
{
    if (!a->options.sha256[0])
        return;
    say_hello(a);
    look_around(a, now);
    tell(a);
}

/* What is shown of a SHA-256 in the hello: hexadecimal digits or nothing. */
static void read_case(const link_arrival *arrival, char out[CASE_SHOWN])
{
    static const char key[] = "\"case\": \"";
    char text[192] = "";
    memcpy(text, arrival->bytes, arrival->length < sizeof text ? arrival->length : sizeof text - 1);
    const char *at = strstr(text, key);
    const char *digits = at ? at + sizeof key - 1 : "";
    const size_t n = strspn(digits, "0123456789abcdef");
    snprintf(out, CASE_SHOWN, "%.*s", n < 64 ? 0 : CASE_SHOWN - 1, digits);
}

void hello_hear(mqtt_agent *a, const topic_name *topic, const link_arrival *arrival)
{
    char sha256[CASE_SHOWN];
    neighbour *from = border_find(a, topic->from);
    read_case(arrival, sha256);
    if (!from || !sha256[0]) {
        a->counts.guards.malformed += !sha256[0];
        a->counts.guards.wrong_topic += !from;
        return;
    }
    if (topic->epoch == a->options.space.epoch) {
        from->here = true;
        return;
    }
    memcpy(from->sha256, sha256, sizeof sha256);
    from->elsewhere = topic->epoch;
    from->elsewhere_at = from->elsewhere_at > 0 ? from->elsewhere_at : mqtt_now();
}
