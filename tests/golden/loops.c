/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: loops of flow are solved as worked by hand below; a loop that nothing feeds (or, for consumer, that feeds
 * nothing) is a coded error that names its buses, or is marked while the rest is solved. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "support.h"

static const double rounding = 1e-15;

static void expect(const answer *a, cef_index bus, double want)
{
    const double got = a->out.bus_intensity[bus];
    cr_assert(fabs(got - want) <= rounding * want, "bus %d: %.17g for %.17g", bus, got, want);
    cr_assert(a->out.bus_error_bound[bus] >= 0.0 && a->out.bus_error_bound[bus] <= 1e-12);
}

static answer solved(const model *m, const cef_settings *settings)
{
    answer a = model_solve(m, settings);
    cr_assert(a.status == CEF_OK, "%s: %s", cef_status_name(a.status), a.error.message);
    cr_assert(a.info.certified == 1);
    return a;
}

/* Two parallel circuits in opposite directions, lossless: 0 -> 1 with 30 MW, 1 -> 0 with 10 MW.
 * Bus 0: unit 20 MW at 0.9. Bus 1: unit 20 MW at 0.3, load 40 MW.
 *   x0 (20 + 10) = 18 + 10 x1,  x1 (20 + 30) = 6 + 30 x0  =>  x0 = 96/120 = 0.8, x1 = 0.6. */
static model two_cycle(void)
{
    model m = model_make(2);
    model_branch(&m, 0, 1, 30, -30);
    model_branch(&m, 0, 1, -10, 10);
    model_gen(&m, 0, 20, 0.9), model_gen(&m, 1, 20, 0.3);
    model_load(&m, 1, 40);
    return m;
}

Test(loops, two_cycle)
{
    model m = two_cycle();
    const int32_t policies[] = {CEF_LOSS_SENDING, CEF_LOSS_CONSUMER, CEF_LOSS_SPLIT,
                                CEF_LOSS_HALF,    CEF_LOSS_PRORATA,  CEF_LOSS_GENERATOR};
    for (size_t k = 0; k < 6; k++) { /* lossless: all policies agree */
        const cef_settings settings = settings_of(policies[k]);
        answer a = solved(&m, &settings);
        expect(&a, 0, 0.8), expect(&a, 1, 0.6);
        cr_assert(a.info.n_blocks == 1 && a.info.largest_block == 2);
        cr_assert(a.out.bus_flags[0] == CEF_BUS_IN_LOOP && a.out.bus_flags[1] == CEF_BUS_IN_LOOP);
        cr_assert(a.out.bus_block[0] == 0 && a.out.bus_block[1] == 0);
        answer_free(&a);
    }
    model_free(&m);
}

/* Netted, 20 MW go from 0 to 1 and nothing comes back: x0 = 0.9, x1 = (6 + 20 0.9)/40 = 0.6. */
Test(loops, two_cycle_netted)
{
    model m = two_cycle();
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.net_parallel = 1;
    answer a = solved(&m, &settings);
    expect(&a, 0, 0.9), expect(&a, 1, 0.6);
    cr_assert(a.info.n_blocks == 0 && a.out.bus_block[0] == -1);
    answer_free(&a);
    model_free(&m);
}

/* Netting with losses: circuits 0 -> 1 30/29 MW and 1 -> 0 12/11 MW net to s = 30 - 11 = 19, w = 29 - 12 = 17.
 * Bus 0: unit 19 MW at 0.9; bus 1: unit 17 MW at 0.3, load 34 MW: x1 = (5.1 + 17 0.9)/34 = 0.6, loss 2 MW at 0.9. */
Test(loops, netting_with_losses)
{
    model m = model_make(2);
    model_arc(&m, 0, 1, 30, 29), model_arc(&m, 1, 0, 12, 11);
    model_gen(&m, 0, 19, 0.9), model_gen(&m, 1, 17, 0.3);
    model_load(&m, 1, 34);
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.net_parallel = 1;
    answer a = solved(&m, &settings);
    expect(&a, 0, 0.9), expect(&a, 1, 0.6);
    cr_assert(fabs(a.info.total_loss - 1.8) <= 1e-14, "%.17g", a.info.total_loss);
    cr_assert(fabs(a.out.branch_carbon_loss[0] + a.out.branch_carbon_loss[1] - 1.8) <= 1e-14);
    answer_free(&a);
    model_free(&m);
}

/* 0 -> 1 -> 2 -> 0 with 20, 20, 10 MW, lossless. Bus 0: unit 10 MW at 1 and load 0; bus 1: unit 10 at 0 and load 10;
 * bus 2: load 10. A line from bus 3 (unit 30 MW at 0.5) brings 30 MW to bus 0, whose load takes 30.
 *   x0 (10 + 10 + 30) = 10 + 15 + 10 x2, x1 30 = 20 x0, x2 = x1
 *   => 50 x0 - (20/3) x0 = 25  => x0 = 75/130 = 15/26, x1 = x2 = 10/26. */
Test(loops, three_cycle_with_inflow)
{
    model m = model_make(4);
    model_branch(&m, 0, 1, 20, -20), model_branch(&m, 2, 1, -20, 20), model_branch(&m, 2, 0, 10, -10);
    model_branch(&m, 3, 0, 30, -30);
    model_gen(&m, 0, 10, 1.0), model_gen(&m, 1, 10, 0.0), model_gen(&m, 3, 30, 0.5);
    model_load(&m, 0, 30), model_load(&m, 1, 10), model_load(&m, 2, 10);
    answer a = solved(&m, NULL);
    expect(&a, 0, 15.0 / 26.0), expect(&a, 1, 10.0 / 26.0), expect(&a, 2, 10.0 / 26.0), expect(&a, 3, 0.5);
    cr_assert(a.info.n_blocks == 1 && a.info.largest_block == 3);
    cr_assert(a.out.bus_block[3] == -1 && a.out.bus_flags[3] == 0);
    answer_free(&a);
    model_free(&m);
}

/* Two 2-cycles in series, buses numbered against the flow. Loop A = {2, 3}, loop B = {0, 1}.
 * A: unit 8 MW at 1 at bus 3; 3 -> 2 10 MW, 2 -> 3 2 MW: x3 10 = 8 + 2 x2, x2 10 = 10 x3 => both 1.
 * Bus 2 sends 8 MW to bus 1. B: unit 8 MW at 0 at bus 1; 1 -> 0 20 MW, 0 -> 1 4 MW; load 16 MW at bus 0.
 *   x1 (8 + 8 + 4) = 8 + 4 x0, x0 = x1 => x = 0.5. */
Test(loops, two_loops_in_series)
{
    model m = model_make(4);
    model_arc(&m, 1, 0, 20, 20), model_arc(&m, 0, 1, 4, 4);
    model_arc(&m, 3, 2, 10, 10), model_arc(&m, 2, 3, 2, 2), model_arc(&m, 2, 1, 8, 8);
    model_gen(&m, 3, 8, 1.0), model_gen(&m, 1, 8, 0.0);
    model_load(&m, 0, 16);
    answer a = solved(&m, NULL);
    expect(&a, 3, 1.0), expect(&a, 2, 1.0), expect(&a, 1, 0.5), expect(&a, 0, 0.5);
    cr_assert(a.info.n_blocks == 2 && a.info.largest_block == 2);
    cr_assert(a.out.bus_block[0] == 0 && a.out.bus_block[1] == 0 && a.out.bus_block[2] == 1 && a.out.bus_block[3] == 1);
    answer_free(&a);
    model_free(&m);
}

/* Buses 0, 1, 2 pass 5 MW around that no unit feeds; buses 3 -> 4 are fed; bus 5 gets 5 MW from the loop only. */
static model unfed(void)
{
    model m = model_make(6);
    model_arc(&m, 0, 1, 5, 5), model_arc(&m, 1, 2, 5, 5), model_arc(&m, 2, 0, 5, 5);
    model_arc(&m, 3, 4, 7, 7), model_arc(&m, 2, 5, 1, 1);
    model_gen(&m, 3, 7, 0.4);
    model_load(&m, 4, 7), model_load(&m, 5, 1);
    return m;
}

Test(loops, unfed_loop_is_an_error)
{
    model m = unfed();
    answer a = model_solve(&m, NULL);
    cr_assert(a.status == CEF_ERR_SINGULAR, "%s", cef_status_name(a.status));
    cr_assert(strcmp(a.error.code, "unfed-loop") == 0, "%s", a.error.code);
    cr_assert(a.error.element == CEF_BUS && a.error.index >= 0 && a.error.index <= 2, "bus %d", a.error.index);
    for (int bus = 0; bus < 3; bus++) {
        const char name[] = {(char) ('0' + bus), 0};
        cr_assert(strstr(a.error.message, name), "bus %s is not named: %s", name, a.error.message);
    }
    answer_free(&a);
    model_free(&m);
}

Test(loops, unfed_loop_is_marked)
{
    model m = unfed();
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.on_unfed_loop = CEF_UNFED_MARK;
    answer a = model_solve(&m, &settings);
    cr_assert(a.status == CEF_OK || a.status == CEF_ERR_CERTIFICATE, "%s", a.error.message);
    for (int bus = 0; bus < 3; bus++) {
        cr_assert(isnan(a.out.bus_intensity[bus]));
        cr_assert(a.out.bus_flags[bus] & CEF_BUS_UNDEFINED && a.out.bus_flags[bus] & CEF_BUS_LOOP_UNFED);
    }
    cr_assert(isnan(a.out.bus_intensity[5]) && a.out.bus_flags[5] & CEF_BUS_LOOP_UNFED);
    cr_assert(a.out.bus_intensity[3] == 0.4 && a.out.bus_intensity[4] == 0.4);
    cr_assert(a.info.n_undefined == 4, "%d", a.info.n_undefined);
    answer_free(&a);
    model_free(&m);
}

/* Consumer: 5 MW go around and no load takes any; what the unit adds is below flow_tol, so no column excess is left. */
Test(loops, undrained_loop_under_consumer)
{
    model m = model_make(2);
    model_arc(&m, 0, 1, 5, 5), model_arc(&m, 1, 0, 5.0 - 0x1p-30, 5.0 - 0x1p-30);
    model_gen(&m, 0, 0x1p-30, 0.4); /* exact balance at bus 0; bus 1 keeps 2^-30 MW, below flow_tol */
    const cef_settings consumer = settings_of(CEF_LOSS_CONSUMER);
    answer a = model_solve(&m, &consumer);
    cr_assert(a.status == CEF_ERR_SINGULAR, "%s %s", cef_status_name(a.status), a.error.message);
    cr_assert(strcmp(a.error.code, "unfed-loop") == 0, "%s", a.error.code);
    answer_free(&a);
    a = model_solve(&m, NULL); /* sending needs a source, and has one */
    cr_assert(a.status == CEF_OK, "%s", a.error.message);
    cr_assert(fabs(a.out.bus_intensity[1] - 0.4) <= 1e-15);
    answer_free(&a);
    model_free(&m);
}

/* Consumer inside a loop: bus 0 sends 2 MW more than it has, so the column excess there is negative. */
Test(loops, consumer_needs_a_mismatch_unit)
{
    model m = model_make(2);
    model_arc(&m, 0, 1, 30, 30), model_arc(&m, 1, 0, 10, 10);
    model_gen(&m, 0, 18, 0.9), model_load(&m, 1, 20);
    cef_settings consumer = settings_of(CEF_LOSS_CONSUMER);
    answer a = model_solve(&m, &consumer);
    cr_assert(a.status == CEF_ERR_BALANCE, "%s", cef_status_name(a.status));
    cr_assert(strcmp(a.error.code, "mismatch-needed") == 0, "%s", a.error.code);
    cr_assert(a.error.element == CEF_BUS && a.error.index == 0, "bus %d", a.error.index);
    answer_free(&a);
    consumer.on_imbalance = CEF_IMBALANCE_ADD_UNIT;
    consumer.mismatch_intensity = 0.9;
    a = solved(&m, &consumer);
    expect(&a, 0, 0.9), expect(&a, 1, 0.9);
    cr_assert(a.out.bus_mismatch_p[0] == 2.0 && a.out.bus_flags[0] & CEF_BUS_MISMATCH_UNIT);
    cr_assert(fabs(a.info.total_mismatch + 1.8) <= 1e-14, "%.17g", a.info.total_mismatch);
    answer_free(&a);
    model_free(&m);
}

/* The column excess of consumer and split sees the threshold too: the loop of two_cycle, where 1 MW of the load at bus
 * 1 is a loss load and the other end of its branch carries 9e-7 MW, under flow_tol: still x0 = 0.8, x1 = 0.6 to the
 * bit. */
static void small_end(cef_index other, double small)
{
    model m = two_cycle();
    m.load_p[0] = 39;
    model_branch(&m, 1, other, 1, small);
    const cef_settings settings = settings_of(CEF_LOSS_CONSUMER);
    answer a = solved(&m, &settings);
    expect(&a, 0, 0.8), expect(&a, 1, 0.6);
    answer_free(&a);
    model_free(&m);
}

/* Two buses exchange 10 MW both ways; nothing feeds them, and a load of less than the threshold takes something. */
Test(loops, consumer_needs_a_source)
{
    model m = model_make(2);
    model_arc(&m, 0, 1, 10, 10), model_arc(&m, 1, 0, 10, 10), model_load(&m, 0, 5e-7);
    const cef_settings settings = settings_of(CEF_LOSS_CONSUMER);
    answer a = model_solve(&m, &settings);
    cr_assert(a.status == CEF_ERR_SINGULAR, "%s", cef_status_name(a.status));
    answer_free(&a);
    model_free(&m);
}

/* A loop that is fed and feeds nothing, marked: undefined, and the carbon that enters it is mismatch. */
Test(loops, marked_loop_stays_marked)
{
    model m = model_make(3);
    model_arc(&m, 0, 1, 10, 10), model_arc(&m, 1, 0, 10, 10), model_gen(&m, 0, 5e-7, 0.5);
    model_gen(&m, 2, 2000, 0.9), model_load(&m, 2, 2000);
    cef_settings settings = settings_of(CEF_LOSS_CONSUMER);
    settings.on_unfed_loop = CEF_UNFED_MARK;
    answer a = model_solve(&m, &settings);
    cr_assert(a.status == CEF_OK, "%s", a.error.message);
    cr_assert(isnan(a.out.bus_intensity[0]) && isnan(a.out.bus_intensity[1]) && a.out.bus_intensity[2] == 0.9);
    cr_assert((a.out.bus_flags[0] & CEF_BUS_LOOP_UNFED) && fabs(a.info.total_mismatch - 2.5e-7) < 1e-20);
    answer_free(&a);
    model_free(&m);
}

/* A lossless ring whose column excess is 0 or the load's: rounding of the split is no excess. */
Test(loops, split_of_a_lossless_ring)
{
    model m = model_make(3);
    model_arc(&m, 0, 1, 10.4, 10.4), model_arc(&m, 1, 2, 10.4, 10.4), model_arc(&m, 2, 0, 7.7, 7.7);
    model_gen(&m, 0, 2.7, 0.875), model_load(&m, 2, 2.7);
    cef_settings settings = settings_of(CEF_LOSS_SPLIT);
    settings.loss_split = 0.1;
    answer a = model_solve(&m, &settings);
    cr_assert(a.status == CEF_OK, "%s", a.error.message);
    for (cef_index bus = 0; bus < 3; bus++)
        cr_assert(fabs(a.out.bus_intensity[bus] - 0.875) < 1e-15);
    answer_free(&a);
    model_free(&m);
}

Test(loops, small_end_of_a_branch_to_itself) { small_end(1, -9e-7); }
Test(loops, small_end_at_the_other_bus) { small_end(0, 9e-7); }
