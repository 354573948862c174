/* SPDX-License-Identifier: Apache-2.0 */
/* A case as the power flow reads it: what is masked and defaulted, what is refused; solved powers in the case. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "io_fault.h"
#include "io_test.h"

/* Gs 5 MW and Bs 7 MVAr at bus 2, whose voltage is 1.2; bus 3 draws 4 MVAr and no MW; bus 4 is isolated. */
static const char grid[] =
    M_HEAD "mpc.bus = [\n1 3 0 0 0 0 1 1 3 110 1 1.1 0.9;\n2 1 50 10 5 7 7 1.2 0 110 1 1.1 0.9;\n"
           "3 2 0 4 0 0 7 1 0 110 1 1.1 0.9;\n4 4 9 9 3 0 7 0 0 110 1 1.1 0.9;\n];\n"
           "mpc.gen = [1 60 1 Inf -Inf 1.05 100 1 80 0; 3 10 2 30 -20 0 100 0 -5 0];\n"
           "mpc.branch = [1 2 0.01 0.1 0.2 0 0 0 0.98 -5 1; 2 3 0 0.3 0 0 0 0 0 0 0];\n"
           "mpc.dcline = [1 3 1 10 9 2 -1 1 1 0 0 0 0 0 0 0 0];\n";

typedef struct {
    cef_powerflow_data data;
    cef_injections at;
} powerflow_view;

static cef_status view(cef_case *c, powerflow_view *v, cef_error *error)
{
    v->data = (cef_powerflow_data){.struct_size = sizeof v->data};
    v->at = (cef_injections){.struct_size = sizeof v->at};
    return cef_case_powerflow(c, &v->data, &v->at, error);
}

Test(case_powerflow, columns_of_a_matpower_case)
{
    cef_context *ctx = io_context();
    cef_case *c = io_read(ctx, grid);
    powerflow_view v;
    cr_assert(cef_case_participation(c) == NULL, "there is none before the columns are made");
    cr_assert(view(c, &v, NULL) == CEF_OK);
    const cef_powerflow_data *d = &v.data;
    cr_assert(d->base_mva == 100.0 && d->bus_type[0] == 3 && d->bus_type[3] == CEF_BUS_TYPE_ISOLATED);
    cr_assert(d->bus_gs[1] == 5.0 && d->bus_bs[1] == 7.0 && d->bus_vm0[1] == 1.2 && d->bus_va0[0] == 3.0);
    cr_assert(d->bus_vm0[3] == 1.0, "an isolated bus may have no voltage");
    cr_assert(d->branch_r[0] == 0.01 && d->branch_x[0] == 0.1 && d->branch_b[0] == 0.2);
    cr_assert(d->branch_tap[0] == 0.98 && d->branch_shift[0] == -5.0);
    cr_assert(d->branch_in_service[1] == 0 && d->branch_hvdc[2] == 1 && d->branch_x[2] == 0.0, "not stated is 0");
    cr_assert(d->gen_vg[0] == 1.05 && d->gen_vg[1] == 1.0, "out of service: not read");
    cr_assert(isinf(d->gen_qmax[0]) && d->gen_qmin[0] == -(double) INFINITY && d->gen_qmin[1] == -20.0);
    cr_assert(d->gen_capacity[0] == 80.0 && d->gen_capacity[1] == 0.0, "a capacity below 0 is none");
    cr_assert(v.at.gen_p[0] == 60.0 && v.at.gen_q[0] == 1.0 && v.at.load_p[0] == 50.0 && v.at.load_q[0] == 10.0);
    cr_assert(v.at.load_p[1] == 0.0 && v.at.load_q[1] == 0.0, "the load of the isolated bus");
    cr_assert(v.at.bus_q[1] == 0.0 && v.at.bus_q[2] == 4.0, "Qd without a load");
    cr_assert(v.at.branch_p_from[2] == 10.0 && v.at.branch_p_to[2] == -9.0 && v.at.branch_p_from[0] == 0.0);
    cr_assert(v.at.branch_q_from[2] == -2.0 && v.at.branch_q_to[2] == 1.0);
    cr_assert(cef_case_participation(c)[0] == 0.0);
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

static cef_case *read_yaml_case(cef_context *ctx, const char *text)
{
    cef_case *c = NULL;
    cef_error error = {.struct_size = sizeof error};
    cr_assert(cef_case_read_memory(ctx, "x", "yaml", text, strlen(text), &c, &error) == CEF_OK, "%s", error.message);
    return c;
}

#define YAML_HEAD                                                                                                      \
    "libcef: 1\nbuses: [{id: 1}, {id: 2, gs: 5, vm: 1.1}]\n"                                                           \
    "generators: [{id: g, bus: 1, p: 60, apf: 0.25}]\n"
#define YAML_LINE "branches: [{id: a, from: 1, to: 2, x: 0.1}]\n"
#define YAML_SHUNT "loads: [{id: l, bus: 2, p: 50}, {id: s, bus: 2, p: 6.05, kind: shunt}]\n"

static void refused(const char *text, const char *name)
{
    cef_context *ctx = io_context();
    cef_case *c = read_yaml_case(ctx, text);
    cef_error error = {.struct_size = sizeof error};
    powerflow_view v;
    cr_assert(view(c, &v, &error) == CEF_ERR_PARSE && strcmp(error.code, "missing-field") == 0, "%s", error.message);
    cr_assert(strcmp(error.name, name) == 0, "%s: %s", error.name, error.message);
    cr_assert(cef_case_participation(c) == NULL);
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

Test(case_powerflow, what_a_case_must_say)
{
    refused(YAML_HEAD "branches: [{id: a, from: 1, to: 2, r: 0.1}]\n" YAML_SHUNT, "a");
    refused(YAML_HEAD "branches: [{id: a, from: 1, to: 2, hvdc: true}]\n" YAML_SHUNT, "a");
    refused(YAML_HEAD YAML_LINE "loads: [{id: l, bus: 2, p: 50}]\n", "2"); /* nothing draws gs */
}

Test(case_powerflow, what_a_case_may_leave_out)
{
    cef_context *ctx = io_context();
    cef_case *c = read_yaml_case(ctx, YAML_HEAD YAML_LINE YAML_SHUNT);
    powerflow_view v;
    cr_assert(view(c, &v, NULL) == CEF_OK);
    cr_assert(v.data.bus_type == NULL, "no bus says that it is more than pq");
    cr_assert(v.data.branch_r[0] == 0.0 && v.data.branch_b[0] == 0.0 && v.data.bus_gs[1] == 5.0);
    cr_assert(cef_case_participation(c)[0] == 0.25);
    cef_case_destroy(c);
    c = read_yaml_case(ctx, YAML_HEAD "branches: [{id: a, from: 1, to: 2, in_service: false}]\n"
                                      "loads: [{id: s, bus: 2, p: 6.05, q: 3, kind: shunt, in_service: false}]\n");
    cr_assert(view(c, &v, NULL) == CEF_OK, "what is out of service needs nothing");
    cr_assert(v.data.bus_gs[1] == 0.0 && v.at.load_p[0] == 0.0 && v.at.load_q[0] == 0.0, "the shunt takes gs with it");
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

Test(case_powerflow, solved_powers_replace_the_cases)
{
    cef_context *ctx = io_context();
    cef_case *c = read_yaml_case(ctx, YAML_HEAD YAML_LINE YAML_SHUNT);
    cef_error error = {.struct_size = sizeof error};
    cr_assert(!io_info(c).has_flows && cef_case_check_flows(c, 0.1, NULL) == CEF_ERR_UNSOLVED);
    double from[] = {56.0}, to[] = {-56.0}, gen[] = {56.0}, load[] = {50.0, 6.0};
    cef_powerflow_solution s = {.struct_size = sizeof s, .branch_p_from = from, .gen_p = gen, .load_p = load};
    cr_assert(cef_case_apply_flows(c, &s, &error) == CEF_ERR_ARGUMENT, "both ends are needed");
    s.branch_p_to = to;
    to[0] = (double) NAN;
    cr_assert(cef_case_apply_flows(c, &s, &error) == CEF_ERR_SNAPSHOT && strcmp(error.code, "not-finite") == 0);
    cr_assert(strcmp(error.name, "a") == 0 && io_snapshot(c).gen_p[0] == 60.0 && !io_info(c).has_flows,
              "a refusal changes nothing");
    to[0] = -56.0;
    cr_assert(cef_case_apply_flows(c, &s, &error) == CEF_OK, "%s", error.message);
    const cef_snapshot at = io_snapshot(c);
    cr_assert(at.branch_p_from[0] == 56.0 && at.branch_p_to[0] == -56.0 && at.gen_p[0] == 56.0 && at.load_p[1] == 6.0);
    cr_assert(io_info(c).has_flows && cef_case_check_flows(c, 0.1, NULL) == CEF_OK);
    powerflow_view v;
    cr_assert(view(c, &v, NULL) == CEF_OK && v.at.gen_p[0] == 60.0, "the schedule is the file's");
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

Test(case_powerflow, null_arguments_and_struct_sizes)
{
    cef_context *ctx = io_context();
    cef_case *c = io_read(ctx, grid);
    powerflow_view v = {.data = {.struct_size = sizeof v.data}, .at = {.struct_size = sizeof v.at}};
    cr_assert(cef_case_powerflow(NULL, &v.data, &v.at, NULL) == CEF_ERR_ARGUMENT);
    cr_assert(cef_case_powerflow(c, NULL, &v.at, NULL) == CEF_ERR_ARGUMENT);
    cr_assert(cef_case_powerflow(c, &v.data, NULL, NULL) == CEF_ERR_ARGUMENT);
    v.data.struct_size = 0;
    cr_assert(cef_case_powerflow(c, &v.data, &v.at, NULL) == CEF_ERR_STRUCT_SIZE);
    cef_powerflow_solution s = {.struct_size = 0};
    cr_assert(cef_case_apply_flows(c, &s, NULL) == CEF_ERR_STRUCT_SIZE);
    cr_assert(cef_case_apply_flows(NULL, &s, NULL) == CEF_ERR_ARGUMENT);
    cr_assert(cef_case_apply_flows(c, NULL, NULL) == CEF_ERR_ARGUMENT && cef_case_participation(NULL) == NULL);
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

Test(case_powerflow, an_allocation_that_fails_changes_nothing)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    cef_case *c = NULL;
    cr_assert(cef_case_read_memory(ctx, "x", "m", grid, sizeof grid - 1, &c, NULL) == CEF_OK);
    powerflow_view v;
    memory.refuse_at = memory.requests;
    cr_assert(view(c, &v, NULL) == CEF_ERR_MEMORY);
    cr_assert(view(c, &v, NULL) == CEF_OK, "a second call works");
    const long requests = memory.requests;
    cr_assert(view(c, &v, NULL) == CEF_OK && memory.requests == requests, "made once");
    cef_case_destroy(c);
    cr_assert(memory.live == 1);
    cef_context_destroy(ctx);
}
