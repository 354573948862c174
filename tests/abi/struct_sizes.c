/* SPDX-License-Identifier: Apache-2.0 */
/* Programs built against an older or a newer header. Input structs: a short one takes defaults for what it lacks, a
 * longer one is accepted iff its tail is zero, an unset size is refused. Output structs: never a byte is written past
 * the caller's struct_size, and struct_size itself stays. */
#include "sizes.h"

static world w;
static cef_error error;

static void open_world(void)
{
    world_open(&w);
    error = (cef_error){.struct_size = sizeof error};
}

static void close_world(void) { world_close(&w); }

TestSuite(struct_sizes, .init = open_world, .fini = close_world);

/* ---- input ---- */

static cef_status give_context_options(const void *input, cef_error *e)
{
    cef_context *ctx = NULL;
    const cef_status status = cef_context_create(input, &ctx, e);
    cef_context_destroy(ctx);
    return status;
}

static cef_status give_network_data(const void *input, cef_error *e)
{
    cef_network *net = NULL;
    const cef_status status = cef_network_create(w.ctx, input, &net, e);
    cef_network_destroy(net);
    return status;
}

static cef_status give_settings(const void *input, cef_error *e)
{
    cef_solver *solver = NULL;
    const cef_status status = cef_solver_create(w.ctx, w.net, input, &solver, e);
    cef_solver_destroy(solver);
    return status;
}

static cef_status give_snapshot(const void *input, cef_error *e)
{
    return cef_solver_solve(w.solver, input, NULL, NULL, e);
}

static cef_status give_batch_options(const void *input, cef_error *e)
{
    cef_batch *batch = NULL;
    const cef_status status = cef_batch_create(w.ctx, w.net, NULL, input, &batch, e);
    cef_batch_destroy(batch);
    return status;
}

static cef_status give_batch_data(const void *input, cef_error *e)
{
    return cef_batch_solve(w.batch, input, NULL, NULL, e);
}

static cef_status give_batch_result(const void *input, cef_error *e)
{
    const cef_batch_data data = world_batch_data();
    return cef_batch_solve(w.batch, &data, (void *) (uintptr_t) input, NULL, e);
}

static cef_status give_grid_options(const void *input, cef_error *e)
{
    cef_grid *grid = NULL;
    const cef_status status = cef_grid_create(w.ctx, input, &grid, e);
    cef_grid_destroy(grid);
    return status;
}

static cef_status give_factor_options(const void *input, cef_error *e) { return cef_case_price(w.c, input, NULL, e); }

static cef_status give_solution(const void *input, cef_error *e)
{
    const cef_snapshot snapshot = world_snapshot();
    return cef_solver_solve(w.solver, &snapshot, (void *) (uintptr_t) input, NULL, e);
}

static cef_status give_storage_data(const void *input, cef_error *e)
{
    cef_storage *storage = NULL;
    const cef_status status = cef_storage_create(w.ctx, input, NULL, &storage, e);
    cef_storage_destroy(storage);
    return status;
}

static cef_status give_storage_settings(const void *input, cef_error *e)
{
    const cef_storage_data data = world_storage_data();
    cef_storage *storage = NULL;
    const cef_status status = cef_storage_create(w.ctx, &data, input, &storage, e);
    cef_storage_destroy(storage);
    return status;
}

static cef_status give_storage_flows(const void *input, cef_error *e)
{
    const double p[1] = {-1}, x[1] = {0.5};
    return cef_storage_step(w.storage, p, x, 1, (void *) (uintptr_t) input, e);
}

Test(struct_sizes, input)
{
    const cef_storage_data storage_data = world_storage_data();
    const cef_storage_flows storage_flows = {.struct_size = sizeof storage_flows};
    cef_storage_settings storage_settings;
    cef_storage_settings_init(&storage_settings, sizeof storage_settings);
    check_input("cef_storage_data", give_storage_data, &storage_data, sizeof storage_data);
    check_input("cef_storage_settings", give_storage_settings, &storage_settings, sizeof storage_settings);
    check_input("cef_storage_flows", give_storage_flows, &storage_flows, sizeof storage_flows);
    const cef_context_options context_options = {.struct_size = sizeof context_options};
    const cef_network_data data = world_network_data();
    const cef_snapshot snapshot = world_snapshot();
    const cef_grid_options grid_options = world_grid_options();
    const cef_factor_options factor_options = {.struct_size = sizeof factor_options};
    const cef_solution solution = {.struct_size = sizeof solution};
    const cef_batch_options batch_options = {.struct_size = sizeof batch_options};
    const cef_batch_data batch_data = world_batch_data();
    const cef_batch_result batch_result = {.struct_size = sizeof batch_result};
    check_input("cef_batch_options", give_batch_options, &batch_options, sizeof batch_options);
    check_input("cef_batch_data", give_batch_data, &batch_data, sizeof batch_data);
    check_input("cef_batch_result", give_batch_result, &batch_result, sizeof batch_result);
    cef_settings settings;
    cef_settings_init(&settings, sizeof settings);
    check_input("cef_context_options", give_context_options, &context_options, sizeof context_options);
    check_input("cef_network_data", give_network_data, &data, sizeof data);
    check_input("cef_settings", give_settings, &settings, sizeof settings);
    check_input("cef_snapshot", give_snapshot, &snapshot, sizeof snapshot);
    check_input("cef_grid_options", give_grid_options, &grid_options, sizeof grid_options);
    check_input("cef_factor_options", give_factor_options, &factor_options, sizeof factor_options);
    check_input("cef_solution", give_solution, &solution, sizeof solution);
}

/* ---- short input takes defaults ---- */

Test(struct_sizes, short_context_options)
{
    cef_context *ctx = NULL;
    cef_context_options options = {.struct_size = offsetof(cef_context_options, log), .log_level = 77, .reserved = 1};
    cr_assert(cef_context_create(&options, &ctx, &error) == CEF_OK, "%s", error.message);
    cef_context_destroy(ctx);
    options.struct_size = sizeof options;
    cr_assert(cef_context_create(&options, &ctx, &error) == CEF_ERR_ARGUMENT, "the whole struct holds nonsense");
}

/* A settings struct that ends before loss_policy cannot ask for a policy: what stands behind its end is not read. */
Test(struct_sizes, short_settings)
{
    cef_solver *solver = NULL;
    cef_settings settings;
    cef_settings_init(&settings, sizeof settings);
    settings.loss_policy = 77;
    cr_assert(cef_solver_create(w.ctx, w.net, &settings, &solver, &error) == CEF_ERR_ARGUMENT);
    settings.struct_size = offsetof(cef_settings, loss_policy);
    cr_assert(cef_solver_create(w.ctx, w.net, &settings, &solver, &error) == CEF_OK, "%s", error.message);
    cef_solver_destroy(solver);
}

Test(struct_sizes, settings_init)
{
    for (size_t size = sizeof(size_t); size <= sizeof(cef_settings) + TAIL; size += 4) {
        _Alignas(16) unsigned char bytes[sizeof(cef_settings) + 2 * TAIL];
        size_t set = 0;
        memset(bytes, UNTOUCHED, sizeof bytes);
        cef_settings_init((cef_settings *) (void *) bytes, size);
        memcpy(&set, bytes, sizeof set);
        cr_assert(set == size, "struct_size %zu after cef_settings_init(%zu)", set, size);
        for (size_t k = size; k < sizeof bytes; k++)
            cr_assert(bytes[k] == UNTOUCHED, "byte %zu of a struct of %zu was written", k, size);
        for (size_t k = sizeof(cef_settings); k < size; k++)
            cr_assert(bytes[k] == 0, "byte %zu, unknown to this libcef, must be 0", k);
    }
}

Test(struct_sizes, short_storage_settings)
{
    const cef_storage_data data = world_storage_data();
    cef_storage_settings settings;
    cef_storage *storage = NULL;
    cef_storage_settings_init(&settings, sizeof settings);
    settings.model = 77;
    cr_assert(cef_storage_create(w.ctx, &data, &settings, &storage, &error) == CEF_ERR_ARGUMENT);
    settings.struct_size = offsetof(cef_storage_settings, model);
    cr_assert(cef_storage_create(w.ctx, &data, &settings, &storage, &error) == CEF_OK, "%s", error.message);
    cef_storage_destroy(storage);
}

Test(struct_sizes, storage_settings_init)
{
    for (size_t size = sizeof(size_t); size <= sizeof(cef_storage_settings) + TAIL; size += 4) {
        _Alignas(16) unsigned char bytes[sizeof(cef_storage_settings) + 2 * TAIL];
        size_t set = 0;
        memset(bytes, UNTOUCHED, sizeof bytes);
        cef_storage_settings_init((cef_storage_settings *) (void *) bytes, size);
        memcpy(&set, bytes, sizeof set);
        cr_assert(set == size, "struct_size %zu after cef_storage_settings_init(%zu)", set, size);
        for (size_t k = size; k < sizeof bytes; k++)
            cr_assert(bytes[k] == UNTOUCHED, "byte %zu of a struct of %zu was written", k, size);
        for (size_t k = sizeof(cef_storage_settings); k < size; k++)
            cr_assert(bytes[k] == 0, "byte %zu, unknown to this libcef, must be 0", k);
    }
}

/* Flows that end early lack arrays; what lies behind the end must not be followed. */
Test(struct_sizes, short_storage_flows)
{
    const double p[1] = {-1}, x[1] = {0.5};
    double energy[1] = {-1};
    cef_storage_flows flows = {.energy = energy};
    memset((char *) &flows + offsetof(cef_storage_flows, carbon), UNTOUCHED,
           sizeof flows - offsetof(cef_storage_flows, carbon));
    flows.struct_size = offsetof(cef_storage_flows, carbon);
    cr_assert(cef_storage_step(w.storage, p, x, 1, &flows, &error) == CEF_OK, "%s", error.message);
    cr_assert(energy[0] == 51, "50 MWh and 1 MW for an hour, got %g", energy[0]);
}

/* A network_data, snapshot or solution that ends early lacks arrays; what lies behind its end must not be followed. */
Test(struct_sizes, short_solution)
{
    const cef_snapshot snapshot = world_snapshot();
    double intensity[2] = {-1, -1};
    cef_solution solution = {.bus_intensity = intensity};
    memset((char *) &solution + offsetof(cef_solution, bus_throughput), UNTOUCHED,
           sizeof solution - offsetof(cef_solution, bus_throughput));
    solution.struct_size = offsetof(cef_solution, bus_throughput);
    cr_assert(cef_solver_solve(w.solver, &snapshot, &solution, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(intensity[0] > 0.44 && intensity[0] < 0.46, "5.4 tCO2/h over 12 MW is 0.45, got %g", intensity[0]);
}

Test(struct_sizes, short_grid_options)
{
    cef_grid_options options = world_grid_options();
    cef_grid *grid = NULL;
    options.numbering = 77;
    cr_assert(cef_grid_create(w.ctx, &options, &grid, &error) != CEF_OK);
    options.struct_size = offsetof(cef_grid_options, numbering);
    cr_assert(cef_grid_create(w.ctx, &options, &grid, &error) == CEF_OK, "%s", error.message);
    cef_grid_destroy(grid);
}

Test(struct_sizes, short_factor_options)
{
    cef_factor_options options = {.struct_size = offsetof(cef_factor_options, missing), .missing = 77};
    cr_assert(cef_case_price(w.c, &options, NULL, &error) == CEF_OK, "%s", error.message);
    options.struct_size = sizeof options;
    cr_assert(cef_case_price(w.c, &options, NULL, &error) != CEF_OK, "missing = 77 is nothing");
}

/* ---- output ---- */

static cef_status take_network_data(void *output, cef_error *e) { return cef_network_describe(w.net, output, e); }
static cef_status take_grid_network(void *output, cef_error *e) { return cef_grid_network(w.grid, output, e); }
static cef_status take_grid_snapshot(void *output, cef_error *e) { return cef_grid_snapshot(w.grid, output, e); }
static cef_status take_case_snapshot(void *output, cef_error *e) { return cef_case_snapshot(w.c, output, e); }
static cef_status take_case_storage(void *output, cef_error *e) { return cef_case_storage(w.c, output, e); }
static cef_status take_case_info(void *output, cef_error *e) { return cef_case_describe(w.c, output, e); }
static cef_status take_factor_info(void *output, cef_error *e) { return cef_case_price(w.c, NULL, output, e); }

static cef_status take_storage_info(void *output, cef_error *e) { return cef_storage_describe(w.storage, output, e); }

/* Seconds differ from call to call: they are taken out of the comparison. */
static cef_status take_solve_info(void *output, cef_error *e)
{
    const cef_snapshot snapshot = world_snapshot();
    const cef_status status = cef_solver_solve(w.solver, &snapshot, NULL, output, e);
    size_t size = 0;
    memcpy(&size, output, sizeof size);
    const size_t seconds = offsetof(cef_solve_info, order_seconds), end = seconds + 2 * sizeof(double);
    if (size > seconds)
        memset((char *) output + seconds, 0, (size < end ? size : end) - seconds);
    return status;
}

static cef_status take_batch_info(void *output, cef_error *e)
{
    const cef_batch_data data = world_batch_data();
    const cef_status status = cef_batch_solve(w.batch, &data, NULL, output, e);
    size_t size = 0;
    memcpy(&size, output, sizeof size);
    const size_t seconds = offsetof(cef_batch_info, seconds), end = seconds + sizeof(double);
    if (size > seconds)
        memset((char *) output + seconds, 0, (size < end ? size : end) - seconds);
    return status;
}

/* A result that ends early lacks arrays; what lies behind its end is not followed. */
Test(struct_sizes, short_batch_result)
{
    const cef_batch_data data = world_batch_data();
    double intensity[2] = {-1, -1};
    cef_batch_result result = {.bus_intensity = intensity};
    memset((char *) &result + offsetof(cef_batch_result, bus_throughput), UNTOUCHED,
           sizeof result - offsetof(cef_batch_result, bus_throughput));
    result.struct_size = offsetof(cef_batch_result, bus_throughput);
    cr_assert(cef_batch_solve(w.batch, &data, &result, NULL, &error) == CEF_OK, "%s", error.message);
    cr_assert(intensity[0] > 0.44 && intensity[0] < 0.46, "5.4 tCO2/h over 12 MW is 0.45, got %g", intensity[0]);
}

Test(struct_sizes, output)
{
    const cef_snapshot snapshot = world_snapshot();
    cr_assert(cef_solver_solve(w.solver, &snapshot, NULL, NULL, &error) == CEF_OK, "%s", error.message);
    check_output("cef_network_describe", take_network_data, sizeof(cef_network_data));
    check_output("cef_grid_network", take_grid_network, sizeof(cef_network_data));
    check_output("cef_grid_snapshot", take_grid_snapshot, sizeof(cef_snapshot));
    check_output("cef_case_snapshot", take_case_snapshot, sizeof(cef_snapshot));
    check_output("cef_case_storage", take_case_storage, sizeof(cef_storage_data));
    check_output("cef_case_describe", take_case_info, sizeof(cef_case_info));
    check_output("cef_case_price", take_factor_info, sizeof(cef_factor_info));
    check_output("cef_storage_describe", take_storage_info, sizeof(cef_storage_info));
    check_output("cef_solver_solve info", take_solve_info, sizeof(cef_solve_info));
    check_output("cef_batch_solve info", take_batch_info, sizeof(cef_batch_info));
}

/* An error struct of any size is filled as far as it goes, and one without a size is left alone. */
Test(struct_sizes, error)
{
    cef_error full = {.struct_size = sizeof full};
    cr_assert(cef_context_create(NULL, NULL, &full) == CEF_ERR_ARGUMENT);
    for (size_t given = 0; given <= sizeof(cef_error) + TAIL; given++) {
        _Alignas(16) unsigned char part[sizeof(cef_error) + 2 * TAIL];
        memset(part, UNTOUCHED, sizeof part);
        memcpy(part, &given, sizeof given);
        cr_assert(cef_context_create(NULL, NULL, (cef_error *) (void *) part) == CEF_ERR_ARGUMENT);
        cr_assert(memcmp(part, &given, sizeof given) == 0);
        const size_t end = given < sizeof(size_t) ? sizeof(size_t) : given < sizeof full ? given : sizeof full;
        cr_assert(memcmp(part + 8, (unsigned char *) &full + 8, end - 8) == 0, "%zu bytes: not filled", given);
        for (size_t k = end; k < sizeof part; k++)
            cr_assert(part[k] == UNTOUCHED, "%zu bytes: byte %zu was written", given, k);
    }
}
