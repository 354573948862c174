/* SPDX-License-Identifier: Apache-2.0 */
/* Cases: from tables to a network and a snapshot, and what can be asked of them. */
#include "io/case_object.h"

static size_t carve_state(case_state *s, const case_data *d, char *base, bool *overflow)
{
    cef_arena arena = {base, 0, false};
    ARENA_ARRAY(&arena, s->branch_p_from, d->branch.n);
    ARENA_ARRAY(&arena, s->branch_p_to, d->branch.n);
    ARENA_ARRAY(&arena, s->gen_p, d->gen.n);
    ARENA_ARRAY(&arena, s->gen_intensity, d->gen.n);
    ARENA_ARRAY(&arena, s->load_p, d->load.n);
    ARENA_ARRAY(&arena, s->load_intensity, d->load.n);
    ARENA_ARRAY(&arena, s->storage_p, d->storage.n);
    ARENA_ARRAY(&arena, s->storage_intensity, d->storage.n);
    ARENA_ARRAY(&arena, s->storage_energy, d->storage.n);
    ARENA_ARRAY(&arena, s->storage_capacity, d->storage.n);
    *overflow = arena.overflow;
    return arena.used;
}

/* A branch that states only its from end is lossless; one that states none stays NaN, never 0. */
static void fill_branches(cef_case *c)
{
    const case_branches *b = &c->data.branch;
    c->has_flows = true;
    for (cef_index k = 0; k < b->n; k++) {
        const double from = b->in_service[k] ? b->p_from[k] : 0.0;
        const double to = b->in_service[k] ? b->p_to[k] : 0.0;
        c->state.branch_p_from[k] = from;
        c->state.branch_p_to[k] = isnan(to) ? -from : to;
        c->has_flows &= !isnan(from);
        c->n_out_of_service += !b->in_service[k];
    }
}

static void fill_power(cef_case *c, double *power, const double *stated, const int8_t *in_service, cef_index n)
{
    for (cef_index k = 0; k < n; k++) {
        power[k] = in_service[k] ? stated[k] : 0.0;
        c->n_out_of_service += !in_service[k];
    }
}

static void fill_stores(cef_case *c)
{
    const case_storage *s = &c->data.storage;
    for (cef_index k = 0; k < s->n; k++) {
        c->state.storage_energy[k] = isnan(s->energy[k]) ? 0.0 : s->energy[k];
        c->state.storage_capacity[k] = isnan(s->capacity_mwh[k]) ? (double) INFINITY : s->capacity_mwh[k];
    }
}

static void fill_state(cef_case *c)
{
    const case_data *d = &c->data;
    fill_branches(c);
    fill_power(c, c->state.gen_p, d->gen.p, d->gen.in_service, d->gen.n);
    fill_power(c, c->state.load_p, d->load.p, d->load.in_service, d->load.n);
    fill_power(c, c->state.storage_p, d->storage.p, d->storage.in_service, d->storage.n);
    if (d->gen.n > 0)
        memcpy(c->state.gen_intensity, d->gen.intensity, (size_t) d->gen.n * sizeof(double));
    if (d->load.n > 0)
        memcpy(c->state.load_intensity, d->load.intensity, (size_t) d->load.n * sizeof(double));
    if (d->storage.n > 0)
        memcpy(c->state.storage_intensity, d->storage.intensity, (size_t) d->storage.n * sizeof(double));
    fill_stores(c);
}

static cef_status build_state(cef_case *c, cef_error *error)
{
    bool overflow = false;
    const size_t size = carve_state(&c->state, &c->data, NULL, &overflow);
    if (overflow)
        return error_format(error, DIAG_TOO_LARGE, CEF_NOWHERE, "%s: the case does not fit memory", c->data.file);
    CEF_TRY(context_take(c->ctx, size, &c->block, error));
    c->block_size = size;
    (void) carve_state(&c->state, &c->data, c->block, &overflow);
    fill_state(c);
    return CEF_OK;
}

static cef_status build_network(cef_case *c, cef_error *error)
{
    const case_data *d = &c->data;
    const cef_network_data columns = {.struct_size = sizeof columns,
                                      .bus_id = d->bus.id.numeric ? d->bus.id.number : NULL,
                                      .branch_from = d->branch.from,
                                      .branch_to = d->branch.to,
                                      .gen_bus = d->gen.bus,
                                      .load_bus = d->load.bus,
                                      .load_kind = d->load.kind,
                                      .storage_bus = d->storage.bus,
                                      .n_bus = d->bus.n,
                                      .n_branch = d->branch.n,
                                      .n_gen = d->gen.n,
                                      .n_load = d->load.n,
                                      .n_storage = d->storage.n};
    return cef_network_create(c->ctx, &columns, &c->network, error);
}

cef_status case_from_data(case_data *data, cef_case **out, cef_error *error)
{
    *out = NULL;
    void *memory = NULL;
    cef_status status = context_take(data->ctx, sizeof(cef_case), &memory, error);
    if (status != CEF_OK) {
        case_data_release(data);
        return status;
    }
    cef_case *c = memory;
    *c = (cef_case){.ctx = data->ctx, .data = *data};
    context_retain(c->ctx);
    case_data_init(data, c->ctx, data->file); /* its memory is the case's now */
    status = case_check(&c->data, error);
    if (status == CEF_OK)
        status = build_state(c, error);
    if (status == CEF_OK)
        status = build_network(c, error);
    if (status != CEF_OK)
        goto fail;
    c->data.file = c->data.name; /* the caller's file name may not live as long */
    *out = c;
    return CEF_OK;
fail:
    cef_case_destroy(c);
    return status;
}

void cef_case_destroy(cef_case *c)
{
    if (!c)
        return;
    cef_context *ctx = c->ctx;
    cef_network_destroy(c->network);
    context_free(ctx, c->block, c->block_size);
    context_free(ctx, c->pf_block, c->pf_size);
    case_data_release(&c->data);
    context_free(ctx, c, sizeof *c);
    context_release(ctx);
}

const case_data *case_tables(const cef_case *c) { return &c->data; }

static void copy_name(char *to, size_t size, const char *from)
{
    cef_text text = {to, size, 0};
    to[0] = 0;
    text_add(&text, from);
}

cef_status cef_case_describe(const cef_case *c, cef_case_info *out, cef_error *error)
{
    if (!c || !out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "cef_case_describe: case and out must not be NULL");
    if (out->struct_size < sizeof(size_t))
        return error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE, "cef_case_info.struct_size is not set");
    const case_data *d = &c->data;
    cef_case_info own = {.struct_size = sizeof own,
                         .base_mva = d->base_mva,
                         .n_bus = d->bus.n,
                         .n_branch = d->branch.n,
                         .n_gen = d->gen.n,
                         .n_load = d->load.n,
                         .n_storage = d->storage.n,
                         .n_gen_rows = d->gen.n,
                         .has_flows = c->has_flows,
                         .numeric_bus = d->bus.id.numeric,
                         .numeric_branch = d->branch.id.numeric,
                         .numeric_gen = d->gen.id.numeric,
                         .numeric_load = d->load.id.numeric,
                         .numeric_storage = d->storage.id.numeric,
                         .n_out_of_service = c->n_out_of_service};
    copy_name(own.sha256, sizeof own.sha256, d->sha256);
    copy_name(own.name, sizeof own.name, d->name);
    copy_name(own.format, sizeof own.format, d->format);
    struct_write(out, &own, sizeof own);
    return CEF_OK;
}

const cef_network *cef_case_network(const cef_case *c) { return c ? c->network : NULL; }

cef_status cef_case_snapshot(const cef_case *c, cef_snapshot *out, cef_error *error)
{
    if (!c || !out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "cef_case_snapshot: case and out must not be NULL");
    if (out->struct_size < sizeof(size_t))
        return error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE, "cef_snapshot.struct_size is not set");
    const case_state *s = &c->state;
    const cef_snapshot own = {sizeof own,        s->branch_p_from, s->branch_p_to,
                              s->gen_p,          s->gen_intensity, s->load_p,
                              s->load_intensity, s->storage_p,     s->storage_intensity};
    struct_write(out, &own, sizeof own);
    return CEF_OK;
}

cef_status cef_case_storage(const cef_case *c, cef_storage_data *out, cef_error *error)
{
    if (!c || !out)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "cef_case_storage: case and out must not be NULL");
    if (out->struct_size < sizeof(size_t))
        return error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE, "cef_storage_data.struct_size is not set");
    const case_storage *s = &c->data.storage;
    const cef_storage_data own = {.struct_size = sizeof own,
                                  .energy = c->state.storage_energy,
                                  .intensity = s->intensity,
                                  .capacity = c->state.storage_capacity,
                                  .efficiency_charge = s->efficiency_charge,
                                  .efficiency_discharge = s->efficiency_discharge,
                                  .retention = s->retention,
                                  .n_storage = s->n};
    struct_write(out, &own, sizeof own);
    return CEF_OK;
}

size_t cef_case_id(const cef_case *c, cef_element element, cef_index index, char *buffer, size_t size)
{
    if (!buffer || size == 0)
        return 0;
    buffer[0] = 0;
    return c ? case_id_text(&c->data, element, index, buffer, size) : 0;
}

static const char *text_at(const cef_case *c, const text_ref *column, cef_index n, cef_index row)
{
    return row >= 0 && row < n ? case_text_at(&c->data, column[row]) : "";
}

const char *cef_case_fuel(const cef_case *c, cef_index gen)
{
    return c ? text_at(c, c->data.gen.fuel, c->data.gen.n, gen) : "";
}

const char *cef_case_zone(const cef_case *c, cef_index bus)
{
    return c ? text_at(c, c->data.bus.zone, c->data.bus.n, bus) : "";
}

const char *cef_case_owner(const cef_case *c, cef_index load)
{
    return c ? text_at(c, c->data.load.owner, c->data.load.n, load) : "";
}
