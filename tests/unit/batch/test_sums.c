/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over periods. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

static bool same_row(const double *got, const double *want, cef_index n)
{
    return n == 0 || memcmp(got, want, (size_t) n * sizeof *got) == 0;
}
static const double *row(const double *base, cef_index t, cef_index n) { return base + (size_t) t * (size_t) n; }

static bool close_to(double got, long double want) { return fabsl((long double) got - want) <= 1e-14L * fabsl(want); }

Test(batch, sums)
{
    dice d = {31};
    const cef_batch_options options = {.struct_size = sizeof options, .periods_per_block = 12};
    series s = random_series(&d, 25, RANDOM_LOOPS | RANDOM_DEAD, 50, 0.1);
    const model *m = &s.m;
    outcome o = series_solve(&s, NULL, &options);
    cr_assert(o.status == CEF_OK && o.info.n_failed == 0);
    for (cef_index bus = 0; bus < m->n_bus; bus++) {
        long double energy = 0, emissions = 0;
        for (cef_index t = 0; t < s.n_periods; t++) {
            const double x = row(o.out.bus_intensity, t, m->n_bus)[bus],
                         p = row(o.out.bus_throughput, t, m->n_bus)[bus];
            energy += isnan(x) ? 0 : (long double) p * 0.25L;
            emissions += isnan(x) ? 0 : (long double) p * 0.25L * x;
        }
        cr_assert(close_to(o.out.bus_energy[bus], energy) && close_to(o.out.bus_emissions[bus], emissions), "bus %d",
                  bus);
    }
    for (cef_index k = 0; k < m->n_load; k++) {
        long double energy = 0, emissions = 0;
        for (cef_index t = 0; t < s.n_periods; t++) {
            energy += (long double) row(s.load_p, t, m->n_load)[k] * 0.25L;
            emissions += (long double) row(o.out.load_carbon, t, m->n_load)[k] * 0.25L;
        }
        cr_assert(close_to(o.out.load_energy[k], energy) && close_to(o.out.load_emissions[k], emissions), "load %d", k);
    }
    long double generation = 0;
    for (cef_index t = 0; t < s.n_periods; t++)
        generation += (long double) o.out.period_generation[t] * 0.25L;
    cr_assert(close_to(o.info.generation_emissions, generation));
    outcome_free(&o);
    series_free(&s);
}

/* Sums asked for alone are those given beside the full arrays. */
Test(batch, sums_without_rows)
{
    dice d = {32};
    series s = random_series(&d, 25, RANDOM_LOOPS | RANDOM_NEGATIVE, 30, 0.1);
    outcome full = series_solve(&s, NULL, NULL), o = outcome_make(&s);
    o.out = (cef_batch_result){.struct_size = sizeof o.out,
                               .bus_emissions = o.out.bus_emissions,
                               .gen_emissions = o.out.gen_emissions,
                               .load_energy = o.out.load_energy,
                               .load_emissions = o.out.load_emissions};
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    batch_run(&b, &s, &o);
    cr_assert(o.status == CEF_OK, "%s", o.error.message);
    cr_assert(same_row(o.out.bus_emissions, full.out.bus_emissions, s.m.n_bus) &&
              same_row(o.out.gen_emissions, full.out.gen_emissions, s.m.n_gen) &&
              same_row(o.out.load_energy, full.out.load_energy, s.m.n_load) &&
              same_row(o.out.load_emissions, full.out.load_emissions, s.m.n_load));
    batch_close(&b);
    outcome_free(&full);
    outcome_free(&o);
    series_free(&s);
}
