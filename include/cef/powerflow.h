/* SPDX-License-Identifier: Apache-2.0 */
/* cef/powerflow.h - cases that are not solved: AC and DC power flow, branch powers from voltages.
 *
 * A tool for tracing, not a rival of power flow programs: balanced steady state, constant power loads, fixed taps.
 * Units: MW, MVAr, per unit of base_mva, degrees. Signs are MATPOWER's: branch powers into the branch at that end,
 * loads withdrawn, generators injected. Branch model: a pi line behind an ideal transformer at the from end.
 */
#ifndef CEF_POWERFLOW_H
#define CEF_POWERFLOW_H

#include <cef/network.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cef_powerflow cef_powerflow;

/* Bus types have MATPOWER's numbers. */
enum {
    CEF_BUS_TYPE_DEAD = 0,
    CEF_BUS_TYPE_PQ = 1,
    CEF_BUS_TYPE_PV = 2,
    CEF_BUS_TYPE_REF = 3,
    CEF_BUS_TYPE_ISOLATED = 4
};
enum { CEF_POWERFLOW_AC = 0, CEF_POWERFLOW_DC = 1 };
/* Where the voltages of an AC solve start. Generator buses start at gen_vg always. */
enum {
    CEF_START_STORED = 0,  /* bus_vm0, bus_va0 */
    CEF_START_FLAT = 1,    /* 1 per unit, the reference's angle */
    CEF_START_DC = 2,      /* 1 per unit, angles of a DC solve */
    CEF_START_PREVIOUS = 3 /* the last solve of this handle that converged; before there is one: stored */
};

/* What does not change between snapshots: columns in the order of the network's tables (which know where every element
 * stands), read during cef_powerflow_create, not kept. */
typedef struct cef_powerflow_data {
    size_t struct_size;
    double base_mva;               /* > 0 */
    const int8_t *bus_type;        /* [n_bus] CEF_BUS_TYPE_PQ, PV, REF or ISOLATED; NULL: every bus with a running unit
                                      is PV. A PV or REF bus without one counts as PQ; an island without a REF bus takes
                                      the bus of its unit of most capacity. Several REF: the first keeps its angle. */
    const double *bus_gs, *bus_bs; /* [n_bus] shunt, MW drawn and MVAr injected at 1 per unit; NULL: 0. Load rows of
                                      kind CEF_LOAD_SHUNT at a bus with bus_gs != 0 stand for it: their input power is
                                      not read, and the first of them gets bus_gs vm^2 in the solution, the others 0 */
    const double *bus_vm0, *bus_va0;   /* [n_bus] stored state, per unit (> 0) and degrees; NULL: 1, 0. The angle of the
                                          reference is its bus_va0 */
    const double *branch_r, *branch_x; /* [n_branch] per unit; both 0 is an error; negative is allowed */
    const double *branch_b;            /* [n_branch] total charging, per unit; NULL: 0 */
    const double *branch_tap;          /* [n_branch] ratio, 0 = 1; NULL: 1 */
    const double *branch_shift;        /* [n_branch] degrees; NULL: 0 */
    const int8_t *branch_in_service;   /* [n_branch]; NULL: all 1 */
    const int8_t *branch_hvdc; /* [n_branch] 1: two injections stated with each snapshot, r to shift not read, joins
                                  no island, carries 0 where an end is dead; NULL: none */
    const double *gen_vg;      /* [n_gen] per unit (> 0); of several running units at a bus the last decides, as in
                                  MATPOWER, and a contradiction is counted; NULL: bus_vm0 */
    const double *gen_qmin, *gen_qmax; /* [n_gen] MVAr, may be infinite; NULL: no limit */
    const double *gen_capacity;        /* [n_gen] MW >= 0, 0: not known; NULL: not known */
    const int8_t *gen_in_service;      /* [n_gen]; NULL: all 1 */
} cef_powerflow_data;

typedef struct cef_powerflow_options {
    size_t struct_size;
    double tolerance;            /* largest mismatch of a bus, per unit; default 1e-8, > 0 */
    const double *participation; /* [n_gen] >= 0: shares of running units in what their island misses (loss included),
                                    scaled to sum 1 an island; NULL, or all 0 in an island: the units of its REF buses
                                    in proportion to capacity (equally where none is known). Read during create */
    int32_t method;              /* CEF_POWERFLOW_AC or DC; default AC */
    int32_t start;               /* CEF_START_*; default stored */
    int32_t max_iterations;      /* a start (with reactive limits: a round of switching), 1 to 1000; default 30 */
    int32_t fallback;            /* 1 (default): when a start diverges, the others are tried: stored, DC, flat */
    int32_t reactive_limits; /* 1: PV buses at a limit of their units become PQ, and back; default 0. REF: no limit */
    int32_t polish;          /* 1 (default): once converged, goes on to rounding level, so that noise on dead ends is
                                far below the tracing threshold */
    int32_t damping;         /* 1 (default): a step that grows the mismatch is halved */
    int32_t reserved;        /* 0 */
} cef_powerflow_options;
/* Defaults for a struct of this size; sets options->struct_size. */
CEF_API void cef_powerflow_options_init(cef_powerflow_options *options, size_t struct_size);

/* One operating point: the caller's arrays, read during the call. NaN and infinity are errors. What stands on rows out
 * of service is not read. Several names equal those of cef_snapshot and mean the same. */
typedef struct cef_injections {
    size_t struct_size;
    const double *gen_p;     /* [n_gen] MW scheduled; units that take part in the slack run at what is missing */
    const double *gen_q;     /* [n_gen] MVAr, read at PQ buses only; NULL: 0 */
    const double *load_p;    /* [n_load] MW withdrawn */
    const double *load_q;    /* [n_load] MVAr withdrawn; NULL: 0 */
    const double *bus_q;     /* [n_bus] MVAr withdrawn beside load_q (a .m bus may have Qd and no load row); NULL: 0 */
    const double *storage_p; /* [n_storage] MW injected; NULL: 0 */
    const double *branch_p_from, *branch_p_to; /* [n_branch] MW into an HVDC branch at that end (what arrives is
                                                  negative); other branches are not read. NULL if none is in service */
    const double *branch_q_from, *branch_q_to; /* [n_branch] MVAr likewise; NULL: 0 */
} cef_injections;

/* Results: the caller's arrays; a NULL array is not wanted. Dead buses (isolated, or in an island without generation)
 * and all that stands on them have 0 everywhere. Per bus: gen_p + storage_p - load_p - branch powers = 0 to the
 * mismatch stated (when every bus with bus_gs has a shunt row), so these arrays go straight into cef_snapshot. */
typedef struct cef_powerflow_solution {
    size_t struct_size;
    double *bus_vm, *bus_va;               /* [n_bus] per unit, degrees. DC: 1 */
    double *branch_p_from, *branch_q_from; /* [n_branch] MW, MVAr. DC: p_to = -p_from, q 0 */
    double *branch_p_to, *branch_q_to;
    double *gen_p, *gen_q;                   /* [n_gen] q of a PV or REF bus is shared among its units in proportion to
                                                their ranges, equally where a range is not finite. DC: q 0 */
    double *load_p;                          /* [n_load] MW drawn: as given, shunts bus_gs vm^2, 0 on dead buses */
    double *storage_p;                       /* [n_storage] as given, 0 on dead buses */
    double *bus_mismatch_p, *bus_mismatch_q; /* [n_bus] MW, MVAr missing (drawn - injected); q 0 where vm is held */
    int32_t *bus_type;                       /* [n_bus] CEF_BUS_TYPE_* in force at the end; DEAD for isolated too */
} cef_powerflow_solution;

typedef struct cef_powerflow_info {
    size_t struct_size;
    double mismatch;     /* per unit, the largest |P| or |Q| that a bus misses */
    double slack_mw;     /* what the slack units run beside their schedule, summed over islands */
    double loss_mw;      /* branches, HVDC included */
    double unserved_mw;  /* loads on dead buses */
    double seconds;      /* monotonic clock */
    cef_index worst_bus; /* the bus of `mismatch`, -1 if none is live */
    cef_index n_islands; /* with generation */
    cef_index n_dead_buses;
    cef_index n_pv_switched;  /* PV buses that ended at a reactive limit */
    cef_index n_vg_conflicts; /* buses whose running units state different gen_vg */
    int32_t iterations;       /* Newton steps of the start that converged (of the last, if none did) */
    int32_t polish_steps;     /* further steps with the factors at hand */
    int32_t n_halvings;       /* of damped steps */
    int32_t start;            /* CEF_START_* that converged */
    int32_t converged;        /* 1: mismatch <= tolerance */
} cef_powerflow_info;

/* Allocates all that libcef will ever need for it; the sparse solver KLU allocates its factors outside the context, at
 * the first solve. Errors name the element: zero-impedance, not-finite, out-of-range, bad-kind. options may be NULL.
 * Keeps the network alive. */
CEF_API CEF_MUST_CHECK cef_status cef_powerflow_create(cef_context *ctx, const cef_network *net,
                                                       const cef_powerflow_data *data,
                                                       const cef_powerflow_options *options, cef_powerflow **out,
                                                       cef_error *error);
/* Allocates nothing. solution and info may be NULL. One thread at a time per handle. CEF_ERR_DIVERGED names the worst
 * bus, the iterations and the mismatch; the outputs then hold the best state reached, not to be used as a solution. On
 * any other error none is written. */
CEF_API CEF_MUST_CHECK cef_status cef_powerflow_solve(cef_powerflow *pf, const cef_injections *injections,
                                                      cef_powerflow_solution *solution, cef_powerflow_info *info,
                                                      cef_error *error);
/* What a given state means, without solving: branch powers from voltages, and in info how far the state is from the
 * injections. bus_vm [n_bus] per unit, bus_va [n_bus] degrees, read on live buses (DC: bus_va only). Allocates nothing.
 */
CEF_API CEF_MUST_CHECK cef_status cef_powerflow_evaluate(cef_powerflow *pf, const cef_injections *injections,
                                                         const double *bus_vm, const double *bus_va,
                                                         cef_powerflow_solution *solution, cef_powerflow_info *info,
                                                         cef_error *error);
CEF_API void cef_powerflow_destroy(cef_powerflow *pf);

#ifdef __cplusplus
}
#endif
#endif /* CEF_POWERFLOW_H */
