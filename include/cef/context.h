/* SPDX-License-Identifier: Apache-2.0 */
/* cef/context.h - allocator and log sink shared by the handles made from it. */
#ifndef CEF_CONTEXT_H
#define CEF_CONTEXT_H

#include <cef/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cef_context cef_context;

typedef int32_t cef_log_level;
enum { CEF_LOG_ERROR = 1, CEF_LOG_WARN = 2, CEF_LOG_INFO = 3, CEF_LOG_DEBUG = 4 };
/* Called during a library call, on its thread. WARN: what a solve finds in the data (imbalanced and unfed buses, loads
 * without an intensity that inject); DEBUG: how its order came about. Must be thread-safe if handles of one context are
 * used on several. */
typedef void (*cef_log_fn)(void *user, cef_log_level level, const char *message);

typedef struct cef_allocator {
    void *(*alloc)(void *user, size_t size, size_t align); /* NULL on failure; align is a power of two */
    void (*free)(void *user, void *ptr, size_t size);      /* ptr may be NULL; size as asked */
    void *user;
} cef_allocator;

typedef struct cef_context_options {
    size_t struct_size;
    const cef_allocator *allocator; /* copied; NULL: the C library's, blocks of 4 MiB and more in large pages */
    cef_log_fn log;                 /* NULL: silent. libcef never writes to stdout or stderr */
    void *log_user;
    cef_log_level log_level; /* 0: CEF_LOG_WARN */
    int32_t reserved;        /* must be 0 */
} cef_context_options;

/* options may be NULL. Sets *out = NULL first. */
CEF_API CEF_MUST_CHECK cef_status cef_context_create(const cef_context_options *options, cef_context **out,
                                                     cef_error *error);
/* NULL is allowed. Handles made from the context keep it alive, so the order of destruction is free. */
CEF_API void cef_context_destroy(cef_context *ctx);

#ifdef __cplusplus
}
#endif
#endif /* CEF_CONTEXT_H */
