/* SPDX-License-Identifier: Apache-2.0 */
/* What the MATPOWER reader refuses: code and line. */
#include <criterion/criterion.h>
#include <string.h>

#include "io_test.h"

#define ROWS_AFTER_HEAD 4 /* the line after M_HEAD */

Test(matpower_refuse, anything_to_evaluate)
{
    static const char *const statements[] = {"define_constants;",
                                             "mpc.bus(1, 3) = 5;",
                                             "mpc.baseMVA2 = 100 * 2;",
                                             "for k = 1:3",
                                             "mpc = loadcase('case9');",
                                             "x = 1;",
                                             "mpc.x = zeros(3);",
                                             "mpc.x = [1 2 + 3];",
                                             "mpc.x = [1-2];",
                                             "mpc.x = [1 2]';",
                                             "mpc.x = [a b];",
                                             "mpc.x = 1:5;",
                                             "mpc.x{1} = 2;",
                                             "mpc.x = @(y) y;",
                                             "mpc.x = [sqrt(4)];",
                                             "mpc.x = -y;",
                                             "mpc.x == 1;",
                                             "mpc.x = true;",
                                             "if mpc.baseMVA",
                                             "end",
                                             "return;",
                                             "mpc.bus = mpc.bus;",
                                             "mpc.x = [1 2](1);",
                                             "!rm file",
                                             "mpc.gen = [1 2*3 0 0 0 1 100 1 0 0];",
                                             "function other",
                                             "system('ls')",
                                             "mpc.x = [- 2];"};
    for (size_t k = 0; k < sizeof statements / sizeof *statements; k++) {
        char text[1024];
        strcpy(text, M_HEAD);
        strcat(text, statements[k]);
        strcat(text, "\n");
        strcat(text, strstr(statements[k], "mpc.gen") ? "" : M_GEN);
        if (strstr(statements[k], "mpc.gen")) /* a used table: its bus comes first */
            strcpy(text, M_HEAD), strcat(text, M_BUS), strcat(text, statements[k]), strcat(text, M_BRANCH);
        io_refused(text, "not-data", strstr(statements[k], "mpc.gen") ? ROWS_AFTER_HEAD + 4 : ROWS_AFTER_HEAD);
    }
}

Test(matpower_refuse, function_lines)
{
    io_refused("", "syntax", 1);
    io_refused("\n\nmpc.baseMVA = 100;\n", "not-data", 3);
    io_refused("function [baseMVA, bus, gen, branch] = case9\n", "format-version", 1);
    io_refused("function mpc = \n", "syntax", 1);
    io_refused("function mpc\n", "syntax", 1);
    io_refused("function mpc = f(x)\n", "not-data", 1);
    io_refused("function mpc = f junk\n", "not-data", 1);
    io_refused("function mpc = 9\n", "syntax", 1);
}

Test(matpower_refuse, versions_and_base)
{
    io_refused("function mpc = t\nmpc.version = '1';\n", "format-version", 2);
    io_refused("function mpc = t\nmpc.version = 2;\n", "format-version", 2);
    io_refused("function mpc = t\nmpc.version = '2';\nmpc.version = '2';\n", "duplicate-field", 3);
    io_refused("function mpc = t\nmpc.baseMVA = 0;\n", "bad-number", 2);
    io_refused("function mpc = t\nmpc.baseMVA = Inf;\n", "bad-number", 2);
    io_refused("function mpc = t\nmpc.baseMVA = 'a';\n", "syntax", 2);
    io_refused("function mpc = t\nmpc.baseMVA = [100];\n", "not-data", 2);
    io_refused("function mpc = t\nmpc.baseMVA = 1e999;\n", "bad-number", 2);
    io_refused(M_HEAD "mpc.baseMVA = 100;\n", "duplicate-field", 4);
}

Test(matpower_refuse, missing_and_double_tables)
{
    io_refused(M_HEAD M_GEN M_BRANCH, "missing-field", 0);
    io_refused(M_HEAD M_BUS M_BRANCH, "missing-field", 0);
    io_refused(M_HEAD M_BUS M_GEN, "missing-field", 0);
    io_refused("function mpc = t\n" M_BUS M_GEN M_BRANCH, "missing-field", 0);
    io_refused(M_CASE M_BUS, "duplicate-field", 14);
    io_refused(M_CASE M_GEN, "duplicate-field", 14);
    io_refused(M_HEAD "mpc.bus = [];\n" M_GEN M_BRANCH, "unknown-bus", 6);
    io_refused(M_HEAD "mpc.bus = [];\nmpc.gen = [];\nmpc.branch = [];\n", "empty-network", 0);
}

Test(matpower_refuse, brackets_and_texts_left_open)
{
    io_refused(M_HEAD "mpc.bus = [\n1 2 3;\n", "row-length", 5);
    io_refused(M_HEAD "mpc.bus = [\n1 3 0 0 0 0 1 1 0 110 1 1.1 0.9;\n", "syntax", 6);
    io_refused(M_HEAD "mpc.bus = [1 3 0", "syntax", 4);
    io_refused(M_HEAD "mpc.x = [1 2\n3 4\n", "syntax", 4);
    io_refused(M_HEAD "mpc.x = {'a'\n'b\n};", "syntax", 5);
    io_refused(M_HEAD "mpc.x = {'a'", "syntax", 4);
    io_refused(M_HEAD "mpc.x = 'abc\n';", "syntax", 4);
    io_refused(M_HEAD "mpc.x = [1 [2] 3];", "too-deep", 4);
    io_refused(M_HEAD "mpc.x = {{'a'}};", "too-deep", 4);
    io_refused(M_HEAD "mpc.x = ", "syntax", 4);
    io_refused(M_HEAD "mpc.x = [1,,2];", "syntax", 4);
    io_refused(M_HEAD "mpc.x = [,1];", "syntax", 4);
    io_refused(M_HEAD "mpc.x = [1 2};", "syntax", 4);
    io_refused(M_HEAD "mpc.x = 1 2;", "syntax", 4);
    io_refused(M_HEAD "mpc.x = [1] junk;", "not-data", 4);
    io_refused(M_HEAD "mpc.x = [1.2.3];", "bad-number", 4);
    io_refused(M_HEAD "mpc.x = [1e999];", "bad-number", 4);
    io_refused(M_HEAD "mpc. = 3;", "not-data", 4);
    io_refused(M_HEAD "%{\nnever closed\n", "syntax", 4);
    io_refused(M_CASE "\n\n$", "syntax", 16);
    io_refused(M_HEAD "mpc.gen = 5;\n" M_BUS M_BRANCH, "syntax", 4);
}

Test(matpower_refuse, nul_bytes)
{
    const char text[] = M_HEAD "mpc.bus = [\n1 \0 2];";
    cef_context *ctx = io_context();
    cef_case *c = NULL;
    cef_error error = {.struct_size = sizeof error};
    cr_assert(cef_case_read_memory(ctx, "n.m", "m", text, sizeof text - 1, &c, &error) == CEF_ERR_PARSE);
    cr_assert(strcmp(error.code, "bad-encoding") == 0 && error.line == 5, "%s %d", error.code, error.line);
    cef_context_destroy(ctx);
}

/* One cell of the two-bus case replaced. */
static void refuse_bus(const char *row, const char *code)
{
    char text[2048] = M_HEAD "mpc.bus = [\n1 3 0 0 0 0 1 1 0 110 1 1.1 0.9;\n";
    strcat(text, row);
    strcat(text, "\n];\n" M_GEN M_BRANCH);
    io_refused(text, code, 6);
}

Test(matpower_refuse, bus_rows)
{
    refuse_bus("1 1 0 0 0 0 1 1 0 110 1 1.1 0.9", "duplicate-id");
    refuse_bus("2.5 1 0 0 0 0 1 1 0 110 1 1.1 0.9", "bad-id");
    refuse_bus("0 1 0 0 0 0 1 1 0 110 1 1.1 0.9", "bad-id");
    refuse_bus("-2 1 0 0 0 0 1 1 0 110 1 1.1 0.9", "bad-id");
    refuse_bus("1e300 1 0 0 0 0 1 1 0 110 1 1.1 0.9", "bad-id");
    refuse_bus("Inf 1 0 0 0 0 1 1 0 110 1 1.1 0.9", "not-finite");
    refuse_bus("2 5 0 0 0 0 1 1 0 110 1 1.1 0.9", "bad-kind");
    refuse_bus("2 1.5 0 0 0 0 1 1 0 110 1 1.1 0.9", "bad-kind");
    refuse_bus("2 1 NaN 0 0 0 1 1 0 110 1 1.1 0.9", "not-finite");
    refuse_bus("2 1 0 0 -Inf 0 1 1 0 110 1 1.1 0.9", "not-finite");
    refuse_bus("2 1 0 0 0 0 1 NaN 0 110 1 1.1 0.9", "not-finite");
    refuse_bus("2 1 0 0 0 0 1 1 0 110 1 1.1", "row-length");
    refuse_bus("2 1 0 0 0 0 1 1 0 110 1 1.1 0.9 0", "row-length");
    io_refused(M_HEAD "mpc.bus = [1 3 2e12 0 0 0 1 1 0 110 1 1 1];\nmpc.gen = [];\nmpc.branch = [];", "out-of-range",
               0);
}

Test(matpower_refuse, gen_rows)
{
    io_refused(M_HEAD M_BUS "mpc.gen = [3 0 0 0 0 1 100 1 0 0];" M_BRANCH, "unknown-bus", 8);
    io_refused(M_HEAD M_BUS "mpc.gen = [1.5 0 0 0 0 1 100 1 0 0];" M_BRANCH, "bad-id", 8);
    io_refused(M_HEAD M_BUS "mpc.gen = [1 NaN 0 0 0 1 100 1 0 0];" M_BRANCH, "not-finite", 8);
    io_refused(M_HEAD M_BUS "mpc.gen = [1 0 Inf 0 0 1 100 1 0 0];" M_BRANCH, "not-finite", 8);
    io_refused(M_HEAD M_BUS "mpc.gen = [1 0 0 0 0 1 100 NaN 0 0];" M_BRANCH, "not-finite", 8);
    io_refused(M_HEAD M_BUS "mpc.gen = [1 0 0 0 0 1 100 1 0];" M_BRANCH, "row-length", 8);
    io_refused(M_HEAD M_BUS "mpc.gen = [1 0 0 -Inf 0 1 100 1 0 0];" M_BRANCH, "not-finite", 8);
    io_refused(M_HEAD M_BUS "mpc.gen = [1 0 0 0 Inf 1 100 1 0 0];" M_BRANCH, "not-finite", 8);
    io_refused(M_HEAD M_BUS "mpc.gen = [1 0 0 0 NaN 1 100 1 0 0];" M_BRANCH, "not-finite", 8);
    io_refused(M_HEAD M_BUS "mpc.gen = [1 0 0 0 0 Inf 100 1 0 0];" M_BRANCH, "not-finite", 8);
    io_refused(M_HEAD M_BUS "mpc.gen = [1 0 0 0 0 1 NaN 1 0 0];" M_BRANCH, "not-finite", 8);
    io_refused(M_HEAD M_BUS "mpc.gen = [1 0 0 0 0 -1 100 1 0 0];" M_BRANCH, "out-of-range", 0);
    io_refused(M_HEAD M_BUS "mpc.gen = [1 0 0 0 0 1 100 1 0 0 0 0 0 0 0 0 0 0 0 0 -1];" M_BRANCH, "out-of-range", 0);
}

Test(matpower_refuse, branch_and_dcline_rows)
{
    io_refused(M_HEAD M_BUS M_GEN "mpc.branch = [1 9 0 1 0 0 0 0 0 0 1];", "unknown-bus", 11);
    io_refused(M_HEAD M_BUS M_GEN "mpc.branch = [1 2 NaN 1 0 0 0 0 0 0 1];", "not-finite", 11);
    io_refused(M_HEAD M_BUS M_GEN "mpc.branch = [1 2 0 1 0 0 0 0 0 0 Inf];", "not-finite", 11);
    io_refused(M_HEAD M_BUS M_GEN "mpc.branch = [1 2 0 1 0 0 0 0 0 0];", "row-length", 11);
    io_refused(M_HEAD M_BUS M_GEN "mpc.branch = [1 2 0 1 0 0 0 0 0 0 1 0 0 NaN 0 0 0];", "not-finite", 11);
    io_refused(M_HEAD M_BUS M_GEN "mpc.branch = [1 2 0 1 0 0 0 0 0 0 1 0 0 0 0 Inf 0];", "not-finite", 11);
    io_refused(M_CASE "mpc.dcline = [1 2 1 10 9];", "row-length", 14);
    io_refused(M_CASE "mpc.dcline = [1 5 1 10 9 0 0 1 1 0 0 0 0 0 0 0 0];", "unknown-bus", 14);
    io_refused(M_CASE "mpc.dcline = [1 2 1 NaN 9 0 0 1 1 0 0 0 0 0 0 0 0];", "not-finite", 14);
}

Test(matpower_refuse, fuels_and_intensities)
{
    io_refused(M_CASE "mpc.genfuel = {};", "row-length", 14);
    io_refused(M_CASE "mpc.genfuel = {'a'; 'b'};", "row-length", 14);
    io_refused(M_CASE "mpc.genfuel = {1};", "syntax", 14);
    io_refused(M_CASE "mpc.genfuel = 'coal';", "syntax", 14);
    io_refused(M_CASE "mpc.genfuel = {'a\xFF'};", "bad-encoding", 14);
    io_refused(M_CASE "mpc.gen_intensity = [2 0.5];", "unknown-gen", 14);
    io_refused(M_CASE "mpc.gen_intensity = [1 0.5; 1 0.6];", "duplicate-id", 14);
    io_refused(M_CASE "mpc.gen_intensity = [1 NaN];", "not-finite", 14);
    io_refused(M_CASE "mpc.load_intensity = [1 0.5];", "unknown-bus", 14);
    io_refused(M_CASE "mpc.load_intensity = [3 0.5];", "unknown-bus", 14);
    io_refused(M_CASE "mpc.load_intensity = [2 0.5; 2 0.6];", "duplicate-id", 14);
    io_refused(M_CASE "mpc.load_intensity = [2 Inf];", "not-finite", 14);
    io_refused(M_CASE "mpc.gen_intensity = [1 1e7];", "out-of-range", 0);
}

/* Every prefix of a case is refused or read, never more than that. */
Test(matpower_refuse, every_prefix)
{
    static const char whole[] = M_CASE "mpc.genfuel = {'coal'};\n%{\nx\n%}\n";
    cef_context *ctx = io_context();
    for (size_t n = 0; n < sizeof whole; n++) {
        cef_case *c = NULL;
        if (cef_case_read_memory(ctx, "p.m", "m", whole, n, &c, NULL) == CEF_OK)
            cef_case_destroy(c);
        else
            cr_assert(c == NULL);
    }
    cef_context_destroy(ctx);
}
