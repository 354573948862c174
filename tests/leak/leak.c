/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of object made, used, refused and destroyed, in a plain main() whose exit status shows a leak.
 *
 *   leak          the test
 *   leak keep     keeps one context: the counting allocator must notice
 *   leak canary   loses one block of malloc: the leak sanitizer must notice (asan only) */
#include <cef/case.h>
#include <cef/cef.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t n_block, n_byte; /* handed out and not yet returned */

static void *counted_alloc(void *user, size_t size, size_t align)
{
    (void) user;
    void *block = aligned_alloc(align, (size + align - 1) / align * align);
    n_block += block != NULL;
    n_byte += block ? size : 0;
    return block;
}

static void counted_free(void *user, void *block, size_t size)
{
    (void) user;
    n_block -= block != NULL;
    n_byte -= block ? size : 0;
    free(block);
}

static cef_context *open_context(void)
{
    const cef_allocator allocator = {counted_alloc, counted_free, NULL};
    const cef_context_options options = {.struct_size = sizeof options, .allocator = &allocator};
    cef_context *ctx = NULL;
    return cef_context_create(&options, &ctx, NULL) == CEF_OK ? ctx : NULL;
}

static int n_failed;

static void report(const char *name, int good)
{
    printf("%s %s\n", good ? "ok" : "not ok", name);
    n_failed += !good;
}

/* All that was handed out since the start has come back. */
static void report_no_leak(const char *name, int good)
{
    if (n_block != 0 || n_byte != 0)
        printf("%zu blocks were never freed, %zu bytes\n", n_block, n_byte);
    report(name, good && n_block == 0 && n_byte == 0);
}

/* ---- what is exercised ---- */

static int solve_case(cef_context *ctx, const cef_case *c, int32_t loss_policy, int32_t mixing)
{
    cef_error error = {.struct_size = sizeof error};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    cef_solver *solver = NULL;
    cef_settings settings;
    cef_settings_init(&settings, sizeof settings);
    settings.loss_policy = loss_policy;
    settings.mixing = mixing;
    settings.loss_split = 0.5;
    cef_status status = cef_case_snapshot(c, &snapshot, &error);
    if (status == CEF_OK)
        status = cef_solver_create(ctx, cef_case_network(c), &settings, &solver, &error);
    for (int k = 0; status == CEF_OK && k < 3; k++)
        status = cef_solver_solve(solver, &snapshot, NULL, NULL, &error);
    cef_solver_destroy(solver);
    if (status != CEF_OK)
        printf("policy %d mixing %d: %s\n", (int) loss_policy, (int) mixing, error.message);
    return status == CEF_OK;
}

static void check_grid(void)
{
    cef_error error = {.struct_size = sizeof error};
    const cef_grid_options options = {.struct_size = sizeof options, .seed = 7, .n_bus = 300};
    cef_context *ctx = open_context();
    cef_grid *grid = NULL;
    cef_case *c = NULL;
    int good = ctx && cef_grid_create(ctx, &options, &grid, &error) == CEF_OK &&
               cef_case_from_grid(ctx, grid, "grid", &c, &error) == CEF_OK &&
               cef_case_price(c, NULL, NULL, &error) == CEF_OK;
    for (int32_t policy = CEF_LOSS_SENDING; good && policy <= CEF_LOSS_HALF; policy++)
        for (int32_t mixing = CEF_MIXING_GROSS; mixing <= CEF_MIXING_NETTED; mixing++)
            good = solve_case(ctx, c, policy, mixing) && good;
    cef_context_destroy(ctx);
    cef_grid_destroy(grid);
    cef_case_destroy(c);
    report_no_leak("generate, trace under every policy, destroy parents first", good);
}

static void check_refused_network(void)
{
    const cef_index bad_bus[1] = {5};
    const cef_id same[2] = {4, 4};
    const cef_network_data dangling = {
        .struct_size = sizeof dangling, .branch_from = bad_bus, .branch_to = bad_bus, .n_bus = 2, .n_branch = 1};
    const cef_network_data twice = {.struct_size = sizeof twice, .bus_id = same, .n_bus = 2};
    cef_context *ctx = open_context();
    cef_network *net = NULL;
    const int good = cef_network_create(ctx, &dangling, &net, NULL) == CEF_ERR_NETWORK && !net &&
                     cef_network_create(ctx, &twice, &net, NULL) == CEF_ERR_NETWORK && !net;
    cef_context_destroy(ctx);
    report_no_leak("refused networks", good);
}

static void check_storage(void)
{
    const double energy[2] = {5, 9}, intensity[2] = {0.4, 0.4}, capacity[2] = {10, 8}, p[2] = {1, 1};
    const cef_storage_data good_data = {
        .struct_size = sizeof good_data, .energy = energy, .intensity = intensity, .n_storage = 2};
    cef_storage_data overfull = good_data;
    overfull.capacity = capacity;
    cef_context *ctx = open_context();
    cef_storage *storage = NULL;
    int good = cef_storage_create(ctx, &overfull, NULL, &storage, NULL) == CEF_ERR_SNAPSHOT && !storage &&
               cef_storage_create(ctx, &good_data, NULL, &storage, NULL) == CEF_OK &&
               cef_storage_step(storage, p, intensity, 1, NULL, NULL) == CEF_OK &&
               cef_storage_step(storage, p, intensity, 10, NULL, NULL) == CEF_ERR_SNAPSHOT;
    cef_context_destroy(ctx);
    cef_storage_destroy(storage);
    report_no_leak("stores stepped and refused, destroyed after their context", good);
}

static const struct {
    const char *format, *text;
} refused[] = {
    {"yaml", ""},
    {"yaml", "libcef: 2\n"},
    {"yaml", "libcef: 1\nbuses: [{id: 1}, {id: 1}]\n"},
    {"yaml", "libcef: 1\nbuses: [{id: 1}]\nbranches: [{id: a, from: 1, to: 9, p_from: 1, p_to: -1}]\n"},
    {"yaml", "libcef: 1\nbuses: [{id: 1}]\ngenerators: [{id: g, bus: 1, p: .nan}]\n"},
    {"yaml", "libcef: 1\nbuses: [{id: 1, wrong: 3}]\n"},
    {"yaml", "libcef: 1\nbuses: &a [{id: 1}]\nloads: *a\n"},
    {"yaml", "libcef: 1\nbuses: [{id: 1}\n"},
    {"yaml", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["},
    {"m", ""},
    {"m", "function mpc = x\nmpc.baseMVA = 100;\nmpc.bus = [1 2 3"},
    {"m", "function mpc = x\nmpc.baseMVA = 100;\nmpc.bus = [1 2 3;\n1 2];\n"},
    {"m", "function mpc = x\nmpc.baseMVA = eval('1');\n"},
    {"m", "function mpc = x\nmpc.version = '2';\nmpc.baseMVA = 100;\nmpc.baseMVA = 100;\n"},
    {"nonsense", "libcef: 1\n"},
};

static void check_refused_text(void)
{
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) {
        char name[64];
        cef_error error = {.struct_size = sizeof error};
        cef_context *ctx = open_context();
        cef_case *c = NULL;
        const cef_status status = cef_case_read_memory(ctx, "refused", refused[k].format, refused[k].text,
                                                       strlen(refused[k].text), &c, &error);
        cef_case_destroy(c);
        cef_context_destroy(ctx);
        (void) snprintf(name, sizeof name, "refused text %zu (%s)", k + 1, error.code);
        report_no_leak(name, status != CEF_OK && !c && error.code[0] != 0);
    }
}

static void check_refused_case(void)
{
    static const char text[] = "libcef: 1\nbase_mva: 100\nbuses: [{id: 1}, {id: 2}]\n"
                               "branches: [{id: a, from: 1, to: 2, p_from: 10, p_to: -10}]\n"
                               "generators: [{id: g, bus: 1, p: 10}]\nloads: [{id: l, bus: 2, p: 10}]\n";
    const cef_factor_options options = {.struct_size = sizeof options, .factors = "/nonexistent/factors.csv"};
    cef_error error = {.struct_size = sizeof error};
    cef_context *ctx = open_context();
    cef_case *c = NULL;
    int good = cef_case_read(ctx, "/nonexistent/case.yaml", &c, &error) == CEF_ERR_IO && !c;
    good = cef_case_read_memory(ctx, "two", "yaml", text, sizeof text - 1, &c, &error) == CEF_OK && good;
    good = cef_case_price(c, NULL, NULL, &error) == CEF_ERR_FACTOR && good;
    good = cef_case_price(c, &options, NULL, &error) == CEF_ERR_IO && good;
    good = cef_case_write(c, "/nonexistent/folder/out.yaml", &error) == CEF_ERR_IO && good;
    cef_case_destroy(c);
    cef_context_destroy(ctx);
    report_no_leak("a case without factors, files that are not there", good);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "canary") == 0) {
        void *volatile lost = malloc(77);
        lost = NULL;
        return lost != NULL;
    }
    if (argc > 1 && strcmp(argv[1], "keep") == 0) {
        report_no_leak("a context that is kept", open_context() != NULL);
        return fflush(stdout) != 0 || n_failed > 0; /* the sanitizer may end the program without flushing */
    }
    check_grid();
    check_refused_network();
    check_storage();
    check_refused_text();
    check_refused_case();
    return fflush(stdout) != 0 || n_failed > 0;
}
