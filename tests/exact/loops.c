/* SPDX-License-Identifier: Apache-2.0 */
/* Proves the accuracy promise of docs/theory.md on thousands of small loops, against exact rational arithmetic on the
 * very doubles that went in: `sending` is right to 1e-14 in every entry even where generation is 1e-15 of what
 * circulates (where LU on the assembled matrix has no correct digit), and under every policy |x - exact| <= bound x,
 * always. */
#include <criterion/criterion.h>
#include <math.h>

#include "support.h"

static const double promised = 1e-14;

static double worst_error(const reference *r, const answer *a, uint64_t seed)
{
    double worst = 0.0;
    for (cef_index bus = 0; bus < r->m->n_bus; bus++) {
        cr_assert(r->live[bus]);
        const double x = a->out.bus_intensity[bus], bound = a->out.bus_error_bound[bus];
        const double error = relative_error(x, r->x[bus]);
        cr_assert(error <= bound, "seed %lu bus %d: %.17g, relative error %.3g above its bound %.3g", seed, bus, x,
                  error, bound);
        worst = fmax(worst, error);
    }
    return worst;
}

/* Powers are any doubles, nothing balances: sending needs no balance. Generation is `share` of what circulates. */
static model wild_loop(dice *d, cef_index n_bus, double share)
{
    model m = model_make(n_bus);
    for (cef_index k = 0; k < n_bus; k++) {
        const double sent = 1.0 + 99.0 * dice_unit(d);
        model_arc(&m, k, (k + 1) % n_bus, sent, sent * (1.0 - 0.05 * dice_unit(d)));
    }
    for (cef_index extra = dice_below(d, 2 * n_bus); extra > 0; extra--) {
        const cef_index a = dice_below(d, n_bus), b = (a + dice_between(d, 1, n_bus - 1)) % n_bus;
        const double sent = 100.0 * dice_unit(d) + 1e-3;
        model_arc(&m, a, b, sent, sent * (1.0 - 0.05 * dice_unit(d)));
    }
    for (cef_index unit = dice_between(d, 2, 3); unit > 0; unit--) {
        const cef_index bus = dice_below(d, n_bus);
        const double mw = 100.0 * share * (0.1 + dice_unit(d));
        model_gen(&m, bus, mw, 0.05 + dice_unit(d));
    }
    return m;
}

static cef_settings exactly(int32_t policy)
{
    cef_settings settings = settings_of(policy);
    settings.flow_tol = 0.0;
    settings.balance_tol = 1e6;
    return settings;
}

static double solve_one(const model *m, const cef_settings *settings, uint64_t seed)
{
    answer a = model_solve(m, settings);
    cr_assert(a.status == CEF_OK || a.status == CEF_ERR_CERTIFICATE, "seed %lu policy %d: %s %s", seed,
              settings->loss_policy, cef_status_name(a.status), a.error.message);
    reference r = ref_open(m, settings);
    cr_assert(!r.unfed_loop && r.largest_block == m->n_bus, "seed %lu", seed);
    ref_solve(&r);
    const double worst = worst_error(&r, &a, seed);
    ref_close(&r);
    answer_free(&a);
    return worst;
}

Test(exact, sending_to_the_last_digits)
{
    double worst = 0.0;
    for (uint64_t seed = 1; seed <= 4000; seed++) {
        dice d = {seed};
        const double share = dice_chance(&d, 0.3) ? 0.1 : pow(10.0, -9.0 - 6.0 * dice_unit(&d));
        model m = wild_loop(&d, dice_between(&d, 2, 13), share);
        const cef_settings settings = exactly(CEF_LOSS_SENDING);
        const double error = solve_one(&m, &settings, seed);
        cr_assert(error <= promised, "seed %lu: relative error %.3g", seed, error);
        worst = fmax(worst, error);
        model_free(&m);
    }
    cr_log_info("worst relative error %.3g", worst);
    cr_assert(worst > 0.0, "thousands of roundings cannot all be exact: nothing was compared");
}

/* Balanced to the last bit, so that the column excess means the same to both sides. */
static void balanced_loops(int32_t policy, int least_share_bits, int most_share_bits)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        dice d = {seed * 16 + (uint64_t) policy};
        const int share = (int) dice_between(&d, least_share_bits, most_share_bits);
        model m = random_loop(&d, dice_between(&d, 2, 13), share);
        const cef_settings settings = exactly(policy);
        const double error = solve_one(&m, &settings, seed);
        cr_assert(policy == CEF_LOSS_CONSUMER || policy == CEF_LOSS_SPLIT || error <= promised,
                  "seed %lu: relative error %.3g", seed, error);
        model_free(&m);
    }
}

Test(exact, sending_balanced) { balanced_loops(CEF_LOSS_SENDING, 0, 44); }
Test(exact, half_within_its_bound) { balanced_loops(CEF_LOSS_HALF, 0, 44); }
Test(exact, consumer_within_its_bound) { balanced_loops(CEF_LOSS_CONSUMER, 0, 44); }
Test(exact, split_within_its_bound) { balanced_loops(CEF_LOSS_SPLIT, 0, 44); }
