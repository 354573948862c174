/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room base: what every room stands on. libc only. */
#ifndef CEF_BASE_BASE_H
#define CEF_BASE_BASE_H

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cef/context.h>
#include <cef/status.h>

#include "base/diagnostics.h"

static_assert(sizeof(void *) == 8 && sizeof(double) == 8, "libcef needs a 64-bit platform");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "libcef needs a little-endian platform");

/* Passes a failure on; only where nothing is owned. */
#define CEF_TRY(call)                                                                                                  \
    do {                                                                                                               \
        const cef_status cef_try_status = (call);                                                                      \
        if (cef_try_status != CEF_OK)                                                                                  \
            return cef_try_status;                                                                                     \
    } while (0)

/* ---- errors ---- */
/* The element a diagnostic points at. `name` may be NULL. */
typedef struct {
    cef_element element;
    cef_index index;
    cef_id id;
    double value;
    int32_t line;
    const char *name;
} cef_where;
#define CEF_NOWHERE ((cef_where){CEF_ELEMENT_NONE, -1, -1, (double) NAN, 0, NULL})
#define CEF_AT(element, index, id, value) ((cef_where){(element), (index), (id), (value), 0, NULL})

/* Fills *error (may be NULL) and returns the status of `diag`. `message` is copied, cut at the field's size. */
cef_status error_set(cef_error *error, cef_diag diag, cef_where where, const char *message);
const char *diag_code(cef_diag diag);
const char *diag_explain(const char *code); /* NULL if unknown */
const char *diag_code_at(int32_t k);        /* NULL past the last */
cef_status diag_status(cef_diag diag);

/* ---- bounded text: appending past the end cuts, never overflows; always 0-terminated ---- */
typedef struct {
    char *data;
    size_t size, length;
} cef_text;
#define CEF_TEXT(name, capacity)                                                                                       \
    char name##_storage[capacity];                                                                                     \
    name##_storage[0] = 0;                                                                                             \
    cef_text name = {name##_storage, sizeof name##_storage, 0}
void text_add(cef_text *text, const char *s);
void text_add_n(cef_text *text, const char *s, size_t n);
void text_add_int(cef_text *text, int64_t value);
void text_add_number(cef_text *text, double value);
/* Formats with %s (const char *), %d (int64_t), %g (double, shortest form), %%; no locale. Cast every %d to int64_t. */
void text_format(cef_text *text, const char *format, ...);
void text_format_args(cef_text *text, const char *format, va_list args);
/* error_set with a formatted message. */
cef_status error_format(cef_error *error, cef_diag diag, cef_where where, const char *format, ...);

/* ---- numbers (base/number.c), exact in both directions ---- */
size_t number_format(double value, char *buffer, size_t size);
/* Longest decimal number at text, before end: returns one past it, or NULL if there is none or it overflows. */
const char *number_scan(const char *text, const char *end, double *value);

/* ---- context ---- */
struct cef_context {
    cef_allocator allocator;
    cef_log_fn log;
    void *log_user;
    cef_log_level log_level;
    int32_t references; /* atomic */
};
cef_status context_create(const cef_context_options *options, cef_context **out, cef_error *error);
void context_retain(cef_context *ctx);
void context_release(cef_context *ctx); /* NULL allowed; the last one frees */
void context_log(const cef_context *ctx, cef_log_level level, const char *message);
void context_free(cef_context *ctx, void *ptr, size_t size);
/* 64-byte aligned, not cleared. Fails with DIAG_MEMORY naming the size. size 0 gives a valid pointer. */
cef_status context_take(cef_context *ctx, size_t size, void **out, cef_error *error);

/* ---- sizes that cannot wrap ---- */
static inline bool size_mul(size_t a, size_t b, size_t *out) { return !__builtin_mul_overflow(a, b, out); }
static inline bool size_add(size_t a, size_t b, size_t *out) { return !__builtin_add_overflow(a, b, out); }

/* ---- arena: one block an object. Count with base = NULL, allocate `used`, carve again with the same function ---- */
typedef struct {
    char *base;    /* NULL: counting */
    size_t used;   /* bytes, each piece rounded up to 64 */
    bool overflow; /* a size wrapped: the count is void */
} cef_arena;
void *arena_take(cef_arena *arena, size_t count, size_t item_size);
#define ARENA_ARRAY(arena, pointer, count) ((pointer) = arena_take((arena), (size_t) (count), sizeof *(pointer)))

/* ---- sized structs across the ABI ---- */
/* Copies a caller's input struct into *own (cleared first). Refuses size 0, a size that no struct has and a nonzero
 * unknown tail. `min_size` is the least a caller may pass. */
cef_status struct_read(void *own, size_t own_size, const void *theirs, size_t min_size, const char *what,
                       cef_error *error);
/* Copies *own to the caller's struct: min(sizes) bytes, the caller's struct_size untouched. */
void struct_write(void *theirs, const void *own, size_t own_size);

#endif /* CEF_BASE_BASE_H */
