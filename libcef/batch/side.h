/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room batch: eight periods side by side. A stretch of periods shares one order, that of the union of their flow
 * graphs: an arc in each direction that occurs, 0 MW where a period does not use it. The numeric pass is then the same
 * for all periods: no branch depends on a direction, and adding 0 x_j is exact. Where a union has no loop, or
 * only trees of branches that turn round (list.c), the bits are those of the solver; a bus in or behind another loop of
 * the union is within the bounds of both. What a period needs that this form does not give (bad input, negative
 * intensities, power without origin, a figure that would not be certified) makes it odd: the solver has the last word
 * on it. */
#ifndef CEF_BATCH_SIDE_H
#define CEF_BATCH_SIDE_H

#include "batch/parts.h"
#include "lanes/lanes.h"

enum { SIDE_LARGEST_LOOP = 256, SIDE_SMALL_LOOP = 4 };
enum { SIDE_CHUNK = 2048 }; /* buses; a loop is never cut */
enum { SIDE_MOST_LEADERS = 2 * (SIDE_CHUNK + SIDE_LARGEST_LOOP) };

typedef struct side_kernels side_kernels;

/* Eight elements of one kind: what is turned together. */
enum { TILE_BRANCH, TILE_GEN, TILE_LOAD, TILE_STORAGE, TILE_BUS, TILE_KINDS };

/* Consecutive buses of the sweep whose lists have the same lengths; of a loop, one run a bus. */
typedef struct {
    cef_index
        loop; /* not 0: the next `loop` runs are the buses of one loop, in elimination order; at is all that counts */
    cef_index count; /* buses */
    cef_index at;    /* into track; of a loop into fill */
    cef_index n_unit, n_in, n_out;
    bool kinds; /* exports or stores among the units: their totals are kept apart */
    bool ahead; /* the first of two looks at buses of trees: units and inflows only */
} side_run;

/* Some thousand buses that lie near each other, upstream of all later chunks. Tiles are read into lines when the first
 * chunk needs them; in the last one that does their results are written and their lines are free again. So what a chunk
 * works on stays in a near cache, however large the grid. */
typedef struct {
    cef_index run, open, close; /* first of the chunk in run, opens, closes; those of the next one end them */
} side_chunk;

/* A bus on the way that the walk takes; low as Tarjan's. */
typedef struct {
    cef_index bus, low;
    cef_index next, end; /* inflows that were not looked at yet */
} side_visit;
enum { SIDE_UNMET = 0, SIDE_LISTED = INT32_MAX };

/* A bus in the sequence. */
typedef struct {
    double roundings;   /* K of the a-priori bound (order/roundings.c) */
    cef_index position; /* in the sequence */
    cef_index step;     /* list.c: after what is upstream in the chunk; of an eliminated loop, one for all */
} side_place;

/* What is sorted within a chunk: a bus, a look ahead at one, or the first member of a loop. */
typedef struct {
    cef_index bus, step, length_class;
} side_leader;

/* Room for the lists of the schedule while it is made. */
typedef struct {
    network_end *end; /* [n_end + 1] of each bus, by network.end_start: first the ends at which power may enter, from
                         the back those at which it may not. branch: twice the branch, 1 more at its to end; 0 */
    cef_index *first_out;   /* [n_bus] where the former end */
    uint16_t *length_class; /* [n_bus] of the lists of a bus: track.h */
    cef_index *number;      /* [n_bus] in the order in which buses are met, SIDE_UNMET, or SIDE_LISTED */
    side_place *place;      /* [n_bus] */
    side_visit *path;       /* [n_bus] where the walk is */
    cef_index *held;        /* [n_bus] met, and not listed yet */
    cef_index *sequence;    /* [n_bus] every bus after those upstream, members of a loop together */
    uint16_t *loop;         /* [n_bus] by position: 0 no loop, else its length; at its first member */
    cef_index *ahead;       /* [n_bus] by position: 0 no look ahead, else one more than its step */
    cef_index *parent;      /* [n_bus] of a bus that is looked at ahead: the one that is priced before its last look */
    uint8_t *in_loop;       /* [n_bus] scratch by elimination position, 0 on entry and exit */
    cef_index *chunk_of;    /* [n_bus] */
    side_leader *leader, *sorted; /* [SIDE_MOST_LEADERS] */
    cef_index *first, *last;      /* [n_tile] chunks */
    cef_index *asked;             /* [n_bus / 8] the last chunk that may ask for one of eight buses */
    cef_index *frees;             /* [n_tile] whose slots are free after a chunk, by chunk */
    cef_index *free_slot;         /* [n_tile] */
    cef_index *count;             /* [n_bus + 2] where a chunk's end in the list that was made last */
} side_plan;

/* Numbers of eight periods lie in lines of 64 bytes: first the intensity of loads which have none of their own, then
 * one of zeros, then slots of sixteen lines for tiles in use: of branches what leaves its from and its to bus, below 0
 * what enters; of units eight times what is injected, below 0 what is drawn, and eight times its intensity; of buses
 * eight times the intensity and eight times the throughput. */
enum { SIDE_LINE_OF_LOADS = 0, SIDE_NOTHING = 1, SIDE_FIRST_SLOT = 2 };
struct side_engine {
    const cef_network *net;
    const cef_settings *settings;
    const side_kernels *kernels; /* in the instruction set chosen */
    uint8_t *seen;               /* [n_branch + 8] SIDE_FORWARD, SIDE_REVERSE: directions in the stretch */
    uint8_t *ordered;            /* [n_branch + 8] the same of the stretch that the schedule was made for */
    uint8_t *denied;  /* [n_tile + SIDE_DENIED_AHEAD] of branches: 1, a to end did not take what its from end gave */
    bool valid, fits; /* there was one; no loop of it was too large */
    bool has_load_intensity; /* the schedule's: loads have intensities of their own */
    cef_index n_loop, largest_loop;
    uint8_t *unit_class;   /* [n_bus] units, at most 3, and SIDE_KINDS more if their kinds are told apart */
    cef_index *unit_start; /* [n_bus + 1] into unit */
    cef_index *unit;       /* [n_unit + 1] 8 tile + k: generators, loads and stores of a bus, in this order; 0 */
    cef_index first_tile[TILE_KINDS + 1];
    side_run *run; /* [3 n_bus] */
    cef_index n_run;
    side_chunk *chunk; /* [n_chunk + 1] */
    cef_index n_chunk;
    cef_index *opens, *closes; /* [n_tile] */
    cef_index *slot;           /* [n_tile] first line of the tile while it is in use */
    /* By bus in the order of the sweep: its x; then for each unit its power and its intensity, for each end at which
     * power may enter that end and the x it comes with, for each other end that end: eight times the number of a line.
     * Where the kinds of its units are told apart, the bus.
     * Then, of a bus of a loop, for each end at which power may enter the member that sends it and a line of zeros, or
     * the loop's length and the x it comes with. */
    cef_index *track;     /* [13 n_bus + 4 n_unit + 8 n_branch] */
    cef_index most_terms; /* of any bus: units and ends */
    double error_bound;   /* a priori, worst of all buses */
    side_plan plan;
    double *line;    /* [2 + 16 n_tile][8] */
    cef_index *fill; /* patterns of the eliminations of loops: fill.c */
    cef_index n_fill;
    double *row, *kept;  /* [m + 1][8], [m (m + 1) / 2][8] of one loop; m at most SIDE_LARGEST_LOOP */
    double *pivot, *rhs; /* [m][8] */
};

static inline cef_index side_line_of_bus(const side_engine *e, cef_index bus)
{
    return e->slot[e->first_tile[TILE_BUS] + (cef_index) ((uint32_t) bus / LANES)] +
           (cef_index) ((uint32_t) bus % LANES);
}

static inline cef_index side_tiles_of(cef_index n) { return n / LANES + (n % LANES > 0); }

enum { SIDE_DENIED_AHEAD = 32 }; /* tiles: so far ahead their to ends are fetched */
static inline size_t side_most_denied(const cef_network *net)
{
    return (size_t) side_tiles_of(net->n_branch) + SIDE_DENIED_AHEAD;
}

enum { SIDE_FORWARD = 1, SIDE_REVERSE = 2 };
enum { SIDE_KINDS = 4 };

/* Intensity of a bus that has none in a period: adds nothing where it arrives, and is told from 0 by its sign. */
#define SIDE_UNDEFINED (-0.0)

typedef struct { /* eight periods, the last one repeated where there are fewer */
    cef_snapshot in[LANES];
    cef_solution out[LANES];
    cef_index n_live;
    cef_index ahead;                 /* by so many periods are those in memory that are solved next; 0: unknown */
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

/* ---- walk.c: the union's loops, and a sequence in which all upstream of a bus stands before it ---- */
/* Makes plan.end, first_out and length_class those of the union in seen; ordered: what they are of now, if e->valid. */
void side_sort_ends(side_engine *e);
/* Fills sequence, loop, ahead, place and chunk_of; the bound, and the number of chunks. False: a loop is too large. */
bool side_walk(side_engine *e);

/* ---- list.c: what is said of a bus, or of the members of a loop, when it is their turn ---- */
typedef struct {
    side_engine *e;
    cef_index listed, chunk, chunk_start; /* chunk_start: in the sequence */
    double most;                          /* roundings */
} side_list;
void side_list_bus(side_list *l, cef_index bus);
void side_list_loop(side_list *l, cef_index *member, cef_index m); /* sorts them */

/* ---- tiles.c: which elements are read and written when ---- */
void side_list_units(side_engine *e); /* once */
void side_list_tiles(side_engine *e);

/* ---- schedule.c: in which order the lines are read ---- */
void side_carve_schedule(cef_arena *arena, side_engine *e);
void side_schedule(side_engine *e);

/* ---- fill.c: what is not 0 in the elimination of a loop ---- */
size_t side_most_fill(const cef_network *net); /* of all loops of any union */
/* Appends to fill the pattern of the loop whose members stand at first_position and after it in the sequence. */
void side_fill_loop(side_engine *e, cef_index first_position, cef_index m);

/* ---- pages.c: which pages of the caller's rows come into use ---- */
enum { SIDE_PAGE = 4096 / sizeof(double), SIDE_MOST_PAGES = 1024 };
typedef struct {
    const double *at[SIDE_MOST_PAGES]; /* an address in each */
    cef_index n, next;                 /* next: not looked up yet */
} side_pages;
/* Those that the next chunk reads, which may be one of the next periods, and this one writes. */
void side_list_pages(const side_engine *e, const side_group *g, cef_index chunk, side_pages *p);

/* ---- union.c ---- */
void side_carve(cef_arena *arena, side_engine *e);
void side_prepare(side_engine *e); /* once, after carving */
void side_set_width(side_engine *e, int32_t width);
/* Orders the union of the periods in seen; false: a loop is too large. */
bool side_order(side_engine *e, bool has_load_intensity);

#endif /* CEF_BATCH_SIDE_H */
