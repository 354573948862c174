/* SPDX-License-Identifier: Apache-2.0 */
/* A case as libcef's YAML: one flow mapping a row, only what is stated. */
#include "io/fields.h"

static bool is_integer(const char *text, size_t length)
{
    const size_t sign = length > 0 && text[0] == '-';
    for (size_t k = sign; k < length; k++)
        if (text[k] < '0' || text[k] > '9')
            return false;
    return length > sign && length <= 20 && (text[sign] != '0' || length == sign + 1);
}

/* Words that other readers of YAML take for something else than text. */
static bool is_reserved(const char *text, size_t length)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        size_t same = 0;
        while (same < length && words[k][same] && (text[same] | 0x20) == words[k][same])
            same++;
        if (same == length && !words[k][same])
            return true;
    }
    return false;
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool is_plain(const char *text, size_t length)
{
    if (is_integer(text, length))
        return true;
    if (length == 0 || !is_letter(text[0]) || text[length - 1] == ' ' || is_reserved(text, length))
        return false;
    for (size_t k = 0; k < length; k++)
        if (!is_letter(text[k]) && !(text[k] >= '0' && text[k] <= '9') && !strchr(" _-.", text[k]))
            return false;
    return true;
}

static void put_escape(file_writer *w, unsigned code)
{
    const char *hex = "0123456789ABCDEF";
    const char escape[6] = {'\\', 'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15], hex[code & 15]};
    file_put(w, escape, sizeof escape);
}

/* Code point of the two- or three-byte character at s that YAML reads as a line break, a mark or not at all; 0 if it
 * may stand as it is: C1 controls (next line is among them), line and paragraph separators, U+FEFF, U+FFFE, U+FFFF. */
static unsigned special(const unsigned char *s, size_t left)
{
    if (left >= 2 && s[0] == 0xC2 && s[1] < 0xA0)
        return s[1];
    if (left < 3 || (s[0] != 0xE2 && s[0] != 0xEF))
        return 0;
    const unsigned code = (s[0] & 15u) << 12 | (s[1] & 63u) << 6 | (s[2] & 63u);
    return code == 0x2028 || code == 0x2029 || code == 0xFEFF || code >= 0xFFFE ? code : 0;
}

static void put_quoted(file_writer *w, const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *) text;
    file_put(w, "\"", 1);
    for (size_t k = 0; k < length;) {
        const unsigned code = s[k] < 0x20 || s[k] == 0x7F ? s[k] : special(s + k, length - k);
        if (code) {
            put_escape(w, code);
            k += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
            continue;
        }
        if (s[k] == '"' || s[k] == '\\')
            file_put(w, "\\", 1);
        file_put(w, text + k, 1);
        k++;
    }
    file_put(w, "\"", 1);
}

static void put_text(file_writer *w, const char *text, size_t length)
{
    if (is_plain(text, length))
        file_put(w, text, length);
    else
        put_quoted(w, text, length);
}

static void put_row(file_writer *w, const case_data *data, const case_table *table, cef_index row)
{
    const char *before = "  - {";
    for (int k = 0; k < table->n_field; k++) {
        const case_field *field = &table->field[k];
        if (!case_field_stated(data, field, row))
            continue;
        file_puts(w, before);
        file_puts(w, field->name);
        file_puts(w, ": ");
        field_write(w, data, table, field, row, put_text);
        before = ", ";
    }
    file_puts(w, "}\n");
}

static void put_case(file_writer *w, const case_data *data)
{
    file_puts(w, "libcef: 1\n");
    if (data->name[0]) {
        file_puts(w, "name: ");
        put_text(w, data->name, strlen(data->name));
        file_puts(w, "\n");
    }
    file_puts(w, "base_mva: ");
    file_put_number(w, data->base_mva);
    file_puts(w, "\n");
    for (int k = 0; k < CASE_TABLES; k++) {
        const case_table *table = case_table_at(k);
        const cef_index rows = case_table_rows(data, table);
        if (rows == 0)
            continue;
        file_puts(w, table->name);
        file_puts(w, ":\n");
        for (cef_index row = 0; row < rows; row++)
            put_row(w, data, table, row);
    }
}

cef_status yaml_write(const case_data *data, const char *path, cef_error *error)
{
    file_writer w;
    CEF_TRY(file_writer_open(&w, data->ctx, path, error));
    put_case(&w, data);
    return file_writer_commit(&w, error);
}
