/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over groups within a period. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

enum { GROUPS = 5 };

typedef struct {
    int32_t *gen, *load;
    double *generation_p, *generation_carbon, *load_p, *load_carbon; /* [n_periods][GROUPS], poisoned */
} grouped;

static double *poisoned(size_t n)
{
    double *values = malloc((n + 1) * sizeof *values);
    for (size_t k = 0; k < n; k++)
        values[k] = -7e77;
    return values;
}

static grouped grouped_make(dice *d, const series *s)
{
    const size_t rows = (size_t) s->n_periods * GROUPS;
    grouped g = {.gen = malloc((size_t) s->m.n_gen * sizeof(int32_t) + 4),
                 .load = malloc((size_t) s->m.n_load * sizeof(int32_t) + 4),
                 .generation_p = poisoned(rows),
                 .generation_carbon = poisoned(rows),
                 .load_p = poisoned(rows),
                 .load_carbon = poisoned(rows)};
    for (cef_index k = 0; k < s->m.n_gen; k++)
        g.gen[k] = (int32_t) dice_below(d, GROUPS + 1) - 1;
    for (cef_index k = 0; k < s->m.n_load; k++)
        g.load[k] = (int32_t) dice_below(d, GROUPS + 1) - 1;
    return g;
}

static void grouped_free(grouped *g)
{
    free(g->gen);
    free(g->load);
    free(g->generation_p);
    free(g->generation_carbon);
    free(g->load_p);
    free(g->load_carbon);
}

static cef_batch_options options_of(const grouped *g, int32_t engine, int32_t threads)
{
    return (cef_batch_options){.struct_size = sizeof(cef_batch_options),
                               .periods_per_block = 10,
                               .threads = threads,
                               .engine = engine,
                               .gen_group = g->gen,
                               .load_group = g->load,
                               .n_groups = GROUPS};
}

static void attach(outcome *o, const grouped *g)
{
    o->out.group_generation_p = g->generation_p;
    o->out.group_generation_carbon = g->generation_carbon;
    o->out.group_load_p = g->load_p;
    o->out.group_load_carbon = g->load_carbon;
}

/* One element's part in the four sums of its group. */
static void count(long double sum[4], double p, double carbon)
{
    const int side = p < 0 ? 2 : 0;
    sum[side] += fabsl((long double) p);
    sum[side + 1] += p < 0 ? -(long double) carbon : (long double) carbon;
}

static bool close_to(double got, long double want, long double size)
{
    return fabsl((long double) got - want) <= 4e-16L * (size + fabsl(want));
}

static void check_period(const series *s, const outcome *o, const grouped *g, cef_index t)
{
    const model *m = &s->m;
    for (int32_t k = 0; k < GROUPS; k++) {
        const size_t at = (size_t) t * GROUPS + (size_t) k;
        long double unit[4] = {0}, load[4] = {0};
        for (cef_index gen = 0; gen < m->n_gen; gen++)
            if (g->gen[gen] == k)
                count(unit, s->gen_p[t * m->n_gen + gen], o->out.gen_carbon[t * m->n_gen + gen]);
        for (cef_index l = 0; l < m->n_load; l++)
            if (g->load[l] == k)
                count(load, s->load_p[t * m->n_load + l], o->out.load_carbon[t * m->n_load + l]);
        cr_assert(close_to(g->generation_p[at], unit[0] + load[2], 0) && close_to(g->load_p[at], load[0] + unit[2], 0),
                  "period %d group %d: power", t, k);
        cr_assert(close_to(g->generation_carbon[at], unit[1] + load[3], 0) &&
                      close_to(g->load_carbon[at], load[1] + unit[3], 0),
                  "period %d group %d: carbon", t, k);
    }
}

Test(groups, sums_are_those_of_their_members)
{
    for (int32_t engine = CEF_BATCH_AUTO; engine <= CEF_BATCH_SINGLE; engine++) {
        dice d = {900 + (uint64_t) engine};
        series s = random_series(&d, 40, RANDOM_LOOPS | RANDOM_NEGATIVE | RANDOM_KINDS, 33, 0.05);
        grouped g = grouped_make(&d, &s);
        const cef_batch_options options = options_of(&g, engine, 2);
        batch_session b = batch_open(&s.m, NULL, &options, NULL);
        outcome o = outcome_make(&s);
        attach(&o, &g);
        batch_run(&b, &s, &o);
        cr_assert(o.status == CEF_OK && o.info.n_failed == 0, "%s", o.error.message);
        for (cef_index t = 0; t < s.n_periods; t++)
            check_period(&s, &o, &g, t);
        batch_close(&b);
        outcome_free(&o);
        grouped_free(&g);
        series_free(&s);
    }
}

/* All in one group: its carbon is that of the period's totals, and needs no rows of the caller's. */
Test(groups, one_group_holds_the_totals)
{
    dice d = {17};
    series s = random_series(&d, 30, RANDOM_LOOPS, 20, 0.05);
    grouped g = grouped_make(&d, &s);
    memset(g.gen, 0, (size_t) s.m.n_gen * sizeof *g.gen);
    memset(g.load, 0, (size_t) s.m.n_load * sizeof *g.load);
    cef_batch_options options = options_of(&g, CEF_BATCH_AUTO, 1);
    options.n_groups = 1;
    batch_session b = batch_open(&s.m, NULL, &options, NULL);
    outcome o = outcome_make(&s);
    o.out.gen_carbon = o.out.load_carbon = NULL;
    attach(&o, &g);
    batch_run(&b, &s, &o);
    cr_assert(o.status == CEF_OK && o.info.n_failed == 0, "%s", o.error.message);
    for (cef_index t = 0; t < s.n_periods; t++) {
        const double in = o.out.period_generation[t], out = o.out.period_load[t] + o.out.period_export[t];
        cr_assert(fabs(g.generation_carbon[t] - in) <= 1e-12 * in && fabs(g.load_carbon[t] - out) <= 1e-12 * in,
                  "period %d", t);
    }
    batch_close(&b);
    outcome_free(&o);
    grouped_free(&g);
    series_free(&s);
}

Test(groups, a_failed_period_is_nan_and_threads_change_nothing)
{
    dice d = {18};
    series s = random_series(&d, 30, RANDOM_LOOPS, 47, 0.05);
    s.load_p[13 * (size_t) s.m.n_load] = NAN;
    grouped g = grouped_make(&d, &s), other = grouped_make(&d, &s);
    memcpy(other.gen, g.gen, (size_t) s.m.n_gen * sizeof *g.gen);
    memcpy(other.load, g.load, (size_t) s.m.n_load * sizeof *g.load);
    for (int32_t threads = 1; threads <= 4; threads++) {
        const cef_batch_options options = options_of(&g, CEF_BATCH_AUTO, threads);
        batch_session b = batch_open(&s.m, NULL, &options, NULL);
        outcome o = outcome_make(&s);
        attach(&o, threads == 1 ? &g : &other);
        batch_run(&b, &s, &o);
        cr_assert(o.status == CEF_OK && o.info.n_failed == 1);
        batch_close(&b);
        outcome_free(&o);
        if (threads > 1)
            cr_assert(memcmp(g.load_carbon, other.load_carbon, 47 * GROUPS * sizeof(double)) == 0 &&
                      memcmp(g.generation_p, other.generation_p, 47 * GROUPS * sizeof(double)) == 0);
    }
    for (size_t k = 13 * GROUPS; k < 14 * GROUPS; k++)
        cr_assert(isnan(g.generation_p[k]) && isnan(g.generation_carbon[k]) && isnan(g.load_p[k]) &&
                  isnan(g.load_carbon[k]));
    grouped_free(&g);
    grouped_free(&other);
    series_free(&s);
}

Test(groups, refused)
{
    dice d = {19};
    series s = random_series(&d, 10, 0, 1, 0.05);
    grouped g = grouped_make(&d, &s);
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    cef_batch_options options = options_of(&g, CEF_BATCH_AUTO, 1);
    cef_error error = {.struct_size = sizeof error};
    cef_batch *made = NULL;
    g.load[s.m.n_load - 1] = GROUPS;
    cr_assert(cef_batch_create(b.ctx, b.net, NULL, &options, &made, &error) == CEF_ERR_ARGUMENT && !made &&
                  error.element == CEF_LOAD && error.index == s.m.n_load - 1 && strstr(error.message, "load_group"),
              "%s", error.message);
    g.load[s.m.n_load - 1] = 0;
    g.gen[0] = -2;
    cr_assert(cef_batch_create(b.ctx, b.net, NULL, &options, &made, &error) == CEF_ERR_ARGUMENT && !made &&
              strstr(error.message, "gen_group"));
    g.gen[0] = -1;
    options.n_groups = -1;
    cr_assert(cef_batch_create(b.ctx, b.net, NULL, &options, &made, &error) == CEF_ERR_ARGUMENT && !made);
    options.n_groups = GROUPS;
    options.reserved_too = 1;
    cr_assert(cef_batch_create(b.ctx, b.net, NULL, &options, &made, &error) == CEF_ERR_ARGUMENT && !made);
    batch_close(&b);
    grouped_free(&g);
    series_free(&s);
}
