/* SPDX-License-Identifier: Apache-2.0 */
/* The case behind the handle: the file's tables, the network, and one snapshot (theory.md 0: MW, tCO2/MWh). */
#ifndef CEF_IO_CASE_OBJECT_H
#define CEF_IO_CASE_OBJECT_H

#include "io/case_data.h"

/* Columns of the snapshot, carved from one block: out-of-service rows carry 0. */
typedef struct {
    double *branch_p_from, *branch_p_to;       /* [n_branch] NaN where the file states none */
    double *gen_p, *gen_intensity;             /* [n_gen] */
    double *load_p, *load_intensity;           /* [n_load] */
    double *storage_p, *storage_intensity;     /* [n_storage] */
    double *storage_energy, *storage_capacity; /* [n_storage] 0 and infinity where the file states none */
} case_state;

/* What a power flow reads and the tables leave out or mask: out-of-service loads and stores, limits that are none. */
typedef struct {
    double *bus_gs, *bus_vm;                   /* [n_bus] */
    cef_index *first_shunt;                    /* [n_bus] load row, -1 none */
    double *branch_r, *branch_x, *branch_b;    /* [n_branch] per unit */
    double *p_from, *p_to, *q_from, *q_to;     /* [n_branch] MW, MVAr of HVDC lines in service, else 0 */
    double *vg, *qmin, *qmax, *capacity, *apf; /* [n_gen] */
    double *load_p, *load_q;                   /* [n_load] */
    double *storage_p;                         /* [n_storage] */
} case_pf_columns;

struct cef_case {
    cef_context *ctx; /* counted */
    case_data data;
    cef_network *network;
    case_state state;
    void *block; /* of state */
    size_t block_size;
    case_pf_columns pf; /* of pf_block, which the first cef_case_powerflow takes */
    void *pf_block;
    size_t pf_size;
    cef_index n_out_of_service;
    bool has_flows;
};

#endif /* CEF_IO_CASE_OBJECT_H */
