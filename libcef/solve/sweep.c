/* SPDX-License-Identifier: Apache-2.0 */
/* The sweep: runs of buses with the same number of inflows, upstream first. Each inflow of a bus is priced before the
 * bus is reached; every sum runs in arc order, so the bits do not depend on the order of the buses. Runs of up to five
 * inflows go eight buses side by side (kernels.c), the rest one by one. */
#include "solve/block.h"
#include "solve/kernels.h"
#include "solve/verify.h"

/* check: NULL where rows do not dominate. */
static void sweep_each(const solve_view *s, order_run run, solve_check *check)
{
    for (cef_index k = run.first; k < run.first + run.count; k++) {
        const flow_source injected = s->injected[k];
        double carbon = solve_part(s, injected.carbon), power = injected.mw, spread = 0.0;
        for (cef_index a = s->order->arc_start[k]; a < s->order->arc_start[k + 1]; a++) {
            const solve_value *from = &s->value[s->source[a]];
            const double flows = s->carry[a] * from->x;
            carbon += flows;
            spread += from->reach * flows;
            power += s->receive[a];
        }
        const bool fed = power > 0.0;
        const double divisor = fed ? power : 1.0, x = fed ? carbon / divisor : 0.0;
        const double reach = x > 0.0 ? 1.0 + spread / (divisor * x) : 0.0;
        s->value[k] = (solve_value){x, reach};
        s->power[k] = power;
        if (check)
            verify_sums(s->value[k], power, carbon, spread, s->gamma, check);
    }
}

static void sweep_columns(solve_state *state, const solve_view *s, order_run run, solve_check *check)
{
    sweep_each(s, run, NULL);
    for (cef_index k = run.first; k < run.first + run.count; k++) {
        state->diagonal[k] = s->power[k];
        state->unfed |= run.inflows == 0 && s->order->sends[k] != 0 && !(s->power[k] > 0.0);
    }
    verify_by_diagonal(s, state->diagonal, run, check);
}

static solve_view view_of(const solve_state *s, bool negative_part)
{
    const order_state *o = s->order;
    return (solve_view){.order = o,
                        .source = o->arc_source,
                        .carry = s->carry,
                        .receive = s->receive,
                        .gamma = verify_gamma(o->net->most_terms),
                        .injected = s->flow->source,
                        .fetch = o->n_chunk > SOLVE_CHUNKS   ? SOLVE_FETCH_UPSTREAM
                                 : o->net->n_bus > FLOW_NEAR ? SOLVE_FETCH_ROWS
                                                             : SOLVE_FETCH_NOT,
                        .value = negative_part ? s->minus : s->value,
                        .power = s->power,
                        .signed_parts = s->flow->negative,
                        .negative_part = negative_part};
}

static cef_status solve_block(solve_state *s, const solve_view *view, order_run run, solve_check *check,
                              cef_error *error)
{
    CEF_TRY(block_solve(s, run, view, error));
    if (s->state[run.first] == SOLVE_LOOP_UNFED)
        return CEF_OK;
    if (s->diagonal)
        verify_by_diagonal(view, s->diagonal, run, check);
    else
        verify_rows(view, run, check);
    return CEF_OK;
}

/* The runs from *r on that are solved in one go; *r is behind them then. */
static cef_status sweep_on(solve_state *s, const solve_view *view, cef_index *r, solve_check *check, cef_error *error)
{
    const order_run run = s->order->run[*r];
    if (!s->diagonal && run.inflows >= 0 && run.inflows < ORDER_GENERAL) {
        *r = s->kernels->sweep(view, *r, check, &s->unfed);
        return CEF_OK;
    }
    *r += 1;
    if (run.inflows < 0)
        return solve_block(s, view, run, check, error);
    if (s->diagonal)
        sweep_columns(s, view, run, check);
    else
        sweep_each(view, run, check);
    return CEF_OK;
}

cef_status solve_downstream(solve_state *s, bool negative_part, cef_error *error)
{
    const order_state *o = s->order;
    const solve_view view = view_of(s, negative_part);
    solve_check *check = negative_part ? &s->check_minus : &s->check;
    *check = (solve_check){0.0, 0.0};
    if (s->unfed) /* else all were fed before */
        memset(s->state, SOLVE_FED, (size_t) o->net->n_bus);
    s->unfed = false;
    if (!negative_part)
        s->ranged = true;
    for (cef_index r = 0; r < o->n_run;)
        CEF_TRY(sweep_on(s, &view, &r, check, error));
    return CEF_OK;
}

/* ---- unfed: power without an origin that has an intensity ---- */

static uint8_t state_at(const solve_state *s, cef_index k)
{
    const order_state *o = s->order;
    if (s->flow->source[k].mw > 0.0)
        return SOLVE_FED;
    uint8_t worst = SOLVE_UNFED;
    for (cef_index a = s->order->arc_start[k]; a < s->order->arc_start[k + 1]; a++) {
        if (s->state[o->arc_source[a]] == SOLVE_FED)
            return SOLVE_FED;
        if (s->state[o->arc_source[a]] > worst)
            worst = s->state[o->arc_source[a]];
    }
    return worst;
}

/* A block is fed when any member is, arcs inside aside. */
static uint8_t block_state(const solve_state *s, order_run run)
{
    const order_state *o = s->order;
    if (s->state[run.first] == SOLVE_LOOP_UNFED) /* marked while solving */
        return SOLVE_LOOP_UNFED;
    uint8_t worst = SOLVE_UNFED;
    for (cef_index k = run.first; k < run.first + run.count; k++) {
        if (s->flow->source[k].mw > 0.0)
            return SOLVE_FED;
        for (cef_index a = o->arc_start[k]; a < o->arc_start[k + 1]; a++) {
            const cef_index from = o->arc_source[a];
            if (from >= run.first)
                continue;
            if (s->state[from] == SOLVE_FED)
                return SOLVE_FED;
            if (s->state[from] > worst)
                worst = s->state[from];
        }
    }
    return worst;
}

/* A bus without throughput stays "fed" unless it sends: being dead is no fault. */
void solve_mark_unfed(solve_state *s)
{
    const order_state *o = s->order;
    for (cef_index r = 0; s->unfed && r < o->n_run; r++) {
        const order_run run = o->run[r];
        const uint8_t whole = run.inflows < 0 ? block_state(s, run) : SOLVE_FED;
        for (cef_index k = run.first; k < run.first + run.count; k++)
            s->state[k] = run.inflows < 0 ? whole : state_at(s, k);
    }
}
