/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room base: what reading and writing numbers share. */
#ifndef CEF_BASE_NUMBER_H
#define CEF_BASE_NUMBER_H

#include "base/base.h"

#define NUMBER_POWER_FIRST (-342)
#define NUMBER_POWER_LAST 324

/* 10^k = (high 2^64 + low + d) 2^(number_log2_power10(k) - 127) with 0 <= d < 1, and d = 0 iff number_power_exact(k).
 */
typedef struct {
    uint64_t high, low;
} number_power;
extern const number_power number_powers[NUMBER_POWER_LAST - NUMBER_POWER_FIRST + 1]; /* number_powers.c, generated */

static inline number_power number_power_of(int k) { return number_powers[k - NUMBER_POWER_FIRST]; }
static inline bool number_power_exact(int k) { return k >= 0 && k <= 55; } /* 5^55 < 2^128 */
/* floor(log2(10^k)) for |k| <= 1233. */
static inline int number_log2_power10(int k) { return (k * 1741647) >> 19; }

__extension__ typedef unsigned __int128 uint128;

/* The digits of a decimal number whose value is digits x 10^exponent. */
typedef struct {
    const char *digits; /* n_text bytes of digits with at most one '.' among them, the first digit not 0 */
    size_t n_text;
    int64_t exponent; /* of the last digit */
} number_text;
/* The double nearest to the number, ties to even, given a double (as bits) at most two steps below; number_exact.c. */
uint64_t number_round_exactly(number_text text, uint64_t bits_below);

#endif /* CEF_BASE_NUMBER_H */
