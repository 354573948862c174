/* SPDX-License-Identifier: Apache-2.0 */
/* Networks: validation, one block of memory, reference counting. */
#include "network/network.h"

#include "network/graph.h"

static void carve(cef_arena *arena, cef_network *net)
{
    ARENA_ARRAY(arena, net->bus_id, net->n_bus);
    ARENA_ARRAY(arena, net->bus_zone, net->n_bus);
    ARENA_ARRAY(arena, net->branch_from, net->n_branch);
    ARENA_ARRAY(arena, net->branch_to, net->n_branch);
    ARENA_ARRAY(arena, net->gen_bus, net->n_gen);
    ARENA_ARRAY(arena, net->load_bus, net->n_load);
    ARENA_ARRAY(arena, net->load_kind, net->n_load);
    ARENA_ARRAY(arena, net->storage_bus, net->n_storage);
    ARENA_ARRAY(arena, net->end_start, (size_t) net->n_bus + 1);
    ARENA_ARRAY(arena, net->end, 2 * (size_t) net->n_branch + NETWORK_END_SLACK);
    ARENA_ARRAY(arena, net->bus_units, net->n_bus);
    ARENA_ARRAY(arena, net->parallel_head, (size_t) net->n_branch / 2 + 1);
    ARENA_ARRAY(arena, net->parallel_next, net->n_branch);
    ARENA_ARRAY(arena, net->self_branch, net->n_self);
}

/* ---- validation: everything that can be wrong is found before anything is built ---- */

static cef_status check_counts(const cef_network_data *d, cef_error *error)
{
    if (d->n_bus < 0 || d->n_branch < 0 || d->n_gen < 0 || d->n_load < 0 || d->n_storage < 0)
        return error_set(error, DIAG_BAD_ARGUMENT, CEF_NOWHERE, "network data: a count is negative");
    if (d->n_bus == 0)
        return error_set(error, DIAG_EMPTY_NETWORK, CEF_NOWHERE, "the network has no bus: at least one is needed");
    if (d->n_branch > INT32_MAX / 8 || d->n_bus > INT32_MAX / 8)
        return error_format(error, DIAG_TOO_LARGE, CEF_NOWHERE, "%d buses and %d branches do not fit 32-bit positions",
                            (int64_t) d->n_bus, (int64_t) d->n_branch);
    if ((d->n_branch > 0 && (!d->branch_from || !d->branch_to)) || (d->n_gen > 0 && !d->gen_bus) ||
        (d->n_load > 0 && !d->load_bus) || (d->n_storage > 0 && !d->storage_bus))
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "network data: a table with rows has no bus column");
    return CEF_OK;
}

static cef_status check_buses(cef_element element, const char *what, const cef_index *bus, cef_index n, cef_index n_bus,
                              cef_error *error)
{
    for (cef_index k = 0; k < n; k++)
        if (bus[k] < 0 || bus[k] >= n_bus)
            return error_format(error, DIAG_UNKNOWN_BUS, CEF_AT(element, k, -1, (double) bus[k]),
                                "%s at position %d names bus position %d, but there are %d buses (0 to %d)", what,
                                (int64_t) k, (int64_t) bus[k], (int64_t) n_bus, (int64_t) n_bus - 1);
    return CEF_OK;
}

static cef_status check_kinds(const cef_network_data *d, cef_error *error)
{
    for (cef_index k = 0; d->load_kind && k < d->n_load; k++)
        if (d->load_kind[k] < CEF_LOAD_DEMAND || d->load_kind[k] > CEF_LOAD_EXPORT)
            return error_format(error, DIAG_BAD_KIND, CEF_AT(CEF_LOAD, k, -1, d->load_kind[k]),
                                "load at position %d has kind %d, expected 0 (demand), 1 (shunt) or 2 (export)",
                                (int64_t) k, (int64_t) d->load_kind[k]);
    return CEF_OK;
}

static uint64_t hash_id(cef_id id)
{
    uint64_t h = (uint64_t) id * 0x9E3779B97F4A7C15u;
    return h ^ (h >> 29);
}

static cef_status find_duplicate(const cef_id *id, cef_index n, cef_index *table, size_t mask, cef_error *error)
{
    memset(table, 0xFF, (mask + 1) * sizeof *table);
    for (cef_index k = 0; k < n; k++) {
        size_t at = hash_id(id[k]) & mask;
        for (; table[at] >= 0; at = (at + 1) & mask)
            if (id[table[at]] == id[k])
                return error_format(error, DIAG_DUPLICATE_ID, CEF_AT(CEF_BUS, k, id[k], NAN),
                                    "bus id %d stands at positions %d and %d: ids must be unique", id[k],
                                    (int64_t) table[at], (int64_t) k);
        table[at] = k;
    }
    return CEF_OK;
}

static cef_status check_unique(cef_context *ctx, const cef_id *id, cef_index n, cef_error *error)
{
    if (!id)
        return CEF_OK;
    size_t slots = 16;
    while (slots < 2 * (size_t) n)
        slots *= 2;
    void *table = NULL;
    CEF_TRY(context_take(ctx, slots * sizeof(cef_index), &table, error));
    const cef_status status = find_duplicate(id, n, table, slots - 1, error);
    context_free(ctx, table, slots * sizeof(cef_index));
    return status;
}

static cef_status check_data(cef_context *ctx, const cef_network_data *d, cef_error *error)
{
    CEF_TRY(check_counts(d, error));
    CEF_TRY(check_buses(CEF_BRANCH, "branch (from)", d->branch_from, d->n_branch, d->n_bus, error));
    CEF_TRY(check_buses(CEF_BRANCH, "branch (to)", d->branch_to, d->n_branch, d->n_bus, error));
    CEF_TRY(check_buses(CEF_GEN, "generator", d->gen_bus, d->n_gen, d->n_bus, error));
    CEF_TRY(check_buses(CEF_LOAD, "load", d->load_bus, d->n_load, d->n_bus, error));
    CEF_TRY(check_buses(CEF_STORAGE, "store", d->storage_bus, d->n_storage, d->n_bus, error));
    CEF_TRY(check_kinds(d, error));
    return check_unique(ctx, d->bus_id, d->n_bus, error);
}

/* ---- building ---- */

static void copy(void *to, const void *from, cef_index n, size_t item)
{
    if (n > 0)
        memcpy(to, from, (size_t) n * item);
}

static void copy_columns(cef_network *net, const cef_network_data *d)
{
    for (cef_index bus = 0; bus < net->n_bus; bus++) {
        net->bus_id[bus] = d->bus_id ? d->bus_id[bus] : bus;
        net->bus_zone[bus] = d->bus_zone ? d->bus_zone[bus] : 0;
    }
    copy(net->branch_from, d->branch_from, net->n_branch, sizeof(cef_index));
    copy(net->branch_to, d->branch_to, net->n_branch, sizeof(cef_index));
    copy(net->gen_bus, d->gen_bus, net->n_gen, sizeof(cef_index));
    copy(net->load_bus, d->load_bus, net->n_load, sizeof(cef_index));
    copy(net->storage_bus, d->storage_bus, net->n_storage, sizeof(cef_index));
    for (cef_index load = 0; load < net->n_load; load++)
        net->load_kind[load] = d->load_kind ? d->load_kind[load] : CEF_LOAD_DEMAND;
}

static cef_status allocate(cef_context *ctx, const cef_network_data *d, cef_network **out, cef_error *error)
{
    cef_network shape = {.n_bus = d->n_bus,
                         .n_branch = d->n_branch,
                         .n_gen = d->n_gen,
                         .n_load = d->n_load,
                         .n_storage = d->n_storage,
                         .references = 1};
    for (cef_index branch = 0; branch < d->n_branch; branch++)
        shape.n_self += d->branch_from[branch] == d->branch_to[branch];
    cef_arena arena = {0};
    (void) arena_take(&arena, 1, sizeof shape);
    carve(&arena, &shape);
    if (arena.overflow)
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE, "the network does not fit this machine's memory sizes");
    void *memory = NULL;
    shape.size = arena.used;
    CEF_TRY(context_take(ctx, shape.size, &memory, error));
    arena = (cef_arena){.base = memory};
    cef_network *net = arena_take(&arena, 1, sizeof *net);
    carve(&arena, &shape);
    shape.ctx = ctx;
    *net = shape;
    context_retain(ctx);
    *out = net;
    return CEF_OK;
}

cef_status network_create(cef_context *ctx, const cef_network_data *data, cef_network **out, cef_error *error)
{
    CEF_TRY(check_data(ctx, data, error));
    cef_network *net = NULL;
    CEF_TRY(allocate(ctx, data, &net, error));
    copy_columns(net, data);
    cef_status status = graph_build(net, error);
    if (status == CEF_OK)
        *out = net;
    else
        network_release(net);
    return status;
}

void network_retain(const cef_network *net) { __atomic_add_fetch((int32_t *) &net->references, 1, __ATOMIC_RELAXED); }

void network_release(cef_network *net)
{
    if (!net || __atomic_sub_fetch(&net->references, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    cef_context *ctx = net->ctx;
    static_order_destroy(&net->elimination);
    context_free(ctx, net, net->size);
    context_release(ctx);
}

void network_describe(const cef_network *net, cef_network_data *out)
{
    *out = (cef_network_data){.struct_size = sizeof *out,
                              .bus_id = net->bus_id,
                              .bus_zone = net->bus_zone,
                              .branch_from = net->branch_from,
                              .branch_to = net->branch_to,
                              .gen_bus = net->gen_bus,
                              .load_bus = net->load_bus,
                              .load_kind = net->load_kind,
                              .storage_bus = net->storage_bus,
                              .n_bus = net->n_bus,
                              .n_branch = net->n_branch,
                              .n_gen = net->n_gen,
                              .n_load = net->n_load,
                              .n_storage = net->n_storage};
}
