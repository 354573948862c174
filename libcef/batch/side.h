/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room batch: eight periods side by side. A stretch of periods shares one order, that of the union of their flow
 * graphs: an arc in each direction that occurs, 0 MW where a period does not use it. The numeric pass is then the same
 * for all periods: no branch depends on a direction, and adding 0 x_j is exact. Where a union has no loop the bits are
 * those of the solver; a bus in or behind a loop of the union is within the bounds of both. What a period needs that
 * this form does not give (bad input, negative intensities, power without origin, a figure that would not be certified)
 * makes it odd: the solver has the last word on it. */
#ifndef CEF_BATCH_SIDE_H
#define CEF_BATCH_SIDE_H

#include "batch/parts.h"
#include "lanes/lanes.h"

enum { SIDE_LARGEST_LOOP = ORDER_DENSE };

typedef struct side_kernels side_kernels;

/* Consecutive buses of the sweep whose lists have the same lengths; of a loop, one run a bus. */
typedef struct {
    cef_index
        loop; /* not 0: the next `loop` runs are the buses of one loop, in elimination order; nothing else counts */
    cef_index count; /* buses */
    cef_index at;    /* into track */
    cef_index n_unit, n_in, n_out;
    bool kinds; /* exports or stores among the units: their totals are kept apart */
} side_run;

/* Numbers of eight periods lie in lines of 64 bytes, so numbered: what leaves its bus at each end of a branch (2 b
 * from, 2 b + 1 to), what a unit draws, then the intensities: of buses, then of what units inject. Power that enters a
 * bus is below 0. */
typedef struct {
    cef_index gen, load, storage, x, gen_x, load_x, storage_x, n;
} side_lines;

struct side_engine {
    const cef_network *net;
    const cef_settings *settings;
    const side_kernels *kernels; /* in the instruction set chosen */
    const cef_network *both;     /* as net, each branch twice: 2 b from -> to, 2 b + 1 to -> from */
    order_state order;           /* of `both` */
    uint8_t *seen;               /* [n_branch + 8] SIDE_FORWARD, SIDE_REVERSE: directions in the stretch */
    uint8_t *code;               /* [2 n_branch] FLOW_* of `both` */
    cef_index *unit_start;       /* [n_bus + 1] into unit */
    cef_index *unit;             /* [n_unit] lines of generators, loads and stores of a bus, in this order */
    side_run *run;               /* [2 n_bus] */
    cef_index n_run;
    cef_index *sorted; /* [n_bus] of one level */
    /* By bus in the order of the sweep: its x; then for each unit its power and its intensity, for each end at which
     * power may enter that end and the x it comes with, for each other end that end. Lines all. */
    cef_index *track;     /* [n_bus + 2 n_unit + 4 n_branch] */
    cef_index most_terms; /* of any bus: units and ends */
    double error_bound;   /* a priori, worst of all buses */
    side_lines lines;
    double *line;                           /* [lines.n][8] */
    double *power;                          /* [n_bus][8] MW through the bus */
    double *matrix;                         /* [64 x 64][8] of one loop */
    double *excess, *pivot, *rhs, *through; /* [64][8] */
};

enum { SIDE_FORWARD = 1, SIDE_REVERSE = 2 };

/* Intensity of a bus that has none in a period: adds nothing where it arrives, and is told from 0 by its sign. */
#define SIDE_UNDEFINED (-0.0)

typedef struct { /* eight periods, the last one repeated where there are fewer */
    cef_snapshot in[LANES];
    cef_solution out[LANES];
    cef_index n_live;
    bool has_to, has_load_intensity; /* not NULL */
    bool wants_bus, wants_throughput, wants_from, wants_to, wants_loss, wants_gen, wants_load, wants_storage;
    /* findings, one a period */
    double odd[LANES]; /* not 0: for the solver */
    double least_source[LANES], most_source[LANES];
    double least[LANES], most[LANES], smallest[LANES]; /* of intensities; smallest above 0 */
    double backward[LANES], balance[LANES], mismatch[LANES];
    double generation[LANES], load[LANES], loss[LANES], exported[LANES], storage[LANES], stored_in[LANES];
} side_group;

struct side_kernels {
    /* Adds the directions of one period to seen. */
    void (*classify)(side_engine *e, const cef_snapshot *s);
    /* The lines of eight periods but for the intensities of buses. */
    void (*read)(side_engine *e, side_group *g);
    /* Intensities, verified row by row. */
    void (*solve)(side_engine *e, side_group *g);
    /* Rows of results and totals. */
    void (*write)(side_engine *e, side_group *g);
};
extern const side_kernels side_kernels_portable, side_kernels_avx2, side_kernels_avx512;

/* ---- schedule.c: in which order the lines are read ---- */
void side_carve_schedule(cef_arena *arena, side_engine *e);
size_t side_count_lines(const cef_network *net);
void side_list_units(side_engine *e); /* once, after carving */
void side_schedule(side_engine *e);

/* ---- union.c ---- */
void side_carve(cef_arena *arena, side_engine *e);
/* The network with every branch twice: only what room order reads, in part net's own arrays. */
void side_carve_both(cef_arena *arena, cef_network *both, const cef_network *net);
void side_fill_both(cef_network *both, const cef_network *net);
void side_set_width(side_engine *e, int32_t width);
/* Orders the union of the periods in seen; false: a loop is too large. */
bool side_order(side_engine *e);

#endif /* CEF_BATCH_SIDE_H */
