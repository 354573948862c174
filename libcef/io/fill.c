/* SPDX-License-Identifier: Apache-2.0 */
/* From (field, text) pairs to rows of a case: every value is checked where it is read, with its line. */
#include "io/fields.h"

void fill_init(case_filler *fill, case_data *data) { *fill = (case_filler){.data = data, .file = data->file}; }

void fill_release(case_filler *fill)
{
    case_index_release(&fill->buses);
    context_free(fill->data->ctx, fill->later, fill->later_capacity * sizeof *fill->later);
    fill_init(fill, fill->data);
}

/* ---- buses ---- */

static cef_status refuse_bus(const case_filler *fill, const case_field *field, const char *text, size_t length,
                             int32_t line, cef_error *error)
{
    return fill_refuse_value(fill, field, DIAG_UNKNOWN_BUS, text, length, line, "the id of a bus of the bus table",
                             error);
}

static cef_status grow_later(case_filler *fill, cef_error *error)
{
    const size_t capacity = fill->later_capacity ? 2 * fill->later_capacity : 64;
    size_t size = 0;
    void *later = NULL;
    if (!size_mul(capacity, sizeof *fill->later, &size))
        return fill_refuse(fill, DIAG_TOO_LARGE, fill->line, (double) NAN, error, "too many rows");
    CEF_TRY(context_take(fill->data->ctx, size, &later, error));
    if (fill->n_later > 0)
        memcpy(later, fill->later, fill->n_later * sizeof *fill->later);
    context_free(fill->data->ctx, fill->later, fill->later_capacity * sizeof *fill->later);
    fill->later = later;
    fill->later_capacity = capacity;
    return CEF_OK;
}

/* The bus table stands further down in the file: keep the name until then. */
static cef_status set_bus_later(case_filler *fill, const case_field *field, const char *text, size_t length,
                                int32_t line, cef_error *error)
{
    if (fill->n_later == fill->later_capacity)
        CEF_TRY(grow_later(fill, error));
    bus_reference reference = {.table = fill->table, .field = field, .row = fill->row, .line = line};
    CEF_TRY(case_text(fill->data, text, length, &reference.text, error));
    fill->later[fill->n_later++] = reference;
    return CEF_OK;
}

static cef_status set_bus(case_filler *fill, const case_field *field, const char *text, size_t length, int32_t line,
                          cef_error *error)
{
    if (length < 1 || length > 63 || !text_is_printable(text, length))
        return refuse_bus(fill, field, text, length, line, error);
    if (!fill->buses_known)
        return set_bus_later(fill, field, text, length, line, error);
    const cef_index bus = case_find(fill->data, CEF_BUS, &fill->buses, text, length);
    if (bus < 0)
        return refuse_bus(fill, field, text, length, line, error);
    case_field_buses(fill->data, field)[fill->row] = bus;
    return CEF_OK;
}

cef_status fill_end_table(case_filler *fill, const case_table *table, cef_error *error)
{
    case_index rows; /* of other tables than buses too: factors, profiles and results name them by id */
    CEF_TRY(case_index_ids(fill->data, table->element, &rows, error));
    if (table->element != CEF_BUS) {
        case_index_release(&rows);
        return CEF_OK;
    }
    fill->buses = rows;
    fill->buses_known = true;
    return CEF_OK;
}

cef_status fill_end(case_filler *fill, cef_error *error)
{
    for (size_t k = 0; k < fill->n_later; k++) {
        const bus_reference *later = &fill->later[k];
        const char *text = case_text_at(fill->data, later->text);
        fill->table = later->table;
        fill->row = later->row;
        CEF_TRY(set_bus(fill, later->field, text, strlen(text), later->line, error));
    }
    fill->table = NULL;
    return CEF_OK;
}

/* ---- rows ---- */

static cef_status add_row(case_data *data, cef_element element, cef_index *row, cef_error *error)
{
    switch (element) {
    case CEF_BUS: return case_add_bus(data, row, error);
    case CEF_BRANCH: return case_add_branch(data, row, error);
    case CEF_GEN: return case_add_gen(data, row, error);
    case CEF_LOAD: return case_add_load(data, row, error);
    default: return case_add_storage(data, row, error);
    }
}

cef_status fill_begin_row(case_filler *fill, const case_table *table, int32_t line, cef_error *error)
{
    fill->table = NULL; /* until there is a row, there is no element at fault */
    fill->line = line;
    fill->stated = 0;
    CEF_TRY(add_row(fill->data, table->element, &fill->row, error));
    fill->table = table;
    return CEF_OK;
}

cef_status fill_value(case_filler *fill, int k, const char *text, size_t length, int32_t line, cef_error *error)
{
    const case_field *field = &fill->table->field[k];
    const uint64_t bit = (uint64_t) 1 << k;
    if (fill->stated & bit)
        return fill_refuse(fill, DIAG_DUPLICATE_FIELD, line, (double) NAN, error,
                           "%s is given twice in one row: keep one", field->name);
    fill->stated |= bit;
    return field->form == FIELD_BUS ? set_bus(fill, field, text, length, line, error)
                                    : fill_set(fill, field, text, length, line, error);
}

static cef_status end_branch(case_filler *fill, cef_error *error)
{
    case_branches *branch = &fill->data->branch;
    const cef_index row = fill->row;
    const bool from = !isnan(branch->p_from[row]), to = !isnan(branch->p_to[row]);
    if (to && !from)
        return fill_refuse(fill, DIAG_MISSING_FIELD, fill->line, branch->p_to[row], error,
                           "a branch states p_to without p_from: state p_from, p_to alone is never used");
    if (from && !to)
        branch->p_to[row] = -branch->p_from[row]; /* lossless */
    return CEF_OK;
}

static cef_status end_load(case_filler *fill, cef_error *error)
{
    const case_loads *load = &fill->data->load;
    if (isnan(load->intensity[fill->row]) || load->p[fill->row] < 0.0)
        return CEF_OK;
    return fill_refuse(fill, DIAG_MISPLACED_FIELD, fill->line, load->intensity[fill->row], error,
                       "a load of %g MW states an intensity: only a negative load, which injects, has its own; a load "
                       "that consumes takes its bus's. Leave it out",
                       load->p[fill->row]);
}

cef_status fill_end_row(case_filler *fill, cef_error *error)
{
    const case_table *table = fill->table;
    for (int k = 0; k < table->n_field; k++)
        if (table->field[k].required && !(fill->stated >> k & 1))
            return fill_refuse(fill, DIAG_MISSING_FIELD, fill->line, (double) NAN, error,
                               "a row of %s has no %s: it is required", table->name, table->field[k].name);
    if (table->element == CEF_BRANCH)
        return end_branch(fill, error);
    if (table->element == CEF_LOAD)
        return end_load(fill, error);
    return CEF_OK;
}
