/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room flow: what is compiled once per instruction set. */
#ifndef CEF_FLOW_KERNELS_H
#define CEF_FLOW_KERNELS_H

#include "flow/flow.h"

typedef struct { /* what is found while the branches are read */
    const double *p_from, *p_to;
    bool bad; /* some power is impossible */
    cef_index fed, deliver, negative;
} orient_pass;

struct flow_kernels {
    /* Codes, received powers and the branches' part of the imbalance; branches from a bus to itself as if they were
     * not. */
    void (*orient)(flow_state *flow, orient_pass *pass);
    /* Units [0, count): gens whose powers are all in range and not negative are taken in; returns how many are before
     * the first group of eight that needs a look at each. Loads likewise. */
    cef_index (*inject)(flow_state *flow, const double *p, const double *intensity, cef_index first);
    cef_index (*withdraw)(flow_state *flow, const double *p, cef_index first);
};
extern const flow_kernels flow_kernels_portable, flow_kernels_avx2, flow_kernels_avx512;

#define MAX_MW 1e12
#define MAX_INTENSITY 1e6

#endif /* CEF_FLOW_KERNELS_H */
