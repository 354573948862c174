/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: missing readings are filled in the order of theory.md section 3, each value as an independent computation
 * gives it (least squares: the normal equations of the constrained problem, eliminated here), each tolerance wide
 * enough for every truth that the inputs allow, and the intensity's bound with it. */
#include <criterion/criterion.h>
#include <math.h>

#include "meter/meter.h"
#include "support.h"

enum { MOST = 8 };
static const double none = (double) NAN;

typedef struct {
    _Alignas(8) uint8_t memory[512 + 64 * MOST];
    cef_meter_rules rules;
    cef_meter_link link[MOST];
    cef_meter *meter;
    int32_t n;
} bench;

/* Links by their readings; NaN is missing. Peers are 100, 101, ..; no prior, lossless. */
static void put_links(bench *b, int32_t n, const double *reading)
{
    *b = (bench){.n = n};
    cef_meter_rules_init(&b->rules, sizeof b->rules);
    b->rules.e_max = 1.0;
    for (int32_t k = 0; k < n; k++)
        b->link[k] = (cef_meter_link){.peer = 100 + (uint32_t) k,
                                      .number = (uint32_t) k,
                                      .reading = reading[k],
                                      .prior = none,
                                      .prior_quality = CEF_QUALITY_SIMILAR_DAY};
}

static void start(bench *b, double balance, double source_mw, double source_carbon)
{
    const cef_meter_setup setup = {.struct_size = sizeof setup,
                                   .rules = &b->rules,
                                   .link = b->link,
                                   .source_mw = source_mw,
                                   .source_carbon = source_carbon,
                                   .balance_mw = balance,
                                   .meter = 1,
                                   .interval = 1,
                                   .n_links = b->n};
    cr_assert(cef_meter_init(&setup, b->memory, sizeof b->memory, &b->meter, NULL) == CEF_OK);
}

static void hear(bench *b, int32_t link, double reading, double intensity, double bound)
{
    uint8_t bytes[CEF_METER_MESSAGE_BYTES];
    const cef_meter_message m = {.interval = 1,
                                 .from = b->link[link].peer,
                                 .to = 1,
                                 .link = b->link[link].number,
                                 .sequence = 1,
                                 .flags = CEF_METER_FINAL,
                                 .reading = reading,
                                 .intensity = intensity,
                                 .bound = bound};
    cr_assert(cef_meter_receive(b->meter, bytes, cef_meter_encode(&m, bytes, sizeof bytes)) == CEF_METER_ACCEPTED);
}

/* Power into the bus (negative reading), 0 where it flows out. */
static link_flow flow_of(const bench *b, int32_t link)
{
    const link_gaps gaps = meter_gaps(b->meter);
    return meter_flow(b->meter, &((const meter_link *) (const void *) (b->meter + 1))[link], &gaps);
}

static cef_meter_reading step_and_read(bench *b)
{
    cef_meter_reading r = {.struct_size = sizeof r};
    cef_meter_step(b->meter);
    cr_assert(cef_meter_read(b->meter, &r, NULL) == CEF_OK);
    return r;
}

/* The other end reads 12 and the branch loses 1: 11 arrive. It beats Kirchhoff and the prior value. */
Test(meter_missing, other_end_first)
{
    bench b;
    put_links(&b, 2, (double[]){none, 4.0});
    b.link[0].loss = 1.0F, b.link[0].loss_tol = 0.25F, b.link[0].prior = -3.0, b.link[0].prior_tol = 1.0F;
    start(&b, -7.5, 0.0, 0.0);
    hear(&b, 0, 12.0, 0.5, 0.0);
    const link_flow f = flow_of(&b, 0);
    cr_assert(f.mw == 11.0 && f.quality == CEF_QUALITY_OTHER_END, "%g MW, quality %d", f.mw, f.quality);
    cr_assert(f.spread >= 0.25 && f.spread < 0.2501, "between 10.75 and 11.25 MW");
}

/* 5 - 2 + r = 1: r = -2, two MW come in. */
Test(meter_missing, one_unknown_by_kirchhoff)
{
    bench b;
    put_links(&b, 3, (double[]){5.0, -2.0, none});
    b.link[2].prior = -9.0, b.link[2].prior_tol = 0.5F;
    start(&b, 1.0, 0.0, 0.0);
    cr_assert(flow_of(&b, 2).mw == 2.0 && flow_of(&b, 2).quality == CEF_QUALITY_KIRCHHOFF);
    hear(&b, 0, -5.0, 0.25, 0.0);
    hear(&b, 1, 2.0, 0.25, 0.0);
    hear(&b, 2, none, 0.75, 0.0);
    const cef_meter_reading r = step_and_read(&b);
    cr_assert(r.quality == CEF_QUALITY_KIRCHHOFF && r.final_value == 1 && r.intensity == 0.5);
    /* 2 MW +- balance_tol of 4 MW, at intensities up to 1 apart */
    cr_assert(r.bound >= 0.1 / 4.0 * 0.25 && r.bound <= 1.001 * 0.1 / 4.0, "%g", r.bound);
}

/* One missing reading known from its other end, another by Kirchhoff: the first's tolerance enters the second's. */
Test(meter_missing, kirchhoff_after_the_other_end)
{
    bench b;
    put_links(&b, 3, (double[]){none, none, 6.0});
    b.link[0].loss = 1.0F, b.link[0].loss_tol = 0.5F;
    start(&b, 0.0, 0.0, 0.0);
    cr_assert(flow_of(&b, 1).unknown, "two unknown and no prior values");
    hear(&b, 0, 4.0, 0.5, 0.0);
    const link_flow f = flow_of(&b, 1);
    cr_assert(f.quality == CEF_QUALITY_KIRCHHOFF && f.mw == 3.0, "%g MW", f.mw); /* -3 + r + 6 = 0 */
    const link_gaps gaps = meter_gaps(b.meter);
    cr_assert(gaps.n_unknown == 1 && gaps.known == 3.0 && gaps.known_tol >= 0.5 && gaps.known_tol < 0.501);
}

/* min sum ((x - p)/t)^2 subject to sum x = s: the optimality system, eliminated with pivoting. x [n] out. */
static void constrained_squares(int n, const double *p, const double *t, double s, double *x)
{
    double a[MOST + 1][MOST + 2] = {{0}};
    for (int i = 0; i < n; i++) {
        a[i][i] = 2.0 / (t[i] * t[i]), a[i][n] = a[n][i] = 1.0;
        a[i][n + 1] = 2.0 * p[i] / (t[i] * t[i]);
    }
    a[n][n + 1] = s;
    for (int k = 0; k <= n; k++) {
        int best = k;
        for (int i = k + 1; i <= n; i++)
            best = fabs(a[i][k]) > fabs(a[best][k]) ? i : best;
        for (int j = 0; j <= n + 1; j++) {
            const double swap = a[k][j];
            a[k][j] = a[best][j], a[best][j] = swap;
        }
        for (int i = 0; i <= n; i++)
            for (int j = n + 1; i != k && j >= k; j--)
                a[i][j] -= a[i][k] / a[k][k] * a[k][j];
    }
    for (int i = 0; i < n; i++)
        x[i] = a[i][n + 1] / a[i][i];
}

Test(meter_missing, several_by_least_squares)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        dice d = {seed};
        double reading[MOST], p[MOST], t[MOST], truth[MOST], x[MOST], balance = 0.0, known = 0.0;
        const int n = dice_between(&d, 3, MOST), missing = dice_between(&d, 2, n);
        for (int k = 0; k < n; k++) {
            truth[k] = 200.0 * dice_unit(&d) - 100.0;
            balance += truth[k];
            reading[k] = k < missing ? none : truth[k];
            known += k < missing ? 0.0 : truth[k];
        }
        bench b;
        put_links(&b, n, reading);
        for (int k = 0; k < missing; k++) {
            b.link[k].prior_tol = (float) (0.5 + 20.0 * dice_unit(&d));
            t[k] = (double) b.link[k].prior_tol;
            b.link[k].prior = p[k] = truth[k] + t[k] * (2.0 * dice_unit(&d) - 1.0);
        }
        start(&b, balance, 0.0, 0.0);
        constrained_squares(missing, p, t, balance - known, x);
        for (int k = 0; k < missing; k++) {
            const link_flow f = flow_of(&b, k);
            cr_assert(f.quality == CEF_QUALITY_LEAST_SQUARES);
            cr_assert(fabs(f.mw - fmax(-x[k], 0.0)) <= 1e-9, "seed %llu: %.12g, expected %.12g",
                      (unsigned long long) seed, f.mw, fmax(-x[k], 0.0));
            const double in = fmax(-truth[k], 0.0);
            cr_assert(fabs(f.mw - in) <= f.spread || (f.spread == 0.0 && in == 0.0), "seed %llu: %g +- %g, truth %g",
                      (unsigned long long) seed, f.mw, f.spread, in);
        }
    }
}

/* Without a balance: the prior value with its quality; without a prior value: nothing, the whole interval. */
Test(meter_missing, prior_then_interval)
{
    bench b;
    put_links(&b, 2, (double[]){none, none});
    b.link[0].prior = -4.0, b.link[0].prior_tol = 0.5F, b.link[0].prior_quality = CEF_QUALITY_LAST_VALUE;
    start(&b, none, 1.0, 0.5);
    const link_flow f = flow_of(&b, 0);
    cr_assert(f.mw == 4.0 && f.spread == 0.5 && f.quality == CEF_QUALITY_LAST_VALUE);
    cr_assert(flow_of(&b, 1).unknown && flow_of(&b, 1).quality == CEF_QUALITY_INTERVAL);
    hear(&b, 0, none, 0.5, 0.0);
    hear(&b, 1, none, 0.5, 0.0);
    const cef_meter_reading r = step_and_read(&b);
    cr_assert(r.quality == CEF_QUALITY_INTERVAL && r.final_value == 1);
    cr_assert(r.intensity == 0.5 && r.bound >= 0.5 && r.bound < 0.5 + 1e-12, "all that is known is the interval");
}

/* Two unknown of which one has no prior value: least squares have no weights for it. */
Test(meter_missing, least_squares_need_all_priors)
{
    bench b;
    put_links(&b, 3, (double[]){none, none, 3.0});
    b.link[0].prior = -4.0, b.link[0].prior_tol = 0.5F;
    start(&b, 0.0, 0.0, 0.0);
    cr_assert(flow_of(&b, 0).quality == CEF_QUALITY_SIMILAR_DAY && flow_of(&b, 1).unknown);
}

/* The other end's reading where the branch loses up to 0.125 MW either way; the two ends agree on the direction. */
static double other_end_of(dice *d, double truth)
{
    return -truth + fmin(0.125, 0.9 * fabs(truth)) * (2.0 * dice_unit(d) - 1.0);
}

/* Whatever truth the tolerances allow, the intensity mixed from it lies within the bound. */
Test(meter_missing, bound_holds_for_every_truth)
{
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        dice d = {seed};
        double reading[MOST], truth[MOST], x[MOST], balance = 0.0;
        const int n = dice_between(&d, 1, MOST);
        const double source = dice_chance(&d, 0.5) ? 10.0 * dice_unit(&d) : 0.0;
        double power = source, carbon = 0.3 * source;
        for (int k = 0; k < n; k++) {
            truth[k] = 40.0 * dice_unit(&d) - 20.0;
            x[k] = dice_unit(&d);
            reading[k] = dice_chance(&d, 0.4) ? none : truth[k];
            balance += truth[k];
            power += fmax(-truth[k], 0.0);
            carbon += fmax(-truth[k], 0.0) * x[k];
        }
        bench b;
        put_links(&b, n, reading);
        for (int k = 0; k < n; k++) {
            b.link[k].prior_tol = (float) (5.0 * dice_unit(&d));
            b.link[k].loss_tol = 0.125F;
            if (dice_chance(&d, 0.8))
                b.link[k].prior = truth[k] + (double) b.link[k].prior_tol * (2.0 * dice_unit(&d) - 1.0);
        }
        const double off = dice_chance(&d, 0.3) ? none : balance + 0.1 * (2.0 * dice_unit(&d) - 1.0);
        start(&b, off, source, 0.3 * source);
        for (int k = 0; k < n; k++)
            hear(&b, k, dice_chance(&d, 0.4) ? none : other_end_of(&d, truth[k]), x[k], 0.0);
        const cef_meter_reading r = step_and_read(&b);
        cr_assert(r.final_value == 1, "seed %llu", (unsigned long long) seed);
        if (power > 0.0 && r.quality != CEF_QUALITY_UNDEFINED)
            cr_assert(fabs(r.intensity - carbon / power) <= r.bound, "seed %llu: %g +- %g, truth %g",
                      (unsigned long long) seed, r.intensity, r.bound, carbon / power);
        cr_assert(power == 0.0 || r.quality != CEF_QUALITY_UNDEFINED, "seed %llu: power arrives",
                  (unsigned long long) seed);
    }
}
