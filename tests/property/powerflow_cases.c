/* SPDX-License-Identifier: Apache-2.0 */
/* Proves, on every case in LIBCEF_CASES, read by the tests' own reader: AC converges to 1e-8 per unit, balances every
 * bus at rounding level in independent complex arithmetic, carries nothing on dead ends, and its flows trace with a
 * certificate, a uniform factor giving that factor everywhere. The flows that the ACTIVSg cases store follow from the
 * voltages they store. Ten times the load diverges with a code. Skips without LIBCEF_CASES. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "electric.h"

static const char *folder(void)
{
    const char *path = getenv("LIBCEF_CASES");
    if (!path || !*path)
        cr_skip_test("LIBCEF_CASES is not set");
    return path;
}

static electric read_case(const char *file)
{
    char path[4096];
    electric g;
    snprintf(path, sizeof path, "%s/%s", folder(), file);
    cr_assert(electric_read(path, &g), "%s cannot be read", path);
    return g;
}

/* Buses that nothing can leave but by one branch: without load, shunt and unit that branch carries nothing at its far
 * end. Trees of such buses count: leaves are stripped again and again. Returns how many ends there are. */
static cef_index dead_ends(const electric *g, const flowed *f, double *worst_mw)
{
    cef_index *degree = calloc((size_t) g->n_bus, sizeof *degree), ends = 0;
    bool *busy = calloc((size_t) g->n_bus, sizeof *busy), *gone = calloc((size_t) g->n_branch + 1, sizeof *gone);
    cr_assert(degree && busy && gone);
    for (cef_index k = 0; k < g->n_gen; k++)
        busy[g->gen_bus[k]] |= g->gen_on[k] != 0;
    for (cef_index k = 0; k < g->n_load; k++)
        busy[g->load_bus[k]] = true;
    for (cef_index k = 0; k < g->n_branch; k++) {
        gone[k] = !g->on[k];
        if (!gone[k])
            degree[g->from[k]]++, degree[g->to[k]]++;
    }
    for (bool again = true; again;) {
        again = false;
        for (cef_index k = 0; k < g->n_branch; k++)
            for (int side = 0; side < 2 && !gone[k]; side++) {
                const cef_index end = side ? g->to[k] : g->from[k];
                if (degree[end] != 1 || busy[end])
                    continue;
                const double p = side ? f->out.branch_p_to[k] : f->out.branch_p_from[k];
                *worst_mw = fmax(*worst_mw, fabs(p));
                gone[k] = again = true, ends++;
                degree[g->from[k]]--, degree[g->to[k]]--;
                /* what is behind may lose in this branch: the next bus is a dead end only if it does not */
                if (fabs(f->out.branch_p_from[k] + f->out.branch_p_to[k]) > 1e-9)
                    busy[g->from[k] + g->to[k] - end] = true;
            }
    }
    free(degree), free(busy), free(gone);
    return ends;
}

/* Uniform 0.5: every defined intensity is 0.5 to 1e-12. */
static void expect_certified(const char *file, const electric *g, const flow_session *s, const flowed *f)
{
    cef_settings settings;
    cef_settings_init(&settings, sizeof settings);
    settings.negative_load_intensity = 0.5;
    double *e = malloc(((size_t) g->n_gen + (size_t) g->n_bus + 1) * sizeof *e), *x = e + g->n_gen;
    cr_assert(e);
    for (cef_index k = 0; k < g->n_gen; k++)
        e[k] = 0.5;
    const cef_snapshot snapshot = {.struct_size = sizeof snapshot,
                                   .branch_p_from = f->out.branch_p_from,
                                   .branch_p_to = f->out.branch_p_to,
                                   .gen_p = f->out.gen_p,
                                   .gen_intensity = e,
                                   .load_p = f->out.load_p};
    cef_solution out = {.struct_size = sizeof out, .bus_intensity = x};
    cef_solve_info info = {.struct_size = sizeof info};
    cef_error error = {.struct_size = sizeof error};
    cef_solver *solver = NULL;
    cr_assert(cef_solver_create(s->ctx, s->net, &settings, &solver, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_solver_solve(solver, &snapshot, &out, &info, &error) == CEF_OK, "%s: %s", file, error.message);
    /* what is below flow_tol = 1e-6 MW is left out, a few ends a bus */
    cr_assert(info.certified == 1 && info.balance_mw <= 1e-5, "%s: misses %g MW", file, info.balance_mw);
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        cr_assert(isnan(x[bus]) || fabs(x[bus] - 0.5) <= 0.5e-12, "%s bus %d: %.17g", file, bus, x[bus]);
    cr_log_info("%s: %d iterations, %d polish steps, start %d, mismatch %.1e, bound %.1e, %d loops, largest %d", file,
                f->info.iterations, f->info.polish_steps, f->info.start, f->info.mismatch, info.error_bound,
                info.n_blocks, info.largest_block);
    cef_solver_destroy(solver);
    free(e);
}

static void expect_solved(const char *file, const electric *g, int32_t start)
{
    cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, start);
    flow_session s = flow_open(g, &o, NULL);
    cr_assert(s.status == CEF_OK, "%s: %s", file, s.error.message);
    flowed f = flowed_make(g);
    flow_solve(&s, g, &f);
    cr_assert(f.status == CEF_OK && f.info.mismatch <= 1e-8, "%s from start %d: %s: %s", file, start, f.error.code,
              f.error.message);
    const char *why = electric_check(g, &f, 1e-9);
    cr_assert(!why, "%s: %s", file, why);
    double worst = 0.0;
    const cef_index ends = dead_ends(g, &f, &worst);
    cr_assert(worst < 1e-6, "%s: %g MW on %d dead ends", file, worst, ends);
    cr_log_info("%s: %d dead ends carry %.1e MW at most", file, ends, worst);
    expect_certified(file, g, &s, &f);
    flowed_free(&f);
    flow_close(&s);
}

static void for_every_case(void (*expect)(const char *file, const electric *g))
{
    int n = 0;
    DIR *dir = opendir(folder());
    cr_assert(dir, "LIBCEF_CASES cannot be opened");
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        const size_t length = strlen(entry->d_name);
        if (strncmp(entry->d_name, "case", 4) != 0 || length < 3 || strcmp(entry->d_name + length - 2, ".m") != 0)
            continue;
        electric g = read_case(entry->d_name);
        expect(entry->d_name, &g);
        electric_free(&g);
        n++;
    }
    closedir(dir);
    cr_assert(n > 0, "no case in LIBCEF_CASES");
}

static void from_stored(const char *file, const electric *g) { expect_solved(file, g, CEF_START_STORED); }
static void from_dc(const char *file, const electric *g) { expect_solved(file, g, CEF_START_DC); }

Test(powerflow_cases, case_every_one_from_the_stored_state) { for_every_case(from_stored); }
Test(powerflow_cases, case_every_one_asked_from_dc) { for_every_case(from_dc); }

/* A dense solve is too slow here: Kirchhoff's law at every bus from the angles, in another order of summation. */
static void dc_balances(const char *file, const electric *g)
{
    const cef_powerflow_options o = flow_options(CEF_POWERFLOW_DC, CEF_START_STORED);
    flowed f = electric_solve(g, &o);
    cr_assert(f.status == CEF_OK, "%s: %s", file, f.error.message);
    double *miss = calloc((size_t) g->n_bus, sizeof *miss), load = 0.0, generation = 0.0;
    for (cef_index k = g->n_branch; k-- > 0;) {
        const double tap = g->tap[k] == 0.0 ? 1.0 : g->tap[k];
        const double turn = (f.out.bus_va[g->from[k]] - f.out.bus_va[g->to[k]] - g->shift[k]) * M_PI / 180.0;
        const double p = g->on[k] && f.out.bus_vm[g->from[k]] > 0.0 ? g->base_mva * turn / (g->x[k] * tap) : 0.0;
        cr_assert(fabs(p - f.out.branch_p_from[k]) <= 1e-6 + 1e-10 * fabs(p), "%s branch %d: %.12g for %.12g", file, k,
                  f.out.branch_p_from[k], p);
        miss[g->from[k]] -= p, miss[g->to[k]] += p;
    }
    for (cef_index k = 0; k < g->n_gen; k++)
        miss[g->gen_bus[k]] += f.out.gen_p[k], generation += f.out.gen_p[k];
    for (cef_index k = 0; k < g->n_load; k++)
        miss[g->load_bus[k]] -= f.out.load_p[k], load += f.out.load_p[k];
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        cr_assert(fabs(miss[bus]) <= 1e-5, "%s bus %d misses %g MW", file, bus, miss[bus]);
    cr_assert(fabs(generation - load) <= 1e-5, "%s: %g MW generated, %g drawn", file, generation, load);
    free(miss);
    flowed_free(&f);
}

Test(powerflow_cases, case_dc_balances_every_one) { for_every_case(dc_balances); }

/* MATPOWER 7 prints total losses of 13.393 MW for case14. */
Test(powerflow_cases, case_14_loses_13_393_mw)
{
    electric g = read_case("case14.m");
    const cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, CEF_START_STORED);
    flowed f = electric_solve(&g, &o);
    cr_assert(f.status == CEF_OK && fabs(f.info.loss_mw - 13.393) <= 0.0005, "%.9f MW", f.info.loss_mw);
    flowed_free(&f), electric_free(&g);
}

/* ---- flows from stored voltages ---- */
/* Stored powers are rounded to 0.01, half of that is the tolerance; the files' voltages are those of their powers only
 * to `voltage` per unit (rounding to 1e-7 in ACTIVSg2000, a looser solution in the others), which a branch of impedance
 * z turns into base x voltage / z. `within` is the share of the values that need no more than 0.0101. */
static void stored_flows(const char *file, double voltage, double within)
{
    electric g = read_case(file);
    const cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, CEF_START_STORED);
    flow_session s = flow_open(&g, &o, NULL);
    cr_assert(s.status == CEF_OK, "%s: %s", file, s.error.message);
    flowed f = flowed_make(&g);
    flow_evaluate(&s, &g, g.vm0, g.va0, &f);
    cr_assert(f.status == CEF_OK, "%s: %s", file, f.error.message);
    double worst = 0.0;
    cef_index good = 0;
    cr_assert(g.has_flows, "%s has PF QF PT QT", file);
    for (cef_index k = 0; k < g.n_branch; k++) {
        const double stated[4] = {g.p_from[k], g.q_from[k], g.p_to[k], g.q_to[k]};
        const double got[4] = {f.out.branch_p_from[k], f.out.branch_q_from[k], f.out.branch_p_to[k],
                               f.out.branch_q_to[k]};
        for (int side = 0; side < 4; side++) {
            const double apart = fabs(got[side] - stated[side]);
            worst = fmax(worst, apart);
            good += apart <= 0.0101;
            cr_assert(apart <= 0.005001 + g.base_mva * voltage / hypot(g.r[k], g.x[k]),
                      "%s branch %d side %d: %.6f for %.6f", file, k, side, got[side], stated[side]);
        }
    }
    cr_assert(good >= within * 4 * g.n_branch, "%s: %d of %d within 0.0101", file, good, 4 * g.n_branch);
    cr_log_info("%s: %d of %d within 0.0101, at most %.4f MW or MVAr apart", file, good, 4 * g.n_branch, worst);
    flow_close(&s);
    flowed_free(&f), electric_free(&g);
}

Test(powerflow_cases, case_activsg_flows_from_stored_voltages)
{
    stored_flows("case_ACTIVSg200.m", 1.1e-6, 0.99);
    stored_flows("case_ACTIVSg2000.m", 8e-8, 0.9999);
    stored_flows("case_ACTIVSg10k.m", 1.15e-5, 0.85);
}

/* ---- divergence ---- */
static void ten_times_the_load(const char *file)
{
    electric g = read_case(file);
    for (cef_index k = 0; k < g.n_load; k++)
        g.load_p[k] *= 10.0, g.load_q[k] *= 10.0;
    const cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, CEF_START_STORED);
    flowed f = electric_solve(&g, &o);
    cr_assert(f.status == CEF_ERR_DIVERGED && strcmp(f.error.code, "diverged") == 0, "%s: %d", file, f.status);
    cr_assert(f.error.element == CEF_BUS && f.error.index == f.info.worst_bus && f.info.worst_bus >= 0);
    cr_assert(f.error.id == g.bus_id[f.error.index] && f.info.iterations >= 1 && f.info.mismatch > 1e-3);
    cr_log_info("%s: %s", file, f.error.message);
    flowed_free(&f), electric_free(&g);
}

Test(powerflow_cases, case_ten_times_the_load_diverges)
{
    ten_times_the_load("case14.m");
    ten_times_the_load("case300.m");
    ten_times_the_load("case2869pegase.m");
}
