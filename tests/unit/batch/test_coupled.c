/* SPDX-License-Identifier: Apache-2.0 */
/* Stores coupled in time: the batch is the loop over the public calls for one period, to the last bit where no loop of
 * flow is; failures; going on elsewhere; what is refused. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "coupled.h"

static const cef_batch_options single = {.struct_size = sizeof single, .engine = CEF_BATCH_SINGLE};

/* NaNs have one meaning, whatever their bits. */
static bool same_bits(double a, double b) { return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0; }
static bool near(double a, double b, double bound) { return (isnan(a) && isnan(b)) || fabs(a - b) <= bound * fabs(b); }

/* bound 0: to the bit. */
static void expect_same(const char *name, const double *got, const double *want, size_t n, double bound)
{
    for (size_t k = 0; k < n; k++)
        cr_assert(bound > 0 ? near(got[k], want[k], bound) : same_bits(got[k], want[k]),
                  "%s[%zu]: %.17g, by hand %.17g", name, k, got[k], want[k]);
}

/* Rows of stores, and of buses where the period is solved. */
static void expect_by_hand(const series *s, const coupled *c, const coupled *hand, double bound)
{
    const cef_batch_result *got = &c->o.out, *want = &hand->o.out;
    const size_t n_bus = (size_t) s->m.n_bus, n_storage = (size_t) s->m.n_storage;
    const size_t all = (size_t) s->n_periods * n_storage;
    cr_assert(c->o.status == CEF_OK, "%s", c->o.error.message);
    for (cef_index t = 0; t < s->n_periods; t++) {
        const size_t bus = (size_t) t * n_bus, store = (size_t) t * n_storage;
        cr_assert(got->period_status[t] == want->period_status[t], "period %d: %s, by hand %s", t,
                  cef_status_name(got->period_status[t]), cef_status_name(want->period_status[t]));
        if (want->period_status[t] != CEF_OK)
            continue;
        expect_same("bus_intensity", got->bus_intensity + bus, want->bus_intensity + bus, n_bus, bound);
        expect_same("storage_carbon", got->storage_carbon + store, want->storage_carbon + store, n_storage, bound);
    }
    expect_same("storage_price", got->storage_price, want->storage_price, all, bound);
    expect_same("storage_energy_held", got->storage_energy_held, want->storage_energy_held, all, bound);
    expect_same("storage_carbon_held", got->storage_carbon_held, want->storage_carbon_held, all, bound);
    expect_same("storage_carbon_drawn", got->storage_carbon_drawn, want->storage_carbon_drawn, all, bound);
    expect_same("storage_carbon_delivered", got->storage_carbon_delivered, want->storage_carbon_delivered, all, bound);
    if (bound == 0) /* a difference of large numbers under STATIC */
        expect_same("storage_owner_loss", got->storage_owner_loss, want->storage_owner_loss, all, bound);
}

static double some_power(dice *d)
{
    const double p = (double) dice_below(d, 20 * 1024) / 1024;
    return dice_chance(d, 0.2) ? 0.0 : dice_chance(d, 0.5) ? p : -p;
}

/* Powers and intensities that change every period, `fraction` of the flows too, some across zero. Two stores share a
 * bus with a unit, as every bus has one. */
static series store_series(dice *d, cef_index n_bus, unsigned options, cef_index n, double fraction)
{
    series s = series_make(random_model(d, n_bus, options | RANDOM_STORAGE), 0);
    const cef_index bus = s.m.n_storage > 0 ? s.m.storage_bus[0] : 0;
    model m = model_copy(&s.m);
    series_free(&s);
    model_storage(&m, bus, 1, 0);
    model_storage(&m, bus, 1, 0);
    s = series_make(m, n);
    for (cef_index t = 0; t < n; t++) {
        for (cef_index k = 0; k < m.n_storage; k++)
            s.m.storage_p[k] = some_power(d);
        for (cef_index k = 0; k < m.n_gen; k++)
            s.m.gen_e[k] = dice_unit(d);
        random_walk(d, &s.m, fraction);
        series_record(&s);
    }
    return s;
}

enum { WITHOUT_LOOPS = RANDOM_ALL & ~(RANDOM_LOOPS | RANDOM_PARALLEL | RANDOM_BOTH_FED | RANDOM_IMBALANCE) };

static const int32_t kinds[] = {CEF_STORAGE_CONSERVING, CEF_STORAGE_TANK, CEF_STORAGE_STATIC, CEF_STORAGE_LOAD};

/* plenty 1: no store ever runs empty. Returns how many periods failed. */
static cef_index compare(uint64_t seed, int32_t kind, cef_index n_scenarios, double plenty, bool loops,
                         const cef_batch_options *options)
{
    dice d = {seed};
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    series s = store_series(&d, dice_between(&d, 3, 30), loops ? RANDOM_ALL : WITHOUT_LOOPS, 30 * n_scenarios,
                            loops ? 0.05 : 0.0);
    dice one = d, two = d;
    fleet f = fleet_make(&one, &s, n_scenarios, kind, plenty), g = fleet_make(&two, &s, n_scenarios, kind, plenty);
    coupled c = coupled_run(&s, &f, &settings, options), hand = coupled_by_hand(&s, &g, &settings);
    expect_by_hand(&s, &c, &hand, loops && (!options || options->engine == CEF_BATCH_AUTO) ? 1e-9 : 0);
    const cef_batch_info *info = &c.o.info;
    const cef_index failed = info->n_failed;
    cr_assert(info->n_scenarios == n_scenarios && info->n_solved + failed == s.n_periods);
    cr_assert(failed > 0 ? isnan(info->horizon) && !info->certified : info->horizon <= 1e-12 && info->certified,
              "seed %lu: %d failed, horizon %g, certified %d", seed, failed, info->horizon, info->certified);
    coupled_free(&c);
    coupled_free(&hand);
    fleet_free(&f);
    fleet_free(&g);
    series_free(&s);
    return failed;
}

static void compare_kind(int32_t kind)
{
    const cef_index scenarios[] = {1, 2, 7, 8, 9, 17};
    cef_index failed = 0;
    const cef_batch_options four = {.struct_size = sizeof four, .periods_per_block = 4, .threads = 2};
    for (size_t k = 0; k < sizeof scenarios / sizeof *scenarios; k++) {
        const uint64_t seed = 10 * (uint64_t) kind + k + 1;
        cr_assert(compare(seed, kind, scenarios[k], 1.0, false, NULL) == 0);
        cr_assert(compare(seed, kind, scenarios[k], 1.0, false, &four) == 0);
        (void) compare(seed, kind, scenarios[k], 1.0, true, &single);
        (void) compare(seed, kind, scenarios[k], 1.0, true, NULL);
        failed += compare(seed, kind, scenarios[k], 0.3, false, NULL);
        failed += compare(seed, kind, scenarios[k], 0.3, true, &single);
    }
    cr_assert(failed > 100, "stores ran empty in %d periods only", failed);
}

Test(coupled, by_hand_conserving) { compare_kind(CEF_STORAGE_CONSERVING); }
Test(coupled, by_hand_tank) { compare_kind(CEF_STORAGE_TANK); }
Test(coupled, by_hand_static) { compare_kind(CEF_STORAGE_STATIC); }
Test(coupled, by_hand_load) { compare_kind(CEF_STORAGE_LOAD); }

/* ---- the horizon ---- */

/* From the rows alone: what each scenario's units make is what its loads, losses and stores take. */
static void check_horizon(const series *s, const coupled *c, const fleet *f, const double *start)
{
    const size_t n = (size_t) f->n_storage;
    const cef_index length = s->n_periods / f->n_scenarios;
    const cef_batch_result *out = &c->o.out;
    long double all[3] = {0};
    for (cef_index k = 0; k < f->n_scenarios; k++) {
        long double gap = 0, in = 0, sums[3] = {0}; /* held at start, at end, owners' loss */
        for (cef_index t = k * length; t < (k + 1) * length; t++) {
            in += out->period_generation[t] * 0.25L;
            gap += 0.25L * ((long double) out->period_generation[t] - out->period_load[t] - out->period_loss[t] -
                            out->period_export[t] - out->period_mismatch[t]);
            for (size_t i = 0; i < n; i++)
                sums[2] += out->storage_owner_loss[(size_t) t * n + i];
        }
        for (size_t i = 0; i < n; i++) {
            sums[0] += start[(size_t) k * n + i];
            sums[1] += out->storage_carbon_held[((size_t) (k + 1) * (size_t) length - 1) * n + i];
        }
        gap += sums[0] - sums[1] - sums[2];
        cr_assert(fabsl(gap) <= 1e-12L * (in + sums[0]), "scenario %d misses %Lg of %Lg t", k, gap, in);
        for (int i = 0; i < 3; i++)
            all[i] += sums[i];
    }
    const cef_batch_info *info = &c->o.info;
    const double told[3] = {info->carbon_start, info->carbon_end, info->owner_loss};
    for (int i = 0; i < 3; i++)
        cr_assert(fabsl(told[i] - all[i]) <= 1e-12L * (fabsl(all[0]) + fabsl(all[1]) + info->generation_emissions),
                  "sum %d: %.17g, rows %.17Lg", i, told[i], all[i]);
    cr_assert(info->horizon <= 1e-12 && info->certified == 1, "horizon %g", info->horizon);
}

static void check_year(int32_t kind, cef_index n_scenarios, cef_index length)
{
    dice d = {1000 + (uint64_t) kind};
    series s = store_series(&d, 5, RANDOM_LOOPS | RANDOM_KINDS, n_scenarios * length, 0.1);
    fleet f = fleet_make(&d, &s, n_scenarios, kind, 1.0);
    const size_t n = (size_t) f.n_storage;
    double *start = malloc((size_t) n_scenarios * n * sizeof *start);
    for (cef_index k = 0; k < n_scenarios; k++)
        cr_assert(cef_storage_state(f.storage[k], NULL, start + (size_t) k * n, NULL) == CEF_OK);
    coupled c = coupled_run(&s, &f, NULL, NULL);
    cr_assert(c.o.status == CEF_OK && c.o.info.n_failed == 0, "%d failed: %s", c.o.info.n_failed, c.o.error.message);
    check_horizon(&s, &c, &f, start);
    cr_assert(n_scenarios > 1 ? c.o.info.n_one_by_one < c.o.info.n_solved / 2 : c.o.info.n_one_by_one == length);
    free(start);
    coupled_free(&c);
    fleet_free(&f);
    series_free(&s);
}

Test(coupled, year_conserving) { check_year(CEF_STORAGE_CONSERVING, 1, 35040); }
Test(coupled, year_tank) { check_year(CEF_STORAGE_TANK, 1, 35040); }
Test(coupled, year_static) { check_year(CEF_STORAGE_STATIC, 1, 35040); }
Test(coupled, year_load) { check_year(CEF_STORAGE_LOAD, 1, 35040); }
Test(coupled, eight_scenarios_of_a_year)
{
    for (size_t k = 0; k < 4; k++)
        check_year(kinds[k], 9, 8760);
}

/* Units of opposite intensities whose carbon cancels over the horizon but not in a period: each period is certified,
 * the identity relative to the sum is not. */
Test(coupled, a_horizon_that_cancels_is_not_certified)
{
    model m = model_make(2);
    model_arc(&m, 0, 1, 30, 30);
    model_gen(&m, 0, 40, 0.1);
    model_load(&m, 1, 30);
    model_storage(&m, 0, -10, 0);
    series s = series_make(m, 2);
    s.m.gen_e[0] = 1.0 / 3;
    series_record(&s);
    s.m.gen_e[0] = -1.0 / 3 * (1 + 0x1p-50);
    series_record(&s);
    dice d = {7};
    fleet f = fleet_make(&d, &s, 1, CEF_STORAGE_TANK, 0.0);
    coupled c = coupled_run(&s, &f, NULL, NULL);
    cr_assert(c.o.status == CEF_OK && c.o.info.n_failed == 0, "%s", c.o.error.message);
    cr_assert(c.o.info.horizon > 1e-9 && c.o.info.certified == 0, "horizon %g of %g t", c.o.info.horizon,
              c.o.info.generation_emissions);
    coupled_free(&c);
    fleet_free(&f);
    series_free(&s);
}

/* ---- going on elsewhere ---- */

/* Scenario-major rows of a series: periods first .. first + count of each scenario. */
static series cut(const series *s, cef_index n_scenarios, cef_index first, cef_index count)
{
    const cef_index length = s->n_periods / n_scenarios;
    series whole = *s, part = series_make(model_copy(&s->m), n_scenarios * count);
    for (cef_index k = 0; k < n_scenarios; k++)
        for (cef_index t = first; t < first + count; t++) {
            whole.m = part.m;
            series_load(&whole, k * length + t);
            series_record(&part);
        }
    return part;
}

/* A horizon cut at any place, by the same handles or by new ones made from their state: the same rows and states to the
 * bit, also where periods failed before the cut. */
static void check_cut(int32_t kind, cef_index n_scenarios, cef_index at, bool resumed, double plenty)
{
    enum { LENGTH = 40 };
    dice d = {50 + (uint64_t) at};
    series s = store_series(&d, 12, WITHOUT_LOOPS, n_scenarios * LENGTH, 0.0);
    for (cef_index k = 0; k < n_scenarios; k += 2)
        s.load_p[((size_t) k * LENGTH + 3) * (size_t) s.m.n_load] = NAN;
    dice one = d, two = d;
    fleet f = fleet_make(&one, &s, n_scenarios, kind, plenty), g = fleet_make(&two, &s, n_scenarios, kind, plenty);
    series part[2] = {cut(&s, n_scenarios, 0, at), cut(&s, n_scenarios, at, LENGTH - at)};
    coupled whole = coupled_run(&s, &f, NULL, NULL), first = coupled_run(&part[0], &g, NULL, NULL);
    if (resumed) {
        dice three = d;
        fleet old = g;
        g = fleet_resumed(&three, &s, &old, kind);
        fleet_free(&old);
    }
    coupled second = coupled_run(&part[1], &g, NULL, NULL);
    cr_assert(whole.o.info.n_failed > 0 && whole.o.info.n_failed == first.o.info.n_failed + second.o.info.n_failed);
    const size_t n = (size_t) f.n_storage;
    for (cef_index k = 0; k < n_scenarios; k++)
        for (cef_index t = 0; t < LENGTH; t++) {
            const coupled *c = t < at ? &first : &second;
            const size_t row = (size_t) (t < at ? k * at + t : k * (LENGTH - at) + t - at);
            const size_t want = (size_t) k * LENGTH + (size_t) t;
            expect_same("storage_carbon_held", c->o.out.storage_carbon_held + row * n,
                        whole.o.out.storage_carbon_held + want * n, n, 0);
            expect_same("storage_price", c->o.out.storage_price + row * n, whole.o.out.storage_price + want * n, n, 0);
            expect_same("storage_energy_held", c->o.out.storage_energy_held + row * n,
                        whole.o.out.storage_energy_held + want * n, n, 0);
            expect_same("bus_intensity", c->o.out.bus_intensity + row * (size_t) s.m.n_bus,
                        whole.o.out.bus_intensity + want * (size_t) s.m.n_bus, (size_t) s.m.n_bus, 0);
        }
    coupled_free(&whole), coupled_free(&first), coupled_free(&second);
    fleet_free(&f), fleet_free(&g);
    series_free(&part[0]), series_free(&part[1]), series_free(&s);
}

Test(coupled, a_horizon_in_two_parts)
{
    for (size_t k = 0; k < 4; k++)
        for (cef_index at = 1; at < 40; at += 6) {
            check_cut(kinds[k], 1, at, at % 2, 1.0);
            check_cut(kinds[k], 10, at, at % 2 == 0, 0.4);
        }
}

/* ---- failures ---- */

/* One bus, a unit of 0.5 tCO2/MWh, a load, a store at 10 MW; `n` hours. */
static series one_bus(const double *storage_p, cef_index n)
{
    model m = model_make(1);
    model_gen(&m, 0, 100, 0.5);
    model_load(&m, 0, 50);
    model_storage(&m, 0, 0, 0);
    series s = series_make(m, n);
    for (cef_index t = 0; t < n; t++) {
        s.m.storage_p[0] = storage_p[t];
        s.m.load_p[0] = 100 + storage_p[t];
        series_record(&s);
    }
    return s;
}

typedef struct {
    cef_context *ctx;
    cef_storage *storage;
} one_store;

static one_store store_open(int32_t kind, double energy, double carbon, double capacity)
{
    one_store s = {0};
    const double intensity = 0.25;
    const cef_storage_data data = {.struct_size = sizeof data,
                                   .energy = &energy,
                                   .carbon = kind == CEF_STORAGE_STATIC ? NULL : &carbon,
                                   .intensity = &intensity,
                                   .capacity = &capacity,
                                   .n_storage = 1};
    cef_storage_settings settings;
    cef_storage_settings_init(&settings, sizeof settings);
    settings.model = kind;
    cr_assert(cef_context_create(NULL, &s.ctx, NULL) == CEF_OK);
    cr_assert(cef_storage_create(s.ctx, &data, &settings, &s.storage, NULL) == CEF_OK);
    return s;
}

static void store_close(one_store *s)
{
    cef_storage_destroy(s->storage);
    cef_context_destroy(s->ctx);
}

static coupled solve_one(const series *s, const one_store *one, bool with_status)
{
    cef_storage *handles[1] = {one->storage};
    fleet f = {.n_scenarios = 1, .n_storage = 1, .storage = handles};
    coupled c = coupled_make(s);
    cef_batch_data data = coupled_data(s, &f);
    int32_t *status = c.o.out.period_status;
    if (!with_status)
        c.o.out.period_status = NULL;
    batch_session b = batch_open(&s->m, NULL, NULL, NULL);
    c.o.status = cef_batch_solve(b.batch, &data, &c.o.out, &c.o.info, &c.o.error);
    c.o.out.period_status = status;
    batch_close(&b);
    return c;
}

/* Charges, charges in a period that is not solved, delivers at a price that is not known, runs empty, is known again.
 * Energies, in MWh of a quarter of an hour: 5 at the start. */
Test(coupled, what_a_failed_period_charged_is_not_guessed)
{
    const double p[] = {-4, -4, 8, 0, 20, -4, 4};
    const double energy[] = {6, 7, 5, 5, 0, 1, 0};
    series s = one_bus(p, 7);
    s.gen_p[1] = NAN;
    one_store one = store_open(CEF_STORAGE_CONSERVING, 5, 1, 100);
    coupled c = solve_one(&s, &one, true);
    const bool failed[] = {false, true, true, false, true, false, false};
    const bool known[] = {true, false, false, false, true, true, true};
    for (int t = 0; t < 7; t++) {
        cr_assert((c.o.out.period_status[t] != CEF_OK) == failed[t], "period %d: %s", t,
                  cef_status_name(c.o.out.period_status[t]));
        cr_assert((isnan(c.o.out.bus_intensity[t]) != 0) == failed[t]);
        cr_assert(fabs(c.o.out.storage_energy_held[t] - energy[t]) < 1e-12, "period %d: %g MWh", t,
                  c.o.out.storage_energy_held[t]);
        cr_assert((isnan(c.o.out.storage_carbon_held[t]) == 0) == known[t], "period %d: %g t", t,
                  c.o.out.storage_carbon_held[t]);
    }
    cr_assert(c.o.out.storage_carbon_held[0] == 1.5 && c.o.out.storage_carbon_held[4] == 0 &&
              c.o.out.storage_carbon_held[5] == 0.5 && c.o.out.storage_carbon_delivered[6] == 0.5);
    cr_assert(c.o.info.n_failed == 3 && c.o.info.first_failed == 1 && c.o.info.n_unknown == 2 && !c.o.info.certified &&
              isnan(c.o.info.horizon) && isnan(c.o.info.owner_loss) && c.o.info.carbon_start == 1 &&
              c.o.info.carbon_end == 0);
    cef_storage_info info = {.struct_size = sizeof info};
    cr_assert(cef_storage_describe(one.storage, &info, NULL) == CEF_OK && info.n_skipped == 3 && info.n_broken == 1 &&
              info.n_unknown == 0 && info.n_periods == 7 && info.worst_store == -1 && isnan(info.carbon_drawn));
    coupled_free(&c);
    store_close(&one);
    series_free(&s);
}

/* A store that delivers, or rests, while a period fails is known all the same. */
Test(coupled, a_failed_period_in_which_nothing_charges_breaks_nothing)
{
    const double p[] = {4, 0, 4};
    series s = one_bus(p, 3);
    s.gen_p[0] = s.gen_p[1] = NAN;
    one_store one = store_open(CEF_STORAGE_CONSERVING, 4, 2, 100);
    coupled c = solve_one(&s, &one, true);
    cr_assert(c.o.info.n_failed == 2 && c.o.out.period_status[2] == CEF_OK && c.o.info.n_unknown == 0);
    cr_assert(c.o.out.storage_carbon_delivered[0] == 0.5 && c.o.out.storage_carbon_held[2] == 1 &&
              c.o.out.storage_price[2] == 0.5 && c.o.info.carbon_end == 1);
    coupled_free(&c);
    store_close(&one);
    series_free(&s);
}

static void check_limit(int32_t kind, double p, double capacity, const char *code)
{
    const double powers[] = {p, -1, 1};
    series s = one_bus(powers, 3);
    one_store one = store_open(kind, 4, 1, capacity);
    coupled c = solve_one(&s, &one, false);
    cr_assert(c.o.status == CEF_ERR_SNAPSHOT && strcmp(c.o.error.code, code) == 0 && c.o.error.period == 0 &&
                  c.o.error.element == CEF_STORAGE && c.o.error.index == 0,
              "%s instead of %s", c.o.error.code, code);
    const bool carries = kind == CEF_STORAGE_CONSERVING || kind == CEF_STORAGE_TANK;
    cr_assert(c.o.info.n_failed == (carries ? 2 : 1) && c.o.info.n_unknown == carries, "%d failed", c.o.info.n_failed);
    cr_assert(isnan(c.o.out.storage_energy_held[2]), "energy that broke its limits is not known from then on");
    coupled_free(&c);
    store_close(&one);
    series_free(&s);
}

Test(coupled, limits)
{
    for (size_t k = 0; k < 4; k++) {
        check_limit(kinds[k], 17, 100, "store-empty");
        check_limit(kinds[k], -25, 10, "store-full");
        check_limit(kinds[k], NAN, 10, "not-finite");
        check_limit(kinds[k], 1e13, 10, "out-of-range");
    }
}

/* A bus that nothing feeds has no intensity to charge at. */
Test(coupled, unpriced)
{
    model m = model_make(2);
    model_gen(&m, 0, 10, 0.5);
    model_load(&m, 0, 10);
    model_storage(&m, 1, -5, 0);
    series s = series_make(m, 1);
    series_record(&s);
    one_store one = store_open(CEF_STORAGE_CONSERVING, 0, 0, 100);
    coupled c = solve_one(&s, &one, false);
    cr_assert(c.o.status == CEF_ERR_SNAPSHOT && strcmp(c.o.error.code, "store-unpriced") == 0, "%s", c.o.error.code);
    coupled_free(&c);
    store_close(&one);
    series_free(&s);
}

/* The lowest row is the first failure, in whatever order scenarios are solved; one bad scenario leaves the others. */
Test(coupled, a_bad_scenario_leaves_the_others)
{
    enum { SCENARIOS = 20, LENGTH = 12 };
    for (int32_t threads = 1; threads <= 3; threads++) {
        dice d = {60};
        const cef_batch_options options = {.struct_size = sizeof options, .threads = threads};
        series s = store_series(&d, 15, RANDOM_LOOPS, SCENARIOS * LENGTH, 0.05);
        dice one = d, two = d;
        fleet f = fleet_make(&one, &s, SCENARIOS, CEF_STORAGE_TANK, 1.0);
        coupled good = coupled_run(&s, &f, NULL, &options);
        fleet_free(&f);
        s.load_p[(2 * LENGTH + 7) * (size_t) s.m.n_load] = NAN;
        s.load_p[(5 * LENGTH + 1) * (size_t) s.m.n_load] = NAN;
        s.load_p[(13 * LENGTH) * (size_t) s.m.n_load] = NAN;
        f = fleet_make(&two, &s, SCENARIOS, CEF_STORAGE_TANK, 1.0);
        coupled c = coupled_run(&s, &f, NULL, &options);
        cr_assert(good.o.info.n_failed == 0 && c.o.info.n_failed >= 3 && c.o.info.first_failed == 2 * LENGTH + 7,
                  "first %d of %d", c.o.info.first_failed, c.o.info.n_failed);
        for (cef_index k = 0; k < SCENARIOS; k++) {
            const size_t at = (size_t) k * LENGTH * (size_t) s.m.n_bus, n = LENGTH * (size_t) s.m.n_bus;
            if (k != 2 && k != 5 && k != 13)
                expect_same("bus_intensity", c.o.out.bus_intensity + at, good.o.out.bus_intensity + at, n, 0);
        }
        coupled_free(&good), coupled_free(&c);
        fleet_free(&f);
        series_free(&s);
    }
}

/* ---- partition ---- */

Test(coupled, bits_do_not_depend_on_threads)
{
    dice d = {70};
    series s = store_series(&d, 40, RANDOM_ALL & ~(unsigned) RANDOM_IMBALANCE, 30 * 10, 0.05);
    uint64_t first = 0;
    for (int32_t threads = 1; threads <= 4; threads++) {
        const cef_batch_options options = {.struct_size = sizeof options, .threads = threads, .periods_per_block = 7};
        dice one = d;
        fleet f = fleet_make(&one, &s, 30, CEF_STORAGE_CONSERVING, 0.7);
        coupled c = coupled_run(&s, &f, NULL, &options);
        const uint64_t hash = coupled_hash(&s, &c);
        first = threads == 1 ? hash : first;
        cr_assert(c.o.status == CEF_OK && c.o.info.n_solved > 100 && hash == first, "%d threads: other bits", threads);
        coupled_free(&c);
        fleet_free(&f);
    }
    series_free(&s);
}

/* Rows of the caller's own are not needed for the stores to be right. */
Test(coupled, without_rows)
{
    dice d = {71};
    series s = store_series(&d, 15, RANDOM_LOOPS, 9 * 20, 0.05);
    dice one = d, two = d;
    fleet f = fleet_make(&one, &s, 9, CEF_STORAGE_CONSERVING, 1.0);
    fleet g = fleet_make(&two, &s, 9, CEF_STORAGE_CONSERVING, 1.0);
    coupled full = coupled_run(&s, &f, NULL, NULL);
    const cef_batch_data data = coupled_data(&s, &g);
    cef_batch_info info = {.struct_size = sizeof info};
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    cr_assert(cef_batch_solve(b.batch, &data, NULL, &info, NULL) == CEF_OK);
    cr_assert(info.carbon_end == full.o.info.carbon_end && info.horizon == full.o.info.horizon);
    for (cef_index k = 0; k < 9; k++) {
        double energy[2][64], carbon[2][64];
        cr_assert(f.n_storage <= 64 && cef_storage_state(f.storage[k], energy[0], carbon[0], NULL) == CEF_OK &&
                  cef_storage_state(g.storage[k], energy[1], carbon[1], NULL) == CEF_OK);
        expect_same("energy", energy[1], energy[0], (size_t) f.n_storage, 0);
        expect_same("carbon", carbon[1], carbon[0], (size_t) f.n_storage, 0);
    }
    batch_close(&b);
    coupled_free(&full);
    fleet_free(&f), fleet_free(&g);
    series_free(&s);
}

Test(coupled, no_period_and_no_store)
{
    dice d = {72};
    series s = store_series(&d, 10, 0, 8, 0);
    fleet f = fleet_make(&d, &s, 4, CEF_STORAGE_CONSERVING, 1.0);
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    cef_batch_data data = coupled_data(&s, &f);
    cef_batch_info info = {.struct_size = sizeof info};
    data.n_periods = 0;
    cr_assert(cef_batch_solve(b.batch, &data, NULL, &info, NULL) == CEF_OK && info.n_solved == 0 &&
              info.n_scenarios == 4 && info.carbon_start == info.carbon_end && info.carbon_start > 0 && info.certified);
    batch_close(&b);
    fleet_free(&f);
    series_free(&s);
    s = random_series(&d, 10, 0, 8, 0);
    f = fleet_make(&d, &s, 4, CEF_STORAGE_CONSERVING, 1.0);
    coupled c = coupled_run(&s, &f, NULL, NULL);
    cr_assert(c.o.status == CEF_OK && c.o.info.certified && c.o.info.n_solved == 8, "%s", c.o.error.message);
    coupled_free(&c);
    fleet_free(&f);
    series_free(&s);
}

static void refuse(const batch_session *b, cef_batch_data data, const char *word)
{
    cef_error error = {.struct_size = sizeof error};
    const cef_status status = cef_batch_solve(b->batch, &data, NULL, NULL, &error);
    cr_assert(status == CEF_ERR_ARGUMENT && strstr(error.message, word), "%s: %s, %s", word, cef_status_name(status),
              error.message);
}

Test(coupled, refused)
{
    dice d = {73};
    series s = store_series(&d, 10, 0, 8, 0), other = store_series(&d, 60, 0, 8, 0);
    fleet f = fleet_make(&d, &s, 4, CEF_STORAGE_CONSERVING, 1.0), g = fleet_make(&d, &other, 4, 0, 1.0);
    cr_assert(f.n_storage != g.n_storage);
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    cef_batch_data data = coupled_data(&s, &f), bad;
    bad = data, bad.n_scenarios = -1, refuse(&b, bad, "n_scenarios");
    bad = data, bad.reserved = 1, refuse(&b, bad, "reserved");
    bad = data, bad.n_scenarios = 3, refuse(&b, bad, "multiple");
    bad = data, bad.period_hours = 1e-10, refuse(&b, bad, "period_hours");
    bad = data, bad.storage_p = NULL, refuse(&b, bad, "storage_p");
    bad = data, bad.storage = g.storage, refuse(&b, bad, "stores");
    cef_storage *handles[4] = {f.storage[0], f.storage[1], f.storage[0], f.storage[3]};
    bad = data, bad.storage = handles, refuse(&b, bad, "same handle");
    handles[2] = NULL, refuse(&b, bad, "storage[2] is NULL");
    cr_assert(cef_batch_solve(b.batch, &data, NULL, NULL, NULL) == CEF_OK);
    batch_close(&b);
    fleet_free(&f), fleet_free(&g);
    series_free(&s), series_free(&other);
}
