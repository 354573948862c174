/* SPDX-License-Identifier: Apache-2.0 */
/* A double as the shortest decimal text that reads back to it, laid out as Python's repr does without ".0". Most
 * numbers of a case have few decimals and take the first path; the rest is Schubfach (R. Giulietti, "The Schubfach way
 * to render doubles", 2020): the shortest decimal in the rounding interval, the one nearest to the value if there are
 * two. */
#include "base/number.h"

/* value = digits 10^exponent */
typedef struct {
    uint64_t digits;
    int exponent;
} decimal;

/* Values that are an integer of at most 15 digits over 10^k, k <= 6. Both are exact doubles, so their quotient is the
 * correctly rounded decimal: if it is the value, the text reads back; and 15 digits are never ambiguous. */
static bool few_decimals(double value, decimal *out)
{
    static const double power[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    for (int k = 0; k <= 6; k++) {
        const double scaled = value * power[k];
        if (scaled >= 1e15)
            return false;
        const uint64_t n = (uint64_t) (scaled + 0.5);
        if ((double) n / power[k] == value) {
            *out = (decimal){n, -k};
            return true;
        }
    }
    return false;
}

/* Upper 64 bits of g x c, the last bit set if anything was cut below it ("round to odd"); g rounded up. */
static uint64_t multiply_to_odd(number_power g, uint64_t c)
{
    const uint128 x = (uint128) g.low * c;
    const uint128 y = (uint128) g.high * c + (uint64_t) (x >> 64);
    return (uint64_t) (y >> 64) | ((uint64_t) y > 1);
}

static decimal shortest(uint64_t fraction, int stored)
{
    const uint64_t c = stored ? fraction | (uint64_t) 1 << 52 : fraction;
    const int q = (stored ? stored : 1) - 1075; /* value = c 2^q */
    const bool closer_below = fraction == 0 && stored > 1, even = (c & 1) == 0;
    const int k = (q * 1262611 - (closer_below ? 524031 : 0)) >> 22; /* floor(log10) of the interval's width */
    number_power g = number_power_of(-k);
    if (!number_power_exact(-k) && ++g.low == 0)
        g.high++;
    const int h = q + number_log2_power10(-k) + 1;
    const uint64_t below = multiply_to_odd(g, (4 * c - 2 + closer_below) << h) + !even;
    const uint64_t value = multiply_to_odd(g, (4 * c) << h); /* all three in units of 10^k / 4 */
    const uint64_t above = multiply_to_odd(g, (4 * c + 2) << h) - !even;
    const uint64_t s = value / 4, tens = s / 10;
    if (s >= 10) {
        const bool low_inside = below <= 40 * tens, high_inside = 40 * tens + 40 <= above;
        if (low_inside != high_inside)
            return (decimal){tens + high_inside, k + 1};
    }
    const bool low_inside = below <= 4 * s, high_inside = 4 * s + 4 <= above;
    if (low_inside != high_inside)
        return (decimal){s + high_inside, k};
    const uint64_t middle = 4 * s + 2;
    return (decimal){s + (value > middle || (value == middle && (s & 1))), k};
}

static int write_digits(uint64_t number, char digits[24])
{
    char reversed[24];
    int n = 0;
    do
        reversed[n++] = (char) ('0' + number % 10);
    while ((number /= 10) != 0);
    for (int k = 0; k < n; k++)
        digits[k] = reversed[n - 1 - k];
    return n;
}

/* "0.00012": the point stands `point` digits after the first one, -4 < point <= 16. */
static void lay_out_plain(cef_text *text, const char *digits, int n, int point)
{
    static const char zeros[] = "0000000000000000";
    if (point <= 0) {
        text_add(text, "0.");
        text_add_n(text, zeros, (size_t) -point);
        text_add_n(text, digits, (size_t) n);
    } else if (point >= n) {
        text_add_n(text, digits, (size_t) n);
        text_add_n(text, zeros, (size_t) (point - n));
    } else {
        text_add_n(text, digits, (size_t) point);
        text_add(text, ".");
        text_add_n(text, digits + point, (size_t) (n - point));
    }
}

/* "1.25e-07" */
static void lay_out_scientific(cef_text *text, const char *digits, int n, int exponent)
{
    text_add_n(text, digits, 1);
    if (n > 1) {
        text_add(text, ".");
        text_add_n(text, digits + 1, (size_t) (n - 1));
    }
    text_add(text, exponent < 0 ? "e-" : "e+");
    const int size = exponent < 0 ? -exponent : exponent;
    if (size < 10)
        text_add(text, "0");
    text_add_int(text, size);
}

static void format_finite(cef_text *text, uint64_t bits, double magnitude)
{
    decimal d;
    if (!few_decimals(magnitude, &d))
        d = shortest(bits & (((uint64_t) 1 << 52) - 1), (int) (bits >> 52 & 0x7FF));
    char digits[24];
    int n = write_digits(d.digits, digits);
    const int point = n + d.exponent;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    if (point > -4 && point <= 16)
        lay_out_plain(text, digits, n, point);
    else
        lay_out_scientific(text, digits, n, point - 1);
}

size_t number_format(double value, char *buffer, size_t size)
{
    if (size == 0)
        return 0;
    cef_text text = {buffer, size, 0};
    buffer[0] = 0;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (isnan(value)) {
        text_add(&text, "null");
        return text.length;
    }
    if (bits >> 63)
        text_add(&text, "-");
    if (isinf(value))
        text_add(&text, "inf");
    else
        format_finite(&text, bits, fabs(value));
    return text.length;
}
