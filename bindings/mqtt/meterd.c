/* SPDX-License-Identifier: Apache-2.0 */
/* cef-meterd: one agent's meters, one interval, through a broker. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../cli/say.h"
#include "boot.h"
#include "loop.h"
#include "options.h"
#include "summary.h"

typedef struct {
    meterd_options options;
    meter_source source;
    mqtt_roster roster;
    agent_options settings;
    mqtt_agent *agent;
    int stop_fd;
    loop_end end;
} meterd;

/* SIGTERM and SIGINT make a descriptor readable. Not a signal mask: BLAS has threads of its own from the start. */
static int stop_writer = -1;

static void on_stop(int number)
{
    const uint64_t one = 1;
    const int before = errno;
    (void) number;
    (void) !write(stop_writer, &one, sizeof one);
    errno = before;
}

static cef_status hold_signals(meterd *m, cef_error *error)
{
    struct sigaction action = {.sa_handler = on_stop};
    m->stop_fd = stop_writer = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    const bool held =
        m->stop_fd >= 0 && sigaction(SIGTERM, &action, NULL) == 0 && sigaction(SIGINT, &action, NULL) == 0;
    return held ? CEF_OK : mqtt_fail(error, CEF_ERR_IO, "cannot-open", "signals cannot be held: %s", strerror(errno));
}

/* The first 32 bits of the case's SHA-256: agents with another case are not in the same epoch. */
static uint32_t epoch_of(const meterd *m)
{
    uint32_t epoch = 0;
    for (int k = 0; k < 8; k++) {
        const char c = m->source.info.sha256[k];
        epoch = epoch << 4 | (uint32_t) (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return epoch == UINT32_MAX ? 0 : epoch;
}

static cef_status settle(meterd *m, cef_error *error)
{
    const meterd_options *o = &m->options;
    agent_options *s = &m->settings;
    MQTT_TRY(mqtt_broker_parse(&s->broker, o->broker, error));
    if (snprintf(s->space.prefix, sizeof s->space.prefix, "%s", o->prefix) >= (int) sizeof s->space.prefix)
        return mqtt_fail(error, CEF_ERR_ARGUMENT, "bad-argument", "--prefix has more than %d bytes", MQTT_PREFIX - 1);
    MQTT_TRY(mqtt_space_check(&s->space, error));
    MQTT_TRY(source_open(&m->source, &o->source, error));
    MQTT_TRY(o->roster ? roster_read(&m->roster, m->source.grid, o->roster, error)
                       : roster_ranges(&m->roster, m->source.info.n_bus, (uint32_t) o->agents, error));
    s->space.interval = (uint32_t) o->interval;
    s->space.epoch = o->has_epoch ? (uint32_t) o->epoch : epoch_of(m);
    s->roll = m->source.roll;
    s->roster = &m->roster;
    s->agent = (uint32_t) o->agent;
    s->seed = o->seed;
    s->tolerance = o->tolerance;
    s->round_ms = (int) o->round_ms;
    s->keepalive_s = (int) o->keepalive_s;
    s->expiry_s = (uint32_t) o->expiry_s;
    s->relax_only = o->relax;
    return boot_next(o->state, &s->boot, error);
}

static cef_status report(meterd *m, cef_error *error)
{
    static const char *const ends[] = {"done", "stopped", "late", "taken-over"};
    const agent_options *s = &m->settings;
    const summary result = {.source = &m->source,
                            .agent = m->agent,
                            .ended = ends[m->end],
                            .output = m->options.output,
                            .number = s->agent,
                            .boot = s->boot,
                            .epoch = s->space.epoch,
                            .interval = s->space.interval};
    agent_report r;
    MQTT_TRY(summary_write(&result, error));
    agent_describe(m->agent, &r);
    if (m->end == LOOP_TAKEN_OVER)
        return mqtt_fail(error, CEF_ERR_IO, "agent-twice",
                         "the broker knows a later start of agent %" PRIu32 " than this one, start %" PRIu32
                         ": another process runs it, or the state file is an old one",
                         s->agent, s->boot);
    if (r.n_certified == r.n_bus)
        return CEF_OK;
    if (r.link.connections == 0)
        return mqtt_fail(error, CEF_ERR_IO, "no-broker", "no broker answered at %s port %u (%" PRId64 " attempts)",
                         s->broker.host, s->broker.port, r.link.refused);
    return mqtt_fail(error, CEF_ERR_CERTIFICATE, "not-certified",
                     "agent %" PRIu32 ": %d of %d values certified, worst bound %.3g tCO2/MWh", s->agent,
                     (int) r.n_certified, (int) r.n_bus, r.worst_bound);
}

static cef_status run(meterd *m, cef_error *error)
{
    static const char *const states[] = {"done", "stopped", "late", "stopped"};
    const meterd_options *o = &m->options;
    const int64_t linger = (int64_t) (1000.0 * o->linger_s), deadline = (int64_t) (1000.0 * o->deadline_s);
    enum { GOODBYE = 1000 }; /* ms */
    MQTT_TRY(hold_signals(m, error));
    MQTT_TRY(settle(m, error));
    MQTT_TRY(agent_create(&m->settings, &m->agent, error));
    if (!o->quiet)
        fprintf(stderr,
                "cef-meterd: agent %" PRIu32 " of %" PRIu32 ", start %" PRIu32 ", epoch %" PRIu32 ", interval %" PRIu32
                ", broker %s port %u\n",
                m->settings.agent, m->roster.n_agents, m->settings.boot, m->settings.space.epoch,
                m->settings.space.interval, m->settings.broker.host, m->settings.broker.port);
    const loop_options loop = {.stop_fd = m->stop_fd, .deadline_ms = deadline, .linger_ms = linger, .stay = o->stay};
    MQTT_TRY(agents_run(&m->agent, 1, &loop, &m->end, error));
    agent_end(m->agent, states[m->end], m->end == LOOP_TAKEN_OVER ? 0 : GOODBYE);
    return report(m, error);
}

/* A closed standard stream would give its number to the next file opened. */
static bool hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    meterd m = {.stop_fd = -1};
    cef_error error = {.struct_size = sizeof error};
    if (!hold_standard_streams())
        return CLI_IO;
    signal(SIGPIPE, SIG_IGN);
    const int code = options_parse(&m.options, argc, argv);
    if (code != CLI_DONE)
        return code;
    if (m.options.help) {
        options_help();
        return fflush(stdout) == 0 ? CLI_DONE : CLI_IO;
    }
    if (m.options.version) {
        printf("cef-meterd %s\nABI %d\n", cef_version_string(), (int) cef_abi_version());
        return fflush(stdout) == 0 ? CLI_DONE : CLI_IO;
    }
    const cef_status status = run(&m, &error);
    agent_destroy(m.agent);
    roster_release(&m.roster);
    source_release(&m.source);
    if (m.stop_fd >= 0)
        close(m.stop_fd);
    return status == CEF_OK ? CLI_DONE : say_error(&error);
}
