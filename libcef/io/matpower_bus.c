/* SPDX-License-Identifier: Apache-2.0 */
/* mpc.bus: buses, their demand and their shunts. Column numbers are those of MATPOWER's caseformat, from 1. */
#include "io/matpower_tables.h"

enum { BUS_I = 1, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, VA, BASE_KV };

/* The area is the zone of a bus; 0 is none. Neighbouring rows mostly share it. */
static cef_status set_area(m_reader *r, const m_matrix *m, cef_index bus, cef_error *error)
{
    const double area = m_at(m, BUS_AREA);
    if (area != r->last_area) {
        char text[40];
        const size_t length = number_format(area, text, sizeof text);
        CEF_TRY(m_keep_text(r, text, area != 0.0 ? length : 0, &r->last_zone, error));
        r->last_area = area;
    }
    r->data->bus.zone[bus] = r->last_zone;
    return CEF_OK;
}

static cef_status add_load(m_reader *r, cef_index bus, double p, double q, int32_t kind, cef_error *error)
{
    case_data *d = r->data;
    cef_index row = 0;
    CEF_TRY(case_add_load(d, &row, error));
    d->load.bus[row] = bus;
    d->load.p[row] = p;
    d->load.q[row] = q;
    d->load.kind[row] = kind;
    case_set_number(d, CEF_LOAD, row, d->bus.id.number[bus]);
    return CEF_OK;
}

static cef_status add_bus(m_reader *r, const m_matrix *m, cef_error *error)
{
    CEF_TRY(m_check_finite(r, m, BUS_I, BASE_KV, error));
    const double number = m_at(m, BUS_I), type = m_at(m, BUS_TYPE);
    CEF_TRY(m_check_bus_number(r, m, BUS_I, error));
    if (!(type == 1.0 || type == 2.0 || type == 3.0 || type == 4.0))
        return m_refuse_cell(r, m, BUS_TYPE, DIAG_BAD_KIND, "a bus type, 1 to 4", error);
    case_buses *b = &r->data->bus;
    cef_index row = 0;
    CEF_TRY(case_add_bus(r->data, &row, error));
    case_set_number(r->data, CEF_BUS, row, (int64_t) number);
    b->type[row] = (int8_t) type;
    b->gs[row] = m_at(m, GS);
    b->bs[row] = m_at(m, BS);
    b->vm[row] = m_at(m, VM);
    b->va[row] = m_at(m, VA);
    b->base_kv[row] = m_at(m, BASE_KV);
    CEF_TRY(set_area(r, m, row, error));
    if (m_at(m, PD) != 0.0)
        return add_load(r, row, m_at(m, PD), m_at(m, QD), CEF_LOAD_DEMAND, error);
    b->qd[row] = m_at(m, QD); /* there is no load to carry it */
    return CEF_OK;
}

static cef_status add_shunts(m_reader *r, cef_error *error)
{
    const case_buses *b = &r->data->bus;
    for (cef_index bus = 0; bus < b->n; bus++) {
        const double p = b->gs[bus] * b->vm[bus] * b->vm[bus];
        if (p != 0.0)
            CEF_TRY(add_load(r, bus, p, 0.0, CEF_LOAD_SHUNT, error));
    }
    return CEF_OK;
}

/* Duplicates show only when the whole table is known: the line is found by reading it once more. */
static cef_status index_buses(m_reader *r, m_scanner start, cef_error *error)
{
    cef_error found = {.struct_size = sizeof found};
    const cef_status status = case_index_ids(r->data, CEF_BUS, &r->buses, &found);
    if (status == CEF_OK)
        return CEF_OK;
    if (status != diag_status(DIAG_DUPLICATE_ID))
        return error_set(error, DIAG_MEMORY, CEF_NOWHERE, found.message);
    m_matrix m = {.name = "bus"};
    bool more = true;
    while (more && m.row <= found.index)
        CEF_TRY(m_next_row(&start, &m, &more, error));
    cef_where where = CEF_AT(CEF_BUS, found.index, found.id, (double) NAN);
    where.line = m.line < INT32_MAX ? (int32_t) m.line : INT32_MAX;
    return error_format(error, DIAG_DUPLICATE_ID, where, "%s:%d: bus %d is given a second time", r->s.file, m.line,
                        found.id);
}

cef_status m_read_bus(m_reader *r, cef_error *error)
{
    CEF_TRY(m_open_matrix(r, "bus", error));
    const m_scanner start = r->s;
    m_matrix m = {.name = "bus", .least_width = 13};
    bool more = false;
    for (;;) {
        CEF_TRY(m_next_row(&r->s, &m, &more, error));
        if (!more)
            break;
        CEF_TRY(add_bus(r, &m, error));
    }
    CEF_TRY(index_buses(r, start, error));
    r->n_demand = r->data->load.n;
    return add_shunts(r, error);
}

/* The demand of a bus among the first n_demand loads, which stand in bus order; -1 if it has none. */
static cef_index find_demand(const m_reader *r, cef_index bus)
{
    cef_index first = 0, past = r->n_demand;
    while (first < past) {
        const cef_index middle = first + (past - first) / 2;
        if (r->data->load.bus[middle] < bus)
            first = middle + 1;
        else
            past = middle;
    }
    return first < r->n_demand && r->data->load.bus[first] == bus ? first : -1;
}

cef_status m_read_load_intensity(m_reader *r, cef_error *error)
{
    CEF_TRY(m_open_matrix(r, "load_intensity", error));
    m_matrix m = {.name = "load_intensity", .least_width = 2};
    bool more = false;
    for (;;) {
        CEF_TRY(m_next_row(&r->s, &m, &more, error));
        if (!more)
            return CEF_OK;
        cef_index bus = -1;
        CEF_TRY(m_find_bus(r, &m, 1, &bus, error));
        const cef_index load = find_demand(r, bus);
        if (load < 0)
            return m_refuse_cell(r, &m, 1, DIAG_UNKNOWN_BUS, "a bus with a Pd other than 0", error);
        if (!isnan(r->data->load.intensity[load]))
            return m_refuse_cell(r, &m, 1, DIAG_DUPLICATE_ID, "each bus once", error);
        CEF_TRY(m_check_finite(r, &m, 2, 2, error));
        r->data->load.intensity[load] = m_at(&m, 2);
    }
}
