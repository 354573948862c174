/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of meters share: a model's meters in a field, beside its central solution. */
#ifndef CEF_TESTS_METERS_H
#define CEF_TESTS_METERS_H

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "meter/field.h"
#include "support.h"

typedef struct {
    session central;
    answer exact;
    cef_meter_roll *roll;
    cef_meter_field *field;
    cef_meter_field_info info;
    double *x, *bound;
    cef_index n_bus;
} metered;

/* options NULL: no faults. Aborts the test where the grid cannot be traced. */
metered meters_open(const model *m, const cef_meter_field_options *options);
void meters_close(metered *f);
/* Runs up to `rounds` more and reads. */
void meters_run(metered *f, int64_t rounds);
/* NULL, or which bus's value is farther from the central solution than its bound (in a static buffer). finals: only
 * values that are final, which is what is promised where readings are wrong. */
const char *meters_lie(const metered *f, bool finals);
cef_meter_field_options meters_options(uint64_t seed);

#endif /* CEF_TESTS_METERS_H */
