/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of one run: a list of blocks. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "say.h"

struct cli_block {
    cli_block *before;
    _Alignas(max_align_t) char data[];
};

cef_status pool_take(cli_pool *pool, size_t count, size_t size, void *out_pointer, cef_error *error)
{
    size_t bytes = 0, all = 0;
    if (__builtin_mul_overflow(count ? count : 1, size, &bytes) ||
        __builtin_add_overflow(bytes, sizeof(cli_block), &all))
        return say_set(error, CEF_ERR_OVERFLOW, "too-large", "%zu items of %zu bytes do not fit this machine", count,
                       size);
    cli_block *block = calloc(1, all);
    if (!block)
        return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for %zu bytes", bytes);
    block->before = pool->last;
    pool->last = block;
    void *data = block->data;
    memcpy(out_pointer, &data, sizeof data);
    return CEF_OK;
}

void pool_release(cli_pool *pool)
{
    while (pool->last) {
        cli_block *before = pool->last->before;
        free(pool->last);
        pool->last = before;
    }
}
