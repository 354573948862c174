/* SPDX-License-Identifier: Apache-2.0 */
/* The handle: everything allocated at creation, one block. */
#include "storage/storage.h"

static void carve(cef_arena *arena, cef_storage *storage)
{
    ARENA_ARRAY(arena, storage->traits, storage->n);
    ARENA_ARRAY(arena, storage->energy, storage->n);
    ARENA_ARRAY(arena, storage->carbon, storage->n);
    ARENA_ARRAY(arena, storage->flow, storage->n);
    ARENA_ARRAY(arena, storage->price, storage->n);
    ARENA_ARRAY(arena, storage->at_bus, storage->n);
    ARENA_ARRAY(arena, storage->tally, storage->n);
}

static double column_or(const double *column, cef_index store, double otherwise)
{
    return column ? column[store] : otherwise;
}

/* The period cut in m parts with retention q = k^(1/m) each: what flows evenly keeps (1 + q + .. + q^(m-1)) / m of
 * itself. */
static double retention_used(double retention, int32_t substeps)
{
    if (substeps == 1 || retention == 1.0)
        return 1.0;
    if (retention == 0.0)
        return 1.0 / substeps;
    const double logarithm = log(retention);
    const double used = expm1(logarithm) / (substeps * expm1(logarithm / substeps));
    return used < retention ? retention : used > 1.0 ? 1.0 : used;
}

static store_traits traits_of(const cef_storage_data *data, int32_t substeps, cef_index store)
{
    const double retention = column_or(data->retention, store, 1.0);
    return (store_traits){.id = data->id ? data->id[store] : store,
                          .capacity = column_or(data->capacity, store, (double) INFINITY),
                          .efficiency_charge = column_or(data->efficiency_charge, store, 1.0),
                          .efficiency_discharge = column_or(data->efficiency_discharge, store, 1.0),
                          .retention = retention,
                          .retention_used = retention_used(retention, substeps),
                          .intensity = column_or(data->intensity, store, 0.0)};
}

/* tCO2 held at the start. The stated intensity is that of what is discharged: CONSERVING delivers all carbon with the
 * share of the energy that arrives. */
static double carbon_at_start(const cef_storage_data *data, int32_t model, const store_traits *traits, cef_index store)
{
    const double held = column_or(data->energy, store, 0.0);
    if (model == CEF_STORAGE_LOAD || held == 0.0)
        return 0.0;
    if (model == CEF_STORAGE_STATIC)
        return traits->intensity * held;
    if (data->carbon)
        return data->carbon[store];
    return traits->intensity * held * (model == CEF_STORAGE_CONSERVING ? traits->efficiency_discharge : 1.0);
}

static void fill(cef_storage *storage, const cef_storage_data *data)
{
    for (cef_index store = 0; store < storage->n; store++) {
        storage->traits[store] = traits_of(data, storage->settings.substeps, store);
        storage->energy[store] = column_or(data->energy, store, 0.0);
        storage->carbon[store] = carbon_at_start(data, storage->settings.model, &storage->traits[store], store);
        storage->tally[store] =
            (store_tally){.energy_start = storage->energy[store], .carbon_start = storage->carbon[store]};
    }
}

cef_status storage_create(cef_context *ctx, const cef_storage_data *data, const cef_storage_settings *settings,
                          cef_storage **out, cef_error *error)
{
    CEF_TRY(storage_settings_check(settings, error));
    CEF_TRY(storage_data_check(data, settings, error));
    cef_storage shape = {.ctx = ctx, .settings = *settings, .n = data->n_storage};
    cef_arena arena = {0};
    (void) arena_take(&arena, 1, sizeof shape);
    carve(&arena, &shape);
    if (arena.overflow)
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE, "the stores do not fit this machine's memory sizes");
    void *memory = NULL;
    CEF_TRY(context_take(ctx, arena.used, &memory, error));
    shape.size = arena.used;
    arena = (cef_arena){.base = memory};
    cef_storage *storage = arena_take(&arena, 1, sizeof *storage);
    *storage = shape;
    carve(&arena, storage);
    fill(storage, data);
    context_retain(ctx);
    *out = storage;
    return CEF_OK;
}

void storage_destroy(cef_storage *storage)
{
    if (!storage)
        return;
    cef_context *ctx = storage->ctx;
    context_free(ctx, storage, storage->size);
    context_release(ctx);
}

void storage_intensity(const cef_storage *storage, double *intensity)
{
    for (cef_index store = 0; store < storage->n; store++)
        intensity[store] = store_intensity(&storage->traits[store], storage->settings.model, storage->energy[store],
                                           storage->carbon[store]);
}
