/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "trace_bench.h"

static double *scaled(const double *from, cef_index n, double factor)
{
    double *to = bench_array((size_t) n, sizeof *to);
    for (cef_index k = 0; k < n; k++)
        to[k] = factor * from[k];
    return to;
}

/* Powers times factor, in arrays of its own; intensities shared. */
static cef_snapshot scaled_snapshot(const cef_network_data *net, const cef_snapshot *a, double factor)
{
    cef_snapshot s = *a;
    s.branch_p_from = scaled(a->branch_p_from, net->n_branch, factor);
    s.branch_p_to = scaled(a->branch_p_to, net->n_branch, factor);
    s.gen_p = scaled(a->gen_p, net->n_gen, factor);
    s.load_p = scaled(a->load_p, net->n_load, factor);
    return s;
}

static void snapshot_free(cef_snapshot *s)
{
    const double *arrays[] = {s->branch_p_from, s->branch_p_to, s->gen_p, s->load_p};
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++)
        free((void *) arrays[k]);
}

/* Reverses about one branch in a thousand: the only branch of a bus with a running unit, which no loop can hold. Where
 * it fed its neighbour, another such bus still does. */
static cef_snapshot reversed_snapshot(const cef_network_data *net, const cef_snapshot *a)
{
    cef_snapshot s = scaled_snapshot(net, a, 1.0);
    double *from = (double *) s.branch_p_from, *to = (double *) s.branch_p_to;
    cef_index *arcs = bench_array((size_t) net->n_bus, sizeof *arcs), due = net->n_branch / 1000 + 1;
    cef_index *feeders = bench_array((size_t) net->n_bus, sizeof *feeders);
    bool *runs = bench_array((size_t) net->n_bus, sizeof *runs);
    for (cef_index k = 0; k < net->n_branch; k++) {
        arcs[net->branch_from[k]]++;
        arcs[net->branch_to[k]]++;
    }
    for (cef_index k = 0; k < net->n_gen; k++)
        runs[net->gen_bus[k]] |= a->gen_p[k] > 0.0;
    for (int turn = 0; turn < 2; turn++) /* count feeders, then reverse */
        for (cef_index k = 0, passed = 0; k < net->n_branch && due > 0; k++) {
            const bool forward = from[k] > 0.0;
            const cef_index tail = forward ? net->branch_from[k] : net->branch_to[k];
            const cef_index head = forward ? net->branch_to[k] : net->branch_from[k];
            const bool arc = from[k] * to[k] < 0.0, at_tail = arcs[tail] == 1 && runs[tail];
            feeders[head] += turn == 0 && arc && at_tail;
            if (turn == 0 || !arc || !((arcs[head] == 1 && runs[head]) || (at_tail && feeders[head] > 1)) ||
                passed++ % 7 != 0)
                continue;
            const double p = from[k];
            from[k] = to[k];
            to[k] = p;
            feeders[head]--;
            due--;
        }
    free(arcs);
    free(feeders);
    free(runs);
    return s;
}

static void derive(trace_case *c)
{
    c->b = scaled_snapshot(&c->net, &c->a, 1.25);
    c->against = scaled_snapshot(&c->net, &c->a, -1.0);
    c->reversed = reversed_snapshot(&c->net, &c->a);
    c->against.load_intensity = NULL; /* its loads inject, at the solver's default */
}

trace_case case_generated(cef_context *ctx, cef_index n_bus, int32_t kind, int32_t numbering)
{
    trace_case c = {.name = "generated",
                    .numbering = numbering == CEF_NUMBERING_NATURAL ? "natural" : "random",
                    .net = {.struct_size = sizeof c.net},
                    .a = {.struct_size = sizeof c.a}};
    const cef_grid_options options = {sizeof options, 1, n_bus, kind, numbering, 0};
    cef_error error = {.struct_size = sizeof error};
    if (cef_grid_create(ctx, &options, &c.grid, &error) || cef_grid_network(c.grid, &c.net, &error) ||
        cef_grid_snapshot(c.grid, &c.a, &error))
        bench_fail("generated grid", &error);
    derive(&c);
    return c;
}

bool case_from_file(cef_context *ctx, const char *folder, const char *file, trace_case *out)
{
    trace_case c = {
        .name = file, .numbering = "file", .net = {.struct_size = sizeof c.net}, .a = {.struct_size = sizeof c.a}};
    cef_error error = {.struct_size = sizeof error};
    const cef_factor_options factors = {
        .struct_size = sizeof factors, .fuel_factors = "ipcc2006", .missing = CEF_MISSING_VALUE, .missing_value = 0.5};
    char path[4096];
    if (!folder)
        return false;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    if (cef_case_read(ctx, path, &c.file, &error) || cef_case_price(c.file, &factors, NULL, &error) ||
        cef_network_describe(cef_case_network(c.file), &c.net, &error) || cef_case_snapshot(c.file, &c.a, &error)) {
        fprintf(stderr, "bench: %s left out: %s %s\n", path, error.code, error.message);
        cef_case_destroy(c.file);
        return false;
    }
    derive(&c);
    *out = c;
    return true;
}

void case_close(trace_case *c)
{
    snapshot_free(&c->b);
    snapshot_free(&c->against);
    snapshot_free(&c->reversed);
    cef_grid_destroy(c->grid);
    cef_case_destroy(c->file);
}

cef_solution outputs_open(const cef_network_data *net, bool certificate)
{
    const size_t bus = (size_t) net->n_bus, branch = (size_t) net->n_branch;
    return (cef_solution){
        .struct_size = sizeof(cef_solution),
        .bus_intensity = bench_array(bus, sizeof(double)),
        .bus_throughput = bench_array(bus, sizeof(double)),
        .bus_imbalance = bench_array(bus, sizeof(double)),
        .bus_error_bound = certificate ? bench_array(bus, sizeof(double)) : NULL,
        .branch_carbon_from = bench_array(branch, sizeof(double)),
        .branch_carbon_to = bench_array(branch, sizeof(double)),
        .branch_carbon_loss = bench_array(branch, sizeof(double)),
        .gen_carbon = bench_array((size_t) net->n_gen, sizeof(double)),
        .load_carbon = bench_array((size_t) net->n_load, sizeof(double)),
    };
}

void outputs_close(cef_solution *out)
{
    double *arrays[] = {out->bus_intensity,      out->bus_throughput,     out->bus_imbalance,
                        out->bus_error_bound,    out->branch_carbon_from, out->branch_carbon_to,
                        out->branch_carbon_loss, out->gen_carbon,         out->load_carbon};
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++)
        free(arrays[k]);
}
