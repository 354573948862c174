/* SPDX-License-Identifier: Apache-2.0 */
/* Emission factors by unit: `gen,bus,intensity[,source]`. The bus is there to catch renumbered generator rows. */
#include "io/side_file.h"

enum { GEN, BUS, INTENSITY, SOURCE };

static cef_status read_unit(const side_file *s, const case_data *data, const case_index *gens, uint8_t *seen,
                            double *gen_intensity, cef_error *error)
{
    const cef_index gen =
        case_find(data, CEF_GEN, gens, s->csv.field[s->column[GEN]].text, s->csv.field[s->column[GEN]].length);
    if (gen < 0)
        return side_refuse(s, DIAG_FACTOR_UNKNOWN_GEN, CEF_NOWHERE, "generator", GEN,
                           "the case has none with this id (of a .m case: 1-based row)", error);
    char name[64], bus[64];
    const cef_where where = case_where(data, CEF_GEN, gen, name);
    if (seen[gen])
        return side_refuse(s, DIAG_DUPLICATE_ID, where, "generator", GEN, "has a second row: keep one", error);
    seen[gen] = 1;
    const size_t n = case_id_text(data, CEF_BUS, data->gen.bus[gen], bus, sizeof bus);
    const size_t length = s->csv.field[s->column[BUS]].length;
    if (length != n || memcmp(bus, s->csv.field[s->column[BUS]].text, n) != 0) {
        CEF_TEXT(expected, 160);
        text_format(&expected, "generator %s of the case stands at bus %s: its rows may have been renumbered", name,
                    bus);
        return side_refuse(s, DIAG_FACTOR_BUS, where, "bus", BUS, expected.data, error);
    }
    return side_intensity(s, INTENSITY, &gen_intensity[gen], error);
}

static cef_status read_units(side_file *s, const case_data *data, const case_index *gens, uint8_t *seen,
                             double *gen_intensity, cef_index *rows, cef_error *error)
{
    CEF_TRY(side_header(s, error));
    for (*rows = 0;; (*rows)++) {
        bool more = false;
        CEF_TRY(side_next(s, &more, error));
        if (!more)
            return CEF_OK;
        CEF_TRY(read_unit(s, data, gens, seen, gen_intensity, error));
    }
}

cef_status factors_parse(const case_data *data, const char *file, const char *text, size_t length,
                         double *gen_intensity, cef_index *rows, cef_error *error)
{
    static const char *const names[] = {"gen", "bus", "intensity", "source"};
    side_file s = {.names = names, .n_names = 4, .n_required = 3};
    case_index gens = {.ctx = data->ctx};
    void *seen = NULL;
    *rows = 0;
    cef_status status = csv_open(&s.csv, data->ctx, file, text, length, error);
    if (status == CEF_OK)
        status = case_index_ids(data, CEF_GEN, &gens, error);
    if (status == CEF_OK)
        status = context_take(data->ctx, (size_t) data->gen.n, &seen, error);
    if (status == CEF_OK) {
        memset(seen, 0, (size_t) data->gen.n);
        status = read_units(&s, data, &gens, seen, gen_intensity, rows, error);
    }
    context_free(data->ctx, seen, (size_t) data->gen.n);
    case_index_release(&gens);
    csv_close(&s.csv);
    return status;
}

cef_status factors_read(const case_data *data, const char *path, double *gen_intensity, cef_index *rows,
                        cef_error *error)
{
    char *text = NULL;
    size_t length = 0;
    CEF_TRY(file_read(data->ctx, path, &text, &length, error));
    const cef_status status = factors_parse(data, path, text, length, gen_intensity, rows, error);
    context_free(data->ctx, text, length + 1);
    return status;
}
