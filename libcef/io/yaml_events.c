/* SPDX-License-Identifier: Apache-2.0 */
/* libyaml's events, bounded and with libcef's errors. */
#include "io/yaml_events.h"

/* The format needs 3. libyaml's work per token grows with the depth, so a deep file must end early: the scanner looks
 * at most 1024 bytes ahead of an event, so refusing at event depth 8 bounds it. */
#define MAX_DEPTH 8

static int32_t to_line(size_t line) { return line < INT32_MAX ? (int32_t) line : INT32_MAX; }

static cef_status refuse_at(const yaml_source *s, cef_diag diag, int32_t line, const char *message, cef_error *error)
{
    cef_where where = CEF_NOWHERE;
    where.line = line;
    return error_format(error, diag, where, "%s:%d: %s", s->file, (int64_t) line, message);
}

cef_status yaml_refuse(const yaml_source *s, cef_diag diag, cef_error *error, const char *format, ...)
{
    CEF_TEXT(message, 512);
    va_list args;
    va_start(args, format);
    text_format_args(&message, format, args);
    va_end(args);
    return refuse_at(s, diag, s->line, message.data, error);
}

cef_status yaml_open(yaml_source *s, const char *file, const char *text, size_t length, cef_error *error)
{
    *s = (yaml_source){.file = file, .text = text, .length = length, .line = 1};
    int32_t line = 0;
    if (!text_is_utf8(text, length, &line))
        return refuse_at(s, DIAG_BAD_ENCODING, line,
                         "the text is not UTF-8 or holds a NUL byte: save the file as UTF-8", error);
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        s->text += 3;
        s->length -= 3;
    }
    if (!yaml_parser_initialize(&s->parser))
        return error_set(error, DIAG_MEMORY, CEF_NOWHERE, "no memory for a YAML parser");
    s->opened = true;
    yaml_parser_set_encoding(&s->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&s->parser, (const unsigned char *) s->text, s->length);
    return CEF_OK;
}

void yaml_close(yaml_source *s)
{
    if (!s->opened)
        return;
    yaml_event_delete(&s->event);
    yaml_parser_delete(&s->parser);
    s->opened = false;
}

/* Line of a byte of the text, for the errors that libyaml places by offset. */
static int32_t line_of(const yaml_source *s, size_t offset)
{
    size_t line = 1;
    for (size_t k = 0; k < offset && k < s->length; k++)
        line += s->text[k] == '\n';
    return to_line(line);
}

static cef_status refuse_parser(const yaml_source *s, cef_error *error)
{
    const yaml_parser_t *p = &s->parser;
    CEF_TEXT(message, 256);
    text_format(&message, "not YAML: %s%s%s", p->problem ? p->problem : "unreadable", p->context ? ", " : "",
                p->context ? p->context : "");
    switch (p->error) {
    case YAML_MEMORY_ERROR: return error_set(error, DIAG_MEMORY, CEF_NOWHERE, "no memory for the YAML parser");
    case YAML_READER_ERROR: return refuse_at(s, DIAG_BAD_ENCODING, line_of(s, p->problem_offset), message.data, error);
    case YAML_SCANNER_ERROR:
    case YAML_PARSER_ERROR: return refuse_at(s, DIAG_SYNTAX, to_line(p->problem_mark.line + 1), message.data, error);
    default: return refuse_at(s, DIAG_INTERNAL, s->line, message.data, error);
    }
}

/* Why an event is not part of libcef's YAML, NULL if it may stand. */
static const char *feature(const yaml_event_t *e)
{
    const char *const anchor = "an anchor (&name): write the value out where it is used";
    const char *const tag = "a tag (!name): libcef's YAML has none, take it out";
    switch (e->type) {
    case YAML_ALIAS_EVENT: return "an alias (*name): write the value out, or quote the text";
    case YAML_SCALAR_EVENT: return e->data.scalar.anchor ? anchor : e->data.scalar.tag ? tag : NULL;
    case YAML_SEQUENCE_START_EVENT:
        return e->data.sequence_start.anchor ? anchor : e->data.sequence_start.tag ? tag : NULL;
    case YAML_MAPPING_START_EVENT:
        return e->data.mapping_start.anchor ? anchor : e->data.mapping_start.tag ? tag : NULL;
    case YAML_DOCUMENT_START_EVENT:
        return e->data.document_start.tag_directives.start != e->data.document_start.tag_directives.end
                   ? "a %TAG directive: libcef's YAML has no tags, take it out"
                   : NULL;
    default: return NULL;
    }
}

static bool opens(yaml_event_type_t type)
{
    return type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT;
}

cef_status yaml_next(yaml_source *s, cef_error *error)
{
    yaml_event_delete(&s->event);
    if (!yaml_parser_parse(&s->parser, &s->event)) {
        memset(&s->event, 0, sizeof s->event);
        return refuse_parser(s, error);
    }
    const yaml_event_type_t type = s->event.type;
    s->line = to_line(s->event.start_mark.line + 1);
    s->depth += opens(type);
    s->depth -= type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT;
    if (s->depth > MAX_DEPTH)
        return yaml_refuse(s, DIAG_TOO_DEEP, error, "lists and mappings nest deeper than 8: the format needs 3");
    const char *what = feature(&s->event);
    return what ? yaml_refuse(s, DIAG_YAML_FEATURE, error, "%s", what) : CEF_OK;
}

/* A list or mapping where none belongs: says so, or that the file nests absurdly deep if it does. */
static cef_status refuse_collection(yaml_source *s, const char *what, const char *expected, cef_error *error)
{
    const int32_t line = s->line;
    while (opens(s->event.type))
        CEF_TRY(yaml_next(s, error));
    s->line = line;
    return yaml_refuse(s, DIAG_SYNTAX, error, "%s must be %s, not a list or mapping", what, expected);
}

cef_status yaml_expect(yaml_source *s, yaml_event_type_t type, const char *what, const char *expected, cef_error *error)
{
    if (s->event.type == type)
        return CEF_OK;
    if (opens(s->event.type))
        return refuse_collection(s, what, expected, error);
    return yaml_refuse(s, DIAG_SYNTAX, error, "%s must be %s", what, expected);
}

bool yaml_is_plain(const yaml_source *s) { return s->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE; }
const char *yaml_text(const yaml_source *s) { return (const char *) s->event.data.scalar.value; }
size_t yaml_length(const yaml_source *s) { return s->event.data.scalar.length; }

static bool is_null(const yaml_source *s)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    for (size_t k = 0; yaml_is_plain(s) && k < sizeof nulls / sizeof *nulls; k++)
        if (strlen(nulls[k]) == yaml_length(s) && memcmp(nulls[k], yaml_text(s), yaml_length(s)) == 0)
            return true;
    return false;
}

cef_status yaml_expect_scalar(yaml_source *s, const char *what, cef_error *error)
{
    CEF_TRY(yaml_expect(s, YAML_SCALAR_EVENT, what, "one value", error));
    if (is_null(s))
        return yaml_refuse(s, DIAG_SYNTAX, error,
                           "%s has no value: leave the key out where it is not known, quote text that reads so", what);
    return CEF_OK;
}
