/* SPDX-License-Identifier: Apache-2.0 */
/* Synthetic grids keep their promises: exact balance, structure in range, the same everywhere. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "grid_facts.h"

static const struct {
    cef_index n_bus;
    uint64_t seed;
    int32_t kind, numbering;
} grids[] = {
    {1000, 1, CEF_GRID_TRANSMISSION, CEF_NUMBERING_NATURAL},  {10000, 2, CEF_GRID_TRANSMISSION, CEF_NUMBERING_RANDOM},
    {50000, 3, CEF_GRID_TRANSMISSION, CEF_NUMBERING_NATURAL}, {1000, 4, CEF_GRID_FEEDER, CEF_NUMBERING_RANDOM},
    {20000, 5, CEF_GRID_FEEDER, CEF_NUMBERING_NATURAL},
};
#define N_GRIDS (sizeof grids / sizeof grids[0])
#define MAKE(k) test_grid_make(grids[k].n_bus, grids[k].seed, grids[k].kind, grids[k].numbering)

Test(generate, every_bus_balances_to_zero)
{
    for (size_t k = 0; k < N_GRIDS; k++) {
        test_grid g = MAKE(k);
        cr_assert(worst_imbalance(&g) == 0.0, "grid %zu misses by %g MW", k, worst_imbalance(&g));
        test_grid_end(&g);
    }
}

Test(generate, powers_are_multiples_of_a_1024th)
{
    for (size_t k = 0; k < N_GRIDS; k++) {
        test_grid g = MAKE(k);
        cr_assert(powers_are_multiples(&g), "grid %zu", k);
        test_grid_end(&g);
    }
}

Test(generate, every_size_is_one_balanced_island)
{
    for (int32_t kind = CEF_GRID_TRANSMISSION; kind <= CEF_GRID_FEEDER; kind++)
        for (cef_index n = 2; n < 300; n++) {
            test_grid g = test_grid_make(n, (uint64_t) n, kind, n % 2);
            cr_assert(g.net.n_bus == n && count_islands(&g) == 1, "%d buses", n);
            cr_assert(worst_imbalance(&g) == 0.0 && powers_are_multiples(&g), "%d buses", n);
            cr_assert(n < 50 || find_loops(&g).n_loop >= 1, "%d buses: no loop", n);
            test_grid_end(&g);
        }
}

Test(generate, structure_is_in_range)
{
    for (size_t k = 0; k < N_GRIDS; k++) {
        test_grid g = MAKE(k);
        const double n = g.net.n_bus, ratio = g.net.n_branch / n, dead = count_dead_buses(&g) / n;
        const bool feeder = grids[k].kind == CEF_GRID_FEEDER;
        cr_assert(ratio >= (feeder ? 1.0 : 1.2) && ratio <= (feeder ? 1.05 : 1.5), "grid %zu: ratio %g", k, ratio);
        cr_assert(dead >= 0.05 && dead <= 0.10, "grid %zu: dead %g", k, dead);
        cr_assert(g.net.n_gen / n >= 0.16 && g.net.n_gen / n <= 0.26, "grid %zu: units %g", k, g.net.n_gen / n);
        cr_assert(g.net.n_load / n >= 0.40 && g.net.n_load / n <= 0.62, "grid %zu: loads %g", k, g.net.n_load / n);
        cr_assert(count_islands(&g) == 1, "grid %zu is not connected", k);
        test_grid_end(&g);
    }
}

Test(generate, loops_are_small_and_as_many_as_said)
{
    for (size_t k = 0; k < N_GRIDS; k++) {
        test_grid g = MAKE(k);
        const loop_facts loops = find_loops(&g);
        const double expected = g.net.n_bus / 500.0;
        cr_assert(loops.n_loop >= 0.8 * expected && loops.n_loop <= 1.2 * expected + 2, "grid %zu: %d loops", k,
                  loops.n_loop);
        cr_assert(loops.largest >= 2 && loops.largest <= 15, "grid %zu: a loop of %d buses", k, loops.largest);
        cr_assert(g.net.n_bus < 10000 || loops.largest >= 8, "grid %zu: only loops up to %d", k, loops.largest);
        test_grid_end(&g);
    }
}

Test(generate, paths_are_as_long_as_in_real_grids)
{
    test_grid g = MAKE(1);
    const cef_index longest = find_loops(&g).longest_path;
    cr_assert(longest >= 50 && longest <= 250, "%d arcs", longest);
    test_grid_end(&g);
}

/* Branches fed from both ends, negative losses and negative loads are there, but few; losses are about a hundredth. */
Test(generate, odd_branches_and_loads_are_few)
{
    test_grid g = MAKE(2);
    double both = 0, negative = 0, deliver = 0, parallel_sum = 0, loss = 0, load = 0, injecting = 0;
    for (cef_index k = 0; k < g.net.n_branch; k++) {
        const double from = g.now.branch_p_from[k], to = g.now.branch_p_to[k];
        both += from > 0 && to > 0;
        deliver += (from < 0 && to <= 0) || (to < 0 && from <= 0);
        negative += from + to < 0;
        loss += from + to;
        parallel_sum +=
            k > 0 && g.net.branch_from[k] + g.net.branch_to[k] == g.net.branch_from[k - 1] + g.net.branch_to[k - 1];
    }
    for (cef_index k = 0; k < g.net.n_load; k++) {
        load += g.now.load_p[k];
        injecting += g.now.load_p[k] < 0;
        cr_assert(g.now.load_p[k] > 0 || g.now.load_intensity[k] > 0, "load %d injects without an intensity", k);
    }
    const double n = g.net.n_branch;
    cr_assert(both / n > 0.001 && both / n < 0.006, "%g both-ends-fed", both / n);
    cr_assert(negative / n > 0.001 && negative / n < 0.006, "%g negative losses", negative / n);
    cr_assert(deliver == 0 && parallel_sum / n > 0.02);
    cr_assert(injecting / g.net.n_load > 0.002 && injecting / g.net.n_load < 0.01, "%g", injecting / g.net.n_load);
    cr_assert(loss / load > 0.005 && loss / load < 0.03, "losses %g", loss / load);
    test_grid_end(&g);
}

Test(generate, units_have_known_fuels_and_decimal_intensities)
{
    static const struct {
        const char *name;
        double low, high;
    } fuels[] = {{"coal", 0.85, 1.05}, {"ng", 0.35, 0.55}, {"nuclear", 0, 0},  {"wind", 0, 0},
                 {"solar", 0, 0},      {"hydro", 0, 0},    {"oil", 0.65, 0.85}};
    size_t seen[7] = {0};
    test_grid g = MAKE(2);
    for (cef_index k = 0; k < g.net.n_gen; k++) {
        size_t f = 0;
        while (f < 7 && strcmp(fuels[f].name, cef_grid_gen_fuel(g.grid, k)) != 0)
            f++;
        cr_assert(f < 7, "unit %d burns '%s'", k, cef_grid_gen_fuel(g.grid, k));
        seen[f]++;
        const double x = g.now.gen_intensity[k];
        cr_assert(x >= fuels[f].low && x <= fuels[f].high && x == round(1000 * x) / 1000, "unit %d: %g", k, x);
        cr_assert(g.now.gen_p[k] >= 0);
    }
    for (size_t f = 0; f < 7; f++)
        cr_assert(seen[f] > 0, "no unit burns %s", fuels[f].name);
    cr_assert(strcmp(cef_grid_gen_fuel(g.grid, -1), "") == 0);
    cr_assert(strcmp(cef_grid_gen_fuel(g.grid, g.net.n_gen), "") == 0);
    test_grid_end(&g);
}

/* Stored: a change of any bit on any machine, compiler or level of optimisation is a change of every published figure.
 */
Test(generate, the_same_seed_gives_the_same_bits)
{
    static const struct {
        int32_t kind, numbering;
        uint64_t hash;
    } stored[] = {{CEF_GRID_TRANSMISSION, CEF_NUMBERING_NATURAL, UINT64_C(0xe108d53189fe1979)},
                  {CEF_GRID_TRANSMISSION, CEF_NUMBERING_RANDOM, UINT64_C(0x233aca9b011510f8)},
                  {CEF_GRID_FEEDER, CEF_NUMBERING_NATURAL, UINT64_C(0xee381bb0ece03da5)}};
    for (size_t k = 0; k < sizeof stored / sizeof stored[0]; k++) {
        test_grid g = test_grid_make(3000, 42, stored[k].kind, stored[k].numbering);
        cr_expect(hash_columns(&g) == stored[k].hash, "grid %zu: 0x%llx", k, (unsigned long long) hash_columns(&g));
        test_grid_end(&g);
    }
}

Test(generate, another_seed_gives_another_grid)
{
    test_grid a = test_grid_make(500, 1, CEF_GRID_TRANSMISSION, CEF_NUMBERING_NATURAL);
    test_grid b = test_grid_make(500, 2, CEF_GRID_TRANSMISSION, CEF_NUMBERING_NATURAL);
    cr_assert(hash_physics(&a) != hash_physics(&b));
    test_grid_end(&a);
    test_grid_end(&b);
}

Test(generate, numberings_are_the_same_grid)
{
    for (int32_t kind = CEF_GRID_TRANSMISSION; kind <= CEF_GRID_FEEDER; kind++) {
        test_grid natural = test_grid_make(5000, 9, kind, CEF_NUMBERING_NATURAL);
        test_grid random = test_grid_make(5000, 9, kind, CEF_NUMBERING_RANDOM);
        cr_assert(hash_physics(&natural) == hash_physics(&random));
        cr_assert(hash_columns(&natural) != hash_columns(&random));
        test_grid_end(&natural);
        test_grid_end(&random);
    }
}

/* Mean distance of a branch's ends in the numbering: near in natural, a third of the grid in random. */
static double mean_reach(const test_grid *g)
{
    double sum = 0;
    for (cef_index k = 0; k < g->net.n_branch; k++)
        sum += fabs((double) g->net.branch_from[k] - g->net.branch_to[k]);
    return sum / g->net.n_branch;
}

Test(generate, natural_numbering_keeps_neighbours_close)
{
    test_grid natural = test_grid_make(20000, 9, CEF_GRID_TRANSMISSION, CEF_NUMBERING_NATURAL);
    test_grid random = test_grid_make(20000, 9, CEF_GRID_TRANSMISSION, CEF_NUMBERING_RANDOM);
    cr_assert(mean_reach(&natural) < 200, "%g", mean_reach(&natural));
    cr_assert(fabs(mean_reach(&random) / 20000 - 1.0 / 3) < 0.02, "%g", mean_reach(&random));
    for (cef_index bus = 0; bus < 20000; bus++)
        cr_assert(natural.net.bus_id[bus] == bus + 1);
    test_grid_end(&natural);
    test_grid_end(&random);
}
