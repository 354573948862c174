/* SPDX-License-Identifier: Apache-2.0 */
/* The pattern of a loop's elimination has every entry that can be above 0, and none that cannot: compared with the
 * elimination of a full table of yes and no. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "batch/side.h"
#include "series.h"

enum { MOST = SIDE_LARGEST_LOOP };
typedef struct {
    bool feeds[MOST][MOST]; /* of row i: member j */
} table;

static void fill_table(const side_engine *e, cef_index first, cef_index m, table *t)
{
    memset(t, 0, sizeof *t);
    for (cef_index i = 0; i < m; i++)
        for (cef_index j = 0; j < m; j++) {
            const cef_index bus = e->plan.sequence[first + i];
            for (cef_index k = e->net->end_start[bus]; k < e->plan.first_out[bus]; k++)
                t->feeds[i][j] |= e->plan.end[k].other == e->plan.sequence[first + j];
        }
    for (cef_index k = 0; k < m; k++)
        for (cef_index i = k + 1; i < m; i++)
            for (cef_index j = k + 1; j < m; j++)
                t->feeds[i][j] |= i != j && t->feeds[i][k] && t->feeds[k][j];
}

static const cef_index *check_list(const table *t, cef_index i, cef_index from, cef_index end, const cef_index *fill)
{
    const cef_index n = *fill++;
    cef_index met = 0;
    for (cef_index j = from; j < end; j++) {
        if (!t->feeds[i][j])
            continue;
        cr_assert(met < n && fill[met] == j, "row %d: %d is missing", i, j);
        met++;
    }
    cr_assert(met == n, "row %d: %d entries, expected %d", i, n, met);
    return fill + n;
}

static cef_index check_loops(const side_engine *e)
{
    static table t;
    cef_index n_checked = 0;
    for (cef_index r = 0; r < e->n_run; r++) {
        const cef_index m = e->run[r].loop;
        if (m <= SIDE_SMALL_LOOP)
            continue;
        cef_index first = 0; /* the bus of its first run is that of the first member */
        while (side_line_of_bus(e, e->plan.sequence[first]) * LANES != e->track[e->run[r + 1].at] ||
               e->plan.loop[first] != m)
            first++;
        fill_table(e, first, m, &t);
        const cef_index *fill = e->fill + e->run[r].at;
        for (cef_index i = 0; i < m; i++) {
            fill = check_list(&t, i, 0, i, fill);
            fill = check_list(&t, i, i + 1, m, fill);
        }
        n_checked++;
        r += m;
    }
    return n_checked;
}

Test(batch, patterns_of_loops_hold_what_elimination_fills)
{
    cef_index n_checked = 0, largest = 0;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        dice d = {seed};
        series s = random_series(&d, 300, RANDOM_LOOPS | RANDOM_PARALLEL, 24, 0.3);
        batch_session b = batch_open(&s.m, NULL, NULL, NULL);
        outcome o = outcome_make(&s);
        batch_run(&b, &s, &o);
        const side_engine *e = b.batch->worker[0].side;
        n_checked += check_loops(e);
        largest = e->largest_loop > largest ? e->largest_loop : largest;
        cr_assert((size_t) e->n_fill <= side_most_fill(e->net));
        batch_close(&b);
        outcome_free(&o);
        series_free(&s);
    }
    cr_assert(n_checked >= 12 && largest > 128, "%d loops, largest %d", n_checked, largest);
}
