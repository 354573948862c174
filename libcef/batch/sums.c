/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over periods: compensated, period by period within a block, then block by block. */
#include "batch/parts.h"

static cef_index length_of(const cef_network *net, int column)
{
    const cef_index lengths[COLUMNS] = {net->n_bus, net->n_bus, net->n_gen, net->n_gen, net->n_load, net->n_load};
    return lengths[column];
}

void sums_carve(cef_arena *arena, batch_column *column, const cef_network *net)
{
    for (int c = 0; c < COLUMNS; c++) {
        column[c].n = length_of(net, c);
        ARENA_ARRAY(arena, column[c].sum, column[c].n);
        ARENA_ARRAY(arena, column[c].rest, column[c].n);
    }
}

void sums_clear(batch_column *column, const bool *wanted)
{
    for (int c = 0; c < COLUMNS; c++)
        if (wanted[c]) {
            memset(column[c].sum, 0, (size_t) column[c].n * sizeof(double));
            memset(column[c].rest, 0, (size_t) column[c].n * sizeof(double));
        }
}

void sums_add_period(batch_worker *w, const batch_call *call, cef_index period, const cef_solution *rows)
{
    batch_pending *p = &w->pending;
    if (p->n == LANES)
        sums_flush(w, call);
    p->period[p->n] = period;
    p->rows[p->n++] = *rows;
}

static void add_columns(batch_worker *w, const batch_call *call)
{
    const batch_pending *p = &w->pending;
    const double *row[COLUMNS][LANES] = {{0}};
    for (cef_index k = 0; k < p->n; k++) {
        const cef_snapshot s = period_snapshot(call, p->period[k]);
        const cef_solution *r = &p->rows[k];
        const double *now[COLUMNS] = {r->bus_intensity, r->bus_throughput, s.gen_p,
                                      r->gen_carbon,    s.load_p,          r->load_carbon};
        for (int c = 0; c < COLUMNS; c++)
            row[c][k] = now[c];
    }
    if (batch_wants(call, COLUMN_BUS_ENERGY))
        w->kernels->add_buses(&w->column[COLUMN_BUS_ENERGY], &w->column[COLUMN_BUS_EMISSIONS], row[0], row[1], p->n,
                              call->hours);
    for (int c = COLUMN_GEN_ENERGY; c < COLUMNS; c++)
        if (batch_wants(call, c))
            w->kernels->add_rows(&w->column[c], row[c], p->n, call->hours);
}

void sums_flush(batch_worker *w, const batch_call *call)
{
    if (w->pending.n == 0)
        return;
    add_columns(w, call);
    groups_write(w, call);
    w->pending.n = 0;
}

void sums_join(batch_column *all, const batch_column *block, const bool *wanted)
{
    for (int c = 0; c < COLUMNS; c++)
        for (cef_index k = 0; wanted[c] && k < all[c].n; k++) {
            batch_sum s = {all[c].sum[k], all[c].rest[k]};
            sum_add(&s, block[c].sum[k]);
            sum_add(&s, block[c].rest[k]);
            all[c].sum[k] = s.sum;
            all[c].rest[k] = s.rest;
        }
}

double *sums_output(const cef_batch_result *out, int column)
{
    double *const outputs[COLUMNS] = {out->bus_energy,    out->bus_emissions, out->gen_energy,
                                      out->gen_emissions, out->load_energy,   out->load_emissions};
    return outputs[column];
}

void sums_write(const batch_column *all, const cef_batch_result *out)
{
    for (int c = 0; c < COLUMNS; c++) {
        double *column = sums_output(out, c);
        for (cef_index k = 0; column && k < all[c].n; k++)
            column[k] = all[c].sum[k] + all[c].rest[k];
    }
}

batch_findings findings_none(void)
{
    return (batch_findings){.first_failed = -1, .maximum_principle = 1, .error = {.struct_size = sizeof(cef_error)}};
}

void findings_join(batch_findings *all, const batch_findings *block)
{
    all->error_bound = greater(block->error_bound, all->error_bound);
    all->backward_error = greater(block->backward_error, all->backward_error);
    all->conservation = greater(block->conservation, all->conservation);
    all->balance_mw = greater(block->balance_mw, all->balance_mw);
    for (int k = 0; k < 6; k++) {
        sum_add(&all->emissions[k], block->emissions[k].sum);
        sum_add(&all->emissions[k], block->emissions[k].rest);
    }
    const batch_sum *const more[] = {&block->carbon_start, &block->carbon_end, &block->owner_loss};
    batch_sum *const sums[] = {&all->carbon_start, &all->carbon_end, &all->owner_loss};
    for (int k = 0; k < 3; k++) {
        sum_add(sums[k], more[k]->sum);
        sum_add(sums[k], more[k]->rest);
    }
    all->horizon = isnan(all->horizon) || block->horizon <= all->horizon ? all->horizon : block->horizon;
    all->n_unknown += block->n_unknown;
    if (all->first_failed < 0 && block->first_failed >= 0) {
        all->first_failed = block->first_failed;
        all->error = block->error;
    }
    all->n_solved += block->n_solved;
    all->n_failed += block->n_failed;
    all->n_one_by_one += block->n_one_by_one;
    all->n_orders += block->n_orders;
    all->n_blocks = block->n_blocks > all->n_blocks ? block->n_blocks : all->n_blocks;
    all->largest_block = block->largest_block > all->largest_block ? block->largest_block : all->largest_block;
    all->maximum_principle =
        block->maximum_principle < all->maximum_principle ? block->maximum_principle : all->maximum_principle;
}
