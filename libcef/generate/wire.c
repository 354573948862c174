/* SPDX-License-Identifier: Apache-2.0 */
/* Room generate: which buses are dead, and the wires. */
#include "generate/plan.h"

/* `spare`: no bus depends on this branch, so it may carry nothing across. */
static void add_branch(const grid_plan *plan, grid_draft *draft, cef_index a, cef_index b, bool spare)
{
    const cef_index k = draft->n_branch++;
    if (!draft->from)
        return;
    draft->from[k] = a;
    draft->to[k] = b;
    draft->kind[k] = BRANCH_LIVE;
    if (draft->dead[a] || draft->dead[b])
        draft->kind[k] = BRANCH_DEAD;
    else if (spare && chance_is(plan->key, TOPIC_BRANCH_KIND, (uint64_t) k, plan->style->both_fed))
        draft->kind[k] = BRANCH_BOTH_FED;
    else if (chance_is(plan->key, TOPIC_LOSS, (uint64_t) k, 3))
        draft->kind[k] = BRANCH_NEGATIVE_LOSS;
}

static cef_index living(const grid_draft *draft, const grid_town *town, cef_index local)
{
    while (draft->dead[town->first + local])
        local--; /* the first bus of a town lives */
    return town->first + local;
}

/* The ring's branches: along it, then the one that closes it (of a ring of two buses, a second circuit). */
static void wire_ring(const grid_plan *plan, grid_draft *draft, const grid_town *town)
{
    const cef_index loop = town->town / plan->style->loop_towns;
    if (draft->from) {
        draft->loop_branch[loop] = draft->n_branch;
        draft->loop_length[loop] = town->ring;
    }
    for (cef_index local = 1; local < town->ring; local++)
        add_branch(plan, draft, town->first + local - 1, town->first + local, false);
    add_branch(plan, draft, town->first, town->first + town->ring - 1, false);
}

/* The tree, second circuits, and a few meshes that reach back a little. */
static void wire_bus(const grid_plan *plan, grid_draft *draft, const grid_town *town, cef_index local)
{
    const cef_index bus = town->first + local, reach = plan->style->parent_reach;
    const uint64_t u = (uint64_t) bus;
    cef_index parent =
        local - 1 - (cef_index) chance_below(plan->key, TOPIC_PARENT, u, (uint32_t) (local < reach ? local : reach));
    parent = draft->dead[bus] ? town->first + parent : living(draft, town, parent);
    add_branch(plan, draft, parent, bus, false);
    if (chance_is(plan->key, TOPIC_CIRCUIT, u, plan->style->circuit))
        add_branch(plan, draft, parent, bus, true);
    if (local >= 3 && chance_is(plan->key, TOPIC_MESH, u, plan->style->mesh)) {
        const uint32_t back = chance_below(plan->key, TOPIC_MESH_END, u, (uint32_t) (local < 8 ? local : 8));
        const cef_index end = bus - 1 - (cef_index) back;
        if (end != parent)
            add_branch(plan, draft, end, bus, true);
    }
}

/* Lines leave a town of high ground at its lower end and reach a town of low ground at its upper end: power crosses
 * many buses, as in real grids. Feeders meet at their heads. */
static void wire_link(const grid_plan *plan, grid_draft *draft, const grid_town *town, cef_index other)
{
    const grid_town there = plan_town(plan, other);
    const grid_town *high = town, *low = &there;
    if (plan_ground(plan, town->town) < plan_ground(plan, other)) {
        high = &there;
        low = town;
    }
    const uint64_t key = (uint64_t) town->town << 32 | (uint32_t) other;
    cef_index a = 0, b = 0;
    if (plan->kind == CEF_GRID_TRANSMISSION) {
        a = high->n - 1 - (cef_index) chance_below(plan->key, TOPIC_LINK_END, key, (uint32_t) high->n / 3 + 1);
        b = (cef_index) chance_below(plan->key, TOPIC_LINK_END, ~key, (uint32_t) low->n / 3 + 1);
    }
    a = living(draft, high, a);
    b = living(draft, low, b);
    add_branch(plan, draft, a, b, false);
    if (chance_is(plan->key, TOPIC_CIRCUIT, key, plan->style->link_circuit))
        add_branch(plan, draft, a, b, true);
}

/* Lines to the neighbours that come later on the curve: always to the next town, by chance to the others. */
static void wire_neighbours(const grid_plan *plan, grid_draft *draft, const grid_town *town)
{
    static const int8_t step[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    int32_t x = 0, y = 0;
    curve_place(plan->curve_bits, town->town, &x, &y);
    for (int side = 0; side < 4; side++) {
        const cef_index other = plan_town_at(plan, x + step[side][0], y + step[side][1]);
        const uint64_t key = (uint64_t) town->town << 32 | (uint32_t) other;
        if (other > town->town && (other == town->town + 1 || chance_is(plan->key, TOPIC_LINK, key, plan->style->link)))
            wire_link(plan, draft, town, other);
    }
}

void draft_deaths(const grid_plan *plan, grid_draft *draft)
{
    for (cef_index t = 0; t < plan->n_town; t++) {
        const grid_town town = plan_town(plan, t);
        const cef_index alive = town.ring > 2 ? town.ring : 2; /* a town's first buses live */
        for (cef_index local = 0; local < town.n; local++) {
            const cef_index bus = town.first + local;
            draft->dead[bus] = local >= alive && chance_is(plan->key, TOPIC_DEAD, (uint64_t) bus, 85);
        }
    }
}

void draft_wires(const grid_plan *plan, grid_draft *draft)
{
    draft->n_branch = 0;
    for (cef_index t = 0; t < plan->n_town; t++) {
        const grid_town town = plan_town(plan, t);
        if (town.ring > 0)
            wire_ring(plan, draft, &town);
        for (cef_index local = town.ring > 0 ? town.ring : 1; local < town.n; local++)
            wire_bus(plan, draft, &town, local);
        wire_neighbours(plan, draft, &town);
    }
}
