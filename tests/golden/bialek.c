/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: the published numbers of Bialek's four-bus grid come out, under every loss policy.
 *
 * Source of the grid and of the gross loads and net units: J. Bialek 1996, IEE Proc. GTD 143(4) 313-320 (three printed
 * decimals: tolerance 5e-4). Intensities and totals with units at 0.875 and 0.525 tCO2/MWh: docs/theory.md, computed
 * independently and printed to nine (intensity) and six (carbon) decimals: tolerance half a last digit. */
#include <criterion/criterion.h>
#include <math.h>

#include "support.h"

static const double nine_digits = 0.5000001e-9, six_digits = 0.5000001e-6, three_digits = 0.5000001e-3;

static answer solve_bialek(cef_settings settings)
{
    model m = model_bialek();
    answer a = model_solve(&m, &settings);
    cr_assert(a.status == CEF_OK, "%s", a.error.message);
    cr_assert(a.info.certified == 1, "not certified");
    const char *why = compare_certificate(&m, &a);
    cr_assert(!why, "%s", why);
    model_free(&m);
    return a;
}

static void expect_intensities(const answer *a, double x1, double x2, double x3, double x4)
{
    const double want[] = {x1, x2, x3, x4};
    for (int bus = 0; bus < 4; bus++)
        cr_assert(fabs(a->out.bus_intensity[bus] - want[bus]) <= nine_digits, "bus %d: %.12f for %.9f", bus + 1,
                  a->out.bus_intensity[bus], want[bus]);
}

static void expect_totals(const answer *a, double generation, double load, double loss)
{
    cr_assert(fabs(a->info.total_generation - generation) <= six_digits, "generation %.9f", a->info.total_generation);
    cr_assert(fabs(a->info.total_load - load) <= six_digits, "load %.9f", a->info.total_load);
    cr_assert(fabs(a->info.total_loss - loss) <= six_digits, "loss %.9f", a->info.total_loss);
    cr_assert(fabs(a->info.total_mismatch) <= 1e-12, "the published flows balance: %g", a->info.total_mismatch);
}

Test(bialek, sending)
{
    answer a = solve_bialek(settings_of(CEF_LOSS_SENDING));
    expect_intensities(&a, 0.875, 0.644364162, 0.836908413, 0.735640536);
    expect_totals(&a, 409.85, 409.85 - 11.649369, 11.649369);
    cr_assert(a.info.maximum_principle == 1);
    answer_free(&a);
}

Test(bialek, consumer)
{
    answer a = solve_bialek(settings_of(CEF_LOSS_CONSUMER));
    expect_intensities(&a, 0.875, 0.649421965, 0.864458775, 0.752561837);
    expect_totals(&a, 409.85, 409.85, 0.0);
    cr_assert(a.info.maximum_principle == -1, "not claimed where x may exceed the largest unit");
    answer_free(&a);
}

Test(bialek, split_half_way)
{
    cef_settings settings = settings_of(CEF_LOSS_SPLIT);
    settings.loss_split = 0.5;
    answer a = solve_bialek(settings);
    expect_intensities(&a, 0.875, 0.646893064, 0.850667036, 0.744092251);
    expect_totals(&a, 409.85, 404.018561, 5.831439);
    answer_free(&a);
}

/* split 0 is sending and split 1 is consumer, entry by entry. */
Test(bialek, split_at_its_ends)
{
    for (int end = 0; end < 2; end++) {
        cef_settings settings = settings_of(CEF_LOSS_SPLIT);
        settings.loss_split = end;
        answer split = solve_bialek(settings),
               named = solve_bialek(settings_of(end ? CEF_LOSS_CONSUMER : CEF_LOSS_SENDING));
        for (int bus = 0; bus < 4; bus++)
            cr_assert(fabs(split.out.bus_intensity[bus] - named.out.bus_intensity[bus]) <= 1e-15);
        cr_assert(fabs(split.info.total_loss - named.info.total_loss) <= 1e-12);
        answer_free(&split), answer_free(&named);
    }
}

Test(bialek, half)
{
    answer a = solve_bialek(settings_of(CEF_LOSS_HALF));
    expect_intensities(&a, 0.875, 0.645028818, 0.837401015, 0.736453439);
    expect_totals(&a, 409.85, 398.510992, 11.339008);
    answer_free(&a);
}

/* As sending; each unit is told the loss carbon that its energy leaves on branches, and the charges sum to the losses.
 */
Test(bialek, generator)
{
    answer a = solve_bialek(settings_of(CEF_LOSS_GENERATOR));
    expect_intensities(&a, 0.875, 0.644364162, 0.836908413, 0.735640536);
    expect_totals(&a, 409.85, 409.85 - 11.649369, 11.649369);
    const double charged = a.out.gen_carbon_loss[0] + a.out.gen_carbon_loss[1];
    cr_assert(fabs(charged - 11.649369) <= six_digits, "charged %.9f", charged);
    /* Bialek's net units: what arrives at loads of each unit's power, 387.716 and 112.284 of 400 and 114 MW. */
    cr_assert(fabs(400.0 * (1.0 - a.out.bus_loss_factor[0]) - 387.716) <= three_digits, "%g", a.out.bus_loss_factor[0]);
    cr_assert(fabs(114.0 * (1.0 - a.out.bus_loss_factor[1]) - 112.284) <= three_digits, "%g", a.out.bus_loss_factor[1]);
    cr_assert(fabs(a.out.gen_carbon_loss[0] - 350.0 * a.out.bus_loss_factor[0]) <= 1e-12);
    answer_free(&a);
}

/* As sending; one adder for the island: 11.649369 t/h over 500 MW of demand. */
Test(bialek, prorata)
{
    answer a = solve_bialek(settings_of(CEF_LOSS_PRORATA));
    expect_intensities(&a, 0.875, 0.644364162, 0.836908413, 0.735640536);
    expect_totals(&a, 409.85, 409.85, 0.0);
    const double adder = 11.649369 / 500.0;
    cr_assert(fabs(a.out.load_carbon[0] - 300.0 * (0.836908413 + adder)) <= 1e-6, "%.9f", a.out.load_carbon[0]);
    cr_assert(fabs(a.out.load_carbon[1] - 200.0 * (0.735640536 + adder)) <= 1e-6, "%.9f", a.out.load_carbon[1]);
    answer_free(&a);
}

/* With one tonne for each MWh of every unit, consumer intensities times loads are Bialek's gross loads. */
Test(bialek, gross_loads)
{
    model m = model_bialek();
    m.gen_e[0] = m.gen_e[1] = 1.0;
    const cef_settings settings = settings_of(CEF_LOSS_CONSUMER);
    answer a = model_solve(&m, &settings);
    cr_assert(a.status == CEF_OK, "%s", a.error.message);
    cr_assert(fabs(a.out.load_carbon[0] - 309.760) <= three_digits, "%.6f", a.out.load_carbon[0]);
    cr_assert(fabs(a.out.load_carbon[1] - 204.240) <= three_digits, "%.6f", a.out.load_carbon[1]);
    answer_free(&a);
    model_free(&m);
}

/* Branch 1-2 by hand: 60 MW at 0.875 enter, 59 MW arrive; 1 MW of loss carries 0.875 t/h. */
Test(bialek, branch_outputs_by_hand)
{
    answer a = solve_bialek(settings_of(CEF_LOSS_SENDING));
    cr_assert(a.out.branch_intensity[0] == 0.875);
    cr_assert(fabs(a.out.branch_carbon_from[0] - 52.5) <= 1e-13);
    cr_assert(fabs(a.out.branch_carbon_to[0] + 51.625) <= 1e-13);
    cr_assert(fabs(a.out.branch_carbon_loss[0] - 0.875) <= 1e-13);
    cr_assert(a.out.gen_carbon[0] == 350.0);
    cr_assert(fabs(a.out.bus_throughput[2] - 300.0) <= 1e-13);
    answer_free(&a);
}
