/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room network: what is wired, immutable and counted. */
#ifndef CEF_NETWORK_NETWORK_H
#define CEF_NETWORK_NETWORK_H

#include <cef/network.h>

#include "base/base.h"
#include "sparse/sparse.h"

/* One end of a branch as its bus sees it. */
typedef struct {
    cef_index key;   /* 2 branch, 1 more if the bus is its to bus */
    cef_index other; /* the bus at the far end */
} network_end;

enum { NETWORK_END_SLACK = 4 }; /* ends are read four at a time */

static inline cef_index network_branch(network_end end) { return end.key >> 1; }

struct cef_network {
    cef_context *ctx;
    int32_t references; /* atomic */
    cef_index n_bus, n_branch, n_gen, n_load, n_storage;
    cef_id *bus_id;
    int32_t *bus_zone;
    cef_index *branch_from, *branch_to, *gen_bus, *load_bus, *storage_bus;
    int32_t *load_kind;
    /* Ends at each bus, in branch order; branches with from = to have none. */
    cef_index *end_start; /* [n_bus + 1] */
    network_end *end;     /* [end_start[n_bus] + NETWORK_END_SLACK] */
    bool gens_together;   /* the generators of a bus follow one another */
    cef_index *bus_units; /* [n_bus] generators, loads and stores at the bus */
    cef_index
        most_terms; /* of any bus: branch ends, generators, loads and stores: how many numbers its sums may round */
    /* Parallel circuits: lists of two or more branches between the same two buses, in branch order. */
    cef_index n_parallel;
    cef_index *parallel_head; /* [n_parallel] */
    cef_index *parallel_next; /* [n_branch] -1 ends a list */
    cef_index n_self;
    cef_index *self_branch; /* [n_self] branches from a bus to itself */
    static_order elimination;
    size_t size;
};

cef_status network_create(cef_context *ctx, const cef_network_data *data, cef_network **out, cef_error *error);
void network_retain(const cef_network *net);
void network_release(cef_network *net); /* NULL allowed */
void network_describe(const cef_network *net, cef_network_data *out);

#endif /* CEF_NETWORK_NETWORK_H */
