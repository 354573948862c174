/* SPDX-License-Identifier: Apache-2.0 */
/* Emission factors by fuel: `fuel,intensity` and the table that is built in. Intensities are tCO2/MWh. */
#include "io/side_file.h"

#define MAX_FUELS 4096 /* a lookup walks the table */
#define MAX_FUEL_NAME 63

/* IPCC 2006 Guidelines vol. 2 table 1.4, kgCO2 per TJ of net calorific value, and a default net efficiency (theory.md
 * 5). Biomass is biogenic, reported apart; the others without combustion have no direct emissions. */
static const struct {
    const char *fuel;
    double kg_per_tj, efficiency;
} ipcc2006[] = {
    {"coal", 94600.0, 0.38},  {"lignite", 101000.0, 0.36}, {"ng", 56100.0, 0.50},    {"oil", 77400.0, 0.38},
    {"waste", 91700.0, 0.25}, {"biomass", 0.0, 1.0},       {"hydro", 0.0, 1.0},      {"wind", 0.0, 1.0},
    {"solar", 0.0, 1.0},      {"nuclear", 0.0, 1.0},       {"geothermal", 0.0, 1.0}, {"storage", 0.0, 1.0},
};
#define N_IPCC2006 (sizeof ipcc2006 / sizeof *ipcc2006)

double fuels_intensity(double kg_per_tj, double efficiency)
{
    return kg_per_tj * 3.6e-3 / efficiency / 1000.0; /* TJ/MWh, then t/kg */
}

static cef_status take_table(fuel_table *table, cef_context *ctx, cef_error *error)
{
    void *names = NULL, *intensity = NULL;
    *table = (fuel_table){.ctx = ctx};
    CEF_TRY(context_take(ctx, (size_t) MAX_FUELS * (MAX_FUEL_NAME + 1), &names, error));
    table->names = names;
    table->names_size = (size_t) MAX_FUELS * (MAX_FUEL_NAME + 1);
    CEF_TRY(context_take(ctx, MAX_FUELS * sizeof *table->intensity, &intensity, error));
    table->intensity = intensity;
    table->capacity = MAX_FUELS;
    return CEF_OK;
}

void fuels_release(fuel_table *table)
{
    context_free(table->ctx, table->names, table->names_size);
    context_free(table->ctx, table->intensity, table->capacity * sizeof *table->intensity);
    *table = (fuel_table){.ctx = table->ctx};
}

/* Name k takes the k-th piece of 64 bytes. */
static char *fuel_name(const fuel_table *table, cef_index k) { return table->names + (size_t) k * (MAX_FUEL_NAME + 1); }

static void add_fuel(fuel_table *table, const char *name, size_t length, double intensity)
{
    char *to = fuel_name(table, table->n);
    memcpy(to, name, length);
    to[length] = 0;
    table->intensity[table->n++] = intensity;
}

bool fuels_find(const fuel_table *table, const char *fuel, double *intensity)
{
    for (cef_index k = 0; k < table->n; k++)
        if (strcmp(fuel_name(table, k), fuel) == 0) {
            *intensity = table->intensity[k];
            return true;
        }
    return false;
}

enum { FUEL, FUEL_INTENSITY };

static cef_status read_fuel(const side_file *s, fuel_table *table, cef_error *error)
{
    const char *text = s->csv.field[s->column[FUEL]].text;
    const size_t length = s->csv.field[s->column[FUEL]].length;
    if (length < 1 || length > MAX_FUEL_NAME || !text_is_printable(text, length))
        return side_refuse(s, DIAG_BAD_ID, CEF_NOWHERE, "fuel", FUEL,
                           "a name is 1-63 bytes of UTF-8 without control characters", error);
    if (table->n == MAX_FUELS)
        return side_refuse(s, DIAG_TOO_BIG, CEF_NOWHERE, "fuel", FUEL, "the file names more than 4096 fuels", error);
    char name[MAX_FUEL_NAME + 1];
    memcpy(name, text, length);
    name[length] = 0;
    double intensity = 0.0;
    if (fuels_find(table, name, &intensity))
        return side_refuse(s, DIAG_DUPLICATE_ID, CEF_NOWHERE, "fuel", FUEL, "has a second row: keep one", error);
    CEF_TRY(side_intensity(s, FUEL_INTENSITY, &intensity, error));
    add_fuel(table, name, length, intensity);
    return CEF_OK;
}

static cef_status read_fuels(side_file *s, fuel_table *table, cef_error *error)
{
    CEF_TRY(side_header(s, error));
    for (;;) {
        bool more = false;
        CEF_TRY(side_next(s, &more, error));
        if (!more)
            return CEF_OK;
        CEF_TRY(read_fuel(s, table, error));
    }
}

cef_status fuels_parse(cef_context *ctx, const char *file, const char *text, size_t length, fuel_table *table,
                       cef_error *error)
{
    static const char *const names[] = {"fuel", "intensity"};
    side_file s = {.names = names, .n_names = 2, .n_required = 2};
    CEF_TRY(take_table(table, ctx, error));
    cef_status status = csv_open(&s.csv, ctx, file, text, length, error);
    if (status == CEF_OK)
        status = read_fuels(&s, table, error);
    csv_close(&s.csv);
    return status;
}

cef_status fuels_read(cef_context *ctx, const char *path_or_table, fuel_table *table, cef_error *error)
{
    *table = (fuel_table){.ctx = ctx};
    if (strcmp(path_or_table, "ipcc2006") == 0) {
        CEF_TRY(take_table(table, ctx, error));
        for (size_t k = 0; k < N_IPCC2006; k++)
            add_fuel(table, ipcc2006[k].fuel, strlen(ipcc2006[k].fuel),
                     fuels_intensity(ipcc2006[k].kg_per_tj, ipcc2006[k].efficiency));
        return CEF_OK;
    }
    char *text = NULL;
    size_t length = 0;
    CEF_TRY(file_read(ctx, path_or_table, &text, &length, error));
    const cef_status status = fuels_parse(ctx, path_or_table, text, length, table, error);
    context_free(ctx, text, length + 1);
    return status;
}
