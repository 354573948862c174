/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room lanes: eight doubles side by side, for kernels. A kernel is one source that the build compiles once
 * per instruction set (cef_kernels in cmake/LibcefRooms.cmake) and that the solver chooses by a pointer when it is
 * created. Every set does the same IEEE operations on the same eight lanes, and sums have one association (lanes_sum):
 * the bits of a result do not depend on the set. */
#ifndef CEF_LANES_LANES_H
#define CEF_LANES_LANES_H

#include "base/base.h"

enum { LANES_PORTABLE = 0, LANES_AVX2 = 1, LANES_AVX512 = 2, LANES_WIDTHS = 3 };
/* The widest of these that this machine runs. */
int32_t lanes_widest(void);

enum { LANES = 8 };

/* The one association of sums. */
static inline double lanes_total(const double *lane)
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

#ifdef CEF_WIDTH /* set by the build while it compiles kernels */
#define KERNEL_PASTE(name, width) name##_##width
#define KERNEL_NAME(name, width) KERNEL_PASTE(name, width)
#define KERNEL(name) KERNEL_NAME(name, CEF_WIDTH) /* the name in this instruction set */
#define LANES_INLINE static inline __attribute__((always_inline))

#if defined __SSE2__
#include <immintrin.h>
#endif
typedef cef_index four_ints __attribute__((vector_size(16)));
#include "fours.h"
#if defined __AVX512F__ && defined __AVX512DQ__ && defined __AVX512VL__ && defined __AVX512BW__
#include "avx512.h"
#else
#include "parts.h"
#endif

#if defined __SSE2__
/* Past the caches: for what is not read again and would only push out what is. p: 16-byte aligned. */
LANES_INLINE void lanes_stream(double *p, lanes a)
{
    __m128d quarter[LANES / 2];
    memcpy(quarter, &a, sizeof quarter);
    for (int k = 0; k < LANES / 2; k++)
        _mm_stream_pd(p + 2 * k, quarter[k]);
}
LANES_INLINE void ints_stream(cef_index *p, lane_ints a) /* likewise */
{
    __m128i half[2];
    memcpy(half, &a, sizeof half);
    _mm_stream_si128((__m128i *) p, half[0]);
    _mm_stream_si128((__m128i *) p + 1, half[1]);
}
LANES_INLINE void lanes_stream_end(void) { _mm_sfence(); } /* before anybody is told that the data is there */
#else
LANES_INLINE void lanes_stream(double *p, lanes a) { memcpy(p, &a, sizeof a); }
LANES_INLINE void ints_stream(cef_index *p, lane_ints a) { memcpy(p, &a, sizeof a); }
LANES_INLINE void lanes_stream_end(void) {}
#endif

/* Eight places to pick from: those at p of which `count` exist, the others 0. room: [LANES], used for the last ones. */
LANES_INLINE const cef_index *ints_padded(const cef_index *p, cef_index count, cef_index *room)
{
    if (count >= LANES)
        return p;
    for (cef_index k = 0; k < LANES; k++)
        room[k] = k < count ? p[k] : 0;
    return room;
}
/* What lies some bytes behind p, if anything, into the second cache: rows that come from memory soon. Several of them
 * are walked through side by side, and a processor that finds such walks by itself begins anew on every page. */
LANES_INLINE void lanes_fetch(const void *p, size_t bytes)
{
    __builtin_prefetch((const void *) ((uintptr_t) p + bytes), 0, 2);
}
/* Into memory for good: what is then read one by one is loaded, which is less work than taking a vector apart. */
LANES_INLINE void lanes_spill(double *p, lanes a)
{
    lanes_store(p, a);
    __asm__ volatile("" : "+m"(*(double(*)[LANES]) p));
}
LANES_INLINE void ints_spill(cef_index *p, lane_ints a)
{
    ints_store(p, a);
    __asm__ volatile("" : "+m"(*(cef_index(*)[LANES]) p));
}
#if defined __SSE2__
/* p[at[k]] = a[k], in this order. */
LANES_INLINE void lanes_put(double *p, const cef_index *at, lanes a)
{
    __m128d pair[LANES / 2];
    memcpy(pair, &a, sizeof pair);
    for (int k = 0; k < LANES / 2; k++) {
        _mm_storel_pd(p + at[2 * k], pair[k]);
        _mm_storeh_pd(p + at[2 * k + 1], pair[k]);
    }
}
#else
LANES_INLINE void lanes_put(double *p, const cef_index *at, lanes a)
{
    double lane[LANES];
    lanes_store(lane, a);
    for (int k = 0; k < LANES; k++)
        p[at[k]] = lane[k];
}
#endif
LANES_INLINE double lanes_sum(lanes a)
{
    double lane[LANES];
    lanes_store(lane, a);
    return lanes_total(lane);
}
LANES_INLINE double lanes_most(lanes a)
{
    double lane[LANES];
    lanes_store(lane, a);
    double most = lane[0];
    for (int k = 1; k < LANES; k++)
        most = lane[k] > most ? lane[k] : most;
    return most;
}
LANES_INLINE double lanes_least(lanes a)
{
    double lane[LANES];
    lanes_store(lane, a);
    double least = lane[0];
    for (int k = 1; k < LANES; k++)
        least = lane[k] < least ? lane[k] : least;
    return least;
}
#endif

#endif /* CEF_LANES_LANES_H */
