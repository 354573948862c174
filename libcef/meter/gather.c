/* SPDX-License-Identifier: Apache-2.0 */
/* A loop's equations travel to the leader, its results back. Items go hop by hop along the flow, numbered on each hop:
 * the next meter takes as many as it has room for and tells which number it awaits; until then they are sent again,
 * with those that came in meanwhile. A meter's own go first. Results are passed on by every member, the latest wins;
 * so is the leader's asking for equations that it misses, and its sign of life. */
#include "meter/meter.h"

static bool leads(const cef_meter *m)
{
    const meter_far *far = far_part_of(m);
    return far->arena && far->leader == far->meter;
}
static bool follows(const cef_meter *m)
{
    const meter_far *far = far_part_of(m);
    return far->leader != METER_NOBODY && far->leader != far->meter;
}

/* Item numbers are 1 .. 255, around; 0 is none. */
static uint8_t number_after(uint8_t number, int32_t n) { return (uint8_t) ((number + 254 + n) % 255 + 1); }
static int32_t numbers_between(uint8_t from, uint8_t to) { return (to + 255 - from) % 255; }

/* ---- what comes in ---- */

/* Rounds for which results are handed out: twice over, and until those who miss one have asked again. */
static void serve(cef_meter *m)
{
    meter_far *far = far_part(m);
    if (arena_n_results(far->arena) == 0)
        return;
    const int64_t turns = arena_n_results(far->arena) / CEF_METER_RESULTS + 1, rounds = 2 * turns + m->rules->patience;
    far->service = (uint16_t) (rounds < UINT16_MAX ? rounds : UINT16_MAX);
}

/* Returns how many of the items are taken. */
static int32_t take_items(cef_meter *m, const cef_meter_item *item, int32_t n)
{
    meter_far *far = far_part(m);
    const bool called = far->leader == METER_NOBODY && far->root == far->meter;
    if (far->arena && (far->leader == far->meter || called)) {
        if (called)
            m->flags |= METER_CALLED; /* the others see a loop larger than this meter's facts */
        for (int32_t k = 0; k < n; k++)
            arena_take_item(far->arena, &item[k]);
        serve(m);
        return n;
    }
    if (!follows(m) || m->row_waits)
        return 0;
    const int32_t room = CEF_METER_ITEMS - m->n_out, taken = n < room ? n : room;
    memcpy(far->out + m->n_out, item, (size_t) taken * sizeof *far->out);
    m->n_out = (m->n_out + taken) & 7;
    return taken;
}

/* Those that were taken before are told again. A number that cannot follow begins anew: the peer took this way anew,
 * or one of the two restarted. */
static void hear_items(cef_meter *m, meter_link *l, const message_view *v)
{
    const int32_t n = v->head->n_items;
    int32_t known = l->bundle_in == 0 ? n + 1 : numbers_between(v->head->bundle, l->bundle_in);
    if (v->head->bundle == 0)
        return;
    if (known > n) {
        known = 0;
        l->bundle_in = v->head->bundle;
    }
    const int32_t taken = take_items(m, v->item + known, n - known);
    l->bundle_in = number_after(l->bundle_in, taken);
    l->flags |= LINK_ACK;
}

static void hear_ack(cef_meter *m, int32_t link, uint8_t ack)
{
    meter_far *far = far_part(m);
    if (link != far->leader_via)
        return;
    if (m->flags & METER_NEW_WAY) { /* far from any number that the peer may still expect, or have in its post */
        m->flags = (uint8_t) (m->flags & ~METER_NEW_WAY);
        far->bundle = number_after(ack == 0 ? 1 : ack, 127);
        return;
    }
    const int32_t n = ack == 0 ? 0 : numbers_between(far->bundle, ack);
    if (n == 0 || n > far->n_sent)
        return;
    m->n_out = (m->n_out - n) & 7;
    far->n_sent = (far->n_sent - n) & 7;
    memmove(far->out, far->out + n, m->n_out * sizeof *far->out);
    far->bundle = ack;
}

/* What concerns this meter itself: a result is true whoever tells it. */
static void take_own_results(cef_meter *m, const message_view *v)
{
    for (int32_t k = 0; k < v->head->n_results; k++) {
        const cef_meter_result *r = &v->result[k];
        if (r->meter == far_part(m)->meter && !(r->flags & CEF_METER_WANTED))
            meter_settle(m, r->intensity, r->bound, (r->flags & CEF_METER_UNDEFINED) != 0);
    }
}

static void heed_leader(cef_meter *m, const message_view *v)
{
    meter_far *far = far_part(m);
    const cef_meter_message *h = v->head;
    if (h->result_sequence == 0 || h->result_leader != far->leader || far->leader == far->meter)
        return;
    if (far->result_leader == h->result_leader && (int32_t) (h->result_sequence - far->result_sequence) <= 0)
        return;
    far->result_leader = h->result_leader;
    far->result_sequence = h->result_sequence;
    far->row_timer = 0;
    m->n_relay = h->n_results & 7;
    m->relay_fresh = h->n_results > 0 ? 2 : 0;
    for (int32_t k = 0; k < h->n_results; k++) {
        far->relay[k] = v->result[k];
        if (far->relay[k].meter == far->meter && (far->relay[k].flags & CEF_METER_WANTED) && !m->row_waits)
            far->row_cursor = 0;
    }
}

void gather_hear(cef_meter *m, int32_t link, const message_view *v)
{
    hear_ack(m, link, v->head->ack);
    if (v->head->n_items > 0)
        hear_items(m, &meter_links(m)[link], v);
    take_own_results(m, v);
    heed_leader(m, v);
}

/* ---- this meter's own equation ---- */

static cef_meter_item own_row(const cef_meter *m)
{
    const meter_far *far = far_part_of(m);
    const meter_mixture mix = meter_mix(m, true);
    const cef_meter_rules *r = m->rules;
    const double most = fmax(fabs(r->e_min), fabs(r->e_max)), rounding = meter_rounding(&mix);
    return (cef_meter_item){.meter = far->meter,
                            .version = far->row_version,
                            .arcs = (uint16_t) mix.n_open,
                            .kind = mix.fed ? CEF_METER_ROW : CEF_METER_ROW_UNFED,
                            .mw = mix.power,
                            .carbon = mix.carbon,
                            .bound = (mix.spread + rounding * (mix.weight + mix.power * most)) * (1.0 + rounding)};
}

/* Of an arc from a neighbour that is not final. */
static bool is_open(const link_flow *f, const meter_link *l)
{
    return f->mw > 0.0 && !(l->flags & (LINK_FINAL | LINK_QUARANTINED));
}

/* Arc number `index` of this meter's row. */
static cef_meter_item own_arc(const cef_meter *m, int32_t index)
{
    const meter_far *far = far_part_of(m);
    const meter_link *link = meter_links_of(m);
    const link_gaps gaps = m->quality != CEF_QUALITY_MEASURED ? meter_gaps(m) : (link_gaps){0};
    cef_meter_item item = {.meter = far->meter, .version = far->row_version, .kind = CEF_METER_ARC};
    for (int32_t k = 0; k < m->n_links; k++) {
        const link_flow f = meter_flow(m, &link[k], &gaps);
        if (!is_open(&f, &link[k]) || index-- != 0)
            continue;
        item.arcs = (uint16_t) (far->row_cursor - 1);
        item.source = link[k].peer;
        item.mw = f.mw;
        break;
    }
    return item;
}

/* A row is of use only if all its arcs come from fellow members: others do not send theirs, but become final. */
static bool is_complete(const cef_meter *m)
{
    const meter_link *link = meter_links_of(m);
    const link_gaps gaps = m->quality != CEF_QUALITY_MEASURED ? meter_gaps(m) : (link_gaps){0};
    for (int32_t k = 0; k < m->n_links; k++) {
        const link_flow f = meter_flow(m, &link[k], &gaps);
        if (is_open(&f, &link[k]) && !(link[k].flags & LINK_INSIDE) && !loop_has_fellow(m, link[k].peer))
            return false;
    }
    return true;
}

static bool has_room(const cef_meter *m) { return leads(m) || m->n_out < CEF_METER_ITEMS; }

static void put_item(cef_meter *m, const cef_meter_item *item)
{
    meter_far *far = far_part(m);
    if (leads(m))
        arena_take_item(far->arena, item);
    else
        far->out[m->n_out++] = *item;
}

/* Row first, then its arcs, as far as there is room; the leader's own go straight into its arena. */
static void emit_row(cef_meter *m)
{
    meter_far *far = far_part(m);
    if (m->flags & METER_ROW_DIRTY) {
        m->flags = (uint8_t) (m->flags & ~METER_ROW_DIRTY);
        far->row_version++;
        far->row_cursor = 0;
        far->row_timer = 0;
        far->service = follows(m) ? (uint16_t) m->rules->patience : far->service;
    }
    const meter_mixture mix = meter_mix(m, true);
    const int32_t n_arcs = mix.n_open;
    m->row_waits = 0;
    if (far->row_cursor > n_arcs || mix.unknown || mix.n_waiting > 0 || !is_complete(m))
        return;
    for (; far->row_cursor <= n_arcs && has_room(m); far->row_cursor++) {
        const cef_meter_item item = far->row_cursor == 0 ? own_row(m) : own_arc(m, far->row_cursor - 1);
        put_item(m, &item);
    }
    m->row_waits = far->row_cursor <= n_arcs;
}

/* Who was displaced hands on what it took. */
static void empty_arena(cef_meter *m)
{
    meter_far *far = far_part(m);
    cef_meter_item item;
    while (!m->row_waits && m->n_out < CEF_METER_ITEMS && arena_give_item(far->arena, &item))
        far->out[m->n_out++] = item;
    m->row_waits = m->row_waits || arena_n_rows(far->arena) > arena_n_results(far->arena);
}

/* A leader that is silent though this meter has no result: its row again, ever more seldom, calls for that. */
static void call_again(cef_meter *m)
{
    meter_far *far = far_part(m);
    if (far->result_leader != far->leader || m->row_waits || m->n_out > 0 || ++far->row_timer < far->service)
        return;
    far->row_cursor = 0;
    far->row_timer = 0;
    far->service = far->service < UINT16_MAX / 2 ? (uint16_t) (2 * far->service) : UINT16_MAX;
}

/* ---- the leader ---- */

/* The next results in turn; where some are still awaited, equations that are missed too, and now and then a sign of
 * life, which keeps the members from calling. */
static void speak_as_leader(cef_meter *m)
{
    meter_far *far = far_part(m);
    const bool waits = arena_waits(far->arena);
    uint8_t n = waits ? arena_wants(far->arena, m->rules->patience, far->relay, CEF_METER_RESULTS / 2) : 0;
    if (far->service == 0 && n == 0 && !(waits && ++far->row_timer >= m->rules->patience / 4))
        return;
    if (far->service > 0)
        far->service--;
    n = (uint8_t) (n + arena_results(far->arena, far->relay + n, (uint8_t) (CEF_METER_RESULTS - n)));
    far->row_timer = 0;
    m->n_relay = n & 7;
    far->result_leader = far->meter;
    far->result_sequence++;
    m->relay_fresh = n > 0;
}

static void lead(cef_meter *m)
{
    meter_far *far = far_part(m);
    for (int32_t k = 0; k < m->n_out; k++) /* taken in before this meter knew that it leads */
        arena_take_item(far->arena, &far->out[k]);
    m->n_out = far->n_sent = 0;
    if (arena_solve(far->arena)) {
        cef_meter_result own;
        if (arena_result_of(far->arena, far->meter, &own))
            meter_settle(m, own.intensity, own.bound, (own.flags & CEF_METER_UNDEFINED) != 0);
        serve(m);
    }
    speak_as_leader(m);
}

void gather_step(cef_meter *m)
{
    meter_far *far = far_part(m);
    if (m->relay_fresh > 0)
        m->relay_fresh--;
    if (m->facts_age < FACTS_OLD)
        m->facts_age++;
    const bool coloured = (m->flags & METER_CALLED) || (far->root != far->meter && far->reach != UINT32_MAX);
    if (m->facts_age < FACTS_OLD || far->leader != METER_NOBODY || coloured)
        loop_elect(m); /* else it knows no more than a round ago: of no loop */
    const bool final = (m->flags & METER_FINAL) != 0;
    if (!final && (follows(m) || leads(m)))
        emit_row(m);
    else
        m->row_waits = 0;
    if (follows(m) && far->arena)
        empty_arena(m);
    if (!final && follows(m))
        call_again(m);
    if (leads(m))
        lead(m);
}
