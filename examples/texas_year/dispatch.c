/* SPDX-License-Identifier: Apache-2.0 */
/* Merit order: the cheapest units first. Costs rise with power (gencost's quadratic term), so that for each hour one
 * price says what every unit runs at; it is found by halving. */
#include "year.h"

#include <math.h>
#include <stdlib.h>

#define MOST_PRICE 1e4 /* $/MWh */
#define START_PRICE 20.0

static double run_at(const year_grid *grid, cef_index gen, double available, double price)
{
    const double mw = (price - grid->price[gen]) / grid->slope[gen];
    return fmin(fmax(mw, 0.0), available * grid->capacity[gen]);
}

double dispatch_unit(const year_grid *grid, const year_profile *profile, const year_dispatch *dispatch, int scenario,
                     int hour, cef_index gen)
{
    return run_at(grid, gen, profile_available(grid, gen, hour),
                  dispatch->price[(size_t) scenario * (size_t) profile->hours + (size_t) hour]);
}

/* What all units give at a price, and how much more for each $/MWh. */
static double supply(const year_grid *grid, const double *available, double price, double *gain)
{
    double mw = 0;
    *gain = 0;
    for (cef_index gen = 0; gen < grid->table.n_gen; gen++) {
        const double p = run_at(grid, gen, available[gen], price);
        mw += p;
        *gain += p > 0 && p < available[gen] * grid->capacity[gen] ? 1 / grid->slope[gen] : 0;
    }
    return mw;
}

/* What units have to give: load, what stores draw, losses. */
static double demand(const year_grid *grid, const year_profile *profile, const year_dispatch *d, int scenario, int hour)
{
    double mw = profile->total[hour] * (1 + d->loss_share + d->loss_rise * profile->total[hour]);
    for (int k = 0; scenario == WITH && k < grid->n_area; k++)
        mw -= profile->store[hour * grid->n_area + k];
    return mw;
}

/* Newton's method on a line of many pieces, halving where it leaves what is known. */
static double clear(const year_grid *grid, const double *available, double mw, double start, double *short_mw)
{
    double low = -1, high = MOST_PRICE, price = start, gain = 0;
    *short_mw = fmax(mw - supply(grid, available, high, &gain), 0.0);
    for (int k = 0; k < 100 && *short_mw == 0.0; k++) {
        const double gap = mw - supply(grid, available, price, &gain);
        if (fabs(gap) < 1e-6)
            return price;
        *(gap > 0 ? &low : &high) = price;
        const double next = price + gap / gain; /* gain 0: not between the two */
        price = next > low && next < high ? next : 0.5 * (low + high);
    }
    return *short_mw > 0.0 ? MOST_PRICE : price;
}

static void clear_hours(const year_grid *grid, const year_profile *profile, int first, int count, year_dispatch *d)
{
    double *available = take((size_t) grid->table.n_gen, sizeof *available);
    for (int hour = first; hour < first + count; hour++) {
        for (cef_index gen = 0; gen < grid->table.n_gen; gen++)
            available[gen] = profile_available(grid, gen, hour);
        for (int s = 0; s < SCENARIOS; s++) {
            double short_mw = 0;
            d->price[(size_t) s * (size_t) profile->hours + (size_t) hour] =
                clear(grid, available, demand(grid, profile, d, s, hour), START_PRICE, &short_mw);
            d->short_mwh += s == WITHOUT ? short_mw : 0;
        }
    }
    free(available);
}

/* Units that run well above nothing in every hour take what the estimate of losses misses; else the largest one. */
static void choose_slack(year_grid *grid, const year_profile *profile, const year_dispatch *d)
{
    cef_index largest = 0;
    double sum = 0;
    for (cef_index gen = 0; gen < grid->table.n_gen; gen++) {
        double least = INFINITY;
        const bool thermal = grid->kind[gen] == GAS || grid->kind[gen] == COAL || grid->kind[gen] == OTHER;
        for (int s = 0; s < SCENARIOS; s++)
            for (int hour = 0; thermal && hour < profile->hours; hour++)
                least = fmin(least, dispatch_unit(grid, profile, d, s, hour, gen));
        grid->participation[gen] = thermal && least > 0.5 * grid->capacity[gen] ? grid->capacity[gen] : 0;
        sum += grid->participation[gen];
        largest = grid->capacity[gen] > grid->capacity[largest] ? gen : largest;
    }
    if (sum == 0)
        grid->participation[largest] = 1;
}

/* Losses as a share of load, a straight line through power flows of the hours of least and of most load. */
static bool learn_losses(const year_options *o, year_grid *grid, const year_profile *profile, year_dispatch *d)
{
    int hour[2] = {0, 0};
    double share[2] = {0};
    for (int k = 1; k < profile->hours; k++) {
        hour[0] = profile->total[k] < profile->total[hour[0]] ? k : hour[0];
        hour[1] = profile->total[k] > profile->total[hour[1]] ? k : hour[1];
    }
    d->peak_mw = profile->total[hour[1]];
    if (o->dc)
        return true;
    d->loss_share = 0.025; /* near enough to begin with; the reference's units run at what it misses */
    for (int k = 0; k < 2; k++) {
        clear_hours(grid, profile, hour[k], 1, d);
        if (!flows_loss(o, grid, profile, d, hour[k], &share[k]))
            return false;
    }
    const double range = d->peak_mw - profile->total[hour[0]];
    d->loss_rise = range > 0 ? (share[1] - share[0]) / range : 0;
    d->loss_share = share[1] - d->loss_rise * d->peak_mw;
    d->short_mwh = 0;
    return true;
}

bool dispatch_open(const year_options *o, year_grid *grid, const year_profile *profile, year_dispatch *d)
{
    *d = (year_dispatch){.price = take(SCENARIOS * (size_t) profile->hours, sizeof *d->price)};
    if (!learn_losses(o, grid, profile, d))
        return false;
    clear_hours(grid, profile, 0, profile->hours, d);
    choose_slack(grid, profile, d);
    return true;
}

void dispatch_close(year_dispatch *d)
{
    free(d->price);
    *d = (year_dispatch){0};
}
