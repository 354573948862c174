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
    meter_far *far = far_part(m);
    far->root = far->meter;
    far->reach = 0;
    far->leader = METER_NOBODY;
    far->result_leader = METER_NOBODY;
}

/* Until now a generation began with each neighbour that became final: nobody else has begun one that this meter heeded.
 */
void loop_grow_up(cef_meter *m)
{
    meter_far *far = far_part(m);
    far->generation = 0;
    for (int32_t k = 0; k < m->n_links; k++)
        far->generation += (meter_links_of(m)[k].flags & LINK_FINAL) != 0;
}

void loop_new_generation(cef_meter *m)
{
    meter_far *far = far_part(m);
    far->generation++;
    far->root = far->meter;
    far->reach = 0;
}

static void adopt_colour(cef_meter *m, uint32_t generation, uint32_t root)
{
    meter_far *far = far_part(m);
    if (generation < far->generation || (generation == far->generation && root >= far->root))
        return;
    far->generation = generation;
    far->root = root < far->meter ? root : far->meter;
    far->reach = far->root == far->meter ? 0 : UINT32_MAX;
}

static uint8_t one_more(uint8_t hops) { return hops >= CEF_METER_NO_HOPS - 1 ? CEF_METER_NO_HOPS : hops + 1; }
static uint8_t nearer(uint8_t a, uint8_t b) { return a < b ? a : b; }
static bool on_loop_with(const meter_fact *f) { return f->up != CEF_METER_NO_HOPS && f->down != CEF_METER_NO_HOPS; }

/* Lower is kept longer: fellow members first, then near ones. */
static int32_t rank(const meter_fact *f) { return on_loop_with(f) ? 0 : nearer(f->up, f->down); }

static meter_fact *place_for(cef_meter *m, const meter_fact *fact)
{
    meter_far *far = far_part(m);
    if (far->n_facts < CEF_METER_FACTS)
        return &far->fact[far->n_facts++];
    meter_fact *worst = &far->fact[0];
    for (int32_t k = 1; k < CEF_METER_FACTS; k++)
        if (rank(&far->fact[k]) > rank(worst))
            worst = &far->fact[k];
    return rank(worst) > rank(fact) ? worst : NULL;
}

static void learn(cef_meter *m, meter_fact fact)
{
    meter_far *far = far_part(m);
    if (fact.meter == far->meter || (fact.up == CEF_METER_NO_HOPS && fact.down == CEF_METER_NO_HOPS))
        return;
    for (int32_t k = 0; k < far->n_facts; k++) {
        meter_fact *f = &far->fact[k];
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

/* Whoever has the same colour as its root's fellow, and reaches it, is on the root's loop. */
static void know_fellows(cef_meter *m, meter_link *l, const cef_meter_message *h)
{
    meter_far *far = far_part(m);
    if (h->generation == far->generation && h->root == far->root && h->reach != UINT32_MAX && far->reach != UINT32_MAX)
        l->flags |= LINK_INSIDE;
}

void loop_hear(cef_meter *m, int32_t link, const message_view *v)
{
    meter_far *far = far_part(m);
    const cef_meter_message *h = v->head;
    meter_link *l = &meter_links(m)[link];
    if (h->flags & (CEF_METER_FINAL | CEF_METER_TRIMMED))
        return;
    const link_gaps gaps = l->flags & LINK_MISSING ? meter_gaps(m) : (link_gaps){0};
    const link_flow flow = meter_flow(m, l, &gaps);
    const bool plain = link_is_plain(l); /* else: what is not sure yet is no fact */
    const bool in = flow.mw > 0.0 && !(l->flags & LINK_QUARANTINED) && (plain || meter_is_settled(m, l));
    const bool out = flow.out && (plain || (l->flags & LINK_PEER_SETTLED));
    know_fellows(m, l, h);
    if (!in && !out)
        return;
    if (in && h->root == far->meter && h->generation == far->generation)
        m->flags |= METER_CALLED; /* this meter's colour came round */
    /* what changes nothing need not be looked at: the same facts meet the same facts as a round ago */
    if (!v->same_facts || m->facts_age < FACTS_OLD || (l->flags & LINK_MISSING))
        learn_from(m, link, v, in, out);
    if (in)
        adopt_colour(m, h->generation, h->root);
    if ((out || far->reach != UINT32_MAX) && h->generation == far->generation && h->root == far->root &&
        h->reach < far->reach - (far->reach > 0)) {
        far->reach = h->reach + 1;
        far->reach_via = (uint16_t) link;
    }
}

bool loop_has_fellow(const cef_meter *m, uint32_t meter)
{
    const meter_far *far = far_part_of(m);
    for (int32_t k = 0; k < far->n_facts; k++)
        if (far->fact[k].meter == meter)
            return on_loop_with(&far->fact[k]);
    return false;
}

typedef struct {
    uint32_t leader, hops;
    uint16_t via;
} way;

/* A lesser leader is taken at once; of the ways to one the shortest, so that hops fall with every meter passed. */
static void consider(way *best, uint32_t leader, uint32_t hops, uint16_t via)
{
    if (leader < best->leader || (leader == best->leader && hops < best->hops))
        *best = (way){leader, hops, via};
}

/* What is on its way turns with it; a way that is new to this meter must tell first which number it awaits. */
static void turn_to(cef_meter *m, const way *w)
{
    meter_far *far = far_part(m);
    if (w->via != far->leader_via && far->bundle != 0)
        m->flags |= METER_NEW_WAY;
    if (w->via != far->leader_via)
        far->n_sent = 0;
    if (w->leader != far->leader)
        far->service = w->leader == far->meter ? 0 : (uint16_t) m->rules->patience;
    far->leader = w->leader;
    far->leader_via = w->via;
}

void loop_elect(cef_meter *m)
{
    meter_far *far = far_part(m);
    /* that the leader stands on this loop stays true: only a lesser one displaces it */
    way best = {far->leader, UINT32_MAX, far->leader_via};
    bool on_loop = (m->flags & METER_CALLED) != 0;
    if (far->root != far->meter && far->reach != UINT32_MAX) {
        on_loop = true;
        consider(&best, far->root, far->reach, far->reach_via);
    }
    for (int32_t k = 0; k < far->n_facts; k++)
        if (on_loop_with(&far->fact[k])) {
            on_loop = true;
            consider(&best, far->fact[k].meter, far->fact[k].down, far->fact[k].via);
        }
    if (on_loop && far->meter < best.leader)
        best.leader = far->meter;
    if (far->leader == METER_NOBODY && best.leader != METER_NOBODY)
        m->flags |= METER_ROW_DIRTY;
    turn_to(m, &best);
}
