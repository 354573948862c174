/* SPDX-License-Identifier: Apache-2.0 */
#include "electric.h"

#include <math.h>
#include <stdlib.h>

static void *zeroed(cef_index n, size_t size)
{
    void *p = calloc((size_t) n + 1, size);
    if (!p)
        abort();
    return p;
}

#define COLUMN(pointer, n) ((pointer) = zeroed((n), sizeof *(pointer)))

electric electric_make(cef_index n_bus, cef_index most_branch, cef_index most_gen, cef_index most_load)
{
    electric g = {
        .base_mva = 100.0, .n_bus = n_bus, .most_branch = most_branch, .most_gen = most_gen, .most_load = most_load};
    double **const of_bus[] = {&g.gs, &g.bs, &g.vm0, &g.va0, &g.bus_q, &g.true_vm, &g.true_va};
    double **const of_branch[] = {&g.r, &g.x, &g.b, &g.tap, &g.shift, &g.p_from, &g.p_to, &g.q_from, &g.q_to};
    double **const of_gen[] = {&g.gen_p, &g.gen_q, &g.vg, &g.qmin, &g.qmax, &g.capacity, &g.share};
    for (size_t k = 0; k < sizeof of_bus / sizeof *of_bus; k++)
        *of_bus[k] = zeroed(n_bus, sizeof(double));
    for (size_t k = 0; k < sizeof of_branch / sizeof *of_branch; k++)
        *of_branch[k] = zeroed(most_branch, sizeof(double));
    for (size_t k = 0; k < sizeof of_gen / sizeof *of_gen; k++)
        *of_gen[k] = zeroed(most_gen, sizeof(double));
    COLUMN(g.bus_id, n_bus), COLUMN(g.bus_type, n_bus);
    COLUMN(g.from, most_branch), COLUMN(g.to, most_branch), COLUMN(g.on, most_branch), COLUMN(g.hvdc, most_branch);
    COLUMN(g.gen_bus, most_gen), COLUMN(g.gen_on, most_gen);
    COLUMN(g.load_bus, most_load), COLUMN(g.load_p, most_load), COLUMN(g.load_q, most_load);
    COLUMN(g.load_kind, most_load);
    for (cef_index bus = 0; bus < n_bus; bus++)
        g.bus_id[bus] = bus + 1, g.bus_type[bus] = CEF_BUS_TYPE_PQ, g.vm0[bus] = 1.0;
    return g;
}

void electric_free(electric *g)
{
    void *const columns[] = {g->bus_id, g->bus_type, g->gs,     g->bs,     g->vm0,       g->va0,      g->bus_q,
                             g->from,   g->to,       g->r,      g->x,      g->b,         g->tap,      g->shift,
                             g->p_from, g->p_to,     g->q_from, g->q_to,   g->on,        g->hvdc,     g->gen_bus,
                             g->gen_p,  g->gen_q,    g->vg,     g->qmin,   g->qmax,      g->capacity, g->share,
                             g->gen_on, g->load_bus, g->load_p, g->load_q, g->load_kind, g->true_vm,  g->true_va};
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        free(columns[k]);
    *g = (electric){0};
}

cef_index electric_branch(electric *g, cef_index from, cef_index to, double r, double x, double b)
{
    const cef_index k = g->n_branch++;
    if (k >= g->most_branch)
        abort();
    g->from[k] = from, g->to[k] = to;
    g->r[k] = r, g->x[k] = x, g->b[k] = b;
    g->on[k] = 1;
    return k;
}

cef_index electric_gen(electric *g, cef_index bus, double p, double vg)
{
    const cef_index k = g->n_gen++;
    if (k >= g->most_gen)
        abort();
    g->gen_bus[k] = bus;
    g->gen_p[k] = p, g->vg[k] = vg;
    g->qmin[k] = -INFINITY, g->qmax[k] = INFINITY;
    g->gen_on[k] = 1;
    return k;
}

cef_index electric_load(electric *g, cef_index bus, double p, double q)
{
    const cef_index k = g->n_load++;
    if (k >= g->most_load)
        abort();
    g->load_bus[k] = bus;
    g->load_p[k] = p, g->load_q[k] = q;
    g->load_kind[k] = CEF_LOAD_DEMAND;
    return k;
}

/* Their input power is not read: an absurd one proves it. */
void electric_shunt_rows(electric *g)
{
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        if (g->gs[bus] != 0.0)
            g->load_kind[electric_load(g, bus, 12345.0, 0.0)] = CEF_LOAD_SHUNT;
}

cef_network_data electric_network(const electric *g)
{
    return (cef_network_data){.struct_size = sizeof(cef_network_data),
                              .bus_id = g->bus_id,
                              .branch_from = g->from,
                              .branch_to = g->to,
                              .gen_bus = g->gen_bus,
                              .load_bus = g->load_bus,
                              .load_kind = g->load_kind,
                              .n_bus = g->n_bus,
                              .n_branch = g->n_branch,
                              .n_gen = g->n_gen,
                              .n_load = g->n_load};
}

cef_powerflow_data electric_data(const electric *g)
{
    return (cef_powerflow_data){.struct_size = sizeof(cef_powerflow_data),
                                .base_mva = g->base_mva,
                                .bus_type = g->bus_type,
                                .bus_gs = g->gs,
                                .bus_bs = g->bs,
                                .bus_vm0 = g->vm0,
                                .bus_va0 = g->va0,
                                .branch_r = g->r,
                                .branch_x = g->x,
                                .branch_b = g->b,
                                .branch_tap = g->tap,
                                .branch_shift = g->shift,
                                .branch_in_service = g->on,
                                .branch_hvdc = g->hvdc,
                                .gen_vg = g->vg,
                                .gen_qmin = g->qmin,
                                .gen_qmax = g->qmax,
                                .gen_capacity = g->capacity,
                                .gen_in_service = g->gen_on};
}

cef_injections electric_injections(const electric *g)
{
    return (cef_injections){.struct_size = sizeof(cef_injections),
                            .gen_p = g->gen_p,
                            .gen_q = g->gen_q,
                            .load_p = g->load_p,
                            .load_q = g->load_q,
                            .bus_q = g->bus_q,
                            .branch_p_from = g->p_from,
                            .branch_p_to = g->p_to,
                            .branch_q_from = g->q_from,
                            .branch_q_to = g->q_to};
}
