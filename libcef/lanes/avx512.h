/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room lanes: the operations with AVX-512 (F, DQ, VL, BW). */
#ifndef CEF_LANES_AVX512_H
#define CEF_LANES_AVX512_H

typedef double lanes __attribute__((vector_size(64)));
typedef __mmask8 lane_mask;
typedef __m256i lane_ints; /* eight cef_index */

/* The first `count` lanes; count: 0 or more. */
LANES_INLINE lane_mask mask_first(cef_index count) { return (lane_mask) (count >= LANES ? 0xFFu : (1u << count) - 1u); }
LANES_INLINE lane_mask mask_and(lane_mask a, lane_mask b) { return (lane_mask) (a & b); }
LANES_INLINE lane_mask mask_or(lane_mask a, lane_mask b) { return (lane_mask) (a | b); }
LANES_INLINE lane_mask mask_without(lane_mask a, lane_mask b) { return (lane_mask) (a & ~b); }
LANES_INLINE lane_mask mask_either(lane_mask a, lane_mask b) { return (lane_mask) (a ^ b); } /* not both */
LANES_INLINE bool mask_any(lane_mask a) { return a != 0; }
LANES_INLINE cef_index mask_count(lane_mask a) { return __builtin_popcount(a); }
LANES_INLINE bool mask_at(lane_mask a, int k) { return (a >> k) & 1; }
/* One byte a lane: 1 where the mask holds. */
LANES_INLINE uint64_t mask_bytes(lane_mask a) { return (uint64_t) _mm_cvtsi128_si64(_mm_maskz_set1_epi8(a, 1)); }
/* One byte a lane: 0 where the mask does not hold, else 1, or 2 where a has its sign. */
LANES_INLINE uint64_t bytes_by_sign(lane_mask m, lanes a)
{
    const __m512i signs = _mm512_srai_epi64(_mm512_castpd_si512(a), 63); /* -1 or 0 */
    return (uint64_t) _mm_cvtsi128_si64(_mm512_cvtepi64_epi8(_mm512_maskz_sub_epi64(m, _mm512_set1_epi64(1), signs)));
}
LANES_INLINE lane_mask bytes_equal(const uint8_t *bytes, uint8_t value)
{
    return (lane_mask) _mm_cmpeq_epi8_mask(_mm_loadl_epi64((const __m128i *) bytes), _mm_set1_epi8((char) value));
}
/* Whether some of 64 bytes are the value. */
LANES_INLINE bool bytes_include(const uint8_t *bytes, uint8_t value)
{
    return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(bytes), _mm512_set1_epi8((char) value)) != 0;
}

LANES_INLINE lanes lanes_load(const double *p) { return _mm512_loadu_pd(p); }
LANES_INLINE lanes lanes_of_halves(const double *low, const double *high) /* four doubles each */
{
    return _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_loadu_pd(low)), _mm256_loadu_pd(high), 1);
}
LANES_INLINE void lanes_store_halves(double *low, double *high, lanes a) /* likewise */
{
    _mm256_storeu_pd(low, _mm512_castpd512_pd256(a));
    _mm256_storeu_pd(high, _mm512_extractf64x4_pd(a, 1));
}
LANES_INLINE lanes lanes_load_where(lane_mask m, const double *p) { return _mm512_maskz_loadu_pd(m, p); }
LANES_INLINE void lanes_store(double *p, lanes a) { _mm512_storeu_pd(p, a); }
LANES_INLINE void lanes_store_where(lane_mask m, double *p, lanes a) { _mm512_mask_storeu_pd(p, m, a); }
LANES_INLINE lane_ints ints_load(const cef_index *p) { return _mm256_loadu_si256((const __m256i *) p); }
LANES_INLINE lane_ints ints_load_where(lane_mask m, const cef_index *p) { return _mm256_maskz_loadu_epi32(m, p); }
LANES_INLINE void ints_store(cef_index *p, lane_ints a) { _mm256_storeu_si256((__m256i *) p, a); }
LANES_INLINE void ints_store_where(lane_mask m, cef_index *p, lane_ints a) { _mm256_mask_storeu_epi32(p, m, a); }
LANES_INLINE lane_ints ints_all(cef_index a) { return _mm256_set1_epi32(a); }
LANES_INLINE lane_ints ints_add(lane_ints a, lane_ints b) { return _mm256_add_epi32(a, b); }
LANES_INLINE lane_ints ints_and(lane_ints a, lane_ints b) { return _mm256_and_si256(a, b); }
LANES_INLINE lane_ints ints_or(lane_ints a, lane_ints b) { return _mm256_or_si256(a, b); }
LANES_INLINE lane_ints ints_select(lane_mask m, lane_ints a, lane_ints b) { return _mm256_mask_blend_epi32(m, b, a); }
LANES_INLINE lane_mask ints_equal(lane_ints a, lane_ints b) { return _mm256_cmpeq_epi32_mask(a, b); }
LANES_INLINE lanes lanes_of_ints(lane_ints a) { return _mm512_cvtepi32_pd(a); }
/* Gathered by plain loads: on some processors the gathering instructions take several times as long. */
/* Where to pick stands in every `step`th number from `at` on; step is a constant at every call. */
LANES_INLINE lanes lanes_pick_every(const double *p, const cef_index *at, int step)
{
    const uint32_t *k = (const uint32_t *) at;
    return _mm512_setr_pd(p[k[0]], p[k[step]], p[k[2 * step]], p[k[3 * step]], p[k[4 * step]], p[k[5 * step]],
                          p[k[6 * step]], p[k[7 * step]]);
}
/* Every `step`th number from p on. */
LANES_INLINE lanes lanes_load_every(const double *p, int step)
{
    if (step == 1)
        return lanes_load(p);
    return _mm512_setr_pd(p[0], p[step], p[2 * step], p[3 * step], p[4 * step], p[5 * step], p[6 * step], p[7 * step]);
}
LANES_INLINE lanes lanes_pick(const double *p, const cef_index *at) { return lanes_pick_every(p, at, 1); }
/* Numbers of single precision. */
LANES_INLINE lanes floats_pick_every(const float *p, const cef_index *at, int step)
{
    const uint32_t *k = (const uint32_t *) at;
    return _mm512_cvtps_pd(_mm256_setr_ps(p[k[0]], p[k[step]], p[k[2 * step]], p[k[3 * step]], p[k[4 * step]],
                                          p[k[5 * step]], p[k[6 * step]], p[k[7 * step]]));
}
LANES_INLINE lanes floats_load(const float *p) { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }
LANES_INLINE void floats_store(float *p, lanes a) { _mm256_storeu_ps(p, _mm512_cvtpd_ps(a)); }
/* The pairs at[0], at[2 step], at[4 step] and at[6 step]. */
LANES_INLINE __m512d four_pairs(const double *p, const cef_index *at, int step)
{
    __m256d low = _mm256_castpd128_pd256(_mm_loadu_pd(p + 2 * (int64_t) at[0]));
    __m256d high = _mm256_castpd128_pd256(_mm_loadu_pd(p + 2 * (int64_t) at[4 * step]));
    low = _mm256_insertf128_pd(low, _mm_loadu_pd(p + 2 * (int64_t) at[2 * step]), 1);
    high = _mm256_insertf128_pd(high, _mm_loadu_pd(p + 2 * (int64_t) at[6 * step]), 1);
    return _mm512_insertf64x4(_mm512_castpd256_pd512(low), high, 1);
}
/* Of pairs, the first and the second members. */
LANES_INLINE void lanes_pick_pairs_every(const double *p, const cef_index *at, int step, lanes *a, lanes *b)
{
    const __m512d even = four_pairs(p, at, step), odd = four_pairs(p, at + step, step);
    *a = _mm512_unpacklo_pd(even, odd);
    *b = _mm512_unpackhi_pd(even, odd);
}

LANES_INLINE lanes lanes_all(double a) { return (lanes){a, a, a, a, a, a, a, a}; }
LANES_INLINE lanes lanes_add(lanes a, lanes b) { return a + b; }
LANES_INLINE lanes lanes_sub(lanes a, lanes b) { return a - b; }
LANES_INLINE lanes lanes_mul(lanes a, lanes b) { return a * b; }
LANES_INLINE lanes lanes_div(lanes a, lanes b) { return a / b; }
LANES_INLINE lanes lanes_neg(lanes a) { return -a; }

LANES_INLINE lane_mask lanes_less(lanes a, lanes b) { return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ); }
LANES_INLINE lane_mask lanes_at_most(lanes a, lanes b) { return _mm512_cmp_pd_mask(a, b, _CMP_LE_OQ); }
LANES_INLINE lane_mask lanes_same(lanes a, lanes b) { return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ); }
LANES_INLINE lane_mask lanes_opposed(lanes a, lanes b) /* signs differ, those of zeros too */
{
    return _mm512_movepi64_mask(_mm512_castpd_si512(_mm512_xor_pd(a, b)));
}
LANES_INLINE lanes lanes_select(lane_mask m, lanes a, lanes b) { return _mm512_mask_blend_pd(m, b, a); }
LANES_INLINE lanes lanes_where(lane_mask m, lanes a) { return _mm512_maskz_mov_pd(m, a); } /* else 0 */
/* a / b where the mask holds, and nothing is divided elsewhere. */
LANES_INLINE lanes lanes_divide(lane_mask m, lanes a, lanes b, lanes otherwise)
{
    return _mm512_mask_div_pd(otherwise, m, a, b);
}
LANES_INLINE lanes lanes_abs(lanes a) { return _mm512_abs_pd(a); }
LANES_INLINE lanes lanes_lesser(lanes a, lanes b) { return _mm512_min_pd(a, b); }  /* a < b ? a : b */
LANES_INLINE lanes lanes_greater(lanes a, lanes b) { return _mm512_max_pd(a, b); } /* a > b ? a : b */
/* The lesser or the greater of both where the mask holds, else b. */
LANES_INLINE lanes lanes_lesser_where(lane_mask m, lanes a, lanes b) { return _mm512_mask_min_pd(b, m, a, b); }
LANES_INLINE lanes lanes_greater_where(lane_mask m, lanes a, lanes b) { return _mm512_mask_max_pd(b, m, a, b); }
/* The eight from `shift` (1 .. 8) on of a, then b. */
LANES_INLINE lanes lanes_join(lanes a, lanes b, cef_index shift)
{
    static const int64_t from[2 * LANES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return _mm512_permutex2var_pd(a, _mm512_loadu_si512(from + shift), b);
}
enum { LANES_PAST_CACHES = 1 };
/* A whole cache line in one store, p 64-byte aligned; lanes_stream asks for 16 and takes four. */
LANES_INLINE void lanes_store_past(double *p, lanes a) { _mm512_stream_pd(p, a); }
LANES_INLINE lane_mask lanes_same_bits(lanes a, lanes b)
{
    return _mm512_cmpeq_epi64_mask(_mm512_castpd_si512(a), _mm512_castpd_si512(b));
}

/* Eight pairs, split into their first and second members. */
LANES_INLINE void lanes_load_pairs(const double *p, lanes *a, lanes *b)
{
    const __m512d low = _mm512_loadu_pd(p), high = _mm512_loadu_pd(p + 8);
    *a = _mm512_permutex2var_pd(low, _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14), high);
    *b = _mm512_permutex2var_pd(low, _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15), high);
}
LANES_INLINE void lanes_store_pairs(double *p, lanes a, lanes b)
{
    _mm512_storeu_pd(p, _mm512_permutex2var_pd(a, _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), b));
    _mm512_storeu_pd(p + 8, _mm512_permutex2var_pd(a, _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15), b));
}

/* Within each half of a lane vector: four times four turned. */
LANES_INLINE void lanes_turn_halves(const lanes in[LANES], lanes out[LANES])
{
    lanes two[LANES];
    for (int k = 0; k < LANES; k += 2) {
        two[k] = __builtin_shufflevector(in[k], in[k + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        two[k + 1] = __builtin_shufflevector(in[k], in[k + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int k = 0; k < LANES; k += 4)
        for (int i = 0; i < 2; i++) {
            out[k + i] = __builtin_shufflevector(two[k + i], two[k + 2 + i], 0, 1, 8, 9, 4, 5, 12, 13);
            out[k + 2 + i] = __builtin_shufflevector(two[k + i], two[k + 2 + i], 2, 3, 10, 11, 6, 7, 14, 15);
        }
}

/* out[k] = (rows[0][k], .. rows[7][k]) */
LANES_INLINE void lanes_turn(const lanes rows[LANES], lanes out[LANES])
{
    lanes four[LANES];
    lanes_turn_halves(rows, four);
    for (int k = 0; k < 4; k++) {
        out[k] = __builtin_shufflevector(four[k], four[k + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        out[k + 4] = __builtin_shufflevector(four[k], four[k + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

#endif /* CEF_LANES_AVX512_H */
