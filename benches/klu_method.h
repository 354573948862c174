/* SPDX-License-Identifier: Apache-2.0 */
/* The other way: carbon emission flow (losses `sending`) by a general sparse LU, KLU of SuiteSparse with its default
 * ordering (BTF, then AMD in each block), written as well as we can. It makes the same outputs as libcef, no
 * certificate: bus_intensity, bus_throughput and bus_imbalance where they are not NULL, and either all of branches,
 * generators and loads or none of them.
 *
 *   full       orient, assemble (parallel arcs summed, dead buses get 1 on the diagonal), analyse, factor, solve,
 *              outputs
 *   again      new values at known positions, klu_refactor, solve, outputs; false if a direction has changed */
#ifndef CEF_BENCHES_KLU_METHOD_H
#define CEF_BENCHES_KLU_METHOD_H

#include <klu.h>

#include "tools.h"

typedef struct {
    bool by_receiver; /* column = receiving bus (the matrix is stored transposed), else column = sending bus */
    bool scaled;      /* KLU's default row scaling; a diagonally dominant matrix does not need it */
} klu_choice;

typedef struct {
    cef_network_data net; /* borrowed */
    klu_choice choice;
    int *start, *row, *diagonal, *mark, *arc_at; /* [n + 1], [nz], [n], [n], [nz] */
    double *value;                               /* [nz] */
    int *slot;                                   /* [n_branch] where a branch's power is added; -1 no transfer */
    int8_t *way;                                 /* [n_branch] 1 from -> to, -1 to -> from, 0 no transfer */
    double *x;                                   /* [n] right-hand side, then solution */
    double *throughput, *imbalance;              /* [n] */
    klu_common common;
    klu_symbolic *symbolic;
    klu_numeric *numeric;
} klu_method;

klu_method klu_open(const cef_network_data *net, klu_choice choice);
void klu_full(klu_method *m, const cef_snapshot *now, cef_solution *out);
bool klu_again(klu_method *m, const cef_snapshot *now, cef_solution *out);
void klu_close(klu_method *m);

#endif /* CEF_BENCHES_KLU_METHOD_H */
