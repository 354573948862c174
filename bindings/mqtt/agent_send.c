/* SPDX-License-Identifier: Apache-2.0 */
/* What goes out. Nothing rests on its delivery: what changed is said at once, what did not is said again with growing
 * pauses until the neighbour holds it, final values stay in the broker for those who come late. */
#include "border.h"

#include <string.h>

static int32_t doubled(int32_t delay, int32_t first, int32_t last)
{
    return delay == 0 ? first : delay > last / 2 ? last : 2 * delay;
}

/* ---- a new connection knows nothing ---- */

void agent_came_up(mqtt_agent *a)
{
    a->next_subscription = 0;
    a->subscribing = false;
    a->reads_confirmed = false;
    a->ask_at = 0;
    a->ask = 0;
    a->echo_at = a->echo_sent = 0;
    a->status_at = 0;
    for (uint32_t k = 0; k < a->n_neighbours; k++) {
        neighbour *to = &a->neighbour[k];
        to->repeat = 0;
        to->repeat_at = to->probe_at = 0;
        to->probing = to->heard = false;
    }
    for (int32_t k = 0; k < a->n_pages; k++)
        a->page[k] = (page){.dirty = true, .denied = a->page[k].denied};
    for (int32_t k = 0; k < a->n_lines; k++)
        a->line[k].changed = a->line[k].talks;
    hello_came_up(a);
    a->stirred = true; /* a round refreshes what is said */
}

/* ---- subscriptions: our iterates, then the neighbours' final pages, a few at a time ---- */

static bool misses_final(const mqtt_agent *a, const neighbour *from, int32_t number)
{
    const int32_t first = number * PAGE_LINES,
                  end = from->n_lines < first + PAGE_LINES ? from->n_lines : first + PAGE_LINES;
    for (int32_t k = first; k < end; k++)
        if (!a->line[from->first_line + k].heard_final)
            return true;
    return false;
}

/* Number 0 is what is sent to us, 1 + k the k-th page. Returns how many topics were written; *next is the first not
 * looked at.
 */
static int list_topics(const mqtt_agent *a, int32_t *next, char text[LINK_TOPICS][MQTT_TOPIC])
{
    int n = 0;
    const mqtt_space *space = &a->options.space;
    if (*next == 0) {
        topic_write(text[0], space, (topic_name){.kind = TOPIC_ITERATES, .to = a->options.agent, .from = UINT32_MAX});
        topic_write(text[1], space, (topic_name){.kind = TOPIC_STATUS, .from = a->options.agent});
        *next = 1;
        return 2;
    }
    for (uint32_t k = 0; k < a->n_neighbours && n < LINK_TOPICS; k++) {
        const neighbour *from = &a->neighbour[k];
        for (int32_t p = 0; p < from->n_pages && n < LINK_TOPICS; p++) {
            if (1 + from->first_page + p < *next)
                continue;
            *next = 2 + from->first_page + p;
            if (misses_final(a, from, p))
                topic_write(
                    text[n++], space,
                    (topic_name){
                        .kind = TOPIC_FINALS, .to = a->options.agent, .from = from->agent, .page = (uint32_t) p});
        }
    }
    if (n == 0)
        *next = 1 + a->n_pages;
    return n;
}

static void subscribe(mqtt_agent *a, int64_t now)
{
    char text[LINK_TOPICS][MQTT_TOPIC];
    char *topics[LINK_TOPICS];
    if (a->next_subscription > a->n_pages && now >= a->ask_at && a->n_pages > 0) {
        a->next_subscription = 1; /* retained pages can have been lost on their way: ask again for what misses */
        a->ask = doubled(a->ask, FIRST_ASK, LAST_ASK);
        a->ask_at = now + a->ask;
    }
    if (a->subscribing || a->next_subscription < 0 || a->next_subscription > a->n_pages)
        return;
    const int qos = a->next_subscription == 0 ? 0 : 1;
    int32_t next = a->next_subscription;
    const int n = list_topics(a, &next, text);
    for (int k = 0; k < n; k++)
        topics[k] = text[k];
    if (n > 0 && !link_subscribe(a->link, topics, n, qos, (uint32_t) next))
        return;
    a->subscribing = n > 0;
    a->next_subscription = next;
}

void agent_subscribed(mqtt_agent *a, uint32_t tag, int n_denied)
{
    (void) tag;
    a->subscribing = false;
    if (n_denied > 0)
        a->status_at = 0;
}

/* ---- iterates ---- */

static bool has_news(const mqtt_agent *a, const neighbour *to)
{
    for (int32_t k = to->first_line; k < to->first_line + to->n_lines; k++)
        if (a->line[k].talks && a->line[k].changed)
            return true;
    return false;
}

static bool talks(const mqtt_agent *a, const neighbour *to)
{
    for (int32_t k = to->first_line; k < to->first_line + to->n_lines; k++)
        if (a->line[k].talks)
            return true;
    return false;
}

static bool publish_iterates(mqtt_agent *a, neighbour *to, const pack_writer *pack, int64_t now)
{
    char topic[MQTT_TOPIC];
    topic_write(topic, &a->options.space,
                (topic_name){.kind = TOPIC_ITERATES, .to = to->agent, .from = a->options.agent});
    const bool probe = !to->probing && now >= to->probe_at && link_can_flight(a->link);
    const link_message message = {.topic = topic,
                                  .bytes = pack->bytes,
                                  .length = pack->used,
                                  .tag = TAG_PROBE + 8 * (uint32_t) (to - a->neighbour),
                                  .expiry_s = 10,
                                  .once = probe};
    if (!link_publish(a->link, &message))
        return false;
    a->counts.packs++;
    a->counts.messages += pack_count(pack);
    to->probing = to->probing || probe;
    return true;
}

/* All that talks, or only what changed. Payloads follow each other where one does not hold it. */
static void say(mqtt_agent *a, neighbour *to, bool all, int64_t now)
{
    pack_writer pack;
    const size_t room = link_payload(a->link);
    if (room < PACK_HEAD + 2 + CEF_METER_MESSAGE_BYTES)
        return;
    pack_begin(&pack, a->payload, room, PACK_ITERATES, a->options.agent, a->options.settings);
    for (int32_t k = to->first_line; k < to->first_line + to->n_lines; k++) {
        line *l = &a->line[k];
        if (!l->talks || !(all || l->changed))
            continue;
        if (!pack_add(&pack, l->bytes, l->length)) {
            if (!publish_iterates(a, to, &pack, now))
                return;
            pack_begin(&pack, a->payload, room, PACK_ITERATES, a->options.agent, a->options.settings);
            pack_add(&pack, l->bytes, l->length);
        }
        l->changed = false;
    }
    if (pack_count(&pack) > 0)
        publish_iterates(a, to, &pack, now);
}

static void speak_to(mqtt_agent *a, neighbour *to, int64_t now)
{
    const int32_t first = FIRST_REPEAT * (a->options.round_ms > 5 ? a->options.round_ms : 5);
    if (!talks(a, to))
        return;
    const bool news = has_news(a, to), answer = to->asked && now >= to->last_sent + ANSWER_GAP;
    const bool again = now >= to->repeat_at;
    if (!news && !answer && !again)
        return;
    say(a, to, answer || again, now);
    to->repeat = news ? first : again ? doubled(to->repeat, first, LAST_REPEAT) : to->repeat;
    to->asked = to->asked && !answer && !again;
    to->last_sent = now;
    to->repeat_at = now + to->repeat;
}

/* ---- final values ---- */

static void publish_page(mqtt_agent *a, const neighbour *to, int32_t number, int64_t now)
{
    page *p = &a->page[to->first_page + number];
    char topic[MQTT_TOPIC];
    pack_writer pack;
    const int32_t first = to->first_line + number * PAGE_LINES, all = to->first_line + to->n_lines;
    const size_t room = link_payload(a->link);
    if (room < PACK_HEAD + 2 + CEF_METER_MESSAGE_BYTES)
        return;
    pack_begin(&pack, a->payload, room, PACK_FINALS, a->options.agent, a->options.settings);
    for (int32_t k = first; k < all && k < first + PAGE_LINES; k++)
        if (a->line[k].final_length > 0)
            pack_add(&pack, a->line[k].final, a->line[k].final_length);
    p->dirty = false;
    if (pack_count(&pack) == 0)
        return;
    topic_write(
        topic, &a->options.space,
        (topic_name){.kind = TOPIC_FINALS, .to = to->agent, .from = a->options.agent, .page = (uint32_t) number});
    const link_message message = {.topic = topic,
                                  .bytes = pack.bytes,
                                  .length = pack.used,
                                  .tag = TAG_PAGE + (uint32_t) (to->first_page + number),
                                  .expiry_s = a->options.expiry_s,
                                  .once = true,
                                  .retain = true};
    if (link_publish(a->link, &message)) {
        p->in_flight++;
        a->counts.pages++;
    } else {
        p->dirty = true;
    }
    p->delay = doubled(p->delay, PAGE_RETRY, LAST_ASK);
    p->retry_at = now + (p->dirty ? p->delay : 0);
}

static void publish_pages(mqtt_agent *a, const neighbour *to, int64_t now)
{
    for (int32_t k = 0; k < to->n_pages; k++) {
        const page *p = &a->page[to->first_page + k];
        if (p->dirty && p->in_flight == 0 && now >= p->retry_at && link_can_flight(a->link))
            publish_page(a, to, k, now);
    }
}

static void page_answered(mqtt_agent *a, page *p, uint8_t reason)
{
    p->in_flight = 0;
    p->denied = reason >= 0x80;
    if (p->denied) {
        p->dirty = true;
        p->retry_at = mqtt_now() + p->delay;
        a->status_at = 0;
    } else {
        p->delay = 0;
    }
}

void agent_answered(mqtt_agent *a, uint32_t tag, uint8_t reason)
{
    if (tag >= TAG_PAGE) {
        page_answered(a, &a->page[tag - TAG_PAGE], reason);
    } else if (tag % 8 == TAG_PROBE) {
        neighbour *to = &a->neighbour[tag / 8];
        to->probing = false;
        to->denied = reason >= 0x80;
        to->probe_at = mqtt_now() + (to->denied ? PAGE_RETRY : PROBE_EVERY);
        a->status_at = to->denied ? 0 : a->status_at;
    }
}

/* ---- status and echo ---- */

static void publish_status(mqtt_agent *a, int64_t now)
{
    char topic[MQTT_TOPIC], text[3072];
    if (now < a->status_at || !link_can_flight(a->link))
        return;
    const size_t length =
        status_json(a, a->done && strcmp(a->state, "running") == 0 ? "done" : a->state, text, sizeof text);
    topic_write(topic, &a->options.space, (topic_name){.kind = TOPIC_STATUS, .from = a->options.agent});
    const link_message message = {.topic = topic,
                                  .bytes = (const uint8_t *) text,
                                  .length = length,
                                  .tag = TAG_STATUS,
                                  .once = true,
                                  .retain = true};
    link_publish(a->link, &message);
    a->status_at = now + (a->n_talking > 0 ? STATUS_EVERY : STATUS_ANYWAY);
}

/* To ourselves: a broker that denies reading says so nowhere. */
static void publish_echo(mqtt_agent *a, int64_t now)
{
    uint8_t bytes[PACK_HEAD];
    char topic[MQTT_TOPIC];
    pack_writer pack;
    if (now < a->echo_at || !link_can_flight(a->link) || a->next_subscription < 1 || a->subscribing)
        return;
    pack_begin(&pack, bytes, sizeof bytes, PACK_ECHO, a->options.agent, a->options.settings);
    topic_write(topic, &a->options.space,
                (topic_name){.kind = TOPIC_ITERATES, .to = a->options.agent, .from = a->options.agent});
    const link_message message = {
        .topic = topic, .bytes = bytes, .length = pack.used, .tag = TAG_ECHO, .expiry_s = 10, .once = true};
    if (!link_publish(a->link, &message))
        return;
    a->reads_confirmed = a->reads_confirmed && a->echo_sent == 0; /* the last one came back */
    a->echo_sent = now;
    a->echo_at = now + ECHO_LOST; /* sooner when it comes back */
}

void agent_send(mqtt_agent *a, int64_t now)
{
    if (!link_can_send(a->link))
        return; /* the broker does not read: the latest value waits here, not a queue of old ones */
    subscribe(a, now);
    hello_send(a, now);
    publish_status(a, now);
    publish_echo(a, now);
    for (uint32_t k = 0; k < a->n_neighbours; k++) {
        if (link_wants_write(a->link))
            return;
        speak_to(a, &a->neighbour[k], now);
        publish_pages(a, &a->neighbour[k], now);
    }
}
