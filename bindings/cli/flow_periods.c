/* SPDX-License-Identifier: Apache-2.0 */
/* Many periods: blocks of BLOCK are handed to threads. A block starts from the case's voltages and warms up inside, so
 * that the numbers do not depend on how many threads there are. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow.h"
#include "profile.h"
#include "say.h"
#include "trace.h"

enum { BLOCK = 64, MOST_THREADS = 256 };
enum { IN_GEN_P, IN_LOAD_P, IN_LOAD_Q, IN_STORAGE_P, N_IN };
enum { OUT_VM, OUT_VA, OUT_FROM, OUT_TO, OUT_GEN, OUT_LOAD, OUT_SHUNT, OUT_STATUS, N_OUT };
static const char *const in_names[N_IN] = {"gen_p", "load_p", "load_q", "storage_p"};
static const char *const out_names[N_OUT] = {"bus_vm", "bus_va", "branch_p_from", "branch_p_to",
                                             "gen_p",  "load_p", "shunt_p",       "period_status"};

typedef struct {
    cef_context *ctx;
    cef_case *source;
    const cli_args *args;
    cef_case_info info;
    cef_network_data net;
    flow_input input;
    profile in[N_IN];
    npy_out out[N_OUT];
    load_columns loads;
    size_t n_period;
    double *mismatch;    /* [n_period] per unit, NaN where it failed */
    int32_t *iterations; /* [n_period] */
    atomic_size_t next_block;
    atomic_bool stop;
    pthread_mutex_t guard; /* of the next four */
    cef_error fatal, first_failure;
    size_t first_failed; /* n_period: none */
    size_t n_failed;
} periods_job;

/* What one thread works on. */
typedef struct {
    periods_job *job;
    cli_pool pool;
    cef_injections at;
    cef_powerflow_solution solution;
    double *rows[N_IN];      /* [BLOCK][columns] of each profile: the block in hand */
    size_t first;            /* period of the block */
    double *load_p, *load_q; /* [n_load] of this period */
    double *row;             /* [n_demand or n_shunt] */
} worker;

static void stop_all(periods_job *job, const cef_error *error)
{
    pthread_mutex_lock(&job->guard);
    if (job->fatal.status == CEF_OK)
        job->fatal = *error;
    pthread_mutex_unlock(&job->guard);
    atomic_store(&job->stop, true);
}

/* ---- in ---- */

static cef_status check_columns(const periods_job *job, int k, cef_error *error)
{
    static const cef_element tables[N_IN] = {CEF_GEN, CEF_LOAD, CEF_LOAD, CEF_STORAGE};
    const profile *p = &job->in[k];
    const cef_index n = k == IN_GEN_P ? job->net.n_gen : job->net.n_storage;
    const bool is_load = k == IN_LOAD_P || k == IN_LOAD_Q;
    if (is_load)
        CLI_TRY(load_columns_check(&job->loads, p, error));
    if (p->is_vector)
        return say_set(error, CEF_ERR_PARSE, "syntax", "%s: its shape is not [T][n]", p->name);
    if (!is_load && p->columns != (size_t) n)
        return say_set(error, CEF_ERR_PARSE, "row-length", "%s has %zu columns, the case %d rows", p->name, p->columns,
                       (int) n);
    return profile_check_names(p, job->source, tables[k], is_load ? load_columns_rows(&job->loads, p) : NULL, error);
}

static cef_status open_profiles(periods_job *job, cef_error *error)
{
    const char *folder = job->args->option[OPTION_PROFILES].text;
    const profile *first = NULL;
    profile_warn_of_others(folder);
    for (int k = 0; k < N_IN; k++) {
        profile *in = &job->in[k];
        CLI_TRY(profile_open(in, folder, in_names[k], error));
        if (!in->there)
            continue;
        CLI_TRY(check_columns(job, k, error));
        if (first && in->rows != first->rows)
            return say_set(error, CEF_ERR_PARSE, "row-length", "%s has %zu periods, another profile %zu", in_names[k],
                           in->rows, first->rows);
        first = in;
    }
    if (!first || first->rows == 0 || first->rows > INT32_MAX)
        return say_set(error, CEF_ERR_PARSE, "missing-field",
                       "%s: no period: give gen_p.npy, load_p.npy, load_q.npy or "
                       "storage_p.npy, [T][n]",
                       folder);
    job->n_period = first->rows;
    return CEF_OK;
}

/* The period's row of the block in hand; NULL: the case's own is used. */
static const double *row_of(const worker *w, int k, size_t period)
{
    const profile *in = &w->job->in[k];
    return in->there ? w->rows[k] + (period - w->first) * in->columns : NULL;
}

static void set_period(worker *w, size_t period)
{
    const periods_job *job = w->job;
    const cef_injections *own = &job->input.at;
    const double *gen = row_of(w, IN_GEN_P, period), *store = row_of(w, IN_STORAGE_P, period);
    load_columns_place(&job->loads, &job->in[IN_LOAD_P], row_of(w, IN_LOAD_P, period), own->load_p, w->load_p);
    load_columns_place(&job->loads, &job->in[IN_LOAD_Q], row_of(w, IN_LOAD_Q, period), own->load_q, w->load_q);
    w->at = *own;
    w->at.gen_p = gen ? gen : own->gen_p;
    w->at.storage_p = store ? store : own->storage_p;
    w->at.load_p = w->load_p;
    w->at.load_q = w->load_q;
}

/* ---- out ---- */

static cef_status create_outputs(periods_job *job, cef_error *error)
{
    const char *folder = job->args->option[OPTION_OUTPUT].text;
    const size_t bus = (size_t) job->net.n_bus, branch = (size_t) job->net.n_branch;
    const size_t columns[N_OUT] = {
        bus, bus, branch, branch, (size_t) job->net.n_gen, job->loads.n_demand, job->loads.n_shunt, 1};
    struct stat file;
    if (mkdir(folder, 0777) != 0 && (stat(folder, &file) != 0 || !S_ISDIR(file.st_mode)))
        return say_set(error, CEF_ERR_IO, "cannot-write", "%s: it is not a folder and cannot be made", folder);
    for (int k = 0; k < N_OUT; k++)
        CLI_TRY(npy_create(&job->out[k], folder, out_names[k], job->n_period, columns[k],
                           k == OUT_STATUS ? (int) sizeof(int32_t) : (int) sizeof(double), error));
    return CEF_OK;
}

static const double *picked(worker *w, const cef_index *rows, size_t n)
{
    for (size_t k = 0; k < n; k++)
        w->row[k] = w->solution.load_p[rows[k]];
    return w->row;
}

static int write_period(worker *w, size_t period, int32_t status)
{
    const periods_job *job = w->job;
    const cef_powerflow_solution *s = &w->solution;
    const double *const values[] = {s->bus_vm, s->bus_va, s->branch_p_from, s->branch_p_to, s->gen_p};
    int failed = npy_write_rows(&job->out[OUT_STATUS], period, 1, &status);
    for (int k = OUT_VM; k <= OUT_GEN && !failed; k++)
        failed = npy_write_rows(&job->out[k], period, 1, values[k]);
    if (!failed)
        failed = npy_write_rows(&job->out[OUT_LOAD], period, 1, picked(w, job->loads.demand, job->loads.n_demand));
    if (!failed)
        failed = npy_write_rows(&job->out[OUT_SHUNT], period, 1, picked(w, job->loads.shunt, job->loads.n_shunt));
    return failed;
}

static void blank(const periods_job *job, cef_powerflow_solution *s)
{
    const struct {
        double *values;
        cef_index n;
    } part[] = {{s->bus_vm, job->net.n_bus},         {s->bus_va, job->net.n_bus}, {s->branch_p_from, job->net.n_branch},
                {s->branch_p_to, job->net.n_branch}, {s->gen_p, job->net.n_gen},  {s->load_p, job->net.n_load}};
    for (size_t k = 0; k < CLI_COUNT_OF(part); k++)
        for (cef_index row = 0; row < part[k].n; row++)
            part[k].values[row] = (double) NAN;
}

/* ---- work ---- */

static void note_failure(periods_job *job, size_t period, const cef_error *error)
{
    pthread_mutex_lock(&job->guard);
    job->n_failed++;
    if (period < job->first_failed) {
        job->first_failed = period;
        job->first_failure = *error;
    }
    pthread_mutex_unlock(&job->guard);
}

/* A period that cannot be solved is marked; only memory and files end the run. */
static cef_status solve_period(worker *w, cef_powerflow *pf, size_t period, cef_error *error)
{
    periods_job *job = w->job;
    cef_powerflow_info info = {.struct_size = sizeof info};
    set_period(w, period);
    const cef_status status = cef_powerflow_solve(pf, &w->at, &w->solution, &info, error);
    if (status == CEF_ERR_MEMORY)
        return status;
    if (status != CEF_OK) {
        blank(job, &w->solution);
        note_failure(job, period, error);
    }
    job->mismatch[period] = status == CEF_OK ? info.mismatch : (double) NAN;
    job->iterations[period] = info.iterations;
    const int reason = write_period(w, period, status);
    return reason ? say_set(error, CEF_ERR_IO, "cannot-write", "%.350s: %s", job->args->option[OPTION_OUTPUT].text,
                            strerror(reason))
                  : CEF_OK;
}

static cef_status read_block(worker *w, size_t count, cef_error *error)
{
    for (int k = 0; k < N_IN; k++)
        if (w->job->in[k].there)
            CLI_TRY(profile_read(&w->job->in[k], w->first, count, w->rows[k], error));
    return CEF_OK;
}

static cef_status solve_block(worker *w, size_t block, cef_error *error)
{
    periods_job *job = w->job;
    cef_powerflow *pf = NULL;
    const size_t end = (block + 1) * BLOCK < job->n_period ? (block + 1) * BLOCK : job->n_period;
    w->first = block * BLOCK;
    CLI_TRY(read_block(w, end - w->first, error));
    cef_status status = cef_powerflow_create(job->ctx, cef_case_network(job->source), &job->input.data,
                                             &job->input.options, &pf, error);
    for (size_t period = w->first; period < end && status == CEF_OK && !atomic_load(&job->stop); period++)
        status = solve_period(w, pf, period, error);
    cef_powerflow_destroy(pf);
    return status;
}

static void *work(void *context)
{
    worker *w = context;
    periods_job *job = w->job;
    const size_t n_block = (job->n_period + BLOCK - 1) / BLOCK;
    cef_error error = {.struct_size = sizeof error};
    while (!atomic_load(&job->stop)) {
        const size_t block = atomic_fetch_add(&job->next_block, 1);
        if (block >= n_block)
            break;
        if (solve_block(w, block, &error) != CEF_OK)
            stop_all(job, &error);
    }
    return NULL;
}

static cef_status take_worker(worker *w, periods_job *job, cef_error *error)
{
    const size_t n_load = (size_t) job->net.n_load;
    *w = (worker){.job = job};
    CLI_TRY(flow_take(&w->solution, &job->info, &w->pool, error));
    for (int k = 0; k < N_IN; k++)
        CLI_TRY(pool_take(&w->pool, BLOCK * job->in[k].columns, sizeof(double), &w->rows[k], error));
    CLI_TRY(pool_take(&w->pool, n_load, sizeof(double), &w->load_p, error));
    CLI_TRY(pool_take(&w->pool, n_load, sizeof(double), &w->load_q, error));
    return pool_take(&w->pool, n_load, sizeof(double), &w->row, error);
}

static int thread_count(const periods_job *job)
{
    const cli_value *threads = &job->args->option[OPTION_THREADS];
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t n_block = (job->n_period + BLOCK - 1) / BLOCK;
    size_t n = threads->given ? (size_t) threads->integer : processors > 0 ? (size_t) processors : 1;
    n = n < n_block ? n : n_block;
    return (int) (n < MOST_THREADS ? n : MOST_THREADS);
}

/* A thread that cannot be started leaves its work to the others; the caller works too. */
static cef_status run_threads(periods_job *job, cef_error *error)
{
    worker workers[MOST_THREADS];
    pthread_t threads[MOST_THREADS];
    const int wanted = thread_count(job);
    int ready = 0, started = 0;
    cef_status status = CEF_OK;
    while (ready < wanted && status == CEF_OK)
        status = take_worker(&workers[ready++], job, error);
    if (status == CEF_OK) {
        while (started < wanted - 1 && pthread_create(&threads[started], NULL, work, &workers[started]) == 0)
            started++;
        work(&workers[wanted - 1]);
    }
    for (int k = 0; k < started; k++)
        pthread_join(threads[k], NULL);
    for (int k = 0; k < ready; k++)
        pool_release(&workers[k].pool);
    if (status == CEF_OK && job->fatal.status != CEF_OK) {
        flow_name_element(job->source, &job->info, &job->fatal);
        *error = job->fatal;
        status = error->status;
    }
    return status;
}

/* ---- the summary ---- */

static int summary_fields(const periods_job *job, field out[6])
{
    const size_t failed = job->n_failed;
    int64_t iterations = 0;
    double worst = 0.0;
    for (size_t period = 0; period < job->n_period; period++) {
        iterations += job->iterations[period];
        worst = job->mismatch[period] > worst ? job->mismatch[period] : worst; /* never NaN */
    }
    out[0] = field_count("n_periods", (int64_t) job->n_period);
    out[1] = field_count("n_failed", (int64_t) failed);
    out[2] = failed ? field_count("first_failed", (int64_t) job->first_failed) : field_text("first_failed", NULL);
    out[3] = field_text("first_failure", failed ? job->first_failure.message : NULL);
    out[4] = field_count("iterations", iterations);
    out[5] = field_number("mismatch", worst);
    return 6;
}

static cef_status write_summary(const periods_job *job, cef_error *error)
{
    char path[4096];
    field summary[6], settings[FLOW_SETTINGS];
    out_file out;
    snprintf(path, sizeof path, "%s/summary.json", job->args->option[OPTION_OUTPUT].text);
    CLI_TRY(out_open(&out, path, error));
    out_char(&out, '{');
    fields_json(&out, "info", summary, summary_fields(job, summary));
    out_text(&out, ",\n");
    flow_settings(job->args, settings);
    fields_json(&out, "settings", settings, FLOW_SETTINGS);
    out_text(&out, ",\n");
    json_case(&out, &job->info, NULL, NULL);
    out_text(&out, ",\n");
    json_libcef(&out);
    out_text(&out, "}\n");
    const cef_status status = out_commit(&out, error);
    out_release(&out);
    return status;
}

/* Nothing solved at all is a failure; a part is a result with gaps. */
static cef_status judge(const periods_job *job, cef_error *error)
{
    if (job->n_failed == job->n_period) {
        *error = job->first_failure;
        return error->status;
    }
    if (job->n_failed > 0)
        say_warning("%zu of %zu periods failed and are marked; the first is %zu: %s", job->n_failed, job->n_period,
                    job->first_failed, job->first_failure.message);
    return CEF_OK;
}

static cef_status run(periods_job *job, int32_t method, cli_pool *pool, cef_error *error)
{
    CLI_TRY(cef_case_describe(job->source, &job->info, error));
    CLI_TRY(cef_network_describe(cef_case_network(job->source), &job->net, error));
    CLI_TRY(flow_prepare(&job->input, job->source, job->args, method, error));
    job->input.options.start = CEF_START_PREVIOUS;
    CLI_TRY(load_columns_take(&job->loads, &job->net, job->input.at.load_p, pool, error));
    CLI_TRY(open_profiles(job, error));
    CLI_TRY(pool_take(pool, job->n_period, sizeof(double), &job->mismatch, error));
    CLI_TRY(pool_take(pool, job->n_period, sizeof(int32_t), &job->iterations, error));
    job->first_failed = job->n_period;
    CLI_TRY(create_outputs(job, error));
    CLI_TRY(run_threads(job, error));
    for (int k = 0; k < N_OUT; k++)
        CLI_TRY(npy_publish(&job->out[k], error));
    CLI_TRY(write_summary(job, error));
    return judge(job, error);
}

cef_status flow_periods(cef_context *ctx, cef_case *source, const cli_args *args, int32_t method, cli_pool *pool,
                        cef_error *error)
{
    periods_job job = {.ctx = ctx, .source = source, .args = args, .guard = PTHREAD_MUTEX_INITIALIZER};
    job.info.struct_size = sizeof job.info;
    job.net.struct_size = sizeof job.net;
    job.fatal.struct_size = job.first_failure.struct_size = sizeof job.fatal;
    for (int k = 0; k < N_OUT; k++)
        job.out[k].fd = -1;
    for (int k = 0; k < N_IN; k++)
        job.in[k].npy.fd = -1;
    const cef_status status = run(&job, method, pool, error);
    for (int k = 0; k < N_IN; k++)
        profile_close(&job.in[k]);
    for (int k = 0; k < N_OUT; k++)
        npy_release(&job.out[k]);
    pthread_mutex_destroy(&job.guard);
    return status;
}
