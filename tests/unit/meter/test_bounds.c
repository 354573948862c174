/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: after every single round, on 10 000 random small grids with loops, dead buses, imbalances, negative and
 * missing powers, no meter's bound is below its distance from the central solution; without missing readings all values
 * end final, and undefined exactly where the central solution says so. */
#include "meters.h"

enum { GRIDS = 10000 };

static void check(uint64_t seed, double missing, double lying, bool relax)
{
    dice d = {seed};
    model m = random_model(&d, dice_between(&d, 2, 14), RANDOM_ALL);
    cef_meter_field_options options = meters_options(seed);
    options.missing_rate = missing;
    options.lying_rate = lying;
    options.relax_only = relax;
    metered f = meters_open(&m, &options);
    for (int round = 0; round < 60 && f.info.n_final < f.n_bus; round++) {
        meters_run(&f, 1);
        const char *lie = meters_lie(&f, lying > 0.0);
        cr_assert(!lie, "seed %llu, missing %g, lying %g, relax %d, round %d: %s", (unsigned long long) seed, missing,
                  lying, relax, round + 1, lie);
    }
    if (missing + lying == 0.0 && !relax) {
        meters_run(&f, 200);
        cr_assert(f.info.n_final == f.n_bus && f.info.n_certified == f.n_bus, "seed %llu: %d of %d final, %d certified",
                  (unsigned long long) seed, f.info.n_final, f.n_bus, f.info.n_certified);
        cr_assert(f.info.rounds <= f.roll->info.longest_path + 10, "seed %llu: %lld rounds, W %d",
                  (unsigned long long) seed, (long long) f.info.rounds, f.roll->info.longest_path);
        for (cef_index bus = 0; bus < f.n_bus; bus++)
            cr_assert(isnan(f.x[bus]) == isnan(f.exact.out.bus_intensity[bus]), "seed %llu, bus %d",
                      (unsigned long long) seed, bus);
    }
    meters_close(&f);
    model_free(&m);
}

Test(meter_bounds, exact)
{
    for (uint64_t seed = 1; seed <= GRIDS / 2; seed++)
        check(seed, 0.0, 0.0, false);
}

Test(meter_bounds, relaxation)
{
    for (uint64_t seed = 1; seed <= GRIDS / 10; seed++)
        check(seed, 0.0, 0.0, true);
}

Test(meter_bounds, missing_readings)
{
    for (uint64_t seed = 1; seed <= 3 * GRIDS / 10; seed++)
        check(seed, 0.3, 0.0, false);
}

Test(meter_bounds, lying_meters)
{
    for (uint64_t seed = 1; seed <= GRIDS / 10; seed++)
        check(seed, 0.0, 0.2, false);
}
