/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of CSV folders: a good one in a temporary place. */
#ifndef CEF_TEST_CSV_FOLDER_H
#define CEF_TEST_CSV_FOLDER_H

#include <unistd.h>

#include "io_fault.h"

static const char *const names[CASE_TABLES] = {"buses", "branches", "generators", "loads", "storage"};
static const char *const good[CASE_TABLES] = {
    "id,zone,type\n1,north,ref\n\"2\",,\n\"a,b\",,pv\n",
    "id,from,to,p_from,p_to,in_service\na,1,2,60,-59,true\n,2,\"a,b\",5,,\n,1,2,,,false\n",
    "id,bus,p,intensity,fuel\ng1,1,100,0.875,coal\n,2,0,,\n",
    "bus,p,owner,kind,intensity\n2,50,\"steel \"\"works\"\"\",,\n1,-3,,export,0.1\n",
    "id,bus,p,efficiency_charge\ns1,1,-5,0.92\n",
};

static char folder[64];

static inline const char *path_of(const char *name)
{
    static char path[256];
    (void) snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static inline const char *table_path(int k)
{
    char name[32];
    (void) snprintf(name, sizeof name, "%s.csv", names[k]);
    return path_of(name);
}

/* A folder with the good files; texts[k] not NULL takes their place, "" takes the file away. */
static inline void make_folder(const char *const texts[CASE_TABLES])
{
    memcpy(folder, "/tmp/cef_csv_XXXXXX", 20);
    cr_assert(mkdtemp(folder));
    for (int k = 0; k < CASE_TABLES; k++) {
        const char *text = texts && texts[k] ? texts[k] : good[k];
        if (text[0])
            write_text(table_path(k), text, strlen(text));
    }
}

static inline void remove_folder(void)
{
    for (int k = 0; k < CASE_TABLES; k++)
        (void) unlink(table_path(k));
    cr_assert(rmdir(folder) == 0, "something is left in %s", folder);
}

static inline cef_status read_folder(cef_context *ctx, case_data *data, cef_error *error)
{
    case_data_init(data, ctx, folder);
    *error = no_error();
    return csv_folder_read(data, folder, error);
}

#endif /* CEF_TEST_CSV_FOLDER_H */
