/* SPDX-License-Identifier: Apache-2.0 */
/* Room generate: from the draft to the public tables, numbered as asked. */
#include "generate/plan.h"

/* A permutation of 0..n-1 (Fisher-Yates), or the identity. */
static void number(const grid_plan *plan, int32_t numbering, chance_topic topic, cef_index n, cef_index *place)
{
    for (cef_index k = 0; k < n; k++)
        place[k] = k;
    if (numbering == CEF_NUMBERING_NATURAL)
        return;
    for (cef_index k = n - 1; k > 0; k--) {
        const cef_index other = (cef_index) chance_below(plan->key, topic, (uint64_t) k, (uint32_t) k + 1);
        const cef_index swap = place[k];
        place[k] = place[other];
        place[other] = swap;
    }
}

/* Units of a bus: none, one (running or idle), or two that share its generation. */
static cef_index n_units(const grid_plan *plan, const grid_draft *draft, cef_index bus)
{
    const uint64_t u = (uint64_t) bus;
    if (draft->unit[bus] == 0)
        return !draft->dead[bus] && chance_is(plan->key, TOPIC_UNIT_IDLE, u, plan->style->idle);
    return draft->unit[bus] >= 2 && chance_is(plan->key, TOPIC_UNIT_PAIR, u, 60) ? 2 : 1;
}

void tables_count(const grid_plan *plan, const grid_draft *draft, cef_index *n_gen, cef_index *n_load)
{
    *n_gen = *n_load = 0;
    for (cef_index bus = 0; bus < plan->n_bus; bus++) {
        *n_gen += n_units(plan, draft, bus);
        *n_load += draft->load[bus] != 0;
    }
}

static double megawatt(grid_power power) { return (double) power / (double) GRID_MW; }

static void fill_buses(const grid_plan *plan, const grid_draft *draft, cef_grid *grid)
{
    for (cef_index town = 0; town < plan->n_town; town++) {
        const grid_town t = plan_town(plan, town);
        for (cef_index bus = t.first; bus < t.first + t.n; bus++) {
            grid->bus_id[draft->place[bus]] = (cef_id) bus + 1;
            grid->bus_zone[draft->place[bus]] = 1 + town / 64;
        }
    }
}

/* A row's from end is the sending or the receiving one by chance: power has both signs in the tables. */
static void fill_branches(const grid_plan *plan, const grid_draft *draft, cef_grid *grid)
{
    for (cef_index k = 0; k < draft->n_branch; k++) {
        const cef_index row = draft->shuffle[k];
        const bool turned = chance_is(plan->key, TOPIC_SIDE, (uint64_t) k, 400);
        const cef_index sender = draft->place[draft->from[k]], receiver = draft->place[draft->to[k]];
        const double sent = megawatt(draft->sent[k]), arrives = megawatt(-draft->received[k]);
        grid->branch_from[row] = turned ? receiver : sender;
        grid->branch_to[row] = turned ? sender : receiver;
        grid->branch_p_from[row] = turned ? arrives : sent;
        grid->branch_p_to[row] = turned ? sent : arrives;
    }
}

static void fill_units(const grid_plan *plan, const grid_draft *draft, cef_grid *grid)
{
    cef_index k = 0;
    for (cef_index bus = 0; bus < plan->n_bus; bus++) {
        const cef_index n = n_units(plan, draft, bus);
        for (cef_index unit = 0; unit < n; unit++) {
            const cef_index row = draft->shuffle[k++];
            const uint64_t u = (uint64_t) bus + ((uint64_t) unit << 32);
            const grid_power half = draft->unit[bus] / 2;
            grid->gen_bus[row] = draft->place[bus];
            grid->gen_p[row] = megawatt(unit > 0 ? half : n > 1 ? draft->unit[bus] - half : draft->unit[bus]);
            grid->gen_fuel[row] = fuel_pick(plan, u);
            grid->gen_intensity[row] = unit_intensity(plan, u);
        }
    }
}

/* What a negative load injects has the intensity of a small gas engine fleet, by bus. */
static void fill_loads(const grid_plan *plan, const grid_draft *draft, cef_grid *grid)
{
    cef_index k = 0;
    for (cef_index bus = 0; bus < plan->n_bus; bus++) {
        if (draft->load[bus] == 0)
            continue;
        const cef_index row = draft->shuffle[k++];
        const bool injects = draft->load[bus] < 0;
        grid->load_bus[row] = draft->place[bus];
        grid->load_p[row] = megawatt(draft->load[bus]);
        grid->load_intensity[row] =
            injects ? (400 + chance_below(plan->key, TOPIC_INTENSITY, (uint64_t) bus, 200)) / 1000.0 : 0.0;
    }
}

void tables_fill(const grid_plan *plan, grid_draft *draft, int32_t numbering, cef_grid *grid)
{
    number(plan, numbering, TOPIC_SHUFFLE_BUS, grid->n_bus, draft->place);
    fill_buses(plan, draft, grid);
    number(plan, numbering, TOPIC_SHUFFLE_BRANCH, grid->n_branch, draft->shuffle);
    fill_branches(plan, draft, grid);
    number(plan, numbering, TOPIC_SHUFFLE_GEN, grid->n_gen, draft->shuffle);
    fill_units(plan, draft, grid);
    number(plan, numbering, TOPIC_SHUFFLE_LOAD, grid->n_load, draft->shuffle);
    fill_loads(plan, draft, grid);
}
