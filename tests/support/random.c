/* SPDX-License-Identifier: Apache-2.0 */
/* Random grids. Row k < n_bus of the units and of the loads is the balancing row of bus k (its power may be 0); every
 * power is a multiple of 2^-10 MW, so that sums are exact and balance is balance to the last bit. */
#include <stdlib.h>

#include "support.h"

static const double unit_mw = 0x1p-10;
static const double below_threshold = 0x1p-21; /* MW, under the default flow_tol */

static double some_mw(dice *d, cef_index most) { return (double) dice_between(d, 1, most * 1024) * unit_mw; }

static double some_intensity(dice *d) { return dice_chance(d, 0.2) ? 0.0 : 1.2 * dice_unit(d); }

static void set_powers(model *m, cef_index k, bool forward, double sent, double received)
{
    m->p_from[k] = forward ? sent : -received;
    m->p_to[k] = forward ? -received : sent;
}

static void random_powers(dice *d, model *m, cef_index k, bool forward, unsigned options)
{
    const double sent = some_mw(d, 200);
    double loss = dice_chance(d, 0.2) ? 0.0 : (double) dice_below(d, (cef_index) (sent * 40.0) + 1) * unit_mw;
    if (options & RANDOM_NEGATIVE_LOSS && dice_chance(d, 0.15))
        loss = -(double) dice_below(d, (cef_index) (sent * 10.0) + 1) * unit_mw;
    set_powers(m, k, forward, sent, sent - loss);
    if (options & RANDOM_BOTH_FED && (m->from[k] == m->to[k] || dice_chance(d, 0.1)))
        m->p_from[k] = some_mw(d, 2), m->p_to[k] = some_mw(d, 2);
    if (options & RANDOM_DEAD && dice_chance(d, 0.1)) {
        const cef_index kind = dice_below(d, 3);
        m->p_from[k] = kind == 0 ? 0.0 : (kind == 1 ? below_threshold : some_mw(d, 1));
        m->p_to[k] = kind == 0 ? 0.0 : -below_threshold;
    }
}

static void random_branches(dice *d, model *m, unsigned options)
{
    cef_index *label = malloc((size_t) m->n_bus * sizeof *label);
    if (!label)
        abort();
    for (cef_index k = 0; k < m->n_bus; k++) {
        const cef_index other = dice_below(d, k + 1);
        label[k] = label[other], label[other] = k;
    }
    const cef_index extra = m->n_bus / 2;
    for (cef_index k = 1; k < m->n_bus + extra; k++) {
        const cef_index high = k < m->n_bus ? k : dice_between(d, 1, m->n_bus - 1);
        if (k < m->n_bus && options & RANDOM_DEAD && dice_chance(d, 0.07))
            continue;
        const cef_index low = dice_between(d, high > 8 ? high - 8 : 0, high - 1);
        bool forward = !(options & RANDOM_LOOPS && dice_chance(d, 0.3));
        const cef_index circuits = options & RANDOM_PARALLEL && dice_chance(d, 0.2) ? 2 + dice_below(d, 2) : 1;
        for (cef_index c = 0; c < circuits; c++) {
            const bool flip = dice_chance(d, 0.5);
            const cef_index row = model_branch(m, label[flip ? high : low], label[flip ? low : high], 0, 0);
            forward ^= circuits > 1 && dice_chance(d, 0.3);
            random_powers(d, m, row, forward ^ flip, options);
        }
    }
    for (cef_index k = 0; options & RANDOM_BOTH_FED && k < m->n_bus / 8; k++) {
        const cef_index bus = dice_below(d, m->n_bus);
        random_powers(d, m, model_branch(m, bus, bus, 0, 0), true, options);
    }
    free(label);
}

static double seen(double p) { return p < 1e-6 && p > -1e-6 ? 0.0 : p; }

/* MW that bus needs from its balancing rows. */
static double need_of(const model *m, cef_index bus)
{
    double need = 0.0;
    for (cef_index k = 0; k < m->n_branch; k++)
        need += (m->from[k] == bus ? seen(m->p_from[k]) : 0.0) + (m->to[k] == bus ? seen(m->p_to[k]) : 0.0);
    for (cef_index k = m->n_bus; k < m->n_gen; k++)
        need -= m->gen_bus[k] == bus ? m->gen_p[k] : 0.0;
    for (cef_index k = m->n_bus; k < m->n_load; k++)
        need += m->load_bus[k] == bus ? m->load_p[k] : 0.0;
    for (cef_index k = 0; k < m->n_storage; k++)
        need -= m->storage_bus[k] == bus ? m->storage_p[k] : 0.0;
    return need;
}

/* reached[bus]: along the flow from a source (downstream), or against it from a load. */
static void spread(const model *m, bool downstream, bool *reached)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (cef_index k = 0; k < m->n_branch; k++) {
            const double from = seen(m->p_from[k]), to = seen(m->p_to[k]);
            if (m->from[k] == m->to[k] || from * to >= 0.0)
                continue;
            const cef_index sender = from > 0.0 ? m->from[k] : m->to[k], receiver = m->from[k] + m->to[k] - sender;
            const cef_index source = downstream ? sender : receiver, target = downstream ? receiver : sender;
            changed |= reached[source] && !reached[target];
            reached[target] |= reached[source];
        }
    }
}

static bool transfers(const model *m, cef_index bus)
{
    for (cef_index k = 0; k < m->n_branch; k++)
        if ((m->from[k] == bus || m->to[k] == bus) && (seen(m->p_from[k]) != 0.0 || seen(m->p_to[k]) != 0.0))
            return true;
    return false;
}

/* Gives a unit and as much load to each bus in turn that no unit feeds or that reaches no load. */
static void feed_and_drain(dice *d, model *m)
{
    bool *fed = malloc(2 * (size_t) m->n_bus * sizeof *fed), *drained = fed + m->n_bus;
    if (!fed)
        abort();
    for (cef_index again = 1; again;) {
        for (cef_index bus = 0; bus < m->n_bus; bus++)
            fed[bus] = m->gen_p[bus] > 0.0, drained[bus] = m->load_p[bus] > 0.0;
        spread(m, true, fed);
        spread(m, false, drained);
        again = 0;
        for (cef_index bus = 0; bus < m->n_bus && !again; bus++) {
            if ((fed[bus] && drained[bus]) || !transfers(m, bus))
                continue;
            const double extra = some_mw(d, 5);
            m->gen_p[bus] += extra, m->load_p[bus] += extra;
            again = 1;
        }
    }
    free(fed);
}

static void balance(dice *d, model *m)
{
    for (cef_index bus = 0; bus < m->n_bus; bus++) {
        const double need = need_of(m, bus);
        const double both = transfers(m, bus) && dice_chance(d, 0.15) ? some_mw(d, 60) : 0.0;
        m->gen_p[bus] = both + (need > 0.0 ? need : 0.0);
        m->load_p[bus] = both + (need < 0.0 ? -need : 0.0);
    }
    feed_and_drain(d, m);
}

/* The two rolls of a row are drawn one after the other: C leaves the order of arguments open. */
static void more_rows(dice *d, model *m, unsigned options)
{
    for (cef_index bus = 0; bus < m->n_bus; bus++) {
        if (!transfers(m, bus))
            continue;
        const double intensity = some_intensity(d);
        const bool other = dice_chance(d, 0.5);
        if (dice_chance(d, 0.3))
            model_gen(m, bus, some_mw(d, 80), intensity);
        if (dice_chance(d, 0.3))
            model_load(m, bus, some_mw(d, 80));
        if (options & RANDOM_NEGATIVE && dice_chance(d, 0.15))
            model_gen(m, bus, -some_mw(d, 20), 0.5);
        if (options & RANDOM_NEGATIVE && dice_chance(d, 0.15))
            model_load_kind(m, bus, -some_mw(d, 20), CEF_LOAD_DEMAND, 0.5 * intensity);
        if (options & RANDOM_KINDS && dice_chance(d, 0.2))
            model_load_kind(m, bus, some_mw(d, 20), other ? CEF_LOAD_SHUNT : CEF_LOAD_EXPORT, 0.0);
        if (options & RANDOM_STORAGE && dice_chance(d, 0.2))
            model_storage(m, bus, (other ? 1.0 : -1.0) * some_mw(d, 20), 0.75 * intensity);
    }
}

model random_model(dice *d, cef_index n_bus, unsigned options)
{
    model m = model_make(n_bus);
    for (cef_index bus = 0; bus < n_bus; bus++) {
        model_gen(&m, bus, 0.0, some_intensity(d));
        model_load(&m, bus, 0.0);
    }
    random_branches(d, &m, options);
    more_rows(d, &m, options);
    balance(d, &m);
    for (cef_index bus = 0; options & RANDOM_IMBALANCE && bus < n_bus; bus++)
        if (m.load_p[bus] > 0.0 && dice_chance(d, 0.2)) {
            const double change = some_mw(d, 3);
            m.load_p[bus] += dice_chance(d, 0.5) || m.load_p[bus] <= change ? change : -change;
        }
    return m;
}

void random_walk(dice *d, model *m, double fraction)
{
    for (cef_index k = 0; k < m->n_branch; k++)
        if (m->from[k] != m->to[k] && dice_chance(d, fraction)) {
            const bool forward = dice_chance(d, 0.3) ? dice_chance(d, 0.5) : m->p_from[k] > 0.0;
            random_powers(d, m, k, forward, dice_chance(d, 0.1) ? RANDOM_DEAD : 0);
        }
    balance(d, m);
}

/* ---- loops ---- */
typedef struct {
    int64_t sent, received; /* in units of 2^-44 MW: sums stay below 2^53 and are exact as doubles */
} amount;
static const double loop_unit = 0x1p-44;

static void loop_path(dice *d, model *m, amount *ring, int64_t units)
{
    const cef_index start = dice_below(d, m->n_bus), hops = dice_between(d, 0, m->n_bus - 1);
    cef_index bus = start;
    model_gen(m, start, (double) units * loop_unit, 0.05 + dice_unit(d));
    for (cef_index hop = 0; hop < hops; hop++) {
        const int64_t lost = (int64_t) (dice_next(d) % (uint64_t) (units / 8 + 1));
        ring[bus].sent += units;
        units -= lost;
        ring[bus].received += units;
        bus = (bus + 1) % m->n_bus;
    }
    model_load(m, bus, (double) units * loop_unit);
}

model random_loop(dice *d, cef_index n_bus, int share_bits)
{
    model m = model_make(n_bus);
    amount *ring = calloc((size_t) n_bus, sizeof *ring); /* ring[k]: arc k -> k + 1 */
    if (!ring)
        abort();
    const int64_t around = ((int64_t) 1 << 47) + (int64_t) (dice_next(d) >> 17);
    for (cef_index k = 0; k < n_bus; k++)
        ring[k] = (amount){around, around};
    for (cef_index chord = 0; n_bus > 2 && chord < n_bus / 2; chord++) { /* chord a -> b, back along the ring */
        const cef_index a = dice_below(d, n_bus), b = (a + dice_between(d, 1, n_bus - 1)) % n_bus;
        const int64_t units = (int64_t) (dice_next(d) >> 18);
        for (cef_index k = b; k != a; k = (k + 1) % n_bus)
            ring[k].sent += units, ring[k].received += units;
        model_arc(&m, a, b, (double) units * loop_unit, (double) units * loop_unit);
    }
    const int64_t share = (int64_t) 1 << (48 - share_bits);
    for (cef_index path = dice_between(d, 2, 4); path > 0; path--)
        loop_path(d, &m, ring, share + (int64_t) (dice_next(d) % (uint64_t) share));
    for (cef_index k = 0; k < n_bus; k++)
        model_arc(&m, k, (k + 1) % n_bus, (double) ring[k].sent * loop_unit, (double) ring[k].received * loop_unit);
    free(ring);
    return m;
}
