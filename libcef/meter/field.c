/* SPDX-License-Identifier: Apache-2.0 */
/* All meters of a roll in one process: creation, rounds, faults of meters, read-out. */
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

/* Loops beyond this size would need a dense arena of more than 128 MB; their meters relax instead. */
enum { MOST_LED = 4096 };

static size_t cluster_bytes(const cef_meter_roll *roll, int32_t k)
{
    if (roll->cluster_rows[k] > MOST_LED)
        return 0;
    const size_t bytes = arena_size(roll->cluster_rows[k], 2 * roll->cluster_arcs[k]);
    return (bytes + 63) & ~(size_t) 63;
}

static size_t all_arenas(const cef_meter_roll *roll)
{
    size_t sum = 0;
    for (int32_t k = 0; k < roll->info.clusters; k++)
        sum += cluster_bytes(roll, k);
    return sum;
}

static void carve(cef_arena *arena, cef_meter_field *f)
{
    const cef_meter_roll_info *info = &f->roll->info;
    const size_t n_bus = (size_t) info->n_bus, n_links = (size_t) info->n_links;
    ARENA_ARRAY(arena, f->posts, f->n_posts);
    ARENA_ARRAY(arena, f->hint, n_links);
    ARENA_ARRAY(arena, f->boot, n_bus);
    ARENA_ARRAY(arena, f->arena_of, n_bus);
    ARENA_ARRAY(arena, f->arena_at, (size_t) info->clusters + 1);
    ARENA_ARRAY(arena, f->scratch, f->most_links);
    f->meters = arena_take(arena, n_bus * sizeof(cef_meter) + n_links * sizeof(meter_link), 1);
    f->arenas = arena_take(arena, all_arenas(f->roll), 1);
    for (int32_t k = 0; k < f->n_posts; k++) {
        uint8_t *bytes = arena_take(arena, f->post_size, 1);
        if (f->posts && arena->base)
            f->posts[k] = (post){.bytes = bytes};
    }
}

static void match_ends(cef_meter_field *f, int32_t *first_end)
{
    const cef_meter_roll *roll = f->roll;
    for (cef_index bus = 0; bus < roll->info.n_bus; bus++)
        for (int64_t e = roll->start[bus]; e < roll->start[bus + 1]; e++) {
            const uint32_t number = roll->link[e].number;
            if (first_end[number] < 0) {
                first_end[number] = (int32_t) e;
                continue;
            }
            const int32_t other = first_end[number];
            f->hint[e] = (int32_t) (other - roll->start[roll->link[e].peer]);
            f->hint[other] = (int32_t) (e - roll->start[bus]);
        }
}

static cef_status find_ends(cef_meter_field *f, cef_error *error)
{
    const cef_meter_roll *roll = f->roll;
    uint32_t most = 0;
    for (int64_t e = 0; e < roll->info.n_links; e++)
        most = roll->link[e].number > most ? roll->link[e].number : most;
    const size_t bytes = ((size_t) most + 1) * sizeof(int32_t);
    void *first_end = NULL;
    CEF_TRY(context_take(f->ctx, bytes, &first_end, error));
    memset(first_end, 0xFF, bytes);
    match_ends(f, first_end);
    context_free(f->ctx, first_end, bytes);
    return CEF_OK;
}

static void place_arenas(cef_meter_field *f)
{
    const cef_meter_roll *roll = f->roll;
    f->arena_at[0] = 0;
    for (int32_t k = 0; k < roll->info.clusters; k++)
        f->arena_at[k + 1] = f->arena_at[k] + cluster_bytes(roll, k);
    int32_t next = 0; /* loops are numbered by their first bus, so each first bus meets its own number first */
    for (cef_index bus = 0; bus < roll->info.n_bus; bus++) {
        const bool first = roll->cluster[bus] == next;
        f->arena_of[bus] = first ? next : -1;
        next += first;
    }
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
    shape.most_links = most_links(roll);
    shape.n_posts = o->delay + 2;
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
    if (roll->info.n_links > INT32_MAX || most_links(roll) >= UINT16_MAX)
        return error_set(error, DIAG_TOO_LARGE, CEF_NOWHERE,
                         "a field holds up to 2^31 - 1 link ends, and 65534 links a meter");
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
    const cef_status status = find_ends(f, error);
    if (status != CEF_OK) {
        field_destroy(f);
        return status;
    }
    place_arenas(f);
    memset(f->boot, 0, (size_t) roll->info.n_bus * sizeof *f->boot);
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
    context_free(ctx, field, field->size);
    context_release(ctx);
}

/* ---- faults of meters ---- */

static void spoil(const cef_meter_field *f, int64_t end, cef_meter_link *l)
{
    const uint64_t at = (uint64_t) end;
    if (field_share(f, DRAW_LIE, l->number) < f->options.lying_rate) {
        const bool high = (field_draw(f, DRAW_LIAR, l->number) & 1) != 0;
        const cef_meter_roll *roll = f->roll;
        const bool is_liar = high == (roll->link[end].peer > roll->link[roll->start[l->peer] + f->hint[end]].peer);
        if (is_liar)
            l->reading = 1.5 * l->reading + 1.0;
    }
    if (field_share(f, DRAW_MISSING, at) < f->options.missing_rate) {
        const double truth = l->reading, off = 2.0 * field_share(f, DRAW_ERROR, at) - 1.0;
        const uint64_t kind = field_draw(f, DRAW_PRIOR, at) % 3;
        l->reading = (double) NAN;
        l->prior = kind == 2 ? (double) NAN : truth * (1.0 + 0.05 * off);
        l->prior_tol = (float) (0.06 * fabs(truth) + 0.01);
        l->prior_quality = kind == 1 ? CEF_QUALITY_LAST_VALUE : CEF_QUALITY_SIMILAR_DAY;
    }
}

void field_start_meter(cef_meter_field *f, cef_index bus, uint32_t interval)
{
    const int64_t first = f->roll->start[bus];
    cef_meter_setup setup;
    roll_setup(f->roll, bus, &setup);
    const uint64_t skew = (uint64_t) f->options.clock_skew;
    const bool late = skew > 0 && field_draw(f, DRAW_SKEW, (uint64_t) bus) % (skew + 1) > (uint64_t) f->info.rounds;
    if (f->options.missing_rate > 0.0 || f->options.lying_rate > 0.0) {
        memcpy(f->scratch, setup.link, (size_t) setup.n_links * sizeof *f->scratch);
        for (int32_t k = 0; k < setup.n_links; k++)
            spoil(f, first + k, &f->scratch[k]);
        setup.link = f->scratch;
    }
    const int32_t loop = f->arena_of[bus];
    setup.rules = &f->rules;
    setup.interval = late ? interval - 1 : interval;
    setup.boot = f->boot[bus];
    if (loop >= 0 && f->arena_at[loop + 1] > f->arena_at[loop]) {
        setup.arena = f->arenas + f->arena_at[loop];
        setup.arena_size = f->arena_at[loop + 1] - f->arena_at[loop];
        setup.arena_rows = f->roll->cluster_rows[loop];
    }
    (void) meter_init(&setup, field_meter(f, bus));
}

bool field_is_frozen(const cef_meter_field *f, cef_index bus)
{
    if (f->options.frozen_rate == 0.0 || field_share(f, DRAW_FROZEN, (uint64_t) bus) >= f->options.frozen_rate)
        return false;
    const int64_t from = 1 + (int64_t) (field_draw(f, DRAW_FROZEN_ROUND, (uint64_t) bus) % 32);
    return f->info.rounds >= from && f->info.rounds < from + f->options.frozen_rounds;
}

static bool restarts_now(const cef_meter_field *f, cef_index bus)
{
    if (f->options.restart_rate == 0.0 || field_share(f, DRAW_RESTART, (uint64_t) bus) >= f->options.restart_rate)
        return false;
    const uint64_t rounds = (uint64_t) f->options.restart_rounds;
    return f->info.rounds == 1 + (int64_t) (field_draw(f, DRAW_RESTART_ROUND, (uint64_t) bus) % rounds);
}

static bool enters_now(const cef_meter_field *f, cef_index bus)
{
    const uint64_t skew = (uint64_t) f->options.clock_skew;
    return skew > 0 && f->info.rounds > 0 &&
           field_draw(f, DRAW_SKEW, (uint64_t) bus) % (skew + 1) == (uint64_t) f->info.rounds;
}

static void disturb(cef_meter_field *f)
{
    for (cef_index bus = 0; bus < f->roll->info.n_bus; bus++) {
        const bool restarts = restarts_now(f, bus);
        if (restarts || enters_now(f, bus)) {
            f->boot[bus]++;
            f->info.restarts += restarts;
            field_start_meter(f, bus, FIELD_INTERVAL);
        }
    }
}

/* ---- rounds ---- */

/* A bound rests on readings that no neighbour contradicted: all neighbours were heard. */
static bool heard_all(const cef_meter *m)
{
    const meter_link *link = meter_links_of(m);
    for (int32_t k = 0; k < m->n_links; k++)
        if (!(link[k].flags & LINK_HEARD))
            return false;
    return true;
}

static bool is_certified(const cef_meter_field *f, const cef_meter *m)
{
    if (m->interval != FIELD_INTERVAL)
        return false;
    return (m->flags & METER_UNDEFINED) || (m->bound <= f->certified_bound && heard_all(m));
}

static void step_all(cef_meter_field *f)
{
    f->info.n_final = f->info.n_certified = 0;
    for (cef_index bus = 0; bus < f->roll->info.n_bus; bus++) {
        cef_meter *m = field_meter(f, bus);
        if (!field_is_frozen(f, bus))
            meter_step(m);
        f->info.n_final += (m->flags & METER_FINAL) && m->interval == FIELD_INTERVAL;
        f->info.n_certified += is_certified(f, m);
    }
}

static bool done(const cef_meter_field *f)
{
    const cef_index n = f->roll->info.n_bus;
    return f->info.n_certified == n && (!f->options.until_final || f->info.n_final == n);
}

/* Faults yet to come keep a silent field awake. */
static bool more_to_come(const cef_meter_field *f)
{
    const cef_meter_field_options *o = &f->options;
    return (o->restart_rate > 0.0 && f->info.rounds <= o->restart_rounds) || f->info.rounds <= o->clock_skew ||
           (o->frozen_rate > 0.0 && f->info.rounds <= 32 + o->frozen_rounds);
}

static bool one_round(cef_meter_field *f)
{
    f->info.rounds++;
    if (!f->perfect)
        disturb(f);
    field_deliver(f);
    step_all(f);
    if (done(f) && !more_to_come(f))
        return false;
    const int64_t before = f->info.messages;
    for (cef_index bus = 0; bus < f->roll->info.n_bus; bus++)
        if (!field_is_frozen(f, bus))
            field_transmit(f, bus);
    f->info.silent = f->info.messages == before && f->in_flight == 0 && !more_to_come(f);
    return !f->info.silent;
}

static void describe(const cef_meter_field *f, cef_meter_field_info *info)
{
    *info = f->info;
    for (int32_t k = 0; k < CEF_METER_VERDICTS; k++)
        info->refused[k] = (int64_t) f->refused[k];
    for (cef_index bus = 0; bus < f->roll->info.n_bus; bus++) {
        const cef_meter *m = field_meter(f, bus);
        if (!(m->flags & METER_UNDEFINED) && m->bound > info->worst_bound)
            info->worst_bound = m->bound;
        for (int32_t k = 0; k < m->n_links; k++)
            info->n_quarantined += (meter_links_of(m)[k].flags & LINK_QUARANTINED) != 0;
    }
}

void field_run(cef_meter_field *f, int64_t max_rounds, cef_meter_field_info *info)
{
    f->info.silent = 0;
    for (int64_t k = 0; k < max_rounds; k++)
        if (!one_round(f))
            break;
    if (info)
        describe(f, info);
}

void field_read(const cef_meter_field *f, double *intensity, double *bound, int32_t *quality)
{
    for (cef_index bus = 0; bus < f->roll->info.n_bus; bus++) {
        cef_meter_reading r = {.struct_size = sizeof r};
        meter_read(field_meter(f, bus), &r);
        if (intensity)
            intensity[bus] = r.intensity;
        if (bound)
            bound[bus] = r.bound;
        if (quality)
            quality[bus] = r.quality;
    }
}
