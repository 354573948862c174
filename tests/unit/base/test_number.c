/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text, against the C library's (correctly rounded) strtod and printf under the C locale. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t to_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void expect_scan(const char *text, double expected)
{
    double value = -1.0;
    const char *past = number_scan(text, text + strlen(text), &value);
    cr_assert(past == text + strlen(text), "%s is a number", text);
    cr_assert(to_bits(value) == to_bits(expected), "%s: %a instead of %a", text, value, expected);
}

static void expect_stop(const char *text, size_t length)
{
    double value = -1.0;
    const char *past = number_scan(text, text + strlen(text), &value);
    cr_assert(past && (size_t) (past - text) == length, "%s is a number up to %zu", text, length);
}

static void expect_none(const char *text)
{
    double value = -1.0;
    cr_assert(number_scan(text, text + strlen(text), &value) == NULL, "%s is no number, read as %g", text, value);
    cr_assert(value == -1.0, "%s is refused and sets nothing", text);
}

static void expect_format(double value, const char *expected)
{
    char text[40];
    const size_t length = number_format(value, text, sizeof text);
    cr_assert(strcmp(text, expected) == 0, "%a is %s, expected %s", value, text, expected);
    cr_assert(length == strlen(expected), "%s: its length is returned", expected);
}

/* Digits of a mantissa without trailing zeros. */
static int significant(const char *text)
{
    char digits[64];
    int n = 0, leading = 1;
    for (; *text && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && !(leading && *text == '0')) {
            digits[n++] = *text;
            leading = 0;
        }
    while (n > 0 && digits[n - 1] == '0')
        n--;
    return n;
}

Test(number, round_trip_of_random_bits)
{
    uint64_t seed = 20240601;
    char text[40];
    for (int k = 0; k < 1000000; k++) {
        uint64_t bits = next_random(&seed);
        if (k % 8 == 0)
            bits &= 0x800FFFFFFFFFFFFFu; /* subnormals */
        if (k % 8 == 1)
            bits &= ~(uint64_t) 0xFFFFFFFFFFFFF; /* powers of two: the interval below is half as wide */
        const double value = from_bits(bits);
        if (!isfinite(value))
            continue;
        const size_t n = number_format(value, text, sizeof text);
        double back = 0.0;
        cr_assert(n < 32 && number_scan(text, text + n, &back) == text + n, "%s reads back", text);
        cr_assert(to_bits(back) == bits && to_bits(strtod(text, NULL)) == bits, "%a: %s", value, text);
    }
}

Test(number, format_is_shortest)
{
    uint64_t seed = 7;
    char text[40], other[40];
    for (int k = 0; k < 100000; k++) {
        uint64_t bits = next_random(&seed) & ~((uint64_t) 1 << 63);
        if (k % 8 == 1)
            bits &= ~(uint64_t) 0xFFFFFFFFFFFFF;
        const double value = from_bits(bits);
        if (!isfinite(value) || value == 0.0)
            continue;
        (void) number_format(value, text, sizeof text);
        int digits = 1;
        do
            snprintf(other, sizeof other, "%.*e", digits - 1, value);
        while (strtod(other, NULL) != value && ++digits);
        cr_assert(significant(text) <= significant(other), "%s is longer than %s", text, other);
    }
}

Test(number, scan_of_any_length_of_digits)
{
    uint64_t seed = 99;
    char text[64];
    for (int k = 0; k < 200000; k++) {
        const double value = from_bits(next_random(&seed));
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof text, "%.*e", (int) (next_random(&seed) % 30), value);
        const double expected = strtod(text, NULL);
        if (isfinite(expected))
            expect_scan(text, expected);
    }
}

/* The midpoint of two neighbours, exactly, then a hair above and below: ties to even, nothing else. */
Test(number, midpoints_are_decided_exactly)
{
    uint64_t seed = 3;
    char text[1600];
    for (int k = 0; k < 3000; k++) {
        const uint64_t bits = next_random(&seed) & (k % 2 ? 0x7FFFFFFFFFFFFFFFu : 0x001FFFFFFFFFFFFFu);
        const double low = from_bits(bits), high = from_bits(bits + 1);
        if (!isfinite(high))
            continue;
        /* low + (high - low) / 2 has 54 bits: exact in long double on x86, and strtod is the judge elsewhere. */
        snprintf(text, sizeof text, "%.1100Lf", ((long double) low + (long double) high) / 2);
        expect_scan(text, strtod(text, NULL));
        strcat(text, "1");
        expect_scan(text, strtod(text, NULL));
    }
}

Test(number, hard_cases)
{
    expect_scan("2.2250738585072014e-308", 0x1p-1022);
    expect_scan("2.2250738585072011e-308", 0x0.fffffffffffffp-1022 /* the largest subnormal */);
    expect_scan("4.9406564584124654e-324", 0x1p-1074);
    expect_scan("2.4703282292062327e-324", 0.0); /* below half of the smallest */
    expect_scan("2.4703282292062328e-324", 0x1p-1074);
    expect_scan("1.7976931348623157e308", 0x1.fffffffffffffp1023);
    expect_scan("1.7976931348623158e308", 0x1.fffffffffffffp1023);
    expect_scan("9007199254740993", 9007199254740992.0); /* 2^53 + 1: tie to even */
    expect_scan("9007199254740993.00000000000000000000000000000000001", 9007199254740994.0);
    expect_scan("8.98846567431158e307", 8.98846567431158e307);
    expect_scan("6.9294956446009195e15", 6929495644600920.0);
    expect_scan("0.000000000000000000000000000000000000001e39", 1.0);
    expect_scan("1000000000000000000000000000000000000000e-39", 1.0);
    expect_scan("1e-400", 0.0);
    expect_scan("-1e-400", -0.0);
    expect_scan("0e99999999999999999999", 0.0);
    expect_scan("1e-99999999999999999999", 0.0);
    expect_none("1.7976931348623159e308");
    expect_none("1e400");
    expect_none("1e99999999999999999999");
}

Test(number, thousands_of_digits)
{
    enum { N = 20000 };
    char *text = malloc(N + 16);
    cr_assert(text != NULL);
    memset(text, '0', N);
    memcpy(text, "0.", 2);
    memcpy(text + N, "1e19999", 8);
    expect_scan(text, 1.0);
    memset(text, '9', N);
    strcpy(text + N, "e-20000");
    expect_scan(text, 1.0);
    text[N] = 0;
    expect_none(text);
    free(text);
}

Test(number, syntax)
{
    expect_scan("0", 0.0);
    expect_scan("-0", -0.0);
    expect_scan("+7", 7.0);
    expect_scan(".5", 0.5);
    expect_scan("5.", 5.0);
    expect_scan("1E+2", 100.0);
    expect_scan("007", 7.0);
    expect_stop("1e", 1);
    expect_stop("1e+", 1);
    expect_stop("1.5.2", 3);
    expect_stop("0x10", 1);
    expect_stop("1,5", 1); /* a comma is no decimal point, whatever the locale */
    expect_stop("1 ", 1);
    expect_none("");
    expect_none(".");
    expect_none("+");
    expect_none("-.");
    expect_none("e5");
    expect_none("inf");
    expect_none("nan");
    expect_none(" 1");
}

Test(number, never_reads_past_the_end)
{
    const char text[] = "12345e67";
    double value = 0.0;
    for (size_t n = 1; n <= 5; n++) {
        char *copy = malloc(n); /* no terminator: a sanitizer sees any byte more */
        memcpy(copy, text, n);
        cr_assert(number_scan(copy, copy + n, &value) == copy + n);
        free(copy);
    }
    cr_assert(number_scan(text, text + 6, &value) == text + 5, "12345e is 12345");
}

Test(number, format_style)
{
    expect_format(0.0, "0");
    expect_format(-0.0, "-0");
    expect_format(0.1, "0.1");
    expect_format(100.0, "100");
    expect_format(-12.5, "-12.5");
    expect_format(1e15, "1000000000000000");
    expect_format(123456789012345.0, "123456789012345");
    expect_format(1e-4, "0.0001");
    expect_format(1e-5, "1e-05");
    expect_format(1e-7, "1e-07");
    expect_format(1.25e-100, "1.25e-100");
    expect_format(1e16, "1e+16");
    expect_format(1e22, "1e+22");
    expect_format(1e23, "1e+23");
    expect_format(0x1p-1074, "5e-324");
    expect_format(0x1.fffffffffffffp1023, "1.7976931348623157e+308");
    expect_format(1.0 / 3.0, "0.3333333333333333");
    expect_format(9007199254740993.0, "9007199254740992");
    expect_format((double) NAN, "null");
    expect_format((double) INFINITY, "inf");
    expect_format(-(double) INFINITY, "-inf");
}

Test(number, format_into_little_room)
{
    char text[4] = "xxx";
    cr_assert(number_format(12345.0, text, sizeof text) == 3 && strcmp(text, "123") == 0);
    cr_assert(number_format(1.0, text, 0) == 0);
}
