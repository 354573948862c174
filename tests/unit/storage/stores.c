/* SPDX-License-Identifier: Apache-2.0 */
#include "stores.h"

cef_storage_settings settings_of_model(int32_t model)
{
    cef_storage_settings settings;
    cef_storage_settings_init(&settings, sizeof settings);
    settings.model = model;
    return settings;
}

stores stores_open(const cef_storage_data *data, const cef_storage_settings *settings)
{
    stores s = {0};
    cef_error error = {.struct_size = sizeof error};
    cr_assert(cef_context_create(NULL, &s.ctx, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_storage_create(s.ctx, data, settings, &s.storage, &error) == CEF_OK, "%s", error.message);
    return s;
}

void stores_close(stores *s)
{
    cef_context_destroy(s->ctx);
    cef_storage_destroy(s->storage);
}

stores one_open(const one_store *store, const cef_storage_settings *settings)
{
    static const cef_id id[1] = {77};
    const cef_storage_data data = {.struct_size = sizeof data,
                                   .id = id,
                                   .energy = &store->energy,
                                   .intensity = &store->intensity,
                                   .capacity = &store->capacity,
                                   .efficiency_charge = &store->efficiency_charge,
                                   .efficiency_discharge = &store->efficiency_discharge,
                                   .retention = &store->retention,
                                   .n_storage = 1};
    return stores_open(&data, settings);
}

double one_intensity(const stores *s)
{
    double intensity = -1;
    cr_assert(cef_storage_intensity(s->storage, &intensity, NULL) == CEF_OK);
    return intensity;
}

one_flow one_step(const stores *s, double p, double x, double hours)
{
    one_flow f;
    cef_error error = {.struct_size = sizeof error};
    cef_storage_flows flows = {.struct_size = sizeof flows,
                               .energy = &f.energy,
                               .carbon = &f.carbon,
                               .energy_drawn = &f.energy_drawn,
                               .energy_delivered = &f.energy_delivered,
                               .energy_lost = &f.energy_lost,
                               .carbon_drawn = &f.carbon_drawn,
                               .carbon_delivered = &f.carbon_delivered,
                               .owner_loss = &f.owner_loss};
    cr_assert(cef_storage_step(s->storage, &p, &x, hours, &flows, &error) == CEF_OK, "%s", error.message);
    return f;
}

void one_refused(const stores *s, double p, double x, double hours, const char *code, cef_error *error)
{
    double before[2], after[2], untouched = 0.125;
    cef_storage_flows flows = {.struct_size = sizeof flows, .energy = &untouched};
    const int64_t n_periods = stores_info(s).n_periods;
    *error = (cef_error){.struct_size = sizeof *error};
    cr_assert(cef_storage_state(s->storage, &before[0], &before[1], NULL) == CEF_OK);
    const cef_status status = cef_storage_step(s->storage, &p, &x, hours, &flows, error);
    cr_assert(status != CEF_OK && status == error->status && strcmp(error->code, code) == 0, "%d, code '%s' for %s: %s",
              (int) status, error->code, code, error->message);
    cr_assert(cef_storage_state(s->storage, &after[0], &after[1], NULL) == CEF_OK);
    cr_assert(memcmp(before, after, sizeof before) == 0 && untouched == 0.125, "a refused step changed something");
    cr_assert(stores_info(s).n_periods == n_periods);
    cr_assert(cef_explain(code) != NULL);
}

cef_storage_info stores_info(const stores *s)
{
    cef_storage_info info = {.struct_size = sizeof info};
    cr_assert(cef_storage_describe(s->storage, &info, NULL) == CEF_OK);
    return info;
}

int near(double value, double wanted, double places) { return fabs(value - wanted) <= places * 0x1p-52 * fabs(wanted); }
