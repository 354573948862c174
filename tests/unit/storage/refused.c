/* SPDX-License-Identifier: Apache-2.0 */
/* What is not a store, a setting or a period: a coded error that names the store and the number, and nothing changes.
 */
#include "stores.h"

static cef_error error;

static void open_context(void) { error = (cef_error){.struct_size = sizeof error}; }

TestSuite(refused, .init = open_context);

static void refuse(const cef_storage_data *data, const cef_storage_settings *settings, cef_status status,
                   const char *code)
{
    cef_context *ctx = NULL;
    cef_storage *storage = (cef_storage *) &error;
    cr_assert(cef_context_create(NULL, &ctx, NULL) == CEF_OK);
    error = (cef_error){.struct_size = sizeof error};
    const cef_status got = cef_storage_create(ctx, data, settings, &storage, &error);
    cr_assert(got == status && strcmp(error.code, code) == 0 && !storage, "%d '%s' instead of %s: %s", (int) got,
              error.code, code, error.message);
    cr_assert(error.message[0]);
    cef_context_destroy(ctx);
}

/* Three stores, the last one with the bad number in the given column. */
static void refuse_column(size_t column, double value, const char *code)
{
    static const cef_id id[3] = {10, 20, 30};
    const double good[3] = {0.5, 0.5, 0.5}, bad[3] = {0.5, 0.5, value};
    cef_storage_data data = {.struct_size = sizeof data, .id = id, .energy = good, .intensity = good, .n_storage = 3};
    const double *pointer = bad;
    memcpy((char *) &data + column, &pointer, sizeof pointer);
    refuse(&data, NULL, CEF_ERR_SNAPSHOT, code);
    cr_assert(error.element == CEF_STORAGE && error.index == 2 && error.id == 30 && error.period == -1);
    cr_assert((isnan(value) && isnan(error.value)) || error.value == value);
    cr_assert(strstr(error.message, "store 30"), "%s", error.message);
}

Test(refused, columns)
{
    const size_t column[] = {offsetof(cef_storage_data, energy),
                             offsetof(cef_storage_data, carbon),
                             offsetof(cef_storage_data, intensity),
                             offsetof(cef_storage_data, capacity),
                             offsetof(cef_storage_data, efficiency_charge),
                             offsetof(cef_storage_data, efficiency_discharge),
                             offsetof(cef_storage_data, retention)};
    const double low[] = {-0.1, -1e19, -1e7, 0, 0, 0, -1e-9}, high[] = {1e13, 1e19, 1e7, 0, 1.01, 1.01, 1.01};
    for (size_t k = 0; k < sizeof column / sizeof *column; k++) {
        refuse_column(column[k], low[k], "out-of-range");
        refuse_column(column[k], high[k], "out-of-range");
        refuse_column(column[k], NAN, "not-finite");
        refuse_column(column[k], -INFINITY, "not-finite");
        if (column[k] != offsetof(cef_storage_data, capacity)) /* no limit */
            refuse_column(column[k], INFINITY, "not-finite");
    }
}

Test(refused, more_than_the_capacity)
{
    const double energy[1] = {11}, capacity[1] = {10}, intensity[1] = {0.5};
    const cef_storage_data data = {
        .struct_size = sizeof data, .energy = energy, .intensity = intensity, .capacity = capacity, .n_storage = 1};
    refuse(&data, NULL, CEF_ERR_SNAPSHOT, "out-of-range");
    cr_assert(error.index == 0 && error.value == 11);
}

Test(refused, carbon_without_energy)
{
    const double energy[2] = {5, 0}, carbon[2] = {1, 1};
    cef_storage_data data = {.struct_size = sizeof data, .energy = energy, .carbon = carbon, .n_storage = 2};
    refuse(&data, NULL, CEF_ERR_SNAPSHOT, "out-of-range");
    cr_assert(error.index == 1 && error.value == 1);
    data.energy = NULL;
    refuse(&data, NULL, CEF_ERR_SNAPSHOT, "out-of-range");
    cr_assert(error.index == 0);
}

/* Never a silent zero: energy at the start needs its carbon or its intensity. */
Test(refused, energy_without_a_price)
{
    const double energy[2] = {0, 5};
    const cef_storage_data data = {.struct_size = sizeof data, .energy = energy, .n_storage = 2};
    refuse(&data, NULL, CEF_ERR_ARGUMENT, "null-argument");
    cr_assert(error.element == CEF_STORAGE && error.index == 1 && error.value == 5);
    const cef_storage_settings load = settings_of_model(CEF_STORAGE_LOAD);
    stores s = stores_open(&data, &load); /* carries nothing: needs neither */
    stores_close(&s);
}

Test(refused, counts)
{
    cef_storage_data data = {.struct_size = sizeof data, .n_storage = -1};
    refuse(&data, NULL, CEF_ERR_ARGUMENT, "bad-argument");
    data.n_storage = 1, data.reserved = 1;
    refuse(&data, NULL, CEF_ERR_ARGUMENT, "bad-argument");
}

Test(refused, settings)
{
    const cef_storage_data data = {.struct_size = sizeof data, .n_storage = 1};
    const int32_t model[] = {-1, 4, INT32_MAX, INT32_MIN}, substeps[] = {0, -1, 1000001, INT32_MIN};
    const double tol[] = {-1e-9, 2e6, NAN, INFINITY};
    for (int k = 0; k < 4; k++) {
        cef_storage_settings settings = settings_of_model(model[k]);
        refuse(&data, &settings, CEF_ERR_ARGUMENT, "bad-argument");
        settings = settings_of_model(CEF_STORAGE_TANK);
        settings.substeps = substeps[k];
        refuse(&data, &settings, CEF_ERR_ARGUMENT, "bad-argument");
        settings = settings_of_model(CEF_STORAGE_TANK);
        settings.energy_tol = tol[k];
        refuse(&data, &settings, CEF_ERR_ARGUMENT, "bad-argument");
    }
}

Test(refused, periods)
{
    const one_store store = {10, 0.5, INFINITY, 1, 1, 1};
    const double power[] = {NAN, INFINITY, -INFINITY}, intensity[] = {INFINITY, -INFINITY};
    const double hours[] = {0, -1, NAN, INFINITY, 1e-10, 1e7};
    for (int32_t model = CEF_STORAGE_CONSERVING; model <= CEF_STORAGE_LOAD; model++) {
        const cef_storage_settings settings = settings_of_model(model);
        stores s = one_open(&store, &settings);
        for (int k = 0; k < 3; k++)
            one_refused(&s, power[k], 0.5, 1, "not-finite", &error);
        one_refused(&s, 2e12, 0.5, 1, "out-of-range", &error);
        one_refused(&s, 1e-101, 0.5, 1, "out-of-range", &error);
        for (int k = 0; k < 2; k++)
            one_refused(&s, -1, intensity[k], 1, "not-finite", &error);
        one_refused(&s, -1, 2e6, 1, "out-of-range", &error);
        one_refused(&s, -1, 1e-101, 1, "out-of-range", &error);
        one_refused(&s, -1, NAN, 1, "store-unpriced", &error);
        cr_assert(error.index == 0 && error.id == 77 && error.period == 0 && error.value == -1);
        for (int k = 0; k < 6; k++)
            one_refused(&s, 0, NAN, hours[k], "bad-argument", &error);
        (void) one_step(&s, 1, NAN, 1); /* the intensity is not read where nothing is drawn */
        (void) one_step(&s, 0, INFINITY, 1);
        stores_close(&s);
    }
}

/* One bad store of three: none of them moves; an error struct too short for the period is not written past its end. */
Test(refused, one_of_three)
{
    const double energy[3] = {5, 5, 5}, intensity[3] = {0.5, 0.5, 0.5}, p[3] = {1, 1, 6};
    const cef_storage_data data = {
        .struct_size = sizeof data, .energy = energy, .intensity = intensity, .n_storage = 3};
    double after[3];
    stores s = stores_open(&data, NULL);
    error.struct_size = offsetof(cef_error, period);
    error.period = 1234;
    cr_assert(cef_storage_step(s.storage, p, intensity, 1, NULL, &error) == CEF_ERR_SNAPSHOT);
    cr_assert(error.index == 2 && error.id == 2 && error.period == 1234);
    cr_assert(cef_storage_step(s.storage, p, intensity, 1, NULL, NULL) == CEF_ERR_SNAPSHOT);
    cr_assert(cef_storage_state(s.storage, after, NULL, NULL) == CEF_OK && memcmp(after, energy, sizeof after) == 0);
    stores_close(&s);
}
