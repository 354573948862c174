/* SPDX-License-Identifier: Apache-2.0 */
/* Random grids whose solution is known: voltages are chosen first, injections follow from them. Island A has the
 * reference at bus 0; B (ELECTRIC_ISLANDS) has none, its largest unit stands at its first bus; C has no unit and is
 * dead. Isolated buses come last. Nothing here is a double that must be exact: the checks have tolerances. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "electric.h"

typedef struct {
    dice *d;
    electric *g;
    unsigned options;
    bool dc;
    cef_index end_a, end_b, end_c; /* buses 0..end_a-1 are A's, and so on; then isolated ones */
    double *need_p, *need_q;       /* [n_bus] MW, MVAr that branches and shunts take */
} work;

static double between(dice *d, double low, double high) { return low + (high - low) * dice_unit(d); }
static bool has(const work *w, unsigned option) { return (w->options & option) != 0; }

/* ---- branches ---- */
static cef_index some_branch(work *w, cef_index from, cef_index to)
{
    const double x = between(w->d, 0.05, 0.3), r = x * between(w->d, 0.02, 0.4);
    const double charging = dice_chance(w->d, 0.4) ? between(w->d, 0.0, 0.1) : 0.0;
    const bool flip = dice_chance(w->d, 0.5);
    const cef_index k = electric_branch(w->g, flip ? to : from, flip ? from : to, r, x, charging);
    if (has(w, ELECTRIC_SHIFT) && dice_chance(w->d, 0.25)) {
        w->g->tap[k] = between(w->d, 0.93, 1.07);
        w->g->shift[k] = dice_chance(w->d, 0.5) ? between(w->d, -8.0, 8.0) : 0.0;
    }
    return k;
}

/* Connected tree of buses low..high-1, each to one of its eight predecessors, and half as many chords. */
static void wire(work *w, cef_index low, cef_index high)
{
    const cef_index n = high - low;
    for (cef_index k = 1; k < n + n / 2 && n > 1; k++) {
        const cef_index bus = k < n ? low + k : dice_between(w->d, low + 1, high - 1);
        const cef_index other = dice_between(w->d, bus - low > 8 ? bus - 8 : low, bus - 1);
        const cef_index branch = some_branch(w, other, bus);
        if (k >= n && has(w, ELECTRIC_CAPACITOR) && dice_chance(w->d, 0.15))
            w->g->x[branch] = -between(w->d, 0.5, 0.9);
        if (k >= n && has(w, ELECTRIC_OUTAGE) && dice_chance(w->d, 0.25)) {
            w->g->on[branch] = 0; /* and nothing of the row matters */
            w->g->r[branch] = dice_chance(w->d, 0.5) ? 0.0 : w->g->r[branch];
            w->g->x[branch] = w->g->r[branch] == 0.0 ? 0.0 : w->g->x[branch];
        }
        if (has(w, ELECTRIC_PARALLEL) && dice_chance(w->d, 0.15))
            some_branch(w, other, bus);
    }
}

/* Between buses of A and B, or within A: joins no island. */
static void add_hvdc(work *w)
{
    for (cef_index k = dice_between(w->d, 1, 3); k > 0; k--) {
        const cef_index to = w->end_b > w->end_a ? dice_between(w->d, w->end_a, w->end_b - 1) : 0;
        const cef_index branch = electric_branch(w->g, dice_below(w->d, w->end_a), to, NAN, NAN, NAN);
        const double p = between(w->d, -60.0, 60.0);
        w->g->hvdc[branch] = 1;
        w->g->tap[branch] = w->g->shift[branch] = NAN;
        w->g->p_from[branch] = p > 0.0 ? p : 0.96 * p;
        w->g->p_to[branch] = p > 0.0 ? -0.96 * p : -p;
        w->g->q_from[branch] = between(w->d, -10.0, 10.0), w->g->q_to[branch] = between(w->d, -10.0, 10.0);
        w->g->on[branch] = !(has(w, ELECTRIC_OUTAGE) && dice_chance(w->d, 0.3));
    }
}

/* ---- the state, and what it takes ---- */
static void choose_state(work *w)
{
    for (cef_index bus = 0; bus < w->end_b; bus++) {
        w->g->true_vm[bus] = w->dc ? 1.0 : between(w->d, 0.97, 1.03);
        w->g->true_va[bus] = between(w->d, -4.0, 4.0);
        if (has(w, ELECTRIC_SHUNT) && dice_chance(w->d, 0.25)) {
            w->g->gs[bus] = dice_chance(w->d, 0.5) ? between(w->d, -5.0, 5.0) : 0.0;
            w->g->bs[bus] = between(w->d, -20.0, 30.0);
        }
    }
}

static void dc_flow(const electric *g, cef_index k, double s[4])
{
    const double tap = g->tap[k] == 0.0 ? 1.0 : g->tap[k];
    const double angle = g->true_va[g->from[k]] - g->true_va[g->to[k]] - g->shift[k];
    s[0] = g->base_mva * angle * (M_PI / 180.0) / (g->x[k] * tap);
    s[2] = -s[0], s[1] = s[3] = 0.0;
}

static void add_needs(work *w)
{
    const electric *g = w->g;
    for (cef_index k = 0; k < g->n_branch; k++) {
        double s[4] = {g->p_from[k], g->q_from[k], g->p_to[k], g->q_to[k]};
        if (!g->on[k] || g->from[k] >= w->end_b || g->to[k] >= w->end_b)
            continue;
        if (!g->hvdc[k] && w->dc)
            dc_flow(g, k, s);
        else if (!g->hvdc[k])
            electric_flow(g, k, g->true_vm, g->true_va, s);
        w->need_p[g->from[k]] += s[0], w->need_q[g->from[k]] += s[1];
        w->need_p[g->to[k]] += s[2], w->need_q[g->to[k]] += s[3];
    }
    for (cef_index bus = 0; bus < w->end_b; bus++) {
        const double v2 = g->true_vm[bus] * g->true_vm[bus];
        w->need_p[bus] += g->gs[bus] * v2;
        w->need_q[bus] -= g->bs[bus] * v2;
    }
}

/* ---- units and loads ---- */
static cef_index unit(work *w, cef_index bus, double vg, double capacity)
{
    const cef_index k = electric_gen(w->g, bus, between(w->d, 5.0, 150.0), vg);
    w->g->capacity[k] = capacity;
    w->need_p[bus] -= w->g->gen_p[k];
    return k;
}

static void units_of_bus(work *w, cef_index bus, bool is_reference)
{
    const cef_index units = has(w, ELECTRIC_UNITS) ? dice_between(w->d, 1, 3) : 1;
    const bool capacities = !is_reference || bus > 0 || dice_chance(w->d, 0.7);
    w->g->bus_type[bus] = bus == 0 ? CEF_BUS_TYPE_REF : CEF_BUS_TYPE_PV;
    for (cef_index k = 0; k < units; k++) {
        const double vg = w->g->true_vm[bus] + (k + 1 < units && dice_chance(w->d, 0.2) ? 0.01 : 0.0);
        w->need_q[bus] -= between(w->d, -30.0, 60.0); /* what the unit will have to give */
        unit(w, bus, vg, !capacities ? 0.0 : is_reference && bus > 0 && k == 0 ? 1000.0 : between(w->d, 50.0, 400.0));
    }
    if (has(w, ELECTRIC_OUTAGE) && dice_chance(w->d, 0.3)) {
        const cef_index off = electric_gen(w->g, bus, 500.0, 1.3);
        w->g->gen_on[off] = 0, w->g->capacity[off] = 5000.0;
    }
}

/* A PQ bus may have a unit of given power, or the type PV and no running unit. */
static void odd_units(work *w, cef_index bus)
{
    if (!has(w, ELECTRIC_UNITS))
        return;
    if (dice_chance(w->d, 0.2)) {
        const cef_index k = unit(w, bus, 1.25, 10.0);
        w->g->gen_q[k] = between(w->d, -10.0, 10.0);
        w->need_q[bus] -= w->g->gen_q[k];
    } else if (dice_chance(w->d, 0.2)) {
        w->g->bus_type[bus] = CEF_BUS_TYPE_PV;
        if (dice_chance(w->d, 0.5))
            w->g->gen_on[electric_gen(w->g, bus, 77.0, 1.2)] = 0;
    }
}

static void loads_of_bus(work *w, cef_index bus)
{
    electric *g = w->g;
    const double first = dice_chance(w->d, 0.3) ? between(w->d, -20.0, 60.0) : 0.0;
    if (dice_chance(w->d, 0.2)) {
        g->bus_q[bus] = between(w->d, -5.0, 5.0);
        w->need_q[bus] += g->bus_q[bus];
    }
    if (first != 0.0)
        electric_load(g, bus, first, 0.3 * first);
    electric_load(g, bus, -w->need_p[bus] - first, -w->need_q[bus] - 0.3 * first);
}

static void equip(work *w)
{
    for (cef_index bus = 0; bus < w->end_b; bus++) {
        const bool is_reference = bus == 0 || bus == w->end_a;
        if (is_reference || dice_chance(w->d, 0.3))
            units_of_bus(w, bus, is_reference);
        else
            odd_units(w, bus);
        loads_of_bus(w, bus);
    }
    for (cef_index bus = w->end_b; bus < w->g->n_bus; bus++) { /* dead, isolated */
        electric_load(w->g, bus, 30.0, 10.0);
        w->g->bus_type[bus] = bus < w->end_c ? CEF_BUS_TYPE_PQ : CEF_BUS_TYPE_ISOLATED;
        if (bus >= w->end_c) {
            electric_gen(w->g, bus, 40.0, 1.0);
            some_branch(w, dice_below(w->d, w->end_a), bus);
        }
    }
}

/* ---- slack: schedules miss by what the slack must bring back ---- */
static void choose_shares(work *w)
{
    w->g->has_shares = has(w, ELECTRIC_SHARES);
    for (cef_index k = 0; k < w->g->n_gen && w->g->has_shares; k++)
        if (w->g->gen_bus[k] < w->end_a) /* B has none: it falls back on its reference */
            w->g->share[k] = dice_chance(w->d, 0.4) ? 0.0 : between(w->d, 0.5, 3.0);
}

static double weight_of(const work *w, cef_index k, cef_index low, cef_index high, int rule)
{
    const electric *g = w->g;
    if (g->gen_bus[k] < low || g->gen_bus[k] >= high || !g->gen_on[k])
        return 0.0;
    if (rule == 0)
        return g->has_shares ? g->share[k] : 0.0;
    return g->gen_bus[k] != low ? 0.0 : rule == 1 ? g->capacity[k] : 1.0;
}

/* Rules in their order: stated shares; capacities at the reference; equal parts there. */
static void unbalance(work *w, cef_index low, cef_index high)
{
    const double slack = between(w->d, -40.0, 60.0);
    double sum = 0.0;
    int rule = -1;
    while (sum <= 0.0 && rule < 2) {
        rule++;
        for (cef_index k = 0; k < w->g->n_gen; k++)
            sum += weight_of(w, k, low, high, rule);
    }
    for (cef_index k = 0; k < w->g->n_gen; k++)
        w->g->gen_p[k] -= slack * weight_of(w, k, low, high, rule) / sum;
    w->g->true_slack += slack;
}

static void choose_start(work *w, double far)
{
    electric *g = w->g;
    for (cef_index bus = 0; bus < g->n_bus; bus++) {
        const bool is_reference = bus == 0 || (bus == w->end_a && w->end_b > w->end_a);
        g->vm0[bus] = bus < w->end_b ? g->true_vm[bus] + between(w->d, -far, far) : 1.0;
        g->va0[bus] = g->true_va[bus] + (is_reference ? 0.0 : 57.3 * between(w->d, -far, far));
    }
}

static electric make(dice *d, cef_index n_bus, unsigned options, double far, bool dc)
{
    electric g = electric_make(n_bus, 4 * n_bus + 8, 4 * n_bus + 4, 4 * n_bus);
    work w = {.d = d, .g = &g, .options = options, .dc = dc};
    w.end_c = n_bus - (has(&w, ELECTRIC_ISOLATED) && n_bus > 6 ? 2 : 0);
    w.end_b = w.end_c - (has(&w, ELECTRIC_ISLANDS) && n_bus > 12 ? 3 : 0);
    w.end_a = w.end_b - (has(&w, ELECTRIC_ISLANDS) && n_bus > 12 ? w.end_b / 3 : 0);
    w.need_p = calloc(2 * (size_t) n_bus, sizeof *w.need_p);
    if (!w.need_p)
        abort();
    w.need_q = w.need_p + n_bus;
    wire(&w, 0, w.end_a);
    wire(&w, w.end_a, w.end_b);
    wire(&w, w.end_b, w.end_c);
    if (has(&w, ELECTRIC_HVDC))
        add_hvdc(&w);
    choose_state(&w);
    add_needs(&w);
    equip(&w);
    electric_shunt_rows(&g);
    choose_shares(&w);
    unbalance(&w, 0, w.end_a);
    if (w.end_b > w.end_a)
        unbalance(&w, w.end_a, w.end_b);
    choose_start(&w, far);
    free(w.need_p);
    return g;
}

electric random_electric(dice *d, cef_index n_bus, unsigned options, double far)
{
    return make(d, n_bus, options, far, false);
}

electric random_electric_dc(dice *d, cef_index n_bus, unsigned options) { return make(d, n_bus, options, 0.0, true); }
