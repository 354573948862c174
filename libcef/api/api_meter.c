/* SPDX-License-Identifier: Apache-2.0 */
/* Exported: carbon meters. */
#include "meter/meter.h"

static cef_status missing(const char *what, cef_error *error)
{
    return error_format(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "%s is NULL", what);
}

static cef_status check_output(const void *out, cef_error *error)
{
    size_t size = 0;
    if (!out)
        return missing("out", error);
    memcpy(&size, out, sizeof size);
    return size >= sizeof(size_t) ? CEF_OK
                                  : error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE, "out->struct_size is not set");
}

static void init_struct(void *theirs, size_t struct_size, const void *own, size_t own_size)
{
    memset(theirs, 0, struct_size);
    memcpy(theirs, &struct_size, sizeof struct_size);
    struct_write(theirs, own, own_size);
}

/* ---- messages ---- */

size_t cef_meter_encode(const cef_meter_message *message, uint8_t *bytes, size_t size)
{
    if (!message || !bytes)
        return 0;
    const message_view view = {message, message->fact, message->item, message->result, false};
    return message_encode(&view, bytes, size);
}

cef_meter_verdict cef_meter_decode(const uint8_t *bytes, size_t length, cef_meter_message *message)
{
    if (!bytes || !message)
        return CEF_METER_TRUNCATED;
    return message_decode(bytes, length, message);
}

const char *cef_meter_verdict_name(cef_meter_verdict verdict) { return message_verdict_name(verdict); }
const char *cef_meter_quality_name(int32_t quality) { return meter_quality_name(quality); }

/* ---- one meter ---- */

void cef_meter_rules_init(cef_meter_rules *rules, size_t struct_size)
{
    if (!rules || struct_size < sizeof(size_t))
        return;
    cef_meter_rules own;
    rules_default(&own);
    init_struct(rules, struct_size, &own, sizeof own);
}

size_t cef_meter_state_size(int32_t n_links) { return meter_state_size(n_links); }
size_t cef_meter_arena_size(int32_t n_rows, int32_t n_arcs) { return arena_size(n_rows, n_arcs); }

cef_status cef_meter_init(const cef_meter_setup *setup, void *memory, size_t size, cef_meter **out, cef_error *error)
{
    if (!out)
        return missing("out", error);
    *out = NULL;
    if (!setup || !memory)
        return missing("setup or memory", error);
    cef_meter_setup own;
    CEF_TRY(struct_read(&own, sizeof own, setup, sizeof(size_t), "setup", error));
    CEF_TRY(meter_setup_check(&own, error));
    if (size < meter_state_size(own.n_links))
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_METER, -1, own.meter, (double) size),
                            "%d bytes do not hold a meter of %d links: cef_meter_state_size tells how many do",
                            (int64_t) size, (int64_t) own.n_links);
    if ((uintptr_t) memory % 8 != 0)
        return error_set(error, DIAG_BAD_ARGUMENT, CEF_NOWHERE, "memory is not 8-byte aligned");
    *out = meter_init(&own, memory);
    return CEF_OK;
}

cef_meter_verdict cef_meter_receive(cef_meter *meter, const uint8_t *bytes, size_t length)
{
    return meter && bytes ? meter_receive(meter, bytes, length) : CEF_METER_TRUNCATED;
}

void cef_meter_step(cef_meter *meter)
{
    if (meter)
        meter_step(meter);
}

size_t cef_meter_send(cef_meter *meter, int32_t link, uint8_t *bytes, size_t size)
{
    if (!meter || !bytes || link < 0 || link >= meter->n_links || size < CEF_METER_MESSAGE_BYTES)
        return 0;
    cef_meter_message head;
    message_view view;
    return meter_compose(meter, link, &head, &view) ? message_encode(&view, bytes, size) : 0;
}

cef_status cef_meter_read(const cef_meter *meter, cef_meter_reading *out, cef_error *error)
{
    if (!meter)
        return missing("meter", error);
    CEF_TRY(check_output(out, error));
    meter_read(meter, out);
    return CEF_OK;
}

/* ---- registers ---- */

cef_status cef_meter_registers_init(cef_meter_registers *registers, size_t struct_size, int64_t day, cef_error *error)
{
    if (!registers)
        return missing("registers", error);
    if (struct_size != sizeof *registers)
        return error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE, "registers are not of the size this libcef knows");
    registers->struct_size = struct_size;
    registers_init(registers, day);
    return CEF_OK;
}

static cef_status check_registers(const cef_meter_registers *registers, cef_error *error)
{
    if (!registers)
        return missing("registers", error);
    return registers->struct_size == sizeof *registers
               ? CEF_OK
               : error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE, "call cef_meter_registers_init first");
}

cef_status cef_meter_registers_book(cef_meter_registers *registers, int64_t day, int32_t slot, double power_mw,
                                    double intensity, double hours, int32_t quality, cef_error *error)
{
    CEF_TRY(check_registers(registers, error));
    return registers_book(registers, day, slot, power_mw, intensity, hours, quality, error);
}

cef_status cef_meter_registers_correct(cef_meter_registers *registers, int64_t day, int32_t slot, int32_t direction,
                                       double energy_mwh, double carbon_t, cef_error *error)
{
    CEF_TRY(check_registers(registers, error));
    return registers_correct(registers, day, slot, direction, energy_mwh, carbon_t, error);
}

/* ---- a grid's meters ---- */

cef_status cef_meter_roll_create(cef_context *ctx, const cef_network *net, const cef_settings *settings,
                                 const cef_snapshot *snapshot, cef_meter_roll **out, cef_error *error)
{
    if (!out)
        return missing("out", error);
    *out = NULL;
    if (!ctx || !net)
        return missing("ctx or net", error);
    cef_settings own_settings;
    cef_snapshot own_snapshot;
    CEF_TRY(settings_read(settings, &own_settings, error));
    CEF_TRY(struct_read(&own_snapshot, sizeof own_snapshot, snapshot, sizeof(size_t), "snapshot", error));
    return roll_create(ctx, (cef_network *) net, &own_settings, &own_snapshot, out, error); /* only its count changes */
}

void cef_meter_roll_destroy(cef_meter_roll *roll) { roll_release(roll); }

cef_status cef_meter_roll_describe(const cef_meter_roll *roll, cef_meter_roll_info *out, cef_error *error)
{
    if (!roll)
        return missing("roll", error);
    CEF_TRY(check_output(out, error));
    struct_write(out, &roll->info, sizeof roll->info);
    return CEF_OK;
}

cef_status cef_meter_roll_setup(const cef_meter_roll *roll, cef_index bus, cef_meter_setup *out, int32_t *cluster_rows,
                                int32_t *cluster_arcs, cef_error *error)
{
    if (!roll)
        return missing("roll", error);
    CEF_TRY(check_output(out, error));
    if (bus < 0 || bus >= roll->info.n_bus)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_BUS, bus, -1, bus),
                            "bus %d does not exist: the roll has %d", (int64_t) bus, (int64_t) roll->info.n_bus);
    cef_meter_setup own;
    roll_setup(roll, bus, &own);
    struct_write(out, &own, sizeof own);
    const int32_t cluster = roll->cluster[bus];
    if (cluster_rows)
        *cluster_rows = cluster < 0 ? 0 : roll->cluster_rows[cluster];
    if (cluster_arcs)
        *cluster_arcs = cluster < 0 ? 0 : roll->cluster_arcs[cluster];
    return CEF_OK;
}

size_t cef_meter_roll_arena_size(const cef_meter_roll *roll, cef_index bus)
{
    return roll && bus >= 0 && bus < roll->info.n_bus ? roll_arena_size(roll, roll->cluster[bus]) : 0;
}

/* ---- all of them in one process ---- */

void cef_meter_field_options_init(cef_meter_field_options *options, size_t struct_size)
{
    if (!options || struct_size < sizeof(size_t))
        return;
    cef_meter_field_options own;
    field_options_default(&own);
    init_struct(options, struct_size, &own, sizeof own);
}

cef_status cef_meter_field_create(cef_context *ctx, const cef_meter_roll *roll, const cef_meter_field_options *options,
                                  cef_meter_field **out, cef_error *error)
{
    if (!out)
        return missing("out", error);
    *out = NULL;
    if (!ctx || !roll)
        return missing("ctx or roll", error);
    cef_meter_field_options own, read;
    field_options_default(&own);
    if (options) {
        CEF_TRY(struct_read(&read, sizeof read, options, sizeof(size_t), "options", error));
        memcpy(&own, &read, options->struct_size < sizeof own ? options->struct_size : sizeof own);
    }
    return field_create(ctx, roll, &own, out, error);
}

void cef_meter_field_destroy(cef_meter_field *field) { field_destroy(field); }

cef_status cef_meter_field_run(cef_meter_field *field, int64_t max_rounds, cef_meter_field_info *info, cef_error *error)
{
    if (!field)
        return missing("field", error);
    if (info)
        CEF_TRY(check_output(info, error));
    if (max_rounds < 0)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) max_rounds),
                            "max_rounds cannot be %d", max_rounds);
    cef_meter_field_info own;
    field_run(field, max_rounds, info ? &own : NULL);
    if (info)
        struct_write(info, &own, sizeof own);
    return CEF_OK;
}

cef_status cef_meter_field_read(const cef_meter_field *field, double *intensity, double *bound, int32_t *quality,
                                cef_error *error)
{
    if (!field)
        return missing("field", error);
    field_read(field, intensity, bound, quality);
    return CEF_OK;
}
