/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: a field without faults, whose messages are not made into bytes, shows to the bit the values that the
 * transport of bytes gives (fewer messages: acknowledgements are handed over at once); what a leader lost in a restart
 * comes again in time, though nobody sees that it is missing; and so do results that were lost. */
#include "meters.h"

/* ---- two transports ---- */

typedef struct {
    double *x, *bound;
    int32_t *quality;
    cef_meter_field_info info;
} shown;

static shown look(const metered *f, int64_t rounds)
{
    shown s = {calloc((size_t) f->n_bus, sizeof *s.x),
               calloc((size_t) f->n_bus, sizeof *s.bound),
               calloc((size_t) f->n_bus, sizeof *s.quality),
               {.struct_size = sizeof s.info}};
    cr_assert(cef_meter_field_run(f->field, rounds, &s.info, NULL) == CEF_OK);
    cr_assert(cef_meter_field_read(f->field, s.x, s.bound, s.quality, NULL) == CEF_OK);
    return s;
}

static bool is_final(const metered *f, cef_index bus) { return (field_meter(f->field, bus)->flags & METER_FINAL) != 0; }

/* Without bytes a message is taken in the round it is sent in, after its receiver's own: a result of a loop that came
 * in shows at once, else a round later; and so does a contradiction, as the meter's quality. */
static bool equal(const metered *whole, const metered *bytes, const shown *a, const shown *b, cef_index bus)
{
    if (is_final(whole, bus) && !is_final(bytes, bus))
        return true;
    return memcmp(&a->x[bus], &b->x[bus], sizeof *a->x) == 0 &&
           memcmp(&a->bound[bus], &b->bound[bus], sizeof *a->bound) == 0 &&
           (a->quality[bus] == b->quality[bus] ||
            (whole->field->options.lying_rate > 0.0 && a->quality[bus] == CEF_QUALITY_QUARANTINED));
}

static void expect_same(const metered *whole, const metered *bytes, uint64_t seed, int round)
{
    shown a = look(whole, 1), b = look(bytes, 1);
    for (cef_index bus = 0; bus < whole->n_bus; bus++)
        cr_assert(equal(whole, bytes, &a, &b, bus), "seed %llu, round %d, bus %d: %.17g and %.17g",
                  (unsigned long long) seed, round, bus, a.x[bus], b.x[bus]);
    cr_assert(a.info.rounds == b.info.rounds && a.info.n_final == b.info.n_final &&
                  a.info.n_certified == b.info.n_certified,
              "seed %llu, round %d: %d and %d final", (unsigned long long) seed, round, a.info.n_final, b.info.n_final);
    free(a.x), free(a.bound), free(a.quality);
    free(b.x), free(b.bound), free(b.quality);
}

static void compare(const model *m, uint64_t seed, double missing, double lying, int relax, int rounds)
{
    cef_meter_field_options options = meters_options(seed);
    options.missing_rate = missing;
    options.lying_rate = lying;
    options.relax_only = relax;
    metered whole = meters_open(m, &options);
    options.loss_rate = 1e-300; /* never drawn, but the messages travel as bytes */
    metered bytes = meters_open(m, &options);
    cr_assert(whole.field->perfect && !bytes.field->perfect);
    for (int round = 1; round <= rounds; round++)
        expect_same(&whole, &bytes, seed, round);
    meters_close(&whole);
    meters_close(&bytes);
}

Test(meter_field, without_bytes_the_same_bits)
{
    for (uint64_t seed = 1; seed <= 400; seed++) {
        dice d = {seed};
        model m = random_model(&d, dice_between(&d, 2, 40), RANDOM_ALL);
        compare(&m, seed, seed % 3 == 0 ? 0.3 : 0.0, 0.0, seed % 5 == 0, 40);
        model_free(&m);
    }
}

/* The other end reads otherwise, with the other sign, too: what is said first is then more than plain. */
Test(meter_field, without_bytes_the_same_bits_where_readings_contradict)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        dice d = {seed};
        model m = random_model(&d, dice_between(&d, 2, 40), RANDOM_ALL);
        compare(&m, seed, seed % 3 == 0 ? 0.2 : 0.0, 0.2, seed % 5 == 0, 40);
        model_free(&m);
    }
}

/* Both ends take, or both send, less than the readings' tolerance: they agree, but no arc runs. */
Test(meter_field, without_bytes_the_same_bits_where_no_arc_has_a_partner)
{
    model m = model_make(4);
    model_branch(&m, 0, 1, -5e-4, -2e-4);
    model_branch(&m, 1, 2, 5e-4, 2e-4);
    model_arc(&m, 2, 3, 1e-3, 1e-3);
    for (cef_index bus = 0; bus < 3; bus++)
        model_gen(&m, bus, 1e-3, 0.3 * (double) (bus + 1));
    for (int relax = 0; relax < 2; relax++)
        compare(&m, 1, 0.0, 0.0, relax, 12);
    model_free(&m);
}

/* A ring with chords: larger than a meter's list of facts, so that lists overflow and colours are needed. */
static model knot(uint64_t seed, cef_index n)
{
    dice d = {seed};
    model m = model_make(n);
    for (cef_index bus = 0; bus < n; bus++)
        model_arc(&m, bus, (bus + 1) % n, 20.0, 20.0);
    for (cef_index k = 0; k < n / 2; k++) {
        const cef_index from = dice_below(&d, n);
        model_arc(&m, from, (from + 2 + dice_below(&d, n - 3)) % n, 1.0 + 9.0 * dice_unit(&d), 1.0);
    }
    model_gen(&m, dice_below(&d, n), 5.0, 0.5);
    model_gen(&m, dice_below(&d, n), 3.0, 0.9);
    return m;
}

Test(meter_field, without_bytes_the_same_bits_in_loops)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        model m = knot(seed, 12 * (cef_index) seed);
        compare(&m, seed, 0.0, 0.0, 0, 400);
        model_free(&m);
    }
}

/* Stars with more links than a meter keeps arcs of, joined to a loop and to each other. */
static model hubs(uint64_t seed, cef_index n_hubs, cef_index n_arms)
{
    dice d = {seed};
    model m = model_make(n_hubs * (1 + n_arms));
    for (cef_index hub = 0; hub < n_hubs; hub++) {
        model_arc(&m, hub, (hub + 1) % n_hubs, 10.0, 10.0);
        for (cef_index k = 0; k < n_arms; k++) {
            const cef_index arm = n_hubs + hub * n_arms + k, other = n_hubs + dice_below(&d, n_hubs * n_arms);
            const bool in = dice_chance(&d, 0.5);
            model_arc(&m, in ? arm : hub, in ? hub : arm, 1.0 + 5.0 * dice_unit(&d), 1.0);
            if (other != arm)
                model_arc(&m, arm, other, 1.0 + 5.0 * dice_unit(&d), 1.0);
            if (dice_chance(&d, 0.3))
                model_gen(&m, arm, 4.0, dice_unit(&d));
        }
    }
    model_gen(&m, 0, 4.0, 0.7);
    return m;
}

Test(meter_field, without_bytes_the_same_bits_at_hubs)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        model m = hubs(seed, 2 + (cef_index) (seed % 3), 6 + (cef_index) (seed % 30));
        compare(&m, seed, seed % 4 == 0 ? 0.2 : 0.0, 0.0, seed % 7 == 0, 200);
        model_free(&m);
    }
}

/* ---- rest ---- */

/* Without faults a meter speaks of what is new only: in a chain without loops, whose source is at its head, each meter
 * tells its neighbours what it reads, and later each of them at most once that it is trimmed, or final. The chain is
 * short enough to be trimmed from both ends before anybody looks for loops. */
Test(meter_field, who_has_nothing_new_rests)
{
    const cef_index n = 2 * METER_YOUNG - 2;
    for (int relax = 0; relax < 2; relax++) {
        model m = model_make(n);
        for (cef_index bus = 0; bus + 1 < n; bus++)
            model_arc(&m, bus, bus + 1, 10.0, 10.0);
        model_gen(&m, 0, 10.0, 0.5);
        cef_meter_field_options options = meters_options(1);
        options.relax_only = relax;
        metered f = meters_open(&m, &options);
        meters_run(&f, 400);
        cr_assert(relax ? f.info.silent == 1 && f.info.n_certified == n : f.info.n_final == n);
        cr_assert(f.info.rounds <= n + 2, "%lld rounds", (long long) f.info.rounds);
        const int64_t first = 2 * ((int64_t) n - 1), most = relax ? 2 * first : 3 * first;
        cr_assert(f.info.messages >= first && f.info.messages <= most, "%lld messages, expected %lld at most",
                  (long long) f.info.messages, (long long) most);
        meters_close(&f);
        model_free(&m);
    }
}

/* ---- repetition ---- */

/* The leader forgets the equations that were sent, acknowledged and deleted; their senders notice nothing, since no
 * reading and no value of theirs changes. Only repeating after `patience` rounds brings them back. */
Test(meter_field, what_a_leader_forgot_is_sent_again)
{
    int forgetful = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        model m = knot(seed, 14);
        cef_meter_field_options options = meters_options(seed);
        options.loss_rate = 1e-300;
        metered f = meters_open(&m, &options);
        const cef_index leader = 0;
        for (int round = 0; round < 200 && arena_n_rows(far_part(field_meter(f.field, leader))->arena) < 5; round++)
            meters_run(&f, 1);
        cr_assert(f.info.n_final == 0 && arena_n_results(far_part(field_meter(f.field, leader))->arena) == 0,
                  "still at it");
        f.field->boot[leader]++;
        field_start_meter(f.field, leader, FIELD_INTERVAL);
        cr_assert(arena_n_rows(far_part(field_meter(f.field, leader))->arena) == 0);
        meters_run(&f, 30);
        forgetful += f.info.n_final < f.n_bus; /* before anybody's patience ends */
        meters_run(&f, 400);
        const char *lie = meters_lie(&f, false);
        cr_assert(!lie && f.info.n_final == f.n_bus, "seed %llu: %d of %d final after %lld rounds, %s",
                  (unsigned long long) seed, f.info.n_final, f.n_bus, (long long) f.info.rounds, lie ? lie : "true");
        meters_close(&f);
        model_free(&m);
    }
    cr_assert(forgetful > 10, "the restart did no harm in %d of 20 runs", 20 - forgetful);
}

/* A ring both ways: whoever lacks its result lacks its neighbours' too, and no value follows from others. */
static model two_ways(cef_index n)
{
    model m = model_make(n);
    for (cef_index bus = 0; bus < n; bus++) {
        model_arc(&m, bus, (bus + 1) % n, 20.0, 20.0);
        model_arc(&m, (bus + 1) % n, bus, 5.0, 5.0);
    }
    model_gen(&m, 1, 5.0, 0.5);
    model_gen(&m, n / 2, 5.0, 0.9);
    return m;
}

/* Runs until the leader has had results for `rounds`, or until it is silent again and has been for so long; meanwhile
 * nobody else passes them on. */
static metered cut_results(cef_index n, int64_t rounds, bool until_silent)
{
    model m = two_ways(n);
    metered f = meters_open(&m, NULL);
    const cef_meter *leader = field_meter(f.field, 0);
    int64_t since = 0;
    for (int round = 0; round < 4000 && since < rounds; round++) {
        meters_run(&f, 1);
        since +=
            arena_n_results(far_part_of(leader)->arena) > 0 && (!until_silent || far_part_of(leader)->service == 0);
        for (cef_index bus = 1; bus < n; bus++)
            field_meter(f.field, bus)->n_relay = 0;
    }
    cr_assert(since == rounds && f.info.n_final < n / 2, "%d of %d final", f.info.n_final, n);
    model_free(&m);
    return f;
}

/* Who missed the first turn has its result by the second, before anybody calls. */
Test(meter_field, results_come_twice)
{
    const cef_index n = 40;
    metered f = cut_results(n, n / CEF_METER_RESULTS + 2, false);
    meters_run(&f, n / CEF_METER_RESULTS + n / 2 + 4);
    cr_assert(f.info.n_final == n, "%d of %d final", f.info.n_final, n);
    meters_close(&f);
}

/* Who missed all turns calls the leader, which is silent by then. */
Test(meter_field, who_has_no_result_calls)
{
    const cef_index n = 80;
    metered f = cut_results(n, 20, true);
    meters_run(&f, 400);
    cr_assert(f.info.n_final == n, "%d of %d final", f.info.n_final, n);
    meters_close(&f);
}

/* ---- numbers of items ---- */

typedef struct {
    _Alignas(8) uint8_t memory[512 + 2 * 64];
    cef_meter *meter;
} alone;

/* A meter with links to two others, that knows of leader 9, `hops` downstream by link `via`. */
static void start_alone(alone *a, const cef_meter_rules *rules, uint32_t own, uint32_t first, uint32_t second,
                        double reading)
{
    const cef_meter_link link[2] = {{.peer = first, .number = own + first, .reading = reading, .prior = (double) NAN},
                                    {.peer = second, .number = own + second, .reading = 7.0, .prior = (double) NAN}};
    const cef_meter_setup setup = {.struct_size = sizeof setup,
                                   .rules = rules,
                                   .link = link,
                                   .balance_mw = (double) NAN,
                                   .meter = own,
                                   .interval = 1,
                                   .n_links = 2};
    cr_assert(cef_meter_init(&setup, a->memory, sizeof a->memory, &a->meter, NULL) == CEF_OK);
}

static void follow(alone *a, uint8_t hops, uint16_t via)
{
    a->meter->age = METER_YOUNG; /* it looks for loops */
    far_part(a->meter)->n_facts = 1;
    far_part(a->meter)->fact[0] = (meter_fact){.meter = 0, .up = 3, .down = hops, .via = via};
    cef_meter_step(a->meter);
    cr_assert(far_part(a->meter)->leader == 0 && far_part(a->meter)->leader_via == via);
}

/* An item that turns to a way used before keeps clear of the numbers that the meter there still awaits. */
Test(meter_field, an_item_that_turns_is_not_lost)
{
    static alone from, to;
    uint8_t bytes[CEF_METER_MESSAGE_BYTES];
    cef_meter_rules rules;
    cef_meter_rules_init(&rules, sizeof rules);
    rules.e_max = 1.0;
    start_alone(&from, &rules, 1, 3, 2, 7.0);
    start_alone(&to, &rules, 2, 1, 4, -7.0);
    follow(&from, 8, 0);
    follow(&to, 4, 1);
    from.meter->n_out = 1;
    far_part(from.meter)->out[0] = (cef_meter_item){.meter = 5, .version = 1, .kind = CEF_METER_ROW};
    cr_assert(cef_meter_send(from.meter, 0, bytes, sizeof bytes) > 0 && far_part(from.meter)->bundle == 1);
    (meter_links(to.meter))[0].bundle_in = 2; /* from an earlier use of this way: number 1 came before */
    follow(&from, 5, 1);
    for (int round = 0; round < 3; round++) {
        size_t n = cef_meter_send(to.meter, 0, bytes, sizeof bytes);
        cr_assert(cef_meter_receive(from.meter, bytes, n) == CEF_METER_ACCEPTED);
        n = cef_meter_send(from.meter, 1, bytes, sizeof bytes);
        cr_assert(cef_meter_receive(to.meter, bytes, n) == CEF_METER_ACCEPTED);
    }
    cr_assert(to.meter->n_out == 1 && far_part(to.meter)->out[0].meter == 5, "the item did not arrive");
    cr_assert(cef_meter_receive(from.meter, bytes, cef_meter_send(to.meter, 0, bytes, sizeof bytes)) ==
              CEF_METER_ACCEPTED);
    cr_assert(from.meter->n_out == 0, "and is acknowledged");
}

/* A part of a loop restarts when all else is done and silent, and finds itself to be a loop of its own. */
Test(meter_field, a_part_restarts_when_all_is_done)
{
    model m = model_make(8);
    for (cef_index bus = 0; bus < 8; bus++)
        model_arc(&m, bus, (bus + 1) % 8, 20.0, 20.0);
    model_arc(&m, 5, 3, 5.0, 5.0);
    model_gen(&m, 1, 3.0, 0.5);
    metered f = meters_open(&m, NULL);
    for (int round = 0; round < 300; round++)
        meters_run(&f, 1);
    cr_assert(f.info.n_final == 8);
    for (cef_index bus = 3; bus <= 5; bus++) {
        f.field->boot[bus]++;
        field_start_meter(f.field, bus, FIELD_INTERVAL);
    }
    meters_run(&f, 100);
    const char *lie = meters_lie(&f, false);
    cr_assert(!lie && f.info.n_final == 8, "%d of 8 final after %lld rounds, %s", f.info.n_final,
              (long long) f.info.rounds, lie ? lie : "true");
    meters_close(&f);
    model_free(&m);
}
