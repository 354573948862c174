/* SPDX-License-Identifier: Apache-2.0 */
/* libcef inside an energy management system: the network once, then arrays in and arrays out each cycle.
 *
 *   bus 0 coal ---- bus 1 gas, 80 MW of load       The wind at bus 2 rises, so that the tie 0-2 and the line 1-2 turn
 *         \         /                              round. The host owns every array, hands libcef its own allocator and
 *          bus 2 wind, 60 MW of load               shows that a cycle allocates nothing. One cycle brings a bad
 *                                                  measurement: it is refused by name and the last values stand.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cef/cef.h>

enum { N_BUS = 3, N_BRANCH = 3, N_GEN = 3, N_LOAD = 2, N_CYCLE = 12, BAD_CYCLE = 7 };

/* ---- the host's allocator: counts, and could draw from any pool ---- */
typedef struct {
    int64_t calls, blocks_held, bytes_held;
} host_memory;

static void *host_alloc(void *user, size_t size, size_t align)
{
    host_memory *memory = user;
    void *block = NULL;
    if (posix_memalign(&block, align < sizeof(void *) ? sizeof(void *) : align, size))
        return NULL;
    memory->calls++;
    memory->blocks_held++;
    memory->bytes_held += (int64_t) size;
    return block;
}

static void host_free(void *user, void *block, size_t size)
{
    host_memory *memory = user;
    if (!block)
        return;
    memory->blocks_held--;
    memory->bytes_held -= (int64_t) size;
    free(block);
}

/* ---- what telemetry delivers each cycle, MW ---- */
typedef struct {
    double branch_p[N_BRANCH]; /* at the from end; the grid is taken as lossless */
    double gen_p[N_GEN];
    double load_p[N_LOAD];
} telemetry;

static const double GEN_INTENSITY[N_GEN] = {0.9, 0.4, 0.0}; /* tCO2/MWh: coal, gas, wind */

/* A stand-in for the state estimator: three equal lines, so a flow is a third of the difference of injections. */
static void measure(telemetry *now, int cycle)
{
    const double wind = 10.0 * cycle, gas = 20.0, load_1 = 80.0, load_2 = 60.0;
    const double coal = load_1 + load_2 - gas - wind;
    const double injection[N_BUS] = {coal, gas - load_1, wind - load_2};
    now->gen_p[0] = coal;
    now->gen_p[1] = gas;
    now->gen_p[2] = wind;
    now->load_p[0] = load_1;
    now->load_p[1] = load_2;
    now->branch_p[0] = (injection[0] - injection[1]) / 3.0;
    now->branch_p[1] = (injection[1] - injection[2]) / 3.0;
    now->branch_p[2] = (injection[0] - injection[2]) / 3.0;
    if (cycle == BAD_CYCLE)
        now->load_p[1] = (double) NAN; /* a dead transducer */
}

static cef_status build_solver(cef_context *context, cef_solver **solver, cef_error *error)
{
    static const cef_id bus_id[N_BUS] = {101, 102, 103};
    static const cef_index branch_from[N_BRANCH] = {0, 1, 0}, branch_to[N_BRANCH] = {1, 2, 2};
    static const cef_index gen_bus[N_GEN] = {0, 1, 2}, load_bus[N_LOAD] = {1, 2};
    const cef_network_data data = {.struct_size = sizeof data,
                                   .bus_id = bus_id,
                                   .branch_from = branch_from,
                                   .branch_to = branch_to,
                                   .gen_bus = gen_bus,
                                   .load_bus = load_bus,
                                   .n_bus = N_BUS,
                                   .n_branch = N_BRANCH,
                                   .n_gen = N_GEN,
                                   .n_load = N_LOAD};
    cef_network *network = NULL;
    cef_status status = cef_network_create(context, &data, &network, error);
    if (!status)
        status = cef_solver_create(context, network, NULL, solver, error);
    cef_network_destroy(network); /* the solver keeps what it needs */
    return status;
}

/* Returns false when the result cannot be used; then `intensity` is to be ignored. */
static bool run_cycle(cef_solver *solver, int cycle, double *intensity, double *load_carbon)
{
    telemetry now;
    measure(&now, cycle);
    const cef_snapshot snapshot = {.struct_size = sizeof snapshot,
                                   .branch_p_from = now.branch_p,
                                   .gen_p = now.gen_p,
                                   .gen_intensity = GEN_INTENSITY,
                                   .load_p = now.load_p};
    cef_solution solution = {.struct_size = sizeof solution, .bus_intensity = intensity, .load_carbon = load_carbon};
    cef_solve_info info = {.struct_size = sizeof info};
    cef_error error = {.struct_size = sizeof error};
    if (cef_solver_solve(solver, &snapshot, &solution, &info, &error)) {
        printf("cycle %2d refused [%s]: %s\n", cycle, error.code, error.message);
        return false;
    }
    printf("cycle %2d  intensity %.4f %.4f %.4f tCO2/MWh  load carbon %6.2f tCO2/h  order %s\n", cycle, intensity[0],
           intensity[1], intensity[2], info.total_load, info.order_reused ? "kept" : "new");
    return true;
}

/* All cycles; returns how many allocations they caused. `last` keeps the newest good intensities. */
static int64_t run_cycles(cef_solver *solver, const host_memory *memory, double *last, int *n_good)
{
    const int64_t calls_before = memory->calls;
    for (int cycle = 0; cycle < N_CYCLE; cycle++) {
        double intensity[N_BUS], load_carbon[N_LOAD];
        if (!run_cycle(solver, cycle, intensity, load_carbon))
            continue;
        for (int bus = 0; bus < N_BUS; bus++)
            last[bus] = intensity[bus];
        (*n_good)++;
    }
    return memory->calls - calls_before;
}

int main(void)
{
    host_memory memory = {0, 0, 0};
    const cef_allocator allocator = {host_alloc, host_free, &memory};
    const cef_context_options options = {.struct_size = sizeof options, .allocator = &allocator};
    cef_error error = {.struct_size = sizeof error};
    cef_context *context = NULL;
    cef_solver *solver = NULL;
    cef_status status = cef_context_create(&options, &context, &error);
    if (!status)
        status = build_solver(context, &solver, &error);
    if (status) {
        fprintf(stderr, "libcef: %s [%s]\n", error.message, error.code);
        cef_context_destroy(context);
        return EXIT_FAILURE;
    }
    cef_context_destroy(context); /* the solver keeps it alive: the order of destruction is free */

    const int64_t created = memory.calls;
    double last[N_BUS] = {0.0, 0.0, 0.0};
    int n_good = 0;
    const int64_t in_cycles = run_cycles(solver, &memory, last, &n_good);
    cef_solver_destroy(solver);

    printf("%d of %d cycles good; last intensities %.4f %.4f %.4f\n", n_good, (int) N_CYCLE, last[0], last[1], last[2]);
    printf("allocations: %s at creation, %lld in the cycles, %lld blocks left\n", created > 0 ? "some" : "none",
           (long long) in_cycles, (long long) memory.blocks_held);
    return n_good == N_CYCLE - 1 && in_cycles == 0 && memory.blocks_held == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
