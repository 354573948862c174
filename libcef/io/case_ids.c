/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of a table: numbers where they are canonical int64 decimals, else text; and the hash index from id to row. */
#include "io/case_data.h"

#define MAX_ID 63

static case_ids *ids_of(const case_data *data, cef_element element, cef_index *n)
{
    case_data *d = (case_data *) data; /* callers keep const where they only read */
    switch (element) {
    case CEF_BUS: *n = d->bus.n; return &d->bus.id;
    case CEF_BRANCH: *n = d->branch.n; return &d->branch.id;
    case CEF_GEN: *n = d->gen.n; return &d->gen.id;
    case CEF_LOAD: *n = d->load.n; return &d->load.id;
    case CEF_STORAGE: *n = d->storage.n; return &d->storage.id;
    default: *n = 0; return NULL;
    }
}

const char *case_table_name(cef_element element)
{
    switch (element) {
    case CEF_BUS: return "bus";
    case CEF_BRANCH: return "branch";
    case CEF_GEN: return "generator";
    case CEF_LOAD: return "load";
    case CEF_STORAGE: return "store";
    default: return "element";
    }
}

/* True iff text is an int64 written as the only way it can be: no plus, no leading zero, no "-0". */
static bool canonical_number(const char *text, size_t length, int64_t *number)
{
    const bool negative = length > 0 && text[0] == '-';
    const char *digits = text + negative;
    const size_t n = length - negative;
    if (n == 0 || n > 19 || (digits[0] == '0' && (n > 1 || negative)))
        return false;
    uint64_t value = 0;
    for (size_t k = 0; k < n; k++) {
        if (digits[k] < '0' || digits[k] > '9')
            return false;
        value = value * 10 + (uint64_t) (digits[k] - '0'); /* 19 digits fit */
    }
    if (value > (uint64_t) INT64_MAX + negative)
        return false;
    *number = negative ? (int64_t) (0 - value) : (int64_t) value;
    return true;
}

/* Length of the UTF-8 character at s, 0 if it is malformed (RFC 3629) or a control character. */
static size_t printable_character(const unsigned char *s, size_t left)
{
    if (s[0] < 0x20 || s[0] == 0x7F)
        return 0;
    if (s[0] < 0x80)
        return 1;
    const size_t n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || n > left)
        return 0;
    for (size_t k = 1; k < n; k++)
        if ((s[k] & 0xC0) != 0x80)
            return 0;
    const bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    const bool outside = (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF4 && s[1] > 0x8F);
    const bool control = s[0] == 0xC2 && s[1] < 0xA0;
    return overlong || outside || control ? 0 : n;
}

bool text_is_printable(const char *text, size_t length)
{
    for (size_t k = 0; k < length;) {
        const size_t n = printable_character((const unsigned char *) text + k, length - k);
        if (n == 0)
            return false;
        k += n;
    }
    return true;
}

cef_status case_set_id(case_data *data, cef_element element, cef_index row, const char *text, size_t length,
                       int32_t line, cef_error *error)
{
    if (length == 0 || length > MAX_ID || !text_is_printable(text, length)) {
        cef_where where = CEF_AT(element, row, -1, (double) NAN);
        where.line = line;
        return error_format(
            error, DIAG_BAD_ID, where,
            "%s: the id of %s %d is not 1-63 bytes of UTF-8 without control characters (it has %d bytes)", data->file,
            case_table_name(element), (int64_t) row + 1, (int64_t) length);
    }
    cef_index n = 0;
    case_ids *ids = ids_of(data, element, &n);
    assert(row >= 0 && row < n);
    ids->text[row] = 0;
    if (canonical_number(text, length, &ids->number[row]))
        return CEF_OK;
    ids->number[row] = -1;
    ids->numeric = false;
    return case_text(data, text, length, &ids->text[row], error);
}

void case_set_number(case_data *data, cef_element element, cef_index row, int64_t number)
{
    cef_index n = 0;
    case_ids *ids = ids_of(data, element, &n);
    assert(row >= 0 && row < n);
    ids->number[row] = number;
    ids->text[row] = 0;
}

size_t case_id_text(const case_data *data, cef_element element, cef_index row, char *buffer, size_t size)
{
    cef_index n = 0;
    const case_ids *ids = ids_of(data, element, &n);
    if (size == 0)
        return 0;
    buffer[0] = 0;
    if (!ids || row < 0 || row >= n)
        return 0;
    cef_text text = {buffer, size, 0};
    if (ids->text[row] != 0)
        text_add(&text, case_text_at(data, ids->text[row]));
    else
        text_add_int(&text, ids->number[row]);
    return text.length;
}

cef_where case_where(const case_data *data, cef_element element, cef_index row, char name[64])
{
    cef_index n = 0;
    const case_ids *ids = ids_of(data, element, &n);
    cef_where where = CEF_AT(element, row, -1, (double) NAN);
    name[0] = 0;
    if (ids && row >= 0 && row < n) {
        where.id = ids->text[row] ? -1 : ids->number[row];
        (void) case_id_text(data, element, row, name, 64);
    }
    where.name = name;
    return where;
}

/* splitmix64's finaliser: every bit of the key moves every bit of the slot. */
static uint64_t mix(uint64_t key)
{
    key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9u;
    key = (key ^ (key >> 27)) * 0x94D049BB133111EBu;
    return key ^ (key >> 31);
}

static uint64_t hash_text(const char *text, size_t length)
{
    uint64_t h = 0x9E3779B97F4A7C15u ^ length;
    for (size_t k = 0; k < length; k++)
        h = (h ^ (unsigned char) text[k]) * 0x100000001B3u;
    return mix(h);
}

/* A key: text of a non-numeric id, or NULL and the number. */
typedef struct {
    const char *text;
    size_t length;
    int64_t number;
} id_key;

static id_key key_of(const case_data *data, const case_ids *ids, cef_index row)
{
    if (ids->text[row] == 0)
        return (id_key){NULL, 0, ids->number[row]};
    const char *text = case_text_at(data, ids->text[row]);
    return (id_key){text, strlen(text), 0};
}

static bool same_id(id_key a, id_key b)
{
    if (!a.text || !b.text)
        return !a.text && !b.text && a.number == b.number;
    return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

static size_t first_slot(const case_index *index, id_key key)
{
    const uint64_t h = key.text ? hash_text(key.text, key.length) : mix((uint64_t) key.number);
    return (size_t) h & (index->size - 1);
}

static cef_status refuse_duplicate(const case_data *data, cef_element element, cef_index first, cef_index second,
                                   cef_error *error)
{
    char name[64];
    const cef_where where = case_where(data, element, second, name);
    return error_format(error, DIAG_DUPLICATE_ID, where, "%s: rows %d and %d of the %s table have the same id %s",
                        data->file, (int64_t) first + 1, (int64_t) second + 1, case_table_name(element), name);
}

cef_status case_index_ids(const case_data *data, cef_element element, case_index *index, cef_error *error)
{
    cef_index n = 0;
    const case_ids *ids = ids_of(data, element, &n);
    *index = (case_index){.ctx = data->ctx, .size = 16};
    while (index->size < 2 * (size_t) n)
        index->size *= 2;
    void *slots = NULL;
    CEF_TRY(context_take(data->ctx, index->size * sizeof *index->slot, &slots, error));
    index->slot = slots;
    memset(index->slot, 0, index->size * sizeof *index->slot);
    for (cef_index row = 0; row < n; row++) {
        const id_key key = key_of(data, ids, row);
        size_t slot = first_slot(index, key);
        for (; index->slot[slot] != 0; slot = (slot + 1) & (index->size - 1)) {
            const cef_index other = index->slot[slot] - 1;
            if (!same_id(key, key_of(data, ids, other)))
                continue;
            if (element == CEF_LOAD && data->load.kind[other] != data->load.kind[row])
                continue; /* the demand and the shunt of a bus may share its number */
            case_index_release(index);
            return refuse_duplicate(data, element, other, row, error);
        }
        index->slot[slot] = row + 1;
    }
    return CEF_OK;
}

static cef_index find_key(const case_data *data, cef_element element, const case_index *index, id_key key)
{
    cef_index n = 0;
    const case_ids *ids = ids_of(data, element, &n);
    for (size_t slot = first_slot(index, key); index->slot[slot] != 0; slot = (slot + 1) & (index->size - 1))
        if (same_id(key, key_of(data, ids, index->slot[slot] - 1)))
            return index->slot[slot] - 1;
    return -1;
}

cef_index case_find(const case_data *data, cef_element element, const case_index *index, const char *text,
                    size_t length)
{
    id_key key = {text, length, 0};
    if (canonical_number(text, length, &key.number))
        key.text = NULL;
    return find_key(data, element, index, key);
}

/* Rows are mostly numbered one after the other: the row that the number then has is looked at first. For
 * elements whose numbers are unique. */
cef_index case_find_number(const case_data *data, cef_element element, const case_index *index, int64_t number)
{
    cef_index n = 0;
    const case_ids *ids = ids_of(data, element, &n);
    const uint64_t row = n > 0 ? (uint64_t) number - (uint64_t) ids->number[0] : 0;
    if (row < (uint64_t) n && ids->text[row] == 0 && ids->number[row] == number)
        return (cef_index) row;
    return find_key(data, element, index, (id_key){NULL, 0, number});
}

void case_index_release(case_index *index)
{
    if (index->slot)
        context_free(index->ctx, index->slot, index->size * sizeof *index->slot);
    index->slot = NULL;
}
