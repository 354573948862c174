/* SPDX-License-Identifier: Apache-2.0 */
/* Structs of cef/meter.h of other sizes than this libcef's. */
#include "sizes.h"

static world w;
static cef_error error;
static cef_meter_roll *roll;
static cef_meter_field *field;
static cef_meter_rules rules;
static cef_meter *meter;
static _Alignas(8) uint8_t memory[512];

static void open_meters(void)
{
    const cef_snapshot snapshot = world_snapshot();
    world_open(&w);
    error = (cef_error){.struct_size = sizeof error};
    cef_meter_rules_init(&rules, sizeof rules);
    const cef_meter_setup setup = {.struct_size = sizeof setup, .rules = &rules};
    cr_assert(cef_meter_roll_create(w.ctx, w.net, NULL, &snapshot, &roll, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_meter_field_create(w.ctx, roll, NULL, &field, &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_meter_init(&setup, memory, sizeof memory, &meter, &error) == CEF_OK, "%s", error.message);
}

static void close_meters(void)
{
    cef_meter_field_destroy(field);
    cef_meter_roll_destroy(roll);
    world_close(&w);
}

TestSuite(meter_sizes, .init = open_meters, .fini = close_meters);

static cef_status give_setup(const void *input, cef_error *e)
{
    cef_meter *out = NULL;
    return cef_meter_init(input, memory, sizeof memory, &out, e);
}

static cef_status give_options(const void *input, cef_error *e)
{
    cef_meter_field *out = NULL;
    const cef_status status = cef_meter_field_create(w.ctx, roll, input, &out, e);
    cef_meter_field_destroy(out);
    return status;
}

Test(meter_sizes, input)
{
    const cef_meter_setup setup = {.struct_size = sizeof setup, .rules = &rules};
    cef_meter_field_options options;
    cef_meter_field_options_init(&options, sizeof options);
    check_input("cef_meter_setup", give_setup, &setup, sizeof setup);
    check_input("cef_meter_field_options", give_options, &options, sizeof options);
}

static cef_status take_roll(void *out, cef_error *e) { return cef_meter_roll_describe(roll, out, e); }
static cef_status take_setup(void *out, cef_error *e) { return cef_meter_roll_setup(roll, 0, out, NULL, NULL, e); }
static cef_status take_info(void *out, cef_error *e) { return cef_meter_field_run(field, 0, out, e); }
static cef_status take_reading(void *out, cef_error *e) { return cef_meter_read(meter, out, e); }

Test(meter_sizes, output)
{
    check_output("cef_meter_roll_info", take_roll, sizeof(cef_meter_roll_info));
    check_output("cef_meter_setup", take_setup, sizeof(cef_meter_setup));
    check_output("cef_meter_field_info", take_info, sizeof(cef_meter_field_info));
    check_output("cef_meter_reading", take_reading, sizeof(cef_meter_reading));
}

/* Rules are lent, not copied: a struct that this libcef does not know whole is refused. */
Test(meter_sizes, rules)
{
    const cef_meter_setup setup = {.struct_size = sizeof setup, .rules = &rules};
    rules.struct_size = sizeof rules - 8;
    cr_assert(cef_meter_init(&setup, memory, sizeof memory, &meter, &error) == CEF_ERR_STRUCT_SIZE);
    cef_meter_rules_init(&rules, sizeof rules);
    rules.e_min = 1.0; /* above e_max */
    cr_assert(cef_meter_init(&setup, memory, sizeof memory, &meter, &error) == CEF_ERR_ARGUMENT);
}

Test(meter_sizes, inits)
{
    for (size_t size = sizeof(size_t); size <= sizeof(cef_meter_field_options) + TAIL; size += 4) {
        _Alignas(16) unsigned char bytes[sizeof(cef_meter_field_options) + 2 * TAIL];
        memset(bytes, UNTOUCHED, sizeof bytes);
        cef_meter_field_options_init((cef_meter_field_options *) (void *) bytes, size);
        for (size_t k = size; k < sizeof bytes; k++)
            cr_assert(bytes[k] == UNTOUCHED, "byte %zu of a struct of %zu was written", k, size);
        memset(bytes, UNTOUCHED, sizeof bytes);
        cef_meter_rules_init((cef_meter_rules *) (void *) bytes, size < sizeof rules + TAIL ? size : sizeof rules);
        for (size_t k = size < sizeof rules + TAIL ? size : sizeof rules; k < sizeof bytes; k++)
            cr_assert(bytes[k] == UNTOUCHED, "byte %zu of a struct of %zu was written", k, size);
    }
}
