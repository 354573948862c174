/* SPDX-License-Identifier: Apache-2.0 */
/* The transport of a field without faults: the same messages as between agents, not made into bytes. What is sent in
 * a round arrives in the next: a receiver takes a message once it has sent its own of this round, at once if that is
 * done, else it waits in a slot, which is soon free again and still in a near cache. Between two trimmed meters, among
 * young ones and under plain relaxation, nothing but values matters, which only the next step reads: those are handed
 * over at once.
 *
 * Nothing is lost here, so that nothing needs to be said twice. A meter to which nothing new came rests: its step would
 * change nothing, and its messages would be those of before. What it said before can matter again only to a neighbour
 * that sees the loops otherwise since (it did not know a colour, or had no room for a fact): that one asks for it. */
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

/* ---- who is woken ---- */

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
    return (outlook){m->generation, m->root, m->reach, (uint16_t) (meter_links_of(m)[link].flags & LINK_QUARANTINED)};
}

/* Items want to be acknowledged, and whose value is final wants to know that it came. */
static bool answers(const meter_link *l)
{
    return (l->flags & LINK_ACK) || (l->flags & (LINK_ANSWER | LINK_FINAL)) == (LINK_ANSWER | LINK_FINAL);
}

static void take(cef_meter_field *f, cef_index bus, const message_view *v, int32_t hint)
{
    cef_meter *m = field_meter(f, bus);
    const outlook before = outlook_of(m, hint);
    const bool final = (m->flags & METER_FINAL) != 0;
    f->refused[meter_take(m, v, hint)]++;
    const outlook after = outlook_of(m, hint);
    f->mark[bus] |= answers(&meter_links(m)[hint]) ? MARK_WOKEN | MARK_ANSWERS : MARK_WOKEN;
    if (before.flags != after.flags || final != ((m->flags & METER_FINAL) != 0))
        f->mark[bus] |= MARK_FORCED;
    if (!meter_looks(m))
        return;
    const bool coloured =
        before.generation != after.generation || before.root != after.root || before.reach != after.reach;
    if (coloured || m->facts_age == 0)
        f->mark[bus] |= MARK_ASKED;
    if (coloured || (m->facts_age == 0 && m->n_facts == CEF_METER_FACTS))
        mark_neighbours(f, bus, MARK_WOKEN | MARK_ASKED);
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
        take(f, bus, &view, slot->hint);
        slot->next = f->free_slot;
        f->free_slot = first;
        first = next;
    }
}

/* ---- what is said ---- */

static void say(cef_meter_field *f, cef_meter *m, int32_t link, int64_t end)
{
    cef_meter_message head;
    message_view view;
    const cef_index to = (cef_index) meter_links(m)[link].peer;
    if (!meter_compose(m, link, &head, &view))
        return;
    view.same_facts = m->facts_age >= FACTS_OLD;
    f->info.messages++;
    f->info.bytes += (int64_t) message_length(&head);
    if (f->turn_of[to] < f->turn_of[m->meter])
        take(f, to, &view, field_hint(f, end));
    else
        keep(f, to, field_hint(f, end), &view);
}

static void hand_over(cef_meter_field *f, cef_meter *m, meter_link *l, int64_t end)
{
    const cef_index to = (cef_index) l->peer;
    meter_link *back = field_back(f, to, end);
    const uint16_t before = back->flags;
    meter_hand_over(m, l, field_meter(f, to), back);
    f->mark[to] |= (before ^ back->flags) & LINK_QUARANTINED ? MARK_WOKEN | MARK_FORCED : MARK_WOKEN;
}

/* All there is to say. */
static int32_t say_all(cef_meter_field *f, cef_index bus, bool values_only)
{
    cef_meter *m = field_meter(f, bus);
    const int64_t first = f->roll->start[bus];
    const uint32_t mark = f->mark[bus];
    int32_t n_values = 0;
    for (int32_t k = 0; k < m->n_links; k++) {
        meter_link *l = &meter_links(m)[k];
        if (!values_only && !(mark & f->mark[l->peer] & MARK_TRIMMED))
            say(f, m, k, first + k);
        else
            hand_over(f, m, l, first + k), n_values++;
    }
    return n_values;
}

/* ---- and what is new only, to those to whom it matters ---- */

static void pass_to(cef_meter_field *f, const cef_meter *m, int64_t end)
{
    const cef_index to = f->peer[end];
    meter_link *back = field_back(f, to, end);
    back->intensity = m->intensity;
    back->bound = m->bound;
    back->unresolved = m->unresolved;
    f->mark[to] |= MARK_WOKEN;
}

static void pass_final(cef_meter_field *f, cef_meter *m, int32_t link, int64_t end)
{
    const cef_index to = f->peer[end];
    meter_take_final(field_meter(f, to), field_back(f, to, end), m);
    meter_links(m)[link].flags |= LINK_HOLDS;
    f->mark[to] |= MARK_WOKEN;
}

/* A value matters to those who mix it, and only the next step will read it. That it is final matters to whom it does
 * not come from, too: those begin a new generation, if they look for loops. */
static int32_t pass_value(cef_meter_field *f, cef_index bus, bool values_only)
{
    cef_meter *m = field_meter(f, bus);
    const int64_t first = f->roll->start[bus];
    const bool final = (m->flags & METER_FINAL) != 0;
    int32_t n = 0;
    for (uint32_t left = final ? meter_arcs(m) & ~m->arcs_in : m->arcs_out; left != 0; left &= left - 1) {
        const int32_t k = __builtin_ctz(left);
        if (!final)
            pass_to(f, m, first + k), n++;
        else if (values_only || (m->arcs_out >> k & 1) || (f->mark[f->peer[first + k]] & MARK_TRIMMED))
            pass_final(f, m, k, first + k), n++;
        else
            say(f, m, k, first + k);
    }
    return n;
}

/* That there is no loop downstream matters upstream. */
static int32_t pass_trimmed(cef_meter_field *f, cef_index bus)
{
    const cef_meter *m = field_meter(f, bus);
    const int64_t first = f->roll->start[bus];
    for (uint32_t left = m->arcs_in; left != 0; left &= left - 1) {
        const int64_t end = first + __builtin_ctz(left);
        const cef_index to = f->peer[end];
        meter_take_trimmed(field_meter(f, to), field_back(f, to, end));
        f->mark[to] |= MARK_WOKEN;
    }
    return __builtin_popcount(m->arcs_in);
}

/* Who looks for loops says all to others that stand on one, as far as can be seen, and to the rest its value. */
static int32_t say_loops(cef_meter_field *f, cef_index bus)
{
    cef_meter *m = field_meter(f, bus);
    const int64_t first = f->roll->start[bus];
    int32_t n = 0;
    for (int32_t k = 0; k < m->n_links; k++) {
        if (!(f->mark[f->peer[first + k]] & (MARK_TRIMMED | MARK_SOURCED)))
            say(f, m, k, first + k);
        else if (!(f->mark[bus] & MARK_VALUE) || (m->arcs_in >> k & 1))
            continue;
        else if (m->flags & METER_FINAL)
            pass_final(f, m, k, first + k), n++;
        else
            pass_to(f, m, first + k), n++;
    }
    return n;
}

static void answer(cef_meter_field *f, cef_index bus)
{
    cef_meter *m = field_meter(f, bus);
    for (int32_t k = 0; k < m->n_links; k++)
        if (answers(&meter_links(m)[k]))
            say(f, m, k, f->roll->start[bus] + k);
}

static void send_all(cef_meter_field *f, cef_index bus, bool values_only)
{
    cef_meter *m = field_meter(f, bus);
    const uint32_t mark = f->mark[bus];
    int32_t n = 0;
    if (mark & MARK_SAYS) {
        n = say_all(f, bus, values_only);
    } else {
        if (mark & MARK_LOOPS)
            n = say_loops(f, bus);
        else if (mark & MARK_VALUE)
            n = pass_value(f, bus, values_only);
        if (mark & MARK_TRIMS)
            n += pass_trimmed(f, bus);
        if (mark & MARK_ANSWERS)
            answer(f, bus);
    }
    m->sequence += (uint32_t) n;
    f->info.messages += n;
    f->info.bytes += (int64_t) n * CEF_METER_HEAD_BYTES;
    f->refused[CEF_METER_ACCEPTED] += (uint64_t) n;
}

/* ---- a round ---- */

/* All that flows into a final meter comes from where no loop is: nor is one here, whatever others say. */
static bool is_sourced(const cef_meter_field *f, cef_index bus)
{
    const cef_meter *m = field_meter(f, bus);
    bool sourced = (m->flags & METER_ORIENTED) && !f->guesses;
    for (uint32_t left = m->arcs_in; left != 0 && sourced; left &= left - 1)
        sourced = (f->mark[f->peer[f->roll->start[bus] + __builtin_ctz(left)]] & MARK_SOURCED) != 0;
    return sourced;
}

/* A meter steps if it has to; what it has to say then is what it did not say before. */
static inline void step(cef_meter_field *f, cef_index bus)
{
    const uint32_t before = f->mark[bus];
    cef_meter *m = field_meter(f, bus);
    const double intensity = m->intensity, bound = m->bound;
    const float unresolved = m->unresolved;
    const uint32_t flags = m->flags;
    m->flags |= f->info.rounds == 2 ? METER_HEARD : 0; /* all spoke in the first round */
    meter_step(m);
    const uint32_t turned = (flags ^ m->flags) & (METER_FINAL | METER_UNDEFINED | METER_TRIMMED);
    const bool changed = (intensity != m->intensity) | (bound != m->bound) | (unresolved != m->unresolved);
    uint32_t mark = MARK_ACTIVE | (before & (MARK_FINAL | MARK_CERTIFIED | MARK_ENDED | MARK_ANSWERS | MARK_SOURCED));
    mark |= m->flags & METER_TRIMMED ? MARK_TRIMMED : 0;
    mark |= changed || (turned & METER_FINAL) ? MARK_VALUE : 0;
    mark |= turned & METER_TRIMMED ? MARK_TRIMS : 0;
    if ((before & MARK_FORCED) || ((f->guesses || !(m->flags & METER_ORIENTED)) && (changed || turned)))
        mark |= MARK_SAYS;
    /* nobody heeds what a trimmed meter says of loops, nor a final one, unless it stands on one */
    else if (meter_looks(m) &&
             (turned || ((before & MARK_ASKED) && (!(m->flags & METER_FINAL) || m->leader != METER_NOBODY))))
        mark |= MARK_LOOPS;
    mark |= (turned & METER_FINAL) && is_sourced(f, bus) ? MARK_SOURCED : 0;
    f->mark[bus] = (uint16_t) mark;
    field_count(f, bus);
}

/* Those that were young until now begin to look for loops. */
static void grow_up(cef_meter_field *f, cef_index bus)
{
    if (f->mark[bus] & (MARK_TRIMMED | MARK_SOURCED))
        return;
    field_meter(f, bus)->age = METER_YOUNG - 1;
    f->mark[bus] |= MARK_WOKEN | MARK_ASKED;
}

/* Members of a loop have more to do than what comes in: they count rounds. And what a meter sees of the loops where
 * readings are missing or wrong changes with its neighbours' words, not only with its own state. */
static void stay_awake(cef_meter_field *f, cef_index bus)
{
    const cef_meter *m = field_meter(f, bus);
    if (f->mark[bus] & (MARK_TRIMMED | MARK_SOURCED))
        return;
    if (m->age < METER_YOUNG) /* it started later than the others */
        field_wake(f, bus);
    else if (m->leader != METER_NOBODY || f->guesses)
        f->mark[bus] |= MARK_WOKEN | MARK_FORCED;
}

static void send_and_take(cef_meter_field *f, cef_index bus, bool values_only)
{
    if (f->mark[bus] & MARK_ACTIVE) {
        send_all(f, bus, values_only);
        f->mark[bus] &= MARK_KEPT;
        if (!values_only)
            stay_awake(f, bus);
    }
    if (!values_only && f->waiting[bus] >= 0)
        take_waiting(f, bus);
}

static inline void fetch(const cef_meter_field *f, cef_index bus, bool values_only, bool grown)
{
    const cef_index head = bus + 2 * FIELD_AHEAD, links = bus + FIELD_AHEAD;
    if (head >= f->roll->info.n_bus)
        return;
    const bool looks = !values_only && !(f->mark[head] & (MARK_TRIMMED | MARK_SOURCED));
    if ((f->mark[head] & MARK_WOKEN) || (grown && looks))
        field_fetch_head(f, head, looks);
    if ((f->mark[links] & MARK_WOKEN) || (grown && !(f->mark[links] & (MARK_TRIMMED | MARK_SOURCED))))
        field_fetch_links(f, links);
}

/* Meters step, and then those of which all neighbours have stepped send, by turns of a few that a near cache holds. */
void field_round_whole(cef_meter_field *f)
{
    const bool values_only = f->options.relax_only || f->info.rounds < METER_YOUNG;
    const bool grown = f->info.rounds == METER_YOUNG && !f->options.relax_only;
    const cef_index n_bus = f->roll->info.n_bus;
    cef_index sent = 0;
    for (cef_index bus = 0; bus < n_bus;) {
        const cef_index end = n_bus - bus > FIELD_TURN ? bus + FIELD_TURN : n_bus;
        for (; bus < end; bus++) {
            fetch(f, bus, values_only, grown);
            if (grown)
                grow_up(f, bus);
            if (f->mark[bus] & MARK_WOKEN)
                step(f, bus);
        }
        for (; sent < f->turns_by[end - 1]; sent++)
            send_and_take(f, f->turn[sent], values_only);
    }
}
