/* SPDX-License-Identifier: Apache-2.0 */
/* The batch through its door: every row is the solver's, whatever the way intensities are given. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

static const cef_batch_options single = {.struct_size = sizeof single, .engine = CEF_BATCH_SINGLE};

static bool same_row(const double *got, const double *want, cef_index n)
{
    return n == 0 || memcmp(got, want, (size_t) n * sizeof *got) == 0;
}
static const double *row(const double *base, cef_index t, cef_index n) { return base + (size_t) t * (size_t) n; }

/* Every row and figure of period t is that of the solver, to the last bit. */
static void expect_solver_bits(const series *s, const outcome *o, cef_index t, const answer *a)
{
    const model *m = &s->m;
    cr_assert(o->out.period_status[t] == a->status, "period %d: %s, solver %s", t,
              cef_status_name(o->out.period_status[t]), cef_status_name(a->status));
    if (a->status != CEF_OK)
        return;
    const struct {
        const char *name;
        const double *got, *want;
        cef_index n;
    } columns[] = {{"bus_intensity", o->out.bus_intensity, a->out.bus_intensity, m->n_bus},
                   {"bus_throughput", o->out.bus_throughput, a->out.bus_throughput, m->n_bus},
                   {"branch_carbon_from", o->out.branch_carbon_from, a->out.branch_carbon_from, m->n_branch},
                   {"branch_carbon_to", o->out.branch_carbon_to, a->out.branch_carbon_to, m->n_branch},
                   {"branch_carbon_loss", o->out.branch_carbon_loss, a->out.branch_carbon_loss, m->n_branch},
                   {"gen_carbon", o->out.gen_carbon, a->out.gen_carbon, m->n_gen},
                   {"load_carbon", o->out.load_carbon, a->out.load_carbon, m->n_load},
                   {"storage_carbon", o->out.storage_carbon, a->out.storage_carbon, m->n_storage},
                   {"error_bound", o->out.period_error_bound, &a->info.error_bound, 1},
                   {"backward_error", o->out.period_backward_error, &a->info.backward_error, 1},
                   {"conservation", o->out.period_conservation, &a->info.conservation, 1},
                   {"balance_mw", o->out.period_balance_mw, &a->info.balance_mw, 1},
                   {"generation", o->out.period_generation, &a->info.total_generation, 1},
                   {"load", o->out.period_load, &a->info.total_load, 1},
                   {"loss", o->out.period_loss, &a->info.total_loss, 1},
                   {"export", o->out.period_export, &a->info.total_export, 1},
                   {"storage", o->out.period_storage, &a->info.total_storage, 1},
                   {"mismatch", o->out.period_mismatch, &a->info.total_mismatch, 1}};
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        cr_assert(same_row(row(columns[k].got, t, columns[k].n), columns[k].want, columns[k].n),
                  "period %d: %s differs", t, columns[k].name);
}

static void compare_with_solver(series *s, const cef_settings *settings, const outcome *o)
{
    session one = session_open(&s->m, settings, NULL);
    answer a = answer_make(&s->m);
    for (cef_index t = 0; t < s->n_periods; t++) {
        series_load(s, t);
        session_solve(&one, &s->m, &a);
        expect_solver_bits(s, o, t, &a);
    }
    session_close(&one);
    answer_free(&a);
}

static void check_policy(int32_t policy)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        dice d = {seed * 10 + (uint64_t) policy};
        cef_settings settings = settings_of(policy);
        settings.mixing = seed % 3 == 0 ? CEF_MIXING_NETTED : CEF_MIXING_GROSS;
        settings.net_parallel = seed % 2 == 0;
        series s = random_series(&d, (cef_index) (8 * seed), RANDOM_ALL, 30, 0.05);
        outcome o = series_solve(&s, &settings, &single);
        cr_assert(o.status == CEF_OK, "%s", o.error.message);
        compare_with_solver(&s, &settings, &o);
        outcome_free(&o);
        series_free(&s);
    }
}

Test(batch, single_sending) { check_policy(CEF_LOSS_SENDING); }
Test(batch, single_consumer) { check_policy(CEF_LOSS_CONSUMER); }
Test(batch, single_generator) { check_policy(CEF_LOSS_GENERATOR); }
Test(batch, single_split) { check_policy(CEF_LOSS_SPLIT); }
Test(batch, single_prorata) { check_policy(CEF_LOSS_PRORATA); }
Test(batch, single_half) { check_policy(CEF_LOSS_HALF); }
/* One row of intensities for all periods says the same as that row repeated. */
Test(batch, fixed_intensities)
{
    dice d = {33};
    series s = random_series(&d, 25, RANDOM_LOOPS | RANDOM_NEGATIVE | RANDOM_STORAGE, 20, 0.05);
    outcome repeated = series_solve(&s, NULL, NULL), o = outcome_make(&s);
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    cef_batch_data data = series_data(&s);
    data.gen_intensity = s.m.gen_e;
    data.load_intensity = s.m.has_load_e ? s.m.load_e : NULL;
    data.storage_intensity = s.m.storage_e;
    data.fixed = CEF_BATCH_FIXED_GEN_INTENSITY | CEF_BATCH_FIXED_LOAD_INTENSITY | CEF_BATCH_FIXED_STORAGE_INTENSITY;
    o.status = cef_batch_solve(b.batch, &data, &o.out, &o.info, &o.error);
    cr_assert(o.status == CEF_OK && outcome_hash(&s, &o) == outcome_hash(&s, &repeated), "%s", o.error.message);
    batch_close(&b);
    outcome_free(&repeated);
    outcome_free(&o);
    series_free(&s);
}

/* A unit that does not run may have any intensity, even none, and costs no period its place side by side. */
Test(batch, intensity_of_a_unit_that_does_not_run)
{
    dice d = {34};
    series s = random_series(&d, 25, 0, 20, 0.05);
    for (cef_index t = 0; t < s.n_periods; t++)
        s.gen_p[(size_t) t * (size_t) s.m.n_gen] = 0.0;
    outcome priced = series_solve(&s, NULL, NULL);
    s.gen_e[3 * (size_t) s.m.n_gen] = (double) NAN;
    s.gen_e[11 * (size_t) s.m.n_gen] = -5.0;
    outcome o = series_solve(&s, NULL, NULL);
    cr_assert(o.status == CEF_OK && outcome_hash(&s, &o) == outcome_hash(&s, &priced), "%s", o.error.message);
    cr_assert(o.info.n_failed == 0 && o.info.n_one_by_one == 0 && priced.info.n_one_by_one == 0, "%d one by one",
              o.info.n_one_by_one);
    outcome_free(&priced);
    outcome_free(&o);
    series_free(&s);
}
