/* SPDX-License-Identifier: Apache-2.0 */
/* The totals, and the certificate in words. */
#include <math.h>
#include <stdio.h>

#include "trace_page.h"

enum { SHOW_LOOPS = 5, SHOW_LOOP_BUSES = 16, ID_SIZE = 64 };

/* ---- totals ---- */
/* MW of the rows of a table's kinds, the positive or the negative ones, without their sign. */
static double power_of(const table *t, int kind_column, int p_column, unsigned kinds, double sign)
{
    double sum = 0.0;
    for (size_t row = 0; row < t->n_row; row++) {
        const double p = sign * t->column[p_column].number[row];
        if (p > 0.0 && (kind_column < 0 || kinds >> t->column[kind_column].word[row] & 1u))
            sum += p;
    }
    return sum;
}

static double branch_loss(const trace_job *job)
{
    double sum = 0.0;
    for (cef_index branch = 0; branch < job->net.n_branch; branch++)
        sum += job->snapshot.branch_p_from[branch] + job->snapshot.branch_p_to[branch];
    return sum;
}

/* mw NaN: not told. A mean is told of what is all of one direction. */
static void total_line(const page *p, const char *name, double mw, double carbon, bool mean)
{
    const double all = p->job->certificate.total_generation;
    out_format(p->out, "  %-12s", name);
    page_number(p->out, 15, 3, mw);
    page_number(p->out, 15, 3, carbon);
    page_number(p->out, 9, 2, all > 0.0 ? 100.0 * carbon / all : (double) NAN);
    page_number(p->out, 12, 6, mean && mw > 0.0 ? carbon / mw : (double) NAN);
    out_char(p->out, '\n');
}

void page_totals(const page *p)
{
    enum { GEN_KIND = 2, GEN_P = 3, LOAD_KIND = 2, LOAD_P = 3, STORAGE_P = 2 }; /* columns */
    const cef_solve_info *c = &p->job->certificate;
    const table *gen = &p->job->gen, *load = &p->job->load, *store = &p->job->storage;
    const double charging = power_of(store, -1, STORAGE_P, 0, -1.0) - power_of(store, -1, STORAGE_P, 0, 1.0);
    out_format(p->out, "  %-12s%15s%15s%9s%12s\n", "total", "MW", "tCO2/h", "%", "tCO2/MWh");
    total_line(p, "generation", power_of(gen, GEN_KIND, GEN_P, 1u << UNIT_GEN | 1u << UNIT_LOAD, 1.0),
               c->total_generation, true);
    total_line(p, "load",
               power_of(load, LOAD_KIND, LOAD_P, 1u << CEF_LOAD_DEMAND | 1u << CEF_LOAD_SHUNT, 1.0) +
                   power_of(gen, GEN_KIND, GEN_P, 1u << UNIT_GEN, -1.0),
               c->total_load, true);
    total_line(p, "loss", branch_loss(p->job), c->total_loss, false);
    total_line(p, "export", power_of(load, LOAD_KIND, LOAD_P, 1u << CEF_LOAD_EXPORT, 1.0), c->total_export, true);
    total_line(p, "storage", charging, c->total_storage, false);
    total_line(p, "mismatch", (double) NAN, c->total_mismatch, false);
}

/* ---- certificate ---- */
static void loop_line(const page *p, cef_index loop)
{
    const trace_loops *loops = &p->job->loops;
    const cef_index n = loops->start[loop + 1] - loops->start[loop];
    out_format(p->out, "    %d buses, ", (int) n);
    page_number(p->out, 0, 3, loops->circulating[loop]);
    out_text(p->out, " MW around:");
    for (cef_index k = 0; k < n && k < SHOW_LOOP_BUSES; k++) {
        char id[ID_SIZE];
        cef_case_id(p->job->source, CEF_BUS, loops->bus[loops->start[loop] + k], id, sizeof id);
        out_format(p->out, " %s", id);
    }
    out_text(p->out, n > SHOW_LOOP_BUSES ? " ..\n" : "\n");
}

static cef_index loop_size(const trace_loops *loops, cef_index loop)
{
    return loops->start[loop + 1] - loops->start[loop];
}

/* The largest loops, as many as are shown, without sorting all: insertion into a short list. */
static int largest_loops(const trace_loops *loops, cef_index shown[SHOW_LOOPS])
{
    int n = 0;
    for (cef_index loop = 0; loop < loops->n_loop; loop++) {
        if (n == SHOW_LOOPS && loop_size(loops, loop) <= loop_size(loops, shown[n - 1]))
            continue;
        int place = n < SHOW_LOOPS ? n++ : n - 1;
        for (; place > 0 && loop_size(loops, loop) > loop_size(loops, shown[place - 1]); place--)
            shown[place] = shown[place - 1];
        shown[place] = loop;
    }
    return n;
}

static void loops_section(const page *p)
{
    const trace_loops *loops = &p->job->loops;
    if (loops->n_loop == 0) {
        out_text(p->out, "  no loops of flow\n");
        return;
    }
    cef_index shown[SHOW_LOOPS];
    const int n = largest_loops(loops, shown);
    out_format(p->out, "  %d loop%s of flow, solved exactly%s:\n", (int) loops->n_loop, loops->n_loop > 1 ? "s" : "",
               loops->n_loop > n ? "; the largest" : "");
    for (int k = 0; k < n; k++)
        loop_line(p, shown[k]);
}

static void counted(const page *p, const char *format, int64_t n)
{
    if (n == 0)
        return;
    char line[160];
    snprintf(line, sizeof line, format, (long long) n);
    out_format(p->out, "  %s\n", line);
}

static void balance_line(const page *p)
{
    const cef_solve_info *c = &p->job->certificate;
    if (c->worst_balance_bus < 0 || c->worst_balance_bus >= p->job->net.n_bus)
        return;
    char id[ID_SIZE];
    cef_case_id(p->job->source, CEF_BUS, c->worst_balance_bus, id, sizeof id);
    out_format(p->out, "  worst power balance %.4g MW at bus %s; %d buses above %g MW\n", c->balance_mw, id,
               (int) c->n_imbalanced, p->job->settings.balance_tol);
}

/* With a negative intensity anywhere the bound is absolute. */
static bool any_negative(const double *p, const double *intensity, cef_index n, double sign)
{
    for (cef_index k = 0; k < n; k++)
        if (sign * p[k] > 0.0 && intensity[k] < 0.0)
            return true;
    return false;
}

static const char *bound_measure(const trace_job *job)
{
    const cef_snapshot *s = &job->snapshot;
    const bool absolute = any_negative(s->gen_p, s->gen_intensity, job->net.n_gen, 1.0) ||
                          any_negative(s->load_p, s->load_intensity, job->net.n_load, -1.0) ||
                          any_negative(s->storage_p, s->storage_intensity, job->net.n_storage, 1.0) ||
                          job->settings.mismatch_intensity < 0.0;
    return absolute ? "tCO2/MWh" : "(relative)";
}

void page_certificate(const page *p)
{
    const cef_solve_info *c = &p->job->certificate;
    if (c->certified)
        page_paint(p, "32", "certified");
    else
        page_paint(p, "31", "NOT CERTIFIED: do not publish these numbers");
    if (c->range_exceeded)
        out_text(p->out, "\n  a value overflowed or underflowed: no bound holds\n");
    else
        out_format(p->out, "\n  every intensity is within %.1e %s of the exact one for these flows\n", c->error_bound,
                   bound_measure(p->job));
    out_format(p->out, "  backward error %.1e, residual bound %.1e, carbon conserved to %.1e\n", c->backward_error,
               c->residual_bound, c->conservation);
    out_text(p->out, c->maximum_principle > 0    ? "  every intensity lies between those of the units upstream\n"
                     : c->maximum_principle == 0 ? "  an intensity lies outside those of the units upstream\n"
                                                 : "");
    balance_line(p);
    loops_section(p);
    counted(p, "%lld buses without an intensity", c->n_undefined);
    counted(p, "%lld of them send power that no unit feeds", c->n_unfed);
    counted(p, "%lld branches deliver more than they take", c->n_negative_loss);
    counted(p, "%lld branches are fed at both ends", c->n_both_ends_fed);
    counted(p, "%lld branches deliver at both ends", c->n_both_ends_deliver);
    counted(p, "%lld emission factors are defaults", trace_defaulted(p->job));
}
