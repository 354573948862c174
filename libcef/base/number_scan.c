/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal text to the nearest double, ties to even, in three steps of rising cost: exact small numbers (W. Clinger,
 * PLDI 1990), 64 x 128-bit products whose error interval rounds one way (after D. Lemire, Softw. Pract. Exper. 51(8),
 * 2021), exact integers (number_exact.c). */
#include "base/number.h"

#define INFINITE_BITS ((uint64_t) 0x7FF << 52)

static const double small_power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                     1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* A number as written: sign, its first 19 significant digits, and where they stand. */
typedef struct {
    uint64_t mantissa; /* of the first 19 significant digits */
    int64_t exponent;  /* decimal exponent of the mantissa's last digit */
    const char *first; /* first significant digit */
    const char *past;  /* one past the last digit */
    int64_t n_dropped; /* digits after the 19th */
    bool negative;
} decimal;

static bool is_digit(const char *p, const char *end) { return p < end && (unsigned) (*p - '0') <= 9; }

/* [e|E][+-]digits; the exponent saturates far outside what a double holds. Without digits nothing is taken. */
static const char *scan_exponent(const char *p, const char *end, int64_t *exponent)
{
    const char *q = p + 1;
    if (p == end || (*p != 'e' && *p != 'E'))
        return p;
    const bool negative = q < end && *q == '-';
    if (q < end && (*q == '-' || *q == '+'))
        q++;
    if (!is_digit(q, end))
        return p;
    int64_t value = 0;
    for (; is_digit(q, end); q++)
        if (value < (int64_t) 1 << 50)
            value = value * 10 + (*q - '0');
    *exponent += negative ? -value : value;
    return q;
}

/* The first 19 significant digits again, for numbers that have more. */
static void keep_19_digits(decimal *d)
{
    d->mantissa = 0;
    int taken = 0;
    for (const char *p = d->first; taken < 19; p++)
        if (*p != '.') {
            d->mantissa = d->mantissa * 10 + (uint64_t) (*p - '0');
            taken++;
        }
}

/* Syntax and mantissa: NULL if there is no digit. */
static const char *scan_decimal(const char *p, const char *end, decimal *d)
{
    d->negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    const char *start = p;
    uint64_t mantissa = 0; /* wraps beyond 19 digits: taken again then */
    while (is_digit(p, end))
        mantissa = mantissa * 10 + (uint64_t) (*p++ - '0');
    int64_t n_digits = p - start;
    int64_t n_fraction = 0;
    if (p < end && *p == '.') {
        const char *point = p++;
        while (is_digit(p, end))
            mantissa = mantissa * 10 + (uint64_t) (*p++ - '0');
        n_fraction = p - point - 1;
        n_digits += n_fraction;
    }
    if (n_digits == 0)
        return NULL;
    d->mantissa = mantissa;
    d->exponent = -n_fraction;
    d->past = p;
    d->first = start;
    d->n_dropped = 0;
    if (n_digits > 19) {
        while (d->first < p && (*d->first == '0' || *d->first == '.'))
            n_digits -= *d->first++ == '0';
        d->n_dropped = n_digits > 19 ? n_digits - 19 : 0;
        if (d->n_dropped > 0)
            keep_19_digits(d);
        d->exponent += d->n_dropped;
    }
    return scan_exponent(p, end, &d->exponent);
}

/* Significand with the top bit set (and whether anything lies below it) times 2^exponent, rounded to a double: down, or
 * to nearest even. Overflow gives INFINITE_BITS or more. */
static uint64_t round_bits(uint64_t top, bool below, int exponent, bool down)
{
    /* value = top 2^exponent, top in [2^63, 2^64): the biased exponent of a normal double is exponent + 63 + 1023. */
    int biased = exponent + 63 + 1023, drop = 11;
    if (biased <= 0) {
        drop += 1 - biased;
        biased = 0;
    }
    if (biased >= 0x7FF)
        return INFINITE_BITS;
    if (drop > 64)
        return 0; /* less than half of the smallest double */
    const uint64_t kept = drop < 64 ? top >> drop : 0;
    const uint64_t cut = drop < 64 ? top << (64 - drop) : top; /* the dropped bits, the first of them on top */
    const uint64_t half = (uint64_t) 1 << 63;
    const bool up = !down && (cut > half || (cut == half && (below || (kept & 1))));
    /* A normal's hidden bit adds 1 to the exponent field; a rounding that carries does the same. */
    const uint64_t field = biased > 0 ? (uint64_t) (biased - 1) << 52 : 0;
    return field + kept + up;
}

/* Bounds of mantissa x 10^exponent as doubles: *low is the truncated lower end. True if rounding is decided. */
static bool round_by_product(const decimal *d, uint64_t *low, uint64_t *nearest)
{
    const int k = (int) d->exponent, zeros = __builtin_clzll(d->mantissa);
    const uint64_t w = d->mantissa << zeros;
    const number_power g = number_power_of(k);
    const uint128 upper = (uint128) w * g.high, lower = (uint128) w * g.low;
    const uint128 sum = upper + (uint64_t) (lower >> 64); /* product = sum 2^64 + low word; cannot wrap */
    const uint128 wrapped = (uint128) (uint64_t) lower + (number_power_exact(k) ? 0 : w);
    const uint128 above = sum + (uint64_t) (wrapped >> 64); /* the upper end of the interval */
    const int shift = !(sum >> 127), shift_above = !(above >> 127);
    const uint128 a = sum << shift, b = above << shift_above;
    const int exponent = number_log2_power10(k) - 127 - zeros + 128;
    const bool rest_a = (uint64_t) a != 0 || (uint64_t) lower != 0;
    const bool rest_b = (uint64_t) b != 0 || (uint64_t) wrapped != 0;
    *low = round_bits((uint64_t) (a >> 64), rest_a, exponent - shift, true);
    *nearest = round_bits((uint64_t) (a >> 64), rest_a, exponent - shift, false);
    return *nearest == round_bits((uint64_t) (b >> 64), rest_b, exponent - shift_above, false);
}

static uint64_t round_decimal(const decimal *d)
{
    if (d->exponent > 308)
        return INFINITE_BITS; /* the mantissa is at least 1 */
    if (d->exponent < NUMBER_POWER_FIRST)
        return 0; /* below 10^19 x 10^-343 < 2^-1075 */
    uint64_t low = 0, nearest = 0;
    const bool decided = round_by_product(d, &low, &nearest);
    if (decided && d->n_dropped == 0)
        return nearest;
    const number_text text = {d->first, (size_t) (d->past - d->first), d->exponent - d->n_dropped};
    return number_round_exactly(text, low);
}

/* The common number: no exponent, at most 18 digits whose mantissa is an exact double. NULL: not one of those. */
static const char *scan_plain(const char *p, const char *end, double *value)
{
    const bool negative = p < end && *p == '-';
    p += negative;
    const char *start = p, *point = NULL;
    uint64_t mantissa = 0;
    while (is_digit(p, end))
        mantissa = mantissa * 10 + (uint64_t) (*p++ - '0');
    ptrdiff_t n_digits = p - start, n_fraction = 0;
    if (p < end && *p == '.') {
        point = ++p;
        while (is_digit(p, end))
            mantissa = mantissa * 10 + (uint64_t) (*p++ - '0');
        n_fraction = p - point;
        n_digits += n_fraction;
    }
    if (n_digits == 0 || n_digits > 18 || mantissa >> 53 || (p < end && (*p | 0x20) == 'e'))
        return NULL;
    const double magnitude = n_fraction ? (double) mantissa / small_power[n_fraction] : (double) mantissa;
    *value = negative ? -magnitude : magnitude;
    return p;
}

const char *number_scan(const char *text, const char *end, double *value)
{
    const char *plain = scan_plain(text, end, value);
    if (plain)
        return plain;
    decimal d;
    const char *stop = scan_decimal(text, end, &d);
    if (!stop)
        return NULL;
    if (d.mantissa < (uint64_t) 1 << 53 && d.exponent >= -22 && d.exponent <= 22 && d.n_dropped == 0) {
        const double m = (double) d.mantissa;
        const double v = d.exponent < 0 ? m / small_power[-d.exponent] : m * small_power[d.exponent];
        *value = d.negative ? -v : v;
        return stop;
    }
    const uint64_t bits = d.mantissa ? round_decimal(&d) : 0;
    if (bits >= INFINITE_BITS)
        return NULL;
    const uint64_t with_sign = bits | (uint64_t) d.negative << 63;
    memcpy(value, &with_sign, sizeof *value);
    return stop;
}
