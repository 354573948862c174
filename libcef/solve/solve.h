/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room solve: the nodal carbon intensities of one snapshot, upstream first, loops exactly.
 *
 * At every bus  x (G + sum of received) = R + sum of carried x_source  (T. Zhou, C. Kang et al. 2012, eq. of the nodal
 * carbon intensity). Beside x runs the reach, one more than the largest upstream (in loops solved for), on
 * which the a-posteriori bound stands. */
#ifndef CEF_SOLVE_SOLVE_H
#define CEF_SOLVE_SOLVE_H

#include "order/order.h"

typedef struct { /* what those downstream read of a bus lies together: one cache line holds four */
    double x;    /* intensity, tCO2/MWh; 0 where undefined */
    double
        reach; /* v = reach x, A v >= D x or about it: how much of an error in every row arrives here; 0 where x is 0 */
} solve_value;

enum { /* per place */
       SOLVE_FED = 0,
       SOLVE_UNFED = 1,     /* all its power comes from buses without inflow and generation */
       SOLVE_LOOP_UNFED = 2 /* in, or only fed from, a loop that no unit feeds */
};

typedef struct {     /* a-posteriori findings of one right-hand side */
    double ratio;    /* |x - x^| <= ratio v at every bus; infinite if the bound fails */
    double backward; /* componentwise backward error */
} solve_check;

typedef struct solve_kernels solve_kernels;

enum { SOLVE_CHUNKS = 16 }; /* chunks of buses above which fetching upstream ones ahead pays while they are swept */

typedef struct {
    const flow_state *flow;
    const order_state *order;
    const solve_kernels *kernels; /* in the instruction set chosen */
    double *carry;    /* [n_branch + FLOW_SLACK] by arc slot: off-diagonal, MW; flow.received if that is the same */
    double *receive;  /* likewise: what counts as inflow; = carry unless the policy's columns dominate */
    double *diagonal; /* [n_bus] by place, MW: what differs from power inside loops where columns dominate; else NULL */
    solve_value *value; /* [n_bus + 8] by place */
    double *power;      /* [n_bus + 8] by place: throughput G + inflow, MW */
    solve_value *minus; /* [n_bus + 8] the negative part, used only when a source has a negative intensity */
    uint8_t *state;     /* [n_bus] by place: SOLVE_*; all SOLVE_FED unless `unfed` */
    double *adjoint;    /* [n_bus] by place; empty unless CEF_LOSS_GENERATOR */
    /* scratch for one block */
    double *block; /* [block_capacity] */
    size_t block_capacity;
    double *excess, *pivot, *rhs, *row, *column; /* [n_bus] */
    int64_t *start, *cursor;                     /* [n_bus + 1] */
    cef_index *later;                            /* [static fill] */
    cef_index *local, *next, *head;              /* [n_bus] */
    /* findings */
    bool ranged; /* no underflow or overflow was met */
    bool unfed;  /* some bus or loop is unfed */
    solve_check check, check_minus;
} solve_state;

const solve_kernels *solve_kernels_of(int32_t width); /* LANES_* */
void solve_carve(cef_arena *arena, solve_state *s);
void solve_prepare(solve_state *s); /* once, after carving */
/* Values of all arcs, where they are not just what is received (flow_arcs_are_received). */
void solve_load_arcs(solve_state *s);
/* Intensities of the positive or negative part of the sources into value or minus. Every row is verified as soon as it
 * is solved: fills check or check_minus. */
cef_status solve_downstream(solve_state *s, bool negative_part, cef_error *error);
/* Marks what is only fed from unfed buses or loops. */
void solve_mark_unfed(solve_state *s);
/* Carbon of the sources at a place and of what flows in. */
double solve_carbon_into(const solve_state *s, cef_index k);
/* A^T y = l: adjoint holds l on entry, y on exit (by place). Rows form only. */
cef_status solve_upstream(solve_state *s, cef_error *error);

#endif /* CEF_SOLVE_SOLVE_H */
