/* SPDX-License-Identifier: Apache-2.0 */
/* cef/solver.h - one operating point in, certified carbon out.
 *
 * Units: MW, tCO2/MWh, tCO2/h. Branch powers have MATPOWER's signs: positive into the branch at that end.
 * Mathematics: docs/theory; T. Zhou, C. Kang et al. 2012, AEPS 36(11) 44-49; J. Bialek 1996, IEE Proc. GTD 143(4).
 */
#ifndef CEF_SOLVER_H
#define CEF_SOLVER_H

#include <cef/network.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cef_solver cef_solver;

/* One operating point: the caller's arrays, read during the call, never kept. NaN and infinity are errors; a power is 0
 * or between 1e-100 and 1e12 MW, an intensity 0 or between 1e-100 and 1e6, so that nothing underflows unseen. */
typedef struct cef_snapshot {
    size_t struct_size;
    const double *branch_p_from;     /* [n_branch] MW into the branch at its from end (MATPOWER PF) */
    const double *branch_p_to;       /* [n_branch] MW into the branch at its to end (PT); NULL: lossless */
    const double *gen_p;             /* [n_gen] MW injected; negative withdraws at the bus's intensity */
    const double *gen_intensity;     /* [n_gen] tCO2/MWh; read only where gen_p > 0 */
    const double *load_p;            /* [n_load] MW withdrawn; negative injects */
    const double *load_intensity;    /* [n_load] tCO2/MWh of what a negative load injects, read only where load_p < 0;
                                        NULL: settings.negative_load_intensity */
    const double *storage_p;         /* [n_storage] MW injected: positive discharges, negative charges */
    const double *storage_intensity; /* [n_storage] tCO2/MWh of what is discharged; read only where storage_p > 0 */
} cef_snapshot;

/* Loss policies; docs/theory says who carries the loss carbon under each. */
enum {
    CEF_LOSS_SENDING = 0,   /* the branch, at its sending bus's intensity; Bialek's net tracing */
    CEF_LOSS_CONSUMER = 1,  /* consumers; Bialek's gross tracing */
    CEF_LOSS_GENERATOR = 2, /* as sending, and units are told their share of the loss carbon */
    CEF_LOSS_SPLIT = 3,     /* settings.loss_split on consumers, the rest on the branch */
    CEF_LOSS_PRORATA = 4,   /* as sending, then spread over the demand of each island */
    CEF_LOSS_HALF = 5       /* half of each loss is a load at each end */
};
enum { CEF_MIXING_GROSS = 0, CEF_MIXING_NETTED = 1 };
enum { CEF_IMBALANCE_REPORT = 0, CEF_IMBALANCE_ADD_UNIT = 1, CEF_IMBALANCE_ERROR = 2 };
enum { CEF_UNFED_ERROR = 0, CEF_UNFED_MARK = 1 };
enum { CEF_NEGATIVE_LOSS_KEEP = 0, CEF_NEGATIVE_LOSS_SOURCE = 1 };

typedef struct cef_settings {
    size_t struct_size;
    double flow_tol;           /* MW: a branch end below this carries nothing; default 1e-6, >= 0 (0 acts as 1e-100) */
    double balance_tol;        /* MW of nodal imbalance before a flag; default 0.1, >= 0 */
    double loss_split;         /* share a in [0, 1] of CEF_LOSS_SPLIT; default 0 */
    double mismatch_intensity; /* tCO2/MWh of the units of CEF_IMBALANCE_ADD_UNIT; default 0 */
    double
        negative_load_intensity; /* tCO2/MWh of negative loads without one of their own; default 0, each use counted */
    int32_t loss_policy;         /* CEF_LOSS_* */
    int32_t mixing;              /* CEF_MIXING_*: does local generation mix with transit, or serve local load first */
    int32_t net_parallel;        /* 1: parallel circuits of opposite direction are netted before tracing */
    int32_t on_imbalance;        /* CEF_IMBALANCE_* : ADD_UNIT where outflow exceeds inflow by more than flow_tol;
                                    ERROR above balance_tol, or where both ends of a branch deliver */
    int32_t on_unfed_loop;       /* CEF_UNFED_*: error, or mark its buses undefined and solve the rest */
    int32_t negative_loss;       /* CEF_NEGATIVE_LOSS_*: a branch that delivers more than it takes keeps its negative
                                    loss carbon, or the surplus is a source of mismatch_intensity at the receiver */
} cef_settings;
/* Defaults for a struct of this size; sets settings->struct_size. */
CEF_API void cef_settings_init(cef_settings *settings, size_t struct_size);

enum {                            /* bits of bus_flags */
       CEF_BUS_UNDEFINED = 1,     /* intensity is NaN: no throughput, or nothing upstream that has an intensity */
       CEF_BUS_IN_LOOP = 2,       /* in a strongly connected component of two or more buses */
       CEF_BUS_IMBALANCED = 4,    /* |bus_imbalance| above balance_tol */
       CEF_BUS_MISMATCH_UNIT = 8, /* a mismatch unit was added here */
       CEF_BUS_LOOP_UNFED = 16,   /* in, or only fed from, a loop that no unit feeds (CEF_UNFED_MARK) */
       CEF_BUS_UNFED = 32         /* power leaves, but all of it comes from buses without inflow or generation */
};

/* Results: the caller's arrays; a NULL array is not wanted and not computed. Undefined = NaN. */
typedef struct cef_solution {
    size_t struct_size;
    double *bus_intensity;    /* [n_bus] nodal carbon intensity, tCO2/MWh; NaN if undefined */
    double *bus_throughput;   /* [n_bus] nodal active power flux: generation + inflow, MW; under CEF_LOSS_HALF an inflow
                                 counts as the mean of what was sent and what arrives */
    double *bus_imbalance;    /* [n_bus] inflow + generation - outflow - load - loss loads, MW */
    double *bus_error_bound;  /* [n_bus] rigorous bound of |error| (rounding of sums included) relative to bus_intensity
                                 (absolute, tCO2/MWh, when an intensity is negative); NaN if undefined */
    double *bus_mismatch_p;   /* [n_bus] MW of the mismatch unit added, 0 if none */
    double *bus_loss_factor;  /* [n_bus] CEF_LOSS_GENERATOR: loss carbon per unit of carbon injected at the bus */
    int32_t *bus_flags;       /* [n_bus] CEF_BUS_* */
    int32_t *bus_block;       /* [n_bus] number of its loop, counted by first bus from 0; -1 none */
    double *branch_intensity; /* [n_branch] intensity of the sending bus; NaN if nothing is transferred */
    double *branch_carbon_from; /* [n_branch] tCO2/h at the from end, signed as the power */
    double *branch_carbon_to;   /* [n_branch] tCO2/h at the to end, signed as the power */
    double *branch_carbon_loss; /* [n_branch] their sum; negative where the branch delivers more than it takes */
    double *gen_carbon;         /* [n_gen] tCO2/h injected; negative: withdrawn at its bus's intensity */
    double *gen_carbon_loss;    /* [n_gen] loss carbon charged to the unit (CEF_LOSS_GENERATOR, else 0) */
    double *load_carbon;        /* [n_load] tCO2/h withdrawn; negative: injected */
    double *storage_carbon;     /* [n_storage] tCO2/h injected, signed as storage_p */
} cef_solution;

/* The certificate. Written even when the call returns CEF_ERR_CERTIFICATE. */
typedef struct cef_solve_info {
    size_t struct_size;
    double error_bound;      /* worst bus_error_bound */
    double backward_error;   /* worst componentwise backward error of the linear system */
    double residual_bound;   /* worst a-posteriori bound from the computed residual, same measure as error_bound */
    double conservation;     /* |carbon in - carbon out| / carbon in */
    double balance_mw;       /* worst |bus_imbalance| */
    double total_generation; /* tCO2/h, imports and negative loads in it */
    double total_load;       /* shunts and withdrawing units in it */
    double total_loss;       /* branches and both-ends-fed branches */
    double total_export;
    double total_storage;                /* charging positive, discharging negative */
    double total_mismatch;               /* residual power x intensity, less the carbon of mismatch units */
    double order_seconds, solve_seconds; /* monotonic clock */
    cef_index worst_balance_bus;         /* position of the worst |bus_imbalance| */
    cef_index n_blocks, largest_block;   /* loops of two or more buses */
    cef_index n_undefined, n_unfed, n_imbalanced, n_both_ends_fed, n_both_ends_deliver, n_negative_loss;
    cef_index n_defaulted_factors; /* negative loads priced by settings.negative_load_intensity */
    cef_index n_order_changes;     /* branches whose direction or use differs from the order kept */
    int32_t maximum_principle;     /* 1 held, 0 broken, -1 not claimed under this policy */
    int32_t order_reused;          /* 1 the kept order served, 2 it was repaired, 0 it was rebuilt */
    int32_t certified;             /* 1: error_bound <= 1e-9, backward_error <= 1e-12, conservation <= 1e-9, no range
                                      exceeded, maximum principle not broken */
    int32_t range_exceeded;        /* 1: an overflow or underflow voids the bounds */
    int32_t reserved;
} cef_solve_info;

/* Allocates all it will ever need (static elimination order and fill bound of the undirected network). settings may be
 * NULL (defaults) and are copied. Keeps the network alive. */
CEF_API CEF_MUST_CHECK cef_status cef_solver_create(cef_context *ctx, const cef_network *net,
                                                    const cef_settings *settings, cef_solver **out, cef_error *error);
/* Allocates nothing. solution and info may be NULL. One thread at a time per solver; the result never depends on the
 * snapshots solved before. On CEF_ERR_CERTIFICATE all outputs are written; on any other error none is to be used. */
CEF_API CEF_MUST_CHECK cef_status cef_solver_solve(cef_solver *solver, const cef_snapshot *snapshot,
                                                   cef_solution *solution, cef_solve_info *info, cef_error *error);
CEF_API void cef_solver_destroy(cef_solver *solver);

#ifdef __cplusplus
}
#endif
#endif /* CEF_SOLVER_H */
