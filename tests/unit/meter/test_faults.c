/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: 1 000 seeded runs on IEEE 14, ACTIVSg200 and a generated grid with loops, with 30 % loss, duplicates, delays
 * that reorder and 10 % restarts, all end final, certified to 1e-9, and true. A failing run prints its seed. */
#include "ground.h"

static void hold(ground *g, int runs)
{
    for (int run = 1; run <= runs; run++) {
        cef_meter_field_options options = meters_options((uint64_t) run);
        cef_meter_field_info info = {.struct_size = sizeof info};
        cef_meter_field *field = NULL;
        options.loss_rate = 0.3;
        options.duplicate_rate = 0.1;
        options.delay = 3;
        options.restart_rate = 0.1;
        options.restart_rounds = 40;
        options.frozen_rate = run % 4 == 0 ? 0.05 : 0.0;
        options.clock_skew = run % 5 == 0 ? 6 : 0;
        cr_assert(cef_meter_field_create(g->ctx, g->roll, &options, &field, NULL) == CEF_OK);
        cr_assert(cef_meter_field_run(field, 4000, &info, NULL) == CEF_OK);
        cr_assert(info.n_final == g->n_bus && info.n_certified == g->n_bus,
                  "seed %d: %d of %d final, %d certified after %lld rounds", run, info.n_final, g->n_bus,
                  info.n_certified, (long long) info.rounds);
        cr_assert(info.lost > 0 && info.duplicated > 0 && info.refused[CEF_METER_REPLAYED] > 0);
        const char *lie = ground_lie(g, field, true);
        cr_assert(!lie, "seed %d, %s", run, lie);
        cef_meter_field_destroy(field);
    }
    ground_close(g);
}

Test(meter_faults, ieee14)
{
    ground g = ground_case(CEF_SOURCE_DIR "/examples/ieee14.yaml");
    hold(&g, 500);
}

Test(meter_faults, generated)
{
    ground g = ground_generated(7, 400);
    cr_assert(g.roll->info.clusters > 0, "the generated grid has loops");
    hold(&g, 250);
}

Test(meter_faults, case_activsg200)
{
    ground g = ground_shared_case("case_ACTIVSg200.m");
    hold(&g, 250);
}

/* Missing and contradicted readings make meters estimate, each for itself: links on which both ends find power coming
 * in, loops that are none. All values become final all the same, and then the field ends, certified or not. */
static void become_final(uint64_t seed, cef_index n_bus, double missing, double lying, bool faults)
{
    ground g = ground_generated(seed, n_bus);
    cef_meter_field_options options = meters_options(seed);
    cef_meter_field_info info = {.struct_size = sizeof info};
    cef_meter_field *field = NULL;
    options.until_final = seed % 2 == 0;
    options.missing_rate = missing;
    options.lying_rate = lying;
    options.loss_rate = faults ? 0.3 : 0.0;
    options.delay = faults ? 2 : 0;
    options.restart_rate = faults ? 0.1 : 0.0;
    cr_assert(cef_meter_field_create(g.ctx, g.roll, &options, &field, NULL) == CEF_OK);
    cr_assert(cef_meter_field_run(field, 5000, &info, NULL) == CEF_OK);
    cr_assert(info.n_final == n_bus, "seed %llu, %d buses, missing %g, lying %g: %d final after %lld rounds",
              (unsigned long long) seed, n_bus, missing, lying, info.n_final, (long long) info.rounds);
    cr_assert(info.rounds < 5000 && info.n_certified < n_bus, "ended by itself, %d certified", info.n_certified);
    const char *lie = lying > 0.0 ? NULL : ground_lie(&g, field, false); /* a lie about a missing reading goes unseen */
    cr_assert(!lie, "seed %llu: %s", (unsigned long long) seed, lie);
    cef_meter_field_destroy(field);
    ground_close(&g);
}

Test(meter_faults, missing_and_wrong_readings_become_final)
{
    for (uint64_t seed = 1; seed <= 120; seed++) {
        become_final(seed, 300, 0.2, 0.1, false);
        become_final(seed, 60, 0.1 + 0.1 * (double) (seed % 9), 0.2, false);
        become_final(seed, 200, 0.3, 0.0, false);
    }
    become_final(3, 300, 0.2, 0.1, false);
    become_final(1, 20000, 0.2, 0.1, false);
}

Test(meter_faults, missing_and_wrong_readings_over_a_bad_network)
{
    for (uint64_t seed = 1; seed <= 30; seed++)
        become_final(seed, 200, 0.2, 0.1, true);
}

/* IEEE 14, synchronous: exact after L + 1 = 7 rounds (theory.md 3), and nothing is said any more soon after. */
Test(meter_faults, ieee14_in_seven_rounds)
{
    ground g = ground_case(CEF_SOURCE_DIR "/examples/ieee14.yaml");
    cef_meter_field_info info = {.struct_size = sizeof info};
    cef_meter_field *field = NULL;
    cr_assert(cef_meter_field_create(g.ctx, g.roll, NULL, &field, NULL) == CEF_OK);
    cr_assert(cef_meter_field_run(field, 6, &info, NULL) == CEF_OK && info.n_certified < 14);
    cr_assert(cef_meter_field_run(field, 100, &info, NULL) == CEF_OK && info.n_certified == 14 && info.rounds == 7,
              "%lld rounds", (long long) info.rounds);
    cr_assert(!ground_lie(&g, field, true));
    cef_meter_field_destroy(field);
    ground_close(&g);
}
