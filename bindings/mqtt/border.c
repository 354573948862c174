/* SPDX-License-Identifier: Apache-2.0 */
/* Where the agent ends: which of its links lead to whom. */
#include "border.h"

#include <stdlib.h>

typedef struct {
    uint32_t agent, number, peer;
    int32_t meter, link;
    int64_t end; /* into route */
} crossing;

static int by_agent_and_link(const void *a, const void *b)
{
    const crossing *x = a, *y = b;
    if (x->agent != y->agent)
        return x->agent < y->agent ? -1 : 1;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->meter < y->meter ? -1 : x->meter > y->meter;
}

/* Routes inside are written; those that cross are counted, and listed unless list is NULL. */
static cef_status walk(mqtt_agent *a, crossing *list, int64_t *n, cef_error *error)
{
    *n = 0;
    for (cef_index k = 0; k < a->n_bus; k++) {
        cef_meter_setup setup = {.struct_size = sizeof setup};
        MQTT_TRY(cef_meter_roll_setup(a->options.roll, a->bus[k], &setup, NULL, NULL, error));
        for (int32_t link = 0; link < setup.n_links; link++) {
            const uint32_t peer = setup.link[link].peer;
            const int64_t end = a->link_start[k] + link;
            a->route[end] = a->meter_of[peer];
            if (a->route[end] >= 0)
                continue;
            if (list)
                list[*n] = (crossing){a->options.roster->owner[peer], setup.link[link].number, peer, k, link, end};
            ++*n;
        }
    }
    return CEF_OK;
}

static void count_parts(const crossing *list, int64_t n, mqtt_agent *a)
{
    int32_t lines = 0;
    for (int64_t k = 0; k < n; k++) {
        const bool first = k == 0 || list[k].agent != list[k - 1].agent;
        lines = first ? 0 : lines + 1;
        a->n_neighbours += first;
        a->n_pages += lines % PAGE_LINES == 0;
    }
    a->n_lines = (int32_t) n;
}

static void fill_parts(const crossing *list, mqtt_agent *a)
{
    neighbour *to = a->neighbour - 1;
    for (int32_t k = 0; k < a->n_lines; k++) {
        if (k == 0 || list[k].agent != list[k - 1].agent) {
            const int32_t first_page = k == 0 ? 0 : to->first_page + to->n_pages;
            *++to = (neighbour){.agent = list[k].agent, .first_line = k, .first_page = first_page};
        }
        to->n_pages += to->n_lines % PAGE_LINES == 0;
        to->n_lines++;
        a->line[k].meter = list[k].meter;
        a->line[k].link = list[k].link;
        a->line[k].peer = list[k].peer;
        a->line[k].number = list[k].number;
        a->line[k].neighbour = (uint32_t) (to - a->neighbour);
        a->route[list[k].end] = -1 - k;
    }
}

cef_status border_draw(mqtt_agent *a, cef_error *error)
{
    int64_t n = 0;
    MQTT_TRY(walk(a, NULL, &n, error));
    if (n > INT32_MAX / 2)
        return mqtt_fail(error, CEF_ERR_OVERFLOW, "too-large", "%lld links to other agents", (long long) n);
    crossing *list = calloc((size_t) n + 1, sizeof *list);
    if (!list)
        return mqtt_no_memory(error, (size_t) n * sizeof *list);
    cef_status status = walk(a, list, &n, error);
    if (status == CEF_OK) {
        qsort(list, (size_t) n, sizeof *list, by_agent_and_link);
        count_parts(list, n, a);
        a->line = calloc((size_t) n + 1, sizeof *a->line);
        a->neighbour = calloc((size_t) a->n_neighbours + 1, sizeof *a->neighbour);
        a->page = calloc((size_t) a->n_pages + 1, sizeof *a->page);
        if (!a->line || !a->neighbour || !a->page)
            status = mqtt_no_memory(error, (size_t) n * sizeof *a->line);
        else
            fill_parts(list, a);
    }
    free(list);
    return status;
}

neighbour *border_find(mqtt_agent *a, uint32_t agent)
{
    uint32_t low = 0, high = a->n_neighbours;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (a->neighbour[middle].agent < agent)
            low = middle + 1;
        else
            high = middle;
    }
    return low < a->n_neighbours && a->neighbour[low].agent == agent ? &a->neighbour[low] : NULL;
}
