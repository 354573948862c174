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

enum { SIDE_LARGEST_LOOP = 256, SIDE_SMALL_LOOP = 3 };

typedef struct side_kernels side_kernels;

/* Eight elements of one kind: what is turned together. */
enum { TILE_BRANCH, TILE_GEN, TILE_LOAD, TILE_STORAGE, TILE_BUS, TILE_KINDS };

/* Consecutive buses of the sweep whose lists have the same lengths; of a loop, one run a bus. */
typedef struct {
    cef_index
        loop; /* not 0: the next `loop` runs are the buses of one loop, in elimination order; nothing else counts */
    cef_index count; /* buses */
    cef_index at;    /* into track */
    cef_index n_unit, n_in, n_out;
    bool kinds; /* exports or stores among the units: their totals are kept apart */
} side_run;

/* Some thousand buses that lie near each other, upstream of all later chunks. Tiles are read into lines when the first
 * chunk needs them; in the last one that does their results are written and their lines are free again. So what a chunk
 * works on stays in a near cache, however large the grid. */
typedef struct {
    cef_index run, open, close; /* first of the chunk in run, opens, closes; those of the next one end them */
} side_chunk;

/* Room for the lists of the schedule while it is made. */
typedef struct {
    cef_index *sequence; /* [n_bus] depth first: every bus after those upstream, members of a loop together */
    cef_index *chunk_of; /* [n_bus] */
    cef_index *depth;    /* [n_bus] arcs upstream within the chunk, by loops' first members */
    cef_index *stack, *cursor, *sorted; /* [n_bus] */
    uint16_t *length_class;             /* [n_bus] */
    cef_index *first, *last;            /* [n_tile] chunks */
    cef_index *free_slot;               /* [n_tile] */
    cef_index *count;                   /* [n_bus + 2] */
} side_plan;

/* Numbers of eight periods lie in lines of 64 bytes: first the intensities by bus, then that of loads which have none
 * of their own, then slots of sixteen lines for tiles in use: of branches what leaves its from and its to bus, of units
 * eight times what is drawn and eight times the intensity of what is injected, of buses their throughput. Power that
 * enters a bus is below 0. */
struct side_engine {
    const cef_network *net;
    const cef_settings *settings;
    const side_kernels *kernels; /* in the instruction set chosen */
    const cef_network *both;     /* as net, each branch twice: 2 b from -> to, 2 b + 1 to -> from */
    order_state order;           /* of `both` */
    uint8_t *seen;               /* [n_branch + 8] SIDE_FORWARD, SIDE_REVERSE: directions in the stretch */
    uint8_t *code;               /* [2 n_branch] FLOW_* of `both` */
    bool has_load_intensity;     /* the schedule's: loads have intensities of their own */
    cef_index *unit_start;       /* [n_bus + 1] into unit */
    cef_index *unit;             /* [n_unit] 8 tile + k: generators, loads and stores of a bus, in this order */
    cef_index first_tile[TILE_KINDS + 1];
    side_run *run; /* [2 n_bus] */
    cef_index n_run;
    side_chunk *chunk; /* [n_chunk + 1] */
    cef_index n_chunk;
    cef_index *opens, *closes; /* [n_tile] */
    cef_index *slot;           /* [n_tile] first line of the tile while it is in use */
    /* By bus in the order of the sweep: its x; then for each unit its power and its intensity, for each end at which
     * power may enter that end and the x it comes with, for each other end that end. Lines all. */
    cef_index *track;     /* [n_bus + 2 n_unit + 4 n_branch] */
    cef_index most_terms; /* of any bus: units and ends */
    double error_bound;   /* a priori, worst of all buses */
    side_plan plan;
    double *line;        /* [n_bus + 1 + 16 n_tile][8] */
    double *matrix;      /* [m][m + 1][8] of one loop; m at most SIDE_LARGEST_LOOP */
    double *pivot, *rhs; /* [m][8] */
    double *nothing;     /* [8] 0 */
};

static inline cef_index side_tiles_of(cef_index n) { return n / LANES + (n % LANES > 0); }

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
    /* Adds the directions of eight periods to seen; the same one may come more than once. */
    void (*classify)(side_engine *e, const cef_snapshot s[LANES]);
    /* Reads, solves, verifies and writes eight periods. */
    void (*solve)(side_engine *e, side_group *g);
};
extern const side_kernels side_kernels_portable, side_kernels_avx2, side_kernels_avx512;

/* ---- chunks.c: which buses are solved together ---- */
/* Fills plan.sequence, chunk_of and depth; returns the number of chunks. */
cef_index side_cut_chunks(side_engine *e);
/* Power may enter a bus at an end if the branch was seen to carry it there. */
static inline bool side_may_enter(const side_engine *e, cef_index bus, cef_index branch)
{
    return e->seen[branch] & (e->net->branch_from[branch] == bus ? SIDE_REVERSE : SIDE_FORWARD);
}

/* ---- tiles.c: which elements are read and written when ---- */
void side_list_units(side_engine *e); /* once, after carving */
void side_list_tiles(side_engine *e, cef_index n_chunk);

/* ---- schedule.c: in which order the lines are read ---- */
void side_carve_schedule(cef_arena *arena, side_engine *e);
void side_schedule(side_engine *e);

/* ---- union.c ---- */
void side_carve(cef_arena *arena, side_engine *e);
/* The network with every branch twice: only what room order reads, in part net's own arrays. */
void side_carve_both(cef_arena *arena, cef_network *both, const cef_network *net);
void side_fill_both(cef_network *both, const cef_network *net);
void side_set_width(side_engine *e, int32_t width);
/* Orders the union of the periods in seen; false: a loop is too large. */
bool side_order(side_engine *e, bool has_load_intensity);

#endif /* CEF_BATCH_SIDE_H */
