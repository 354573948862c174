/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room storage: carbon held in stores, one period at a time. Knows nothing of networks and solvers. */
#ifndef CEF_STORAGE_STORAGE_H
#define CEF_STORAGE_STORAGE_H

#include <cef/storage.h>

#include "base/base.h"

/* A sum that loses nothing to its size (Neumaier 1974). */
typedef struct {
    double sum, carry;
} store_sum;

/* What one period does to one store. Energies in MWh, carbon in tCO2. */
typedef struct {
    double energy, carbon; /* at the end */
    double energy_drawn, energy_delivered, energy_lost;
    double carbon_drawn, carbon_delivered, owner_loss;
    bool emptied; /* held energy at the start, none at the end */
} store_flow;

/* Sums of one store since creation. */
typedef struct {
    double energy_start, carbon_start;
    store_sum energy_drawn, energy_delivered, energy_lost, carbon_drawn, carbon_delivered, owner_loss;
} store_tally;

typedef struct {
    cef_id id;
    double capacity; /* MWh, maybe infinite */
    double efficiency_charge, efficiency_discharge;
    double retention;      /* share of the energy at the start that is left at the end */
    double retention_used; /* the same of what flows within the period: 1 for one substep */
    double intensity;      /* tCO2/MWh of CEF_STORAGE_STATIC, else not read */
} store_traits;

struct cef_storage {
    cef_context *ctx;
    cef_storage_settings settings;
    cef_index n;
    store_traits *traits; /* [n] */
    double *energy;       /* [n] MWh held */
    double *carbon;       /* [n] tCO2 held */
    store_flow *flow;     /* [n] of the period at hand */
    double *price;        /* [n] for whoever drives the stores: intensities of the period at hand */
    double *at_bus;       /* [n] likewise: bus intensities */
    store_tally *tally;   /* [n] */
    store_sum hours;
    int64_t n_periods, n_emptied, n_skipped;
    cef_index place; /* for whoever drives several: which one this is */
    size_t size;
};

void storage_settings_default(cef_storage_settings *settings);
cef_status storage_settings_check(const cef_storage_settings *settings, cef_error *error);
/* Every number of the stores within its range, and what each model needs is there. */
cef_status storage_data_check(const cef_storage_data *data, const cef_storage_settings *settings, cef_error *error);
cef_status storage_create(cef_context *ctx, const cef_storage_data *data, const cef_storage_settings *settings,
                          cef_storage **out, cef_error *error);
void storage_destroy(cef_storage *storage);
void storage_intensity(const cef_storage *storage, double *intensity);
cef_status storage_step(cef_storage *storage, const double *storage_p, const double *bus_intensity, double hours,
                        const cef_storage_flows *flows, cef_error *error);
/* What storage_step would refuse before it knows the bus intensities. */
cef_status storage_check_period(const cef_storage *storage, const double *storage_p, double hours, cef_error *error);
/* A period without bus intensities: what moves is moved, what is then not known is NaN. Fails on hours only. */
cef_status storage_skip(cef_storage *storage, const double *storage_p, double hours, const cef_storage_flows *flows,
                        cef_error *error);
void storage_describe(const cef_storage *storage, cef_storage_info *out);

/* The models (period.c), on numbers already checked. Energy: fills the energies of *flow; `energy` may still be beyond
 * the limits, which the caller checks; store_settle_energy then brings it within them. Carbon: the rest of *flow. */
void store_move_energy(const store_traits *traits, double held, double p, double hours, store_flow *flow);
void store_settle_energy(const store_traits *traits, double held, double tol, store_flow *flow);
void store_move_carbon(const store_traits *traits, int32_t model, double held, double carbon, double bus_intensity,
                       store_flow *flow);
/* tCO2/MWh of what is discharged; NaN if undefined. */
double store_intensity(const store_traits *traits, int32_t model, double held, double carbon);

double storage_carbon_held(const cef_storage *storage); /* tCO2, all stores */
void store_sum_add(store_sum *sum, double value);
double store_sum_value(const store_sum *sum);
void store_tally_add(store_tally *tally, const store_flow *flow);

#endif /* CEF_STORAGE_STORAGE_H */
