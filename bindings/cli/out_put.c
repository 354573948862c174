/* SPDX-License-Identifier: Apache-2.0 */
/* What is put into an out_file: bytes, numbers, quoted text. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "out.h"
#include "utf8.h"

void out_bytes(out_file *out, const char *bytes, size_t n)
{
    while (n > 0) {
        const size_t piece = n < OUT_SIZE ? n : OUT_SIZE;
        memcpy(out_room(out, piece), bytes, piece);
        out->used += piece;
        bytes += piece;
        n -= piece;
    }
}

void out_text(out_file *out, const char *text) { out_bytes(out, text, strlen(text)); }

void out_char(out_file *out, char c)
{
    *out_room(out, 1) = c;
    out->used++;
}

void out_format(out_file *out, const char *format, ...)
{
    enum { LINE = 1024 }; /* longer text goes through out_text */
    char *room = out_room(out, LINE);
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(room, LINE, format, arguments);
    va_end(arguments);
    out->used += n < 0 ? 0 : (size_t) n < LINE ? (size_t) n : LINE - 1;
}

void out_number(out_file *out, double value)
{
    enum { NUMBER = 40 };
    char *room = out_room(out, NUMBER);
    out->used += cef_number_format(value == 0.0 ? 0.0 : value, room, NUMBER);
}

void out_json_text(out_file *out, const char *text)
{
    out_char(out, '"');
    const unsigned char *c = (const unsigned char *) text;
    while (*c) {
        const int n = utf8_length(c);
        if (*c == '"' || *c == '\\')
            out_format(out, "\\%c", *c);
        else if (*c < 0x20 || *c == 0x7f)
            out_format(out, "\\u%04x", *c);
        else if (n == 0)
            out_text(out, "\\ufffd");
        else
            out_bytes(out, (const char *) c, (size_t) n);
        c += n ? n : 1;
    }
    out_char(out, '"');
}

void out_csv_text(out_file *out, const char *text)
{
    const size_t n = strlen(text);
    const bool plain = !strpbrk(text, ",\"\r\n") && !(n && (text[0] == ' ' || text[n - 1] == ' '));
    if (plain) {
        out_bytes(out, text, n);
        return;
    }
    out_char(out, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            out_char(out, '"');
        out_char(out, *c);
    }
    out_char(out, '"');
}
