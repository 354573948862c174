/* SPDX-License-Identifier: Apache-2.0 */
/* Topics, written and read. */
#include "topic.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static size_t root(char *out, const mqtt_space *space)
{
    return (size_t) snprintf(out, MQTT_TOPIC, "%.63s/v1/%" PRIu32 "/%" PRIu32 "/", space->prefix, space->epoch,
                             space->interval);
}

static size_t hello_root(char *out, const mqtt_space *space)
{
    return (size_t) snprintf(out, MQTT_TOPIC, "%.63s/v1/hello/%" PRIu32 "/", space->prefix, space->interval);
}

static void level(char *out, const char *lead, uint32_t value)
{
    const size_t used = strlen(out);
    if (value == UINT32_MAX)
        snprintf(out + used, MQTT_TOPIC - used, "%s+", lead);
    else
        snprintf(out + used, MQTT_TOPIC - used, "%s%" PRIu32, lead, value);
}

void topic_write(char out[MQTT_TOPIC], const mqtt_space *space, topic_name name)
{
    if (name.kind == TOPIC_HELLO) {
        hello_root(out, space);
        level(out, "", name.from);
        level(out, "/", name.epoch);
        return;
    }
    root(out, space);
    if (name.kind == TOPIC_STATUS) {
        level(out, "status/", name.from);
        return;
    }
    level(out, name.kind == TOPIC_FINALS ? "fin/" : "it/", name.to);
    level(out, "/", name.from);
    if (name.kind == TOPIC_FINALS)
        level(out, "/", name.page);
}

/* A canonical decimal number at *text, ended by `end`; *text moves past both. */
static bool read_level(const char **text, char end, uint32_t *value)
{
    const char *c = *text;
    uint64_t v = 0;
    if (*c < '0' || *c > '9' || (*c == '0' && c[1] >= '0' && c[1] <= '9'))
        return false;
    for (; *c >= '0' && *c <= '9' && v < UINT32_MAX; c++)
        v = 10 * v + (uint64_t) (*c - '0');
    *value = (uint32_t) v;
    *text = *c ? c + 1 : c;
    return *c == end && v < UINT32_MAX;
}

static bool skip(const char **text, const char *word)
{
    const size_t n = strlen(word);
    if (strncmp(*text, word, n) != 0)
        return false;
    *text += n;
    return true;
}

topic_name topic_read(const mqtt_space *space, const char *topic)
{
    char start[MQTT_TOPIC];
    topic_name t = {.kind = TOPIC_OTHER, .epoch = space->epoch};
    hello_root(start, space);
    if (skip(&topic, start)) {
        t.kind = read_level(&topic, '/', &t.from) && read_level(&topic, 0, &t.epoch) ? TOPIC_HELLO : TOPIC_OTHER;
        return t;
    }
    root(start, space);
    if (!skip(&topic, start))
        return t;
    if (skip(&topic, "it/") && read_level(&topic, '/', &t.to) && read_level(&topic, 0, &t.from))
        t.kind = TOPIC_ITERATES;
    else if (skip(&topic, "fin/") && read_level(&topic, '/', &t.to) && read_level(&topic, '/', &t.from) &&
             read_level(&topic, 0, &t.page))
        t.kind = TOPIC_FINALS;
    else if (skip(&topic, "status/") && read_level(&topic, 0, &t.from))
        t.kind = TOPIC_STATUS;
    return t;
}
