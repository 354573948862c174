/* SPDX-License-Identifier: Apache-2.0 */
/* The undirected graph of a network. */
#include "network/graph.h"

static void list_ends(cef_network *net)
{
    cef_index *start = net->end_start;
    memset(start, 0, ((size_t) net->n_bus + 1) * sizeof *start);
    for (cef_index branch = 0; branch < net->n_branch; branch++) {
        const cef_index live = net->branch_from[branch] != net->branch_to[branch];
        start[net->branch_from[branch]] += live;
        start[net->branch_to[branch]] += live;
    }
    cef_index total = 0;
    for (cef_index bus = 0; bus <= net->n_bus; bus++) {
        const cef_index count = bus < net->n_bus ? start[bus] : 0;
        start[bus] = total + count; /* one past the last end, until the ends are placed from the back */
        total += count;
    }
    for (cef_index branch = net->n_branch - 1; branch >= 0; branch--) {
        const cef_index from = net->branch_from[branch], to = net->branch_to[branch];
        if (from == to)
            continue;
        net->end[--start[from]] = (network_end){2 * branch, to};
        net->end[--start[to]] = (network_end){2 * branch + 1, from};
    }
    memset(net->end + total, 0, NETWORK_END_SLACK * sizeof *net->end);
}

static void list_self(cef_network *net)
{
    cef_index n = 0;
    for (cef_index branch = 0; branch < net->n_branch; branch++)
        if (net->branch_from[branch] == net->branch_to[branch])
            net->self_branch[n++] = branch;
}

static void count_units(cef_network *net)
{
    memset(net->bus_units, 0, (size_t) net->n_bus * sizeof *net->bus_units);
    for (cef_index gen = 0; gen < net->n_gen; gen++)
        net->bus_units[net->gen_bus[gen]]++;
    for (cef_index load = 0; load < net->n_load; load++)
        net->bus_units[net->load_bus[load]]++;
    for (cef_index store = 0; store < net->n_storage; store++)
        net->bus_units[net->storage_bus[store]]++;
    net->most_terms = 0;
    for (cef_index bus = 0; bus < net->n_bus; bus++) {
        const cef_index terms = net->end_start[bus + 1] - net->end_start[bus] + net->bus_units[bus];
        net->most_terms = terms > net->most_terms ? terms : net->most_terms;
    }
}

/* seen [n_bus]: generators met so far stand at the bus. */
static void look_at_gens(cef_network *net, cef_index *seen)
{
    memset(seen, 0, (size_t) net->n_bus * sizeof *seen);
    net->gens_together = true;
    for (cef_index gen = 0; gen < net->n_gen; gen++) {
        const cef_index bus = net->gen_bus[gen];
        if (seen[bus] && net->gen_bus[gen - 1] != bus)
            net->gens_together = false;
        seen[bus] = 1;
    }
}

/* last [n_bus]: the last branch seen to this neighbour; seen [n_bus]: from which bus. */
static void list_parallel(cef_network *net, cef_index *last, cef_index *seen)
{
    net->n_parallel = 0;
    for (cef_index branch = 0; branch < net->n_branch; branch++)
        net->parallel_next[branch] = -1;
    for (cef_index bus = 0; bus < net->n_bus; bus++)
        seen[bus] = -1;
    for (cef_index bus = 0; bus < net->n_bus; bus++)
        for (cef_index e = net->end_start[bus]; e < net->end_start[bus + 1]; e++) {
            const network_end end = net->end[e];
            if (end.other < bus)
                continue;
            if (seen[end.other] == bus)
                net->parallel_next[last[end.other]] = network_branch(end);
            seen[end.other] = bus;
            last[end.other] = network_branch(end);
        }
}

/* A list's head is a branch with a next that is nobody's next. */
static void list_heads(cef_network *net, uint8_t *inner)
{
    memset(inner, 0, (size_t) net->n_branch);
    for (cef_index branch = 0; branch < net->n_branch; branch++)
        if (net->parallel_next[branch] >= 0)
            inner[net->parallel_next[branch]] = 1;
    for (cef_index branch = 0; branch < net->n_branch; branch++)
        if (net->parallel_next[branch] >= 0 && !inner[branch])
            net->parallel_head[net->n_parallel++] = branch;
}

cef_status graph_build(cef_network *net, cef_error *error)
{
    list_ends(net);
    list_self(net);
    count_units(net);
    const size_t ends = (size_t) net->end_start[net->n_bus], n = (size_t) net->n_bus;
    const size_t items = 2 * n > ends ? 2 * n : ends;
    const size_t size = items * sizeof(cef_index) + (size_t) net->n_branch;
    void *memory = NULL;
    CEF_TRY(context_take(net->ctx, size, &memory, error));
    cef_index *index = memory;
    look_at_gens(net, index);
    list_parallel(net, index, index + n);
    list_heads(net, (uint8_t *) (index + items));
    for (size_t e = 0; e < ends; e++)
        index[e] = net->end[e].other;
    const cef_status status =
        static_order_create(net->ctx, net->n_bus, net->end_start, index, &net->elimination, error);
    context_free(net->ctx, memory, size);
    return status;
}
