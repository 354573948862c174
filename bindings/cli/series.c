/* SPDX-License-Identifier: Apache-2.0 */
/* cef series: the verb. */
#include "series.h"

#include <stdio.h>
#include <stdlib.h>

#include "say.h"
#include "verbs.h"

static int check_merge(const cli_args *args)
{
    for (int option = 0; option < OPTION_COUNT; option++)
        if (args->option[option].given && option != OPTION_MERGE && option != OPTION_OUTPUT &&
            option != OPTION_OVERWRITE && option != OPTION_FORMAT)
            return say_usage(VERB_SERIES, "--merge takes the settings of its slices: --%s is not for it",
                             cli_options[option].name);
    return CLI_DONE;
}

static int check_run(const cli_args *args)
{
    const cli_value *option = args->option;
    if (args->n_argument != 1)
        return say_usage(VERB_SERIES, "unexpected argument '%s'", args->argument[1]);
    if (!option[OPTION_PROFILES].given)
        return say_usage(VERB_SERIES, "--profiles is missing");
    if (!(option[OPTION_HOURS].number > 0.0 && option[OPTION_HOURS].number <= 8784.0))
        return say_usage(VERB_SERIES, "--hours cannot be %s: it takes a number above 0, at most 8784",
                         option[OPTION_HOURS].text);
    if (option[OPTION_THREADS].given && (option[OPTION_THREADS].integer < 1 || option[OPTION_THREADS].integer > 256))
        return say_usage(VERB_SERIES, "--threads cannot be %s: it takes 1 to 256", option[OPTION_THREADS].text);
    if (option[OPTION_STRICT].given && option[OPTION_MISMATCH_INTENSITY].given)
        return say_usage(VERB_SERIES,
                         "--strict and --mismatch-intensity exclude each other: one refuses an imbalance, the "
                         "other supplies it");
    return CLI_DONE;
}

static int check_usage(const cli_args *args)
{
    if (!args->option[OPTION_OUTPUT].given)
        return say_usage(VERB_SERIES, "--output is missing: the folder that gets the results");
    return args->option[OPTION_MERGE].given ? check_merge(args) : check_run(args);
}

static void say_interrupted(const series_job *job)
{
    fprintf(stderr,
            "cef: interrupted: %lld of %lld blocks of %d periods are finished; the same command goes on there\n",
            (long long) job->store.done, (long long) series_block_count(&job->shape), SERIES_BLOCK);
}

static cef_status run(series_job *job, int *signal, cef_error *error)
{
    char *identity = NULL;
    CLI_TRY(series_open(job, error));
    CLI_TRY(series_identity(job, &identity, error));
    cef_status status = series_store_open(&job->store, job->args->option[OPTION_OUTPUT].text, &job->shape, identity,
                                          job->args->option[OPTION_OVERWRITE].given, series_head_write, job, error);
    free(identity);
    if (status == CEF_OK)
        status = series_run(job, signal, error);
    return status == CEF_OK && !*signal ? series_finish(&job->store, job->args, error) : status;
}

static int solve(const cli_args *args)
{
    cef_error error = {.struct_size = sizeof error};
    series_job job = {.args = args, .store = {.lock = -1, .sums = -1}};
    int signal = 0;
    for (int k = 0; k < SERIES_IN; k++)
        job.in[k].npy.fd = -1;
    for (int k = 0; k < SERIES_OUT; k++)
        job.store.out[k].fd = -1;
    const cef_status status = run(&job, &signal, &error);
    if (status == CEF_OK && signal)
        say_interrupted(&job);
    if (job.store.folder)
        series_store_close(&job.store, status != CEF_OK && status != CEF_ERR_CERTIFICATE);
    for (int k = 0; k < SERIES_IN; k++)
        profile_close(&job.in[k]);
    cef_case_destroy(job.source);
    cef_context_destroy(job.ctx);
    pool_release(&job.pool);
    if (status != CEF_OK)
        return say_error(&error);
    return signal ? CLI_SIGNAL + signal : CLI_DONE;
}

int verb_series(const cli_args *args)
{
    const int usage = check_usage(args);
    if (usage != CLI_DONE)
        return usage;
    if (!args->option[OPTION_MERGE].given)
        return solve(args);
    cef_error error = {.struct_size = sizeof error};
    return series_merge(args, &error) == CEF_OK ? CLI_DONE : say_error(&error);
}
