/* SPDX-License-Identifier: Apache-2.0 */
/* Named values as JSON and CSV. */
#include "fields.h"

#include <math.h>

field field_number(const char *key, double value) { return (field){.key = key, .kind = FIELD_NUMBER, .number = value}; }

field field_count(const char *key, int64_t value)
{
    return (field){.key = key, .kind = FIELD_COUNT, .number = (double) value};
}

field field_truth(const char *key, int value) { return (field){.key = key, .kind = FIELD_TRUTH, .truth = value}; }

field field_text(const char *key, const char *text) { return (field){.key = key, .kind = FIELD_TEXT, .text = text}; }

field field_part(const char *key, void (*part)(out_file *out, const void *context), const void *context)
{
    return (field){.key = key, .kind = FIELD_PART, .part = part, .context = context};
}

static void value_json(out_file *out, const field *f)
{
    switch (f->kind) {
    case FIELD_NUMBER:
    case FIELD_COUNT: json_number(out, f->number); break;
    case FIELD_TRUTH: out_text(out, f->truth < 0 ? "null" : f->truth ? "true" : "false"); break;
    case FIELD_TEXT:
        if (f->text)
            out_json_text(out, f->text);
        else
            out_text(out, "null");
        break;
    case FIELD_PART: f->part(out, f->context); break;
    }
}

void fields_json(out_file *out, const char *name, const field *f, int n)
{
    out_format(out, "\"%s\": {", name);
    for (int k = 0; k < n; k++) {
        out_format(out, "%s\n  \"%s\": ", k ? "," : "", f[k].key);
        value_json(out, &f[k]);
    }
    out_char(out, '}');
}

/* What JSON calls null is an empty field. */
static void value_csv(out_file *out, const field *f)
{
    if (f->kind == FIELD_TEXT)
        out_csv_text(out, f->text ? f->text : "");
    else if (f->kind == FIELD_TRUTH ? f->truth >= 0 : !isnan(f->number))
        value_json(out, f);
}

void fields_csv(out_file *out, const field *f, int n)
{
    for (int pass = 0; pass < 2; pass++) {
        const char *comma = "";
        for (int k = 0; k < n; k++) {
            if (f[k].kind == FIELD_PART)
                continue;
            out_text(out, comma);
            comma = ",";
            if (pass == 0)
                out_text(out, f[k].key);
            else
                value_csv(out, &f[k]);
        }
        out_char(out, '\n');
    }
}
