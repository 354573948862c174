/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of CSV files written, replaced and read back. */
#include <dirent.h>
#include <sys/stat.h>

#include "csv_folder.h"

static int count_entries(const char *path)
{
    DIR *dir = opendir(path);
    cr_assert(dir, "%s", path);
    int n = 0;
    while (readdir(dir))
        n++;
    (void) closedir(dir);
    return n - 2;
}

static void read_good(cef_context *ctx, case_data *data)
{
    make_folder(NULL);
    cef_error error;
    cr_assert(read_folder(ctx, data, &error) == CEF_OK, "%s", error.message);
    remove_folder();
}

/* A parent of its own for each test, so that anything left beside the target is seen. */
static void new_target(void)
{
    static char parent[32];
    memcpy(parent, "/tmp/cef_out_XXXXXX", 20);
    cr_assert(mkdtemp(parent));
    (void) snprintf(folder, sizeof folder, "%s/case", parent);
}

static void end_target(void)
{
    char parent[64];
    memcpy(parent, folder, sizeof parent);
    *strrchr(parent, '/') = 0;
    cr_assert(count_entries(parent) == 1, "something is left beside the target");
    remove_folder();
    cr_assert(rmdir(parent) == 0);
}

Test(csv_write, writes_what_is_stated_and_reads_it_back)
{
    static const char *const expected[CASE_TABLES] = {
        "id,zone,type\n1,north,ref\n2,,\n\"a,b\",,pv\n",
        "id,from,to,p_from,p_to,in_service\na,1,2,60,-59,\n2,2,\"a,b\",5,-5,\n3,1,2,,,false\n",
        "id,bus,p,intensity,fuel\ng1,1,100,0.875,coal\n2,2,0,,\n",
        "id,bus,p,owner,kind,intensity\n1,2,50,\"steel \"\"works\"\"\",,\n2,1,-3,,export,0.1\n",
        "id,bus,p,efficiency_charge\ns1,1,-5,0.92\n",
    };
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    read_good(ctx, &d);
    new_target();
    cef_error error = no_error();
    for (int pass = 0; pass < 2; pass++) { /* the second replaces what the first wrote */
        cr_assert(csv_folder_write(&d, folder, &error) == CEF_OK, "%s", error.message);
        case_data_release(&d);
        for (int k = 0; k < CASE_TABLES; k++) {
            char *text = read_text(table_path(k));
            cr_assert(strcmp(text, expected[k]) == 0, "%s", text);
            free(text);
        }
        cr_assert(read_folder(ctx, &d, &error) == CEF_OK, "%s", error.message);
    }
    case_data_release(&d);
    end_target();
    cr_assert(memory.live == 1);
    cef_context_destroy(ctx);
}

Test(csv_write, empty_optional_tables_leave_no_file)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    read_good(ctx, &d);
    new_target();
    char with_slash[80];
    (void) snprintf(with_slash, sizeof with_slash, "%s//", folder);
    cef_error error = no_error();
    cr_assert(csv_folder_write(&d, with_slash, &error) == CEF_OK, "%s", error.message);
    d.load.n = d.storage.n = 0;
    cr_assert(csv_folder_write(&d, with_slash, &error) == CEF_OK, "%s", error.message);
    cr_assert(count_entries(folder) == 3, "loads.csv of the first write must be gone");
    case_data_release(&d);
    end_target();
    cef_context_destroy(ctx);
}

Test(csv_write, a_folder_with_other_files_is_not_replaced)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    read_good(ctx, &d);
    new_target();
    cr_assert(mkdir(folder, 0777) == 0);
    write_text(path_of("thesis.txt"), "x", 1);
    write_text(path_of("buses.csv"), "mine", 4);
    cef_error error = no_error();
    const cef_status status = csv_folder_write(&d, folder, &error);
    check_refused(status, &error, "thesis.txt", "cannot-write", 0, folder);
    char *kept = read_text(path_of("buses.csv"));
    cr_assert(strcmp(kept, "mine") == 0);
    free(kept);
    cr_assert(unlink(path_of("thesis.txt")) == 0);
    end_target();
    case_data_release(&d);
    cef_context_destroy(ctx);
}

Test(csv_write, a_file_is_not_replaced_by_a_folder)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    read_good(ctx, &d);
    new_target();
    write_text(folder, "x", 1);
    cef_error error = no_error();
    const cef_status status = csv_folder_write(&d, folder, &error);
    check_refused(status, &error, folder, "cannot-write", 0, folder);
    cr_assert(csv_folder_write(&d, "/nowhere/at/all", &error) == CEF_ERR_IO);
    cr_assert(unlink(folder) == 0 && mkdir(folder, 0777) == 0);
    end_target();
    case_data_release(&d);
    cef_context_destroy(ctx);
}

Test(csv_write, every_allocation_of_the_writer_fails_once_and_leaves_the_old_folder)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    read_good(ctx, &d);
    new_target();
    cef_error error = no_error();
    cr_assert(csv_folder_write(&d, folder, &error) == CEF_OK, "%s", error.message);
    char *before = read_text(table_path(0));
    d.bus.zone[0] = 0;
    const long live = memory.live;
    for (long k = 0;; k++) {
        memory.requests = 0;
        memory.refuse_at = k;
        const cef_status status = csv_folder_write(&d, folder, &error);
        cr_assert(memory.live == live, "request %ld: leak", k);
        char *after = read_text(table_path(0));
        const bool same = strcmp(before, after) == 0;
        free(after);
        if (status == CEF_OK) {
            cr_assert(!same && k > 5);
            break;
        }
        cr_assert(status == CEF_ERR_MEMORY && same, "request %ld: %s", k, error.message);
    }
    free(before);
    case_data_release(&d);
    end_target();
    cef_context_destroy(ctx);
}

Test(csv_write, per_unit_values_on_another_base_are_refused)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    case_data d;
    read_good(ctx, &d);
    new_target();
    d.base_mva = 50.0;
    cef_error error = no_error();
    cr_assert(csv_folder_write(&d, folder, &error) == CEF_OK, "no per-unit value is stated: %s", error.message);
    d.branch.x[0] = 0.1;
    const cef_status status = csv_folder_write(&d, folder, &error);
    check_refused(status, &error, folder, "unsupported", 0, "base 50 MVA");
    case_data_release(&d);
    end_target();
    cef_context_destroy(ctx);
}

/* ---- YAML to CSV and back: the same bytes ---- */

static void yaml_csv_yaml(const char *source)
{
    fault_memory memory;
    cef_context *ctx = fault_context(&memory);
    cef_error error = no_error();
    char *text = read_text(source);
    case_data d;
    case_data_init(&d, ctx, source);
    cr_assert(yaml_read(&d, text, strlen(text), &error) == CEF_OK, "%s", error.message);
    free(text);
    new_target();
    char first[96], second[96], name[128];
    (void) snprintf(first, sizeof first, "%s.1.yaml", folder);
    (void) snprintf(second, sizeof second, "%s.2.yaml", folder);
    memcpy(name, d.name, sizeof name);
    cr_assert(yaml_write(&d, first, &error) == CEF_OK, "%s", error.message);
    cr_assert(csv_folder_write(&d, folder, &error) == CEF_OK, "%s", error.message);
    case_data_release(&d);
    cr_assert(read_folder(ctx, &d, &error) == CEF_OK, "%s", error.message);
    memcpy(d.name, name, sizeof name); /* a folder states no name */
    cr_assert(yaml_write(&d, second, &error) == CEF_OK, "%s", error.message);
    case_data_release(&d);
    char *a = read_text(first), *b = read_text(second);
    cr_assert(strlen(a) > 1000 && strcmp(a, b) == 0);
    free(a);
    free(b);
    (void) unlink(first);
    (void) unlink(second);
    end_target();
    cr_assert(memory.live == 1);
    cef_context_destroy(ctx);
}

Test(csv_write, example_through_csv_is_the_same) { yaml_csv_yaml(CEF_SOURCE_DIR "/examples/ieee14.yaml"); }

Test(csv_write, golden_ac_through_csv_is_the_same) { yaml_csv_yaml(CEF_SOURCE_DIR "/tests/golden/ieee14_ac.yaml"); }
