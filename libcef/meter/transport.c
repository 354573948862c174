/* SPDX-License-Identifier: Apache-2.0 */
/* The in-process transport: seeded faults on messages as bytes. Between two trimmed meters of a faultless field, and
 * under plain relaxation, nothing but values travels, which the next step reads: those are handed over at once. */
#include "meter/field.h"

static size_t padded(size_t bytes) { return (bytes + 7) & ~(size_t) 7; }

static void enqueue(cef_meter_field *f, int32_t extra_rounds, post_entry entry, const uint8_t *bytes)
{
    post *p = &f->posts[(f->info.rounds + 1 + extra_rounds) % f->n_posts];
    const size_t room = sizeof entry + padded(entry.length);
    if (p->used + room > f->post_size) { /* more duplicates than were reckoned with */
        f->info.lost++;
        return;
    }
    memcpy(p->bytes + p->used, &entry, sizeof entry);
    memcpy(p->bytes + p->used + sizeof entry, bytes, entry.length);
    p->used += room;
    p->n++;
    f->in_flight++;
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
    enqueue(f, draw_delay(f, 2 * index), entry, bytes);
    if (field_share(f, DRAW_TWICE, index) < f->options.duplicate_rate) {
        f->info.duplicated++;
        enqueue(f, draw_delay(f, 2 * index + 1), entry, bytes);
    }
}

void field_transmit(cef_meter_field *f, cef_index bus)
{
    cef_meter *m = field_meter(f, bus);
    const int32_t *hint = f->hint + f->roll->start[bus];
    for (int32_t k = 0; k < m->n_links; k++) {
        cef_meter_message head;
        message_view view;
        if (!meter_compose(m, k, &head, &view))
            continue;
        cef_meter *peer = field_meter(f, (cef_index) head.to);
        if (f->perfect && (f->options.relax_only || (m->flags & peer->flags & METER_TRIMMED))) {
            f->info.messages++;
            f->info.bytes += CEF_METER_HEAD_BYTES;
            f->refused[meter_take(peer, &view, hint[k])]++;
            continue;
        }
        uint8_t bytes[CEF_METER_MESSAGE_BYTES];
        const size_t length = message_encode(&view, bytes, sizeof bytes);
        send_bytes(f, (post_entry){head.to, hint[k], (uint32_t) length, 0}, bytes);
    }
}

static void hand_over(cef_meter_field *f, const post_entry *entry, const uint8_t *bytes)
{
    cef_meter_message message;
    cef_meter_verdict verdict = message_decode(bytes, entry->length, &message);
    if (verdict == CEF_METER_ACCEPTED) {
        const message_view view = {&message, message.fact, message.item, message.result};
        verdict = meter_take(field_meter(f, (cef_index) entry->to), &view, entry->hint);
    }
    f->refused[verdict]++;
}

void field_deliver(cef_meter_field *f)
{
    post *p = &f->posts[f->info.rounds % f->n_posts];
    for (size_t at = 0; at < p->used;) {
        post_entry entry;
        memcpy(&entry, p->bytes + at, sizeof entry);
        if (!field_is_frozen(f, (cef_index) entry.to))
            hand_over(f, &entry, p->bytes + at + sizeof entry);
        at += sizeof entry + padded(entry.length);
    }
    f->in_flight -= p->n;
    p->used = p->n = 0;
}
