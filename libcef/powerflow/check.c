/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's columns, checked before anything is allocated: every error names table, row, column and value. */
#include "parts.h"

#define LARGE 1e12            /* MW, MVAr, degrees, per unit: beyond it nothing is meant */
#define LEAST_IMPEDANCE 1e-12 /* per unit: below it an admittance drowns every other in rounding */

typedef struct {
    const char *name;
    const double *value; /* NULL: the default holds */
    double least, most;
} column;

typedef struct {
    cef_element element;
    const char *name;
    cef_index n;
    const cef_id *id;         /* NULL: none */
    const int8_t *in_service; /* NULL: all */
    const int8_t *skip;       /* 1: not read; NULL: none */
} table;

static cef_status check_column(const table *t, const column *c, cef_error *error)
{
    for (cef_index k = 0; c->value && k < t->n; k++) {
        const double v = c->value[k];
        if ((v >= c->least && v <= c->most) || (t->in_service && !t->in_service[k]) || (t->skip && t->skip[k]))
            continue;
        const bool finite = v - v == 0.0;
        return error_format(error, finite ? DIAG_OUT_OF_RANGE : DIAG_NOT_FINITE,
                            CEF_AT(t->element, k, t->id ? t->id[k] : -1, v),
                            finite ? "%s of the %s at position %d is %g, expected %g to %g"
                                   : "%s of the %s at position %d is %g: give a number (%g to %g)",
                            c->name, t->name, (int64_t) k, v, c->least, c->most);
    }
    return CEF_OK;
}

static cef_status check_columns(const table *t, const column *columns, size_t n, cef_error *error)
{
    for (size_t k = 0; k < n; k++)
        CEF_TRY(check_column(t, &columns[k], error));
    return CEF_OK;
}

static cef_status check_buses(const cef_network *net, const cef_powerflow_data *d, cef_error *error)
{
    const table buses = {CEF_BUS, "bus", net->n_bus, net->bus_id, NULL, NULL};
    const column columns[] = {{"bus_gs", d->bus_gs, -LARGE, LARGE},
                              {"bus_bs", d->bus_bs, -LARGE, LARGE},
                              {"bus_vm0", d->bus_vm0, 1e-3, 1e3},
                              {"bus_va0", d->bus_va0, -LARGE, LARGE}};
    for (cef_index bus = 0; d->bus_type && bus < net->n_bus; bus++)
        if (d->bus_type[bus] < CEF_BUS_TYPE_PQ || d->bus_type[bus] > CEF_BUS_TYPE_ISOLATED)
            return error_format(error, DIAG_BAD_KIND, CEF_AT(CEF_BUS, bus, net->bus_id[bus], d->bus_type[bus]),
                                "bus_type of the bus at position %d is %d, expected 1 to 4", (int64_t) bus,
                                (int64_t) d->bus_type[bus]);
    return check_columns(&buses, columns, sizeof columns / sizeof *columns, error);
}

static cef_status check_impedances(const cef_network *net, const cef_powerflow_data *d, bool dc, cef_error *error)
{
    for (cef_index k = 0; k < net->n_branch; k++) {
        if ((d->branch_in_service && !d->branch_in_service[k]) || (d->branch_hvdc && d->branch_hvdc[k]))
            continue;
        const double size = dc ? fabs(d->branch_x[k]) : hypot(d->branch_r[k], d->branch_x[k]);
        if (size < LEAST_IMPEDANCE)
            return error_format(error, DIAG_ZERO_IMPEDANCE, CEF_AT(CEF_BRANCH, k, -1, size),
                                "the branch at position %d (bus %d to bus %d) has r = %g, x = %g per unit: %s must not "
                                "be 0; merge its buses or give it a small reactance such as 1e-5",
                                (int64_t) k, (int64_t) net->bus_id[net->branch_from[k]],
                                (int64_t) net->bus_id[net->branch_to[k]], d->branch_r[k], d->branch_x[k],
                                dc ? "x" : "both");
    }
    return CEF_OK;
}

static cef_status check_branches(const cef_network *net, const cef_powerflow_data *d, bool dc, cef_error *error)
{
    if (net->n_branch > 0 && (!d->branch_r || !d->branch_x))
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "data.branch_r or data.branch_x is NULL");
    const table branches = {CEF_BRANCH, "branch", net->n_branch, NULL, d->branch_in_service, d->branch_hvdc};
    const column columns[] = {{"branch_r", d->branch_r, -LARGE, LARGE},
                              {"branch_x", d->branch_x, -LARGE, LARGE},
                              {"branch_b", d->branch_b, -LARGE, LARGE},
                              {"branch_tap", d->branch_tap, -1e3, 1e3},
                              {"branch_shift", d->branch_shift, -1e6, 1e6}};
    CEF_TRY(check_columns(&branches, columns, sizeof columns / sizeof *columns, error));
    return check_impedances(net, d, dc, error);
}

static cef_status check_gens(const cef_network *net, const cef_powerflow_data *d, const cef_powerflow_options *o,
                             cef_error *error)
{
    const table gens = {CEF_GEN, "generator", net->n_gen, NULL, d->gen_in_service, NULL};
    const column columns[] = {{"gen_vg", d->gen_vg, 1e-3, 1e3},
                              {"gen_qmin", d->gen_qmin, -HUGE_VAL, HUGE_VAL},
                              {"gen_qmax", d->gen_qmax, -HUGE_VAL, HUGE_VAL},
                              {"gen_capacity", d->gen_capacity, 0.0, LARGE},
                              {"options.participation", o->participation, 0.0, LARGE}};
    CEF_TRY(check_columns(&gens, columns, sizeof columns / sizeof *columns, error));
    for (cef_index gen = 0; o->reactive_limits && d->gen_qmin && d->gen_qmax && gen < net->n_gen; gen++)
        if ((!d->gen_in_service || d->gen_in_service[gen]) && d->gen_qmin[gen] > d->gen_qmax[gen])
            return error_format(error, DIAG_OUT_OF_RANGE, CEF_AT(CEF_GEN, gen, -1, d->gen_qmin[gen]),
                                "the generator at position %d has gen_qmin %g above gen_qmax %g MVAr", (int64_t) gen,
                                d->gen_qmin[gen], d->gen_qmax[gen]);
    return CEF_OK;
}

cef_status powerflow_check_data(const cef_network *net, const cef_powerflow_data *d, const cef_powerflow_options *o,
                                cef_error *error)
{
    if (!(d->base_mva > 0.0 && d->base_mva <= LARGE))
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, d->base_mva),
                            "data.base_mva is %g, expected above 0 and up to 1e12", d->base_mva);
    CEF_TRY(check_buses(net, d, error));
    CEF_TRY(check_branches(net, d, o->method == CEF_POWERFLOW_DC, error));
    return check_gens(net, d, o, error);
}
