/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room sparse: orderings, strongly connected components, and the subtraction-free elimination.
 * The only room that names AMD, BLAS and KLU. Kernels take raw arrays and allocate nothing. */
#ifndef CEF_SPARSE_SPARSE_H
#define CEF_SPARSE_SPARSE_H

#include "base/base.h"

/* ---- static elimination order of an undirected graph: one AMD order and its symbolic fill, computed once ----
 * The pattern of row k (in elimination positions) lists, ascending, the later positions that are joined to k in the
 * filled graph. Any subset of the buses, eliminated in this order, fills inside this pattern. */
typedef struct {
    cef_context *ctx;
    cef_index n;
    cef_index *position; /* [n] elimination position of a bus */
    int64_t *start;      /* [n + 1] */
    cef_index *later;    /* [start[n]] later positions joined to k, ascending */
    void *memory, *pattern_memory;
    size_t memory_size, pattern_size;
} static_order;
/* adjacency: CSR of the undirected graph without self-loops (duplicates allowed): start [n + 1], neighbour [start[n]].
 */
cef_status static_order_create(cef_context *ctx, cef_index n, const cef_index *start, const cef_index *neighbour,
                               static_order *out, cef_error *error);
void static_order_destroy(static_order *order);
/* The same, step by step, in the caller's memory. work: static_order_work(n, start[n]) bytes, 8-byte aligned, one for
 * all three; static_order_store right after static_order_count. */
size_t static_order_work(cef_index n, size_t entries); /* 0: too large */
void static_order_find(cef_index n, const cef_index *start, const cef_index *neighbour, cef_index *position,
                       void *work); /* position [n] out */
/* fill [n + 1] out: as static_order.start */
void static_order_count(cef_index n, const cef_index *start, const cef_index *neighbour, cef_index *position,
                        int64_t *fill, void *work);
/* later [fill[n]] out */
void static_order_store(cef_index n, const cef_index *start, const cef_index *neighbour, cef_index *position,
                        int64_t *fill, cef_index *later, void *work);

/* ---- strongly connected components: Tarjan 1972, SIAM J. Comput. 1(2) 146-160, without recursion ----
 * arcs start [n + 1], head [start[n]]; component [n] out: 0 .. count - 1 in reverse topological order; work [5 n]. */
cef_index scc_find(cef_index n, const cef_index *start, const cef_index *head, cef_index *component, cef_index *work);

/* ---- subtraction-free elimination (Grassmann, Taksar, Heyman 1985; Alfa, Xue, Ye 2002) ----
 * Solves (D - W) x = r, W >= 0 without diagonal, where the diagonal is never formed but comes from an excess >= 0:
 *   GTH_ROWS     d_i = excess_i + sum_j w_ij (what flows in)
 *   GTH_COLUMNS  d_j = excess_j + sum_i w_ij (what flows out)
 * Only sums, products and quotients of non-negative numbers. Returns false when a pivot is not positive, or when a
 * multiplier leaves [1e-150, 1e150] (then products may underflow): *ranged tells which. */
typedef enum { GTH_ROWS = 0, GTH_COLUMNS = 1 } gth_form;

/* Dense, row-major w [m x m] (diagonal ignored): overwritten by the factors; d [m] out; excess [m] overwritten. */
bool gth_dense_factor(cef_index m, double *w, double *excess, double *d, gth_form form, bool *ranged);
/* The same with panels and one matrix product a panel (dgemm where BLAS is built in); m >= 1. */
bool gth_blocked_factor(cef_index m, double *w, double *excess, double *d, gth_form form, bool *ranged);
void gth_dense_solve(cef_index m, const double *w, const double *d, double *x);            /* x in: r, out: x */
void gth_dense_solve_transposed(cef_index m, const double *w, const double *d, double *x); /* A^T y = l */
/* C[rows x columns] += A[rows x inner] B[inner x columns], row-major with leading dimension ld for all three. */
void gth_product(cef_index rows, cef_index columns, cef_index inner, const double *a, const double *b, double *c,
                 cef_index ld);
const char *sparse_build_info(void); /* static: what this room was built with */

/* Sparse on a static pattern: row k holds later[start[k] .. start[k+1]) ascending (local positions 0 .. m - 1).
 * upper[p]: w_kj, lower[p]: w_jk for j = later[p]; both overwritten by the factors. work: 3 m doubles and 2 m indices.
 */
typedef struct {
    cef_index m;
    const int64_t *start;
    const cef_index *later;
    double *upper, *lower;
    double *excess, *d;
    double *row, *column; /* [m] accumulators, zero on entry and exit */
    cef_index *next;      /* [m] */
    cef_index *head;      /* [m] */
    int64_t *cursor;      /* [m] */
} gth_sparse;
bool gth_sparse_factor(const gth_sparse *s, gth_form form, bool *ranged);
void gth_sparse_solve(const gth_sparse *s, double *x);
void gth_sparse_solve_transposed(const gth_sparse *s, double *x);

/* Multipliers outside this range void the relative bounds (products could underflow). */
#define GTH_TINY 1e-150

/* ---- LU of a square sparse matrix in compressed columns (sparse/klu.c): Davis, Palamadai Natarajan 2010, TOMS 37(3)
 * ---- The pattern is analysed once; every factorisation after the first keeps its pivots as long as the caller finds
 * its solutions accurate, and then KLU allocates nothing. KLU's own memory is outside the context. */
typedef struct sparse_lu sparse_lu;
typedef enum { LU_OK = 0, LU_SINGULAR = 1, LU_NO_MEMORY = 2 } lu_outcome;
/* start [n + 1], row [start[n]] without duplicates: borrowed, they must outlive the LU. n = 0 is allowed. Columns are
 * eliminated in the order they stand in, so number unknowns by a fill-reducing order (static_order). */
cef_status lu_create(cef_context *ctx, cef_index n, const cef_index *start, const cef_index *row, sparse_lu **out,
                     cef_error *error);
lu_outcome lu_analyse(sparse_lu *lu);                       /* done by the first factorisation if not before */
lu_outcome lu_factor(sparse_lu *lu, const double *value);   /* chooses pivots anew */
lu_outcome lu_refactor(sparse_lu *lu, const double *value); /* keeps the pivots there are; factors if there are none */
lu_outcome lu_solve(sparse_lu *lu, double *x);              /* x [n] in: right-hand side, out: solution; factored */
cef_index lu_singular_column(const sparse_lu *lu); /* after LU_SINGULAR: the column without pivot, -1 unknown */
void lu_destroy(sparse_lu *lu);                    /* NULL allowed */

#endif /* CEF_SPARSE_SPARSE_H */
