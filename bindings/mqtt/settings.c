/* SPDX-License-Identifier: Apache-2.0 */
/* Settings summed up: FNV-1a over numbers as eight bytes each, folded. */
#include "settings.h"

#include <math.h>
#include <string.h>

static void add_bytes(uint64_t *sum, const void *bytes, size_t n)
{
    for (const uint8_t *at = bytes; n > 0; at++, n--)
        *sum = (*sum ^ *at) * UINT64_C(0x100000001b3);
}

static void add_count(uint64_t *sum, int64_t count) { add_bytes(sum, &count, sizeof count); }

/* One zero, one NaN. */
static void add_number(uint64_t *sum, double value)
{
    const double plain = isnan(value) ? (double) INFINITY : value == 0.0 ? 0.0 : value;
    add_bytes(sum, &plain, sizeof plain);
}

static void add_numbers(uint64_t *sum, const double *values, cef_index n)
{
    add_count(sum, values ? n : -1);
    for (cef_index k = 0; values && k < n; k++)
        add_number(sum, values[k]);
}

static void add_solution(uint64_t *sum, const trace_job *job)
{
    const cli_value *o = job->args->option;
    add_count(sum, job->flow.solved ? job->flow.method : -1);
    if (!job->flow.solved)
        return;
    add_count(sum, o[OPTION_START_FROM].word);
    add_count(sum, o[OPTION_SLACK].word);
    add_count(sum, o[OPTION_REACTIVE_LIMITS].given);
    add_number(sum, o[OPTION_TOLERANCE].number);
    add_count(sum, (int64_t) o[OPTION_MAX_ITERATIONS].integer);
}

static void add_settings(uint64_t *sum, const trace_job *job)
{
    const cef_settings *s = &job->settings;
    const double numbers[] = {
        job->args->option[OPTION_FLOW_TOL].number, /* s->flow_tol knows what the solution misses */
        s->balance_tol, s->loss_split, s->mismatch_intensity, s->negative_load_intensity};
    const int32_t words[] = {s->loss_policy,  s->mixing,        s->net_parallel,
                             s->on_imbalance, s->on_unfed_loop, s->negative_loss};
    for (size_t k = 0; k < CLI_COUNT_OF(numbers); k++)
        add_number(sum, numbers[k]);
    for (size_t k = 0; k < CLI_COUNT_OF(words); k++)
        add_count(sum, words[k]);
}

uint32_t settings_of(const trace_job *job, const mqtt_roster *roster)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    add_bytes(&sum, job->info.sha256, strlen(job->info.sha256));
    add_solution(&sum, job);
    add_settings(&sum, job);
    add_count(&sum, job->args->option[OPTION_RELAX].given);
    add_numbers(&sum, job->snapshot.gen_intensity, job->net.n_gen);
    add_numbers(&sum, job->snapshot.load_intensity, job->net.n_load);
    add_numbers(&sum, job->snapshot.storage_intensity, job->net.n_storage);
    add_count(&sum, roster->n_agents);
    for (cef_index bus = 0; bus < roster->n_bus; bus++)
        add_count(&sum, roster->owner[bus]);
    return (uint32_t) (sum ^ sum >> 32);
}
