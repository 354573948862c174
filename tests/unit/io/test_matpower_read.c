/* SPDX-License-Identifier: Apache-2.0 */
/* What the MATPOWER reader takes. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io_test.h"

static const char *id_of(const cef_case *c, cef_element element, cef_index index)
{
    static char text[64]; /* tests fork: one at a time */
    cr_assert(cef_case_id(c, element, index, text, sizeof text) == strlen(text));
    return text;
}

Test(matpower_read, a_whole_case)
{
    cef_context *ctx = io_context();
    cef_case *c = io_read(ctx, M_CASE "mpc.genfuel = {\n'coal';\n};\nmpc.gencost = [2 0 0 3 0.1 20 0];\n");
    const cef_case_info info = io_info(c);
    cr_assert(info.n_bus == 2 && info.n_branch == 1 && info.n_gen == 1 && info.n_load == 2 && info.n_storage == 0);
    cr_assert(strcmp(info.name, "two") == 0 && strcmp(info.format, "m") == 0 && info.base_mva == 100.0);
    cr_assert(info.has_flows == 1 && info.n_out_of_service == 0 && strlen(info.sha256) == 64);
    const cef_snapshot s = io_snapshot(c);
    cr_assert(s.branch_p_from[0] == 60.0 && s.branch_p_to[0] == -57.2 && s.gen_p[0] == 60.0);
    cr_assert(s.load_p[0] == 50.0 && s.load_p[1] == 5.0 * 1.2 * 1.2, "demand, then Gs Vm^2");
    cr_assert(isnan(s.gen_intensity[0]), "not priced yet");
    const cef_network_data net = io_network(c);
    cr_assert(net.bus_id[1] == 2 && net.load_bus[0] == 1 && net.load_bus[1] == 1);
    cr_assert(net.load_kind[0] == CEF_LOAD_DEMAND && net.load_kind[1] == CEF_LOAD_SHUNT);
    cr_assert(strcmp(cef_case_fuel(c, 0), "coal") == 0 && strcmp(cef_case_zone(c, 1), "7") == 0);
    cr_assert(strcmp(id_of(c, CEF_LOAD, 1), "2") == 0 && strcmp(id_of(c, CEF_BRANCH, 0), "1") == 0);
    cr_assert(strcmp(id_of(c, CEF_GEN, 1), "") == 0, "out of range");
    cr_assert(cef_case_check_flows(c, 0.1, NULL) == CEF_OK);
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

Test(matpower_read, whatever_is_not_data_but_harmless)
{
    cef_context *ctx = io_context();
    cef_case *c = io_read(ctx, "\xEF\xBB\xBF% comment\r\n%{\nmpc.bus = [ nonsense\n%{\nnested\n%}\n%}\r\n"
                               "function grid = two() % a case\r\n"
                               "grid.version = \"2\"; grid.baseMVA = ...\n 100, grid.note = 'it''s';;\r\n"
                               "grid.if.map = [];\n"
                               "grid.bus = [1, 3, 0, 0, 0, 0, 0, 1, 0, 110, 1, Inf, -Inf % limits\n"
                               "\n%{\nblock\n%}\n"
                               "2 1 50 ... the rest\n 10 5 0 7 1.2 0 110 1 NaN 0.9,;\n\n];"
                               "grid.gen = [1 6e1 0 Inf -Inf 1 100 1 +Inf nan]\n"
                               "grid.branch = [1 2 .01 1e-1 0. 0 0 0 0 0 1 -360 360 60 5 -57.2 -4];"
                               "grid.bus_name = {'a;b'; \"c % d\"};");
    const cef_case_info info = io_info(c);
    cr_assert(info.n_bus == 2 && info.n_load == 2 && info.has_flows && strcmp(info.name, "two") == 0);
    cr_assert(strcmp(cef_case_zone(c, 0), "") == 0 && strcmp(cef_case_zone(c, 1), "7") == 0, "area 0 is none");
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

Test(matpower_read, tables_in_any_order)
{
    cef_context *ctx = io_context();
    cef_case *c =
        io_read(ctx, "function mpc = two\nmpc.genfuel = {'ng'};\nmpc.dcline = [2 1 1 4 3 0 0 1 1 0 0 0 0 0 0 0 0];"
                     "mpc.gen_intensity = [1 0.5];\n" M_BRANCH M_GEN M_BUS "mpc.baseMVA = 100;\n");
    const cef_case_info info = io_info(c);
    cr_assert(info.n_branch == 2 && info.numeric_branch == 0 && info.numeric_bus == 1);
    cr_assert(strcmp(id_of(c, CEF_BRANCH, 0), "1") == 0 && strcmp(id_of(c, CEF_BRANCH, 1), "dc1") == 0);
    const cef_snapshot s = io_snapshot(c);
    cr_assert(s.branch_p_from[1] == 4.0 && s.branch_p_to[1] == -3.0, "loss = PF - PT = 1");
    cr_assert(strcmp(cef_case_fuel(c, 0), "ng") == 0 && s.gen_intensity[0] == 0.5);
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

Test(matpower_read, out_of_service_rows_carry_nothing)
{
    cef_context *ctx = io_context();
    cef_case *c =
        io_read(ctx, M_HEAD "mpc.bus = [\n1 3 0 0 0 0 1 1 0 110 1 1 1;2 1 50 0 0 0 1 1 0 110 1 1 1;\n"
                            "3 4 9 0 2 0 1 1 0 110 1 1 1];\n"
                            "mpc.gen = [1 50 0 0 0 1 100 1 0 0;1 10 0 0 0 1 100 0 0 0;3 7 0 0 0 1 100 1 0 0];\n"
                            "mpc.branch = [\n1 2 0 1 0 0 0 0 0 0 1 0 0 50 0 -50 0\n"
                            "1 2 0 1 0 0 0 0 0 0 0 0 0 5 0 -5 0\n2 3 0 1 0 0 0 0 0 0 1 0 0 8 0 -8 0\n];");
    const cef_snapshot s = io_snapshot(c);
    const cef_case_info info = io_info(c);
    cr_assert(info.n_bus == 3 && info.n_gen == 3 && info.n_branch == 3 && info.n_load == 3);
    cr_assert(s.gen_p[0] == 50.0 && s.gen_p[1] == 0.0 && s.gen_p[2] == 0.0, "status 0; at an isolated bus");
    cr_assert(s.branch_p_from[0] == 50.0 && s.branch_p_from[1] == 0.0 && s.branch_p_from[2] == 0.0);
    cr_assert(s.branch_p_to[1] == 0.0 && s.branch_p_to[2] == 0.0);
    cr_assert(s.load_p[0] == 50.0 && s.load_p[1] == 0.0 && s.load_p[2] == 0.0, "demand and shunt of the isolated bus");
    cr_assert(info.n_out_of_service == 6);
    cr_assert(cef_case_check_flows(c, 0.1, NULL) == CEF_OK);
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

Test(matpower_read, branches_without_powers)
{
    cef_context *ctx = io_context();
    cef_case *c = io_read(ctx, M_HEAD M_BUS M_GEN "mpc.branch = [1 2 0 0.1 0 0 0 0 0 0 1];");
    const cef_snapshot s = io_snapshot(c);
    cr_assert(io_info(c).has_flows == 0);
    cr_assert(isnan(s.branch_p_from[0]), "missing powers are NaN, never 0");
    cef_error error = {.struct_size = sizeof error};
    cr_assert(cef_case_check_flows(c, 0.1, &error) == CEF_ERR_UNSOLVED && strcmp(error.code, "unsolved") == 0);
    cr_assert(error.id == 1 && error.value == 60.0 && strstr(error.message, "branch powers are missing"), "%s",
              error.message);
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

/* Published facts of the cases: buses, branches, units, solved columns; fuels where there are any. */
Test(matpower_read, case_files_of_matpower)
{
    static const struct {
        const char *file;
        int bus, branch, gen, solved;
    } known[] = {{"case14.m", 14, 20, 5, 0},
                 {"case39.m", 39, 46, 10, 0},
                 {"case118.m", 118, 186, 54, 0},
                 {"case300.m", 300, 411, 69, 0},
                 {"case_ACTIVSg200.m", 200, 245, 49, 1},
                 {"case_ACTIVSg2000.m", 2000, 3206, 544, 1},
                 {"case_ACTIVSg10k.m", 10000, 12706, 2485, 1},
                 {"case2869pegase.m", 2869, 4582, 510, 0},
                 {"case9241pegase.m", 9241, 16049, 1445, 0}};
    const char *folder = getenv("LIBCEF_CASES");
    if (!folder)
        cr_skip_test("LIBCEF_CASES is not set");
    cef_context *ctx = io_context();
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        char path[1024] = "";
        strncat(path, folder, 900);
        strcat(path, "/");
        strcat(path, known[k].file);
        cef_case *c = NULL;
        cef_error error = {.struct_size = sizeof error};
        cr_assert(cef_case_read(ctx, path, &c, &error) == CEF_OK, "%s", error.message);
        const cef_case_info info = io_info(c);
        cr_assert(info.n_bus == known[k].bus && info.n_branch == known[k].branch && info.n_gen == known[k].gen, "%s",
                  path);
        cr_assert(info.has_flows == known[k].solved, "%s", path);
        const cef_status flows = cef_case_check_flows(c, 0.1, &error);
        cr_assert(flows == (known[k].solved ? CEF_OK : CEF_ERR_UNSOLVED), "%s: %s", path, error.message);
        cef_case_destroy(c);
    }
    cef_context_destroy(ctx);
}
