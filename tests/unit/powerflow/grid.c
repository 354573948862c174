/* SPDX-License-Identifier: Apache-2.0 */
#include "grid.h"

#include <criterion/criterion.h>

grid *grid_new(void)
{
    static grid g; /* every test runs in a process of its own */
    memset(&g, 0, sizeof g);
    cef_powerflow_options_init(&g.options, sizeof g.options);
    return &g;
}

cef_index grid_bus(grid *g, int8_t type)
{
    const cef_index bus = g->n_bus++;
    g->type[bus] = type;
    g->vm0[bus] = 1.0;
    return bus;
}

cef_index grid_branch(grid *g, cef_index from, cef_index to, double r, double x)
{
    const cef_index k = g->n_branch++;
    g->from[k] = from;
    g->to[k] = to;
    g->r[k] = r;
    g->x[k] = x;
    g->branch_on[k] = 1;
    return k;
}

cef_index grid_gen(grid *g, cef_index bus, double p, double vg)
{
    const cef_index gen = g->n_gen++;
    g->gen_bus[gen] = bus;
    g->gen_p[gen] = p;
    g->vg[gen] = vg;
    g->qmin[gen] = -HUGE_VAL;
    g->qmax[gen] = HUGE_VAL;
    g->capacity[gen] = 100.0;
    g->gen_on[gen] = 1;
    return gen;
}

cef_index grid_load(grid *g, cef_index bus, double p, double q)
{
    const cef_index load = g->n_load++;
    g->load_bus[load] = bus;
    g->load_p[load] = p;
    g->load_q[load] = q;
    return load;
}

cef_index grid_shunt(grid *g, cef_index bus, double gs, double bs)
{
    const cef_index load = grid_load(g, bus, 12345.0, 0.0); /* not read */
    g->load_kind[load] = CEF_LOAD_SHUNT;
    g->gs[bus] = gs;
    g->bs[bus] = bs;
    return load;
}

cef_status grid_open(grid *g, handles *h, const cef_allocator *allocator)
{
    const cef_network_data net = {.struct_size = sizeof net,
                                  .branch_from = g->from,
                                  .branch_to = g->to,
                                  .gen_bus = g->gen_bus,
                                  .load_bus = g->load_bus,
                                  .load_kind = g->load_kind,
                                  .storage_bus = g->storage_bus,
                                  .n_bus = g->n_bus,
                                  .n_branch = g->n_branch,
                                  .n_gen = g->n_gen,
                                  .n_load = g->n_load,
                                  .n_storage = g->n_storage};
    const cef_powerflow_data data = {.struct_size = sizeof data,
                                     .base_mva = 100.0,
                                     .bus_type = g->type,
                                     .bus_gs = g->gs,
                                     .bus_bs = g->bs,
                                     .bus_vm0 = g->vm0,
                                     .bus_va0 = g->va0,
                                     .branch_r = g->r,
                                     .branch_x = g->x,
                                     .branch_b = g->b,
                                     .branch_tap = g->tap,
                                     .branch_shift = g->shift,
                                     .branch_in_service = g->branch_on,
                                     .branch_hvdc = g->hvdc,
                                     .gen_vg = g->vg,
                                     .gen_qmin = g->qmin,
                                     .gen_qmax = g->qmax,
                                     .gen_capacity = g->capacity,
                                     .gen_in_service = g->gen_on};
    const cef_context_options options = {.struct_size = sizeof options, .allocator = allocator};
    *h = (handles){NULL, NULL, NULL};
    g->error.struct_size = sizeof g->error;
    cr_assert(cef_context_create(&options, &h->ctx, NULL) == CEF_OK);
    cr_assert(cef_network_create(h->ctx, &net, &h->net, &g->error) == CEF_OK, "%s", g->error.message);
    return cef_powerflow_create(h->ctx, h->net, &data, &g->options, &h->pf, &g->error);
}

static cef_injections injections_of(const grid *g)
{
    return (cef_injections){.struct_size = sizeof(cef_injections),
                            .gen_p = g->gen_p,
                            .gen_q = g->gen_q,
                            .load_p = g->load_p,
                            .load_q = g->load_q,
                            .bus_q = g->bus_q,
                            .storage_p = g->storage_p,
                            .branch_p_from = g->hvdc_p_from,
                            .branch_p_to = g->hvdc_p_to,
                            .branch_q_from = g->hvdc_q_from,
                            .branch_q_to = g->hvdc_q_to};
}

static cef_powerflow_solution solution_of(grid *g)
{
    return (cef_powerflow_solution){.struct_size = sizeof(cef_powerflow_solution),
                                    .bus_vm = g->vm,
                                    .bus_va = g->va,
                                    .branch_p_from = g->p_from,
                                    .branch_q_from = g->q_from,
                                    .branch_p_to = g->p_to,
                                    .branch_q_to = g->q_to,
                                    .gen_p = g->out_gen_p,
                                    .gen_q = g->out_gen_q,
                                    .load_p = g->out_load_p,
                                    .storage_p = g->out_storage_p,
                                    .bus_mismatch_p = g->miss_p,
                                    .bus_mismatch_q = g->miss_q,
                                    .bus_type = g->out_type};
}

cef_status grid_solve(grid *g, const handles *h)
{
    const cef_injections in = injections_of(g);
    cef_powerflow_solution out = solution_of(g);
    g->info.struct_size = sizeof g->info;
    return cef_powerflow_solve(h->pf, &in, &out, &g->info, &g->error);
}

cef_status grid_evaluate(grid *g, const handles *h, const double *vm, const double *va)
{
    const cef_injections in = injections_of(g);
    cef_powerflow_solution out = solution_of(g);
    g->info.struct_size = sizeof g->info;
    return cef_powerflow_evaluate(h->pf, &in, vm, va, &out, &g->info, &g->error);
}

void grid_close(handles *h)
{
    cef_powerflow_destroy(h->pf);
    cef_network_destroy(h->net);
    cef_context_destroy(h->ctx);
}

cef_status grid_run(grid *g)
{
    handles h;
    cef_status status = grid_open(g, &h, NULL);
    if (status == CEF_OK)
        status = grid_solve(g, &h);
    grid_close(&h);
    return status;
}

void grid_must_run(grid *g) { cr_assert(grid_run(g) == CEF_OK, "%s", g->error.message); }

double grid_imbalance(const grid *g)
{
    double sum[GRID_MOST] = {0}, worst = 0.0;
    for (cef_index k = 0; k < g->n_gen; k++)
        sum[g->gen_bus[k]] += g->out_gen_p[k];
    for (cef_index k = 0; k < g->n_load; k++)
        sum[g->load_bus[k]] -= g->out_load_p[k];
    for (cef_index k = 0; k < g->n_storage; k++)
        sum[g->storage_bus[k]] += g->out_storage_p[k];
    for (cef_index k = 0; k < g->n_branch; k++) {
        sum[g->from[k]] -= g->p_from[k];
        sum[g->to[k]] -= g->p_to[k];
    }
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        worst = fmax(worst, fabs(sum[bus]));
    return worst;
}

/* Uniform in [low, high). */
static double draw(uint64_t *seed, double low, double high)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double) (*seed >> 11) * 0x1p-53;
}

static cef_index pick(uint64_t *seed, cef_index n) { return (cef_index) draw(seed, 0.0, (double) n); }

grid *grid_random(uint64_t seed, cef_index n_bus)
{
    grid *g = grid_new();
    for (cef_index bus = 0; bus < n_bus; bus++) {
        grid_bus(g, bus % 4 == 0 ? CEF_BUS_TYPE_PV : CEF_BUS_TYPE_PQ);
        g->bs[bus] = draw(&seed, 0.0, 5.0);
        grid_load(g, bus, draw(&seed, -2.0, 12.0), draw(&seed, -1.0, 4.0));
        if (bus % 4 == 0)
            grid_gen(g, bus, draw(&seed, 5.0, 35.0), draw(&seed, 0.99, 1.04));
        if (bus % 8 == 0)
            grid_gen(g, bus, draw(&seed, 0.0, 5.0), g->vg[g->n_gen - 1]);
        if (bus % 5 == 2)
            grid_shunt(g, bus, draw(&seed, 0.0, 3.0), 2.0);
    }
    g->type[0] = CEF_BUS_TYPE_REF;
    for (cef_index k = 0; k < n_bus + n_bus / 2; k++) {
        const cef_index from = k % n_bus, to = k < n_bus ? (k + 1) % n_bus : pick(&seed, n_bus);
        const cef_index branch = grid_branch(g, from, to, draw(&seed, 0.0, 0.02), draw(&seed, 0.02, 0.15));
        g->b[branch] = draw(&seed, 0.0, 0.03);
        if (k % 3 == 0)
            g->tap[branch] = draw(&seed, 0.95, 1.05);
        if (k % 7 == 0)
            g->shift[branch] = draw(&seed, -4.0, 4.0);
    }
    return g;
}

void grid_disturb(grid *g, uint64_t seed, double off, double degrees)
{
    for (cef_index bus = 0; bus < g->n_bus; bus++) {
        g->vm0[bus] = draw(&seed, 1.0 - off, 1.0 + off);
        g->va0[bus] = bus == 0 ? 0.0 : draw(&seed, -degrees, degrees);
    }
}
