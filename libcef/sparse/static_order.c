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

/* amd_2 works in the arrays it is given and allocates nothing itself. */
void static_order_find(cef_index n, const cef_index *start, const cef_index *neighbour, cef_index *position, void *work)
{
    cef_arena arena = {.base = work};
    amd_arrays a;
    carve_amd(&arena, &a, n, (size_t) start[n]);
    const cef_index used = copy_unique(n, start, neighbour, &a);
    double control[AMD_CONTROL], info[AMD_INFO];
    amd_defaults(control);
    amd_2(n, a.pe, a.iw, a.len, (int) a.iw_size, used, a.nv, a.next, a.last, a.head, a.elen, a.degree, a.w, control,
          info);
    for (cef_index k = 0; k < n; k++)
        position[a.last[k]] = k;
}

typedef struct {
    cef_index *bus_at;        /* [n] bus by position */
    cef_index *mark, *parent; /* [n] */
    int64_t *cursor;          /* [n] */
} fill_work;

static void carve_fill(cef_arena *arena, fill_work *f, cef_index n)
{
    ARENA_ARRAY(arena, f->bus_at, n);
    ARENA_ARRAY(arena, f->mark, n);
    ARENA_ARRAY(arena, f->parent, n);
    ARENA_ARRAY(arena, f->cursor, n);
}

/* Row counts of the filled graph by walking the elimination tree (Liu 1990): counts into order->start[k + 1]. */
static void count_fill(const static_order *order, const cef_index *start, const cef_index *neighbour, fill_work *f)
{
    for (cef_index k = 0; k < order->n; k++) {
        f->bus_at[order->position[k]] = k;
        f->mark[k] = f->parent[k] = -1;
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
static void store_fill(const static_order *order, const cef_index *start, const cef_index *neighbour, fill_work *f)
{
    for (cef_index k = 0; k < order->n; k++) {
        f->cursor[k] = order->start[k];
        f->mark[k] = -1;
    }
    for (cef_index k = 0; k < order->n; k++) {
        f->mark[k] = k;
        const cef_index bus = f->bus_at[k];
        for (cef_index p = start[bus]; p < start[bus + 1]; p++) {
            for (cef_index i = order->position[neighbour[p]]; i < k && f->mark[i] != k; i = f->parent[i]) {
                f->mark[i] = k;
                order->later[f->cursor[i]++] = k;
            }
        }
    }
}

size_t static_order_work(cef_index n, size_t entries)
{
    cef_arena amd = {0}, fill = {0};
    amd_arrays a;
    fill_work f;
    carve_amd(&amd, &a, n, entries);
    carve_fill(&fill, &f, n);
    if (amd.overflow || fill.overflow || a.iw_size > INT32_MAX)
        return 0;
    return amd.used > fill.used ? amd.used : fill.used;
}

void static_order_count(cef_index n, const cef_index *start, const cef_index *neighbour, cef_index *position,
                        int64_t *fill, void *work)
{
    const static_order order = {.n = n, .position = position, .start = fill};
    cef_arena arena = {.base = work};
    fill_work f;
    carve_fill(&arena, &f, n);
    count_fill(&order, start, neighbour, &f);
}

void static_order_store(cef_index n, const cef_index *start, const cef_index *neighbour, cef_index *position,
                        int64_t *fill, cef_index *later, void *work)
{
    const static_order order = {.n = n, .position = position, .start = fill, .later = later};
    cef_arena arena = {.base = work};
    fill_work f;
    carve_fill(&arena, &f, n);
    store_fill(&order, start, neighbour, &f);
}

static cef_status find_all(static_order *o, const cef_index *start, const cef_index *neighbour, void *work,
                           cef_error *error)
{
    static_order_find(o->n, start, neighbour, o->position, work);
    static_order_count(o->n, start, neighbour, o->position, o->start, work);
    o->pattern_size = (size_t) o->start[o->n] * sizeof *o->later;
    CEF_TRY(context_take(o->ctx, o->pattern_size, &o->pattern_memory, error));
    o->later = o->pattern_memory;
    static_order_store(o->n, start, neighbour, o->position, o->start, o->later, work);
    return CEF_OK;
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
    void *work = NULL;
    const size_t size = static_order_work(n, (size_t) start[n]);
    cef_status status =
        size == 0 ? error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE, "the network is too large for the elimination order")
                  : context_take(ctx, size, &work, error);
    if (status == CEF_OK) {
        status = find_all(out, start, neighbour, work, error);
        context_free(ctx, work, size);
    }
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
