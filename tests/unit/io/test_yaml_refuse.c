/* SPDX-License-Identifier: Apache-2.0 */
/* What the YAML reader refuses, with which code and line. */
#include "io_fault.h"

#define TOP "libcef: 1\nbuses: [{id: 1}, {id: 2}]\n"
static const struct {
    const char *code;
    int32_t line;
    const char *text;
} refusals[] = {
    {"syntax", 1, ""},
    {"syntax", 1, "just text"},
    {"syntax", 1, "- a list\n"},
    {"syntax", 1, "[[1]]\n"},
    {"syntax", 3, "libcef: 1\nbuses: [{id: 1}\n  - what\n"},
    {"syntax", 2, "libcef: 1\nbuses: [1, 2]\n"},
    {"syntax", 2, "libcef: 1\nbuses: {id: 1}\n"},
    {"syntax", 2, "libcef: 1\nbuses: 7\n"},
    {"syntax", 2, "libcef: 1\nbuses:\n"},
    {"syntax", 3, TOP "name: [a]\n"},
    {"syntax", 3, TOP "name:\n"},
    {"syntax", 3, TOP "loads: [{bus: 1, p: 2, owner: }]\n"},
    {"syntax", 3, TOP "loads: [{bus: 1, p: ~}]\n"},
    {"syntax", 3, TOP "loads: [{bus: 1, p: null}]\n"},
    {"syntax", 3, TOP "loads: [{bus: 1, p: [1]}]\n"},
    {"syntax", 3, TOP "loads: [{bus: 1, p: {a: 1}}]\n"},
    {"syntax", 3, TOP "? [a, b]\n: 1\n"},
    {"syntax", 3, TOP "branches: [{from: 1, to: 2, in_service: yes}]\n"},
    {"syntax", 3, TOP "branches: [{from: 1, to: 2, in_service: \"true\"}]\n"},
    {"syntax", 3, TOP "branches: [{from: 1, to: 2, in_service: 1}]\n"},
    {"syntax", 3, TOP "\tname: x\n"},
    {"format-version", 1, "libcef: 2\nbuses: [{id: 1}]\n"},
    {"format-version", 1, "libcef: \"1\"\nbuses: [{id: 1}]\n"},
    {"missing-field", 2, "buses: [{id: 1}]\n"},
    {"missing-field", 2, "libcef: 1\n"},
    {"missing-field", 2, "libcef: 1\nbuses: [{zone: a}]\n"},
    {"missing-field", 4, TOP "branches:\n  - {from: 1}\n"},
    {"missing-field", 4, TOP "branches:\n  - {to: 1}\n"},
    {"missing-field", 3, TOP "generators: [{bus: 1}]\n"},
    {"missing-field", 3, TOP "generators: [{p: 1}]\n"},
    {"missing-field", 3, TOP "loads: [{bus: 1}]\n"},
    {"missing-field", 3, TOP "storage: [{p: 1}]\n"},
    {"missing-field", 3, TOP "branches: [{from: 1, to: 2, p_to: 3}]\n"},
    {"unknown-field", 3, TOP "colour: red\n"},
    {"unknown-field", 4, TOP "name: x\n<<: {a: 1}\n"},
    {"unknown-field", 3, TOP "loads: [{bus: 1, p: 1, colour: red}]\n"},
    {"unknown-field", 2, "libcef: 1\nbuses: [{id: 1, p: 1}]\n"},
    {"duplicate-field", 3, TOP "libcef: 1\n"},
    {"duplicate-field", 3, TOP "buses: []\n"},
    {"duplicate-field", 4, TOP "loads:\n  - {bus: 1, p: 1, p: 1}\n"},
    {"duplicate-id", 0, "libcef: 1\nbuses: [{id: 1}, {id: \"1\"}]\n"},
    {"duplicate-id", 0, TOP "branches: [{id: a, from: 1, to: 2}, {id: a, from: 1, to: 2}]\n"},
    {"duplicate-id", 0, TOP "generators: [{id: 2, bus: 1, p: 1}, {bus: 1, p: 1}]\n"}, /* the second is named 2 */
    {"duplicate-id", 0, TOP "loads: [{id: a, bus: 1, p: 1}, {id: a, bus: 1, p: 1}]\n"},
    {"duplicate-id", 0, TOP "storage: [{id: a, bus: 1, p: 1}, {id: a, bus: 1, p: 1}]\n"},
    {"empty-network", 2, "libcef: 1\nbuses: []\n"},
    {"unknown-bus", 4, TOP "branches:\n  - {from: 1, to: 7}\n"},
    {"unknown-bus", 3, TOP "loads: [{bus: 01, p: 1}]\n"},
    {"unknown-bus", 3, TOP "loads: [{bus: \"1\\0\", p: 1}]\n"},
    {"unknown-bus", 3, TOP "loads: [{bus: \"\", p: 1}]\n"},
    {"unknown-bus", 1, "loads: [{bus: 7, p: 1}]\nlibcef: 1\nbuses: [{id: 1}]\n"},
    {"unknown-bus", 1, "loads: [{bus: \"1\\0\", p: 1}]\nlibcef: 1\nbuses: [{id: 1}]\n"},
    {"bad-number", 3, TOP "loads: [{bus: 1, p: yes}]\n"},
    {"bad-number", 3, TOP "loads: [{bus: 1, p: 0x10}]\n"},
    {"bad-number", 3, TOP "loads: [{bus: 1, p: .inf}]\n"},
    {"bad-number", 3, TOP "loads: [{bus: 1, p: inf}]\n"},
    {"bad-number", 3, TOP "loads: [{bus: 1, p: .nan}]\n"},
    {"bad-number", 3, TOP "loads: [{bus: 1, p: nan}]\n"},
    {"bad-number", 3, TOP "loads: [{bus: 1, p: 1_000}]\n"},
    {"bad-number", 3, TOP "loads: [{bus: 1, p: \"5\"}]\n"},
    {"bad-number", 3, TOP "loads: [{bus: 1, p: 1e999}]\n"},
    {"bad-number", 3, TOP "loads: [{bus: 1, p: 1 2}]\n"},
    {"bad-number", 3, TOP "loads: [{bus: 1, p: 1e}]\n"},
    {"bad-number", 3, TOP "loads: [{bus: 1, p: +-1}]\n"},
    {"bad-number", 3, TOP "base_mva: many\n"},
    {"out-of-range", 3, TOP "base_mva: 0\n"},
    {"out-of-range", 3, TOP "base_mva: -100\n"},
    {"out-of-range", 3, TOP "storage: [{bus: 1, p: 1, efficiency_charge: 0}]\n"},
    {"out-of-range", 3, TOP "storage: [{bus: 1, p: 1, efficiency_charge: 1.01}]\n"},
    {"out-of-range", 3, TOP "storage: [{bus: 1, p: 1, efficiency_discharge: -0.5}]\n"},
    {"bad-id", 2, "libcef: 1\nbuses: [{id: \"\"}]\n"},
    {"bad-id", 2, "libcef: 1\nbuses: [{id: \"a\\nb\"}]\n"},
    {"bad-id", 2, "libcef: 1\nbuses: [{id: \"a\\0\"}]\n"},
    {"bad-id", 2, "libcef: 1\nbuses: [{id: a123456789012345678901234567890123456789012345678901234567890123}]\n"},
    {"bad-kind", 2, "libcef: 1\nbuses: [{id: 1, type: slack}]\n"},
    {"bad-kind", 2, "libcef: 1\nbuses: [{id: 1, type: 3}]\n"},
    {"bad-kind", 3, TOP "loads: [{bus: 1, p: 1, kind: import}]\n"},
    {"misplaced-field", 3, TOP "loads: [{bus: 1, p: 1, intensity: 0.5}]\n"},
    {"unsupported", 3, TOP "generators: [{bus: 1, p: 1, curve: [[0, 1]]}]\n"},
    {"yaml-feature", 2, "libcef: 1\nbuses: &b [{id: 1}]\n"},
    {"yaml-feature", 2, "libcef: 1\nbuses: [&b {id: 1}]\n"},
    {"yaml-feature", 2, "libcef: 1\nbuses: [{id: &b 1}]\n"},
    {"yaml-feature", 3, TOP "loads: [{bus: *b, p: 1}]\n"},
    {"yaml-feature", 3, TOP "loads: [{bus: !!str 1, p: 1}]\n"},
    {"yaml-feature", 3, TOP "loads: [{bus: ! 1, p: 1}]\n"},
    {"yaml-feature", 3, TOP "loads: !list []\n"},
    {"yaml-feature", 3, TOP "loads: [!row {bus: 1, p: 1}]\n"},
    {"yaml-feature", 1, "%TAG ! tag:a.org,2000:\n---\nlibcef: 1\n"},
    {"yaml-feature", 3, TOP "---\nlibcef: 1\n"},
    {"bad-encoding", 3, TOP "name: \xFF\n"},
    {"bad-encoding", 3, TOP "name: \xC3\n"},
    {"bad-encoding", 3, TOP "name: \xED\xA0\x80\n"},
    {"bad-encoding", 3, TOP "name: \xC0\xAF\n"},
    {"bad-encoding", 3, TOP "name: \xF4\x90\x80\x80\n"},
    {"bad-encoding", 3, TOP "name: a\x01\n"},
    {"bad-encoding", 3, TOP "name: \"a\\x07\"\n"},
    {"bad-encoding", 3, TOP "loads: [{bus: 1, p: 1, owner: \"a\\nb\"}]\n"},
    {"too-deep", 3, TOP "name: [[[[[[[[[[1]]]]]]]]]]\n"},
    {"too-deep", 4, TOP "name:\n  - - - - - - - - - - - 1\n"},
};

Test(yaml, refuses_with_code_and_line)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    for (size_t k = 0; k < sizeof refusals / sizeof *refusals; k++) {
        case_data d;
        cef_error error;
        const cef_status status = read_yaml(ctx, &d, refusals[k].text, strlen(refusals[k].text), &error);
        check_refused(status, &error, "grid.yaml", refusals[k].code, refusals[k].line, refusals[k].text);
        case_data_release(&d);
        cr_assert(memory.live == 1, "leak: %s", refusals[k].text);
    }
    cef_context_destroy(ctx);
}

Test(yaml, a_refusal_names_element_and_value)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    const char *text = "libcef: 1\nbuses: [{id: 1}]\nbranches:\n  - {id: line 4, from: 1, to: gone}\n";
    case_data d;
    cef_error error;
    cr_assert(read_yaml(ctx, &d, text, strlen(text), &error) == CEF_ERR_NETWORK);
    cr_assert(error.element == CEF_BRANCH && error.index == 0 && strcmp(error.name, "line 4") == 0);
    cr_assert(strstr(error.message, "grid.yaml:4: to of branch line 4 is 'gone'"), "%s", error.message);
    case_data_release(&d);
    cef_context_destroy(ctx);
}

Test(yaml, refuses_nul_bytes)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    const char text[] = "libcef: 1\nname: a\0b\nbuses: [{id: 1}]\n";
    case_data d;
    cef_error error;
    const cef_status status = read_yaml(ctx, &d, text, sizeof text - 1, &error);
    check_refused(status, &error, "grid.yaml", "bad-encoding", 2, text);
    case_data_release(&d);
    cef_context_destroy(ctx);
}

/* A refusal by size looks at no byte: the text is never touched. */
Test(yaml, refuses_more_than_a_gibibyte)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    cef_error error;
    const cef_status status = read_yaml(ctx, &d, "libcef: 1\n", ((size_t) 1 << 30) + 1, &error);
    check_refused(status, &error, "grid.yaml", "file-too-big", 0, "1 GiB + 1");
    case_data_release(&d);
    cef_context_destroy(ctx);
}

/* libyaml's scanner is quadratic in depth: 4 MiB of brackets, over lines and on one line, must end after a few events.
 * (With a depth bound of 1e8 in yaml_events.c this test runs into its timeout.) */
Test(yaml, deep_nesting_ends_at_once, .timeout = 20)
{
    static const char *const units[] = {"[", "[\n", "{a: ", "{\n", "- ", "[{", "? ", "&a [", "!t ["};
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    const size_t size = (size_t) 4 << 20;
    char *text = malloc(size);
    for (size_t k = 0; k < sizeof units / sizeof *units; k++) {
        const size_t n = strlen(units[k]);
        memcpy(text, "name: \n ", 8);
        for (size_t at = 8; at < size; at++)
            text[at] = units[k][(at - 8) % n];
        case_data d;
        cef_error error;
        const cef_status status = read_yaml(ctx, &d, text, size, &error);
        cr_assert(status == CEF_ERR_PARSE, "%s: %s", units[k], error.message);
        case_data_release(&d);
    }
    free(text);
    cef_context_destroy(ctx);
}
