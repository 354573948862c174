/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "support.h"

static void *counted_alloc(void *user, size_t size, size_t align)
{
    counting *c = user;
    c->asked++;
    if (c->fail_at > 0 && c->asked == c->fail_at)
        return NULL;
    void *p = NULL;
    if (posix_memalign(&p, align < sizeof(void *) ? sizeof(void *) : align, size ? size : 1) != 0)
        return NULL;
    memset(p, 0xa5, size); /* whoever reads what it did not write gets nonsense, the same each time */
    c->live++;
    c->bytes += size;
    return p;
}

static void counted_free(void *user, void *ptr, size_t size)
{
    counting *c = user;
    if (!ptr)
        return;
    c->live--;
    c->bytes -= size;
    free(ptr);
}

cef_allocator counting_allocator(counting *c)
{
    return (cef_allocator){.alloc = counted_alloc, .free = counted_free, .user = c};
}
