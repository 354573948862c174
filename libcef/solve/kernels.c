/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of room solve: eight buses of a run side by side, solved and at once verified by their sums. Each bus sums
 * its arcs in arc order, as sweep_each does. */
#include "solve/kernels.h"

#include "lanes/lanes.h"
#include "solve/verify.h"

typedef struct {
    lanes residual, scale, u, u_scale;
} verify_rows8;

typedef struct { /* limits below which a row cannot be the worst, whatever way the comparison rounds */
    lanes ratio, backward;
} verify_limits;

LANES_INLINE verify_limits limits_of(const solve_check *check)
{
    return (verify_limits){lanes_all(check->ratio * (1.0 - 0x1p-50)), lanes_all(check->backward * (1.0 - 0x1p-50))};
}

typedef struct {
    double size[LANES], u[LANES], residual[LANES], scale[LANES];
} verify_worst8;

/* Out of line: few rows are the worst so far. */
static __attribute__((noinline, cold)) void note_worst(const verify_worst8 *rows, uint64_t look, solve_check *check)
{
    for (int k = 0; k < LANES; k++)
        if ((look >> (8 * k)) & 1) {
            verify_worst(rows->size[k], rows->u[k], &check->ratio);
            verify_worst(rows->residual[k], rows->scale[k], &check->backward);
        }
}

/* Only rows that may be the worst so far are divided. */
LANES_INLINE void take_eight(verify_rows8 rows, lanes gamma, lane_mask live, verify_limits *limits, solve_check *check)
{
    const lanes u = lanes_sub(rows.u, lanes_mul(gamma, rows.u_scale)), residual = lanes_abs(rows.residual);
    const lanes size = lanes_add(residual, lanes_mul(gamma, rows.scale));
    const lane_mask fine = mask_and(lanes_at_most(size, lanes_mul(limits->ratio, u)),
                                    lanes_at_most(residual, lanes_mul(limits->backward, rows.scale)));
    const lane_mask passes = mask_without(live, lanes_same(rows.scale, lanes_all(0.0)));
    const lane_mask look = mask_without(passes, fine);
    if (!mask_any(look))
        return;
    verify_worst8 worst;
    lanes_store(worst.size, size);
    lanes_store(worst.u, u);
    lanes_store(worst.residual, residual);
    lanes_store(worst.scale, rows.scale);
    note_worst(&worst, mask_bytes(look), check);
    *limits = limits_of(check);
}

enum { AHEAD = 48 }; /* arcs; the slots behind the last ones lead to place 0 */
enum { PLACES_AHEAD = 128, SLOTS_AHEAD = 256, LINE = 64 };

LANES_INLINE void fetch_upstream(const solve_view *s, cef_index slot)
{
    lanes_fetch(s->source + slot, SLOTS_AHEAD * sizeof *s->source);
    for (int k = 0; k < LANES; k++)
        lanes_fetch(&s->value[s->source[slot + AHEAD + k]], 0);
}

/* Values too, though they are written. */
LANES_INLINE void fetch_rows(const solve_view *s, cef_index place, cef_index slot, int inflows)
{
    for (size_t k = 0; k < LANES * sizeof *s->value; k += LINE)
        lanes_fetch(s->value + place, PLACES_AHEAD * sizeof *s->value + k);
    for (size_t k = 0; k < LANES * sizeof *s->injected; k += LINE)
        lanes_fetch(s->injected + place, PLACES_AHEAD * sizeof *s->injected + k);
    lanes_fetch(s->power + place, 2 * PLACES_AHEAD * sizeof *s->power);
    for (int i = 0; i < inflows; i++)
        lanes_fetch(s->carry + slot, (size_t) (SLOTS_AHEAD + LANES * i) * sizeof *s->carry);
}

/* What all runs have in common, at hand. */
typedef struct {
    solve_view view;
    const uint8_t *sends;
    lanes part, gamma;
    verify_limits limits;
    solve_check *check;
    lane_mask unfed; /* some bus sends without inflow and generation */
} sweep_pass;

/* inflows is a constant at every call: the loops over arcs unroll. */
LANES_INLINE void sweep_alike(sweep_pass *pass, order_run run, int inflows, int fetch)
{
    const lanes zero = lanes_all(0.0);
    const solve_view *s = &pass->view;
    const double *value = &s->value[0].x;
    for (cef_index k = 0; k < run.count; k += LANES) {
        if (fetch != SOLVE_FETCH_NOT)
            fetch_rows(s, run.first + k, run.arc + k * inflows, inflows);
        lanes mw, carbon;
        lanes_load_pairs(&s->injected[run.first + k].mw, &mw, &carbon);
        lanes sum = lanes_greater(lanes_mul(pass->part, carbon), zero), power = mw, upstream = zero, spread = zero;
        for (int i = 0; i < inflows; i++) {
            const cef_index slot = run.arc + k * inflows + i;
            lanes from, reach;
            if (fetch == SOLVE_FETCH_UPSTREAM)
                fetch_upstream(s, slot - i + LANES * i);
            const lanes w = lanes_load_every(s->carry + slot, inflows);
            lanes_pick_pairs_every(value, s->source + slot, inflows, &from, &reach);
            const lanes flows = lanes_mul(w, from);
            sum = lanes_add(sum, flows);
            spread = lanes_add(spread, lanes_mul(reach, flows));
            upstream = lanes_greater(reach, upstream);
            power = lanes_add(power, w);
        }
        const lane_mask fed = lanes_less(zero, power);
        const lanes divisor = lanes_select(fed, power, lanes_all(1.0));
        const lanes x = lanes_where(fed, lanes_div(sum, divisor));
        const lanes reach = lanes_where(lanes_less(zero, x), lanes_add(upstream, lanes_all(1.0)));
        /* the lanes past the run's end are places not solved yet */
        lanes_store_pairs(&s->value[run.first + k].x, x, reach);
        lanes_store(s->power + run.first + k, power);
        const lanes passed = lanes_mul(x, power), v = lanes_mul(reach, passed);
        const verify_rows8 rows = {lanes_sub(sum, passed), lanes_add(sum, passed), lanes_sub(v, spread),
                                   lanes_add(v, spread)};
        const lane_mask live = mask_first(run.count - k);
        take_eight(rows, pass->gamma, live, &pass->limits, pass->check);
        if (inflows == 0)
            pass->unfed = mask_or(pass->unfed,
                                  mask_without(mask_without(live, fed), bytes_equal(pass->sends + run.first + k, 0)));
    }
}

LANES_INLINE void sweep_run(sweep_pass *pass, order_run run, int fetch)
{
    switch (run.inflows) {
    case 0: sweep_alike(pass, run, 0, fetch); break;
    case 1: sweep_alike(pass, run, 1, fetch); break;
    case 2: sweep_alike(pass, run, 2, fetch); break;
    case 3: sweep_alike(pass, run, 3, fetch); break;
    case 4: sweep_alike(pass, run, 4, fetch); break;
    default: sweep_alike(pass, run, 5, fetch); break;
    }
}

LANES_INLINE cef_index sweep_runs(const solve_view *s, cef_index r, solve_check *check, bool *unfed, int fetch)
{
    const order_run *run = s->order->run;
    const cef_index n_run = s->order->n_run;
    sweep_pass pass = {.view = *s,
                       .sends = s->order->sends,
                       .part = lanes_all(s->negative_part ? -1.0 : 1.0),
                       .gamma = lanes_all(s->gamma),
                       .limits = limits_of(check),
                       .check = check,
                       .unfed = mask_first(0)};
    for (; r < n_run && (uint32_t) run[r].inflows < ORDER_GENERAL; r++)
        sweep_run(&pass, run[r], fetch);
    *unfed |= mask_any(pass.unfed);
    return r;
}

static cef_index sweep(const solve_view *s, cef_index run, solve_check *check, bool *unfed)
{
    if (s->fetch == SOLVE_FETCH_UPSTREAM)
        return sweep_runs(s, run, check, unfed, SOLVE_FETCH_UPSTREAM);
    if (s->fetch == SOLVE_FETCH_ROWS)
        return sweep_runs(s, run, check, unfed, SOLVE_FETCH_ROWS);
    return sweep_runs(s, run, check, unfed, SOLVE_FETCH_NOT);
}

const solve_kernels KERNEL(solve_kernels) = {sweep};
