/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of the numeric pass, and arcs into their slots. */
#include "solve/kernels.h"

#include "lanes/lanes.h"

const solve_kernels *solve_kernels_of(int32_t width)
{
    return width == LANES_AVX512 ? &solve_kernels_avx512
           : width == LANES_AVX2 ? &solve_kernels_avx2
                                 : &solve_kernels_portable;
}

void solve_carve(cef_arena *arena, solve_state *s)
{
    const cef_network *net = s->flow->net;
    const size_t n_bus = (size_t) net->n_bus;
    const bool columns = s->flow->policy.columns, own = !flow_arcs_are_received(s->flow);
    s->block_capacity = order_block_capacity(net);
    ARENA_ARRAY(arena, s->carry, own ? net->n_branch + FLOW_SLACK : 0);
    ARENA_ARRAY(arena, s->receive, columns ? net->n_branch + FLOW_SLACK : 0);
    ARENA_ARRAY(arena, s->diagonal, columns ? n_bus : 0);
    ARENA_ARRAY(arena, s->value, n_bus + 8);
    ARENA_ARRAY(arena, s->power, n_bus + 8);
    ARENA_ARRAY(arena, s->minus, n_bus + 8);
    ARENA_ARRAY(arena, s->state, n_bus);
    ARENA_ARRAY(arena, s->adjoint, s->flow->settings->loss_policy == CEF_LOSS_GENERATOR ? n_bus : 0);
    ARENA_ARRAY(arena, s->block, s->block_capacity);
    ARENA_ARRAY(arena, s->excess, n_bus);
    ARENA_ARRAY(arena, s->pivot, n_bus);
    ARENA_ARRAY(arena, s->rhs, n_bus);
    ARENA_ARRAY(arena, s->row, n_bus);
    ARENA_ARRAY(arena, s->column, n_bus);
    ARENA_ARRAY(arena, s->start, n_bus + 1);
    ARENA_ARRAY(arena, s->cursor, n_bus + 1);
    ARENA_ARRAY(arena, s->later, net->elimination.start[n_bus]);
    ARENA_ARRAY(arena, s->local, n_bus);
    ARENA_ARRAY(arena, s->next, n_bus);
    ARENA_ARRAY(arena, s->head, n_bus);
    if (!own)
        s->carry = s->flow->received;
    if (!columns) {
        s->receive = s->carry;
        s->diagonal = NULL;
    }
}

void solve_prepare(solve_state *s)
{
    const size_t n_bus = (size_t) s->flow->net->n_bus;
    memset(s->row, 0, n_bus * sizeof *s->row);
    memset(s->column, 0, n_bus * sizeof *s->column);
    memset(s->local, 0xFF, n_bus * sizeof *s->local);
    memset(s->state, SOLVE_FED, n_bus);
    s->unfed = false;
    memset(s->value, 0, (n_bus + 8) * sizeof *s->value); /* kernels look at eight places at a time, and past the last */
    memset(s->power, 0, (n_bus + 8) * sizeof *s->power);
    memset(s->minus, 0, (n_bus + 8) * sizeof *s->minus);
}

void solve_load_arcs(solve_state *s)
{
    const flow_state *flow = s->flow;
    const flow_policy p = flow->policy;
    for (cef_index branch = 0; branch < flow->net->n_branch; branch++) {
        if (flow->code[branch] != FLOW_FORWARD && flow->code[branch] != FLOW_REVERSE)
            continue;
        double sent, received;
        flow_arc_power(flow, branch, &sent, &received);
        const cef_index slot = s->order->slot[branch];
        s->carry[slot] = p.carry_received * received + p.carry_sent * sent;
        s->receive[slot] = p.receive_received * received + p.receive_sent * sent;
    }
}

double solve_carbon_into(const solve_state *s, cef_index k)
{
    const order_state *o = s->order;
    const cef_index bus = o->bus_at[k];
    double carbon = s->flow->source[k].carbon;
    for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++) {
        const network_end end = o->net->end[e];
        if (!order_enters(o, e))
            continue;
        const cef_index from = o->place[end.other];
        carbon +=
            s->carry[o->slot[network_branch(end)]] * (s->value[from].x - (s->flow->negative ? s->minus[from].x : 0.0));
    }
    return carbon;
}
