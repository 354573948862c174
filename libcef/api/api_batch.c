/* SPDX-License-Identifier: Apache-2.0 */
/* Exported: many snapshots. */
#include "batch/batch.h"

cef_status cef_batch_create(cef_context *ctx, const cef_network *net, const cef_settings *settings,
                            const cef_batch_options *options, cef_batch **out, cef_error *error)
{
    if (!out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "out is NULL");
    *out = NULL;
    if (!ctx || !net)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "ctx or net is NULL");
    cef_settings own_settings;
    cef_batch_options own_options = {.struct_size = sizeof own_options};
    CEF_TRY(settings_read(settings, &own_settings, error));
    if (options)
        CEF_TRY(struct_read(&own_options, sizeof own_options, options, sizeof(size_t), "options", error));
    return batch_create(ctx, (cef_network *) net, &own_settings, &own_options, out, error); /* only its count changes */
}

cef_status cef_batch_solve(cef_batch *batch, const cef_batch_data *data, cef_batch_result *result, cef_batch_info *info,
                           cef_error *error)
{
    if (!batch)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "batch is NULL");
    cef_batch_data own_data;
    cef_batch_result own_result = {.struct_size = sizeof own_result};
    CEF_TRY(struct_read(&own_data, sizeof own_data, data, sizeof(size_t), "data", error));
    if (result)
        CEF_TRY(struct_read(&own_result, sizeof own_result, result, sizeof(size_t), "result", error));
    if (info && info->struct_size < sizeof(size_t))
        return error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE, "info->struct_size is not set");
    return batch_solve(batch, &own_data, &own_result, info, error);
}

void cef_batch_destroy(cef_batch *batch) { batch_destroy(batch); }
