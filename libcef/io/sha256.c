/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, FIPS 180-4. The file's fingerprint in reports; not used for anything secret. */
#include "io/sha256.h"

#include "io/case_data.h"

/* First 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
const uint32_t sha256_constant[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t x, int n) { return (x >> n) | (x << (32 - n)); }

static void expand(uint32_t w[64], const uint8_t *block)
{
    for (int t = 0; t < 16; t++) {
        memcpy(&w[t], block + 4 * t, sizeof w[t]);
        w[t] = __builtin_bswap32(w[t]); /* the platform is little-endian (base.h) */
    }
    for (int t = 16; t < 64; t++) {
        const uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ (w[t - 15] >> 3);
        const uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ (w[t - 2] >> 10);
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
}

/* One round with the working variables in the order of FIPS 180-4, 6.2.2: it changes d and h; the next round takes them
 * one place further instead of moving all eight. */
#define ROUND(a, b, c, d, e, f, g, h, t)                                                                               \
    do {                                                                                                               \
        const uint32_t t1 =                                                                                            \
            h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + sha256_constant[t] + w[t];     \
        d += t1;                                                                                                       \
        h = t1 + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));                       \
    } while (0)

static void compress(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[64];
    expand(w, block);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 64; t += 8) {
        ROUND(a, b, c, d, e, f, g, h, t);
        ROUND(h, a, b, c, d, e, f, g, t + 1);
        ROUND(g, h, a, b, c, d, e, f, t + 2);
        ROUND(f, g, h, a, b, c, d, e, t + 3);
        ROUND(e, f, g, h, a, b, c, d, t + 4);
        ROUND(d, e, f, g, h, a, b, c, t + 5);
        ROUND(c, d, e, f, g, h, a, b, t + 6);
        ROUND(b, c, d, e, f, g, h, a, t + 7);
    }
    const uint32_t end[8] = {a, b, c, d, e, f, g, h};
    for (int k = 0; k < 8; k++)
        state[k] += end[k];
}

static void compress_blocks(sha256_state *s, const uint8_t *data, size_t n_blocks)
{
    if (s->by_instruction)
        sha256_blocks_by_instruction(s->state, data, n_blocks);
    else
        for (; n_blocks > 0; n_blocks--, data += 64)
            compress(s->state, data);
}

void sha256_init(sha256_state *s)
{
    static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memset(s, 0, sizeof *s);
    memcpy(s->state, initial, sizeof initial);
    s->by_instruction = sha256_has_instructions();
}

void sha256_add(sha256_state *s, const void *data, size_t n)
{
    const uint8_t *bytes = data;
    size_t kept = (size_t) (s->bytes % 64);
    s->bytes += n;
    if (kept > 0) {
        const size_t taken = n < 64 - kept ? n : 64 - kept;
        memcpy(s->block + kept, bytes, taken);
        if (kept + taken < 64)
            return;
        compress_blocks(s, s->block, 1);
        bytes += taken;
        n -= taken;
    }
    compress_blocks(s, bytes, n / 64);
    bytes += n / 64 * 64;
    n %= 64;
    if (n > 0)
        memcpy(s->block, bytes, n);
}

void sha256_hex(sha256_state *s, char out[65])
{
    const uint64_t bits = s->bytes * 8;
    uint8_t tail[72] = {0x80};
    const size_t zeros = (size_t) ((119 - s->bytes % 64) % 64); /* after 0x80, up to 8 bytes before a block's end */
    for (int k = 0; k < 8; k++)
        tail[1 + zeros + (size_t) k] = (uint8_t) (bits >> (56 - 8 * k));
    sha256_add(s, tail, 1 + zeros + 8);
    for (int k = 0; k < 64; k++)
        out[k] = "0123456789abcdef"[(s->state[k / 8] >> (28 - 4 * (k % 8))) & 15];
    out[64] = 0;
}
