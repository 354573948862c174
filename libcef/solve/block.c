/* SPDX-License-Identifier: Apache-2.0 */
/* A loop of flow: assemble its matrix without diagonal and its excess, eliminate without subtraction, solve for x, then
 * for v. Blocks of up to ORDER_DENSE buses are dense, larger ones use the network's static pattern, nearly full ones
 * panels. */
#include "solve/block.h"

enum { BLOCK_BLAS = 256 }; /* from here on dense blocks go by panels and may use BLAS */
typedef enum { BLOCK_DENSE, BLOCK_PANELS, BLOCK_SPARSE } block_kind;

typedef struct {
    solve_state *s;
    cef_index first, m; /* places */
    block_kind kind;
    gth_form form;
    solve_value *value; /* by place */
    double *w;          /* dense [m x m] */
    gth_sparse sparse;  /* else */
} loop_system;

static cef_index bus_of(const loop_system *b, cef_index i) { return b->s->order->bus_at[b->first + i]; }

static int64_t find_entry(const gth_sparse *g, cef_index row, cef_index column)
{
    int64_t low = g->start[row], high = g->start[row + 1] - 1;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (g->later[middle] < column)
            low = middle + 1;
        else
            high = middle;
    }
    assert(g->later[low] == column);
    return low;
}

static void add_arc(loop_system *b, cef_index to, cef_index from, double carry)
{
    if (b->kind != BLOCK_SPARSE)
        b->w[(size_t) to * b->m + from] += carry;
    else if (from > to)
        b->sparse.upper[find_entry(&b->sparse, to, from)] += carry;
    else
        b->sparse.lower[find_entry(&b->sparse, from, to)] += carry;
}

static void choose_kind(loop_system *b)
{
    solve_state *s = b->s;
    b->kind = BLOCK_DENSE;
    b->w = s->block;
    if (b->m > ORDER_DENSE) {
        order_block_pattern(s->order, s->order->block[bus_of(b, 0)], s->start, s->later, s->local);
        const int64_t entries = s->start[b->m];
        if (!order_block_is_dense(s->order, b->m, entries))
            b->kind = BLOCK_SPARSE;
        else if (b->m >= BLOCK_BLAS)
            b->kind = BLOCK_PANELS;
        b->sparse = (gth_sparse){b->m,   s->start,  s->later, s->block, s->block + entries, s->excess, s->pivot,
                                 s->row, s->column, s->next,  s->head,  s->cursor};
    }
    const size_t used = b->kind == BLOCK_SPARSE ? 2 * (size_t) s->start[b->m] : (size_t) b->m * (size_t) b->m;
    memset(s->block, 0, used * sizeof *s->block);
}

/* Arcs from inside go into the matrix; those from outside feed the excess of their row. */
static void load_arcs(loop_system *b)
{
    solve_state *s = b->s;
    const order_state *o = s->order;
    for (cef_index i = 0; i < b->m; i++) {
        double outside = s->flow->source[b->first + i].mw, all = outside;
        for (cef_index a = o->arc_start[b->first + i]; a < o->arc_start[b->first + i + 1]; a++) {
            const cef_index from = o->arc_source[a] - b->first;
            all += s->receive[a];
            if (from >= 0 && from < b->m)
                add_arc(b, i, from, s->carry[a]);
            else
                outside += s->receive[a];
        }
        s->excess[i] = outside;
        s->power[b->first + i] = all;
    }
}

/* ---- column excess (consumer, split): what leaves the block at a bus, from the data ---- */

typedef struct {
    double positive, negative, inside;
} outgoing;

static void add_signed(outgoing *sum, double mw)
{
    if (mw >= 0.0)
        sum->positive += mw;
    else
        sum->negative -= mw;
}

static void add_branch(const loop_system *b, cef_index bus, network_end end, outgoing *sum)
{
    const solve_state *s = b->s;
    const flow_state *flow = s->flow;
    if (flow->code[network_branch(end)] == FLOW_LOSS) {
        double at_from, at_to;
        flow_branch_loss(flow, network_branch(end), &at_from, &at_to);
        sum->positive += flow->net->branch_from[network_branch(end)] == bus ? at_from : at_to;
        return;
    }
    const bool is_from = flow->net->branch_from[network_branch(end)] == bus;
    if (flow->code[network_branch(end)] != (is_from ? FLOW_FORWARD : FLOW_REVERSE))
        return; /* it comes in, or is no arc */
    double sent, received;
    flow_arc_power(flow, network_branch(end), &sent, &received);
    const double carry = s->carry[s->order->slot[network_branch(end)]];
    add_signed(sum, flow->policy.carry_received * (sent - received)); /* (1 - a)(s - w), from the data */
    const cef_index head = s->order->place[end.other] - b->first;
    if (head >= 0 && head < b->m)
        sum->inside += carry;
    else
        sum->positive += carry;
}

/* Branches from a bus to itself have no end in the bus's list. */
static void add_self_losses(const loop_system *b, double *excess)
{
    const flow_state *flow = b->s->flow;
    for (cef_index k = 0; k < flow->net->n_self; k++) {
        const cef_index branch = flow->net->self_branch[k];
        const cef_index i = b->s->order->place[flow->net->branch_from[branch]] - b->first;
        if (i < 0 || i >= b->m || flow->code[branch] != FLOW_LOSS)
            continue;
        double at_from, at_to;
        flow_branch_loss(flow, branch, &at_from, &at_to);
        excess[i] += at_from;
    }
}

static cef_status column_excess(loop_system *b, cef_error *error)
{
    solve_state *s = b->s;
    const flow_state *flow = s->flow;
    const cef_network *net = flow->net;
    memset(s->excess, 0, (size_t) b->m * sizeof *s->excess);
    add_self_losses(b, s->excess);
    for (cef_index i = 0; i < b->m; i++) {
        const cef_index bus = bus_of(b, i);
        outgoing sum = {s->excess[i] + flow->draw[bus] - (flow->local ? flow->local[bus] : 0.0), 0.0, 0.0};
        for (cef_index e = net->end_start[bus]; e < net->end_start[bus + 1]; e++)
            add_branch(b, bus, net->end[e], &sum);
        const double residual = flow_residual(flow, bus);
        add_signed(&sum, fabs(residual) < flow->settings->flow_tol ? 0.0 : residual);
        double excess = sum.positive - sum.negative + flow_loop_unit(flow, bus);
        if (excess < 0.0 && excess > -flow->settings->flow_tol)
            excess = 0.0;
        if (excess < 0.0 && flow->loop_unit) {
            flow_add_loop_unit(flow, bus, -excess);
            s->power[b->first + i] -= excess;
            excess = 0.0;
        }
        if (excess < 0.0)
            return error_format(
                error, DIAG_MISMATCH_NEEDED, CEF_AT(CEF_BUS, bus, net->bus_id[bus], excess),
                "bus %d is in a loop of flow and sends %g MW of carbon-carrying power more than it receives: "
                "under consumer or split losses give a mismatch intensity to supply it",
                net->bus_id[bus], -excess);
        s->excess[i] = excess;
        s->diagonal[b->first + i] = excess + sum.inside;
    }
    return CEF_OK;
}

/* ---- solving ---- */

static cef_status unfed_loop(const loop_system *b, cef_error *error)
{
    const cef_network *net = b->s->flow->net;
    CEF_TEXT(text, 512);
    text_format(&text,
                b->form == GTH_ROWS
                    ? "power circulates over %d buses and no generation reaches them: buses"
                    : "power circulates over %d buses and no generation reaches them, or no load is reached: buses",
                (int64_t) b->m);
    for (cef_index i = 0; i < b->m; i++) {
        if (text.length > text.size - 120) {
            text_format(&text, " and %d more", (int64_t) (b->m - i));
            break;
        }
        text_format(&text, " %d", net->bus_id[bus_of(b, i)]);
    }
    text_add(&text, "; correct the flows, raise the flow tolerance, net parallel circuits, or mark such loops");
    const cef_index bus = bus_of(b, 0);
    return error_set(error, DIAG_UNFED_LOOP, CEF_AT(CEF_BUS, bus, net->bus_id[bus], b->s->power[b->first]), text.data);
}

static bool factor(loop_system *b)
{
    solve_state *s = b->s;
    switch (b->kind) {
    case BLOCK_DENSE: return gth_dense_factor(b->m, b->w, s->excess, s->pivot, b->form, &s->ranged);
    case BLOCK_PANELS: return gth_blocked_factor(b->m, b->w, s->excess, s->pivot, b->form, &s->ranged);
    default: return gth_sparse_factor(&b->sparse, b->form, &s->ranged);
    }
}

static void substitute(const loop_system *b, double *x)
{
    if (b->kind == BLOCK_SPARSE)
        gth_sparse_solve(&b->sparse, x);
    else
        gth_dense_solve(b->m, b->w, b->s->pivot, x);
}

static double total_excess(const loop_system *b)
{
    double total = 0.0;
    for (cef_index i = 0; i < b->m; i++)
        total += b->s->excess[i];
    return total;
}

/* Assembles and eliminates; *fed = false for a loop that nothing feeds, or (columns) that feeds nothing. */
static cef_status eliminate(loop_system *b, bool *fed, cef_error *error)
{
    choose_kind(b);
    load_arcs(b);
    const double fed_by = total_excess(b);
    if (b->form == GTH_COLUMNS)
        CEF_TRY(column_excess(b, error));
    *fed = fed_by > 0.0 && total_excess(b) > 0.0 && factor(b);
    return CEF_OK;
}

static void mark_undefined(loop_system *b)
{
    for (cef_index k = b->first; k < b->first + b->m; k++) {
        b->value[k].x = b->value[k].reach = 0.0;
        b->s->state[k] = SOLVE_LOOP_UNFED;
    }
    b->s->unfed = true;
}

typedef struct {
    double x, v;
} incoming;

/* What comes in from outside the block, priced and as spread. */
static incoming from_outside(const loop_system *b, cef_index i)
{
    const solve_state *s = b->s;
    const order_state *o = s->order;
    incoming sum = {0.0, 0.0};
    for (cef_index a = o->arc_start[b->first + i]; a < o->arc_start[b->first + i + 1]; a++) {
        const cef_index from = o->arc_source[a];
        if (from >= b->first && from < b->first + b->m)
            continue;
        sum.x += s->carry[a] * b->value[from].x;
        sum.v += s->carry[a] * solve_v(b->value[from]);
    }
    return sum;
}

static void solve_both(loop_system *b, const solve_view *view)
{
    solve_state *s = b->s;
    for (cef_index i = 0; i < b->m; i++)
        s->rhs[i] = solve_part(view, view->injected[b->first + i].carbon) + from_outside(b, i).x;
    substitute(b, s->rhs);
    for (cef_index i = 0; i < b->m; i++) {
        solve_value *here = &b->value[b->first + i];
        here->x = s->rhs[i];
        s->rhs[i] = (s->diagonal ? s->diagonal[b->first + i] : s->power[b->first + i]) * here->x + from_outside(b, i).v;
    }
    substitute(b, s->rhs);
    for (cef_index i = 0; i < b->m; i++)
        solve_reach(&b->value[b->first + i], s->rhs[i]);
}

cef_status block_solve(solve_state *s, order_run run, const solve_view *view, cef_error *error)
{
    loop_system b = {.s = s,
                     .first = run.first,
                     .m = run.count,
                     .form = s->flow->policy.columns ? GTH_COLUMNS : GTH_ROWS,
                     .value = view->value};
    bool fed = false;
    CEF_TRY(eliminate(&b, &fed, error));
    if (fed) {
        solve_both(&b, view);
        return CEF_OK;
    }
    if (s->flow->settings->on_unfed_loop == CEF_UNFED_ERROR)
        return unfed_loop(&b, error);
    mark_undefined(&b);
    return CEF_OK;
}

cef_status block_solve_transposed(solve_state *s, order_run run, cef_error *error)
{
    loop_system b = {.s = s, .first = run.first, .m = run.count, .form = GTH_ROWS, .value = s->value};
    double *y = s->adjoint + run.first;
    bool fed = false;
    CEF_TRY(eliminate(&b, &fed, error));
    if (!fed)
        memset(y, 0, (size_t) b.m * sizeof *y);
    else if (b.kind == BLOCK_SPARSE)
        gth_sparse_solve_transposed(&b.sparse, y);
    else
        gth_dense_solve_transposed(b.m, b.w, s->pivot, y);
    return CEF_OK;
}
