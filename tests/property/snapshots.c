/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: a result never depends on the snapshots solved before. A solver that walked through many operating points
 * gives, to the last bit (intensities, bounds, flags, blocks, totals, counts), what a fresh solver gives for the same
 * point; and the walk really reuses, repairs and rebuilds the order. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "support.h"

typedef struct {
    int rebuilt, reused, repaired;
} orders;

static void count_order(orders *seen, const answer *a)
{
    seen->rebuilt += a->info.order_reused == 0;
    seen->reused += a->info.order_reused == 1;
    seen->repaired += a->info.order_reused == 2;
}

static void expect_fresh(const session *s, const model *m, const cef_settings *settings, answer *a, uint64_t seed,
                         int step)
{
    memset(a->memory, 0x7b, a->size);
    session_solve(s, m, a);
    answer fresh = model_solve(m, settings);
    cr_assert(a->status == fresh.status, "seed %lu step %d: %s after others, %s fresh", seed, step,
              cef_status_name(a->status), cef_status_name(fresh.status));
    if (a->status != CEF_OK)
        cr_assert(strcmp(a->error.message, fresh.error.message) == 0,
                  "seed %lu step %d: \"%s\" after others, \"%s\" fresh", seed, step, a->error.message,
                  fresh.error.message);
    for (cef_index bus = 0; a->status == CEF_OK && bus < m->n_bus; bus++)
        cr_assert(memcmp(&a->out.bus_intensity[bus], &fresh.out.bus_intensity[bus], 8) == 0,
                  "seed %lu step %d bus %d: %.17g after others, %.17g fresh", seed, step, bus,
                  a->out.bus_intensity[bus], fresh.out.bus_intensity[bus]);
    cr_assert(answer_hash(FNV1A_START, m, a) == answer_hash(FNV1A_START, m, &fresh),
              "seed %lu step %d: some output differs", seed, step);
    answer_free(&fresh);
}

static cef_settings settings_for(uint64_t seed, int32_t policy)
{
    cef_settings settings = settings_of(policy);
    settings.net_parallel = seed % 3 == 0;
    settings.mixing = seed % 4 == 1 ? CEF_MIXING_NETTED : CEF_MIXING_GROSS;
    settings.on_imbalance = seed % 5 == 2 ? CEF_IMBALANCE_ADD_UNIT : CEF_IMBALANCE_REPORT;
    return settings;
}

static void walk(uint64_t seed, int32_t policy, cef_index n_bus, int steps, orders *seen)
{
    dice d = {seed * 6 + (uint64_t) policy};
    const cef_settings settings = settings_for(seed, policy);
    model m = random_model(&d, n_bus, RANDOM_ALL);
    session s = session_open(&m, &settings, NULL);
    answer a = answer_make(&m);
    for (int step = 0; step < steps; step++) {
        expect_fresh(&s, &m, &settings, &a, seed, step);
        count_order(seen, &a);
        static const double fractions[] = {0.0, 0.01, 0.03, 0.1, 0.5};
        random_walk(&d, &m, fractions[dice_below(&d, 5)]);
        if (dice_chance(&d, 0.05)) { /* a refused snapshot leaves no trace either */
            m.p_from[0] = NAN;
            session_solve(&s, &m, &a);
            cr_assert(a.status == CEF_ERR_SNAPSHOT, "seed %lu: %s", seed, cef_status_name(a.status));
            random_walk(&d, &m, 1.0);
            m.p_from[0] = m.from[0] == m.to[0] ? 1.0 : m.p_from[0];
        }
    }
    session_close(&s);
    answer_free(&a);
    model_free(&m);
}

static void walks(int32_t policy)
{
    orders seen = {0};
    for (uint64_t seed = 1; seed <= 8; seed++)
        walk(seed, policy, (cef_index) (6 * seed), 30, &seen);
    walk(99, policy, 150, 12, &seen);
    cr_assert(seen.rebuilt > 10 && seen.reused > 10 && seen.repaired > 10, "rebuilt %d, reused %d, repaired %d",
              seen.rebuilt, seen.reused, seen.repaired);
}

Test(snapshots, sending) { walks(CEF_LOSS_SENDING); }
Test(snapshots, consumer) { walks(CEF_LOSS_CONSUMER); }
Test(snapshots, generator) { walks(CEF_LOSS_GENERATOR); }
Test(snapshots, split) { walks(CEF_LOSS_SPLIT); }
Test(snapshots, prorata) { walks(CEF_LOSS_PRORATA); }
Test(snapshots, half) { walks(CEF_LOSS_HALF); }

/* Two buses that feed each other in turn: every repair raises a level. The layout asserts that levels never outnumber
 * the buses, which is what its memory holds; a sanitizer would see nothing, since a solver is one block of memory. */
Test(snapshots, repaired_again_and_again)
{
    model m = model_make(2);
    model_arc(&m, 0, 1, 5, 5);
    model_gen(&m, 0, 10, 0.9), model_gen(&m, 1, 10, 0.1), model_load(&m, 0, 5), model_load(&m, 1, 15);
    session s = session_open(&m, NULL, NULL);
    answer a = answer_make(&m);
    for (int k = 0; k < 400; k++) {
        session_solve(&s, &m, &a);
        cr_assert(a.status == CEF_OK, "%d: %s", k, a.error.message);
        const double load = m.load_p[0];
        m.load_p[0] = m.load_p[1], m.load_p[1] = load;
        m.p_from[0] = -m.p_from[0], m.p_to[0] = -m.p_to[0];
    }
    answer_free(&a);
    session_close(&s);
    model_free(&m);
}

/* Two buses that send each other more than they have: under consumer losses neither has a mix. */
static void add_excess_loop(model *m, cef_index first)
{
    model_arc(m, first, first + 1, 30, 30), model_arc(m, first + 1, first, 10, 10);
    model_gen(m, first, 18, 0.9), model_load(m, first + 1, 20);
}

/* Which of two loops an error names, too: in a repaired order what once lay downstream of the other still does. */
Test(snapshots, errors_of_a_repaired_order)
{
    const cef_settings settings = settings_of(CEF_LOSS_CONSUMER);
    model m = model_make(5);
    add_excess_loop(&m, 0);
    add_excess_loop(&m, 2);
    const cef_index fed = model_arc(&m, 3, 4, 1, 1);
    model_arc(&m, 4, 0, 1, 1);
    session s = session_open(&m, &settings, NULL);
    answer a = answer_make(&m);
    expect_fresh(&s, &m, &settings, &a, 0, 0);
    cr_assert(a.status == CEF_ERR_BALANCE && a.error.index == 2, "bus %d", a.error.index);
    m.p_from[fed] = m.p_to[fed] = 0.0;
    expect_fresh(&s, &m, &settings, &a, 0, 1);
    cr_assert(a.status == CEF_ERR_BALANCE && a.error.index == 0, "bus %d", a.error.index);
    session_close(&s);
    s = session_open(&m, NULL, NULL); /* sending, which solves both: the change is one that an order is repaired for */
    session_solve(&s, &m, &a);
    m.p_from[fed] = 1.0, m.p_to[fed] = -1.0;
    session_solve(&s, &m, &a);
    m.p_from[fed] = m.p_to[fed] = 0.0;
    session_solve(&s, &m, &a);
    cr_assert(a.status == CEF_OK && a.info.order_reused == 2, "%s, %d", a.error.message, a.info.order_reused);
    session_close(&s);
    answer_free(&a);
    model_free(&m);
}

/* The same directions with other powers: the order is reused. One reversed branch of many: repaired, not rebuilt. */
Test(snapshots, states_of_the_order)
{
    dice d = {7};
    model m = random_model(&d, 200, RANDOM_LOOPS);
    session s = session_open(&m, NULL, NULL);
    answer a = answer_make(&m);
    session_solve(&s, &m, &a);
    cr_assert(a.status == CEF_OK && a.info.order_reused == 0, "first: %d", a.info.order_reused);
    for (cef_index k = 0; k < m.n_branch; k++)
        m.p_from[k] *= 1.5, m.p_to[k] *= 1.5;
    session_solve(&s, &m, &a);
    cr_assert(a.status == CEF_OK && a.info.order_reused == 1 && a.info.n_order_changes == 0, "same directions: %d, %d",
              a.info.order_reused, a.info.n_order_changes);
    m.p_from[3] = -m.p_from[3], m.p_to[3] = -m.p_to[3];
    session_solve(&s, &m, &a);
    cr_assert(a.status == CEF_OK && a.info.order_reused == 2 && a.info.n_order_changes == 1, "one reversed: %d, %d",
              a.info.order_reused, a.info.n_order_changes);
    for (cef_index k = 0; k < m.n_branch; k++)
        m.p_from[k] = -m.p_from[k], m.p_to[k] = -m.p_to[k];
    session_solve(&s, &m, &a);
    cr_assert((a.status == CEF_OK || a.status == CEF_ERR_SINGULAR) && a.info.order_reused == 0, "all reversed: %d",
              a.info.order_reused);
    session_close(&s);
    answer_free(&a);
    model_free(&m);
}

/* Two more buses that pass 5 MW around, fed with 1 MW. Returns their unit. */
static cef_index add_loop(model *m)
{
    const cef_index a0 = m->n_bus, a1 = a0 + 1;
    m->n_bus += 2;
    model_arc(m, a0, a1, 5, 5), model_arc(m, a1, a0, 5, 5);
    model_load(m, a1, 1);
    return model_gen(m, a0, 1, 0.5);
}

/* One loop unfed, then another, then none: refused or marked, none of them leaves a trace. */
static void unfed_in_turn(int32_t on_unfed_loop)
{
    dice d = {11};
    model m = random_model(&d, 30, RANDOM_LOOPS);
    const cef_index unit[] = {add_loop(&m), add_loop(&m)};
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.on_unfed_loop = on_unfed_loop;
    session s = session_open(&m, &settings, NULL);
    answer a = answer_make(&m);
    for (int turn = 0; turn < 6; turn++) {
        m.gen_p[unit[0]] = turn % 3 == 0 ? 0.0 : 1.0;
        m.gen_p[unit[1]] = turn % 3 == 1 ? 0.0 : 1.0;
        expect_fresh(&s, &m, &settings, &a, 11, turn);
        const bool refused = turn % 3 < 2 && on_unfed_loop == CEF_UNFED_ERROR;
        cr_assert(a.status == (refused ? CEF_ERR_SINGULAR : CEF_OK), "turn %d: %s", turn, cef_status_name(a.status));
        for (int k = 0; k < 2 && !refused; k++)
            cr_assert(((a.out.bus_flags[m.gen_bus[unit[k]]] & CEF_BUS_LOOP_UNFED) != 0) == (turn % 3 == k));
    }
    session_close(&s);
    answer_free(&a);
    model_free(&m);
}

Test(snapshots, after_an_unfed_loop) { unfed_in_turn(CEF_UNFED_ERROR); }
Test(snapshots, after_a_marked_loop) { unfed_in_turn(CEF_UNFED_MARK); }

/* Of bad loads the first is named, whatever is wrong with it, and the next snapshot knows nothing of them. */
Test(snapshots, first_bad_load)
{
    dice d = {12};
    model m = random_model(&d, 60, RANDOM_LOOPS);
    const cef_index first = m.n_load;
    for (cef_index k = 0; k < 40; k++)
        model_load_kind(&m, k, -1.0, CEF_LOAD_DEMAND, 0.25);
    session s = session_open(&m, NULL, NULL);
    answer a = answer_make(&m);
    session_solve(&s, &m, &a);
    cr_assert(a.status == CEF_OK, "%s: %s", cef_status_name(a.status), a.error.message);
    const uint64_t before = answer_hash(FNV1A_START, &m, &a);
    const cef_index dear = first + 9, mighty = first + 33;
    for (int turn = 0; turn < 4; turn++) {
        m.load_e[turn == 3 ? mighty : dear] = turn == 1 ? 0.25 : (double) NAN;
        m.load_p[turn == 3 ? dear : mighty] = turn == 2 ? -1.0 : (double) INFINITY;
        session_solve(&s, &m, &a);
        cr_assert(a.status == CEF_ERR_SNAPSHOT && a.error.element == CEF_LOAD);
        cr_assert(a.error.index == (turn == 1 ? mighty : dear), "turn %d: %d", turn, (int) a.error.index);
        m.load_e[dear] = m.load_e[mighty] = 0.25;
        m.load_p[dear] = m.load_p[mighty] = -1.0;
        session_solve(&s, &m, &a);
        cr_assert(a.status == CEF_OK && answer_hash(FNV1A_START, &m, &a) == before);
    }
    session_close(&s);
    answer_free(&a);
    model_free(&m);
}
