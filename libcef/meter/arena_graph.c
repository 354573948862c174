/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which a large loop is eliminated. It depends on which meters are joined and on the order of their
 * numbers, on nothing else: whoever sees the same loop finds the same order and the same fill. */
#include "meter/arena.h"
#include "sparse/sparse.h"

bool loop_graph_carve(cef_arena *arena, loop_graph *g, cef_index m, cef_index n_arcs)
{
    const size_t ends = 2 * (size_t) n_arcs;
    if (ends > INT32_MAX)
        return false;
    g->m = m;
    g->n_arcs = n_arcs;
    ARENA_ARRAY(arena, g->from, n_arcs);
    ARENA_ARRAY(arena, g->to, n_arcs);
    ARENA_ARRAY(arena, g->position, m);
    ARENA_ARRAY(arena, g->start, (size_t) m + 1);
    ARENA_ARRAY(arena, g->neighbour, ends);
    ARENA_ARRAY(arena, g->fill, (size_t) m + 1);
    ARENA_ARRAY(arena, g->other_start, (size_t) m + 1);
    ARENA_ARRAY(arena, g->other, ends);
    const size_t work = static_order_work(m, ends);
    g->work = arena_take(arena, work, 1);
    return work > 0 && !arena->overflow;
}

/* Each arc from both of its ends. */
static void list_ends(loop_graph *g)
{
    memset(g->other_start, 0, ((size_t) g->m + 1) * sizeof *g->other_start);
    for (cef_index k = 0; k < g->n_arcs; k++) {
        g->other_start[g->from[k]]++;
        g->other_start[g->to[k]]++;
    }
    cef_index sum = 0;
    for (cef_index k = 0; k <= g->m; k++) {
        const cef_index n = g->other_start[k];
        g->other_start[k] = sum;
        sum += n;
    }
    for (cef_index k = 0; k < g->n_arcs; k++) {
        g->other[g->other_start[g->from[k]]++] = g->to[k];
        g->other[g->other_start[g->to[k]]++] = g->from[k];
    }
    for (cef_index k = g->m; k > 0; k--) /* each now stands where the next begins */
        g->other_start[k] = g->other_start[k - 1];
    g->other_start[0] = 0;
}

/* The same pairs, now with neighbours ascending: a symmetric pattern transposed. */
static void sort_ends(loop_graph *g)
{
    memcpy(g->start, g->other_start, ((size_t) g->m + 1) * sizeof *g->start);
    for (cef_index row = 0; row < g->m; row++)
        for (cef_index e = g->other_start[row]; e < g->other_start[row + 1]; e++)
            g->neighbour[g->start[g->other[e]]++] = row;
    memcpy(g->start, g->other_start, ((size_t) g->m + 1) * sizeof *g->start);
}

void loop_graph_order(loop_graph *g)
{
    list_ends(g);
    sort_ends(g);
    static_order_find(g->m, g->start, g->neighbour, g->position, g->work);
    static_order_count(g->m, g->start, g->neighbour, g->position, g->fill, g->work);
}
