/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: IEEE 14 (University of Washington power systems test case archive; the branch data of MATPOWER's case14) with
 * P = 120/40/60/19/20 MW at buses 1, 2, 3, 6, 8 at 0.875, 0.525, 0, 0.520, 0 tCO2/MWh, solved here and traced, gives
 * the vectors of docs/theory.md section 8, printed there to nine decimals: tolerance half a last digit. */
#include <criterion/criterion.h>
#include <math.h>

#include "electric.h"

static const struct {
    int from, to;
    double r, x, b, tap;
} branches[20] = {{1, 2, 0.01938, 0.05917, 0.0528, 0},
                  {1, 5, 0.05403, 0.22304, 0.0492, 0},
                  {2, 3, 0.04699, 0.19797, 0.0438, 0},
                  {2, 4, 0.05811, 0.17632, 0.034, 0},
                  {2, 5, 0.05695, 0.17388, 0.0346, 0},
                  {3, 4, 0.06701, 0.17103, 0.0128, 0},
                  {4, 5, 0.01335, 0.04211, 0, 0},
                  {4, 7, 0, 0.20912, 0, 0.978},
                  {4, 9, 0, 0.55618, 0, 0.969},
                  {5, 6, 0, 0.25202, 0, 0.932},
                  {6, 11, 0.09498, 0.1989, 0, 0},
                  {6, 12, 0.12291, 0.25581, 0, 0},
                  {6, 13, 0.06615, 0.13027, 0, 0},
                  {7, 8, 0, 0.17615, 0, 0},
                  {7, 9, 0, 0.11001, 0, 0},
                  {9, 10, 0.03181, 0.0845, 0, 0},
                  {9, 14, 0.12711, 0.27038, 0, 0},
                  {10, 11, 0.08205, 0.19207, 0, 0},
                  {12, 13, 0.22092, 0.19988, 0, 0},
                  {13, 14, 0.17093, 0.34802, 0, 0}};
static const double loads[14][2] = {{0, 0}, {21.7, 12.7}, {94.2, 19}, {47.8, -3.9}, {7.6, 1.6}, {11.2, 7.5}, {0, 0},
                                    {0, 0}, {29.5, 16.6}, {9, 5.8},   {3.5, 1.8},   {6.1, 1.6}, {13.5, 5.8}, {14.9, 5}};
static const struct {
    int bus;
    double p, vg, intensity;
} units[5] = {{1, 120, 1.06, 0.875}, {2, 40, 1.045, 0.525}, {3, 60, 1.01, 0}, {6, 19, 1.07, 0.52}, {8, 20, 1.09, 0}};

static electric ieee14(void)
{
    electric g = electric_make(14, 20, 5, 14);
    for (int k = 0; k < 20; k++) {
        electric_branch(&g, branches[k].from - 1, branches[k].to - 1, branches[k].r, branches[k].x, branches[k].b);
        g.tap[k] = branches[k].tap;
    }
    for (int bus = 0; bus < 14; bus++)
        if (loads[bus][0] != 0.0)
            electric_load(&g, bus, loads[bus][0], loads[bus][1]);
    for (int k = 0; k < 5; k++) {
        electric_gen(&g, units[k].bus - 1, units[k].p, units[k].vg);
        g.bus_type[units[k].bus - 1] = k == 0 ? CEF_BUS_TYPE_REF : CEF_BUS_TYPE_PV;
    }
    g.bs[8] = 19.0;
    return g;
}

typedef struct {
    flowed flow;
    cef_solve_info info;
    double x[14];
} traced;

static traced solve_and_trace(const electric *g, int32_t method)
{
    traced t = {.info = {.struct_size = sizeof t.info}};
    double intensity[5];
    cef_error error = {.struct_size = sizeof error};
    const cef_powerflow_options o = flow_options(method, CEF_START_FLAT);
    flow_session s = flow_open(g, &o, NULL);
    cr_assert(s.status == CEF_OK, "%s", s.error.message);
    t.flow = flowed_make(g);
    flow_solve(&s, g, &t.flow);
    cr_assert(t.flow.status == CEF_OK, "%s", t.flow.error.message);
    for (int k = 0; k < 5; k++)
        intensity[k] = units[k].intensity;
    const cef_snapshot snapshot = {.struct_size = sizeof snapshot,
                                   .branch_p_from = t.flow.out.branch_p_from,
                                   .branch_p_to = t.flow.out.branch_p_to,
                                   .gen_p = t.flow.out.gen_p,
                                   .gen_intensity = intensity,
                                   .load_p = t.flow.out.load_p};
    cef_solution out = {.struct_size = sizeof out, .bus_intensity = t.x};
    cef_solver *solver = NULL;
    cr_assert(cef_solver_create(s.ctx, s.net, NULL, &solver, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_solver_solve(solver, &snapshot, &out, &t.info, &error) == CEF_OK, "%s", error.message);
    cr_assert(t.info.certified == 1);
    cef_solver_destroy(solver);
    flow_close(&s);
    return t;
}

static bool printed(double got, double want) { return fabs(got - want) <= 0.5000001e-9; }

Test(powerflow_ieee14, ac)
{
    electric g = ieee14();
    traced t = solve_and_trace(&g, CEF_POWERFLOW_AC);
    const char *why = electric_check(&g, &t.flow, 1e-13);
    cr_assert(!why, "%s", why);
    cr_assert(printed(t.flow.info.loss_mw, 4.496560680), "%.12f", t.flow.info.loss_mw);
    cr_assert(printed(t.flow.out.gen_p[0], 124.496560680) && printed(t.flow.info.slack_mw, 4.496560680));
    cr_assert(printed(t.x[1], 0.757811564) && printed(t.x[13], 0.534043768), "%.12f %.12f", t.x[1], t.x[13]);
    cr_assert(printed(t.info.total_generation, 139.814490595), "%.12f", t.info.total_generation);
    cr_assert(printed(t.info.total_load, 136.216886242), "%.12f", t.info.total_load);
    cr_assert(printed(t.info.total_loss, 3.597604354), "%.12f", t.info.total_loss);
    flowed_free(&t.flow), electric_free(&g);
}

Test(powerflow_ieee14, dc)
{
    static const double want[14] = {0.875,       0.756304745, 0.275052990, 0.792757713, 0.828157255,
                                    0.694926175, 0.303731501, 0,           0.430386396, 0.545794022,
                                    0.694926175, 0.694926175, 0.694926175, 0.531937506};
    electric g = ieee14();
    traced t = solve_and_trace(&g, CEF_POWERFLOW_DC);
    const char *why = electric_check_dc(&g, &t.flow);
    cr_assert(!why, "%s", why);
    for (int bus = 0; bus < 14; bus++)
        cr_assert(printed(t.x[bus], want[bus]), "bus %d: %.12f for %.9f", bus + 1, t.x[bus], want[bus]);
    cr_assert(fabs(t.info.total_generation - 135.880) <= 1e-9 && fabs(t.info.total_loss) <= 1e-9);
    flowed_free(&t.flow), electric_free(&g);
}
