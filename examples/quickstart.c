/* SPDX-License-Identifier: Apache-2.0 */
/* From a case file to certified nodal carbon intensities: quickstart [CASE] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <cef/case.h>

#ifndef DEFAULT_CASE
#define DEFAULT_CASE "examples/ieee14.yaml"
#endif
#define SHOWN 14

int main(int argc, char **argv)
{
    cef_error error = {.struct_size = sizeof error};
    cef_case_info about = {.struct_size = sizeof about};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    cef_solution solution = {.struct_size = sizeof solution};
    cef_solve_info certificate = {.struct_size = sizeof certificate};
    cef_context *context = NULL;
    cef_case *grid = NULL;
    cef_solver *solver = NULL;
    int exit_code = EXIT_FAILURE;

    if (cef_context_create(NULL, &context, &error) || /* every call: 0 is success, the reason is in error */
        cef_case_read(context, argc > 1 ? argv[1] : DEFAULT_CASE, &grid, &error) ||
        cef_case_describe(grid, &about, &error) || cef_case_price(grid, NULL, NULL, &error) ||
        cef_case_check_flows(grid, 0.1, &error) || cef_case_snapshot(grid, &snapshot, &error) ||
        cef_solver_create(context, cef_case_network(grid), NULL, &solver, &error))
        goto done;

    solution.bus_intensity = malloc((size_t) about.n_bus * sizeof *solution.bus_intensity);
    if (!solution.bus_intensity)
        goto done;
    if (cef_solver_solve(solver, &snapshot, &solution, &certificate, &error))
        goto done;

    for (cef_index bus = 0; bus < about.n_bus && bus < SHOWN; bus++) {
        char id[64];
        cef_case_id(grid, CEF_BUS, bus, id, sizeof id);
        if (isnan(solution.bus_intensity[bus]))
            printf("bus %-8s carries no power\n", id);
        else
            printf("bus %-8s %.9f tCO2/MWh\n", id, solution.bus_intensity[bus]);
    }
    printf("load %.3f tCO2/h, certified: every intensity is within %.1e of exact\n", certificate.total_load,
           certificate.error_bound);
    exit_code = EXIT_SUCCESS;
done:
    if (error.status)
        fprintf(stderr, "%s [%s]\n", error.message, error.code);
    free(solution.bus_intensity);
    cef_solver_destroy(solver);
    cef_case_destroy(grid);
    cef_context_destroy(context);
    return exit_code;
}
