/* SPDX-License-Identifier: Apache-2.0 */
/* What a MATPOWER file can hold, checked before one is written. */
#include "io/matpower_write.h"

static cef_status refuse(const case_data *d, cef_element element, cef_index row, const char *what, cef_error *error)
{
    char name[64];
    const cef_where where = case_where(d, element, row, name);
    return error_format(error, DIAG_UNSUPPORTED, where,
                        "%s %s: a .m file cannot hold %s. Write .yaml or a folder of CSV files instead",
                        case_table_name(element), name, what);
}

static bool has_number(const case_ids *id, cef_index row, int64_t number)
{
    return id->text[row] == 0 && id->number[row] == number;
}

static bool plain_text(const char *text)
{
    return !strchr(text, '\'') && !strchr(text, '"') && text_is_printable(text, strlen(text)) && strlen(text) <= 63;
}

static cef_status check_buses(const case_data *d, cef_error *error)
{
    for (cef_index bus = 0; bus < d->bus.n; bus++) {
        const int64_t number = d->bus.id.number[bus];
        if (d->bus.id.text[bus] || number < 1 || number > (int64_t) 1 << 53)
            return refuse(d, CEF_BUS, bus, "bus ids other than positive integers up to 2^53", error);
        const char *zone = case_text_at(d, d->bus.zone[bus]);
        double area = 0.0;
        const char *past = number_scan(zone, zone + strlen(zone), &area);
        char again[40];
        const bool number_text = past && number_format(area, again, sizeof again) > 0 && strcmp(again, zone) == 0;
        if (zone[0] && (!number_text || area == 0.0))
            return refuse(d, CEF_BUS, bus, "zones other than numbers (it writes them as areas)", error);
    }
    return CEF_OK;
}

/* AC branches first, with their row's number; then HVDC lines dc1, dc2.. */
static cef_status check_branches(const case_data *d, bool *solved, cef_index *n_ac, cef_error *error)
{
    const case_branches *b = &d->branch;
    *solved = b->n > 0 && !isnan(b->p_from[0]);
    *n_ac = 0;
    while (*n_ac < b->n && !b->hvdc[*n_ac])
        (*n_ac)++;
    for (cef_index k = 0; k < b->n; k++) {
        CEF_TEXT(dc, 24);
        text_format(&dc, "dc%d", (int64_t) (k - *n_ac + 1));
        if (k < *n_ac ? !has_number(&b->id, k, (int64_t) k + 1)
                      : !b->hvdc[k] || strcmp(case_text_at(d, b->id.text[k]), dc.data) != 0)
            return refuse(d, CEF_BRANCH, k, "branch ids other than row numbers (dc1, dc2.. of HVDC lines, last)",
                          error);
        if (k < *n_ac && isnan(b->p_from[k]) == *solved)
            return refuse(d, CEF_BRANCH, k, "powers of some branches and not of others", error);
        if (isnan(b->p_from[k]) && (k >= *n_ac || !isnan(b->p_to[k])))
            return refuse(d, CEF_BRANCH, k, "an HVDC line without power, or a power at the to end alone", error);
    }
    return CEF_OK;
}

static cef_status check_gens(const case_data *d, cef_error *error)
{
    for (cef_index gen = 0; gen < d->gen.n; gen++) {
        if (!has_number(&d->gen.id, gen, (int64_t) gen + 1))
            return refuse(d, CEF_GEN, gen, "generator ids other than row numbers", error);
        if (!isnan(d->gen.cost[gen]))
            return refuse(d, CEF_GEN, gen, "this case's generator costs", error);
        if (!plain_text(case_text_at(d, d->gen.fuel[gen])))
            return refuse(d, CEF_GEN, gen, "fuels with quotes, control characters or more than 63 bytes", error);
    }
    return CEF_OK;
}

/* Demands in bus order, then shunts in bus order, one of each kind a bus, each with its bus's number. */
static cef_status check_loads(const case_data *d, cef_error *error)
{
    const case_loads *load = &d->load;
    for (cef_index k = 0; k < load->n; k++) {
        const bool isolated = d->bus.type[load->bus[k]] == 4;
        if (load->kind[k] == CEF_LOAD_EXPORT)
            return refuse(d, CEF_LOAD, k, "exports", error);
        if (!has_number(&load->id, k, d->bus.id.number[load->bus[k]]))
            return refuse(d, CEF_LOAD, k, "load ids other than the number of the load's bus", error);
        if (k > 0 && (load->kind[k] < load->kind[k - 1] ||
                      (load->kind[k] == load->kind[k - 1] && load->bus[k] <= load->bus[k - 1])))
            return refuse(d, CEF_LOAD, k, "loads out of bus order, or two of a kind at a bus", error);
        if (load->p[k] == 0.0 || (!load->in_service[k] && !isolated))
            return refuse(d, CEF_LOAD, k, "loads of 0 MW or out of service", error);
        if (load->owner[k] || (load->kind[k] == CEF_LOAD_SHUNT && !isnan(load->intensity[k])))
            return refuse(d, CEF_LOAD, k, "owners of loads or intensities of shunts", error);
    }
    return d->storage.n > 0 ? refuse(d, CEF_STORAGE, 0, "storage", error) : CEF_OK;
}

/* Gs with Gs Vm^2 = p as the reader computes it: as stated, or the neighbour of p / Vm^2 that gives it. */
static bool conductance(double p, double stated, double vm, double *gs)
{
    double candidate = p / (vm * vm);
    if (stated * vm * vm == p)
        candidate = stated;
    for (int step = 0; step < 4 && candidate * vm * vm > p; step++)
        candidate = nextafter(candidate, -(double) INFINITY);
    for (int step = 0; step < 4 && candidate * vm * vm < p; step++)
        candidate = nextafter(candidate, (double) INFINITY);
    *gs = candidate;
    return candidate * vm * vm == p;
}

cef_status m_collect_loads(const case_data *d, double *demand, double *reactive, double *shunt, cef_error *error)
{
    memset(demand, 0, (size_t) d->bus.n * sizeof *demand);
    memcpy(reactive, d->bus.qd, (size_t) d->bus.n * sizeof *reactive);
    memset(shunt, 0, (size_t) d->bus.n * sizeof *shunt);
    for (cef_index k = 0; k < d->load.n; k++) {
        (d->load.kind[k] == CEF_LOAD_SHUNT ? shunt : demand)[d->load.bus[k]] = d->load.p[k];
        reactive[d->load.bus[k]] += d->load.q[k];
    }
    for (cef_index bus = 0; bus < d->bus.n; bus++) {
        double gs = 0.0;
        if (!conductance(shunt[bus], d->bus.gs[bus], d->bus.vm[bus], &gs))
            return refuse(d, CEF_BUS, bus, "this bus's shunt power at its voltage", error);
        shunt[bus] = gs;
    }
    return CEF_OK;
}

cef_status m_check_writable(const case_data *d, bool *solved, cef_index *n_ac, cef_error *error)
{
    if (strchr(d->name, '\'') || !text_is_printable(d->name, strlen(d->name)))
        return error_format(error, DIAG_UNSUPPORTED, CEF_NOWHERE,
                            "a .m file cannot hold the case's name %s with its quotes or control characters", d->name);
    CEF_TRY(check_buses(d, error));
    CEF_TRY(check_branches(d, solved, n_ac, error));
    CEF_TRY(check_gens(d, error));
    return check_loads(d, error);
}
