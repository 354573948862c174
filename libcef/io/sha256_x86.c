/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 with the SHA instructions of x86-64; compiled with them, called only where the processor has them. */
#include <cpuid.h>
#include <immintrin.h>

#include "io/sha256.h"

bool sha256_has_instructions(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3))
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1u << 29) != 0;
}

/* Words W[4 j .. 4 j + 3] from the sixteen before them; m[j % 4] holds W[4 j - 16 ..]. */
static __m128i next_words(const __m128i m[4], int j)
{
    const __m128i first = _mm_sha256msg1_epu32(m[j % 4], m[(j + 1) % 4]);
    const __m128i middle = _mm_alignr_epi8(m[(j + 3) % 4], m[(j + 2) % 4], 4);
    return _mm_sha256msg2_epu32(_mm_add_epi32(first, middle), m[(j + 3) % 4]);
}

void sha256_blocks_by_instruction(uint32_t state[8], const uint8_t *data, size_t n_blocks)
{
    const __m128i big_endian = _mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203);
    const __m128i dcba = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *) (const void *) state), 0xB1);
    const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *) (const void *) (state + 4)), 0x1B);
    __m128i abef = _mm_alignr_epi8(dcba, hgfe, 8), cdgh = _mm_blend_epi16(hgfe, dcba, 0xF0);
    for (; n_blocks > 0; n_blocks--, data += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i m[4];
        for (int j = 0; j < 16; j++) {
            m[j % 4] =
                j < 4 ? _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *) (const void *) (data + 16 * j)), big_endian)
                      : next_words(m, j);
            const __m128i k = _mm_loadu_si128((const __m128i *) (const void *) (sha256_constant + 4 * j));
            const __m128i words = _mm_add_epi32(m[j % 4], k);
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, words);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(words, 0x0E));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1B), dchg = _mm_shuffle_epi32(cdgh, 0xB1);
    _mm_storeu_si128((__m128i *) (void *) state, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *) (void *) (state + 4), _mm_alignr_epi8(dchg, feba, 8));
}
