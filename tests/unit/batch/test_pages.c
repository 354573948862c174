/* SPDX-License-Identifier: Apache-2.0 */
/* Pages looked up ahead belong to rows that are read or written next. */
#include <criterion/criterion.h>

#include "batch/side.h"
#include "series.h"

enum { BUSES = 5000, PERIODS = 24 };

/* Rows of eight periods, without those of stores: the grid has none. */
static side_group group_at(const series *s, const outcome *o, cef_index first)
{
    side_group g = {.n_live = LANES, .ahead = first + 2 * LANES <= PERIODS ? LANES : 0};
    for (cef_index k = 0; k < LANES; k++) {
        const size_t t = (size_t) (first + k);
        g.in[k] = (cef_snapshot){.branch_p_from = s->p_from + t * (size_t) s->m.n_branch,
                                 .branch_p_to = s->p_to + t * (size_t) s->m.n_branch,
                                 .gen_p = s->gen_p + t * (size_t) s->m.n_gen,
                                 .load_p = s->load_p + t * (size_t) s->m.n_load};
        g.out[k] = (cef_solution){.bus_intensity = o->out.bus_intensity + t * (size_t) s->m.n_bus};
    }
    return g;
}

/* In which of the periods from `first` on `at` lies; -1: none of them. */
static cef_index period_of(const double *at, const double *rows, cef_index n, cef_index first, cef_index end)
{
    const uintptr_t from = (uintptr_t) (rows + (size_t) first * (size_t) n), here = (uintptr_t) at;
    const uintptr_t to = (uintptr_t) (rows + (size_t) end * (size_t) n);
    return here >= from && here < to ? first + (cef_index) ((here - from) / sizeof(double) / (size_t) n) : -1;
}

/* Addresses in each of the periods that are read, of powers, and written, of results, by one chunk. */
static void count_pages(const series *s, const outcome *o, const side_pages *p, cef_index first, cef_index *read,
                        cef_index *written)
{
    const double *const rows[] = {s->p_from, s->p_to, s->gen_p, s->load_p};
    const cef_index n[] = {s->m.n_branch, s->m.n_branch, s->m.n_gen, s->m.n_load};
    for (cef_index k = 0; k < p->n; k++) {
        cef_index t = period_of(p->at[k], o->out.bus_intensity, s->m.n_bus, first, first + LANES);
        written[t >= 0 ? t : PERIODS]++;
        for (int c = 0; c < 4 && t < 0; c++) {
            t = period_of(p->at[k], rows[c], n[c], 0, PERIODS);
            read[t >= 0 ? t : PERIODS] += t >= 0 || c == 3;
        }
    }
}

static bool opens_powers(const side_engine *e, cef_index chunk)
{
    const cef_index first = e->chunk[chunk].open;
    return first < e->chunk[chunk + 1].open && e->opens[first] < e->first_tile[TILE_BUS];
}

static void check_group(const series *s, const outcome *o, const side_engine *e, cef_index first)
{
    const side_group g = group_at(s, o, first);
    for (cef_index chunk = 0; chunk < e->n_chunk; chunk++) {
        cef_index read[PERIODS + 1] = {0}, written[PERIODS + 1] = {0};
        side_pages pages;
        side_list_pages(e, &g, chunk, &pages);
        count_pages(s, o, &pages, first, read, written);
        const bool last = chunk == e->n_chunk - 1;
        const bool reads = opens_powers(e, last ? 0 : chunk + 1) && !(last && g.ahead == 0);
        const cef_index next = last ? first + g.ahead : first;
        cr_assert(pages.next == 0 && pages.n <= SIDE_MOST_PAGES);
        cr_assert(read[PERIODS] == 0, "%d addresses in no row", read[PERIODS]);
        for (cef_index t = 0; t < PERIODS; t++) {
            cr_assert((read[t] > 0) == (reads && t >= next && t < next + LANES), "chunk %d: %d addresses of period %d",
                      chunk, read[t], t);
            cr_assert(written[t] == 0 || (t >= first && t < first + LANES));
        }
    }
}

Test(batch, pages_are_those_of_rows_that_come_next)
{
    dice d = {77};
    series s = random_series(&d, BUSES, 0, PERIODS, 0.02);
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    outcome o = outcome_make(&s);
    batch_run(&b, &s, &o);
    const side_engine *e = b.batch->worker[0].side;
    cr_assert(o.status == CEF_OK && e->n_chunk > 1 && s.m.n_storage == 0);
    for (cef_index first = 0; first < PERIODS; first += LANES)
        check_group(&s, &o, e, first);
    batch_close(&b);
    outcome_free(&o);
    series_free(&s);
}
