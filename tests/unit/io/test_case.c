/* SPDX-License-Identifier: Apache-2.0 */
/* Cases: tables, ids, checks, prices, the flow rule, files. Side-car files are tested beside their reader. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/case_data.h"
#include "io_test.h"

/* ---- SHA-256: the vectors of FIPS 180-4 ---- */

static void expect_sha(const char *text, size_t repeat, bool by_instruction, const char *expected)
{
    sha256_state s;
    sha256_init(&s);
    s.by_instruction &= by_instruction;
    for (size_t k = 0; k < repeat; k++)
        sha256_add(&s, text, strlen(text));
    char hex[65];
    sha256_hex(&s, hex);
    cr_assert(strcmp(hex, expected) == 0, "%s x %zu: %s", text, repeat, hex);
}

Test(sha256, published_vectors)
{
    for (int fast = 0; fast < 2; fast++) {
        expect_sha("", 1, fast, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        expect_sha("abc", 1, fast, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        expect_sha("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, fast,
                   "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        expect_sha("aaaaaaaaaa", 100000, fast, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    }
}

/* ---- ids ---- */

static case_data some_buses(cef_context *ctx, const char *const *ids, int n)
{
    case_data d;
    case_data_init(&d, ctx, "ids");
    for (int k = 0; k < n; k++) {
        cef_index row = 0;
        cr_assert(case_add_bus(&d, &row, NULL) == CEF_OK && row == k);
        cr_assert(case_set_id(&d, CEF_BUS, row, ids[k], strlen(ids[k]), 0, NULL) == CEF_OK);
    }
    return d;
}

Test(case_ids, numbers_and_texts)
{
    cef_context *ctx = io_context();
    const char *const ids[] = {"7", "-3", "9223372036854775807", "-9223372036854775808"};
    case_data d = some_buses(ctx, ids, 4);
    cr_assert(d.bus.id.numeric && d.bus.id.number[2] == INT64_MAX && d.bus.id.number[3] == INT64_MIN);
    case_data_release(&d);
    const char *const texts[] = {"7", "07", "+7", "-0", "9223372036854775808", "Gr\xC3\xBC\xC3\x9F", "7 "};
    d = some_buses(ctx, texts, 7);
    cr_assert(!d.bus.id.numeric);
    case_index index;
    cr_assert(case_index_ids(&d, CEF_BUS, &index, NULL) == CEF_OK, "all differ");
    for (int k = 0; k < 7; k++) {
        char text[64];
        cr_assert(case_find(&d, CEF_BUS, &index, texts[k], strlen(texts[k])) == k);
        cr_assert(case_id_text(&d, CEF_BUS, k, text, sizeof text) == strlen(texts[k]) && !strcmp(text, texts[k]));
    }
    cr_assert(case_find_number(&d, CEF_BUS, &index, 7) == 0 && case_find_number(&d, CEF_BUS, &index, 8) == -1);
    cr_assert(case_find(&d, CEF_BUS, &index, "x", 1) == -1);
    case_index_release(&index);
    case_data_release(&d);
    cef_context_destroy(ctx);
}

Test(case_ids, refused)
{
    cef_context *ctx = io_context();
    case_data d;
    cef_index row = 0;
    case_data_init(&d, ctx, "ids");
    cr_assert(case_add_bus(&d, &row, NULL) == CEF_OK);
    const char *const bad[] = {"",
                               "a\tb",
                               "\x7F",
                               "\xFF",
                               "\xC3",
                               "\xC0\x80",
                               "\xED\xA0\x80",
                               "\xF4\x90\x80\x80",
                               "\xC2\x85",
                               "0123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        cef_error error = {.struct_size = sizeof error};
        cr_assert(case_set_id(&d, CEF_BUS, 0, bad[k], strlen(bad[k]), 12, &error) == CEF_ERR_PARSE, "id %zu", k);
        cr_assert(strcmp(error.code, "bad-id") == 0 && error.line == 12);
    }
    case_data_release(&d);
    const char *const twice[] = {"a", "5", "a", "5"};
    d = some_buses(ctx, twice, 3);
    case_index index;
    cef_error error = {.struct_size = sizeof error};
    cr_assert(case_index_ids(&d, CEF_BUS, &index, &error) == CEF_ERR_NETWORK);
    cr_assert(strcmp(error.code, "duplicate-id") == 0 && error.index == 2 && strcmp(error.name, "a") == 0);
    case_data_release(&d);
    cef_context_destroy(ctx);
}

Test(case_data, tables_grow_and_keep_their_defaults)
{
    cef_context *ctx = io_context();
    case_data d;
    case_data_init(&d, ctx, "grow");
    for (cef_index k = 0; k < 1000; k++) {
        cef_index row = -1;
        cr_assert(case_add_branch(&d, &row, NULL) == CEF_OK && row == k);
        cr_assert(d.branch.from[row] == -1 && d.branch.in_service[row] == 1 && isnan(d.branch.p_from[row]) &&
                  d.branch.tap[row] == 0.0 && d.branch.id.number[row] == k + 1);
        cr_assert(case_add_storage(&d, &row, NULL) == CEF_OK && d.storage.retention[row] == 1.0 &&
                  isnan(d.storage.intensity[row]) && d.storage.p[row] == 0.0);
        d.branch.r[k] = k;
    }
    for (cef_index k = 0; k < 1000; k++)
        cr_assert(d.branch.r[k] == k);
    case_data_release(&d);
    cr_assert(d.branch.n == 0 && d.branch.r == NULL);
    cef_context_destroy(ctx);
}

/* ---- values ---- */

static case_data small(cef_context *ctx)
{
    case_data d;
    cef_index row = 0;
    case_data_init(&d, ctx, "small");
    cr_assert(case_add_bus(&d, &row, NULL) == CEF_OK && case_add_bus(&d, &row, NULL) == CEF_OK);
    cr_assert(case_add_branch(&d, &row, NULL) == CEF_OK);
    d.branch.from[0] = 0, d.branch.to[0] = 1, d.branch.p_from[0] = 10.0;
    cr_assert(case_add_gen(&d, &row, NULL) == CEF_OK && case_add_load(&d, &row, NULL) == CEF_OK);
    d.gen.bus[0] = 0, d.gen.p[0] = 10.0;
    d.load.bus[0] = 1, d.load.p[0] = 12.0;
    cr_assert(case_add_storage(&d, &row, NULL) == CEF_OK);
    d.storage.bus[0] = 1, d.storage.p[0] = 2.0;
    return d;
}

static cef_case *finish(case_data *d)
{
    cef_case *c = NULL;
    cef_error error = {.struct_size = sizeof error};
    cr_assert(case_from_data(d, &c, &error) == CEF_OK, "%s", error.message);
    return c;
}

Test(case_check, values_and_positions)
{
    cef_context *ctx = io_context();
    const double nan = (double) NAN, inf = (double) INFINITY;
    for (int k = 0; k < 16; k++) {
        case_data d = small(ctx);
        const char *code = "out-of-range";
        switch (k) {
        case 0: d.gen.p[0] = nan, code = "not-finite"; break;
        case 1: d.gen.p[0] = 1.1e12; break;
        case 2: d.gen.intensity[0] = -1.1e6; break;
        case 3: d.gen.intensity[0] = inf, code = "not-finite"; break;
        case 4: d.load.p[0] = -inf, code = "not-finite"; break;
        case 5: d.branch.p_from[0] = inf, code = "not-finite"; break;
        case 6: d.storage.efficiency_charge[0] = 0.0; break;
        case 7: d.storage.efficiency_discharge[0] = 1.01; break;
        case 8: d.storage.energy[0] = -1.0; break;
        case 9: d.base_mva = 0.0; break;
        case 10: d.gen.bus[0] = 2, code = "unknown-bus"; break;
        case 11: d.branch.to[0] = -1, code = "unknown-bus"; break;
        case 12: d.load.kind[0] = 3, code = "bad-kind"; break;
        case 13: d.bus.type[1] = 5, code = "bad-kind"; break;
        case 14: d.storage.retention[0] = nan, code = "not-finite"; break;
        default: d.bus.vm[0] = -1.0; break;
        }
        cef_case *c = NULL;
        cef_error error = {.struct_size = sizeof error};
        cr_assert(case_from_data(&d, &c, &error) != CEF_OK && !c && !strcmp(error.code, code), "%d: %s", k, error.code);
        cr_assert(d.bus.n == 0, "released on failure too");
    }
    cef_context_destroy(ctx);
}

/* ---- prices ---- */

static cef_status price(cef_case *c, int missing, double value, cef_factor_info *info, cef_error *error)
{
    const cef_factor_options options = {.struct_size = sizeof options, .missing = missing, .missing_value = value};
    *info = (cef_factor_info){.struct_size = sizeof *info};
    *error = (cef_error){.struct_size = sizeof *error};
    return cef_case_price(c, &options, info, error);
}

Test(case_price, missing_factors)
{
    cef_context *ctx = io_context();
    case_data d = small(ctx);
    cef_case *c = finish(&d);
    cef_factor_info info;
    cef_error error;
    cr_assert(price(c, CEF_MISSING_ERROR, 0, &info, &error) == CEF_ERR_FACTOR);
    cr_assert(!strcmp(error.code, "missing-factor") && error.element == CEF_GEN && error.index == 0 &&
              error.value == 10);
    cr_assert(isnan(io_snapshot(c).gen_intensity[0]), "a refusal changes nothing");
    cr_assert(price(c, CEF_MISSING_VALUE, 0.7, &info, &error) == CEF_OK);
    cr_assert(io_snapshot(c).gen_intensity[0] == 0.7 && io_snapshot(c).storage_intensity[0] == 0.7);
    cr_assert(info.n_from_missing == 2 && info.n_defaulted == 2 && info.n_from_case == 0);
    cr_assert(price(c, CEF_MISSING_ZERO, 9, &info, &error) == CEF_OK && io_snapshot(c).gen_intensity[0] == 0.0);
    cr_assert(price(c, CEF_MISSING_ERROR, 0, &info, &error) == CEF_ERR_FACTOR, "priced anew, not on top");
    cr_assert(price(c, 3, 0, &info, &error) == CEF_ERR_ARGUMENT);
    cr_assert(price(c, CEF_MISSING_VALUE, (double) NAN, &info, &error) == CEF_ERR_ARGUMENT);
    cr_assert(cef_case_price(c, NULL, NULL, NULL) == CEF_ERR_FACTOR &&
              cef_case_price(NULL, NULL, NULL, NULL) != CEF_OK);
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

Test(case_price, discharging_stores_need_a_factor)
{
    cef_context *ctx = io_context();
    case_data d = small(ctx);
    d.gen.intensity[0] = -0.1; /* capture */
    cef_case *c = finish(&d);
    cef_factor_info info;
    cef_error error;
    cr_assert(price(c, CEF_MISSING_ERROR, 0, &info, &error) == CEF_ERR_FACTOR && error.element == CEF_STORAGE);
    cef_case_destroy(c);
    d = small(ctx);
    d.gen.intensity[0] = -0.1;
    d.storage.p[0] = -2.0;
    c = finish(&d);
    cr_assert(price(c, CEF_MISSING_ERROR, 0, &info, &error) == CEF_OK && info.n_from_case == 1 &&
              info.n_defaulted == 0);
    cr_assert(io_snapshot(c).gen_intensity[0] == -0.1 && isnan(io_snapshot(c).storage_intensity[0]));
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

Test(case_price, units_that_do_not_run_need_none)
{
    cef_context *ctx = io_context();
    for (int k = 0; k < 3; k++) {
        case_data d = small(ctx);
        d.storage.p[0] = 0.0;
        d.gen.p[0] = k == 0 ? 0.0 : k == 1 ? -5.0 : 10.0;
        d.gen.in_service[0] = k != 2;
        cef_case *c = finish(&d);
        cr_assert(cef_case_price(c, NULL, NULL, NULL) == CEF_OK);
        cef_case_destroy(c);
    }
    cef_context_destroy(ctx);
}

Test(case_price, negative_loads)
{
    cef_context *ctx = io_context();
    const double expected[] = {0.3, 0.9, 0.6, 0.0, 0.0};
    for (int k = 0; k < 5; k++) { /* own; option; missing value; missing zero; nothing said */
        case_data d = small(ctx);
        d.gen.intensity[0] = d.storage.intensity[0] = 0.5;
        d.load.p[0] = -12.0;
        if (k == 0)
            d.load.intensity[0] = 0.3;
        cef_case *c = finish(&d);
        const cef_factor_options options = {.struct_size = sizeof options,
                                            .has_negative_load_intensity = k == 1,
                                            .negative_load_intensity = 0.9,
                                            .missing = k == 3   ? CEF_MISSING_ZERO
                                                       : k == 4 ? 0
                                                                : CEF_MISSING_VALUE,
                                            .missing_value = 0.6};
        cef_factor_info info = {.struct_size = sizeof info};
        cr_assert(cef_case_price(c, &options, &info, NULL) == CEF_OK);
        cr_assert(io_snapshot(c).load_intensity[0] == expected[k], "%d", k);
        cr_assert(info.n_negative_load == (k > 0) && info.n_defaulted == (k > 0) && info.n_from_case == 2);
        cef_case_destroy(c);
    }
    cef_context_destroy(ctx);
}

/* ---- the flow rule ---- */

Test(case_flows, worst_bus)
{
    cef_context *ctx = io_context();
    case_data d = small(ctx);
    cef_case *c = finish(&d); /* lossless: 10 + 2 - 12 = 0 */
    cr_assert(cef_case_check_flows(c, 0.0, NULL) == CEF_OK);
    cr_assert(cef_case_check_flows(c, -1.0, NULL) == CEF_ERR_ARGUMENT);
    cr_assert(cef_case_check_flows(c, (double) NAN, NULL) == CEF_ERR_ARGUMENT);
    cef_case_destroy(c);
    d = small(ctx);
    d.load.p[0] = 12.5;
    c = finish(&d);
    cef_error error = {.struct_size = sizeof error};
    cr_assert(cef_case_check_flows(c, 0.5, &error) == CEF_OK, "exactly the tolerance");
    cr_assert(cef_case_check_flows(c, 0.4, &error) == CEF_ERR_UNSOLVED);
    cr_assert(error.element == CEF_BUS && error.index == 1 && error.id == 2 && error.value == -0.5, "%s",
              error.message);
    cef_case_destroy(c);
    d = small(ctx);
    d.gen.p[0] = 10000.0 + 9.0, d.branch.p_from[0] = 10000.0, d.load.p[0] = 10002.0;
    c = finish(&d);
    cr_assert(cef_case_check_flows(c, 0.1, &error) == CEF_OK, "9 MW of 10009 are within 1e-3");
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

/* ---- files ---- */

static cef_status read_path(const char *path, cef_error *error)
{
    cef_context *ctx = io_context();
    cef_case *c = NULL;
    *error = (cef_error){.struct_size = sizeof *error};
    const cef_status status = cef_case_read(ctx, path, &c, error);
    cef_case_destroy(c);
    cef_context_destroy(ctx);
    return status;
}

Test(case_files, that_cannot_be_read)
{
    cef_error error;
    cr_assert(read_path("no-such-file.m", &error) == CEF_ERR_IO && !strcmp(error.code, "cannot-open"));
    cr_assert(strstr(error.message, "No such file"), "%s", error.message);
    cr_assert(read_path("case.txt", &error) == CEF_ERR_PARSE && !strcmp(error.code, "unknown-format"));
    cr_assert(read_path(".m", &error) == CEF_ERR_PARSE && !strcmp(error.code, "unknown-format"));
    cr_assert(read_path(NULL, &error) == CEF_ERR_ARGUMENT);
}

Test(case_files, pipes_and_files_read_the_same)
{
    char path[64];
    snprintf(path, sizeof path, "pipe-%d.m", (int) getpid());
    cr_assert(mkfifo(path, 0600) == 0);
    const pid_t child = fork();
    if (child == 0) {
        const int fd = open(path, O_WRONLY);
        char rows[200000]; /* more than the first room */
        memset(rows, '\n', sizeof rows);
        const bool good = write(fd, rows, sizeof rows) == sizeof rows && write(fd, M_CASE, strlen(M_CASE)) > 0;
        _exit(good ? 0 : 1);
    }
    cef_error error;
    cr_assert(read_path(path, &error) == CEF_OK, "%s", error.message);
    unlink(path);
}

Test(case_files, names)
{
    cef_context *ctx = io_context();
    cef_case *c = NULL;
    cr_assert(cef_case_read_memory(ctx, "a", "txt", "", 0, &c, NULL) == CEF_ERR_PARSE);
    cr_assert(cef_case_read_memory(NULL, "a", "m", "", 0, &c, NULL) == CEF_ERR_ARGUMENT);
    cr_assert(cef_case_read_memory(ctx, "a", "m", NULL, 3, &c, NULL) == CEF_ERR_ARGUMENT);
    c = io_read(ctx, M_CASE);
    cef_case_info info = {.struct_size = 0};
    cr_assert(cef_case_describe(c, &info, NULL) == CEF_ERR_STRUCT_SIZE);
    cr_assert(cef_case_describe(NULL, &info, NULL) == CEF_ERR_ARGUMENT);
    cr_assert(cef_case_network(NULL) == NULL && !strcmp(cef_case_fuel(c, -1), "") && !strcmp(cef_case_owner(c, 9), ""));
    char byte[2] = "x";
    cr_assert(cef_case_id(c, CEF_BUS, 1, byte, 1) == 0 && byte[0] == 0, "no room for a digit");
    cef_case_destroy(NULL);
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}
