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
