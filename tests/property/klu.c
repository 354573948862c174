/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: on random grids the intensities are those that KLU finds from the assembled matrix, within the certificate
 * plus what LU with pivoting may itself be off on these well-fed loops (1e-11 relative). */
#include <criterion/criterion.h>
#include <math.h>

#include "assembled.h"

static const double klu_tolerance = 1e-11;

static void agree(uint64_t seed, int32_t policy, cef_index n_bus)
{
    dice d = {seed};
    const cef_settings settings = settings_of(policy);
    unsigned options = (unsigned) dice_next(&d) & RANDOM_ALL;
    if (policy == CEF_LOSS_CONSUMER || policy == CEF_LOSS_SPLIT)
        options &= ~(unsigned) (RANDOM_IMBALANCE | RANDOM_NEGATIVE_LOSS);
    model m = random_model(&d, n_bus, options);
    answer a = model_solve(&m, &settings);
    cr_assert(a.status == CEF_OK, "seed %lu: %s", seed, a.error.message);
    double x[256];
    cr_assert(klu_intensities(&m, &settings, x), "seed %lu: KLU gave up", seed);
    for (cef_index bus = 0; bus < n_bus; bus++) {
        const double got = a.out.bus_intensity[bus], bound = a.out.bus_error_bound[bus];
        cr_assert(isnan(got) == isnan(x[bus]), "seed %lu bus %d: %g, KLU %g", seed, bus, got, x[bus]);
        cr_assert(isnan(got) || fabs(got - x[bus]) <= (bound + klu_tolerance) * fabs(got),
                  "seed %lu policy %d bus %d: %.17g, KLU %.17g", seed, policy, bus, got, x[bus]);
    }
    answer_free(&a);
    model_free(&m);
}

Test(klu, all_policies)
{
    for (uint64_t seed = 1; seed <= 60; seed++)
        for (int32_t policy = 0; policy <= CEF_LOSS_HALF; policy++)
            agree(seed * 10 + (uint64_t) policy, policy, (cef_index) (2 + seed * 4 / 2));
    agree(5, CEF_LOSS_SENDING, 250);
    agree(6, CEF_LOSS_CONSUMER, 250);
}
