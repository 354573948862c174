/* SPDX-License-Identifier: Apache-2.0 */
/* The transport of a field without faults: the same messages as between agents, not made into bytes. What is sent in
 * a round arrives in the next: a receiver takes a message once it has sent its own of this round, at once if that is
 * done, else it waits in a slot, which is soon free again and still in a near cache. Between two trimmed meters, among
 * young ones and under plain relaxation, nothing but values matters, which only the next step reads: those are handed
 * over at once. Who comes to know something new is woken, and asks its neighbours for what it now would heed. */
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

/* ---- what comes in ---- */

static void mark_neighbours(cef_meter_field *f, cef_index bus, uint16_t mark)
{
    for (int64_t e = f->roll->start[bus]; e < f->roll->start[bus + 1]; e++)
        f->mark[f->peer[e]] |= mark;
}

void field_wake(cef_meter_field *f, cef_index bus)
{
    f->mark[bus] = (uint16_t) ((f->mark[bus] & ~(MARK_TRIMMED | MARK_SOURCED)) | MARK_WOKEN | MARK_FORCED);
    mark_neighbours(f, bus, MARK_WOKEN | MARK_FORCED);
}

/* What the loops look like to a meter. */
typedef struct {
    uint32_t generation, root, reach;
    uint16_t flags;
} outlook;

static outlook outlook_of(const cef_meter *m, int32_t link)
{
    const meter_far *far = far_part_of(m);
    return (outlook){far->generation, far->root, far->reach,
                     (uint16_t) (meter_links_of(m)[link].flags & LINK_QUARANTINED)};
}

static void take(cef_meter_field *f, cef_index bus, const message_view *v, int32_t hint)
{
    cef_meter *m = field_meter(f, bus);
    const outlook before = outlook_of(m, hint);
    const bool final = (m->flags & METER_FINAL) != 0;
    f->refused[meter_take(m, v, hint)]++;
    const outlook after = outlook_of(m, hint);
    f->mark[bus] |= field_answers(&meter_links(m)[hint]) ? MARK_WOKEN | MARK_ANSWERS : MARK_WOKEN;
    if (before.flags != after.flags || final != ((m->flags & METER_FINAL) != 0))
        f->mark[bus] |= MARK_FORCED;
    if (!meter_looks(m))
        return;
    const bool coloured =
        before.generation != after.generation || before.root != after.root || before.reach != after.reach;
    if (coloured || m->facts_age == 0)
        f->mark[bus] |= MARK_ASKED;
    if (coloured || (m->facts_age == 0 && far_part_of(m)->n_facts == CEF_METER_FACTS))
        mark_neighbours(f, bus, MARK_WOKEN | MARK_ASKED);
}

/* In the order in which they were sent; the list holds the last first. */
void field_take_waiting(cef_meter_field *f, cef_index bus)
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
        take(f, bus, &view, slot->hint);
        slot->next = f->free_slot;
        f->free_slot = first;
        first = next;
    }
}

/* ---- what goes out ---- */

void field_say(cef_meter_field *f, cef_meter *m, int32_t link, int64_t end)
{
    cef_meter_message head;
    message_view view;
    const cef_index to = (cef_index) meter_links(m)[link].peer;
    if (!meter_compose(m, link, &head, &view))
        return;
    view.same_facts = m->facts_age >= FACTS_OLD;
    f->info.messages++;
    f->info.bytes += (int64_t) message_length(&head);
    if (f->turn_of[to] < f->turn_of[far_part_of(m)->meter])
        take(f, to, &view, field_hint(f, end));
    else
        keep(f, to, field_hint(f, end), &view);
}
