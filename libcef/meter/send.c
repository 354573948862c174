/* SPDX-License-Identifier: Apache-2.0 */
/* What a meter says to a neighbour. */
#include "meter/meter.h"

static bool carries_items(const cef_meter *m, int32_t link)
{
    const meter_far *far = far_part_of(m);
    return m->n_out > 0 && far->leader != METER_NOBODY && far->leader != far->meter && link == far->leader_via &&
           !(m->flags & METER_NEW_WAY);
}

static void put_lists(cef_meter *m, int32_t link, cef_meter_message *h, message_view *v)
{
    meter_far *far = far_part(m);
    const meter_link *l = &meter_links(m)[link];
    if (!(l->flags & LINK_TRIMMED) && far->result_leader != METER_NOBODY) {
        h->result_leader = far->result_leader;
        h->result_sequence = far->result_sequence;
        h->n_results = m->n_relay;
        v->result = far->relay;
    }
    if (carries_items(m, link)) {
        far->bundle = far->bundle == 0 ? 1 : far->bundle; /* the first ever sent */
        far->n_sent = m->n_out;
        h->bundle = far->bundle;
        h->n_items = m->n_out;
        v->item = far->out;
    }
    if ((m->flags & METER_FINAL) || (l->flags & (LINK_FINAL | LINK_TRIMMED)))
        return;
    for (int32_t k = 0; k < far->n_facts; k++)
        h->fact[k] = (cef_meter_fact){far->fact[k].meter, far->fact[k].up, far->fact[k].down, 0};
    h->n_facts = far->n_facts;
    v->fact = h->fact;
}

/* Which way the link runs for this meter, where the peer cannot know. */
static uint16_t estimate_flags(const cef_meter *m, const meter_link *l)
{
    if (link_is_plain(l) || !meter_is_settled(m, l))
        return 0;
    const link_gaps gaps = meter_gaps(m);
    const bool mixes = meter_flow(m, l, &gaps).mw > 0.0 && !(l->flags & LINK_QUARANTINED);
    return (uint16_t) (CEF_METER_SETTLED | (mixes ? CEF_METER_MIXES : 0));
}

bool meter_compose(cef_meter *m, int32_t link, cef_meter_message *h, message_view *v)
{
    const meter_far *far = far_part_of(m);
    meter_link *l = &meter_links(m)[link];
    const bool asks = !meter_is_quiet(m, l), fresh = m->relay_fresh > 0 && !(l->flags & LINK_TRIMMED);
    if (!asks && !fresh && !(l->flags & (LINK_ANSWER | LINK_ACK)) && !carries_items(m, link))
        return false;
    h->epoch = m->rules->epoch;
    h->interval = far->interval;
    h->from = far->meter;
    h->to = l->peer;
    h->link = l->number;
    h->boot = m->boot;
    h->sequence = ++m->sequence;
    h->generation = far->generation;
    h->root = far->root;
    h->reach = far->reach;
    h->result_leader = h->result_sequence = 0;
    h->flags = (uint16_t) ((m->flags & METER_FINAL ? CEF_METER_FINAL : 0) |
                           (m->flags & METER_UNDEFINED ? CEF_METER_UNDEFINED : 0) |
                           (m->flags & METER_TRIMMED ? CEF_METER_TRIMMED : 0) |
                           (l->flags & LINK_FINAL ? CEF_METER_HOLDS_YOURS : 0) |
                           (l->flags & LINK_QUARANTINED ? CEF_METER_QUARANTINED : 0) | (asks ? CEF_METER_ASKS : 0));
    h->bundle = 0;
    h->ack = l->bundle_in;
    h->n_facts = h->n_items = h->n_results = h->auth_bytes = 0;
    h->reading = l->flags & LINK_MISSING ? (double) NAN : l->reading;
    h->intensity = m->intensity;
    h->bound = m->bound;
    h->unresolved = (double) m->unresolved;
    *v = (message_view){h, NULL, NULL, NULL, false};
    if (meter_looks(m)) {
        h->flags |= estimate_flags(m, l);
        put_lists(m, link, h, v);
    }
    l->flags = (uint16_t) (l->flags & ~(LINK_ANSWER | LINK_ACK));
    return true;
}
