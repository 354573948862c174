/* SPDX-License-Identifier: Apache-2.0 */
/* cef meters: a meter at every bus, in this process. */
#include "meters.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "result.h"
#include "say.h"
#include "verbs.h"

static cef_meter_field_options options_of(const cli_args *args)
{
    const cli_value *o = args->option;
    cef_meter_field_options options;
    cef_meter_field_options_init(&options, sizeof options);
    options.seed = (uint64_t) o[OPTION_SEED].integer;
    options.loss_rate = o[OPTION_LOSS_RATE].number;
    options.duplicate_rate = o[OPTION_DUPLICATE].number;
    options.restart_rate = o[OPTION_RESTART].number;
    options.missing_rate = o[OPTION_MISSING].number;
    options.lying_rate = o[OPTION_LYING].number;
    options.frozen_rate = o[OPTION_FROZEN].number;
    options.delay = (int32_t) o[OPTION_DELAY].integer;
    options.clock_skew = (int32_t) o[OPTION_SKEW].integer;
    options.relax_only = o[OPTION_RELAX].given;
    return options;
}

static bool over_mqtt(const cli_args *args) { return args->option[OPTION_TRANSPORT].word == TRANSPORT_MQTT; }

bool meters_use_broker(const meters_job *job) { return over_mqtt(job->trace.args); }

/* Readings are missing or wrong: then a value can be final without being exact. */
static bool guesses(const meters_job *job) { return job->options.missing_rate > 0.0 || job->options.lying_rate > 0.0; }

double meters_promise(const meters_job *job)
{
    return job->options.tolerance * fmax(fabs(job->about.e_min), fabs(job->about.e_max));
}

/* Nothing that comes could matter: every value is certified or, where readings are missing or wrong and that may never
 * be, final, since no further round would change one. */
static bool is_done(const meters_job *job)
{
    const cef_meter_field_options *o = &job->options;
    const bool disturbed = o->restart_rate > 0.0 || o->frozen_rate > 0.0 || o->clock_skew > 0;
    const int64_t last = disturbed ? o->restart_rounds + o->clock_skew : 0; /* round with a fault of its own */
    const cef_index n = guesses(job) ? job->info.n_final : job->info.n_certified;
    return job->info.silent || (n == job->trace.net.n_bus && job->info.rounds > last);
}

static void show(const meters_job *job)
{
    char text[96];
    const int n = (int) job->trace.net.n_bus, exact = (int) job->info.n_certified;
    snprintf(text, sizeof text, "round %lld, %d of %d values certified", (long long) job->info.rounds, exact, n);
    say_progress(exact < n ? exact : n - 1, n, text);
}

/* In steps: to end when all is done, and of many meters to say how far they are. */
static cef_status run_field(meters_job *job, cef_error *error)
{
    enum { SHOWN = 4 };
    const int64_t most = (int64_t) job->trace.args->option[OPTION_MAX_ROUNDS].integer;
    const bool is_long = job->trace.net.n_bus >= TRACE_LONG_WORK / 4;
    const int64_t step = guesses(job) ? 1 : is_long ? SHOWN : most;
    int64_t before = 0, asked = 0;
    cef_status status = CEF_OK;
    do {
        const int64_t left = most - job->info.rounds;
        if (is_long && job->info.rounds > 0)
            show(job);
        before = job->info.rounds;
        asked = step < left ? step : left;
        status = cef_meter_field_run(job->field, asked, &job->info, error);
    } while (status == CEF_OK && !is_done(job) && job->info.rounds == before + asked && job->info.rounds < most);
    if (is_long)
        say_progress(1, 1, "");
    return status;
}

static cef_status find_values(meters_job *job, int32_t *quality, cef_error *error)
{
    const cli_args *args = job->trace.args;
    if (over_mqtt(args))
        return meters_over_mqtt(job->roll, job->trace.net.n_bus, args, job->intensity, job->bound, quality, &job->info,
                                error);
    CLI_TRY(cef_meter_field_create(job->trace.ctx, job->roll, &job->options, &job->field, error));
    CLI_TRY(run_field(job, error));
    return cef_meter_field_read(job->field, job->intensity, job->bound, quality, error);
}

static cef_status take_results(meters_job *job, cef_error *error)
{
    const size_t n = (size_t) job->trace.net.n_bus;
    int32_t *quality = NULL;
    CLI_TRY(pool_take(&job->trace.pool, n, sizeof *job->intensity, &job->intensity, error));
    CLI_TRY(pool_take(&job->trace.pool, n, sizeof *job->bound, &job->bound, error));
    CLI_TRY(pool_take(&job->trace.pool, n, sizeof *job->quality, &job->quality, error));
    CLI_TRY(pool_take(&job->trace.pool, n, sizeof *quality, &quality, error));
    CLI_TRY(find_values(job, quality, error));
    for (size_t bus = 0; bus < n; bus++)
        job->quality[bus] = (uint8_t) quality[bus];
    job->bus = (table){.name = "bus", .source = job->trace.source, .n_row = n};
    table_add_id(&job->bus, "id", CEF_BUS, NULL, job->trace.info.numeric_bus);
    table_add_number(&job->bus, "intensity", job->intensity);
    table_add_number(&job->bus, "bound", job->bound);
    for (int32_t k = 0; k < METERS_QUALITIES; k++)
        job->quality_name[k] = cef_meter_quality_name(k);
    table_add_word(&job->bus, "quality", job->quality, job->quality_name);
    return CEF_OK;
}

/* ---- output ---- */

enum { INFO_FIELDS = 18 };

static void refused_part(out_file *out, const void *context)
{
    const meters_job *job = context;
    out_char(out, '{');
    for (int k = 1; k < CEF_METER_VERDICTS; k++)
        out_format(out, "%s\"%s\": %lld", k > 1 ? ", " : "", cef_meter_verdict_name(k),
                   (long long) job->info.refused[k]);
    out_char(out, '}');
}

static void info_fields(const meters_job *job, field out[INFO_FIELDS])
{
    const cef_meter_field_info *i = &job->info;
    const field f[INFO_FIELDS] = {
        field_count("rounds", i->rounds),
        field_count("messages", i->messages),
        field_count("longest_path", job->about.longest_path),
        field_count("clusters", job->about.clusters),
        field_count("largest_cluster", job->about.largest_cluster),
        field_truth("certified", job->certified),
        field_count("n_certified", i->n_certified),
        field_count("n_final", i->n_final),
        field_number("worst_bound", i->worst_bound),
        field_number("e_min", job->about.e_min),
        field_number("e_max", job->about.e_max),
        field_count("bytes", i->bytes),
        field_count("lost", i->lost),
        field_count("duplicated", i->duplicated),
        field_count("restarts", i->restarts),
        field_count("quarantined", i->n_quarantined),
        field_truth("silent", i->silent),
        field_part("refused", refused_part, job),
    };
    for (int k = 0; k < INFO_FIELDS; k++)
        out[k] = f[k];
}

static void transport_json(out_file *out, const meters_job *job)
{
    const cef_meter_field_options *o = &job->options;
    const cli_value *option = job->trace.args->option;
    const bool broker = over_mqtt(job->trace.args);
    const double none = (double) NAN;
    const field f[] = {
        field_text("transport", broker ? "mqtt" : "inproc"),
        field_truth("relax", o->relax_only != 0),
        field_count("seed", (int64_t) o->seed),
        field_number("loss_rate", o->loss_rate),
        field_count("delay", o->delay),
        field_number("duplicate", o->duplicate_rate),
        field_number("restart", o->restart_rate),
        field_number("missing", o->missing_rate),
        field_number("lying", o->lying_rate),
        field_number("frozen", o->frozen_rate),
        field_count("skew", o->clock_skew),
        field_number("max_rounds", broker ? none : (double) option[OPTION_MAX_ROUNDS].integer),
        field_number("agents", broker ? (double) option[OPTION_AGENTS].integer : none),
        field_text("broker", broker ? option[OPTION_BROKER].text : NULL),
    };
    fields_json(out, "transport", f, CLI_COUNT_OF(f));
}

static void as_json(out_file *out, const void *context)
{
    const meters_job *job = context;
    field f[INFO_FIELDS];
    info_fields(job, f);
    out_char(out, '{');
    table_json(out, &job->bus);
    out_text(out, ",\n");
    fields_json(out, "info", f, INFO_FIELDS);
    out_text(out, ",\n");
    transport_json(out, job);
    out_text(out, ",\n");
    trace_settings_json(out, &job->trace);
    out_text(out, ",\n");
    trace_case_json(out, &job->trace);
    out_text(out, ",\n");
    json_libcef(out);
    out_text(out, "}\n");
}

static void csv_content(out_file *out, const void *context, int file)
{
    const meters_job *job = context;
    field f[INFO_FIELDS];
    info_fields(job, f);
    if (file == 0)
        table_csv(out, &job->bus);
    else
        fields_csv(out, f, INFO_FIELDS);
}

/* ---- the job ---- */

/* Every value is exact to the tolerance; or, where readings are missing or wrong, final with the interval it is in. */
static bool is_certified(const meters_job *job)
{
    const cef_index n = job->trace.net.n_bus;
    return guesses(job) ? job->info.n_final == n : job->info.n_certified == n;
}

/* Buses of the loop of flow through this one, 0 if there is none. */
static int32_t loop_size(const meters_job *job, cef_index bus)
{
    cef_meter_setup setup = {.struct_size = sizeof setup};
    int32_t rows = 0;
    return cef_meter_roll_setup(job->roll, bus, &setup, &rows, NULL, NULL) == CEF_OK ? rows : 0;
}

/* As cef trace refuses it: a loop whose meters end without an intensity is one that no unit feeds. */
static cef_status check_loops(const meters_job *job, cef_error *error)
{
    enum { NAMED = 8, ID_SIZE = 64 };
    char list[NAMED * ID_SIZE + 4] = "";
    int n = 0;
    if (job->trace.settings.on_unfed_loop != CEF_UNFED_ERROR)
        return CEF_OK;
    for (cef_index bus = 0; bus < job->trace.net.n_bus && n <= NAMED; bus++) {
        char id[ID_SIZE] = "..";
        if (!isnan(job->intensity[bus]) || loop_size(job, bus) == 0)
            continue;
        if (n++ < NAMED)
            cef_case_id(job->trace.source, CEF_BUS, bus, id, sizeof id);
        snprintf(list + strlen(list), sizeof list - strlen(list), " %s", id);
    }
    return n == 0 ? CEF_OK
                  : say_set(error, CEF_ERR_SINGULAR, "unfed-loop",
                            "power circulates and no generation reaches it: buses%s; correct the flows, raise "
                            "--flow-tol, or leave such buses undefined with --unfed-loop mark",
                            list);
}

static cef_status not_certified(const meters_job *job, cef_error *error)
{
    const long long rounds = (long long) job->info.rounds;
    const int n = (int) job->trace.net.n_bus;
    if (guesses(job))
        return say_set(error, CEF_ERR_CERTIFICATE, "not-certified", "after %lld round%s %d of %d values are not final",
                       rounds, rounds == 1 ? "" : "s", n - (int) job->info.n_final, n);
    return say_set(error, CEF_ERR_CERTIFICATE, "not-certified",
                   "after %lld round%s %d of %d bounds are wider than %.3g tCO2/MWh, the widest is %.3g", rounds,
                   rounds == 1 ? "" : "s", n - (int) job->info.n_certified, n, meters_promise(job),
                   job->info.worst_bound);
}

static cef_status run(meters_job *job, cef_error *error)
{
    static const char *const names[] = {"bus", "info"};
    const cli_args *args = job->trace.args;
    CLI_TRY(trace_check_meters(args, error));
    CLI_TRY(trace_read(&job->trace, error));
    job->options = options_of(args);
    job->about = (cef_meter_roll_info){.struct_size = sizeof job->about};
    job->info = (cef_meter_field_info){.struct_size = sizeof job->info};
    CLI_TRY(trace_roll(&job->trace, &job->roll, error));
    CLI_TRY(cef_meter_roll_describe(job->roll, &job->about, error));
    CLI_TRY(take_results(job, error));
    CLI_TRY(check_loops(job, error));
    job->certified = is_certified(job);
    trace_warn(&job->trace);
    const result_form form = {as_json, csv_content, meters_text, names, CLI_COUNT_OF(names)};
    CLI_TRY(result_write(&form, job, args, error));
    return job->certified ? CEF_OK : not_certified(job, error);
}

/* What the transport in this process models, a broker does in earnest; and the other way round. */
static int check_transport(const cli_args *args)
{
    static const cli_option_id inproc[] = {OPTION_LOSS_RATE, OPTION_DELAY,     OPTION_DUPLICATE, OPTION_RESTART,
                                           OPTION_MISSING,   OPTION_LYING,     OPTION_FROZEN,    OPTION_SKEW,
                                           OPTION_SYNC,      OPTION_MAX_ROUNDS};
    static const cli_option_id mqtt[] = {OPTION_BROKER, OPTION_AGENTS, OPTION_DEADLINE};
    const bool broker = over_mqtt(args);
    const cli_option_id *other = broker ? inproc : mqtt;
    for (size_t k = 0; k < (broker ? CLI_COUNT_OF(inproc) : CLI_COUNT_OF(mqtt)); k++)
        if (args->option[other[k]].given)
            return say_usage(VERB_METERS, "--%s is for --transport %s", cli_options[other[k]].name,
                             broker ? "inproc" : "mqtt");
    return args->option[OPTION_AGENTS].integer > 0
               ? CLI_DONE
               : say_usage(VERB_METERS, "--agents cannot be 0: it takes at least 1");
}

static int check_usage(const cli_args *args)
{
    const struct {
        cli_option_id option;
        double most;
    } ranges[] = {{OPTION_LOSS_RATE, 0.99}, {OPTION_DUPLICATE, 0.99}, {OPTION_RESTART, 1.0},
                  {OPTION_MISSING, 1.0},    {OPTION_LYING, 1.0},      {OPTION_FROZEN, 1.0},
                  {OPTION_DELAY, 64},       {OPTION_SKEW, 1000},      {OPTION_MAX_ROUNDS, 1e9}};
    for (size_t k = 0; k < CLI_COUNT_OF(ranges); k++) {
        const cli_value *value = &args->option[ranges[k].option];
        const bool whole = cli_options[ranges[k].option].kind == TAKES_INTEGER;
        const double number = whole ? (double) value->integer : value->number;
        if (number > ranges[k].most)
            return say_usage(VERB_METERS, "--%s cannot be %s: it takes 0 to %g", cli_options[ranges[k].option].name,
                             value->text, ranges[k].most);
    }
    if (args->option[OPTION_SYNC].given && args->option[OPTION_DELAY].integer > 0)
        return say_usage(VERB_METERS, "--sync and --delay exclude each other");
    const int transport = check_transport(args), trace = transport != CLI_DONE ? transport : trace_check_usage(args);
    return trace != CLI_DONE ? trace : result_check(args);
}

int verb_meters(const cli_args *args)
{
    const int usage = check_usage(args);
    if (usage != CLI_DONE)
        return usage;
    cef_error error = {.struct_size = sizeof error};
    meters_job job = {.trace = {.args = args}};
    const cef_status status = run(&job, &error);
    cef_meter_field_destroy(job.field);
    cef_meter_roll_destroy(job.roll);
    cef_case_destroy(job.trace.source);
    cef_context_destroy(job.trace.ctx);
    pool_release(&job.trace.pool);
    return status == CEF_OK ? CLI_DONE : say_error(&error);
}
