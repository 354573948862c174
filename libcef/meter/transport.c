/* SPDX-License-Identifier: Apache-2.0 */
/* The in-process transport: seeded faults on messages as bytes. */
#include "meter/field.h"

static size_t padded(size_t bytes) { return (bytes + 7) & ~(size_t) 7; }

/* Room for a message that arrives in the round after next but `extra_rounds`; NULL: none is left. */
static uint8_t *enqueue(cef_meter_field *f, int32_t extra_rounds, post_entry entry)
{
    post *p = &f->posts[(f->info.rounds + 1 + extra_rounds) % f->n_posts];
    const size_t room = sizeof entry + padded(entry.length);
    if (p->used + room > f->post_size) { /* more duplicates than were reckoned with */
        f->info.lost++;
        return NULL;
    }
    uint8_t *at = p->bytes + p->used;
    memcpy(at, &entry, sizeof entry);
    p->used += room;
    p->n++;
    f->in_flight++;
    return at + sizeof entry;
}

static int32_t draw_delay(const cef_meter_field *f, uint64_t index)
{
    return f->options.delay > 0 ? (int32_t) (field_draw(f, DRAW_DELAY, index) % ((uint64_t) f->options.delay + 1)) : 0;
}

static void send_bytes(cef_meter_field *f, post_entry entry, const uint8_t *bytes)
{
    const uint64_t index = (uint64_t) f->info.messages;
    f->info.messages++;
    f->info.bytes += entry.length;
    if (field_share(f, DRAW_LOSS, index) < f->options.loss_rate) {
        f->info.lost++;
        return;
    }
    const int32_t copies = field_share(f, DRAW_TWICE, index) < f->options.duplicate_rate ? 2 : 1;
    f->info.duplicated += copies - 1;
    for (int32_t k = 0; k < copies; k++) {
        uint8_t *to = enqueue(f, draw_delay(f, 2 * index + (uint64_t) k), entry);
        if (to)
            memcpy(to, bytes, entry.length);
    }
}

void field_transmit(cef_meter_field *f, cef_index bus)
{
    cef_meter *m = field_meter(f, bus);
    for (int32_t k = 0; k < m->n_links; k++) {
        cef_meter_message head;
        message_view view;
        if (!meter_compose(m, k, &head, &view))
            continue;
        uint8_t bytes[CEF_METER_MESSAGE_BYTES];
        const size_t length = message_encode(&view, bytes, sizeof bytes);
        send_bytes(f, (post_entry){head.to, field_hint(f, f->roll->start[bus] + k), (uint32_t) length, 0}, bytes);
    }
}

static void hand_over(cef_meter_field *f, const post_entry *entry, const uint8_t *bytes)
{
    cef_meter_message message;
    cef_meter_verdict verdict = message_decode(bytes, entry->length, &message);
    if (verdict == CEF_METER_ACCEPTED) {
        const message_view view = {&message, message.fact, message.item, message.result, false};
        verdict = meter_take(field_meter(f, (cef_index) entry->to), &view, entry->hint);
    }
    f->refused[verdict]++;
}

/* Asks for what the message at `at` will touch: first the near part, which tells where the far one is. Returns where
 * the next message stands. */
static size_t fetch_receiver(const cef_meter_field *f, const post *p, size_t at, bool far)
{
    if (at >= p->used)
        return at;
    post_entry entry;
    memcpy(&entry, p->bytes + at, sizeof entry);
    if (far)
        field_fetch_far(f, (cef_index) entry.to);
    else
        field_fetch_near(f, (cef_index) entry.to);
    return at + sizeof entry + padded(entry.length);
}

void field_deliver(cef_meter_field *f)
{
    post *p = &f->posts[f->info.rounds % f->n_posts];
    size_t ahead = 0, far_ahead = 0;
    for (int32_t k = 0; k < 2 * FIELD_AHEAD; k++)
        ahead = fetch_receiver(f, p, ahead, false);
    for (int32_t k = 0; k < FIELD_AHEAD; k++)
        far_ahead = fetch_receiver(f, p, far_ahead, true);
    for (size_t at = 0; at < p->used;) {
        post_entry entry;
        memcpy(&entry, p->bytes + at, sizeof entry);
        ahead = fetch_receiver(f, p, ahead, false);
        far_ahead = fetch_receiver(f, p, far_ahead, true);
        if (!field_is_frozen(f, (cef_index) entry.to))
            hand_over(f, &entry, p->bytes + at + sizeof entry);
        at += sizeof entry + padded(entry.length);
    }
    f->in_flight -= p->n;
    p->used = p->n = 0;
}
