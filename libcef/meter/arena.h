/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room meter: a leader's arena. Rows, members, arcs; what is left after the arcs is where loops are solved. */
#ifndef CEF_METER_ARENA_H
#define CEF_METER_ARENA_H

#include "meter/meter.h"

typedef struct {
    uint32_t meter, version;
    double mw, carbon, bound;
    double intensity, error;           /* of the result */
    int32_t first_arc, n_arcs, n_held; /* n_held: arcs that came */
    int32_t place;                     /* in the closed set being solved, -1 not in it */
    bool known;                        /* the row itself came, not only arcs of it */
    bool fed, solved, powered, undefined;
} arena_row;

typedef struct {
    uint32_t source;
    int32_t row; /* the source's, while solving */
    double mw;   /* 0: not come yet */
} arena_arc;

struct meter_arena {
    const cef_meter_rules *rules;
    arena_row *row;  /* [most_rows] ascending by meter */
    int32_t *member; /* [most_rows] rows of the closed set */
    arena_arc *arc;  /* [most_arcs] and no further than end */
    char *end;
    int32_t most_rows, most_arcs, n_rows, n_arcs;
    int32_t turn, n_solved;
    int32_t waited;             /* rounds since a row was completed */
    int32_t n_seen, look;       /* rows in a row, the next one `look`, that were found complete with all sources */
    int32_t want_row, want_arc; /* where naming of missing members goes on */
    int32_t n_asked;            /* equations asked for so far */
    int32_t given;              /* items given of the first row that is not solved */
    uint32_t since_news;        /* rounds */
    bool dirty;
};

enum { ARENA_DENSE = 64 }; /* loops up to this size are dense, as in the central solution */

static inline bool arena_is_whole(const arena_row *row) { return row->known && row->n_held == row->n_arcs; }
arena_row *arena_find(meter_arena *arena, uint32_t meter); /* NULL: not there */
void arena_drop(meter_arena *arena, const arena_row *row);

/* Joins the arcs of all rows at the front. */
void arena_close_gaps(meter_arena *arena);

/* ---- the elimination (arena_solve.c) ---- */

/* Bytes in which m rows can be solved; 0: too large. fill: of their graph's order. */
size_t arena_dense_room(int32_t m);
size_t arena_sparse_room(int32_t m, int32_t n_arcs, int64_t fill);

/* Solves rows member[0 .. m), which are closed and marked, into their intensity and error. False: the room is too
 * small, or the numbers leave the range in which bounds hold. */
bool arena_eliminate(meter_arena *arena, int32_t m);

/* ---- the graph of a loop (arena_graph.c): who is joined to whom, and in which order to eliminate ---- */

typedef struct {
    cef_index m, n_arcs;
    cef_index *from, *to;           /* [n_arcs] the caller's input: ends by place, any direction */
    cef_index *position;            /* [m] */
    cef_index *start, *neighbour;   /* [m + 1], [2 n_arcs] both directions, ascending */
    int64_t *fill;                  /* [m + 1] later positions joined to each position: fill[m] in all */
    cef_index *other_start, *other; /* as start and neighbour, in the order of the arcs */
    void *work;                     /* of room sparse's static order; static_order_store needs it again */
} loop_graph;
/* False: too large. */
bool loop_graph_carve(cef_arena *arena, loop_graph *graph, cef_index m, cef_index n_arcs);
void loop_graph_order(loop_graph *graph); /* after from and to are filled */

#endif /* CEF_METER_ARENA_H */
