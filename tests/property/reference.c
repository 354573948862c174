/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: on random grids with everything that section 1 of docs/theory.md allows, every output is what an independent,
 * exact implementation of that section gives, under every policy and option, and each intensity is within its own
 * certified bound of the exact one. A failure prints the seed; `one(seed)` repeats it. */
#include <criterion/criterion.h>

#include "support.h"

enum { N_SEEDS = 500 };
static const double element_tolerance = 1e-12; /* of carbon, relative to what enters the sum */

typedef struct {
    int solved, loops, unfed, both_fed, negative_loss, imbalanced, undefined, refused;
} seen;

static cef_settings some_settings(dice *d, int32_t policy, unsigned *options)
{
    cef_settings settings = settings_of(policy);
    settings.net_parallel = dice_chance(d, 0.3);
    settings.negative_loss = dice_chance(d, 0.3) ? CEF_NEGATIVE_LOSS_SOURCE : CEF_NEGATIVE_LOSS_KEEP;
    if (dice_chance(d, 0.4)) {
        settings.on_imbalance = CEF_IMBALANCE_ADD_UNIT;
        settings.mismatch_intensity = dice_unit(d);
    }
    if (dice_chance(d, 0.3)) { /* local service is between units and loads; nothing else at the bus */
        settings.mixing = CEF_MIXING_NETTED;
        *options &= ~(unsigned) (RANDOM_NEGATIVE | RANDOM_STORAGE | RANDOM_KINDS);
    }
    return settings;
}

static bool refused_rightly(const reference *r, const answer *a)
{
    if (a->status == CEF_ERR_SINGULAR)
        return r->unfed_loop || r->undrained_loop;
    return a->status == CEF_ERR_BALANCE && r->negative_column;
}

static void one(uint64_t seed, int32_t policy, seen *count)
{
    dice d = {seed * 8 + (uint64_t) policy};
    unsigned options = (unsigned) dice_next(&d) & RANDOM_ALL;
    const cef_settings settings = some_settings(&d, policy, &options);
    model m = random_model(&d, dice_between(&d, 1, seed % 8 ? 16 : 36), options);
    reference r = ref_open(&m, &settings);
    answer a = model_solve(&m, &settings);
    const bool supplied = settings.on_imbalance == CEF_IMBALANCE_ADD_UNIT; /* then a loop's deficit gets a unit */
    const bool must_refuse = r.unfed_loop || (r.negative_column && !supplied) || r.undrained_loop;
    if (r.negative_column && !must_refuse) {
        cr_assert(a.status == CEF_OK && a.info.certified, "seed %lu policy %d: %s", seed, policy, a.error.message);
        count->solved++;
    } else if (must_refuse) {
        cr_assert(refused_rightly(&r, &a), "seed %lu policy %d: %s %s", seed, policy, cef_status_name(a.status),
                  a.error.message);
        count->refused++;
    } else {
        ref_solve(&r);
        const char *why = compare_buses(&r, &a);
        cr_assert(!why, "seed %lu policy %d: %s", seed, policy, why);
        why = compare_elements(&r, &a, element_tolerance);
        cr_assert(!why, "seed %lu policy %d: %s", seed, policy, why);
        why = compare_certificate(&m, &a);
        cr_assert(!why, "seed %lu policy %d: %s", seed, policy, why);
        count->solved++;
    }
    count->loops += r.n_block, count->unfed += r.unfed_loop, count->both_fed += r.n_both_fed;
    count->negative_loss += r.n_negative_loss;
    count->imbalanced += a.info.n_imbalanced, count->undefined += a.info.n_undefined;
    answer_free(&a);
    ref_close(&r);
    model_free(&m);
}

static void all(int32_t policy)
{
    seen count = {0};
    for (uint64_t seed = 0; seed < N_SEEDS; seed++)
        one(seed, policy, &count);
    cr_assert(count.solved > 9 * N_SEEDS / 10, "only %d solved", count.solved);
    cr_assert(count.loops > 50 && count.both_fed > 50 && count.negative_loss > 50 && count.imbalanced > 50 &&
                  count.undefined > 20,
              "the grids do not show what they should: %d loops, %d both fed, %d negative, %d imbalanced, %d undefined",
              count.loops, count.both_fed, count.negative_loss, count.imbalanced, count.undefined);
}

Test(reference, sending) { all(CEF_LOSS_SENDING); }
Test(reference, consumer) { all(CEF_LOSS_CONSUMER); }
Test(reference, generator) { all(CEF_LOSS_GENERATOR); }
Test(reference, split) { all(CEF_LOSS_SPLIT); }
Test(reference, prorata) { all(CEF_LOSS_PRORATA); }
Test(reference, half) { all(CEF_LOSS_HALF); }

/* ---- grids in which most units rest: unfed buses and loops, refused or marked ---- */
/* A bus that both an unfed loop and an unfed bus feed may bear either flag, but one. */
static void expect_flags(const reference *r, const answer *a, uint64_t seed)
{
    for (cef_index k = 0; k < r->n_arc; k++) {
        const cef_index bus = r->arc[k].receiver;
        const int32_t flags = a->out.bus_flags[bus] & (CEF_BUS_UNFED | CEF_BUS_LOOP_UNFED);
        const bool only_loop = !r->supplied[bus], only_buses = !r->unfed_loop && !r->live[bus];
        cr_assert((flags == 0) == r->live[bus], "seed %lu bus %d: flags %d", seed, bus, flags);
        cr_assert(!only_loop || flags == CEF_BUS_LOOP_UNFED, "seed %lu bus %d: flags %d", seed, bus, flags);
        cr_assert(!only_buses || flags == CEF_BUS_UNFED, "seed %lu bus %d: flags %d", seed, bus, flags);
    }
}

static void expect_unfed(uint64_t seed, int32_t policy, int32_t on_unfed_loop, seen *count)
{
    dice d = {seed * 8 + (uint64_t) policy};
    cef_settings settings = settings_of(policy);
    settings.on_unfed_loop = on_unfed_loop;
    const unsigned options = (RANDOM_LOOPS | RANDOM_PARALLEL | RANDOM_DEAD) & (unsigned) dice_next(&d);
    model m = random_model(&d, dice_between(&d, 2, 14), options);
    for (cef_index k = 0; k < m.n_gen; k++)
        m.gen_p[k] = dice_chance(&d, 0.6) ? 0.0 : m.gen_p[k];
    reference r = ref_open(&m, &settings);
    answer a = model_solve(&m, &settings);
    const bool unfed = r.unfed_loop && on_unfed_loop == CEF_UNFED_ERROR,
               columns = r.negative_column || r.undrained_loop;
    if (unfed && !columns)
        cr_assert(a.status == CEF_ERR_SINGULAR, "seed %lu policy %d: %s", seed, policy, cef_status_name(a.status));
    if (!unfed && !columns) {
        ref_solve(&r);
        const char *why = compare_buses(&r, &a);
        why = why ? why : compare_elements(&r, &a, element_tolerance);
        why = why ? why : compare_certificate(&m, &a);
        cr_assert(!why, "seed %lu policy %d: %s", seed, policy, why);
        expect_flags(&r, &a, seed);
    }
    count->unfed += r.unfed_loop, count->refused += unfed, count->undefined += a.info.n_unfed;
    answer_free(&a);
    ref_close(&r);
    model_free(&m);
}

Test(reference, unfed)
{
    seen count = {0};
    for (uint64_t seed = 1; seed <= 200; seed++)
        for (int32_t policy = 0; policy <= CEF_LOSS_HALF; policy++)
            expect_unfed(seed, policy, seed % 2 ? CEF_UNFED_MARK : CEF_UNFED_ERROR, &count);
    cr_assert(count.unfed > 10 && count.refused > 5 && count.undefined > 100, "%d loops, %d refused, %d unfed buses",
              count.unfed, count.refused, count.undefined);
}
