/* SPDX-License-Identifier: Apache-2.0 */
/* Stores for the tests, through the public functions only. */
#ifndef CEF_TESTS_STORES_H
#define CEF_TESTS_STORES_H

#include <cef/cef.h>

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* A handle and the context it was made from; an assertion fails if it cannot be made. */
typedef struct {
    cef_context *ctx;
    cef_storage *storage;
} stores;
cef_storage_settings settings_of_model(int32_t model);
stores stores_open(const cef_storage_data *data, const cef_storage_settings *settings);
void stores_close(stores *s);

/* One store alone. */
typedef struct {
    double energy, intensity, capacity, efficiency_charge, efficiency_discharge, retention;
} one_store;
stores one_open(const one_store *store, const cef_storage_settings *settings);
double one_intensity(const stores *s);
/* Everything that a period did to store 0. */
typedef struct {
    double energy, carbon, energy_drawn, energy_delivered, energy_lost, carbon_drawn, carbon_delivered, owner_loss;
} one_flow;
one_flow one_step(const stores *s, double p, double x, double hours); /* must succeed */
/* The step is refused with this code for store 0 and changes nothing; `error` says more. */
void one_refused(const stores *s, double p, double x, double hours, const char *code, cef_error *error);
cef_storage_info stores_info(const stores *s);

/* Equal to `places` units of 2^-52 relative. */
int near(double value, double wanted, double places);

#endif /* CEF_TESTS_STORES_H */
