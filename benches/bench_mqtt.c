/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of meters through an MQTT 5 broker: one link publishes, another hears, in this process; and the time in
 * which agents of this process find a generated grid's values. benches/mqtt_rate.py starts the broker and names it in
 * LIBCEF_BROKER. */
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <cef/case.h>

#include "field.h"
#include "link.h"
#include "pack.h"
#include "tools.h"
#include "topic.h"

enum { BURST = 50 }; /* payloads under way at most: what agents of one broker may have at once */

typedef struct {
    mqtt_link *link;
    int64_t arrived, answered;
    bool up, subscribed;
} side;

static void up(void *user) { ((side *) user)->up = true; }
static void arrived(void *user, const link_arrival *a) { ((side *) user)->arrived += a->length > 0; }
static void answered(void *user, uint32_t tag, uint8_t reason)
{
    (void) tag;
    ((side *) user)->answered += reason < 0x80;
}
static void subscribed(void *user, uint32_t tag, int denied)
{
    (void) tag;
    ((side *) user)->subscribed = denied == 0;
}

static void serve(side *a, side *b)
{
    side *const both[] = {a, b};
    struct pollfd fd[2];
    for (int k = 0; k < 2; k++)
        fd[k] = (struct pollfd){.fd = link_socket(both[k]->link),
                                .events = (short) (link_wants_write(both[k]->link) ? POLLIN | POLLOUT : POLLIN)};
    (void) poll(fd, 2, 1);
    for (int k = 0; k < 2; k++)
        link_service(both[k]->link, mqtt_now());
}

static void open_side(side *s, const mqtt_broker *broker, const char *name)
{
    link_options options = {.broker = *broker, .keepalive_s = 60, .events = {s, up, arrived, answered, subscribed}};
    cef_error error = {.struct_size = sizeof error};
    memcpy(options.client_id, name, strlen(name) + 1);
    if (link_create(&options, &s->link, &error) != CEF_OK)
        bench_fail("link", &error);
}

static void wait_until(const bool *flag, side *a, side *b)
{
    for (const int64_t limit = mqtt_now() + 10000; !*flag; serve(a, b))
        if (mqtt_now() > limit)
            bench_fail("the broker does not answer", NULL);
}

/* Seconds until all of n payloads have arrived. */
static double run_once(side *from, side *to, const uint8_t *bytes, size_t length, int64_t n, bool once)
{
    const int64_t start = to->arrived;
    const link_message message = {.topic = "bench/it/0/1", .bytes = bytes, .length = length, .once = once};
    const double begin = seconds_now();
    for (int64_t sent = 0; to->arrived - start < n; serve(from, to)) {
        while (sent < n && sent - (to->arrived - start) < BURST && link_can_send(from->link) &&
               link_publish(from->link, &message))
            sent++;
        if (seconds_now() - begin > 60.0)
            bench_fail("payloads were lost", NULL);
    }
    return seconds_now() - begin;
}

static void measure(FILE *json, side *from, side *to, int n_messages, bool once, int repetitions, bool first)
{
    static uint8_t bytes[MQTT_PAYLOAD], message[CEF_METER_MESSAGE_BYTES];
    enum { MESSAGE = 224, ALL = 4000 }; /* a head and its facts; messages a run */
    double seconds[256];
    pack_writer w;
    pack_begin(&w, bytes, sizeof bytes, PACK_ITERATES, 1, 0);
    for (int k = 0; k < n_messages; k++)
        pack_add(&w, message, MESSAGE);
    const int64_t n = ALL / (n_messages > 4 ? 4 : n_messages);
    for (int k = 0; k < repetitions; k++)
        seconds[k] = run_once(from, to, bytes, w.used, n, once);
    const double s = median(seconds, repetitions), rate = (double) n / s;
    printf("    %2d messages of %d bytes a payload, QoS %d  %9.0f payloads/s %9.0f messages/s %7.1f MB/s\n", n_messages,
           MESSAGE, once, rate, rate * n_messages, rate * (double) w.used / 1e6);
    if (json)
        fprintf(json, "%s\n  {\"messages\": %d, \"qos\": %d, \"bytes\": %zu, \"payloads_per_second\": %.6g}",
                first ? "" : ",", n_messages, once, w.used, rate);
}

/* Agents on a generated grid: seconds from nothing known to every value final and held. */
static void converge(FILE *json, const mqtt_broker *broker, cef_index n_bus, uint32_t n_agents, bool first)
{
    const cef_grid_options make = {sizeof make, 5, n_bus, CEF_GRID_TRANSMISSION, CEF_NUMBERING_NATURAL, 0};
    cef_error error = {.struct_size = sizeof error};
    cef_context *ctx = NULL;
    cef_grid *grid = NULL;
    cef_case *c = NULL;
    cef_snapshot at = {.struct_size = sizeof at};
    cef_meter_roll *roll = NULL;
    cef_meter_field_info info;
    double *x = bench_array((size_t) n_bus, sizeof *x), *bound = bench_array((size_t) n_bus, sizeof *bound);
    int32_t *quality = bench_array((size_t) n_bus, sizeof *quality);
    if (cef_context_create(NULL, &ctx, &error) || cef_grid_create(ctx, &make, &grid, &error) ||
        cef_case_from_grid(ctx, grid, "generated", &c, &error) || cef_case_snapshot(c, &at, &error) ||
        cef_meter_roll_create(ctx, cef_case_network(c), NULL, &at, &roll, &error))
        bench_fail("grid", &error);
    const mqtt_field_options options = {
        .roll = roll, .broker = *broker, .n_bus = n_bus, .n_agents = n_agents, .tolerance = 1e-9, .deadline_ms = 60000};
    const double begin = seconds_now();
    if (mqtt_field_run(&options, x, bound, quality, &info, &error))
        bench_fail("agents", &error);
    const double seconds = seconds_now() - begin;
    printf("    %6d buses, %3u agents  %6.2f s, %4lld rounds, %8lld messages, %d of %d certified\n", (int) n_bus,
           n_agents, seconds, (long long) info.rounds, (long long) info.messages, (int) info.n_certified, (int) n_bus);
    if (json)
        fprintf(json, "%s\n  {\"buses\": %d, \"agents\": %u, \"seconds\": %.6g, \"rounds\": %lld, \"messages\": %lld}",
                first ? "" : ",", (int) n_bus, n_agents, seconds, (long long) info.rounds, (long long) info.messages);
    cef_meter_roll_destroy(roll);
    cef_case_destroy(c);
    cef_grid_destroy(grid);
    cef_context_destroy(ctx);
    free(quality);
    free(bound);
    free(x);
}

int main(int argc, char **argv)
{
    const bench_options o = bench_parse(argc, argv);
    const char *url = getenv("LIBCEF_BROKER");
    char topic[] = "bench/it/0/+", *const topics[] = {topic};
    static const int sizes[] = {1, 8, 48};
    mqtt_broker broker;
    cef_error error = {.struct_size = sizeof error};
    side from = {0}, to = {0};
    if (mqtt_broker_parse(&broker, url ? url : "mqtt://127.0.0.1", &error))
        bench_fail("LIBCEF_BROKER", &error);
    FILE *json = bench_open(&o, "bench_mqtt");
    open_side(&from, &broker, "bench-from");
    open_side(&to, &broker, "bench-to");
    wait_until(&from.up, &from, &to);
    wait_until(&to.up, &from, &to);
    link_subscribe(to.link, topics, 1, 1, 0);
    wait_until(&to.subscribed, &from, &to);
    if (json)
        fprintf(json, ",\n \"rates\": [");
    printf("\nthrough the broker, publisher and receiver in one process\n");
    for (int qos = 0; qos < 2; qos++)
        for (int k = 0; k < 3; k++)
            measure(json, &from, &to, sizes[k], qos == 1, o.repetitions, qos + k == 0);
    link_destroy(from.link);
    link_destroy(to.link);
    if (json)
        fprintf(json, "],\n \"agents\": [");
    printf("\nagents of one process, a round every 10 ms at most\n");
    converge(json, &broker, 400, 10, true);
    converge(json, &broker, 400, 50, false);
    converge(json, &broker, 10000, 20, false);
    if (json && (fprintf(json, "]}\n") < 0 || fclose(json)))
        bench_fail(o.json, NULL);
    return 0;
}
