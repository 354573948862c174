/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV profile: a first line of ids, then one line of numbers a period; an empty cell, nan or null is NaN. */
#ifndef CEF_CLI_PROFILE_CSV_H
#define CEF_CLI_PROFILE_CSV_H

#include "profile.h"

bool profile_csv_is_there(const char *path);
/* Reads the whole file into p->text and p->values; no file is no error. */
cef_status profile_csv_open(profile *p, const char *path, cef_error *error);
/* The same of bytes in memory: text[0..n), text[n] = 0; p->path is set by the caller. */
cef_status profile_csv_parse(profile *p, const char *text, size_t n, cef_error *error);

#endif /* CEF_CLI_PROFILE_CSV_H */
