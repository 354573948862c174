/* SPDX-License-Identifier: Apache-2.0 */
/* The door: what cef_grid_* refuses, and what happens when memory runs out. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <cef/cef.h>

static cef_status create(cef_grid_options options, cef_error *error)
{
    cef_context *ctx = NULL;
    cef_grid *grid = (cef_grid *) &ctx;
    cr_assert(cef_context_create(NULL, &ctx, NULL) == CEF_OK);
    *error = (cef_error){.struct_size = sizeof *error};
    const cef_status status = cef_grid_create(ctx, &options, &grid, error);
    cr_assert((status == CEF_OK) == (grid != NULL));
    cef_grid_destroy(grid);
    cef_context_destroy(ctx);
    return status;
}

static const cef_grid_options good = {sizeof good, 1, 100, CEF_GRID_TRANSMISSION, CEF_NUMBERING_NATURAL, 0};

Test(generate_api, refuses_what_is_out_of_range)
{
    cef_error error;
    cef_grid_options o = good;
    cr_assert(create(o, &error) == CEF_OK);
    static const cef_index sizes[] = {-1, 0, 1, 10000001, 2147483647};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        o = good;
        o.n_bus = sizes[k];
        cr_assert(create(o, &error) == CEF_ERR_ARGUMENT && strcmp(error.code, "bad-argument") == 0);
        cr_assert(error.value == sizes[k] && strstr(error.message, "n_bus"));
    }
    o = good;
    o.kind = 2;
    cr_assert(create(o, &error) == CEF_ERR_ARGUMENT && strstr(error.message, "kind is 2"));
    o = good;
    o.numbering = -1;
    cr_assert(create(o, &error) == CEF_ERR_ARGUMENT && strstr(error.message, "numbering is -1"));
    o = good;
    o.reserved = 3;
    cr_assert(create(o, &error) == CEF_ERR_ARGUMENT && strstr(error.message, "reserved is 3"));
    o = good;
    o.struct_size = 0;
    cr_assert(create(o, &error) == CEF_ERR_STRUCT_SIZE);
    o.struct_size = sizeof(size_t); /* all defaults: no bus */
    cr_assert(create(o, &error) == CEF_ERR_ARGUMENT && strstr(error.message, "n_bus is 0"));
}

Test(generate_api, refuses_a_tail_it_does_not_know)
{
    struct {
        cef_grid_options known;
        int64_t tail;
    } longer = {good, 0};
    cef_context *ctx = NULL;
    cef_grid *grid = NULL;
    cr_assert(cef_context_create(NULL, &ctx, NULL) == CEF_OK);
    longer.known.struct_size = sizeof longer;
    cr_assert(cef_grid_create(ctx, &longer.known, &grid, NULL) == CEF_OK);
    cef_grid_destroy(grid);
    longer.tail = 1;
    cr_assert(cef_grid_create(ctx, &longer.known, &grid, NULL) == CEF_ERR_STRUCT_SIZE && !grid);
    cef_context_destroy(ctx);
}

Test(generate_api, refuses_null)
{
    cef_context *ctx = NULL;
    cef_grid *grid = NULL;
    cr_assert(cef_context_create(NULL, &ctx, NULL) == CEF_OK);
    cr_assert(cef_grid_create(NULL, &good, &grid, NULL) == CEF_ERR_ARGUMENT);
    cr_assert(cef_grid_create(ctx, NULL, &grid, NULL) == CEF_ERR_ARGUMENT);
    cr_assert(cef_grid_create(ctx, &good, NULL, NULL) == CEF_ERR_ARGUMENT);
    cef_network_data net = {.struct_size = sizeof net};
    cef_snapshot now = {.struct_size = sizeof now};
    cr_assert(cef_grid_network(NULL, &net, NULL) == CEF_ERR_ARGUMENT);
    cr_assert(cef_grid_snapshot(NULL, &now, NULL) == CEF_ERR_ARGUMENT);
    cr_assert(strcmp(cef_grid_gen_fuel(NULL, 0), "") == 0);
    cr_assert(cef_grid_create(ctx, &good, &grid, NULL) == CEF_OK);
    cr_assert(cef_grid_network(grid, NULL, NULL) == CEF_ERR_ARGUMENT);
    cr_assert(cef_grid_snapshot(grid, NULL, NULL) == CEF_ERR_ARGUMENT);
    net.struct_size = 0;
    now.struct_size = 7;
    cr_assert(cef_grid_network(grid, &net, NULL) == CEF_ERR_STRUCT_SIZE);
    cr_assert(cef_grid_snapshot(grid, &now, NULL) == CEF_ERR_STRUCT_SIZE);
    cef_grid_destroy(grid);
    cef_grid_destroy(NULL);
    cef_context_destroy(ctx);
}

/* A short struct gets what fits, and nothing behind it is touched. */
Test(generate_api, writes_no_more_than_asked)
{
    cef_context *ctx = NULL;
    cef_grid *grid = NULL;
    cr_assert(cef_context_create(NULL, &ctx, NULL) == CEF_OK);
    cr_assert(cef_grid_create(ctx, &good, &grid, NULL) == CEF_OK);
    cef_snapshot now;
    memset(&now, 0x5A, sizeof now);
    const double *const untouched = now.gen_p;
    now.struct_size = offsetof(cef_snapshot, gen_p);
    cr_assert(cef_grid_snapshot(grid, &now, NULL) == CEF_OK);
    cr_assert(now.struct_size == offsetof(cef_snapshot, gen_p) && now.gen_p == untouched);
    cr_assert(now.branch_p_from && now.branch_p_from != untouched);
    cef_grid_destroy(grid);
    cef_context_destroy(ctx);
}

/* ---- memory ---- */
typedef struct {
    int left;  /* allocations that still succeed */
    int alive; /* blocks not given back */
    size_t bytes;
} failing;

static void *failing_alloc(void *user, size_t size, size_t align)
{
    failing *f = user;
    if (f->left-- <= 0)
        return NULL;
    f->alive++;
    f->bytes += size;
    return aligned_alloc(align, (size + align - 1) / align * align);
}

static void failing_free(void *user, void *ptr, size_t size)
{
    failing *f = user;
    if (!ptr)
        return;
    f->alive--;
    f->bytes -= size;
    free(ptr);
}

Test(generate_api, each_allocation_may_fail)
{
    failing f = {100, 0, 0};
    const cef_allocator allocator = {failing_alloc, failing_free, &f};
    const cef_context_options options = {.struct_size = sizeof options, .allocator = &allocator};
    cef_context *ctx = NULL;
    cef_grid *grid = NULL;
    cr_assert(cef_context_create(&options, &ctx, NULL) == CEF_OK);
    const size_t before = f.bytes;
    cef_status status = CEF_ERR_MEMORY;
    int n = 0;
    for (; status != CEF_OK; n++) {
        f.left = n;
        status = cef_grid_create(ctx, &good, &grid, NULL);
        cr_assert(status == CEF_OK || (status == CEF_ERR_MEMORY && !grid));
        cr_assert(status == CEF_OK || (f.alive == 1 && f.bytes == before), "%d blocks leak", f.alive - 1);
    }
    cr_assert(n >= 3, "only %d allocations were made to fail", n - 1);
    cef_context_destroy(ctx); /* in any order */
    cr_assert(f.alive == 2);
    cef_grid_destroy(grid);
    cr_assert(f.alive == 0 && f.bytes == 0);
}
