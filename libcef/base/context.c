/* SPDX-License-Identifier: Apache-2.0 */
/* Context and memory: every byte the library owns goes through here. */
#include <stdlib.h>
#if defined __linux__
#include <sys/mman.h>
#endif

#include "base/base.h"

enum { LARGE_PAGE = 1 << 21 }; /* bytes */

/* Asks for large pages, which spare a solve most of its waiting for translations; a system that has none says no. */
static void ask_for_large_pages(void *block, size_t size)
{
#if defined MADV_HUGEPAGE
    (void) madvise(block, size, MADV_HUGEPAGE);
#else
    (void) block;
    (void) size;
#endif
}

static void *default_alloc(void *user, size_t size, size_t align)
{
    (void) user;
    const bool large = size >= 2 * LARGE_PAGE;
    const size_t unit = large ? LARGE_PAGE : align;
    const size_t rounded = (size + unit - 1) / unit * unit;
    void *block = rounded < size ? NULL : aligned_alloc(unit, rounded);
    if (block && large)
        ask_for_large_pages(block, rounded);
    return block;
}

static void default_free(void *user, void *ptr, size_t size)
{
    (void) user;
    (void) size;
    free(ptr);
}

cef_status context_create(const cef_context_options *options, cef_context **out, cef_error *error)
{
    if (!out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "out is NULL");
    *out = NULL;
    cef_context_options own = {.struct_size = sizeof own};
    if (options)
        CEF_TRY(struct_read(&own, sizeof own, options, sizeof(size_t), "options", error));
    if (own.log_level < 0 || own.log_level > CEF_LOG_DEBUG || own.reserved != 0)
        return error_set(error, DIAG_BAD_ARGUMENT, CEF_NOWHERE, "options: log_level must be 0..4 and reserved 0");
    cef_allocator allocator = {default_alloc, default_free, NULL};
    if (own.allocator)
        allocator = *own.allocator;
    if (!allocator.alloc || !allocator.free)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "options.allocator: alloc and free are both needed");
    cef_context *ctx = allocator.alloc(allocator.user, sizeof *ctx, 64);
    if (!ctx)
        return error_set(error, DIAG_MEMORY, CEF_NOWHERE, "no memory for a context");
    *ctx = (cef_context){allocator, own.log, own.log_user, own.log_level ? own.log_level : CEF_LOG_WARN, 1};
    *out = ctx;
    return CEF_OK;
}

void context_retain(cef_context *ctx) { __atomic_add_fetch(&ctx->references, 1, __ATOMIC_RELAXED); }

void context_release(cef_context *ctx)
{
    if (!ctx || __atomic_sub_fetch(&ctx->references, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    const cef_allocator allocator = ctx->allocator;
    allocator.free(allocator.user, ctx, sizeof *ctx);
}

void context_log(const cef_context *ctx, cef_log_level level, const char *message)
{
    if (ctx->log && level <= ctx->log_level)
        ctx->log(ctx->log_user, level, message);
}

void context_free(cef_context *ctx, void *ptr, size_t size)
{
    if (ptr)
        ctx->allocator.free(ctx->allocator.user, ptr, size ? size : 1);
}

cef_status context_take(cef_context *ctx, size_t size, void **out, cef_error *error)
{
    *out = ctx->allocator.alloc(ctx->allocator.user, size ? size : 1, 64);
    if (*out)
        return CEF_OK;
    return error_format(error, DIAG_MEMORY, CEF_NOWHERE, "no memory: %d bytes were asked for", (int64_t) size);
}

void *arena_take(cef_arena *arena, size_t count, size_t item_size)
{
    size_t bytes = 0, rounded = 0, used = 0;
    if (!size_mul(count, item_size, &bytes) || !size_add(bytes, 63, &rounded) ||
        !size_add(arena->used, rounded & ~(size_t) 63, &used)) {
        arena->overflow = true;
        return NULL;
    }
    void *piece = arena->base ? arena->base + arena->used : NULL;
    arena->used = used;
    return piece;
}
