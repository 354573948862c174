/* SPDX-License-Identifier: Apache-2.0 */
/* cef meters for people: the widest bounds of a large case, what the readings were, how many rounds, the certificate.
 */
#include <math.h>

#include "meters.h"
#include "rank.h"
#include "trace_page.h"

enum { SHOW_ALL = 40, SHOW_WIDEST = 20, ID_SIZE = 64 };

/* ---- head ---- */
static void share(out_file *out, double rate, const char *what)
{
    if (rate > 0.0)
        out_format(out, ", %.3g %% %s", 100.0 * rate, what);
}

static void transport_line(const page *p, const meters_job *job)
{
    const cef_meter_field_options *o = &job->options;
    const cli_value *option = job->trace.args->option;
    if (meters_use_broker(job)) {
        out_format(p->out, "transport: %s, %s agents", option[OPTION_BROKER].text, option[OPTION_AGENTS].text);
    } else {
        out_text(p->out, "transport: in this process, ");
        out_text(p->out, o->delay > 0 ? "asynchronous" : "rounds in lock step");
    }
    share(p->out, o->loss_rate, "of messages lost");
    share(p->out, o->duplicate_rate, "twice");
    if (o->delay > 0)
        out_format(p->out, ", %d round%s late at most", (int) o->delay, o->delay == 1 ? "" : "s");
    share(p->out, o->restart_rate, "of meters restart");
    share(p->out, o->frozen_rate, "stand still");
    if (o->clock_skew > 0)
        out_format(p->out, ", clocks up to %d rounds late", (int) o->clock_skew);
    share(p->out, o->missing_rate, "of readings missing");
    share(p->out, o->lying_rate, "of links with a wrong reading");
    out_format(p->out, "%s\n\n", o->relax_only ? "; plain relaxation" : "");
}

static void head(const page *p, const meters_job *job)
{
    const cli_flow *flow = &job->trace.flow;
    const int loops = (int) job->about.clusters;
    page_paint(p, "1", job->trace.info.name);
    out_format(p->out, ": %d meters, %lld links that carry power, ", (int) job->trace.net.n_bus,
               (long long) (job->about.n_links / 2));
    if (loops == 0)
        out_text(p->out, "no loops of flow\n");
    else
        out_format(p->out, "%d loop%s of flow, the largest of %d buses\n", loops, loops == 1 ? "" : "s",
                   (int) job->about.largest_cluster);
    if (flow->solved)
        out_format(p->out, "flows: %s power flow, a bus misses at most %.1e MW\n", flow_name(flow),
                   flow_mismatch_mw(flow));
    else
        out_text(p->out, "flows: as given\n");
    transport_line(p, job);
}

/* ---- buses ---- */
static const char *colour_of(int32_t quality)
{
    switch (quality) {
    case CEF_QUALITY_MEASURED: return "0";
    case CEF_QUALITY_UNDEFINED: return "2";
    case CEF_QUALITY_QUARANTINED: return "31";
    default: return "33";
    }
}

static void bus_line(const page *p, const meters_job *job, cef_index bus)
{
    out_text(p->out, "  ");
    page_bus_id(p, bus);
    page_number(p->out, 12, 6, job->intensity[bus]);
    if (isnan(job->intensity[bus]))
        out_format(p->out, "%12s  ", "-");
    else
        out_format(p->out, "%12.1e  ", job->bound[bus]);
    page_paint(p, colour_of(job->quality[bus]), job->quality_name[job->quality[bus]]);
    out_char(p->out, '\n');
}

static cef_status bus_section(const page *p, meters_job *job, cef_error *error)
{
    const cef_index n_bus = job->trace.net.n_bus;
    ranked *order = NULL;
    size_t n = 0;
    out_format(p->out, "  %-*s%12s%12s  %s\n", p->id_width, "bus", "intensity", "bound", "quality");
    out_format(p->out, "  %-*s%12s%12s\n", p->id_width, "", "tCO2/MWh", "tCO2/MWh");
    if (n_bus <= SHOW_ALL) {
        for (cef_index bus = 0; bus < n_bus; bus++)
            bus_line(p, job, bus);
        return CEF_OK;
    }
    CLI_TRY(pool_take(&job->trace.pool, (size_t) n_bus, sizeof *order, &order, error));
    for (cef_index bus = 0; bus < n_bus; bus++)
        if (!isnan(job->intensity[bus]))
            order[n++] = (ranked){job->bound[bus], bus};
    rank_highest_first(order, n);
    for (size_t k = 0; k < n && k < SHOW_WIDEST; k++)
        bus_line(p, job, order[k].row);
    out_format(p->out,
               "  The %zu widest bounds of %zu meters with an intensity; %zu have none. --format csv or json gives "
               "all.\n",
               n < SHOW_WIDEST ? n : SHOW_WIDEST, n, (size_t) n_bus - n);
    return CEF_OK;
}

/* What the codes of the column mean, of those that occur. */
static void quality_section(const page *p, const meters_job *job)
{
    static const char *const meaning[METERS_QUALITIES] = {
        "read at this bus",
        "a reading was missing: the other end's, less the estimated loss",
        "a reading was missing: what the others leave at the bus",
        "several were missing: earlier values, corrected to balance",
        "a reading was missing: that of a similar day",
        "a reading was missing: the last value read",
        "a reading is missing and nothing says it: anything in the interval",
        "a reading contradicts the other end's: that neighbour is not believed",
        "no power with an intensity flows here",
    };
    cef_index n[METERS_QUALITIES] = {0};
    for (cef_index bus = 0; bus < job->trace.net.n_bus; bus++)
        n[job->quality[bus]]++;
    for (int32_t k = 0; k < METERS_QUALITIES; k++)
        if (n[k] > 0)
            out_format(p->out, "  %8d %-14s%s\n", (int) n[k], job->quality_name[k], meaning[k]);
}

/* ---- rounds, certificate ---- */
static void bytes_text(out_file *out, double bytes)
{
    if (bytes < 1e6)
        out_format(out, "%.1f kB", bytes / 1e3);
    else
        out_format(out, "%.1f MB", bytes / 1e6);
}

static void rounds_section(const page *p, const meters_job *job)
{
    const cef_meter_field_info *i = &job->info;
    const long long longest = (long long) job->about.longest_path;
    int64_t refused = 0;
    for (int k = 1; k < CEF_METER_VERDICTS; k++)
        refused += i->refused[k];
    out_format(p->out, "  %8lld rounds        longest path of flow W = %lld%s\n", (long long) i->rounds, longest,
               job->about.clusters > 0 ? ", a loop of m buses counted 3 m" : "");
    out_format(p->out, "  %8lld messages      ", (long long) i->messages);
    bytes_text(p->out, (double) i->bytes);
    if (i->lost > 0)
        out_format(p->out, "; %lld lost", (long long) i->lost);
    if (i->duplicated > 0)
        out_format(p->out, "; %lld twice", (long long) i->duplicated);
    if (refused > 0)
        out_format(p->out, "; %lld refused", (long long) refused);
    out_char(p->out, '\n');
    if (i->restarts > 0)
        out_format(p->out, "  %8lld restarts\n", (long long) i->restarts);
    if (i->n_quarantined > 0)
        out_format(p->out, "  %8lld link ends     quarantined\n", (long long) i->n_quarantined);
}

static void widest_line(const page *p, const meters_job *job)
{
    cef_index widest = -1;
    char id[ID_SIZE];
    for (cef_index bus = 0; bus < job->trace.net.n_bus; bus++)
        if (!isnan(job->intensity[bus]) && (widest < 0 || job->bound[bus] > job->bound[widest]))
            widest = bus;
    if (widest < 0) {
        out_text(p->out, "  no bus has an intensity\n");
        return;
    }
    cef_case_id(job->trace.source, CEF_BUS, widest, id, sizeof id);
    const bool blind = job->options.lying_rate > 0.0 && job->options.missing_rate > 0.0;
    out_format(
        p->out,
        blind
            ? "  the widest bound is %.1e tCO2/MWh, at bus %s; none covers a wrong reading whose other end is missing\n"
            : "  every intensity is within its bound of the exact one; the widest is %.1e tCO2/MWh, at bus %s\n",
        job->bound[widest], id);
}

static void certificate_section(const page *p, const meters_job *job)
{
    const int n = (int) job->trace.net.n_bus, exact = (int) job->info.n_certified, final = (int) job->info.n_final;
    if (!job->certified)
        page_paint(p, "31", "NOT CERTIFIED: the rounds ended before the values were exact");
    else if (exact < n)
        page_paint(p, "33", "certified as far as the readings allow");
    else
        page_paint(p, "32", "certified");
    out_char(p->out, '\n');
    widest_line(p, job);
    out_format(p->out, "  %d of %d bounds are at most %.1e tCO2/MWh, %.0e of the largest intensity in play\n", exact, n,
               meters_promise(job), job->options.tolerance);
    out_format(p->out, "  %d of %d values are final: no further round would change them\n", final, n);
}

cef_status meters_text(out_file *out, void *context, cef_error *error)
{
    meters_job *job = context;
    const page p = page_of(out, &job->trace);
    head(&p, job);
    CLI_TRY(bus_section(&p, job, error));
    out_char(out, '\n');
    quality_section(&p, job);
    out_char(out, '\n');
    rounds_section(&p, job);
    out_char(out, '\n');
    certificate_section(&p, job);
    return CEF_OK;
}
