/* SPDX-License-Identifier: Apache-2.0 */
/* The structs of the power flow from programs built against an older or a newer header: as struct_sizes.c. */
#include "sizes.h"

static world w;
static cef_error error;

static void open_world(void)
{
    world_open(&w);
    error = (cef_error){.struct_size = sizeof error};
}

static void close_world(void) { world_close(&w); }

TestSuite(powerflow_sizes, .init = open_world, .fini = close_world);

static cef_status give_powerflow_data(const void *input, cef_error *e)
{
    cef_powerflow *pf = NULL;
    const cef_status status = cef_powerflow_create(w.ctx, w.net, input, NULL, &pf, e);
    cef_powerflow_destroy(pf);
    return status;
}

static cef_status give_powerflow_options(const void *input, cef_error *e)
{
    const cef_powerflow_data data = world_powerflow_data();
    cef_powerflow *pf = NULL;
    const cef_status status = cef_powerflow_create(w.ctx, w.net, &data, input, &pf, e);
    cef_powerflow_destroy(pf);
    return status;
}

static cef_status give_injections(const void *input, cef_error *e)
{
    return cef_powerflow_solve(w.pf, input, NULL, NULL, e);
}

static cef_status give_powerflow_solution(const void *input, cef_error *e)
{
    const cef_injections injections = world_injections();
    return cef_powerflow_solve(w.pf, &injections, (void *) (uintptr_t) input, NULL, e);
}

static cef_status evaluate(const void *injections, const void *solution, void *info, cef_error *e)
{
    static const double vm[2] = {1.0, 0.99}, va[2] = {0.0, -1.0};
    return cef_powerflow_evaluate(w.pf, injections, vm, va, (void *) (uintptr_t) solution, info, e);
}

static cef_status give_evaluated_injections(const void *input, cef_error *e) { return evaluate(input, NULL, NULL, e); }

static cef_status give_evaluated_solution(const void *input, cef_error *e)
{
    const cef_injections injections = world_injections();
    return evaluate(&injections, input, NULL, e);
}

static cef_status give_flows(const void *input, cef_error *e) { return cef_case_apply_flows(w.wired, input, e); }

Test(powerflow_sizes, input)
{
    const cef_powerflow_data data = world_powerflow_data();
    const cef_injections injections = world_injections();
    const cef_powerflow_solution none = {.struct_size = sizeof none};
    double from[2] = {30, 30}, to[2] = {-30, -30};
    const cef_powerflow_solution flows = {.struct_size = sizeof flows, .branch_p_from = from, .branch_p_to = to};
    cef_powerflow_options options;
    cef_powerflow_options_init(&options, sizeof options);
    check_input("cef_powerflow_data", give_powerflow_data, &data, sizeof data);
    check_input("cef_powerflow_options", give_powerflow_options, &options, sizeof options);
    check_input("cef_injections", give_injections, &injections, sizeof injections);
    check_input("cef_powerflow_solution", give_powerflow_solution, &none, sizeof none);
    check_input("cef_powerflow_evaluate injections", give_evaluated_injections, &injections, sizeof injections);
    check_input("cef_powerflow_evaluate solution", give_evaluated_solution, &none, sizeof none);
    check_input("cef_case_apply_flows", give_flows, &flows, sizeof flows);
}

Test(powerflow_sizes, short_options)
{
    const cef_powerflow_data data = world_powerflow_data();
    cef_powerflow *pf = NULL;
    cef_powerflow_options options;
    cef_powerflow_options_init(&options, sizeof options);
    options.method = 77, options.reserved = 1;
    cr_assert(cef_powerflow_create(w.ctx, w.net, &data, &options, &pf, &error) == CEF_ERR_ARGUMENT);
    options.struct_size = offsetof(cef_powerflow_options, method);
    cr_assert(cef_powerflow_create(w.ctx, w.net, &data, &options, &pf, &error) == CEF_OK, "%s", error.message);
    cef_powerflow_destroy(pf);
}

/* Data and injections that end early: the arrays behind their end are not followed. */
Test(powerflow_sizes, short_data)
{
    const cef_injections whole = world_injections();
    cef_powerflow_data data = world_powerflow_data();
    cef_injections injections = world_injections();
    cef_powerflow *pf = NULL;
    memset((char *) &data + offsetof(cef_powerflow_data, branch_b), UNTOUCHED,
           sizeof data - offsetof(cef_powerflow_data, branch_b));
    data.struct_size = offsetof(cef_powerflow_data, branch_b);
    cr_assert(cef_powerflow_create(w.ctx, w.net, &data, NULL, &pf, &error) == CEF_OK, "%s", error.message);
    memset((char *) &injections + offsetof(cef_injections, load_q), UNTOUCHED,
           sizeof injections - offsetof(cef_injections, load_q));
    injections.struct_size = offsetof(cef_injections, load_q);
    cr_assert(cef_powerflow_solve(pf, &injections, NULL, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_powerflow_solve(pf, &whole, NULL, NULL, &error) == CEF_OK, "%s", error.message);
    cef_powerflow_destroy(pf);
}

Test(powerflow_sizes, short_solution)
{
    const cef_injections injections = world_injections();
    double vm[2] = {-1, -1};
    cef_powerflow_solution solution = {.bus_vm = vm};
    memset((char *) &solution + offsetof(cef_powerflow_solution, bus_va), UNTOUCHED,
           sizeof solution - offsetof(cef_powerflow_solution, bus_va));
    solution.struct_size = offsetof(cef_powerflow_solution, bus_va);
    cr_assert(cef_powerflow_solve(w.pf, &injections, &solution, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(vm[0] == 1.0 && vm[1] > 0.9 && vm[1] < 1.0, "%g %g", vm[0], vm[1]);
}

Test(powerflow_sizes, options_init)
{
    for (size_t size = sizeof(size_t); size <= sizeof(cef_powerflow_options) + TAIL; size += 4) {
        _Alignas(16) unsigned char bytes[sizeof(cef_powerflow_options) + 2 * TAIL];
        size_t set = 0;
        memset(bytes, UNTOUCHED, sizeof bytes);
        cef_powerflow_options_init((cef_powerflow_options *) (void *) bytes, size);
        memcpy(&set, bytes, sizeof set);
        cr_assert(set == size, "struct_size %zu after cef_powerflow_options_init(%zu)", set, size);
        for (size_t k = size; k < sizeof bytes; k++)
            cr_assert(bytes[k] == UNTOUCHED, "byte %zu of a struct of %zu was written", k, size);
        for (size_t k = sizeof(cef_powerflow_options); k < size; k++)
            cr_assert(bytes[k] == 0, "byte %zu, unknown to this libcef, must be 0", k);
    }
}

/* Seconds differ from call to call: they are taken out of the comparison. */
static void without_seconds(void *output)
{
    size_t size = 0;
    memcpy(&size, output, sizeof size);
    const size_t seconds = offsetof(cef_powerflow_info, seconds), end = seconds + sizeof(double);
    if (size > seconds)
        memset((char *) output + seconds, 0, (size < end ? size : end) - seconds);
}

static cef_status take_powerflow_info(void *output, cef_error *e)
{
    const cef_injections injections = world_injections();
    const cef_status status = cef_powerflow_solve(w.pf, &injections, NULL, output, e);
    without_seconds(output);
    return status;
}

static cef_status take_evaluated_info(void *output, cef_error *e)
{
    const cef_injections injections = world_injections();
    const cef_status status = evaluate(&injections, NULL, output, e);
    without_seconds(output);
    return status;
}

static cef_status take_case_powerflow_data(void *output, cef_error *e)
{
    cef_injections injections = {.struct_size = sizeof injections};
    return cef_case_powerflow(w.wired, output, &injections, e);
}

static cef_status take_case_injections(void *output, cef_error *e)
{
    cef_powerflow_data data = {.struct_size = sizeof data};
    return cef_case_powerflow(w.wired, &data, output, e);
}

Test(powerflow_sizes, output)
{
    check_output("cef_powerflow_solve info", take_powerflow_info, sizeof(cef_powerflow_info));
    check_output("cef_powerflow_evaluate info", take_evaluated_info, sizeof(cef_powerflow_info));
    check_output("cef_case_powerflow data", take_case_powerflow_data, sizeof(cef_powerflow_data));
    check_output("cef_case_powerflow injections", take_case_injections, sizeof(cef_injections));
}
