/* SPDX-License-Identifier: Apache-2.0 */
/* Proves the rounds that docs/meters.md states for loops of any size, without faults: all values certified and final
 * after at most W + 10 rounds and one more for every member of a loop and every arc between members. Rings with chords,
 * dense blocks, loops within loops, blocks with hubs and several loops in a row, sizes 17 to 2 000; no value is farther
 * from the central solution than its bound. And nothing is lost on the way where nothing fails: no leader of a single
 * loop has to ask for an equation. */
#include "meter/arena.h"
#include "meters.h"

/* first .. first + n - 1, shuffled or as they are. */
static cef_index *numbering(dice *d, cef_index first, cef_index n)
{
    cef_index *bus = malloc((size_t) n * sizeof *bus);
    cr_assert(bus);
    const bool shuffled = dice_chance(d, 0.7);
    for (cef_index k = 0; k < n; k++)
        bus[k] = first + k;
    for (cef_index k = 0; shuffled && k < n; k++) {
        const cef_index with = k + dice_below(d, n - k), swap = bus[k];
        bus[k] = bus[with], bus[with] = swap;
    }
    return bus;
}

static void arc(model *m, dice *d, cef_index from, cef_index to)
{
    const double mw = 1.0 + 20.0 * dice_unit(d);
    model_arc(m, from, to, mw, mw);
}

/* A ring through all, and `chords` more arcs over at most `reach` places, so that some loops are small. */
static void add_loop(model *m, dice *d, cef_index first, cef_index n, cef_index chords, cef_index reach)
{
    cef_index *bus = numbering(d, first, n);
    for (cef_index k = 0; k < n; k++)
        arc(m, d, bus[k], bus[(k + 1) % n]);
    for (cef_index k = 0; k < chords; k++) {
        const cef_index from = dice_below(d, n), to = (from + n - 1 - dice_below(d, reach)) % n;
        if (from != to)
            arc(m, d, bus[from], bus[dice_chance(d, 0.5) ? to : (2 * from - to + n) % n]);
    }
    free(bus);
}

/* Petals that share one bus: all rows pass through it. */
static void add_flower(model *m, dice *d, cef_index first, cef_index n)
{
    cef_index *bus = numbering(d, first, n);
    for (cef_index k = 1; k < n;) {
        const cef_index end = k + dice_between(d, 1, 40) < n ? k + dice_between(d, 1, 40) : n;
        cef_index last = bus[0];
        for (; k < end && k < n; k++) {
            arc(m, d, last, bus[k]);
            last = bus[k];
        }
        arc(m, d, last, bus[0]);
    }
    free(bus);
}

enum { RING, CHORDS, NEAR, DENSE, FLOWER, SHAPES };

static void add_shape(model *m, dice *d, int shape, cef_index first, cef_index n)
{
    if (shape == FLOWER)
        add_flower(m, d, first, n);
    else if (shape == RING)
        add_loop(m, d, first, n, 0, 2);
    else if (shape == CHORDS)
        add_loop(m, d, first, n, n / 3, n - 2);
    else if (shape == NEAR)
        add_loop(m, d, first, n, n / 2 + dice_below(d, n), n < 12 ? n - 2 : 10);
    else
        add_loop(m, d, first, n, n * dice_between(d, 2, 6), n - 2);
}

static void feed(model *m, dice *d, cef_index first, cef_index n)
{
    const double share = dice_chance(d, 0.5) ? 0.0 : 0.2 * dice_unit(d);
    for (cef_index bus = first; bus < first + n; bus++)
        if (bus == first + n / 2 || dice_chance(d, share))
            model_gen(m, bus, 1.0 + 20.0 * dice_unit(d), dice_unit(d));
}

static int64_t allowed(const metered *f)
{
    const cef_meter_roll *roll = f->roll;
    int64_t rounds = roll->info.longest_path + 10;
    for (int32_t k = 0; k < roll->info.clusters; k++)
        rounds += roll->cluster_rows[k] + roll->cluster_inner[k];
    return rounds;
}

static int32_t count_asked(const metered *f)
{
    int32_t n = 0;
    for (cef_index bus = 0; bus < f->n_bus; bus++) {
        const meter_arena *arena = far_part(field_meter(f->field, bus))->arena;
        n += arena ? arena->n_asked : 0;
    }
    return n;
}

/* asks: a leader may wait longer than its patience, for other loops, or until far members know of it. */
static void expect_in_time(const model *m, uint64_t seed, const char *what, bool asks)
{
    metered f = meters_open(m, NULL);
    const int64_t most = allowed(&f);
    meters_run(&f, 5 * most);
    const char *lie = meters_lie(&f, false);
    cr_assert(!lie && f.info.n_final == f.n_bus && f.info.n_certified == f.n_bus && f.info.rounds <= most,
              "%s, seed %llu: %d of %d final, %d certified after %lld of %lld rounds (largest loop %d); %s", what,
              (unsigned long long) seed, f.info.n_final, f.n_bus, f.info.n_certified, (long long) f.info.rounds,
              (long long) most, f.roll->info.largest_cluster, lie ? lie : "true");
    cr_assert(asks || count_asked(&f) == 0, "%s, seed %llu: %d equations were asked for", what,
              (unsigned long long) seed, count_asked(&f));
    meters_close(&f);
}

static void one_loop(uint64_t seed, int shape, cef_index n)
{
    static const char *const names[SHAPES] = {"ring", "chords", "near chords", "dense", "flower"};
    dice d = {seed};
    model m = model_make(n);
    add_shape(&m, &d, shape, 0, n);
    feed(&m, &d, 0, n);
    expect_in_time(&m, seed, names[shape], n > 120);
    model_free(&m);
}

/* Those that a meter's list of facts holds. */
Test(meter_large, up_to_sixteen)
{
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        dice d = {seed};
        const cef_index n = dice_between(&d, 2, 16);
        one_loop(seed, n < 6 ? RING : (int) (seed % SHAPES), n);
    }
}

Test(meter_large, small_ones)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        dice d = {seed};
        one_loop(seed, (int) (seed % SHAPES), dice_between(&d, 17, 120));
    }
}

Test(meter_large, hundreds)
{
    for (uint64_t seed = 1; seed <= 10; seed++)
        one_loop(seed, (int) (seed % SHAPES), 150 + 40 * (cef_index) seed);
}

Test(meter_large, one_thousand)
{
    one_loop(1, CHORDS, 1000);
    one_loop(2, DENSE, 1000);
}
Test(meter_large, two_thousand) { one_loop(3, CHORDS, 2000); }

/* Loops of any size that feed each other, with single buses between: the later ones look for each other, and their
 * inputs become final one by one, while the earlier ones are at work. */
static void in_a_row(uint64_t seed, cef_index most)
{
    dice d = {seed};
    const cef_index n_loops = dice_between(&d, 2, 5), between = 3;
    cef_index size[5], n = 0;
    for (cef_index k = 0; k < n_loops; k++)
        n += (size[k] = dice_between(&d, 2, most)) + between;
    model m = model_make(n);
    for (cef_index k = 0, first = 0, before = -1; k < n_loops; k++) {
        if (size[k] < 17)
            add_loop(&m, &d, first, size[k], 0, 2);
        else
            add_shape(&m, &d, (int) dice_below(&d, SHAPES), first, size[k]);
        if (k == 0 || dice_chance(&d, 0.5))
            feed(&m, &d, first, size[k]);
        for (cef_index e = 0; before >= 0 && e < 4; e++)
            arc(&m, &d, before + dice_below(&d, size[k - 1]), first + dice_below(&d, size[k]));
        for (cef_index b = 0; b < between; b++) /* single buses that loop k feeds, and the next takes from */
            arc(&m, &d, first + dice_below(&d, size[k]), first + size[k] + b);
        if (before >= 0)
            for (cef_index b = 0; b < between; b++)
                arc(&m, &d, before + size[k - 1] + b, first + dice_below(&d, size[k]));
        before = first;
        first += size[k] + between;
    }
    expect_in_time(&m, seed, "in a row", true);
    model_free(&m);
}

Test(meter_large, in_a_row)
{
    for (uint64_t seed = 1; seed <= 100; seed++)
        in_a_row(seed, seed % 20 == 0 ? 200 : 50);
}
