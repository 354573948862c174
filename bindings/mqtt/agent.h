/* SPDX-License-Identifier: Apache-2.0 */
/* The meters of one agent: messages between them stay inside, those for other agents travel through the broker.
 *
 *   agent.c         made, ended, asked               agent_send.c     what goes out: iterates, final pages
 *   agent_round.c   one round of the meters          agent_status.c   the status it publishes
 *   agent_hear.c    what comes in: guards, counts    agent_hello.c    who runs in another epoch
 *   border.h        links to other agents
 */
#ifndef CEF_MQTT_AGENT_H
#define CEF_MQTT_AGENT_H

#include "link.h"
#include "roster.h"

typedef struct mqtt_agent mqtt_agent;

typedef struct {
    const cef_meter_roll *roll; /* kept until the agent is destroyed, and so is the roster */
    const mqtt_roster *roster;
    mqtt_space space;
    mqtt_broker broker;
    uint32_t agent, boot;
    uint32_t settings; /* what all agents must agree on, as settings.h sums it up */
    uint64_t seed;     /* of reconnection's jitter */
    double tolerance;  /* a value is certified when its bound is below tolerance x max(|e_min|, |e_max|) */
    int round_ms;      /* least time between two rounds */
    int keepalive_s;
    uint32_t expiry_s; /* of final values in the broker */
    int32_t relax_only;
    char sha256[72]; /* of the case, in the agent's hello; empty: no hello, and nobody in other epochs is looked for */
    void (*warn)(void *user, const char *code, const char *message); /* NULL: silent */
    void *warn_user;
} agent_options;

typedef struct { /* what an agent does not take from the broker, beside the meters' own verdicts */
    int64_t oversize, malformed, wrong_topic, wrong_sender, other_settings;
} agent_refusals;

typedef struct {
    int64_t rounds;
    int64_t inside;          /* messages between meters of this agent */
    int64_t messages, packs; /* sent through the broker */
    int64_t heard;           /* messages accepted from the broker */
    int64_t pages;           /* final pages published */
    int64_t echo_ms;         /* last round trip through the broker, -1 none yet */
    int64_t refused[CEF_METER_VERDICTS];
    agent_refusals guards;
    link_counts link;
    cef_index n_bus, n_final, n_certified, n_undefined, n_quarantined;
    uint32_t n_silent;    /* neighbour agents not heard in this connection */
    uint32_t n_elsewhere; /* of those, the ones that announced themselves in other epochs only */
    uint32_t n_neighbours;
    uint32_t n_denied;    /* topics that the broker does not let us write, as last known */
    double worst_bound;   /* of defined values */
    bool up, done;        /* done: every value is final and every neighbour holds it */
    bool reads_confirmed; /* an echo came back in this connection */
} agent_report;

cef_status agent_create(const agent_options *options, mqtt_agent **out, cef_error *error);
void agent_destroy(mqtt_agent *agent); /* breaks the connection: the broker publishes the will */

/* For poll: its socket (-1 none), whether it waits to write, and when it is due (ms of mqtt_now). */
int agent_socket(const mqtt_agent *agent);
bool agent_wants_write(const mqtt_agent *agent);
int64_t agent_due(const mqtt_agent *agent);
void agent_service(mqtt_agent *agent, int64_t now);

void agent_describe(mqtt_agent *agent, agent_report *out);
bool agent_done(const mqtt_agent *agent);
bool agent_met_broker(const mqtt_agent *agent); /* connected once, at least */
/* Another process runs this agent, or did with a later count of starts. */
bool agent_taken_over(const mqtt_agent *agent);
/* Neighbours that run now have said for a while that they run with other settings, and none has agreed: *other is one
 * of them, *settings its own. */
bool agent_contradicted(const mqtt_agent *agent, int64_t now, uint32_t *other, uint32_t *settings);
/* The k-th bus of the agent: its position in the case, and its meter's reading. k = 0 .. n_bus - 1. */
cef_index agent_bus(const mqtt_agent *agent, cef_index k);
cef_status agent_read(const mqtt_agent *agent, cef_index k, cef_meter_reading *out, cef_error *error);
/* Whether the k-th bus's reading is certified: within the tolerance, or undefined for good, and every neighbour was
 * heard. */
bool agent_certified(const mqtt_agent *agent, cef_index k, const cef_meter_reading *reading);
/* Publishes a last status (`state`) and closes the connection cleanly, within wait_ms; 0: without a
 * status. */
void agent_end(mqtt_agent *agent, const char *state, int64_t wait_ms);

/* The counters of a report as members of a JSON object; returns the length, cut at size. */
size_t report_json(const agent_report *report, char *out, size_t size);

#endif /* CEF_MQTT_AGENT_H */
