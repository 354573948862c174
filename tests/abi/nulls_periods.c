/* SPDX-License-Identifier: Apache-2.0 */
/* NULL arguments: storage and batches. */
#include "nulls.h"

NULLS(nulls_periods);

Test(nulls_periods, storage_create)
{
    const cef_storage_data data = world_storage_data();
    cef_storage *storage = NULL;
    cef_storage_settings_init(NULL, sizeof(cef_storage_settings));
    REFUSED_OUT(storage, cef_storage_create(NULL, &data, NULL, &storage, &error),
                cef_storage_create(NULL, &data, NULL, &storage, NULL));
    REFUSED_OUT(storage, cef_storage_create(w.ctx, NULL, NULL, &storage, &error),
                cef_storage_create(w.ctx, NULL, NULL, &storage, NULL));
    REFUSED(cef_storage_create(w.ctx, &data, NULL, NULL, &error), cef_storage_create(w.ctx, &data, NULL, NULL, NULL));
    cef_storage_destroy(NULL);
}

Test(nulls_periods, storage_columns)
{
    cef_storage_data data = world_storage_data();
    cef_storage_settings settings;
    cef_storage *storage = NULL;
    cef_storage_settings_init(&settings, sizeof settings);
    data.intensity = NULL; /* 50 MWh are held and nothing prices them */
    REFUSED_OUT(storage, cef_storage_create(w.ctx, &data, NULL, &storage, &error),
                cef_storage_create(w.ctx, &data, NULL, &storage, NULL));
    data.energy = NULL; /* nothing is held; the other model needs an intensity all the same */
    settings.model = CEF_STORAGE_STATIC;
    REFUSED_OUT(storage, cef_storage_create(w.ctx, &data, &settings, &storage, &error),
                cef_storage_create(w.ctx, &data, &settings, &storage, NULL));
    cr_assert(cef_storage_create(w.ctx, &data, NULL, &storage, &error) == CEF_OK, "%s", error.message);
    cef_storage_destroy(storage);
}

Test(nulls_periods, storage_use)
{
    const double p[1] = {-1}, x[1] = {0.5};
    double out[1];
    cef_storage_flows flows = {.struct_size = sizeof flows};
    cef_storage_info info = {.struct_size = sizeof info};
    REFUSED(cef_storage_intensity(NULL, out, &error), cef_storage_intensity(NULL, out, NULL));
    REFUSED(cef_storage_intensity(w.storage, NULL, &error), cef_storage_intensity(w.storage, NULL, NULL));
    REFUSED(cef_storage_step(NULL, p, x, 1, &flows, &error), cef_storage_step(NULL, p, x, 1, &flows, NULL));
    REFUSED(cef_storage_step(w.storage, NULL, x, 1, &flows, &error),
            cef_storage_step(w.storage, NULL, x, 1, &flows, NULL));
    REFUSED(cef_storage_step(w.storage, p, NULL, 1, &flows, &error),
            cef_storage_step(w.storage, p, NULL, 1, &flows, NULL));
    REFUSED(cef_storage_skip(NULL, p, 1, &flows, &error), cef_storage_skip(NULL, p, 1, &flows, NULL));
    REFUSED(cef_storage_skip(w.storage, NULL, 1, &flows, &error), cef_storage_skip(w.storage, NULL, 1, &flows, NULL));
    REFUSED(cef_storage_state(NULL, out, out, &error), cef_storage_state(NULL, out, out, NULL));
    REFUSED(cef_storage_describe(NULL, &info, &error), cef_storage_describe(NULL, &info, NULL));
    REFUSED(cef_storage_describe(w.storage, NULL, &error), cef_storage_describe(w.storage, NULL, NULL));
    cr_assert(cef_storage_step(w.storage, p, x, 1, &flows, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_storage_step(w.storage, p, x, 1, NULL, NULL) == CEF_OK);
    cr_assert(cef_storage_skip(w.storage, p, 1, NULL, NULL) == CEF_OK);
    cr_assert(cef_storage_state(w.storage, NULL, NULL, NULL) == CEF_OK);
}

/* No store at all: no array is needed. */
Test(nulls_periods, storage_of_none)
{
    const cef_storage_data data = {.struct_size = sizeof data};
    cef_storage_info info = {.struct_size = sizeof info};
    cef_storage *storage = NULL;
    cr_assert(cef_storage_create(w.ctx, &data, NULL, &storage, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_storage_intensity(storage, NULL, NULL) == CEF_OK);
    cr_assert(cef_storage_step(storage, NULL, NULL, 1, NULL, NULL) == CEF_OK);
    cr_assert(cef_storage_skip(storage, NULL, 1, NULL, NULL) == CEF_OK);
    cr_assert(cef_storage_state(storage, NULL, NULL, NULL) == CEF_OK);
    cr_assert(cef_storage_describe(storage, &info, NULL) == CEF_OK && info.n_periods == 2 && info.worst_store == -1);
    cef_storage_destroy(storage);
}

Test(nulls_periods, batch)
{
    const cef_batch_data data = world_batch_data();
    cef_batch_result result = {.struct_size = sizeof result};
    cef_batch_info info = {.struct_size = sizeof info};
    cef_batch *batch = NULL;
    REFUSED_OUT(batch, cef_batch_create(NULL, w.net, NULL, NULL, &batch, &error),
                cef_batch_create(NULL, w.net, NULL, NULL, &batch, NULL));
    REFUSED_OUT(batch, cef_batch_create(w.ctx, NULL, NULL, NULL, &batch, &error),
                cef_batch_create(w.ctx, NULL, NULL, NULL, &batch, NULL));
    REFUSED(cef_batch_create(w.ctx, w.net, NULL, NULL, NULL, &error),
            cef_batch_create(w.ctx, w.net, NULL, NULL, NULL, NULL));
    REFUSED(cef_batch_solve(NULL, &data, &result, &info, &error), cef_batch_solve(NULL, &data, &result, &info, NULL));
    REFUSED(cef_batch_solve(w.batch, NULL, &result, &info, &error),
            cef_batch_solve(w.batch, NULL, &result, &info, NULL));
    cr_assert(cef_batch_solve(w.batch, &data, NULL, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_batch_solve(w.batch, &data, &result, &info, NULL) == CEF_OK && info.certified == 1);
    cef_storage *stores[1] = {NULL};
    cef_batch_data coupled = data;
    coupled.storage = stores;
    REFUSED(cef_batch_solve(w.batch, &coupled, &result, &info, &error),
            cef_batch_solve(w.batch, &coupled, &result, &info, NULL));
    stores[0] = w.storage;
    coupled.storage_intensity = NULL;
    cr_assert(cef_batch_solve(w.batch, &coupled, NULL, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_batch_solve(w.batch, &coupled, &result, &info, NULL) == CEF_OK && info.certified == 1);
    cef_batch_destroy(NULL);
}

Test(nulls_periods, batch_columns)
{
    for (int k = 0; k < 6; k++) {
        cef_batch_data data = world_batch_data();
        const double **const column[] = {&data.branch_p_from, &data.gen_p,     &data.gen_intensity,
                                         &data.load_p,        &data.storage_p, &data.storage_intensity};
        *column[k] = NULL;
        REFUSED(cef_batch_solve(w.batch, &data, NULL, NULL, &error), cef_batch_solve(w.batch, &data, NULL, NULL, NULL));
    }
    cef_batch_data data = world_batch_data();
    data.branch_p_to = NULL;
    cr_assert(cef_batch_solve(w.batch, &data, NULL, NULL, &error) == CEF_OK, "%s", error.message);
}
