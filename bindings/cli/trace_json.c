/* SPDX-License-Identifier: Apache-2.0 */
/* A trace as a JSON document or as CSV files. The small tables (totals, certificate) are one list of fields for both.
 */
#include <math.h>

#include "fields.h"
#include "result.h"
#include "trace.h"

static void loops_part(out_file *out, const void *job) { trace_loops_json(out, job); }

enum { TOTAL_FIELDS = 6, CERTIFICATE_FIELDS = 15 };

static void totals(const trace_job *job, field out[TOTAL_FIELDS])
{
    const cef_solve_info *c = &job->certificate;
    out[0] = field_number("generation", c->total_generation);
    out[1] = field_number("load", c->total_load);
    out[2] = field_number("loss", c->total_loss);
    out[3] = field_number("export", c->total_export);
    out[4] = field_number("storage", c->total_storage);
    out[5] = field_number("mismatch", c->total_mismatch);
}

static void certificate(const trace_job *job, field out[CERTIFICATE_FIELDS])
{
    const cef_solve_info *c = &job->certificate;
    const double no_bound = (double) NAN; /* an overflow or underflow voids the bounds */
    int k = 0;
    out[k++] = field_truth("certified", c->certified != 0);
    out[k++] = field_number("error_bound", c->range_exceeded ? no_bound : c->error_bound);
    out[k++] = field_number("backward_error", c->backward_error);
    out[k++] = field_number("residual_bound", c->range_exceeded ? no_bound : c->residual_bound);
    out[k++] = field_number("conservation", c->conservation);
    out[k++] = field_number("balance_mw", c->balance_mw);
    out[k++] = field_truth("maximum_principle", c->maximum_principle);
    out[k++] = field_count("n_blocks", c->n_blocks);
    out[k++] = field_count("largest_block", c->largest_block);
    out[k++] = field_part("loops", loops_part, job);
    out[k++] = field_count("n_undefined", c->n_undefined);
    out[k++] = field_count("n_imbalanced", c->n_imbalanced);
    out[k++] = field_count("n_defaulted_factors", trace_defaulted(job));
    out[k++] = field_count("n_negative_loss", c->n_negative_loss);
    out[k++] = field_count("n_both_ends_fed", c->n_both_ends_fed);
}

static void as_json(out_file *out, const void *context)
{
    const trace_job *job = context;
    const table *const tables[] = {&job->bus, &job->branch, &job->gen, &job->load, &job->storage};
    field total[TOTAL_FIELDS], certified[CERTIFICATE_FIELDS];
    totals(job, total);
    certificate(job, certified);
    out_char(out, '{');
    for (size_t k = 0; k < CLI_COUNT_OF(tables); k++) {
        table_json(out, tables[k]);
        out_text(out, ",\n");
    }
    fields_json(out, "totals", total, TOTAL_FIELDS);
    out_text(out, ",\n");
    fields_json(out, "certificate", certified, CERTIFICATE_FIELDS);
    out_text(out, ",\n");
    trace_settings_json(out, job);
    out_text(out, ",\n");
    trace_case_json(out, job);
    out_text(out, ",\n");
    json_libcef(out);
    out_text(out, "}\n");
}

/* ---- CSV: one file a table ---- */
static void loops_csv(out_file *out, const trace_job *job)
{
    const trace_loops *loops = &job->loops;
    out_text(out, "loop,bus,mw\n");
    for (cef_index loop = 0; loop < loops->n_loop; loop++) {
        for (cef_index k = loops->start[loop]; k < loops->start[loop + 1]; k++) {
            char id[64];
            cef_case_id(job->source, CEF_BUS, loops->bus[k], id, sizeof id);
            out_format(out, "%d,", (int) loop + 1);
            out_csv_text(out, id);
            out_char(out, ',');
            if (loops->circulating[loop] == loops->circulating[loop])
                out_number(out, loops->circulating[loop]);
            out_char(out, '\n');
        }
    }
}

static void csv_content(out_file *out, const void *context, int file)
{
    const trace_job *job = context;
    const table *const tables[] = {&job->bus, &job->branch, &job->gen, &job->load, &job->storage};
    field f[CERTIFICATE_FIELDS];
    if (file < 5) {
        table_csv(out, tables[file]);
    } else if (file == 5) {
        totals(job, f);
        fields_csv(out, f, TOTAL_FIELDS);
    } else if (file == 6) {
        certificate(job, f);
        fields_csv(out, f, CERTIFICATE_FIELDS);
    } else {
        loops_csv(out, job);
    }
}

cef_status trace_write(trace_job *job, cef_error *error)
{
    static const char *const names[] = {"bus", "branch", "gen", "load", "storage", "totals", "certificate", "loops"};
    const result_form form = {as_json, csv_content, trace_text, names, CLI_COUNT_OF(names)};
    return result_write(&form, job, job->args, error);
}
