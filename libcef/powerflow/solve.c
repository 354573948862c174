/* SPDX-License-Identifier: Apache-2.0 */
/* One operating point: starts in order, Newton, reactive limits, polishing; or DC. */
#include <time.h>

#include "parts.h"

#define MAX_LIMIT_ROUNDS 40
#define N_STARTS 4

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

/* ---- starts ---- */

static void start_at(cef_powerflow *pf, cef_index bus, double vm, double va)
{
    const bool live = pf->island[bus] >= 0, held = pf->q_index[bus] < 0 || pf->held[bus];
    pf->vm[bus] = !live ? 0.0 : held ? pf->vm_set[bus] : vm;
    pf->va[bus] = live ? va : 0.0;
}

static newton_outcome start_from(cef_powerflow *pf, int32_t start)
{
    newton_outcome outcome = NEWTON_CONVERGED;
    if (start == CEF_START_DC)
        outcome = powerflow_solve_dc(pf); /* fills va */
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        const cef_index island = pf->island[bus];
        const double reference = island < 0 ? 0.0 : pf->va0[pf->reference[island]];
        switch (start) {
        case CEF_START_STORED: start_at(pf, bus, pf->vm0[bus], pf->va0[bus]); break;
        case CEF_START_FLAT: start_at(pf, bus, 1.0, reference); break;
        case CEF_START_DC: start_at(pf, bus, 1.0, pf->va[bus]); break;
        default: start_at(pf, bus, pf->vm_last[bus], pf->va_last[bus]); break;
        }
    }
    return outcome;
}

/* The start asked for, then, if wanted, those not tried yet. Returns their number. */
static int list_starts(const cef_powerflow *pf, int32_t starts[N_STARTS])
{
    const int32_t others[] = {CEF_START_STORED, CEF_START_DC, CEF_START_FLAT};
    const bool no_last = pf->options.start == CEF_START_PREVIOUS && !pf->has_last;
    int n = 0;
    starts[n++] = no_last ? CEF_START_STORED : pf->options.start;
    for (int k = 0; pf->options.fallback && k < 3; k++)
        if (others[k] != starts[0])
            starts[n++] = others[k];
    return n;
}

/* ---- one start ---- */

static newton_outcome solve_with_limits(cef_powerflow *pf, powerflow_mismatch *now, cef_powerflow_info *info)
{
    for (int round = 0;; round++) {
        const newton_outcome outcome = powerflow_newton(pf, now, info);
        if (outcome != NEWTON_CONVERGED || !pf->options.reactive_limits || !powerflow_apply_limits(pf))
            return outcome;
        if (round == MAX_LIMIT_ROUNDS)
            return NEWTON_DIVERGED;
        *now = powerflow_evaluate(pf);
    }
}

static newton_outcome try_start(cef_powerflow *pf, int32_t start, powerflow_mismatch *now, cef_powerflow_info *info)
{
    info->start = start;
    info->iterations = info->polish_steps = info->n_halvings = 0;
    powerflow_reset_limits(pf);
    const newton_outcome started = start_from(pf, start);
    *now = powerflow_evaluate(pf);
    if (started != NEWTON_CONVERGED)
        return started;
    const newton_outcome outcome = solve_with_limits(pf, now, info);
    if (outcome != NEWTON_CONVERGED || !pf->options.polish)
        return outcome;
    const newton_outcome polished = powerflow_polish(pf, now, info);
    return polished == NEWTON_SINGULAR ? NEWTON_CONVERGED : polished; /* it had converged before */
}

static void copy_state(const cef_powerflow *pf, double *vm, double *va)
{
    memcpy(vm, pf->vm, (size_t) pf->net->n_bus * sizeof *vm);
    memcpy(va, pf->va, (size_t) pf->net->n_bus * sizeof *va);
}

/* ---- AC and DC ---- */

/* Pivots are chosen at the stored state; Newton keeps them unless they fail, and then they are chosen anew here before
 * the next solve. So a result depends on its own injections alone. A singular stored state leaves the choice to Newton.
 */
static newton_outcome choose_pivots(cef_powerflow *pf)
{
    if (pf->has_pivots)
        return NEWTON_CONVERGED;
    powerflow_reset_limits(pf);
    (void) start_from(pf, CEF_START_STORED);
    (void) powerflow_evaluate(pf);
    powerflow_fill_jacobian(pf);
    const lu_outcome factored = lu_factor(pf->jacobian.lu, pf->jacobian.value);
    pf->has_pivots = factored == LU_OK;
    return factored == LU_NO_MEMORY ? NEWTON_NO_MEMORY : NEWTON_CONVERGED;
}

static newton_outcome solve_ac(cef_powerflow *pf, powerflow_mismatch *now, cef_powerflow_info *info)
{
    int32_t starts[N_STARTS];
    const int n = list_starts(pf, starts);
    powerflow_mismatch best = {.largest = HUGE_VAL, .worst_bus = -1};
    cef_powerflow_info best_info = *info;
    newton_outcome outcome = choose_pivots(pf), first = NEWTON_DIVERGED;
    if (outcome != NEWTON_CONVERGED)
        return outcome;
    for (int k = 0; k < n; k++) {
        outcome = try_start(pf, starts[k], now, info);
        if (outcome == NEWTON_CONVERGED || outcome == NEWTON_NO_MEMORY)
            return outcome;
        first = k == 0 ? outcome : first;
        if (now->largest < best.largest || k == 0) {
            best = *now;
            best_info = *info;
            copy_state(pf, pf->vm_best, pf->va_best);
        }
    }
    memcpy(pf->vm, pf->vm_best, (size_t) pf->net->n_bus * sizeof *pf->vm);
    memcpy(pf->va, pf->va_best, (size_t) pf->net->n_bus * sizeof *pf->va);
    *info = best_info;
    *now = powerflow_evaluate(pf);
    return first;
}

static powerflow_mismatch measure_dc(const cef_powerflow *pf)
{
    powerflow_mismatch m = {0.0, 0.0, -1};
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        const double missing = pf->island[bus] < 0 ? 0.0 : fabs(powerflow_p_missing(pf, bus));
        if (pf->island[bus] >= 0 && (m.worst_bus < 0 || !(missing <= m.largest)))
            m = (powerflow_mismatch){missing, missing, bus};
    }
    return m;
}

static newton_outcome solve_dc(cef_powerflow *pf, powerflow_mismatch *now)
{
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++)
        pf->vm[bus] = pf->island[bus] >= 0 ? 1.0 : 0.0;
    const newton_outcome outcome = powerflow_solve_dc(pf);
    *now = measure_dc(pf);
    return outcome;
}

/* ---- what to say ---- */

static cef_status say_singular(const cef_powerflow *pf, cef_error *error)
{
    const bool dc = pf->options.method == CEF_POWERFLOW_DC;
    const cef_index column = lu_singular_column(dc ? pf->dc.lu : pf->jacobian.lu);
    cef_index bus = -1;
    if (column >= 0 && !dc)
        bus = pf->unknown_bus[column];
    for (cef_index k = 0; column >= 0 && dc && k < pf->net->n_bus; k++)
        if (pf->dc_index[k] == column)
            bus = k;
    if (bus < 0)
        return error_set(error, DIAG_SINGULAR_GRID, CEF_NOWHERE, "the equations of the power flow are singular");
    return error_format(error, DIAG_SINGULAR_GRID, CEF_AT(CEF_BUS, bus, pf->net->bus_id[bus], (double) NAN),
                        "the equations of the power flow are singular at bus %d: do reactances cancel near it?",
                        (int64_t) pf->net->bus_id[bus]);
}

/* Four digits are enough for a person. */
static double rounded(double v)
{
    const double scale = v != 0.0 && v - v == 0.0 ? pow(10.0, 3.0 - floor(log10(fabs(v)))) : 1.0;
    return scale > 0.0 && scale < HUGE_VAL ? round(v * scale) / scale : v;
}

static cef_status say_diverged(const cef_powerflow *pf, const cef_powerflow_info *info, cef_error *error)
{
    const cef_index bus = info->worst_bus;
    const cef_id id = bus < 0 ? -1 : pf->net->bus_id[bus];
    return error_format(
        error, DIAG_DIVERGED, CEF_AT(CEF_BUS, bus, id, info->mismatch),
        "the AC power flow did not converge in %d iterations: bus %d misses by %g per unit (%g MVA); check "
        "loads, set points and outages near it",
        (int64_t) info->iterations, (int64_t) id, rounded(info->mismatch), rounded(info->mismatch * pf->base_mva));
}

static cef_status conclude(const cef_powerflow *pf, newton_outcome outcome, const cef_powerflow_info *info,
                           cef_error *error)
{
    switch (outcome) {
    case NEWTON_CONVERGED: return CEF_OK;
    case NEWTON_SINGULAR: return say_singular(pf, error);
    case NEWTON_NO_MEMORY:
        return error_set(error, DIAG_MEMORY, CEF_NOWHERE, "no memory for the factors of the power flow (KLU)");
    default: return say_diverged(pf, info, error);
    }
}

static void remember(cef_powerflow *pf)
{
    copy_state(pf, pf->vm_last, pf->va_last);
    pf->has_last = true;
}

cef_status powerflow_solve(cef_powerflow *pf, const cef_injections *injections, cef_powerflow_solution *solution,
                           cef_powerflow_info *info, cef_error *error)
{
    const double start = seconds();
    cef_powerflow_info own = {.struct_size = sizeof own, .start = pf->options.start};
    powerflow_mismatch now;
    memset(pf->at_limit, 0, (size_t) pf->net->n_bus);
    CEF_TRY(powerflow_read(pf, injections, error));
    const bool ac = pf->options.method == CEF_POWERFLOW_AC;
    const newton_outcome outcome = ac ? solve_ac(pf, &now, &own) : solve_dc(pf, &now);
    own.converged = outcome == NEWTON_CONVERGED;
    own.mismatch = now.largest;
    own.worst_bus = now.worst_bus;
    const cef_status status = conclude(pf, outcome, &own, error);
    if (status == CEF_OK || status == CEF_ERR_DIVERGED)
        powerflow_write(pf, injections, solution, &own);
    if (status == CEF_OK && ac)
        remember(pf);
    own.seconds = seconds() - start;
    if (info)
        struct_write(info, &own, sizeof own);
    return status;
}

/* ---- a state that is given ---- */

static cef_status take_state(cef_powerflow *pf, const double *bus_vm, const double *bus_va, cef_error *error)
{
    const bool ac = pf->options.method == CEF_POWERFLOW_AC;
    if ((ac && !bus_vm) || !bus_va)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "bus_vm or bus_va is NULL");
    for (cef_index bus = 0; bus < pf->net->n_bus; bus++) {
        const bool live = pf->island[bus] >= 0;
        pf->vm[bus] = !live ? 0.0 : ac ? bus_vm[bus] : 1.0;
        pf->va[bus] = live ? bus_va[bus] * RADIANS : 0.0;
        if (live && !(pf->vm[bus] > 0.0 && pf->vm[bus] <= 1e3 && fabs(pf->va[bus]) <= 1e9))
            return error_format(
                error, DIAG_OUT_OF_RANGE, CEF_AT(CEF_BUS, bus, pf->net->bus_id[bus], pf->vm[bus]),
                "the state of bus %d is %g per unit at %g degrees: a voltage is above 0, both are finite",
                (int64_t) pf->net->bus_id[bus], pf->vm[bus], bus_va[bus]);
    }
    return CEF_OK;
}

cef_status powerflow_evaluate_state(cef_powerflow *pf, const cef_injections *injections, const double *bus_vm,
                                    const double *bus_va, cef_powerflow_solution *solution, cef_powerflow_info *info,
                                    cef_error *error)
{
    const double start = seconds();
    cef_powerflow_info own = {.struct_size = sizeof own, .start = pf->options.start};
    memset(pf->at_limit, 0, (size_t) pf->net->n_bus);
    CEF_TRY(powerflow_read(pf, injections, error));
    CEF_TRY(take_state(pf, bus_vm, bus_va, error));
    powerflow_reset_limits(pf);
    powerflow_mismatch now;
    if (pf->options.method == CEF_POWERFLOW_AC) {
        now = powerflow_evaluate(pf);
    } else {
        powerflow_dc_slack(pf);
        powerflow_sum_dc(pf);
        now = measure_dc(pf);
    }
    own.mismatch = now.largest;
    own.worst_bus = now.worst_bus;
    own.converged = now.largest <= pf->options.tolerance;
    powerflow_write(pf, injections, solution, &own);
    own.seconds = seconds() - start;
    if (info)
        struct_write(info, &own, sizeof own);
    return CEF_OK;
}
