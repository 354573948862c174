/* SPDX-License-Identifier: Apache-2.0 */
/* Proves, on every case in LIBCEF_CASES whose flows are solved: certified, carbon conserved, intensities within their
 * bounds of KLU's (1e-9 relative for KLU), undefined exactly where nothing is upstream; and ACTIVSg10k's loop of 13
 * buses is found. Skips without LIBCEF_CASES: the cases are not part of the project. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cef/case.h>

#include "assembled.h"

static const char *folder(void)
{
    const char *path = getenv("LIBCEF_CASES");
    if (!path || !*path)
        cr_skip_test("LIBCEF_CASES is not set");
    return path;
}

/* The case's tables as a model; false if its flows are not solved. */
static bool load(const char *path, model *m)
{
    cef_context *ctx;
    cef_case *c;
    cef_network_data net = {.struct_size = sizeof net};
    cef_snapshot s = {.struct_size = sizeof s};
    cef_error error = {.struct_size = sizeof error};
    const cef_factor_options factors = {
        .struct_size = sizeof factors, .fuel_factors = "ipcc2006", .missing = CEF_MISSING_VALUE, .missing_value = 0.5};
    cr_assert(cef_context_create(NULL, &ctx, &error) == CEF_OK);
    cr_assert(cef_case_read(ctx, path, &c, &error) == CEF_OK, "%s: %s", path, error.message);
    const cef_status solved = cef_case_check_flows(c, 0.1, &error);
    cr_assert(solved == CEF_OK || solved == CEF_ERR_UNSOLVED, "%s: %s", path, error.message);
    if (solved == CEF_OK) {
        cr_assert(cef_case_price(c, &factors, NULL, &error) == CEF_OK, "%s: %s", path, error.message);
        cr_assert(cef_case_snapshot(c, &s, &error) == CEF_OK &&
                  cef_network_describe(cef_case_network(c), &net, &error) == CEF_OK);
        *m = model_make(net.n_bus);
        for (cef_index k = 0; k < net.n_branch; k++)
            model_branch(m, net.branch_from[k], net.branch_to[k], s.branch_p_from[k],
                         s.branch_p_to ? s.branch_p_to[k] : -s.branch_p_from[k]);
        for (cef_index k = 0; k < net.n_gen; k++)
            model_gen(m, net.gen_bus[k], s.gen_p[k], s.gen_p[k] > 0.0 ? s.gen_intensity[k] : 0.0);
        for (cef_index k = 0; k < net.n_load; k++)
            model_load_kind(m, net.load_bus[k], s.load_p[k], net.load_kind ? net.load_kind[k] : 0,
                            s.load_p[k] < 0.0 && s.load_intensity ? s.load_intensity[k] : 0.0);
        for (cef_index k = 0; k < net.n_storage; k++)
            model_storage(m, net.storage_bus[k], s.storage_p[k], s.storage_p[k] > 0.0 ? s.storage_intensity[k] : 0.0);
    }
    cef_case_destroy(c);
    cef_context_destroy(ctx);
    return solved == CEF_OK;
}

static void expect_klu(const char *name, const model *m, const cef_settings *settings, const answer *a)
{
    double *x = malloc((size_t) m->n_bus * sizeof *x);
    cr_assert(x && klu_intensities(m, settings, x), "%s: KLU gave up", name);
    cef_index undefined = 0;
    for (cef_index bus = 0; bus < m->n_bus; bus++) {
        const double got = a->out.bus_intensity[bus], bound = a->out.bus_error_bound[bus];
        undefined += isnan(x[bus]);
        cr_assert(isnan(got) == isnan(x[bus]), "%s bus %d: %g, KLU %g", name, bus, got, x[bus]);
        cr_assert(isnan(got) || fabs(got - x[bus]) <= (bound + 1e-9) * fabs(got), "%s bus %d: %.17g, KLU %.17g", name,
                  bus, got, x[bus]);
    }
    cr_assert(a->info.n_undefined == undefined, "%s: %d undefined, KLU %d", name, a->info.n_undefined, undefined);
    free(x);
}

static bool trace(const char *file, cef_solve_info *info)
{
    char path[4096];
    model m;
    snprintf(path, sizeof path, "%s/%s", folder(), file);
    if (!load(path, &m))
        return false;
    const int32_t policies[] = {CEF_LOSS_HALF, CEF_LOSS_GENERATOR, CEF_LOSS_PRORATA, CEF_LOSS_SENDING};
    for (size_t k = 0; k < 4; k++) {
        const cef_settings settings = settings_of(policies[k]);
        answer a = model_solve(&m, &settings);
        const char *why = compare_certificate(&m, &a);
        cr_assert(!why, "%s policy %d: %s", file, policies[k], why);
        expect_klu(file, &m, &settings, &a);
        *info = a.info;
        answer_free(&a);
    }
    model_free(&m);
    return true;
}

Test(cases, case_activsg200)
{
    cef_solve_info info;
    cr_assert(trace("case_ACTIVSg200.m", &info), "its flows are solved");
}

Test(cases, case_activsg2000)
{
    cef_solve_info info;
    cr_assert(trace("case_ACTIVSg2000.m", &info), "its flows are solved");
}

Test(cases, case_activsg10k)
{
    cef_solve_info info;
    cr_assert(trace("case_ACTIVSg10k.m", &info), "its flows are solved");
    cr_assert(info.largest_block == 13 && info.n_blocks >= 1, "%d blocks, largest %d", info.n_blocks,
              info.largest_block);
}

Test(cases, case_every_solved_case)
{
    int solved = 0;
    DIR *dir = opendir(folder());
    cr_assert(dir, "LIBCEF_CASES cannot be opened");
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        const size_t length = strlen(entry->d_name);
        cef_solve_info info;
        const bool is_case =
            strncmp(entry->d_name, "case", 4) == 0 && length > 2 && strcmp(entry->d_name + length - 2, ".m") == 0;
        solved += is_case && !strstr(entry->d_name, "ACTIVSg") && trace(entry->d_name, &info);
    }
    closedir(dir);
    cr_log_info("%d solved cases beside ACTIVSg: none is there today, the files without flows are refused", solved);
}
