/* SPDX-License-Identifier: Apache-2.0 */
/* The power flow of a block of hours. Threads take runs of 24 hours of one scenario; each run has a handle of its own,
 * starts from the case's voltages and goes on from hour to hour, so that results do not depend on the number of
 * threads.
 */
#include "year.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

enum { RUN = 24, MOST_THREADS = 256 };

typedef struct {
    const year_options *options;
    const year_grid *grid;
    const year_profile *profile;
    const year_dispatch *dispatch;
    year_block *block;
    int next_run; /* atomic */
    pthread_mutex_t lock;
    flow_findings *found; /* under the lock */
} flow_job;

/* ---- one hour ---- */

typedef struct {
    double *gen_p, *load_p, *load_q, *store_p;
} hour_inputs;

static hour_inputs inputs_open(const year_grid *grid)
{
    return (hour_inputs){.gen_p = take((size_t) grid->table.n_gen, sizeof(double)),
                         .load_p = take((size_t) grid->table.n_load, sizeof(double)),
                         .load_q = take((size_t) grid->table.n_load, sizeof(double)),
                         .store_p = take((size_t) grid->n_area, sizeof(double))};
}

static void inputs_close(hour_inputs *in)
{
    free(in->gen_p);
    free(in->load_p);
    free(in->load_q);
    free(in->store_p);
}

/* Loads keep their power factor. */
static cef_injections inputs_of(const flow_job *job, const hour_inputs *in, int scenario, int hour)
{
    const year_grid *grid = job->grid;
    const double *area_mw = job->profile->load + (size_t) hour * (size_t) grid->n_area;
    for (cef_index load = 0; load < grid->table.n_load; load++) {
        const int area = grid->area[load];
        const double scale = area < 0 ? 1 : area_mw[area] / grid->area_mw[area];
        in->load_p[load] = scale * grid->base.load_p[load];
        in->load_q[load] = scale * (grid->base.load_q ? grid->base.load_q[load] : 0);
    }
    for (cef_index gen = 0; gen < grid->table.n_gen; gen++)
        in->gen_p[gen] = dispatch_unit(grid, job->profile, job->dispatch, scenario, hour, gen);
    for (int k = 0; k < grid->n_area; k++)
        in->store_p[k] = scenario == WITH ? job->profile->store[hour * grid->n_area + k] : 0;
    return (cef_injections){.struct_size = sizeof(cef_injections),
                            .gen_p = in->gen_p,
                            .load_p = in->load_p,
                            .load_q = in->load_q,
                            .bus_q = grid->base.bus_q,
                            .storage_p = in->store_p};
}

static cef_powerflow_solution rows_of(const flow_job *job, int scenario, int hour)
{
    const year_block *b = job->block;
    const cef_network_data *t = &job->grid->table;
    const size_t row = (size_t) scenario * (size_t) b->count + (size_t) (hour - b->first);
    return (cef_powerflow_solution){.struct_size = sizeof(cef_powerflow_solution),
                                    .branch_p_from = b->p_from + row * (size_t) t->n_branch,
                                    .branch_p_to = b->p_to + row * (size_t) t->n_branch,
                                    .gen_p = b->gen_p + row * (size_t) t->n_gen,
                                    .load_p = b->load_p + row * (size_t) t->n_load,
                                    .storage_p = b->store_p + row * (size_t) t->n_storage};
}

static void note(const year_grid *grid, const cef_powerflow_solution *rows, const cef_powerflow_info *info,
                 flow_findings *found)
{
    for (cef_index b = 0; b < grid->table.n_branch; b++)
        found->overloads +=
            grid->rating[b] > 0 && fmax(fabs(rows->branch_p_from[b]), fabs(rows->branch_p_to[b])) > grid->rating[b];
    found->solves++;
    found->iterations += info->iterations;
    found->loss_mwh += info->loss_mw;
    found->worst_mismatch = fmax(found->worst_mismatch, info->mismatch);
    found->most_slack_mw = fmax(found->most_slack_mw, fabs(info->slack_mw));
}

/* ---- runs ---- */

static cef_status open_powerflow(const flow_job *job, cef_powerflow **out, cef_error *error)
{
    cef_powerflow_options options;
    cef_powerflow_options_init(&options, sizeof options);
    options.method = job->options->dc ? CEF_POWERFLOW_DC : CEF_POWERFLOW_AC;
    options.start = CEF_START_PREVIOUS;
    options.participation = job->grid->participation;
    return cef_powerflow_create(job->grid->ctx, job->grid->net, &job->grid->wires, &options, out, error);
}

static cef_status solve_run(const flow_job *job, const hour_inputs *in, int run, flow_findings *found, cef_error *error)
{
    const year_block *b = job->block;
    const int runs = (b->count + RUN - 1) / RUN, scenario = run / runs, first = b->first + run % runs * RUN;
    const int end = first + RUN < b->first + b->count ? first + RUN : b->first + b->count;
    cef_powerflow *pf = NULL;
    cef_status status = open_powerflow(job, &pf, error);
    for (int hour = first; status == CEF_OK && hour < end; hour++) {
        const cef_injections at = inputs_of(job, in, scenario, hour);
        cef_powerflow_solution rows = rows_of(job, scenario, hour);
        cef_powerflow_info info = {.struct_size = sizeof info};
        status = cef_powerflow_solve(pf, &at, &rows, &info, error);
        if (status == CEF_OK)
            note(job->grid, &rows, &info, found);
        else
            fprintf(stderr, "hour %d:\n", hour);
    }
    cef_powerflow_destroy(pf);
    return status;
}

static void *work(void *argument)
{
    flow_job *job = argument;
    const int runs = SCENARIOS * ((job->block->count + RUN - 1) / RUN);
    hour_inputs in = inputs_open(job->grid);
    flow_findings found = {0};
    for (;;) {
        const int run = __atomic_fetch_add(&job->next_run, 1, __ATOMIC_RELAXED);
        cef_error error = {.struct_size = sizeof error};
        if (run >= runs)
            break;
        if (solve_run(job, &in, run, &found, &error) != CEF_OK)
            found.failed = !fail("power flow", &error);
    }
    inputs_close(&in);
    pthread_mutex_lock(&job->lock);
    flow_findings *all = job->found;
    all->solves += found.solves, all->iterations += found.iterations, all->overloads += found.overloads;
    all->loss_mwh += found.loss_mwh;
    all->worst_mismatch = fmax(all->worst_mismatch, found.worst_mismatch);
    all->most_slack_mw = fmax(all->most_slack_mw, found.most_slack_mw);
    all->failed |= found.failed;
    pthread_mutex_unlock(&job->lock);
    return NULL;
}

bool flows_solve(const year_options *o, const year_grid *grid, const year_profile *profile,
                 const year_dispatch *dispatch, year_block *block, flow_findings *found)
{
    flow_job job = {
        .options = o, .grid = grid, .profile = profile, .dispatch = dispatch, .block = block, .found = found};
    pthread_t thread[MOST_THREADS];
    int started = 0;
    found->seconds -= now();
    pthread_mutex_init(&job.lock, NULL);
    while (started < o->threads - 1 && pthread_create(&thread[started], NULL, work, &job) == 0)
        started++;
    work(&job); /* the runs that no thread takes */
    for (int k = 0; k < started; k++)
        pthread_join(thread[k], NULL);
    pthread_mutex_destroy(&job.lock);
    found->seconds += now();
    return !found->failed;
}

bool flows_loss(const year_options *o, const year_grid *grid, const year_profile *profile,
                const year_dispatch *dispatch, int hour, double *share)
{
    const flow_job job = {.options = o, .grid = grid, .profile = profile, .dispatch = dispatch};
    cef_error error = {.struct_size = sizeof error};
    cef_powerflow_info info = {.struct_size = sizeof info};
    cef_powerflow *pf = NULL;
    hour_inputs in = inputs_open(grid);
    const cef_injections at = inputs_of(&job, &in, WITHOUT, hour);
    cef_status status = open_powerflow(&job, &pf, &error);
    if (status == CEF_OK)
        status = cef_powerflow_solve(pf, &at, NULL, &info, &error);
    cef_powerflow_destroy(pf);
    inputs_close(&in);
    *share = info.loss_mw / profile->total[hour];
    return status == CEF_OK || fail("power flow of the hour of most load", &error);
}

year_block block_open(const year_grid *grid)
{
    const size_t rows = SCENARIOS * (size_t) BLOCK, size = sizeof(double);
    const cef_network_data *t = &grid->table;
    return (year_block){.p_from = take(rows * (size_t) t->n_branch, size),
                        .p_to = take(rows * (size_t) t->n_branch, size),
                        .gen_p = take(rows * (size_t) t->n_gen, size),
                        .load_p = take(rows * (size_t) t->n_load, size),
                        .store_p = take(rows * (size_t) t->n_storage, size)};
}

void block_close(year_block *b)
{
    free(b->p_from);
    free(b->p_to);
    free(b->gen_p);
    free(b->load_p);
    free(b->store_p);
    *b = (year_block){0};
}
