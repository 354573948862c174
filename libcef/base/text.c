/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded text without printf, whose decimal point follows the host's locale. */
#include "base/base.h"

void text_add_n(cef_text *text, const char *s, size_t n)
{
    const size_t room = text->size - 1 - text->length;
    if (n > room) {
        n = room;
        while (n > 0 && ((unsigned char) s[n] & 0xC0) == 0x80)
            n--;
    }
    memcpy(text->data + text->length, s, n);
    text->length += n;
    text->data[text->length] = 0;
}

void text_add(cef_text *text, const char *s) { text_add_n(text, s, strlen(s)); }

void text_add_int(cef_text *text, int64_t value)
{
    char digits[24];
    size_t k = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t) value : (uint64_t) value;
    do
        digits[--k] = (char) ('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (value < 0)
        digits[--k] = '-';
    text_add_n(text, digits + k, sizeof digits - k);
}

void text_add_number(cef_text *text, double value)
{
    char digits[40];
    text_add_n(text, digits, number_format(value, digits, sizeof digits));
}

/* For people: NaN has no sign and no digits, and is not JSON's null here. */
static void add_number_said(cef_text *text, double value)
{
    if (value != value)
        text_add(text, "NaN");
    else
        text_add_number(text, value);
}

void text_format_args(cef_text *text, const char *format, va_list args)
{
    for (const char *p = format; *p; p++) {
        if (*p != '%') {
            text_add_n(text, p, 1);
            continue;
        }
        switch (*++p) {
        case 's': text_add(text, va_arg(args, const char *)); break;
        case 'd': text_add_int(text, va_arg(args, int64_t)); break;
        case 'g': add_number_said(text, va_arg(args, double)); break;
        default: text_add_n(text, p, 1); break;
        }
    }
}

void text_format(cef_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_format_args(text, format, args);
    va_end(args);
}

cef_status error_format(cef_error *error, cef_diag diag, cef_where where, const char *format, ...)
{
    CEF_TEXT(text, 512);
    va_list args;
    va_start(args, format);
    text_format_args(&text, format, args);
    va_end(args);
    return error_set(error, diag, where, text.data);
}
