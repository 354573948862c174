/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the solver as any program would: context, network, solver, arrays of its own. */
#include <stdlib.h>
#include <string.h>

#include "support.h"

cef_settings settings_of(int32_t loss_policy)
{
    cef_settings settings;
    cef_settings_init(&settings, sizeof settings);
    settings.loss_policy = loss_policy;
    settings.loss_split = loss_policy == CEF_LOSS_SPLIT ? 0.375 : 0.0;
    return settings;
}

static void must(cef_status status, const cef_error *error, const char *what)
{
    if (status == CEF_OK)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, cef_status_name(status), error->message);
    abort();
}

session session_open(const model *m, const cef_settings *settings, const cef_allocator *allocator)
{
    session s = {0};
    cef_error error = {.struct_size = sizeof error};
    const cef_context_options options = {.struct_size = sizeof options, .allocator = allocator};
    const cef_network_data data = model_network(m);
    must(cef_context_create(&options, &s.ctx, &error), &error, "cef_context_create");
    must(cef_network_create(s.ctx, &data, &s.net, &error), &error, "cef_network_create");
    must(cef_solver_create(s.ctx, s.net, settings, &s.solver, &error), &error, "cef_solver_create");
    return s;
}

void session_close(session *s)
{
    cef_solver_destroy(s->solver);
    cef_network_destroy(s->net);
    cef_context_destroy(s->ctx);
    *s = (session){0};
}

answer answer_make(const model *m)
{
    answer a = {.error = {.struct_size = sizeof(cef_error)},
                .info = {.struct_size = sizeof(cef_solve_info)},
                .out = {.struct_size = sizeof(cef_solution)}};
    const size_t bus = (size_t) m->n_bus, branch = (size_t) m->n_branch;
    const size_t gen = (size_t) m->n_gen, load = (size_t) m->n_load, storage = (size_t) m->n_storage;
    a.size = (8 * bus + 4 * branch + 2 * gen + load + storage) * sizeof(double);
    a.memory = malloc(a.size);
    if (!a.memory)
        abort();
    memset(a.memory, 0x7b, a.size);
    double *at = a.memory;
    double **columns[] = {&a.out.bus_intensity,      &a.out.bus_throughput,     &a.out.bus_imbalance,
                          &a.out.bus_error_bound,    &a.out.bus_mismatch_p,     &a.out.bus_loss_factor,
                          &a.out.branch_intensity,   &a.out.branch_carbon_from, &a.out.branch_carbon_to,
                          &a.out.branch_carbon_loss, &a.out.gen_carbon,         &a.out.gen_carbon_loss,
                          &a.out.load_carbon,        &a.out.storage_carbon};
    const size_t lengths[] = {bus, bus, bus, bus, bus, bus, branch, branch, branch, branch, gen, gen, load, storage};
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        *columns[k] = at;
        at += lengths[k];
    }
    a.out.bus_flags = (int32_t *) at;
    a.out.bus_block = (int32_t *) (at + bus);
    return a;
}

void answer_free(answer *a)
{
    free(a->memory);
    *a = (answer){0};
}

void session_solve(const session *s, const model *m, answer *a)
{
    const cef_snapshot snapshot = model_snapshot(m);
    a->status = cef_solver_solve(s->solver, &snapshot, &a->out, &a->info, &a->error);
}

answer model_solve(const model *m, const cef_settings *settings)
{
    session s = session_open(m, settings, NULL);
    answer a = answer_make(m);
    session_solve(&s, m, &a);
    session_close(&s);
    return a;
}

uint64_t fnv1a(uint64_t hash, const void *data, size_t n)
{
    const unsigned char *byte = data;
    for (size_t k = 0; k < n; k++)
        hash = (hash ^ byte[k]) * 1099511628211ull;
    return hash;
}

/* NaN has many bit patterns and no promised one: they hash as one. -0.0 and 0.0 stay apart. */
static uint64_t hash_numbers(uint64_t hash, const double *values, cef_index n)
{
    for (cef_index k = 0; k < n; k++) {
        const uint64_t undefined = 0x7ff8000000000000ull;
        hash = values[k] == values[k] ? fnv1a(hash, &values[k], 8) : fnv1a(hash, &undefined, 8);
    }
    return hash;
}

uint64_t answer_hash(uint64_t hash, const model *m, const answer *a)
{
    const cef_solution *o = &a->out;
    hash = fnv1a(hash, &a->status, sizeof a->status);
    if (a->status != CEF_OK && a->status != CEF_ERR_CERTIFICATE)
        return hash;
    const double *bus[] = {o->bus_intensity,   o->bus_throughput, o->bus_imbalance,
                           o->bus_error_bound, o->bus_mismatch_p, o->bus_loss_factor};
    const double *branch[] = {o->branch_intensity, o->branch_carbon_from, o->branch_carbon_to, o->branch_carbon_loss};
    for (size_t k = 0; k < sizeof bus / sizeof *bus; k++)
        hash = hash_numbers(hash, bus[k], m->n_bus);
    for (size_t k = 0; k < sizeof branch / sizeof *branch; k++)
        hash = hash_numbers(hash, branch[k], m->n_branch);
    hash = hash_numbers(hash, o->gen_carbon, m->n_gen);
    hash = hash_numbers(hash, o->gen_carbon_loss, m->n_gen);
    hash = hash_numbers(hash, o->load_carbon, m->n_load);
    hash = hash_numbers(hash, o->storage_carbon, m->n_storage);
    hash = fnv1a(hash, o->bus_flags, (size_t) m->n_bus * sizeof *o->bus_flags);
    hash = fnv1a(hash, o->bus_block, (size_t) m->n_bus * sizeof *o->bus_block);
    const cef_solve_info *i = &a->info;
    const double figures[] = {i->error_bound,  i->backward_error,   i->residual_bound, i->conservation,
                              i->balance_mw,   i->total_generation, i->total_load,     i->total_loss,
                              i->total_export, i->total_storage,    i->total_mismatch};
    const cef_index counts[] = {
        i->worst_balance_bus, i->n_blocks,        i->largest_block,       i->n_undefined,     i->n_unfed,
        i->n_imbalanced,      i->n_both_ends_fed, i->n_both_ends_deliver, i->n_negative_loss, i->n_defaulted_factors,
        i->maximum_principle, i->certified,       i->range_exceeded};
    hash = hash_numbers(hash, figures, sizeof figures / sizeof *figures);
    return fnv1a(hash, counts, sizeof counts);
}
