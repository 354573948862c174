/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the checks of room lanes: what is expected, bit by bit. */
#ifndef CEF_TESTS_LANES_EXPECT_H
#define CEF_TESTS_LANES_EXPECT_H

#include "lanes/lanes.h"

#define EXPECT(what, condition)                                                                                        \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return what;                                                                                               \
    } while (0)

static inline bool same_bits(const double *a, const double *b, int n)
{
    return memcmp(a, b, (size_t) n * sizeof *a) == 0;
}

static inline bool holds(lanes a, const double *expected)
{
    double lane[LANES];
    lanes_store(lane, a);
    return same_bits(lane, expected, LANES);
}

/* Picking, storing here and there, turning: NULL, or the operation that is wrong. */
const char *KERNEL(lanes_moves)(void);

#endif /* CEF_TESTS_LANES_EXPECT_H */
