/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: what a meter sends reads back as it was; a meter's state is as small as promised; more than 20 kinds of
 * hostile messages are refused, each under its own name, and change nothing. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "meter/meter.h"

static _Alignas(8) uint8_t first_memory[512 + 64], second_memory[512 + 64];
static uint64_t refused[CEF_METER_VERDICTS];
static cef_meter_rules rules;

static cef_meter *make(uint8_t *memory, uint32_t own, uint32_t peer, double reading, double source)
{
    const cef_meter_link link = {.peer = peer, .number = 9, .reading = reading, .prior = (double) NAN, .loss = 1.0F};
    const cef_meter_setup setup = {.struct_size = sizeof setup,
                                   .rules = &rules,
                                   .link = &link,
                                   .source_mw = source,
                                   .source_carbon = 0.5 * source,
                                   .balance_mw = (double) NAN,
                                   .meter = own,
                                   .interval = 7,
                                   .n_links = 1};
    cef_meter *meter = NULL;
    cr_assert(cef_meter_init(&setup, memory, 512 + 64, &meter, NULL) == CEF_OK);
    return meter;
}

static void start(void)
{
    memset(refused, 0, sizeof refused);
    cef_meter_rules_init(&rules, sizeof rules);
    rules.e_max = 1.0;
    rules.epoch = 3;
    rules.refused = refused;
}

TestSuite(meter_messages, .init = start);

Test(meter_messages, state_is_small)
{
    cr_assert(cef_meter_state_size(0) <= 512 && cef_meter_state_size(10) <= 512 + 640);
    cr_assert(cef_meter_state_size(65534) > 0 && cef_meter_state_size(65535) == 0);
}

/* Memory that cannot serve is refused, not silently left unused. */
Test(meter_messages, bad_memory)
{
    static _Alignas(8) uint8_t arena[4096];
    const cef_meter_link link = {.peer = 2, .number = 9, .reading = 1.0, .prior = (double) NAN};
    cef_meter_setup setup = {.struct_size = sizeof setup, .rules = &rules, .link = &link, .meter = 1, .n_links = 1};
    cef_error error = {.struct_size = sizeof error};
    cef_meter *meter = NULL;
    setup.arena = arena, setup.arena_rows = 4, setup.arena_size = cef_meter_arena_size(4, 8);
    cr_assert(setup.arena_size > 0 && setup.arena_size <= sizeof arena);
    cr_assert(cef_meter_init(&setup, first_memory, sizeof first_memory, &meter, &error) == CEF_OK && meter);
    setup.arena_size = 100;
    cr_assert(cef_meter_init(&setup, first_memory, sizeof first_memory, &meter, &error) == CEF_ERR_ARGUMENT && !meter);
    setup.arena_size = sizeof arena - 4, setup.arena = arena + 4;
    cr_assert(cef_meter_init(&setup, first_memory, sizeof first_memory, &meter, &error) == CEF_ERR_ARGUMENT && !meter);
    setup.arena = arena, setup.arena_rows = 1;
    cr_assert(cef_meter_init(&setup, first_memory, sizeof first_memory, &meter, &error) == CEF_ERR_ARGUMENT && !meter);
    setup.arena = NULL;
    cr_assert(cef_meter_init(&setup, first_memory + 4, sizeof first_memory - 4, &meter, &error) == CEF_ERR_ARGUMENT);
    cr_assert(cef_meter_init(&setup, first_memory, 512, &meter, &error) == CEF_ERR_ARGUMENT && !meter);
}

Test(meter_messages, two_meters_agree)
{
    uint8_t bytes[CEF_METER_MESSAGE_BYTES];
    cef_meter *a = make(first_memory, 1, 2, 10.0, 10.0), *b = make(second_memory, 2, 1, -9.0, 0.0);
    cef_meter_reading r = {.struct_size = sizeof r};
    for (int round = 0; round < 4; round++) {
        cef_meter_step(a);
        cef_meter_step(b);
        size_t n = cef_meter_send(a, 0, bytes, sizeof bytes);
        cr_assert(n == 0 || cef_meter_receive(b, bytes, n) == CEF_METER_ACCEPTED);
        n = cef_meter_send(b, 0, bytes, sizeof bytes);
        cr_assert(n == 0 || cef_meter_receive(a, bytes, n) == CEF_METER_ACCEPTED);
    }
    cr_assert(cef_meter_read(b, &r, NULL) == CEF_OK && r.final_value && r.intensity == 0.5 && r.bound < 1e-14);
    cr_assert(cef_meter_send(a, 0, bytes, sizeof bytes) == 0, "both hold final values: silence");
}

Test(meter_messages, round_trip)
{
    uint8_t bytes[CEF_METER_MESSAGE_BYTES];
    cef_meter_message m = {.epoch = 3, .interval = 7, .from = 1, .to = 2, .link = 9, .boot = 4, .sequence = 5}, back;
    m.n_facts = CEF_METER_FACTS, m.n_items = CEF_METER_ITEMS, m.n_results = CEF_METER_RESULTS, m.auth_bytes = 96;
    for (int k = 0; k < CEF_METER_FACTS; k++)
        m.fact[k] = (cef_meter_fact){(uint32_t) k + 10, 1, 255, 0};
    for (int k = 0; k < CEF_METER_ITEMS; k++)
        m.item[k] =
            (cef_meter_item){.meter = 1, .kind = CEF_METER_ROW, .version = 8, .arcs = 2, .mw = 3.5, .carbon = -1};
    for (int k = 0; k < CEF_METER_RESULTS; k++)
        m.result[k] = (cef_meter_result){4, 0, 0.25, 1e-9};
    memset(m.auth, 0xAB, sizeof m.auth);
    m.reading = (double) NAN, m.intensity = 0.5, m.bound = 0.1, m.unresolved = 0.3;
    const size_t n = cef_meter_encode(&m, bytes, sizeof bytes);
    cr_assert(n == CEF_METER_MESSAGE_BYTES && cef_meter_encode(&m, bytes, n - 1) == 0);
    cr_assert(cef_meter_decode(bytes, n, &back) == CEF_METER_ACCEPTED);
    uint8_t again[CEF_METER_MESSAGE_BYTES];
    cr_assert(cef_meter_encode(&back, again, sizeof again) == n && memcmp(bytes, again, n) == 0);
}

/* ---- hostile messages: a good one, spoiled in one place ---- */

typedef struct {
    const char *name;
    cef_meter_verdict verdict;
    void (*spoil)(cef_meter_message *m);
    void (*damage)(uint8_t *bytes, size_t *length);
} hostile;

static void epoch(cef_meter_message *m) { m->epoch = 4; }
static void old(cef_meter_message *m) { m->interval = 6; }
static void early(cef_meter_message *m) { m->interval = 8; }
static void replay(cef_meter_message *m) { m->sequence = 1; }
static void old_boot(cef_meter_message *m) { m->boot = 0, m->sequence = 99; }
static void stranger(cef_meter_message *m) { m->from = 77; }
static void other_link(cef_meter_message *m) { m->link = 8; }
static void not_mine(cef_meter_message *m) { m->to = 5; }
static void mirror(cef_meter_message *m) { m->from = 2; }
static void nan_x(cef_meter_message *m) { m->intensity = (double) NAN; }
static void inf_x(cef_meter_message *m) { m->intensity = (double) INFINITY; }
static void inf_reading(cef_meter_message *m) { m->reading = (double) INFINITY; }
static void negative_bound(cef_meter_message *m) { m->bound = -1e-9; }
static void nan_bound(cef_meter_message *m) { m->bound = (double) NAN; }
static void high(cef_meter_message *m) { m->intensity = 1.0000001; }
static void low(cef_meter_message *m) { m->intensity = -1e-9; }
static void share_high(cef_meter_message *m) { m->unresolved = 1.1; }
static void share_low(cef_meter_message *m) { m->unresolved = -0.1; }
static void nan_share(cef_meter_message *m) { m->unresolved = (double) NAN; }
static void final_open(cef_meter_message *m) { m->flags = CEF_METER_FINAL, m->unresolved = 0.5; }
static void undefined_x(cef_meter_message *m) { m->flags = CEF_METER_FINAL | CEF_METER_UNDEFINED, m->unresolved = 0.0; }
static void bad_flag(cef_meter_message *m) { m->flags = 0x8000; }
static void bad_fact(cef_meter_message *m) { m->n_facts = 1, m->fact[0] = (cef_meter_fact){4, 255, 255, 0}; }
static void bad_kind(cef_meter_message *m) { m->n_items = 1, m->item[0] = (cef_meter_item){.meter = 4, .kind = 9}; }
static void bad_arc(cef_meter_message *m)
{
    m->n_items = 1, m->item[0] = (cef_meter_item){.meter = 4, .kind = CEF_METER_ARC, .source = 5, .mw = -1.0};
}
static void bad_result(cef_meter_message *m) { m->n_results = 1, m->result[0] = (cef_meter_result){1, 0, 7.0, 0.0}; }
static void nan_result(cef_meter_message *m)
{
    m->n_results = 1, m->result[0] = (cef_meter_result){1, 0, 0.5, (double) NAN};
}
static void cut(uint8_t *bytes, size_t *length) { (void) bytes, *length -= 1; }
static void stump(uint8_t *bytes, size_t *length) { (void) bytes, *length = 40; }
static void empty(uint8_t *bytes, size_t *length) { (void) bytes, *length = 0; }
static void longer(uint8_t *bytes, size_t *length) { (void) bytes, *length += 1; }
static void huge(uint8_t *bytes, size_t *length) { (void) bytes, *length = CEF_METER_MESSAGE_BYTES + 1; }
static void magic(uint8_t *bytes, size_t *length) { (void) length, bytes[0] = 'X'; }
static void version(uint8_t *bytes, size_t *length) { (void) length, bytes[4] = 2; }
static void counts(uint8_t *bytes, size_t *length) { (void) length, bytes[5] = 200; }
static void lies_length(uint8_t *bytes, size_t *length) { (void) length, bytes[8]++; }

static const hostile cases[] = {
    {"wrong epoch", CEF_METER_WRONG_EPOCH, epoch, NULL},
    {"stale interval", CEF_METER_STALE, old, NULL},
    {"future interval", CEF_METER_FUTURE, early, NULL},
    {"replayed", CEF_METER_REPLAYED, replay, NULL},
    {"earlier boot", CEF_METER_REPLAYED, old_boot, NULL},
    {"unknown sender", CEF_METER_UNKNOWN_SENDER, stranger, NULL},
    {"unknown link", CEF_METER_UNKNOWN_SENDER, other_link, NULL},
    {"for another meter", CEF_METER_NOT_MINE, not_mine, NULL},
    {"from itself", CEF_METER_MALFORMED, mirror, NULL},
    {"NaN intensity", CEF_METER_BAD_NUMBER, nan_x, NULL},
    {"infinite intensity", CEF_METER_BAD_NUMBER, inf_x, NULL},
    {"infinite reading", CEF_METER_BAD_NUMBER, inf_reading, NULL},
    {"negative bound", CEF_METER_BAD_NUMBER, negative_bound, NULL},
    {"NaN bound", CEF_METER_BAD_NUMBER, nan_bound, NULL},
    {"above e_max", CEF_METER_BAD_INTENSITY, high, NULL},
    {"below e_min", CEF_METER_BAD_INTENSITY, low, NULL},
    {"share above 1", CEF_METER_BAD_SHARE, share_high, NULL},
    {"share below 0", CEF_METER_BAD_SHARE, share_low, NULL},
    {"NaN share", CEF_METER_BAD_NUMBER, nan_share, NULL},
    {"final and open", CEF_METER_MALFORMED, final_open, NULL},
    {"undefined with a value", CEF_METER_MALFORMED, undefined_x, NULL},
    {"unknown flag", CEF_METER_MALFORMED, bad_flag, NULL},
    {"fact of nowhere", CEF_METER_MALFORMED, bad_fact, NULL},
    {"unknown item", CEF_METER_MALFORMED, bad_kind, NULL},
    {"negative arc", CEF_METER_BAD_NUMBER, bad_arc, NULL},
    {"result above e_max", CEF_METER_BAD_INTENSITY, bad_result, NULL},
    {"NaN in a result", CEF_METER_BAD_NUMBER, nan_result, NULL},
    {"truncated", CEF_METER_TRUNCATED, NULL, cut},
    {"shorter than a head", CEF_METER_TRUNCATED, NULL, stump},
    {"empty", CEF_METER_TRUNCATED, NULL, empty},
    {"too long", CEF_METER_OVERSIZE, NULL, longer},
    {"longer than any", CEF_METER_OVERSIZE, NULL, huge},
    {"not a meter's", CEF_METER_MALFORMED, NULL, magic},
    {"version 2", CEF_METER_BAD_VERSION, NULL, version},
    {"200 facts", CEF_METER_MALFORMED, NULL, counts},
    {"wrong length", CEF_METER_MALFORMED, NULL, lies_length},
};

static cef_meter_message good(void)
{
    return (cef_meter_message){.epoch = 3,
                               .interval = 7,
                               .from = 1,
                               .to = 2,
                               .link = 9,
                               .boot = 1,
                               .sequence = 2,
                               .reading = 10.0,
                               .intensity = 0.5,
                               .bound = 0.1,
                               .unresolved = 0.3};
}

Test(meter_messages, hostile)
{
    cef_meter *meter = make(second_memory, 2, 1, -9.0, 0.0);
    uint8_t bytes[2 * CEF_METER_MESSAGE_BYTES] = {0}, before[sizeof second_memory];
    cef_meter_message m = good();
    m.sequence = 1;
    const size_t n = cef_meter_encode(&m, bytes, sizeof bytes);
    cr_assert(cef_meter_receive(meter, bytes, n) == CEF_METER_ACCEPTED);
    memcpy(before, second_memory, sizeof before);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        m = good();
        if (cases[k].spoil)
            cases[k].spoil(&m);
        size_t length = cef_meter_encode(&m, bytes, sizeof bytes);
        cr_assert(length > 0, "%s", cases[k].name);
        if (cases[k].damage)
            cases[k].damage(bytes, &length);
        const uint64_t count = refused[cases[k].verdict];
        const cef_meter_verdict verdict = cef_meter_receive(meter, bytes, length);
        cr_assert(verdict == cases[k].verdict, "%s: %s, expected %s", cases[k].name, cef_meter_verdict_name(verdict),
                  cef_meter_verdict_name(cases[k].verdict));
        cr_assert(refused[verdict] == count + 1, "%s is not counted", cases[k].name);
        cr_assert(memcmp(before, second_memory, sizeof before) == 0, "%s changed the meter", cases[k].name);
    }
    m = good();
    const size_t fine = cef_meter_encode(&m, bytes, sizeof bytes);
    cr_assert(cef_meter_receive(meter, bytes, fine) == CEF_METER_ACCEPTED, "the good one is taken after all that");
}

/* Readings of both ends that contradict: the neighbour's intensity is not used, and the value is an interval. */
Test(meter_messages, contradiction)
{
    uint8_t bytes[CEF_METER_MESSAGE_BYTES];
    cef_meter *meter = make(second_memory, 2, 1, -9.0, 1.0);
    cef_meter_message m = good();
    cef_meter_reading r = {.struct_size = sizeof r};
    m.reading = 30.0, m.flags = CEF_METER_FINAL, m.unresolved = 0.0, m.bound = 0.0;
    cr_assert(cef_meter_receive(meter, bytes, cef_meter_encode(&m, bytes, sizeof bytes)) == CEF_METER_ACCEPTED);
    cef_meter_step(meter);
    cr_assert(cef_meter_read(meter, &r, NULL) == CEF_OK && r.n_quarantined == 1 &&
              r.quality == CEF_QUALITY_QUARANTINED && r.final_value == 1);
    cr_assert(r.bound >= 0.45, "9 of 10 MW are worth between 0 and 1: bound %g", r.bound);
}

/* The peer is stricter: what it calls a contradiction is one, as long as the value is not final. */
Test(meter_messages, contradiction_by_the_other_end)
{
    uint8_t bytes[CEF_METER_MESSAGE_BYTES];
    rules.reading_tol_rel = 10.0; /* this end would believe anything */
    for (int final_before = 0; final_before < 2; final_before++) {
        cef_meter *meter = make(second_memory, 2, 1, -9.0, 1.0);
        cef_meter_message m = good();
        cef_meter_reading r = {.struct_size = sizeof r};
        m.reading = 30.0, m.unresolved = 0.0, m.bound = 0.0, m.flags = CEF_METER_FINAL;
        if (final_before) {
            cr_assert(cef_meter_receive(meter, bytes, cef_meter_encode(&m, bytes, sizeof bytes)) == CEF_METER_ACCEPTED);
            cef_meter_step(meter);
            m.sequence++;
        }
        m.flags = CEF_METER_FINAL | CEF_METER_QUARANTINED;
        cr_assert(cef_meter_receive(meter, bytes, cef_meter_encode(&m, bytes, sizeof bytes)) == CEF_METER_ACCEPTED);
        cef_meter_step(meter);
        cr_assert(cef_meter_read(meter, &r, NULL) == CEF_OK && r.final_value == 1);
        cr_assert(r.n_quarantined == 1);
        cr_assert(final_before ? r.bound < 1e-9 : r.bound >= 0.45, "bound %g", r.bound);
    }
}

/* ---- registers ---- */

Test(meter_messages, registers)
{
    cef_meter_registers r;
    cr_assert(cef_meter_registers_init(&r, sizeof r, 20000, NULL) == CEF_OK);
    cr_assert(cef_meter_registers_book(&r, 20000, 3, 2.0, 0.5, 0.25, CEF_QUALITY_MEASURED, NULL) == CEF_OK);
    cr_assert(cef_meter_registers_book(&r, 20000, 3, -1.0, 0.5, 0.25, CEF_QUALITY_KIRCHHOFF, NULL) == CEF_OK);
    cr_assert(r.slot[3].wh[CEF_METER_IMPORT] == 500000 && r.slot[3].g[CEF_METER_IMPORT] == 250000);
    cr_assert(r.slot[3].wh[CEF_METER_EXPORT] == 250000 && r.slot[3].quality == CEF_QUALITY_KIRCHHOFF);
    cr_assert(cef_meter_registers_correct(&r, 20000, 3, CEF_METER_IMPORT, -0.1, -0.02, NULL) == CEF_OK);
    cr_assert(r.slot[3].late_wh[0] == -100000 && r.slot[3].late_g[0] == -20000 && r.slot[3].n_late == 1);
    cr_assert(r.slot[3].wh[0] == 500000, "what was booked stays");
    cr_assert(cef_meter_registers_book(&r, 20001, 3, 1, 1, 1, 0, NULL) == CEF_ERR_ARGUMENT, "another day");
    cr_assert(cef_meter_registers_book(&r, 20000, 96, 1, 1, 1, 0, NULL) == CEF_ERR_ARGUMENT, "no such slot");
    cr_assert(cef_meter_registers_book(&r, 20000, 0, (double) NAN, 1, 1, 0, NULL) == CEF_ERR_ARGUMENT);
    cr_assert(cef_meter_registers_book(&r, 20000, 0, 1e30, 1, 1, 0, NULL) == CEF_ERR_ARGUMENT, "does not fit");
    cr_assert(cef_meter_registers_correct(&r, 20000, 0, 7, 1, 1, NULL) == CEF_ERR_ARGUMENT && r.n_refused == 5);
}
