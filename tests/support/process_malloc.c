/* SPDX-License-Identifier: Apache-2.0 */
/* glibc's own entries, seen by libcef's static objects and by the shared libraries they call. */
#include "process_malloc.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define OWN_MALLOC 0
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_MALLOC 0
#endif
#ifndef OWN_MALLOC
#define OWN_MALLOC 1
#endif

static atomic_long allocations;

long process_allocations(void) { return atomic_load_explicit(&allocations, memory_order_relaxed); }
bool process_counts(void) { return OWN_MALLOC; }

int verdict(const char *name, bool holds)
{
    printf("%s %s\n", holds ? "ok" : "not ok", name);
    return !holds;
}

#if OWN_MALLOC
#define SEEN __attribute__((visibility("default")))
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);

static void count(void) { atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed); }

SEEN void *malloc(size_t size)
{
    count();
    return __libc_malloc(size);
}

SEEN void *calloc(size_t n, size_t size)
{
    count();
    return __libc_calloc(n, size);
}

SEEN void *realloc(void *p, size_t size)
{
    count();
    return __libc_realloc(p, size);
}
#endif
