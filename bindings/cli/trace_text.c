/* SPDX-License-Identifier: Apache-2.0 */
/* A trace for people: rounded, aligned, the extremes of a large case. Totals and certificate: trace_words.c. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "rank.h"
#include "trace_page.h"

enum { SHOW_ALL = 40, SHOW_END = 20, ID_SIZE = 64 };

/* Characters of UTF-8 text. */
static int width(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char) *text & 0xc0) != 0x80;
    return n;
}

static int id_width(const trace_job *job)
{
    int widest = 3;
    for (cef_index bus = 0; bus < job->net.n_bus; bus++) {
        char id[ID_SIZE];
        cef_case_id(job->source, CEF_BUS, bus, id, sizeof id);
        const int n = width(id);
        widest = n > widest ? n : widest;
    }
    return widest;
}

page page_of(out_file *out, const trace_job *job) { return (page){out, job, id_width(job), out_colours(out)}; }

void page_paint(const page *p, const char *colour, const char *text)
{
    if (p->colours)
        out_format(p->out, "\033[%sm%s\033[0m", colour, text);
    else
        out_text(p->out, text);
}

static void pad(out_file *out, int n) { out_format(out, "%*s", n > 0 ? n : 0, ""); }

void page_bus_id(const page *p, cef_index bus)
{
    char id[ID_SIZE];
    cef_case_id(p->job->source, CEF_BUS, bus, id, sizeof id);
    const int blanks = p->id_width - width(id);
    pad(p->out, p->job->info.numeric_bus ? blanks : 0);
    out_text(p->out, id);
    pad(p->out, p->job->info.numeric_bus ? 0 : blanks);
}

void page_number(out_file *out, int columns, int decimals, double value)
{
    if (isnan(value))
        out_format(out, "%*s", columns, "-");
    else
        out_format(out, "%*.*f", columns, decimals, fabs(value) < 0.5 * pow(10.0, -decimals) ? 0.0 : value);
}

static void bus_line(const page *p, cef_index bus)
{
    const cef_solution *s = &p->job->solution;
    const uint8_t flag = trace_flag(s->bus_flags[bus]);
    out_text(p->out, "  ");
    page_bus_id(p, bus);
    page_number(p->out, 12, 6, s->bus_intensity[bus]);
    page_number(p->out, 15, 3, s->bus_throughput[bus]);
    page_number(p->out, 13, 3, s->bus_imbalance[bus]);
    out_text(p->out, "  ");
    page_paint(p, flag == FLAG_OK ? "0" : flag == FLAG_UNDEFINED ? "2" : "33", trace_flags[flag]);
    out_text(p->out, s->bus_flags[bus] & CEF_BUS_IN_LOOP ? " (in a loop)\n" : "\n");
}

static void bus_header(const page *p)
{
    out_format(p->out, "  %-*s%12s%15s%13s  %s\n", p->id_width, "bus", "intensity", "throughput", "imbalance", "flag");
    out_format(p->out, "  %-*s%12s%15s%13s\n", p->id_width, "", "tCO2/MWh", "MW", "MW");
}

/* Ranked as printed, in 1e-6 tCO2/MWh. */
static cef_status rank(trace_job *job, ranked **out, size_t *n, cef_error *error)
{
    CLI_TRY(pool_take(&job->pool, (size_t) job->net.n_bus, sizeof **out, out, error));
    *n = 0;
    for (cef_index bus = 0; bus < job->net.n_bus; bus++)
        if (!isnan(job->solution.bus_intensity[bus]))
            (*out)[(*n)++] = (ranked){round(1e6 * job->solution.bus_intensity[bus]), bus};
    rank_highest_first(*out, *n);
    return CEF_OK;
}

static cef_status bus_section(const page *p, trace_job *job, cef_error *error)
{
    if (job->net.n_bus <= SHOW_ALL) {
        bus_header(p);
        for (cef_index bus = 0; bus < job->net.n_bus; bus++)
            bus_line(p, bus);
        return CEF_OK;
    }
    ranked *order = NULL;
    size_t n = 0;
    CLI_TRY(rank(job, &order, &n, error));
    const size_t top = n < SHOW_END ? n : SHOW_END, bottom = n - top < SHOW_END ? n - top : SHOW_END;
    bus_header(p);
    for (size_t k = 0; k < top; k++)
        bus_line(p, order[k].row);
    if (n > top + bottom)
        out_text(p->out, "  ..\n");
    for (size_t k = n - bottom; k < n; k++)
        bus_line(p, order[k].row);
    out_format(p->out,
               "  The %zu highest and %zu lowest of %zu buses with an intensity; %zu have none. --format csv or "
               "json gives all.\n",
               top, bottom, n, (size_t) job->net.n_bus - n);
    return CEF_OK;
}

static void flows_line(const page *p)
{
    const cli_flow *flow = &p->job->flow;
    if (!flow->solved) {
        out_format(p->out, "flows: as given, a bus misses at most %.4g MW\n\n", p->job->certificate.balance_mw);
        return;
    }
    out_format(p->out, "flows: %s power flow, %d iterations, a bus misses at most %.1e MW; slack %+.3f MW\n\n",
               flow->method == CEF_POWERFLOW_DC ? "DC" : "AC", (int) flow->info.iterations, flow_mismatch_mw(flow),
               flow->info.slack_mw);
}

static void head(const page *p)
{
    const cef_case_info *info = &p->job->info;
    page_paint(p, "1", info->name);
    out_format(p->out, ": %d buses, %d branches, %d generators, %d loads, %d stores\n", (int) info->n_bus,
               (int) info->n_branch, (int) info->n_gen, (int) info->n_load, (int) info->n_storage);
    out_format(p->out, "losses: %s, mixing: %s\n", p->job->args->option[OPTION_LOSS].text,
               p->job->args->option[OPTION_MIXING].text);
    flows_line(p);
}

cef_status trace_text(out_file *out, void *context, cef_error *error)
{
    trace_job *job = context;
    const page p = page_of(out, job);
    head(&p);
    CLI_TRY(bus_section(&p, job, error));
    out_char(out, '\n');
    page_totals(&p);
    out_char(out, '\n');
    page_certificate(&p);
    return CEF_OK;
}
