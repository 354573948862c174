/* SPDX-License-Identifier: Apache-2.0 */
/* Series whose stores carry carbon from period to period: as a batch solves them, and period by period by hand. */
#ifndef CEF_TESTS_COUPLED_H
#define CEF_TESTS_COUPLED_H

#include "series.h"

typedef struct { /* the stores of each scenario of a series, and a context of their own */
    cef_context *ctx;
    cef_index n_scenarios, n_storage;
    cef_storage **storage; /* [n_scenarios] */
} fleet;
/* Random efficiencies, leakage and energy at the start, other ones in each scenario: `plenty` times what the scenario
 * delivers in all its periods. No limit of capacity. Aborts if a handle cannot be made. */
fleet fleet_make(dice *d, const series *s, cef_index n_scenarios, int32_t kind, double plenty);
/* Stores that hold what those of `f` hold now: made by cef_storage_state and cef_storage_create from the same dice. */
fleet fleet_resumed(dice *d, const series *s, const fleet *f, int32_t kind);
void fleet_free(fleet *f);

typedef struct { /* everything a batch says of stores, and of the rest */
    outcome o;
    double *memory;
    size_t size;
} coupled;
coupled coupled_make(const series *s);
void coupled_free(coupled *c);
cef_batch_data coupled_data(const series *s, const fleet *f);
coupled coupled_run(const series *s, const fleet *f, const cef_settings *settings, const cef_batch_options *options);
uint64_t coupled_hash(const series *s, const coupled *c);
/* The same by cef_storage_intensity, cef_solver_solve and cef_storage_step, and cef_storage_skip where one of the last
 * two fails: rows of buses and stores, and statuses. */
coupled coupled_by_hand(series *s, const fleet *f, const cef_settings *settings);

#endif /* CEF_TESTS_COUPLED_H */
