/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the power flow as any program would: context, network, handle, arrays of its own. */
#include <stdlib.h>
#include <string.h>

#include "electric.h"

cef_powerflow_options flow_options(int32_t method, int32_t start)
{
    cef_powerflow_options options;
    cef_powerflow_options_init(&options, sizeof options);
    options.method = method;
    options.start = start;
    return options;
}

static void must(cef_status status, const cef_error *error, const char *what)
{
    if (status == CEF_OK)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, cef_status_name(status), error->message);
    abort();
}

flow_session flow_open(const electric *g, const cef_powerflow_options *options, const cef_allocator *allocator)
{
    flow_session s = {.error = {.struct_size = sizeof(cef_error)}};
    const cef_context_options context = {.struct_size = sizeof context, .allocator = allocator};
    const cef_network_data network = electric_network(g);
    const cef_powerflow_data data = electric_data(g);
    cef_powerflow_options own = options ? *options : (cef_powerflow_options){0};
    if (options && g->has_shares)
        own.participation = g->share;
    must(cef_context_create(&context, &s.ctx, &s.error), &s.error, "cef_context_create");
    must(cef_network_create(s.ctx, &network, &s.net, &s.error), &s.error, "cef_network_create");
    s.status = cef_powerflow_create(s.ctx, s.net, &data, options ? &own : NULL, &s.pf, &s.error);
    return s;
}

void flow_close(flow_session *s)
{
    cef_context_destroy(s->ctx);
    cef_network_destroy(s->net);
    cef_powerflow_destroy(s->pf);
    *s = (flow_session){0};
}

flowed flowed_make(const electric *g)
{
    flowed f = {.out = {.struct_size = sizeof(cef_powerflow_solution)}};
    const size_t bus = (size_t) g->n_bus, branch = (size_t) g->n_branch, gen = (size_t) g->n_gen;
    f.size = (5 * bus + 4 * branch + 2 * gen + (size_t) g->n_load + 1) * sizeof(double);
    f.memory = malloc(f.size);
    if (!f.memory)
        abort();
    double *at = (double *) (void *) f.memory;
    double **const of_bus[] = {&f.out.bus_vm, &f.out.bus_va, &f.out.bus_mismatch_p, &f.out.bus_mismatch_q};
    double **const of_branch[] = {&f.out.branch_p_from, &f.out.branch_q_from, &f.out.branch_p_to, &f.out.branch_q_to};
    for (size_t k = 0; k < 4; k++, at += bus)
        *of_bus[k] = at;
    for (size_t k = 0; k < 4; k++, at += branch)
        *of_branch[k] = at;
    f.out.gen_p = at, at += gen;
    f.out.gen_q = at, at += gen;
    f.out.load_p = at, at += g->n_load;
    f.out.bus_type = (int32_t *) (void *) at;
    return f;
}

void flowed_free(flowed *f)
{
    free(f->memory);
    *f = (flowed){0};
}

static void poison(flowed *f) /* an output left unwritten is seen */
{
    memset(f->memory, 0x7b, f->size);
    f->info = (cef_powerflow_info){.struct_size = sizeof f->info};
    f->error = (cef_error){.struct_size = sizeof f->error};
}

void flow_solve(const flow_session *s, const electric *g, flowed *f)
{
    const cef_injections injections = electric_injections(g);
    poison(f);
    f->status = cef_powerflow_solve(s->pf, &injections, &f->out, &f->info, &f->error);
}

void flow_evaluate(const flow_session *s, const electric *g, const double *vm, const double *va, flowed *f)
{
    const cef_injections injections = electric_injections(g);
    poison(f);
    f->status = cef_powerflow_evaluate(s->pf, &injections, vm, va, &f->out, &f->info, &f->error);
}

flowed electric_solve(const electric *g, const cef_powerflow_options *options)
{
    flow_session s = flow_open(g, options, NULL);
    must(s.status, &s.error, "cef_powerflow_create");
    flowed f = flowed_make(g);
    flow_solve(&s, g, &f);
    flow_close(&s);
    return f;
}
