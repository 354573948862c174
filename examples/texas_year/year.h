/* SPDX-License-Identifier: Apache-2.0 */
/* A year of a grid, hour by hour: loads by area, dispatch by merit order, power flow, carbon traced, with and without
 * storage. Shows how cef_powerflow and cef_batch work together; what is modelled, and what is not: docs/texas-year.md.
 */
#ifndef TEXAS_YEAR_H
#define TEXAS_YEAR_H

#include <stdbool.h>
#include <stdio.h>

#include <cef/case.h>
#include <cef/cef.h>

enum { HOURS_A_DAY = 24, BLOCK = 96, WITHOUT = 0, WITH = 1, SCENARIOS = 2, MOST_AREAS = 32 };
enum { COAL, GAS, NUCLEAR, HYDRO, WIND, SOLAR, OTHER, KINDS };
extern const char *const kind_names[KINDS];

typedef struct {
    const char *case_path, *scenarios_path; /* NULL: generated, made up */
    int hours;                              /* 0: all there are */
    int threads;
    bool dc;
    bool picture; /* not --plain */
} year_options;

/* Says what went wrong on stderr and returns false, so that a stage reads as a list of conditions. */
bool fail(const char *what, const cef_error *error);
bool fail_at(const char *path, int line, const char *reason);
/* Zeroed; ends the program where memory is gone. */
void *take(size_t count, size_t size);
double now(void); /* seconds, monotonic */

/* ---- grid.c: the network with stores in it, and what each unit is ---- */
typedef struct {
    cef_context *ctx;
    cef_case *source;
    cef_network *net;       /* the case's, and one store an area */
    cef_network_data table; /* its columns */
    cef_powerflow_data wires;
    cef_injections base; /* the case's own operating point */
    char name[128];
    bool generated;
    /* by unit */
    double *intensity;      /* [n_gen] tCO2/MWh */
    double *capacity;       /* [n_gen] MW */
    double *price, *slope;  /* [n_gen] marginal cost at 0 MW, $/MWh, and its rise for each MW */
    int8_t *kind;           /* [n_gen] COAL .. OTHER */
    int8_t *in_service;     /* [n_gen] all 1: any unit may be called */
    double *participation;  /* [n_gen] in what dispatch leaves to the power flow */
    int *gen_area, *area;   /* [n_gen], [n_load] 0 .. n_area - 1 */
    double *rating;         /* [n_branch] MW; 0: not known */
    double *r, *x;          /* [n_branch] of a generated grid */
    cef_index *storage_bus; /* [n_area] the bus of most load */
    double *store_mw;       /* [n_area] of each store, at either end */
    int n_area;
    double area_mw[MOST_AREAS]; /* load of the case */
    char area_name[MOST_AREAS][16];
} year_grid;
bool grid_open(const year_options *options, year_grid *grid);
void grid_close(year_grid *grid);
double grid_total(const year_grid *grid, int kind); /* MW of all units of a kind */

/* ---- table.c: matrices of MATPOWER files, read as data ---- */
typedef struct {
    char *text; /* of the file */
    size_t length;
    const char *path;
} table_file;
bool table_open(const char *path, table_file *file);
void table_close(table_file *file);
/* Column `column` (from 0) of the matrix `name`, such as "mpc.gencost"; n rows must be there. NULL after an error. */
double *table_column(const table_file *file, const char *name, int column, int n);
/* The hours of a change table of MATPOWER that sets the load of areas: [hours][n_area] MW, areas 1 .. n_area. */
double *table_area_loads(const table_file *file, int n_area, int *hours);

/* ---- profile.c: load, wind, sun and water, hour by hour ---- */
typedef struct {
    int hours;
    double *load;  /* [hours][n_area] MW */
    double *total; /* [hours] MW */
    double *net;   /* [hours] total less what wind, sun and water offer */
    double *store; /* [hours][n_area] MW, above 0 discharging */
    bool made_up;  /* the load curve */
} year_profile;
bool profile_open(const year_options *options, const year_grid *grid, year_profile *profile);
void profile_close(year_profile *profile);
/* Share of its capacity that a unit can run at. */
double profile_available(const year_grid *grid, cef_index gen, int hour);

#define STORE_HOURS 4.0       /* of discharging from full */
#define STORE_EFFICIENCY 0.92 /* each way */
#define STORE_SHARE 0.04      /* power, of the load of the area */

/* ---- dispatch.c: merit order ---- */
typedef struct {
    double *price;                /* [SCENARIOS][hours] $/MWh at which supply meets load and losses */
    double loss_share, loss_rise; /* losses as a share of load: at no load, and what each MW of load adds */
    double peak_mw;               /* the hour of most load */
    double short_mwh;             /* what no unit could serve: left to the slack units */
} year_dispatch;
bool dispatch_open(const year_options *options, year_grid *grid, const year_profile *profile, year_dispatch *dispatch);
void dispatch_close(year_dispatch *dispatch);
/* MW of a unit in an hour of a scenario. */
double dispatch_unit(const year_grid *grid, const year_profile *profile, const year_dispatch *dispatch, int scenario,
                     int hour, cef_index gen);

/* ---- flows.c: power flow of a block of hours, on threads ---- */
typedef struct {
    double *p_from, *p_to, *gen_p, *load_p, *store_p; /* [SCENARIOS][count][n] */
    int first, count;
} year_block;
typedef struct {
    double seconds;
    long solves, iterations, overloads; /* branches above their rating, summed over hours */
    double worst_mismatch;              /* per unit */
    double loss_mwh, most_slack_mw;
    bool failed;
} flow_findings;
bool flows_solve(const year_options *options, const year_grid *grid, const year_profile *profile,
                 const year_dispatch *dispatch, year_block *block, flow_findings *found);
/* One hour of the scenario without stores: its losses as a share of load. */
bool flows_loss(const year_options *options, const year_grid *grid, const year_profile *profile,
                const year_dispatch *dispatch, int hour, double *share);
year_block block_open(const year_grid *grid);
void block_close(year_block *block);

/* ---- trace.c: carbon of a block, and what is kept of it ---- */
enum { BINS = 4000 }; /* of intensities, 0 .. 2 tCO2/MWh */
#define BIN_WIDTH 0.0005
typedef struct {
    double *carbon;            /* [hours] tCO2/h of all load */
    double *least, *most;      /* [hours] tCO2/MWh of any bus with load */
    double *load_mwh, *load_t; /* [n_load] over the horizon */
    double energy[KINDS];      /* MWh generated */
    double bin[BINS];          /* MWh of load by the intensity of its bus */
    double generation_t, load_t_all, loss_t, mismatch_t, served_mwh;
} scenario_findings;
typedef struct {
    scenario_findings of[SCENARIOS];
    cef_storage *stores[SCENARIOS];
    cef_batch *batch;
    cef_batch_result rows; /* of a block */
    double seconds;
    long solved, failed, one_by_one;
    double error_bound, backward_error, conservation, balance_mw, horizon; /* worst */
    double carbon_start, carbon_end, owner_loss;
    bool certified;
    double charged_mwh, charged_t, delivered_mwh, delivered_t; /* of the stores */
    int largest_loop;
} year_trace;
bool trace_open(const year_options *options, const year_grid *grid, int hours, year_trace *trace);
void trace_close(year_trace *trace);
bool trace_block(const year_grid *grid, const year_block *block, year_trace *trace);

/* ---- report.c ---- */
typedef struct {
    double grid, profile, dispatch, total;
} stage_seconds;
void report(const year_options *options, const year_grid *grid, const year_profile *profile,
            const year_dispatch *dispatch, const flow_findings *flows, const year_trace *trace,
            const stage_seconds *seconds);

#endif /* TEXAS_YEAR_H */
