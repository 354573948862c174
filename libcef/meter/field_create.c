/* SPDX-License-Identifier: Apache-2.0 */
/* A field of meters: options, memory, who sends when. */
#include "meter/field.h"

void field_options_default(cef_meter_field_options *options)
{
    *options = (cef_meter_field_options){
        .struct_size = sizeof *options, .seed = 1, .tolerance = 1e-9, .restart_rounds = 64, .frozen_rounds = 16};
}

cef_status field_options_check(const cef_meter_field_options *o, cef_error *error)
{
    const struct {
        const char *name;
        double value, least, most;
    } ranges[] = {{"loss_rate", o->loss_rate, 0.0, 0.99},
                  {"duplicate_rate", o->duplicate_rate, 0.0, 0.99},
                  {"restart_rate", o->restart_rate, 0.0, 1.0},
                  {"missing_rate", o->missing_rate, 0.0, 1.0},
                  {"frozen_rate", o->frozen_rate, 0.0, 1.0},
                  {"lying_rate", o->lying_rate, 0.0, 1.0},
                  {"tolerance", o->tolerance, 0.0, 1.0},
                  {"delay", o->delay, 0, 64},
                  {"restart_rounds", o->restart_rounds, 1, 1000000},
                  {"frozen_rounds", o->frozen_rounds, 0, 1000000},
                  {"clock_skew", o->clock_skew, 0, 1000000},
                  {"relax_only", o->relax_only, 0, 1},
                  {"until_final", o->until_final, 0, 1}};
    for (size_t k = 0; k < sizeof ranges / sizeof *ranges; k++)
        if (!(ranges[k].value >= ranges[k].least && ranges[k].value <= ranges[k].most))
            return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, ranges[k].value),
                                "field option %s is %g, expected %g to %g", ranges[k].name, ranges[k].value,
                                ranges[k].least, ranges[k].most);
    return CEF_OK;
}

/* ---- creation ---- */

static void carve(cef_arena *arena, cef_meter_field *f)
{
    const cef_meter_roll_info *info = &f->roll->info;
    const size_t n_bus = (size_t) info->n_bus, n_links = (size_t) info->n_links;
    ARENA_ARRAY(arena, f->posts, f->n_posts);
    ARENA_ARRAY(arena, f->mark, n_bus);
    ARENA_ARRAY(arena, f->place, n_bus);
    ARENA_ARRAY(arena, f->back, n_links);
    ARENA_ARRAY(arena, f->peer, n_links);
    ARENA_ARRAY(arena, f->boot, n_bus);
    ARENA_ARRAY(arena, f->arena, n_bus);
    ARENA_ARRAY(arena, f->turn, n_bus);
    ARENA_ARRAY(arena, f->turns_by, n_bus);
    ARENA_ARRAY(arena, f->turn_of, f->perfect ? n_bus : 0);
    ARENA_ARRAY(arena, f->waiting, f->perfect ? n_bus : 0);
    ARENA_ARRAY(arena, f->scratch, f->most_links);
    f->meters = arena_take(arena, n_bus * (1 + METER_FAR_LINES) + n_links, METER_LINE);
    for (int32_t k = 0; k < f->n_posts; k++) {
        uint8_t *bytes = arena_take(arena, f->post_size, 1);
        if (f->posts && arena->base)
            f->posts[k] = (post){.bytes = bytes};
    }
}

static cef_index last_neighbour(const cef_meter_roll *roll, cef_index bus)
{
    cef_index last = bus;
    for (int64_t e = roll->start[bus]; e < roll->start[bus + 1]; e++)
        if ((cef_index) roll->link[e].peer > last)
            last = (cef_index) roll->link[e].peer;
    return last;
}

/* A value handed over must not reach a step of the same round; and a meter that sends soon after its step is still
 * near. */
static void find_turns(cef_meter_field *f)
{
    const cef_index n_bus = f->roll->info.n_bus;
    memset(f->turns_by, 0, (size_t) n_bus * sizeof *f->turns_by);
    for (cef_index bus = 0; bus < n_bus; bus++)
        f->turns_by[last_neighbour(f->roll, bus)]++;
    for (cef_index bus = 1; bus < n_bus; bus++)
        f->turns_by[bus] += f->turns_by[bus - 1];
    for (cef_index bus = n_bus - 1; bus >= 0; bus--)
        f->turn[--f->turns_by[last_neighbour(f->roll, bus)]] = bus;
    for (cef_index bus = 0; bus + 1 < n_bus; bus++)
        f->turns_by[bus] = f->turns_by[bus + 1];
    if (n_bus > 0)
        f->turns_by[n_bus - 1] = n_bus;
    for (cef_index k = 0; f->perfect && k < n_bus; k++) {
        f->turn_of[f->turn[k]] = k;
        f->waiting[k] = -1;
    }
}

/* How many messages wait at once, at most: from a meter's turn to that of a later neighbour. */
static int64_t count_waiting(const cef_meter_field *f)
{
    const cef_meter_roll *roll = f->roll;
    int64_t waiting = 0, most = 0;
    for (cef_index k = 0; k < roll->info.n_bus; k++) {
        const cef_index bus = f->turn[k];
        int64_t from_before = 0;
        for (int64_t e = roll->start[bus]; e < roll->start[bus + 1]; e++)
            from_before += f->turn_of[roll->link[e].peer] < k;
        waiting += roll->start[bus + 1] - roll->start[bus] - from_before;
        most = waiting > most ? waiting : most;
        waiting -= from_before;
    }
    return most;
}

static cef_status take_slots(cef_meter_field *f, cef_error *error)
{
    void *memory = NULL;
    if (!f->perfect)
        return CEF_OK;
    const int64_t most = count_waiting(f); /* below the number of links, which an int32 holds */
    CEF_TRY(context_take(f->ctx, (size_t) most * sizeof *f->slot, &memory, error));
    f->slot = memory;
    f->most_slots = (int32_t) most;
    return CEF_OK;
}

static int32_t most_links(const cef_meter_roll *roll)
{
    int64_t most = 1;
    for (cef_index bus = 0; bus < roll->info.n_bus; bus++)
        if (roll->start[bus + 1] - roll->start[bus] > most)
            most = roll->start[bus + 1] - roll->start[bus];
    return most < UINT16_MAX ? (int32_t) most : UINT16_MAX;
}

static cef_meter_field shape_of(cef_context *ctx, const cef_meter_roll *roll, const cef_meter_field_options *o)
{
    cef_meter_field shape = {.ctx = ctx, .roll = (cef_meter_roll *) roll, .options = *o};
    shape.info.struct_size = sizeof shape.info;
    shape.perfect = o->loss_rate == 0.0 && o->duplicate_rate == 0.0 && o->restart_rate == 0.0 &&
                    o->frozen_rate == 0.0 && o->delay == 0 && o->clock_skew == 0;
    shape.guesses = o->missing_rate > 0.0 || o->lying_rate > 0.0;
    shape.most_links = most_links(roll);
    shape.free_slot = -1;
    shape.n_posts = shape.perfect ? 0 : o->delay + 1;
    shape.post_size = (size_t) roll->info.n_links * (sizeof(post_entry) + CEF_METER_MESSAGE_BYTES) *
                      (o->duplicate_rate > 0.0 ? 2 : 1);
    rules_default(&shape.rules);
    shape.rules.e_min = roll->info.e_min;
    shape.rules.e_max = roll->info.e_max;
    shape.rules.flow_tol = roll->info.flow_tol;
    shape.rules.epoch = 1;
    shape.rules.relax_only = o->relax_only;
    shape.certified_bound = o->tolerance * fmax(fabs(roll->info.e_min), fabs(roll->info.e_max));
    return shape;
}

cef_status field_create(cef_context *ctx, const cef_meter_roll *roll, const cef_meter_field_options *options,
                        cef_meter_field **out, cef_error *error)
{
    CEF_TRY(field_options_check(options, error));
    if (roll->info.n_links > INT32_MAX || most_links(roll) >= UINT16_MAX || !field_place_fits(roll))
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE,
                         "a field holds up to 2^31 - 1 link ends, 65534 links a meter, 256 GiB of meters");
    cef_meter_field shape = shape_of(ctx, roll, options);
    cef_arena arena = {0};
    (void) arena_take(&arena, 1, sizeof shape);
    carve(&arena, &shape);
    if (arena.overflow)
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE, "the field does not fit this machine's memory sizes");
    void *memory = NULL;
    CEF_TRY(context_take(ctx, arena.used, &memory, error));
    shape.size = arena.used;
    arena = (cef_arena){.base = memory};
    cef_meter_field *f = arena_take(&arena, 1, sizeof *f);
    *f = shape;
    carve(&arena, f);
    f->rules.refused = f->refused;
    context_retain(ctx);
    roll_retain(f->roll);
    field_place(f);
    cef_status status = field_find_ends(f, error);
    if (status == CEF_OK) {
        find_turns(f);
        status = take_slots(f, error);
    }
    memset(f->boot, 0, (size_t) roll->info.n_bus * sizeof *f->boot);
    memset(f->mark, 0, (size_t) roll->info.n_bus * sizeof *f->mark);
    if (status == CEF_OK)
        status = field_lend_arenas(f, error);
    if (status != CEF_OK) {
        field_destroy(f);
        return status;
    }
    for (cef_index bus = 0; bus < roll->info.n_bus; bus++)
        field_start_meter(f, bus, FIELD_INTERVAL);
    *out = f;
    return CEF_OK;
}

void field_destroy(cef_meter_field *field)
{
    if (!field)
        return;
    cef_context *ctx = field->ctx;
    roll_release(field->roll);
    if (field->slot)
        context_free(ctx, field->slot, (size_t) field->most_slots * sizeof *field->slot);
    if (field->arenas)
        context_free(ctx, field->arenas, field->arenas_size);
    context_free(ctx, field, field->size);
    context_release(ctx);
}
