/* SPDX-License-Identifier: Apache-2.0 */
/* The tests' own view of the power flow: grids as tables, a reader of MATPOWER files, random grids whose solution is
 * known because the voltages were chosen first, the library run through its public ABI, and a check of its answers in
 * complex arithmetic. Shares no code with libcef. */
#ifndef CEF_TESTS_ELECTRIC_H
#define CEF_TESTS_ELECTRIC_H

#include "support.h"

/* ---- electric.c: tables of a grid; rows are appended, everything may be edited afterwards ---- */
typedef struct {
    double base_mva;
    cef_index n_bus, n_branch, n_gen, n_load; /* counts, and below the room that was taken */
    cef_index most_branch, most_gen, most_load;
    cef_id *bus_id;
    int8_t *bus_type;
    double *gs, *bs, *vm0, *va0, *bus_q; /* [n_bus] MW, MVAr, per unit, degrees, MVAr drawn */
    cef_index *from, *to;
    double *r, *x, *b, *tap, *shift;       /* [n_branch] */
    double *p_from, *p_to, *q_from, *q_to; /* [n_branch] stated in a file; given for HVDC */
    int8_t *on, *hvdc;
    cef_index *gen_bus;
    double *gen_p, *gen_q, *vg, *qmin, *qmax, *capacity, *share; /* [n_gen] share: participation, read if has_shares */
    int8_t *gen_on;
    cef_index *load_bus;
    double *load_p, *load_q; /* [n_load] */
    int32_t *load_kind;
    bool has_shares, has_flows;
    double *true_vm, *true_va; /* [n_bus] of random grids: what must come out; 0 where dead */
    double true_slack;         /* MW, likewise */
} electric;
electric electric_make(cef_index n_bus, cef_index most_branch, cef_index most_gen, cef_index most_load);
void electric_free(electric *g);
cef_index electric_branch(electric *g, cef_index from, cef_index to, double r, double x, double b);
cef_index electric_gen(electric *g, cef_index bus, double p, double vg); /* no limits, capacity 0, on */
cef_index electric_load(electric *g, cef_index bus, double p, double q);
void electric_shunt_rows(electric *g); /* a CEF_LOAD_SHUNT row for each bus with gs, as a case file gives it */
cef_network_data electric_network(const electric *g);
cef_powerflow_data electric_data(const electric *g);
cef_injections electric_injections(const electric *g);

/* ---- electric_mpc.c ---- */
/* False if the file cannot be read as MATPOWER tables. PF QF PT QT are in p_from.. if has_flows. */
bool electric_read(const char *path, electric *g);

/* ---- electric_random.c ---- */
enum {
    ELECTRIC_SHIFT = 1,     /* taps and phase shifters */
    ELECTRIC_PARALLEL = 2,  /* parallel circuits */
    ELECTRIC_OUTAGE = 4,    /* branches, units out of service */
    ELECTRIC_ISLANDS = 8,   /* two live islands, one without a reference bus, and a dead one */
    ELECTRIC_ISOLATED = 16, /* buses of type 4 with load, unit and branches */
    ELECTRIC_SHUNT = 32,
    ELECTRIC_HVDC = 64,
    ELECTRIC_UNITS = 128,     /* several units a bus, units at PQ buses, PV buses without a running unit */
    ELECTRIC_SHARES = 256,    /* participation factors */
    ELECTRIC_CAPACITOR = 512, /* branches of negative reactance */
    ELECTRIC_ALL = 1023
};
/* bus_vm0, bus_va0 lie within `far` (per unit, rad) of the solution; the reference's angle is exact. */
electric random_electric(dice *d, cef_index n_bus, unsigned options, double far);
/* The same in DC: injections from the true angles, all voltages 1. */
electric random_electric_dc(dice *d, cef_index n_bus, unsigned options);

/* ---- electric_run.c: the power flow, through <cef/cef.h> only ---- */
typedef struct {
    cef_status status;
    cef_error error;
    cef_powerflow_info info;
    cef_powerflow_solution out;
    char *memory; /* owns every array of out; every byte poisoned before a solve */
    size_t size;
} flowed;
typedef struct {
    cef_context *ctx;
    cef_network *net;
    cef_powerflow *pf;
    cef_status status; /* of cef_powerflow_create */
    cef_error error;
} flow_session;
cef_powerflow_options flow_options(int32_t method, int32_t start);
flow_session flow_open(const electric *g, const cef_powerflow_options *options, const cef_allocator *allocator);
void flow_close(flow_session *s);
flowed flowed_make(const electric *g);
void flowed_free(flowed *f);
void flow_solve(const flow_session *s, const electric *g, flowed *f);
void flow_evaluate(const flow_session *s, const electric *g, const double *vm, const double *va, flowed *f);
flowed electric_solve(const electric *g, const cef_powerflow_options *options); /* open, solve, close */

/* ---- electric_check.c: NULL, or what is wrong (in a static buffer) ---- */
/* Powers into branch k at both ends by the pi model from vm (per unit) and va (degrees), in MW and MVAr. */
void electric_flow(const electric *g, cef_index k, const double *vm, const double *va, double s[4]);
/* Live buses: islands of branches in service with a running unit; island[bus] is its lowest bus, -1 dead. */
void electric_islands(const electric *g, cef_index *island);
/* An AC answer: branch powers follow from the voltages, Kirchhoff's law at every bus in MW and MVAr to `tolerance` per
 * unit, set points held, schedules kept, slack shared, dead parts 0, the figures of info. */
const char *electric_check(const electric *g, const flowed *f, double tolerance);
/* A DC answer against a dense solve in long double. */
const char *electric_check_dc(const electric *g, const flowed *f);
/* Voltages against the known ones of a random grid. */
const char *electric_check_truth(const electric *g, const flowed *f, double tolerance);

#endif /* CEF_TESTS_ELECTRIC_H */
