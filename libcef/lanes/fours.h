/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room lanes: four numbers at once, for what is sifted bus by bus. */
#ifndef CEF_LANES_FOURS_H
#define CEF_LANES_FOURS_H

typedef int16_t four_steps __attribute__((vector_size(8)));

LANES_INLINE four_ints fours_load(const cef_index *p)
{
    four_ints a;
    memcpy(&a, p, sizeof a);
    return a;
}
/* base + step[0 .. 3] */
LANES_INLINE four_ints fours_from(cef_index base, const int16_t *step)
{
    four_steps a;
    memcpy(&a, step, sizeof a);
    return __builtin_convertvector(a, four_ints) + base;
}

/* A bit for each that is 0. */
LANES_INLINE uint32_t fours_zero(four_ints a)
{
#if defined __SSE2__
    return (uint32_t) _mm_movemask_ps((__m128) (a == 0));
#else
    uint32_t bits = 0;
    for (int k = 0; k < 4; k++)
        bits |= (uint32_t) (a[k] == 0) << k;
    return bits;
#endif
}

/* Stores four numbers at p, first those that have their bit (0 .. 3, no other is set), in their order. Returns how many
 * have it. */
LANES_INLINE cef_index fours_keep(cef_index *p, four_ints a, uint32_t bits)
{
#if defined __AVX512F__ && defined __AVX512VL__
    _mm_storeu_si128((__m128i *) p, _mm_maskz_compress_epi32((__mmask8) bits, (__m128i) a));
    return __builtin_popcount(bits);
#elif defined __AVX2__
    static const four_ints first[16] = {
        {0, 0, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {2, 0, 0, 0}, {0, 2, 0, 0}, {1, 2, 0, 0}, {0, 1, 2, 0},
        {3, 0, 0, 0}, {0, 3, 0, 0}, {1, 3, 0, 0}, {0, 1, 3, 0}, {2, 3, 0, 0}, {0, 2, 3, 0}, {1, 2, 3, 0}, {0, 1, 2, 3}};
    _mm_storeu_ps((float *) p, _mm_permutevar_ps((__m128) a, (__m128i) first[bits]));
    return __builtin_popcount(bits);
#else
    cef_index lane[4], n = 0;
    memcpy(lane, &a, sizeof lane);
    for (int k = 0; k < 4; k++) {
        p[n] = lane[k];
        n += bits >> k & 1;
    }
    return n;
#endif
}

#endif /* CEF_LANES_FOURS_H */
