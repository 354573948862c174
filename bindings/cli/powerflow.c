/* SPDX-License-Identifier: Apache-2.0 */
/* cef powerflow: read, solve, write voltages and powers. */
#include <math.h>

#include "flow.h"
#include "result.h"
#include "say.h"
#include "trace.h"
#include "verbs.h"

typedef struct {
    const cli_args *args;
    cli_pool pool;
    cef_context *ctx;
    cef_case *source;
    cef_case_info info;
    cef_network_data net;
    cli_flow flow;
    table bus, branch, gen;
} flow_job;

enum { INFO_FIELDS = 16, CSV_FILES = 4 };

static const char *start_name(int32_t start)
{
    return start == CEF_START_FLAT ? "flat" : start == CEF_START_DC ? "dc" : "stored";
}

/* The three of the contract first. */
static int info_fields(const flow_job *job, field out[INFO_FIELDS])
{
    const cef_powerflow_info *i = &job->flow.info;
    int k = 0;
    out[k++] = field_count("iterations", i->iterations);
    out[k++] = field_number("mismatch", i->mismatch);
    out[k++] = field_truth("converged", i->converged != 0);
    out[k++] = field_text("method", flow_name(&job->flow));
    out[k++] = field_text("start", job->flow.method == CEF_POWERFLOW_DC ? NULL : start_name(i->start));
    out[k++] = field_count("polish_steps", i->polish_steps);
    out[k++] = field_count("halvings", i->n_halvings);
    out[k++] = field_number("mismatch_mw", flow_mismatch_mw(&job->flow));
    out[k++] = field_number("slack_mw", i->slack_mw);
    out[k++] = field_number("loss_mw", i->loss_mw);
    out[k++] = field_number("unserved_mw", i->unserved_mw);
    out[k++] = field_count("n_islands", i->n_islands);
    out[k++] = field_count("n_dead_buses", i->n_dead_buses);
    out[k++] = field_count("n_pv_switched", i->n_pv_switched);
    out[k++] = field_count("n_vg_conflicts", i->n_vg_conflicts);
    return k;
}

static void make_tables(flow_job *job)
{
    const cef_powerflow_solution *s = &job->flow.solution;
    const int numeric = job->info.numeric_bus;
    for (cef_index bus = 0; bus < job->net.n_bus; bus++)
        if (s->bus_type[bus] == CEF_BUS_TYPE_DEAD)
            s->bus_va[bus] = (double) NAN; /* no voltage, no angle */
    job->bus = (table){.name = "bus", .source = job->source, .n_row = (size_t) job->net.n_bus};
    table_add_id(&job->bus, "id", CEF_BUS, NULL, numeric);
    table_add_number(&job->bus, "vm", s->bus_vm);
    table_add_number(&job->bus, "va", s->bus_va);
    job->branch = (table){.name = "branch", .source = job->source, .n_row = (size_t) job->net.n_branch};
    table_add_id(&job->branch, "from", CEF_BUS, job->net.branch_from, numeric);
    table_add_id(&job->branch, "to", CEF_BUS, job->net.branch_to, numeric);
    table_add_number(&job->branch, "p_from", s->branch_p_from);
    table_add_number(&job->branch, "q_from", s->branch_q_from);
    table_add_number(&job->branch, "p_to", s->branch_p_to);
    table_add_number(&job->branch, "q_to", s->branch_q_to);
    job->gen = (table){.name = "gen", .source = job->source, .n_row = (size_t) job->net.n_gen};
    table_add_id(&job->gen, "bus", CEF_BUS, job->net.gen_bus, numeric);
    table_add_number(&job->gen, "p", s->gen_p);
    table_add_number(&job->gen, "q", s->gen_q);
}

static void as_json(out_file *out, const void *context)
{
    const flow_job *job = context;
    const table *const tables[] = {&job->bus, &job->branch, &job->gen};
    field info[INFO_FIELDS], settings[FLOW_SETTINGS];
    out_char(out, '{');
    for (size_t k = 0; k < CLI_COUNT_OF(tables); k++) {
        table_json(out, tables[k]);
        out_text(out, ",\n");
    }
    fields_json(out, "info", info, info_fields(job, info));
    out_text(out, ",\n");
    flow_settings(job->args, settings);
    fields_json(out, "settings", settings, FLOW_SETTINGS);
    out_text(out, ",\n");
    json_case(out, &job->info, NULL, NULL);
    out_text(out, ",\n");
    json_libcef(out);
    out_text(out, "}\n");
}

static void csv_content(out_file *out, const void *context, int file)
{
    const flow_job *job = context;
    const table *const tables[] = {&job->bus, &job->branch, &job->gen};
    field info[INFO_FIELDS];
    if (file < CSV_FILES - 1)
        table_csv(out, tables[file]);
    else
        fields_csv(out, info, info_fields(job, info));
}

/* ---- for people ---- */
enum { SHOW_ALL = 40, SHOW_FIRST = 20, ID_SIZE = 64 };

static void bus_lines(out_file *out, const flow_job *job)
{
    const cef_powerflow_solution *s = &job->flow.solution;
    const cef_index n = job->net.n_bus, shown = n <= SHOW_ALL ? n : SHOW_FIRST;
    out_format(out, "  %-16s%12s%12s%14s\n  %-16s%12s%12s%14s\n", "bus", "vm", "va", "misses", "", "per unit",
               "degrees", "MW");
    for (cef_index bus = 0; bus < shown; bus++) {
        char id[ID_SIZE];
        cef_case_id(job->source, CEF_BUS, bus, id, sizeof id);
        if (s->bus_type[bus] == CEF_BUS_TYPE_DEAD)
            out_format(out, "  %-16s%12s%12s%14s  dead\n", id, "-", "-", "-");
        else
            out_format(out, "  %-16s%12.6f%12.4f%14.1e\n", id, s->bus_vm[bus], s->bus_va[bus],
                       fabs(s->bus_mismatch_p[bus]));
    }
    if (shown < n)
        out_format(out, "  The first %d of %d buses. --format csv or json gives all.\n", (int) shown, (int) n);
}

static double sum(const double *values, cef_index n)
{
    double total = 0.0;
    for (cef_index k = 0; k < n; k++)
        total += values[k];
    return total;
}

static cef_status as_text(out_file *out, void *context, cef_error *error)
{
    (void) error;
    const flow_job *job = context;
    const cef_powerflow_info *i = &job->flow.info;
    const bool dc = job->flow.method == CEF_POWERFLOW_DC;
    const cef_powerflow_solution *s = &job->flow.solution;
    out_text(out, job->info.name);
    out_format(out, ": %d buses, %d branches, %d generators\n", (int) job->net.n_bus, (int) job->net.n_branch,
               (int) job->net.n_gen);
    out_format(out, "%s power flow, %d iterations", dc ? "DC" : "AC", (int) i->iterations);
    if (!dc)
        out_format(out, " from the %s start", start_name(i->start));
    out_text(out, "\n\n");
    bus_lines(out, job);
    out_format(out,
               "\n  generation %14.3f MW\n  load       %14.3f MW\n  loss       %14.3f MW\n  slack      %+14.3f MW\n",
               sum(s->gen_p, job->net.n_gen), sum(s->load_p, job->net.n_load), i->loss_mw, i->slack_mw);
    out_format(out, "  islands    %14d\n", (int) i->n_islands);
    if (i->n_dead_buses > 0)
        out_format(out, "  %d dead buses, %.6g MW of load not served\n", (int) i->n_dead_buses, i->unserved_mw);
    if (i->n_pv_switched > 0)
        out_format(out, "  %d buses at a reactive limit\n", (int) i->n_pv_switched);
    out_format(out, "converged: no bus misses more than %.1e MW or MVAr\n", flow_mismatch_mw(&job->flow));
    return CEF_OK;
}

static cef_status run(flow_job *job, cef_error *error)
{
    const int32_t method = job->args->option[OPTION_DC].given ? CEF_POWERFLOW_DC : CEF_POWERFLOW_AC;
    job->info = (cef_case_info){.struct_size = sizeof job->info};
    job->net = (cef_network_data){.struct_size = sizeof job->net};
    CLI_TRY(cli_context(&job->ctx, error));
    CLI_TRY(cef_case_read(job->ctx, job->args->argument[0], &job->source, error));
    CLI_TRY(cef_case_describe(job->source, &job->info, error));
    CLI_TRY(cef_network_describe(cef_case_network(job->source), &job->net, error));
    if (job->args->option[OPTION_PROFILES].given)
        return flow_periods(job->ctx, job->source, job->args, method, &job->pool, error);
    CLI_TRY(flow_solve(&job->flow, job->ctx, job->source, job->args, method, &job->pool, error));
    flow_warn(&job->flow);
    make_tables(job);
    static const char *const names[CSV_FILES] = {"bus", "branch", "gen", "info"};
    const result_form form = {as_json, csv_content, as_text, names, CSV_FILES};
    return result_write(&form, job, job->args, error);
}

static int check_profiles(const cli_args *args)
{
    const cli_value *threads = &args->option[OPTION_THREADS];
    if (!args->option[OPTION_OUTPUT].given || args->option[OPTION_FORMAT].given)
        return say_usage(VERB_POWERFLOW,
                         "--profiles writes .npy files into the folder of --output, and no other format");
    if (args->option[OPTION_START_FROM].given)
        return say_usage(VERB_POWERFLOW, "--start-from is not for --profiles: each period starts from the one before");
    if (threads->given && (threads->integer < 1 || threads->integer > 256))
        return say_usage(VERB_POWERFLOW, "--threads cannot be %s: it takes 1 to 256", threads->text);
    return CLI_DONE;
}

int verb_powerflow(const cli_args *args)
{
    if (args->option[OPTION_AC].given && args->option[OPTION_DC].given)
        return say_usage(VERB_POWERFLOW, "--ac and --dc exclude each other");
    const int solve = flow_check_usage(args);
    const int usage = solve != CLI_DONE                     ? solve
                      : args->option[OPTION_PROFILES].given ? check_profiles(args)
                                                            : result_check(args);
    if (usage != CLI_DONE)
        return usage;
    cef_error error = {.struct_size = sizeof error};
    flow_job job = {.args = args};
    const cef_status status = run(&job, &error);
    cef_case_destroy(job.source);
    cef_context_destroy(job.ctx);
    pool_release(&job.pool);
    return status == CEF_OK ? CLI_DONE : say_error(&error);
}
