/* SPDX-License-Identifier: Apache-2.0 */
/* Periods one by one, each as cef_solver_solve solves it, straight between the caller's rows. */
#include "batch/parts.h"

static const double *row_in(const double *base, cef_index period, cef_index n)
{
    return base ? base + (size_t) period * (size_t) n : NULL;
}
static double *row_out(double *base, cef_index period, cef_index n)
{
    return base ? base + (size_t) period * (size_t) n : NULL;
}

cef_snapshot period_snapshot(const batch_call *call, cef_index t)
{
    const cef_batch_data *d = call->data;
    const cef_network *net = call->batch->net;
    const cef_index t_gen = d->fixed & CEF_BATCH_FIXED_GEN_INTENSITY ? 0 : t;
    const cef_index t_load = d->fixed & CEF_BATCH_FIXED_LOAD_INTENSITY ? 0 : t;
    const cef_index t_storage = d->fixed & CEF_BATCH_FIXED_STORAGE_INTENSITY ? 0 : t;
    return (cef_snapshot){.struct_size = sizeof(cef_snapshot),
                          .branch_p_from = row_in(d->branch_p_from, t, net->n_branch),
                          .branch_p_to = row_in(d->branch_p_to, t, net->n_branch),
                          .gen_p = row_in(d->gen_p, t, net->n_gen),
                          .gen_intensity = row_in(d->gen_intensity, t_gen, net->n_gen),
                          .load_p = row_in(d->load_p, t, net->n_load),
                          .load_intensity = row_in(d->load_intensity, t_load, net->n_load),
                          .storage_p = row_in(d->storage_p, t, net->n_storage),
                          .storage_intensity = batch_coupled(call)
                                                   ? coupled_prices(call, t)
                                                   : row_in(d->storage_intensity, t_storage, net->n_storage)};
}

cef_solution period_solution(const batch_call *call, cef_index t)
{
    const cef_batch_result *r = call->out;
    const cef_network *net = call->batch->net;
    return (cef_solution){.struct_size = sizeof(cef_solution),
                          .bus_intensity = row_out(r->bus_intensity, t, net->n_bus),
                          .bus_throughput = row_out(r->bus_throughput, t, net->n_bus),
                          .branch_carbon_from = row_out(r->branch_carbon_from, t, net->n_branch),
                          .branch_carbon_to = row_out(r->branch_carbon_to, t, net->n_branch),
                          .branch_carbon_loss = row_out(r->branch_carbon_loss, t, net->n_branch),
                          .gen_carbon = row_out(r->gen_carbon, t, net->n_gen),
                          .load_carbon = row_out(r->load_carbon, t, net->n_load),
                          .storage_carbon = row_out(r->storage_carbon, t, net->n_storage)};
}

static void fill(double *row, cef_index n)
{
    for (cef_index k = 0; row && k < n; k++)
        row[k] = (double) NAN;
}

static void leave_undefined(const cef_network *net, const cef_solution *rows)
{
    fill(rows->bus_intensity, net->n_bus);
    fill(rows->bus_throughput, net->n_bus);
    fill(rows->branch_carbon_from, net->n_branch);
    fill(rows->branch_carbon_to, net->n_branch);
    fill(rows->branch_carbon_loss, net->n_branch);
    fill(rows->gen_carbon, net->n_gen);
    fill(rows->load_carbon, net->n_load);
    fill(rows->storage_carbon, net->n_storage);
}

static void write_verdict(const cef_batch_result *out, cef_index t, const batch_verdict *v)
{
    const bool good = v->status == CEF_OK;
    double *const column[] = {out->period_error_bound, out->period_backward_error, out->period_conservation,
                              out->period_balance_mw,  out->period_generation,     out->period_load,
                              out->period_loss,        out->period_export,         out->period_storage,
                              out->period_mismatch};
    const double value[] = {v->error_bound,       v->backward_error, v->conservation, v->balance_mw,
                            v->totals.generation, v->totals.load,    v->totals.loss,  v->totals.exported,
                            v->totals.storage,    v->totals.mismatch};
    for (size_t k = 0; k < sizeof value / sizeof *value; k++)
        if (column[k])
            column[k][t] = good ? value[k] : (double) NAN;
    if (out->period_status)
        out->period_status[t] = v->status;
}

static void note_solved(batch_findings *found, const batch_verdict *v, double hours)
{
    const double totals[6] = {v->totals.generation, v->totals.load,    v->totals.loss,
                              v->totals.exported,   v->totals.storage, v->totals.mismatch};
    found->n_solved++;
    found->error_bound = greater(v->error_bound, found->error_bound);
    found->backward_error = greater(v->backward_error, found->backward_error);
    found->conservation = greater(v->conservation, found->conservation);
    found->balance_mw = greater(v->balance_mw, found->balance_mw);
    if (v->maximum_principle < found->maximum_principle)
        found->maximum_principle = v->maximum_principle;
    for (int k = 0; k < 6; k++)
        sum_add(&found->emissions[k], totals[k] * hours);
}

static void note_failed(batch_findings *found, cef_index t, const cef_error *error)
{
    found->n_failed++;
    if (found->first_failed >= 0 && found->first_failed < t)
        return;
    found->first_failed = t;
    found->error = *error;
    found->error.period = t;
}

void period_close(batch_worker *w, const batch_call *call, cef_index t, const batch_verdict *verdict,
                  const cef_solution *rows, const cef_error *why)
{
    batch_verdict v = *verdict;
    cef_error error = why ? *why : (cef_error){.struct_size = sizeof error};
    if (batch_coupled(call))
        v.status = coupled_close(w, call, t, verdict, rows, &error);
    write_verdict(call->out, t, &v);
    if (v.status == CEF_OK) {
        note_solved(&w->found, &v, call->hours);
        sums_add_period(w, call, t, rows);
        return;
    }
    const cef_solution own = period_solution(call, t);
    leave_undefined(call->batch->net, &own);
    groups_leave_undefined(call, t);
    note_failed(&w->found, t, &error);
}

/* What is summed over time but not wanted period by period goes to rows of the worker's own. */
static cef_solution rows_for(const batch_worker *w, const batch_call *call, cef_index t)
{
    cef_solution rows = period_solution(call, t);
    if ((batch_wants(call, COLUMN_BUS_ENERGY) || batch_coupled(call)) && !rows.bus_intensity)
        rows.bus_intensity = w->intensity;
    if (batch_wants(call, COLUMN_BUS_ENERGY) && !rows.bus_throughput)
        rows.bus_throughput = w->throughput;
    if (batch_needs_gen_carbon(call) && !rows.gen_carbon)
        rows.gen_carbon = w->gen_carbon;
    if (batch_needs_load_carbon(call) && !rows.load_carbon)
        rows.load_carbon = w->load_carbon;
    return rows;
}

static batch_verdict verdict_of(cef_status status, const cef_solve_info *info)
{
    return (batch_verdict){.status = status,
                           .error_bound = info->error_bound,
                           .backward_error = info->backward_error,
                           .conservation = info->conservation,
                           .balance_mw = info->balance_mw,
                           .totals = {info->total_generation, info->total_load, info->total_loss, info->total_export,
                                      info->total_storage, info->total_mismatch},
                           .maximum_principle = info->maximum_principle};
}

void one_by_one_solve(batch_worker *w, const batch_call *call, cef_index t)
{
    sums_flush(w, call); /* before the worker's own rows are taken */
    const cef_snapshot snapshot = period_snapshot(call, t);
    cef_solution rows = rows_for(w, call, t);
    cef_solve_info info = {.struct_size = sizeof info};
    batch_findings *found = &w->found;
    cef_error error = {.struct_size = sizeof error};
    cef_status status = batch_coupled(call) ? coupled_ready(call, t, &error) : CEF_OK;
    if (status == CEF_OK)
        status = solver_solve(w->solver, &snapshot, &rows, &info, &error);
    const batch_verdict verdict = verdict_of(status, &info);
    found->n_one_by_one++;
    if (status == CEF_OK) {
        found->n_blocks = info.n_blocks > found->n_blocks ? info.n_blocks : found->n_blocks;
        found->largest_block = info.largest_block > found->largest_block ? info.largest_block : found->largest_block;
    }
    period_close(w, call, t, &verdict, &rows, &error);
    sums_flush(w, call);
}
