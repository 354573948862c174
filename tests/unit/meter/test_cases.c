/* SPDX-License-Identifier: Apache-2.0 */
/* Proves, on every shared case, flows as `cef meters` takes them: after every round no value is farther from the
 * central solution than its bound; after at most W + 10 rounds all are certified to 1e-9 and true. And plain relaxation
 * of case9241pegase is still wrong where the meters that solve their loops long are right. Cases that are not there are
 * skipped. */
#include "ground.h"

static cef_meter_field *open_field(const ground *g, int relax)
{
    cef_meter_field_options options;
    cef_meter_field *field = NULL;
    cef_meter_field_options_init(&options, sizeof options);
    options.relax_only = relax;
    cr_assert(cef_meter_field_create(g->ctx, g->roll, &options, &field, NULL) == CEF_OK);
    return field;
}

static void expect_exact(const ground *g, const char *file)
{
    cef_meter_field_info info = {.struct_size = sizeof info};
    cef_meter_field *field = open_field(g, 0);
    const int64_t most = g->roll->info.longest_path + 10;
    for (int64_t round = 1; round <= most && info.n_certified < g->n_bus; round++) {
        cr_assert(cef_meter_field_run(field, 1, &info, NULL) == CEF_OK);
        const char *lie = ground_lie(g, field, false);
        cr_assert(!lie, "%s, round %lld: %s", file, (long long) round, lie);
    }
    cr_assert(info.n_certified == g->n_bus, "%s: %d of %d certified after W + 10 = %lld rounds", file, info.n_certified,
              g->n_bus, (long long) most);
    const char *lie = ground_lie(g, field, true);
    cr_assert(!lie, "%s: %s", file, lie);
    const double largest = fmax(fabs(g->roll->info.e_min), fabs(g->roll->info.e_max));
    cr_assert(ground_error(g) <= 1e-9 * largest && info.worst_bound <= 1e-9 * largest);
    cr_log_info("%s: W %d, %lld rounds", file, g->roll->info.longest_path, (long long) info.rounds);
    cef_meter_field_destroy(field);
}

static void check(const char *file)
{
    ground g = ground_shared_case(file);
    expect_exact(&g, file);
    ground_close(&g);
}

Test(meter_cases, case14) { check("case14.m"); }
Test(meter_cases, case39) { check("case39.m"); }
Test(meter_cases, case118) { check("case118.m"); }
Test(meter_cases, case300) { check("case300.m"); }
Test(meter_cases, case2869pegase) { check("case2869pegase.m"); }
Test(meter_cases, case9241pegase) { check("case9241pegase.m"); }
Test(meter_cases, case_activsg200) { check("case_ACTIVSg200.m"); }
Test(meter_cases, case_activsg2000) { check("case_ACTIVSg2000.m"); }
Test(meter_cases, case_activsg10k) { check("case_ACTIVSg10k.m"); }

/* The loop of 0.01 MW between buses 880 and 6671: still wrong after seven times the rounds that exactness takes, in a
 * few meters only, and those know it. Buses without power are undefined in relaxation too. */
Test(meter_cases, relaxation_stalls)
{
    ground g = ground_shared_case("case9241pegase.m");
    cef_meter_field_info info = {.struct_size = sizeof info};
    cef_meter_field *field = open_field(&g, 1);
    cr_assert(cef_meter_field_run(field, 500, &info, NULL) == CEF_OK && info.rounds == 500);
    const char *lie = ground_lie(&g, field, true);
    cr_assert(!lie, "%s", lie);
    cr_assert(info.n_certified < g.n_bus && info.n_certified >= g.n_bus - 20, "%d of %d certified", info.n_certified,
              g.n_bus);
    cr_assert(ground_error(&g) > 1e-6, "error %g", ground_error(&g));
    cr_assert(info.worst_bound >= ground_error(&g));
    cef_meter_field_destroy(field);
    ground_close(&g);
}
