/* SPDX-License-Identifier: Apache-2.0 */
/* Files beside the profiles whose names are nearly those of profiles. */
#include <dirent.h>
#include <string.h>

#include "args.h"
#include "profile.h"
#include "say.h"

static const char *const read_names[] = {"branch_p_from", "branch_p_to",   "gen_p",     "load_p", "load_q",
                                         "shunt_p",       "gen_intensity", "storage_p", NULL};
static const char *const case_tables[] = {"loads", "storage", NULL}; /* a case's folder may hold profiles too */

static const char *read_name(const void *context, int k)
{
    (void) context;
    return read_names[k];
}

static bool is_among(const char *name, const char *const *names)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

void profile_warn_of_others(const char *folder)
{
    char name[64];
    DIR *open = opendir(folder);
    for (const struct dirent *entry = open ? readdir(open) : NULL; entry; entry = readdir(open)) {
        const char *ending = strrchr(entry->d_name, '.');
        const size_t n = ending ? (size_t) (ending - entry->d_name) : 0;
        if (n == 0 || n >= sizeof name || (strcmp(ending, ".npy") != 0 && strcmp(ending, ".csv") != 0))
            continue;
        memcpy(name, entry->d_name, n);
        name[n] = 0;
        if (is_among(name, read_names) || is_among(name, case_tables))
            continue;
        const char *meant = args_closest(name, read_name, NULL);
        if (meant)
            say_warning("%s/%s is no profile and is not read; did you mean %s%s?", folder, entry->d_name, meant,
                        ending);
    }
    if (open)
        closedir(open);
}
