/* SPDX-License-Identifier: Apache-2.0 */
/* Where data goes: standard output, or a file that is written beside its target and renamed when it is whole. The first
 * failure is kept and told by out_finish, so that writers need no check per call. */
#ifndef CEF_CLI_OUT_H
#define CEF_CLI_OUT_H

#include "cli.h"

typedef struct {
    char *buffer; /* [OUT_SIZE] */
    size_t used;
    char *path;      /* the target; NULL: standard output */
    char *temporary; /* the file being written; NULL: straight to the target (standard output, a device, a pipe) */
    int fd;
    int failed; /* errno of the first failed write, 0 */
} out_file;

enum { OUT_SIZE = 1 << 18 };

/* Once, first of all. Broken pipes and full quotas are errors of a write, not signals. A closed standard stream would
 * give its number to the next file opened, and messages would go into data. The stand-in for standard output cannot be
 * written, so that the loss of data is told. */
bool out_prepare(void);
/* path NULL or "-": standard output. On failure nothing is owned. */
cef_status out_open(out_file *out, const char *path, cef_error *error);
/* Text of at most OUT_SIZE bytes that stays in out->buffer[0..out->used); out->failed if it is longer. */
cef_status out_open_memory(out_file *out, cef_error *error);
/* Flushes, syncs, closes. Every byte is on its way to the disk, or the error says why not. */
cef_status out_finish(out_file *out, cef_error *error);
/* Gives the finished file its name. */
cef_status out_publish(out_file *out, cef_error *error);
/* Frees everything; removes a file that was not published. Allowed on a zeroed or released out_file. */
void out_release(out_file *out);
/* finish, publish. */
cef_status out_commit(out_file *out, cef_error *error);

/* At least n <= OUT_SIZE free bytes at the returned place; add what was used of them to out->used. */
char *out_room(out_file *out, size_t n);
void out_bytes(out_file *out, const char *bytes, size_t n);
void out_text(out_file *out, const char *text);
void out_char(out_file *out, char c);
void out_format(out_file *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Full precision; -0 is 0; NaN is "null". */
void out_number(out_file *out, double value);
/* Text between quotes: JSON's escapes, and U+FFFD for bytes that are not UTF-8. */
void out_json_text(out_file *out, const char *text);
/* A CSV field, quoted where RFC 4180 asks for it. */
void out_csv_text(out_file *out, const char *text);
/* Colour only if this is standard output, a terminal, and NO_COLOR is not set. */
bool out_colours(const out_file *out);

#endif /* CEF_CLI_OUT_H */
