/* SPDX-License-Identifier: Apache-2.0 */
/* cef/network.h - what is wired: buses, branches, generators, loads, storage. Immutable once created, may be shared. */
#ifndef CEF_NETWORK_H
#define CEF_NETWORK_H

#include <cef/context.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cef_network cef_network;

/* Kinds of load: they differ in the totals they are counted in, and `prorata` charges CEF_LOAD_DEMAND only. */
enum { CEF_LOAD_DEMAND = 0, CEF_LOAD_SHUNT = 1, CEF_LOAD_EXPORT = 2 };

typedef struct cef_network_data { /* columns; read during cef_network_create, not kept */
    size_t struct_size;
    const cef_id *bus_id;         /* [n_bus], unique; NULL: 0..n_bus-1 */
    const int32_t *bus_zone;      /* [n_bus]; NULL: all 0 */
    const cef_index *branch_from; /* [n_branch] bus position; from = to is allowed (only losses) */
    const cef_index *branch_to;   /* [n_branch] */
    const cef_index *gen_bus;     /* [n_gen] */
    const cef_index *load_bus;    /* [n_load] */
    const int32_t *load_kind;     /* [n_load] CEF_LOAD_*; NULL: all CEF_LOAD_DEMAND */
    const cef_index *storage_bus; /* [n_storage] */
    cef_index n_bus, n_branch, n_gen, n_load, n_storage, reserved;
} cef_network_data;

/* Errors: CEF_ERR_NETWORK names the element whose bus does not exist or the duplicate id; CEF_ERR_OVERFLOW when
 * 2 n_branch or n_bus does not fit the index type. n_bus = 0 is an error, every other count may be 0. */
CEF_API CEF_MUST_CHECK cef_status cef_network_create(cef_context *ctx, const cef_network_data *data, cef_network **out,
                                                     cef_error *error);
CEF_API void cef_network_destroy(cef_network *net); /* NULL allowed; solvers keep their network alive */

/* The network's own copy of its columns, borrowed until the network is destroyed. */
CEF_API CEF_MUST_CHECK cef_status cef_network_describe(const cef_network *net, cef_network_data *out, cef_error *error);

#ifdef __cplusplus
}
#endif
#endif /* CEF_NETWORK_H */
