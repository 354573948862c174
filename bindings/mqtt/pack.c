/* SPDX-License-Identifier: Apache-2.0 */
/* Packs. */
#include "pack.h"

#include <string.h>

static const uint8_t magic[4] = {'C', 'E', 'F', 'P'};

static void put16(uint8_t *to, uint32_t v)
{
    to[0] = (uint8_t) v;
    to[1] = (uint8_t) (v >> 8);
}

static void put32(uint8_t *to, uint32_t v)
{
    put16(to, v);
    put16(to + 2, v >> 16);
}

static uint16_t get16(const uint8_t *from) { return (uint16_t) (from[0] | from[1] << 8); }
static uint32_t get32(const uint8_t *from) { return get16(from) | (uint32_t) get16(from + 2) << 16; }

void pack_begin(pack_writer *w, uint8_t *bytes, size_t size, uint8_t kind, uint32_t agent, uint32_t settings)
{
    *w = (pack_writer){.bytes = bytes, .used = PACK_HEAD, .size = size};
    memset(bytes, 0, PACK_HEAD);
    memcpy(bytes, magic, sizeof magic);
    bytes[4] = PACK_VERSION;
    bytes[5] = kind;
    put32(bytes + 8, agent);
    put32(bytes + 12, settings);
}

uint16_t pack_count(const pack_writer *w) { return get16(w->bytes + 6); }

bool pack_add(pack_writer *w, const uint8_t *message, size_t length)
{
    if (length > UINT16_MAX || w->size - w->used < length + 2 || pack_count(w) == UINT16_MAX)
        return false;
    put16(w->bytes + w->used, (uint32_t) length);
    memcpy(w->bytes + w->used + 2, message, length);
    w->used += length + 2;
    put16(w->bytes + 6, pack_count(w) + 1u);
    return true;
}

static bool lengths_fit(const pack_reader *r)
{
    const uint8_t *at = r->at;
    for (uint32_t k = 0; k < r->left; k++) {
        if (r->end - at < 2 || r->end - at - 2 < get16(at))
            return false;
        at += 2 + get16(at);
    }
    return at == r->end;
}

bool pack_open(pack_reader *r, const uint8_t *bytes, size_t length)
{
    if (length < PACK_HEAD || memcmp(bytes, magic, sizeof magic) != 0 || bytes[4] != PACK_VERSION)
        return false;
    *r = (pack_reader){.at = bytes + PACK_HEAD,
                       .end = bytes + length,
                       .agent = get32(bytes + 8),
                       .settings = get32(bytes + 12),
                       .left = get16(bytes + 6),
                       .kind = bytes[5]};
    return lengths_fit(r);
}

const uint8_t *pack_next(pack_reader *r, size_t *length)
{
    if (r->left == 0)
        return NULL;
    const uint8_t *message = r->at + 2;
    *length = get16(r->at);
    r->at = message + *length;
    r->left--;
    return message;
}
