/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: rows of numbers, one a period, in FOLDER/NAME.npy or FOLDER/NAME.csv, for `series` and `powerflow`. An NPY
 * file is read a piece at a time; a CSV file (small runs) is read at once. */
#ifndef CEF_CLI_PROFILE_H
#define CEF_CLI_PROFILE_H

#include "npy.h"

typedef struct {
    const char *name; /* borrowed: "gen_p" */
    bool there;
    size_t rows, columns;
    bool is_vector;   /* one row that states no period: (n,) of an NPY file */
    const char *type; /* "<f8", "<f4", "csv" */
    file_stamp stamp;
    npy_in npy;
    char *path; /* of a CSV file */
    char *text; /* its header line's names, 0-terminated, one after another: [columns] */
    double *values;
} profile;

/* A profile that is not there leaves p->there false and is no error; one that is there twice (.npy and .csv) is. */
cef_status profile_open(profile *p, const char *folder, const char *name, cef_error *error);
void profile_close(profile *p);
/* The columns of a CSV file must be called as the rows of the case's table, in its order; `rows` [columns] says which
 * rows they are, NULL: the first ones. */
cef_status profile_check_names(const profile *p, const cef_case *source, cef_element element, const cef_index *rows,
                               cef_error *error);
/* Rows [first, first + count) into [count][columns]; any thread. What is not stated is NaN. */
cef_status profile_read(const profile *p, size_t first, size_t count, double *to, cef_error *error);
/* file-changed if an NPY file is not what it was when it was opened. */
cef_status profile_check_unchanged(const profile *p, cef_error *error);
/* Warns of files in the folder that look like misspelled profiles: they are not read. */
void profile_warn_of_others(const char *folder);

/* ---- the columns of load profiles ---- */
typedef struct {
    cef_index *demand, *shunt; /* rows of loads with Pd > 0, of shunts: columns of load_p, load_q and of shunt_p */
    size_t n_demand, n_shunt, n_load;
} load_columns;
cef_status load_columns_take(load_columns *c, const cef_network_data *net, const double *load_p, cli_pool *pool,
                             cef_error *error);
/* A profile of loads has a column for each load with Pd > 0, or one for each row of the case's loads. */
cef_status load_columns_check(const load_columns *c, const profile *p, cef_error *error);
/* Which rows the columns are: NULL, all of them. */
const cef_index *load_columns_rows(const load_columns *c, const profile *p);
/* One period's loads [n_load]: the case's own, and in their places those of a row of the profile, NULL: none. */
void load_columns_place(const load_columns *c, const profile *p, const double *row, const double *own, double *to);

#endif /* CEF_CLI_PROFILE_H */
