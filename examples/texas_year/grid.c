/* SPDX-License-Identifier: Apache-2.0 */
/* The grid: a MATPOWER case with costs and fuels, or a generated one with made-up costs and impedances. One store an
 * area is added at the bus of most load. */
#include "year.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const kind_names[KINDS] = {"coal", "gas", "nuclear", "hydro", "wind", "solar", "other"};
enum {
    COLUMN_RATING = 5,
    COLUMN_COST_MODEL = 0,
    COLUMN_N_COST = 3,
    COLUMN_COSTS = 4,
    GENERATED_BUSES = 2000,
    GENERATED_AREAS = 8
};
#define LEAST_SLOPE 1e-4 /* $/MWh for each MW: units of one cost share what is left */

static int8_t kind_of(const char *fuel)
{
    static const char *const names[OTHER] = {"coal", "ng", "nuclear", "hydro", "wind", "solar"};
    for (int8_t k = 0; k < OTHER; k++)
        if (strcmp(fuel, names[k]) == 0)
            return k;
    return OTHER;
}

static void allocate(year_grid *g)
{
    const size_t gen = (size_t) g->table.n_gen, branch = (size_t) g->table.n_branch, size = sizeof(double);
    g->intensity = take(gen, size), g->capacity = take(gen, size), g->participation = take(gen, size);
    g->kind = take(gen, 1), g->in_service = take(gen, 1);
    g->gen_area = take(gen, sizeof(int)), g->area = take((size_t) g->table.n_load, sizeof(int));
    g->storage_bus = take(MOST_AREAS, sizeof(cef_index)), g->store_mw = take(MOST_AREAS, size);
    if (!g->generated)
        return;
    g->price = take(gen, size), g->slope = take(gen, size), g->rating = take(branch, size);
    g->r = take(branch, size), g->x = take(branch, size);
}

/* ---- a case ---- */

static bool read_costs(const char *path, year_grid *g)
{
    const int n = g->table.n_gen;
    table_file file;
    if (!table_open(path, &file))
        return false;
    double *model = table_column(&file, "mpc.gencost", COLUMN_COST_MODEL, n);
    double *count = model ? table_column(&file, "mpc.gencost", COLUMN_N_COST, n) : NULL;
    g->slope = count ? table_column(&file, "mpc.gencost", COLUMN_COSTS, n) : NULL;
    g->price = g->slope ? table_column(&file, "mpc.gencost", COLUMN_COSTS + 1, n) : NULL;
    g->rating = g->price ? table_column(&file, "mpc.branch", COLUMN_RATING, g->table.n_branch) : NULL;
    bool good = g->rating != NULL;
    table_close(&file);
    for (int k = 0; good && k < n; k++) {
        good = (model[k] == 2 && count[k] == 3) ||
               fail_at(path, 0, "costs must be polynomials of three terms (model 2, n 3 in mpc.gencost)");
        g->slope[k] = fmax(2 * g->slope[k], LEAST_SLOPE);
    }
    free(model);
    free(count);
    return good;
}

static int zone_of(const year_grid *g, cef_index bus) { return atoi(cef_case_zone(g->source, bus)) - 1; }

static bool read_areas(const char *path, year_grid *g)
{
    for (cef_index bus = 0; bus < g->table.n_bus; bus++) {
        const int area = zone_of(g, bus);
        if (area < 0 || area >= MOST_AREAS)
            return fail_at(path, 0, "every bus must have an area from 1 to 32");
        g->n_area = area >= g->n_area ? area + 1 : g->n_area;
    }
    for (int k = 0; k < g->n_area; k++)
        snprintf(g->area_name[k], sizeof g->area_name[k], "%d", k + 1);
    return true;
}

static bool price_case(year_grid *g)
{
    const cef_factor_options factors = {.struct_size = sizeof factors, .fuel_factors = "ipcc2006"};
    cef_snapshot snapshot = {.struct_size = sizeof snapshot};
    cef_error error = {.struct_size = sizeof error};
    if (cef_case_price(g->source, &factors, NULL, &error) != CEF_OK ||
        cef_case_snapshot(g->source, &snapshot, &error) != CEF_OK)
        return fail("emission factors", &error);
    for (cef_index gen = 0; gen < g->table.n_gen; gen++) {
        g->intensity[gen] = snapshot.gen_intensity[gen];
        g->kind[gen] = kind_of(cef_case_fuel(g->source, gen));
        if (isnan(g->intensity[gen]))
            return fail_at(g->name, 0, "a unit's fuel has no emission factor");
    }
    return true;
}

static bool open_case(const char *path, year_grid *g)
{
    cef_case_info about = {.struct_size = sizeof about};
    cef_error error = {.struct_size = sizeof error};
    if (cef_case_read(g->ctx, path, &g->source, &error) != CEF_OK ||
        cef_case_describe(g->source, &about, &error) != CEF_OK ||
        cef_network_describe(cef_case_network(g->source), &g->table, &error) != CEF_OK ||
        cef_case_powerflow(g->source, &g->wires, &g->base, &error) != CEF_OK)
        return fail(path, &error);
    memcpy(g->name, about.name, sizeof about.name);
    allocate(g);
    if (!read_costs(path, g) || !read_areas(path, g) || !price_case(g))
        return false;
    for (cef_index gen = 0; gen < g->table.n_gen; gen++) {
        g->capacity[gen] = g->wires.gen_capacity ? g->wires.gen_capacity[gen] : 0;
        g->gen_area[gen] = zone_of(g, g->table.gen_bus[gen]);
    }
    for (cef_index load = 0; load < g->table.n_load; load++)
        g->area[load] = zone_of(g, g->table.load_bus[load]);
    return true;
}

/* ---- a generated grid ---- */

static int generated_area(const year_grid *g, cef_index bus)
{
    return (int) ((int64_t) bus * GENERATED_AREAS / g->table.n_bus);
}

/* Costs in the order that such units have today; the unit's place in the table tells two of a kind apart. */
static void make_up_costs(year_grid *g, const cef_snapshot *at)
{
    static const double price[KINDS] = {18, 16, 7, 0, 0, 0, 70}, spread[KINDS] = {4, 8, 1, 0, 0, 0, 20};
    for (cef_index gen = 0; gen < g->table.n_gen; gen++) {
        const int kind = g->kind[gen];
        g->capacity[gen] = 1.6 * fmax(at->gen_p[gen], 1);
        g->price[gen] = price[kind] + spread[kind] * ((gen * 37) % 101) / 100;
        g->slope[gen] = kind == COAL || kind == GAS ? 0.005 : LEAST_SLOPE;
    }
}

/* A branch at its power in the generated operating point turns by 0.003 radian at most. */
static void make_up_wires(year_grid *g, const cef_snapshot *at)
{
    for (cef_index b = 0; b < g->table.n_branch; b++) {
        g->x[b] = fmin(fmax(0.3 / fmax(fabs(at->branch_p_from[b]), 1), 2e-4), 0.01);
        g->r[b] = g->x[b] / 10;
    }
    g->wires =
        (cef_powerflow_data){.struct_size = sizeof g->wires, .base_mva = 100, .branch_r = g->r, .branch_x = g->x};
}

static bool open_generated(year_grid *g)
{
    const cef_grid_options options = {.struct_size = sizeof options, .seed = 2016, .n_bus = GENERATED_BUSES};
    cef_snapshot at = {.struct_size = sizeof at};
    cef_error error = {.struct_size = sizeof error};
    cef_grid *made = NULL;
    bool good = cef_grid_create(g->ctx, &options, &made, &error) == CEF_OK &&
                cef_case_from_grid(g->ctx, made, "generated", &g->source, &error) == CEF_OK;
    cef_grid_destroy(made);
    if (!good || cef_network_describe(cef_case_network(g->source), &g->table, &error) != CEF_OK ||
        cef_case_snapshot(g->source, &at, &error) != CEF_OK)
        return fail("generated grid", &error);
    g->generated = true;
    snprintf(g->name, sizeof g->name, "a generated grid");
    allocate(g);
    g->n_area = GENERATED_AREAS;
    for (cef_index gen = 0; gen < g->table.n_gen; gen++) {
        g->intensity[gen] = at.gen_intensity[gen];
        g->kind[gen] = kind_of(cef_case_fuel(g->source, gen));
        g->gen_area[gen] = generated_area(g, g->table.gen_bus[gen]);
    }
    for (cef_index load = 0; load < g->table.n_load; load++)
        g->area[load] = generated_area(g, g->table.load_bus[load]);
    for (int k = 0; k < g->n_area; k++)
        snprintf(g->area_name[k], sizeof g->area_name[k], "%d", k + 1);
    make_up_costs(g, &at);
    make_up_wires(g, &at);
    g->base = (cef_injections){.struct_size = sizeof g->base, .gen_p = at.gen_p, .load_p = at.load_p};
    return true;
}

/* ---- both ---- */

/* Only what draws power follows the load of its area. */
static void add_areas(year_grid *g)
{
    double most[MOST_AREAS] = {0};
    for (cef_index load = 0; load < g->table.n_load; load++) {
        const double mw = g->base.load_p[load];
        const int area = g->area[load];
        if (mw <= 0 || (g->table.load_kind && g->table.load_kind[load] != CEF_LOAD_DEMAND)) {
            g->area[load] = -1;
            continue;
        }
        g->area_mw[area] += mw;
        if (mw > most[area]) {
            most[area] = mw;
            g->storage_bus[area] = g->table.load_bus[load];
        }
    }
    for (int k = 0; k < g->n_area; k++)
        g->store_mw[k] = round(STORE_SHARE * g->area_mw[k]);
}

static bool add_stores(year_grid *g)
{
    cef_error error = {.struct_size = sizeof error};
    g->table.storage_bus = g->storage_bus;
    g->table.n_storage = g->n_area;
    if (cef_network_create(g->ctx, &g->table, &g->net, &error) != CEF_OK)
        return fail("network", &error);
    memset(g->in_service, 1, (size_t) g->table.n_gen);
    g->wires.gen_in_service = g->in_service;
    g->wires.gen_capacity = g->capacity;
    return true;
}

bool grid_open(const year_options *o, year_grid *g)
{
    cef_error error = {.struct_size = sizeof error};
    *g = (year_grid){.table = {.struct_size = sizeof g->table},
                     .wires = {.struct_size = sizeof g->wires},
                     .base = {.struct_size = sizeof g->base}};
    if (cef_context_create(NULL, &g->ctx, &error) != CEF_OK)
        return fail("context", &error);
    if (!(o->case_path ? open_case(o->case_path, g) : open_generated(g)))
        return false;
    add_areas(g);
    return add_stores(g);
}

void grid_close(year_grid *g)
{
    void *const owned[] = {g->intensity,  g->capacity, g->price,       g->slope,        g->kind,
                           g->in_service, g->area,     g->gen_area,    g->rating,       g->r,
                           g->x,          g->store_mw, g->storage_bus, g->participation};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++)
        free(owned[k]);
    cef_network_destroy(g->net);
    cef_case_destroy(g->source);
    cef_context_destroy(g->ctx);
    *g = (year_grid){0};
}

double grid_total(const year_grid *g, int kind)
{
    double mw = 0;
    for (cef_index gen = 0; gen < g->table.n_gen; gen++)
        mw += g->kind[gen] == kind ? g->capacity[gen] : 0;
    return mw;
}
