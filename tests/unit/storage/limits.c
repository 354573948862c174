/* SPDX-License-Identifier: Apache-2.0 */
/* Where a store is empty or full: what is refused, what is rounding, whose the rest is; and periods cut in parts. */
#include "stores.h"

static const one_store ideal = {10, 0.5, 20, 1, 1, 1};
static cef_error error;

/* 10 MWh held: 10.5 are refused, 10 leave nothing at all. */
Test(limits, empty)
{
    for (int32_t model = CEF_STORAGE_CONSERVING; model <= CEF_STORAGE_LOAD; model++) {
        const cef_storage_settings settings = settings_of_model(model);
        stores s = one_open(&ideal, &settings);
        (void) one_step(&s, 0, NAN, 1);
        one_refused(&s, 42, NAN, 0.25, "store-empty", &error);
        cr_assert(error.status == CEF_ERR_SNAPSHOT && error.element == CEF_STORAGE && error.index == 0 &&
                  error.id == 77);
        cr_assert(error.value == -0.5 && error.period == 1, "%g MWh in period %d", error.value, (int) error.period);
        cr_assert(strstr(error.message, "store 77") && strstr(error.message, "10.5") != NULL, "%s", error.message);
        const one_flow f = one_step(&s, 40, NAN, 0.25);
        cr_assert(f.energy == 0 && f.carbon == 0 && fabs(f.owner_loss) == 0 && stores_info(&s).n_emptied == 1);
        one_refused(&s, 1e-9, NAN, 0.25, "store-empty", &error); /* an empty store delivers nothing, however little */
        stores_close(&s);
    }
}

/* The discharge efficiency counts: 10 MWh held at 0.8 deliver 8. */
Test(limits, empty_with_efficiency)
{
    one_store store = ideal;
    store.efficiency_discharge = 0.8;
    stores s = one_open(&store, NULL);
    one_refused(&s, 8.01, NAN, 1, "store-empty", &error);
    cr_assert(one_step(&s, 8, NAN, 1).energy == 0);
    stores_close(&s);
}

/* 20 MWh of capacity, 10 held: 10.5 more are refused, 10 fill it. */
Test(limits, full)
{
    stores s = one_open(&ideal, NULL);
    one_refused(&s, -10.5, 0.3, 1, "store-full", &error);
    cr_assert(error.value == 20.5 && error.id == 77 && error.element == CEF_STORAGE && error.period == 0);
    cr_assert(one_step(&s, -10, 0.3, 1).energy == 20);
    one_refused(&s, -1, 0.3, 1, "store-full", &error);
    stores_close(&s);
}

/* energy_tol 1e-6 MWh: 5e-7 beyond either limit is rounding, 2e-6 is not. The grid is told what was priced, 0.5 t/MWh;
 * the 2.5e-7 t that the store did not have are the owner's. All carbon drawn stays in a store that is full. */
Test(limits, rounding)
{
    stores s = one_open(&ideal, NULL);
    one_refused(&s, 10.000002, NAN, 1, "store-empty", &error);
    one_flow f = one_step(&s, 10.0000005, NAN, 1);
    cr_assert(f.energy == 0 && f.carbon == 0 && near(f.carbon_delivered, 5.00000025, 4));
    cr_assert(fabs(f.owner_loss + 2.5e-7) < 1e-14 && stores_info(&s).identity < 1e-15);
    one_refused(&s, -20.000002, 0.3, 1, "store-full", &error);
    f = one_step(&s, -20.0000005, 0.3, 1);
    cr_assert(f.energy == 20 && near(f.carbon, 6.00000015, 4) && f.owner_loss == 0);
    stores_close(&s);
}

/* energy_tol 0: not one bit beyond. */
Test(limits, no_tolerance)
{
    cef_storage_settings settings = settings_of_model(CEF_STORAGE_CONSERVING);
    settings.energy_tol = 0;
    stores s = one_open(&ideal, &settings);
    one_refused(&s, nextafter(10, 11), NAN, 1, "store-empty", &error);
    cr_assert(one_step(&s, nextafter(10, 9), NAN, 1).energy > 0);
    cr_assert(one_step(&s, 10 - nextafter(10, 9), NAN, 1).energy == 0);
    cr_assert(stores_info(&s).carbon_end == 0 && stores_info(&s).n_emptied == 1);
    stores_close(&s);
}

/* Nothing is retained: 10 MWh and 5 t vanish in one period, and the 5 t are the owner's. Under CONSERVING too: there is
 * nothing left to deliver them. 4 MWh drawn meanwhile at 0.25 are kept. */
Test(limits, leaks_empty)
{
    one_store store = ideal;
    store.retention = 0;
    for (int32_t model = CEF_STORAGE_CONSERVING; model <= CEF_STORAGE_TANK; model++) {
        const cef_storage_settings settings = settings_of_model(model);
        stores s = one_open(&store, &settings);
        one_flow f = one_step(&s, 0, NAN, 1);
        cr_assert(f.energy == 0 && f.carbon == 0 && f.owner_loss == 5 && f.energy_lost == 10);
        cr_assert(isnan(one_intensity(&s)) && stores_info(&s).n_emptied == 1 && stores_info(&s).identity == 0);
        f = one_step(&s, -4, 0.25, 1);
        cr_assert(f.energy == 4 && f.carbon == 1 && f.owner_loss == 0);
        one_refused(&s, 1, NAN, 1, "store-empty", &error);
        stores_close(&s);
    }
}

/* Half is retained: it halves 24 times from 10 MWh to 6e-7, which is empty; then, and not before, the owner gets the 5
 * t of CONSERVING. */
Test(limits, leaks_slowly)
{
    one_store store = ideal;
    store.retention = 0.5;
    stores s = one_open(&store, NULL);
    for (int period = 1; period <= 23; period++) {
        const one_flow f = one_step(&s, 0, NAN, 1);
        cr_assert(f.energy == ldexp(10, -period) && f.carbon == 5 && f.owner_loss == 0);
    }
    const one_flow f = one_step(&s, 0, NAN, 1);
    cr_assert(f.energy == 0 && f.carbon == 0 && f.owner_loss == 5);
    stores_close(&s);
}

/* Half is retained of 10 MWh and all that can be is delivered: 5 MWh, priced at 0.5, carry 2.5 t; with nothing left the
 * other 2.5 t are the owner's, as under TANK. */
Test(limits, leaks_and_delivers)
{
    one_store store = ideal;
    store.retention = 0.5;
    for (int32_t model = CEF_STORAGE_CONSERVING; model <= CEF_STORAGE_TANK; model++) {
        const cef_storage_settings settings = settings_of_model(model);
        stores s = one_open(&store, &settings);
        const one_flow f = one_step(&s, 5, NAN, 1);
        cr_assert(f.energy == 0 && f.carbon == 0 && f.carbon_delivered == 2.5 && f.owner_loss == 2.5);
        stores_close(&s);
    }
}

/* Retention 0.25 in two parts of 0.5: 10 MWh, 5.0 left, less half of the discharge; half of that, less the other half.
 * Delivering 6: 10 -> 5 - 3 = 2 -> 1 - 3 < 0, refused. Delivering 3: 5 - 1.5 = 3.5 -> 1.75 - 1.5 = 0.25 left, where
 * whole periods would refuse it (2.5 - 3 < 0). TANK: 0.5 per MWh throughout: 1.5 t delivered, 0.125 left, 3.375 leaked.
 */
Test(limits, substeps)
{
    one_store store = ideal;
    store.retention = 0.25;
    cef_storage_settings settings = settings_of_model(CEF_STORAGE_TANK);
    stores s = one_open(&store, &settings);
    one_refused(&s, 3, NAN, 1, "store-empty", &error);
    stores_close(&s);
    settings.substeps = 2;
    s = one_open(&store, &settings);
    one_refused(&s, 6, NAN, 1, "store-empty", &error);
    const one_flow f = one_step(&s, 3, NAN, 1);
    cr_assert(near(f.energy, 0.25, 16) && near(f.carbon, 0.125, 16) && f.carbon_delivered == 1.5);
    cr_assert(near(f.owner_loss, 3.375, 8) && stores_info(&s).identity < 1e-15);
    stores_close(&s);
}

/* In two parts, 4 MWh drawn: 2.5 t drawn leak as well: 10 -> 5 + 2 = 7 -> 3.5 + 2 = 5.5 MWh. x = 0.5 like the store:
 * TANK holds 2.75 t, and 5 + 2 - 2.75 = 4.25 are the owner's; CONSERVING holds all: 7 t. */
Test(limits, substeps_charging)
{
    one_store store = ideal;
    store.retention = 0.25;
    cef_storage_settings settings = settings_of_model(CEF_STORAGE_TANK);
    settings.substeps = 2;
    stores s = one_open(&store, &settings);
    one_flow f = one_step(&s, -4, 0.5, 1);
    cr_assert(near(f.energy, 5.5, 8) && near(f.carbon, 2.75, 8) && near(f.owner_loss, 4.25, 8));
    stores_close(&s);
    settings.model = CEF_STORAGE_CONSERVING;
    s = one_open(&store, &settings);
    f = one_step(&s, -4, 0.5, 1);
    cr_assert(near(f.energy, 5.5, 8) && near(f.carbon, 7, 8) && f.owner_loss == 0);
    stores_close(&s);
}

/* Many parts approach continuous leakage: W' = -a W - P, k = exp(-a): W+ = k W - P (1 - k) / a. Without leakage parts
 * change nothing, and where nothing is retained only the last part's charge is left. */
Test(limits, many_substeps)
{
    one_store store = ideal;
    cef_storage_settings settings = settings_of_model(CEF_STORAGE_CONSERVING);
    settings.substeps = 1000000;
    store.retention = 0.5;
    stores s = one_open(&store, &settings);
    const double wanted = 5 - 3 * 0.5 / log(2), got = one_step(&s, 3, NAN, 1).energy;
    cr_assert(fabs(got - wanted) < 2e-6, "%.9g, continuous %.9g", got, wanted);
    stores_close(&s);
    store.retention = 1;
    s = one_open(&store, &settings);
    cr_assert(one_step(&s, 3, NAN, 1).energy == 7);
    stores_close(&s);
    store.retention = 0, settings.substeps = 4;
    s = one_open(&store, &settings);
    cr_assert(one_step(&s, -8, 0.5, 1).energy == 2);
    stores_close(&s);
}
