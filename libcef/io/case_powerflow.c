/* SPDX-License-Identifier: Apache-2.0 */
/* A case as the power flow reads it, and the solved powers as the flows that are traced. */
#include "io/case_object.h"

static size_t carve(case_pf_columns *p, const case_data *d, char *base, bool *overflow)
{
    cef_arena arena = {base, 0, false};
    ARENA_ARRAY(&arena, p->bus_gs, d->bus.n);
    ARENA_ARRAY(&arena, p->bus_vm, d->bus.n);
    ARENA_ARRAY(&arena, p->first_shunt, d->bus.n);
    double **const branch[] = {&p->branch_r, &p->branch_x, &p->branch_b, &p->p_from, &p->p_to, &p->q_from, &p->q_to};
    for (size_t k = 0; k < sizeof branch / sizeof *branch; k++)
        *branch[k] = arena_take(&arena, (size_t) d->branch.n, sizeof(double));
    double **const gen[] = {&p->vg, &p->qmin, &p->qmax, &p->capacity, &p->apf};
    for (size_t k = 0; k < sizeof gen / sizeof *gen; k++)
        *gen[k] = arena_take(&arena, (size_t) d->gen.n, sizeof(double));
    ARENA_ARRAY(&arena, p->load_p, d->load.n);
    ARENA_ARRAY(&arena, p->load_q, d->load.n);
    ARENA_ARRAY(&arena, p->storage_p, d->storage.n);
    *overflow = arena.overflow;
    return arena.used;
}

static double stated_or(double value, double standard) { return isnan(value) ? standard : value; }

static cef_status refuse_branch(const case_data *d, cef_index row, const char *what, cef_error *error)
{
    char name[64];
    const cef_where where = case_where(d, CEF_BRANCH, row, name);
    return error_format(error, DIAG_MISSING_FIELD, where,
                        "%s: branch %s states no %s: a power flow needs it of every branch in service", d->file, name,
                        what);
}

/* r and b may be left out (0), x may not; of an HVDC line, its power. */
static cef_status fill_branches(case_pf_columns *p, const case_data *d, cef_error *error)
{
    const case_branches *b = &d->branch;
    for (cef_index k = 0; k < b->n; k++) {
        const bool line = b->in_service[k] && !b->hvdc[k], dc = b->in_service[k] && b->hvdc[k];
        if (line && isnan(b->x[k]))
            return refuse_branch(d, k, "x (and r)", error);
        if (dc && isnan(b->p_from[k]))
            return refuse_branch(d, k, "p_from, what this HVDC line takes,", error);
        p->branch_r[k] = stated_or(b->r[k], 0.0);
        p->branch_x[k] = stated_or(b->x[k], 0.0);
        p->branch_b[k] = stated_or(b->b[k], 0.0);
        p->p_from[k] = dc ? b->p_from[k] : 0.0;
        p->p_to[k] = dc ? stated_or(b->p_to[k], -b->p_from[k]) : 0.0;
        p->q_from[k] = dc ? stated_or(b->q_from[k], 0.0) : 0.0;
        p->q_to[k] = dc ? stated_or(b->q_to[k], 0.0) : 0.0;
    }
    return CEF_OK;
}

static void fill_gens(case_pf_columns *p, const case_data *d)
{
    const case_gens *g = &d->gen;
    for (cef_index k = 0; k < g->n; k++) {
        p->vg[k] = g->in_service[k] ? g->vg[k] : 1.0;
        p->qmin[k] = stated_or(g->qmin[k], -(double) INFINITY);
        p->qmax[k] = stated_or(g->qmax[k], (double) INFINITY);
        p->capacity[k] = g->capacity_mw[k] > 0.0 ? g->capacity_mw[k] : 0.0;
        p->apf[k] = stated_or(g->apf[k], 0.0);
    }
}

static cef_status refuse_conductance(const case_data *d, cef_index bus, cef_error *error)
{
    char name[64];
    cef_where where = case_where(d, CEF_BUS, bus, name);
    where.value = d->bus.gs[bus];
    return error_format(
        error, DIAG_MISSING_FIELD, where,
        "%s: bus %s states gs %g MW and no load of kind shunt draws it: add one at this bus with p = gs "
        "vm^2, so that what it draws is accounted for",
        d->file, name, d->bus.gs[bus]);
}

/* A shunt row stands for its bus's gs, and one that is switched off takes gs with it. */
static cef_status fill_buses(case_pf_columns *p, const case_data *d, cef_error *error)
{
    memset(p->first_shunt, 0xFF, (size_t) d->bus.n * sizeof *p->first_shunt); /* -1: none */
    for (cef_index load = d->load.n - 1; load >= 0; load--)
        if (d->load.kind[load] == CEF_LOAD_SHUNT)
            p->first_shunt[d->load.bus[load]] = load;
    for (cef_index bus = 0; bus < d->bus.n; bus++) {
        const cef_index shunt = p->first_shunt[bus];
        const bool isolated = d->bus.type[bus] == CEF_BUS_TYPE_ISOLATED;
        if (d->bus.gs[bus] != 0.0 && shunt < 0 && !isolated)
            return refuse_conductance(d, bus, error);
        p->bus_gs[bus] = shunt >= 0 && d->load.in_service[shunt] ? d->bus.gs[bus] : 0.0;
        p->bus_vm[bus] = isolated && !(d->bus.vm[bus] > 0.0) ? 1.0 : d->bus.vm[bus];
    }
    return CEF_OK;
}

static void fill_consumers(case_pf_columns *p, const case_data *d)
{
    for (cef_index k = 0; k < d->load.n; k++) {
        p->load_p[k] = d->load.in_service[k] ? d->load.p[k] : 0.0;
        p->load_q[k] = d->load.in_service[k] ? d->load.q[k] : 0.0;
    }
    for (cef_index k = 0; k < d->storage.n; k++)
        p->storage_p[k] = d->storage.in_service[k] ? d->storage.p[k] : 0.0;
}

/* Types are optional in YAML and CSV. Without a bus that is more than PQ the power flow decides. */
static const int8_t *types_if_stated(const case_data *d)
{
    for (cef_index bus = 0; bus < d->bus.n; bus++)
        if (d->bus.type[bus] == CEF_BUS_TYPE_PV || d->bus.type[bus] == CEF_BUS_TYPE_REF)
            return d->bus.type;
    return NULL;
}

static cef_status fill_columns(case_pf_columns *p, const case_data *d, cef_error *error)
{
    fill_gens(p, d);
    fill_consumers(p, d);
    CEF_TRY(fill_buses(p, d, error));
    return fill_branches(p, d, error);
}

static cef_status make_columns(cef_case *c, cef_error *error)
{
    if (c->pf_block)
        return CEF_OK;
    bool overflow = false;
    void *block = NULL;
    const size_t size = carve(&c->pf, &c->data, NULL, &overflow);
    if (overflow)
        return error_format(error, DIAG_TOO_LARGE, CEF_NOWHERE, "%s: the case does not fit memory", c->data.file);
    CEF_TRY(context_take(c->ctx, size, &block, error));
    (void) carve(&c->pf, &c->data, block, &overflow);
    const cef_status status = fill_columns(&c->pf, &c->data, error);
    if (status != CEF_OK) {
        context_free(c->ctx, block, size);
        return status;
    }
    c->pf_block = block;
    c->pf_size = size;
    return CEF_OK;
}

static cef_powerflow_data data_of(const cef_case *c)
{
    const case_data *d = &c->data;
    const case_pf_columns *p = &c->pf;
    return (cef_powerflow_data){.struct_size = sizeof(cef_powerflow_data),
                                .base_mva = d->base_mva,
                                .bus_type = types_if_stated(d),
                                .bus_gs = p->bus_gs,
                                .bus_bs = d->bus.bs,
                                .bus_vm0 = p->bus_vm,
                                .bus_va0 = d->bus.va,
                                .branch_r = p->branch_r,
                                .branch_x = p->branch_x,
                                .branch_b = p->branch_b,
                                .branch_tap = d->branch.tap,
                                .branch_shift = d->branch.shift,
                                .branch_in_service = d->branch.in_service,
                                .branch_hvdc = d->branch.hvdc,
                                .gen_vg = p->vg,
                                .gen_qmin = p->qmin,
                                .gen_qmax = p->qmax,
                                .gen_capacity = p->capacity,
                                .gen_in_service = d->gen.in_service};
}

static cef_injections injections_of(const cef_case *c)
{
    const case_data *d = &c->data;
    const case_pf_columns *p = &c->pf;
    return (cef_injections){.struct_size = sizeof(cef_injections),
                            .gen_p = d->gen.p,
                            .gen_q = d->gen.q,
                            .load_p = p->load_p,
                            .load_q = p->load_q,
                            .bus_q = d->bus.qd,
                            .storage_p = p->storage_p,
                            .branch_p_from = p->p_from,
                            .branch_p_to = p->p_to,
                            .branch_q_from = p->q_from,
                            .branch_q_to = p->q_to};
}

cef_status cef_case_powerflow(cef_case *c, cef_powerflow_data *data, cef_injections *injections, cef_error *error)
{
    if (!c || !data || !injections)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE,
                         "cef_case_powerflow: case, data and injections must not be NULL");
    if (data->struct_size < sizeof(size_t) || injections->struct_size < sizeof(size_t))
        return error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE,
                         "cef_case_powerflow: struct_size of data or injections is not set");
    CEF_TRY(make_columns(c, error));
    const cef_powerflow_data own_data = data_of(c);
    const cef_injections own_injections = injections_of(c);
    struct_write(data, &own_data, sizeof own_data);
    struct_write(injections, &own_injections, sizeof own_injections);
    return CEF_OK;
}

const double *cef_case_participation(const cef_case *c) { return c && c->pf_block ? c->pf.apf : NULL; }

/* ---- the other way: solved powers into the case's state ---- */

typedef struct {
    cef_element element;
    const char *what;
    const double *from; /* NULL: leave what is there */
    double *to;
    cef_index n;
} solved_column;

enum { SOLVED_COLUMNS = 5 };

static void solved_columns(cef_case *c, const cef_powerflow_solution *s, solved_column out[SOLVED_COLUMNS])
{
    const case_data *d = &c->data;
    case_state *to = &c->state;
    out[0] = (solved_column){CEF_BRANCH, "p_from", s->branch_p_from, to->branch_p_from, d->branch.n};
    out[1] = (solved_column){CEF_BRANCH, "p_to", s->branch_p_to, to->branch_p_to, d->branch.n};
    out[2] = (solved_column){CEF_GEN, "p", s->gen_p, to->gen_p, d->gen.n};
    out[3] = (solved_column){CEF_LOAD, "p", s->load_p, to->load_p, d->load.n};
    out[4] = (solved_column){CEF_STORAGE, "p", s->storage_p, to->storage_p, d->storage.n};
}

static cef_status check_solved(const cef_case *c, const solved_column *column, cef_error *error)
{
    for (cef_index row = 0; column->from && row < column->n; row++) {
        if (isfinite(column->from[row]))
            continue;
        char name[64];
        cef_where where = case_where(&c->data, column->element, row, name);
        where.value = column->from[row];
        return error_format(error, DIAG_NOT_FINITE, where, "%s: solved %s of %s %s is not a finite number",
                            c->data.file, column->what, case_table_name(column->element), name);
    }
    return CEF_OK;
}

cef_status cef_case_apply_flows(cef_case *c, const cef_powerflow_solution *solution, cef_error *error)
{
    cef_powerflow_solution own;
    if (!c || !solution)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE,
                         "cef_case_apply_flows: case and solution must not be NULL");
    CEF_TRY(struct_read(&own, sizeof own, solution, sizeof(size_t), "solution", error));
    if (c->data.branch.n > 0 && (!own.branch_p_from || !own.branch_p_to))
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE,
                         "cef_case_apply_flows: branch_p_from and branch_p_to must not be NULL");
    solved_column column[SOLVED_COLUMNS];
    solved_columns(c, &own, column);
    for (int k = 0; k < SOLVED_COLUMNS; k++)
        CEF_TRY(check_solved(c, &column[k], error));
    for (int k = 0; k < SOLVED_COLUMNS; k++)
        if (column[k].from && column[k].n > 0)
            memcpy(column[k].to, column[k].from, (size_t) column[k].n * sizeof(double));
    c->has_flows = true;
    return CEF_OK;
}
