/* SPDX-License-Identifier: Apache-2.0 */
/* A written .m reads back as the same case; what it cannot hold is refused and the target left alone. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/case_data.h"
#include "io_test.h"

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* 53 random bits, of any sign and of size about 1. */
static double some(uint64_t *seed) { return (double) ((int64_t) next_random(seed) >> 11) * 0x1p-46; }

static bool same(const double *a, const double *b, cef_index n)
{
    for (cef_index k = 0; k < n; k++)
        if (a[k] != b[k] && !(isnan(a[k]) && isnan(b[k])))
            return false;
    return true;
}

static bool same_or_zero(const double *a, const double *b, cef_index n) /* a not stated: b is 0 */
{
    for (cef_index k = 0; k < n; k++)
        if (a[k] != b[k] && !(isnan(a[k]) && (isnan(b[k]) || b[k] == 0.0)))
            return false;
    return true;
}

static void expect_same(const cef_case *a, const cef_case *b)
{
    const cef_snapshot s = io_snapshot(a), t = io_snapshot(b);
    const case_data *c = case_tables(a), *d = case_tables(b);
    cr_assert(c->bus.n == d->bus.n && c->branch.n == d->branch.n && c->gen.n == d->gen.n && c->load.n == d->load.n);
    cr_assert(strcmp(c->name, d->name) == 0 && c->base_mva == d->base_mva);
    cr_assert(same(s.branch_p_from, t.branch_p_from, c->branch.n) && same(s.branch_p_to, t.branch_p_to, c->branch.n));
    cr_assert(same(s.gen_p, t.gen_p, c->gen.n) && same(s.gen_intensity, t.gen_intensity, c->gen.n));
    cr_assert(same(s.load_p, t.load_p, c->load.n) && same(s.load_intensity, t.load_intensity, c->load.n));
    cr_assert(same(c->bus.vm, d->bus.vm, c->bus.n) && same(c->bus.bs, d->bus.bs, c->bus.n));
    cr_assert(same_or_zero(c->branch.r, d->branch.r, c->branch.n) &&
              same_or_zero(c->branch.x, d->branch.x, c->branch.n));
    cr_assert(same_or_zero(c->branch.q_from, d->branch.q_from, c->branch.n));
    cr_assert(same(c->gen.capacity_mw, d->gen.capacity_mw, c->gen.n));
    cr_assert(same(c->gen.q, d->gen.q, c->gen.n) && same(c->gen.vg, d->gen.vg, c->gen.n));
    cr_assert(same(c->gen.qmin, d->gen.qmin, c->gen.n) && same(c->gen.qmax, d->gen.qmax, c->gen.n));
    cr_assert(same(c->gen.mbase, d->gen.mbase, c->gen.n) && same(c->gen.apf, d->gen.apf, c->gen.n));
    cr_assert(same(c->load.q, d->load.q, c->load.n) && same(c->bus.qd, d->bus.qd, c->bus.n));
    const cef_element elements[] = {CEF_BUS, CEF_BRANCH, CEF_GEN, CEF_LOAD};
    const cef_index counts[] = {c->bus.n, c->branch.n, c->gen.n, c->load.n};
    for (int e = 0; e < 4; e++)
        for (cef_index k = 0; k < counts[e]; k++) {
            char x[64], y[64];
            cef_case_id(a, elements[e], k, x, sizeof x);
            cef_case_id(b, elements[e], k, y, sizeof y);
            cr_assert(strcmp(x, y) == 0, "id %s became %s", x, y);
        }
    for (cef_index gen = 0; gen < c->gen.n; gen++)
        cr_assert(strcmp(cef_case_fuel(a, gen), cef_case_fuel(b, gen)) == 0);
    for (cef_index bus = 0; bus < c->bus.n; bus++)
        cr_assert(strcmp(cef_case_zone(a, bus), cef_case_zone(b, bus)) == 0 && c->bus.type[bus] == d->bus.type[bus]);
}

static const char *path_of_test(void)
{
    static char path[64];
    snprintf(path, sizeof path, "write-%d.m", (int) getpid());
    return path;
}

static cef_case *write_and_read(cef_context *ctx, const cef_case *c)
{
    cef_error error = {.struct_size = sizeof error};
    cef_case *again = NULL;
    cr_assert(cef_case_write(c, path_of_test(), &error) == CEF_OK, "%s", error.message);
    cr_assert(cef_case_read(ctx, path_of_test(), &again, &error) == CEF_OK, "%s", error.message);
    unlink(path_of_test());
    return again;
}

static void add_branches(case_data *d, cef_index n, bool solved, uint64_t *seed)
{
    cef_index row = 0;
    for (cef_index k = 0; k < 2 * n; k++) {
        cr_assert(case_add_branch(d, &row, NULL) == CEF_OK);
        d->branch.from[row] = (cef_index) (next_random(seed) % (uint64_t) n);
        d->branch.to[row] = (cef_index) (next_random(seed) % (uint64_t) n);
        d->branch.in_service[row] = next_random(seed) % 5 != 0;
        d->branch.hvdc[row] = k >= 2 * n - 2;
        if (solved || d->branch.hvdc[row]) {
            d->branch.p_from[row] = some(seed);
            d->branch.p_to[row] = next_random(seed) % 4 ? some(seed) : (double) NAN;
        }
        if (k % 2)
            d->branch.x[row] = some(seed);
        if (d->branch.hvdc[row])
            d->branch.x[row] = (double) NAN;
    }
    cr_assert(case_set_id(d, CEF_BRANCH, 2 * n - 2, "dc1", 3, 0, NULL) == CEF_OK);
    cr_assert(case_set_id(d, CEF_BRANCH, 2 * n - 1, "dc2", 3, 0, NULL) == CEF_OK);
}

static void add_gens(case_data *d, cef_index n, uint64_t *seed)
{
    cef_index row = 0;
    for (cef_index k = 0; k < n; k++) {
        cr_assert(case_add_gen(d, &row, NULL) == CEF_OK);
        d->gen.bus[row] = (cef_index) (next_random(seed) % (uint64_t) n);
        d->gen.p[row] = some(seed);
        d->gen.in_service[row] = next_random(seed) % 4 != 0;
        d->gen.q[row] = some(seed);
        d->gen.vg[row] = fabs(some(seed));
        if (k % 2 == 0) /* else: no limit, no base or factor of its own */
            d->gen.qmin[row] = some(seed), d->gen.qmax[row] = some(seed), d->gen.mbase[row] = fabs(some(seed));
        if (n % 2 == 0 && k % 3 == 1)
            d->gen.apf[row] = fabs(some(seed));
        if (k % 2)
            d->gen.intensity[row] = some(seed), d->gen.capacity_mw[row] = some(seed);
        if (k % 3)
            cr_assert(case_text(d, "coal", 4, &d->gen.fuel[row], NULL) == CEF_OK);
    }
}

/* A random case that a .m can hold, filled through the tables as a reader does. */
static cef_case *random_case(cef_context *ctx, uint64_t seed)
{
    case_data d;
    case_data_init(&d, ctx, "random");
    strcpy(d.name, seed % 2 ? "random_case" : "a name, with blanks");
    const cef_index n = 2 + (cef_index) (next_random(&seed) % 20);
    const bool solved = next_random(&seed) % 4 != 0;
    cef_index row = 0;
    for (cef_index k = 0; k < n; k++) {
        cr_assert(case_add_bus(&d, &row, NULL) == CEF_OK);
        case_set_number(&d, CEF_BUS, row, 1000 - 3 * k);
        d.bus.type[row] = (int8_t) (1 + next_random(&seed) % 4);
        d.bus.vm[row] = 1.0 + 0.05 * some(&seed) / 128;
        d.bus.bs[row] = some(&seed);
        if (k % 3)
            cr_assert(case_text(&d, "42", 2, &d.bus.zone[row], NULL) == CEF_OK);
    }
    for (int32_t kind = CEF_LOAD_DEMAND; kind <= CEF_LOAD_SHUNT; kind++)
        for (cef_index bus = 0; bus < n; bus++) {
            if (next_random(&seed) % 2)
                continue;
            cr_assert(case_add_load(&d, &row, NULL) == CEF_OK);
            const double vm = d.bus.vm[bus];
            d.bus.gs[bus] = kind == CEF_LOAD_SHUNT ? some(&seed) : 0.0;
            d.load.p[row] = kind == CEF_LOAD_SHUNT ? d.bus.gs[bus] * vm * vm : some(&seed);
            if (kind == CEF_LOAD_SHUNT && seed % 2)
                d.bus.gs[bus] = 0.0; /* not stated: found from the power */
            d.load.kind[row] = kind;
            if (kind == CEF_LOAD_DEMAND)
                d.load.q[row] = some(&seed);
            if (kind == CEF_LOAD_DEMAND && d.load.p[row] < 0.0)
                d.load.intensity[row] = some(&seed);
            d.load.bus[row] = bus;
            case_set_number(&d, CEF_LOAD, row, d.bus.id.number[bus]);
        }
    add_branches(&d, n, solved, &seed);
    add_gens(&d, n, &seed);
    cef_case *c = NULL;
    cef_error error = {.struct_size = sizeof error};
    cr_assert(case_from_data(&d, &c, &error) == CEF_OK, "%s", error.message);
    return c;
}

Test(matpower_write, random_cases_read_back_the_same)
{
    cef_context *ctx = io_context();
    for (uint64_t seed = 1; seed <= 200; seed++) {
        cef_case *c = random_case(ctx, seed), *again = write_and_read(ctx, c);
        expect_same(c, again);
        cef_case_destroy(c);
        cef_case_destroy(again);
    }
    cef_context_destroy(ctx);
}

/* A generated grid keeps its numbers through the case and through a .m; its loads are sorted by bus. */
Test(matpower_write, generated_grids_read_back_the_same)
{
    cef_context *ctx = io_context();
    for (int32_t numbering = CEF_NUMBERING_NATURAL; numbering <= CEF_NUMBERING_RANDOM; numbering++) {
        const cef_grid_options options = {
            .struct_size = sizeof options, .seed = 11, .n_bus = 500, .numbering = numbering};
        cef_error error = {.struct_size = sizeof error};
        cef_grid *grid = NULL;
        cef_case *c = NULL;
        cr_assert(cef_grid_create(ctx, &options, &grid, &error) == CEF_OK, "%s", error.message);
        cr_assert(cef_case_from_grid(ctx, grid, "grid_500", &c, &error) == CEF_OK, "%s", error.message);
        cef_snapshot s = {.struct_size = sizeof s};
        cr_assert(cef_grid_snapshot(grid, &s, NULL) == CEF_OK);
        const cef_snapshot t = io_snapshot(c);
        const cef_case_info info = io_info(c);
        cr_assert(info.n_bus == 500 && info.has_flows && strcmp(info.format, "grid") == 0 && info.n_load > 0);
        cr_assert(same(s.branch_p_from, t.branch_p_from, info.n_branch) && same(s.gen_p, t.gen_p, info.n_gen));
        cr_assert(strcmp(cef_case_fuel(c, 3), cef_grid_gen_fuel(grid, 3)) == 0);
        cr_assert(cef_case_check_flows(c, 0.0, &error) == CEF_OK, "it balances by construction: %s", error.message);
        cr_assert(cef_case_price(c, NULL, NULL, &error) == CEF_OK, "%s", error.message);
        double grid_load = 0.0, case_load = 0.0; /* multiples of 2^-10: sums are exact */
        for (cef_index k = 0; k < info.n_load; k++)
            grid_load += s.load_p[k], case_load += t.load_p[k];
        cr_assert(grid_load == case_load && grid_load > 0.0);
        cef_grid_destroy(grid);
        cef_case *again = write_and_read(ctx, c);
        expect_same(c, again);
        cef_case_destroy(c);
        cef_case_destroy(again);
    }
    cef_context_destroy(ctx);
}

Test(matpower_write, case_files_read_back_the_same)
{
    const char *folder = getenv("LIBCEF_CASES");
    if (!folder)
        cr_skip_test("LIBCEF_CASES is not set");
    cef_context *ctx = io_context();
    static const char *const files[] = {"case14.m", "case300.m", "case_ACTIVSg2000.m"};
    for (int k = 0; k < 3; k++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, files[k]);
        cef_case *c = NULL;
        cr_assert(cef_case_read(ctx, path, &c, NULL) == CEF_OK);
        cef_case *again = write_and_read(ctx, c);
        expect_same(c, again);
        cef_case_destroy(c);
        cef_case_destroy(again);
    }
    cef_context_destroy(ctx);
}

/* Changes the random case's tables in one place and expects a refusal that leaves the old file. */
static void expect_refused(void (*spoil)(case_data *), const char *code)
{
    cef_context *ctx = io_context();
    cef_case *c = random_case(ctx, 5);
    spoil((case_data *) case_tables(c));
    FILE *old = fopen(path_of_test(), "w");
    fputs("old", old);
    fclose(old);
    cef_error error = {.struct_size = sizeof error};
    cr_assert(cef_case_write(c, path_of_test(), &error) != CEF_OK && strcmp(error.code, code) == 0, "%s", error.code);
    char text[8] = "";
    old = fopen(path_of_test(), "r");
    cr_assert(old && fread(text, 1, 7, old) == 3 && strcmp(text, "old") == 0, "the target is as it was");
    fclose(old);
    unlink(path_of_test());
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}

static void text_bus(case_data *d) { (void) !case_set_id(d, CEF_BUS, 0, "north", 5, 0, NULL); }
static void negative_bus(case_data *d) { case_set_number(d, CEF_BUS, 0, -4); }
static void text_zone(case_data *d) { (void) !case_text(d, "north", 5, &d->bus.zone[0], NULL); }
static void branch_id(case_data *d) { case_set_number(d, CEF_BRANCH, 0, 7); }
static void gen_id(case_data *d) { (void) !case_set_id(d, CEF_GEN, 0, "g1", 2, 0, NULL); }
static void load_id(case_data *d) { case_set_number(d, CEF_LOAD, 0, 123456); }
static void gen_cost(case_data *d) { d->gen.cost[0] = 3.0; }
static void fuel_quote(case_data *d) { (void) !case_text(d, "c'al", 4, &d->gen.fuel[0], NULL); }
static void export_load(case_data *d) { d->load.kind[d->load.n - 1] = CEF_LOAD_EXPORT; }
static void load_order(case_data *d) { d->load.bus[0] = d->load.bus[1]; }
static void zero_load(case_data *d) { d->load.p[0] = 0.0; }
static void load_owner(case_data *d) { (void) !case_text(d, "mill", 4, &d->load.owner[0], NULL); }
static void load_intensity(case_data *d) { d->load.intensity[d->load.n - 1] = 0.5; /* a shunt */ }
static void storage(case_data *d)
{
    cef_index row = 0;
    cr_assert(case_add_storage(d, &row, NULL) == CEF_OK);
    d->storage.bus[row] = 0;
}

Test(matpower_write, what_a_m_file_cannot_hold)
{
    void (*const spoil[])(case_data *) = {text_bus,  negative_bus, text_zone,      branch_id,   gen_id,
                                          load_id,   gen_cost,     fuel_quote,     export_load, load_order,
                                          zero_load, load_owner,   load_intensity, storage};
    for (size_t k = 0; k < sizeof spoil / sizeof *spoil; k++)
        expect_refused(spoil[k], "unsupported");
}

Test(matpower_write, paths_that_cannot_be_written)
{
    cef_context *ctx = io_context();
    cef_case *c = io_read(ctx, M_CASE);
    cef_error error = {.struct_size = sizeof error};
    cr_assert(cef_case_write(c, "/nonexistent/x.m", &error) == CEF_ERR_IO && strcmp(error.code, "cannot-write") == 0);
    cr_assert(cef_case_write(c, "x.txt", &error) == CEF_ERR_PARSE && strcmp(error.code, "unknown-format") == 0);
    if (access("/dev/full", W_OK) == 0 && symlink("/dev/full", path_of_test()) == 0) {
        cr_assert(cef_case_write(c, path_of_test(), &error) == CEF_ERR_IO, "a full disk shows at the last flush");
        unlink(path_of_test());
    }
    cef_case_destroy(c);
    cef_context_destroy(ctx);
}
