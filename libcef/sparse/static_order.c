/* SPDX-License-Identifier: Apache-2.0 */
/* Static elimination order: AMD (Amestoy, Davis, Duff 1996) and symbolic fill (George and Liu). */
#include <amd.h>

#include "sparse/sparse.h"

typedef struct {
    cef_index *pe, *iw, *len, *nv, *next, *last, *head, *elen, *degree, *w;
    size_t iw_size;
} amd_arrays;

static void carve_amd(cef_arena *arena, amd_arrays *a, cef_index n, size_t entries)
{
    a->iw_size = entries + entries / 5 + (size_t) n + 1;
    ARENA_ARRAY(arena, a->pe, n);
    ARENA_ARRAY(arena, a->iw, a->iw_size);
    ARENA_ARRAY(arena, a->len, n);
    ARENA_ARRAY(arena, a->nv, n);
    ARENA_ARRAY(arena, a->next, n);
    ARENA_ARRAY(arena, a->last, n);
    ARENA_ARRAY(arena, a->head, n);
    ARENA_ARRAY(arena, a->elen, n);
    ARENA_ARRAY(arena, a->degree, n);
    ARENA_ARRAY(arena, a->w, n);
}

/* Copies the adjacency without duplicates, which AMD does not take. Returns the number of entries. */
static cef_index copy_unique(cef_index n, const cef_index *start, const cef_index *neighbour, amd_arrays *a)
{
    cef_index used = 0;
    for (cef_index bus = 0; bus < n; bus++)
        a->w[bus] = -1;
    for (cef_index bus = 0; bus < n; bus++) {
        a->pe[bus] = used;
        for (cef_index p = start[bus]; p < start[bus + 1]; p++) {
            if (a->w[neighbour[p]] == bus)
                continue;
            a->w[neighbour[p]] = bus;
            a->iw[used++] = neighbour[p];
        }
        a->len[bus] = used - a->pe[bus];
    }
    return used;
}

/* Fills order->position. amd_2 works in the arrays it is given and allocates nothing itself. */
static cef_status order_by_degree(cef_context *ctx, const cef_index *start, const cef_index *neighbour,
                                  static_order *order, cef_error *error)
{
    const cef_index n = order->n;
    cef_arena arena = {0};
    amd_arrays a;
    carve_amd(&arena, &a, n, (size_t) start[n]);
    if (arena.overflow || a.iw_size > INT32_MAX)
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE, "the network is too large for the elimination order");
    void *memory = NULL;
    const size_t size = arena.used;
    CEF_TRY(context_take(ctx, size, &memory, error));
    arena = (cef_arena){.base = memory};
    carve_amd(&arena, &a, n, (size_t) start[n]);
    const cef_index used = copy_unique(n, start, neighbour, &a);
    double control[AMD_CONTROL], info[AMD_INFO];
    amd_defaults(control);
    amd_2(n, a.pe, a.iw, a.len, (int) a.iw_size, used, a.nv, a.next, a.last, a.head, a.elen, a.degree, a.w, control,
          info);
    for (cef_index k = 0; k < n; k++)
        order->position[a.last[k]] = k;
    context_free(ctx, memory, size);
    return CEF_OK;
}

typedef struct {
    cef_index *bus_at;          /* [n] bus by position */
    cef_index *mark, *parent;   /* [n] */
    cef_index *first, *sibling; /* [n] children of the elimination tree */
} fill_work;

static void carve_fill(cef_arena *arena, fill_work *f, cef_index n)
{
    ARENA_ARRAY(arena, f->bus_at, n);
    ARENA_ARRAY(arena, f->mark, n);
    ARENA_ARRAY(arena, f->parent, n);
    ARENA_ARRAY(arena, f->first, n);
    ARENA_ARRAY(arena, f->sibling, n);
}

/* Row counts of the filled graph by walking the elimination tree (Liu 1990): counts into order->start[k + 1]. */
static void count_fill(const static_order *order, const cef_index *start, const cef_index *neighbour, fill_work *f)
{
    for (cef_index k = 0; k < order->n; k++) {
        f->bus_at[order->position[k]] = k;
        f->mark[k] = f->parent[k] = f->first[k] = f->sibling[k] = -1;
        order->start[k + 1] = 0;
    }
    for (cef_index k = 0; k < order->n; k++) {
        f->mark[k] = k;
        const cef_index bus = f->bus_at[k];
        for (cef_index p = start[bus]; p < start[bus + 1]; p++) {
            for (cef_index i = order->position[neighbour[p]]; i < k && f->mark[i] != k; i = f->parent[i]) {
                if (f->parent[i] < 0)
                    f->parent[i] = k;
                f->mark[i] = k;
                order->start[i + 1]++; /* k is in the pattern of i */
            }
        }
    }
    order->start[0] = 0;
    for (cef_index k = 0; k < order->n; k++)
        order->start[k + 1] += order->start[k];
}

/* The same walk again, now storing: row k is appended to every row i it is found in, so rows come out ascending. */
static void store_fill(const static_order *order, const cef_index *start, const cef_index *neighbour, fill_work *f,
                       int64_t *cursor)
{
    for (cef_index k = 0; k < order->n; k++) {
        cursor[k] = order->start[k];
        f->mark[k] = -1;
    }
    for (cef_index k = 0; k < order->n; k++) {
        f->mark[k] = k;
        const cef_index bus = f->bus_at[k];
        for (cef_index p = start[bus]; p < start[bus + 1]; p++) {
            for (cef_index i = order->position[neighbour[p]]; i < k && f->mark[i] != k; i = f->parent[i]) {
                f->mark[i] = k;
                order->later[cursor[i]++] = k;
            }
        }
    }
}

static cef_status fill_pattern(cef_context *ctx, const cef_index *start, const cef_index *neighbour,
                               static_order *order, cef_error *error)
{
    fill_work f;
    int64_t *cursor = NULL;
    cef_arena arena = {0};
    carve_fill(&arena, &f, order->n);
    ARENA_ARRAY(&arena, cursor, order->n);
    void *memory = NULL;
    const size_t size = arena.used;
    CEF_TRY(context_take(ctx, size, &memory, error));
    arena = (cef_arena){.base = memory};
    carve_fill(&arena, &f, order->n);
    ARENA_ARRAY(&arena, cursor, order->n);
    count_fill(order, start, neighbour, &f);
    order->pattern_size = (size_t) order->start[order->n] * sizeof *order->later;
    const cef_status status = context_take(ctx, order->pattern_size, &order->pattern_memory, error);
    if (status == CEF_OK) {
        order->later = order->pattern_memory;
        store_fill(order, start, neighbour, &f, cursor);
    }
    context_free(ctx, memory, size);
    return status;
}

cef_status static_order_create(cef_context *ctx, cef_index n, const cef_index *start, const cef_index *neighbour,
                               static_order *out, cef_error *error)
{
    *out = (static_order){.ctx = ctx, .n = n};
    for (int pass = 0; pass < 2; pass++) {
        cef_arena arena = {.base = out->memory};
        ARENA_ARRAY(&arena, out->position, n);
        ARENA_ARRAY(&arena, out->start, (size_t) n + 1);
        out->memory_size = arena.used;
        if (pass == 0)
            CEF_TRY(context_take(ctx, out->memory_size, &out->memory, error));
    }
    cef_status status = order_by_degree(ctx, start, neighbour, out, error);
    if (status == CEF_OK)
        status = fill_pattern(ctx, start, neighbour, out, error);
    if (status != CEF_OK)
        static_order_destroy(out);
    return status;
}

void static_order_destroy(static_order *order)
{
    if (!order->ctx)
        return;
    context_free(order->ctx, order->pattern_memory, order->pattern_size);
    context_free(order->ctx, order->memory, order->memory_size);
    *order = (static_order){0};
}
