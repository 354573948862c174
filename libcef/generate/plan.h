/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room generate: how a grid is laid out before it is written into tables.
 *
 * The land is a square lattice of towns, walked along a Hilbert curve, so that consecutive towns are neighbours and
 * consecutive bus numbers are close. A town (feeder: one radial feeder) is a tree of 9..23 (48..80) buses with a few
 * meshes; lines join neighbouring towns. Every bus has a height (rolling hills plus a little noise) and power only runs
 * downhill, so the flow graph has no loop until loops are put in: a loop town holds a ring of buses of one height and
 * consecutive numbers - no other bus lies between them in the order (height, number) - around which a circulating flow
 * is added, so that its strongly connected component is the ring and nothing else. */
#ifndef CEF_GENERATE_PLAN_H
#define CEF_GENERATE_PLAN_H

#include "generate/chance.h"
#include "generate/generate.h"

/* Power is counted in units of 2^-10 MW until the tables are written: every sum is exact. */
typedef int64_t grid_power;
#define GRID_MW ((grid_power) 1024)

/* What makes transmission grids and feeders differ. Shares are per mille. */
typedef struct {
    cef_index town_size, town_jitter; /* mean buses of a town; its start moves by up to jitter - 1 */
    cef_index loop_towns;             /* one town in so many has a ring */
    cef_index parent_reach;           /* a bus hangs from one of so many buses before it */
    uint32_t mesh, circuit, link_circuit, link, both_fed;
    uint32_t unit, idle, load, negative_load;
    uint32_t hill, fall, noise;       /* heights: weight of the ground, fall from bus to bus, noise of a bus */
    grid_power least_flow, load_size; /* least power of a live branch or load; mean size of a load taken in passing */
    grid_power unit_divisor;          /* sizes of the fuel table are divided by it */
} grid_style;

typedef struct {
    const grid_style *style;
    uint64_t key;       /* the seed, mixed */
    int32_t kind;       /* CEF_GRID_* */
    int32_t curve_bits; /* the lattice has 2^bits x 2^bits places */
    cef_index n_bus, n_town, n_loop;
} grid_plan;

typedef struct {
    cef_index town, first, n; /* its number, its first bus, its buses */
    cef_index ring;           /* its first `ring` buses form a ring; 0: no loop here */
} grid_town;

enum { BRANCH_LIVE = 0, BRANCH_DEAD = 1, BRANCH_BOTH_FED = 2, BRANCH_NEGATIVE_LOSS = 3 };

/* The grid before numbering. One block of the context; with from = NULL add_branch only counts. */
typedef struct {
    /* buses */
    uint32_t *height;     /* [n_bus] */
    uint8_t *dead;        /* [n_bus] */
    cef_index *order;     /* [n_bus] downhill */
    cef_index *first_arc; /* [n_bus + 1] */
    grid_power *inflow;   /* [n_bus] what has arrived, net of what both-ends-fed branches take */
    grid_power *unit;     /* [n_bus] generation, 0 if none */
    grid_power *load;     /* [n_bus] signed, 0 if none */
    /* branches */
    cef_index *from, *to; /* [n_branch] power runs from -> to */
    uint8_t *kind;        /* [n_branch] BRANCH_* */
    grid_power *sent;     /* [n_branch] into the branch at `from` */
    grid_power *received; /* [n_branch] out of the branch at `to`; negative if both ends feed it */
    cef_index *arc;       /* [n_branch] live branches by sending bus */
    /* loops */
    cef_index *loop_branch; /* [n_loop] first of a ring's branches, which are consecutive; the last one closes it */
    cef_index *loop_length; /* [n_loop] 0: none */
    cef_index *shuffle;     /* [max(n_bus, n_branch)] */
    cef_index *place;       /* [n_bus] position of each bus in the tables */
    cef_index n_branch, n_loop;
} grid_draft;

/* ---- plan.c ---- */
void plan_init(grid_plan *plan, const cef_grid_options *options);
grid_town plan_town(const grid_plan *plan, cef_index town);
/* Position along a Hilbert curve through 2^bits x 2^bits places <-> place. */
void curve_place(int32_t bits, int64_t along, int32_t *x, int32_t *y);
int64_t curve_along(int32_t bits, int32_t x, int32_t y);
cef_index plan_town_at(const grid_plan *plan, int32_t x, int32_t y); /* -1: nobody lives there */

/* ---- wire.c ---- */
void draft_deaths(const grid_plan *plan, grid_draft *draft);
void draft_wires(const grid_plan *plan, grid_draft *draft); /* branches and rings, or only their number */

/* ---- land.c: heights of towns and buses; branches then run downhill ---- */
uint32_t plan_ground(const grid_plan *plan, cef_index town);
void draft_heights(const grid_plan *plan, grid_draft *draft);

/* ---- push.c ---- */
void draft_flows(const grid_plan *plan, grid_draft *draft);

/* ---- fuel.c ---- */
typedef struct {
    const char *name;
    uint32_t share;                        /* per mille of units */
    uint32_t mw_min, mw_max;               /* of a unit */
    uint32_t intensity_min, intensity_max; /* thousandths of tCO2/MWh */
} grid_fuel;
#define GRID_N_FUEL 7
extern const grid_fuel grid_fuels[GRID_N_FUEL];
uint8_t fuel_pick(const grid_plan *plan, uint64_t unit);
grid_power fuel_size(const grid_plan *plan, uint64_t unit);
double unit_intensity(const grid_plan *plan, uint64_t unit);

/* ---- tables.c ---- */
struct cef_grid {
    cef_context *ctx;
    size_t bytes; /* of this block, columns included */
    cef_id *bus_id;
    int32_t *bus_zone;
    cef_index *branch_from, *branch_to, *gen_bus, *load_bus;
    double *branch_p_from, *branch_p_to, *gen_p, *gen_intensity, *load_p, *load_intensity;
    uint8_t *gen_fuel;
    cef_index n_bus, n_branch, n_gen, n_load;
};
void tables_count(const grid_plan *plan, const grid_draft *draft, cef_index *n_gen, cef_index *n_load);
void tables_fill(const grid_plan *plan, grid_draft *draft, int32_t numbering, cef_grid *grid);

#endif /* CEF_GENERATE_PLAN_H */
