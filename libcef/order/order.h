/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room order: an upstream-first order of the flow graph's buses, its loops as blocks, and the layout in
 * which the numeric pass reads them. Kept while no branch changes its use, repaired when few do, else rebuilt. What is
 * computed from it never depends on how the order came about: sums run over ends in network order, blocks in
 * elimination order. */
#ifndef CEF_ORDER_ORDER_H
#define CEF_ORDER_ORDER_H

#include "flow/flow.h"

enum { ORDER_CHUNK = 14 };  /* buses of a chunk: 2^14 */
enum { ORDER_GENERAL = 6 }; /* runs of buses with 0..5 inflows are unrolled; from here on the count is read */

/* Consecutive places that are processed alike, eight side by side where they have 0..5 inflows. */
typedef struct {
    cef_index first, count; /* places */
    cef_index arc;          /* first arc slot */
    int32_t inflows;        /* arcs of each bus, 0..5; ORDER_GENERAL: more; -1: the places are one block */
} order_run;

typedef struct { /* of a chunk's buses that are ready: those taken end at one, those waiting at the other */
    cef_index taken, end;
} order_queue;

/* Whom a bus's ends lead to, as the levels are made. Each end has a bit, by which `leaves` tells whether an arc leaves
 * by it. Where most neighbours are numbered near each other these are steps, of the first seven ends whose steps fit
 * (bits 0 to 6); else buses, of the first four (the next three have bits 4 to 6). All other ends share the last bit. */
enum { ORDER_FIRST = 4, ORDER_STEPS = 8, ORDER_LAST_BIT = 7 };
typedef union {
    cef_index first[ORDER_FIRST];
    int16_t step[ORDER_STEPS]; /* the neighbour's number less the bus's own */
} order_neighbours;

typedef struct order_kernels order_kernels;

typedef struct {
    const cef_network *net;
    const order_kernels *kernels; /* in the instruction set chosen */
    bool valid;                   /* the order serves the branch uses in `code` */
    bool repaired;                /* since it was made: another one may serve them as well */
    uint8_t *code;                /* [n_branch] FLOW_* the order was made for */
    uint8_t *leaves;              /* [n_bus] bits of the ends by which arcs leave a bus (order_end_bit) */
    cef_index *inflows;           /* [n_bus] arcs into a bus */
    cef_index *group; /* [n_bus] ORDER_GROUPS level + 0..5 inflows, 6 more, 7 block; arcs outside blocks lead to higher
                         levels */
    cef_index *block; /* [n_bus] number of its loop by first bus, -1 none */
    cef_index n_level, n_level_built;
    cef_index n_block, largest_block;
    cef_index *block_start; /* [n_bus / 2 + 2] into block_bus */
    cef_index *block_bus;   /* [n_bus] members of every block in elimination order */
    cef_index *bus_at;      /* [n_bus + 8] bus by place in the order */
    cef_index *place; /* [n_bus + FLOW_SLACK] its inverse; place[n_bus] = n_bus is where no arc leads, behind it 0 */
    cef_index *arc_start;  /* [n_bus + 2] first arc slot of a place: its arcs lie together, in network order */
    cef_index *arc_source; /* [n_branch + FLOW_SLACK] by arc slot: place of the sending bus */
    cef_index *slot;       /* [n_branch + FLOW_SLACK] of every branch; of what is no arc one behind all */
    cef_index n_arc;
    order_run *run; /* [n_bus] */
    cef_index n_run;
    uint8_t *sends;    /* [n_bus + 8] by place: an arc leaves it; the last ones are waste */
    float *roundings;  /* [n_bus + 8] by place: K of the a-priori bound (order_bound), whole; rounded up from 2^24 on */
    cef_index n_chunk; /* of buses, as the levels are made */
    int32_t chunk_shift;
    bool near;                   /* neighbours are kept as steps */
    order_neighbours *neighbour; /* [n_bus] */
    uint8_t *end_bit;            /* [2 n_branch] of every branch's from end, then of every to end */
    /* scratch */
    order_queue *queue; /* [n_bus >> ORDER_CHUNK + 1] */
    cef_index *scratch; /* [order_scratch_size] */
    cef_index n_change; /* of the last update */
    int64_t version;    /* goes up with every layout */
} order_state;

enum { ORDER_REBUILT = 0, ORDER_REUSED = 1, ORDER_REPAIRED = 2 };

const order_kernels *order_kernels_of(int32_t width); /* LANES_* */
void order_carve(cef_arena *arena, order_state *order);
void order_prepare(order_state *order); /* once, after carving */
/* Makes the order serve `code`; returns ORDER_*. Allocates nothing. */
int32_t order_update(order_state *order, const uint8_t *code);

/* The a-priori bound |x - x^| <= K u / (1 - K u) x, claimed up to K u = 1/2, without a division and not less, roundings
 * and all: K u (1 + 2 K u) is larger by (K u)^2 (1 - 2 K u) / (1 - K u), 1 + 2 K u is exact for whole K, and its
 * product with K u is rounded by less than that for K > 1, for K = 1 not at all. Scaling by powers of two is exact. */
#define ORDER_MOST_ROUNDINGS 0x1p52
static inline double order_bound(double roundings)
{
    return roundings < ORDER_MOST_ROUNDINGS ? roundings * (0x1p-53 + roundings * 0x1p-105) : INFINITY;
}

enum { ORDER_GROUPS = 8, ORDER_GROUP_BLOCK = 7 }; /* of every level */
static inline cef_index order_level_of(const order_state *o, cef_index bus) { return o->group[bus] / ORDER_GROUPS; }

/* Does the branch at end e of the network carry an arc away from that end's bus? Into it? */
static inline bool order_leaves(const order_state *o, cef_index e)
{
    const cef_index key = o->net->end[e].key;
    return o->code[key >> 1] == FLOW_FORWARD + (key & 1);
}
static inline bool order_enters(const order_state *o, cef_index e)
{
    const cef_index key = o->net->end[e].key;
    return o->code[key >> 1] == FLOW_REVERSE - (key & 1);
}

/* The elimination pattern of a block of more than ORDER_DENSE buses: local rows, from the network's static fill.
 * start [m + 1]; later [..] local positions; local [n_bus] scratch by elimination position, -1 on entry and exit. */
enum { ORDER_DENSE = 64 };
void order_block_pattern(const order_state *o, cef_index block, int64_t *start, cef_index *later, cef_index *local);
/* A large block whose pattern is nearly full is eliminated dense and blocked. */
bool order_block_is_dense(const order_state *o, cef_index m, int64_t pattern_entries);
/* Doubles that the elimination of any block needs. */
size_t order_block_capacity(const cef_network *net);

#endif /* CEF_ORDER_ORDER_H */
