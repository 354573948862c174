/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a stretch: every line is written before it is read, buses with lists alike stand together, and a
 * direction is seen wherever it occurs. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "batch/side.h"
#include "series.h"

/* ---- of one chunk, in which no line is given out twice ---- */

static const cef_index *inflows_of(const side_run *run, const cef_index *track) { return track + 1 + 2 * run->n_unit; }

static cef_index length_of(const side_run *run)
{
    return 1 + 2 * run->n_unit + 2 * run->n_in + run->n_out + run->kinds;
}

static void expect_priced(const bool *priced, cef_index entry, cef_index run)
{
    cr_assert(priced[entry / LANES], "run %d reads line %d, which none before it writes", run, entry / LANES);
}

static void check_run(const side_engine *e, cef_index r, bool *priced)
{
    const side_run *run = &e->run[r];
    const cef_index *track = e->track + run->at;
    for (cef_index k = 0; k < run->count; k++, track += length_of(run)) {
        for (cef_index i = 0; i < run->n_in; i++)
            expect_priced(priced, inflows_of(run, track)[2 * i + 1], r);
        priced[track[0] / LANES] = true;
    }
}

/* Its members' inflows from elsewhere, then what it writes. */
static void check_loop(const side_engine *e, cef_index r, bool *priced)
{
    const cef_index m = e->run[r].loop;
    for (cef_index k = r + 1; k <= r + m; k++) {
        const side_run *run = &e->run[k];
        const cef_index *sender = e->track + run->at + length_of(run);
        for (cef_index i = 0; i < run->n_in; i++)
            expect_priced(priced, sender[2 * i + 1], k);
    }
    for (cef_index k = r + 1; k <= r + m; k++)
        priced[e->track[e->run[k].at] / LANES] = true;
}

typedef struct {
    cef_index loops, ahead, runs;
} order_facts;

static order_facts check_order(const side_engine *e)
{
    order_facts facts = {0, 0, 0};
    bool *priced = calloc(SIDE_FIRST_SLOT + 2 * LANES * (size_t) e->first_tile[TILE_KINDS], sizeof *priced);
    cr_assert(e->n_chunk == 1 && priced);
    priced[SIDE_NOTHING] = true;
    for (cef_index r = 0; r < e->n_run; r++) {
        const cef_index m = e->run[r].loop;
        if (m > 0)
            check_loop(e, r, priced);
        else
            check_run(e, r, priced);
        facts.loops += m > 0;
        facts.ahead += e->run[r].ahead;
        facts.runs++;
        r += m;
    }
    free(priced);
    return facts;
}

Test(batch, lines_are_written_before_they_are_read)
{
    order_facts all = {0, 0, 0};
    for (uint64_t seed = 1; seed <= 6; seed++) {
        dice d = {seed};
        series s = random_series(&d, 1200, RANDOM_PARALLEL | RANDOM_KINDS | RANDOM_STORAGE, 16, 0.05);
        batch_session b = batch_open(&s.m, NULL, NULL, NULL);
        outcome o = outcome_make(&s);
        batch_run(&b, &s, &o);
        const order_facts facts = check_order(b.batch->worker[0].side);
        all.loops += facts.loops;
        all.ahead += facts.ahead;
        all.runs += facts.runs;
        outcome_free(&o);
        batch_close(&b);
        series_free(&s);
    }
    cr_assert(all.loops > 0 && all.ahead > 0 && all.runs > 0, "%d loops, %d runs of %d ahead", all.loops, all.ahead,
              all.runs);
}

/* A chain of buses from the source on, with one load and two loads by turns; 1 MW each. */
static void add_chain(model *m, cef_index first, cef_index length, cef_index loads)
{
    double left = 1.5 * (double) length;
    for (cef_index k = 0, sender = 0; k < length; k++, sender = first + k - 1) {
        const cef_index n = k % 2 == 0 ? loads : 3 - loads;
        model_arc(m, sender, first + k, left, left);
        for (cef_index i = 0; i < n; i++)
            model_load(m, first + k, 1.0);
        left -= n;
    }
}

/* Two chains whose buses have other lists at every level: level by level each bus is a run. */
Test(batch, buses_with_lists_alike_stand_together)
{
    enum { LENGTH = 40 };
    model m = model_make(1 + 2 * LENGTH);
    add_chain(&m, 1, LENGTH, 1);
    add_chain(&m, 1 + LENGTH, LENGTH, 2);
    model_gen(&m, 0, 3.0 * LENGTH, 0.5);
    series s = series_make(m, LANES);
    for (int t = 0; t < LANES; t++)
        series_record(&s);
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    outcome o = outcome_make(&s);
    batch_run(&b, &s, &o);
    const order_facts facts = check_order(b.batch->worker[0].side);
    cr_assert(o.info.n_solved == LANES && o.info.n_one_by_one == 0 && facts.runs <= LENGTH + 4, "%d runs", facts.runs);
    outcome_free(&o);
    batch_close(&b);
    series_free(&s);
}

/* ---- directions ---- */

/* A branch that takes power at both ends, but for one period of each direction: those are seen though its to end was
 * asked in vain before and after. */
Test(batch, directions_are_seen_where_a_branch_takes_power_at_both_ends)
{
    enum { PERIODS = 48, SPOKES = 7, FORWARD = 20, REVERSE = 29 };
    model m = model_make(1 + SPOKES);
    for (cef_index k = 1; k <= SPOKES; k++) {
        model_arc(&m, 0, k, 10.0, 10.0);
        model_gen(&m, k, 5.0, 0.1 * (double) k);
        model_load(&m, k, 10.0);
    }
    model_gen(&m, 0, 10.0 * SPOKES, 0.5);
    const cef_index moody = model_branch(&m, 1, 2, 1.0, 1.0);
    series s = series_make(m, PERIODS);
    for (int t = 0; t < PERIODS; t++) {
        s.m.p_from[moody] = t == REVERSE ? -1.0 : 1.0;
        s.m.p_to[moody] = t == FORWARD ? -1.0 : 1.0;
        series_record(&s);
    }
    const cef_batch_options single = {.struct_size = sizeof single, .engine = CEF_BATCH_SINGLE};
    batch_session b = batch_open(&s.m, NULL, NULL, NULL);
    outcome o = outcome_make(&s), one = series_solve(&s, NULL, &single);
    batch_run(&b, &s, &o);
    const side_engine *e = b.batch->worker[0].side;
    cr_assert(e->ordered[moody] == (SIDE_FORWARD | SIDE_REVERSE) && e->denied[moody / LANES] == 1);
    cr_assert(o.info.n_solved == PERIODS && o.info.n_one_by_one == 0 && one.info.n_solved == PERIODS);
    cr_assert(memcmp(o.out.bus_intensity, one.out.bus_intensity,
                     PERIODS * (size_t) s.m.n_bus * sizeof *o.out.bus_intensity) == 0);
    outcome_free(&o);
    outcome_free(&one);
    batch_close(&b);
    series_free(&s);
}
