/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML reader and writer: what is read, what is refused with which code and line, round trips, failing memory. */
#include <unistd.h>

#include "io_fault.h"

/* Every key once. Tables in an order in which nothing is known yet. */
static const char full[] =
    "# a comment\n"
    "branches:\n"
    "  - {id: a, from: 1, to: \"2\", p_from: 60.0, p_to: -59.0, q_from: 1, q_to: -1.5, r: 0.01, x: 0.1, b: 0.02, tap: "
    "0.97,\n"
    "     shift: -30, in_service: true, hvdc: false}\n"
    "  - {from: 2, to: north pole, p_from: -5e-1}\n"
    "  - {from: 1, to: 2, in_service: false, hvdc: true}\n"
    "storage: [{id: s1, bus: 3, p: -5, energy: 20, intensity: 0.4, capacity: 40, efficiency_charge: 0.92,\n"
    "  efficiency_discharge: 0.9, retention: 0.99, in_service: true}]\n"
    "buses:\n"
    "  - {id: 1, zone: north, type: ref, gs: 0.5, bs: 19, qd: 2, vm: 1.06, va: -3, base_kv: 132}\n"
    "  - {id: 2, zone: \"a: b\"}\n"
    "  - id: 3\n"
    "    type: isolated\n"
    "  - {id: 'north pole'}\n"
    "name: three buses\n"
    "base_mva: 50\n"
    "loads:\n"
    "  - {id: l1, bus: 2, p: 50, q: -7, owner: \"steel \\\"works\\\" \\u00e9\", kind: demand}\n"
    "  - {bus: 1, p: -3, intensity: 0.1, kind: export, in_service: false}\n"
    "generators:\n"
    "  - {id: g1, bus: 1, p: 100, q: 3, vg: 1.05, qmin: -20, qmax: 30, mbase: 120, apf: 0.5, intensity: 0.875, fuel: "
    "coal, capacity: 200, cost: 20, in_service: true}\n"
    "  - {bus: 2, p: 0}\n"
    "libcef: 1\n";

static void id_is(const case_data *data, cef_element element, cef_index row, const char *expected)
{
    char id[64];
    (void) case_id_text(data, element, row, id, sizeof id);
    cr_assert(strcmp(id, expected) == 0, "%s instead of %s", id, expected);
}

Test(yaml, reads_every_key)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    cef_error error;
    const cef_status status = read_yaml(ctx, &d, full, sizeof full - 1, &error);
    cr_assert(status == CEF_OK, "%s", error.message);
    cr_assert(strcmp(d.name, "three buses") == 0 && d.base_mva == 50.0);
    cr_assert(d.bus.n == 4 && d.branch.n == 3 && d.gen.n == 2 && d.load.n == 2 && d.storage.n == 1);
    id_is(&d, CEF_BUS, 3, "north pole");
    cr_assert(strcmp(case_text_at(&d, d.bus.zone[1]), "a: b") == 0 && d.bus.zone[2] == 0);
    cr_assert(d.bus.type[0] == 3 && d.bus.type[1] == 1 && d.bus.type[2] == 4);
    cr_assert(d.bus.gs[0] == 0.5 && d.bus.bs[0] == 19.0 && d.bus.qd[0] == 2.0 && d.bus.vm[0] == 1.06);
    cr_assert(d.bus.va[0] == -3.0 && d.bus.base_kv[0] == 132.0 && d.bus.vm[1] == 1.0);
    id_is(&d, CEF_BRANCH, 0, "a");
    id_is(&d, CEF_BRANCH, 1, "2");
    cr_assert(d.branch.from[0] == 0 && d.branch.to[0] == 1 && d.branch.from[1] == 1 && d.branch.to[1] == 3);
    cr_assert(d.branch.p_from[0] == 60.0 && d.branch.p_to[0] == -59.0);
    cr_assert(d.branch.p_from[1] == -0.5 && d.branch.p_to[1] == 0.5, "lossless where p_to is not stated");
    cr_assert(isnan(d.branch.p_from[2]) && isnan(d.branch.p_to[2]) && isnan(d.branch.r[1]));
    cr_assert(d.branch.tap[0] == 0.97 && d.branch.shift[0] == -30.0 && d.branch.q_to[0] == -1.5);
    cr_assert(d.branch.in_service[0] == 1 && d.branch.in_service[2] == 0 && d.branch.hvdc[2] == 1);
    cr_assert(d.gen.intensity[0] == 0.875 && isnan(d.gen.intensity[1]) && d.gen.capacity_mw[0] == 200.0);
    cr_assert(strcmp(case_text_at(&d, d.gen.fuel[0]), "coal") == 0 && d.gen.cost[0] == 20.0 && d.gen.q[0] == 3.0);
    cr_assert(d.gen.vg[0] == 1.05 && d.gen.qmin[0] == -20.0 && d.gen.qmax[0] == 30.0 && d.gen.mbase[0] == 120.0);
    cr_assert(d.gen.apf[0] == 0.5 && d.gen.vg[1] == 1.0 && isnan(d.gen.qmin[1]) && isnan(d.gen.qmax[1]));
    cr_assert(isnan(d.gen.mbase[1]) && isnan(d.gen.apf[1]) && d.load.q[0] == -7.0 && d.load.q[1] == 0.0);
    cr_assert(d.load.kind[0] == CEF_LOAD_DEMAND && d.load.kind[1] == CEF_LOAD_EXPORT && d.load.in_service[1] == 0);
    cr_assert(strcmp(case_text_at(&d, d.load.owner[0]), "steel \"works\" \xC3\xA9") == 0 && d.load.intensity[1] == 0.1);
    cr_assert(d.storage.bus[0] == 2 && d.storage.p[0] == -5.0 && d.storage.efficiency_discharge[0] == 0.9);
    cr_assert(d.storage.retention[0] == 0.99 && d.storage.energy[0] == 20.0 && d.storage.capacity_mwh[0] == 40.0);
    case_data_release(&d);
    cr_assert(memory.live == 1, "only the context is left");
    cef_context_destroy(ctx);
}

Test(yaml, accepts)
{
    static const char *const texts[] = {
        "libcef: 1\nbuses: [{id: 1}]\n",
        "\xEF\xBB\xBFlibcef: 1\nbuses: [{id: 1}]\n", /* byte order mark */
        "%YAML 1.1\n---\nlibcef: 1\r\nbuses: [{id: 1}]\r\n...\n",
        "{libcef: 1, buses: [{id: 1}], branches: []}",
        "libcef: 1\nbuses: [{id: \"null\"}]\n",
        "libcef: 1\nbuses: [{id: '1'}]\nloads: [{bus: \"1\", p: +1}, {bus: 1, p: .5}, {bus: 1, p: 1e-3}]\n",
        "libcef: 1\nbuses: [{id: 1, zone: \"\"}] # [[[[[[[[[[[[ a comment\nname: a [[[[[[[[[[[[[[[ name\n",
    };
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        case_data d;
        cef_error error;
        cr_assert(read_yaml(ctx, &d, texts[k], strlen(texts[k]), &error) == CEF_OK, "%s: %s", texts[k], error.message);
        case_data_release(&d);
    }
    cef_context_destroy(ctx);
}

/* ---- memory ---- */

Test(yaml, every_allocation_fails_once)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    long k = 0;
    for (;; k++) {
        memory.requests = 0;
        memory.refuse_at = k;
        case_data d;
        cef_error error;
        const cef_status status = read_yaml(ctx, &d, full, sizeof full - 1, &error);
        case_data_release(&d);
        cr_assert(memory.live == 1, "request %ld: leak", k);
        if (status == CEF_OK)
            break;
        cr_assert(status == CEF_ERR_MEMORY && strcmp(error.code, "memory") == 0, "request %ld: %s", k, error.message);
    }
    cr_assert(k >= 8, "only %ld allocations", k);
    cef_context_destroy(ctx);
}

/* libyaml allocates by itself: these take the place of its own four functions. */
void *yaml_malloc(size_t size);
void *yaml_realloc(void *ptr, size_t size);
void yaml_free(void *ptr);
char *yaml_strdup(const char *text);
static long yaml_requests, yaml_refuse_at = -1;

__attribute__((visibility("default"))) void *yaml_malloc(size_t size)
{
    return yaml_requests++ == yaml_refuse_at ? NULL : malloc(size ? size : 1);
}

__attribute__((visibility("default"))) void *yaml_realloc(void *ptr, size_t size)
{
    return yaml_requests++ == yaml_refuse_at ? NULL : realloc(ptr, size ? size : 1);
}

__attribute__((visibility("default"))) void yaml_free(void *ptr) { free(ptr); }

__attribute__((visibility("default"))) char *yaml_strdup(const char *text)
{
    return !text || yaml_requests++ == yaml_refuse_at ? NULL : strdup(text);
}

Test(yaml, every_allocation_of_libyaml_fails_once)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    long k = 0;
    for (;; k++) {
        yaml_requests = 0;
        yaml_refuse_at = k;
        case_data d;
        cef_error error;
        const cef_status status = read_yaml(ctx, &d, full, sizeof full - 1, &error);
        case_data_release(&d);
        cr_assert(memory.live == 1, "request %ld: leak", k);
        if (status == CEF_OK)
            break;
        cr_assert(status == CEF_ERR_MEMORY, "request %ld: %s", k, error.message);
    }
    yaml_refuse_at = -1;
    cr_assert(k >= 100, "only %ld allocations: libyaml's functions were not replaced", k);
    cef_context_destroy(ctx);
}

/* ---- writing ---- */

static void write_yaml(cef_context *ctx, const char *text, const char *path)
{
    case_data d;
    cef_error error;
    cr_assert(read_yaml(ctx, &d, text, strlen(text), &error) == CEF_OK, "%s\n%s", error.message, text);
    cr_assert(yaml_write(&d, path, &error) == CEF_OK, "%s", error.message);
    case_data_release(&d);
}

Test(yaml, writes_what_is_stated_and_reads_it_back)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    char path[] = "/tmp/cef_yaml_XXXXXX.yaml";
    const int fd = mkstemps(path, 5);
    cr_assert(fd >= 0 && close(fd) == 0);
    write_yaml(ctx, full, path);
    char *first = read_text(path);
    static const char expected[] =
        "libcef: 1\nname: three buses\nbase_mva: 50\nbuses:\n"
        "  - {id: 1, zone: north, type: ref, gs: 0.5, bs: 19, qd: 2, vm: 1.06, va: -3, base_kv: 132}\n"
        "  - {id: 2, zone: \"a: b\"}\n  - {id: 3, type: isolated}\n  - {id: north pole}\nbranches:\n"
        "  - {id: a, from: 1, to: 2, p_from: 60, p_to: -59, q_from: 1, q_to: -1.5, r: 0.01, x: 0.1, b: 0.02, tap: 0.97,"
        " shift: -30}\n"
        "  - {id: 2, from: 2, to: north pole, p_from: -0.5, p_to: 0.5}\n"
        "  - {id: 3, from: 1, to: 2, in_service: false, hvdc: true}\ngenerators:\n"
        "  - {id: g1, bus: 1, p: 100, q: 3, vg: 1.05, qmin: -20, qmax: 30, mbase: 120, apf: 0.5, intensity: 0.875, "
        "fuel: coal, capacity: 200, cost: 20}\n"
        "  - {id: 2, bus: 2, p: 0}\nloads:\n"
        "  - {id: l1, bus: 2, p: 50, q: -7, owner: \"steel \\\"works\\\" \xC3\xA9\"}\n"
        "  - {id: 2, bus: 1, p: -3, kind: export, intensity: 0.1, in_service: false}\nstorage:\n"
        "  - {id: s1, bus: 3, p: -5, energy: 20, intensity: 0.4, capacity: 40, efficiency_charge: 0.92,"
        " efficiency_discharge: 0.9, retention: 0.99}\n";
    cr_assert(strcmp(first, expected) == 0, "%s", first);
    write_yaml(ctx, first, path);
    char *second = read_text(path);
    cr_assert(strcmp(first, second) == 0, "%s", second);
    free(first);
    free(second);
    (void) unlink(path);
    cef_context_destroy(ctx);
}

/* clang-format off: one a line tells nobody more */
static const char *const ids[] = {"null",
                                  "~",
                                  "true",
                                  "No",
                                  "y",
                                  "-",
                                  "- a",
                                  "a: b",
                                  "a #b",
                                  "#a",
                                  "&a",
                                  "*a",
                                  "!a",
                                  "%a",
                                  "@a",
                                  "`a",
                                  "'a'",
                                  "\"a\"",
                                  "\\",
                                  "{",
                                  "[a]",
                                  "a,b",
                                  " a",
                                  "a ",
                                  "?",
                                  "0x1F",
                                  "1.50",
                                  "1e5",
                                  "01",
                                  "-0",
                                  "12345678901234567890",
                                  "...",
                                  "---",
                                  "\xC3\xA9",
                                  "a \xE2\x80\xA8 b",
                                  "a \xE2\x80\xA9 b",
                                  ("\xEF\xBB\xBF"
                                   "a"),
                                  "\xEF\xBF\xBF",
                                  "\xF0\x9F\x8C\xB1",
                                  "a\\u0041",
                                  "<<",
                                  "="};
/* clang-format on */

/* Every text that may be an id comes back as it was, whatever YAML thinks of it. */
Test(yaml, quotes_what_needs_it)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    char path[] = "/tmp/cef_yaml_XXXXXX.yaml";
    const int fd = mkstemps(path, 5);
    cr_assert(fd >= 0 && close(fd) == 0);
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++) {
        case_data d;
        cef_index row = 0;
        cef_error error = no_error();
        case_data_init(&d, ctx, "made");
        cr_assert(case_add_bus(&d, &row, &error) == CEF_OK);
        cr_assert(case_set_id(&d, CEF_BUS, row, ids[k], strlen(ids[k]), 0, &error) == CEF_OK, "%s", ids[k]);
        cr_assert(case_text(&d, ids[k], strlen(ids[k]), &d.bus.zone[row], &error) == CEF_OK);
        memcpy(d.name, ids[k], strlen(ids[k]) + 1);
        cr_assert(yaml_write(&d, path, &error) == CEF_OK);
        case_data_release(&d);
        char *text = read_text(path);
        cr_assert(read_yaml(ctx, &d, text, strlen(text), &error) == CEF_OK, "%s\n%s", error.message, text);
        id_is(&d, CEF_BUS, 0, ids[k]);
        cr_assert(strcmp(case_text_at(&d, d.bus.zone[0]), ids[k]) == 0 && strcmp(d.name, ids[k]) == 0, "%s", text);
        free(text);
        case_data_release(&d);
    }
    (void) unlink(path);
    cef_context_destroy(ctx);
}

Test(yaml, a_failed_write_leaves_nothing)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    cef_error error;
    cr_assert(read_yaml(ctx, &d, full, sizeof full - 1, &error) == CEF_OK);
    cr_assert(yaml_write(&d, "/nowhere/at/all.yaml", &error) == CEF_ERR_IO);
    case_data_release(&d);
    cef_context_destroy(ctx);
}

/* ---- the files of the project ---- */

static void reads_file(const char *path, cef_index n_bus, cef_index n_branch)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    char *text = read_text(path);
    case_data d;
    cef_error error;
    cr_assert(read_yaml(ctx, &d, text, strlen(text), &error) == CEF_OK, "%s", error.message);
    cr_assert(d.bus.n == n_bus && d.branch.n == n_branch);
    double miss[64] = {0};
    for (cef_index k = 0; k < d.gen.n; k++)
        miss[d.gen.bus[k]] += d.gen.p[k];
    for (cef_index k = 0; k < d.load.n; k++)
        miss[d.load.bus[k]] -= d.load.p[k];
    for (cef_index k = 0; k < d.branch.n; k++) {
        miss[d.branch.from[k]] -= d.branch.p_from[k];
        miss[d.branch.to[k]] -= d.branch.p_to[k];
    }
    for (cef_index k = 0; k < n_bus; k++)
        cr_assert(fabs(miss[k]) < 1e-9, "bus %d misses %g MW", k + 1, miss[k]);
    free(text);
    case_data_release(&d);
    cef_context_destroy(ctx);
}

Test(yaml, the_example_balances) { reads_file(CEF_SOURCE_DIR "/examples/ieee14.yaml", 14, 20); }

Test(yaml, the_golden_ac_case_balances) { reads_file(CEF_SOURCE_DIR "/tests/golden/ieee14_ac.yaml", 14, 20); }
