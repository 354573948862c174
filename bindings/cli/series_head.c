/* SPDX-License-Identifier: Apache-2.0 */
/* series.head: the sizes, then the parts of summary.json that do not change with time, each ended by a 0 byte. With it
 * slices are put together without the case, to the same bytes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"
#include "series_files.h"
#include "trace.h"

#define MOST_TEXT ((off_t) 1 << 30)
static const char version[] = "cef series head 1";

cef_status series_path(char path[SERIES_PATH], const char *folder, const char *name, cef_error *error)
{
    if (snprintf(path, SERIES_PATH, "%s/%s", folder, name) < SERIES_PATH)
        return CEF_OK;
    return say_set(error, CEF_ERR_IO, "cannot-open", "%.200s..: the path is too long", folder);
}

static cef_status refuse_read(const char *path, int reason, cef_error *error)
{
    return say_set(error, CEF_ERR_IO, "cannot-read", "%.350s: %s", path, strerror(reason));
}

cef_status series_read_text(const char *path, char **text, cef_error *error)
{
    struct stat file;
    *text = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? CEF_OK : refuse_read(path, errno, error);
    int reason = fstat(fd, &file) != 0 ? errno : file.st_size > MOST_TEXT ? EFBIG : 0;
    if (!reason && !(*text = malloc((size_t) file.st_size + 1)))
        reason = ENOMEM;
    if (!reason)
        reason = read_at(fd, *text, (size_t) file.st_size, 0);
    close(fd);
    if (reason) {
        free(*text);
        *text = NULL;
        return refuse_read(path, reason, error);
    }
    (*text)[file.st_size] = 0;
    return CEF_OK;
}

/* ---- writing ---- */

static void shape_line(out_file *out, const series_shape *s)
{
    out_format(out, "%s\n%lld %lld %lld %lld %a\n", version, (long long) s->n_period, (long long) s->first,
               (long long) s->end, (long long) s->start, s->hours);
    out_format(out, "%lld %lld %lld %lld %lld %lld %lld %lld %lld %lld %lld", (long long) s->n_bus,
               (long long) s->n_branch, (long long) s->n_gen, (long long) s->n_load, (long long) s->n_storage,
               (long long) s->n_demand, (long long) s->n_shunt, (long long) s->n_zone, (long long) s->n_owner,
               (long long) s->keep, (long long) s->coupled);
    out_char(out, 0);
}

/* `"key": [ids]` of a table, or of the buses its rows are at. */
static void ids(out_file *out, const series_job *job, const char *key, cef_element element, const cef_index *rows,
                int64_t n, bool numeric)
{
    out_format(out, "\"%s\": [", key);
    for (cef_index k = 0; k < n; k++) {
        if (k > 0)
            out_char(out, ',');
        json_id(out, job->source, element, rows ? rows[k] : k, numeric);
    }
    out_char(out, ']');
}

static void kinds(out_file *out, const cef_network_data *net)
{
    static const char *const words[] = {"load", "shunt", "export"};
    out_text(out, "\"kind\": [");
    for (cef_index k = 0; k < net->n_load; k++)
        out_format(out, "%s\"%s\"", k ? "," : "", words[net->load_kind ? net->load_kind[k] : 0]);
    out_char(out, ']');
}

static void names(out_file *out, const char *const *name, cef_index n)
{
    out_text(out, "\"id\": [");
    for (cef_index k = 0; k < n; k++) {
        if (k > 0)
            out_char(out, ',');
        out_json_text(out, name[k]);
    }
    out_char(out, ']');
}

static void tables(out_file *out, const series_job *job)
{
    const cef_case_info *info = &job->info;
    const cef_network_data *net = &job->net;
    ids(out, job, "id", CEF_BUS, NULL, net->n_bus, info->numeric_bus);
    out_char(out, 0);
    ids(out, job, "id", CEF_GEN, NULL, net->n_gen, info->numeric_gen);
    out_text(out, ",\n  ");
    ids(out, job, "bus", CEF_BUS, net->gen_bus, net->n_gen, info->numeric_bus);
    out_char(out, 0);
    ids(out, job, "id", CEF_LOAD, NULL, net->n_load, info->numeric_load);
    out_text(out, ",\n  ");
    ids(out, job, "bus", CEF_BUS, net->load_bus, net->n_load, info->numeric_bus);
    out_text(out, ",\n  ");
    kinds(out, net);
    out_char(out, 0);
    ids(out, job, "id", CEF_STORAGE, NULL, net->n_storage, info->numeric_storage);
    out_char(out, 0);
}

/* Members of "settings" that are the series' own, and where the factors come from. */
static void settings(out_file *out, const series_job *job)
{
    out_text(out, "\"settings\": {\n  ");
    json_trace_settings(out, job->args, &job->settings);
    out_text(out, ",\n  \"storage\": ");
    if (job->shape.coupled)
        out_json_text(out, job->args->option[OPTION_STORAGE].text);
    else
        out_text(out, "null");
    out_format(out, ",\n  \"block\": %d", SERIES_BLOCK);
    const bool profile_says = job->in[IN_GEN_INTENSITY].there;
    out_format(out, ",\n  \"defaulted_factors\": %d}", profile_says ? 0 : (int) job->factors.n_defaulted);
}

void series_head_write(out_file *out, const void *context)
{
    const series_job *job = context;
    shape_line(out, &job->shape);
    json_case(out, &job->info, NULL, NULL);
    out_char(out, 0);
    settings(out, job);
    out_char(out, 0);
    tables(out, job);
    names(out, job->groups.zone_name, job->groups.n_zone);
    out_char(out, 0);
    names(out, job->groups.owner_name, job->groups.n_owner);
    out_char(out, 0);
    json_libcef(out);
    out_char(out, 0);
}

/* ---- reading ---- */

static bool read_shape(series_shape *s, const char *text)
{
    long long n[15];
    char found[32];
    const int got =
        sscanf(text, "%31[^\n]\n%lld %lld %lld %lld %la\n%lld %lld %lld %lld %lld %lld %lld %lld %lld %lld %lld", found,
               &n[0], &n[1], &n[2], &n[3], &s->hours, &n[4], &n[5], &n[6], &n[7], &n[8], &n[9], &n[10], &n[11], &n[12],
               &n[13], &n[14]);
    if (got != 17 || strcmp(found, version) != 0)
        return false;
    s->n_period = n[0], s->first = n[1], s->end = n[2], s->start = n[3];
    s->n_bus = n[4], s->n_branch = n[5], s->n_gen = n[6], s->n_load = n[7], s->n_storage = n[8];
    s->n_demand = n[9], s->n_shunt = n[10], s->n_zone = n[11], s->n_owner = n[12], s->keep = n[13];
    s->coupled = n[14] != 0;
    for (int k = 4; k < 13; k++)
        if (n[k] < 0 || n[k] > INT32_MAX)
            return false;
    return s->first >= 0 && s->first % SERIES_BLOCK == 0 && s->end > s->first && s->end <= s->n_period &&
           s->hours > 0.0 && s->n_demand <= s->n_load && s->n_shunt <= s->n_load;
}

cef_status series_head_read(series_head *head, const char *folder, cef_error *error)
{
    char path[SERIES_PATH];
    *head = (series_head){.text = NULL};
    CLI_TRY(series_path(path, folder, SERIES_HEAD, error));
    CLI_TRY(series_read_text(path, &head->text, error));
    bool good = head->text && read_shape(&head->shape, head->text);
    struct stat file;
    good = good && stat(path, &file) == 0;
    const char *at = head->text, *end = good ? head->text + file.st_size : NULL;
    for (int k = 0; good && k < HEAD_PARTS; k++) {
        at += strlen(at) + 1;
        good = at < end;
        head->part[k] = at;
    }
    if (good)
        return CEF_OK;
    series_head_release(head);
    return say_set(error, CEF_ERR_PARSE, "series-slice", "%s: it is not a folder of results of cef series", folder);
}

void series_head_copy(out_file *out, const series_head *head, const series_shape *shape)
{
    shape_line(out, shape);
    for (int k = 0; k < HEAD_PARTS; k++) {
        out_text(out, head->part[k]);
        out_char(out, 0);
    }
}

void series_head_release(series_head *head)
{
    free(head->text);
    *head = (series_head){.text = NULL};
}
