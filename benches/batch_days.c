/* SPDX-License-Identifier: Apache-2.0 */
/* The periods of bench_batch. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "batch_bench.h"

typedef struct {
    double size;
    cef_index branch;
} candidate;

static int by_size(const void *a, const void *b)
{
    const candidate *one = a, *two = b;
    return (one->size > two->size) - (one->size < two->size);
}

static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Branches that may turn round and leave no bus without a source. */
static bool *choose_turning(const bench_days *d)
{
    const cef_network_data *net = &d->net;
    bool *turns = bench_array((size_t) net->n_branch, sizeof *turns);
    int *sources = bench_array((size_t) net->n_bus, sizeof *sources);
    candidate *sorted = bench_array((size_t) net->n_branch, sizeof *sorted);
    for (cef_index k = 0; k < net->n_gen; k++)
        sources[net->gen_bus[k]] += d->base.gen_p[k] > 0.0;
    for (cef_index b = 0; b < net->n_branch; b++) {
        const double p = d->base.branch_p_from[b];
        sources[p > 0.0 ? net->branch_to[b] : net->branch_from[b]] += p != 0.0;
        sorted[b] = (candidate){fabs(d->base.branch_p_from[b]), b};
    }
    qsort(sorted, (size_t) net->n_branch, sizeof *sorted, by_size);
    for (cef_index k = 0, left = net->n_branch / 10; k < net->n_branch && left > 0; k++) {
        const cef_index b = sorted[k].branch;
        int *here = &sources[d->base.branch_p_from[b] > 0.0 ? net->branch_to[b] : net->branch_from[b]];
        if (sorted[k].size == 0.0 || *here < 2)
            continue;
        --*here;
        turns[b] = true;
        left--;
    }
    free(sources);
    free(sorted);
    return turns;
}

static double profile(size_t t) { return 0.75 + 0.25 * sin(6.283185307179586 * (double) t / DAY); }

static void fill_row(double *row, const double *base, cef_index n, double factor)
{
    for (cef_index k = 0; k < n; k++)
        row[k] = factor * base[k];
}

/* Of the branches that may, 93 in 100 turn at all in a set; of these as many in a half of it, and of these in half a
 * day: four in five at a time, and others in the next stretch, however long blocks are. */
static void choose_now(uint64_t *state, size_t t, const bool *turns, bool *const level[3], size_t n_branch)
{
    static const size_t every[3] = {PERIODS, PERIODS / 2, DAY / 2};
    for (int k = 0; k < 3; k++)
        for (size_t b = 0; b < n_branch && t % every[k] == 0; b++)
            level[k][b] = (k == 0 ? turns[b] : level[k - 1][b]) && next(state) % 100 < 93;
}

static size_t fill_branches(bench_days *d, int number, const bool *turns)
{
    const size_t branch = (size_t) d->net.n_branch;
    uint64_t state = 7 + (uint64_t) number;
    size_t n_reversed = 0;
    bool *turned = bench_array(branch, sizeof *turned), *level[3];
    double *p_from = d->p_from[number] = bench_table(PERIODS * branch);
    double *p_to = d->p_to[number] = bench_table(PERIODS * branch);
    for (int k = 0; k < 3; k++)
        level[k] = bench_array(branch, sizeof(bool));
    for (size_t t = 0; t < PERIODS; t++) {
        choose_now(&state, t, turns, level, branch);
        for (size_t b = 0; b < branch; b++) {
            const bool flip = level[2][b] && next(&state) % 4 == 0;
            turned[b] ^= flip;
            n_reversed += flip;
            p_from[t * branch + b] = profile(t) * (turned[b] ? d->base.branch_p_to[b] : d->base.branch_p_from[b]);
            p_to[t * branch + b] = profile(t) * (turned[b] ? d->base.branch_p_from[b] : d->base.branch_p_to[b]);
        }
    }
    free(turned);
    for (int k = 0; k < 3; k++)
        free(level[k]);
    return n_reversed;
}

/* Directions that occur in periods first .. first + count - 1: bit 0 forward, bit 1 reverse. */
static void see(const bench_days *d, int set, size_t first, size_t count, uint8_t *seen)
{
    const size_t branch = (size_t) d->net.n_branch;
    memset(seen, 0, branch);
    for (size_t t = first; t < first + count; t++)
        for (size_t b = 0; b < branch; b++) {
            const double p = d->p_from[set][t * branch + b];
            seen[b] |= (uint8_t) ((p > 0.0) + 2 * (p < 0.0));
        }
}

/* Share of the branches that have other directions in one stretch than in another. */
static double changed(const bench_days *d, const int set[2], const size_t first[2], size_t count)
{
    const size_t branch = (size_t) d->net.n_branch;
    uint8_t *seen[2];
    size_t n = 0;
    for (int k = 0; k < 2; k++) {
        seen[k] = bench_array(branch, 1);
        see(d, set[k], first[k], count, seen[k]);
    }
    for (size_t b = 0; b < branch; b++)
        n += seen[0][b] != seen[1][b];
    free(seen[0]);
    free(seen[1]);
    return (double) n / (double) branch;
}

bench_days days_open(const trace_case *c)
{
    bench_days d = {.net = c->net, .base = c->a};
    const size_t gen = (size_t) c->net.n_gen, load = (size_t) c->net.n_load;
    d.gen_p = bench_table(PERIODS * gen);
    d.load_p = bench_table(PERIODS * load);
    for (size_t t = 0; t < PERIODS; t++) {
        fill_row(d.gen_p + t * gen, c->a.gen_p, c->net.n_gen, profile(t));
        fill_row(d.load_p + t * load, c->a.load_p, c->net.n_load, profile(t));
    }
    bool *turns = choose_turning(&d);
    size_t n_reversed = 0;
    for (int k = 0; k < SETS; k++)
        n_reversed += fill_branches(&d, k, turns);
    d.changed[0] = changed(&d, (const int[]){0, 1}, (const size_t[]){0, 0}, PERIODS);
    d.changed[1] = changed(&d, (const int[]){0, 0}, (const size_t[]){0, PERIODS / 2}, PERIODS / 2);
    d.reversed = (double) n_reversed / (SETS * PERIODS * (double) c->net.n_branch);
    free(turns);
    return d;
}

void days_close(bench_days *d)
{
    for (int k = 0; k < SETS; k++) {
        free(d->p_from[k]);
        free(d->p_to[k]);
    }
    free(d->gen_p);
    free(d->load_p);
}
