/* SPDX-License-Identifier: Apache-2.0 */
/* Load from the change table, or made up; wind, sun and water made up; stores by a simple rule. Nothing is random: the
 * same hour is the same on every machine. */
#include "year.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846
enum { HOURS_OF_2016 = 8784 };

static double wave(double t, double period, double phase) { return cos(2 * PI * (t - phase) / period); }
static double within(double low, double value, double high) { return fmin(fmax(value, low), high); }

/* ---- what nature offers, as a share of capacity ---- */

/* Most in spring and at night, with weather of days and weeks that comes to one area after the other. Mean 0.36. */
static double wind(int area, double hour)
{
    const double late = 1.5 * area;
    const double season = 0.07 * wave(hour / 24, 366, 95), night = 0.07 * wave(hour, 24, 2);
    const double weather = 0.17 * wave(hour - late, 61.7, 10) + 0.12 * wave(hour - 3 * late, 173.3, 40) +
                           0.06 * wave(hour - late, 13.1, 5);
    return within(0.02, 0.36 + season + night + weather, 0.95);
}

/* Height of the sun at 31 degrees north, noon at 12:30, and clouds. */
static double sun(double hour)
{
    const double day = floor(hour / 24), clock = hour - 24 * day;
    const double tilt = -23.45 * PI / 180 * cos(2 * PI * (day + 10) / 365.25), north = 31 * PI / 180;
    const double height = sin(north) * sin(tilt) + cos(north) * cos(tilt) * wave(clock, 24, 12.5);
    const double clouds = 0.78 + 0.15 * wave(hour, 83, 20) + 0.07 * wave(hour, 37, 11);
    return height > 0 ? within(0, 1.05 * pow(height, 0.8) * clouds, 1) : 0;
}

double profile_available(const year_grid *grid, cef_index gen, int hour)
{
    switch (grid->kind[gen]) {
    case WIND: return wind(grid->gen_area[gen], hour);
    case SOLAR: return sun(hour);
    case HYDRO: return 0.4;
    case NUCLEAR: return 0.95;
    default: return 0.97; /* some room for what the power flow asks of it */
    }
}

/* ---- load ---- */

/* Two peaks a day in winter, one late in a hot afternoon; weekends lower; cold and hot spells. */
static double made_up_load(double hour)
{
    const double day = floor(hour / 24), clock = hour - 24 * day, summer = 0.5 - 0.5 * wave(day, 366, 15);
    const double heat = summer * (0.75 + 0.25 * wave(hour, 211, 60)), cold = 1 - summer;
    const double evening = wave(clock, 24, 17.5), morning = wave(clock, 12, 8);
    const double weekend = fmod(day + 4, 7) >= 5 ? 0.94 : 1; /* 1 January 2016 was a Friday */
    return weekend *
           (0.52 + 0.02 * wave(hour, 139, 0) + heat * (0.16 + 0.2 * evening) + cold * 0.05 * (evening + morning));
}

static double *make_up_loads(const year_grid *grid, int *hours)
{
    *hours = HOURS_OF_2016;
    double *load = take((size_t) *hours * (size_t) grid->n_area, sizeof *load);
    for (int hour = 0; hour < *hours; hour++)
        for (int k = 0; k < grid->n_area; k++)
            load[hour * grid->n_area + k] = grid->area_mw[k] * made_up_load(hour + 0.4 * k);
    return load;
}

static double *read_loads(const year_options *o, const year_grid *grid, int *hours)
{
    table_file file;
    if (!o->scenarios_path)
        return make_up_loads(grid, hours);
    if (!table_open(o->scenarios_path, &file))
        return NULL;
    double *load = table_area_loads(&file, grid->n_area, hours);
    table_close(&file);
    return load;
}

static void add_up(const year_grid *grid, year_profile *p)
{
    for (int hour = 0; hour < p->hours; hour++) {
        for (int k = 0; k < grid->n_area; k++)
            p->total[hour] += p->load[hour * grid->n_area + k];
        p->net[hour] = p->total[hour];
        for (cef_index gen = 0; gen < grid->table.n_gen; gen++)
            if (grid->kind[gen] == WIND || grid->kind[gen] == SOLAR || grid->kind[gen] == HYDRO)
                p->net[hour] -= profile_available(grid, gen, hour) * grid->capacity[gen];
    }
}

/* ---- stores: each day charge in its lowest hours of net load, discharge in its highest ---- */

enum { CHARGING_HOURS = 5, DISCHARGING_HOURS = 4 };

/* How many hours of the day have less net load (ties: come first). */
static int rank(const double *net, int n, int hour)
{
    int lower = 0;
    for (int k = 0; k < n; k++)
        lower += net[k] < net[hour] || (net[k] == net[hour] && k < hour);
    return lower;
}

static void operate(const year_grid *grid, const year_profile *p, int area)
{
    const double mw = grid->store_mw[area], full = mw * STORE_HOURS;
    double held = 0; /* MWh */
    for (int hour = 0; hour < p->hours; hour++) {
        const int first = hour - hour % HOURS_A_DAY, left = p->hours - first,
                  n = left < HOURS_A_DAY ? left : HOURS_A_DAY;
        const int place = rank(p->net + first, n, hour - first);
        double power = 0;
        if (place < CHARGING_HOURS && n == HOURS_A_DAY)
            power = -fmin(mw, (full - held) / STORE_EFFICIENCY);
        else if (place >= n - DISCHARGING_HOURS && n == HOURS_A_DAY)
            power = fmin(mw, held * STORE_EFFICIENCY);
        power = fabs(power) < 1e-6 ? 0 : power;
        held += power < 0 ? -power * STORE_EFFICIENCY : -power / STORE_EFFICIENCY;
        held = within(0, held, full);
        p->store[hour * grid->n_area + area] = power;
    }
}

bool profile_open(const year_options *o, const year_grid *grid, year_profile *p)
{
    int hours = 0;
    *p = (year_profile){.made_up = !o->scenarios_path};
    p->load = read_loads(o, grid, &hours);
    if (!p->load)
        return false;
    p->hours = o->hours > 0 && o->hours < hours ? o->hours : hours;
    p->total = take((size_t) p->hours, sizeof(double));
    p->net = take((size_t) p->hours, sizeof(double));
    p->store = take((size_t) p->hours * (size_t) grid->n_area, sizeof(double));
    add_up(grid, p);
    for (int area = 0; area < grid->n_area; area++)
        operate(grid, p, area);
    return true;
}

void profile_close(year_profile *p)
{
    free(p->load);
    free(p->total);
    free(p->net);
    free(p->store);
    *p = (year_profile){0};
}
