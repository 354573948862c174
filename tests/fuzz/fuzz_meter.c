/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a meter's message: decoded, encoded again to the same bytes, and given to a meter that leads a loop;
 * nothing may crash or read past the end, and its value stays within its limits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cef/cef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(const uint8_t *bytes, size_t size)
{
    uint8_t again[CEF_METER_MESSAGE_BYTES];
    cef_meter_message m;
    if (cef_meter_decode(bytes, size, &m) == CEF_METER_ACCEPTED &&
        (cef_meter_encode(&m, again, sizeof again) != size || memcmp(bytes, again, size) != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(8) uint8_t memory[512 + 2 * 64], arena[4096];
    uint8_t *bytes = malloc(size ? size : 1); /* exact, so that a sanitizer sees a read past the end */
    cef_meter_rules rules;
    cef_meter_rules_init(&rules, sizeof rules);
    rules.e_max = 1.0;
    rules.epoch = 1;
    const cef_meter_link link[2] = {{.peer = 2, .number = 1, .reading = -5.0, .prior = (double) NAN},
                                    {.peer = 2, .number = 2, .reading = 4.0, .prior = (double) NAN}};
    const cef_meter_setup setup = {.struct_size = sizeof setup,
                                   .rules = &rules,
                                   .link = link,
                                   .arena = arena,
                                   .arena_size = cef_meter_arena_size(4, 8),
                                   .arena_rows = 4,
                                   .source_mw = 1.0,
                                   .source_carbon = 0.5,
                                   .balance_mw = (double) NAN,
                                   .meter = 1,
                                   .interval = 1,
                                   .n_links = 2};
    cef_meter *meter = NULL;
    cef_meter_reading r = {.struct_size = sizeof r};
    if (!bytes || setup.arena_size > sizeof arena ||
        cef_meter_init(&setup, memory, sizeof memory, &meter, NULL) != CEF_OK)
        abort();
    memcpy(bytes, data, size);
    decode(bytes, size);
    for (int round = 0; round < 3; round++) {
        (void) cef_meter_receive(meter, bytes, size);
        cef_meter_step(meter);
        if (cef_meter_read(meter, &r, NULL) != CEF_OK ||
            !(isnan(r.intensity) || (r.intensity >= 0.0 && r.intensity <= 1.0)))
            abort();
    }
    free(bytes);
    return 0;
}
