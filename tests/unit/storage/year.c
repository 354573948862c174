/* SPDX-License-Identifier: Apache-2.0 */
/* Laws over random years: 35 040 periods of several stores. The identity of every store, carbon never below zero,
 * intensities between those of what was drawn, stores independent of each other, a horizon cut in two. */
#include "stores.h"

#include "support.h"

enum { PERIODS = 35040, STORES = 5 };
#define HOURS 0.25

typedef struct {
    double energy[STORES], intensity[STORES], capacity[STORES], charge[STORES], discharge[STORES], retention[STORES];
    cef_storage_data data;
} fleet;

static void random_fleet(fleet *f, dice *d, bool leaks)
{
    f->data = (cef_storage_data){.struct_size = sizeof f->data,
                                 .energy = f->energy,
                                 .intensity = f->intensity,
                                 .capacity = f->capacity,
                                 .efficiency_charge = f->charge,
                                 .efficiency_discharge = f->discharge,
                                 .retention = f->retention,
                                 .n_storage = STORES};
    for (int k = 0; k < STORES; k++) {
        f->capacity[k] = 10 + 990 * dice_unit(d);
        f->energy[k] = dice_chance(d, 0.3) ? 0 : f->capacity[k] * dice_unit(d);
        f->intensity[k] = 0.2 + 0.6 * dice_unit(d);
        f->charge[k] = 0.7 + 0.3 * dice_unit(d);
        f->discharge[k] = 0.7 + 0.3 * dice_unit(d);
        f->retention[k] = leaks ? 0.9 + 0.1 * dice_unit(d) : 1;
    }
}

/* A power within the limits of a store that holds `held` MWh; now and then all that it has, or all that it takes. */
static double random_power(dice *d, const fleet *f, int k, double held)
{
    const double left = held * f->retention[k], room = (f->capacity[k] - left) / f->charge[k] / HOURS;
    const double most = left * f->discharge[k] / HOURS;
    const double share = dice_chance(d, 0.05) ? 1 : 0.3 * dice_unit(d);
    if (dice_chance(d, 0.1))
        return 0;
    if (dice_chance(d, 0.5))
        return most > 1e-3 ? share * most : 0;
    return room > 1e-3 ? -share * room : 0;
}

/* What the test keeps for itself, in long double. */
typedef struct {
    long double drawn[STORES], delivered[STORES], owner[STORES];
    double start[STORES];
} books;

static void check_period(const fleet *f, const double *priced, const double *p, const double *energy,
                         const double *carbon, const double *delivered)
{
    for (int k = 0; k < STORES; k++) {
        cr_assert(energy[k] >= 0 && energy[k] <= f->capacity[k] && carbon[k] >= 0, "%g MWh, %g t", energy[k],
                  carbon[k]);
        cr_assert(energy[k] > 0 || carbon[k] == 0);
        if (p[k] > 0)
            cr_assert(near(delivered[k], priced[k] * p[k] * HOURS, 8), "priced %.17g, delivered %.17g at %g MW",
                      priced[k], delivered[k], p[k]);
    }
}

static void check_books(const books *b, const double *carbon, double relative)
{
    for (int k = 0; k < STORES; k++) {
        const long double residual = carbon[k] - b->start[k] - b->drawn[k] + b->delivered[k] + b->owner[k];
        const long double size = b->drawn[k] + b->delivered[k];
        cr_assert(fabsl(residual) <= relative * size, "store %d misses %Lg of %Lg t", k, residual, size);
    }
}

static void run_year(uint64_t seed, int32_t kind, int32_t substeps, bool leaks)
{
    dice d = {seed};
    fleet f;
    books b = {0};
    double energy[STORES], carbon[STORES], p[STORES], x[STORES], priced[STORES], drawn[STORES], delivered[STORES],
        owner[STORES];
    cef_storage_settings settings = settings_of_model(kind);
    cef_storage_flows flows = {.struct_size = sizeof flows,
                               .energy = energy,
                               .carbon = carbon,
                               .carbon_drawn = drawn,
                               .carbon_delivered = delivered,
                               .owner_loss = owner};
    cef_error error = {.struct_size = sizeof error};
    random_fleet(&f, &d, leaks);
    settings.substeps = substeps;
    stores s = stores_open(&f.data, &settings);
    cr_assert(cef_storage_state(s.storage, energy, b.start, NULL) == CEF_OK);
    for (int period = 0; period < PERIODS; period++) {
        for (int k = 0; k < STORES; k++) {
            p[k] = random_power(&d, &f, k, energy[k]);
            x[k] = p[k] < 0 ? dice_unit(&d) : (double) NAN;
        }
        cr_assert(cef_storage_intensity(s.storage, priced, NULL) == CEF_OK);
        cr_assert(cef_storage_step(s.storage, p, x, HOURS, &flows, &error) == CEF_OK, "seed %d, period %d: %s",
                  (int) seed, period, error.message);
        check_period(&f, priced, p, energy, carbon, delivered);
        for (int k = 0; k < STORES; k++)
            b.drawn[k] += drawn[k], b.delivered[k] += delivered[k], b.owner[k] += owner[k];
    }
    const cef_storage_info info = stores_info(&s);
    check_books(&b, carbon, 1e-12);
    cr_assert(info.identity <= 1e-12 && info.n_periods == PERIODS && (info.n_emptied > 100 || substeps > 1),
              "%g, emptied %d", info.identity, (int) info.n_emptied);
    const double residual =
        info.carbon_end - info.carbon_start - info.carbon_drawn + info.carbon_delivered + info.owner_loss;
    cr_assert(fabs(residual) <= 1e-12 * info.carbon_drawn);
    cr_assert(fabs(info.energy_end - info.energy_start - info.energy_drawn + info.energy_delivered +
                   info.energy_lost) <= 1e-12 * info.energy_drawn);
    stores_close(&s);
}

Test(year, conserving) { run_year(1, CEF_STORAGE_CONSERVING, 1, false); }
Test(year, conserving_leaking) { run_year(2, CEF_STORAGE_CONSERVING, 1, true); }
Test(year, tank) { run_year(3, CEF_STORAGE_TANK, 1, false); }
Test(year, tank_leaking) { run_year(4, CEF_STORAGE_TANK, 1, true); }
Test(year, tank_leaking_in_parts) { run_year(5, CEF_STORAGE_TANK, 8, true); }
Test(year, static_factor) { run_year(6, CEF_STORAGE_STATIC, 1, true); }
Test(year, load) { run_year(7, CEF_STORAGE_LOAD, 1, true); }

/* Without leakage, what CONSERVING delivers lies between the least and the most that was drawn, divided by both
 * efficiencies; here from empty, between 0.3 and 0.7. TANK: between the two themselves. */
static void bounds(int32_t kind)
{
    dice d = {11};
    fleet f;
    double energy[STORES] = {0}, p[STORES], x[STORES], priced[STORES];
    const cef_storage_settings settings = settings_of_model(kind);
    cef_storage_flows flows = {.struct_size = sizeof flows, .energy = energy};
    random_fleet(&f, &d, false);
    f.data.energy = NULL;
    stores s = stores_open(&f.data, &settings);
    int defined = 0, undefined = 0;
    for (int period = 0; period < PERIODS; period++) {
        for (int k = 0; k < STORES; k++) {
            p[k] = random_power(&d, &f, k, energy[k]);
            x[k] = 0.3 + 0.4 * dice_unit(&d);
        }
        cr_assert(cef_storage_step(s.storage, p, x, HOURS, &flows, NULL) == CEF_OK);
        cr_assert(cef_storage_intensity(s.storage, priced, NULL) == CEF_OK);
        for (int k = 0; k < STORES; k++) {
            const double both = kind == CEF_STORAGE_TANK ? 1 : f.charge[k] * f.discharge[k];
            cr_assert(isnan(priced[k]) == (energy[k] == 0));
            undefined += isnan(priced[k]) != 0, defined += isnan(priced[k]) == 0;
            cr_assert(isnan(priced[k]) ||
                          (priced[k] >= 0.3 / both * (1 - 1e-9) && priced[k] <= 0.7 / both * (1 + 1e-9)),
                      "period %d, store %d: %.17g", period, k, priced[k]);
        }
    }
    cr_assert(defined > PERIODS && undefined > 100);
    stores_close(&s);
}

Test(year, conserving_stays_between) { bounds(CEF_STORAGE_CONSERVING); }
Test(year, tank_stays_between) { bounds(CEF_STORAGE_TANK); }

/* Stores are independent: five together, at one bus or not, are five alone, to the last bit. And a horizon cut
 * anywhere, the state handed on, goes on to the same bits. */
Test(year, independent_and_resumable)
{
    enum { CUT = 500, END = 1000 };
    dice d = {21};
    fleet f;
    double energy[STORES], carbon[STORES], p[STORES], x[STORES];
    stores alone[STORES], later = {0};
    random_fleet(&f, &d, true);
    stores together = stores_open(&f.data, NULL);
    for (int k = 0; k < STORES; k++) {
        const one_store one = {f.energy[k], f.intensity[k], f.capacity[k], f.charge[k], f.discharge[k], f.retention[k]};
        alone[k] = one_open(&one, NULL);
    }
    for (int period = 0; period < END; period++) {
        double e[STORES], c[STORES];
        cr_assert(cef_storage_state(together.storage, energy, carbon, NULL) == CEF_OK);
        if (period == CUT) {
            cef_storage_data data = f.data;
            data.energy = energy, data.carbon = carbon;
            later = stores_open(&data, NULL);
        }
        for (int k = 0; k < STORES; k++)
            p[k] = random_power(&d, &f, k, energy[k]), x[k] = dice_unit(&d);
        cr_assert(cef_storage_step(together.storage, p, x, HOURS, NULL, NULL) == CEF_OK);
        cr_assert(period < CUT || cef_storage_step(later.storage, p, x, HOURS, NULL, NULL) == CEF_OK);
        cr_assert(cef_storage_state(together.storage, energy, carbon, NULL) == CEF_OK);
        for (int k = 0; k < STORES; k++) {
            const one_flow flow = one_step(&alone[k], p[k], x[k], HOURS);
            cr_assert(flow.energy == energy[k] && flow.carbon == carbon[k]);
        }
        if (period < CUT)
            continue;
        cr_assert(cef_storage_state(later.storage, e, c, NULL) == CEF_OK);
        cr_assert(memcmp(e, energy, sizeof e) == 0 && memcmp(c, carbon, sizeof c) == 0);
    }
    for (int k = 0; k < STORES; k++)
        stores_close(&alone[k]);
    stores_close(&together);
    stores_close(&later);
}
