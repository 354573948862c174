/* SPDX-License-Identifier: Apache-2.0 */
/* The summary on standard output: a table for people, one row of CSV, or the JSON document. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rank.h"
#include "say.h"
#include "series.h"

enum { SHOW_GROUPS = 24, SHOW_END = 5, ID_SIZE = 80 };

/* ---- ids: elements of the JSON array that the head keeps, as text ---- */
static const char *first_id(const char *part)
{
    const char *bracket = part ? strchr(part, '[') : NULL;
    return bracket ? bracket + 1 : "]";
}

/* Takes one element into id and returns where the next begins. */
static const char *next_id(const char *at, char id[ID_SIZE])
{
    const bool quoted = *at == '"';
    size_t n = 0;
    for (at += quoted; *at && (quoted ? *at != '"' : *at != ',' && *at != ']'); at++) {
        if (quoted && *at == '\\' && (at[1] == '"' || at[1] == '\\'))
            at++;
        if (n + 1 < ID_SIZE)
            id[n++] = *at;
    }
    id[n] = 0;
    at += quoted && *at == '"';
    return at + (*at == ',');
}

/* Text in n columns of a terminal. */
static void padded(out_file *out, const char *text, int n)
{
    for (const char *c = text; *c; c++)
        n -= ((unsigned char) *c & 0xc0) != 0x80;
    out_format(out, "  %s%*s", text, n > 0 ? n : 0, "");
}

static void number(out_file *out, int columns, int decimals, double value)
{
    if (isnan(value))
        out_format(out, "%*s", columns, "-");
    else
        out_format(out, "%*.*f", columns, decimals, fabs(value) < 0.5 * pow(10.0, -decimals) ? 0.0 : value);
}

static double mean(double emissions, double energy) { return energy != 0.0 ? emissions / energy : (double) NAN; }

/* ---- the sections ---- */
static void head(out_file *out, const series_summary *s)
{
    const long long all = (long long) (s->shape.end - s->shape.first);
    char start[32];
    out_format(out, "%lld period%s of %g h, %lld solved, %lld failed\n", all, all == 1 ? "" : "s", s->shape.hours,
               all - (long long) s->n_failed, (long long) s->n_failed);
    if (s->shape.start != SERIES_NO_START) {
        time_format(s->shape.start, start);
        out_format(out, "period 0 begins %s\n", start);
    }
    out_char(out, '\n');
}

static void totals(out_file *out, const series_summary *s)
{
    static const char *const names[6] = {"generation", "load", "loss", "export", "storage", "mismatch"};
    static const int energy_of[6] = {0, 1, -1, 2, -1, -1};
    const double all = exact_value(s->emissions[0]);
    out_format(out, "  %-14s%17s%17s%9s%12s\n", "total", "MWh", "tCO2", "%", "tCO2/MWh");
    for (int k = 0; k < 6; k++) {
        const double emissions = exact_value(s->emissions[k]);
        const double energy = energy_of[k] < 0 ? (double) NAN : exact_value(s->energy[energy_of[k]]);
        padded(out, names[k], 14);
        number(out, 17, 3, energy);
        number(out, 17, 3, emissions);
        number(out, 9, 2, all > 0.0 ? 100.0 * emissions / all : (double) NAN);
        number(out, 12, 6, mean(emissions, energy));
        out_char(out, '\n');
    }
}

/* Energy and carbon of the loads of a zone or owner. */
static void groups(out_file *out, const char *title, const char *part, const exact_sum *energy,
                   const exact_sum *emissions, int64_t n, size_t stride)
{
    const char *at = first_id(part);
    if (n == 0)
        return;
    out_format(out, "\n  %-14s%17s%17s%21s\n", title, "load MWh", "tCO2", "tCO2/MWh");
    for (int64_t k = 0; k < n && k < SHOW_GROUPS; k++) {
        const double e = exact_value(energy[(size_t) k * stride]), c = exact_value(emissions[(size_t) k * stride]);
        char id[ID_SIZE];
        at = next_id(at, id);
        padded(out, id, 14);
        number(out, 17, 3, e);
        number(out, 17, 3, c);
        number(out, 21, 6, mean(c, e));
        out_char(out, '\n');
    }
    if (n > SHOW_GROUPS)
        out_format(out, "  The first %d of %lld; summary.json has all.\n", SHOW_GROUPS, (long long) n);
}

static void bus_line(out_file *out, const series_summary *s, const ranked *r)
{
    const char *at = first_id(s->head->part[HEAD_BUS]);
    char id[ID_SIZE];
    for (int64_t k = 0; k <= r->row; k++)
        at = next_id(at, id);
    padded(out, id, 14);
    number(out, 17, 3, exact_value(s->sums[s->at.bus_energy + (size_t) r->row]));
    number(out, 17, 3, exact_value(s->sums[s->at.bus_emissions + (size_t) r->row]));
    number(out, 21, 6, r->value);
    out_char(out, '\n');
}

static void buses(out_file *out, const series_summary *s, ranked *order)
{
    int64_t n = 0;
    for (int64_t bus = 0; bus < s->shape.n_bus; bus++) {
        const double x = mean(exact_value(s->sums[s->at.bus_emissions + (size_t) bus]),
                              exact_value(s->sums[s->at.bus_energy + (size_t) bus]));
        if (!isnan(x))
            order[n++] = (ranked){x, (cef_index) bus};
    }
    rank_highest_first(order, (size_t) n);
    const int64_t top = n < SHOW_END ? n : SHOW_END, bottom = n - top < SHOW_END ? n - top : SHOW_END;
    out_format(out, "\n  %-14s%17s%17s%21s\n", "bus", "through it MWh", "tCO2", "tCO2/MWh");
    for (int64_t k = 0; k < top; k++)
        bus_line(out, s, &order[k]);
    if (n > top + bottom)
        out_text(out, "  ..\n");
    for (int64_t k = n - bottom; k < n; k++)
        bus_line(out, s, &order[k]);
    if (n > top + bottom)
        out_format(out, "  The %d highest and lowest energy-weighted means of %lld buses; summary.json has all.\n",
                   SHOW_END, (long long) n);
}

static void certificate(out_file *out, const series_summary *s)
{
    const double gap = series_horizon_gap(s);
    out_text(out, s->n_failed == 0 && gap <= 1e-9 ? "\ncertified\n" : "\nNOT CERTIFIED\n");
    if (s->n_failed > 0)
        out_format(out, "  %lld period%s failed and %s marked in period_status%s: period %lld: %.400s\n",
                   (long long) s->n_failed, s->n_failed == 1 ? "" : "s", s->n_failed == 1 ? "is" : "are",
                   s->n_failed == 1 ? "" : "; the first", (long long) s->first_failed, s->failure);
    if (s->n_failed < s->shape.end - s->shape.first)
        out_format(out,
                   "  worst of all periods: error bound %.1e, backward error %.1e,\n"
                   "  carbon conserved to %.1e, a bus misses at most %.3g MW\n",
                   s->worst[0], s->worst[1], s->worst[2], s->worst[3]);
    if (s->shape.coupled && !isnan(gap))
        out_format(out, "  what stores hold and deliver is what they were given to %.1e\n", gap);
    if (s->n_loops > 0)
        out_format(out, "  at most %lld loop%s of flow in a period, the largest of %lld buses\n",
                   (long long) s->n_loops, s->n_loops == 1 ? "" : "s", (long long) s->largest_loop);
}

static cef_status as_text(out_file *out, const series_summary *s, cef_error *error)
{
    const exact_sum *sums = s->sums;
    ranked *order = calloc((size_t) s->shape.n_bus + 1, sizeof *order);
    if (!order)
        return say_set(error, CEF_ERR_MEMORY, "memory", "no memory for the table");
    head(out, s);
    totals(out, s);
    groups(out, "zone", s->head->part[HEAD_ZONE], sums + s->at.zone + ZONE_LOAD_ENERGY, sums + s->at.zone + ZONE_LOAD,
           s->shape.n_zone, ZONE_SUMS);
    groups(out, "owner", s->head->part[HEAD_OWNER], sums + s->at.owner + OWNER_ENERGY,
           sums + s->at.owner + OWNER_EMISSIONS, s->shape.n_owner, OWNER_SUMS);
    buses(out, s, order);
    certificate(out, s);
    free(order);
    return CEF_OK;
}

static void as_csv(out_file *out, const series_summary *s)
{
    field f[SERIES_TOTALS + SERIES_CERTIFICATE];
    const int n = series_total_fields(s, f);
    fields_csv(out, f, n + series_certificate_fields(s, f + n));
}

cef_status series_tell(const series_summary *s, const cli_args *args, cef_error *error)
{
    const cli_value *format = &args->option[OPTION_FORMAT];
    out_file out;
    if (!format->given && !isatty(STDOUT_FILENO))
        return CEF_OK;
    CLI_TRY(out_open(&out, NULL, error));
    cef_status status = CEF_OK;
    if (format->word == FORMAT_JSON)
        series_summary_json(&out, s);
    else if (format->word == FORMAT_CSV)
        as_csv(&out, s);
    else
        status = as_text(&out, s, error);
    if (status == CEF_OK)
        status = out_commit(&out, error);
    out_release(&out);
    return status;
}
