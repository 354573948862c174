/* SPDX-License-Identifier: Apache-2.0 */
/* The CSV scanner, and folders of CSV files read. */
#include "csv_folder.h"

/* ---- the scanner ---- */

/* Reads all records into one text: fields between '<' and '>', records between line numbers. */
static cef_status scan(cef_context *ctx, const char *text, size_t length, char *out, size_t size, cef_error *error)
{
    cef_text shown = {out, size, 0};
    out[0] = 0;
    csv_reader r;
    *error = no_error();
    bool more = true;
    cef_status status = csv_open(&r, ctx, "t.csv", text, length, error);
    while (status == CEF_OK && more) {
        status = csv_next(&r, &more, error);
        if (status != CEF_OK || !more)
            break;
        text_add_int(&shown, r.line);
        for (int32_t k = 0; k < r.n_field; k++) {
            text_add(&shown, "<");
            text_add_n(&shown, r.field[k].text, r.field[k].length);
            text_add(&shown, ">");
        }
    }
    csv_close(&r);
    return status;
}

Test(csv, scans_rfc_4180)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"\n\n", ""},
        {"a,b\n1,2\n", "1<a><b>2<1><2>"},
        {"a,b\r\n1,2\r\n", "1<a><b>2<1><2>"},
        {"a,b\n1,2", "1<a><b>2<1><2>"},
        {"\xEF\xBB\xBF"
         "a,b\n",
         "1<a><b>"},
        {"a,\n,b\n,\n", "1<a><>2<><b>3<><>"},
        {"a\n\n\nb\n", "1<a>4<b>"},
        {"\"a\",\"b,c\"\n", "1<a><b,c>"},
        {"\"say \"\"yes\"\"\",\"\"\"\"\n", "1<say \"yes\"><\">"},
        {"\"\",\"\"\n", "1<><>"},
        {"\"two\nlines\",x\ny\n", "1<two\nlines><x>3<y>"},
        {"\"a\r\nb\"\r\n", "1<a\r\nb>"},
        {"\xC3\xA9,\xE2\x82\xAC\n", "1<\xC3\xA9><\xE2\x82\xAC>"},
        {" a , b \n", "1< a >< b >"},
    };
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char out[256];
        cef_error error;
        cr_assert(scan(ctx, cases[k].text, strlen(cases[k].text), out, sizeof out, &error) == CEF_OK);
        cr_assert(strcmp(out, cases[k].expected) == 0, "%s instead of %s", out, cases[k].expected);
    }
    cef_context_destroy(ctx);
}

Test(csv, scanner_refuses_with_code_and_line)
{
    static const struct {
        const char *code;
        int32_t line;
        const char *text;
    } cases[] = {
        {"syntax", 2, "a\n\"never closed\nx\n"},
        {"syntax", 1, "\""},
        {"syntax", 1, "\"\"\""},
        {"syntax", 2, "a\n\"b\"c\n"},
        {"syntax", 2, "a\n\"b\" ,c\n"},
        {"syntax", 1, "a\"b\n"},
        {"syntax", 2, "a\nb\rc\n"},
        {"syntax", 1, "a\r"},
        {"syntax", 1, "\"a\"\rb"},
        {"bad-encoding", 2, "a\n\xFF\n"},
        {"bad-encoding", 1, "\xE2\x82"},
        {"bad-encoding", 1, "\xE0\x80\xAF"},     /* longer than need be */
        {"bad-encoding", 1, "\xF0\x80\x80\xAF"}, /* the same */
        {"bad-encoding", 1, "\xED\xA0\x80"},     /* a surrogate */
        {"bad-encoding", 1, "\xF4\x90\x80\x80"}, /* above U+10FFFF */
        {"row-length", 1, ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"},
    };
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char out[256];
        cef_error error;
        const cef_status status = scan(ctx, cases[k].text, strlen(cases[k].text), out, sizeof out, &error);
        check_refused(status, &error, "t.csv", cases[k].code, cases[k].line, cases[k].text);
        cr_assert(memory.live == 1, "leak: %s", cases[k].text);
    }
    char out[256];
    cef_error error;
    check_refused(scan(ctx, "a\nb\0c\n", 6, out, sizeof out, &error), &error, "t.csv", "bad-encoding", 2, "NUL");
    cef_context_destroy(ctx);
}

Test(csv, sixty_four_fields_are_read)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    char out[256];
    cef_error error;
    cr_assert(scan(ctx, ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,", 63, out, sizeof out,
                   &error) == CEF_OK);
    cef_context_destroy(ctx);
}

Test(csv, rewritten_fields_are_bounded)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    const size_t size = 80000;
    char *text = malloc(size);
    memset(text, '"', size);
    char out[16];
    cef_error error;
    check_refused(scan(ctx, text, size, out, sizeof out, &error), &error, "t.csv", "file-too-big", 1, "80000 quotes");
    free(text);
    cef_context_destroy(ctx);
}

/* ---- folders ---- */

Test(csv, reads_a_folder)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    make_folder(NULL);
    case_data d;
    cef_error error;
    cr_assert(read_folder(ctx, &d, &error) == CEF_OK, "%s", error.message);
    cr_assert(d.bus.n == 3 && d.branch.n == 3 && d.gen.n == 2 && d.load.n == 2 && d.storage.n == 1);
    char id[64];
    (void) case_id_text(&d, CEF_BUS, 2, id, sizeof id);
    cr_assert(strcmp(id, "a,b") == 0 && d.bus.type[2] == 2 && d.bus.zone[1] == 0);
    (void) case_id_text(&d, CEF_BRANCH, 1, id, sizeof id);
    cr_assert(strcmp(id, "2") == 0 && d.branch.to[1] == 2 && d.branch.p_to[1] == -5.0);
    cr_assert(isnan(d.branch.p_from[2]) && d.branch.in_service[2] == 0 && d.branch.in_service[1] == 1);
    cr_assert(isnan(d.gen.intensity[1]) && strcmp(case_text_at(&d, d.load.owner[0]), "steel \"works\"") == 0);
    cr_assert(d.load.kind[1] == CEF_LOAD_EXPORT && d.load.intensity[1] == 0.1);
    cr_assert(d.storage.efficiency_charge[0] == 0.92 && d.storage.retention[0] == 1.0);
    cr_assert(strcmp(d.file, folder) == 0, "the name for messages is the caller's again");
    /* sha256 of the five files, one after another, as coreutils' sha256sum gives it. */
    cr_assert(strlen(d.sha256) == 64);
    sha256_state state;
    char hex[65];
    sha256_init(&state);
    for (int k = 0; k < CASE_TABLES; k++)
        sha256_add(&state, good[k], strlen(good[k]));
    sha256_hex(&state, hex);
    cr_assert(strcmp(hex, d.sha256) == 0);
    case_data_release(&d);
    remove_folder();
    cr_assert(memory.live == 1);
    cef_context_destroy(ctx);
}

Test(csv, loads_and_storage_are_optional)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    make_folder((const char *const[]){NULL, NULL, NULL, "", ""});
    case_data d;
    cef_error error;
    cr_assert(read_folder(ctx, &d, &error) == CEF_OK, "%s", error.message);
    cr_assert(d.load.n == 0 && d.storage.n == 0);
    case_data_release(&d);
    remove_folder();
    cef_context_destroy(ctx);
}

Test(csv, a_missing_required_file_is_named)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    for (int k = 0; k < 3; k++) {
        const char *texts[CASE_TABLES] = {NULL};
        texts[k] = "";
        make_folder(texts);
        case_data d;
        cef_error error;
        const cef_status status = read_folder(ctx, &d, &error);
        check_refused(status, &error, names[k], "missing-field", 0, names[k]);
        case_data_release(&d);
        remove_folder();
    }
    cef_context_destroy(ctx);
}

Test(csv, folder_refuses_with_code_file_and_line)
{
    static const struct {
        int table;
        const char *code;
        int32_t line;
        const char *text;
    } cases[] = {
        {0, "missing-field", 1, "\n"},
        {0, "missing-field", 1, "zone\nnorth\n"},
        {0, "missing-field", 2, "id,zone\n,north\n"},
        {0, "unknown-field", 1, "id,colour\n1,red\n"},
        {0, "unknown-field", 1, "id, zone\n1,red\n"},
        {0, "unknown-field", 1, "id,\n1,\n"},
        {0, "unknown-field", 1, "Id\n1\n"},
        {0, "duplicate-field", 1, "id,id\n1,1\n"},
        {0, "duplicate-id", 0, "id\n1\n1\n"},
        {0, "row-length", 2, "id,zone\n1\n"},
        {0, "row-length", 3, "id,zone\n1,a\n2,b,c\n"},
        {0, "bad-id", 2, "id\n\"a\nb\"\n"},
        {0, "bad-kind", 2, "id,type\n1,slack\n"},
        {0, "bad-number", 2, "id,gs\n1, 2\n"},
        {0, "bad-number", 2, "id,gs\n1,0x2\n"},
        {0, "bad-encoding", 2, "id,zone\n1,\"a\tb\"\n"},
        {0, "syntax", 2, "id\n\"1\n"},
        {1, "missing-field", 1, "id,from\na,1\n"},
        {1, "missing-field", 2, "from,to\n1,\n"},
        {1, "missing-field", 2, "from,to,p_to\n1,2,3\n"},
        {1, "unknown-bus", 3, "from,to\n1,2\n1,7\n"},
        {1, "syntax", 2, "from,to,in_service\n1,2,1\n"},
        {1, "duplicate-id", 0, "id,from,to\na,1,2\na,1,2\n"},
        {2, "duplicate-id", 0, "id,bus,p\n7,1,1\n7,1,1\n"},
        {2, "missing-field", 2, "bus,p\n1,\n"},
        {2, "bad-number", 2, "bus,p\n1,nan\n"},
        {2, "unsupported", 2, "bus,p,curve\n1,1,x\n"},
        {3, "misplaced-field", 2, "bus,p,intensity\n1,1,0.5\n"},
        {3, "bad-kind", 2, "bus,p,kind\n1,1,import\n"},
        {4, "out-of-range", 2, "bus,p,efficiency_charge\n1,1,92\n"},
    };
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const char *texts[CASE_TABLES] = {NULL};
        texts[cases[k].table] = cases[k].text;
        make_folder(texts);
        case_data d;
        cef_error error;
        const cef_status status = read_folder(ctx, &d, &error);
        check_refused(status, &error, table_path(cases[k].table), cases[k].code, cases[k].line, cases[k].text);
        case_data_release(&d);
        cr_assert(memory.live == 1, "leak: %s", cases[k].text);
        remove_folder();
    }
    cef_context_destroy(ctx);
}

Test(csv, every_allocation_of_the_reader_fails_once)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    make_folder(NULL);
    long k = 0;
    for (;; k++) {
        memory.requests = 0;
        memory.refuse_at = k;
        case_data d;
        cef_error error;
        const cef_status status = read_folder(ctx, &d, &error);
        case_data_release(&d);
        cr_assert(memory.live == 1, "request %ld: leak", k);
        if (status == CEF_OK)
            break;
        cr_assert(status == CEF_ERR_MEMORY, "request %ld: %s", k, error.message);
    }
    cr_assert(k >= 15, "only %ld allocations", k);
    remove_folder();
    cef_context_destroy(ctx);
}
