/* SPDX-License-Identifier: Apache-2.0 */
/* What it takes to solve each loop of a roll: its leader will find the same graph, the same order and the same fill. */
#include "meter/arena.h"

/* place [n_bus] out: rank of a bus among the members of its loop, by number. count [clusters] scratch. */
static void rank_members(const order_state *o, int32_t *place, int32_t *count)
{
    memset(count, 0, (size_t) o->n_block * sizeof *count);
    for (cef_index bus = 0; bus < o->net->n_bus; bus++)
        place[bus] = o->block[bus] >= 0 ? count[o->block[bus]]++ : -1;
}

/* Arcs between members of the loop; written to graph if it is not NULL. */
static cef_index list_inner(const order_state *o, cef_index block, const int32_t *place, loop_graph *graph)
{
    cef_index n = 0;
    for (cef_index p = o->block_start[block]; p < o->block_start[block + 1]; p++) {
        const cef_index bus = o->block_bus[p];
        for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++) {
            const network_end end = o->net->end[e];
            if (o->block[end.other] != block || !order_enters(o, e))
                continue;
            if (graph) {
                graph->from[n] = place[end.other];
                graph->to[n] = place[bus];
            }
            n++;
        }
    }
    return n;
}

static cef_status measure_loop(cef_meter_roll *roll, const order_state *o, cef_index block, const int32_t *place,
                               cef_error *error)
{
    loop_graph graph;
    cef_arena arena = {0};
    const cef_index m = roll->cluster_rows[block], n_arcs = list_inner(o, block, place, NULL);
    roll->cluster_inner[block] = n_arcs;
    roll->cluster_fill[block] = 0;
    if (m <= ARENA_DENSE)
        return CEF_OK;
    if (!loop_graph_carve(&arena, &graph, m, n_arcs))
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE, "a loop of flow is too large for its elimination order");
    void *memory = NULL;
    const size_t size = arena.used;
    CEF_TRY(context_take(roll->ctx, size, &memory, error));
    arena = (cef_arena){.base = memory};
    (void) loop_graph_carve(&arena, &graph, m, n_arcs);
    (void) list_inner(o, block, place, &graph);
    loop_graph_order(&graph);
    roll->cluster_fill[block] = graph.fill[m];
    context_free(roll->ctx, memory, size);
    return CEF_OK;
}

cef_status roll_measure_loops(cef_meter_roll *roll, const order_state *o, int32_t *scratch, cef_error *error)
{
    rank_members(o, scratch, roll->cluster_inner);
    for (cef_index block = 0; block < roll->info.clusters; block++)
        CEF_TRY(measure_loop(roll, o, block, scratch, error));
    return CEF_OK;
}

size_t roll_arena_size(const cef_meter_roll *roll, int32_t cluster)
{
    return cluster < 0 ? 0
                       : arena_size_filled(roll->cluster_rows[cluster], 2 * roll->cluster_arcs[cluster],
                                           roll->cluster_inner[cluster], roll->cluster_fill[cluster]);
}
