/* SPDX-License-Identifier: Apache-2.0 */
/* Several agents in one process. */
#include "field.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"

typedef struct {
    mqtt_roster roster;
    mqtt_agent **agent; /* [n] */
    int n;
} team;

static uint32_t new_epoch(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t z = ((uint64_t) t.tv_sec << 30 ^ (uint64_t) t.tv_nsec) + ((uint64_t) getpid() << 20);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    return (uint32_t) (z >> 33);
}

static cef_status gather(team *t, const mqtt_field_options *o, cef_error *error)
{
    enum { ROUND_MS = 10, KEEPALIVE_S = 5, EXPIRY_S = 60 };
    agent_options a = {.roll = o->roll,
                       .roster = &t->roster,
                       .space = {.prefix = "cef", .epoch = new_epoch()},
                       .broker = o->broker,
                       .boot = 1,
                       .seed = o->seed,
                       .tolerance = o->tolerance,
                       .round_ms = ROUND_MS,
                       .keepalive_s = KEEPALIVE_S,
                       .expiry_s = EXPIRY_S,
                       .relax_only = o->relax_only};
    MQTT_TRY(roster_ranges(&t->roster, o->n_bus, o->n_agents, error));
    t->agent = calloc(o->n_agents, sizeof(mqtt_agent *));
    if (!t->agent)
        return mqtt_no_memory(error, o->n_agents * sizeof(mqtt_agent *));
    for (; (uint32_t) t->n < o->n_agents; t->n++) {
        a.agent = (uint32_t) t->n;
        MQTT_TRY(agent_create(&a, &t->agent[t->n], error));
    }
    return CEF_OK;
}

static cef_status read_values(const mqtt_agent *agent, cef_index n, double *intensity, double *bound, int32_t *quality,
                              cef_error *error)
{
    for (cef_index k = 0; k < n; k++) {
        cef_meter_reading r;
        const cef_index bus = agent_bus(agent, k);
        MQTT_TRY(agent_read(agent, k, &r, error));
        intensity[bus] = r.intensity;
        bound[bus] = r.bound;
        quality[bus] = r.quality;
    }
    return CEF_OK;
}

static void add(cef_meter_field_info *info, const agent_report *r)
{
    info->rounds = r->rounds > info->rounds ? r->rounds : info->rounds;
    info->messages += r->messages;
    info->bytes += r->link.published_bytes;
    info->n_quarantined += r->n_quarantined;
    info->n_final += r->n_final;
    info->n_certified += r->n_certified;
    if (r->worst_bound > info->worst_bound)
        info->worst_bound = r->worst_bound;
    for (int k = 1; k < CEF_METER_VERDICTS; k++)
        info->refused[k] += r->refused[k];
}

enum { GREET_MS = 10000 }; /* until a broker must have answered */

static cef_status collect(const team *t, double *intensity, double *bound, int32_t *quality, cef_meter_field_info *info,
                          int64_t *connections, cef_error *error)
{
    for (int k = 0; k < t->n; k++) {
        agent_report r;
        agent_describe(t->agent[k], &r);
        MQTT_TRY(read_values(t->agent[k], r.n_bus, intensity, bound, quality, error));
        add(info, &r);
        *connections += r.link.connections;
        info->silent = info->silent && r.done;
    }
    return CEF_OK;
}

cef_status mqtt_field_run(const mqtt_field_options *o, double *intensity, double *bound, int32_t *quality,
                          cef_meter_field_info *info, cef_error *error)
{
    team t = {0};
    loop_end end;
    int64_t connections = 0;
    const loop_options loop = {.stop_fd = -1, .deadline_ms = o->deadline_ms, .greet_ms = GREET_MS};
    *info = (cef_meter_field_info){.struct_size = sizeof *info, .silent = 1};
    cef_status status = gather(&t, o, error);
    if (status == CEF_OK)
        status = agents_run(t.agent, t.n, &loop, &end, error);
    if (status == CEF_OK)
        status = collect(&t, intensity, bound, quality, info, &connections, error);
    if (status == CEF_OK && connections == 0 && info->n_final < o->n_bus)
        status = mqtt_fail(error, CEF_ERR_IO, "no-broker", "no broker answered at %s port %u", o->broker.host,
                           o->broker.port);
    for (int k = 0; k < t.n; k++) {
        agent_end(t.agent[k], "done", 0);
        agent_destroy(t.agent[k]);
    }
    free(t.agent);
    roster_release(&t.roster);
    return status;
}
