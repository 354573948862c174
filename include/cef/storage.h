/* SPDX-License-Identifier: Apache-2.0 */
/* cef/storage.h - carbon held in stores, carried from period to period.
 *
 * Units: MW, MWh, h, tCO2, tCO2/MWh. A power above 0 discharges, as in cef_snapshot. One period takes two calls,
 * because what a store delivers is priced by what it held when the period began:
 *
 *     before the trace:  cef_storage_intensity(storage, storage_intensity, &error);
 *                        snapshot.storage_intensity = storage_intensity;
 *                        cef_solver_solve(solver, &snapshot, &solution, NULL, &error);
 *     after it:          cef_storage_step(storage, storage_p, x, 0.25, NULL, &error);
 *
 * where x[k] is the bus_intensity of store k's bus.
 *
 * Models: docs/theory.md section 5. Stores are independent: several at one bus are exact.
 */
#ifndef CEF_STORAGE_H
#define CEF_STORAGE_H

#include <cef/context.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cef_storage cef_storage;

/* Where the carbon goes that a store draws. Under each: held at end - held at start = drawn - delivered - owner's loss.
 */
enum {
    CEF_STORAGE_CONSERVING = 0, /* all of it is held and delivered; losses concentrate it in what is delivered */
    CEF_STORAGE_TANK = 1,       /* it follows the energy held; that of energy lost is the owner's */
    CEF_STORAGE_STATIC =
        2, /* energy held is valued at a fixed intensity; what that misses, of either sign, is the owner's */
    CEF_STORAGE_LOAD = 3 /* charging is final consumption: the owner's; discharge carries nothing */
};

/* The stores and what they hold at the start; columns, read during cef_storage_create, not kept. */
typedef struct cef_storage_data {
    size_t struct_size;
    const cef_id *id;        /* [n_storage] the caller's numbers, for errors; NULL: 0..n_storage-1 */
    const double *energy;    /* [n_storage] MWh held, 0 .. capacity; NULL: all empty */
    const double *carbon;    /* [n_storage] tCO2 held (CONSERVING, TANK); NULL: from intensity */
    const double *intensity; /* [n_storage] tCO2/MWh of what is discharged; needed under STATIC, and under CONSERVING
                                and TANK where energy is held and carbon is NULL (read only there) */
    const double *capacity;  /* [n_storage] MWh, above 0, infinity allowed; NULL: no limit */
    const double *efficiency_charge;    /* [n_storage] 1e-6 .. 1; NULL: 1 */
    const double *efficiency_discharge; /* [n_storage] 1e-6 .. 1; NULL: 1 */
    const double *retention;            /* [n_storage] share of the energy held that a period leaves, 0 .. 1; NULL: 1 */
    cef_index n_storage;
    int32_t reserved; /* must be 0 */
} cef_storage_data;

typedef struct cef_storage_settings {
    size_t struct_size;
    double energy_tol; /* MWh, 0 .. 1e6, default 1e-6: a store that holds no more is empty; less than nothing, or more
                          than the capacity, by no more than this is taken for rounding */
    int32_t model;     /* CEF_STORAGE_*; default CEF_STORAGE_CONSERVING */
    int32_t substeps;  /* 1 .. 1000000, default 1: parts of a period in which retention acts between charging or
                          discharging, so that what is used early does not leak first */
    int32_t unknown;   /* 1: NaN in data.energy and data.carbon states that it is not known, as cef_storage_state gives
                          it after cef_storage_skip; 0 (default): NaN is an error */
    int32_t reserved;  /* must be 0 */
} cef_storage_settings;
/* Defaults for a struct of this size; sets settings->struct_size. */
CEF_API void cef_storage_settings_init(cef_storage_settings *settings, size_t struct_size);

/* What one period did, store by store: the caller's arrays; a NULL array is not wanted. */
typedef struct cef_storage_flows {
    size_t struct_size;
    double *energy;           /* [n_storage] MWh held at the end */
    double *carbon;           /* [n_storage] tCO2 held at the end */
    double *energy_drawn;     /* [n_storage] MWh taken from the grid */
    double *energy_delivered; /* [n_storage] MWh given to the grid */
    double *energy_lost;      /* [n_storage] MWh: drawn - delivered - increase of what is held */
    double *carbon_drawn;     /* [n_storage] tCO2 */
    double *carbon_delivered; /* [n_storage] tCO2 */
    double *owner_loss; /* [n_storage] tCO2 that stay with the owner; below 0 possible under STATIC, by rounding when a
                           store runs empty, and where an intensity is below 0 */
} cef_storage_flows;

/* The horizon: sums over all stores since creation, compensated. */
typedef struct cef_storage_info {
    size_t struct_size;
    double hours;
    double energy_start, energy_end, energy_drawn, energy_delivered, energy_lost; /* MWh */
    double carbon_start, carbon_end, carbon_drawn, carbon_delivered, owner_loss;  /* tCO2 */
    double
        identity; /* worst store: |end - start - drawn + delivered + owner's loss| relative to the sum of their sizes */
    int64_t n_periods; /* steps that succeeded */
    int64_t n_emptied; /* times that a store ran empty */
    cef_index n_storage;
    cef_index worst_store; /* of identity; -1 if no store's books are whole */
    int64_t n_skipped;     /* periods passed by cef_storage_skip, counted in n_periods too */
    cef_index n_broken;    /* stores whose carbon or energy was not known at some time: left out of `identity`, and the
                              sums that they make unknown are NaN */
    cef_index n_unknown;   /* stores whose carbon or energy is not known now */
} cef_storage_info;

/* Allocates all it will ever need. settings may be NULL (defaults). Keeps the context alive. CEF_ERR_SNAPSHOT names the
 * store whose number is NaN, infinite or outside its range. */
CEF_API CEF_MUST_CHECK cef_status cef_storage_create(cef_context *ctx, const cef_storage_data *data,
                                                     const cef_storage_settings *settings, cef_storage **out,
                                                     cef_error *error);
CEF_API void cef_storage_destroy(cef_storage *storage);

/* intensity [n_storage]: tCO2/MWh of what each store would discharge now; NaN where it holds nothing or that is not
 * known (CONSERVING, TANK). */
CEF_API CEF_MUST_CHECK cef_status cef_storage_intensity(const cef_storage *storage, double *intensity,
                                                        cef_error *error);
/* One period of `hours` (1e-9 .. 1e6). storage_p [n_storage] MW as in cef_snapshot; bus_intensity [n_storage] tCO2/MWh
 * at each store's own bus, read only where storage_p < 0; flows may be NULL. Allocates nothing. One thread at a time
 * per handle. On an error nothing has changed and no output is written: `store-empty` a store delivers more than it
 * held at the start, `store-full` it would hold more than its capacity, `store-unpriced` it charges where the intensity
 * is NaN, `store-unknown` see cef_storage_skip; error->period is the number of the period, from 0. */
CEF_API CEF_MUST_CHECK cef_status cef_storage_step(cef_storage *storage, const double *storage_p,
                                                   const double *bus_intensity, double hours, cef_storage_flows *flows,
                                                   cef_error *error);
/* One period that could not be solved, so that bus intensities are not known. Energies move as in cef_storage_step.
 * Under CONSERVING and TANK a store that charges then holds carbon that is not known (NaN) until it has run empty. A
 * store that breaks its limits, or whose power is NaN or out of range, holds energy that is not known (NaN) from then
 * on. cef_storage_step refuses with `store-unknown` a period in which a store discharges at a price that is not known.
 * Flows that are not known are NaN. Fails on NULL and on hours only. */
CEF_API CEF_MUST_CHECK cef_status cef_storage_skip(cef_storage *storage, const double *storage_p, double hours,
                                                   cef_storage_flows *flows, cef_error *error);
/* What is held now: energy [n_storage] MWh, carbon [n_storage] tCO2; either may be NULL. Given to cef_storage_create
 * they make a store that goes on to the same bits. */
CEF_API CEF_MUST_CHECK cef_status cef_storage_state(const cef_storage *storage, double *energy, double *carbon,
                                                    cef_error *error);
CEF_API CEF_MUST_CHECK cef_status cef_storage_describe(const cef_storage *storage, cef_storage_info *out,
                                                       cef_error *error);

#ifdef __cplusplus
}
#endif
#endif /* CEF_STORAGE_H */
