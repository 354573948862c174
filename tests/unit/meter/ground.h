/* SPDX-License-Identifier: Apache-2.0 */
/* Real and generated grids for the tests of meters, beside their central solution. */
#ifndef CEF_TESTS_GROUND_H
#define CEF_TESTS_GROUND_H

#include <cef/case.h>

#include "meters.h"

typedef struct {
    cef_context *ctx;
    cef_case *source;
    cef_grid *grid;
    cef_meter_roll *roll;
    double *exact, *bound; /* [n_bus] central intensities and their relative bounds */
    double *x, *x_bound;   /* [n_bus] of the meters, filled by ground_lie */
    double *flows;         /* of the power flow, where the case is not solved */
    cef_index n_bus;
} ground;

/* Flows as `cef meters` takes them: the file's if they balance, else AC. Factors: ipcc2006, 0.5 where there is none. */
ground ground_case(const char *path);
/* The same from the folder LIBCEF_CASES; skips the test where it, or the file, is not there. */
ground ground_shared_case(const char *file);
ground ground_generated(uint64_t seed, cef_index n_bus);
void ground_close(ground *g);
/* Reads the field: NULL, or which bus is farther from the central solution than its bound (in a static buffer).
 * finals: undefined exactly where the central solution is, else only where a value is shown. */
const char *ground_lie(const ground *g, const cef_meter_field *field, bool finals);
/* Largest error of the values last read; INFINITY where undefined and defined do not agree. */
double ground_error(const ground *g);

#endif /* CEF_TESTS_GROUND_H */
