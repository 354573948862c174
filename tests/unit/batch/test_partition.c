/* SPDX-License-Identifier: Apache-2.0 */
/* Lengths, blocks and threads. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "series.h"

Test(batch, no_period)
{
    dice d = {5};
    series s = random_series(&d, 10, 0, 0, 0);
    outcome o = series_solve(&s, NULL, NULL);
    cr_assert(o.status == CEF_OK && o.info.n_solved == 0 && o.info.n_failed == 0 && o.info.n_time_blocks == 0 &&
              o.info.first_failed == -1 && o.info.certified == 1);
    for (cef_index bus = 0; bus < s.m.n_bus; bus++)
        cr_assert(o.out.bus_energy[bus] == 0.0 && o.out.bus_emissions[bus] == 0.0);
    const cef_batch_data none = {.struct_size = sizeof none};
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    cr_assert(cef_batch_solve(b.batch, &none, NULL, NULL, &o.error) == CEF_OK, "%s", o.error.message);
    batch_close(&b);
    outcome_free(&o);
    series_free(&s);
}

/* Lengths around the widths of groups and blocks. Nothing behind the last row is written, nothing before it is left. */
Test(batch, any_length)
{
    const cef_index lengths[] = {1, 2, 7, 8, 9, 15, 16, 17, 95, 96, 97, 383, 384, 385, 800};
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        dice d = {100 + k};
        series s = random_series(&d, 12, RANDOM_LOOPS | RANDOM_KINDS, lengths[k], 0.05);
        outcome o = series_solve(&s, NULL, NULL);
        cr_assert(o.status == CEF_OK && o.info.n_solved == lengths[k] && o.info.n_failed == 0, "%d periods: %s",
                  lengths[k], o.error.message);
        cr_assert(o.info.n_time_blocks == (lengths[k] + 383) / 384);
        const unsigned char *bytes = (const unsigned char *) o.memory;
        size_t poisoned = 0;
        for (size_t at = 0; at < o.size - (size_t) lengths[k] * 4; at += 8) /* half of the statuses' room is spare */
            poisoned += bytes[at] == 0x7b && bytes[at + 3] == 0x7b && bytes[at + 7] == 0x7b;
        cr_assert(poisoned == 0, "%d periods: %zu outputs were left unwritten", lengths[k], poisoned);
        outcome_free(&o);
        series_free(&s);
    }
}

static void check_threads(int32_t engine, int32_t policy)
{
    dice d = {4711};
    cef_settings settings = settings_of(policy);
    series s = random_series(&d, 60, RANDOM_ALL & ~(unsigned) RANDOM_IMBALANCE, 100, 0.03);
    s.load_p[50 * (size_t) s.m.n_load] = NAN;
    uint64_t first = 0;
    for (int32_t threads = 1; threads <= 4; threads++) {
        const cef_batch_options options = {
            .struct_size = sizeof options, .threads = threads, .periods_per_block = 10, .engine = engine};
        batch_session b = batch_open(&s.m, &settings, &options, NULL);
        for (int again = 0; again < 2; again++) {
            outcome o = outcome_make(&s);
            batch_run(&b, &s, &o);
            const uint64_t hash = outcome_hash(&s, &o);
            first = threads == 1 && again == 0 ? hash : first;
            cr_assert(o.info.n_failed >= 1 && o.info.n_solved > 50 && hash == first, "%d threads, turn %d: other bits",
                      threads, again);
            outcome_free(&o);
        }
        batch_close(&b);
    }
    series_free(&s);
}

Test(batch, bits_do_not_depend_on_threads)
{
    check_threads(CEF_BATCH_AUTO, CEF_LOSS_SENDING);
    check_threads(CEF_BATCH_SINGLE, CEF_LOSS_SENDING);
    check_threads(CEF_BATCH_AUTO, CEF_LOSS_CONSUMER);
}
