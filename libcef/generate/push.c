/* SPDX-License-Identifier: Apache-2.0 */
/* Room generate: power. One pass downhill gives every bus what arrives and sends the rest on; then the rings turn. */
#include "generate/plan.h"

/* ---- order: radix sort by falling height; equal heights stay by rising number ---- */
static void sort_pass(const uint32_t *height, const cef_index *in, cef_index *out, cef_index n, int shift)
{
    uint32_t start[2049] = {0};
    for (cef_index k = 0; k < n; k++)
        start[1 + (2047 - ((height[in[k]] >> shift) & 2047))]++;
    for (int digit = 0; digit < 2048; digit++)
        start[digit + 1] += start[digit];
    for (cef_index k = 0; k < n; k++)
        out[start[2047 - ((height[in[k]] >> shift) & 2047)]++] = in[k];
}

static void sort_downhill(const grid_plan *plan, grid_draft *draft)
{
    for (cef_index bus = 0; bus < plan->n_bus; bus++)
        draft->shuffle[bus] = bus;
    sort_pass(draft->height, draft->shuffle, draft->order, plan->n_bus, 0);
    sort_pass(draft->height, draft->order, draft->shuffle, plan->n_bus, 11);
    sort_pass(draft->height, draft->shuffle, draft->order, plan->n_bus, 22);
}

/* ---- arcs by sending bus ---- */
static bool is_arc(const grid_draft *draft, cef_index branch)
{
    return draft->kind[branch] == BRANCH_LIVE || draft->kind[branch] == BRANCH_NEGATIVE_LOSS;
}

static void group_arcs(const grid_plan *plan, grid_draft *draft)
{
    cef_index *first = draft->first_arc;
    memset(first, 0, ((size_t) plan->n_bus + 1) * sizeof *first);
    for (cef_index k = 0; k < draft->n_branch; k++)
        first[draft->from[k]] += is_arc(draft, k);
    cef_index total = 0;
    for (cef_index bus = 0; bus <= plan->n_bus; bus++) { /* ends, which the filling below turns into starts */
        total += first[bus];
        first[bus] = total;
    }
    for (cef_index k = draft->n_branch - 1; k >= 0; k--)
        if (is_arc(draft, k))
            draft->arc[--first[draft->from[k]]] = k;
}

/* ---- branches without transfer ---- */
static void rest_branches(const grid_plan *plan, grid_draft *draft)
{
    for (cef_index k = 0; k < draft->n_branch; k++) {
        draft->sent[k] = draft->received[k] = 0;
        if (draft->kind[k] != BRANCH_BOTH_FED)
            continue;
        draft->sent[k] = 1 + chance_below(plan->key, TOPIC_LOSS, (uint64_t) k, 60);
        draft->received[k] = -1 - (grid_power) chance_below(plan->key, TOPIC_WEIGHT, (uint64_t) k, 60);
        draft->inflow[draft->from[k]] -= draft->sent[k];
        draft->inflow[draft->to[k]] += draft->received[k];
    }
}

/* ---- downhill ---- */
/* Losses of 0.2 to 1.2 % (0.02 % at most gained where they are negative). */
static grid_power branch_loss(const grid_plan *plan, const grid_draft *draft, cef_index branch)
{
    const uint32_t rate = 2 + chance_below(plan->key, TOPIC_LOSS, (uint64_t) branch, 11);
    if (draft->kind[branch] == BRANCH_NEGATIVE_LOSS)
        return -1 - draft->sent[branch] * rate / 65536;
    return draft->sent[branch] * rate / 1024;
}

/* Splits `power` over the outgoing arcs: the least flow for each, and the rest by their weights. */
static void send_on(const grid_plan *plan, grid_draft *draft, cef_index bus, grid_power power)
{
    const cef_index begin = draft->first_arc[bus], end = draft->first_arc[bus + 1];
    grid_power rest = power - plan->style->least_flow * (end - begin);
    uint32_t weights = 0;
    for (cef_index a = begin; a < end; a++)
        weights += 1 + chance_below(plan->key, TOPIC_WEIGHT, (uint64_t) draft->arc[a], 16);
    for (cef_index a = begin; a < end; a++) {
        const cef_index k = draft->arc[a];
        const uint32_t weight = 1 + chance_below(plan->key, TOPIC_WEIGHT, (uint64_t) k, 16);
        const grid_power part = rest * weight / weights;
        rest -= part;
        weights -= weight;
        draft->sent[k] = plan->style->least_flow + part;
        draft->received[k] = draft->sent[k] - branch_loss(plan, draft, k);
        draft->inflow[draft->to[k]] += draft->received[k];
    }
}

static grid_power load_size(const grid_plan *plan, cef_index bus)
{
    return 1 + chance_below(plan->key, TOPIC_LOAD_SIZE, (uint64_t) bus, (uint32_t) (2 * plan->style->load_size));
}

/* What is here goes to the load and down the arcs; where it is too little for all of them, a unit runs. */
static void push_bus(const grid_plan *plan, grid_draft *draft, cef_index bus)
{
    const grid_style *style = plan->style;
    const uint64_t u = (uint64_t) bus;
    const cef_index n_arc = draft->first_arc[bus + 1] - draft->first_arc[bus];
    const bool injects = n_arc > 0 && chance_is(plan->key, TOPIC_LOAD_NEGATIVE, u, style->negative_load);
    const bool loaded = n_arc == 0 || (!injects && chance_is(plan->key, TOPIC_LOAD, u, style->load));
    if (injects)
        draft->load[bus] = -load_size(plan, bus);
    const grid_power need = style->least_flow * (n_arc + loaded);
    grid_power here = draft->inflow[bus] + (injects ? -draft->load[bus] : 0);
    if (here < need || chance_is(plan->key, TOPIC_UNIT, u, style->unit)) {
        draft->unit[bus] = fuel_size(plan, u) + (here < need ? need - here : 0);
        here += draft->unit[bus];
    }
    if (loaded) {
        const grid_power spare = here - need, wish = load_size(plan, bus);
        const grid_power more = n_arc == 0 ? spare : wish < spare / 2 ? wish : spare / 2;
        draft->load[bus] = style->least_flow + more;
        here -= draft->load[bus];
    }
    send_on(plan, draft, bus, here);
}

/* ---- loops: a flow around a ring, just stronger than what it must reverse ---- */
static void reverse_arc(grid_draft *draft, cef_index k, grid_power turning)
{
    const cef_index from = draft->from[k];
    const grid_power sent = draft->sent[k];
    draft->from[k] = draft->to[k];
    draft->to[k] = from;
    draft->sent[k] = turning - draft->received[k];
    draft->received[k] = turning - sent;
}

static void turn_ring(const grid_plan *plan, grid_draft *draft, cef_index loop)
{
    const cef_index begin = draft->loop_branch[loop], n = draft->loop_length[loop], closing = begin + n - 1;
    const bool back = chance_is(plan->key, TOPIC_LOOP_WAY, (uint64_t) loop, 300); /* against the numbers */
    grid_power turning = 0; /* all arcs run with the numbers, the closing one from the first bus to the last */
    for (cef_index k = begin; k <= closing; k++)
        if ((k == closing) != back) {
            turning = draft->sent[k] > turning ? draft->sent[k] : turning;
            turning = draft->received[k] > turning ? draft->received[k] : turning;
        }
    turning += 1 + chance_below(plan->key, TOPIC_LOOP_FLOW, (uint64_t) loop, (uint32_t) (4 * plan->style->least_flow));
    for (cef_index k = begin; k <= closing; k++)
        if ((k == closing) != back) {
            reverse_arc(draft, k, turning);
        } else {
            draft->sent[k] += turning;
            draft->received[k] += turning;
        }
}

void draft_flows(const grid_plan *plan, grid_draft *draft)
{
    const size_t bytes = (size_t) plan->n_bus * sizeof(grid_power);
    memset(draft->inflow, 0, bytes);
    memset(draft->unit, 0, bytes);
    memset(draft->load, 0, bytes);
    sort_downhill(plan, draft);
    group_arcs(plan, draft);
    rest_branches(plan, draft);
    for (cef_index k = 0; k < plan->n_bus; k++)
        if (!draft->dead[draft->order[k]])
            push_bus(plan, draft, draft->order[k]);
    for (cef_index loop = 0; loop < plan->n_loop; loop++)
        if (draft->loop_length[loop] > 0)
            turn_ring(plan, draft, loop);
}
