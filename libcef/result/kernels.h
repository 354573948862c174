/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room result: what is compiled once per instruction set. */
#ifndef CEF_RESULT_KERNELS_H
#define CEF_RESULT_KERNELS_H

#include "lanes/lanes.h"
#include "result/result.h"

typedef struct { /* what is found on the way over buses, lane by lane */
    double bound[LANES], residual_bound[LANES], least[LANES], most[LANES], smallest[LANES];
    double residual_carbon[LANES]; /* tCO2/h: imbalance x intensity, undefined ones at 0 */
    double balance;
    cef_index worst, undefined, unfed, imbalanced;
} bus_survey;

typedef struct { /* tCO2/h lost on branches */
    double arcs[LANES], loads;
} branch_sums;

typedef struct { /* tCO2/h over generators or loads */
    double injected[LANES], withdrawn[LANES], exported[LANES];
} element_sums;

/* Branches in sending form, and no losses to be charged by island. */
static inline bool result_is_plain(const result_state *r) { return flow_arcs_are_received(r->flow) && !r->island_loss; }

static inline double result_loss(const branch_sums *sums) { return lanes_total(sums->arcs) + sums->loads; }

static inline element_totals result_total(const element_sums *sums)
{
    return (element_totals){lanes_total(sums->injected), lanes_total(sums->withdrawn), lanes_total(sums->exported)};
}

/* Carbon of the loss loads at either end of a branch with code FLOW_LOSS, tCO2/h, at these intensities. A branch from
 * a bus to itself that draws net power is booked end by end, as it is measured. */
static inline void result_loss_carbon(const result_state *r, cef_index b, double x_from, double x_to, double *at_from,
                                      double *at_to)
{
    const flow_state *flow = r->flow;
    const cef_index from = flow->net->branch_from[b], to = flow->net->branch_to[b];
    flow_branch_loss(flow, b, at_from, at_to);
    if (from == to && *at_from > 0.0) {
        *at_from = flow_end(flow->p_from[b], flow->settings->flow_tol);
        *at_to = flow_end(flow_other_end(flow->p_from, flow->p_to, b), flow->settings->flow_tol);
    }
    *at_from *= result_defined(x_from);
    *at_to *= result_defined(x_to);
}

/* Where tables that are walked find a bus. */
static inline bool result_in_lines(const result_state *r) { return r->walked && r->scattered; }
static inline double *result_intensities(const result_state *r) { return result_in_lines(r) ? r->met : r->intensity; }
static inline double *result_imbalances(const result_state *r)
{
    return result_in_lines(r) ? r->met + RESULT_FOUR : r->flow->imbalance;
}
static inline size_t result_place(const result_state *r, cef_index bus)
{
    return result_in_lines(r) ? result_at(bus) : (size_t) bus;
}

/* All take rows from a multiple of LANES on and add to the sums, lane by lane: what a sum is does not depend on where
 * the rows are parted. */
struct result_kernels {
    /* Buses, where no intensity is negative, none unfed, nothing served locally and no mismatch unit added; all as if
     * outside loops. Imbalances that are summed late start as throughputs. */
    void (*buses)(const result_state *r, const cef_solution *out, bus_survey *all, flow_rows rows);
    /* Branches in sending form. This and the next two: if r->walked, what is drawn is taken from
     * the buses' imbalances, where those are summed late. */
    void (*branches)(const result_state *r, const cef_snapshot *s, const cef_solution *out, branch_sums *sums,
                     flow_rows rows);
    /* carbon [n_gen], [n_load], or NULL. Loads: without what prorata adds. */
    void (*gens)(const result_state *r, const cef_snapshot *s, double *carbon, element_sums *sums, flow_rows rows);
    void (*loads)(const result_state *r, const cef_snapshot *s, double *carbon, element_sums *sums, flow_rows rows);
    /* Of the same buses as the first, once imbalances are complete: what they miss, and flags. */
    void (*balance)(const result_state *r, const cef_solution *out, bus_survey *all, flow_rows rows);
};
/* Buses, branches, units and loads on one walk; fills r->loss, gens and loads. */
void result_walk(result_state *r, const cef_snapshot *s, const cef_solution *out, bus_survey *all);
/* Imbalances summed late, where nothing else goes over all elements. */
void result_balance(const result_state *r, const cef_snapshot *s);

#ifdef CEF_WIDTH
void KERNEL(result_branches)(const result_state *r, const cef_snapshot *s, const cef_solution *out, branch_sums *sums,
                             flow_rows rows);
void KERNEL(result_gens)(const result_state *r, const cef_snapshot *s, double *carbon, element_sums *sums,
                         flow_rows rows);
void KERNEL(result_loads)(const result_state *r, const cef_snapshot *s, double *carbon, element_sums *sums,
                          flow_rows rows);
#endif
extern const result_kernels result_kernels_portable, result_kernels_avx2, result_kernels_avx512;

#endif /* CEF_RESULT_KERNELS_H */
