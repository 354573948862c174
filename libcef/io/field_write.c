/* SPDX-License-Identifier: Apache-2.0 */
/* One value of a case as text, for both writers; how text is quoted is theirs. */
#include "io/fields.h"

static void put_id(file_writer *w, const case_data *data, cef_element element, cef_index row, text_putter put_text)
{
    char id[64];
    put_text(w, id, case_id_text(data, element, row, id, sizeof id));
}

void field_write(file_writer *w, const case_data *data, const case_table *table, const case_field *field, cef_index row,
                 text_putter put_text)
{
    switch (field->form) {
    case FIELD_ID: put_id(w, data, table->element, row, put_text); break;
    case FIELD_BUS: put_id(w, data, CEF_BUS, case_field_buses(data, field)[row], put_text); break;
    case FIELD_NUMBER:
    case FIELD_FRACTION: file_put_number(w, case_field_numbers(data, field)[row]); break;
    case FIELD_TEXT: {
        const char *text = case_text_at(data, case_field_texts(data, field)[row]);
        put_text(w, text, strlen(text));
        break;
    }
    case FIELD_TYPE: file_puts(w, case_type_name(case_field_switches(data, field)[row])); break;
    case FIELD_KIND: file_puts(w, case_kind_name(data->load.kind[row])); break;
    case FIELD_SWITCH: file_puts(w, case_field_switches(data, field)[row] ? "true" : "false"); break;
    case FIELD_REFUSED: break;
    }
}
