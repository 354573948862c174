/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room result: what is compiled once per instruction set. */
#ifndef CEF_RESULT_KERNELS_H
#define CEF_RESULT_KERNELS_H

#include "result/result.h"

typedef struct { /* what is found on the way over all buses */
    double bound, residual_bound, balance, least, most, smallest;
    double residual_carbon; /* tCO2/h: imbalance x intensity, undefined ones at 0 */
    cef_index worst, undefined, unfed, imbalanced;
} bus_survey;

typedef struct { /* tCO2/h over generators or loads */
    double injected, withdrawn, exported;
} element_totals;

/* Carbon of the loss loads at either end of a branch with code FLOW_LOSS, tCO2/h. A branch from a bus to itself that
 * draws net power is booked end by end, as it is measured. */
static inline void result_loss_carbon(const result_state *r, cef_index b, double *at_from, double *at_to)
{
    const flow_state *flow = r->flow;
    const cef_index from = flow->net->branch_from[b], to = flow->net->branch_to[b];
    flow_branch_loss(flow, b, at_from, at_to);
    if (from == to && *at_from > 0.0) {
        *at_from = flow_end(flow->p_from[b], flow->settings->flow_tol);
        *at_to = flow_end(flow_other_end(flow->p_from, flow->p_to, b), flow->settings->flow_tol);
    }
    *at_from *= result_defined(r->intensity[from]);
    *at_to *= result_defined(r->intensity[to]);
}

struct result_kernels {
    /* All buses, where no intensity is negative, none unfed, nothing served locally and no mismatch unit added. */
    void (*buses)(const result_state *r, const cef_solution *out, bus_survey *all);
    /* All branches in sending form; returns the loss carbon. */
    double (*branches)(const result_state *r, const cef_snapshot *s, const cef_solution *out);
    /* carbon [n_gen], [n_load], or NULL. Loads: without what prorata adds. */
    element_totals (*gens)(const result_state *r, const cef_snapshot *s, double *carbon);
    element_totals (*loads)(const result_state *r, const cef_snapshot *s, double *carbon);
};
extern const result_kernels result_kernels_portable, result_kernels_avx2, result_kernels_avx512;

#endif /* CEF_RESULT_KERNELS_H */
