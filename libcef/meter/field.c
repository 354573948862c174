/* SPDX-License-Identifier: Apache-2.0 */
/* All meters of a roll in one process: rounds, faults of meters, read-out. */
#include "meter/field.h"

/* ---- faults of meters ---- */

static void spoil(const cef_meter_field *f, cef_index bus, int64_t end, cef_meter_link *l)
{
    const uint64_t at = (uint64_t) end;
    if (field_share(f, DRAW_LIE, l->number) < f->options.lying_rate) {
        const bool high = (field_draw(f, DRAW_LIAR, l->number) & 1) != 0;
        const bool is_liar = high == (l->peer > (uint32_t) bus);
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
            spoil(f, bus, first + k, &f->scratch[k]);
        setup.link = f->scratch;
    }
    const field_arena arena = f->arena[bus];
    setup.rules = &f->rules;
    setup.interval = late ? interval - 1 : interval;
    setup.boot = f->boot[bus];
    if (arena.size > 0) {
        setup.arena = f->arenas + arena.at;
        setup.arena_size = arena.size;
        setup.arena_rows = arena.rows;
    }
    (void) meter_init_apart(&setup, field_meter(f, bus), field_meter(f, bus)->far_at);
    f->info.n_final -= (f->mark[bus] & MARK_FINAL) != 0;
    f->info.n_certified -= (f->mark[bus] & MARK_CERTIFIED) != 0;
    f->n_ended -= (f->mark[bus] & MARK_ENDED) != 0;
    f->mark[bus] = 0;
    if (f->perfect)
        field_wake(f, bus);
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
static bool heard_all(cef_meter *m)
{
    const meter_link *link = meter_links_of(m);
    for (int32_t k = 0; k < m->n_links && !(m->flags & METER_HEARD); k++)
        if (!(link[k].flags & LINK_HEARD))
            return false;
    m->flags |= METER_HEARD;
    return true;
}

/* Without skew all are; the rest of a meter's head is far. */
static bool is_of_this_interval(const cef_meter_field *f, const cef_meter *m)
{
    return f->options.clock_skew == 0 || far_part_of(m)->interval == FIELD_INTERVAL;
}

static bool is_certified(const cef_meter_field *f, cef_meter *m)
{
    if (!is_of_this_interval(f, m))
        return false;
    return (m->flags & METER_UNDEFINED) || (m->bound <= f->certified_bound && heard_all(m));
}

void field_count(cef_meter_field *f, cef_index bus)
{
    cef_meter *m = field_meter(f, bus);
    const uint32_t before = f->mark[bus], counted = MARK_FINAL | MARK_CERTIFIED | MARK_ENDED;
    if (!(m->flags & METER_FINAL) && m->bound > f->certified_bound && !(before & counted))
        return;
    const bool final = (m->flags & METER_FINAL) && is_of_this_interval(f, m), certified = is_certified(f, m);
    const bool ended = final && (certified || heard_all(m));
    f->info.n_final += final - ((before & MARK_FINAL) != 0);
    f->info.n_certified += certified - ((before & MARK_CERTIFIED) != 0);
    f->n_ended += ended - ((before & MARK_ENDED) != 0);
    f->mark[bus] = (uint16_t) ((before & ~counted) | (final ? MARK_FINAL : 0) | (certified ? MARK_CERTIFIED : 0) |
                               (ended ? MARK_ENDED : 0));
}

static void round_with_faults(cef_meter_field *f)
{
    cef_index sent = 0;
    for (cef_index bus = 0; bus < f->roll->info.n_bus; bus++) {
        if (bus + 2 * FIELD_AHEAD < f->roll->info.n_bus) {
            field_fetch_near(f, bus + 2 * FIELD_AHEAD);
            field_fetch_far(f, bus + FIELD_AHEAD);
        }
        if (!field_is_frozen(f, bus))
            meter_step(field_meter(f, bus));
        field_count(f, bus);
        for (; sent < f->turns_by[bus]; sent++)
            if (!field_is_frozen(f, f->turn[sent]))
                field_transmit(f, f->turn[sent]);
    }
}

/* What is final, and whose readings all neighbours' words agree with, stays as it is: then no round helps, certified or
 * not. */
static bool done(const cef_meter_field *f)
{
    const cef_index n = f->roll->info.n_bus;
    return f->n_ended == n || (f->info.n_certified == n && !f->options.until_final);
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
    const int64_t before = f->info.messages;
    if (f->perfect) {
        field_round_whole(f);
    } else {
        disturb(f);
        field_deliver(f);
        round_with_faults(f);
    }
    if (done(f) && !more_to_come(f))
        return false;
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
