/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled once per instruction set: numbers that are moved, not computed with. */
#include <stdlib.h>

#include "lanes_expect.h"

/* Numbers and pairs picked here and there. */
static const char *check_picks(void)
{
    enum { PAIRS = 21 };
    double *p = malloc(2 * PAIRS * sizeof *p); /* nothing is read behind the last pair */
    static const cef_index places[][LANES] = {
        {0, 1, 2, 3, 4, 5, 6, 7}, {20, 20, 0, 19, 20, 3, 3, 20}, {20, 13, 11, 7, 5, 3, 2, 0}};
    if (!p)
        return "memory";
    for (int k = 0; k < 2 * PAIRS; k++)
        p[k] = 1.0 + k;
    const char *wrong = NULL;
    for (int i = 0; i < 3; i++) {
        double member[2][LANES], single[LANES];
        for (int k = 0; k < LANES; k++) {
            single[k] = p[places[i][k]];
            for (int c = 0; c < 2; c++)
                member[c][k] = p[2 * places[i][k] + c];
        }
        lanes a, b;
        if (!holds(lanes_pick(p, places[i]), single))
            wrong = "lanes_pick";
        cef_index spread[3 * LANES]; /* places every third number */
        for (int k = 0; k < 3 * LANES; k++)
            spread[k] = places[i][k / 3 * (k % 3 == 0)];
        if (!holds(lanes_pick_every(p, spread, 3), single))
            wrong = "lanes_pick_every";
        lanes_pick_pairs_every(p, spread, 3, &a, &b);
        if (!holds(a, member[0]) || !holds(b, member[1]))
            wrong = "lanes_pick_pairs_every";
        lanes_pick_pairs_every(p, places[i], 1, &a, &b);
        if (!holds(a, member[0]) || !holds(b, member[1]))
            wrong = "lanes_pick_pairs_every, next to each other";
        double stored[2 * LANES];
        lanes_store_pairs(stored, a, b);
        for (int k = 0; k < LANES; k++)
            if (!same_bits(stored + 2 * k, p + 2 * places[i][k], 2))
                wrong = "lanes_store_pairs";
    }
    free(p);
    return wrong;
}

/* Four numbers and which of them are kept. */
static const char *check_fours(void)
{
    static const int16_t step[4] = {-32768, 32767, 0, -1};
    for (unsigned bits = 0; bits < 16; bits++) {
        cef_index p[4], kept[5] = {0, 0, 0, 0, 77}, zero[4], n = 0;
        for (int k = 0; k < 4; k++)
            zero[k] = bits >> k & 1 ? 0 : 1 << 8 * k;
        const four_ints a = fours_from(100000, step);
        memcpy(p, &a, sizeof p);
        for (int k = 0; k < 4; k++)
            EXPECT("fours_from", p[k] == 100000 + step[k]);
        EXPECT("fours_zero", fours_zero(fours_load(zero)) == bits);
        EXPECT("fours_keep, how many", fours_keep(kept, fours_load(p), bits) == __builtin_popcount(bits));
        for (int k = 0; k < 4; k++)
            if (bits >> k & 1)
                EXPECT("fours_keep", kept[n++] == p[k]);
        EXPECT("fours_keep, past the fourth", kept[4] == 77);
    }
    return NULL;
}

/* Numbers of single precision: what goes in as whole numbers comes out as it was, the rest to the nearest. */
static const char *check_floats(void)
{
    enum { FLOATS = 21 };
    float p[FLOATS];
    double picked[LANES], next[LANES];
    cef_index spread[3 * LANES];
    for (int k = 0; k < FLOATS; k++)
        p[k] = (float) (0x1p24 - 3.0 * k);
    for (int k = 0; k < 3 * LANES; k++)
        spread[k] = (7 * k + 4) % FLOATS;
    for (int k = 0; k < LANES; k++) {
        picked[k] = (double) p[spread[3 * k]];
        next[k] = (double) p[3 + k];
    }
    EXPECT("floats_pick_every", holds(floats_pick_every(p, spread, 3), picked) && holds(floats_load(p + 3), next));
    float stored[LANES];
    next[0] = 1.0 + 0x1.8p-24; /* up to the next number */
    floats_store(stored, lanes_load(next));
    for (int k = 0; k < LANES; k++)
        EXPECT("floats_store", k > 0 ? (double) stored[k] == next[k] : (double) stored[k] == 1.0 + 0x1p-23);
    return NULL;
}

static const char *check_rows(void)
{
    double from[LANES * LANES], turned[LANES], halves[LANES], even[LANES], odd[LANES];
    lanes rows[LANES], out[LANES], a, b;
    for (int r = 0; r < LANES; r++) {
        for (int k = 0; k < LANES; k++)
            from[LANES * r + k] = 10.0 * r + k;
        rows[r] = lanes_load(from + LANES * r);
        even[r] = from[2 * r];
        odd[r] = from[2 * r + 1];
    }
    lanes_turn(rows, out);
    for (int k = 0; k < LANES; k++) {
        for (int r = 0; r < LANES; r++)
            turned[r] = from[LANES * r + k];
        EXPECT("lanes_turn", holds(out[k], turned));
    }
    lanes_turn_halves(rows, out);
    for (int k = 0; k < LANES; k++) {
        for (int i = 0; i < LANES; i++) /* four times four: row k of a block is its column k */
            halves[i] = from[LANES * (k / 4 * 4 + i % 4) + i / 4 * 4 + k % 4];
        EXPECT("lanes_turn_halves", holds(out[k], halves));
    }
    lanes_load_pairs(from, &a, &b);
    EXPECT("lanes_load_pairs", holds(a, even) && holds(b, odd));
    for (cef_index shift = 1; shift <= LANES; shift++)
        EXPECT("lanes_join", holds(lanes_join(rows[0], rows[1], shift), from + shift));
    memcpy(halves, from + 5 * LANES + 4, sizeof halves / 2);
    memcpy(halves + 4, from + 2 * LANES, sizeof halves / 2);
    EXPECT("lanes_of_halves", holds(lanes_of_halves(from + 5 * LANES + 4, from + 2 * LANES), halves));
    lanes_store_halves(even, odd, rows[3]);
    EXPECT("lanes_store_halves", same_bits(even, from + 3 * LANES, 4) && same_bits(odd, from + 3 * LANES + 4, 4));
    return NULL;
}

static const char *check_lines(void)
{
    _Alignas(64) double line[2 * LANES];
    const double some[LANES] = {3.0, -1.0, 0.25, 8.0, -7.5, 1e10, 0x1p-60, 2.0};
    lanes_stream(line + 2, lanes_load(some)); /* 16-byte aligned and no more */
    lanes_stream_end();
    EXPECT("lanes_stream", same_bits(line + 2, some, LANES));
    lanes_store_past(line + LANES, lanes_load(some));
    lanes_stream_end();
    EXPECT("lanes_store_past", same_bits(line + LANES, some, LANES));
    const cef_index at[LANES] = {15, 4, 0, 2, 4, 9, 1, 8}; /* the second 4 is stored later */
    const double put[2 * LANES] = {0.25, 0x1p-60, 8.0, 0, -7.5, 0, 0, 0, 2.0, 1e10, 0, 0, 0, 0, 0, 3.0};
    memset(line, 0, sizeof line);
    lanes_put(line, at, lanes_load(some));
    EXPECT("lanes_put", same_bits(line, put, 2 * LANES));
    lanes_spill(line + 1, lanes_load(some));
    EXPECT("lanes_spill", same_bits(line + 1, some, LANES));
    EXPECT("lanes_sum", lanes_sum(lanes_load(some)) == lanes_total(some));
    EXPECT("lanes_most", lanes_most(lanes_load(some)) == 1e10);
    EXPECT("lanes_least", lanes_least(lanes_load(some)) == -7.5);
    return NULL;
}

const char *KERNEL(lanes_moves)(void)
{
    const char *(*const checks[])(void) = {check_picks, check_floats, check_fours, check_rows, check_lines};
    for (size_t k = 0; k < sizeof checks / sizeof *checks; k++) {
        const char *wrong = checks[k]();
        EXPECT(wrong, !wrong);
    }
    return NULL;
}
