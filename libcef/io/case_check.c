/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a case that no reader may let through, whatever its format: one table of columns and their bounds. */
#include "io/case_data.h"

#define MAX_POWER 1e12    /* MW, MVAr, MWh */
#define MAX_INTENSITY 1e6 /* tCO2/MWh; negative is carbon capture */
#define ANY 1.7976931348623157e308

typedef struct {
    cef_element element;
    const char *what;
    size_t column; /* offset of the column's pointer in case_data */
    double least, most;
    bool may_be_absent; /* NaN: not stated */
} bounds;

#define BOUNDS(element, what, field, least, most, absent)                                                              \
    {                                                                                                                  \
        element, what, offsetof(case_data, field), least, most, absent                                                 \
    }
static const bounds all_bounds[] = {
    BOUNDS(CEF_BUS, "gs", bus.gs, -MAX_POWER, MAX_POWER, false),
    BOUNDS(CEF_BUS, "bs", bus.bs, -MAX_POWER, MAX_POWER, false),
    BOUNDS(CEF_BUS, "qd", bus.qd, -MAX_POWER, MAX_POWER, false),
    BOUNDS(CEF_BUS, "vm", bus.vm, 0.0, 1e6, false),
    BOUNDS(CEF_BUS, "va", bus.va, -ANY, ANY, false),
    BOUNDS(CEF_BUS, "base_kv", bus.base_kv, 0.0, 1e6, false),
    BOUNDS(CEF_BRANCH, "p_from", branch.p_from, -MAX_POWER, MAX_POWER, true),
    BOUNDS(CEF_BRANCH, "p_to", branch.p_to, -MAX_POWER, MAX_POWER, true),
    BOUNDS(CEF_BRANCH, "q_from", branch.q_from, -MAX_POWER, MAX_POWER, true),
    BOUNDS(CEF_BRANCH, "q_to", branch.q_to, -MAX_POWER, MAX_POWER, true),
    BOUNDS(CEF_BRANCH, "r", branch.r, -ANY, ANY, true),
    BOUNDS(CEF_BRANCH, "x", branch.x, -ANY, ANY, true),
    BOUNDS(CEF_BRANCH, "b", branch.b, -ANY, ANY, true),
    BOUNDS(CEF_BRANCH, "tap", branch.tap, -ANY, ANY, false),
    BOUNDS(CEF_BRANCH, "shift", branch.shift, -ANY, ANY, false),
    BOUNDS(CEF_GEN, "p", gen.p, -MAX_POWER, MAX_POWER, false),
    BOUNDS(CEF_GEN, "q", gen.q, -MAX_POWER, MAX_POWER, false),
    BOUNDS(CEF_GEN, "vg", gen.vg, 0.0, 1e6, false),
    BOUNDS(CEF_GEN, "qmin", gen.qmin, -MAX_POWER, MAX_POWER, true),
    BOUNDS(CEF_GEN, "qmax", gen.qmax, -MAX_POWER, MAX_POWER, true),
    BOUNDS(CEF_GEN, "mbase", gen.mbase, 0.0, MAX_POWER, true),
    BOUNDS(CEF_GEN, "apf", gen.apf, 0.0, MAX_POWER, true),
    BOUNDS(CEF_GEN, "intensity", gen.intensity, -MAX_INTENSITY, MAX_INTENSITY, true),
    BOUNDS(CEF_GEN, "capacity", gen.capacity_mw, -MAX_POWER, MAX_POWER, true),
    BOUNDS(CEF_GEN, "cost", gen.cost, -MAX_POWER, MAX_POWER, true),
    BOUNDS(CEF_LOAD, "p", load.p, -MAX_POWER, MAX_POWER, false),
    BOUNDS(CEF_LOAD, "q", load.q, -MAX_POWER, MAX_POWER, false),
    BOUNDS(CEF_LOAD, "intensity", load.intensity, -MAX_INTENSITY, MAX_INTENSITY, true),
    BOUNDS(CEF_STORAGE, "p", storage.p, -MAX_POWER, MAX_POWER, false),
    BOUNDS(CEF_STORAGE, "energy", storage.energy, 0.0, MAX_POWER, true),
    BOUNDS(CEF_STORAGE, "intensity", storage.intensity, -MAX_INTENSITY, MAX_INTENSITY, true),
    BOUNDS(CEF_STORAGE, "capacity", storage.capacity_mwh, 0.0, MAX_POWER, true),
    BOUNDS(CEF_STORAGE, "efficiency_charge", storage.efficiency_charge, 5e-324, 1.0, false),
    BOUNDS(CEF_STORAGE, "efficiency_discharge", storage.efficiency_discharge, 5e-324, 1.0, false),
    BOUNDS(CEF_STORAGE, "retention", storage.retention, 0.0, 1.0, false),
};

static cef_index rows_of(const case_data *data, cef_element element)
{
    switch (element) {
    case CEF_BUS: return data->bus.n;
    case CEF_BRANCH: return data->branch.n;
    case CEF_GEN: return data->gen.n;
    case CEF_LOAD: return data->load.n;
    default: return data->storage.n;
    }
}

static cef_status refuse_value(const case_data *data, const bounds *b, cef_index row, double value, cef_error *error)
{
    char name[64];
    cef_where where = case_where(data, b->element, row, name);
    where.value = value;
    if (!isfinite(value))
        return error_format(error, DIAG_NOT_FINITE, where, "%s: %s of %s %s is %g, not a finite number", data->file,
                            b->what, case_table_name(b->element), name, value);
    return error_format(error, DIAG_OUT_OF_RANGE, where, "%s: %s of %s %s is %g, outside %g to %g: check its unit",
                        data->file, b->what, case_table_name(b->element), name, value, b->least, b->most);
}

static cef_status check_column(const case_data *data, const bounds *b, cef_error *error)
{
    const double *values;
    memcpy(&values, (const char *) data + b->column, sizeof values);
    const cef_index n = rows_of(data, b->element);
    for (cef_index row = 0; row < n; row++) {
        const double v = values[row];
        if (!(v >= b->least && v <= b->most) && !(b->may_be_absent && isnan(v)))
            return refuse_value(data, b, row, v, error);
    }
    return CEF_OK;
}

static cef_status check_buses(const case_data *data, cef_element element, const cef_index *bus, cef_error *error)
{
    const cef_index n = rows_of(data, element);
    for (cef_index row = 0; row < n; row++) {
        if (bus[row] >= 0 && bus[row] < data->bus.n)
            continue;
        char name[64];
        const cef_where where = case_where(data, element, row, name);
        return error_format(error, DIAG_UNKNOWN_BUS, where, "%s: %s %s stands at no bus of the bus table", data->file,
                            case_table_name(element), name);
    }
    return CEF_OK;
}

static cef_status check_kinds(const case_data *data, cef_error *error)
{
    char name[64];
    for (cef_index bus = 0; bus < data->bus.n; bus++)
        if (data->bus.type[bus] < 1 || data->bus.type[bus] > 4)
            return error_format(error, DIAG_BAD_KIND, case_where(data, CEF_BUS, bus, name),
                                "%s: bus %s has type %d; 1 to 4 are known", data->file, name,
                                (int64_t) data->bus.type[bus]);
    for (cef_index load = 0; load < data->load.n; load++)
        if (data->load.kind[load] < CEF_LOAD_DEMAND || data->load.kind[load] > CEF_LOAD_EXPORT)
            return error_format(error, DIAG_BAD_KIND, case_where(data, CEF_LOAD, load, name),
                                "%s: load %s has kind %d; 0 to 2 are known", data->file, name,
                                (int64_t) data->load.kind[load]);
    return CEF_OK;
}

static void switch_off(int8_t *in_service, const cef_index *bus, cef_index n, const int8_t *type)
{
    for (cef_index row = 0; row < n; row++)
        in_service[row] = in_service[row] && type[bus[row]] != 4;
}

cef_status case_check(case_data *data, cef_error *error)
{
    if (data->bus.n == 0)
        return error_format(error, DIAG_EMPTY_NETWORK, CEF_NOWHERE, "%s: the case has no bus", data->file);
    if (!(data->base_mva > 0.0 && data->base_mva <= MAX_POWER))
        return error_format(error, DIAG_OUT_OF_RANGE, CEF_NOWHERE, "%s: base power is %g MVA, it must be positive",
                            data->file, data->base_mva);
    CEF_TRY(check_buses(data, CEF_BRANCH, data->branch.from, error));
    CEF_TRY(check_buses(data, CEF_BRANCH, data->branch.to, error));
    CEF_TRY(check_buses(data, CEF_GEN, data->gen.bus, error));
    CEF_TRY(check_buses(data, CEF_LOAD, data->load.bus, error));
    CEF_TRY(check_buses(data, CEF_STORAGE, data->storage.bus, error));
    CEF_TRY(check_kinds(data, error));
    for (size_t k = 0; k < sizeof all_bounds / sizeof *all_bounds; k++)
        CEF_TRY(check_column(data, &all_bounds[k], error));
    const int8_t *type = data->bus.type;
    switch_off(data->branch.in_service, data->branch.from, data->branch.n, type);
    switch_off(data->branch.in_service, data->branch.to, data->branch.n, type);
    switch_off(data->gen.in_service, data->gen.bus, data->gen.n, type);
    switch_off(data->load.in_service, data->load.bus, data->load.n, type);
    switch_off(data->storage.in_service, data->storage.bus, data->storage.n, type);
    return CEF_OK;
}
