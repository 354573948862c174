/* SPDX-License-Identifier: Apache-2.0 */
/* What comes in through the broker: refused and counted unless it is what its topic says, for a meter here. */
#include "border.h"

#include <stdlib.h>
#include <string.h>

static void echo(mqtt_agent *a, const pack_reader *pack)
{
    (void) pack;
    if (a->echo_sent == 0)
        return;
    const int64_t now = mqtt_now();
    a->counts.echo_ms = now - a->echo_sent;
    a->echo_sent = 0;
    a->echo_at = now + ECHO_EVERY;
    a->reads_confirmed = true;
}

/* Our own status as the broker has it. A later start than ours means that another process runs this agent, or that our
 * count of starts was lost: what we say would be refused as old. An earlier one was a will that came late. */
static void own_status(mqtt_agent *a, const link_arrival *arrival)
{
    static const char key[] = "\"boot\": ";
    char text[128] = "";
    memcpy(text, arrival->bytes, arrival->length < sizeof text ? arrival->length : sizeof text - 1);
    const char *at = strstr(text, key);
    const unsigned long boot = at ? strtoul(at + sizeof key - 1, NULL, 10) : 0;
    if (boot > a->options.boot && boot < UINT32_MAX)
        a->superseded_by = (uint32_t) boot;
    else if (boot < a->options.boot)
        a->status_at = 0;
}

/* The line that the message comes by, NULL: none that we know. */
static line *find_line(mqtt_agent *a, const neighbour *from, const cef_meter_message *m)
{
    for (int32_t k = from->first_line; k < from->first_line + from->n_lines; k++) {
        line *l = &a->line[k];
        if (l->number == m->link && l->peer == m->from && a->bus[l->meter] == (cef_index) m->to)
            return l;
    }
    return NULL;
}

/* An agent speaks for its own buses only, and to ours. */
static void hear_message(mqtt_agent *a, neighbour *from, const uint8_t *bytes, size_t length, bool live)
{
    const mqtt_roster *roster = a->options.roster;
    cef_meter_message m;
    cef_meter_verdict verdict = cef_meter_decode(bytes, length, &m);
    if (verdict != CEF_METER_ACCEPTED) {
        a->refused[verdict]++;
        return;
    }
    if (m.from >= (uint32_t) roster->n_bus || roster->owner[m.from] != from->agent ||
        m.to >= (uint32_t) roster->n_bus || a->meter_of[m.to] < 0) {
        a->counts.guards.wrong_sender++;
        return;
    }
    line *l = find_line(a, from, &m);
    if (l && l->heard_final && !live)
        return; /* a page holds what was said before, too */
    if (cef_meter_receive(a->meter[a->meter_of[m.to]], bytes, length) != CEF_METER_ACCEPTED)
        return; /* counted by the meter */
    a->counts.heard++;
    a->stirred = true;
    if (l) {
        l->heard = true;
        l->heard_final = l->heard_final || (m.flags & CEF_METER_FINAL);
    }
    from->heard = from->heard || live;
    from->asked = from->asked || (live && (m.flags & CEF_METER_ASKS));
}

/* Whoever computes with other settings computes something else: nothing of it is taken. A retained page may be what an
 * earlier run left; only what is said now contradicts. */
static bool agree(mqtt_agent *a, const pack_reader *pack, bool live)
{
    if (pack->settings == a->options.settings) {
        a->agrees = true;
        return true;
    }
    a->counts.guards.other_settings++;
    if (live && a->contradicted_at == 0) {
        a->contradicted_at = mqtt_now();
        a->other_agent = pack->agent;
        a->other_settings = pack->settings;
        a->status_at = 0;
    }
    return false;
}

void agent_hear(mqtt_agent *a, const link_arrival *arrival)
{
    agent_refusals *guards = &a->counts.guards;
    pack_reader pack;
    const topic_name topic = topic_read(&a->options.space, arrival->topic);
    if (topic.kind == TOPIC_STATUS && topic.from == a->options.agent) {
        own_status(a, arrival);
        return;
    }
    if (topic.kind == TOPIC_HELLO) {
        hello_hear(a, &topic, arrival);
        return;
    }
    if (topic.kind == TOPIC_OTHER || topic.kind == TOPIC_STATUS || topic.to != a->options.agent) {
        guards->wrong_topic++;
        return;
    }
    if (arrival->length > MQTT_PAYLOAD) {
        guards->oversize++;
        return;
    }
    if (!pack_open(&pack, arrival->bytes, arrival->length)) {
        guards->malformed++;
        return;
    }
    if (pack.agent != topic.from) {
        guards->wrong_sender++;
        return;
    }
    if (topic.from == a->options.agent) {
        echo(a, &pack);
        return;
    }
    neighbour *from = border_find(a, topic.from);
    const uint8_t kind = topic.kind == TOPIC_FINALS ? PACK_FINALS : PACK_ITERATES;
    if (!from || pack.kind != kind) {
        ++*(from ? &guards->malformed : &guards->wrong_sender);
        return;
    }
    if (!agree(a, &pack, topic.kind == TOPIC_ITERATES))
        return;
    size_t length = 0;
    for (const uint8_t *m = pack_next(&pack, &length); m; m = pack_next(&pack, &length))
        hear_message(a, from, m, length, topic.kind == TOPIC_ITERATES);
}
