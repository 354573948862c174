/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room powerflow: the handle and what its files do for each other. Powers are per unit, angles radians here. */
#ifndef CEF_POWERFLOW_PARTS_H
#define CEF_POWERFLOW_PARTS_H

#include "powerflow/powerflow.h"

#define RADIANS 0.017453292519943295 /* a degree */

typedef struct {
    double re, im;
} complex_pu;

/* Current into the branch: I_from = ff V_from + ft V_to, I_to = tf V_from + tt V_to. */
typedef struct {
    complex_pu ff, ft, tf, tt;
} branch_pi;

enum { LINK_OFF = 0, LINK_AC = 1, LINK_HVDC = 2 }; /* what a branch is */
enum {
    LOAD_OFF = 0,
    LOAD_GIVEN = 1,
    LOAD_SHUNT = 2
}; /* off: on a dead bus, or beside the row that stands for the shunt */

/* A square sparse matrix in compressed columns with its LU. */
typedef struct {
    cef_index n;
    cef_index *start, *row; /* [n + 1], [start[n]] */
    double *value;          /* [start[n] + 1]: the last is where what has no place is written */
    sparse_lu *lu;
} lu_matrix;

/* Where a pair of buses (i, j) that are joined, or equal, stands in the Jacobian. */
typedef struct {
    cef_index p_angle, p_volt, q_angle, q_volt;
} jacobian_slots;

struct cef_powerflow {
    cef_context *ctx;
    cef_network *net;
    cef_powerflow_options options; /* participation is not kept: NULL */
    double base_mva;
    size_t size;

    /* ---- what stands where (topology.c, shares.c) ---- */
    int8_t *bus_type;     /* [n_bus] CEF_BUS_TYPE_* at the start of a solve, DEAD for isolated */
    cef_index *island;    /* [n_bus] 0 .. n_island - 1, -1 for dead buses */
    cef_index *reference; /* [n_island] bus whose angle is kept */
    uint8_t *gen_live;    /* [n_gen] */
    uint8_t *link;        /* [n_branch] LINK_* */
    uint8_t *load_role;   /* [n_load] LOAD_* */
    double *gen_share;    /* [n_gen] of its island's slack, sums to 1 an island */
    double *bus_share;    /* [n_bus] sums of gen_share */
    cef_index *slack_bus; /* [n_slack_bus] buses with a share */
    double *slack_weight; /* [n_slack_bus] share / sum of squared shares of the island */
    cef_index n_slack_bus;
    double *gen_qmin, *gen_qmax; /* [n_gen] per unit */
    double *bus_qmin, *bus_qmax; /* [n_bus] of running units */
    cef_index *n_units;          /* [n_bus] running ones */
    double *vm_set;              /* [n_bus] held voltage of PV and REF buses */
    double *vm0, *va0;           /* [n_bus] stored state */
    double *bus_gs;              /* [n_bus] */
    cef_index n_island, n_dead, n_vg_conflicts;

    /* ---- admittances (admittance.c): row i of the matrix, its diagonal first ---- */
    branch_pi *pi;        /* [n_branch], meant for LINK_AC */
    cef_index *row_start; /* [n_bus + 1] */
    cef_index *row_bus;   /* [row_start[n_bus]] */
    complex_pu *row_y;
    complex_pu *row_s; /* V_i conj(Y_ij V_j) at the present state */

    /* ---- Newton (jacobian.c, newton.c) ---- */
    cef_index *p_index;   /* [n_bus] equation of P and unknown of the angle (of the slack, at a reference); -1 dead */
    cef_index *q_index;   /* [n_bus] equation of Q and unknown of the voltage; -1 where vm is held for good */
    uint8_t *held;        /* [n_bus] 1: vm is held although q_index >= 0 (PV bus with limits, not at one) */
    int8_t *at_limit;     /* [n_bus] 1 at qmax, -1 at qmin, 0 else */
    uint8_t *n_release;   /* [n_bus] times a bus left its limit again in this solve */
    jacobian_slots *slot; /* as row_bus */
    lu_matrix jacobian;
    cef_index *unknown_bus; /* [jacobian.n] */
    double *missing;        /* [jacobian.n] what each equation misses */
    double *step;           /* [jacobian.n] */
    double *check;          /* [jacobian.n] residual of the linear solve */
    bool has_pivots;        /* those of the stored state: results do not depend on what was solved before */

    /* ---- DC (dc.c): angles of live buses but the references ---- */
    cef_index *dc_index; /* [n_bus] -1 for references and dead buses */
    lu_matrix dc;
    double *dc_b;     /* [n_branch] 1 / (x tap) */
    double *dc_shift; /* [n_branch] radians */
    double *dc_x;     /* [dc.n] */
    bool dc_factored;

    /* ---- one solve ---- */
    double *p_given, *q_given; /* [n_bus] injected without slack and shunts; q without units where vm is held */
    double *slack;             /* [n_island] */
    double *vm, *va, *e, *f;   /* [n_bus] state, polar and rectangular */
    double *p, *q;             /* [n_bus] flows out of the bus into branches and shunt */
    double *vm_kept, *va_kept; /* [n_bus] state before a step */
    double *vm_best, *va_best; /* [n_bus] of the start that came nearest, while none converged */
    double *vm_last, *va_last; /* [n_bus] of the last solve that converged */
    bool has_last;
};

/* The mismatch of a state. */
typedef struct {
    double norm;         /* sum of squares, the merit of damping; NaN or infinite where the state is meaningless */
    double largest;      /* |P| or |Q| */
    cef_index worst_bus; /* -1 if none is live */
} powerflow_mismatch;

/* ---- check.c ---- */
cef_status powerflow_check_options(const cef_powerflow_options *options, cef_error *error);
cef_status powerflow_check_data(const cef_network *net, const cef_powerflow_data *data,
                                const cef_powerflow_options *options, cef_error *error);
/* ---- topology.c ---- */
void powerflow_find_islands(cef_powerflow *pf, const cef_powerflow_data *data);
/* ---- shares.c ---- */
void powerflow_set_units(cef_powerflow *pf, const cef_powerflow_data *data, const double *participation);
/* ---- admittance.c ---- */
void powerflow_admit(cef_powerflow *pf, const cef_powerflow_data *data);
/* Most entries of row_bus. */
static inline size_t powerflow_row_bound(const cef_network *net)
{
    return (size_t) net->n_bus + 2 * (size_t) net->n_branch;
}
/* S_ij, p and q from e and f. */
void powerflow_bus_power(cef_powerflow *pf);
/* ---- jacobian.c ---- */
/* bus_at [n_bus]: buses in elimination order. */
void powerflow_number_unknowns(cef_powerflow *pf, const cef_index *bus_at);
void powerflow_lay_jacobian(cef_powerflow *pf);
void powerflow_fill_jacobian(cef_powerflow *pf);
/* ---- injections.c ---- */
cef_status powerflow_read(cef_powerflow *pf, const cef_injections *in, cef_error *error);
/* ---- newton.c ---- */
powerflow_mismatch powerflow_evaluate(cef_powerflow *pf); /* e, f, p, q, slack and mismatch of vm, va */
/* Newton steps until the tolerance; *now is the mismatch of the state left. */
typedef enum { NEWTON_CONVERGED, NEWTON_DIVERGED, NEWTON_SINGULAR, NEWTON_NO_MEMORY } newton_outcome;
newton_outcome powerflow_newton(cef_powerflow *pf, powerflow_mismatch *now, cef_powerflow_info *info);
newton_outcome powerflow_polish(cef_powerflow *pf, powerflow_mismatch *now, cef_powerflow_info *info);
/* ---- limits.c ---- */
void powerflow_reset_limits(cef_powerflow *pf);
bool powerflow_apply_limits(cef_powerflow *pf); /* true: some bus switched, solve again */
/* ---- dc.c ---- */
void powerflow_lay_dc(cef_powerflow *pf, const cef_powerflow_data *data, const cef_index *bus_at);
newton_outcome powerflow_solve_dc(cef_powerflow *pf); /* va, slack, p; vm as it is */
void powerflow_sum_dc(cef_powerflow *pf);             /* p: what leaves each bus through branches and its shunt */
void powerflow_dc_slack(cef_powerflow *pf); /* without losses an island's slack is what its buses miss together */
static inline double powerflow_dc_flow(const cef_powerflow *pf, cef_index branch)
{
    const double difference = pf->va[pf->net->branch_from[branch]] - pf->va[pf->net->branch_to[branch]];
    return pf->dc_b[branch] * (difference - pf->dc_shift[branch]);
}
/* ---- outputs.c ---- */
void powerflow_write(cef_powerflow *pf, const cef_injections *in, cef_powerflow_solution *out,
                     cef_powerflow_info *info);

/* What a live bus draws beyond what it is given. */
static inline double powerflow_p_missing(const cef_powerflow *pf, cef_index bus)
{
    return pf->p[bus] - pf->p_given[bus] - pf->bus_share[bus] * pf->slack[pf->island[bus]];
}
/* 0 where the voltage is held: units give what is missing. */
static inline double powerflow_q_missing(const cef_powerflow *pf, cef_index bus)
{
    return pf->q_index[bus] < 0 || pf->held[bus] ? 0.0 : pf->q[bus] - pf->q_given[bus];
}
/* What the units of a bus at a limit give. */
static inline double powerflow_limit(const cef_powerflow *pf, cef_index bus)
{
    return pf->at_limit[bus] > 0 ? pf->bus_qmax[bus] : pf->at_limit[bus] < 0 ? pf->bus_qmin[bus] : 0.0;
}

#endif /* CEF_POWERFLOW_PARTS_H */
