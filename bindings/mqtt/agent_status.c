/* SPDX-License-Identifier: Apache-2.0 */
/* An agent's status as JSON. */
#include "border.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

typedef struct {
    char *at;
    size_t used, size;
} text;

static void add(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(text *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(t->at + t->used, t->size - t->used, format, arguments);
    va_end(arguments);
    if (n > 0)
        t->used = t->used + (size_t) n < t->size ? t->used + (size_t) n : t->size - 1;
}

static void add_count(text *t, const char *key, int64_t value) { add(t, "\"%s\": %" PRId64 ", ", key, value); }

static void add_refusals(text *t, const agent_report *r)
{
    add(t,
        "\"refused\": {\"payload_oversize\": %" PRId64 ", \"payload_malformed\": %" PRId64 ", \"wrong_topic\": %" PRId64
        ", \"wrong_sender\": %" PRId64 ", \"other_settings\": %" PRId64,
        r->guards.oversize, r->guards.malformed, r->guards.wrong_topic, r->guards.wrong_sender,
        r->guards.other_settings);
    for (int32_t k = 1; k < CEF_METER_VERDICTS; k++)
        if (r->refused[k] > 0)
            add(t, ", \"%s\": %" PRId64, cef_meter_verdict_name(k), r->refused[k]);
    add(t, "}");
}

size_t report_json(const agent_report *r, char *out, size_t size)
{
    char bound[32];
    text t = {out, 0, size};
    cef_number_format(r->worst_bound, bound, sizeof bound);
    add_count(&t, "buses", r->n_bus);
    add_count(&t, "final", r->n_final);
    add_count(&t, "certified", r->n_certified);
    add_count(&t, "undefined", r->n_undefined);
    add_count(&t, "quarantined", r->n_quarantined);
    add(&t, "\"worst_bound\": %s, ", bound);
    add_count(&t, "rounds", r->rounds);
    add_count(&t, "inside", r->inside);
    add_count(&t, "messages", r->messages);
    add_count(&t, "packs", r->packs);
    add_count(&t, "pages", r->pages);
    add_count(&t, "heard", r->heard);
    add_count(&t, "neighbours", r->n_neighbours);
    add_count(&t, "silent_neighbours", r->n_silent);
    add_count(&t, "neighbours_elsewhere", r->n_elsewhere);
    add(&t, "\"reads_confirmed\": %s, ", r->reads_confirmed ? "true" : "false");
    add_count(&t, "echo_ms", r->echo_ms);
    add(&t, "\"broker\": {");
    add_count(&t, "connections", r->link.connections);
    add_count(&t, "lost", r->link.lost);
    add_count(&t, "refused", r->link.refused);
    add_count(&t, "published", r->link.published);
    add_count(&t, "published_bytes", r->link.published_bytes);
    add_count(&t, "arrived", r->link.arrived);
    add_count(&t, "arrived_bytes", r->link.arrived_bytes);
    add_count(&t, "denied_topics", r->n_denied);
    add_count(&t, "publish_denied", r->link.publish_denied);
    add_count(&t, "subscribe_denied", r->link.subscribe_denied);
    add_count(&t, "publish_failed", r->link.publish_failed);
    add_count(&t, "held_back", r->link.held_back);
    add(&t, "\"last_reason\": %u}, ", r->link.last_reason);
    add_refusals(&t, r);
    return t.used;
}

size_t status_json(mqtt_agent *a, const char *state, char *out, size_t size)
{
    agent_report report;
    text t = {out, 0, size};
    agent_describe(a, &report);
    add(&t, "{\"agent\": %u, \"state\": \"%s\", \"boot\": %u, \"settings\": \"%08x\", ", a->options.agent, state,
        a->options.boot, a->options.settings);
    t.used += report_json(&report, out + t.used, size - t.used);
    add(&t, "}");
    return t.used;
}

void status_will(const mqtt_agent *a, char *out, size_t size)
{
    snprintf(out, size, "{\"agent\": %u, \"state\": \"gone\", \"boot\": %u}", a->options.agent, a->options.boot);
}
