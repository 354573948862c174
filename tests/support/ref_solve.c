/* SPDX-License-Identifier: Apache-2.0 */
/* The linear system of section 1 in integers, solved by Bareiss's fraction-free elimination (Math. Comp. 22, 1968): the
 * answer is exact, whatever the loops look like. */
#include <math.h>
#include <stdlib.h>

#include "support.h"

/* Theory 1.1: what arrives as power, and what carries the sender's intensity over. */
void ref_arc_weights(const reference *r, const ref_arc *arc, mpq_t brings, mpq_t carries)
{
    mpq_t share;
    mpq_init(share);
    mpq_set_d(brings, arc->received);
    mpq_set_d(carries, arc->sent);
    mpq_set_d(share, r->settings.loss_policy == CEF_LOSS_HALF ? 0.5 : r->split);
    mpq_sub(carries, carries, brings);
    mpq_mul(carries, carries, share);
    mpq_add(carries, carries, brings);
    if (r->settings.loss_policy == CEF_LOSS_HALF)
        mpq_set(brings, carries);
    mpq_clear(share);
}

void ref_throughput(const reference *r, cef_index bus, mpq_t throughput)
{
    mpq_t brings, carries;
    mpq_inits(brings, carries, NULL);
    mpq_set(throughput, r->power[bus]);
    for (cef_index a = 0; a < r->n_arc; a++)
        if (r->arc[a].receiver == bus) {
            ref_arc_weights(r, &r->arc[a], brings, carries);
            mpq_add(throughput, throughput, brings);
        }
    mpq_clears(brings, carries, NULL);
}

/* ---- dense integer rows: n coefficients and the right-hand side ---- */
typedef struct {
    cef_index n, width;
    mpz_t *entry;
    cef_index *bus; /* [n] of each row and column */
} integers;

static mpz_t *at(const integers *A, cef_index row, cef_index column) { return &A->entry[row * A->width + column]; }

/* Row scaled by the common denominator. */
static void set_row(integers *A, cef_index row, mpq_t *q)
{
    mpz_t scale;
    mpz_init_set_ui(scale, 1);
    for (cef_index k = 0; k < A->width; k++)
        mpz_lcm(scale, scale, mpq_denref(q[k]));
    for (cef_index k = 0; k < A->width; k++) {
        mpz_divexact(*at(A, row, k), scale, mpq_denref(q[k]));
        mpz_mul(*at(A, row, k), *at(A, row, k), mpq_numref(q[k]));
    }
    mpz_clear(scale);
}

static void fill_row(const reference *r, const cef_index *column_of, cef_index row, integers *A, mpq_t *q)
{
    const cef_index bus = A->bus[row];
    mpq_t brings, carries;
    mpq_inits(brings, carries, NULL);
    for (cef_index k = 0; k < A->width; k++)
        mpq_set_ui(q[k], 0, 1);
    ref_throughput(r, bus, q[row]);
    mpq_set(q[A->n], r->carbon[bus]);
    for (cef_index a = 0; a < r->n_arc; a++) {
        if (r->arc[a].receiver != bus)
            continue;
        ref_arc_weights(r, &r->arc[a], brings, carries);
        const cef_index column = column_of[r->arc[a].sender];
        if (column >= 0) /* what nothing feeds brings power without carbon */
            mpq_sub(q[column], q[column], carries);
    }
    set_row(A, row, q);
    mpq_clears(brings, carries, NULL);
}

static void swap_rows(integers *A, cef_index a, cef_index b)
{
    for (cef_index k = 0; k < A->width && a != b; k++)
        mpz_swap(*at(A, a, k), *at(A, b, k));
}

/* False if singular. */
static bool eliminate(integers *A)
{
    mpz_t previous, other;
    mpz_init_set_ui(previous, 1);
    mpz_init(other);
    bool regular = true;
    for (cef_index k = 0; k < A->n && regular; k++) {
        cef_index pivot = k;
        while (pivot < A->n && mpz_sgn(*at(A, pivot, k)) == 0)
            pivot++;
        regular = pivot < A->n;
        if (!regular)
            break;
        swap_rows(A, k, pivot);
        for (cef_index i = k + 1; i < A->n; i++) {
            for (cef_index j = k + 1; j < A->width; j++) {
                mpz_mul(*at(A, i, j), *at(A, i, j), *at(A, k, k));
                mpz_mul(other, *at(A, i, k), *at(A, k, j));
                mpz_sub(*at(A, i, j), *at(A, i, j), other);
                mpz_divexact(*at(A, i, j), *at(A, i, j), previous);
            }
            mpz_set_ui(*at(A, i, k), 0);
        }
        mpz_set(previous, *at(A, k, k));
    }
    mpz_clears(previous, other, NULL);
    return regular;
}

/* x_k = y_k / det with integer y. */
static void substitute(integers *A, mpq_t *x)
{
    const cef_index n = A->n;
    mpz_t det, product;
    mpz_inits(det, product, NULL);
    mpz_set(det, *at(A, n - 1, n - 1));
    for (cef_index k = n - 1; k >= 0; k--) {
        mpz_t *y = at(A, k, n);
        mpz_mul(*y, *y, det);
        for (cef_index j = k + 1; j < n; j++) {
            mpz_mul(product, *at(A, k, j), *at(A, j, n));
            mpz_sub(*y, *y, product);
        }
        mpz_divexact(*y, *y, *at(A, k, k));
        mpz_set(mpq_numref(x[A->bus[k]]), *y);
        mpz_set(mpq_denref(x[A->bus[k]]), det);
        mpq_canonicalize(x[A->bus[k]]);
    }
    mpz_clears(det, product, NULL);
}

void ref_solve(reference *r)
{
    const cef_index n_bus = r->m->n_bus;
    cef_index *column_of = malloc(2 * (size_t) n_bus * sizeof *column_of);
    if (!column_of)
        abort();
    integers A = {.bus = column_of + n_bus};
    for (cef_index bus = 0; bus < n_bus; bus++) {
        column_of[bus] = r->live[bus] ? A.n : -1;
        if (r->live[bus])
            A.bus[A.n++] = bus;
    }
    A.width = A.n + 1;
    A.entry = malloc((size_t) (A.width * A.width) * sizeof *A.entry);
    mpq_t *q = malloc((size_t) A.width * sizeof *q);
    if (!A.entry || !q)
        abort();
    for (cef_index k = 0; k < A.width * A.width; k++)
        mpz_init(A.entry[k]);
    for (cef_index k = 0; k < A.width; k++)
        mpq_init(q[k]);
    for (cef_index row = 0; row < A.n; row++)
        fill_row(r, column_of, row, &A, q);
    if (A.n > 0 && eliminate(&A))
        substitute(&A, r->x);
    for (cef_index bus = 0; bus < n_bus; bus++)
        r->intensity[bus] = r->live[bus] ? mpq_long(r->x[bus]) : 0.0L;
    for (cef_index k = 0; k < A.width * A.width; k++)
        mpz_clear(A.entry[k]);
    for (cef_index k = 0; k < A.width; k++)
        mpq_clear(q[k]);
    free(A.entry), free(q), free(column_of);
}

/* mpq_get_d cuts towards zero; the remainder gives the bits that a long double holds beyond it. */
long double mpq_long(const mpq_t q)
{
    mpq_t rest;
    mpq_init(rest);
    const double high = mpq_get_d(q);
    mpq_set_d(rest, high);
    mpq_sub(rest, q, rest);
    const long double value = (long double) high + (long double) mpq_get_d(rest);
    mpq_clear(rest);
    return value;
}

double relative_error(double value, const mpq_t exact)
{
    if (!isfinite(value))
        return INFINITY;
    mpq_t error;
    mpq_init(error);
    mpq_set_d(error, value);
    mpq_sub(error, error, exact);
    double result = mpq_sgn(error) == 0 ? 0.0 : INFINITY;
    if (mpq_sgn(error) != 0 && mpq_sgn(exact) != 0) {
        mpq_div(error, error, exact);
        result = fabs(mpq_get_d(error));
    }
    mpq_clear(error);
    return result;
}
