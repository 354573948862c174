/* SPDX-License-Identifier: Apache-2.0 */
/* summary.json: what does not change with time comes from the head, the rest from the sums. */
#include <math.h>
#include <string.h>

#include "columns.h"
#include "fields.h"
#include "series.h"

/* `"key": [..]` of sums with a stride; an energy-weighted mean where `weight` is there. */
static void values(out_file *out, const char *key, const exact_sum *sum, const exact_sum *weight, size_t n,
                   size_t stride)
{
    out_format(out, "\"%s\": [", key);
    for (size_t k = 0; k < n; k++) {
        const double value = exact_value(sum[k * stride]);
        const double by = weight ? exact_value(weight[k * stride]) : 1.0;
        if (k > 0)
            out_char(out, ',');
        json_number(out, by != 0.0 ? value / by : (double) NAN);
    }
    out_char(out, ']');
}

/* id.., energy, emissions, intensity. */
static void element_table(out_file *out, const char *name, const char *ids, const exact_sum *energy,
                          const exact_sum *emissions, int64_t n, size_t stride)
{
    out_format(out, "\"%s\": {", name);
    out_text(out, ids);
    out_text(out, ",\n  ");
    values(out, "energy", energy, NULL, (size_t) n, stride);
    out_text(out, ",\n  ");
    values(out, "emissions", emissions, NULL, (size_t) n, stride);
    out_text(out, ",\n  ");
    values(out, "intensity", emissions, energy, (size_t) n, stride);
    out_text(out, "},\n");
}

/* The six sums and the two means of a zone, an hour, a month. */
static void six_columns(out_file *out, const exact_sum *sum, size_t n, size_t stride)
{
    static const char *const names[ZONE_SUMS] = {"generation_energy", "generation_emissions", "load_energy",
                                                 "load_emissions",    "export_energy",        "export_emissions"};
    for (int k = 0; k < ZONE_SUMS; k++) {
        out_text(out, ",\n  ");
        values(out, names[k], sum + k, NULL, n, stride);
    }
    out_text(out, ",\n  ");
    values(out, "generation_intensity", sum + ZONE_GENERATION, sum + ZONE_GENERATION_ENERGY, n, stride);
    out_text(out, ",\n  ");
    values(out, "load_intensity", sum + ZONE_LOAD, sum + ZONE_LOAD_ENERGY, n, stride);
    out_text(out, "},\n");
}

static void group_tables(out_file *out, const series_summary *s)
{
    if (s->shape.n_zone > 0) {
        out_text(out, "\"zone\": {");
        out_text(out, s->head->part[HEAD_ZONE]);
        six_columns(out, s->sums + s->at.zone, (size_t) s->shape.n_zone, ZONE_SUMS);
    }
    if (s->shape.n_owner > 0)
        element_table(out, "owner", s->head->part[HEAD_OWNER], s->sums + s->at.owner + OWNER_ENERGY,
                      s->sums + s->at.owner + OWNER_EMISSIONS, s->shape.n_owner, OWNER_SUMS);
}

static void clock_tables(out_file *out, const series_summary *s)
{
    if (s->shape.start == SERIES_NO_START)
        return;
    out_text(out, "\"hour\": {\"id\": [");
    for (int hour = 0; hour < 24; hour++)
        out_format(out, "%s%d", hour ? "," : "", hour);
    out_char(out, ']');
    six_columns(out, s->hour[0], 24, ZONE_SUMS);
    out_text(out, "\"month\": {\"id\": [");
    for (size_t k = 0; k < s->n_month; k++)
        out_format(out, "%s\"%04d-%02d\"", k ? "," : "", (int) (s->month[k] / 12), (int) (s->month[k] % 12) + 1);
    out_char(out, ']');
    six_columns(out, s->month_sum, s->n_month, ZONE_SUMS);
}

static void store_state(out_file *out, const char *key, const double *values, size_t n)
{
    out_format(out, ",\n  \"%s\": [", key);
    for (size_t k = 0; k < n; k++) {
        if (k > 0)
            out_char(out, ',');
        json_number(out, values[k]);
    }
    out_char(out, ']');
}

static void storage_table(out_file *out, const series_summary *s)
{
    static const char *const states[STATE_ROWS] = {"energy_start", "carbon_start", "energy_end", "carbon_end"};
    static const char *const names[STORE_SUMS] = {"energy_drawn", "energy_delivered", "carbon_drawn",
                                                  "carbon_delivered", "owner_loss"};
    const size_t n = (size_t) s->shape.n_storage;
    if (!s->shape.coupled)
        return;
    out_text(out, "\"storage\": {");
    out_text(out, s->head->part[HEAD_STORAGE]);
    for (int k = 0; k < STATE_ROWS; k++)
        store_state(out, states[k], s->state + (size_t) k * n, n);
    for (int k = 0; k < STORE_SUMS; k++) {
        out_text(out, ",\n  ");
        values(out, names[k], s->sums + s->at.store + k, NULL, n, STORE_SUMS);
    }
    out_text(out, "},\n");
}

int series_total_fields(const series_summary *s, field f[SERIES_TOTALS])
{
    static const char *const names[6] = {"generation", "load", "loss", "export", "storage", "mismatch"};
    static const char *const energies[3] = {"generation_energy", "load_energy", "export_energy"};
    int n = 0;
    for (int k = 0; k < 6; k++)
        f[n++] = field_number(names[k], exact_value(s->emissions[k]));
    for (int k = 0; k < 3; k++)
        f[n++] = field_number(energies[k], exact_value(s->energy[k]));
    const double generation = exact_value(s->energy[0]), load = exact_value(s->energy[1]);
    f[n++] = field_number("generation_intensity",
                          generation != 0.0 ? exact_value(s->emissions[0]) / generation : (double) NAN);
    f[n++] = field_number("load_intensity", load != 0.0 ? exact_value(s->emissions[1]) / load : (double) NAN);
    return n;
}

static void totals(out_file *out, const series_summary *s)
{
    field f[SERIES_TOTALS];
    fields_json(out, "totals", f, series_total_fields(s, f));
    out_text(out, ",\n");
}

static void info(out_file *out, const series_summary *s)
{
    const series_shape *shape = &s->shape;
    const bool failed = s->n_failed > 0;
    char start[32] = "";
    if (shape->start != SERIES_NO_START)
        time_format(shape->start, start);
    const field f[] = {field_count("n_periods", shape->n_period),
                       field_count("first", shape->first),
                       field_count("end", shape->end),
                       field_number("hours", shape->hours),
                       field_text("start", start[0] ? start : NULL),
                       field_count("n_solved", shape->end - shape->first - s->n_failed),
                       field_count("n_failed", s->n_failed),
                       field_number("first_failed", failed ? (double) s->first_failed : (double) NAN),
                       field_text("first_failure_code", failed ? s->code : NULL),
                       field_text("first_failure", failed ? s->failure : NULL)};
    fields_json(out, "info", f, CLI_COUNT_OF(f));
    out_text(out, ",\n");
}

int series_certificate_fields(const series_summary *s, field out[SERIES_CERTIFICATE])
{
    const bool any = s->n_failed < s->shape.end - s->shape.first;
    const double none = (double) NAN;
    const double gap = series_horizon_gap(s);
    const field f[SERIES_CERTIFICATE] = {
        field_truth("certified", s->n_failed == 0 && gap <= 1e-9),
        field_number("error_bound", any ? s->worst[0] : none),
        field_number("backward_error", any ? s->worst[1] : none),
        field_number("conservation", any ? s->worst[2] : none),
        field_number("balance_mw", any ? s->worst[3] : none),
        field_truth("maximum_principle", any ? (int) s->maximum_principle : -1),
        field_count("n_blocks", s->n_loops),
        field_count("largest_block", s->largest_loop),
        field_count("n_failed", s->n_failed),
        field_number("first_failed", s->n_failed > 0 ? (double) s->first_failed : none),
        field_number("horizon", s->shape.coupled ? gap : none)};
    memcpy(out, f, sizeof f);
    return SERIES_CERTIFICATE;
}

static void certificate(out_file *out, const series_summary *s)
{
    field f[SERIES_CERTIFICATE];
    fields_json(out, "certificate", f, series_certificate_fields(s, f));
    out_text(out, ",\n");
}

void series_summary_json(out_file *out, const series_summary *s)
{
    const char *const *part = s->head->part;
    const exact_sum *sums = s->sums;
    const series_sums *at = &s->at;
    out_char(out, '{');
    info(out, s);
    totals(out, s);
    certificate(out, s);
    element_table(out, "bus", part[HEAD_BUS], sums + at->bus_energy, sums + at->bus_emissions, s->shape.n_bus, 1);
    element_table(out, "gen", part[HEAD_GEN], sums + at->gen_energy, sums + at->gen_emissions, s->shape.n_gen, 1);
    element_table(out, "load", part[HEAD_LOAD], sums + at->load_energy, sums + at->load_emissions, s->shape.n_load, 1);
    group_tables(out, s);
    clock_tables(out, s);
    storage_table(out, s);
    out_text(out, part[HEAD_SETTINGS]);
    out_text(out, ",\n");
    out_text(out, part[HEAD_CASE]);
    out_text(out, ",\n");
    out_text(out, part[HEAD_LIBCEF]);
    out_text(out, "}\n");
}
