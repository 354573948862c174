/* SPDX-License-Identifier: Apache-2.0 */
/* Rosters. */
#include "roster.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cef_status take(mqtt_roster *roster, cef_index n_bus, cef_error *error)
{
    *roster = (mqtt_roster){.n_bus = n_bus};
    roster->owner = calloc((size_t) n_bus, sizeof *roster->owner);
    return roster->owner ? CEF_OK : mqtt_no_memory(error, (size_t) n_bus * sizeof *roster->owner);
}

cef_status roster_ranges(mqtt_roster *roster, cef_index n_bus, uint32_t n_agents, cef_error *error)
{
    *roster = (mqtt_roster){0};
    if (n_agents < 1 || n_agents > MQTT_AGENTS || n_agents > (uint32_t) n_bus)
        return mqtt_fail(error, CEF_ERR_ARGUMENT, "bad-argument",
                         "--agents cannot be %" PRIu32 ": it takes 1 to the number of buses (%d), at most %d", n_agents,
                         (int) n_bus, (int) MQTT_AGENTS);
    MQTT_TRY(take(roster, n_bus, error));
    roster->n_agents = n_agents;
    for (uint32_t agent = 0; agent < n_agents; agent++) {
        const uint64_t first = (uint64_t) agent * (uint64_t) n_bus / n_agents;
        const uint64_t end = (uint64_t) (agent + 1) * (uint64_t) n_bus / n_agents;
        for (uint64_t bus = first; bus < end; bus++)
            roster->owner[bus] = agent;
    }
    return CEF_OK;
}

cef_status roster_check(const mqtt_roster *roster, uint32_t agent, cef_error *error)
{
    return agent < roster->n_agents
               ? CEF_OK
               : mqtt_fail(error, CEF_ERR_ARGUMENT, "bad-argument",
                           "agent %" PRIu32 " of %" PRIu32 ": they are numbered from 0", agent, roster->n_agents);
}

void roster_release(mqtt_roster *roster)
{
    free(roster->owner);
    *roster = (mqtt_roster){0};
}

/* ---- a file ---- */

typedef struct {
    char id[64];
    cef_index bus;
} named;

typedef struct {
    mqtt_roster *roster;
    named *by_id; /* [n_bus], sorted */
    const char *path;
    int line;
} reading;

static int by_id(const void *a, const void *b) { return strcmp(((const named *) a)->id, ((const named *) b)->id); }

static cef_status wrong(const reading *r, cef_error *error, const char *what, const char *value)
{
    mqtt_fail(error, CEF_ERR_PARSE, "bad-value", "%.200s line %d: %s%.100s", r->path, r->line, what, value);
    if (error)
        error->line = r->line;
    return CEF_ERR_PARSE;
}

static cef_status read_line(reading *r, char *line, cef_error *error)
{
    line[strcspn(line, "\r\n")] = 0;
    char *comma = strrchr(line, ','), *end = NULL;
    if (!comma || comma - line >= 64 || comma[1] < '0' || comma[1] > '9')
        return wrong(r, error, "expected `bus,agent`, found ", line);
    *comma = 0;
    const unsigned long agent = strtoul(comma + 1, &end, 10);
    if (*end || agent >= MQTT_AGENTS)
        return wrong(r, error, "no agent's number: ", comma + 1);
    named key = {.bus = 0};
    memcpy(key.id, line, (size_t) (comma - line) + 1);
    const named *found = bsearch(&key, r->by_id, (size_t) r->roster->n_bus, sizeof key, by_id);
    if (!found)
        return wrong(r, error, "the case has no bus ", key.id);
    if (r->roster->owner[found->bus] != UINT32_MAX)
        return wrong(r, error, "a second line for bus ", key.id);
    r->roster->owner[found->bus] = (uint32_t) agent;
    if (agent >= r->roster->n_agents)
        r->roster->n_agents = (uint32_t) agent + 1;
    return CEF_OK;
}

static cef_status read_lines(reading *r, FILE *file, cef_error *error)
{
    char line[256];
    while (fgets(line, sizeof line, file)) {
        r->line++;
        if (!strchr(line, '\n') && !feof(file))
            return wrong(r, error, "a line is too long: ", line);
        if (r->line > 1) {
            MQTT_TRY(read_line(r, line, error));
            continue;
        }
        line[strcspn(line, "\r\n")] = 0;
        if (strcmp(line, "bus,agent") != 0)
            return wrong(r, error, "expected the header `bus,agent`, found ", line);
    }
    return ferror(file) ? mqtt_fail(error, CEF_ERR_IO, "cannot-read", "%.300s: %s", r->path, strerror(errno)) : CEF_OK;
}

/* Every bus has an agent, every agent a bus. */
static cef_status check(reading *r, cef_error *error)
{
    const mqtt_roster *roster = r->roster;
    char number[16] = "";
    bool *seen = calloc(roster->n_agents ? roster->n_agents : 1, sizeof *seen);
    if (!seen)
        return mqtt_no_memory(error, roster->n_agents);
    for (cef_index k = 0; k < roster->n_bus; k++) {
        if (roster->owner[r->by_id[k].bus] == UINT32_MAX) {
            free(seen);
            return wrong(r, error, "the file ends without bus ", r->by_id[k].id);
        }
        seen[roster->owner[r->by_id[k].bus]] = true;
    }
    for (uint32_t agent = 0; agent < roster->n_agents && !number[0]; agent++)
        if (!seen[agent])
            snprintf(number, sizeof number, "%" PRIu32, agent);
    free(seen);
    return number[0] ? wrong(r, error, "agents are numbered from 0; none of the buses has agent ", number) : CEF_OK;
}

static cef_status name_buses(reading *r, const cef_case *grid, cef_error *error)
{
    const size_t n = (size_t) r->roster->n_bus;
    r->by_id = calloc(n, sizeof *r->by_id);
    if (!r->by_id)
        return mqtt_no_memory(error, n * sizeof *r->by_id);
    for (size_t k = 0; k < n; k++) {
        r->by_id[k].bus = (cef_index) k;
        cef_case_id(grid, CEF_BUS, (cef_index) k, r->by_id[k].id, sizeof r->by_id[k].id);
        r->roster->owner[k] = UINT32_MAX;
    }
    qsort(r->by_id, n, sizeof *r->by_id, by_id);
    return CEF_OK;
}

cef_status roster_read(mqtt_roster *roster, const cef_case *grid, const char *path, cef_error *error)
{
    cef_case_info info = {.struct_size = sizeof info};
    reading r = {.roster = roster, .path = path};
    *roster = (mqtt_roster){0};
    MQTT_TRY(cef_case_describe(grid, &info, error));
    FILE *file = fopen(path, "re");
    if (!file)
        return mqtt_fail(error, CEF_ERR_IO, "cannot-open", "%.300s: %s", path, strerror(errno));
    cef_status status = take(roster, info.n_bus, error);
    if (status == CEF_OK)
        status = name_buses(&r, grid, error);
    if (status == CEF_OK)
        status = read_lines(&r, file, error);
    if (status == CEF_OK)
        status = check(&r, error);
    fclose(file);
    free(r.by_id);
    if (status != CEF_OK)
        roster_release(roster);
    return status;
}
