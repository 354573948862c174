/* SPDX-License-Identifier: Apache-2.0 */
/* One valid object of each kind, made by the public functions only. */
#ifndef CEF_TESTS_ABI_WORLD_H
#define CEF_TESTS_ABI_WORLD_H

#include <cef/case.h>
#include <cef/cef.h>

typedef struct {
    cef_context *ctx;
    cef_network *net; /* two buses, one branch, one generator, one load, one store */
    cef_solver *solver;
    cef_grid *grid;       /* 20 buses */
    cef_case *c;          /* of the grid */
    cef_powerflow *pf;    /* of net */
    cef_case *wired;      /* three buses with impedances and no flows */
    cef_storage *storage; /* one store that holds 50 MWh at 0.2 tCO2/MWh */
    cef_batch *batch;
} world;

void world_open(world *w); /* a Criterion assertion fails if it cannot */
void world_close(world *w);

/* The arrays behind these live for the whole program. Bus 1: 10 MW at 0.5 tCO2/MWh and a store that discharges 2 MW at
 * 0.2; bus 2: 11 MW of load; the branch takes 12 MW and delivers 11. */
cef_network_data world_network_data(void);
cef_snapshot world_snapshot(void);
cef_batch_data world_batch_data(void); /* that snapshot as the one period */
cef_grid_options world_grid_options(void);
/* The same grid for the power flow: the branch has r = 0.01, x = 0.1 per unit. */
cef_powerflow_data world_powerflow_data(void);
cef_injections world_injections(void);
cef_storage_data world_storage_data(void);

#endif /* CEF_TESTS_ABI_WORLD_H */
