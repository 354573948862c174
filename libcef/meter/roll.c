/* SPDX-License-Identifier: Apache-2.0 */
/* What each meter of a grid knows before the first message: the arcs are those of the central solution. */
#include "meter/meter.h"

/* A meter's estimate of a branch's loss: known to this share and this many MW. */
#define LOSS_SHARE 0.01
#define LOSS_LEAST 1e-3

static void carve(cef_arena *arena, cef_meter_roll *roll)
{
    const cef_meter_roll_info *info = &roll->info;
    ARENA_ARRAY(arena, roll->start, (size_t) info->n_bus + 1);
    ARENA_ARRAY(arena, roll->link, info->n_links);
    ARENA_ARRAY(arena, roll->source_mw, info->n_bus);
    ARENA_ARRAY(arena, roll->source_carbon, info->n_bus);
    ARENA_ARRAY(arena, roll->balance_mw, info->n_bus);
    ARENA_ARRAY(arena, roll->cluster, info->n_bus);
    ARENA_ARRAY(arena, roll->cluster_rows, info->clusters);
    ARENA_ARRAY(arena, roll->cluster_arcs, info->clusters);
    ARENA_ARRAY(arena, roll->cluster_inner, info->clusters);
    ARENA_ARRAY(arena, roll->cluster_fill, info->clusters);
}

/* Both ends after thresholds and netting, as the meters read them. With negative losses as sources the receiving end's
 * surplus is a unit there, not inflow. */
static bool branch_ends(const flow_state *flow, cef_index branch, double *from, double *to)
{
    const double tol = flow->settings->flow_tol;
    *from = flow_end(flow->p_from[branch], tol);
    *to = flow_end(flow_other_end(flow->p_from, flow->p_to, branch), tol);
    if (flow->settings->negative_loss == CEF_NEGATIVE_LOSS_SOURCE && *from + *to < 0.0 && *from * *to < 0.0) {
        if (*from > 0.0)
            *to = -*from;
        else
            *from = -*to;
    }
    return *from != 0.0 || *to != 0.0;
}

static int64_t count_links(const flow_state *flow)
{
    const cef_network *net = flow->net;
    int64_t n = 0;
    double from, to;
    for (cef_index b = 0; b < net->n_branch; b++)
        n += net->branch_from[b] != net->branch_to[b] && branch_ends(flow, b, &from, &to) ? 2 : 0;
    return n;
}

static void fill_bus(cef_meter_roll *roll, const flow_state *flow, cef_index bus)
{
    const cef_network *net = flow->net;
    int64_t at = roll->start[bus];
    double balance = flow->imbalance[bus];
    for (cef_index e = net->end_start[bus]; e < net->end_start[bus + 1]; e++) {
        const cef_index branch = network_branch(net->end[e]);
        double from, to;
        if (!branch_ends(flow, branch, &from, &to))
            continue;
        const double own = net->branch_from[branch] == bus ? from : to, loss = from + to;
        roll->link[at++] = (cef_meter_link){.peer = (uint32_t) net->end[e].other,
                                            .number = (uint32_t) branch,
                                            .reading = own,
                                            .prior = (double) NAN,
                                            .loss = (float) loss,
                                            .loss_tol = (float) (LOSS_SHARE * fabs(loss) + LOSS_LEAST),
                                            .prior_quality = CEF_QUALITY_SIMILAR_DAY};
        balance += own;
    }
    roll->start[bus + 1] = at;
    const flow_source source = flow->source[flow->place[bus]];
    roll->source_mw[bus] = source.mw;
    roll->source_carbon[bus] = source.carbon;
    const bool balanced = fabs(flow->imbalance[bus]) <= flow->settings->balance_tol;
    roll->balance_mw[bus] = balanced ? balance : (double) NAN;
}

/* Longest path to a bus, its loop's 3 m included. order_enters tells arcs into the bus. */
static int32_t path_into(const order_state *o, cef_index bus, const int32_t *path)
{
    int32_t longest = 0;
    for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++) {
        const network_end end = o->net->end[e];
        const bool inside = o->block[bus] >= 0 && o->block[end.other] == o->block[bus];
        if (order_enters(o, e) && !inside && path[end.other] + 1 > longest)
            longest = path[end.other] + 1;
    }
    return longest;
}

static int32_t arcs_into(const order_state *o, cef_index bus)
{
    int32_t n = 0;
    for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++)
        n += order_enters(o, e);
    return n;
}

/* Upstream first; the members of a loop stand next to each other. path is scratch [n_bus]. */
static void measure_paths(cef_meter_roll *roll, const order_state *o, int32_t *path)
{
    for (cef_index k = 0; k < o->net->n_bus; k++) {
        const cef_index bus = o->bus_at[k], block = o->block[bus];
        roll->cluster[bus] = block;
        path[bus] = path_into(o, bus, path);
        if (block >= 0) {
            const cef_index m = o->block_start[block + 1] - o->block_start[block];
            int32_t into = 0;
            for (cef_index p = o->block_start[block]; p < o->block_start[block + 1]; p++) {
                const int32_t one = path_into(o, o->block_bus[p], path);
                into = one > into ? one : into;
            }
            path[bus] = into + 3 * m;
            roll->cluster_rows[block] = m;
            roll->cluster_arcs[block] += arcs_into(o, bus);
        }
        if (path[bus] > roll->info.longest_path)
            roll->info.longest_path = path[bus];
    }
}

/* Power without an intensity counts 0 where it mixes (theory.md 1.2): then 0 is in play. */
static bool some_bus_is_unfed(const order_state *o, const flow_state *flow, int32_t *fed)
{
    bool unfed = false;
    for (cef_index k = 0; k < o->net->n_bus; k++) {
        const cef_index bus = o->bus_at[k];
        bool in = false;
        fed[bus] = flow->source[flow->place[bus]].mw > 0.0;
        for (cef_index e = o->net->end_start[bus]; e < o->net->end_start[bus + 1]; e++) {
            const bool enters = order_enters(o, e);
            in = in || enters;
            fed[bus] = fed[bus] || (enters && (fed[o->net->end[e].other] || o->block[bus] >= 0));
        }
        unfed = unfed || !fed[bus] || (o->block[bus] >= 0 && !in);
    }
    return unfed || o->n_block > 0;
}

static cef_status fill(cef_meter_roll *roll, const cef_solver *solver, cef_error *error)
{
    const flow_state *flow = &solver->flow;
    const order_state *order = &solver->order;
    memset(roll->cluster_arcs, 0, (size_t) roll->info.clusters * sizeof *roll->cluster_arcs);
    roll->start[0] = 0;
    for (cef_index bus = 0; bus < roll->info.n_bus; bus++)
        fill_bus(roll, flow, bus);
    int32_t *scratch = order->scratch; /* as long as the network has buses */
    measure_paths(roll, order, scratch);
    const bool zero = some_bus_is_unfed(order, flow, scratch);
    const bool any = flow->least_intensity <= flow->most_intensity;
    roll->info.e_min = any ? flow->least_intensity : 0.0;
    roll->info.e_max = any ? flow->most_intensity : 0.0;
    if (zero) {
        roll->info.e_min = lesser(roll->info.e_min, 0.0);
        roll->info.e_max = greater(roll->info.e_max, 0.0);
    }
    return roll_measure_loops(roll, order, scratch, error);
}

static cef_status allocate(const cef_meter_roll *shape, cef_meter_roll **out, cef_error *error)
{
    cef_meter_roll own = *shape;
    cef_arena arena = {0};
    (void) arena_take(&arena, 1, sizeof own);
    carve(&arena, &own);
    if (arena.overflow)
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE, "the meters do not fit this machine's memory sizes");
    void *memory = NULL;
    CEF_TRY(context_take(own.ctx, arena.used, &memory, error));
    own.size = arena.used;
    arena = (cef_arena){.base = memory};
    *out = arena_take(&arena, 1, sizeof **out);
    **out = own;
    carve(&arena, *out);
    context_retain(own.ctx);
    return CEF_OK;
}

static cef_status read_flows(cef_solver *s, const cef_snapshot *snapshot, cef_error *error)
{
    const cef_solution nothing = {.struct_size = sizeof nothing};
    flow_use_columns(&s->flow, &nothing);
    CEF_TRY(flow_read_branches(&s->flow, snapshot, error));
    (void) order_update(&s->order, s->flow.code);
    flow_forget_places(&s->flow);
    CEF_TRY(flow_read_units(&s->flow, snapshot, error));
    CEF_TRY(flow_check_balance(&s->flow, error));
    if (s->flow.mismatch)
        flow_add_mismatch(&s->flow);
    flow_net_locally(&s->flow, s->order.inflows);
    return CEF_OK;
}

static cef_status check_policy(const cef_settings *settings, cef_error *error)
{
    if (settings->loss_policy == CEF_LOSS_SENDING || settings->loss_policy == CEF_LOSS_GENERATOR ||
        settings->loss_policy == CEF_LOSS_PRORATA)
        return CEF_OK;
    return error_set(error, DIAG_UNSUPPORTED, CEF_NOWHERE,
                     "meters know what arrives at their own bus: loss policies sending, generator and prorata are "
                     "supported, whose intensities are the same; trace the others with cef_solver_solve");
}

cef_status roll_create(cef_context *ctx, cef_network *net, const cef_settings *settings, const cef_snapshot *snapshot,
                       cef_meter_roll **out, cef_error *error)
{
    CEF_TRY(check_policy(settings, error));
    cef_solver *solver = NULL;
    cef_meter_roll *roll = NULL;
    CEF_TRY(solver_create(ctx, net, settings, &solver, error));
    cef_status status = read_flows(solver, snapshot, error);
    if (status != CEF_OK)
        goto done;
    const cef_meter_roll shape = {.ctx = ctx,
                                  .references = 1,
                                  .info = {.struct_size = sizeof shape.info,
                                           .flow_tol = solver->settings.flow_tol,
                                           .n_links = count_links(&solver->flow),
                                           .n_bus = net->n_bus,
                                           .clusters = solver->order.n_block,
                                           .largest_cluster = solver->order.largest_block}};
    status = allocate(&shape, &roll, error);
    if (status == CEF_OK)
        status = fill(roll, solver, error);
    if (status != CEF_OK) {
        roll_release(roll);
        roll = NULL;
    }
done:
    solver_destroy(solver);
    *out = roll;
    return status;
}

void roll_retain(cef_meter_roll *roll) { __atomic_add_fetch(&roll->references, 1, __ATOMIC_RELAXED); }

void roll_release(cef_meter_roll *roll)
{
    if (!roll || __atomic_sub_fetch(&roll->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    cef_context *ctx = roll->ctx;
    context_free(ctx, roll, roll->size);
    context_release(ctx);
}

void roll_setup(const cef_meter_roll *roll, cef_index bus, cef_meter_setup *out)
{
    *out = (cef_meter_setup){.struct_size = sizeof *out,
                             .link = roll->link + roll->start[bus],
                             .source_mw = roll->source_mw[bus],
                             .source_carbon = roll->source_carbon[bus],
                             .balance_mw = roll->balance_mw[bus],
                             .meter = (uint32_t) bus,
                             .n_links = (int32_t) (roll->start[bus + 1] - roll->start[bus])};
}
