/* SPDX-License-Identifier: Apache-2.0 */
/* What the laws share: a random grid by seed, its answer, and the walk over seeds and policies. */
#ifndef CEF_TESTS_PROPERTY_GRIDS_H
#define CEF_TESTS_PROPERTY_GRIDS_H

#include <criterion/criterion.h>
#include <math.h>

#include "support.h"

enum { N_LAW_SEEDS = 80 };
extern const int32_t row_policies[4]; /* rows dominate: sending, half, and x of generator and prorata */
extern const int32_t all_policies[6];

/* Consumer and split get grids without imbalance and negative losses: their loops would be refused, and rightly. */
model grid_of(dice *d, int32_t policy, unsigned options);
answer answer_of(const model *m, const cef_settings *settings, uint64_t seed);
/* Every intensity of b, at bus position[k] (NULL: k), is scale x that of a at k plus shift, within 1e-11 relative. */
void expect_same(const model *m, const answer *a, const answer *b, const cef_index *position, double scale,
                 double shift, uint64_t seed);
bool near(double a, double b, double size);
typedef void (*law)(uint64_t seed, int32_t policy);
void hold(law holds, const int32_t *policies, size_t n_policies);

#endif /* CEF_TESTS_PROPERTY_GRIDS_H */
