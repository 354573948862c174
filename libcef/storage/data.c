/* SPDX-License-Identifier: Apache-2.0 */
/* The stores as stated: every number in its range, or an error that names the store, the number and the range. */
#include "storage/storage.h"

#define LEAST_EFFICIENCY 1e-6 /* below it, what is held would have no bound in MWh */
#define MOST_ENERGY 1e12      /* MWh */
#define MOST_CARBON 1e18      /* tCO2: MOST_ENERGY at MOST_INTENSITY */
#define MOST_INTENSITY 1e6    /* tCO2/MWh, as in snapshots */

static cef_where at_store(const cef_storage_data *data, cef_index store, double value)
{
    return CEF_AT(CEF_STORAGE, store, data->id ? data->id[store] : store, value);
}

typedef struct {
    const char *name;
    double least, most;
    bool unknown; /* NaN is allowed */
} range;

/* A column of numbers within a range; NULL is within every range. */
static cef_status check_column(const cef_storage_data *data, const double *column, range in, cef_error *error)
{
    for (cef_index store = 0; column && store < data->n_storage; store++) {
        const double value = column[store];
        if ((value >= in.least && value <= in.most) || (in.unknown && isnan(value)))
            continue;
        const cef_where where = at_store(data, store, value);
        const bool finite = isfinite(value);
        return error_format(error, finite ? DIAG_OUT_OF_RANGE : DIAG_NOT_FINITE, where,
                            "%s of store %d is %g, it must be %g to %g", in.name, where.id, value, in.least, in.most);
    }
    return CEF_OK;
}

static cef_status check_held(const cef_storage_data *data, const cef_storage_settings *settings, cef_error *error)
{
    const bool carries = settings->model == CEF_STORAGE_CONSERVING || settings->model == CEF_STORAGE_TANK;
    for (cef_index store = 0; store < data->n_storage; store++) {
        const double held = data->energy ? data->energy[store] : 0.0;
        const cef_where where = at_store(data, store, held);
        if (data->capacity && held > data->capacity[store])
            return error_format(error, DIAG_OUT_OF_RANGE, where,
                                "store %d holds %g MWh, more than its capacity of %g MWh", where.id, held,
                                data->capacity[store]);
        if (carries && data->carbon && held == 0.0 && data->carbon[store] != 0.0)
            return error_format(error, DIAG_OUT_OF_RANGE, at_store(data, store, data->carbon[store]),
                                "store %d holds %g tCO2 but no energy: state the energy, or carbon 0", where.id,
                                data->carbon[store]);
        if (carries && !data->carbon && held > 0.0 && !data->intensity)
            return error_format(error, DIAG_NULL_ARGUMENT, where,
                                "store %d holds %g MWh at the start, but data.carbon and data.intensity are both NULL: "
                                "state the carbon held, or the intensity of what is discharged",
                                where.id, held);
    }
    return CEF_OK;
}

/* Intensities are read where a model needs them: under STATIC always, else where they price what is held. */
static cef_status check_intensity(const cef_storage_data *data, const cef_storage_settings *settings, cef_error *error)
{
    const bool is_static = settings->model == CEF_STORAGE_STATIC;
    if (is_static && !data->intensity && data->n_storage > 0)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE,
                         "data.intensity is NULL: CEF_STORAGE_STATIC needs the intensity of what is discharged");
    if (settings->model == CEF_STORAGE_LOAD || (data->carbon && !is_static))
        return CEF_OK;
    for (cef_index store = 0; data->intensity && store < data->n_storage; store++) {
        const double value = data->intensity[store];
        const bool is_read = is_static || (data->energy && data->energy[store] > 0.0);
        if (!is_read || fabs(value) <= MOST_INTENSITY)
            continue;
        const cef_where where = at_store(data, store, value);
        return error_format(error, isfinite(value) ? DIAG_OUT_OF_RANGE : DIAG_NOT_FINITE, where,
                            "intensity of store %d is %g tCO2/MWh, it must be %g to %g", where.id, value,
                            -MOST_INTENSITY, MOST_INTENSITY);
    }
    return CEF_OK;
}

cef_status storage_data_check(const cef_storage_data *data, const cef_storage_settings *settings, cef_error *error)
{
    if (data->n_storage < 0 || data->reserved != 0)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) data->n_storage),
                            "data: n_storage is %d and reserved %d, it must not be negative and reserved must be 0",
                            (int64_t) data->n_storage, (int64_t) data->reserved);
    const range energy = {"energy", 0.0, MOST_ENERGY, settings->unknown};
    const range carbon = {"carbon", -MOST_CARBON, MOST_CARBON, settings->unknown};
    const range capacity = {"capacity", 1e-100, (double) INFINITY, false};
    const range charge = {"efficiency_charge", LEAST_EFFICIENCY, 1.0, false};
    const range discharge = {"efficiency_discharge", LEAST_EFFICIENCY, 1.0, false};
    const range retention = {"retention", 0.0, 1.0, false};
    CEF_TRY(check_column(data, data->energy, energy, error));
    CEF_TRY(check_column(data, data->capacity, capacity, error));
    CEF_TRY(check_column(data, data->efficiency_charge, charge, error));
    CEF_TRY(check_column(data, data->efficiency_discharge, discharge, error));
    CEF_TRY(check_column(data, data->retention, retention, error));
    if (settings->model == CEF_STORAGE_CONSERVING || settings->model == CEF_STORAGE_TANK)
        CEF_TRY(check_column(data, data->carbon, carbon, error));
    CEF_TRY(check_intensity(data, settings, error));
    return check_held(data, settings, error);
}
