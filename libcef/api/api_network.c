/* SPDX-License-Identifier: Apache-2.0 */
/* Exported: networks. */
#include "network/network.h"

cef_status cef_network_create(cef_context *ctx, const cef_network_data *data, cef_network **out, cef_error *error)
{
    if (!out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "out is NULL");
    *out = NULL;
    if (!ctx)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "ctx is NULL");
    cef_network_data own;
    CEF_TRY(struct_read(&own, sizeof own, data, sizeof own, "network data", error));
    if (own.reserved != 0)
        return error_set(error, DIAG_BAD_ARGUMENT, CEF_NOWHERE, "network data: reserved must be 0");
    return network_create(ctx, &own, out, error);
}

void cef_network_destroy(cef_network *net) { network_release(net); }

cef_status cef_network_describe(const cef_network *net, cef_network_data *out, cef_error *error)
{
    if (!net || !out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "net or out is NULL");
    if (out->struct_size < sizeof(size_t))
        return error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE, "out->struct_size is not set");
    cef_network_data own;
    network_describe(net, &own);
    struct_write(out, &own, sizeof own);
    return CEF_OK;
}
