/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room lanes, behind parts.h: what is computed with parts. */
#ifndef CEF_LANES_PARTS_NUMBERS_H
#define CEF_LANES_PARTS_NUMBERS_H

/* ---- whole numbers ---- */

LANES_INLINE lane_ints ints_all(cef_index a) { return (lane_ints){{{a, a, a, a}, {a, a, a, a}}}; }
LANES_INLINE lane_ints ints_add(lane_ints a, lane_ints b)
{
    EACH_HALF a.half[i] += b.half[i];
    return a;
}
LANES_INLINE lane_ints ints_and(lane_ints a, lane_ints b)
{
    EACH_HALF a.half[i] &= b.half[i];
    return a;
}
LANES_INLINE lane_ints ints_or(lane_ints a, lane_ints b)
{
    EACH_HALF a.half[i] |= b.half[i];
    return a;
}
/* -1 or 0 a number. */
LANES_INLINE lane_ints ints_of_mask(lane_mask m)
{
    lane_ints a;
#if defined __AVX2__
    EACH_HALF a.half[i] = __builtin_convertvector(m.part[i], four_ints);
#else
    EACH_HALF a.half[i] =
        (four_ints) __builtin_shufflevector((four_ints) m.part[2 * i], (four_ints) m.part[2 * i + 1], 0, 2, 4, 6);
#endif
    return a;
}
LANES_INLINE lane_ints ints_select(lane_mask m, lane_ints a, lane_ints b)
{
    const lane_ints chosen = ints_of_mask(m);
    EACH_HALF a.half[i] = (a.half[i] & chosen.half[i]) | (b.half[i] & ~chosen.half[i]);
    return a;
}
LANES_INLINE lane_mask ints_equal(lane_ints a, lane_ints b)
{
    cef_index x[LANES], y[LANES];
    int64_t lane[LANES];
    ints_store(x, a);
    ints_store(y, b);
    for (int k = 0; k < LANES; k++)
        lane[k] = x[k] == y[k] ? -1 : 0;
    lane_mask m;
    memcpy(&m, lane, sizeof m);
    return m;
}
LANES_INLINE lanes lanes_of_ints(lane_ints a)
{
    cef_index from[LANES];
    double lane[LANES];
    ints_store(from, a);
    for (int k = 0; k < LANES; k++)
        lane[k] = from[k];
    return lanes_load(lane);
}

/* ---- gathered by plain loads ---- */

/* Where to pick stands in every `step`th number from `at` on; step is a constant at every call. */
LANES_INLINE lanes lanes_pick_every(const double *p, const cef_index *at, int step)
{
    lanes a;
#if defined __AVX2__
    EACH_PART
    {
        const uint32_t *k = (const uint32_t *) at + PART * i * step;
        a.part[i] = (lane_part){p[k[0]], p[k[step]], p[k[2 * step]], p[k[3 * step]]};
    }
#else
    EACH_PART
    {
        const uint32_t *k = (const uint32_t *) at + PART * i * step;
        a.part[i] = (lane_part){p[k[0]], p[k[step]]};
    }
#endif
    return a;
}
/* Every `step`th number from p on. */
LANES_INLINE lanes lanes_load_every(const double *p, int step)
{
    lanes a;
    EACH_PART
    {
        const double *q = p + PART * i * step;
#if defined __AVX2__
        a.part[i] = (lane_part){q[0], q[step], q[2 * step], q[3 * step]};
#else
        a.part[i] = (lane_part){q[0], q[step]};
#endif
    }
    return a;
}
LANES_INLINE lanes lanes_pick(const double *p, const cef_index *at) { return lanes_pick_every(p, at, 1); }
/* Numbers of single precision. */
LANES_INLINE lanes floats_pick_every(const float *p, const cef_index *at, int step)
{
    double lane[LANES];
    for (int k = 0; k < LANES; k++)
        lane[k] = (double) p[at[k * step]];
    return lanes_load(lane);
}
LANES_INLINE lanes floats_load(const float *p)
{
    double lane[LANES];
    for (int k = 0; k < LANES; k++)
        lane[k] = (double) p[k];
    return lanes_load(lane);
}
LANES_INLINE void floats_store(float *p, lanes a)
{
    EACH_PART
    {
        for (int k = 0; k < PART; k++)
            p[PART * i + k] = (float) a.part[i][k];
    }
}
/* Of pairs, the first and the second members. */
LANES_INLINE void lanes_pick_pairs_every(const double *p, const cef_index *at, int step, lanes *a, lanes *b)
{
#if defined __AVX2__
    EACH_PART
    {
        const cef_index *k = at + PART * i * step; /* pairs 0 and 2, 1 and 3 */
        const __m256d even = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(p + 2 * (int64_t) k[0])),
                                                  _mm_loadu_pd(p + 2 * (int64_t) k[2 * step]), 1);
        const __m256d odd = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(p + 2 * (int64_t) k[step])),
                                                 _mm_loadu_pd(p + 2 * (int64_t) k[3 * step]), 1);
        a->part[i] = (lane_part) _mm256_unpacklo_pd(even, odd);
        b->part[i] = (lane_part) _mm256_unpackhi_pd(even, odd);
    }
#else
    EACH_PART
    {
        const double *first = p + 2 * (int64_t) at[PART * i * step];
        const double *second = p + 2 * (int64_t) at[(PART * i + 1) * step];
        a->part[i] = (lane_part){first[0], second[0]};
        b->part[i] = (lane_part){first[1], second[1]};
    }
#endif
}

/* ---- arithmetic ---- */

LANES_INLINE lanes lanes_all(double a)
{
    lanes b;
    EACH_PART b.part[i] = a - (lane_part){0}; /* in every lane; a less 0 is a */
    return b;
}
LANES_INLINE lanes lanes_add(lanes a, lanes b)
{
    EACH_PART a.part[i] += b.part[i];
    return a;
}
LANES_INLINE lanes lanes_sub(lanes a, lanes b)
{
    EACH_PART a.part[i] -= b.part[i];
    return a;
}
LANES_INLINE lanes lanes_mul(lanes a, lanes b)
{
    EACH_PART a.part[i] *= b.part[i];
    return a;
}
LANES_INLINE lanes lanes_div(lanes a, lanes b)
{
    EACH_PART a.part[i] /= b.part[i];
    return a;
}
LANES_INLINE lanes lanes_neg(lanes a)
{
    EACH_PART a.part[i] = -a.part[i];
    return a;
}
LANES_INLINE lanes lanes_abs(lanes a)
{
    EACH_PART a.part[i] = (lane_part) ((part_longs) a.part[i] & INT64_MAX);
    return a;
}

/* ---- comparison and choice ---- */

LANES_INLINE lane_mask lanes_less(lanes a, lanes b)
{
    lane_mask m;
    EACH_PART m.part[i] = a.part[i] < b.part[i];
    return m;
}
LANES_INLINE lane_mask lanes_at_most(lanes a, lanes b)
{
    lane_mask m;
    EACH_PART m.part[i] = a.part[i] <= b.part[i];
    return m;
}
LANES_INLINE lane_mask lanes_same(lanes a, lanes b)
{
    lane_mask m;
    EACH_PART m.part[i] = a.part[i] == b.part[i];
    return m;
}
LANES_INLINE lane_mask signs_of(lanes a) /* those of zeros too */
{
    lane_mask m;
    EACH_PART
    {
#if defined __AVX2__
        m.part[i] = (part_longs) a.part[i] < 0;
#else
        const four_ints signs = (four_ints) a.part[i] >> 31;
        m.part[i] = (part_longs) __builtin_shufflevector(signs, signs, 1, 1, 3, 3);
#endif
    }
    return m;
}
LANES_INLINE lane_mask lanes_opposed(lanes a, lanes b) /* signs differ, those of zeros too */
{
    EACH_PART a.part[i] = (lane_part) ((part_longs) a.part[i] ^ (part_longs) b.part[i]);
    return signs_of(a);
}
/* One byte a lane: 0 where the mask does not hold, else 1, or 2 where a has its sign. */
LANES_INLINE uint64_t bytes_by_sign(lane_mask m, lanes a)
{
    const lane_mask signs = signs_of(a);
    EACH_PART m.part[i] &= 1 - signs.part[i];
#if defined __AVX2__
    const __m256i all = (__m256i) _mm256_shuffle_ps((__m256) m.part[0], (__m256) m.part[1], 0x88);
    const __m128i low = _mm_shuffle_epi8(_mm256_castsi256_si128(all),
                                         _mm_setr_epi8(0, 4, -1, -1, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
    const __m128i high = _mm_shuffle_epi8(_mm256_extracti128_si256(all, 1),
                                          _mm_setr_epi8(-1, -1, 0, 4, -1, -1, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1));
    return (uint64_t) _mm_cvtsi128_si64(_mm_or_si128(low, high));
#elif defined __SSE2__
    const __m128i low = (__m128i) _mm_shuffle_ps((__m128) m.part[0], (__m128) m.part[1], 0x88);
    const __m128i high = (__m128i) _mm_shuffle_ps((__m128) m.part[2], (__m128) m.part[3], 0x88);
    const __m128i words = _mm_packs_epi32(low, high);
    return (uint64_t) _mm_cvtsi128_si64(_mm_packus_epi16(words, words));
#else
    uint64_t bytes = 0;
    for (int k = 0; k < LANES; k++)
        bytes |= (uint64_t) m.part[k / PART][k % PART] << 8 * k;
    return bytes;
#endif
}
LANES_INLINE lane_mask lanes_same_bits(lanes a, lanes b)
{
    lane_mask m;
    EACH_PART m.part[i] = (part_longs) a.part[i] == (part_longs) b.part[i];
    return m;
}
LANES_INLINE lanes lanes_select(lane_mask m, lanes a, lanes b)
{
    EACH_PART
    {
#if defined __AVX2__
        a.part[i] = (lane_part) _mm256_blendv_pd((__m256d) b.part[i], (__m256d) a.part[i], (__m256d) m.part[i]);
#else
        a.part[i] = (lane_part) ((m.part[i] & (part_longs) a.part[i]) | (~m.part[i] & (part_longs) b.part[i]));
#endif
    }
    return a;
}
LANES_INLINE lanes lanes_where(lane_mask m, lanes a) /* else 0 */
{
    EACH_PART a.part[i] = (lane_part) (m.part[i] & (part_longs) a.part[i]);
    return a;
}
LANES_INLINE lanes lanes_lesser(lanes a, lanes b) { return lanes_select(lanes_less(a, b), a, b); }
LANES_INLINE lanes lanes_greater(lanes a, lanes b) { return lanes_select(lanes_less(b, a), a, b); }
/* The lesser or the greater of both where the mask holds, else b. */
LANES_INLINE lanes lanes_lesser_where(lane_mask m, lanes a, lanes b)
{
    return lanes_select(mask_and(m, lanes_less(a, b)), a, b);
}
LANES_INLINE lanes lanes_greater_where(lane_mask m, lanes a, lanes b)
{
    return lanes_select(mask_and(m, lanes_less(b, a)), a, b);
}

/* a / b where the mask holds, else otherwise. */
LANES_INLINE lanes lanes_divide(lane_mask m, lanes a, lanes b, lanes otherwise)
{
    return lanes_select(m, lanes_div(a, lanes_select(m, b, lanes_all(1.0))), otherwise);
}

/* ---- rows ---- */

LANES_INLINE lanes lanes_join(lanes a, lanes b, cef_index shift)
{
    double both[2 * LANES];
    lanes_store(both, a);
    lanes_store(both + LANES, b);
    return lanes_load(both + shift);
}
/* A whole cache line, p 64-byte aligned; lanes_stream asks for 16. */
#if defined __AVX2__
enum { LANES_PAST_CACHES = 1 };
LANES_INLINE void lanes_store_past(double *p, lanes a)
{
    EACH_PART _mm256_stream_pd(p + PART * i, (__m256d) a.part[i]);
}
#elif defined __SSE2__
enum { LANES_PAST_CACHES = 1 };
LANES_INLINE void lanes_store_past(double *p, lanes a) { EACH_PART _mm_stream_pd(p + PART * i, (__m128d) a.part[i]); }
#else
enum { LANES_PAST_CACHES = 0 };
LANES_INLINE void lanes_store_past(double *p, lanes a) { lanes_store(p, a); }
#endif

LANES_INLINE void lanes_load_pairs(const double *p, lanes *a, lanes *b)
{
    EACH_PART
    {
        const double *q = p + 2 * PART * i;
#if defined __AVX2__
        a->part[i] = (lane_part){q[0], q[2], q[4], q[6]};
        b->part[i] = (lane_part){q[1], q[3], q[5], q[7]};
#else
        a->part[i] = (lane_part){q[0], q[2]};
        b->part[i] = (lane_part){q[1], q[3]};
#endif
    }
}
LANES_INLINE void lanes_store_pairs(double *p, lanes a, lanes b)
{
    EACH_PART
    {
        const lane_part x = a.part[i], y = b.part[i];
        for (int k = 0; k < PART; k++) {
            const double pair[2] = {x[k], y[k]};
            memcpy(p + 2 * (PART * i + k), pair, sizeof pair);
        }
    }
}

/* Within each half of eight lanes: four times four turned. */
LANES_INLINE void lanes_turn_halves(const lanes in[LANES], lanes out[LANES])
{
    for (int k = 0; k < LANES; k += 4)
        EACH_HALF
        {
#if defined __AVX2__
            const __m256d a = (__m256d) in[k].part[i], b = (__m256d) in[k + 1].part[i];
            const __m256d c = (__m256d) in[k + 2].part[i], d = (__m256d) in[k + 3].part[i];
            const __m256d ab02 = _mm256_unpacklo_pd(a, b), ab13 = _mm256_unpackhi_pd(a, b);
            const __m256d cd02 = _mm256_unpacklo_pd(c, d), cd13 = _mm256_unpackhi_pd(c, d);
            out[k].part[i] = (lane_part) _mm256_permute2f128_pd(ab02, cd02, 0x20);
            out[k + 1].part[i] = (lane_part) _mm256_permute2f128_pd(ab13, cd13, 0x20);
            out[k + 2].part[i] = (lane_part) _mm256_permute2f128_pd(ab02, cd02, 0x31);
            out[k + 3].part[i] = (lane_part) _mm256_permute2f128_pd(ab13, cd13, 0x31);
#else
            for (int j = 0; j < 4; j++)
                for (int q = 0; q < 2; q++) { /* two rows side by side */
                    const lane_part a = in[k + 2 * q].part[2 * i + j / 2], b = in[k + 2 * q + 1].part[2 * i + j / 2];
                    out[k + j].part[2 * i + q] = (lane_part){a[j % 2], b[j % 2]};
                }
#endif
        }
}

/* out[k] = (rows[0][k], .. rows[7][k]) */
LANES_INLINE void lanes_turn(const lanes rows[LANES], lanes out[LANES])
{
    lanes four[LANES];
    lanes_turn_halves(rows, four);
    for (int k = 0; k < 4; k++)
        EACH_PART
        {
            const bool low = i < PARTS / 2;
            out[k].part[i] = low ? four[k].part[i] : four[k + 4].part[i - PARTS / 2];
            out[k + 4].part[i] = low ? four[k].part[i + PARTS / 2] : four[k + 4].part[i];
        }
}

#endif /* CEF_LANES_PARTS_NUMBERS_H */
