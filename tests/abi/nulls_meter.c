/* SPDX-License-Identifier: Apache-2.0 */
/* NULL arguments: meters, rolls, fields, registers. */
#include "nulls.h"

NULLS(nulls_meter);

static cef_meter_roll *roll_of(void)
{
    const cef_snapshot snapshot = world_snapshot();
    cef_meter_roll *roll = NULL;
    cr_assert(cef_meter_roll_create(w.ctx, w.net, NULL, &snapshot, &roll, &error) == CEF_OK, "%s", error.message);
    return roll;
}

Test(nulls_meter, meter_roll)
{
    const cef_snapshot snapshot = world_snapshot();
    cef_meter_roll *roll = NULL;
    cef_meter_roll_info info = {.struct_size = sizeof info};
    cef_meter_setup setup = {.struct_size = sizeof setup};
    REFUSED_OUT(roll, cef_meter_roll_create(NULL, w.net, NULL, &snapshot, &roll, &error),
                cef_meter_roll_create(NULL, w.net, NULL, &snapshot, &roll, NULL));
    REFUSED_OUT(roll, cef_meter_roll_create(w.ctx, NULL, NULL, &snapshot, &roll, &error),
                cef_meter_roll_create(w.ctx, NULL, NULL, &snapshot, &roll, NULL));
    REFUSED_OUT(roll, cef_meter_roll_create(w.ctx, w.net, NULL, NULL, &roll, &error),
                cef_meter_roll_create(w.ctx, w.net, NULL, NULL, &roll, NULL));
    REFUSED(cef_meter_roll_create(w.ctx, w.net, NULL, &snapshot, NULL, &error),
            cef_meter_roll_create(w.ctx, w.net, NULL, &snapshot, NULL, NULL));
    roll = roll_of();
    REFUSED(cef_meter_roll_describe(NULL, &info, &error), cef_meter_roll_describe(NULL, &info, NULL));
    REFUSED(cef_meter_roll_describe(roll, NULL, &error), cef_meter_roll_describe(roll, NULL, NULL));
    REFUSED(cef_meter_roll_setup(NULL, 0, &setup, NULL, NULL, &error),
            cef_meter_roll_setup(NULL, 0, &setup, NULL, NULL, NULL));
    REFUSED(cef_meter_roll_setup(roll, 0, NULL, NULL, NULL, &error),
            cef_meter_roll_setup(roll, 0, NULL, NULL, NULL, NULL));
    cr_assert(cef_meter_roll_setup(roll, 77, &setup, NULL, NULL, &error) == CEF_ERR_ARGUMENT);
    cr_assert(cef_meter_roll_arena_size(NULL, 0) == 0 && cef_meter_roll_arena_size(roll, -1) == 0 &&
              cef_meter_roll_arena_size(roll, 77) == 0);
    cef_meter_roll_destroy(roll);
    cef_meter_roll_destroy(NULL);
}

Test(nulls_meter, meter_field)
{
    cef_meter_roll *roll = roll_of();
    cef_meter_field *field = NULL;
    cef_meter_field_options_init(NULL, sizeof(cef_meter_field_options));
    REFUSED_OUT(field, cef_meter_field_create(NULL, roll, NULL, &field, &error),
                cef_meter_field_create(NULL, roll, NULL, &field, NULL));
    REFUSED_OUT(field, cef_meter_field_create(w.ctx, NULL, NULL, &field, &error),
                cef_meter_field_create(w.ctx, NULL, NULL, &field, NULL));
    REFUSED(cef_meter_field_create(w.ctx, roll, NULL, NULL, &error),
            cef_meter_field_create(w.ctx, roll, NULL, NULL, NULL));
    REFUSED(cef_meter_field_run(NULL, 1, NULL, &error), cef_meter_field_run(NULL, 1, NULL, NULL));
    REFUSED(cef_meter_field_read(NULL, NULL, NULL, NULL, &error), cef_meter_field_read(NULL, NULL, NULL, NULL, NULL));
    cr_assert(cef_meter_field_create(w.ctx, roll, NULL, &field, &error) == CEF_OK, "%s", error.message);
    cef_meter_roll_destroy(roll);
    cr_assert(cef_meter_field_run(field, 9, NULL, &error) == CEF_OK &&
              cef_meter_field_read(field, 0, 0, 0, 0) == CEF_OK);
    cef_meter_field_destroy(field);
    cef_meter_field_destroy(NULL);
}

Test(nulls_meter, meter)
{
    cef_meter_rules rules;
    cef_meter *meter = NULL;
    cef_meter_reading reading = {.struct_size = sizeof reading};
    _Alignas(8) uint8_t memory[512], bytes[CEF_METER_MESSAGE_BYTES];
    cef_meter_message message = {.from = 1};
    cef_meter_rules_init(NULL, sizeof rules);
    cef_meter_rules_init(&rules, sizeof rules);
    const cef_meter_setup setup = {.struct_size = sizeof setup, .rules = &rules, .meter = 1};
    const cef_meter_setup no_rules = {.struct_size = sizeof setup, .meter = 1};
    const cef_meter_setup no_links = {.struct_size = sizeof setup, .rules = &rules, .meter = 1, .n_links = 1};
    cr_assert(cef_meter_state_size(0) == 512 && cef_meter_state_size(3) == 512 + 3 * 64);
    cr_assert(cef_meter_state_size(-1) == 0 && cef_meter_arena_size(1, 9) == 0 && cef_meter_arena_size(2, 2) > 0);
    REFUSED_OUT(meter, cef_meter_init(NULL, memory, sizeof memory, &meter, &error),
                cef_meter_init(NULL, memory, sizeof memory, &meter, NULL));
    REFUSED_OUT(meter, cef_meter_init(&setup, NULL, sizeof memory, &meter, &error),
                cef_meter_init(&setup, NULL, sizeof memory, &meter, NULL));
    REFUSED_OUT(meter, cef_meter_init(&no_rules, memory, sizeof memory, &meter, &error),
                cef_meter_init(&no_rules, memory, sizeof memory, &meter, NULL));
    REFUSED_OUT(meter, cef_meter_init(&no_links, memory, sizeof memory, &meter, &error),
                cef_meter_init(&no_links, memory, sizeof memory, &meter, NULL));
    REFUSED(cef_meter_init(&setup, memory, sizeof memory, NULL, &error),
            cef_meter_init(&setup, memory, sizeof memory, NULL, NULL));
    cr_assert(cef_meter_init(&setup, memory, sizeof memory - 1, &meter, &error) == CEF_ERR_ARGUMENT);
    cr_assert(cef_meter_init(&setup, memory, sizeof memory, &meter, &error) == CEF_OK, "%s", error.message);
    REFUSED(cef_meter_read(NULL, &reading, &error), cef_meter_read(NULL, &reading, NULL));
    REFUSED(cef_meter_read(meter, NULL, &error), cef_meter_read(meter, NULL, NULL));
    cr_assert(cef_meter_receive(NULL, bytes, 1) == CEF_METER_TRUNCATED);
    cr_assert(cef_meter_receive(meter, NULL, 1) == CEF_METER_TRUNCATED);
    cr_assert(cef_meter_send(NULL, 0, bytes, sizeof bytes) == 0 && cef_meter_send(meter, 0, NULL, 9) == 0);
    cr_assert(cef_meter_send(meter, 5, bytes, sizeof bytes) == 0);
    cef_meter_step(NULL);
    cr_assert(cef_meter_encode(NULL, bytes, sizeof bytes) == 0 && cef_meter_encode(&message, NULL, 99) == 0);
    cr_assert(cef_meter_decode(NULL, 9, &message) == CEF_METER_TRUNCATED);
    cr_assert(cef_meter_decode(bytes, sizeof bytes, NULL) == CEF_METER_TRUNCATED);
    cr_assert(cef_meter_verdict_name(-1) && cef_meter_verdict_name(99) && cef_meter_quality_name(-1));
}

Test(nulls_meter, meter_registers)
{
    cef_meter_registers registers = {0};
    REFUSED(cef_meter_registers_init(NULL, sizeof registers, 0, &error),
            cef_meter_registers_init(NULL, sizeof registers, 0, NULL));
    REFUSED(cef_meter_registers_book(NULL, 0, 0, 1, 1, 1, 0, &error),
            cef_meter_registers_book(NULL, 0, 0, 1, 1, 1, 0, NULL));
    REFUSED(cef_meter_registers_correct(NULL, 0, 0, 0, 1, 1, &error),
            cef_meter_registers_correct(NULL, 0, 0, 0, 1, 1, NULL));
    cr_assert(cef_meter_registers_init(&registers, 7, 0, &error) == CEF_ERR_STRUCT_SIZE);
    cr_assert(cef_meter_registers_book(&registers, 0, 0, 1, 1, 1, 0, &error) == CEF_ERR_STRUCT_SIZE);
}
