/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of room solve: eight buses of a run side by side, solved and at once verified: their data is still in
 * registers. Each bus sums its arcs in arc order, as sweep_each and verify_rows do. */
#include "solve/kernels.h"

#include "lanes/lanes.h"
#include "solve/verify.h"

typedef struct {
    lanes residual, scale, u, u_scale;
} verify_rows8;

typedef struct { /* limits below which a row cannot be the worst, whatever way the comparison rounds */
    double ratio, backward;
} verify_limits;

static verify_limits limits_of(const solve_check *check)
{
    return (verify_limits){check->ratio * (1.0 - 0x1p-50), check->backward * (1.0 - 0x1p-50)};
}

/* Few rows are the worst so far: only they are divided. */
LANES_INLINE void take_eight(verify_rows8 rows, double gamma, lane_mask live, verify_limits *limits, solve_check *check)
{
    const lanes u = rows.u - lanes_all(gamma) * rows.u_scale, residual = lanes_abs(rows.residual);
    const lanes size = residual + lanes_all(gamma) * rows.scale;
    const lane_mask fine = mask_and(lanes_at_most(size, lanes_all(limits->ratio) * u),
                                    lanes_at_most(residual, lanes_all(limits->backward) * rows.scale));
    const lane_mask passes = mask_without(live, lanes_same(rows.scale, lanes_all(0.0)));
    const lane_mask look = mask_without(passes, fine);
    if (!mask_any(look))
        return;
    for (int k = 0; k < LANES; k++)
        if (mask_at(look, k)) {
            verify_worst(size[k], u[k], &check->ratio);
            verify_worst(residual[k], rows.scale[k], &check->backward);
        }
    *limits = limits_of(check);
}

/* inflows is a constant at every call: the loops over arcs unroll and nothing they read leaves the registers. */
LANES_INLINE void sweep_alike(const solve_view *s, order_run run, solve_check *check, int inflows)
{
    const lanes zero = lanes_all(0.0), part = lanes_all(s->negative_part ? -1.0 : 1.0);
    const double gamma = s->gamma;
    const double *value = &s->value[0].x;
    verify_limits limits = limits_of(check);
    for (cef_index k = 0; k < run.count; k += LANES) {
        lanes mw, carbon, w[5], x_from[5], v_from[5];
        lanes_load_pairs(&s->injected[run.first + k].mw, &mw, &carbon);
        carbon = lanes_greater(part * carbon, zero);
        lanes sum = carbon, power = mw, upstream = zero;
        for (int i = 0; i < inflows; i++) {
            const cef_index slot = run.arc + i * run.count + k;
            lanes reach;
            w[i] = lanes_pick(s->carry, s->branch + slot);
            lanes_pick2(value, s->source + slot, &x_from[i], &reach);
            v_from[i] = reach * x_from[i];
            sum += w[i] * x_from[i];
            upstream = lanes_greater(reach, upstream);
            power += w[i];
        }
        const lane_mask fed = lanes_less(zero, power);
        const lanes divisor = lanes_select(fed, power, lanes_all(1.0));
        const lanes x = lanes_where(fed, sum / divisor);
        const lanes reach = lanes_where(lanes_less(zero, x), upstream + lanes_all(1.0)), v = reach * x;
        /* the lanes past the run's end are places not solved yet */
        lanes_store4(&s->value[run.first + k].x, x, reach, power, lanes_load(s->prior + run.first + k));
        verify_rows8 rows = {carbon - mw * x, carbon + mw * x, mw * v, mw * v};
        for (int i = 0; i < inflows; i++) {
            rows.residual += w[i] * (x_from[i] - x);
            rows.scale += w[i] * (x_from[i] + x);
            rows.u += w[i] * (v - v_from[i]);
            rows.u_scale += w[i] * (v + v_from[i]);
        }
        take_eight(rows, gamma, mask_first(run.count - k), &limits, check);
    }
}

static void sweep(const solve_view *s, order_run run, solve_check *check)
{
    switch (run.inflows) {
    case 0: sweep_alike(s, run, check, 0); break;
    case 1: sweep_alike(s, run, check, 1); break;
    case 2: sweep_alike(s, run, check, 2); break;
    case 3: sweep_alike(s, run, check, 3); break;
    case 4: sweep_alike(s, run, check, 4); break;
    default: sweep_alike(s, run, check, 5); break;
    }
}

static void bound(const double *roundings, double *prior, cef_index n)
{
    for (cef_index k = 0; k < n; k += LANES) {
        const lanes ku = lanes_load(roundings + k) * lanes_all(0x1p-53);
        const lane_mask claimed = lanes_less(ku, lanes_all(0.5));
        lanes_store(prior + k, lanes_select(claimed, ku / (lanes_all(1.0) - ku), lanes_all(INFINITY)));
    }
}

const solve_kernels KERNEL(solve_kernels) = {bound, sweep};
