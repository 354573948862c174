/* SPDX-License-Identifier: Apache-2.0 */
/* cef-meterd: one agent's meters, one interval, through a broker. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../cli/help.h"
#include "../cli/say.h"
#include "boot.h"
#include "loop.h"
#include "settings.h"
#include "summary.h"
#include "usage.h"

typedef struct {
    cli_args args;
    trace_job trace; /* case, flows, factors, settings, as cef trace reads them */
    cef_meter_roll *roll;
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
        const char c = m->trace.info.sha256[k];
        epoch = epoch << 4 | (uint32_t) (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return epoch == UINT32_MAX ? 0 : epoch;
}

static cef_status take_space(meterd *m, cef_error *error)
{
    const cli_value *o = m->args.option;
    mqtt_space *space = &m->settings.space;
    MQTT_TRY(mqtt_broker_parse(&m->settings.broker, o[OPTION_BROKER].text, error));
    if (snprintf(space->prefix, sizeof space->prefix, "%s", o[OPTION_PREFIX].text) >= (int) sizeof space->prefix)
        return mqtt_fail(error, CEF_ERR_ARGUMENT, "bad-argument", "--prefix has more than %d bytes", MQTT_PREFIX - 1);
    return mqtt_space_check(space, error);
}

/* The grid as `cef trace` would take it with the same options, and who meters what of it. */
static cef_status take_grid(meterd *m, cef_error *error)
{
    const cli_value *o = m->args.option;
    trace_job *job = &m->trace;
    *job = (trace_job){.args = &m->args};
    MQTT_TRY(trace_check_meters(&m->args, error));
    MQTT_TRY(trace_read(job, error));
    trace_warn(job);
    MQTT_TRY(trace_roll(job, &m->roll, error));
    return o[OPTION_ROSTER].given
               ? roster_read(&m->roster, job->source, o[OPTION_ROSTER].text, error)
               : roster_ranges(&m->roster, job->info.n_bus, (uint32_t) o[OPTION_TEAM].integer, error);
}

static void warn(void *user, const char *code, const char *message)
{
    (void) user;
    say_coded_warning(code, message);
}

static cef_status settle(meterd *m, cef_error *error)
{
    const cli_value *o = m->args.option;
    agent_options *s = &m->settings;
    MQTT_TRY(take_space(m, error));
    MQTT_TRY(take_grid(m, error));
    s->space.interval = (uint32_t) o[OPTION_INTERVAL].integer;
    s->space.epoch = o[OPTION_EPOCH].given ? (uint32_t) o[OPTION_EPOCH].integer : epoch_of(m);
    s->roll = m->roll;
    s->roster = &m->roster;
    s->agent = (uint32_t) o[OPTION_AGENT].integer;
    MQTT_TRY(roster_check(&m->roster, s->agent, error)); /* before this counts as a start */
    s->settings = settings_of(&m->trace, &m->roster);
    s->seed = o[OPTION_SEED].integer;
    s->tolerance = o[OPTION_CERTIFY].number;
    s->round_ms = (int) o[OPTION_ROUND_MS].integer;
    s->keepalive_s = (int) o[OPTION_KEEPALIVE].integer;
    s->expiry_s = (uint32_t) o[OPTION_EXPIRY].integer;
    s->relax_only = o[OPTION_RELAX].given;
    s->warn = warn;
    snprintf(s->sha256, sizeof s->sha256, "%s", m->trace.info.sha256);
    return boot_next(o[OPTION_STATE].text, &s->boot, error);
}

static cef_status contradicted(const meterd *m, cef_error *error)
{
    uint32_t other = 0, settings = 0;
    agent_contradicted(m->agent, mqtt_now(), &other, &settings);
    return mqtt_fail(error, CEF_ERR_PARSE, "settings-differ",
                     "agent %" PRIu32 " runs with settings %08" PRIx32 ", agent %" PRIu32 " with %08" PRIx32
                     ": case, factors, trace options, roster and --relax must be the same for all",
                     m->settings.agent, m->settings.settings, other, settings);
}

static const char *elsewhere(const agent_report *r, char *out, size_t size)
{
    out[0] = 0;
    if (r->n_elsewhere > 0)
        snprintf(out, size, "; %" PRIu32 " neighbour%s announced %s in another epoch (cef explain epochs-differ)",
                 r->n_elsewhere, r->n_elsewhere > 1 ? "s" : "", r->n_elsewhere > 1 ? "themselves" : "itself");
    return out;
}

static cef_status report(meterd *m, cef_error *error)
{
    char note[128];
    static const char *const ends[] = {"done", "stopped", "late", "taken-over", "contradicted"};
    const agent_options *s = &m->settings;
    const summary result = {.grid = m->trace.source,
                            .numeric = m->trace.info.numeric_bus,
                            .agent = m->agent,
                            .ended = ends[m->end],
                            .output = m->args.option[OPTION_OUTPUT].text,
                            .number = s->agent,
                            .boot = s->boot,
                            .epoch = s->space.epoch,
                            .interval = s->space.interval,
                            .settings = s->settings};
    agent_report r;
    MQTT_TRY(summary_write(&result, error));
    agent_describe(m->agent, &r);
    if (m->end == LOOP_TAKEN_OVER)
        return mqtt_fail(error, CEF_ERR_IO, "agent-twice",
                         "the broker knows a later start of agent %" PRIu32 " than this one, start %" PRIu32
                         ": another process runs it, or the state file is an old one",
                         s->agent, s->boot);
    if (m->end == LOOP_CONTRADICTED)
        return contradicted(m, error);
    if (r.n_certified == r.n_bus)
        return CEF_OK;
    if (r.link.connections == 0)
        return mqtt_fail(error, CEF_ERR_IO, "no-broker", "no broker answered at %s port %u (%" PRId64 " attempts)",
                         s->broker.host, s->broker.port, r.link.refused);
    return mqtt_fail(error, CEF_ERR_CERTIFICATE, "not-certified",
                     "agent %" PRIu32 ": %d of %d values certified, worst bound %.3g tCO2/MWh%s", s->agent,
                     (int) r.n_certified, (int) r.n_bus, r.worst_bound, elsewhere(&r, note, sizeof note));
}

static cef_status run(meterd *m, cef_error *error)
{
    static const char *const states[] = {"done", "stopped", "late", "stopped", "contradicted"};
    const cli_value *o = m->args.option;
    const int64_t linger = (int64_t) (1000.0 * o[OPTION_LINGER].number),
                  deadline = (int64_t) (1000.0 * o[OPTION_TIME_LIMIT].number);
    enum { GOODBYE = 1000 }; /* ms */
    MQTT_TRY(hold_signals(m, error));
    MQTT_TRY(settle(m, error));
    MQTT_TRY(agent_create(&m->settings, &m->agent, error));
    if (!o[OPTION_QUIET].given)
        fprintf(stderr,
                "cef-meterd: agent %" PRIu32 " of %" PRIu32 ", start %" PRIu32 ", epoch %" PRIu32 ", interval %" PRIu32
                ", settings %08" PRIx32 ", broker %s port %u\n",
                m->settings.agent, m->roster.n_agents, m->settings.boot, m->settings.space.epoch,
                m->settings.space.interval, m->settings.settings, m->settings.broker.host, m->settings.broker.port);
    const loop_options loop = {
        .stop_fd = m->stop_fd, .deadline_ms = deadline, .linger_ms = linger, .stay = o[OPTION_STAY].given};
    MQTT_TRY(agents_run(&m->agent, 1, &loop, &m->end, error));
    agent_end(m->agent, states[m->end], m->end == LOOP_TAKEN_OVER ? 0 : GOODBYE);
    return report(m, error);
}

static int solve(meterd *m)
{
    cef_error error = {.struct_size = sizeof error};
    const int usage = usage_check(&m->args);
    if (usage != CLI_DONE)
        return usage;
    const cef_status status = run(m, &error);
    agent_destroy(m->agent);
    roster_release(&m->roster);
    cef_meter_roll_destroy(m->roll);
    cef_case_destroy(m->trace.source);
    cef_context_destroy(m->trace.ctx);
    pool_release(&m->trace.pool);
    if (m->stop_fd >= 0)
        close(m->stop_fd);
    return status == CEF_OK ? CLI_DONE : say_error(&error);
}

int main(int argc, char **argv)
{
    meterd m = {.stop_fd = -1};
    if (!out_prepare())
        return CLI_IO;
    const int code = args_parse(&m.args, VERB_METERD, argc - 1, argv + 1);
    if (code != CLI_DONE)
        return code;
    if (m.args.option[OPTION_VERSION].given)
        return help_version("cef-meterd", "; libmosquitto");
    const bool man = m.args.option[OPTION_MAN].given;
    return man || m.args.option[OPTION_HELP].given ? help_print(VERB_METERD, man) : solve(&m);
}
