/* SPDX-License-Identifier: Apache-2.0 */
/* A round without faults: who steps, and who tells whom.
 *
 * Nothing is lost here, so that nothing needs to be said twice. A meter to which nothing new came rests: its step would
 * change nothing, and its messages would be those of before. What is new goes to those only to whom it matters: a value
 * to who mixes it, being trimmed upstream, loops to who may stand on one. What a meter said before can matter again
 * only to a neighbour that sees the loops otherwise since (it did not know a colour, or had no room for a fact): that
 * one asks for it. So every value is, round by round, that of a transport in which everybody always speaks
 * (test_field). */
#include "meter/field.h"

/* ---- what is said ---- */

static inline void hand_over(cef_meter_field *f, cef_meter *m, meter_link *l, int64_t end)
{
    const cef_index to = (cef_index) l->peer;
    if (meter_hand_over(m, l, field_meter(f, to), field_back(f, end)))
        f->mark[to] |= MARK_FORCED;
    f->mark[to] |= MARK_WOKEN;
}

/* All there is to say. */
static int32_t say_all(cef_meter_field *f, cef_index bus, bool values_only)
{
    cef_meter *m = field_meter(f, bus);
    const int64_t first = f->roll->start[bus];
    const uint32_t mark = f->mark[bus];
    const int32_t n_links = m->n_links;
    int32_t n_values = 0;
    for (int32_t k = 0; k < n_links; k++) {
        meter_link *l = &meter_links(m)[k];
        if (!values_only && !(mark & f->mark[l->peer] & MARK_TRIMMED))
            field_say(f, m, k, first + k);
        else
            hand_over(f, m, l, first + k), n_values++;
    }
    return n_values;
}

static void pass_to(cef_meter_field *f, const cef_meter *m, int64_t end)
{
    const cef_index to = f->peer[end];
    meter_link *back = field_back(f, end);
    back->intensity = m->intensity;
    back->bound = m->bound;
    back->unresolved = m->unresolved;
    f->mark[to] |= MARK_WOKEN;
}

static void pass_final(cef_meter_field *f, cef_meter *m, int32_t link, int64_t end)
{
    const cef_index to = f->peer[end];
    meter_take_final(field_meter(f, to), field_back(f, end), m);
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
        else if (values_only || (m->arcs_out >> k & 1) || (f->mark[f->peer[first + k]] & (MARK_TRIMMED | MARK_SOURCED)))
            pass_final(f, m, k, first + k), n++;
        else
            field_say(f, m, k, first + k);
    }
    return n;
}

/* That there is no loop downstream matters upstream, unless none is there either. */
static int32_t pass_trimmed(cef_meter_field *f, cef_index bus)
{
    const cef_meter *m = field_meter(f, bus);
    const int64_t first = f->roll->start[bus];
    int32_t n = 0;
    for (uint32_t left = m->arcs_in; left != 0; left &= left - 1) {
        const int64_t end = first + __builtin_ctz(left);
        const cef_index to = f->peer[end];
        if (f->mark[to] & MARK_SOURCED)
            continue;
        meter_take_trimmed(field_meter(f, to), field_back(f, end));
        f->mark[to] |= MARK_WOKEN;
        n++;
    }
    return n;
}

/* Who looks for loops says all to others that stand on one, as far as can be seen, and to the rest its value. */
static int32_t say_loops(cef_meter_field *f, cef_index bus)
{
    cef_meter *m = field_meter(f, bus);
    const int64_t first = f->roll->start[bus];
    int32_t n = 0;
    for (int32_t k = 0; k < m->n_links; k++) {
        if (!(f->mark[f->peer[first + k]] & (MARK_TRIMMED | MARK_SOURCED)))
            field_say(f, m, k, first + k);
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
        if (field_answers(&meter_links(m)[k]))
            field_say(f, m, k, f->roll->start[bus] + k);
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
    else if (meter_looks(m) && (turned || ((before & MARK_ASKED) &&
                                           (!(m->flags & METER_FINAL) || far_part_of(m)->leader != METER_NOBODY))))
        mark |= MARK_LOOPS;
    mark |= (turned & METER_FINAL) && is_sourced(f, bus) ? MARK_SOURCED : 0;
    f->mark[bus] = (uint16_t) mark;
    field_count(f, bus);
}

/* On none, nor will it ever look for one. */
static inline bool is_out_of_loops(const cef_meter_field *f, cef_index bus)
{
    return (f->mark[bus] & (MARK_TRIMMED | MARK_SOURCED)) != 0;
}

/* Those that were young until now begin to look for loops. */
static void grow_up(cef_meter_field *f, cef_index bus)
{
    if (is_out_of_loops(f, bus))
        return;
    field_meter(f, bus)->age = METER_YOUNG - 1;
    f->mark[bus] |= MARK_WOKEN | MARK_ASKED;
}

/* Members of a loop have more to do than what comes in: they count rounds. And what a meter sees of the loops where
 * readings are missing or wrong changes with its neighbours' words, not only with its own state. */
static void stay_awake(cef_meter_field *f, cef_index bus)
{
    const cef_meter *m = field_meter(f, bus);
    if (is_out_of_loops(f, bus))
        return;
    if (meter_is_young(m)) /* it started later than the others */
        field_wake(f, bus);
    else if (far_part_of(m)->leader != METER_NOBODY || f->guesses)
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
        field_take_waiting(f, bus);
}

static inline bool steps_next(const cef_meter_field *f, cef_index bus, bool grown)
{
    return (f->mark[bus] & MARK_WOKEN) || (grown && !is_out_of_loops(f, bus));
}

static inline void fetch(const cef_meter_field *f, cef_index bus, bool values_only, bool grown)
{
    const cef_index near = bus + 2 * FIELD_AHEAD, far = bus + FIELD_AHEAD;
    if (near >= f->roll->info.n_bus)
        return;
    if (steps_next(f, near, grown))
        field_fetch_near(f, near);
    if (!values_only && !is_out_of_loops(f, far) && steps_next(f, far, grown))
        field_fetch_far(f, far);
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
