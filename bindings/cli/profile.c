/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles, and which rows of the case their columns are. */
#include "profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile_csv.h"
#include "say.h"

enum { PATH_SIZE = 4096, ID_SIZE = 64 };

static cef_status path_of(char path[PATH_SIZE], const char *folder, const char *name, const char *ending,
                          cef_error *error)
{
    if (snprintf(path, PATH_SIZE, "%s/%s%s", folder, name, ending) < PATH_SIZE)
        return CEF_OK;
    return say_set(error, CEF_ERR_IO, "cannot-open", "%.200s..: the path is too long", folder);
}

static cef_status take_npy(profile *p, cef_error *error)
{
    const npy_header *h = &p->npy.header;
    if (h->kind != 'f')
        return say_set(error, CEF_ERR_PARSE, "syntax", "%s: its values are integers: store them with astype('<f8')",
                       p->npy.path);
    p->there = true;
    p->is_vector = h->n_dim == 1;
    p->rows = p->is_vector ? 1 : h->rows;
    p->columns = p->is_vector ? h->rows : h->columns;
    p->type = h->item == 8 ? "<f8" : "<f4";
    p->stamp = p->npy.stamp;
    return CEF_OK;
}

cef_status profile_open(profile *p, const char *folder, const char *name, cef_error *error)
{
    char path[PATH_SIZE];
    *p = (profile){.name = name, .npy = {.fd = -1}};
    CLI_TRY(path_of(path, folder, name, ".npy", error));
    CLI_TRY(npy_open(&p->npy, path, error));
    CLI_TRY(path_of(path, folder, name, ".csv", error));
    if (p->npy.fd < 0)
        return profile_csv_open(p, path, error);
    if (profile_csv_is_there(path)) {
        profile_close(p);
        return say_set(error, CEF_ERR_PARSE, "duplicate-field",
                       "%s: there are both %s.npy and %s.csv: take one of them away", folder, name, name);
    }
    const cef_status status = take_npy(p, error);
    if (status != CEF_OK)
        profile_close(p);
    return status;
}

void profile_close(profile *p)
{
    npy_close(&p->npy);
    free(p->path);
    free(p->text);
    free(p->values);
    *p = (profile){.name = p->name, .npy = {.fd = -1}};
}

cef_status profile_check_names(const profile *p, const cef_case *source, cef_element element, const cef_index *rows,
                               cef_error *error)
{
    const char *name = p->text;
    for (size_t k = 0; name && k < p->columns; k++, name += strlen(name) + 1) {
        char wanted[ID_SIZE];
        cef_case_id(source, element, rows ? rows[k] : (cef_index) k, wanted, sizeof wanted);
        if (strcmp(name, wanted) != 0)
            return say_set(error, CEF_ERR_PARSE, "unknown-field",
                           "%s:1: column %zu is called '%.64s', the case's row is '%s': the first line names the rows "
                           "of the case, in its order",
                           p->path, k + 1, name, wanted);
    }
    return CEF_OK;
}

cef_status profile_read(const profile *p, size_t first, size_t count, double *to, cef_error *error)
{
    if (!p->values) /* an (n,) file is one row of n, as its bytes are */
        return npy_read(&p->npy, p->is_vector ? 0 : first, p->is_vector ? p->columns : count, to, error);
    if (p->columns > 0)
        memcpy(to, p->values + first * p->columns, count * p->columns * sizeof *to);
    return CEF_OK;
}

cef_status profile_check_unchanged(const profile *p, cef_error *error)
{
    return p->npy.fd >= 0 ? npy_check_unchanged(&p->npy, error) : CEF_OK;
}

/* ---- loads ---- */

cef_status load_columns_take(load_columns *c, const cef_network_data *net, const double *load_p, cli_pool *pool,
                             cef_error *error)
{
    *c = (load_columns){.n_load = (size_t) net->n_load};
    CLI_TRY(pool_take(pool, c->n_load, sizeof(cef_index), &c->demand, error));
    CLI_TRY(pool_take(pool, c->n_load, sizeof(cef_index), &c->shunt, error));
    for (cef_index load = 0; load < net->n_load; load++) {
        const int32_t kind = net->load_kind ? net->load_kind[load] : CEF_LOAD_DEMAND;
        if (kind == CEF_LOAD_SHUNT)
            c->shunt[c->n_shunt++] = load;
        else if (kind == CEF_LOAD_DEMAND && load_p[load] > 0.0)
            c->demand[c->n_demand++] = load;
    }
    return CEF_OK;
}

cef_status load_columns_check(const load_columns *c, const profile *p, cef_error *error)
{
    if (p->columns == c->n_load || p->columns == c->n_demand)
        return CEF_OK;
    return say_set(error, CEF_ERR_PARSE, "row-length",
                   "%s has %zu columns; the case has %zu loads with Pd > 0, %zu rows of loads and shunts", p->name,
                   p->columns, c->n_demand, c->n_load);
}

const cef_index *load_columns_rows(const load_columns *c, const profile *p)
{
    return p->columns == c->n_load ? NULL : c->demand;
}

void load_columns_place(const load_columns *c, const profile *p, const double *row, const double *own, double *to)
{
    const cef_index *rows = row ? load_columns_rows(c, p) : NULL;
    memcpy(to, row && !rows ? row : own, c->n_load * sizeof *to);
    for (size_t k = 0; rows && k < p->columns; k++)
        to[rows[k]] = row[k];
}
