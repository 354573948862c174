/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: solves of a power flow ask the context's allocator for nothing, whatever diverges, switches limits or is
 * refused; and once the sparse solver has its factors, the process allocates nothing either, over many snapshots of
 * other loads. Own main(): leaks count. */
#include <stdlib.h>

#include "electric.h"
#include "process_malloc.h"

typedef struct {
    long counted, process, left;
    int solved, diverged, refused, switched;
} tally;

static void scale(electric *g, double by)
{
    for (cef_index k = 0; k < g->n_load; k++)
        g->load_p[k] *= by, g->load_q[k] *= by;
    for (cef_index k = 0; k < g->n_gen; k++)
        g->gen_p[k] *= by;
}

static void one_solve(const flow_session *s, const electric *g, flowed *f, counting *count, tally *t, bool settled)
{
    const long counted = count->asked, process = process_allocations();
    flow_solve(s, g, f);
    t->counted += count->asked - counted;
    t->process += settled ? process_allocations() - process : 0;
    t->solved += f->status == CEF_OK;
    t->diverged += f->status == CEF_ERR_DIVERGED;
    t->refused += f->status == CEF_ERR_SNAPSHOT;
    t->switched += f->status == CEF_OK ? f->info.n_pv_switched : 0;
}

/* Loads within a few per cent: the sparse solver keeps its pivots. Then an impossible load and an impossible number. */
static void walk(uint64_t seed, int32_t method, int32_t start, bool limits, tally *t)
{
    dice d = {seed};
    counting count = {0};
    const cef_allocator allocator = counting_allocator(&count);
    electric g = random_electric(&d, dice_between(&d, 4, 50), ELECTRIC_ALL & ~(unsigned) ELECTRIC_CAPACITOR, 0.02);
    for (cef_index k = 0; k < g.n_gen && limits; k++)
        g.qmin[k] = -30.0, g.qmax[k] = 30.0;
    cef_powerflow_options o = flow_options(method, start);
    o.reactive_limits = limits;
    flow_session s = flow_open(&g, &o, &allocator);
    flowed f = flowed_make(&g);
    if (s.status != CEF_OK)
        abort();
    for (int step = 0; step < 30; step++) {
        scale(&g, step % 2 ? 1.02 : 1.0 / 1.02);
        one_solve(&s, &g, &f, &count, t, step > 1 && !limits);
    }
    scale(&g, 300.0);
    one_solve(&s, &g, &f, &count, t, false);
    g.load_p[0] = 0.0 / 0.0;
    one_solve(&s, &g, &f, &count, t, false);
    flow_close(&s);
    t->left += count.live != 0 || count.bytes != 0;
    flowed_free(&f), electric_free(&g);
}

int main(void)
{
    tally t = {0};
    for (uint64_t seed = 1; seed <= 8; seed++) {
        walk(seed, CEF_POWERFLOW_DC, CEF_START_STORED, false, &t);
        for (int32_t start = CEF_START_STORED; start <= CEF_START_PREVIOUS; start++)
            for (int limits = 0; limits < 2; limits++)
                walk(seed, CEF_POWERFLOW_AC, start, limits, &t);
    }
    int failed = verdict("powerflow_asks_the_allocator_for_nothing", t.counted == 0);
    if (process_counts())
        failed += verdict("powerflow_repeated_solves_call_no_malloc", t.process == 0 && process_allocations() > 0);
    failed += verdict("powerflow_gives_everything_back", t.left == 0);
    failed += verdict("powerflow_met_divergence_limits_and_refusals",
                      t.solved > 1000 && t.diverged >= 32 && t.refused >= 72 && t.switched > 100);
    printf("# %d solved, %d diverged, %d refused, %d switched; %ld and %ld allocations\n", t.solved, t.diverged,
           t.refused, t.switched, t.counted, t.process);
    return failed != 0;
}
