/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused, and how it is said: status, code, element, value. */
#include <criterion/criterion.h>

#include "grid.h"

/* A load at the end of a line that carries it unless the test makes it impossible. */
static grid *line(void)
{
    grid *g = grid_new();
    grid_bus(g, CEF_BUS_TYPE_REF);
    grid_bus(g, CEF_BUS_TYPE_PQ);
    grid_bus(g, CEF_BUS_TYPE_PQ);
    grid_gen(g, 0, 0.0, 1.0);
    grid_load(g, 2, 50.0, 10.0);
    grid_branch(g, 0, 1, 0.01, 0.1);
    grid_branch(g, 1, 2, 0.01, 0.1);
    return g;
}

static void refused(grid *g, cef_status status, const char *code, cef_element element, cef_index index)
{
    const cef_status got = grid_run(g);
    cr_assert(got == status, "%s (%s), expected %s", cef_status_name(got), g->error.message, cef_status_name(status));
    cr_assert(strcmp(g->error.code, code) == 0, "%s, expected %s", g->error.code, code);
    cr_assert(g->error.element == element && g->error.index == index, "element %d at %d", g->error.element,
              g->error.index);
    cr_assert(g->error.message[0] && cef_explain(code));
}

Test(powerflow_refuse, zero_impedance)
{
    grid *g = line();
    g->r[1] = g->x[1] = 0.0;
    refused(g, CEF_ERR_NETWORK, "zero-impedance", CEF_BRANCH, 1);
    cr_assert(strstr(g->error.message, "bus 1 to bus 2"), "%s", g->error.message);
    g->branch_on[1] = 0; /* out of service it is not looked at */
    grid_must_run(g);
    g->branch_on[1] = 1;
    g->r[1] = 0.01; /* r alone is a branch, but not for DC */
    grid_must_run(g);
    g->options.method = CEF_POWERFLOW_DC;
    refused(g, CEF_ERR_NETWORK, "zero-impedance", CEF_BRANCH, 1);
}

/* More than the line can carry: v^4 + ... has no solution. The outputs hold the best state, and all starts were tried.
 */
Test(powerflow_refuse, diverged)
{
    grid *g = line();
    g->load_p[0] = 50.0 * 10;
    g->load_q[0] = 10.0 * 10;
    refused(g, CEF_ERR_DIVERGED, "diverged", CEF_BUS, 2);
    cr_assert(g->error.value == g->info.mismatch && g->info.mismatch > 1e-3 && g->info.converged == 0);
    cr_assert(g->info.worst_bus == g->error.index && g->info.iterations >= 1 && strstr(g->error.message, "iterations"));
    cr_assert(g->vm[2] > 0.0 && g->vm[2] < 1.0 && fabs(g->miss_p[2]) + fabs(g->miss_q[2]) > 0.1);
    g->options.damping = 0;
    g->options.max_iterations = 1; /* a full step far below 0 */
    g->options.fallback = 0;
    g->load_q[0] = 1e5;
    cr_assert(grid_run(g) == CEF_ERR_DIVERGED && g->vm[1] > 0.0 && g->vm[2] > 0.0);
    g->options.max_iterations = 30;
    g->load_q[0] = 100.0;
    g->options.damping = 1;
    g->options.fallback = 0;
    refused(g, CEF_ERR_DIVERGED, "diverged", CEF_BUS, 2);
}

/* After a failure the handle serves the next snapshot, and a warm start does not start from the failure. */
Test(powerflow_refuse, recovers)
{
    grid *g = line();
    handles h;
    g->options.start = CEF_START_PREVIOUS;
    cr_assert(grid_open(g, &h, NULL) == CEF_OK && grid_solve(g, &h) == CEF_OK);
    const double vm = g->vm[2];
    g->load_p[0] = 5000.0;
    cr_assert(grid_solve(g, &h) == CEF_ERR_DIVERGED);
    g->load_p[0] = NAN;
    cr_assert(grid_solve(g, &h) == CEF_ERR_SNAPSHOT);
    g->load_p[0] = 50.0;
    cr_assert(grid_solve(g, &h) == CEF_OK && g->info.iterations == 0 && fabs(g->vm[2] - vm) < 1e-13);
    grid_close(&h);
}

/* One iteration is too few; the message counts it. */
Test(powerflow_refuse, max_iterations)
{
    grid *g = line();
    g->options.max_iterations = 1;
    g->options.fallback = 0;
    refused(g, CEF_ERR_DIVERGED, "diverged", CEF_BUS, 1);
    cr_assert(g->info.iterations == 1 && strstr(g->error.message, "in 1 iterations"));
}

/* Parallel reactances that cancel: the angle behind them is free. */
Test(powerflow_refuse, singular_topology)
{
    grid *g = line();
    const cef_index k = grid_branch(g, 1, 2, 0.0, -0.1);
    g->r[1] = 0.0;
    g->options.method = CEF_POWERFLOW_DC;
    refused(g, CEF_ERR_SINGULAR, "singular-grid", CEF_BUS, 2);
    g->options.method = CEF_POWERFLOW_AC;
    const cef_status ac = grid_run(g);
    cr_assert(ac == CEF_ERR_SINGULAR || ac == CEF_ERR_DIVERGED, "%s", cef_status_name(ac));
    g->x[k] = -0.2; /* a series of capacitors that does not cancel is a grid like any other */
    grid_must_run(g);
}

static void refuse_value(double *at, double value, const char *code, cef_element element, cef_index index, grid *g)
{
    const double kept = *at;
    *at = value;
    refused(g, CEF_ERR_SNAPSHOT, code, element, index);
    *at = kept;
    grid_must_run(g);
}

Test(powerflow_refuse, values)
{
    grid *g = line();
    refuse_value(&g->r[1], NAN, "not-finite", CEF_BRANCH, 1, g);
    refuse_value(&g->x[0], HUGE_VAL, "not-finite", CEF_BRANCH, 0, g);
    refuse_value(&g->b[1], -HUGE_VAL, "not-finite", CEF_BRANCH, 1, g);
    refuse_value(&g->tap[1], NAN, "not-finite", CEF_BRANCH, 1, g);
    refuse_value(&g->shift[0], NAN, "not-finite", CEF_BRANCH, 0, g);
    refuse_value(&g->gs[2], NAN, "not-finite", CEF_BUS, 2, g);
    refuse_value(&g->bs[1], HUGE_VAL, "not-finite", CEF_BUS, 1, g);
    refuse_value(&g->vm0[1], 0.0, "out-of-range", CEF_BUS, 1, g);
    refuse_value(&g->vm0[1], -1.0, "out-of-range", CEF_BUS, 1, g);
    refuse_value(&g->va0[2], NAN, "not-finite", CEF_BUS, 2, g);
    refuse_value(&g->vg[0], 0.0, "out-of-range", CEF_GEN, 0, g);
    refuse_value(&g->qmin[0], NAN, "not-finite", CEF_GEN, 0, g);
    refuse_value(&g->capacity[0], -1.0, "out-of-range", CEF_GEN, 0, g);
    refuse_value(&g->gen_p[0], NAN, "not-finite", CEF_GEN, 0, g);
    refuse_value(&g->load_p[0], HUGE_VAL, "not-finite", CEF_LOAD, 0, g);
    refuse_value(&g->load_p[0], 1e13, "out-of-range", CEF_LOAD, 0, g);
    refuse_value(&g->load_q[0], NAN, "not-finite", CEF_LOAD, 0, g);
    refuse_value(&g->bus_q[1], NAN, "not-finite", CEF_BUS, 1, g);
    g->n_storage = 1;
    refuse_value(&g->storage_p[0], NAN, "not-finite", CEF_STORAGE, 0, g);
    g->hvdc[grid_branch(g, 1, 2, 0.0, 0.0)] = 1;
    refuse_value(&g->hvdc_p_to[2], NAN, "not-finite", CEF_BRANCH, 2, g);
    g->options.reactive_limits = 1;
    g->qmax[0] = 3.0;
    refuse_value(&g->qmin[0], 4.0, "out-of-range", CEF_GEN, 0, g);
}

Test(powerflow_refuse, kinds_and_options)
{
    grid *g = line();
    g->type[1] = 5;
    refused(g, CEF_ERR_NETWORK, "bad-kind", CEF_BUS, 1);
    g->type[1] = CEF_BUS_TYPE_PQ;
    struct {
        int32_t *at, value;
    } bad[] = {{&g->options.method, 2},         {&g->options.start, 4},           {&g->options.start, -1},
               {&g->options.max_iterations, 0}, {&g->options.reactive_limits, 2}, {&g->options.polish, 2},
               {&g->options.damping, -1},       {&g->options.fallback, 2},        {&g->options.reserved, 1}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        const int32_t kept = *bad[k].at;
        *bad[k].at = bad[k].value;
        refused(g, CEF_ERR_ARGUMENT, "bad-argument", CEF_ELEMENT_NONE, -1);
        *bad[k].at = kept;
    }
    g->options.tolerance = 0.0;
    refused(g, CEF_ERR_ARGUMENT, "bad-argument", CEF_ELEMENT_NONE, -1);
    g->options.tolerance = 1e-8;
    const double participation[] = {-1.0};
    g->options.participation = participation;
    refused(g, CEF_ERR_SNAPSHOT, "out-of-range", CEF_GEN, 0);
}

/* Missing pieces of the calls themselves. */
Test(powerflow_refuse, calls)
{
    grid *g = line();
    handles h;
    cef_error e = {.struct_size = sizeof e};
    cr_assert(grid_open(g, &h, NULL) == CEF_OK);
    const double v[3] = {1, 1, 1};
    cef_injections in = {.struct_size = sizeof in, .gen_p = g->gen_p, .load_p = g->load_p};
    cef_powerflow_info unset = {0};
    cr_assert(cef_powerflow_solve(NULL, &in, NULL, NULL, &e) == CEF_ERR_ARGUMENT);
    cr_assert(cef_powerflow_solve(h.pf, NULL, NULL, NULL, &e) == CEF_ERR_ARGUMENT);
    cr_assert(cef_powerflow_solve(h.pf, &in, NULL, &unset, &e) == CEF_ERR_STRUCT_SIZE);
    cr_assert(cef_powerflow_evaluate(h.pf, &in, NULL, v, NULL, NULL, &e) == CEF_ERR_ARGUMENT);
    cr_assert(cef_powerflow_evaluate(h.pf, &in, v, NULL, NULL, NULL, &e) == CEF_ERR_ARGUMENT);
    const double dark[3] = {1, 0, 1}, wild[3] = {0, NAN, 0};
    cr_assert(cef_powerflow_evaluate(h.pf, &in, dark, v, NULL, NULL, &e) == CEF_ERR_SNAPSHOT && e.index == 1);
    cr_assert(cef_powerflow_evaluate(h.pf, &in, v, wild, NULL, NULL, &e) == CEF_ERR_SNAPSHOT && e.index == 1);
    in.load_p = NULL;
    cr_assert(cef_powerflow_solve(h.pf, &in, NULL, NULL, &e) == CEF_ERR_ARGUMENT);
    in.struct_size = 0;
    cr_assert(cef_powerflow_solve(h.pf, &in, NULL, NULL, &e) == CEF_ERR_STRUCT_SIZE);
    cef_powerflow *pf = (cef_powerflow *) &e;
    const cef_powerflow_data no_base = {.struct_size = sizeof no_base, .branch_r = v, .branch_x = v};
    const cef_powerflow_data no_r = {.struct_size = sizeof no_r, .base_mva = 100.0, .branch_x = v};
    cr_assert(cef_powerflow_create(h.ctx, h.net, &no_base, NULL, &pf, &e) == CEF_ERR_ARGUMENT && pf == NULL);
    cr_assert(cef_powerflow_create(h.ctx, h.net, &no_r, NULL, &pf, &e) == CEF_ERR_ARGUMENT && pf == NULL);
    cr_assert(cef_powerflow_create(h.ctx, h.net, NULL, NULL, &pf, &e) == CEF_ERR_ARGUMENT);
    cr_assert(cef_powerflow_create(NULL, h.net, &no_r, NULL, &pf, &e) == CEF_ERR_ARGUMENT);
    cr_assert(cef_powerflow_create(h.ctx, h.net, &no_r, NULL, NULL, &e) == CEF_ERR_ARGUMENT);
    grid_close(&h);
    cef_powerflow_destroy(NULL);
}

/* HVDC powers must be given where an HVDC branch is in service. */
Test(powerflow_refuse, hvdc_without_powers)
{
    grid *g = line();
    g->hvdc[grid_branch(g, 0, 2, 0.0, 0.0)] = 1;
    handles h;
    cr_assert(grid_open(g, &h, NULL) == CEF_OK);
    const cef_injections in = {.struct_size = sizeof in, .gen_p = g->gen_p, .load_p = g->load_p};
    cr_assert(cef_powerflow_solve(h.pf, &in, NULL, NULL, &g->error) == CEF_ERR_ARGUMENT);
    cr_assert(g->error.element == CEF_BRANCH && g->error.index == 2 && strstr(g->error.message, "branch_p_from"));
    grid_close(&h);
}
