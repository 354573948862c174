/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room flow: what is compiled once per instruction set. */
#ifndef CEF_FLOW_KERNELS_H
#define CEF_FLOW_KERNELS_H

#include "flow/flow.h"

typedef struct { /* what is found while the branches are read */
    const double *p_from, *p_to;
    bool bad;     /* some power may be impossible */
    bool differs; /* some branch does not do what it did */
    cef_index fed, deliver, negative;
} orient_pass;

struct flow_kernels {
    /* Branches [first, last), first a multiple of 64: codes and their part of the imbalance; branches from a bus to
     * itself as if they were not. */
    void (*orient)(flow_state *flow, orient_pass *pass, cef_index first, cef_index last);
    /* The same without the imbalance; received powers too, while all do what they did. */
    void (*classify)(flow_state *flow, orient_pass *pass, cef_index first, cef_index last);
    /* Received powers of all arcs. */
    void (*deliver)(flow_state *flow);
    /* Gens from `first` on, as sources of their places, while all powers are in range and not negative; returns how
     * many are before the first group of eight that needs a look at each. */
    cef_index (*inject)(flow_state *flow, const double *p, const double *intensity, cef_index first);
    /* The same of loads, as draws of their buses. */
    cef_index (*withdraw)(flow_state *flow, const double *p, cef_index first);
};
extern const flow_kernels flow_kernels_portable, flow_kernels_avx2, flow_kernels_avx512;

/* What a generator finds at its bus is of an earlier snapshot, or nothing. */
static inline bool flow_gen_is_first(const cef_network *net, cef_index gen)
{
    return net->gens_together && (gen == 0 || net->gen_bus[gen - 1] != net->gen_bus[gen]);
}

#define MAX_MW 1e12
#define MAX_INTENSITY 1e6

#endif /* CEF_FLOW_KERNELS_H */
