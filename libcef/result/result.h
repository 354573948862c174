/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room result: from priced buses to carbon on branches, units and loads, totals and the certificate. */
#ifndef CEF_RESULT_RESULT_H
#define CEF_RESULT_RESULT_H

#include "solve/solve.h"

typedef struct result_kernels result_kernels;

typedef struct { /* tCO2/h over generators or loads */
    double injected, withdrawn, exported;
} element_totals;

/* Where branches, units and loads meet many buses in no order, what they ask of a bus lies in one line with what they
 * take from it: intensities of four buses, NaN where undefined, then their imbalances, MW. */
enum { RESULT_FOUR = 4 };
static inline size_t result_at(cef_index bus) { return (size_t) bus + ((size_t) bus & ~(size_t) (RESULT_FOUR - 1)); }

typedef struct {
    const flow_state *flow;
    const order_state *order;
    const solve_state *solve;
    const result_kernels *kernels; /* in the instruction set chosen */
    bool exports;                  /* some load is CEF_LOAD_EXPORT */
    bool walked;                   /* branches, gens and loads went with the buses */
    double loss;                   /* tCO2/h on branches, if walked */
    element_totals gens, loads;    /* if walked */
    double residual_carbon;        /* tCO2/h: imbalance x intensity over all buses */
    double *far_taken;             /* [n_bus / 32 + 1] of every far bus: its imbalance before its turn */
    bool scattered;                /* many buses, met in no order: each has its line in `met` while tables are walked */
    double *met;           /* [2 n_bus + 16] of a bus: intensity at result_at(bus), imbalance RESULT_FOUR behind */
    float *roundings;      /* [n_bus + 8] by bus: the order's, noted with its first results */
    int64_t noted;         /* version of the order whose roundings these are */
    double *own_intensity; /* [n_bus] */
    double *intensity; /* [n_bus] of the bus's mixture; NaN where undefined: the caller's column, else own_intensity */
    double *load_intensity; /* [n_bus] of what is drawn: differs from intensity under netted mixing, else = intensity */
    double *loss_factor;    /* [n_bus] CEF_LOSS_GENERATOR, else NULL */
    cef_index *island;      /* [n_bus] CEF_LOSS_PRORATA: union-find parents, else NULL */
    double *island_loss, *island_demand; /* [n_bus] by root; NULL else */
} result_state;

/* For sums: undefined intensities are accounted at 0. */
static inline double result_defined(double intensity) { return intensity == intensity ? intensity : 0.0; }

const result_kernels *result_kernels_of(int32_t width); /* LANES_* */
void result_carve(cef_arena *arena, result_state *r);
void result_prepare(result_state *r); /* once, after carving */
/* Writes intensities straight into the caller's column, if there is one. */
void result_use_columns(result_state *r, const cef_solution *out);

/* Buses: intensities, flags, bounds; fills the bus part of info. Where nothing stands between, what is connected at
 * them is priced on the way, part by part, while its buses are in a near cache. */
void result_buses(result_state *r, const cef_snapshot *s, cef_solution *out, cef_solve_info *info);
/* Branches: carbon at both ends and lost between; info->total_loss. */
void result_branches(result_state *r, const cef_snapshot *s, cef_solution *out, cef_solve_info *info);
/* The loss carbon that each bus prices, by place, as the right-hand side of the adjoint (CEF_LOSS_GENERATOR). */
void result_loss_power(const result_state *r, double *loss_mw);
void result_loss_factors(result_state *r, cef_solution *out);
/* Units, loads, stores; the other totals and the conservation gap. */
void result_elements(result_state *r, const cef_snapshot *s, cef_solution *out, cef_solve_info *info);
/* The verdict: fills info->certified; CEF_ERR_CERTIFICATE names the figure that failed. */
cef_status result_certify(const result_state *r, cef_solve_info *info, cef_error *error);

/* prorata: islands joined by branches that carry power; call before result_branches, which sums loss carbon by island.
 */
void result_join_islands(result_state *r);
void result_add_demand(result_state *r, const cef_snapshot *s);
cef_index result_island(const result_state *r, cef_index bus);
double result_adder(const result_state *r, cef_index bus); /* tCO2/MWh on the demand of the bus's island */

#endif /* CEF_RESULT_RESULT_H */
