/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled once per instruction set. Numbers are compared by their bits, so that -0.0 is told from 0.0; only what is
 * computed with NaN may be any NaN. */
#include "lanes_checks.h"

#include <stdlib.h>

#include "lanes_expect.h"

enum { NUMBERS = 18 };
static const double number[NUMBERS] = {0.0,    -0.0,      1.0,        -1.0,         0.1,    -0.1,
                                       3.0,    0x1p-1074, -0x1p-1074, 1e-300,       -1e300, 1e308,
                                       0x1p53, INFINITY,  -INFINITY,  (double) NAN, -7.25,  1e12};

static bool holds_or_nan(lanes a, const double *expected)
{
    double lane[LANES];
    lanes_store(lane, a);
    for (int k = 0; k < LANES; k++)
        if (!(lane[k] != lane[k] && expected[k] != expected[k]) && !same_bits(&lane[k], &expected[k], 1))
            return false;
    return true;
}

static bool ints_hold(lane_ints a, const cef_index *expected)
{
    cef_index lane[LANES];
    ints_store(lane, a);
    return memcmp(lane, expected, sizeof lane) == 0;
}

/* Looked at one by one, so that nothing stands on another operation of masks. */
static bool mask_holds(lane_mask m, unsigned bits)
{
    for (int k = 0; k < LANES; k++)
        if (mask_at(m, k) != (((bits >> k) & 1) != 0))
            return false;
    return true;
}

static lane_mask mask_of(unsigned bits)
{
    double sign[LANES];
    for (int k = 0; k < LANES; k++)
        sign[k] = (bits >> k) & 1 ? -1.0 : 1.0;
    return lanes_less(lanes_load(sign), lanes_all(0.0));
}

static const char *check_masks(void)
{
    for (cef_index count = 0; count <= LANES + 3; count++)
        EXPECT("mask_first", mask_holds(mask_first(count), count >= LANES ? 0xFF : (1u << count) - 1));
    for (unsigned a = 0; a < 256; a++) {
        const lane_mask m = mask_of(a);
        uint64_t bytes = 0;
        uint8_t byte[LANES];
        int count = 0;
        for (int k = 0; k < LANES; k++) {
            const unsigned bit = (a >> k) & 1;
            count += (int) bit;
            bytes |= (uint64_t) bit << 8 * k;
            byte[k] = bit ? 0x83 : (uint8_t) (k + 1);
        }
        EXPECT("mask_at", mask_holds(m, a));
        EXPECT("mask_any", mask_any(m) == (a != 0));
        EXPECT("mask_count", mask_count(m) == count);
        EXPECT("mask_bytes", mask_bytes(m) == bytes);
        EXPECT("bytes_equal", mask_holds(bytes_equal(byte, 0x83), a));
        for (unsigned b = 0; b < 256; b++) {
            EXPECT("mask_and", mask_holds(mask_and(m, mask_of(b)), a & b));
            EXPECT("mask_or", mask_holds(mask_or(m, mask_of(b)), a | b));
            EXPECT("mask_without", mask_holds(mask_without(m, mask_of(b)), a & ~b));
            EXPECT("mask_either", mask_holds(mask_either(m, mask_of(b)), a ^ b));
        }
    }
    uint8_t some[1 + 8 * LANES]; /* the first is not looked at, and nothing is aligned */
    memset(some, 0x83, sizeof some);
    memset(some + 1, 0x84, 8 * LANES);
    EXPECT("bytes_include none", !bytes_include(some + 1, 0x83) && bytes_include(some + 1, 0x84));
    for (int k = 1; k <= 8 * LANES; k++) {
        some[k] = 0x83;
        EXPECT("bytes_include one", bytes_include(some + 1, 0x83));
        some[k] = 0x84;
    }
    return NULL;
}

/* Where only `count` numbers are allocated, no others are touched: a sanitizer sees it. */
static const char *check_ends(cef_index count)
{
    double *row = malloc((size_t) count * sizeof *row + 1), expected[LANES] = {0.0};
    cef_index *index = malloc((size_t) count * sizeof *index + 1), expected_index[LANES] = {0}, room[LANES];
    const lane_mask live = mask_first(count);
    if (!row || !index)
        return "memory";
    for (cef_index k = 0; k < count; k++) {
        expected[k] = row[k] = number[k + 2];
        expected_index[k] = index[k] = 7 - k;
    }
    const char *wrong = NULL;
    if (!holds(lanes_load_where(live, row), expected))
        wrong = "lanes_load_where";
    if (!ints_hold(ints_load_where(live, index), expected_index))
        wrong = "ints_load_where";
    if (memcmp(ints_padded(index, count, room), expected_index, sizeof expected_index) != 0)
        wrong = "ints_padded";
    lanes_store_where(live, row, lanes_all(5.0));
    ints_store_where(live, index, ints_all(5));
    for (cef_index k = 0; k < count; k++)
        if (row[k] != 5.0 || index[k] != 5)
            wrong = "lanes_store_where, ints_store_where";
    free(row);
    free(index);
    return wrong;
}

static const char *check_memory(void)
{
    for (cef_index count = 0; count <= LANES; count++) {
        const char *wrong = check_ends(count);
        EXPECT(wrong, !wrong);
    }
    for (unsigned bits = 0; bits < 256; bits++) {
        double to[LANES], expected[LANES], loaded[LANES];
        cef_index index[LANES], expected_index[LANES], ones[LANES];
        for (int k = 0; k < LANES; k++) {
            const bool chosen = (bits >> k) & 1;
            to[k] = 2.0 + k;
            index[k] = k;
            ones[k] = -1 - k;
            loaded[k] = chosen ? number[k] : 0.0;
            expected[k] = chosen ? number[k] : to[k];
            expected_index[k] = chosen ? -1 - k : k;
        }
        const lane_mask m = mask_of(bits);
        EXPECT("lanes_load_where", holds(lanes_load_where(m, number), loaded));
        EXPECT("ints_select", ints_hold(ints_select(m, ints_load(ones), ints_load(index)), expected_index));
        lanes_store_where(m, to, lanes_load(number));
        ints_store_where(m, index, ints_load(ones));
        EXPECT("lanes_store_where", same_bits(to, expected, LANES));
        EXPECT("ints_store_where", memcmp(index, expected_index, sizeof index) == 0);
    }
    return NULL;
}

static const char *check_ints(void)
{
    cef_index a[LANES] = {0, -1, 5, INT32_MAX, INT32_MIN, 77, -3, 12}, b[LANES] = {0, 1, 5, 3, INT32_MIN, 76, -3, 0};
    cef_index either[LANES], both[LANES], sum[LANES], all[LANES];
    double converted[LANES];
    unsigned equal = 0;
    for (int k = 0; k < LANES; k++) {
        either[k] = a[k] | b[k];
        both[k] = a[k] & b[k];
        sum[k] = (a[k] & 0xFFFF) + b[k];
        all[k] = -9;
        converted[k] = a[k];
        equal |= (unsigned) (a[k] == b[k]) << k;
    }
    EXPECT("ints_or", ints_hold(ints_or(ints_load(a), ints_load(b)), either));
    EXPECT("ints_and", ints_hold(ints_and(ints_load(a), ints_load(b)), both));
    EXPECT("ints_add", ints_hold(ints_add(ints_and(ints_load(a), ints_all(0xFFFF)), ints_load(b)), sum));
    EXPECT("ints_all", ints_hold(ints_all(-9), all));
    EXPECT("ints_equal", mask_holds(ints_equal(ints_load(a), ints_load(b)), equal));
    EXPECT("lanes_of_ints", holds(lanes_of_ints(ints_load(a)), converted));
    ints_spill(all, ints_load(a));
    EXPECT("ints_spill", memcmp(all, a, sizeof a) == 0);
    _Alignas(64) cef_index line[2 * LANES];
    ints_stream(line + 4, ints_load(b)); /* 16-byte aligned and no more */
    lanes_stream_end();
    EXPECT("ints_stream", memcmp(line + 4, b, sizeof b) == 0);
    return NULL;
}

typedef struct { /* eight pairs, and which of them a mask takes */
    double a[LANES], b[LANES], c[LANES];
    unsigned bits;
} sample;

static const char *check_arithmetic(const sample *s)
{
    double sum[LANES], less[LANES], product[LANES], quotient[LANES], divided[LANES], negative[LANES], size[LANES];
    for (int k = 0; k < LANES; k++) {
        sum[k] = s->a[k] + s->b[k];
        less[k] = s->a[k] - s->b[k];
        product[k] = s->a[k] * s->b[k];
        quotient[k] = s->a[k] / s->b[k];
        divided[k] = (s->bits >> k) & 1 ? quotient[k] : s->c[k];
        negative[k] = -s->a[k];
        size[k] = fabs(s->a[k]);
    }
    const lanes a = lanes_load(s->a), b = lanes_load(s->b);
    EXPECT("lanes_add", holds_or_nan(lanes_add(a, b), sum));
    EXPECT("lanes_sub", holds_or_nan(lanes_sub(a, b), less));
    EXPECT("lanes_mul", holds_or_nan(lanes_mul(a, b), product));
    EXPECT("lanes_div", holds_or_nan(lanes_div(a, b), quotient));
    EXPECT("lanes_divide", holds_or_nan(lanes_divide(mask_of(s->bits), a, b, lanes_load(s->c)), divided));
    EXPECT("lanes_neg", holds(lanes_neg(a), negative));
    EXPECT("lanes_abs", holds(lanes_abs(a), size));
    for (int k = 0; k < LANES; k++)
        sum[k] = s->a[0];
    EXPECT("lanes_all", holds(lanes_all(s->a[0]), sum));
    return NULL;
}

static const char *check_comparisons(const sample *s)
{
    unsigned less = 0, at_most = 0, same = 0, opposed = 0, alike = 0;
    uint64_t signs = 0;
    for (int k = 0; k < LANES; k++) {
        less |= (unsigned) (s->a[k] < s->b[k]) << k;
        at_most |= (unsigned) (s->a[k] <= s->b[k]) << k;
        same |= (unsigned) (s->a[k] == s->b[k]) << k;
        opposed |= (unsigned) (!signbit(s->a[k]) != !signbit(s->b[k])) << k;
        alike |= (unsigned) same_bits(&s->a[k], &s->b[k], 1) << k;
        signs |= (uint64_t) ((s->bits >> k) & 1 ? 1 + (signbit(s->a[k]) != 0) : 0) << 8 * k;
    }
    const lanes a = lanes_load(s->a), b = lanes_load(s->b);
    EXPECT("lanes_less", mask_holds(lanes_less(a, b), less));
    EXPECT("lanes_at_most", mask_holds(lanes_at_most(a, b), at_most));
    EXPECT("lanes_same", mask_holds(lanes_same(a, b), same));
    EXPECT("lanes_opposed", mask_holds(lanes_opposed(a, b), opposed));
    EXPECT("bytes_by_sign", bytes_by_sign(mask_of(s->bits), a) == signs);
    EXPECT("lanes_same_bits", mask_holds(lanes_same_bits(a, b), alike));
    return NULL;
}

static const char *check_choice(const sample *s)
{
    double chosen[LANES], kept[LANES], lesser[LANES], greater[LANES], lesser_here[LANES], greater_here[LANES];
    for (int k = 0; k < LANES; k++) {
        const bool here = (s->bits >> k) & 1;
        chosen[k] = here ? s->a[k] : s->b[k];
        kept[k] = here ? s->a[k] : 0.0;
        lesser[k] = s->a[k] < s->b[k] ? s->a[k] : s->b[k];
        greater[k] = s->a[k] > s->b[k] ? s->a[k] : s->b[k];
        lesser_here[k] = here ? lesser[k] : s->b[k];
        greater_here[k] = here ? greater[k] : s->b[k];
    }
    const lanes a = lanes_load(s->a), b = lanes_load(s->b);
    const lane_mask m = mask_of(s->bits);
    EXPECT("lanes_select", holds(lanes_select(m, a, b), chosen));
    EXPECT("lanes_where", holds(lanes_where(m, a), kept));
    EXPECT("lanes_lesser", holds(lanes_lesser(a, b), lesser));
    EXPECT("lanes_greater", holds(lanes_greater(a, b), greater));
    EXPECT("lanes_lesser_where", holds(lanes_lesser_where(m, a, b), lesser_here));
    EXPECT("lanes_greater_where", holds(lanes_greater_where(m, a, b), greater_here));
    return NULL;
}

static const char *check_numbers(void)
{
    for (int i = 0; i < NUMBERS; i++)
        for (int j = 0; j < NUMBERS; j++) {
            sample s = {.bits = (unsigned) (37 * i + 101 * j) & 0xFF};
            for (int k = 0; k < LANES; k++) {
                s.a[k] = number[(i + k) % NUMBERS];
                s.b[k] = number[(j + 5 * k) % NUMBERS];
                s.c[k] = number[(i + j + 7 * k) % NUMBERS];
            }
            const char *wrong = check_arithmetic(&s);
            wrong = wrong ? wrong : check_comparisons(&s);
            wrong = wrong ? wrong : check_choice(&s);
            EXPECT(wrong, !wrong);
        }
    return NULL;
}

const char *KERNEL(lanes_checks)(void)
{
    const char *(*const checks[])(void) = {check_masks, check_memory, check_ints, check_numbers, KERNEL(lanes_moves)};
    for (size_t k = 0; k < sizeof checks / sizeof *checks; k++) {
        const char *wrong = checks[k]();
        EXPECT(wrong, !wrong);
    }
    return NULL;
}
