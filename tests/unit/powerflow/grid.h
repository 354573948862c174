/* SPDX-License-Identifier: Apache-2.0 */
/* Small grids for the tests of room powerflow: fixed capacity, base 100 MVA. */
#ifndef CEF_TEST_POWERFLOW_GRID_H
#define CEF_TEST_POWERFLOW_GRID_H

#include <cef/cef.h>
#include <math.h>
#include <string.h>

enum { GRID_MOST = 256 };

typedef struct {
    cef_index n_bus, n_branch, n_gen, n_load, n_storage;
    int8_t type[GRID_MOST], branch_on[GRID_MOST], hvdc[GRID_MOST], gen_on[GRID_MOST];
    double gs[GRID_MOST], bs[GRID_MOST], vm0[GRID_MOST], va0[GRID_MOST];
    cef_index from[GRID_MOST], to[GRID_MOST], gen_bus[GRID_MOST], load_bus[GRID_MOST], storage_bus[GRID_MOST];
    double r[GRID_MOST], x[GRID_MOST], b[GRID_MOST], tap[GRID_MOST], shift[GRID_MOST];
    double vg[GRID_MOST], qmin[GRID_MOST], qmax[GRID_MOST], capacity[GRID_MOST];
    int32_t load_kind[GRID_MOST];
    double gen_p[GRID_MOST], gen_q[GRID_MOST], load_p[GRID_MOST], load_q[GRID_MOST], bus_q[GRID_MOST],
        storage_p[GRID_MOST];
    double hvdc_p_from[GRID_MOST], hvdc_p_to[GRID_MOST], hvdc_q_from[GRID_MOST], hvdc_q_to[GRID_MOST];
    /* results */
    double vm[GRID_MOST], va[GRID_MOST], p_from[GRID_MOST], q_from[GRID_MOST], p_to[GRID_MOST], q_to[GRID_MOST];
    double out_gen_p[GRID_MOST], out_gen_q[GRID_MOST], out_load_p[GRID_MOST], out_storage_p[GRID_MOST];
    double miss_p[GRID_MOST], miss_q[GRID_MOST];
    int32_t out_type[GRID_MOST];
    cef_powerflow_info info;
    cef_error error;
    cef_powerflow_options options;
} grid;

grid *grid_new(void); /* one a test: static, cleared */
cef_index grid_bus(grid *g, int8_t type);
cef_index grid_branch(grid *g, cef_index from, cef_index to, double r, double x);
cef_index grid_gen(grid *g, cef_index bus, double p, double vg); /* capacity 100, no reactive limits */
cef_index grid_load(grid *g, cef_index bus, double p, double q);
cef_index grid_shunt(grid *g, cef_index bus, double gs, double bs); /* with its load row */

typedef struct {
    cef_context *ctx;
    cef_network *net;
    cef_powerflow *pf;
} handles;
cef_status grid_open(grid *g, handles *h, const cef_allocator *allocator); /* g->error says why not */
cef_status grid_solve(grid *g, const handles *h);
cef_status grid_evaluate(grid *g, const handles *h, const double *vm, const double *va);
void grid_close(handles *h);
cef_status grid_run(grid *g); /* open, solve, close */
void grid_must_run(grid *g);

/* Largest |sum| of the result arrays at a bus, MW: what tracing will see. */
double grid_imbalance(const grid *g);
/* A meshed random grid: a ring with chords, taps, shifts, charging, several units. */
grid *grid_random(uint64_t seed, cef_index n_bus);

/* Stored voltages that are off: within `off` of 1 per unit and `degrees` of 0. */
void grid_disturb(grid *g, uint64_t seed, double off, double degrees);

#endif /* CEF_TEST_POWERFLOW_GRID_H */
