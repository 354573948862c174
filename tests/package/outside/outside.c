/* SPDX-License-Identifier: Apache-2.0 */
/* What a program outside the project does with an installed libcef: reads a case from memory and traces it.
 * Two buses: 60 MW of coal at 0.9 tCO2/MWh and 40 MW of wind at bus 1 feed 98 MW of load at bus 2 over a branch that
 * loses 2 MW. Both buses: 54 tCO2/h over 100 MW = 0.54 tCO2/MWh; load 52.92 tCO2/h, loss 1.08. */
#include <cef/case.h>
#include <cef/cef.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char text[] =
    "libcef: 1\n"
    "name: two buses\n"
    "base_mva: 100\n"
    "buses: [{id: 1}, {id: 2}]\n"
    "branches: [{id: a, from: 1, to: 2, p_from: 100, p_to: -98}]\n"
    "generators: [{id: coal, bus: 1, p: 60, intensity: 0.9}, {id: wind, bus: 1, p: 40, intensity: 0}]\n"
    "loads: [{id: l, bus: 2, p: 98}]\n";

static int trace(cef_context *ctx, cef_case *c, cef_error *error)
{
    cef_solver *solver = NULL;
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    cef_solve_info info = {.struct_size = sizeof info};
    double intensity[2] = {0}, load_carbon[1] = {0}, loss[1] = {0};
    cef_solution solution = {.struct_size = sizeof solution,
                             .bus_intensity = intensity,
                             .load_carbon = load_carbon,
                             .branch_carbon_loss = loss};
    if (cef_case_price(c, NULL, NULL, error) || cef_case_snapshot(c, &snapshot, error) ||
        cef_solver_create(ctx, cef_case_network(c), NULL, &solver, error))
        return 1;
    const cef_status status = cef_solver_solve(solver, &snapshot, &solution, &info, error);
    cef_solver_destroy(solver);
    if (status != CEF_OK)
        return 1;
    printf("intensity %.6f %.6f tCO2/MWh, load %.6f, loss %.6f tCO2/h, certified %d\n", intensity[0], intensity[1],
           load_carbon[0], loss[0], (int) info.certified);
    return !(info.certified == 1 && fabs(intensity[0] - 0.54) < 1e-12 && fabs(intensity[1] - 0.54) < 1e-12 &&
             fabs(load_carbon[0] - 52.92) < 1e-10 && fabs(loss[0] - 1.08) < 1e-10);
}

int main(void)
{
    cef_context *ctx = NULL;
    cef_case *c = NULL;
    cef_error error = {.struct_size = sizeof error};
    int failed = cef_abi_version() != CEF_ABI_VERSION || cef_context_create(NULL, &ctx, &error) ||
                 cef_case_read_memory(ctx, "two.yaml", "yaml", text, strlen(text), &c, &error) || trace(ctx, c, &error);
    if (failed)
        printf("failed: %s: %s\n", error.code, error.message);
    cef_case_destroy(c);
    cef_context_destroy(ctx);
    return failed;
}
