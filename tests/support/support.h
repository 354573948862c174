/* SPDX-License-Identifier: Apache-2.0 */
/* The door of the tests' own library: models of grids, a PRNG, a way to run the solver through the public ABI, and a
 * reference that implements docs/theory.md from scratch in rational arithmetic. It shares no code with libcef. */
#ifndef CEF_TESTS_SUPPORT_H
#define CEF_TESTS_SUPPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <cef/cef.h>
#include <gmp.h>

/* ---- dice.c: splitmix64, the same on every machine ---- */
typedef struct {
    uint64_t state;
} dice;
uint64_t dice_next(dice *d);
double dice_unit(dice *d);                                      /* [0, 1), 53 bits */
cef_index dice_below(dice *d, cef_index n);                     /* 0 .. n-1 */
cef_index dice_between(dice *d, cef_index low, cef_index high); /* both inclusive */
bool dice_chance(dice *d, double probability);

/* ---- model.c: tables of a grid and its one snapshot; rows are appended, everything may be edited afterwards ---- */
typedef struct {
    cef_index n_bus, n_branch, n_gen, n_load, n_storage;
    cef_index capacity_branch, capacity_gen, capacity_load, capacity_storage;
    cef_index *from, *to, *gen_bus, *load_bus, *storage_bus;
    int32_t *load_kind;
    double *p_from, *p_to, *gen_p, *gen_e, *load_p, *load_e, *storage_p, *storage_e;
    bool has_load_e; /* else load_intensity is passed as NULL */
} model;
model model_make(cef_index n_bus);
model model_copy(const model *m);
void model_free(model *m);
cef_index model_branch(model *m, cef_index from, cef_index to, double p_from, double p_to);
cef_index model_arc(model *m, cef_index sender, cef_index receiver, double sent, double received);
cef_index model_gen(model *m, cef_index bus, double p, double intensity);
cef_index model_load(model *m, cef_index bus, double p); /* CEF_LOAD_DEMAND */
cef_index model_load_kind(model *m, cef_index bus, double p, int32_t kind, double intensity);
cef_index model_storage(model *m, cef_index bus, double p, double intensity);
cef_network_data model_network(const model *m);
cef_snapshot model_snapshot(const model *m);
/* Bialek's four-bus grid, IEE Proc. GTD 143(4) 1996, with units at 0.875 and 0.525 tCO2/MWh. */
model model_bialek(void);

/* ---- random.c: random grids; all powers are multiples of 2^-10 MW and buses balance exactly ---- */
enum {
    RANDOM_LOOPS = 1,    /* branches may run against the order of the buses */
    RANDOM_PARALLEL = 2, /* parallel circuits, some in opposite directions */
    RANDOM_DEAD = 4,     /* buses and branches without power, branch ends below the threshold */
    RANDOM_NEGATIVE_LOSS = 8,
    RANDOM_BOTH_FED = 16, /* both ends take power, also branches with from = to */
    RANDOM_NEGATIVE = 32, /* negative loads and units, each with an intensity */
    RANDOM_STORAGE = 64,
    RANDOM_KINDS = 128,     /* shunts and exports */
    RANDOM_IMBALANCE = 256, /* some buses miss their balance, by either sign */
    RANDOM_ALL = 511
};
model random_model(dice *d, cef_index n_bus, unsigned options);
/* Moves the powers of a fraction of the branches, some across zero, and balances every bus again. */
void random_walk(dice *d, model *m, double fraction);
/* A loop of m buses fed with `share` of the circulating power, balanced to the last bit; arcs are cycles and paths. */
model random_loop(dice *d, cef_index n_bus, int share_bits);

/* ---- answer.c: the solver, through <cef/cef.h> only ---- */
typedef struct {
    cef_status status;
    cef_error error;
    cef_solve_info info;
    cef_solution out;
    double *memory; /* owns every array of out */
    size_t size;    /* bytes of memory */
} answer;
typedef struct {
    cef_context *ctx;
    cef_network *net;
    cef_solver *solver;
} session;
cef_settings settings_of(int32_t loss_policy);
/* Aborts the test program if a handle cannot be made: not what is being tested. allocator may be NULL. */
session session_open(const model *m, const cef_settings *settings, const cef_allocator *allocator);
void session_close(session *s);
answer answer_make(const model *m); /* every byte poisoned, so that an output left unwritten is seen */
void answer_free(answer *a);
void session_solve(const session *s, const model *m, answer *a);
answer model_solve(const model *m, const cef_settings *settings); /* open, solve, close */
uint64_t fnv1a(uint64_t hash, const void *data, size_t n);
#define FNV1A_START 14695981039346656037ull
/* Hash of every result that is promised to the bit; n_* of the model. */
uint64_t answer_hash(uint64_t hash, const model *m, const answer *a);

/* ---- counting.c: an allocator that counts, and can say no once ---- */
typedef struct {
    long asked;   /* allocations so far */
    long live;    /* not yet freed */
    size_t bytes; /* not yet freed, by the sizes that free was told */
    long fail_at; /* the number of the allocation to refuse, from 1; 0: none */
} counting;
cef_allocator counting_allocator(counting *c);

/* ---- reference.c: orientation, threshold, netting, policies of docs/theory.md, on exact rationals ---- */
typedef struct {
    cef_index sender, receiver, branch;
    double sent, received;
} ref_arc;
typedef struct {
    const model *m;
    cef_settings settings;
    double split; /* a of the policy: 0 sending, 1 consumer */
    cef_index n_arc;
    ref_arc *arc;                  /* [n_arc] what transfers, after threshold and netting */
    mpq_t *power;                  /* [n_bus] sources' MW at the bus, after netted mixing */
    mpq_t *carbon;                 /* [n_bus] sources' tCO2/h at the bus, after netted mixing */
    mpq_t *x;                      /* [n_bus] exact intensity, if solved */
    long double *drain;            /* [n_bus] loads, loss loads, charging, exports, MW */
    long double *loss_load;        /* [n_bus] the both-ends-fed part of drain */
    long double *residual, *added; /* [n_bus] imbalance before mismatch units; the units, MW */
    long double *served, *local;   /* [n_bus] netted mixing: MW served at the local mix, and the mix */
    long double *loads;            /* [n_bus] what netted mixing serves from */
    long double *intensity;        /* [n_bus] x rounded; 0 where not live */
    bool *supplied;                /* [n_bus] live, or what comes is from buses that send what they do not have */
    bool *live;                    /* [n_bus] has throughput and an upstream path to a source */
    cef_index *block;              /* [n_bus] component number; blocks of two buses or more by first bus, -1 none */
    cef_index n_block, largest_block;
    cef_index n_negative_loss, n_both_fed, n_both_deliver;
    bool unfed_loop;      /* a loop that no source feeds */
    bool negative_column; /* consumer, split: a bus of a loop has a negative column excess */
    bool undrained_loop;  /* consumer, split: a bus of a loop has no downstream path to column excess */
} reference;
reference ref_open(const model *m, const cef_settings *settings);
void ref_close(reference *r);
/* MW that the arc brings into the receiver's throughput, and MW whose carbon it carries over. */
void ref_arc_weights(const reference *r, const ref_arc *arc, mpq_t brings, mpq_t carries);
/* Row `bus` of the system: diagonal MW (throughput) without the off-diagonals. */
void ref_throughput(const reference *r, cef_index bus, mpq_t throughput);
void ref_solve(reference *r); /* exact, dense, fraction-free; for up to some tens of buses */
long double mpq_long(const mpq_t q);
/* |value - exact| / |exact|, exactly computed, rounded at the end; 0/0 is 0. */
double relative_error(double value, const mpq_t exact);

/* ---- compare.c: NULL, or what differs (in a static buffer) ---- */
typedef struct {
    long double generation, load, loss, export_, storage, mismatch;
} ref_totals;
ref_totals ref_sum(const reference *r);
/* Intensities within the certified bounds of the exact ones, flags, throughput, imbalance. */
const char *compare_buses(const reference *r, const answer *a);
/* Carbon on branches, units, loads, storage and the totals, within `tolerance` relative to their size. */
const char *compare_elements(const reference *r, const answer *a, double tolerance);
/* Certified, conserved by its own totals and by the element outputs. */
const char *compare_certificate(const model *m, const answer *a);

#endif /* CEF_TESTS_SUPPORT_H */
