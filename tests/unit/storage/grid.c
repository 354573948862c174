/* SPDX-License-Identifier: Apache-2.0 */
/* Stores and solver together, a day of 96 periods: two buses, a lossy branch, two stores at the second bus. The horizon
 * identity of the whole grid: generation = load + loss + owner's loss + increase of what is held. */
#include "stores.h"

#include "support.h"

static const double p_of_store[2][4] = {{-6, -2, 5, 1}, {-1, 0, 2, -3}}; /* MW, in turns of four periods */

static void day(int32_t kind)
{
    const double energy[2] = {8, 1}, intensity[2] = {0.4, 0.2}, efficiency[2] = {0.92, 0.8}, retention[2] = {0.999, 1};
    const cef_storage_data data = {.struct_size = sizeof data,
                                   .energy = energy,
                                   .intensity = intensity,
                                   .efficiency_charge = efficiency,
                                   .efficiency_discharge = efficiency,
                                   .retention = retention,
                                   .n_storage = 2};
    const cef_storage_settings settings = settings_of_model(kind);
    stores s = stores_open(&data, &settings);
    struct {
        long double generation, load, loss, storage;
    } sum = {0};
    model m = model_make(2);
    model_arc(&m, 0, 1, 50, 48);
    model_gen(&m, 0, 60, 0.9);
    model_load(&m, 0, 10);
    model_load(&m, 1, 40);
    model_storage(&m, 1, 0, 0);
    model_storage(&m, 1, 0, 0);
    session g = session_open(&m, NULL, NULL);
    answer a = answer_make(&m);
    for (int period = 0; period < 96; period++) {
        double charging = 0, x[2];
        for (int k = 0; k < 2; k++) {
            m.storage_p[k] = p_of_store[k][period % 4];
            charging -= m.storage_p[k];
        }
        cr_assert(cef_storage_intensity(s.storage, m.storage_e, NULL) == CEF_OK);
        m.gen_e[0] = period % 2 ? 0.3 : 0.6;
        m.load_p[1] = 48 - charging;
        session_solve(&g, &m, &a);
        cr_assert(a.status == CEF_OK && a.info.certified, "period %d: %s", period, a.error.message);
        x[0] = x[1] = a.out.bus_intensity[1];
        cef_error error = {.struct_size = sizeof error};
        cr_assert(cef_storage_step(s.storage, m.storage_p, x, 0.25, NULL, &error) == CEF_OK, "period %d: %s", period,
                  error.message);
        sum.generation += 0.25L * a.info.total_generation;
        sum.load += 0.25L * a.info.total_load;
        sum.loss += 0.25L * a.info.total_loss;
        sum.storage += 0.25L * a.info.total_storage;
    }
    const cef_storage_info info = stores_info(&s);
    const long double held = info.carbon_end - info.carbon_start;
    cr_assert(fabsl(sum.storage - (info.carbon_drawn - info.carbon_delivered)) <= 1e-13L * sum.generation,
              "the solver charged %Lg, the stores booked %g", sum.storage, info.carbon_drawn - info.carbon_delivered);
    cr_assert(fabsl(sum.generation - sum.load - sum.loss - info.owner_loss - held) <= 1e-13L * sum.generation);
    cr_assert(info.carbon_drawn > 10 && info.energy_delivered > 10);
    session_close(&g);
    answer_free(&a);
    model_free(&m);
    stores_close(&s);
}

Test(grid, conserving) { day(CEF_STORAGE_CONSERVING); }
Test(grid, tank) { day(CEF_STORAGE_TANK); }
Test(grid, static_factor) { day(CEF_STORAGE_STATIC); }
Test(grid, load) { day(CEF_STORAGE_LOAD); }
