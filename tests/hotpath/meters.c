/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: rounds of meters allocate nothing, with and without faults, loops and restarts, whatever the transport loses
 * or delays. Two counts say so: the context's allocator, and every malloc of the process. Own main(): leaks count. */
#include <stdlib.h>

#include "meter/field.h"
#include "process_malloc.h"
#include "support.h"

typedef struct {
    long counted, process, finals, loops, left, refused;
} tally;

static void run(const model *m, const cef_meter_field_options *options, tally *t)
{
    counting count = {0};
    const cef_allocator allocator = counting_allocator(&count);
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    settings.on_unfed_loop = CEF_UNFED_MARK;
    session s = session_open(m, &settings, &allocator);
    const cef_snapshot snapshot = model_snapshot(m);
    cef_meter_roll *roll = NULL;
    cef_meter_field *field = NULL;
    cef_meter_field_info info = {.struct_size = sizeof info};
    if (cef_meter_roll_create(s.ctx, s.net, &settings, &snapshot, &roll, NULL) != CEF_OK ||
        cef_meter_field_create(s.ctx, roll, options, &field, NULL) != CEF_OK) {
        t->counted = -1000;
    } else {
        const long counted = count.asked, process = process_allocations();
        const cef_status status = cef_meter_field_run(field, 3000, &info, NULL);
        t->counted += count.asked - counted + (status != CEF_OK);
        t->process += process_allocations() - process;
        t->finals += info.n_final == m->n_bus;
        t->loops += roll->info.clusters > 0;
        t->refused += info.refused[CEF_METER_REPLAYED] > 0;
    }
    cef_meter_field_destroy(field);
    cef_meter_roll_destroy(roll);
    session_close(&s);
    t->left += count.live != 0 || count.bytes != 0;
}

int main(void)
{
    tally t = {0};
    int runs = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        dice d = {seed};
        model m = random_model(&d, dice_between(&d, 2, 40), RANDOM_ALL);
        cef_meter_field_options options;
        cef_meter_field_options_init(&options, sizeof options);
        options.seed = seed, options.until_final = 1;
        for (int faults = 0; faults < 2; faults++, runs++) {
            run(&m, &options, &t);
            options.loss_rate = 0.3, options.duplicate_rate = 0.2, options.delay = 3, options.restart_rate = 0.3;
        }
        model_free(&m);
    }
    /* a loop for the sparse elimination and one for the dense */
    for (cef_index n = 60; n <= 120; n += 60, runs++) {
        dice d = {(uint64_t) n};
        model m = model_make(n);
        for (cef_index k = 0; k < n; k++)
            model_arc(&m, k, (k + 1) % n, 10.0 + dice_unit(&d), 10.0);
        model_gen(&m, 0, 5.0, 0.5);
        cef_meter_field_options options;
        cef_meter_field_options_init(&options, sizeof options);
        options.until_final = 1;
        run(&m, &options, &t);
        model_free(&m);
    }
    int failed = verdict("rounds_ask_the_allocator_for_nothing", t.counted == 0);
    if (process_counts())
        failed += verdict("rounds_call_no_malloc", t.process == 0 && process_allocations() > 0);
    failed += verdict("the_rounds_were_eventful", t.finals == runs && t.loops > 40 && t.refused > 40);
    failed += verdict("fields_leave_nothing", t.left == 0);
    return failed != 0;
}
