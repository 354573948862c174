/* SPDX-License-Identifier: Apache-2.0 */
/* Exported: carbon held in stores. */
#include "storage/storage.h"

void cef_storage_settings_init(cef_storage_settings *settings, size_t struct_size)
{
    if (!settings || struct_size < sizeof(size_t))
        return;
    cef_storage_settings own;
    storage_settings_default(&own);
    memset(settings, 0, struct_size);
    memcpy(settings, &struct_size, sizeof struct_size);
    struct_write(settings, &own, sizeof own);
}

/* What the caller's shorter struct does not hold takes its default. */
static cef_status read_settings(const cef_storage_settings *theirs, cef_storage_settings *own, cef_error *error)
{
    storage_settings_default(own);
    if (!theirs)
        return CEF_OK;
    cef_storage_settings read;
    CEF_TRY(struct_read(&read, sizeof read, theirs, sizeof(size_t), "settings", error));
    const size_t size = theirs->struct_size < sizeof read ? theirs->struct_size : sizeof read;
    memcpy(own, &read, size);
    return CEF_OK;
}

cef_status cef_storage_create(cef_context *ctx, const cef_storage_data *data, const cef_storage_settings *settings,
                              cef_storage **out, cef_error *error)
{
    if (!out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "out is NULL");
    *out = NULL;
    if (!ctx)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "ctx is NULL");
    cef_storage_data own_data;
    cef_storage_settings own_settings;
    CEF_TRY(struct_read(&own_data, sizeof own_data, data, sizeof own_data, "data", error));
    CEF_TRY(read_settings(settings, &own_settings, error));
    return storage_create(ctx, &own_data, &own_settings, out, error);
}

void cef_storage_destroy(cef_storage *storage) { storage_destroy(storage); }

cef_status cef_storage_intensity(const cef_storage *storage, double *intensity, cef_error *error)
{
    if (!storage || (!intensity && storage->n > 0))
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, storage ? "intensity is NULL" : "storage is NULL");
    storage_intensity(storage, intensity);
    return CEF_OK;
}

cef_status cef_storage_step(cef_storage *storage, const double *storage_p, const double *bus_intensity, double hours,
                            cef_storage_flows *flows, cef_error *error)
{
    if (!storage)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "storage is NULL");
    if (storage->n > 0 && (!storage_p || !bus_intensity))
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE,
                         storage_p ? "bus_intensity is NULL" : "storage_p is NULL");
    cef_storage_flows own = {.struct_size = sizeof own};
    if (flows)
        CEF_TRY(struct_read(&own, sizeof own, flows, sizeof(size_t), "flows", error));
    return storage_step(storage, storage_p, bus_intensity, hours, &own, error);
}

cef_status cef_storage_skip(cef_storage *storage, const double *storage_p, double hours, cef_storage_flows *flows,
                            cef_error *error)
{
    if (!storage || (storage->n > 0 && !storage_p))
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, storage ? "storage_p is NULL" : "storage is NULL");
    cef_storage_flows own = {.struct_size = sizeof own};
    if (flows)
        CEF_TRY(struct_read(&own, sizeof own, flows, sizeof(size_t), "flows", error));
    return storage_skip(storage, storage_p, hours, &own, error);
}

cef_status cef_storage_state(const cef_storage *storage, double *energy, double *carbon, cef_error *error)
{
    if (!storage)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "storage is NULL");
    const size_t size = (size_t) storage->n * sizeof(double);
    if (energy && size > 0)
        memcpy(energy, storage->energy, size);
    if (carbon && size > 0)
        memcpy(carbon, storage->carbon, size);
    return CEF_OK;
}

cef_status cef_storage_describe(const cef_storage *storage, cef_storage_info *out, cef_error *error)
{
    if (!storage || !out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, storage ? "out is NULL" : "storage is NULL");
    if (out->struct_size < sizeof(size_t))
        return error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE, "out->struct_size is not set");
    cef_storage_info own;
    storage_describe(storage, &own);
    struct_write(out, &own, sizeof own);
    return CEF_OK;
}
