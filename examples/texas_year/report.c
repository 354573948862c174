/* SPDX-License-Identifier: Apache-2.0 */
/* What a person reads. */
#include "year.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 72, HEIGHT = 14, SHOWN = 5 };

static void rule(const char *title)
{
    printf("\n%s\n", title);
    for (size_t k = 0; k < strlen(title); k++)
        putchar('-');
    putchar('\n');
}

/* ---- the calendar of 2016 ---- */

static const int month_days[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
static const char *const month_names[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static int month_of(int hour, int *day)
{
    int month = 0;
    *day = hour / HOURS_A_DAY;
    while (month < 11 && *day >= month_days[month])
        *day -= month_days[month++];
    return month;
}

static const char *date(int hour, char text[24])
{
    int day = 0;
    const int month = month_of(hour, &day);
    snprintf(text, 24, "%2d %s %02d:00", day + 1, month_names[month], hour % HOURS_A_DAY);
    return text;
}

/* ---- sorted things ---- */

typedef struct {
    double value;
    int index;
    double weight; /* of equal values the heaviest comes first */
} ranked;

static int by_value(const void *a, const void *b)
{
    const ranked *one = a, *two = b;
    const int order = (one->value > two->value) - (one->value < two->value);
    return order ? order : (one->weight < two->weight) - (one->weight > two->weight);
}

static ranked *rank_hours(const year_profile *p, const scenario_findings *f)
{
    ranked *hours = take((size_t) p->hours, sizeof *hours);
    for (int hour = 0; hour < p->hours; hour++)
        hours[hour] = (ranked){f->carbon[hour] / p->total[hour], hour, p->total[hour]};
    qsort(hours, (size_t) p->hours, sizeof *hours, by_value);
    return hours;
}

/* Intensity that a share of all load energy exceeds. */
static double exceeded_by(const scenario_findings *f, double share)
{
    double above = 0;
    int bin = BINS - 1, last = 0;
    for (int k = 0; k < BINS; k++)
        last = f->bin[k] > 0 ? k : last;
    for (bin = last; bin > 0 && above + f->bin[bin] <= share * f->served_mwh; bin--)
        above += f->bin[bin];
    return BIN_WIDTH * bin;
}

static double of_hours(const ranked *hours, int n, double share)
{
    const int k = n - 1 - (int) (share * (n - 1) + 0.5);
    return hours[k].value;
}

/* ---- sections ---- */

static void say_what(const year_options *o, const year_grid *g, const year_profile *p, const year_dispatch *d)
{
    char first[24], last[24];
    double least = INFINITY, sum = 0;
    for (int hour = 0; hour < p->hours; hour++)
        least = fmin(least, p->total[hour]), sum += p->total[hour];
    if (p->hours >= 8760)
        printf("A year of %s, hour by hour\n\n", g->name);
    else
        printf("%d hours of %s\n\n", p->hours, g->name);
    printf("  grid      %d buses, %d branches, %d units, %d loads, %d areas\n", g->table.n_bus, g->table.n_branch,
           g->table.n_gen, g->table.n_load, g->n_area);
    printf("  hours     %d, %s to %s; load %.1f to %.1f GW, mean %.1f%s\n", p->hours, date(0, first),
           date(p->hours - 1, last), least / 1000, d->peak_mw / 1000, sum / p->hours / 1000,
           p->made_up ? " (made up)" : "");
    printf("  dispatch  merit order, no line limits, no commitment; wind, sun and water are made up\n");
    printf("  flows     %s power flow each hour, then traced; losses on the branch (sending)\n", o->dc ? "DC" : "AC");
}

static void say_mix(const year_grid *g, const year_trace *t)
{
    const scenario_findings *a = &t->of[WITHOUT], *b = &t->of[WITH];
    double sum[SCENARIOS] = {0};
    for (int k = 0; k < KINDS; k++)
        sum[WITHOUT] += a->energy[k], sum[WITH] += b->energy[k];
    rule("What ran");
    printf("  %-10s %10s %14s %8s %14s\n", "", "capacity", "without stores", "share", "with stores");
    printf("  %-10s %10s %14s %8s %14s\n", "", "GW", "GWh", "%", "GWh");
    for (int k = 0; k < KINDS; k++)
        if (grid_total(g, k) > 0)
            printf("  %-10s %10.1f %14.0f %8.1f %14.0f\n", kind_names[k], grid_total(g, k) / 1000, a->energy[k] / 1000,
                   100 * a->energy[k] / sum[WITHOUT], b->energy[k] / 1000);
    printf("  %-10s %10s %14.0f %8.1f %14.0f\n", "all", "", sum[WITHOUT] / 1000, 100.0, sum[WITH] / 1000);
}

/* One curve a mark; a cell that both take shows the hours. */
static void draw_curves(const ranked *hours, int n, const scenario_findings *f)
{
    double high = 0, low = INFINITY;
    char canvas[HEIGHT][WIDTH + 1];
    double curve[2][WIDTH];
    for (int c = 0; c < WIDTH; c++) {
        const double share = (c + 0.5) / WIDTH;
        curve[0][c] = exceeded_by(f, share), curve[1][c] = of_hours(hours, n, share);
        for (int k = 0; k < 2; k++)
            high = fmax(high, curve[k][c]), low = fmin(low, curve[k][c]);
    }
    low = floor(low * 20) / 20, high = fmax(ceil(high * 20) / 20, low + 0.05);
    memset(canvas, ' ', sizeof canvas);
    for (int c = 0; c < WIDTH; c++)
        for (int k = 0; k < 2; k++) {
            const int row = (int) ((high - curve[k][c]) / (high - low) * (HEIGHT - 1) + 0.5);
            canvas[row][c] = k == 0 ? '.' : '#';
        }
    printf("\n  tCO2/MWh\n");
    for (int row = 0; row < HEIGHT; row++)
        printf("  %6.3f |%.*s\n", fabs(high - (high - low) * row / (HEIGHT - 1)), WIDTH, canvas[row]);
    printf("         +");
    for (int c = 0; c < WIDTH; c++)
        putchar(c % (WIDTH / 8) == WIDTH / 8 - 1 ? '+' : '-');
    printf("\n         0 %%%*s%*s\n", WIDTH / 2, "50 %", WIDTH / 2 - 2, "100 % of the time");
    printf("         # hours, mean of all load     . every MWh at the intensity of its own bus\n");
}

static void say_duration(const year_options *o, const ranked *hours, int n, const scenario_findings *f)
{
    static const double shares[] = {0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1};
    const size_t count = sizeof shares / sizeof *shares;
    rule("Duration curve of intensity, without stores");
    printf("  exceeded    ");
    for (size_t k = 0; k < count; k++)
        printf("%5.0f%%", 100 * shares[k]);
    printf("\n  hours       ");
    for (size_t k = 0; k < count; k++)
        printf(" %.3f", of_hours(hours, n, shares[k]));
    printf("\n  every MWh   ");
    for (size_t k = 0; k < count; k++)
        printf(" %.3f", exceeded_by(f, shares[k]));
    printf("   tCO2/MWh\n");
    if (o->picture && n > 1)
        draw_curves(hours, n, f);
}

/* Months down, hours of the day across: the darker, the more carbon. */
static void draw_calendar(const year_profile *p, const scenario_findings *f)
{
    static const char shades[] = " .:-=+*#%@";
    double mwh[12][HOURS_A_DAY] = {{0}}, t[12][HOURS_A_DAY] = {{0}}, low = INFINITY, high = 0;
    int day = 0;
    for (int hour = 0; hour < p->hours; hour++) {
        const int month = month_of(hour, &day);
        mwh[month][hour % HOURS_A_DAY] += p->total[hour];
        t[month][hour % HOURS_A_DAY] += f->carbon[hour];
    }
    for (int month = 0; month < 12; month++)
        for (int k = 0; k < HOURS_A_DAY && mwh[month][k] > 0; k++) {
            low = fmin(low, t[month][k] / mwh[month][k]);
            high = fmax(high, t[month][k] / mwh[month][k]);
        }
    rule("Month by hour of the day");
    printf("       0     3     6     9     12    15    18    21\n");
    for (int month = 0; month < 12; month++) {
        if (mwh[month][0] == 0)
            continue;
        printf("  %s  ", month_names[month]);
        double sum[2] = {0};
        for (int hour = 0; hour < HOURS_A_DAY; hour++) {
            const double x = t[month][hour] / mwh[month][hour];
            const int shade = high > low && mwh[month][hour] > 0 ? (int) (9.999 * (x - low) / (high - low)) : 0;
            printf("%c%c", shades[shade], shades[shade]);
            sum[0] += mwh[month][hour], sum[1] += t[month][hour];
        }
        printf("  %.3f\n", sum[1] / sum[0]);
    }
    printf("       ' ' %.3f  to  '@' %.3f tCO2/MWh; right: the month's mean\n", low, high);
}

static void say_hours(const year_profile *p, const scenario_findings *f, const ranked *hours)
{
    rule("Best and worst hours");
    printf("  %-14s %9s %9s %10s %22s\n", "", "load GW", "net GW", "tCO2/MWh", "buses, from .. to");
    for (int k = 0; k < 2 * SHOWN; k++) {
        char text[24];
        const int n = p->hours < 2 * SHOWN ? p->hours : 2 * SHOWN;
        if (k >= n)
            break;
        const int hour = hours[k < n / 2 ? k : p->hours - n + k].index;
        printf("  %-14s %9.1f %9.1f %10.3f %14.3f .. %.3f\n", date(hour, text), p->total[hour] / 1000,
               p->net[hour] / 1000, f->carbon[hour] / p->total[hour], f->least[hour], f->most[hour]);
        if (k == n / 2 - 1)
            puts("  ..");
    }
}

/* sign 1: least first; -1: most first. Alike to three digits is equal. */
static void say_ends(const year_grid *g, const scenario_findings *f, int sign)
{
    ranked *loads = take((size_t) g->table.n_load, sizeof *loads);
    int n = 0;
    for (cef_index load = 0; load < g->table.n_load; load++)
        if (f->load_mwh[load] > 0)
            loads[n++] = (ranked){sign * round(1e3 * f->load_t[load] / f->load_mwh[load]), load, f->load_mwh[load]};
    qsort(loads, (size_t) n, sizeof *loads, by_value);
    for (int k = 0; k < SHOWN && k < n; k++) {
        const int load = loads[k].index;
        char id[64];
        cef_case_id(g->source, CEF_BUS, g->table.load_bus[load], id, sizeof id);
        printf("  %-10s %6s %12.1f %12.0f %10.3f\n", id, g->area[load] < 0 ? "" : g->area_name[g->area[load]],
               f->load_mwh[load] / 1000, f->load_t[load], f->load_t[load] / f->load_mwh[load]);
    }
    free(loads);
}

static void say_buses(const year_grid *g, const scenario_findings *f)
{
    rule("Best and worst buses: means of their load (of equals, those of most load)");
    printf("  %-10s %6s %12s %12s %10s\n", "bus", "area", "GWh", "tCO2", "tCO2/MWh");
    say_ends(g, f, 1);
    puts("  ..");
    say_ends(g, f, -1);
}

/* Mean intensity of the tenth of all hours with most net load. */
static double at_peaks(const year_profile *p, const scenario_findings *f)
{
    ranked *hours = take((size_t) p->hours, sizeof *hours);
    double mwh = 0, t = 0;
    for (int hour = 0; hour < p->hours; hour++)
        hours[hour] = (ranked){-p->net[hour], hour, 0};
    qsort(hours, (size_t) p->hours, sizeof *hours, by_value);
    for (int k = 0; k <= (p->hours - 1) / 10; k++)
        mwh += p->total[hours[k].index], t += f->carbon[hours[k].index];
    free(hours);
    return t / mwh;
}

/* A sum that rounds to nothing has no sign. */
static double whole(double sum) { return fabs(sum) < 0.5 ? 0.0 : sum; }

static void say_storage(const year_grid *g, const year_profile *p, const year_trace *t)
{
    const scenario_findings *a = &t->of[WITHOUT], *b = &t->of[WITH];
    double mw = 0;
    for (int k = 0; k < g->n_area; k++)
        mw += g->store_mw[k];
    rule("What storage does");
    printf("  %d stores, %.0f MW and %.0f MWh, %.0f %% each way: charge in the 5 hours of least net load of a day,\n"
           "  discharge in the 4 of most. Carbon model: conserving.\n\n",
           g->n_area, mw, mw * STORE_HOURS, 100 * STORE_EFFICIENCY);
    printf("  charged     %12.0f MWh with %10.0f tCO2  %.3f tCO2/MWh\n", t->charged_mwh, t->charged_t,
           t->charged_mwh > 0 ? t->charged_t / t->charged_mwh : 0);
    printf("  delivered   %12.0f MWh with %10.0f tCO2  %.3f (all that was drawn, on what arrives)\n", t->delivered_mwh,
           t->delivered_t, t->delivered_mwh > 0 ? t->delivered_t / t->delivered_mwh : 0);
    printf("  still held  %12s          %10.0f tCO2; owners' loss %.0f\n\n", "", t->carbon_end, whole(t->owner_loss));
    printf("  %-34s %14s %14s %12s\n", "", "without", "with", "difference");
    printf("  %-34s %14.0f %14.0f %+12.0f\n", "emissions, tCO2", a->generation_t, b->generation_t,
           b->generation_t - a->generation_t);
    printf("  %-34s %14.4f %14.4f %+12.4f\n", "mean of all load, tCO2/MWh", a->load_t_all / a->served_mwh,
           b->load_t_all / b->served_mwh, b->load_t_all / b->served_mwh - a->load_t_all / a->served_mwh);
    printf("  %-34s %14.4f %14.4f %+12.4f\n", "in the tenth of most net load", at_peaks(p, a), at_peaks(p, b),
           at_peaks(p, b) - at_peaks(p, a));
}

static void say_certificate(const year_trace *t, const flow_findings *f, const year_dispatch *d)
{
    const scenario_findings *a = &t->of[WITHOUT], *b = &t->of[WITH];
    const double in = a->generation_t + b->generation_t, out = a->load_t_all + b->load_t_all + a->loss_t + b->loss_t;
    const double gap = in + t->carbon_start - out - a->mismatch_t - b->mismatch_t - t->owner_loss - t->carbon_end;
    rule("Certificate");
    printf("  %s: %ld hours traced, %ld failed\n", t->certified ? "certified" : "NOT CERTIFIED", t->solved, t->failed);
    printf("  every intensity is within %.1e (relative) of the exact one for these flows; backward error %.1e\n",
           t->error_bound, t->backward_error);
    printf("  carbon of each hour conserved to %.1e; balance of every bus to %.1e MW; loops of at most %d buses in a "
           "block\n",
           t->conservation, t->balance_mw, t->largest_loop);
    printf(
        "  horizon: generation %.0f + held %.0f = load and loss %.0f + mismatch %.0f + owners %.0f + held %.0f tCO2\n",
        in, t->carbon_start, out, a->mismatch_t + b->mismatch_t, t->owner_loss, t->carbon_end);
    printf("           missed by %.1e of it, by %.1e in the worst block\n", fabs(gap) / (in + fabs(t->carbon_start)),
           t->horizon);
    printf("  flows meet their equations to %.1e per unit; slack units run %.0f MW beside the schedule at most\n",
           f->worst_mismatch, f->most_slack_mw);
    printf("  losses %.1f %% of load; branches above their rating: %.1f an hour",
           100 * f->loss_mwh / (a->served_mwh + b->served_mwh), (double) f->overloads / (double) f->solves);
    printf(d->short_mwh > 0 ? "; %.0f MWh beyond what units can give\n" : "\n", d->short_mwh);
}

static void say_seconds(const year_options *o, const flow_findings *f, const year_trace *t, const stage_seconds *s)
{
    rule("Seconds");
    printf("  read the grid          %8.2f\n", s->grid);
    printf("  profiles and stores    %8.2f\n", s->profile);
    printf("  dispatch               %8.2f\n", s->dispatch);
    printf("  power flow             %8.2f   %ld %s solutions, %.1f iterations each, %.2f ms a solution, %d threads\n",
           f->seconds, f->solves, o->dc ? "DC" : "AC", (double) f->iterations / (double) f->solves,
           1e3 * f->seconds / (double) f->solves, o->threads);
    printf(
        "  trace                  %8.2f   %.0f us a snapshot; two scenarios side by side, %ld snapshots one by one\n",
        t->seconds, 1e6 * t->seconds / (double) (t->solved + t->failed), t->one_by_one);
    printf("  all                    %8.2f\n", s->total);
}

void report(const year_options *o, const year_grid *g, const year_profile *p, const year_dispatch *d,
            const flow_findings *flows, const year_trace *t, const stage_seconds *seconds)
{
    const scenario_findings *without = &t->of[WITHOUT];
    ranked *hours = rank_hours(p, without);
    say_what(o, g, p, d);
    say_mix(g, t);
    say_duration(o, hours, p->hours, without);
    if (o->picture)
        draw_calendar(p, without);
    say_hours(p, without, hours);
    say_buses(g, without);
    say_storage(g, p, t);
    say_certificate(t, flows, d);
    say_seconds(o, flows, t, seconds);
    free(hours);
}
