/* SPDX-License-Identifier: Apache-2.0 */
/* The case, its profiles and factors; what a run is of. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "series.h"
#include "trace.h"
#include "verbs.h"

/* ---- profiles ---- */

static cef_status check_table(const series_job *job, int k, cef_error *error)
{
    static const cef_element tables[SERIES_IN] = {CEF_BRANCH, CEF_BRANCH, CEF_GEN,    CEF_LOAD,
                                                  CEF_LOAD,   CEF_GEN,    CEF_STORAGE};
    const cef_network_data *net = &job->net;
    const size_t n[SERIES_IN] = {(size_t) net->n_branch, (size_t) net->n_branch, (size_t) net->n_gen,    0,
                                 job->loads.n_shunt,     (size_t) net->n_gen,    (size_t) net->n_storage};
    const profile *p = &job->in[k];
    if (p->is_vector && k != IN_GEN_INTENSITY)
        return say_set(error, CEF_ERR_PARSE, "syntax", "%s: its shape is not [T][n]", p->name);
    if (k == IN_LOAD_P)
        CLI_TRY(load_columns_check(&job->loads, p, error));
    else if (p->columns != n[k])
        return say_set(error, CEF_ERR_PARSE, "row-length", "%s has %zu columns, the case %zu rows", p->name, p->columns,
                       n[k]);
    const cef_index *rows = k == IN_LOAD_P    ? load_columns_rows(&job->loads, p)
                            : k == IN_SHUNT_P ? job->loads.shunt
                                              : NULL;
    return profile_check_names(p, job->source, tables[k], rows, error);
}

/* One row of intensities serves all periods. */
static bool is_fixed(const series_job *job)
{
    return job->in[IN_GEN_INTENSITY].there && job->in[IN_GEN_INTENSITY].rows == 1;
}

static cef_status open_profiles(series_job *job, cef_error *error)
{
    const char *folder = job->args->option[OPTION_PROFILES].text;
    profile_warn_of_others(folder);
    for (int k = 0; k < SERIES_IN; k++) {
        CLI_TRY(profile_open(&job->in[k], folder, series_in_names[k], error));
        if (job->in[k].there)
            CLI_TRY(check_table(job, k, error));
    }
    const profile *first = &job->in[IN_BRANCH_FROM];
    if (!first->there)
        return say_set(error, CEF_ERR_PARSE, "missing-field",
                       "%s: there is no branch_p_from.npy: branch powers are what is traced. cef powerflow --profiles "
                       "makes them of schedules",
                       folder);
    if (first->rows == 0 || first->rows > INT32_MAX)
        return say_set(error, CEF_ERR_PARSE, "row-length", "branch_p_from has %zu periods, expected 1 to %d",
                       first->rows, INT32_MAX);
    for (int k = 0; k < SERIES_IN; k++)
        if (job->in[k].there && job->in[k].rows != first->rows && !(k == IN_GEN_INTENSITY && is_fixed(job)))
            return say_set(error, CEF_ERR_PARSE, "row-length", "%s has %zu periods, branch_p_from %zu", job->in[k].name,
                           job->in[k].rows, first->rows);
    return CEF_OK;
}

/* ---- factors ---- */

/* A unit that does not run in the case has no factor yet; it may run in a profile. */
static cef_status fill_gen_intensity(series_job *job, cef_error *error)
{
    const int missing = job->args->option[OPTION_MISSING_FACTOR].word;
    const size_t n = (size_t) job->net.n_gen;
    CLI_TRY(pool_take(&job->pool, n, sizeof(double), &job->gen_intensity, error));
    CLI_TRY(pool_take(&job->pool, n, sizeof(cef_index), &job->unpriced, error));
    if (is_fixed(job))
        return profile_read(&job->in[IN_GEN_INTENSITY], 0, 1, job->gen_intensity, error);
    if (n > 0)
        memcpy(job->gen_intensity, job->own.gen_intensity, n * sizeof(double));
    for (size_t gen = 0; gen < n && !job->in[IN_GEN_INTENSITY].there; gen++)
        if (isnan(job->gen_intensity[gen])) {
            if (missing == MISSING_ERROR)
                job->unpriced[job->n_unpriced++] = (cef_index) gen;
            else
                job->gen_intensity[gen] =
                    missing == MISSING_ZERO ? 0.0 : job->args->option[OPTION_MISSING_FACTOR].number;
        }
    return CEF_OK;
}

/* What a load that comes to inject gets, where it states nothing: as cef trace. */
static cef_status fill_load_intensity(series_job *job, cef_error *error)
{
    const cli_value *own = &job->args->option[OPTION_NEGATIVE_LOAD_INTENSITY];
    const cli_value *missing = &job->args->option[OPTION_MISSING_FACTOR];
    const double other = own->given ? own->number : missing->word == MISSING_VALUE ? missing->number : 0.0;
    const size_t n = (size_t) job->net.n_load;
    CLI_TRY(pool_take(&job->pool, n, sizeof(double), &job->load_intensity, error));
    for (size_t load = 0; load < n; load++) {
        const double stated = job->own.load_intensity ? job->own.load_intensity[load] : (double) NAN;
        job->load_intensity[load] = isnan(stated) ? other : stated;
    }
    return CEF_OK;
}

static cef_status price(series_job *job, cef_error *error)
{
    const bool profile_says = job->in[IN_GEN_INTENSITY].there;
    const int32_t missing = profile_says ? CEF_MISSING_ZERO : job->args->option[OPTION_MISSING_FACTOR].word;
    CLI_TRY(cli_price(job->source, job->args, missing, &job->factors, error));
    CLI_TRY(cef_case_snapshot(job->source, &job->own, error));
    CLI_TRY(fill_gen_intensity(job, error));
    return fill_load_intensity(job, error);
}

/* ---- sizes ---- */

static cef_status keep_of(const series_job *job, int64_t *keep, cef_error *error)
{
    const char *text = job->args->option[OPTION_KEEP].text;
    const int64_t standard = 1 << KEEP_BUS_INTENSITY | 1 << KEEP_LOAD_CARBON | 1 << KEEP_BRANCH_LOSS |
                             (job->net.n_storage > 0 ? 1 << KEEP_STORAGE_CARBON : 0);
    *keep = 1 << KEEP_STATUS;
    if (strcmp(text, "none") == 0)
        return CEF_OK;
    for (const char *at = text;;) {
        const size_t n = strcspn(at, ",");
        int found = 0;
        while (found < SERIES_OUT &&
               !(strlen(series_out_names[found]) == n && memcmp(series_out_names[found], at, n) == 0))
            found++;
        if (found < SERIES_OUT)
            *keep |= 1 << found;
        else if (n == 8 && memcmp(at, "standard", n) == 0)
            *keep |= standard;
        else if (n == 3 && memcmp(at, "all", n) == 0)
            *keep = (1 << SERIES_OUT) - 1;
        else
            return say_set(error, CEF_ERR_ARGUMENT, "usage",
                           "--keep cannot be '%.100s': '%.*s' is no array: none stands alone, 'cef series --help' "
                           "lists the names",
                           text, n < 100 ? (int) n : 100, at);
        if (at[n] == 0)
            return CEF_OK;
        at += n + 1;
    }
}

/* A:B within T, at the borders of blocks. */
static cef_status rows_of(series_job *job, cef_error *error)
{
    series_shape *s = &job->shape;
    const cli_value *rows = &job->args->option[OPTION_ROWS];
    long long first = 0, end = 0;
    int used = 0;
    s->first = 0;
    s->end = s->n_period;
    if (!rows->given)
        return CEF_OK;
    if (sscanf(rows->text, "%lld:%lld%n", &first, &end, &used) != 2 || rows->text[used] || first < 0 || end <= first)
        return say_set(error, CEF_ERR_ARGUMENT, "usage", "--rows cannot be '%.60s': it takes A:B with A < B",
                       rows->text);
    if (end > s->n_period || first % SERIES_BLOCK != 0 || (end % SERIES_BLOCK != 0 && end != s->n_period))
        return say_set(
            error, CEF_ERR_ARGUMENT, "usage",
            "--rows cannot be '%.60s': sums are over blocks of %d periods, so A and B are multiples of %d, or B "
            "is all %lld",
            rows->text, SERIES_BLOCK, SERIES_BLOCK, (long long) s->n_period);
    s->first = first;
    s->end = end;
    return CEF_OK;
}

static cef_status shape_of(series_job *job, cef_error *error)
{
    const cli_value *start = &job->args->option[OPTION_START];
    const cef_network_data *net = &job->net;
    job->shape = (series_shape){.n_period = (int64_t) job->in[IN_BRANCH_FROM].rows,
                                .start = SERIES_NO_START,
                                .hours = job->args->option[OPTION_HOURS].number,
                                .n_bus = net->n_bus,
                                .n_branch = net->n_branch,
                                .n_gen = net->n_gen,
                                .n_load = net->n_load,
                                .n_storage = net->n_storage,
                                .n_demand = (int64_t) job->loads.n_demand,
                                .n_shunt = (int64_t) job->loads.n_shunt,
                                .n_zone = job->groups.n_zone,
                                .n_owner = job->groups.n_owner};
    if (start->given && !time_parse(start->text, &job->shape.start))
        return say_set(error, CEF_ERR_ARGUMENT, "usage",
                       "--start cannot be '%.60s': it takes a time with its offset, such as 2016-01-01T00:00:00Z",
                       start->text);
    job->shape.coupled = job->in[IN_STORAGE_P].there && net->n_storage > 0;
    CLI_TRY(keep_of(job, &job->shape.keep, error));
    CLI_TRY(rows_of(job, error));
    if (job->shape.coupled && job->shape.end - job->shape.first < job->shape.n_period)
        return say_set(error, CEF_ERR_PARSE, "series-slice",
                       "storage_p couples the periods: what a store delivers depends on all periods before, so --rows "
                       "cannot be given. Leave --rows or storage_p out");
    return CEF_OK;
}

cef_status series_open(series_job *job, cef_error *error)
{
    job->info = (cef_case_info){.struct_size = sizeof job->info};
    job->net = (cef_network_data){.struct_size = sizeof job->net};
    job->own = (cef_snapshot){.struct_size = sizeof job->own};
    CLI_TRY(cli_context(&job->ctx, error));
    CLI_TRY(cef_case_read(job->ctx, job->args->argument[0], &job->source, error));
    CLI_TRY(cef_case_describe(job->source, &job->info, error));
    CLI_TRY(cef_network_describe(cef_case_network(job->source), &job->net, error));
    CLI_TRY(cef_case_snapshot(job->source, &job->own, error));
    CLI_TRY(load_columns_take(&job->loads, &job->net, job->own.load_p, &job->pool, error));
    CLI_TRY(open_profiles(job, error));
    CLI_TRY(price(job, error));
    job->settings = trace_settings_of(job->args, job->args->option[OPTION_FLOW_TOL].number);
    CLI_TRY(series_group(job, error));
    return shape_of(job, error);
}

/* ---- what a run is of ---- */

static void hash_in(uint64_t *hash, const double *values, cef_index n)
{
    for (cef_index k = 0; values && k < n; k++) {
        uint64_t word = 0;
        memcpy(&word, &values[k], sizeof word);
        *hash = (*hash ^ word) * 0x100000001b3u;
    }
}

/* One line, what may differ between copies of a file last. */
static void profile_line(out_file *out, const profile *p)
{
    out_format(out, "\"%s\": ", p->name);
    if (!p->there)
        out_text(out, "null,\n");
    else
        out_format(out, "{\"type\": \"%s\", \"shape\": [%zu, %zu], \"bytes\": %llu, \"changed\": %lld.%09lld},\n",
                   p->type, p->rows, p->columns, (unsigned long long) p->stamp.bytes, (long long) p->stamp.seconds,
                   (long long) p->stamp.nanoseconds);
}

static void identity_text(out_file *out, const series_job *job)
{
    const series_shape *s = &job->shape;
    uint64_t factors = 0xcbf29ce484222325u;
    hash_in(&factors, job->gen_intensity, job->net.n_gen);
    hash_in(&factors, job->load_intensity, job->net.n_load);
    hash_in(&factors, job->own.storage_intensity, job->net.n_storage);
    out_format(out,
               "{\"cef_series\": 1,\n\"rows\": [%lld, %lld],\n\"periods\": %lld,\n\"hours\": ", (long long) s->first,
               (long long) s->end, (long long) s->n_period);
    out_number(out, s->hours);
    out_text(out, ",\n\"start\": ");
    char text[32] = "";
    if (s->start == SERIES_NO_START)
        out_text(out, "null");
    else {
        time_format(s->start, text);
        out_json_text(out, text);
    }
    out_text(out, ",\n\"keep\": [");
    for (int k = 0; k < SERIES_OUT; k++)
        if (series_keeps(s, k)) {
            out_json_text(out, series_out_names[k]);
            out_text(out, k == KEEP_STATUS ? "],\n" : ", ");
        }
    for (int k = 0; k < SERIES_IN; k++)
        profile_line(out, &job->in[k]);
    out_format(out, "\"intensities\": \"%016llx\",\n", (unsigned long long) factors);
    json_case(out, &job->info, NULL, NULL);
    out_text(out, ",\n\"settings\": {\n  ");
    json_trace_settings(out, job->args, &job->settings);
    if (s->coupled)
        out_format(out, ",\n  \"storage\": \"%s\"", job->args->option[OPTION_STORAGE].text);
    out_text(out, "},\n");
    json_libcef(out);
    out_text(out, ",\n");
}

cef_status series_identity(const series_job *job, char **identity, cef_error *error)
{
    out_file out;
    *identity = NULL;
    CLI_TRY(out_open_memory(&out, error));
    identity_text(&out, job);
    if (!out.failed)
        *identity = strndup(out.buffer, out.used);
    out_release(&out);
    return *identity ? CEF_OK : say_set(error, CEF_ERR_MEMORY, "memory", "no memory for a manifest");
}
