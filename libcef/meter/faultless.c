/* SPDX-License-Identifier: Apache-2.0 */
/* The transport of a field without faults: the same messages as between agents, not made into bytes. What is sent in
 * a round arrives in the next: a receiver takes a message once it has sent its own of this round, at once if that is
 * done, else it waits in a slot, which is soon free again and still in a near cache. Between two trimmed meters, and
 * under plain relaxation, nothing but values travels, which only the next step reads: those are handed over at once. */
#include "meter/field.h"

static message_slot *take_slot(cef_meter_field *f)
{
    if (f->free_slot < 0)
        return &f->slot[f->n_slots++]; /* as many as can wait were counted */
    message_slot *slot = &f->slot[f->free_slot];
    f->free_slot = slot->next;
    return slot;
}

static void keep(cef_meter_field *f, cef_index to, int32_t hint, const message_view *v)
{
    message_slot *slot = take_slot(f);
    memcpy(&slot->message, v->head, offsetof(cef_meter_message, fact));
    if (v->fact && v->head->n_facts > 0)
        memcpy(slot->message.fact, v->fact, v->head->n_facts * sizeof *v->fact);
    if (v->head->n_items > 0)
        memcpy(slot->message.item, v->item, v->head->n_items * sizeof *v->item);
    if (v->head->n_results > 0)
        memcpy(slot->message.result, v->result, v->head->n_results * sizeof *v->result);
    slot->hint = hint;
    slot->same_facts = v->same_facts;
    slot->next = f->waiting[to];
    f->waiting[to] = (int32_t) (slot - f->slot);
}

/* In the order in which they were sent; the list holds the last first. */
static void take_waiting(cef_meter_field *f, cef_index bus)
{
    int32_t first = -1;
    for (int32_t k = f->waiting[bus]; k >= 0;) {
        const int32_t before = f->slot[k].next;
        f->slot[k].next = first;
        first = k;
        k = before;
    }
    f->waiting[bus] = -1;
    while (first >= 0) {
        message_slot *slot = &f->slot[first];
        const int32_t next = slot->next;
        const cef_meter_message *h = &slot->message;
        const message_view view = {h, h->fact, h->item, h->result, slot->same_facts};
        f->refused[meter_take(field_meter(f, bus), &view, slot->hint)]++;
        slot->next = f->free_slot;
        f->free_slot = first;
        first = next;
    }
}

static bool say(cef_meter_field *f, cef_meter *m, int32_t link, int32_t hint)
{
    cef_meter_message head;
    message_view view;
    const cef_index to = (cef_index) meter_links(m)[link].peer;
    if (!meter_compose(m, link, &head, &view))
        return false;
    view.same_facts = m->facts_age >= FACTS_OLD;
    f->info.bytes += (int64_t) message_length(&head);
    if (f->turn_of[to] < f->turn_of[m->meter])
        f->refused[meter_take(field_meter(f, to), &view, hint)]++;
    else
        keep(f, to, hint, &view);
    return true;
}

static bool hand_over(cef_meter_field *f, cef_meter *m, int32_t link, cef_meter *peer, int32_t hint)
{
    if (!meter_hand_over(m, link, peer, hint))
        return false;
    f->info.bytes += CEF_METER_HEAD_BYTES;
    f->refused[CEF_METER_ACCEPTED]++;
    return true;
}

static void send_all(cef_meter_field *f, cef_meter *m)
{
    const int32_t *hint = f->hint + f->roll->start[m->meter];
    int32_t n_said = 0;
    for (int32_t k = 0; k < m->n_links; k++) {
        cef_meter *peer = field_meter(f, (cef_index) meter_links(m)[k].peer);
        const bool value_only = f->options.relax_only || (m->flags & peer->flags & METER_TRIMMED);
        n_said += value_only ? hand_over(f, m, k, peer, hint[k]) : say(f, m, k, hint[k]);
    }
    f->info.messages += n_said;
    if (n_said == 0 && (f->options.relax_only || (m->flags & METER_TRIMMED)))
        m->flags |= METER_QUIET;
}

void field_transmit_whole(cef_meter_field *f, cef_index bus)
{
    cef_meter *m = field_meter(f, bus);
    if (!(m->flags & METER_QUIET))
        send_all(f, m);
    if (f->waiting[bus] >= 0)
        take_waiting(f, bus);
}
