/* SPDX-License-Identifier: Apache-2.0 */
/* Which fields the tables of a case have. */
#include "io/fields.h"

#define NOT_STATED ((double) NAN)
#define AT(member) offsetof(case_data, member)
#define ID                                                                                                             \
    {                                                                                                                  \
        "id", FIELD_ID, false, 0, 0.0                                                                                  \
    }
#define IN_SERVICE(member)                                                                                             \
    {                                                                                                                  \
        "in_service", FIELD_SWITCH, false, AT(member), 1.0                                                             \
    }

static const case_field bus_fields[] = {
    {"id", FIELD_ID, true, 0, 0.0},
    {"zone", FIELD_TEXT, false, AT(bus.zone), 0.0},
    {"type", FIELD_TYPE, false, AT(bus.type), 1.0},
    {"gs", FIELD_NUMBER, false, AT(bus.gs), 0.0},
    {"bs", FIELD_NUMBER, false, AT(bus.bs), 0.0},
    {"qd", FIELD_NUMBER, false, AT(bus.qd), 0.0},
    {"vm", FIELD_NUMBER, false, AT(bus.vm), 1.0},
    {"va", FIELD_NUMBER, false, AT(bus.va), 0.0},
    {"base_kv", FIELD_NUMBER, false, AT(bus.base_kv), 0.0},
};
static const case_field branch_fields[] = {
    ID,
    {"from", FIELD_BUS, true, AT(branch.from), 0.0},
    {"to", FIELD_BUS, true, AT(branch.to), 0.0},
    {"p_from", FIELD_NUMBER, false, AT(branch.p_from), NOT_STATED},
    {"p_to", FIELD_NUMBER, false, AT(branch.p_to), NOT_STATED},
    {"q_from", FIELD_NUMBER, false, AT(branch.q_from), NOT_STATED},
    {"q_to", FIELD_NUMBER, false, AT(branch.q_to), NOT_STATED},
    {"r", FIELD_NUMBER, false, AT(branch.r), NOT_STATED},
    {"x", FIELD_NUMBER, false, AT(branch.x), NOT_STATED},
    {"b", FIELD_NUMBER, false, AT(branch.b), NOT_STATED},
    {"tap", FIELD_NUMBER, false, AT(branch.tap), 0.0},
    {"shift", FIELD_NUMBER, false, AT(branch.shift), 0.0},
    IN_SERVICE(branch.in_service),
    {"hvdc", FIELD_SWITCH, false, AT(branch.hvdc), 0.0},
};
static const case_field gen_fields[] = {
    ID,
    {"bus", FIELD_BUS, true, AT(gen.bus), 0.0},
    {"p", FIELD_NUMBER, true, AT(gen.p), 0.0},
    {"q", FIELD_NUMBER, false, AT(gen.q), 0.0},
    {"vg", FIELD_NUMBER, false, AT(gen.vg), 1.0},
    {"qmin", FIELD_NUMBER, false, AT(gen.qmin), NOT_STATED},
    {"qmax", FIELD_NUMBER, false, AT(gen.qmax), NOT_STATED},
    {"mbase", FIELD_NUMBER, false, AT(gen.mbase), NOT_STATED},
    {"apf", FIELD_NUMBER, false, AT(gen.apf), NOT_STATED},
    {"intensity", FIELD_NUMBER, false, AT(gen.intensity), NOT_STATED},
    {"fuel", FIELD_TEXT, false, AT(gen.fuel), 0.0},
    {"capacity", FIELD_NUMBER, false, AT(gen.capacity_mw), NOT_STATED},
    {"cost", FIELD_NUMBER, false, AT(gen.cost), NOT_STATED},
    IN_SERVICE(gen.in_service),
    {"curve", FIELD_REFUSED, false, 0, 0.0},
};
static const case_field load_fields[] = {
    ID,
    {"bus", FIELD_BUS, true, AT(load.bus), 0.0},
    {"p", FIELD_NUMBER, true, AT(load.p), 0.0},
    {"q", FIELD_NUMBER, false, AT(load.q), 0.0},
    {"owner", FIELD_TEXT, false, AT(load.owner), 0.0},
    {"kind", FIELD_KIND, false, AT(load.kind), 0.0},
    {"intensity", FIELD_NUMBER, false, AT(load.intensity), NOT_STATED},
    IN_SERVICE(load.in_service),
};
static const case_field storage_fields[] = {
    ID,
    {"bus", FIELD_BUS, true, AT(storage.bus), 0.0},
    {"p", FIELD_NUMBER, true, AT(storage.p), 0.0},
    {"energy", FIELD_NUMBER, false, AT(storage.energy), NOT_STATED},
    {"intensity", FIELD_NUMBER, false, AT(storage.intensity), NOT_STATED},
    {"capacity", FIELD_NUMBER, false, AT(storage.capacity_mwh), NOT_STATED},
    {"efficiency_charge", FIELD_FRACTION, false, AT(storage.efficiency_charge), 1.0},
    {"efficiency_discharge", FIELD_FRACTION, false, AT(storage.efficiency_discharge), 1.0},
    {"retention", FIELD_NUMBER, false, AT(storage.retention), 1.0},
    IN_SERVICE(storage.in_service),
};

#define TABLE(name, element, fields, member)                                                                           \
    {                                                                                                                  \
        name, element, fields, (int) (sizeof fields / sizeof *fields), AT(member)                                      \
    }
static const case_table tables[CASE_TABLES] = {
    TABLE("buses", CEF_BUS, bus_fields, bus.n),
    TABLE("branches", CEF_BRANCH, branch_fields, branch.n),
    TABLE("generators", CEF_GEN, gen_fields, gen.n),
    TABLE("loads", CEF_LOAD, load_fields, load.n),
    TABLE("storage", CEF_STORAGE, storage_fields, storage.n),
};

const case_table *case_table_at(int k) { return &tables[k]; }

cef_index case_table_rows(const case_data *data, const case_table *table)
{
    cef_index rows;
    memcpy(&rows, (const char *) data + table->rows, sizeof rows);
    return rows;
}

int case_field_find(const case_table *table, const char *name, size_t length)
{
    for (int k = 0; k < table->n_field; k++)
        if (strlen(table->field[k].name) == length && memcmp(table->field[k].name, name, length) == 0)
            return k;
    return -1;
}

static void *column_of(const case_data *data, const case_field *field)
{
    void *column;
    memcpy(&column, (const char *) data + field->column, sizeof column);
    return column;
}

double *case_field_numbers(const case_data *data, const case_field *field) { return column_of(data, field); }
text_ref *case_field_texts(const case_data *data, const case_field *field) { return column_of(data, field); }
int8_t *case_field_switches(const case_data *data, const case_field *field) { return column_of(data, field); }
cef_index *case_field_buses(const case_data *data, const case_field *field) { return column_of(data, field); }

bool case_field_stated(const case_data *data, const case_field *field, cef_index row)
{
    switch (field->form) {
    case FIELD_NUMBER:
    case FIELD_FRACTION: {
        const double value = case_field_numbers(data, field)[row];
        return field->required || (!isnan(value) && value != field->unstated);
    }
    case FIELD_TEXT: return case_field_texts(data, field)[row] != 0;
    case FIELD_TYPE:
    case FIELD_SWITCH: return case_field_switches(data, field)[row] != (int8_t) field->unstated;
    case FIELD_KIND: return data->load.kind[row] != CEF_LOAD_DEMAND;
    case FIELD_REFUSED: return false;
    default: return true;
    }
}

const char *case_type_name(int type)
{
    static const char *const names[] = {"pq", "pv", "ref", "isolated"};
    return type >= 1 && type <= 4 ? names[type - 1] : "?";
}

const char *case_kind_name(int32_t kind)
{
    static const char *const names[] = {"demand", "shunt", "export"};
    return kind >= CEF_LOAD_DEMAND && kind <= CEF_LOAD_EXPORT ? names[kind] : "?";
}
