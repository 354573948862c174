/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for sockets and times. */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

static int64_t wait_for(mqtt_agent *const agent[], int n, struct pollfd *fd, int stop_fd)
{
    int64_t due = INT64_MAX;
    for (int k = 0; k < n; k++) {
        const int64_t own = agent_due(agent[k]);
        due = own < due ? own : due;
        fd[k] = (struct pollfd){.fd = agent_socket(agent[k]),
                                .events = (short) (agent_wants_write(agent[k]) ? POLLIN | POLLOUT : POLLIN)};
    }
    fd[n] = (struct pollfd){.fd = stop_fd, .events = POLLIN};
    return due;
}

/* Since when all are done; -1: they are not. */
static int64_t all_done(mqtt_agent *const agent[], int n, int64_t since, int64_t now)
{
    for (int k = 0; k < n; k++)
        if (!agent_done(agent[k]))
            return -1;
    return since < 0 ? now : since;
}

static bool any_taken_over(mqtt_agent *const agent[], int n)
{
    for (int k = 0; k < n; k++)
        if (agent_taken_over(agent[k]))
            return true;
    return false;
}

static bool any_contradicted(mqtt_agent *const agent[], int n, int64_t now)
{
    uint32_t other, settings;
    for (int k = 0; k < n; k++)
        if (agent_contradicted(agent[k], now, &other, &settings))
            return true;
    return false;
}

static bool any_met_broker(mqtt_agent *const agent[], int n)
{
    for (int k = 0; k < n; k++)
        if (agent_met_broker(agent[k]))
            return true;
    return false;
}

static loop_end turn(mqtt_agent *const agent[], int n, const loop_options *o, struct pollfd *fd, cef_status *status)
{
    enum { LONGEST = 200 }; /* ms */
    int64_t now = mqtt_now(), done_since = -1;
    const int64_t limit = o->deadline_ms > 0 ? now + o->deadline_ms : INT64_MAX;
    const int64_t greeting = o->greet_ms > 0 ? now + o->greet_ms : INT64_MAX;
    for (;;) {
        const int64_t wait = wait_for(agent, n, fd, o->stop_fd) - now;
        if (poll(fd, (nfds_t) n + 1, (int) (wait < 0 ? 0 : wait < LONGEST ? wait : LONGEST)) < 0 && errno != EINTR) {
            *status = CEF_ERR_IO;
            return LOOP_STOPPED;
        }
        if (fd[n].revents)
            return LOOP_STOPPED;
        now = mqtt_now();
        for (int k = 0; k < n; k++)
            agent_service(agent[k], now);
        done_since = all_done(agent, n, done_since, now);
        if (any_taken_over(agent, n))
            return LOOP_TAKEN_OVER;
        if (any_contradicted(agent, n, now))
            return LOOP_CONTRADICTED;
        if (done_since >= 0 && !o->stay && now - done_since >= o->linger_ms)
            return LOOP_DONE;
        if (now >= limit || (now >= greeting && !any_met_broker(agent, n)))
            return LOOP_LATE;
    }
}

cef_status agents_run(mqtt_agent *const agent[], int n, const loop_options *options, loop_end *end, cef_error *error)
{
    struct pollfd *fd = calloc((size_t) n + 1, sizeof *fd);
    cef_status status = CEF_OK;
    if (!fd)
        return mqtt_no_memory(error, ((size_t) n + 1) * sizeof *fd);
    *end = turn(agent, n, options, fd, &status);
    free(fd);
    return status == CEF_OK ? CEF_OK
                            : mqtt_fail(error, status, "cannot-read", "waiting for the broker: %s", strerror(errno));
}
