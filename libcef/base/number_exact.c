/* SPDX-License-Identifier: Apache-2.0 */
/* The slow path of reading numbers: the whole decimal number against the midpoint of two doubles, in exact integers. */
#include "base/number.h"

/* 768 significant digits decide any rounding of a double; of the digits after MAX_DIGITS it only matters whether one is
 * not 0. 80 limbs hold 800 digits (2 660 bits) or 5^1150 x 2^54 (2 730 bits) with room to spare. */
#define MAX_DIGITS 800
#define MAX_LIMBS 80

typedef struct {
    uint64_t limb[MAX_LIMBS]; /* least significant first */
    int n;
} big;

static void big_multiply_add(big *a, uint64_t factor, uint64_t addend)
{
    uint64_t carry = addend;
    for (int k = 0; k < a->n; k++) {
        const uint128 product = (uint128) a->limb[k] * factor + carry;
        a->limb[k] = (uint64_t) product;
        carry = (uint64_t) (product >> 64);
    }
    assert(carry == 0 || a->n < MAX_LIMBS);
    if (carry != 0)
        a->limb[a->n++] = carry;
}

static void big_multiply_power5(big *a, int64_t exponent)
{
    for (; exponent >= 27; exponent -= 27)
        big_multiply_add(a, 7450580596923828125u, 0); /* 5^27, the largest in 64 bits */
    for (; exponent > 0; exponent--)
        big_multiply_add(a, 5, 0);
}

static void big_shift_left(big *a, int64_t bits)
{
    const int whole = (int) (bits / 64), rest = (int) (bits % 64);
    if (rest > 0)
        big_multiply_add(a, (uint64_t) 1 << rest, 0);
    assert(a->n + whole <= MAX_LIMBS);
    memmove(a->limb + whole, a->limb, (size_t) a->n * sizeof *a->limb);
    memset(a->limb, 0, (size_t) whole * sizeof *a->limb);
    a->n += whole;
}

static int big_compare(const big *a, const big *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (int k = a->n - 1; k >= 0; k--)
        if (a->limb[k] != b->limb[k])
            return a->limb[k] < b->limb[k] ? -1 : 1;
    return 0;
}

/* The digits as an integer; *exponent becomes the decimal exponent of its last digit. */
static big read_digits(number_text text, int64_t *exponent)
{
    big value = {.n = 0};
    int taken = 0;
    bool rest = false;
    *exponent = text.exponent;
    for (size_t k = 0; k < text.n_text; k++) {
        if (text.digits[k] == '.')
            continue;
        const unsigned digit = (unsigned) (text.digits[k] - '0');
        if (taken < MAX_DIGITS) {
            big_multiply_add(&value, 10, digit);
            taken++;
        } else {
            rest |= digit != 0;
            (*exponent)++;
        }
    }
    if (rest) { /* a last digit 1 stands for all that follow */
        big_multiply_add(&value, 10, 1);
        (*exponent)--;
    }
    return value;
}

/* Sign of: digits 10^exponent - midpoint of the double `bits` and the one above it, both finite and not negative. */
static int compare_with_midpoint(const big *digits, int64_t exponent, uint64_t bits)
{
    const uint64_t stored = bits >> 52, fraction = bits & (((uint64_t) 1 << 52) - 1);
    const uint64_t m = stored ? fraction | (uint64_t) 1 << 52 : fraction;
    const int64_t e = (stored ? (int64_t) stored : 1) - 1075 - 1; /* midpoint = (2 m + 1) 2^e */
    big left = *digits, right = {{2 * m + 1}, 1};
    big_multiply_power5(exponent >= 0 ? &left : &right, exponent >= 0 ? exponent : -exponent);
    const int64_t shift = exponent - e; /* left 2^exponent against right 2^e */
    big_shift_left(shift >= 0 ? &left : &right, shift >= 0 ? shift : -shift);
    return big_compare(&left, &right);
}

uint64_t number_round_exactly(number_text text, uint64_t bits_below)
{
    int64_t exponent = 0;
    const big digits = read_digits(text, &exponent);
    uint64_t bits = bits_below;
    while (bits < (uint64_t) 0x7FF << 52) { /* at infinity the number has overflowed */
        const int side = compare_with_midpoint(&digits, exponent, bits);
        if (side < 0 || (side == 0 && (bits & 1) == 0))
            break;
        bits++;
    }
    return bits;
}
