/* SPDX-License-Identifier: Apache-2.0 */
#include "grid_facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *zeros(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size);
    if (!p)
        abort();
    return p;
}

test_grid test_grid_make(cef_index n_bus, uint64_t seed, int32_t kind, int32_t numbering)
{
    test_grid g = {.net = {.struct_size = sizeof g.net}, .now = {.struct_size = sizeof g.now}};
    const cef_grid_options options = {sizeof options, seed, n_bus, kind, numbering, 0};
    if (cef_context_create(NULL, &g.ctx, NULL) || cef_grid_create(g.ctx, &options, &g.grid, NULL) ||
        cef_grid_network(g.grid, &g.net, NULL) || cef_grid_snapshot(g.grid, &g.now, NULL))
        abort();
    return g;
}

void test_grid_end(test_grid *g)
{
    cef_context_destroy(g->ctx); /* the grid keeps it alive */
    cef_grid_destroy(g->grid);
}

/* ---- power ---- */
static int64_t units(double mw) { return (int64_t) (mw * 1024.0); }

double worst_imbalance(const test_grid *g)
{
    int64_t *rest = zeros((size_t) g->net.n_bus, sizeof *rest), worst = 0;
    for (cef_index k = 0; k < g->net.n_branch; k++) {
        rest[g->net.branch_from[k]] -= units(g->now.branch_p_from[k]);
        rest[g->net.branch_to[k]] -= units(g->now.branch_p_to[k]);
    }
    for (cef_index k = 0; k < g->net.n_gen; k++)
        rest[g->net.gen_bus[k]] += units(g->now.gen_p[k]);
    for (cef_index k = 0; k < g->net.n_load; k++)
        rest[g->net.load_bus[k]] -= units(g->now.load_p[k]);
    for (cef_index bus = 0; bus < g->net.n_bus; bus++)
        worst = llabs(rest[bus]) > worst ? llabs(rest[bus]) : worst;
    free(rest);
    return (double) worst / 1024.0;
}

static bool column_is_multiple(const double *mw, cef_index n)
{
    for (cef_index k = 0; k < n; k++)
        if (!(fabs(mw[k]) < 1e9) || mw[k] * 1024.0 != floor(mw[k] * 1024.0))
            return false;
    return true;
}

bool powers_are_multiples(const test_grid *g)
{
    return column_is_multiple(g->now.branch_p_from, g->net.n_branch) &&
           column_is_multiple(g->now.branch_p_to, g->net.n_branch) && column_is_multiple(g->now.gen_p, g->net.n_gen) &&
           column_is_multiple(g->now.load_p, g->net.n_load);
}

cef_index count_dead_buses(const test_grid *g)
{
    char *powered = zeros((size_t) g->net.n_bus, 1);
    for (cef_index k = 0; k < g->net.n_branch; k++) {
        powered[g->net.branch_from[k]] |= g->now.branch_p_from[k] != 0.0;
        powered[g->net.branch_to[k]] |= g->now.branch_p_to[k] != 0.0;
    }
    for (cef_index k = 0; k < g->net.n_gen; k++)
        powered[g->net.gen_bus[k]] |= g->now.gen_p[k] != 0.0;
    for (cef_index k = 0; k < g->net.n_load; k++)
        powered[g->net.load_bus[k]] |= g->now.load_p[k] != 0.0;
    cef_index n = 0;
    for (cef_index bus = 0; bus < g->net.n_bus; bus++)
        n += !powered[bus];
    free(powered);
    return n;
}

/* ---- wires ---- */
static cef_index root_of(cef_index *parent, cef_index bus)
{
    while (parent[bus] != bus)
        bus = parent[bus] = parent[parent[bus]];
    return bus;
}

cef_index count_islands(const test_grid *g)
{
    cef_index *parent = zeros((size_t) g->net.n_bus, sizeof *parent), n = g->net.n_bus;
    for (cef_index bus = 0; bus < n; bus++)
        parent[bus] = bus;
    for (cef_index k = 0; k < g->net.n_branch; k++) {
        const cef_index a = root_of(parent, g->net.branch_from[k]), b = root_of(parent, g->net.branch_to[k]);
        n -= a != b;
        parent[a] = b;
    }
    free(parent);
    return n;
}

/* ---- loops: Tarjan with an explicit stack ---- */
typedef struct {
    cef_index *start, *target;     /* arcs by sending bus */
    cef_index *seen, *low, *part;  /* [n_bus] visit number from 1; lowest reached; component or -1 */
    cef_index *open, *path, *next; /* [n_bus] stacks and positions */
    cef_index *size, *depth;       /* [n_part] */
    cef_index n_open, n_seen, n_part;
} tarjan;

static bool arc_of(const test_grid *g, cef_index k, cef_index *from, cef_index *to)
{
    const bool forward = g->now.branch_p_from[k] > 0.0 && g->now.branch_p_to[k] < 0.0;
    *from = forward ? g->net.branch_from[k] : g->net.branch_to[k];
    *to = forward ? g->net.branch_to[k] : g->net.branch_from[k];
    return forward || (g->now.branch_p_from[k] < 0.0 && g->now.branch_p_to[k] > 0.0);
}

static void list_arcs(const test_grid *g, tarjan *t)
{
    cef_index from = 0, to = 0;
    for (cef_index k = 0; k < g->net.n_branch; k++)
        if (arc_of(g, k, &from, &to))
            t->start[from + 2]++;
    for (cef_index bus = 0; bus < g->net.n_bus; bus++)
        t->start[bus + 2] += t->start[bus + 1];
    for (cef_index k = 0; k < g->net.n_branch; k++)
        if (arc_of(g, k, &from, &to))
            t->target[t->start[from + 1]++] = to;
}

static void open_bus(tarjan *t, cef_index bus, cef_index *depth)
{
    t->seen[bus] = t->low[bus] = ++t->n_seen;
    t->open[t->n_open++] = bus;
    t->next[bus] = t->start[bus];
    t->path[++*depth] = bus;
}

/* Components close downstream first: the longest path below a component is known when it closes. */
static void close_part(tarjan *t, cef_index bus)
{
    const cef_index part = t->n_part++;
    cef_index member = -1, first = t->n_open;
    do {
        member = t->open[--first];
        t->part[member] = part;
        t->size[part]++;
    } while (member != bus);
    for (cef_index k = first; k < t->n_open; k++)
        for (cef_index a = t->start[t->open[k]]; a < t->start[t->open[k] + 1]; a++) {
            const cef_index below = t->part[t->target[a]];
            if (below != part && t->depth[below] + 1 > t->depth[part])
                t->depth[part] = t->depth[below] + 1;
        }
    t->n_open = first;
}

static void visit(tarjan *t, cef_index root)
{
    cef_index depth = -1;
    open_bus(t, root, &depth);
    while (depth >= 0) {
        const cef_index bus = t->path[depth];
        if (t->next[bus] < t->start[bus + 1]) {
            const cef_index to = t->target[t->next[bus]++];
            if (t->seen[to] == 0)
                open_bus(t, to, &depth);
            else if (t->part[to] < 0 && t->seen[to] < t->low[bus])
                t->low[bus] = t->seen[to];
            continue;
        }
        if (t->low[bus] == t->seen[bus])
            close_part(t, bus);
        if (--depth >= 0 && t->low[bus] < t->low[t->path[depth]])
            t->low[t->path[depth]] = t->low[bus];
    }
}

loop_facts find_loops(const test_grid *g)
{
    const size_t n = (size_t) g->net.n_bus;
    cef_index *block = zeros(9 * n + 2 + (size_t) g->net.n_branch, sizeof *block);
    tarjan t = {.seen = block,
                .low = block + n,
                .part = block + 2 * n,
                .open = block + 3 * n,
                .path = block + 4 * n,
                .next = block + 5 * n,
                .size = block + 6 * n,
                .depth = block + 7 * n,
                .start = block + 8 * n,
                .target = block + 9 * n + 2};
    memset(t.part, -1, n * sizeof *t.part);
    list_arcs(g, &t);
    for (cef_index bus = 0; bus < g->net.n_bus; bus++)
        if (t.seen[bus] == 0)
            visit(&t, bus);
    loop_facts facts = {0, 1, 0};
    for (cef_index k = 0; k < t.n_part; k++) {
        facts.n_loop += t.size[k] > 1;
        facts.largest = t.size[k] > facts.largest ? t.size[k] : facts.largest;
        facts.longest_path = t.depth[k] > facts.longest_path ? t.depth[k] : facts.longest_path;
    }
    free(block);
    return facts;
}

/* ---- hashes ---- */
static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t k = 0; k < size; k++) /* FNV-1a */
        hash = (hash ^ bytes[k]) * UINT64_C(1099511628211);
    return hash;
}

#define FNV_START UINT64_C(14695981039346656037)

uint64_t hash_columns(const test_grid *g)
{
    const size_t bus = (size_t) g->net.n_bus, branch = (size_t) g->net.n_branch, gen = (size_t) g->net.n_gen,
                 load = (size_t) g->net.n_load;
    uint64_t hash = mix(FNV_START, g->net.bus_id, bus * sizeof *g->net.bus_id);
    hash = mix(hash, g->net.bus_zone, bus * sizeof *g->net.bus_zone);
    hash = mix(hash, g->net.branch_from, branch * sizeof *g->net.branch_from);
    hash = mix(hash, g->net.branch_to, branch * sizeof *g->net.branch_to);
    hash = mix(hash, g->now.branch_p_from, branch * sizeof(double));
    hash = mix(hash, g->now.branch_p_to, branch * sizeof(double));
    hash = mix(hash, g->net.gen_bus, gen * sizeof *g->net.gen_bus);
    hash = mix(hash, g->now.gen_p, gen * sizeof(double));
    hash = mix(hash, g->now.gen_intensity, gen * sizeof(double));
    hash = mix(hash, g->net.load_bus, load * sizeof *g->net.load_bus);
    hash = mix(hash, g->now.load_p, load * sizeof(double));
    return mix(hash, g->now.load_intensity, load * sizeof(double));
}

/* The sum of the rows' hashes does not depend on their order. */
uint64_t hash_physics(const test_grid *g)
{
    const cef_id *id = g->net.bus_id;
    uint64_t sum = 0;
    for (cef_index k = 0; k < g->net.n_bus; k++) {
        const double row[2] = {(double) id[k], (double) g->net.bus_zone[k]};
        sum += mix(FNV_START, row, sizeof row);
    }
    for (cef_index k = 0; k < g->net.n_branch; k++) {
        const double row[4] = {(double) id[g->net.branch_from[k]], (double) id[g->net.branch_to[k]],
                               g->now.branch_p_from[k], g->now.branch_p_to[k]};
        sum += mix(FNV_START + 1, row, sizeof row);
    }
    for (cef_index k = 0; k < g->net.n_gen; k++) {
        const double row[3] = {(double) id[g->net.gen_bus[k]], g->now.gen_p[k], g->now.gen_intensity[k]};
        const char *fuel = cef_grid_gen_fuel(g->grid, k);
        sum += mix(mix(FNV_START + 2, row, sizeof row), fuel, strlen(fuel));
    }
    for (cef_index k = 0; k < g->net.n_load; k++) {
        const double row[3] = {(double) id[g->net.load_bus[k]], g->now.load_p[k], g->now.load_intensity[k]};
        sum += mix(FNV_START + 3, row, sizeof row);
    }
    return sum;
}
