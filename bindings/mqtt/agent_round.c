/* SPDX-License-Identifier: Apache-2.0 */
/* One round: every meter steps, then speaks. */
#include "border.h"

#include <string.h>

/* The same message without what only numbers it. */
static uint16_t plain_form(const cef_meter_message *message, uint8_t bytes[CEF_METER_MESSAGE_BYTES])
{
    cef_meter_message plain = *message;
    plain.boot = 0;
    plain.sequence = 0;
    return (uint16_t) cef_meter_encode(&plain, bytes, CEF_METER_MESSAGE_BYTES);
}

/* The final value alone. What else a message says is for the one who hears it now, not for a latecomer. */
static uint16_t final_form(const cef_meter_message *message, uint8_t bytes[CEF_METER_MESSAGE_BYTES])
{
    cef_meter_message alone = *message;
    alone.flags = (uint16_t) (alone.flags & ~(CEF_METER_HOLDS_YOURS | CEF_METER_ASKS));
    alone.n_facts = alone.n_items = alone.n_results = 0;
    alone.result_leader = alone.result_sequence = 0;
    alone.bundle = alone.ack = 0;
    return (uint16_t) cef_meter_encode(&alone, bytes, CEF_METER_MESSAGE_BYTES);
}

static void keep_final(mqtt_agent *a, line *l, const cef_meter_message *message)
{
    if (!(message->flags & CEF_METER_FINAL) || l->final_length > 0)
        return;
    const neighbour *to = &a->neighbour[l->neighbour];
    page *p = &a->page[to->first_page + (int32_t) (l - a->line - to->first_line) / PAGE_LINES];
    l->final_length = final_form(message, l->final);
    p->dirty = true;
    p->retry_at = 0;
}

/* An answer that repeats what was said before the link fell silent is news too: somebody asked for it. */
static void keep(mqtt_agent *a, line *l, bool was_silent, const uint8_t *bytes, size_t length)
{
    uint8_t plain[CEF_METER_MESSAGE_BYTES];
    cef_meter_message message;
    if (cef_meter_decode(bytes, length, &message) != CEF_METER_ACCEPTED)
        return; /* our own meter's word: cannot be */
    const uint16_t plain_length = plain_form(&message, plain);
    const bool same = plain_length == l->plain_length && memcmp(plain, l->plain, plain_length) == 0;
    l->talks = true;
    l->changed = l->changed || was_silent || !same;
    l->length = (uint16_t) length;
    memcpy(l->bytes, bytes, length);
    l->plain_length = plain_length;
    memcpy(l->plain, plain, plain_length);
    keep_final(a, l, &message);
}

static void speak(mqtt_agent *a, cef_index k)
{
    uint8_t bytes[CEF_METER_MESSAGE_BYTES];
    for (int64_t end = a->link_start[k]; end < a->link_start[k + 1]; end++) {
        const int32_t route = a->route[end];
        const size_t length = cef_meter_send(a->meter[k], (int32_t) (end - a->link_start[k]), bytes, sizeof bytes);
        line *l = route < 0 ? &a->line[-1 - route] : NULL;
        const bool was_silent = l && !l->talks;
        if (l)
            l->talks = false;
        if (length == 0)
            continue;
        a->n_talking++;
        if (l) {
            keep(a, l, was_silent, bytes, length);
        } else {
            a->counts.inside++;
            cef_meter_receive(a->meter[route], bytes, length);
        }
    }
}

void agent_round(mqtt_agent *a)
{
    a->counts.rounds++;
    a->stirred = false;
    a->n_talking = 0;
    for (cef_index k = 0; k < a->n_bus; k++)
        cef_meter_step(a->meter[k]);
    for (cef_index k = 0; k < a->n_bus; k++)
        speak(a, k);
    const bool was = a->done;
    a->done = a->n_talking == 0;
    if (a->done != was)
        a->status_at = 0;
}
