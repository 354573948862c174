/* SPDX-License-Identifier: Apache-2.0 */
/* What factor files have in common: named columns, rows as long as the header, intensities. */
#include "io/side_file.h"

#define MAX_INTENSITY 1e6 /* tCO2/MWh; negative is carbon capture */

cef_status side_refuse(const side_file *s, cef_diag diag, cef_where where, const char *what, int k,
                       const char *expected, cef_error *error)
{
    char value[64] = "";
    if (k >= 0 && s->column[k] >= 0)
        (void) field_quote(s->csv.field[s->column[k]].text, s->csv.field[s->column[k]].length, value);
    where.line = s->csv.line;
    return error_format(error, diag, where, "%s:%d: %s '%s': %s", s->csv.file, (int64_t) s->csv.line, what, value,
                        expected);
}

cef_status side_header(side_file *s, cef_error *error)
{
    bool more = false;
    CEF_TRY(csv_next(&s->csv, &more, error));
    if (!more)
        return error_format(error, DIAG_MISSING_FIELD, CEF_NOWHERE,
                            "%s: the file is empty: its first line must name "
                            "the columns",
                            s->csv.file);
    for (int k = 0; k < s->n_names; k++)
        s->column[k] = -1;
    cef_where where = CEF_NOWHERE;
    where.line = s->csv.line;
    for (int column = 0; column < s->csv.n_field; column++) {
        int k = 0;
        while (k < s->n_names && !(strlen(s->names[k]) == s->csv.field[column].length &&
                                   memcmp(s->names[k], s->csv.field[column].text, s->csv.field[column].length) == 0))
            k++;
        char shown[64];
        (void) field_quote(s->csv.field[column].text, s->csv.field[column].length, shown);
        if (k == s->n_names)
            return error_format(error, DIAG_UNKNOWN_FIELD, where,
                                "%s:%d: '%s' is not a column of this file: correct its "
                                "spelling or take it out",
                                s->csv.file, (int64_t) s->csv.line, shown);
        if (s->column[k] >= 0)
            return error_format(error, DIAG_DUPLICATE_FIELD, where, "%s:%d: column %s stands twice", s->csv.file,
                                (int64_t) s->csv.line, s->names[k]);
        s->column[k] = column;
    }
    for (int k = 0; k < s->n_required; k++)
        if (s->column[k] < 0)
            return error_format(error, DIAG_MISSING_FIELD, where, "%s:%d: column %s is required", s->csv.file,
                                (int64_t) s->csv.line, s->names[k]);
    return CEF_OK;
}

cef_status side_next(side_file *s, bool *more, cef_error *error)
{
    const int32_t n_column = s->csv.n_field;
    CEF_TRY(csv_next(&s->csv, more, error));
    if (!*more || s->csv.n_field == n_column)
        return CEF_OK;
    cef_where where = CEF_NOWHERE;
    where.line = s->csv.line;
    return error_format(error, DIAG_ROW_LENGTH, where, "%s:%d: the row has %d fields, the header %d", s->csv.file,
                        (int64_t) s->csv.line, (int64_t) s->csv.n_field, (int64_t) n_column);
}

cef_status side_intensity(const side_file *s, int k, double *intensity, cef_error *error)
{
    const char *text = s->csv.field[s->column[k]].text;
    if (!field_number(text, s->csv.field[s->column[k]].length, intensity))
        return side_refuse(s, DIAG_BAD_NUMBER, CEF_NOWHERE, "intensity", k,
                           "a finite decimal number in tCO2/MWh is needed", error);
    cef_where where = CEF_NOWHERE;
    where.value = *intensity;
    if (fabs(*intensity) > MAX_INTENSITY)
        return side_refuse(s, DIAG_OUT_OF_RANGE, where, "intensity", k, "outside -1e6 to 1e6 tCO2/MWh: check its unit",
                           error);
    return CEF_OK;
}
