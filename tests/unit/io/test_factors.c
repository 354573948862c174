/* SPDX-License-Identifier: Apache-2.0 */
/* Factor files: by unit, by fuel, and the table built in. */
#include <unistd.h>

#include "io_fault.h"

/* Three units: g1 at bus 1, 2 (no id: its row) at bus north, "a,b" at bus 1. */
static void make_case(cef_context *ctx, case_data *d)
{
    static const char text[] =
        "libcef: 1\nbuses: [{id: 1}, {id: north}]\ngenerators:\n"
        "  - {id: g1, bus: 1, p: 10}\n  - {bus: north, p: 20}\n  - {id: \"a,b\", bus: 1, p: 30}\n";
    cef_error error = no_error();
    case_data_init(d, ctx, "grid.yaml");
    cr_assert(yaml_read(d, text, sizeof text - 1, &error) == CEF_OK, "%s", error.message);
}

Test(factors, by_unit)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    make_case(ctx, &d);
    const char *text = "source,intensity,gen,bus\nmeter,0.5,2,north\n\"a, b\",-0.25,\"a,b\",1\n";
    double intensity[3] = {7.0, 7.0, 7.0};
    cef_index rows = -1;
    cef_error error = no_error();
    cr_assert(factors_parse(&d, "f.csv", text, strlen(text), intensity, &rows, &error) == CEF_OK, "%s", error.message);
    cr_assert(rows == 2 && intensity[0] == 7.0 && intensity[1] == 0.5 && intensity[2] == -0.25);
    case_data_release(&d);
    cr_assert(memory.live == 1);
    cef_context_destroy(ctx);
}

Test(factors, of_a_file)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    make_case(ctx, &d);
    char path[] = "/tmp/cef_factors_XXXXXX";
    const int fd = mkstemp(path);
    cr_assert(fd >= 0 && close(fd) == 0);
    write_text(path, "gen,bus,intensity\r\ng1,1,0.875\r\n", 31);
    double intensity[3] = {0.0, 0.0, 0.0};
    cef_index rows = 0;
    cef_error error = no_error();
    cr_assert(factors_read(&d, path, intensity, &rows, &error) == CEF_OK, "%s", error.message);
    cr_assert(rows == 1 && intensity[0] == 0.875);
    cr_assert(unlink(path) == 0);
    cr_assert(factors_read(&d, path, intensity, &rows, &error) == CEF_ERR_IO);
    case_data_release(&d);
    cef_context_destroy(ctx);
}

Test(factors, unit_file_refuses_with_code_and_line)
{
    static const struct {
        const char *code;
        int32_t line;
        const char *text;
    } cases[] = {
        {"missing-field", 0, ""},
        {"missing-field", 1, "gen,intensity\ng1,1\n"},
        {"missing-field", 1, "gen,bus\ng1,1\n"},
        {"unknown-field", 1, "gen,bus,intensity,colour\n"},
        {"unknown-field", 1, "gen, bus,intensity\n"},
        {"duplicate-field", 1, "gen,bus,intensity,gen\n"},
        {"row-length", 2, "gen,bus,intensity\ng1,1\n"},
        {"row-length", 3, "gen,bus,intensity\ng1,1,1\n2,north,1,x\n"},
        {"unknown-gen", 2, "gen,bus,intensity\ng9,1,1\n"},
        {"unknown-gen", 2, "gen,bus,intensity\n02,north,1\n"},
        {"unknown-gen", 2, "gen,bus,intensity\n,1,1\n"},
        {"factor-bus", 2, "gen,bus,intensity\ng1,north,1\n"},
        {"factor-bus", 2, "gen,bus,intensity\ng1,,1\n"},
        {"factor-bus", 2, "gen,bus,intensity\ng1,11,1\n"},
        {"duplicate-id", 3, "gen,bus,intensity\ng1,1,1\ng1,1,1\n"},
        {"bad-number", 2, "gen,bus,intensity\ng1,1,\n"},
        {"bad-number", 2, "gen,bus,intensity\ng1,1,nan\n"},
        {"bad-number", 2, "gen,bus,intensity\ng1,1,inf\n"},
        {"bad-number", 2, "gen,bus,intensity\ng1,1,1e999\n"},
        {"bad-number", 2, "gen,bus,intensity\ng1,1, 1\n"},
        {"out-of-range", 2, "gen,bus,intensity\ng1,1,1e7\n"},
        {"syntax", 2, "gen,bus,intensity\n\"g1,1,1\n"},
        {"bad-encoding", 2, "gen,bus,intensity\n\xFF,1,1\n"},
    };
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    make_case(ctx, &d);
    const long live = memory.live;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double intensity[3];
        cef_index rows = 0;
        cef_error error = no_error();
        const cef_status status =
            factors_parse(&d, "f.csv", cases[k].text, strlen(cases[k].text), intensity, &rows, &error);
        check_refused(status, &error, "f.csv", cases[k].code, cases[k].line, cases[k].text);
        cr_assert(memory.live == live, "leak: %s", cases[k].text);
    }
    case_data_release(&d);
    cef_context_destroy(ctx);
}

Test(factors, a_wrong_bus_names_both)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    make_case(ctx, &d);
    const char *text = "gen,bus,intensity\ng1,north,1\n";
    double intensity[3];
    cef_index rows = 0;
    cef_error error = no_error();
    cr_assert(factors_parse(&d, "f.csv", text, strlen(text), intensity, &rows, &error) == CEF_ERR_FACTOR);
    cr_assert(error.element == CEF_GEN && error.index == 0 && strcmp(error.name, "g1") == 0);
    cr_assert(strstr(error.message, "bus 'north'") && strstr(error.message, "stands at bus 1"), "%s", error.message);
    case_data_release(&d);
    cef_context_destroy(ctx);
}

/* theory.md section 5: bituminous coal at 0.40 and a combined cycle at 0.55. */
Test(factors, intensity_of_a_fuel)
{
    cr_assert(fabs(fuels_intensity(94600.0, 0.40) - 0.8514) < 1e-15);
    cr_assert(fabs(fuels_intensity(56100.0, 0.55) - 0.3672) < 1e-15);
}

Test(factors, table_built_in)
{
    static const struct {
        const char *fuel;
        double intensity;
    } expected[] = {
        {"coal", 0.0036 * 94.6 / 0.38},
        {"lignite", 0.0036 * 101.0 / 0.36},
        {"ng", 0.0036 * 56.1 / 0.50},
        {"oil", 0.0036 * 77.4 / 0.38},
        {"waste", 0.0036 * 91.7 / 0.25},
        {"biomass", 0.0},
        {"hydro", 0.0},
        {"wind", 0.0},
        {"solar", 0.0},
        {"nuclear", 0.0},
        {"geothermal", 0.0},
        {"storage", 0.0},
    };
    static const char *const unknown[] = {"", "Coal", "COAL", "coal ", "dfo", "unknown", "other", "peat"};
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    fuel_table table;
    cr_assert(fuels_read(ctx, "ipcc2006", &table, NULL) == CEF_OK);
    cr_assert(table.n == 12);
    double intensity = 0.0;
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        intensity = -1.0;
        cr_assert(fuels_find(&table, expected[k].fuel, &intensity), "%s", expected[k].fuel);
        cr_assert(fabs(intensity - expected[k].intensity) < 1e-15, "%s: %.17g", expected[k].fuel, intensity);
    }
    for (size_t k = 0; k < sizeof unknown / sizeof *unknown; k++)
        cr_assert(!fuels_find(&table, unknown[k], &intensity), "%s", unknown[k]);
    fuels_release(&table);
    cr_assert(memory.live == 1);
    cef_context_destroy(ctx);
}

Test(factors, by_fuel)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    const char *text = "intensity,fuel\n0.9,coal\n0,\"wind, offshore\"\n";
    fuel_table table;
    cef_error error = no_error();
    cr_assert(fuels_parse(ctx, "f.csv", text, strlen(text), &table, &error) == CEF_OK, "%s", error.message);
    double intensity = 0.0;
    cr_assert(table.n == 2 && fuels_find(&table, "coal", &intensity) && intensity == 0.9);
    cr_assert(fuels_find(&table, "wind, offshore", &intensity) && intensity == 0.0);
    cr_assert(!fuels_find(&table, "ng", &intensity), "the built-in table is not mixed in");
    fuels_release(&table);
    cef_context_destroy(ctx);
}

Test(factors, fuel_file_refuses_with_code_and_line)
{
    static const struct {
        const char *code;
        int32_t line;
        const char *text;
    } cases[] = {
        {"missing-field", 0, "\n"},
        {"missing-field", 1, "fuel\ncoal\n"},
        {"unknown-field", 1, "fuel,intensity,source\n"},
        {"duplicate-field", 1, "fuel,fuel\n"},
        {"row-length", 2, "fuel,intensity\ncoal\n"},
        {"duplicate-id", 3, "fuel,intensity\ncoal,1\ncoal,1\n"},
        {"bad-number", 2, "fuel,intensity\ncoal,lots\n"},
        {"out-of-range", 2, "fuel,intensity\ncoal,-2e6\n"},
        {"bad-id", 2, "fuel,intensity\n,1\n"},
        {"bad-id", 2, "fuel,intensity\n\"a\nb\",1\n"},
        {"bad-id", 2, "fuel,intensity\na123456789012345678901234567890123456789012345678901234567890123,1\n"},
    };
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        fuel_table table;
        cef_error error = no_error();
        const cef_status status = fuels_parse(ctx, "f.csv", cases[k].text, strlen(cases[k].text), &table, &error);
        check_refused(status, &error, "f.csv", cases[k].code, cases[k].line, cases[k].text);
        fuels_release(&table);
        cr_assert(memory.live == 1, "leak: %s", cases[k].text);
    }
    fuel_table table;
    cr_assert(fuels_read(ctx, "IPCC2006", &table, NULL) == CEF_ERR_IO, "any other name is a path");
    fuels_release(&table);
    cef_context_destroy(ctx);
}

Test(factors, at_most_4096_fuels)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    char *text = malloc(200000);
    size_t n = (size_t) sprintf(text, "fuel,intensity\n");
    for (int k = 0; k < 4097; k++)
        n += (size_t) sprintf(text + n, "fuel %d,0.5\n", k);
    fuel_table table;
    cef_error error = no_error();
    const cef_status status = fuels_parse(ctx, "f.csv", text, n, &table, &error);
    check_refused(status, &error, "f.csv", "file-too-big", 4098, "4097 fuels");
    cr_assert(table.n == 4096);
    fuels_release(&table);
    free(text);
    cef_context_destroy(ctx);
}

Test(factors, every_allocation_fails_once)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    make_case(ctx, &d);
    const long live = memory.live;
    const char *units = "gen,bus,intensity\ng1,1,0.5\n", *fuels = "fuel,intensity\ncoal,0.9\n";
    for (long k = 0;; k++) {
        double intensity[3];
        cef_index rows = 0;
        fuel_table table;
        memory.requests = 0;
        memory.refuse_at = k;
        cef_status status = factors_parse(&d, "f.csv", units, strlen(units), intensity, &rows, NULL);
        cr_assert(memory.live == live);
        if (status == CEF_OK) {
            status = fuels_parse(ctx, "f.csv", fuels, strlen(fuels), &table, NULL);
            fuels_release(&table);
        }
        cr_assert(memory.live == live);
        if (status == CEF_OK) {
            cr_assert(k >= 5, "only %ld allocations", k);
            break;
        }
        cr_assert(status == CEF_ERR_MEMORY);
    }
    case_data_release(&d);
    cef_context_destroy(ctx);
}
