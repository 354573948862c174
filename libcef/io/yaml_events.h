/* SPDX-License-Identifier: Apache-2.0 */
/* libyaml's events, bounded and with libcef's errors. The only file that includes yaml.h. Private to io. */
#ifndef CEF_IO_YAML_EVENTS_H
#define CEF_IO_YAML_EVENTS_H

#include <yaml.h>

#include "io/fields.h"

typedef struct {
    const char *file;
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    const char *text;   /* what the parser reads */
    size_t length;
    int32_t line; /* of the current event, 1-based */
    int depth;    /* of open sequences and mappings */
    bool opened;
} yaml_source;

/* Checks the text (UTF-8, no NUL bytes); libyaml's memory is not the context's, but its failure is DIAG_MEMORY too. */
cef_status yaml_open(yaml_source *s, const char *file, const char *text, size_t length, cef_error *error);
void yaml_close(yaml_source *s); /* after a failed yaml_open too */
/* Next event into s->event. Refuses what no libcef file has: anchors, aliases, tags, directives, depth above 8. */
cef_status yaml_next(yaml_source *s, cef_error *error);
/* DIAG_SYNTAX "WHAT must be EXPECTED" unless the current event is of this type. */
cef_status yaml_expect(yaml_source *s, yaml_event_type_t type, const char *what, const char *expected,
                       cef_error *error);
/* A scalar with a value: plain null, ~ and nothing at all are refused. */
cef_status yaml_expect_scalar(yaml_source *s, const char *what, cef_error *error);
const char *yaml_text(const yaml_source *s); /* of a scalar */
size_t yaml_length(const yaml_source *s);
bool yaml_is_plain(const yaml_source *s);
/* error_format with "FILE:LINE: " of the current event before. */
cef_status yaml_refuse(const yaml_source *s, cef_diag diag, cef_error *error, const char *format, ...);

#endif /* CEF_IO_YAML_EVENTS_H */
