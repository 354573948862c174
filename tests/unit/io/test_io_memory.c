/* SPDX-License-Identifier: Apache-2.0 */
/* The k-th allocation fails, for every k: status MEMORY, nothing left behind, and the next call works. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io_test.h"

typedef struct {
    long left;  /* allocations that still succeed; negative: all */
    long alive; /* blocks not freed */
    size_t bytes;
} counter;

static void *counted_alloc(void *user, size_t size, size_t align)
{
    counter *c = user;
    if (c->left == 0)
        return NULL;
    c->left -= c->left > 0;
    void *block = aligned_alloc(align, (size + align - 1) / align * align);
    c->alive += block != NULL;
    c->bytes += size;
    return block;
}

static void counted_free(void *user, void *ptr, size_t size)
{
    counter *c = user;
    if (!ptr)
        return;
    c->alive--;
    c->bytes -= size; /* wraps if a size is told wrongly: seen at the end */
    free(ptr);
}

static const char text[] = M_CASE "mpc.genfuel = {'coal'};\nmpc.dcline = [1 2 1 0 0 0 0 1 1 0 0 0 0 0 0 0 0];\n";

static cef_status use(cef_context *ctx)
{
    cef_case *c = NULL;
    cef_status status = cef_case_read_memory(ctx, "t.m", "m", text, strlen(text), &c, NULL);
    if (status != CEF_OK) {
        cr_assert(c == NULL);
        return status;
    }
    const cef_factor_options zero = {.struct_size = sizeof zero, .missing = CEF_MISSING_ZERO};
    status = cef_case_price(c, &zero, NULL, NULL);
    if (status == CEF_OK)
        status = cef_case_check_flows(c, 1.0, NULL);
    if (status == CEF_OK)
        status = cef_case_write(c, "memory-test.m", NULL);
    cef_case_destroy(c);
    return status;
}

Test(io_memory, every_allocation_fails_once)
{
    counter count = {-1, 0, 0};
    const cef_allocator allocator = {counted_alloc, counted_free, &count};
    const cef_context_options options = {.struct_size = sizeof options, .allocator = &allocator};
    cef_context *ctx = NULL;
    cr_assert(cef_context_create(&options, &ctx, NULL) == CEF_OK);
    const counter start = count;
    long failing = 0;
    for (;; failing++) {
        count.left = failing;
        const cef_status status = use(ctx);
        cr_assert(count.alive == start.alive && count.bytes == start.bytes, "allocation %ld: nothing is left", failing);
        if (status == CEF_OK)
            break;
        cr_assert(status == CEF_ERR_MEMORY, "allocation %ld: %d", failing, status);
        cr_assert(access("memory-test.m", F_OK) != 0, "nothing half written");
        count.left = -1;
        cr_assert(use(ctx) == CEF_OK, "the next call works");
        unlink("memory-test.m");
    }
    cr_assert(failing > 10, "%ld allocations were made to fail", failing);
    unlink("memory-test.m");
    cef_context_destroy(ctx);
    cr_assert(count.alive == 0 && count.bytes == 0);
}
