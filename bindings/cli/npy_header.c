/* SPDX-License-Identifier: Apache-2.0 */
/* A Python literal {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }, and nothing else of Python. */
#include "npy_header.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MAGIC = 6 };
static const unsigned char magic[MAGIC] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

typedef struct {
    const char *at, *end;
} cursor;

static void skip_blanks(cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t' || *c->at == '\r'))
        c->at++;
}

static bool take(cursor *c, char wanted)
{
    skip_blanks(c);
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

static bool take_word(cursor *c, const char *word)
{
    const size_t n = strlen(word);
    skip_blanks(c);
    if ((size_t) (c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

/* 'text' or "text" into a short buffer. */
static bool take_text(cursor *c, char to[24])
{
    skip_blanks(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"'))
        return false;
    const char quote = *c->at++;
    size_t n = 0;
    while (c->at < c->end && *c->at != quote && n < 23)
        to[n++] = *c->at++;
    to[n] = 0;
    return c->at < c->end && *c->at++ == quote;
}

static bool take_count(cursor *c, size_t *count)
{
    size_t value = 0;
    skip_blanks(c);
    const char *first = c->at;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
        if (__builtin_mul_overflow(value, (size_t) 10, &value) ||
            __builtin_add_overflow(value, (size_t) (*c->at - '0'), &value))
            return false;
    *count = value;
    return c->at != first;
}

/* (n,) or (T, n). */
static bool take_shape(cursor *c, npy_header *out)
{
    out->columns = 1;
    out->n_dim = 1;
    if (!take(c, '(') || !take_count(c, &out->rows) || !take(c, ','))
        return false;
    if (take(c, ')'))
        return true;
    out->n_dim = 2;
    if (!take_count(c, &out->columns))
        return false;
    (void) take(c, ',');
    return take(c, ')');
}

static const char *take_type(cursor *c, npy_header *out)
{
    char type[24];
    if (!take_text(c, type))
        return "its values are not numbers of one type";
    if (type[0] == '>')
        return "its values are big-endian: store them with astype('<f8')";
    if (strcmp(type, "<f8") != 0 && strcmp(type, "<f4") != 0 && strcmp(type, "<i4") != 0)
        return "its values are none of '<f8' and '<f4'";
    out->kind = type[1];
    out->item = type[2] - '0';
    return NULL;
}

/* One `key: value`; bit k of *seen for key k. */
static const char *take_pair(cursor *c, npy_header *out, unsigned *seen)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    char key[24];
    unsigned k = 0;
    if (!take_text(c, key) || !take(c, ':'))
        return "its header is not 'key': value, ..";
    while (k < 3 && strcmp(key, keys[k]) != 0)
        k++;
    if (k == 3 || *seen >> k & 1)
        return "its header has an unknown key, or one twice";
    *seen |= 1u << k;
    if (k == 0)
        return take_type(c, out);
    if (k == 2)
        return take_shape(c, out) ? NULL : "its shape is neither (n,) nor (T, n)";
    if (take_word(c, "True"))
        return "its values are in Fortran order: store numpy.ascontiguousarray(..)";
    return take_word(c, "False") ? NULL : "its fortran_order is neither True nor False";
}

static const char *parse_text(cursor c, npy_header *out)
{
    unsigned seen = 0;
    if (!take(&c, '{'))
        return "its header does not begin with {";
    while (!take(&c, '}')) {
        const char *wrong = take_pair(&c, out, &seen);
        if (wrong)
            return wrong;
        if (!take(&c, ',')) {
            if (!take(&c, '}'))
                return "its header does not end with }";
            break;
        }
    }
    skip_blanks(&c);
    if (c.at != c.end)
        return "its header goes on after its }";
    return seen == 7 ? NULL : "its header lacks descr, fortran_order or shape";
}

const char *npy_header_parse(const unsigned char *bytes, size_t n, npy_header *out)
{
    *out = (npy_header){.rows = 0};
    if (n < 10 || memcmp(bytes, magic, MAGIC) != 0)
        return "it is not an NPY file";
    if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0)
        return "its NPY version is none of 1.0, 2.0, 3.0";
    const size_t prefix = bytes[6] == 1 ? 10 : 12;
    if (n < prefix)
        return "its header is cut off";
    size_t length = (size_t) bytes[8] | (size_t) bytes[9] << 8;
    if (prefix == 12)
        length |= (size_t) bytes[10] << 16 | (size_t) bytes[11] << 24;
    if (length > NPY_HEADER_MOST - prefix)
        return "its header is longer than that of any array of numbers";
    if (prefix + length > n)
        return "its header is cut off";
    out->start = prefix + length;
    const char *text = (const char *) bytes + prefix;
    return parse_text((cursor){text, text + length}, out);
}

uint64_t npy_header_file_size(const npy_header *h)
{
    uint64_t size = 0;
    if (__builtin_mul_overflow((uint64_t) h->rows, (uint64_t) h->columns, &size) ||
        __builtin_mul_overflow(size, (uint64_t) h->item, &size) ||
        __builtin_add_overflow(size, (uint64_t) h->start, &size) || size > INT64_MAX)
        return 0;
    return size;
}

size_t npy_header_make(char to[192], size_t rows, size_t columns, int item)
{
    enum { PREFIX = 10 };
    char shape[64], text[160];
    if (item == 8)
        snprintf(shape, sizeof shape, "(%zu, %zu)", rows, columns);
    else
        snprintf(shape, sizeof shape, "(%zu,)", rows);
    const int used = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                              item == 8 ? "<f8" : "<i4", shape);
    const size_t whole = (PREFIX + (size_t) used + 1 + 63) / 64 * 64;
    memcpy(to, magic, MAGIC);
    to[6] = 1;
    to[7] = 0;
    to[8] = (char) ((whole - PREFIX) & 0xff);
    to[9] = (char) ((whole - PREFIX) >> 8);
    memset(to + PREFIX, ' ', whole - PREFIX);
    memcpy(to + PREFIX, text, (size_t) used);
    to[whole - 1] = '\n';
    return whole;
}
