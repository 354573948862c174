/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the files beside the arrays, and reading small ones. */
#ifndef CEF_CLI_SERIES_FILES_H
#define CEF_CLI_SERIES_FILES_H

#include "series.h"

#define SERIES_MANIFEST "manifest.json"
#define SERIES_HEAD "series.head"
#define SERIES_SUMS "series.sums"
#define SERIES_DONE "\"done\": %lld"
enum { SERIES_PATH = 4096 };

cef_status series_path(char path[SERIES_PATH], const char *folder, const char *name, cef_error *error);
/* Whole, 0-terminated, freed by the caller; *text NULL: there is no such file. */
cef_status series_read_text(const char *path, char **text, cef_error *error);

#endif /* CEF_CLI_SERIES_FILES_H */
