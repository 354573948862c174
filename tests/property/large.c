/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: what is done otherwise on large grids is done right. Powers are read in several parts, long columns are
 * stored past the caches: every output agrees with a sum or product made here, and its bits depend neither on where the
 * caller's columns lie, nor on the vector width, nor on the snapshots solved before, nor on the chunks in which the
 * order is made. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cef/generate.h>

#include "lanes/lanes.h"
#include "network/network.h"
#include "run/run.h"

enum { N_BUS = 60000, COLUMNS = 11 }; /* of doubles, then flags and blocks */

typedef struct {
    cef_context *ctx;
    cef_grid *grid;
    cef_network *net;
    cef_network_data data;
    cef_snapshot snapshot;
    size_t rows[COLUMNS], total;
} large;

static large large_of(int32_t numbering, cef_index n_bus)
{
    large g = {.data = {.struct_size = sizeof g.data}, .snapshot = {.struct_size = sizeof g.snapshot}};
    const cef_grid_options options = {sizeof options, 7, n_bus, CEF_GRID_TRANSMISSION, numbering, 0};
    cr_assert(!cef_context_create(NULL, &g.ctx, NULL) && !cef_grid_create(g.ctx, &options, &g.grid, NULL) &&
              !cef_grid_network(g.grid, &g.data, NULL) && !cef_grid_snapshot(g.grid, &g.snapshot, NULL) &&
              !cef_network_create(g.ctx, &g.data, &g.net, NULL));
    const size_t bus = (size_t) g.data.n_bus, branch = (size_t) g.data.n_branch;
    const size_t rows[COLUMNS] = {
        bus, bus, bus, bus, branch, branch, branch, (size_t) g.data.n_gen, (size_t) g.data.n_load, bus / 2, bus / 2};
    memcpy(g.rows, rows, sizeof rows);
    for (int c = 0; c < COLUMNS; c++)
        g.total += rows[c] + 1;
    return g;
}

static large large_open(int32_t numbering) { return large_of(numbering, N_BUS); }

static void large_close(large *g)
{
    cef_network_destroy(g->net);
    cef_grid_destroy(g->grid);
    cef_context_destroy(g->ctx);
}

/* Columns one after the other, the first at memory + shift. */
static cef_solution columns(const large *g, double *memory, size_t shift)
{
    cef_solution out = {.struct_size = sizeof out};
    double *flags, *block,
        **column[COLUMNS] = {&out.bus_intensity,
                             &out.bus_throughput,
                             &out.bus_imbalance,
                             &out.bus_error_bound,
                             &out.branch_carbon_from,
                             &out.branch_carbon_to,
                             &out.branch_carbon_loss,
                             &out.gen_carbon,
                             &out.load_carbon,
                             &flags,
                             &block};
    double *at = memory + shift;
    for (int c = 0; c < COLUMNS; c++) {
        *column[c] = at;
        at += g->rows[c] + g->rows[c] % 2; /* each as even as the first */
    }
    out.bus_flags = (int32_t *) flags;
    out.bus_block = (cef_index *) block;
    return out;
}

/* On a 16-byte boundary: with an even shift columns go past the caches, with an odd one through them. */
static double *memory_of(const large *g) { return calloc(g->total + COLUMNS + 2, sizeof(double)); }

static cef_solver *solver_of(const large *g, int32_t width)
{
    cef_settings settings;
    cef_settings_init(&settings, sizeof settings);
    settings.on_unfed_loop = CEF_UNFED_MARK;
    cef_solver *solver = NULL;
    cr_assert(!cef_solver_create(g->ctx, g->net, &settings, &solver, NULL));
    solver_set_width(solver, width);
    return solver;
}

static void solve(const large *g, cef_solver *solver, const cef_snapshot *now, double *memory, size_t shift)
{
    cef_solution out = columns(g, memory, shift);
    const cef_status status = cef_solver_solve(solver, now, &out, NULL, NULL);
    cr_assert(status == CEF_OK || now != &g->snapshot, "%s", cef_status_name(status));
}

static bool near(double a, double b, double scale) { return fabs(a - b) <= 1e-9 * (1.0 + scale); }

static void expect_sums(const large *g, const cef_solution *out)
{
    const cef_snapshot *s = &g->snapshot;
    double *imbalance = calloc(N_BUS, sizeof *imbalance), *size = calloc(N_BUS, sizeof *size);
    for (cef_index b = 0; b < g->data.n_branch; b++) {
        const cef_index from = g->data.branch_from[b], to = g->data.branch_to[b];
        const double f = s->branch_p_from[b], t = s->branch_p_to ? s->branch_p_to[b] : -f;
        imbalance[from] -= f;
        imbalance[to] -= t;
        size[from] += fabs(f);
        size[to] += fabs(t);
        const double x = out->bus_intensity[f > 0.0 ? from : to];
        if (f * t < 0.0 && x == x)
            cr_assert(near(out->branch_carbon_from[b], f * x, fabs(f)) &&
                          near(out->branch_carbon_to[b], t * x, fabs(t)) &&
                          near(out->branch_carbon_loss[b], (f + t) * x, fabs(f)),
                      "branch %d", b);
    }
    for (cef_index k = 0; k < g->data.n_gen; k++) {
        imbalance[g->data.gen_bus[k]] += s->gen_p[k];
        if (s->gen_p[k] > 0.0)
            cr_assert(near(out->gen_carbon[k], s->gen_p[k] * s->gen_intensity[k], s->gen_p[k]), "gen %d", k);
    }
    for (cef_index k = 0; k < g->data.n_load; k++) {
        const double x = out->bus_intensity[g->data.load_bus[k]];
        imbalance[g->data.load_bus[k]] -= s->load_p[k];
        if (s->load_p[k] >= 0.0 && x == x)
            cr_assert(near(out->load_carbon[k], s->load_p[k] * x, s->load_p[k]), "load %d", k);
    }
    for (cef_index bus = 0; bus < N_BUS; bus++)
        cr_assert(near(out->bus_imbalance[bus], imbalance[bus], size[bus]), "bus %d: %g, not %g", bus,
                  out->bus_imbalance[bus], imbalance[bus]);
    free(imbalance);
    free(size);
}

/* What flags say stands in the other columns too. */
static void expect_flags(const cef_solution *out, const cef_solver *solver)
{
    for (cef_index bus = 0; bus < N_BUS; bus++) {
        const int32_t flags = out->bus_flags[bus];
        cr_assert(!(flags & CEF_BUS_UNDEFINED) == !isnan(out->bus_intensity[bus]) &&
                      !(flags & CEF_BUS_IN_LOOP) == (out->bus_block[bus] < 0) &&
                      !(flags & CEF_BUS_IMBALANCED) == !(fabs(out->bus_imbalance[bus]) > solver->settings.balance_tol),
                  "bus %d: flags %d", bus, flags);
        cr_assert(out->bus_block[bus] == solver->order.block[bus], "bus %d: block %d", bus, out->bus_block[bus]);
    }
    cr_assert(solver->order.n_block > 0);
}

static void expect_same(const large *g, const double *a, const double *b, const char *what)
{
    const cef_solution x = columns(g, (double *) a, 0), y = columns(g, (double *) b, 0);
    const size_t bytes = (size_t) ((double *) x.bus_block - x.bus_intensity + (ptrdiff_t) g->rows[10]) * sizeof(double);
    cr_assert(memcmp(x.bus_intensity, y.bus_intensity, bytes) == 0, "%s", what);
}

/* A copy of the snapshot in which about one branch in `every` carries its power the other way. */
static cef_snapshot reversed(const large *g, double *memory, int every)
{
    cef_snapshot s = g->snapshot;
    double *from = memory, *to = memory + g->data.n_branch;
    for (cef_index b = 0; b < g->data.n_branch; b++) {
        const double f = s.branch_p_from[b], t = s.branch_p_to ? s.branch_p_to[b] : -f;
        from[b] = b % every == 0 ? t : f;
        to[b] = b % every == 0 ? f : t;
    }
    s.branch_p_from = from;
    s.branch_p_to = to;
    return s;
}

static void prove(int32_t numbering)
{
    large g = large_open(numbering);
    double *first = memory_of(&g), *other = memory_of(&g);
    double *powers = calloc(2 * (size_t) g.data.n_branch, sizeof *powers);
    cef_solver *solver = solver_of(&g, lanes_widest());
    solve(&g, solver, &g.snapshot, first, 0);
    const cef_solution out = columns(&g, first, 0);
    expect_sums(&g, &out);
    expect_flags(&out, solver);
    solve(&g, solver, &g.snapshot, other, 1); /* odd columns */
    memmove(other, other + 1, (g.total + COLUMNS) * sizeof *other);
    expect_same(&g, first, other, "columns elsewhere");
    for (int every = 3; every <= 30000; every *= 100) { /* rebuilt, and whatever becomes of few changes */
        const cef_snapshot before = reversed(&g, powers, every);
        solve(&g, solver, &before, other, 0);
        solve(&g, solver, &g.snapshot, other, 0);
        expect_same(&g, first, other, "after other snapshots");
    }
    cef_solver_destroy(solver);
    for (int32_t width = LANES_PORTABLE; width <= lanes_widest(); width++) {
        cef_solver *at_width = solver_of(&g, width);
        solve(&g, at_width, &g.snapshot, other, 0);
        expect_same(&g, first, other, "another width");
        cef_solver_destroy(at_width);
    }
    free(first);
    free(other);
    free(powers);
    large_close(&g);
}

Test(large, natural_numbering) { prove(CEF_NUMBERING_NATURAL); }

Test(large, random_numbering) { prove(CEF_NUMBERING_RANDOM); }

/* Every arc leads to a higher level, but inside a loop; every bus has one place. */
static void expect_order(const large *g, const cef_solver *solver)
{
    const order_state *o = &solver->order;
    for (cef_index b = 0; b < g->data.n_branch; b++) {
        const bool forward = o->code[b] == FLOW_FORWARD, reverse = o->code[b] == FLOW_REVERSE;
        const cef_index from = g->data.branch_from[b], to = g->data.branch_to[b];
        const cef_index tail = forward ? from : to, head = forward ? to : from;
        if (forward || reverse)
            cr_assert(order_level_of(o, tail) < order_level_of(o, head) ||
                          (o->block[tail] >= 0 && o->block[tail] == o->block[head]),
                      "branch %d", b);
    }
    for (cef_index bus = 0; bus < N_BUS; bus++)
        cr_assert(o->bus_at[o->place[bus]] == bus, "bus %d", bus);
}

Test(large, chunks_or_none)
{
    large g = large_open(CEF_NUMBERING_NATURAL);
    double *chunked = memory_of(&g), *whole = memory_of(&g);
    double *powers = calloc(2 * (size_t) g.data.n_branch, sizeof *powers);
    cef_solver *by_chunks = solver_of(&g, lanes_widest()), *at_once = solver_of(&g, lanes_widest());
    cr_assert_gt(by_chunks->order.n_chunk, 1);
    at_once->order.n_chunk = 1;
    at_once->order.chunk_shift = 31;
    for (int every = 2; every <= 200000; every *= 10) { /* the last reverses one branch: an order is repaired */
        const cef_snapshot now = reversed(&g, powers, every);
        solve(&g, by_chunks, &now, chunked, 0);
        solve(&g, at_once, &now, whole, 0);
        expect_same(&g, chunked, whole, "chunks");
        expect_order(&g, by_chunks);
        expect_order(&g, at_once);
        cr_assert(by_chunks->order.n_block == at_once->order.n_block);
        cr_assert(by_chunks->order.largest_block == at_once->order.largest_block);
    }
    cef_solver_destroy(by_chunks);
    cef_solver_destroy(at_once);
    free(chunked);
    free(whole);
    free(powers);
    large_close(&g);
}

/* Lanes behind the last bus hold anything, and nothing of it may get into a total: buses in lines, in no whole eights.
 */
static void expect_totals(cef_index n_bus, int32_t width)
{
    large g = large_of(CEF_NUMBERING_RANDOM, n_bus);
    double *load = malloc((size_t) g.data.n_load * sizeof *load), wanted = 0.0, size = 0.0;
    memcpy(load, g.snapshot.load_p, (size_t) g.data.n_load * sizeof *load);
    for (cef_index k = 0; k < g.data.n_load; k += 3)
        load[k] *= 0.5; /* so that something is missing */
    g.snapshot.load_p = load;
    double *x = malloc(2 * (size_t) n_bus * sizeof *x), *imbalance = x + n_bus;
    cef_solution out = {.struct_size = sizeof out, .bus_intensity = x, .bus_imbalance = imbalance};
    cef_solve_info info = {.struct_size = sizeof info};
    cef_solver *solver = solver_of(&g, width);
    const cef_status status = cef_solver_solve(solver, &g.snapshot, &out, &info, NULL);
    for (cef_index bus = 0; bus < n_bus; bus++) {
        wanted += x[bus] == x[bus] ? imbalance[bus] * x[bus] : 0.0;
        size += fabs(imbalance[bus]);
    }
    cr_assert(status == CEF_OK && size > 1.0 && near(info.total_mismatch, wanted, size) && info.conservation < 1e-9,
              "%d buses, width %d: %s, mismatch %g, not %g", n_bus, width, cef_status_name(status), info.total_mismatch,
              wanted);
    cef_solver_destroy(solver);
    large_close(&g);
    free(x);
    free(load);
}

Test(large, totals_of_networks_of_odd_sizes)
{
    for (int32_t width = LANES_PORTABLE; width <= lanes_widest(); width++)
        for (cef_index n_bus = (1 << 15) + 1; n_bus <= (1 << 15) + 8; n_bus++)
            expect_totals(n_bus, width);
}
