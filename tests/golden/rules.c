/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: the rules of docs/theory.md for real data, each on a grid worked by hand: both ends fed, threshold, unfed
 * buses, netted mixing, negative loads, units, losses and mismatch. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "support.h"

static bool close_to(double got, double want) { return fabs(got - want) <= 1e-14 * (1.0 + fabs(want)); }

static answer solved(const model *m, const cef_settings *settings)
{
    answer a = model_solve(m, settings);
    cr_assert(a.status == CEF_OK, "%s: %s", cef_status_name(a.status), a.error.message);
    cr_assert(a.info.certified == 1);
    return a;
}

/* Bus 0: 10 MW at 0.8. Branch 0-1 takes 2 MW at bus 0 and 1 MW at bus 1, transfers nothing. Bus 1: 6 MW at 0.2.
 * Loss carbon 2 x 0.8 + 1 x 0.2 = 1.8; loads 8 and 5 MW. */
Test(rules, both_ends_fed)
{
    model m = model_make(2);
    model_branch(&m, 0, 1, 2, 1);
    model_gen(&m, 0, 10, 0.8), model_gen(&m, 1, 6, 0.2);
    model_load(&m, 0, 8), model_load(&m, 1, 5);
    for (int32_t policy = 0; policy <= CEF_LOSS_HALF; policy++) { /* no policy moves a loss load */
        const cef_settings settings = settings_of(policy);
        if (policy == CEF_LOSS_PRORATA)
            continue;
        answer a = solved(&m, &settings);
        cr_assert(close_to(a.out.bus_intensity[0], 0.8) && close_to(a.out.bus_intensity[1], 0.2));
        cr_assert(isnan(a.out.branch_intensity[0]));
        cr_assert(close_to(a.out.branch_carbon_from[0], 1.6) && close_to(a.out.branch_carbon_to[0], 0.2));
        cr_assert(close_to(a.out.branch_carbon_loss[0], 1.8) && close_to(a.info.total_loss, 1.8));
        cr_assert(close_to(a.info.total_load, 7.4) && close_to(a.info.total_mismatch, 0.0));
        cr_assert(a.info.n_both_ends_fed == 1 && a.out.bus_imbalance[0] == 0.0 && a.out.bus_imbalance[1] == 0.0);
        answer_free(&a);
    }
    model_free(&m);
}

/* Strict: two circuits that each carry, netted, deliver at both ends: 10 - 10.5 and 8.5 - 9. */
Test(rules, netting_that_delivers_at_both_ends_is_strict)
{
    model m = model_make(2);
    model_branch(&m, 0, 1, 10, -9), model_branch(&m, 1, 0, 8.5, -10.5);
    model_gen(&m, 0, 1, 0.5), model_gen(&m, 1, 1, 0.5);
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.net_parallel = 1, settings.on_imbalance = CEF_IMBALANCE_ERROR, settings.balance_tol = 2.0;
    answer a = model_solve(&m, &settings);
    cr_assert(a.status == CEF_ERR_BALANCE && strcmp(a.error.code, "both-ends-deliver") == 0, "%s", a.error.message);
    answer_free(&a);
    model_free(&m);
}

/* The bound covers the sums of many small units: 1 MW at 1 and twenty of half an ulp at 0. */
Test(rules, bound_covers_sums_of_units)
{
    model m = model_make(1);
    model_gen(&m, 0, 1, 1);
    for (int k = 0; k < 20; k++)
        model_gen(&m, 0, 0x1p-53, 0);
    model_load(&m, 0, 1);
    answer a = solved(&m, NULL);
    cr_assert(fabs(a.out.bus_intensity[0] - (1 - 20 * 0x1p-53)) <= a.out.bus_error_bound[0]);
    answer_free(&a);
    model_free(&m);
}

/* A branch from a bus to itself only loses: 3 - 2.5 = 0.5 MW at 0.8. */
Test(rules, branch_to_itself)
{
    model m = model_make(1);
    model_branch(&m, 0, 0, 3, -2.5);
    model_gen(&m, 0, 10, 0.8), model_load(&m, 0, 9.5);
    answer a = solved(&m, NULL);
    cr_assert(close_to(a.out.branch_carbon_loss[0], 0.4) && close_to(a.info.total_loss, 0.4));
    cr_assert(close_to(a.out.branch_carbon_from[0], 2.4) && close_to(a.out.branch_carbon_to[0], -2.0));
    cr_assert(isnan(a.out.branch_intensity[0]) && a.out.bus_imbalance[0] == 0.0);
    answer_free(&a);
    model_free(&m);
}

/* 0 -> 1 with 8 MW; branch 1-2 takes 1 MW at bus 1 and delivers 5e-7 MW, less than flow_tol: a loss load at bus 1, and
 * bus 2 has no throughput. Both ends of branch 0-2 are below the threshold: nothing at all. */
Test(rules, threshold_per_end)
{
    model m = model_make(3);
    model_arc(&m, 0, 1, 8, 8), model_arc(&m, 1, 2, 1, 5e-7), model_branch(&m, 0, 2, 9e-7, -9e-7);
    model_gen(&m, 0, 8, 0.5), model_load(&m, 1, 7);
    answer a = solved(&m, NULL);
    cr_assert(a.out.bus_intensity[1] == 0.5 && isnan(a.out.bus_intensity[2]));
    cr_assert(a.out.bus_flags[2] == CEF_BUS_UNDEFINED, "flags %d", a.out.bus_flags[2]);
    cr_assert(isnan(a.out.branch_intensity[1]) && isnan(a.out.branch_intensity[2]));
    cr_assert(close_to(a.out.branch_carbon_from[1], 0.5) && a.out.branch_carbon_from[2] == 0.0);
    cr_assert(close_to(a.info.total_loss, 0.5) && a.info.n_undefined == 1);
    cr_assert(a.out.bus_throughput[2] == 0.0 && a.out.bus_imbalance[2] == 0.0);
    answer_free(&a);
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.flow_tol = 0.0; /* then everything counts: bus 2 is fed by bus 1 and by bus 0, both at 0.5 */
    a = solved(&m, &settings);
    cr_assert(close_to(a.out.bus_intensity[2], 0.5) && a.out.bus_throughput[2] == 5e-7 + 9e-7);
    answer_free(&a);
    model_free(&m);
}

/* Bus 0 sends 4 MW that come from nowhere; bus 1 passes them on; bus 2 mixes them with 12 MW at 0.8: 9.6 t / 16 MW. */
Test(rules, unfed_bus)
{
    model m = model_make(3);
    model_arc(&m, 0, 1, 4, 4), model_arc(&m, 1, 2, 4, 4);
    model_gen(&m, 2, 12, 0.8), model_load(&m, 2, 16);
    answer a = model_solve(&m, NULL);
    cr_assert(a.status == CEF_OK || a.status == CEF_ERR_CERTIFICATE, "%s", a.error.message);
    for (int bus = 0; bus < 2; bus++)
        cr_assert(isnan(a.out.bus_intensity[bus]) && a.out.bus_flags[bus] & CEF_BUS_UNDEFINED &&
                      a.out.bus_flags[bus] & CEF_BUS_UNFED,
                  "flags %d", a.out.bus_flags[bus]);
    cr_assert(close_to(a.out.bus_intensity[2], 0.6), "%.17g", a.out.bus_intensity[2]);
    cr_assert(a.out.bus_imbalance[0] == -4.0 && a.out.bus_flags[0] & CEF_BUS_IMBALANCED);
    cr_assert(a.info.n_unfed == 2 && a.info.n_undefined == 2, "%d, %d", a.info.n_unfed, a.info.n_undefined);
    cr_assert(close_to(a.info.total_generation, 9.6) && close_to(a.info.total_load, 9.6));
    answer_free(&a);
    cef_settings settings = settings_of(CEF_LOSS_SENDING); /* told to, a unit of 4 MW at 0.4 stands in */
    settings.on_imbalance = CEF_IMBALANCE_ADD_UNIT, settings.mismatch_intensity = 0.4;
    a = solved(&m, &settings);
    cr_assert(close_to(a.out.bus_intensity[0], 0.4) && close_to(a.out.bus_intensity[2], (1.6 + 9.6) / 16.0));
    cr_assert(a.out.bus_mismatch_p[0] == 4.0 && close_to(a.info.total_mismatch, -1.6));
    answer_free(&a);
    settings.on_imbalance = CEF_IMBALANCE_ERROR;
    a = model_solve(&m, &settings);
    cr_assert(a.status == CEF_ERR_BALANCE && strcmp(a.error.code, "imbalance") == 0, "%s", a.error.message);
    cr_assert(a.error.element == CEF_BUS && a.error.index == 0 && fabs(a.error.value) == 4.0);
    answer_free(&a);
    model_free(&m);
}

/* Bus 0: 10 MW at 0.9, sends 4 to bus 1 and serves 6. Bus 1: 5 MW at 0.1, load 9.
 *   gross:  x0 = 0.9, x1 = (0.5 + 3.6)/9 = 4.1/9, load carbon 4.1.
 *   netted: bus 1 serves 5 MW at 0.1 itself, the other 4 MW at 0.9 from bus 0: the same 4.1 in all, but
 *   what bus 1 would send on is transit alone: x1 = 0.9. Bus 2 shows it: bus 1 sends 2 MW there, load of bus 1 is 7. */
Test(rules, netted_mixing)
{
    model m = model_make(3);
    model_arc(&m, 0, 1, 4, 4), model_arc(&m, 1, 2, 2, 2);
    model_gen(&m, 0, 10, 0.9), model_gen(&m, 1, 5, 0.1);
    model_load(&m, 0, 6), model_load(&m, 1, 7), model_load(&m, 2, 2);
    answer gross = solved(&m, NULL);
    cr_assert(close_to(gross.out.bus_intensity[1], 4.1 / 9.0) && close_to(gross.out.bus_intensity[2], 4.1 / 9.0));
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.mixing = CEF_MIXING_NETTED;
    answer netted = solved(&m, &settings);
    cr_assert(close_to(netted.out.bus_intensity[0], 0.9));
    cr_assert(close_to(netted.out.bus_intensity[1], 0.9) && close_to(netted.out.bus_intensity[2], 0.9));
    cr_assert(close_to(netted.out.load_carbon[0], 5.4));
    cr_assert(close_to(netted.out.load_carbon[1], 5.0 * 0.1 + 2.0 * 0.9), "%.17g", netted.out.load_carbon[1]);
    cr_assert(close_to(netted.out.load_carbon[2], 1.8));
    cr_assert(close_to(netted.info.total_generation, 9.5) && close_to(netted.info.total_load, 9.5));
    answer_free(&gross), answer_free(&netted);
    model_free(&m);
}

/* Bus 0: 6 MW at 0.5 and a negative load of 2 MW; 8 MW go to bus 1, where a negative unit takes 3 and a load 5. */
Test(rules, negative_loads_and_units)
{
    model m = model_make(2);
    model_arc(&m, 0, 1, 8, 8);
    model_gen(&m, 0, 6, 0.5), model_gen(&m, 1, -3, 0.7);
    model_load(&m, 0, -2), model_load(&m, 1, 5);
    m.has_load_e = false;
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.negative_load_intensity = 0.1; /* x = (3 + 0.2)/8 = 0.4 */
    answer a = solved(&m, &settings);
    cr_assert(close_to(a.out.bus_intensity[1], 0.4), "%.17g", a.out.bus_intensity[1]);
    cr_assert(close_to(a.out.load_carbon[0], -0.2) && close_to(a.out.gen_carbon[1], -1.2));
    cr_assert(close_to(a.info.total_generation, 3.2) && close_to(a.info.total_load, 3.2));
    cr_assert(a.info.n_defaulted_factors == 1);
    answer_free(&a);
    m.has_load_e = true, m.load_e[0] = 0.9; /* its own: x = (3 + 1.8)/8 = 0.6 */
    a = solved(&m, &settings);
    cr_assert(close_to(a.out.bus_intensity[1], 0.6) && a.info.n_defaulted_factors == 0);
    answer_free(&a);
    model_free(&m);
}

/* 0 -> 1: 10 MW enter, 12 arrive (a star equivalent's leg). Bus 1 also has 4 MW at 0.2.
 *   kept: x1 = (12 0.6 + 0.8)/16 = 0.5, loss carbon -2 x 0.6.
 *   source: 2 MW at 0.9 join at bus 1: x1 = (6 + 1.8 + 0.8)/16 = 0.5375, no loss, mismatch -1.8. */
Test(rules, negative_loss)
{
    model m = model_make(2);
    model_arc(&m, 0, 1, 10, 12);
    model_gen(&m, 0, 10, 0.6), model_gen(&m, 1, 4, 0.2), model_load(&m, 1, 16);
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    answer a = solved(&m, &settings);
    cr_assert(close_to(a.out.bus_intensity[1], 0.5) && close_to(a.out.branch_carbon_loss[0], -1.2));
    cr_assert(close_to(a.info.total_loss, -1.2) && a.info.n_negative_loss == 1);
    answer_free(&a);
    settings.negative_loss = CEF_NEGATIVE_LOSS_SOURCE, settings.mismatch_intensity = 0.9;
    a = solved(&m, &settings);
    cr_assert(close_to(a.out.bus_intensity[1], 0.5375), "%.17g", a.out.bus_intensity[1]);
    cr_assert(close_to(a.info.total_loss, 0.0) && close_to(a.info.total_mismatch, -1.8));
    answer_free(&a);
    model_free(&m);
}

/* Both ends deliver (1 and 2 MW) what no bus sent: no inflow, so bus 0 (3 MW at 0.8, load 4) and bus 1 (2 MW at 0.4,
 * load 4) miss 1 and 2 MW. Supplied at 0.2: x0 = (2.4 + 0.2)/4, x1 = (0.8 + 0.4)/4. An error in strict mode. */
Test(rules, both_ends_deliver)
{
    model m = model_make(2);
    model_branch(&m, 0, 1, -1, -2);
    model_gen(&m, 0, 3, 0.8), model_gen(&m, 1, 2, 0.4);
    model_load(&m, 0, 4), model_load(&m, 1, 4);
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    answer a = solved(&m, &settings);
    cr_assert(close_to(a.out.bus_intensity[0], 0.8) && close_to(a.out.bus_intensity[1], 0.4));
    cr_assert(a.out.bus_imbalance[0] == -1.0 && a.out.bus_imbalance[1] == -2.0);
    cr_assert(a.info.n_both_ends_deliver == 1 && isnan(a.out.branch_intensity[0]) &&
              close_to(a.info.total_mismatch, -1.6));
    answer_free(&a);
    settings.on_imbalance = CEF_IMBALANCE_ADD_UNIT, settings.mismatch_intensity = 0.2;
    a = solved(&m, &settings);
    cr_assert(close_to(a.out.bus_intensity[0], 0.65) && close_to(a.out.bus_intensity[1], 0.3));
    cr_assert(close_to(a.info.total_mismatch, -0.6));
    answer_free(&a);
    settings.on_imbalance = CEF_IMBALANCE_ERROR;
    a = model_solve(&m, &settings);
    cr_assert(a.status == CEF_ERR_BALANCE && strcmp(a.error.code, "both-ends-deliver") == 0, "%s", a.error.message);
    cr_assert(a.error.element == CEF_BRANCH && a.error.index == 0);
    answer_free(&a);
    model_free(&m);
}

/* Storage: 5 MW discharged at 0.3 and 5 MW at 0.5 mix to 0.4 at bus 0; bus 1 charges 4 MW, exports 1, shunts 2, uses 3.
 */
Test(rules, storage_and_kinds)
{
    model m = model_make(2);
    model_arc(&m, 0, 1, 10, 10);
    model_gen(&m, 0, 5, 0.5), model_storage(&m, 0, 5, 0.3), model_storage(&m, 1, -4, 0.9);
    model_load_kind(&m, 1, 1, CEF_LOAD_EXPORT, 0), model_load_kind(&m, 1, 2, CEF_LOAD_SHUNT, 0), model_load(&m, 1, 3);
    answer a = solved(&m, NULL);
    cr_assert(close_to(a.out.bus_intensity[1], 0.4));
    cr_assert(close_to(a.out.storage_carbon[0], 1.5) && close_to(a.out.storage_carbon[1], -1.6));
    cr_assert(close_to(a.info.total_generation, 2.5) && close_to(a.info.total_storage, 0.1));
    cr_assert(close_to(a.info.total_export, 0.4) && close_to(a.info.total_load, 2.0));
    answer_free(&a);
    model_free(&m);
}
