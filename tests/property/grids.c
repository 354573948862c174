/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

const int32_t row_policies[4] = {CEF_LOSS_SENDING, CEF_LOSS_HALF, CEF_LOSS_GENERATOR, CEF_LOSS_PRORATA};
const int32_t all_policies[6] = {CEF_LOSS_SENDING, CEF_LOSS_HALF,     CEF_LOSS_GENERATOR,
                                 CEF_LOSS_PRORATA, CEF_LOSS_CONSUMER, CEF_LOSS_SPLIT};

model grid_of(dice *d, int32_t policy, unsigned options)
{
    unsigned chosen = ((unsigned) dice_next(d) | RANDOM_LOOPS) & options;
    if (policy == CEF_LOSS_CONSUMER || policy == CEF_LOSS_SPLIT)
        chosen &= ~(unsigned) (RANDOM_IMBALANCE | RANDOM_NEGATIVE_LOSS);
    return random_model(d, dice_between(d, 2, 40), chosen);
}

answer answer_of(const model *m, const cef_settings *settings, uint64_t seed)
{
    answer a = model_solve(m, settings);
    cr_assert(a.status == CEF_OK, "seed %lu policy %d: %s: %s", seed, settings->loss_policy, cef_status_name(a.status),
              a.error.message);
    return a;
}

bool near(double a, double b, double size) { return fabs(a - b) <= 1e-11 * fabs(size); }

void expect_same(const model *m, const answer *a, const answer *b, const cef_index *position, double scale,
                 double shift, uint64_t seed)
{
    for (cef_index bus = 0; bus < m->n_bus; bus++) {
        const double want = scale * a->out.bus_intensity[bus] + shift;
        const double got = b->out.bus_intensity[position ? position[bus] : bus];
        cr_assert(isnan(want) == isnan(got), "seed %lu bus %d: %g for %g", seed, bus, got, want);
        cr_assert(isnan(want) || near(got, want, want), "seed %lu bus %d: %.17g for %.17g", seed, bus, got, want);
    }
}

void hold(law holds, const int32_t *policies, size_t n_policies)
{
    for (uint64_t seed = 1; seed <= N_LAW_SEEDS; seed++)
        for (size_t k = 0; k < n_policies; k++)
            holds(seed * 1000 + (uint64_t) policies[k], policies[k]);
}
