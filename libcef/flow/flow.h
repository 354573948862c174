/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room flow: one snapshot's signed powers -> which branch carries what where, and what each bus injects,
 * draws and misses. Everything here is in the caller's numbering. */
#ifndef CEF_FLOW_FLOW_H
#define CEF_FLOW_FLOW_H

#include <cef/solver.h>

#include "network/network.h"

/* Inputs are 0 or at least this large: products of two of them cannot underflow, and the bounds hold. */
#define FLOW_LEAST 1e-100

/* Buses of whom a near cache holds what is asked for out of turn, above which it is fetched ahead; and of whom some
 * cache holds what is walked through. */
enum { FLOW_NEAR = 1 << 15, FLOW_FAR = 1 << 18 };

/* Slots of arcs: those behind the last ones are read by kernels, and what is no arc is given one of them. */
enum { FLOW_SLACK = 512, FLOW_NO_ARC = 7 };

/* What a branch does in this snapshot. */
enum {
    FLOW_IDLE = 0,    /* both ends below the threshold */
    FLOW_FORWARD = 1, /* an arc from its from bus to its to bus */
    FLOW_REVERSE = 2, /* an arc from its to bus to its from bus */
    FLOW_LOSS = 3, /* no transfer: each positive end is a loss load of its own bus, a negative end comes from nowhere */
    FLOW_NETTED = 4 /* netted with its parallel circuits: their representative carries the arc */
};

/* How an arc's sent power s and received power w enter the equations: off-diagonal = carry, throughput = receive. */
typedef struct {
    double carry_received, carry_sent;     /* carry = carry_received w + carry_sent s */
    double receive_received, receive_sent; /* receive likewise */
    bool columns;                          /* carry != receive: the columns dominate, not the rows */
} flow_policy;
flow_policy flow_policy_of(const cef_settings *settings);

typedef struct {
    double mw, carbon; /* MW, tCO2/h */
} flow_source;

typedef struct {              /* parallel circuits that were netted, [n_parallel], read only if settings.net_parallel */
    cef_index representative; /* -1: this group is not netted */
    int32_t code;             /* FLOW_* of the group as seen by its representative */
} flow_group;

typedef struct {
    cef_index first, last;
} flow_rows;

typedef struct { /* rows of the tables that are walked together */
    flow_rows branches, gens, loads;
} flow_part;

typedef struct flow_kernels flow_kernels;

typedef struct {
    const cef_network *net;
    const cef_settings *settings;
    flow_policy policy;
    const flow_kernels *kernels; /* in the instruction set chosen */
    /* arrays, carved by flow_carve */
    cef_index *reach; /* [parts] buses below this are all that the tables' first parts meet, but for those in `far` */
    cef_index *far;   /* [n_bus] buses met by parts before theirs, ascending; few, else reach is n_bus throughout */
    cef_index n_far;
    cef_index *settled;    /* [parts] buses below this are met by no later part, nor by a store; multiples of LANES */
    uint8_t *code;         /* [n_branch + 8] of the snapshot being solved */
    double *received;      /* [n_branch + FLOW_SLACK] by arc slot: MW that an arc delivers */
    cef_index *sender;     /* [n_branch + FLOW_SLACK] of an arc the bus it leaves, of any other branch some bus */
    const uint8_t *kept;   /* [n_branch + 8] what branches did when arcs got their slots; NULL: no slots are known */
    const cef_index *slot; /* [n_branch + FLOW_SLACK] of every branch */
    bool unchanged;        /* all do what they did, and received is filled */
    double *own_imbalance; /* [n_bus] */
    double *imbalance;   /* [n_bus] the caller's column, else own_imbalance: inflow + generation - outflow - draw - loss
                            loads of the data, MW */
    bool balanced_late;  /* imbalance is summed when results are written: nothing needs it before */
    double *draw;        /* [n_bus] withdrawals without loss loads, MW; NULL if neither netted nor columns */
    flow_source *source; /* [n_bus + 8] by place: what is injected and mixes with transit */
    bool source_kept;    /* source holds what generators injected at the places of now, and something at `beside` */
    cef_index *beside;   /* [n_load + n_storage] places where a load or store injected, a place for each */
    cef_index n_beside;
    double *mismatch; /* [n_bus] MW of mismatch units; NULL if no setting makes any */
    double
        *loop_unit; /* [n_bus] MW of those that a loop's negative column excess asks for; NULL unless columns need it */
    double *local;  /* [n_bus] netted mixing: MW served locally; NULL if gross */
    double *local_mix;             /* [n_bus] netted mixing: its intensity */
    flow_group *group;             /* [n_parallel]; NULL if circuits are not netted */
    double *net_p_from, *net_p_to; /* [n_branch] copies in which a representative stands for its group; or NULL */
    /* effective branch powers: the snapshot's, or the netted copies; p_to NULL: lossless */
    const double *p_from, *p_to;
    cef_index *gen_place;   /* [n_gen + FLOW_SLACK] of every generator's bus; behind them 0 */
    const cef_index *place; /* [n_bus] of every bus in the order that serves this snapshot: the order's own array */
    /* findings of this snapshot */
    double least_intensity, most_intensity; /* over running sources; +inf, -inf if there is none */
    bool negative;                          /* some source has a negative intensity */
    cef_index n_both_ends_fed, n_both_ends_deliver, n_negative_loss, n_defaulted;
} flow_state;

/* Branches, units and loads part by part: where they are numbered alike, what a part reads and writes of its buses
 * stays in a near cache. The parts depend on the network only; their first rows are multiples of LANES. */
cef_index flow_parts(const cef_network *net);
flow_part flow_part_of(const cef_network *net, cef_index part);

void flow_carve(cef_arena *arena, flow_state *flow);
void flow_prepare(flow_state *flow);                /* once, after carving */
const flow_kernels *flow_kernels_of(int32_t width); /* LANES_* */
/* Reads the powers: validates those of the branches, fills code, imbalance and, where slots are known and nothing
 * changed, received. Errors name the element. */
cef_status flow_read_branches(flow_state *flow, const cef_snapshot *s, cef_error *error);
/* Fills received and sender, once arcs have slots. */
void flow_deliver(flow_state *flow);
/* Call when `place` has changed. */
void flow_forget_places(flow_state *flow);
/* Reads units, loads and stores, once `place` is that of the order which serves the branches: validates every number,
 * fills draw and source. */
cef_status flow_read_units(flow_state *flow, const cef_snapshot *s, cef_error *error);
/* Sums imbalances straight in the caller's column, if there is one. */
void flow_use_columns(flow_state *flow, const cef_solution *out);
/* For who solves and then sums imbalances himself: they are left to him where nothing needs them before. */
void flow_balance_late(flow_state *flow);
/* Strict mode, mismatch units and, once inflow counts are known, netted mixing. */
cef_status flow_check_balance(const flow_state *flow, cef_error *error);
void flow_add_mismatch(flow_state *flow);
void flow_add_loop_unit(const flow_state *flow, cef_index bus, double p); /* MW, while a loop is solved */
void flow_net_locally(flow_state *flow, const cef_index *inflows);        /* [n_bus] arcs into each bus */

/* What an arc delivers is what it carries and what counts as inflow. */
bool flow_arcs_are_received(const flow_state *flow);

static inline double flow_end(double p, double tolerance) { return fabs(p) < tolerance ? 0.0 : p; }
static inline double flow_other_end(const double *p_from, const double *p_to, cef_index branch)
{
    return p_to ? p_to[branch] : -p_from[branch];
}

/* What a branch without transfer draws at each of its buses: positive ends. A negative end delivers power that comes
 * from nowhere: it is no inflow, so the bus's imbalance shows it. A branch from a bus to itself draws its net power. */
static inline void flow_loss_loads(double f, double t, bool same_bus, double *at_from, double *at_to)
{
    const double sum = f + t;
    *at_from = same_bus ? (sum > 0.0 ? sum : 0.0) : f > 0.0 ? f : 0.0;
    *at_to = same_bus ? 0.0 : t > 0.0 ? t : 0.0;
}

/* The same of a branch with code FLOW_LOSS, thresholds applied. */
static inline void flow_branch_loss(const flow_state *flow, cef_index branch, double *at_from, double *at_to)
{
    const double tolerance = flow->settings->flow_tol;
    flow_loss_loads(flow_end(flow->p_from[branch], tolerance),
                    flow_end(flow_other_end(flow->p_from, flow->p_to, branch), tolerance),
                    flow->net->branch_from[branch] == flow->net->branch_to[branch], at_from, at_to);
}

/* An arc's sent and received power from its branch ends; with CEF_NEGATIVE_LOSS_SOURCE a surplus is a unit, not inflow.
 */
static inline void flow_arc_power(const flow_state *flow, cef_index branch, double *sent, double *received)
{
    const double f = flow->p_from[branch], t = flow_other_end(flow->p_from, flow->p_to, branch);
    *sent = flow->code[branch] == FLOW_FORWARD ? f : t;
    *received = flow->code[branch] == FLOW_FORWARD ? -t : -f;
    if (flow->settings->negative_loss == CEF_NEGATIVE_LOSS_SOURCE && *received > *sent)
        *received = *sent;
}

static inline double lesser(double a, double b) { return a < b ? a : b; }
static inline double greater(double a, double b) { return a > b ? a : b; }

/* Residual power that is accounted at the bus: a mismatch unit fills it, one asked for by a loop adds to it. */
static inline double flow_residual(const flow_state *flow, cef_index bus)
{
    const bool filled =
        flow->settings->on_imbalance == CEF_IMBALANCE_ADD_UNIT && flow->imbalance[bus] < -flow->settings->flow_tol;
    return filled ? 0.0 : flow->imbalance[bus];
}
static inline double flow_loop_unit(const flow_state *flow, cef_index bus)
{
    return flow->loop_unit ? flow->loop_unit[bus] : 0.0;
}

#endif /* CEF_FLOW_FLOW_H */
