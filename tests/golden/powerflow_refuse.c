/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: what has no power flow is refused with a code, the element and what to do: zero impedance, reactances that
 * cancel, more load than a line can carry, NaN anywhere, options out of range. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "electric.h"

/* Reference at bus 0, line to bus 1 with a load, line to bus 2 with a unit; one load and one link. */
static electric small_grid(void)
{
    electric g = electric_make(3, 4, 4, 4);
    g.bus_type[0] = CEF_BUS_TYPE_REF, g.bus_type[2] = CEF_BUS_TYPE_PV;
    electric_branch(&g, 0, 1, 0.01, 0.1, 0.02);
    electric_branch(&g, 1, 2, 0.01, 0.1, 0.02);
    g.hvdc[electric_branch(&g, 0, 2, 0, 0, 0)] = 1;
    electric_gen(&g, 0, 0.0, 1.0);
    electric_gen(&g, 2, 30.0, 1.0);
    electric_gen(&g, 1, 5.0, 1.0); /* at a PQ bus: its reactive power is read */
    electric_load(&g, 1, 80, 20);
    return g;
}

static void refused(const electric *g, int32_t method, cef_status status, const char *code, cef_element element,
                    cef_index index)
{
    const cef_powerflow_options o = flow_options(method, CEF_START_STORED);
    flow_session s = flow_open(g, &o, NULL);
    flowed f = flowed_make(g);
    if (s.status == CEF_OK)
        flow_solve(&s, g, &f);
    const cef_error *e = s.status == CEF_OK ? &f.error : &s.error;
    cr_assert(e->status == status && strcmp(e->code, code) == 0, "%d '%s' for '%s': %s", e->status, e->code, code,
              e->message);
    cr_assert(e->element == element && e->index == index, "%s: element %d index %d", code, e->element, e->index);
    cr_assert(strlen(e->message) > 20 && cef_explain(e->code), "%s", e->message);
    cr_assert((s.pf == NULL) == (s.status != CEF_OK));
    flowed_free(&f);
    flow_close(&s);
}

Test(powerflow_refuse, zero_impedance)
{
    electric g = small_grid();
    g.r[1] = 0.0, g.x[1] = 0.0;
    refused(&g, CEF_POWERFLOW_AC, CEF_ERR_NETWORK, "zero-impedance", CEF_BRANCH, 1);
    refused(&g, CEF_POWERFLOW_DC, CEF_ERR_NETWORK, "zero-impedance", CEF_BRANCH, 1);
    g.r[1] = 0.01; /* a resistor has an AC flow and no DC flow */
    refused(&g, CEF_POWERFLOW_DC, CEF_ERR_NETWORK, "zero-impedance", CEF_BRANCH, 1);
    const cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, CEF_START_STORED);
    flowed f = electric_solve(&g, &o);
    cr_assert(f.status == CEF_OK, "%s", f.error.message);
    flowed_free(&f), electric_free(&g);
}

/* x and -x in parallel, or in a line with its series capacitor behind a bus: no path is left, or an unbounded one. */
Test(powerflow_refuse, reactances_that_cancel)
{
    electric g = small_grid();
    g.r[1] = 0.0, g.b[1] = 0.0;
    electric_branch(&g, 1, 2, 0.0, -0.1, 0.0);
    for (int32_t method = CEF_POWERFLOW_AC; method <= CEF_POWERFLOW_DC; method++) {
        const cef_powerflow_options o = flow_options(method, CEF_START_STORED);
        flowed f = electric_solve(&g, &o);
        cr_assert(f.status == CEF_ERR_SINGULAR || (method == CEF_POWERFLOW_AC && f.status == CEF_ERR_DIVERGED),
                  "method %d: %d %s", method, f.status, f.error.message);
        cr_assert(strcmp(f.error.code, f.status == CEF_ERR_SINGULAR ? "singular-grid" : "diverged") == 0);
        cr_assert(f.error.element == CEF_BUS && f.error.index >= 1, "bus %d", f.error.index);
        flowed_free(&f);
    }
    electric_free(&g);
}

/* Through x = 0.1 from a stiff source at 1.0, purely active load: at most 1 / (2 x) = 5 per unit. */
Test(powerflow_refuse, more_load_than_the_line_carries)
{
    electric g = electric_make(2, 1, 1, 1);
    g.bus_type[0] = CEF_BUS_TYPE_REF;
    electric_branch(&g, 0, 1, 0.0, 0.1, 0.0);
    electric_gen(&g, 0, 0, 1.0);
    electric_load(&g, 1, 501.0, 0.0);
    refused(&g, CEF_POWERFLOW_AC, CEF_ERR_DIVERGED, "diverged", CEF_BUS, 1);
    const cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, CEF_START_STORED);
    flowed f = electric_solve(&g, &o);
    cr_assert(f.error.id == 2 && f.info.converged == 0 && f.info.worst_bus == 1 && f.info.mismatch > 1e-3);
    cr_assert(strstr(f.error.message, " 2") && isfinite(f.error.value), "%s", f.error.message);
    flowed_free(&f);
    g.load_p[0] = 499.0;
    f = electric_solve(&g, &o);
    cr_assert(f.status == CEF_OK, "499 MW have a state: %s", f.error.message);
    flowed_free(&f), electric_free(&g);
}

/* ---- values ---- */
Test(powerflow_refuse, values_that_are_no_numbers_in_the_data)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int what = 0; what < 11; what++)
        for (int k = 0; k < 3; k++) {
            electric g = small_grid();
            double *const column[] = {g.gs, g.bs, g.vm0, g.va0, g.r, g.x, g.b, g.tap, g.shift, g.vg, g.capacity};
            column[what][1] = bad[k];
            const cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, CEF_START_STORED);
            flow_session s = flow_open(&g, &o, NULL);
            cr_assert(s.status < 0 && !s.pf, "column %d accepts %g", what, bad[k]);
            cr_assert(strcmp(s.error.code, "not-finite") == 0 || strcmp(s.error.code, "out-of-range") == 0, "%d: %s",
                      what, s.error.code);
            cr_assert(s.error.element == (what < 4   ? CEF_BUS
                                          : what < 9 ? CEF_BRANCH
                                                     : CEF_GEN) &&
                          s.error.index == 1,
                      "column %d: element %d index %d", what, s.error.element, s.error.index);
            flow_close(&s), electric_free(&g);
        }
}

Test(powerflow_refuse, values_that_are_no_numbers_in_the_injections)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int32_t method = CEF_POWERFLOW_AC; method <= CEF_POWERFLOW_DC; method++)
        for (int what = 0; what < 9; what++)
            for (int k = 0; k < 3; k++) {
                electric g = small_grid();
                double *const at[] = {&g.gen_p[1],  &g.load_p[0], &g.p_from[2], &g.p_to[2], &g.gen_q[2],
                                      &g.load_q[0], &g.bus_q[1],  &g.q_from[2], &g.q_to[2]};
                *at[what] = bad[k];
                const cef_powerflow_options o = flow_options(method, CEF_START_STORED);
                flowed f = electric_solve(&g, &o);
                if (method == CEF_POWERFLOW_DC && what >= 4)
                    cr_assert(f.status == CEF_OK || f.status == CEF_ERR_SNAPSHOT); /* reactive power: free to ignore */
                else
                    cr_assert(f.status == CEF_ERR_SNAPSHOT && strcmp(f.error.code, "not-finite") == 0,
                              "method %d array %d: %d %s", method, what, f.status, f.error.code);
                flowed_free(&f), electric_free(&g);
            }
}

Test(powerflow_refuse, data_out_of_range)
{
    for (int what = 0; what < 9; what++) {
        electric g = small_grid();
        switch (what) {
        case 0: g.base_mva = 0.0; break;
        case 1: g.base_mva = NAN; break;
        case 2: g.bus_type[1] = 7; break;
        case 3: g.bus_type[1] = 0; break;
        case 4: g.vm0[1] = 0.0; break;
        case 5: g.vg[1] = -1.0; break;
        case 6: g.tap[1] = 2e3; break;
        case 7: g.capacity[1] = -5.0; break;
        default: g.qmin[1] = 10.0, g.qmax[1] = -10.0;
        }
        cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, CEF_START_STORED);
        o.reactive_limits = 1;
        flow_session s = flow_open(&g, &o, NULL);
        cr_expect(s.status < 0 && !s.pf && s.error.message[0], "%d is accepted", what);
        flow_close(&s), electric_free(&g);
    }
}

Test(powerflow_refuse, options_out_of_range)
{
    for (int what = 0; what < 14; what++) {
        electric g = small_grid();
        cef_powerflow_options o = flow_options(CEF_POWERFLOW_AC, CEF_START_STORED);
        double shares[3] = {1.0, -1.0, 1.0};
        switch (what) {
        case 0: o.tolerance = 0.0; break;
        case 1: o.tolerance = NAN; break;
        case 2: o.tolerance = INFINITY; break;
        case 3: o.method = 2; break;
        case 4: o.start = 4; break;
        case 5: o.max_iterations = 0; break;
        case 6: o.max_iterations = 1001; break;
        case 7: o.fallback = 2; break;
        case 8: o.reactive_limits = -1; break;
        case 9: o.polish = 2; break;
        case 10: o.damping = 2; break;
        case 11: o.reserved = 1; break;
        case 12: o.participation = shares; break;
        default: o.participation = shares, shares[1] = NAN;
        }
        flow_session s = flow_open(&g, &o, NULL);
        cr_expect(s.status < 0 && !s.pf && s.error.message[0], "%d is accepted", what);
        flow_close(&s), electric_free(&g);
    }
}
