/* SPDX-License-Identifier: Apache-2.0 */
/* CSV on any bytes. The first byte says as what: '0'..'4' a table of a case (buses, branches, generators, loads,
 * storage), 'g' factors by unit, 'f' factors by fuel, anything else the bare scanner. */
#include <stdlib.h>

#include "io/fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Two buses and two units, 1 at bus 1 and b at bus n. */
static void make_case(case_data *data)
{
    static const char text[] =
        "libcef: 1\nbuses: [{id: 1}, {id: n}]\ngenerators: [{id: 1, bus: 1, p: 1}, {id: b, bus: n, p: 2}]\n";
    require(yaml_read(data, text, sizeof text - 1, NULL) == CEF_OK);
}

static cef_status read_table(case_data *data, int k, const char *text, size_t length, cef_error *error)
{
    case_filler fill;
    fill_init(&fill, data);
    cef_status status = csv_table_read(&fill, case_table_at(k), text, length, error);
    if (status == CEF_OK && k > 0) {
        static const char buses[] = "id\n1\nn\n";
        require(csv_table_read(&fill, case_table_at(0), buses, sizeof buses - 1, NULL) == CEF_OK);
        status = fill_end(&fill, error);
    }
    fill_release(&fill);
    return status;
}

static cef_status read_units(case_data *data, const char *text, size_t length, cef_error *error)
{
    double intensity[2] = {0.0, 0.0};
    cef_index rows = 0;
    make_case(data);
    const cef_status status = factors_parse(data, "fuzz.csv", text, length, intensity, &rows, error);
    require(status != CEF_OK || (rows <= 2 && isfinite(intensity[0]) && isfinite(intensity[1])));
    return status;
}

static cef_status read_fuels(case_data *data, const char *text, size_t length, cef_error *error)
{
    fuel_table fuels;
    const cef_status status = fuels_parse(data->ctx, "fuzz.csv", text, length, &fuels, error);
    double intensity = 0.0;
    (void) fuels_find(&fuels, "coal", &intensity);
    require(isfinite(intensity));
    fuels_release(&fuels);
    return status;
}

/* Every byte of every field is read, so that a field outside its buffer is seen. */
static cef_status scan(case_data *data, const char *text, size_t length, cef_error *error)
{
    csv_reader r;
    bool more = true;
    cef_status status = csv_open(&r, data->ctx, "fuzz.csv", text, length, error);
    while (status == CEF_OK && more) {
        status = csv_next(&r, &more, error);
        if (status != CEF_OK || !more)
            break;
        require(r.n_field >= 1 && r.n_field <= CSV_MAX_FIELDS && r.line >= 1);
        for (int32_t k = 0; k < r.n_field; k++)
            require(memchr(r.field[k].text, 0, r.field[k].length) == NULL);
    }
    csv_close(&r);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    cef_context *ctx = NULL;
    require(cef_context_create(NULL, &ctx, NULL) == CEF_OK);
    cef_error error;
    memset(&error, 0, sizeof error);
    error.struct_size = sizeof error;
    case_data data;
    case_data_init(&data, ctx, "fuzz.csv");
    const char *text = (const char *) bytes + 1;
    cef_status status = CEF_OK;
    if (bytes[0] >= '0' && bytes[0] < '0' + CASE_TABLES)
        status = read_table(&data, bytes[0] - '0', text, size - 1, &error);
    else if (bytes[0] == 'g')
        status = read_units(&data, text, size - 1, &error);
    else if (bytes[0] == 'f')
        status = read_fuels(&data, text, size - 1, &error);
    else
        status = scan(&data, text, size - 1, &error);
    require(status == CEF_OK || (error.code[0] && error.message[0]));
    case_data_release(&data);
    cef_context_destroy(ctx);
    return 0;
}
