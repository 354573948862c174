/* SPDX-License-Identifier: Apache-2.0 */
/* Who is on a loop of flow with whom, by messages alone. Flows are frozen within an interval, so that "meter a stands
 * upstream of meter b" never becomes untrue: what is heard may be old or come twice, but not be wrong.
 *
 * Facts: the nearest meters upstream and downstream, with their hops, learned from the neighbours' lists. Who stands
 * both upstream and downstream is on the same loop. They are known long before the loop's inflows are.
 *
 * Colour, for loops larger than a list of facts (after the forward-backward colouring of L. Fleischer, B. Hendrickson,
 * A. Pinar 2000): (generation, root), the least meter number upstream that is not final, passed downstream by those
 * that are not final. A meter whose neighbour becomes final begins a new generation, which displaces all earlier ones,
 * so that no number outlives its meter's becoming final. Reach: hops down to the root through meters of its colour,
 * passed upstream. Whoever has both is on the root's loop. */
#include "meter/meter.h"

void loop_reset(cef_meter *m)
{
    m->root = m->meter;
    m->reach = 0;
    m->leader = METER_NOBODY;
    m->result_leader = METER_NOBODY;
}

void loop_new_generation(cef_meter *m)
{
    m->generation++;
    m->root = m->meter;
    m->reach = 0;
}

static void adopt_colour(cef_meter *m, uint32_t generation, uint32_t root)
{
    if (generation < m->generation || (generation == m->generation && root >= m->root))
        return;
    m->generation = generation;
    m->root = root < m->meter ? root : m->meter;
    m->reach = m->root == m->meter ? 0 : UINT32_MAX;
}

static uint8_t one_more(uint8_t hops) { return hops >= CEF_METER_NO_HOPS - 1 ? CEF_METER_NO_HOPS : hops + 1; }
static uint8_t nearer(uint8_t a, uint8_t b) { return a < b ? a : b; }
static bool on_loop_with(const meter_fact *f) { return f->up != CEF_METER_NO_HOPS && f->down != CEF_METER_NO_HOPS; }

/* Lower is kept longer: fellow members first, then near ones. */
static int32_t rank(const meter_fact *f) { return on_loop_with(f) ? 0 : nearer(f->up, f->down); }

static meter_fact *place_for(cef_meter *m, const meter_fact *fact)
{
    if (m->n_facts < CEF_METER_FACTS)
        return &m->fact[m->n_facts++];
    meter_fact *worst = &m->fact[0];
    for (int32_t k = 1; k < CEF_METER_FACTS; k++)
        if (rank(&m->fact[k]) > rank(worst))
            worst = &m->fact[k];
    return rank(worst) > rank(fact) ? worst : NULL;
}

static void learn(cef_meter *m, meter_fact fact)
{
    if (fact.meter == m->meter || (fact.up == CEF_METER_NO_HOPS && fact.down == CEF_METER_NO_HOPS))
        return;
    for (int32_t k = 0; k < m->n_facts; k++) {
        meter_fact *f = &m->fact[k];
        if (f->meter != fact.meter)
            continue;
        if (fact.up < f->up)
            f->up = fact.up, m->facts_age = 0;
        if (fact.down < f->down) {
            f->down = fact.down;
            f->via = fact.via;
            m->facts_age = 0;
        }
        return;
    }
    meter_fact *place = place_for(m, &fact);
    if (place)
        *place = fact, m->facts_age = 0;
}

static void learn_from(cef_meter *m, int32_t link, const message_view *v, bool in, bool out)
{
    const meter_fact peer = {v->head->from, in ? 1 : CEF_METER_NO_HOPS, out ? 1 : CEF_METER_NO_HOPS, (uint16_t) link};
    learn(m, peer);
    for (int32_t k = 0; k < v->head->n_facts; k++) {
        const cef_meter_fact *f = &v->fact[k];
        const meter_fact fact = {f->meter, in ? one_more(f->up) : CEF_METER_NO_HOPS,
                                 out ? one_more(f->down) : CEF_METER_NO_HOPS, (uint16_t) link};
        learn(m, fact);
    }
}

void loop_hear(cef_meter *m, int32_t link, const message_view *v)
{
    const cef_meter_message *h = v->head;
    const meter_link *l = &meter_links(m)[link];
    if (h->flags & (CEF_METER_FINAL | CEF_METER_TRIMMED))
        return;
    const link_gaps gaps = l->flags & LINK_MISSING ? meter_gaps(m) : (link_gaps){0};
    const link_flow flow = meter_flow(m, l, &gaps);
    const bool in = flow.mw > 0.0 && !(l->flags & LINK_QUARANTINED), out = flow.out;
    if (!in && !out)
        return;
    /* what changes nothing need not be looked at: the same facts meet the same facts as a round ago */
    if (!v->same_facts || m->facts_age < FACTS_OLD || (l->flags & LINK_MISSING))
        learn_from(m, link, v, in, out);
    if (in)
        adopt_colour(m, h->generation, h->root);
    if (out && h->generation == m->generation && h->root == m->root && h->reach < m->reach - (m->reach > 0)) {
        m->reach = h->reach + 1;
        m->reach_via = (uint16_t) link;
    }
}

void loop_elect(cef_meter *m)
{
    uint32_t leader = m->leader; /* that it stands on this loop stays true: only a lesser one displaces it */
    uint16_t via = m->leader_via;
    bool on_loop = (m->flags & METER_CALLED) != 0;
    if (m->root != m->meter && m->reach != UINT32_MAX) {
        on_loop = true;
        if (m->root <= leader) {
            leader = m->root;
            via = m->reach_via;
        }
    }
    for (int32_t k = 0; k < m->n_facts; k++)
        if (on_loop_with(&m->fact[k])) {
            on_loop = true;
            if (m->fact[k].meter <= leader) { /* the way to a known leader may have become shorter */
                leader = m->fact[k].meter;
                via = m->fact[k].via;
            }
        }
    if (on_loop && m->meter < leader)
        leader = m->meter;
    if (m->leader == METER_NOBODY && leader != METER_NOBODY)
        m->flags |= METER_ROW_DIRTY;
    if (via != m->leader_via || leader != m->leader)
        m->n_sent = 0, m->bundle = m->bundle == UINT8_MAX ? 1 : m->bundle + 1;
    m->leader = leader;
    m->leader_via = via;
}
