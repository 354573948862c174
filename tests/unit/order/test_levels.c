/* SPDX-License-Identifier: Apache-2.0 */
/* Proves, for neighbours in either form and at the limits of both: which ends arcs leave by is kept as bits, an order's
 * places are upstream first, its blocks are the loops, and each arc has a slot of its own; rebuilt and repaired. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "order/parts.h"

#include "lanes/lanes.h"
#include "run/run.h"

typedef struct {
    cef_index n_bus, n_branch, room;
    cef_index *from, *to;
    cef_context *ctx;
    cef_network *net;
    cef_solver *solver;
    uint8_t *code;
    uint64_t dice;
} grid;

static cef_index roll(grid *g, cef_index sides)
{
    g->dice = g->dice * 6364136223846793005u + 1442695040888963407u;
    return (cef_index) ((g->dice >> 33) % (uint64_t) sides);
}

static grid grid_of(cef_index n_bus, cef_index room)
{
    grid g = {.n_bus = n_bus, .room = room, .dice = 2026};
    g.from = malloc((size_t) room * sizeof *g.from);
    g.to = malloc((size_t) room * sizeof *g.to);
    return g;
}

static void add(grid *g, cef_index from, cef_index to)
{
    cr_assert_lt(g->n_branch, g->room);
    const bool turned = g->n_branch % 3 == 0;
    g->from[g->n_branch] = turned ? to : from;
    g->to[g->n_branch++] = turned ? from : to;
}

static void wire(grid *g)
{
    const cef_network_data data = {.struct_size = sizeof data,
                                   .branch_from = g->from,
                                   .branch_to = g->to,
                                   .n_bus = g->n_bus,
                                   .n_branch = g->n_branch};
    cef_settings settings;
    settings_default(&settings);
    cr_assert_eq(cef_context_create(NULL, &g->ctx, NULL), CEF_OK);
    cr_assert_eq(cef_network_create(g->ctx, &data, &g->net, NULL), CEF_OK);
    cr_assert_eq(solver_create(g->ctx, g->net, &settings, &g->solver, NULL), CEF_OK);
    g->code = malloc((size_t) g->n_branch + 8);
}

static void drop(grid *g)
{
    solver_destroy(g->solver);
    cef_network_destroy(g->net);
    cef_context_destroy(g->ctx);
    free(g->from);
    free(g->to);
    free(g->code);
}

static bool is_arc(uint8_t code) { return code == FLOW_FORWARD || code == FLOW_REVERSE; }
static cef_index tail_of(const grid *g, cef_index b) { return g->code[b] == FLOW_FORWARD ? g->from[b] : g->to[b]; }
static cef_index head_of(const grid *g, cef_index b) { return g->code[b] == FLOW_FORWARD ? g->to[b] : g->from[b]; }

/* Some lead upwards by number, so that levels are many, some anywhere, some nowhere. */
static uint8_t throw_code(grid *g, cef_index b)
{
    if (g->from[b] == g->to[b])
        return FLOW_LOSS;
    const cef_index die = roll(g, 16);
    if (die == 0)
        return roll(g, 2) ? FLOW_IDLE : FLOW_LOSS;
    if (die < 4)
        return roll(g, 2) ? FLOW_FORWARD : FLOW_REVERSE;
    return g->from[b] < g->to[b] ? FLOW_FORWARD : FLOW_REVERSE;
}

static void throw_codes(grid *g)
{
    for (cef_index b = 0; b < g->n_branch; b++)
        g->code[b] = throw_code(g, b);
}

/* Each end's bit, asked one by one. */
static void expect_leaves(const grid *g, const order_state *o)
{
    for (cef_index bus = 0; bus < g->n_bus; bus++) {
        uint8_t leaves = 0, own = 0;
        for (cef_index e = g->net->end_start[bus]; e < g->net->end_start[bus + 1]; e++) {
            const network_end end = g->net->end[e];
            const uint8_t bit = *order_end_bit(o, end);
            const cef_index b = network_branch(end);
            int32_t at = 0;
            while (bit >> at != 1)
                at++;
            cr_assert(bit == 1 << at && (at == ORDER_LAST_BIT || !(own & bit)), "bus %d", bus);
            own |= bit;
            if (at < ORDER_LAST_BIT && o->near)
                cr_assert_eq(bus + o->neighbour[bus].step[at], end.other, "bus %d", bus);
            if (at < ORDER_FIRST && !o->near)
                cr_assert_eq(o->neighbour[bus].first[at], end.other, "bus %d", bus);
            if (is_arc(g->code[b]) && tail_of(g, b) == bus)
                leaves |= bit;
        }
        cr_assert_eq(o->leaves[bus], leaves, "bus %d", bus);
        cr_assert_eq(o->sends[o->place[bus]], leaves != 0, "bus %d", bus);
    }
}

static cef_index first_slot(const order_state *o, cef_index bus) { return o->arc_start[o->place[bus]]; }

/* Places are a permutation, arcs lead onwards or within a block, and have their slots in network order. */
static void expect_places(const grid *g, const order_state *o)
{
    cef_index *taken = calloc((size_t) g->n_bus, sizeof *taken), n_arc = 0;
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        cr_assert(o->place[bus] >= 0 && o->place[bus] < g->n_bus && o->bus_at[o->place[bus]] == bus);
    for (cef_index b = 0; b < g->n_branch; b++) {
        if (!is_arc(g->code[b]))
            continue;
        const cef_index tail = tail_of(g, b), head = head_of(g, b);
        cr_assert(o->place[tail] < o->place[head] || (o->block[tail] >= 0 && o->block[tail] == o->block[head]),
                  "branch %d", b);
        cr_assert(order_level_of(o, tail) < order_level_of(o, head) ||
                      (o->block[tail] >= 0 && o->block[tail] == o->block[head]),
                  "branch %d", b);
        cr_assert_eq(o->slot[b], first_slot(o, head) + taken[head]++, "branch %d", b);
        cr_assert_eq(o->arc_source[o->slot[b]], o->place[tail], "branch %d", b);
        n_arc++;
    }
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        cr_assert_eq(o->inflows[bus], taken[bus], "bus %d", bus);
    cr_assert_eq(o->n_arc, n_arc);
    free(taken);
}

/* How many members of a block its first one reaches, along or against the arcs. */
static cef_index reached(const grid *g, const order_state *o, cef_index block, bool along, cef_index *stack,
                         uint8_t *seen)
{
    cef_index depth = 0, n = 0;
    stack[depth++] = o->block_bus[o->block_start[block]];
    seen[stack[0]] = 1;
    while (depth > 0) {
        const cef_index bus = stack[--depth];
        n++;
        for (cef_index e = g->net->end_start[bus]; e < g->net->end_start[bus + 1]; e++) {
            const cef_index other = g->net->end[e].other, b = network_branch(g->net->end[e]);
            if (!is_arc(g->code[b]) || (tail_of(g, b) == bus) != along || o->block[other] != block || seen[other])
                continue;
            seen[other] = 1;
            stack[depth++] = other;
        }
    }
    for (cef_index p = o->block_start[block]; p < o->block_start[block + 1]; p++)
        seen[o->block_bus[p]] = 0;
    return n;
}

/* Arcs between blocks lead onwards (above), so whatever is strongly connected is in one block; and each block is. */
static void expect_blocks(const grid *g, const order_state *o)
{
    cef_index *stack = malloc((size_t) g->n_bus * sizeof *stack);
    uint8_t *seen = calloc((size_t) g->n_bus, 1);
    for (cef_index block = 0; block < o->n_block; block++) {
        const cef_index m = o->block_start[block + 1] - o->block_start[block];
        cr_assert_gt(m, 1);
        cr_assert_eq(reached(g, o, block, true, stack, seen), m, "block %d", block);
        cr_assert_eq(reached(g, o, block, false, stack, seen), m, "block %d", block);
    }
    free(stack);
    free(seen);
}

static void expect_order(const grid *g)
{
    const order_state *o = &g->solver->order;
    expect_leaves(g, o);
    expect_places(g, o);
    expect_blocks(g, o);
}

/* In every instruction set: other codes, and then a few of them others again, by ends of all bits. */
static void expect_orders(grid *g)
{
    cef_index repaired = 0, blocks = 0;
    for (int32_t width = 0; width <= lanes_widest(); width++) {
        solver_set_width(g->solver, width);
        throw_codes(g);
        g->solver->order.valid = false;
        cr_assert_eq(order_update(&g->solver->order, g->code), ORDER_REBUILT);
        expect_order(g);
        for (cef_index round = 0; round < 4; round++) {
            for (cef_index k = 0; k < g->n_branch / 256 + 1; k++) {
                const cef_index b = roll(g, g->n_branch);
                g->code[b] = throw_code(g, b);
            }
            repaired += order_update(&g->solver->order, g->code) == ORDER_REPAIRED;
            expect_order(g);
        }
        blocks += g->solver->order.n_block;
    }
    cr_assert(repaired > 0 && blocks > 0);
}

/* A chain with hubs of 1 to 19 further ends, parallel circuits and branches from a bus to itself. */
static void add_chain(grid *g)
{
    for (cef_index bus = 0; bus + 1 < g->n_bus; bus++)
        add(g, bus, bus + 1);
    for (cef_index hub = 0; hub + 400 < g->n_bus && hub < 20 * 400; hub += 400)
        for (cef_index k = 0; k <= hub / 400; k++)
            add(g, hub, hub + 2 + 3 * k);
    for (cef_index bus = 30; bus + 1 < g->n_bus && bus < 10000; bus += 97) {
        add(g, bus, bus + 1);
        add(g, bus + 1, bus);
        add(g, bus, bus);
    }
}

Test(order_levels, a_small_network_of_steps)
{
    grid g = grid_of(900, 4000);
    add_chain(&g);
    wire(&g);
    cr_assert(g.solver->order.near && g.solver->order.n_chunk == 1);
    expect_orders(&g);
    drop(&g);
}

/* Steps that just fit 16 bits and those that just do not, as first, as last and as all ends of their buses. */
Test(order_levels, chunks_with_branches_to_far_away)
{
    enum { BUSES = 5 << ORDER_CHUNK };
    grid g = grid_of(BUSES, 2 * BUSES);
    static const cef_index far[] = {32767, 32768, 32769, 40000, 65535, 65536};
    for (cef_index k = 0; k < 6; k++) /* before the chain: first ends */
        add(&g, 100 + k, 100 + k + far[k]);
    for (cef_index k = 0; k < 12; k++)
        add(&g, 401, 401 + far[k % 6]); /* a hub with far ends only but for its neighbours */
    add_chain(&g);
    for (cef_index k = 0; k < 6; k++)
        add(&g, 2000 + k, 2000 + k + far[k]);
    wire(&g);
    const order_state *o = &g.solver->order;
    cr_assert(o->near && o->n_chunk == 5);
    for (cef_index b = 0; b < 6; b++) {
        const uint8_t last = 1 << ORDER_LAST_BIT;
        cr_assert((o->end_bit[b] == last) == (g.from[b] < g.to[b] ? b >= 1 : b >= 2), "from end of %d", b);
        cr_assert((o->end_bit[g.n_branch + b] == last) == (g.to[b] < g.from[b] ? b >= 1 : b >= 2), "to end of %d", b);
    }
    expect_orders(&g);
    drop(&g);
}

/* Neighbours are numbered anyhow. */
static void scatter(grid *g)
{
    cef_index *at = malloc((size_t) g->n_bus * sizeof *at);
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        at[bus] = bus;
    for (cef_index bus = g->n_bus - 1; bus > 0; bus--) {
        const cef_index other = roll(g, bus + 1), kept = at[bus];
        at[bus] = at[other];
        at[other] = kept;
    }
    for (cef_index b = 0; b < g->n_branch; b++) {
        g->from[b] = at[g->from[b]];
        g->to[b] = at[g->to[b]];
    }
    free(at);
}

static void expect_scattered(cef_index n_bus, bool near)
{
    grid g = grid_of(n_bus, 2 * n_bus);
    add(&g, 0, n_bus - 1);
    add_chain(&g);
    scatter(&g);
    g.from[0] = 0; /* the longest step there is, either way */
    g.to[0] = n_bus - 1;
    g.from[1] = n_bus - 1;
    g.to[1] = 0;
    wire(&g);
    cr_assert(g.solver->order.near == near && g.solver->order.n_chunk == 1);
    expect_orders(&g);
    drop(&g);
}

Test(order_levels, the_largest_network_whose_steps_all_fit) { expect_scattered(FLOW_NEAR, true); }
Test(order_levels, the_smallest_network_of_buses) { expect_scattered(FLOW_NEAR + 1, false); }
Test(order_levels, a_network_of_buses) { expect_scattered(50001, false); }

Test(order_levels, buses_without_branches)
{
    for (cef_index n_bus = 1; n_bus < 10; n_bus++) {
        grid g = grid_of(n_bus, 1);
        wire(&g);
        cr_assert_eq(order_update(&g.solver->order, g.code), ORDER_REBUILT);
        expect_order(&g);
        drop(&g);
    }
}

/* All ends of two hubs that are neighbours fall idle at once, then those of one carry again: what is looked at once a
 * repair is looked at for each of them. */
Test(order_levels, hubs_that_change_at_all_ends)
{
    enum { BUSES = 8000, HUB = 4000, SPOKES = 24 };
    grid g = grid_of(BUSES, BUSES + 2 * SPOKES);
    for (cef_index bus = 0; bus + 1 < BUSES; bus++)
        add(&g, bus, bus + 1);
    for (cef_index k = 0; k < SPOKES; k++)
        add(&g, HUB, HUB + 100 + 3 * k);
    for (cef_index k = 0; k < SPOKES; k++)
        add(&g, HUB + 1, HUB + 200 + 3 * k);
    wire(&g);
    for (cef_index b = 0; b < g.n_branch; b++)
        g.code[b] = g.from[b] < g.to[b] ? FLOW_FORWARD : FLOW_REVERSE;
    cr_assert_eq(order_update(&g.solver->order, g.code), ORDER_REBUILT);
    for (cef_index step = 0; step < 2; step++) {
        for (cef_index b = BUSES - 1 + step * SPOKES; b < g.n_branch; b++)
            g.code[b] = step == 0 ? FLOW_IDLE : g.from[b] < g.to[b] ? FLOW_FORWARD : FLOW_REVERSE;
        cr_assert_eq(order_update(&g.solver->order, g.code), ORDER_REPAIRED);
        expect_order(&g);
    }
    drop(&g);
}
