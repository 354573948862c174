/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as bytes: version 1, little-endian (base.h asserts that this machine is). Reading is bounded by the length
 * given and checks every field before anything is believed. */
#include "meter/meter.h"

static const uint8_t magic[4] = {'C', 'E', 'F', 'M'};

/* The head, byte by byte as it travels: no padding. */
typedef struct {
    uint8_t magic[4];
    uint8_t version, n_facts, n_items, n_results;
    uint16_t length, flags;
    uint8_t auth_bytes, bundle, ack, reserved;
    uint32_t epoch, interval, from, to, link, boot, sequence;
    uint32_t generation, root, reach, result_leader, result_sequence;
    double reading, intensity, bound, unresolved;
} wire_head;
static_assert(sizeof(wire_head) == CEF_METER_HEAD_BYTES, "the head's layout is published");
static_assert(sizeof(cef_meter_fact) == 8 && sizeof(cef_meter_item) == 40 && sizeof(cef_meter_result) == 24,
              "facts, items and results travel as they lie in memory");
static_assert(CEF_METER_HEAD_BYTES + 8 * CEF_METER_FACTS + 40 * CEF_METER_ITEMS + 24 * CEF_METER_RESULTS +
                      CEF_METER_AUTH ==
                  CEF_METER_MESSAGE_BYTES,
              "the longest message");

static size_t length_of(size_t n_facts, size_t n_items, size_t n_results, size_t auth_bytes)
{
    return sizeof(wire_head) + n_facts * sizeof(cef_meter_fact) + n_items * sizeof(cef_meter_item) +
           n_results * sizeof(cef_meter_result) + auth_bytes;
}

static bool counts_fit(size_t n_facts, size_t n_items, size_t n_results, size_t auth_bytes)
{
    return n_facts <= CEF_METER_FACTS && n_items <= CEF_METER_ITEMS && n_results <= CEF_METER_RESULTS &&
           auth_bytes <= CEF_METER_AUTH;
}

static uint8_t *put(uint8_t *to, const void *from, size_t bytes)
{
    if (bytes > 0) /* an empty list may be NULL */
        memcpy(to, from, bytes);
    return to + bytes;
}

size_t message_length(const cef_meter_message *h)
{
    return length_of(h->n_facts, h->n_items, h->n_results, h->auth_bytes);
}

size_t message_encode(const message_view *m, uint8_t *bytes, size_t size)
{
    const cef_meter_message *h = m->head;
    if (!counts_fit(h->n_facts, h->n_items, h->n_results, h->auth_bytes))
        return 0;
    const size_t length = message_length(h);
    if (length > size)
        return 0;
    wire_head w = {.version = CEF_METER_VERSION,
                   .n_facts = h->n_facts,
                   .n_items = h->n_items,
                   .n_results = h->n_results,
                   .length = (uint16_t) length,
                   .flags = h->flags,
                   .auth_bytes = h->auth_bytes,
                   .bundle = h->bundle,
                   .ack = h->ack};
    memcpy(w.magic, magic, sizeof magic);
    memcpy(&w.epoch, &h->epoch, 12 * sizeof(uint32_t)); /* epoch .. result_sequence stand in the same order */
    memcpy(&w.reading, &h->reading, 4 * sizeof(double));
    uint8_t *end = put(bytes, &w, sizeof w);
    end = put(end, m->fact, h->n_facts * sizeof *m->fact);
    end = put(end, m->item, h->n_items * sizeof *m->item);
    end = put(end, m->result, h->n_results * sizeof *m->result);
    put(end, h->auth, h->auth_bytes);
    return length;
}

/* ---- reading ---- */

static bool is_finite(double v) { return v - v == 0.0; }
static bool not_negative(double v) { return is_finite(v) && v >= 0.0; }

static cef_meter_verdict check_head(const wire_head *w, size_t length)
{
    if (memcmp(w->magic, magic, sizeof magic) != 0)
        return CEF_METER_MALFORMED;
    if (w->version != CEF_METER_VERSION)
        return CEF_METER_BAD_VERSION;
    if (!counts_fit(w->n_facts, w->n_items, w->n_results, w->auth_bytes) || w->reserved != 0 ||
        (w->flags & ~CEF_METER_FLAGS) != 0 || w->from == w->to ||
        w->length != length_of(w->n_facts, w->n_items, w->n_results, w->auth_bytes))
        return CEF_METER_MALFORMED;
    return length < w->length ? CEF_METER_TRUNCATED : length > w->length ? CEF_METER_OVERSIZE : CEF_METER_ACCEPTED;
}

static cef_meter_verdict check_value(const wire_head *w)
{
    const bool final = (w->flags & CEF_METER_FINAL) != 0, undefined = (w->flags & CEF_METER_UNDEFINED) != 0;
    if (!is_finite(w->intensity) || !not_negative(w->bound) || w->unresolved != w->unresolved ||
        (w->reading == w->reading && !(fabs(w->reading) <= METER_MAX_MW)))
        return CEF_METER_BAD_NUMBER;
    if (!(w->unresolved >= 0.0 && w->unresolved <= 1.0))
        return CEF_METER_BAD_SHARE;
    if ((final && w->unresolved > 0.0) || (undefined && (!final || w->intensity != 0.0)))
        return CEF_METER_MALFORMED;
    return CEF_METER_ACCEPTED;
}

static cef_meter_verdict check_facts(const cef_meter_fact *fact, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (fact[k].reserved != 0 || fact[k].up == 0 || fact[k].down == 0 ||
            (fact[k].up == CEF_METER_NO_HOPS && fact[k].down == CEF_METER_NO_HOPS))
            return CEF_METER_MALFORMED;
    return CEF_METER_ACCEPTED;
}

static cef_meter_verdict check_items(const cef_meter_item *item, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const cef_meter_item *i = &item[k];
        const bool arc = i->kind == CEF_METER_ARC;
        if (i->kind < CEF_METER_ROW || i->kind > CEF_METER_ROW_UNFED || i->reserved != 0 ||
            (arc ? i->source == i->meter : i->source != 0))
            return CEF_METER_MALFORMED;
        if (!not_negative(i->mw) || i->mw > METER_MAX_SUM || !not_negative(i->bound) || !is_finite(i->carbon) ||
            (arc && (i->mw == 0.0 || i->bound != 0.0 || i->carbon != 0.0)))
            return CEF_METER_BAD_NUMBER;
    }
    return CEF_METER_ACCEPTED;
}

static cef_meter_verdict check_results(const cef_meter_result *result, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const cef_meter_result *r = &result[k];
        if (r->flags != 0 && r->flags != CEF_METER_UNDEFINED && r->flags != CEF_METER_WANTED)
            return CEF_METER_MALFORMED;
        if (!is_finite(r->intensity) || !not_negative(r->bound))
            return CEF_METER_BAD_NUMBER;
    }
    return CEF_METER_ACCEPTED;
}

static const uint8_t *get(void *to, const uint8_t *from, size_t bytes)
{
    memcpy(to, from, bytes);
    return from + bytes;
}

static void unpack(const wire_head *w, const uint8_t *body, cef_meter_message *m)
{
    memset(m, 0, sizeof *m);
    memcpy(&m->epoch, &w->epoch, 12 * sizeof(uint32_t));
    memcpy(&m->reading, &w->reading, 4 * sizeof(double));
    m->flags = w->flags;
    m->bundle = w->bundle;
    m->ack = w->ack;
    m->n_facts = w->n_facts;
    m->n_items = w->n_items;
    m->n_results = w->n_results;
    m->auth_bytes = w->auth_bytes;
    body = get(m->fact, body, w->n_facts * sizeof *m->fact);
    body = get(m->item, body, w->n_items * sizeof *m->item);
    body = get(m->result, body, w->n_results * sizeof *m->result);
    get(m->auth, body, w->auth_bytes);
}

cef_meter_verdict message_decode(const uint8_t *bytes, size_t length, cef_meter_message *message)
{
    wire_head w;
    if (length < sizeof w)
        return CEF_METER_TRUNCATED;
    if (length > CEF_METER_MESSAGE_BYTES)
        return CEF_METER_OVERSIZE;
    memcpy(&w, bytes, sizeof w);
    cef_meter_verdict verdict = check_head(&w, length);
    if (verdict == CEF_METER_ACCEPTED)
        verdict = check_value(&w);
    if (verdict != CEF_METER_ACCEPTED)
        return verdict;
    unpack(&w, bytes + sizeof w, message);
    verdict = check_facts(message->fact, message->n_facts);
    if (verdict == CEF_METER_ACCEPTED)
        verdict = check_items(message->item, message->n_items);
    if (verdict == CEF_METER_ACCEPTED)
        verdict = check_results(message->result, message->n_results);
    return verdict;
}

const char *message_verdict_name(cef_meter_verdict verdict)
{
    static const char *const names[CEF_METER_VERDICTS] = {
        "accepted",  "truncated",   "oversize", "malformed", "bad-version", "bad-number",     "bad-intensity",
        "bad-share", "wrong-epoch", "stale",    "future",    "replayed",    "unknown-sender", "not-mine"};
    return verdict >= 0 && verdict < CEF_METER_VERDICTS ? names[verdict] : "unknown";
}
