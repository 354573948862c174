/* SPDX-License-Identifier: Apache-2.0 */
/* A third way to the intensities: the matrix of section 1 assembled in doubles and solved by KLU, diagonal and all. */
#ifndef CEF_TESTS_PROPERTY_ASSEMBLED_H
#define CEF_TESTS_PROPERTY_ASSEMBLED_H

#include "support.h"

/* x [n_bus], NaN where no source is upstream. For gross mixing, REPORT, no netting. False if KLU gives up. */
bool klu_intensities(const model *m, const cef_settings *settings, double *x);

#endif /* CEF_TESTS_PROPERTY_ASSEMBLED_H */
