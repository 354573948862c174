/* SPDX-License-Identifier: Apache-2.0 */
/* An agent's life. */
#include "border.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making ---- */

static cef_status list_buses(mqtt_agent *a, cef_error *error)
{
    const mqtt_roster *roster = a->options.roster;
    a->meter_of = calloc((size_t) roster->n_bus, sizeof *a->meter_of);
    a->bus = calloc((size_t) roster->n_bus, sizeof *a->bus);
    if (!a->meter_of || !a->bus)
        return mqtt_no_memory(error, (size_t) roster->n_bus * sizeof *a->bus);
    for (cef_index bus = 0; bus < roster->n_bus; bus++) {
        const bool own = roster->owner[bus] == a->options.agent;
        a->meter_of[bus] = own ? (int32_t) a->n_bus : -1;
        if (own)
            a->bus[a->n_bus++] = bus;
    }
    return CEF_OK;
}

static size_t padded(size_t size) { return (size + 63) / 64 * 64; }

/* Bytes of a bus's meter and of the arena in which it would solve its loop. Whoever is on a loop can be elected, and an
 * arena that is not used is never touched; beyond MOST_LED buses, or MOST_ARENA bytes, a loop's values only
 * converge. */
enum { MOST_LED = 2048, MOST_ARENA = 5 << 19 };
static cef_status measure(const mqtt_agent *a, cef_index k, cef_meter_setup *setup, size_t *state, size_t *arena,
                          cef_error *error)
{
    int32_t rows = 0;
    *setup = (cef_meter_setup){.struct_size = sizeof *setup};
    MQTT_TRY(cef_meter_roll_setup(a->options.roll, a->bus[k], setup, &rows, NULL, error));
    *state = padded(cef_meter_state_size(setup->n_links));
    *arena = padded(cef_meter_roll_arena_size(a->options.roll, a->bus[k]));
    if (rows > MOST_LED || *arena > MOST_ARENA)
        *arena = 0;
    setup->arena_rows = *arena > 0 ? rows : 0;
    return CEF_OK;
}

static cef_status take_memory(mqtt_agent *a, cef_error *error)
{
    cef_meter_setup setup;
    size_t state = 0, arena = 0, all = 0;
    a->meter = calloc((size_t) a->n_bus + 1, sizeof(cef_meter *));
    a->link_start = calloc((size_t) a->n_bus + 1, sizeof *a->link_start);
    if (!a->meter || !a->link_start)
        return mqtt_no_memory(error, (size_t) a->n_bus * sizeof *a->link_start);
    for (cef_index k = 0; k < a->n_bus; k++) {
        MQTT_TRY(measure(a, k, &setup, &state, &arena, error));
        a->link_start[k + 1] = a->link_start[k] + setup.n_links;
        if (__builtin_add_overflow(all, state + arena, &all))
            return mqtt_fail(error, CEF_ERR_OVERFLOW, "too-large", "the meters of agent %u do not fit",
                             a->options.agent);
    }
    a->route = calloc((size_t) a->link_start[a->n_bus] + 1, sizeof *a->route);
    a->memory = aligned_alloc(64, all ? all : 64);
    return a->route && a->memory ? CEF_OK : mqtt_no_memory(error, all);
}

static cef_status make_meters(mqtt_agent *a, cef_error *error)
{
    char *at = a->memory;
    for (cef_index k = 0; k < a->n_bus; k++) {
        cef_meter_setup setup;
        size_t state = 0, arena = 0;
        MQTT_TRY(measure(a, k, &setup, &state, &arena, error));
        setup.rules = &a->rules;
        setup.interval = a->options.space.interval;
        setup.boot = a->options.boot;
        setup.arena = arena ? at + state : NULL;
        setup.arena_size = arena;
        MQTT_TRY(cef_meter_init(&setup, at, state, &a->meter[k], error));
        at += state + arena;
    }
    return CEF_OK;
}

static cef_status make_rules(mqtt_agent *a, cef_error *error)
{
    cef_meter_roll_info info = {.struct_size = sizeof info};
    MQTT_TRY(cef_meter_roll_describe(a->options.roll, &info, error));
    cef_meter_rules_init(&a->rules, sizeof a->rules);
    a->rules.e_min = info.e_min;
    a->rules.e_max = info.e_max;
    a->rules.flow_tol = info.flow_tol;
    a->rules.epoch = a->options.space.epoch;
    a->rules.relax_only = a->options.relax_only;
    a->rules.refused = a->refused;
    return CEF_OK;
}

static void up(void *user) { agent_came_up(user); }
static void arrived(void *user, const link_arrival *arrival) { agent_hear(user, arrival); }
static void answered(void *user, uint32_t tag, uint8_t reason) { agent_answered(user, tag, reason); }
static void subscribed(void *user, uint32_t tag, int n_denied) { agent_subscribed(user, tag, n_denied); }

static cef_status make_link(mqtt_agent *a, cef_error *error)
{
    const agent_options *o = &a->options;
    link_options link = {.broker = o->broker,
                         .seed = o->seed ^ ((uint64_t) o->agent << 32 | o->boot),
                         .keepalive_s = o->keepalive_s,
                         .events = {a, up, arrived, answered, subscribed}};
    snprintf(link.client_id, sizeof link.client_id, "%.63s-%u-%u-%u", o->space.prefix, o->space.epoch,
             o->space.interval, o->agent);
    for (char *c = link.client_id; *c; c++)
        *c = *c == '/' ? '-' : *c;
    topic_write(link.will_topic, &o->space, (topic_name){.kind = TOPIC_STATUS, .from = o->agent});
    status_will(a, link.will, sizeof link.will);
    return link_create(&link, &a->link, error);
}

static cef_status make(mqtt_agent *a, cef_error *error)
{
    const agent_options *o = &a->options;
    MQTT_TRY(mqtt_space_check(&o->space, error));
    MQTT_TRY(roster_check(o->roster, o->agent, error));
    MQTT_TRY(make_rules(a, error));
    MQTT_TRY(list_buses(a, error));
    MQTT_TRY(take_memory(a, error));
    MQTT_TRY(border_draw(a, error));
    MQTT_TRY(make_meters(a, error));
    return make_link(a, error);
}

cef_status agent_create(const agent_options *options, mqtt_agent **out, cef_error *error)
{
    *out = NULL;
    mqtt_agent *a = calloc(1, sizeof *a);
    if (!a)
        return mqtt_no_memory(error, sizeof *a);
    a->options = *options;
    a->counts.echo_ms = -1;
    a->next_subscription = -1;
    snprintf(a->state, sizeof a->state, "running");
    const cef_status status = make(a, error);
    if (status != CEF_OK) {
        agent_destroy(a);
        return status;
    }
    a->stirred = true;
    *out = a;
    return CEF_OK;
}

void agent_destroy(mqtt_agent *a)
{
    if (!a)
        return;
    link_destroy(a->link);
    void *const owned[] = {a->bus,    a->meter_of, a->meter,     a->link_start, a->route,
                           a->memory, a->line,     a->neighbour, a->page};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++)
        free(owned[k]);
    free(a);
}

/* ---- running ---- */

int agent_socket(const mqtt_agent *a) { return link_socket(a->link); }
bool agent_wants_write(const mqtt_agent *a) { return link_wants_write(a->link); }
bool agent_done(const mqtt_agent *a) { return a->done; }
bool agent_met_broker(const mqtt_agent *a) { return link_count(a->link)->connections > 0; }
bool agent_taken_over(const mqtt_agent *a) { return link_taken_over(a->link) || a->superseded_by; }

bool agent_contradicted(const mqtt_agent *a, int64_t now, uint32_t *other, uint32_t *settings)
{
    *other = a->other_agent;
    *settings = a->other_settings;
    return a->contradicted_at > 0 && !a->agrees && now - a->contradicted_at >= DISAGREED;
}

cef_index agent_bus(const mqtt_agent *a, cef_index k) { return a->bus[k]; }

/* A meter with nothing to say needs no rounds; statuses, echoes and pages have times of their own. */
int64_t agent_due(const mqtt_agent *a)
{
    enum { IDLE = 250 };
    const bool works = a->stirred || a->n_talking > 0;
    const int64_t own = works ? a->round_at : a->served_at + IDLE, link = link_due(a->link);
    return own < link ? own : link;
}

/* A round that the broker cannot follow only lengthens its queues: as long as half an echo takes, there is no next. */
static int64_t pace(const mqtt_agent *a, int64_t now)
{
    const bool travelling = a->echo_sent > 0 && link_is_up(a->link);
    const int64_t age = travelling ? now - a->echo_sent : 0;
    const int64_t echo = a->counts.echo_ms > age ? a->counts.echo_ms : age,
                  half = echo < 2 * SLOWEST ? echo / 2 : SLOWEST;
    return half > a->options.round_ms ? half : a->options.round_ms;
}

/* Who waits for a broker that is not there should not do so in silence. */
static void tell_no_broker(mqtt_agent *a, int64_t now)
{
    char message[128];
    const agent_options *o = &a->options;
    a->since = a->since > 0 ? a->since : now;
    if (a->told_no_broker || now - a->since < SILENT || agent_met_broker(a))
        return;
    snprintf(message, sizeof message, "no broker answers at %s port %u; trying again", o->broker.host, o->broker.port);
    a->told_no_broker = true;
    if (o->warn)
        o->warn(o->warn_user, "no-broker", message);
}

void agent_service(mqtt_agent *a, int64_t now)
{
    a->served_at = now;
    link_service(a->link, now);
    tell_no_broker(a, now);
    if ((a->stirred || a->n_talking > 0) && now >= a->round_at) {
        agent_round(a);
        a->round_at = now + pace(a, now);
    }
    if (link_is_up(a->link))
        agent_send(a, now);
}

/* ---- asking ---- */

cef_status agent_read(const mqtt_agent *a, cef_index k, cef_meter_reading *out, cef_error *error)
{
    *out = (cef_meter_reading){.struct_size = sizeof *out};
    return cef_meter_read(a->meter[k], out, error);
}

/* A bound rests on readings that no neighbour contradicted; those inside were heard after two rounds. */
static bool heard_all(const mqtt_agent *a, cef_index k)
{
    for (int64_t end = a->link_start[k]; end < a->link_start[k + 1]; end++)
        if (a->route[end] < 0 && !a->line[-1 - a->route[end]].heard)
            return false;
    return a->counts.rounds > 2;
}

bool agent_certified(const mqtt_agent *a, cef_index k, const cef_meter_reading *r)
{
    const double scale = fmax(fabs(a->rules.e_min), fabs(a->rules.e_max));
    if (isnan(r->intensity))
        return r->final_value;
    return r->bound <= a->options.tolerance * scale && (r->final_value || heard_all(a, k));
}

static void sum_meters(const mqtt_agent *a, agent_report *out)
{
    for (cef_index k = 0; k < a->n_bus; k++) {
        cef_meter_reading r;
        if (agent_read(a, k, &r, NULL) != CEF_OK)
            continue;
        out->n_final += r.final_value != 0;
        out->n_certified += agent_certified(a, k, &r);
        out->n_undefined += isnan(r.intensity);
        out->n_quarantined += r.n_quarantined;
        if (r.bound > out->worst_bound)
            out->worst_bound = r.bound;
    }
}

void agent_describe(mqtt_agent *a, agent_report *out)
{
    *out = a->counts;
    out->n_bus = a->n_bus;
    out->n_neighbours = a->n_neighbours;
    out->link = *link_count(a->link);
    out->up = link_is_up(a->link);
    out->done = a->done;
    out->reads_confirmed = a->reads_confirmed;
    for (size_t k = 0; k < CEF_METER_VERDICTS; k++)
        out->refused[k] = (int64_t) a->refused[k];
    for (uint32_t k = 0; k < a->n_neighbours; k++) {
        out->n_silent += !a->neighbour[k].heard;
        out->n_elsewhere += hello_elsewhere(a, &a->neighbour[k]);
        out->n_denied += a->neighbour[k].denied;
    }
    for (int32_t k = 0; k < a->n_pages; k++)
        out->n_denied += a->page[k].denied;
    sum_meters(a, out);
}

void agent_end(mqtt_agent *a, const char *state, int64_t wait_ms)
{
    const int64_t limit = mqtt_now() + wait_ms;
    snprintf(a->state, sizeof a->state, "%s", state);
    a->status_at = 0;
    for (int64_t now = mqtt_now(); now < limit && link_is_up(a->link); now = mqtt_now()) {
        link_service(a->link, now);
        if (link_is_up(a->link))
            agent_send(a, now);
        if (a->status_at > 0 && link_in_flight(a->link) == 0 && !link_wants_write(a->link))
            break;
        struct pollfd p = {.fd = agent_socket(a), .events = (short) (agent_wants_write(a) ? POLLIN | POLLOUT : POLLIN)};
        (void) poll(&p, 1, 10);
    }
    link_close(a->link);
}
