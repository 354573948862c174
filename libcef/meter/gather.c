/* SPDX-License-Identifier: Apache-2.0 */
/* A loop's equations travel to the leader, its results back. Items go hop by hop along the flow, a bundle at a time:
 * the next meter takes all of a bundle or nothing and tells its number; until then it is sent again. Results are passed
 * on by every member, the latest wins. Whatever is lost by a restart is sent again after `patience` rounds. */
#include "meter/meter.h"

static bool leads(const cef_meter *m) { return m->arena && m->leader == m->meter; }

/* ---- what comes in ---- */

/* Rounds for which results are handed out: twice over, and until those who miss one have asked again. */
static void serve(cef_meter *m)
{
    const int64_t turns = arena_n_results(m->arena) / CEF_METER_RESULTS + 1, rounds = 2 * turns + m->rules->patience;
    m->service = (uint16_t) (rounds < UINT16_MAX ? rounds : UINT16_MAX);
}

static bool take_items(cef_meter *m, const message_view *v)
{
    const int32_t n = v->head->n_items;
    const bool called = m->leader == METER_NOBODY && m->root == m->meter;
    if (m->arena && (m->leader == m->meter || called)) {
        if (called)
            m->flags |= METER_CALLED; /* the others see a loop larger than this meter's facts */
        for (int32_t k = 0; k < n; k++)
            arena_take_item(m->arena, &v->item[k]);
        serve(m);
        return true;
    }
    if (m->leader == METER_NOBODY || m->leader == m->meter || m->n_out + n > CEF_METER_ITEMS)
        return false;
    memcpy(m->out + m->n_out, v->item, (size_t) n * sizeof *m->out);
    m->n_out = (uint8_t) (m->n_out + n);
    return true;
}

static void take_results(cef_meter *m, const message_view *v)
{
    const cef_meter_message *h = v->head;
    for (int32_t k = 0; k < h->n_results; k++)
        if (v->result[k].meter == m->meter)
            meter_settle(m, v->result[k].intensity, v->result[k].bound,
                         (v->result[k].flags & CEF_METER_UNDEFINED) != 0);
    if (h->result_leader != m->leader || m->leader == m->meter)
        return;
    const bool same = m->result_leader == h->result_leader;
    if (same && (int32_t) (h->result_sequence - m->result_sequence) <= 0)
        return;
    m->result_leader = h->result_leader;
    m->result_sequence = h->result_sequence;
    m->n_relay = h->n_results;
    memcpy(m->relay, v->result, h->n_results * sizeof *m->relay);
    m->relay_fresh = 2;
}

static void take_ack(cef_meter *m, int32_t link, uint8_t ack)
{
    if (m->n_sent == 0 || link != m->leader_via || ack != m->bundle)
        return;
    m->n_out = (uint8_t) (m->n_out - m->n_sent);
    memmove(m->out, m->out + m->n_sent, m->n_out * sizeof *m->out);
    m->n_sent = 0;
    m->bundle = m->bundle == UINT8_MAX ? 1 : m->bundle + 1;
}

void gather_hear(cef_meter *m, int32_t link, const message_view *v)
{
    const cef_meter_message *h = v->head;
    meter_link *l = &meter_links(m)[link];
    take_ack(m, link, h->ack);
    if (h->n_items > 0 && (h->bundle == l->bundle_in || take_items(m, v))) {
        l->bundle_in = h->bundle;
        l->flags |= LINK_ACK;
    }
    if (h->n_results > 0)
        take_results(m, v);
}

/* ---- this meter's own equation ---- */

static cef_meter_item own_row(const cef_meter *m)
{
    const meter_mixture mix = meter_mix(m, true);
    const cef_meter_rules *r = m->rules;
    const double most = fmax(fabs(r->e_min), fabs(r->e_max)), rounding = meter_rounding(&mix);
    return (cef_meter_item){.meter = m->meter,
                            .version = m->row_version,
                            .arcs = (uint16_t) mix.n_open,
                            .kind = mix.fed ? CEF_METER_ROW : CEF_METER_ROW_UNFED,
                            .mw = mix.power,
                            .carbon = mix.carbon,
                            .bound = (mix.spread + rounding * (mix.weight + mix.power * most)) * (1.0 + rounding)};
}

/* Arc number `index` of this meter's row. */
static cef_meter_item own_arc(const cef_meter *m, int32_t index)
{
    const meter_link *link = meter_links_of(m);
    const link_gaps gaps = m->quality != CEF_QUALITY_MEASURED ? meter_gaps(m) : (link_gaps){0};
    cef_meter_item item = {.meter = m->meter, .version = m->row_version, .kind = CEF_METER_ARC};
    for (int32_t k = 0; k < m->n_links; k++) {
        const link_flow f = meter_flow(m, &link[k], &gaps);
        if (!(f.mw > 0.0) || (link[k].flags & (LINK_FINAL | LINK_QUARANTINED)) || index-- != 0)
            continue;
        item.arcs = (uint16_t) (m->row_cursor - 1);
        item.source = link[k].peer;
        item.mw = f.mw;
        break;
    }
    return item;
}

/* Row first, then its arcs, as far as there is room; the leader's own go straight into its arena. */
static void emit_row(cef_meter *m)
{
    if (m->flags & METER_ROW_DIRTY) {
        m->flags = (uint8_t) (m->flags & ~METER_ROW_DIRTY);
        m->row_version++;
        m->row_cursor = 0;
        m->row_timer = 0;
        m->service = (uint16_t) m->rules->patience;
    }
    const meter_mixture mix = meter_mix(m, true);
    const int32_t n_arcs = mix.n_open;
    if (mix.unknown || mix.n_waiting > 0)
        return; /* not all readings are there yet */
    while (m->row_cursor <= n_arcs && (leads(m) || m->n_out < CEF_METER_ITEMS)) {
        const cef_meter_item item = m->row_cursor == 0 ? own_row(m) : own_arc(m, m->row_cursor - 1);
        if (leads(m))
            arena_take_item(m->arena, &item);
        else
            m->out[m->n_out++] = item;
        m->row_cursor++;
    }
    if (m->row_cursor > n_arcs && m->n_out == 0 && ++m->row_timer >= m->service) {
        m->row_cursor = 0; /* the same row again, the same version; ever more seldom, so that others get through */
        m->row_timer = 0;
        m->service = m->service < UINT16_MAX / 2 ? (uint16_t) (2 * m->service) : UINT16_MAX;
    }
}

static void lead(cef_meter *m)
{
    for (int32_t k = 0; k < m->n_out; k++) /* taken in before this meter knew that it leads */
        arena_take_item(m->arena, &m->out[k]);
    m->n_out = m->n_sent = 0;
    if (arena_solve(m->arena)) {
        cef_meter_result own;
        if (arena_result_of(m->arena, m->meter, &own))
            meter_settle(m, own.intensity, own.bound, (own.flags & CEF_METER_UNDEFINED) != 0);
        serve(m);
    }
    if (m->service == 0)
        return;
    m->service--;
    m->n_relay = arena_results(m->arena, m->relay, CEF_METER_RESULTS);
    m->result_leader = m->meter;
    m->result_sequence++;
    m->relay_fresh = m->n_relay > 0;
}

void gather_step(cef_meter *m)
{
    if (m->relay_fresh > 0)
        m->relay_fresh--;
    if (m->facts_age < FACTS_OLD)
        m->facts_age++;
    loop_elect(m);
    if (!(m->flags & METER_FINAL) && m->leader != METER_NOBODY && (m->leader != m->meter || m->arena))
        emit_row(m);
    if (leads(m))
        lead(m);
}
