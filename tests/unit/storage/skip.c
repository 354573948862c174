/* SPDX-License-Identifier: Apache-2.0 */
/* A period that could not be solved: what is known of a store afterwards, and until when it is not. */
#include "stores.h"

static cef_error error;

typedef struct {
    double energy, carbon, energy_drawn, energy_delivered, carbon_drawn, carbon_delivered, owner_loss;
} skipped;

static skipped skip(const stores *s, double p)
{
    skipped f;
    cef_storage_flows flows = {.struct_size = sizeof flows,
                               .energy = &f.energy,
                               .carbon = &f.carbon,
                               .energy_drawn = &f.energy_drawn,
                               .energy_delivered = &f.energy_delivered,
                               .carbon_drawn = &f.carbon_drawn,
                               .carbon_delivered = &f.carbon_delivered,
                               .owner_loss = &f.owner_loss};
    error = (cef_error){.struct_size = sizeof error};
    cr_assert(cef_storage_skip(s->storage, &p, 1, &flows, &error) == CEF_OK, "%s", error.message);
    return f;
}

static const one_store ten = {10, 0.5, 20, 1, 0.8, 1}; /* 10 MWh of 20, discharging at 0.8 */

/* Nothing charges: as a step, to the bit. */
Test(skip, delivers_and_rests_as_a_step_does)
{
    const double p[] = {0, 2, 1.5};
    for (int32_t model = CEF_STORAGE_CONSERVING; model <= CEF_STORAGE_LOAD; model++) {
        const cef_storage_settings settings = settings_of_model(model);
        stores a = one_open(&ten, &settings), b = one_open(&ten, &settings);
        for (int k = 0; k < 3; k++) {
            const one_flow step = one_step(&a, p[k], NAN, 1);
            const skipped f = skip(&b, p[k]);
            cr_assert(f.energy == step.energy && f.carbon == step.carbon &&
                      f.energy_delivered == step.energy_delivered && f.carbon_drawn == 0 &&
                      f.carbon_delivered == step.carbon_delivered && f.owner_loss == step.owner_loss);
        }
        const cef_storage_info info = stores_info(&b);
        cr_assert(info.n_skipped == 3 && info.n_periods == 3 && info.n_broken == 0 && info.n_unknown == 0 &&
                  info.worst_store == 0 && info.identity <= 1e-15);
        stores_close(&a);
        stores_close(&b);
    }
}

/* CONSERVING and TANK: held carbon is unknown until the store has been empty; charging goes on meanwhile. */
static void charges(int32_t model)
{
    const cef_storage_settings settings = settings_of_model(model);
    stores s = one_open(&ten, &settings);
    const skipped f = skip(&s, -2);
    cr_assert(f.energy == 12 && isnan(f.carbon) && f.energy_drawn == 2 && isnan(f.carbon_drawn) &&
              f.carbon_delivered == 0 && isnan(one_intensity(&s)));
    one_refused(&s, 1, 0.5, 1, "store-unknown", &error);
    cr_assert(error.status == CEF_ERR_SNAPSHOT && error.element == CEF_STORAGE && error.index == 0 &&
              error.value == 1 && error.period == 1);
    const one_flow more = one_step(&s, -1, 0.3, 1);
    cr_assert(more.energy == 13 && isnan(more.carbon) && more.carbon_drawn == 0.3);
    cr_assert(stores_info(&s).n_unknown == 1 && stores_info(&s).n_broken == 1);
    const skipped empties = skip(&s, 13 * 0.8);
    cr_assert(empties.energy == 0 && empties.carbon == 0 && isnan(empties.carbon_delivered) &&
              isnan(empties.owner_loss));
    const one_flow again = one_step(&s, -1, 0.25, 1);
    cr_assert(again.energy == 1 && again.carbon == 0.25 && !isnan(one_intensity(&s)));
    const cef_storage_info info = stores_info(&s);
    cr_assert(info.n_unknown == 0 && info.n_broken == 1 && info.worst_store == -1 && info.identity == 0 &&
              isnan(info.carbon_drawn) && info.carbon_end == 0.25 && info.energy_drawn == 4 && info.n_skipped == 2);
    stores_close(&s);
}

Test(skip, charging_conserving) { charges(CEF_STORAGE_CONSERVING); }
Test(skip, charging_tank) { charges(CEF_STORAGE_TANK); }

/* What these deliver does not depend on what was drawn. */
Test(skip, charging_static_and_load)
{
    for (int32_t model = CEF_STORAGE_STATIC; model <= CEF_STORAGE_LOAD; model++) {
        const cef_storage_settings settings = settings_of_model(model);
        const double price = model == CEF_STORAGE_STATIC ? 0.5 : 0;
        stores s = one_open(&ten, &settings);
        const skipped f = skip(&s, -2);
        cr_assert(f.energy == 12 && f.carbon == 12 * price && isnan(f.carbon_drawn) && isnan(f.owner_loss));
        const one_flow step = one_step(&s, 4, NAN, 1);
        cr_assert(step.energy == 7 && step.carbon_delivered == 4 * price);
        stores_close(&s);
    }
}

/* Powers that cannot be: the energy is lost track of for good; the other stores are not. */
Test(skip, what_cannot_be)
{
    const double p[] = {NAN, INFINITY, 1e13, 1e-101, 9, -11};
    for (int32_t model = CEF_STORAGE_CONSERVING; model <= CEF_STORAGE_LOAD; model++)
        for (size_t k = 0; k < sizeof p / sizeof *p; k++) {
            const cef_storage_settings settings = settings_of_model(model);
            const bool carries = model <= CEF_STORAGE_TANK;
            stores s = one_open(&ten, &settings);
            const skipped f = skip(&s, p[k]);
            cr_assert(isnan(f.energy) && isnan(f.carbon) == (model != CEF_STORAGE_LOAD) && isnan(f.energy_drawn) &&
                      isnan(f.owner_loss));
            if (carries)
                one_refused(&s, 1, 0.5, 1, "store-unknown", &error);
            else
                (void) one_step(&s, 1, NAN, 1); /* at a price that is stated */
            cr_assert(isnan(one_step(&s, -1, 0.3, 1).energy));
            cr_assert(stores_info(&s).n_unknown == 1 && stores_info(&s).n_broken == 1);
            stores_close(&s);
        }
    const double energy[2] = {5, 5}, intensity[2] = {0.5, 0.5}, two[2] = {NAN, 2};
    const cef_storage_data data = {
        .struct_size = sizeof data, .energy = energy, .intensity = intensity, .n_storage = 2};
    double held[2], carbon[2];
    stores s = stores_open(&data, NULL);
    cr_assert(cef_storage_skip(s.storage, two, 1, NULL, NULL) == CEF_OK);
    cr_assert(cef_storage_state(s.storage, held, carbon, NULL) == CEF_OK && isnan(held[0]) && held[1] == 3 &&
              carbon[1] == 1.5);
    cr_assert(stores_info(&s).worst_store == 1 && stores_info(&s).n_broken == 1);
    const double hours[] = {0, -1, NAN, 1e-10, 1e7};
    for (size_t k = 0; k < sizeof hours / sizeof *hours; k++)
        cr_assert(cef_storage_skip(s.storage, two, hours[k], NULL, NULL) == CEF_ERR_ARGUMENT);
    cr_assert(stores_info(&s).n_periods == 1);
    stores_close(&s);
}

/* A state that is in part unknown is handed on where the settings say so, and refused where they do not. */
Test(skip, unknown_states_are_stated_as_such)
{
    const double energy[3] = {5, NAN, 5}, carbon[3] = {1, NAN, NAN};
    cef_storage_data data = {.struct_size = sizeof data, .energy = energy, .carbon = carbon, .n_storage = 3};
    cef_storage_settings settings = settings_of_model(CEF_STORAGE_TANK);
    cef_context *ctx = NULL;
    cef_storage *storage = NULL;
    double price[3];
    cr_assert(cef_context_create(NULL, &ctx, NULL) == CEF_OK);
    cr_assert(cef_storage_create(ctx, &data, &settings, &storage, NULL) == CEF_ERR_SNAPSHOT);
    settings.unknown = 1;
    error = (cef_error){.struct_size = sizeof error};
    cr_assert(cef_storage_create(ctx, &data, &settings, &storage, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_storage_intensity(storage, price, NULL) == CEF_OK && price[0] == 0.2 && isnan(price[1]) &&
              isnan(price[2]));
    cef_storage_destroy(storage);
    settings.model = CEF_STORAGE_LOAD; /* its carbon is known whatever it holds */
    cr_assert(cef_storage_create(ctx, &data, &settings, &storage, NULL) == CEF_OK);
    cef_storage_info info = {.struct_size = sizeof info};
    cr_assert(cef_storage_describe(storage, &info, NULL) == CEF_OK && info.n_broken == 1 && info.n_unknown == 1 &&
              info.identity == 0 && isnan(info.energy_start) && info.carbon_end == 0);
    cef_storage_destroy(storage);
    settings.model = CEF_STORAGE_TANK;
    const double infinite[3] = {5, INFINITY, 5};
    data.energy = infinite;
    cr_assert(cef_storage_create(ctx, &data, &settings, &storage, NULL) == CEF_ERR_SNAPSHOT);
    data.energy = energy, settings.unknown = 2;
    cr_assert(cef_storage_create(ctx, &data, &settings, &storage, NULL) == CEF_ERR_ARGUMENT);
    settings.unknown = 0, settings.reserved = 1;
    cr_assert(cef_storage_create(ctx, &data, &settings, &storage, NULL) == CEF_ERR_ARGUMENT);
    cef_context_destroy(ctx);
}
