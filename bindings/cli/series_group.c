/* SPDX-License-Identifier: Apache-2.0 */
/* Zones and owners: every unit and load is in the group of its bus's zone, its owner, and whether it is an export. */
#include <string.h>

#include "series.h"

/* Names met so far, by hash; borrowed of the case. */
typedef struct {
    const char **name; /* [n] in the order met */
    cef_index n;
    cef_index *slot; /* [size] place + 1, 0 none */
    size_t size;
} name_list;

static cef_status list_take(name_list *list, cli_pool *pool, size_t most, cef_error *error)
{
    for (list->size = 16; list->size < 2 * most + 2;)
        list->size *= 2;
    CLI_TRY(pool_take(pool, list->size, sizeof *list->slot, &list->slot, error));
    return pool_take(pool, most + 1, sizeof *list->name, &list->name, error);
}

static cef_index list_place(name_list *list, const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *c = name; *c; c++)
        hash = (hash ^ (unsigned char) *c) * 0x100000001b3u;
    size_t at = (size_t) (hash ^ hash >> 29) & (list->size - 1);
    while (list->slot[at] && strcmp(list->name[list->slot[at] - 1], name) != 0)
        at = (at + 1) & (list->size - 1);
    if (!list->slot[at]) {
        list->name[list->n] = name;
        list->slot[at] = ++list->n;
    }
    return list->slot[at] - 1;
}

/* Groups met so far: (zone, owner, export) by hash. */
typedef struct {
    series_groups *groups;
    cef_index *slot;
    size_t size;
} group_list;

static int32_t group_place(group_list *list, int32_t zone, int32_t owner, bool is_export)
{
    series_groups *g = list->groups;
    const uint64_t key = (uint64_t) (uint32_t) zone << 33 | (uint64_t) (uint32_t) (owner + 1) << 1 | is_export;
    size_t at = (size_t) (key * 0x9e3779b97f4a7c15u >> 32) & (list->size - 1);
    for (; list->slot[at]; at = (at + 1) & (list->size - 1)) {
        const cef_index k = list->slot[at] - 1;
        if (g->zone[k] == zone && g->owner[k] == owner && g->is_export[k] == is_export)
            return k;
    }
    g->zone[g->n] = zone;
    g->owner[g->n] = owner;
    g->is_export[g->n] = is_export;
    list->slot[at] = ++g->n;
    return g->n - 1;
}

static cef_status take_groups(group_list *list, cli_pool *pool, const cef_network_data *net, cef_error *error)
{
    series_groups *g = list->groups;
    const size_t most = (size_t) net->n_gen + (size_t) net->n_load;
    for (list->size = 16; list->size < 2 * most + 2;)
        list->size *= 2;
    CLI_TRY(pool_take(pool, list->size, sizeof *list->slot, &list->slot, error));
    CLI_TRY(pool_take(pool, (size_t) net->n_gen, sizeof *g->gen, &g->gen, error));
    CLI_TRY(pool_take(pool, (size_t) net->n_load, sizeof *g->load, &g->load, error));
    CLI_TRY(pool_take(pool, most, sizeof *g->zone, &g->zone, error));
    CLI_TRY(pool_take(pool, most, sizeof *g->owner, &g->owner, error));
    return pool_take(pool, most, sizeof *g->is_export, &g->is_export, error);
}

/* A case that states no zone has no table of zones; loads without an owner are nobody's. */
cef_status series_group(series_job *job, cef_error *error)
{
    series_groups *g = &job->groups;
    const cef_network_data *net = &job->net;
    name_list zones = {.n = 0}, owners = {.n = 0};
    group_list list = {.groups = g};
    CLI_TRY(list_take(&zones, &job->pool, (size_t) net->n_bus, error));
    CLI_TRY(list_take(&owners, &job->pool, (size_t) net->n_load, error));
    CLI_TRY(take_groups(&list, &job->pool, net, error));
    for (cef_index bus = 0; bus < net->n_bus; bus++)
        (void) list_place(&zones, cef_case_zone(job->source, bus));
    for (cef_index gen = 0; gen < net->n_gen; gen++)
        g->gen[gen] = group_place(&list, list_place(&zones, cef_case_zone(job->source, net->gen_bus[gen])), -1, false);
    for (cef_index load = 0; load < net->n_load; load++) {
        const char *owner = cef_case_owner(job->source, load);
        const bool is_export = net->load_kind && net->load_kind[load] == CEF_LOAD_EXPORT;
        g->load[load] = group_place(&list, list_place(&zones, cef_case_zone(job->source, net->load_bus[load])),
                                    owner[0] ? list_place(&owners, owner) : -1, is_export);
    }
    g->zone_name = zones.name;
    g->n_zone = zones.n == 1 && !zones.name[0][0] ? 0 : zones.n;
    g->owner_name = owners.name;
    g->n_owner = owners.n;
    return CEF_OK;
}
