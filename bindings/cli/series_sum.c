/* SPDX-License-Identifier: Apache-2.0 */
/* From the groups' rows of a block to its record: figures of each period, sums of zones and owners. */
#include <math.h>
#include <string.h>

#include "series_worker.h"

static double row_sum(const double *row, const series_groups *g, bool exports)
{
    exact_sum sum = {0};
    for (cef_index k = 0; k < g->n; k++)
        if (g->is_export[k] == exports)
            exact_add(&sum, row[k]);
    return exact_value(sum);
}

/* One group's four figures of a period, in MWh and tCO2. */
static void add_group(series_worker *w, cef_index k, const double figure[GROUP_ARRAYS])
{
    const series_groups *g = &w->job->groups;
    const double hours = w->job->shape.hours;
    const int load = g->is_export[k] ? ZONE_EXPORT_ENERGY : ZONE_LOAD_ENERGY;
    if (g->n_zone > 0) {
        exact_sum *zone = w->zone + g->zone[k] * ZONE_SUMS;
        exact_add(&zone[ZONE_GENERATION_ENERGY], figure[GROUP_GENERATION_P] * hours);
        exact_add(&zone[ZONE_GENERATION], figure[GROUP_GENERATION] * hours);
        exact_add(&zone[load], figure[GROUP_LOAD_P] * hours);
        exact_add(&zone[load + 1], figure[GROUP_LOAD] * hours);
    }
    if (g->owner[k] >= 0) {
        exact_sum *owner = w->owner + g->owner[k] * OWNER_SUMS;
        exact_add(&owner[OWNER_ENERGY], figure[GROUP_LOAD_P] * hours);
        exact_add(&owner[OWNER_EMISSIONS], figure[GROUP_LOAD] * hours);
    }
}

static void add_groups(series_worker *w, size_t t)
{
    const series_groups *g = &w->job->groups;
    const size_t row = t * (size_t) g->n;
    double(*period)[SERIES_BLOCK] = w->record.period;
    period[PERIOD_GENERATION_P][t] =
        row_sum(w->group[GROUP_GENERATION_P] + row, g, false) + row_sum(w->group[GROUP_GENERATION_P] + row, g, true);
    period[PERIOD_LOAD_P][t] = row_sum(w->group[GROUP_LOAD_P] + row, g, false);
    period[PERIOD_EXPORT_P][t] = row_sum(w->group[GROUP_LOAD_P] + row, g, true);
    for (cef_index k = 0; k < g->n; k++) {
        const size_t at = row + (size_t) k;
        const double figure[GROUP_ARRAYS] = {w->group[0][at], w->group[1][at], w->group[2][at], w->group[3][at]};
        add_group(w, k, figure);
    }
}

void series_worker_sum(series_worker *w)
{
    const series_shape *s = &w->job->shape;
    const series_sums at = series_sums_of(s);
    const size_t n_zone = (size_t) s->n_zone * ZONE_SUMS, n_owner = (size_t) s->n_owner * OWNER_SUMS;
    memset(w->zone, 0, n_zone * sizeof *w->zone);
    memset(w->owner, 0, n_owner * sizeof *w->owner);
    for (size_t t = 0; t < SERIES_BLOCK; t++) {
        if (t < w->count && w->status[t] == CEF_OK)
            add_groups(w, t);
        else
            for (int k = 0; k < PERIOD_FIGURES; k++)
                w->record.period[k][t] = (double) NAN;
    }
    for (size_t k = 0; k < n_zone; k++)
        w->record.sums[at.zone + k] = exact_value(w->zone[k]);
    for (size_t k = 0; k < n_owner; k++)
        w->record.sums[at.owner + k] = exact_value(w->owner[k]);
}
