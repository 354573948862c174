/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: however many branches meet at a bus, and wherever such buses stand together or behind a loop, every intensity
 * is the mean of what flows in. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include <cef/solver.h>

enum { LAYER = 250, LAYERS = 5, N_BUS = LAYER * LAYERS, MOST = N_BUS * 32 };

typedef struct {
    cef_index from[MOST], to[MOST], gen_bus[N_BUS];
    double p_from[MOST], p_to[MOST], gen_p[N_BUS], gen_intensity[N_BUS];
    cef_index n_branch, n_gen;
} layers;

static void add_arc(layers *g, cef_index tail, cef_index head, double mw)
{
    const cef_index b = g->n_branch++;
    const bool turned = b % 3 == 0;
    g->from[b] = turned ? head : tail;
    g->to[b] = turned ? tail : head;
    g->p_from[b] = turned ? -mw : mw;
    g->p_to[b] = turned ? mw : -mw;
}

/* Each bus feeds 1 to `degree` of the next layer; there are units in the first layer, loops within the second. */
static layers *layers_of(cef_index degree)
{
    layers *g = calloc(1, sizeof *g);
    for (cef_index bus = 0; bus < N_BUS - LAYER; bus++) {
        const cef_index next = (bus / LAYER + 1) * LAYER, at = bus % LAYER, n = 1 + at % degree;
        add_arc(g, bus, next + at, 4.0);
        for (cef_index k = 1; k < n; k++)
            add_arc(g, bus, next + (at * 7 + k * 11) % LAYER, 1.0 + k);
        if (bus / LAYER == 1 && at % 50 < 2)
            add_arc(g, bus, bus ^ 1, 0.5);
    }
    for (cef_index bus = 0; bus < LAYER; bus++) {
        g->gen_bus[g->n_gen] = bus;
        g->gen_p[g->n_gen] = 5.0 + bus % 4;
        g->gen_intensity[g->n_gen++] = 0.001 * bus;
    }
    return g;
}

static void take_mean(const layers *g, double *x)
{
    double carbon[N_BUS] = {0}, mw[N_BUS] = {0};
    for (cef_index k = 0; k < g->n_gen; k++) {
        carbon[g->gen_bus[k]] += g->gen_p[k] * g->gen_intensity[k];
        mw[g->gen_bus[k]] += g->gen_p[k];
    }
    for (cef_index b = 0; b < g->n_branch; b++) {
        const bool forward = g->p_from[b] > 0.0;
        const double w = fabs(g->p_from[b]);
        carbon[forward ? g->to[b] : g->from[b]] += w * x[forward ? g->from[b] : g->to[b]];
        mw[forward ? g->to[b] : g->from[b]] += w;
    }
    for (cef_index bus = 0; bus < N_BUS; bus++)
        x[bus] = carbon[bus] / mw[bus];
}

static void expect_means(cef_index degree)
{
    layers *g = layers_of(degree);
    const cef_network_data data = {.struct_size = sizeof data,
                                   .branch_from = g->from,
                                   .branch_to = g->to,
                                   .gen_bus = g->gen_bus,
                                   .n_bus = N_BUS,
                                   .n_branch = g->n_branch,
                                   .n_gen = g->n_gen};
    const cef_snapshot s = {.struct_size = sizeof s,
                            .branch_p_from = g->p_from,
                            .branch_p_to = g->p_to,
                            .gen_p = g->gen_p,
                            .gen_intensity = g->gen_intensity};
    double x[N_BUS], mean[N_BUS] = {0};
    cef_index block[N_BUS], in_loops = 0;
    cef_solution out = {.struct_size = sizeof out, .bus_intensity = x, .bus_block = block};
    cef_context *ctx = NULL;
    cef_network *net = NULL;
    cef_solver *solver = NULL;
    cr_assert(!cef_context_create(NULL, &ctx, NULL) && !cef_network_create(ctx, &data, &net, NULL) &&
              !cef_solver_create(ctx, net, NULL, &solver, NULL) && !cef_solver_solve(solver, &s, &out, NULL, NULL));
    for (int turn = 0; turn < 60; turn++) /* loops carry an eighth at most, layers one step a turn */
        take_mean(g, mean);
    for (cef_index bus = 0; bus < N_BUS; bus++) {
        cr_assert(fabs(x[bus] - mean[bus]) <= 1e-12, "%d ends: bus %d: %.17g, not %.17g", degree, bus, x[bus],
                  mean[bus]);
        in_loops += block[bus] >= 0;
    }
    cr_assert(in_loops == 2 * LAYER / 50, "%d", in_loops);
    cef_solver_destroy(solver);
    cef_network_destroy(net);
    cef_context_destroy(ctx);
    free(g);
}

Test(many_ends, intensities_are_means_of_what_flows_in)
{
    for (cef_index degree = 1; degree <= 24; degree++)
        expect_means(degree);
}
