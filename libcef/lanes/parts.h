/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room lanes: the operations on vectors of the compiler, as wide as the machine has them, several of which make
 * eight lanes. (One vector of eight doubles would be split by the compiler, but only its sums and products: comparisons
 * and everything that crosses a function would go through memory, number by number.) Masks are -1 or 0 a lane. */
#ifndef CEF_LANES_PARTS_H
#define CEF_LANES_PARTS_H

#if defined __AVX2__
enum { PART = 4, PARTS = 2 };
typedef double lane_part __attribute__((vector_size(32)));
typedef int64_t part_longs __attribute__((vector_size(32)));
#else
enum { PART = 2, PARTS = 4 };
typedef double lane_part __attribute__((vector_size(16)));
typedef int64_t part_longs __attribute__((vector_size(16)));
#endif

typedef struct {
    lane_part part[PARTS];
} lanes;
typedef struct {
    part_longs part[PARTS];
} lane_mask;
typedef struct {
    four_ints half[2];
} lane_ints;

#define EACH_PART _Pragma("GCC unroll 4") for (int i = 0; i < PARTS; i++)
#define EACH_HALF _Pragma("GCC unroll 2") for (int i = 0; i < 2; i++)

/* ---- masks ---- */

/* The first `count` lanes; count: 0 or more. */
LANES_INLINE lane_mask mask_first(cef_index count)
{
    static const int64_t all_then_none[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
    lane_mask m;
    memcpy(&m, all_then_none + (count >= LANES ? 0 : LANES - count), sizeof m);
    return m;
}
LANES_INLINE lane_mask mask_and(lane_mask a, lane_mask b)
{
    EACH_PART a.part[i] &= b.part[i];
    return a;
}
LANES_INLINE lane_mask mask_or(lane_mask a, lane_mask b)
{
    EACH_PART a.part[i] |= b.part[i];
    return a;
}
LANES_INLINE lane_mask mask_without(lane_mask a, lane_mask b)
{
    EACH_PART a.part[i] &= ~b.part[i];
    return a;
}
LANES_INLINE lane_mask mask_either(lane_mask a, lane_mask b) /* not both */
{
    EACH_PART a.part[i] ^= b.part[i];
    return a;
}
/* One bit a lane. */
LANES_INLINE unsigned mask_bits(lane_mask a)
{
#if defined __AVX2__
    return (unsigned) _mm256_movemask_pd((__m256d) a.part[0]) | (unsigned) _mm256_movemask_pd((__m256d) a.part[1]) << 4;
#elif defined __SSE2__
    unsigned bits = 0;
    EACH_PART bits |= (unsigned) _mm_movemask_pd((__m128d) a.part[i]) << PART * i;
    return bits;
#else
    unsigned bits = 0;
    EACH_PART bits |= (unsigned) ((a.part[i][0] & 1) | (a.part[i][1] & 2)) << PART * i;
    return bits;
#endif
}
LANES_INLINE bool mask_any(lane_mask a)
{
    part_longs any = a.part[0];
    EACH_PART any |= a.part[i];
#if defined __AVX2__
    return _mm256_movemask_pd((__m256d) any) != 0;
#else
    return (any[0] | any[1]) != 0;
#endif
}
LANES_INLINE cef_index mask_count(lane_mask a)
{
    part_longs sum = a.part[0];
    for (int i = 1; i < PARTS; i++)
        sum += a.part[i];
    int64_t count = 0;
    for (int k = 0; k < PART; k++)
        count -= sum[k];
    return (cef_index) count;
}
LANES_INLINE bool mask_at(lane_mask a, int k)
{
    int64_t lane[LANES];
    memcpy(lane, &a, sizeof lane);
    return lane[k] != 0;
}
/* One byte a lane: 1 where the mask holds. */
LANES_INLINE uint64_t mask_bytes(lane_mask a)
{
    const uint64_t bits = mask_bits(a), low = bits & 15, high = bits >> 4; /* copies of four bits, seven bits apart */
    return ((low * 0x204081u) & 0x01010101u) | ((high * 0x204081u) & 0x01010101u) << 32;
}
LANES_INLINE lane_mask bytes_equal(const uint8_t *bytes, uint8_t value)
{
    lane_mask m;
#if defined __SSE2__
    const __m128i equal = _mm_cmpeq_epi8(_mm_loadl_epi64((const __m128i *) bytes), _mm_set1_epi8((char) value));
#if defined __AVX2__
    m.part[0] = (part_longs) _mm256_cvtepi8_epi64(equal);
    m.part[1] = (part_longs) _mm256_cvtepi8_epi64(_mm_srli_si128(equal, 4));
#else
    const __m128i twice = _mm_unpacklo_epi8(equal, equal);
    const __m128i low = _mm_unpacklo_epi16(twice, twice), high = _mm_unpackhi_epi16(twice, twice);
    m.part[0] = (part_longs) _mm_unpacklo_epi32(low, low);
    m.part[1] = (part_longs) _mm_unpackhi_epi32(low, low);
    m.part[2] = (part_longs) _mm_unpacklo_epi32(high, high);
    m.part[3] = (part_longs) _mm_unpackhi_epi32(high, high);
#endif
#else
    for (int k = 0; k < LANES; k++)
        m.part[k / PART][k % PART] = bytes[k] == value ? -1 : 0;
#endif
    return m;
}
/* Whether some of 64 bytes are the value. */
LANES_INLINE bool bytes_include(const uint8_t *bytes, uint8_t value)
{
    typedef uint8_t some_bytes __attribute__((vector_size(8 * PART)));
    enum { PIECES = 8 / PART };
    some_bytes piece[PIECES], all = {0};
    memcpy(piece, bytes, sizeof piece);
    _Pragma("GCC unroll 4") for (int i = 0; i < PIECES; i++) all |= (some_bytes) (piece[i] == value);
    uint64_t word[PART];
    memcpy(word, &all, sizeof word);
    for (int k = 1; k < PART; k++)
        word[0] |= word[k];
    return word[0] != 0;
}

/* ---- loads and stores ---- */

LANES_INLINE lanes lanes_load(const double *p)
{
    lanes a;
    EACH_PART memcpy(&a.part[i], p + PART * i, sizeof a.part[i]);
    return a;
}
LANES_INLINE lanes lanes_of_halves(const double *low, const double *high) /* four doubles each */
{
    lanes a;
    EACH_PART memcpy(&a.part[i], i < PARTS / 2 ? low + PART * i : high + PART * i - LANES / 2, sizeof a.part[i]);
    return a;
}
LANES_INLINE void lanes_store_halves(double *low, double *high, lanes a) /* likewise */
{
    EACH_PART memcpy(i < PARTS / 2 ? low + PART * i : high + PART * i - LANES / 2, &a.part[i], sizeof a.part[i]);
}
LANES_INLINE void lanes_store(double *p, lanes a) { EACH_PART memcpy(p + PART * i, &a.part[i], sizeof a.part[i]); }
LANES_INLINE lanes lanes_load_where(lane_mask m, const double *p)
{
    if (mask_bits(m) == 0xFF)
        return lanes_load(p);
    double lane[LANES];
    for (int k = 0; k < LANES; k++)
        lane[k] = mask_at(m, k) ? p[k] : 0.0;
    return lanes_load(lane);
}
LANES_INLINE void lanes_store_where(lane_mask m, double *p, lanes a)
{
    if (mask_bits(m) == 0xFF) {
        lanes_store(p, a);
        return;
    }
    double lane[LANES];
    lanes_store(lane, a);
    for (int k = 0; k < LANES; k++)
        if (mask_at(m, k))
            p[k] = lane[k];
}
LANES_INLINE lane_ints ints_load(const cef_index *p)
{
    lane_ints a;
    EACH_HALF memcpy(&a.half[i], p + 4 * i, sizeof a.half[i]);
    return a;
}
LANES_INLINE void ints_store(cef_index *p, lane_ints a) { EACH_HALF memcpy(p + 4 * i, &a.half[i], sizeof a.half[i]); }
LANES_INLINE lane_ints ints_load_where(lane_mask m, const cef_index *p)
{
    if (mask_bits(m) == 0xFF)
        return ints_load(p);
    cef_index lane[LANES];
    for (int k = 0; k < LANES; k++)
        lane[k] = mask_at(m, k) ? p[k] : 0;
    return ints_load(lane);
}
LANES_INLINE void ints_store_where(lane_mask m, cef_index *p, lane_ints a)
{
    cef_index lane[LANES];
    ints_store(lane, a);
    for (int k = 0; k < LANES; k++)
        if (mask_at(m, k))
            p[k] = lane[k];
}

#include "parts_numbers.h"

#endif /* CEF_LANES_PARTS_H */
