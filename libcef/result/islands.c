/* SPDX-License-Identifier: Apache-2.0 */
/* prorata: islands joined by branches that carry power, their loss carbon and their demand. */
#include "result/result.h"

static cef_index root_of(cef_index *parent, cef_index bus)
{
    while (parent[bus] != bus) {
        parent[bus] = parent[parent[bus]];
        bus = parent[bus];
    }
    return bus;
}

cef_index result_island(const result_state *r, cef_index bus) { return root_of(r->island, bus); }

void result_join_islands(result_state *r)
{
    const cef_network *net = r->flow->net;
    for (cef_index bus = 0; bus < net->n_bus; bus++) {
        r->island[bus] = bus;
        r->island_loss[bus] = r->island_demand[bus] = 0.0;
    }
    for (cef_index b = 0; b < net->n_branch; b++) {
        if (r->flow->code[b] == FLOW_IDLE)
            continue;
        const cef_index one = root_of(r->island, net->branch_from[b]), two = root_of(r->island, net->branch_to[b]);
        if (one < two) /* the lowest bus is the root, whatever the order of branches */
            r->island[two] = one;
        else
            r->island[one] = two;
    }
}

void result_add_demand(result_state *r, const cef_snapshot *s)
{
    const cef_network *net = r->flow->net;
    for (cef_index load = 0; load < net->n_load; load++)
        if (net->load_kind[load] == CEF_LOAD_DEMAND && s->load_p[load] > 0.0)
            r->island_demand[result_island(r, net->load_bus[load])] += s->load_p[load];
}

double result_adder(const result_state *r, cef_index bus)
{
    const cef_index island = result_island(r, bus);
    return r->island_demand[island] > 0.0 ? r->island_loss[island] / r->island_demand[island] : 0.0;
}
