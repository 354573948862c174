/* SPDX-License-Identifier: Apache-2.0 */
/* What a message changes. Only what is newer than all before from its link, of this interval and epoch, within the
 * limits, is believed; everything else is refused and counted. */
#include "meter/meter.h"

static int32_t find_link(const cef_meter *m, uint32_t peer, uint32_t number, int32_t hint)
{
    const meter_link *link = meter_links_of(m);
    if (hint >= 0 && hint < m->n_links && link[hint].peer == peer && link[hint].number == number)
        return hint;
    for (int32_t k = 0; k < m->n_links; k++)
        if (link[k].peer == peer && link[k].number == number)
            return k;
    return -1;
}

static bool newer(const meter_link *l, const cef_meter_message *h)
{
    if (!(l->flags & LINK_HEARD))
        return true;
    return h->boot != l->peer_boot ? h->boot > l->peer_boot : h->sequence > l->peer_sequence;
}

static bool inside(const cef_meter_rules *r, double intensity, bool undefined)
{
    return (undefined && intensity == 0.0) || (intensity >= r->e_min && intensity <= r->e_max);
}

static cef_meter_verdict judge(const cef_meter *m, const message_view *v, int32_t link)
{
    const meter_far *far = far_part_of(m);
    const cef_meter_message *h = v->head;
    const cef_meter_rules *r = m->rules;
    if (h->to != far->meter)
        return CEF_METER_NOT_MINE;
    if (h->epoch != r->epoch)
        return CEF_METER_WRONG_EPOCH;
    if (h->interval != far->interval)
        return h->interval < far->interval ? CEF_METER_STALE : CEF_METER_FUTURE;
    if (link < 0)
        return CEF_METER_UNKNOWN_SENDER;
    if (!newer(&meter_links_of(m)[link], h))
        return CEF_METER_REPLAYED;
    if (!inside(r, h->intensity, (h->flags & CEF_METER_UNDEFINED) != 0))
        return CEF_METER_BAD_INTENSITY;
    for (int32_t k = 0; k < h->n_results; k++)
        if (!inside(r, v->result[k].intensity, v->result[k].flags != 0))
            return CEF_METER_BAD_INTENSITY;
    return CEF_METER_ACCEPTED;
}

/* The two readings of a link must agree but for the estimated loss; else neither end's intensity is used by the other.
 */
static bool contradict(const cef_meter_rules *r, const meter_link *l, double theirs)
{
    const double larger = greater(fabs(l->reading), fabs(theirs));
    const double tolerance = r->reading_tol + r->reading_tol_rel * larger + (double) l->loss_tol;
    return fabs(l->reading + theirs - (double) l->loss) > tolerance;
}

static void quarantine(cef_meter *m, meter_link *l)
{
    l->flags |= LINK_QUARANTINED;
    m->flags = (uint8_t) ((m->flags & ~METER_ORIENTED) | METER_ROW_DIRTY);
    m->quality = CEF_QUALITY_QUARANTINED;
}

/* The link's among a meter's arcs; 0 beyond those that are kept. */
static uint32_t bit_of(const cef_meter *m, const meter_link *l)
{
    const uint64_t k = (uint64_t) (l - meter_links_of(m));
    return k < METER_ORIENTS ? UINT32_C(1) << k : 0;
}

/* Does what the other end reads change which way the arc runs, or that there is one? Mostly not; which way it runs
 * cannot be guessed. */
static inline bool turns_arc(const cef_meter *m, const meter_link *l, uint32_t before)
{
    const uint32_t bit = bit_of(m, l), sends = l->flags & LINK_PEER_SENDS ? 0 : bit,
                   takes = l->flags & LINK_PEER_TAKES ? 0 : bit;
    return ((before & LINK_PEER_KNOWN) | (m->arcs_in & sends) | (m->arcs_out & takes)) != 0;
}

static inline uint32_t sides_of(const cef_meter_rules *r, double theirs)
{
    return (theirs >= r->flow_tol ? LINK_PEER_SENDS : 0U) | (theirs <= -r->flow_tol ? LINK_PEER_TAKES : 0U);
}

static inline __attribute__((always_inline)) void take_reading(cef_meter *m, meter_link *l, double theirs)
{
    if (theirs != theirs)
        return;
    const uint16_t before = l->flags;
    l->flags =
        (uint16_t) ((before & ~(LINK_PEER_SENDS | LINK_PEER_TAKES)) | LINK_PEER_KNOWN | sides_of(m->rules, theirs));
    if (!(l->flags & (LINK_MISSING | LINK_QUARANTINED)) && contradict(m->rules, l, theirs))
        quarantine(m, l);
    if (l->flags != before || (float) theirs != l->peer_reading)
        m->flags |= METER_ROW_DIRTY;
    l->peer_reading = (float) theirs;
    if (turns_arc(m, l, before))
        meter_keep_arc(m, l);
}

void meter_take_reading(cef_meter *m, meter_link *l, double theirs) { take_reading(m, l, theirs); }

void meter_take_trimmed(cef_meter *m, meter_link *l)
{
    l->flags |= LINK_TRIMMED;
    m->arcs_back = (uint8_t) (m->arcs_back & ~bit_of(m, l));
}

/* The latest value counts, until a final one comes: that stays for good. Returns whether it came now. */
static bool take_value(cef_meter *m, meter_link *l, uint16_t flags, double intensity, double bound, double unresolved)
{
    if (l->flags & LINK_FINAL)
        return false;
    l->intensity = intensity;
    l->bound = bound;
    l->unresolved = (float) unresolved;
    if (flags & CEF_METER_UNDEFINED)
        l->flags |= LINK_UNDEFINED;
    if (!(flags & CEF_METER_FINAL))
        return false;
    l->flags |= LINK_FINAL;
    m->arcs_open = (uint8_t) (m->arcs_open & ~bit_of(m, l));
    m->flags |= METER_ROW_DIRTY;
    return true;
}

void meter_take_final(cef_meter *m, meter_link *l, const cef_meter *from)
{
    const uint16_t flags = from->flags & METER_UNDEFINED ? CEF_METER_FINAL | CEF_METER_UNDEFINED : CEF_METER_FINAL;
    if (take_value(m, l, flags, from->intensity, from->bound, (double) from->unresolved) && meter_looks(m))
        loop_new_generation(m); /* a young meter's far part stays untouched: loop_grow_up counts */
}

static void take_flags(cef_meter *m, meter_link *l, uint16_t flags, uint32_t boot, uint32_t sequence)
{
    if ((l->flags & LINK_HEARD) && boot != l->peer_boot) {
        l->bundle_in = 0;
        l->flags = (uint16_t) (l->flags & ~LINK_HOLDS);
    }
    if ((flags & CEF_METER_HOLDS_YOURS) && (m->flags & METER_FINAL))
        l->flags |= LINK_HOLDS;
    else if (!(flags & CEF_METER_HOLDS_YOURS))
        l->flags = (uint16_t) (l->flags & ~LINK_HOLDS);
    if (flags & CEF_METER_TRIMMED)
        meter_take_trimmed(m, l);
    if (flags & CEF_METER_SETTLED) {
        l->flags |= (uint16_t) (LINK_PEER_SETTLED | (flags & CEF_METER_MIXES ? LINK_PEER_MIXES : 0));
        meter_keep_arc(m, l);
    }
    if ((flags & CEF_METER_QUARANTINED) && !(l->flags & (LINK_MISSING | LINK_QUARANTINED)))
        quarantine(m, l); /* the peer is stricter; a value that is final stays */
    if (flags & CEF_METER_ASKS)
        l->flags |= LINK_ANSWER;
    l->peer_boot = boot;
    l->peer_sequence = sequence;
}

cef_meter_verdict meter_take(cef_meter *m, const message_view *message, int32_t hint)
{
    const cef_meter_message *h = message->head;
    const int32_t k = find_link(m, h->from, h->link, hint);
    const cef_meter_verdict verdict = judge(m, message, k);
    if (verdict != CEF_METER_ACCEPTED)
        return verdict;
    meter_link *l = &meter_links(m)[k];
    take_flags(m, l, h->flags, h->boot, h->sequence);
    if (!link_is_plain(l) || (float) h->reading != l->peer_reading) /* readings are frozen */
        meter_take_reading(m, l, h->reading);
    if (take_value(m, l, h->flags, h->intensity, h->bound, h->unresolved) && !(m->flags & METER_TRIMMED))
        loop_new_generation(m);
    l->flags |= LINK_HEARD;
    if (meter_looks(m)) {
        loop_hear(m, k, message);
        gather_hear(m, k, message);
    }
    return CEF_METER_ACCEPTED;
}

/* As take_flags and so on, of a message that says no more than a value; nothing is asked. */
static __attribute__((noinline)) bool hand_over(cef_meter *m, meter_link *l, cef_meter *peer, meter_link *back)
{
    const uint16_t before = back->flags;
    if ((back->flags & LINK_HEARD) && m->boot != back->peer_boot)
        back->bundle_in = 0;
    const bool holds = (l->flags & LINK_FINAL) && (peer->flags & METER_FINAL);
    back->flags = (uint16_t) ((back->flags & ~LINK_HOLDS) | (holds ? LINK_HOLDS : 0));
    l->flags = (uint16_t) ((l->flags & ~(LINK_ANSWER | LINK_ACK)) | (m->flags & METER_FINAL ? LINK_HOLDS : 0));
    if (m->flags & METER_TRIMMED)
        meter_take_trimmed(peer, back);
    if ((l->flags & LINK_QUARANTINED) && !(back->flags & (LINK_MISSING | LINK_QUARANTINED)))
        quarantine(peer, back);
    back->peer_boot = m->boot;
    back->peer_sequence = m->sequence;
    if (!(back->flags & LINK_HEARD)) /* readings are frozen */
        take_reading(peer, back, l->flags & LINK_MISSING ? (double) NAN : l->reading);
    back->flags |= LINK_HEARD;
    if (m->flags & METER_FINAL) {
        meter_take_final(peer, back, m);
    } else if (!(back->flags & LINK_FINAL)) {
        back->intensity = m->intensity;
        back->bound = m->bound;
        back->unresolved = m->unresolved;
    }
    return ((before ^ back->flags) & LINK_QUARANTINED) != 0;
}

/* Mostly the first word on a link is plain: both ends read it and agree, also on which way the arc runs, and the value
 * is not final yet. */
static inline bool is_plain_word(const cef_meter *m, const meter_link *l, const cef_meter *peer, const meter_link *back,
                                 uint32_t sides)
{
    const uint32_t bit = bit_of(peer, back), sends = sides & LINK_PEER_SENDS ? 0 : bit,
                   takes = sides & LINK_PEER_TAKES ? 0 : bit;
    const uint32_t odd = LINK_MISSING | LINK_QUARANTINED | LINK_FINAL | LINK_ANSWER | LINK_ACK;
    return (back->flags | (l->flags & odd) | (m->flags & METER_FINAL) | (peer->arcs_in & sends) |
            (peer->arcs_out & takes)) == 0 &&
           !contradict(peer->rules, back, l->reading);
}

bool meter_hand_over(cef_meter *m, meter_link *l, cef_meter *peer, meter_link *back)
{
    const uint32_t sides = sides_of(peer->rules, l->reading);
    if (!is_plain_word(m, l, peer, back, sides))
        return hand_over(m, l, peer, back);
    const uint32_t trimmed = m->flags & METER_TRIMMED ? ~UINT32_C(0) : 0;
    back->flags = (uint16_t) (LINK_HEARD | LINK_PEER_KNOWN | sides | (trimmed & LINK_TRIMMED));
    peer->arcs_back = (uint8_t) (peer->arcs_back & ~(trimmed & bit_of(peer, back)));
    peer->flags |= METER_ROW_DIRTY;
    back->peer_reading = (float) l->reading;
    back->peer_boot = m->boot;
    back->peer_sequence = m->sequence;
    back->intensity = m->intensity;
    back->bound = m->bound;
    back->unresolved = m->unresolved;
    return false;
}

cef_meter_verdict meter_receive(cef_meter *m, const uint8_t *bytes, size_t length)
{
    cef_meter_message message;
    cef_meter_verdict verdict = message_decode(bytes, length, &message);
    if (verdict == CEF_METER_ACCEPTED) {
        const message_view view = {&message, message.fact, message.item, message.result, false};
        verdict = meter_take(m, &view, -1);
    }
    if (m->rules->refused)
        m->rules->refused[verdict]++;
    return verdict;
}
