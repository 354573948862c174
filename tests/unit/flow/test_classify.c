/* SPDX-License-Identifier: Apache-2.0 */
/* Proves, for every instruction set and whatever the powers: branches classified eight at a time get the codes and
 * counts that each gets alone, arcs deliver into their slots, what differs is told, and no impossible power is missed.
 */
#include <criterion/criterion.h>
#include <math.h>

#include "flow/kernels.h"
#include "lanes/lanes.h"

enum { MOST = 2100, CALM = 1 << 30 }; /* branches; of so many none is odd */
#define TOLERANCE 1e-6

typedef struct {
    double f[MOST + FLOW_SLACK], t[MOST + FLOW_SLACK], received[MOST + FLOW_SLACK], expected_mw[MOST + FLOW_SLACK];
    uint8_t code[MOST + 8], expected[MOST + 8], kept[MOST + 8];
    cef_index slot[MOST + FLOW_SLACK];
    cef_index n, fed, deliver, negative;
    cef_network net;
    cef_settings settings;
    flow_state flow;
    uint64_t dice;
} table;

static cef_index roll(table *g, cef_index sides)
{
    g->dice = g->dice * 6364136223846793005u + 1442695040888963407u;
    return (cef_index) ((g->dice >> 33) % (uint64_t) sides);
}

/* By the rule of one branch, for ends that are possible. */
static void expect_branch(table *g, cef_index b, double f, double t)
{
    const double from = flow_end(f, TOLERANCE), to = flow_end(t, TOLERANCE);
    const bool arc = from * to < 0.0;
    g->expected[b] = arc                        ? (from > 0.0 ? FLOW_FORWARD : FLOW_REVERSE)
                     : from != 0.0 || to != 0.0 ? FLOW_LOSS
                                                : FLOW_IDLE;
    g->fed += from > 0.0 && to > 0.0;
    g->deliver += from < 0.0 && to < 0.0;
    g->negative += arc && f + t < -TOLERANCE;
    g->slot[b] = arc ? FLOW_NO_ARC + 1 + b : FLOW_NO_ARC;
    if (arc)
        g->expected_mw[g->slot[b]] = from > 0.0 ? -to : -from;
}

static double any_end(table *g)
{
    static const double end[] = {0.0,    TOLERANCE, 0.99 * TOLERANCE, 0x1p-1074, 1e-100, 5.0,
                                 4.9999, 1e-3,      5000.0,           1e9,       6e11,   1e12};
    const double p = end[roll(g, sizeof end / sizeof *end)];
    return roll(g, 2) ? p : -p;
}

/* Of `out_of` branches one has two ends of any kind, the others a loss of some per cent. */
static void draw(table *g, cef_index n, cef_index out_of, bool lossless)
{
    *g = (table){.n = n, .dice = 2026 + (uint64_t) n};
    for (cef_index b = 0; b < n; b++) {
        const double p = (double) (roll(g, 2001) - 1000) / 7.0;
        const bool any = roll(g, out_of) == 0;
        g->f[b] = any ? any_end(g) : p;
        g->t[b] = lossless ? -g->f[b] : any ? any_end(g) : p > 0.0 ? -0.98 * p : -1.02 * p;
        expect_branch(g, b, g->f[b], g->t[b]);
    }
    memcpy(g->kept, g->expected, sizeof g->kept);
    for (cef_index k = 0; k < 8; k++) { /* of no branch */
        g->kept[n + k] = 0xA5;
        g->f[n + k] = g->t[n + k] = (double) NAN;
    }
    for (cef_index b = n; b < n + FLOW_SLACK; b++)
        g->slot[b] = FLOW_NO_ARC;
}

static orient_pass classify(table *g, int32_t width, cef_index n_bus, bool lossless, bool differs)
{
    g->net = (cef_network){.n_bus = n_bus, .n_branch = g->n};
    g->settings = (cef_settings){.flow_tol = TOLERANCE};
    g->flow = (flow_state){.net = &g->net,
                           .settings = &g->settings,
                           .code = g->code,
                           .received = g->received,
                           .kept = differs ? NULL : g->kept,
                           .slot = g->slot};
    memset(g->code, 0xEE, sizeof g->code);
    memset(g->received, 0, sizeof g->received);
    orient_pass pass = {.p_from = g->f, .p_to = lossless ? NULL : g->t, .differs = differs};
    flow_kernels_of(width)->classify(&g->flow, &pass, 0, g->n);
    return pass;
}

static void expect_all(table *g, int32_t width, cef_index n_bus, bool lossless, bool differs)
{
    const orient_pass pass = classify(g, width, n_bus, lossless, differs);
    for (cef_index b = 0; b < g->n; b++) {
        cr_assert_eq(g->code[b], g->expected[b], "width %d, %d branches: %d for %d, ends %g and %g", width, g->n,
                     g->code[b], g->expected[b], g->f[b], g->t[b]);
        if (!differs && g->slot[b] != FLOW_NO_ARC)
            cr_assert_eq(g->received[g->slot[b]], g->expected_mw[g->slot[b]], "width %d, branch %d of %d", width, b,
                         g->n);
    }
    cr_assert_eq(pass.differs, differs);
    cr_assert(pass.fed == g->fed && pass.deliver == g->deliver && pass.negative == g->negative,
              "width %d: %d %d %d for %d %d %d", width, pass.fed, pass.deliver, pass.negative, g->fed, g->deliver,
              g->negative);
}

static table room;

Test(flow_classify, codes_counts_and_deliveries)
{
    static const cef_index sizes[] = {1, 7, 8, 9, 40, 1023, 1024, 1031, MOST}, kinds[] = {1, 5, 100};
    for (int32_t width = 0; width <= lanes_widest(); width++)
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
            for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++)
                for (int how = 0; how < 8; how++) {
                    const bool lossless = how & 1, differs = how & 2;
                    draw(&room, sizes[k], kinds[kind], lossless);
                    expect_all(&room, width, how & 4 ? FLOW_NEAR + 1 : FLOW_NEAR, lossless, differs);
                }
}

Test(flow_classify, what_differs_is_told)
{
    static const cef_index at[] = {0, 6, 7, 8, 1023, 1024, 1030, 1034};
    for (int32_t width = 0; width <= lanes_widest(); width++)
        for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
            draw(&room, 1035, 50, false);
            room.kept[at[k]] ^= 1;
            cr_assert(classify(&room, width, 10, false, false).differs, "width %d, branch %d", width, at[k]);
        }
}

Test(flow_classify, no_impossible_power_is_missed)
{
    const double wrong[] = {(double) NAN, INFINITY, -INFINITY, 1.000001e12, -1.000001e12, 1e300, -1.7e308};
    const double other[] = {0.0, 3.0, -3.0, 1e12, -1e12, (double) NAN, INFINITY, -INFINITY};
    for (int32_t width = 0; width <= lanes_widest(); width++) {
        draw(&room, 1035, CALM, false);
        cr_assert(!classify(&room, width, 10, false, true).bad, "nothing is impossible");
        for (int k = 0; k < 7 * 8 * 2; k++) {
            const cef_index b = (cef_index) (1034 - k * 37 % 1035); /* the last ones first */
            const bool differs = k / 3 % 2;
            draw(&room, 1035, CALM, false);
            room.f[b] = k % 2 ? wrong[k / 2 % 7] : other[k / 14];
            room.t[b] = k % 2 ? other[k / 14] : wrong[k / 2 % 7];
            cr_assert(classify(&room, width, 10, false, differs).bad, "width %d: %g, %g", width, room.f[b], room.t[b]);
            room.f[b] = wrong[k / 2 % 7];
            cr_assert(classify(&room, width, 10, true, differs).bad, "width %d: %g, lossless", width, room.f[b]);
        }
    }
}
