/* SPDX-License-Identifier: Apache-2.0 */
/* What tests measure of a grid, from its public columns only. */
#ifndef CEF_TESTS_GRID_FACTS_H
#define CEF_TESTS_GRID_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include <cef/cef.h>

typedef struct {
    cef_context *ctx;
    cef_grid *grid;
    cef_network_data net;
    cef_snapshot now;
} test_grid;

test_grid test_grid_make(cef_index n_bus, uint64_t seed, int32_t kind, int32_t numbering);
void test_grid_end(test_grid *g);

double worst_imbalance(const test_grid *g);    /* MW, summed in integers of 2^-10 MW */
bool powers_are_multiples(const test_grid *g); /* of 2^-10 MW */
cef_index count_islands(const test_grid *g);
cef_index count_dead_buses(const test_grid *g);

/* Loops of flow: strongly connected components of two or more buses; longest path in arcs between components. */
typedef struct {
    cef_index n_loop, largest, longest_path;
} loop_facts;
loop_facts find_loops(const test_grid *g);

uint64_t hash_columns(const test_grid *g); /* of every byte, in the order of rows */
uint64_t hash_physics(const test_grid *g); /* by bus ids, whatever the order of rows */

#endif /* CEF_TESTS_GRID_FACTS_H */
