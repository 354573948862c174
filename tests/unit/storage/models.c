/* SPDX-License-Identifier: Apache-2.0 */
/* The four models on the vector of docs/theory.md section 5, worked by hand: efficiencies 0.92 and 0.92, 10 MW for 4 x
 * 15 min at 0.3 tCO2/MWh, then 4 x 15 min at 0.6. Drawn 10 x (0.3 + 0.6) = 9.0 tCO2, stored 20 x 0.92 = 18.4 MWh;
 * delivered to the grid until empty 18.4 x 0.92 = 16.928 MWh, here as 4 x 15 min of 16.928 MW. */
#include "stores.h"

static const one_store vector = {
    .intensity = 0.5, .capacity = INFINITY, .efficiency_charge = 0.92, .efficiency_discharge = 0.92, .retention = 1};

static void charge(const stores *s)
{
    double drawn = 0;
    for (int period = 0; period < 8; period++) {
        const one_flow f = one_step(s, -10, period < 4 ? 0.3 : 0.6, 0.25);
        cr_assert(f.energy_drawn == 2.5 && f.energy_delivered == 0 && near(f.energy_lost, 0.2, 64));
        drawn += f.carbon_drawn;
    }
    cr_assert(near(drawn, 9.0, 8) && near(stores_info(s).energy_end, 18.4, 8));
}

/* Sums of what four periods deliver. */
static one_flow discharge(const stores *s)
{
    one_flow sum = {0};
    for (int period = 0; period < 4; period++) {
        const double promised = one_intensity(s);
        const one_flow f = one_step(s, 16.928, NAN, 0.25);
        cr_assert(near(f.carbon_delivered, promised * 16.928 * 0.25, 8),
                  "what was priced at the start is what is delivered");
        sum.carbon_delivered += f.carbon_delivered, sum.owner_loss += f.owner_loss;
        sum.energy = f.energy, sum.carbon = f.carbon;
    }
    cr_assert(sum.energy == 0 && sum.carbon == 0, "%g MWh, %g tCO2 left", sum.energy, sum.carbon);
    return sum;
}

/* The horizon from empty to empty: drawn = delivered + owner's loss. */
static void check_horizon(const stores *s, double delivered, double owner_loss)
{
    const cef_storage_info info = stores_info(s);
    cr_assert(info.n_storage == 1 && info.worst_store == 0 && info.n_periods == 12 && info.hours == 3.0);
    cr_assert(info.n_emptied == 1 && info.energy_start == 0 && info.energy_end == 0);
    cr_assert(info.energy_drawn == 20 && near(info.energy_delivered, 16.928, 8) && near(info.energy_lost, 3.072, 64));
    cr_assert(near(info.carbon_drawn, 9.0, 8) && info.carbon_start == 0 && info.carbon_end == 0);
    cr_assert(near(info.carbon_delivered, delivered, 64), "delivered %.17g", info.carbon_delivered);
    cr_assert(fabs(info.owner_loss - owner_loss) < 1e-14, "owner %.17g", info.owner_loss);
    cr_assert(info.identity < 1e-15, "identity %g", info.identity);
}

/* w = 9 / 18.4 = 0.489130; w_out = w / 0.92 = 9 / 16.928 = 0.531664. All 9 tCO2 are delivered, the owner carries
 * nothing. */
Test(models, conserving)
{
    stores s = one_open(&vector, NULL); /* the default */
    cr_assert(isnan(one_intensity(&s)), "an empty store has no intensity");
    charge(&s);
    cr_assert(near(one_intensity(&s), 9.0 / 16.928, 16) && fabs(one_intensity(&s) - 0.531664) < 5e-7);
    const one_flow out = discharge(&s);
    cr_assert(near(out.carbon_delivered, 9.0, 32) && fabs(out.owner_loss) < 1e-14);
    cr_assert(isnan(one_intensity(&s)));
    check_horizon(&s, 9.0, 0.0);
    stores_close(&s);
}

/* 0.92 of each kg drawn goes in: 8.28 t, the owner carries 0.72. w = 8.28 / 18.4 = 0.45; 16.928 MWh deliver 7.6176 t
 * and the owner carries the other 8 %, 0.6624. Owner in all 1.3824 = 9 - 7.6176. */
Test(models, tank)
{
    const cef_storage_settings settings = settings_of_model(CEF_STORAGE_TANK);
    stores s = one_open(&vector, &settings);
    cr_assert(isnan(one_intensity(&s)));
    charge(&s);
    const cef_storage_info info = stores_info(&s);
    cr_assert(near(info.carbon_end, 8.28, 16) && near(info.owner_loss, 0.72, 16) && near(one_intensity(&s), 0.45, 16));
    const one_flow out = discharge(&s);
    cr_assert(near(out.carbon_delivered, 7.6176, 32) && fabs(out.owner_loss - 0.6624) < 1e-14);
    check_horizon(&s, 7.6176, 1.3824);
    stores_close(&s);
}

/* The store is worth 0.5 x 18.4 = 9.2 t once full: 0.2 more than was drawn, so the owner carries -0.2. It delivers
 * 0.5 x 16.928 = 8.464 t; what is lost on the way, 9.2 - 8.464 = 0.736, is the owner's. Owner in all 0.536 = 9 - 8.464.
 */
Test(models, static_factor)
{
    const cef_storage_settings settings = settings_of_model(CEF_STORAGE_STATIC);
    stores s = one_open(&vector, &settings);
    cr_assert(one_intensity(&s) == 0.5);
    charge(&s);
    const cef_storage_info info = stores_info(&s);
    cr_assert(near(info.carbon_end, 9.2, 16) && fabs(info.owner_loss + 0.2) < 1e-14);
    const one_flow out = discharge(&s);
    cr_assert(near(out.carbon_delivered, 8.464, 32) && fabs(out.owner_loss - 0.736) < 1e-14);
    cr_assert(one_intensity(&s) == 0.5);
    check_horizon(&s, 8.464, 0.536);
    stores_close(&s);
}

/* All 9 t are consumed where they are drawn; discharge carries nothing, whatever the store held. */
Test(models, load)
{
    const cef_storage_settings settings = settings_of_model(CEF_STORAGE_LOAD);
    stores s = one_open(&vector, &settings);
    charge(&s);
    cr_assert(one_intensity(&s) == 0 && stores_info(&s).carbon_end == 0 && near(stores_info(&s).owner_loss, 9.0, 16));
    const one_flow out = discharge(&s);
    cr_assert(out.carbon_delivered == 0 && out.owner_loss == 0);
    check_horizon(&s, 0.0, 9.0);
    stores_close(&s);
}

/* 20 MWh at a stated 0.4 of what is discharged. CONSERVING: 20 x 0.92 = 18.4 MWh will arrive, so 7.36 t are held. TANK
 * and STATIC: 0.4 x 20 = 8 t. LOAD: 0. The first intensity is the stated one, except under LOAD. */
Test(models, start)
{
    const double held[] = {7.36, 8.0, 8.0, 0.0}, first[] = {0.4, 0.4, 0.4, 0.0};
    one_store store = vector;
    store.energy = 20, store.intensity = 0.4;
    for (int32_t model = CEF_STORAGE_CONSERVING; model <= CEF_STORAGE_LOAD; model++) {
        const cef_storage_settings settings = settings_of_model(model);
        stores s = one_open(&store, &settings);
        double energy = 0, carbon = -1;
        cr_assert(cef_storage_state(s.storage, &energy, &carbon, NULL) == CEF_OK);
        cr_assert(energy == 20 && near(carbon, held[model], 4) && near(one_intensity(&s), first[model], 4));
        stores_close(&s);
    }
}

/* Carbon stated as such: 20 MWh and 5 t. CONSERVING discharges at 5 / 20 / 0.92, TANK at 0.25. */
Test(models, start_with_carbon)
{
    const double energy[1] = {20}, carbon[1] = {5}, efficiency[1] = {0.92}, wrong[1] = {NAN};
    const cef_storage_data data = {.struct_size = sizeof data,
                                   .energy = energy,
                                   .carbon = carbon,
                                   .intensity = wrong, /* not read where carbon is given */
                                   .efficiency_discharge = efficiency,
                                   .n_storage = 1};
    const cef_storage_settings tank = settings_of_model(CEF_STORAGE_TANK);
    stores a = stores_open(&data, NULL), b = stores_open(&data, &tank);
    cr_assert(near(one_intensity(&a), 5.0 / 18.4, 4) && one_intensity(&b) == 0.25);
    stores_close(&a);
    stores_close(&b);
}

/* Leakage of a tenth, 10 MWh at 0.5, no other loss, nothing moves. TANK: 9 MWh and 4.5 t are left, 0.5 t are the
 * owner's. CONSERVING: all 5 t stay in 9 MWh. STATIC: 4.5 t left, 0.5 the owner's. LOAD: nothing. */
Test(models, leakage)
{
    const double carbon[] = {5, 4.5, 4.5, 0}, owner[] = {0, 0.5, 0.5, 0};
    const one_store store = {10, 0.5, INFINITY, 1, 1, 0.9};
    for (int32_t model = CEF_STORAGE_CONSERVING; model <= CEF_STORAGE_LOAD; model++) {
        const cef_storage_settings settings = settings_of_model(model);
        stores s = one_open(&store, &settings);
        const one_flow f = one_step(&s, 0, NAN, 1);
        cr_assert(near(f.energy, 9, 4) && near(f.energy_lost, 1, 64));
        cr_assert(near(f.carbon, carbon[model], 4) && fabs(f.owner_loss - owner[model]) < 1e-15);
        stores_close(&s);
    }
}

/* Leakage 0.9, efficiencies 0.8 in, 0.5 out, from 10 MWh at 0.5 under TANK (5 t). Delivering 2 MWh takes 4: 10 x 0.9 -
 * 4 = 5 MWh and 2.5 t are left; 2 x 0.5 = 1 t is delivered; owner 0.5 (leak) + 1 (half of 2 t). Then 10 MWh are drawn
 * at 0.6: 6 t, 4.8 stored; 5 x 0.9 + 8 = 12.5 MWh; 2.25 + 4.8 = 7.05 t; owner 0.25 + 1.2. */
Test(models, tank_with_everything)
{
    const cef_storage_settings settings = settings_of_model(CEF_STORAGE_TANK);
    const one_store store = {10, 0.5, INFINITY, 0.8, 0.5, 0.9};
    stores s = one_open(&store, &settings);
    one_flow f = one_step(&s, 2, NAN, 1);
    cr_assert(near(f.energy, 5, 4) && near(f.carbon, 2.5, 4) && near(f.carbon_delivered, 1, 4) &&
              near(f.owner_loss, 1.5, 8));
    f = one_step(&s, -10, 0.6, 1);
    cr_assert(near(f.energy, 12.5, 4) && near(f.carbon, 7.05, 4) && near(f.carbon_drawn, 6, 4) &&
              near(f.owner_loss, 1.45, 16));
    cr_assert(stores_info(&s).identity < 1e-15);
    stores_close(&s);
}

/* The same store under CONSERVING: 10 MWh discharge at 0.5, so that 2.5 t are held. Delivering 2 MWh takes 4 of 10 MWh,
 * hence 0.4 x 2.5 = 1 t; 1.5 t stay in 5 MWh. 6 t more make 7.5 t in 12.5 MWh: 0.6 per MWh held, 1.2 delivered. */
Test(models, conserving_with_everything)
{
    const one_store store = {10, 0.5, INFINITY, 0.8, 0.5, 0.9};
    stores s = one_open(&store, NULL);
    one_flow f = one_step(&s, 2, NAN, 1);
    cr_assert(near(f.energy, 5, 4) && near(f.carbon, 1.5, 4) && near(f.carbon_delivered, 1, 4) && f.owner_loss == 0);
    f = one_step(&s, -10, 0.6, 1);
    cr_assert(near(f.energy, 12.5, 4) && near(f.carbon, 7.5, 4) && f.owner_loss == 0);
    cr_assert(near(one_intensity(&s), 1.2, 8));
    stores_close(&s);
}

/* Negative intensities (capture) are carried as they are: 10 MWh at -0.2 and 10 at 0.1 leave -1 t in 20 MWh. */
Test(models, negative_intensity)
{
    const one_store store = {0, 0, INFINITY, 1, 1, 1};
    stores s = one_open(&store, NULL);
    (void) one_step(&s, -10, -0.2, 1);
    const one_flow f = one_step(&s, -10, 0.1, 1);
    cr_assert(f.energy == 20 && near(f.carbon, -1, 4) && near(one_intensity(&s), -0.05, 8));
    stores_close(&s);
}
