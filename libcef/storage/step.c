/* SPDX-License-Identifier: Apache-2.0 */
/* One period of all stores: everything is checked and computed before anything is changed. */
#include "storage/storage.h"

#define LEAST_POWER 1e-100 /* MW, and intensity: as in snapshots */
#define MOST_POWER 1e12    /* MW */
#define MOST_INTENSITY 1e6 /* tCO2/MWh */
#define LEAST_HOURS 1e-9
#define MOST_HOURS 1e6

/* What is wrong with store `store` in the period at hand. */
static cef_where at_store(const cef_storage *storage, cef_index store, double value)
{
    return CEF_AT(CEF_STORAGE, store, storage->traits[store].id, value);
}

/* Names the period as well, if the caller's struct reaches that far. */
static cef_status in_period(const cef_storage *storage, cef_status status, cef_error *error)
{
    if (error && error->struct_size >= offsetof(cef_error, period) + sizeof error->period)
        error->period = storage->n_periods > INT32_MAX ? INT32_MAX : (int32_t) storage->n_periods;
    return status;
}

static cef_status check_number(const cef_storage *storage, cef_index store, double value, double most, const char *what,
                               cef_error *error)
{
    const double size = fabs(value);
    if (size == 0.0 || (size >= LEAST_POWER && size <= most))
        return CEF_OK;
    const cef_where where = at_store(storage, store, value);
    if (!isfinite(value))
        return error_format(error, DIAG_NOT_FINITE, where, "%s of store %d is %g", what, where.id, value);
    return error_format(error, DIAG_OUT_OF_RANGE, where, "%s of store %d is %g, its size must be 0 or %g to %g", what,
                        where.id, value, LEAST_POWER, most);
}

static cef_status check_price(const cef_storage *storage, cef_index store, double p, double bus_intensity,
                              cef_error *error)
{
    const cef_where where = at_store(storage, store, p);
    if (p < 0.0 && isnan(bus_intensity))
        return error_format(
            error, DIAG_STORE_UNPRICED, where,
            "store %d charges %g MW at a bus whose intensity is undefined: correct the flows that feed the "
            "bus, or storage_p",
            where.id, -p);
    return p < 0.0 ? check_number(storage, store, bus_intensity, MOST_INTENSITY, "bus_intensity", error) : CEF_OK;
}

/* What is discharged has a price. */
static cef_status check_known(const cef_storage *storage, cef_index store, double p, cef_error *error)
{
    const double held = storage->energy[store];
    const bool is_known =
        !isnan(store_intensity(&storage->traits[store], storage->settings.model, held, storage->carbon[store]));
    if (p <= 0.0 || is_known || held == 0.0)
        return CEF_OK;
    const cef_where where = at_store(storage, store, p);
    return error_format(error, DIAG_STORE_UNKNOWN, where,
                        "store %d discharges %g MW, but what it holds is not known since a period that could not be "
                        "solved: correct that period, or state what the store holds after it",
                        where.id, p);
}

/* The energy at the end against nothing and the capacity. */
static cef_status check_limits(const cef_storage *storage, cef_index store, const store_flow *flow, cef_error *error)
{
    const store_traits *traits = &storage->traits[store];
    const double held = storage->energy[store], tol = storage->settings.energy_tol;
    const cef_where where = at_store(storage, store, flow->energy);
    if (flow->energy < -tol || (held == 0.0 && flow->energy_delivered > 0.0))
        return error_format(
            error, DIAG_STORE_EMPTY, where,
            "store %d delivers %g MWh, for which %g MWh must leave it, but it held %g MWh at the start of "
            "the period and retains %g of it: correct storage_p, or the energy held at the start",
            where.id, flow->energy_delivered, flow->energy_delivered / traits->efficiency_discharge, held,
            traits->retention);
    if (flow->energy > traits->capacity + tol)
        return error_format(error, DIAG_STORE_FULL, where,
                            "store %d draws %g MWh and would hold %g MWh, more than its capacity of %g MWh: correct "
                            "storage_p, the capacity, or the energy held at the start",
                            where.id, flow->energy_drawn, flow->energy, traits->capacity);
    return CEF_OK;
}

/* All but what the bus intensity decides; leaves the energies in *flow. */
static cef_status check_move(const cef_storage *storage, cef_index store, double p, double hours, store_flow *flow,
                             cef_error *error)
{
    CEF_TRY(check_number(storage, store, p, MOST_POWER, "storage_p", error));
    CEF_TRY(check_known(storage, store, p, error));
    store_move_energy(&storage->traits[store], storage->energy[store], p, hours, flow);
    return check_limits(storage, store, flow, error);
}

static cef_status compute(cef_storage *storage, cef_index store, double p, double bus_intensity, double hours,
                          cef_error *error)
{
    const store_traits *traits = &storage->traits[store];
    const double held = storage->energy[store];
    store_flow *flow = &storage->flow[store];
    CEF_TRY(check_move(storage, store, p, hours, flow, error));
    CEF_TRY(check_price(storage, store, p, bus_intensity, error));
    store_settle_energy(traits, held, storage->settings.energy_tol, flow);
    store_move_carbon(traits, storage->settings.model, held, storage->carbon[store], bus_intensity, flow);
    return CEF_OK;
}

static void commit(cef_storage *storage, cef_index store)
{
    const store_flow *flow = &storage->flow[store];
    storage->energy[store] = flow->energy;
    storage->carbon[store] = flow->carbon;
    storage->n_emptied += flow->emptied;
    store_tally_add(&storage->tally[store], flow);
}

static void put(double *column, cef_index store, double value)
{
    if (column)
        column[store] = value;
}

static void write_flows(const cef_storage_flows *flows, cef_index store, const store_flow *flow)
{
    put(flows->energy, store, flow->energy);
    put(flows->carbon, store, flow->carbon);
    put(flows->energy_drawn, store, flow->energy_drawn);
    put(flows->energy_delivered, store, flow->energy_delivered);
    put(flows->energy_lost, store, flow->energy_lost);
    put(flows->carbon_drawn, store, flow->carbon_drawn);
    put(flows->carbon_delivered, store, flow->carbon_delivered);
    put(flows->owner_loss, store, flow->owner_loss);
}

static cef_status check_hours(double hours, cef_error *error)
{
    if (hours >= LEAST_HOURS && hours <= MOST_HOURS)
        return CEF_OK;
    return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, hours),
                        "hours is %g, it must be %g to %g", hours, LEAST_HOURS, MOST_HOURS);
}

static void close_period(cef_storage *storage, double hours, const cef_storage_flows *flows)
{
    for (cef_index store = 0; store < storage->n; store++) {
        commit(storage, store);
        write_flows(flows, store, &storage->flow[store]);
    }
    store_sum_add(&storage->hours, hours);
    storage->n_periods++;
}

cef_status storage_step(cef_storage *storage, const double *storage_p, const double *bus_intensity, double hours,
                        const cef_storage_flows *flows, cef_error *error)
{
    CEF_TRY(check_hours(hours, error));
    for (cef_index store = 0; store < storage->n; store++) {
        const cef_status status = compute(storage, store, storage_p[store], bus_intensity[store], hours, error);
        if (status != CEF_OK)
            return in_period(storage, status, error);
    }
    close_period(storage, hours, flows);
    return CEF_OK;
}

cef_status storage_check_period(const cef_storage *storage, const double *storage_p, double hours, cef_error *error)
{
    store_flow flow;
    for (cef_index store = 0; store < storage->n; store++) {
        const cef_status status = check_move(storage, store, storage_p[store], hours, &flow, error);
        if (status != CEF_OK)
            return in_period(storage, status, error);
    }
    return CEF_OK;
}

/* ---- a period that was not solved ---- */

static store_flow flow_unknown(const cef_storage *storage)
{
    const double nan = (double) NAN;
    return (store_flow){.energy = nan,
                        .carbon = storage->settings.model == CEF_STORAGE_LOAD ? 0.0 : nan,
                        .energy_drawn = nan,
                        .energy_delivered = nan,
                        .energy_lost = nan,
                        .carbon_drawn = nan,
                        .carbon_delivered = nan,
                        .owner_loss = nan};
}

/* Whatever is charged has an intensity that is not known. */
static store_flow flow_unpriced(const cef_storage *storage, cef_index store, double p, double hours)
{
    const store_traits *traits = &storage->traits[store];
    const double held = storage->energy[store], carbon = storage->carbon[store];
    store_flow flow = {0};
    if (check_number(storage, store, p, MOST_POWER, "storage_p", NULL) != CEF_OK)
        return flow_unknown(storage);
    store_move_energy(traits, held, p, hours, &flow);
    if (check_limits(storage, store, &flow, NULL) != CEF_OK)
        return flow_unknown(storage);
    store_settle_energy(traits, held, storage->settings.energy_tol, &flow);
    store_move_carbon(traits, storage->settings.model, held, carbon, (double) NAN, &flow);
    return flow;
}

cef_status storage_skip(cef_storage *storage, const double *storage_p, double hours, const cef_storage_flows *flows,
                        cef_error *error)
{
    CEF_TRY(check_hours(hours, error));
    for (cef_index store = 0; store < storage->n; store++)
        storage->flow[store] = flow_unpriced(storage, store, storage_p[store], hours);
    close_period(storage, hours, flows);
    storage->n_skipped++;
    return CEF_OK;
}
