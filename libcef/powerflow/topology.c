/* SPDX-License-Identifier: Apache-2.0 */
/* What is joined to what: islands of the AC grid, a reference for each, and what is dead. */
#include "parts.h"

static bool isolated(const cef_powerflow_data *d, cef_index bus)
{
    return d->bus_type && d->bus_type[bus] == CEF_BUS_TYPE_ISOLATED;
}

static void find_links(cef_powerflow *pf, const cef_powerflow_data *d)
{
    const cef_network *net = pf->net;
    for (cef_index k = 0; k < net->n_branch; k++) {
        const bool off = (d->branch_in_service && !d->branch_in_service[k]) || isolated(d, net->branch_from[k]) ||
                         isolated(d, net->branch_to[k]);
        const bool hvdc = d->branch_hvdc && d->branch_hvdc[k];
        pf->link[k] = off ? LINK_OFF : hvdc ? LINK_HVDC : LINK_AC;
    }
    for (cef_index gen = 0; gen < net->n_gen; gen++)
        pf->gen_live[gen] = (!d->gen_in_service || d->gen_in_service[gen]) && !isolated(d, net->gen_bus[gen]);
}

/* The representative of a bus; halves the path on the way (Tarjan, van Leeuwen 1984). */
static cef_index find_root(cef_index *parent, cef_index bus)
{
    while (parent[bus] != bus)
        bus = parent[bus] = parent[parent[bus]];
    return bus;
}

static void join_buses(cef_powerflow *pf)
{
    const cef_network *net = pf->net;
    cef_index *parent = pf->island;
    for (cef_index bus = 0; bus < net->n_bus; bus++)
        parent[bus] = bus;
    for (cef_index k = 0; k < net->n_branch; k++) {
        if (pf->link[k] != LINK_AC)
            continue;
        const cef_index a = find_root(parent, net->branch_from[k]), b = find_root(parent, net->branch_to[k]);
        parent[a > b ? a : b] = a > b ? b : a; /* the first bus stands for its island */
    }
    for (cef_index bus = 0; bus < net->n_bus; bus++)
        parent[bus] = find_root(parent, bus);
}

/* The stored types, made true: a bus holds its voltage only with a running unit. */
static void set_types(cef_powerflow *pf, const cef_powerflow_data *d)
{
    const cef_network *net = pf->net;
    for (cef_index bus = 0; bus < net->n_bus; bus++)
        pf->bus_type[bus] = isolated(d, bus) ? CEF_BUS_TYPE_DEAD : CEF_BUS_TYPE_PQ;
    for (cef_index gen = 0; gen < net->n_gen; gen++)
        if (pf->gen_live[gen])
            pf->bus_type[net->gen_bus[gen]] = d->bus_type ? d->bus_type[net->gen_bus[gen]] : (int8_t) CEF_BUS_TYPE_PV;
}

/* Whether a unit is a better reference than the best of its island so far: a REF bus first, then capacity, then order.
 */
static bool better(const cef_powerflow *pf, const cef_powerflow_data *d, cef_index gen, cef_index best)
{
    const cef_index *bus = pf->net->gen_bus;
    if (best < 0)
        return true;
    const bool is_ref = pf->bus_type[bus[gen]] == CEF_BUS_TYPE_REF,
               best_is_ref = pf->bus_type[bus[best]] == CEF_BUS_TYPE_REF;
    if (is_ref != best_is_ref)
        return is_ref;
    if (is_ref)
        return bus[gen] < bus[best];
    return d->gen_capacity && d->gen_capacity[gen] > d->gen_capacity[best];
}

/* best [n_bus] out, at the representative of each island: the unit whose bus is its reference, -1 if it has none. */
static void find_reference_units(const cef_powerflow *pf, const cef_powerflow_data *d, cef_index *best)
{
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++)
        best[bus] = -1;
    for (cef_index gen = 0; gen < pf->net->n_gen; gen++) {
        cef_index *of_island = &best[pf->island[pf->net->gen_bus[gen]]];
        if (pf->gen_live[gen] && better(pf, d, gen, *of_island))
            *of_island = gen;
    }
}

/* Islands are numbered by their first bus; those without a unit are dead. */
static void number_islands(cef_powerflow *pf, const cef_index *best)
{
    pf->n_island = pf->n_dead = 0;
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        const cef_index root = pf->island[bus]; /* <= bus: numbered before its members */
        if (root == bus && best[bus] >= 0 && pf->bus_type[bus] != CEF_BUS_TYPE_DEAD) {
            pf->reference[pf->n_island] = pf->net->gen_bus[best[bus]];
            pf->island[bus] = pf->n_island++;
        } else {
            pf->island[bus] = root == bus ? -1 : pf->island[root];
        }
        if (pf->island[bus] < 0) {
            pf->bus_type[bus] = CEF_BUS_TYPE_DEAD;
            pf->n_dead++;
        }
    }
    for (cef_index k = 0; k < pf->n_island; k++)
        pf->bus_type[pf->reference[k]] = CEF_BUS_TYPE_REF;
}

/* On dead buses nothing runs; an HVDC branch with a dead end carries nothing. */
static void switch_off_dead(cef_powerflow *pf)
{
    const cef_network *net = pf->net;
    for (cef_index k = 0; k < net->n_branch; k++)
        if (pf->island[net->branch_from[k]] < 0 || pf->island[net->branch_to[k]] < 0)
            pf->link[k] = LINK_OFF;
    for (cef_index gen = 0; gen < net->n_gen; gen++)
        if (pf->island[net->gen_bus[gen]] < 0)
            pf->gen_live[gen] = 0;
}

/* The first shunt row of a bus with bus_gs stands for it. */
static void assign_loads(cef_powerflow *pf, cef_index *first)
{
    const cef_network *net = pf->net;
    for (cef_index bus = 0; bus < net->n_bus; bus++)
        first[bus] = -1;
    for (cef_index load = 0; load < net->n_load; load++) {
        const cef_index bus = net->load_bus[load];
        const bool shunt = net->load_kind[load] == CEF_LOAD_SHUNT && pf->bus_gs[bus] != 0.0;
        pf->load_role[load] = pf->island[bus] < 0 || (shunt && first[bus] >= 0) ? LOAD_OFF
                              : shunt                                           ? LOAD_SHUNT
                                                                                : LOAD_GIVEN;
        if (shunt)
            first[bus] = load;
    }
}

void powerflow_find_islands(cef_powerflow *pf, const cef_powerflow_data *d)
{
    cef_index *scratch = pf->p_index; /* numbered only later */
    find_links(pf, d);
    join_buses(pf);
    set_types(pf, d);
    find_reference_units(pf, d, scratch);
    number_islands(pf, scratch);
    switch_off_dead(pf);
    assign_loads(pf, scratch);
}
