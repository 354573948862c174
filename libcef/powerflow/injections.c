/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an operating point: what each bus is given, without slack, shunts, and the reactive power of held voltages.
 */
#include "parts.h"

#define MAX_MW 1e12

typedef struct {
    cef_element element;
    const char *name, *column;
} place;

static cef_status check(const place *at, cef_index k, double v, cef_error *error)
{
    if (fabs(v) <= MAX_MW)
        return CEF_OK;
    const bool finite = v - v == 0.0;
    return error_format(error, finite ? DIAG_OUT_OF_RANGE : DIAG_NOT_FINITE, CEF_AT(at->element, k, -1, v),
                        finite ? "%s of the %s at position %d is %g: beyond 1e12 nothing is meant"
                               : "%s of the %s at position %d is %g: give a number",
                        at->column, at->name, (int64_t) k, v);
}

static cef_status read_gens(cef_powerflow *pf, const cef_injections *in, cef_error *error)
{
    const place p_at = {CEF_GEN, "generator", "gen_p"}, q_at = {CEF_GEN, "generator", "gen_q"};
    for (cef_index gen = 0; gen < pf->net->n_gen; gen++) {
        if (!pf->gen_live[gen])
            continue;
        const cef_index bus = pf->net->gen_bus[gen];
        CEF_TRY(check(&p_at, gen, in->gen_p[gen], error));
        pf->p_given[bus] += in->gen_p[gen];
        if (!in->gen_q || pf->bus_type[bus] != CEF_BUS_TYPE_PQ)
            continue;
        CEF_TRY(check(&q_at, gen, in->gen_q[gen], error));
        pf->q_given[bus] += in->gen_q[gen];
    }
    return CEF_OK;
}

static cef_status read_loads(cef_powerflow *pf, const cef_injections *in, cef_error *error)
{
    const place p_at = {CEF_LOAD, "load", "load_p"}, q_at = {CEF_LOAD, "load", "load_q"};
    for (cef_index load = 0; load < pf->net->n_load; load++) {
        const cef_index bus = pf->net->load_bus[load];
        if (in->load_q) {
            CEF_TRY(check(&q_at, load, in->load_q[load], error));
            pf->q_given[bus] -= in->load_q[load];
        }
        if (pf->bus_gs[bus] != 0.0 && pf->net->load_kind[load] == CEF_LOAD_SHUNT)
            continue; /* part of the admittance matrix */
        CEF_TRY(check(&p_at, load, in->load_p[load], error));
        pf->p_given[bus] -= in->load_p[load];
    }
    return CEF_OK;
}

static cef_status read_buses_and_stores(cef_powerflow *pf, const cef_injections *in, cef_error *error)
{
    const place bus_at = {CEF_BUS, "bus", "bus_q"}, store_at = {CEF_STORAGE, "store", "storage_p"};
    for (cef_index bus = 0; in->bus_q && bus < pf->net->n_bus; bus++) {
        CEF_TRY(check(&bus_at, bus, in->bus_q[bus], error));
        pf->q_given[bus] -= in->bus_q[bus];
    }
    for (cef_index store = 0; in->storage_p && store < pf->net->n_storage; store++) {
        CEF_TRY(check(&store_at, store, in->storage_p[store], error));
        pf->p_given[pf->net->storage_bus[store]] += in->storage_p[store];
    }
    return CEF_OK;
}

/* Two injections: what goes into the line leaves the bus. */
static cef_status read_hvdc(cef_powerflow *pf, const cef_injections *in, cef_error *error)
{
    const struct {
        place at;
        const double *value;
        const cef_index *bus;
        double *given;
    } ends[] = {{{CEF_BRANCH, "branch", "branch_p_from"}, in->branch_p_from, pf->net->branch_from, pf->p_given},
                {{CEF_BRANCH, "branch", "branch_p_to"}, in->branch_p_to, pf->net->branch_to, pf->p_given},
                {{CEF_BRANCH, "branch", "branch_q_from"}, in->branch_q_from, pf->net->branch_from, pf->q_given},
                {{CEF_BRANCH, "branch", "branch_q_to"}, in->branch_q_to, pf->net->branch_to, pf->q_given}};
    for (cef_index k = 0; k < pf->net->n_branch; k++) {
        if (pf->link[k] != LINK_HVDC)
            continue;
        for (int end = 0; end < 4; end++) {
            if (!ends[end].value && end >= 2)
                continue;
            if (!ends[end].value)
                return error_format(error, DIAG_NULL_ARGUMENT, CEF_AT(CEF_BRANCH, k, -1, (double) NAN),
                                    "injections.%s is NULL, but the branch at position %d is HVDC and in service",
                                    ends[end].at.column, (int64_t) k);
            CEF_TRY(check(&ends[end].at, k, ends[end].value[k], error));
            ends[end].given[ends[end].bus[k]] -= ends[end].value[k];
        }
    }
    return CEF_OK;
}

cef_status powerflow_read(cef_powerflow *pf, const cef_injections *in, cef_error *error)
{
    const cef_network *net = pf->net;
    if ((net->n_gen > 0 && !in->gen_p) || (net->n_load > 0 && !in->load_p))
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "injections.gen_p or injections.load_p is NULL");
    memset(pf->p_given, 0, (size_t) net->n_bus * sizeof *pf->p_given);
    memset(pf->q_given, 0, (size_t) net->n_bus * sizeof *pf->q_given);
    CEF_TRY(read_gens(pf, in, error));
    CEF_TRY(read_loads(pf, in, error));
    CEF_TRY(read_buses_and_stores(pf, in, error));
    CEF_TRY(read_hvdc(pf, in, error));
    for (cef_index bus = 0; bus < net->n_bus; bus++) {
        pf->p_given[bus] /= pf->base_mva;
        pf->q_given[bus] /= pf->base_mva;
    }
    return CEF_OK;
}
