/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: meters on any directed graph of flows, rings and dense knots included, find and solve all loops by messages:
 * everything becomes final and equals the central solution, also when meters restart meanwhile; whoever led a loop is
 * the least meter of its strongly connected component as Tarjan's algorithm finds it. */
#include "meters.h"

/* Random arcs among n buses, `arcs` in all, each fed a little: powers need not balance, meters do not ask. */
static model digraph(dice *d, cef_index n, cef_index arcs, double sources)
{
    model m = model_make(n);
    for (cef_index k = 0; k < arcs; k++) {
        const cef_index from = dice_below(d, n);
        cef_index to = dice_below(d, n);
        to = to == from ? (to + 1) % n : to;
        const double mw = 1.0 + 99.0 * dice_unit(d);
        model_arc(&m, from, to, mw, mw);
    }
    for (cef_index bus = 0; bus < n; bus++)
        if (bus == 0 || dice_chance(d, sources))
            model_gen(&m, bus, 1.0 + 50.0 * dice_unit(d), dice_unit(d));
    return m;
}

static model ring(cef_index n)
{
    model m = model_make(n);
    for (cef_index bus = 0; bus < n; bus++)
        model_arc(&m, bus, (bus * 7919 + 1) % n == bus ? (bus + 1) % n : (bus + 1) % n, 10.0, 10.0);
    model_gen(&m, n / 2, 3.0, 0.5);
    model_gen(&m, 0, 2.0, 0.9);
    return m;
}

/* Leaders against Tarjan: a meter that knows of a leader stands on the leader's loop, and the leader is its least. */
static void check_leaders(const metered *f)
{
    const cef_index n = f->n_bus;
    for (cef_index bus = 0; bus < n; bus++) {
        const uint32_t leader = far_part(field_meter(f->field, bus))->leader;
        if (leader == METER_NOBODY)
            continue;
        cr_assert(f->roll->cluster[bus] >= 0 && f->roll->cluster[leader] == f->roll->cluster[bus],
                  "bus %d follows %u: loops %d, %d", bus, leader, f->roll->cluster[bus], f->roll->cluster[leader]);
    }
}

static int64_t solve(const model *m, const cef_meter_field_options *options, uint64_t seed)
{
    metered f = meters_open(m, options);
    meters_run(&f, 40000);
    const char *lie = meters_lie(&f, false);
    cr_assert(!lie, "seed %llu: %s", (unsigned long long) seed, lie);
    cr_assert(f.info.n_final == f.n_bus && f.info.n_certified == f.n_bus,
              "seed %llu: %d of %d final, %d certified after %lld rounds", (unsigned long long) seed, f.info.n_final,
              f.n_bus, f.info.n_certified, (long long) f.info.rounds);
    check_leaders(&f);
    const int64_t rounds = f.info.rounds;
    meters_close(&f);
    return rounds;
}

Test(meter_loops, random_digraphs)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        dice d = {seed};
        const cef_index n = dice_between(&d, 2, 60);
        model m = digraph(&d, n, n + dice_below(&d, 2 * n), 0.1);
        solve(&m, NULL, seed);
        model_free(&m);
    }
}

Test(meter_loops, large_digraphs)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        dice d = {seed};
        const cef_index n = 200 * (cef_index) seed;
        model m = digraph(&d, n, n * 5 / 4 + n / 8 * (cef_index) seed / 2, 0.05);
        solve(&m, NULL, seed);
        model_free(&m);
    }
}

Test(meter_loops, rings)
{
    const cef_index sizes[] = {2, 3, 5, 16, 17, 18, 40, 100, 300};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        model m = ring(sizes[k]);
        const int64_t rounds = solve(&m, NULL, (uint64_t) sizes[k]);
        cr_assert(sizes[k] > 16 || rounds <= 3 * sizes[k] + 10, "ring of %d: %lld rounds", sizes[k],
                  (long long) rounds);
        model_free(&m);
    }
}

Test(meter_loops, restarts_while_looking)
{
    for (uint64_t seed = 1; seed <= 150; seed++) {
        dice d = {seed};
        const cef_index n = dice_between(&d, 2, 60);
        model m = digraph(&d, n, n + dice_below(&d, n), 0.1);
        cef_meter_field_options options = meters_options(seed);
        options.restart_rate = 0.5;
        options.loss_rate = 0.3;
        options.delay = 2;
        options.duplicate_rate = 0.2;
        options.frozen_rate = 0.1;
        options.clock_skew = seed % 3 == 0 ? 10 : 0;
        solve(&m, &options, seed);
        model_free(&m);
    }
}

/* A loop that no unit feeds is undefined, and what it feeds is not harmed. */
Test(meter_loops, unfed)
{
    model m = model_make(4);
    model_arc(&m, 0, 1, 5.0, 5.0);
    model_arc(&m, 1, 0, 5.0, 5.0);
    model_arc(&m, 1, 2, 1.0, 1.0);
    model_arc(&m, 3, 2, 1.0, 1.0);
    model_gen(&m, 3, 1.0, 0.8);
    metered f = meters_open(&m, NULL);
    meters_run(&f, 100);
    cr_assert(f.info.n_final == 4 && isnan(f.x[0]) && isnan(f.x[1]) && f.x[3] == 0.8, "%d final", f.info.n_final);
    cr_assert(fabs(f.x[2] - 0.4) <= f.bound[2], "half of it comes without an intensity and counts 0: %g", f.x[2]);
    meters_close(&f);
    model_free(&m);
}

/* ---- before meters look for loops ---- */

/* A generation for each neighbour that became final; where no bytes travel nobody counts before the ninth round. */
Test(meter_loops, generations_of_a_young_meter)
{
    model m = model_make(6);
    for (cef_index source = 0; source < 3; source++) {
        model_arc(&m, source, 3, 5.0, 5.0);
        model_gen(&m, source, 5.0, 0.1 * (double) source);
    }
    for (cef_index bus = 3; bus < 6; bus++)
        model_arc(&m, bus, bus == 5 ? 3 : bus + 1, 20.0, 20.0);
    for (int bytes = 0; bytes < 2; bytes++) {
        cef_meter_field_options options = meters_options(1);
        options.loss_rate = bytes ? 1e-300 : 0.0; /* never drawn */
        metered f = meters_open(&m, &options);
        const cef_meter *joint = field_meter(f.field, 3), *next = field_meter(f.field, 4);
        meters_run(&f, METER_YOUNG - 1);
        cr_assert(!meter_looks(joint) && far_part_of(joint)->generation == (bytes ? 3 : 0));
        cr_assert(far_part_of(next)->generation == 0);
        meters_run(&f, 1);
        cr_assert(meter_looks(joint) && far_part_of(joint)->generation == 3);
        meters_close(&f);
    }
    model_free(&m);
}

/* Who takes all that comes tells so in the first round: the hub is trimmed after the second, whether it keeps bits of
 * its arcs or has too many. */
Test(meter_loops, trimmed_by_the_first_word)
{
    for (cef_index n_leaves = METER_ORIENTS; n_leaves <= METER_ORIENTS + 1; n_leaves++) {
        model m = model_make(1 + n_leaves);
        for (cef_index leaf = 1; leaf <= n_leaves; leaf++)
            model_arc(&m, 0, leaf, 1.0, 1.0);
        model_gen(&m, 0, (double) n_leaves, 0.5);
        metered f = meters_open(&m, NULL);
        const cef_meter *hub = field_meter(f.field, 0);
        meters_run(&f, 1);
        cr_assert(!(hub->flags & METER_TRIMMED) && ((hub->flags & METER_ORIENTED) != 0) == (n_leaves == METER_ORIENTS));
        for (cef_index k = 0; k < n_leaves; k++)
            cr_assert(meter_links_of(hub)[k].flags & LINK_TRIMMED);
        meters_run(&f, 1);
        cr_assert(hub->flags & METER_TRIMMED);
        meters_close(&f);
        model_free(&m);
    }
}
