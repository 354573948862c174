/* SPDX-License-Identifier: Apache-2.0 */
/* cef trace: one job from case to files.
 *
 *   trace.c        the verb                        trace_rows.c      results -> tables
 *   trace_read.c   case, flows, factors, settings  trace_loops.c     loops of flow and what circulates
 *   trace_json.c   the JSON document, CSV files    trace_settings.c  its settings and case
 *   trace_text.c   the table for people            trace_words.c     its totals and certificate
 */
#ifndef CEF_CLI_TRACE_H
#define CEF_CLI_TRACE_H

#include "args.h"
#include "columns.h"
#include "flow.h"

/* Loops of flow: strongly connected components of two or more buses, by number. */
typedef struct {
    cef_index n_loop;
    cef_index *start;    /* [n_loop + 1] */
    cef_index *bus;      /* [start[n_loop]] positions, ascending within a loop */
    double *circulating; /* [n_loop] MW: the least power received over an arc inside the loop; NaN if none is known */
} trace_loops;

typedef struct {
    const cli_args *args;
    cli_pool pool;
    cef_context *ctx;
    cef_case *source;
    cef_case_info info;
    cef_factor_info factors;
    cli_flow flow; /* whose flows are traced */
    cef_network_data net;
    cef_snapshot snapshot; /* branch_p_to and load_intensity never NULL */
    cef_settings settings;
    cef_solution solution; /* every array there */
    cef_solve_info certificate;
    trace_loops loops;
    table bus, branch, gen, load, storage;
} trace_job;

/* The bus tables' words. */
enum { FLAG_OK, FLAG_UNDEFINED, FLAG_UNFED, FLAG_IMBALANCED, FLAG_MISMATCH };
extern const char *const trace_flags[];
/* The flag of a bus: the gravest that applies. */
uint8_t trace_flag(int32_t bits);

/* Kinds of rows in the table of units. */
enum { UNIT_GEN, UNIT_LOAD, UNIT_MISMATCH };

enum { TRACE_STEPS = 4, TRACE_LONG_WORK = 200000 }; /* of the bar; buses from which a wait is worth one */

/* Case, flows, factors, settings: everything up to the snapshot. */
cef_status trace_read(trace_job *job, cef_error *error);
/* CLI_DONE, or CLI_USAGE after saying which options do not go together. */
int trace_check_usage(const cli_args *args);
/* The roll of the meters that would measure what is traced. */
cef_status trace_roll(const trace_job *job, cef_meter_roll **out, cef_error *error);
/* Meters cannot do all that a trace can: CEF_ERR_UNSUPPORTED, before the case is read. */
cef_status trace_check_meters(const cli_args *args, cef_error *error);
/* One line for factors that are defaults. */
void trace_warn(const trace_job *job);
cef_status trace_rows(trace_job *job, cef_error *error);
cef_status trace_find_loops(trace_job *job, cef_error *error);
/* Factors that rest on a table or policy, not on stated data. */
int64_t trace_defaulted(const trace_job *job);

/* `{"buses": [..], "mw": ..}, ..` between brackets. */
void trace_loops_json(out_file *out, const trace_job *job);
/* The settings that the options of the tracing verbs say. */
cef_settings trace_settings_of(const cli_args *args, double flow_tol);
/* Their members of an object "settings". */
void json_trace_settings(out_file *out, const cli_args *args, const cef_settings *settings);
/* `"settings": {..}`: every option that bears on the numbers, with the value it had. */
void trace_settings_json(out_file *out, const trace_job *job);
/* The result where --output says. */
cef_status trace_write(trace_job *job, cef_error *error);
cef_status trace_text(out_file *out, void *job, cef_error *error); /* of a trace_job */

/* The case, with the flows that were traced and what they miss. */
void trace_case_json(out_file *out, const trace_job *job);

/* `"case": {..}` and `"libcef": {..}` of every verb's JSON; `more` ends the case with keys of the verb, NULL
 * for none. */
void json_case(out_file *out, const cef_case_info *info, void (*more)(out_file *out, const void *context),
               const void *context);
void json_libcef(out_file *out);

#endif /* CEF_CLI_TRACE_H */
