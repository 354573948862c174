/* SPDX-License-Identifier: Apache-2.0 */
/* Both scenarios of a block traced together, the stores carrying carbon from hour to hour and from block to block; and
 * what is kept of the rows. */
#include "year.h"

#include <math.h>
#include <stdlib.h>

/* ---- the scenarios' stores, empty at the start ---- */

static bool open_stores(const year_grid *g, cef_storage **out)
{
    const size_t n = (size_t) g->n_area;
    double *full = take(n, sizeof *full), *efficiency = take(n, sizeof *efficiency);
    for (size_t k = 0; k < n; k++) {
        full[k] = fmax(STORE_HOURS * g->store_mw[k], 1e-3);
        efficiency[k] = STORE_EFFICIENCY;
    }
    const cef_storage_data data = {.struct_size = sizeof data,
                                   .capacity = full,
                                   .efficiency_charge = efficiency,
                                   .efficiency_discharge = efficiency,
                                   .n_storage = g->n_area};
    cef_error error = {.struct_size = sizeof error};
    const bool good = cef_storage_create(g->ctx, &data, NULL, out, &error) == CEF_OK || fail("stores", &error);
    free(full);
    free(efficiency);
    return good;
}

static void open_rows(const year_grid *g, cef_batch_result *rows)
{
    const size_t n = SCENARIOS * (size_t) BLOCK, size = sizeof(double);
    *rows = (cef_batch_result){.struct_size = sizeof *rows,
                               .bus_intensity = take(n * (size_t) g->table.n_bus, size),
                               .load_carbon = take(n * (size_t) g->table.n_load, size),
                               .period_generation = take(n, size),
                               .period_load = take(n, size),
                               .period_loss = take(n, size),
                               .period_mismatch = take(n, size),
                               .storage_carbon_drawn = take(n * (size_t) g->n_area, size),
                               .storage_carbon_delivered = take(n * (size_t) g->n_area, size)};
}

static void close_rows(cef_batch_result *rows)
{
    double *const owned[] = {
        rows->bus_intensity, rows->load_carbon,     rows->period_generation,    rows->period_load,
        rows->period_loss,   rows->period_mismatch, rows->storage_carbon_drawn, rows->storage_carbon_delivered};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++)
        free(owned[k]);
}

bool trace_open(const year_options *o, const year_grid *g, int hours, year_trace *t)
{
    const cef_batch_options options = {.struct_size = sizeof options, .threads = o->threads};
    cef_error error = {.struct_size = sizeof error};
    *t = (year_trace){.certified = true};
    for (int s = 0; s < SCENARIOS; s++) {
        scenario_findings *f = &t->of[s];
        f->carbon = take((size_t) hours, sizeof(double));
        f->least = take((size_t) hours, sizeof(double)), f->most = take((size_t) hours, sizeof(double));
        f->load_mwh = take((size_t) g->table.n_load, sizeof(double));
        f->load_t = take((size_t) g->table.n_load, sizeof(double));
        if (!open_stores(g, &t->stores[s]))
            return false;
    }
    open_rows(g, &t->rows);
    return cef_batch_create(g->ctx, g->net, NULL, &options, &t->batch, &error) == CEF_OK || fail("batch", &error);
}

void trace_close(year_trace *t)
{
    for (int s = 0; s < SCENARIOS; s++) {
        free(t->of[s].carbon);
        free(t->of[s].least);
        free(t->of[s].most);
        free(t->of[s].load_mwh);
        free(t->of[s].load_t);
        cef_storage_destroy(t->stores[s]);
    }
    close_rows(&t->rows);
    cef_batch_destroy(t->batch);
    *t = (year_trace){0};
}

/* ---- what is kept ---- */

static void keep_loads(const year_grid *g, const double *p, const double *carbon, const double *intensity,
                       scenario_findings *f, int hour)
{
    f->least[hour] = INFINITY;
    for (cef_index load = 0; load < g->table.n_load; load++) {
        const double x = intensity[g->table.load_bus[load]];
        if (!(p[load] > 0) || isnan(x))
            continue;
        const int bin = (int) (x / BIN_WIDTH);
        f->load_mwh[load] += p[load];
        f->load_t[load] += carbon[load];
        f->served_mwh += p[load];
        f->bin[bin < 0 ? 0 : bin < BINS ? bin : BINS - 1] += p[load];
        f->least[hour] = fmin(f->least[hour], x);
        f->most[hour] = fmax(f->most[hour], x);
    }
}

static void keep_block(const year_grid *g, const year_block *b, const cef_batch_result *rows, year_trace *t)
{
    const cef_network_data *n = &g->table;
    for (int row = 0; row < SCENARIOS * b->count; row++) {
        const int hour = b->first + row % b->count;
        scenario_findings *f = &t->of[row / b->count];
        const size_t at = (size_t) row;
        keep_loads(g, b->load_p + at * (size_t) n->n_load, rows->load_carbon + at * (size_t) n->n_load,
                   rows->bus_intensity + at * (size_t) n->n_bus, f, hour);
        f->carbon[hour] = rows->period_load[row];
        f->generation_t += rows->period_generation[row], f->load_t_all += rows->period_load[row];
        f->loss_t += rows->period_loss[row], f->mismatch_t += rows->period_mismatch[row];
        for (cef_index gen = 0; gen < n->n_gen; gen++)
            f->energy[g->kind[gen]] += b->gen_p[at * (size_t) n->n_gen + (size_t) gen];
        for (int k = 0; k < g->n_area; k++) {
            const size_t store = at * (size_t) g->n_area + (size_t) k;
            t->charged_mwh += fmax(-b->store_p[store], 0), t->charged_t += rows->storage_carbon_drawn[store];
            t->delivered_mwh += fmax(b->store_p[store], 0), t->delivered_t += rows->storage_carbon_delivered[store];
        }
    }
}

static void keep_certificate(const cef_batch_info *info, bool is_first, year_trace *t)
{
    t->solved += info->n_solved, t->failed += info->n_failed, t->one_by_one += info->n_one_by_one;
    t->error_bound = fmax(t->error_bound, info->error_bound);
    t->backward_error = fmax(t->backward_error, info->backward_error);
    t->conservation = fmax(t->conservation, info->conservation);
    t->balance_mw = fmax(t->balance_mw, info->balance_mw);
    t->horizon = fmax(t->horizon, info->horizon);
    t->certified = t->certified && info->certified;
    t->largest_loop = info->largest_block > t->largest_loop ? info->largest_block : t->largest_loop;
    t->carbon_start = is_first ? info->carbon_start : t->carbon_start;
    t->carbon_end = info->carbon_end;
    t->owner_loss += info->owner_loss;
}

bool trace_block(const year_grid *g, const year_block *b, year_trace *t)
{
    const int n = SCENARIOS * b->count;
    const cef_batch_data data = {.struct_size = sizeof data,
                                 .branch_p_from = b->p_from,
                                 .branch_p_to = b->p_to,
                                 .gen_p = b->gen_p,
                                 .gen_intensity = g->intensity,
                                 .load_p = b->load_p,
                                 .storage_p = b->store_p,
                                 .n_periods = n,
                                 .fixed = CEF_BATCH_FIXED_GEN_INTENSITY,
                                 .storage = t->stores,
                                 .n_scenarios = SCENARIOS};
    cef_batch_info info = {.struct_size = sizeof info};
    cef_error error = {.struct_size = sizeof error};
    t->seconds -= now();
    const bool good = cef_batch_solve(t->batch, &data, &t->rows, &info, &error) == CEF_OK || fail("trace", &error);
    t->seconds += now();
    if (good) {
        keep_block(g, b, &t->rows, t);
        keep_certificate(&info, b->first == 0, t);
    }
    return good;
}
