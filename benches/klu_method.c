/* SPDX-License-Identifier: Apache-2.0 */
#include "klu_method.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FLOW_TOL 1e-6 /* MW, as libcef's default */

klu_method klu_open(const cef_network_data *net, klu_choice choice)
{
    const size_t n = (size_t) net->n_bus, most = n + (size_t) net->n_branch;
    klu_method m = {.net = *net, .choice = choice};
    m.start = bench_array(n + 1, sizeof *m.start);
    m.row = bench_array(most, sizeof *m.row);
    m.value = bench_array(most, sizeof *m.value);
    m.arc_at = bench_array(most, sizeof *m.arc_at);
    m.diagonal = bench_array(n, sizeof *m.diagonal);
    m.mark = bench_array(n, sizeof *m.mark);
    m.slot = bench_array((size_t) net->n_branch, sizeof *m.slot);
    m.way = bench_array((size_t) net->n_branch, sizeof *m.way);
    m.x = bench_array(n, sizeof *m.x);
    m.throughput = bench_array(n, sizeof *m.throughput);
    m.imbalance = bench_array(n, sizeof *m.imbalance);
    klu_defaults(&m.common);
    if (!choice.scaled)
        m.common.scale = 0;
    return m;
}

void klu_close(klu_method *m)
{
    klu_free_numeric(&m->numeric, &m->common);
    klu_free_symbolic(&m->symbolic, &m->common);
    void *arrays[] = {m->start, m->row, m->value, m->arc_at,     m->diagonal, m->mark,
                      m->slot,  m->way, m->x,     m->throughput, m->imbalance};
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++)
        free(arrays[k]);
}

static inline double cut(double p) { return fabs(p) < FLOW_TOL ? 0.0 : p; }

static inline int8_t way_of(double from, double to)
{
    return (int8_t) ((from > 0.0 && to < 0.0) - (from < 0.0 && to > 0.0));
}

/* ---- sums at buses ---- */
/* Throughput (generation), right-hand side and balance of what is connected at buses. */
static void add_injections(klu_method *m, const cef_snapshot *now)
{
    const size_t bytes = (size_t) m->net.n_bus * sizeof(double);
    memset(m->throughput, 0, bytes);
    memset(m->imbalance, 0, bytes);
    memset(m->x, 0, bytes);
    for (cef_index k = 0; k < m->net.n_gen; k++) {
        const cef_index bus = m->net.gen_bus[k];
        const double p = now->gen_p[k];
        m->imbalance[bus] += p;
        if (p > 0.0) {
            m->throughput[bus] += p;
            m->x[bus] += p * now->gen_intensity[k];
        }
    }
    for (cef_index k = 0; k < m->net.n_load; k++) {
        const cef_index bus = m->net.load_bus[k];
        const double p = now->load_p[k];
        m->imbalance[bus] -= p;
        if (p < 0.0) {
            m->throughput[bus] -= p;
            m->x[bus] -= p * (now->load_intensity ? now->load_intensity[k] : 0.0);
        }
    }
}

/* A branch: its balance at both ends, what it delivers into throughput. Returns its direction. */
static inline int8_t add_branch(klu_method *m, cef_index k, double from, double to)
{
    const cef_index a = m->net.branch_from[k], b = m->net.branch_to[k];
    m->imbalance[a] -= from;
    m->imbalance[b] -= to;
    if (from < 0.0)
        m->throughput[a] -= from;
    if (to < 0.0)
        m->throughput[b] -= to;
    return a == b ? 0 : way_of(from, to);
}

/* ---- assembly ---- */
static inline cef_index sender(const klu_method *m, cef_index k)
{
    return m->way[k] > 0 ? m->net.branch_from[k] : m->net.branch_to[k];
}

static inline cef_index receiver(const klu_method *m, cef_index k)
{
    return m->way[k] > 0 ? m->net.branch_to[k] : m->net.branch_from[k];
}

static void count_columns(klu_method *m, const cef_snapshot *now)
{
    const cef_index n = m->net.n_bus;
    for (cef_index bus = 0; bus < n; bus++)
        m->start[bus] = 1; /* the diagonal */
    m->start[n] = 0;
    for (cef_index k = 0; k < m->net.n_branch; k++) {
        m->way[k] = add_branch(m, k, cut(now->branch_p_from[k]), cut(now->branch_p_to[k]));
        if (m->way[k] != 0)
            m->start[m->choice.by_receiver ? receiver(m, k) : sender(m, k)]++;
    }
    int total = 0;
    for (cef_index bus = 0; bus <= n; bus++) { /* ends; filling turns them into starts */
        total += m->start[bus];
        m->start[bus] = total;
    }
}

static void fill_columns(klu_method *m)
{
    for (cef_index k = m->net.n_branch - 1; k >= 0; k--) {
        m->slot[k] = -1;
        if (m->way[k] == 0)
            continue;
        const cef_index from = sender(m, k), to = receiver(m, k);
        const int at = --m->start[m->choice.by_receiver ? to : from];
        m->row[at] = m->choice.by_receiver ? from : to;
        m->arc_at[at] = k;
    }
    for (cef_index bus = 0; bus < m->net.n_bus; bus++) {
        const int at = --m->start[bus];
        m->row[at] = bus;
        m->arc_at[at] = -1;
        m->mark[bus] = -1;
    }
}

/* KLU takes no duplicates: parallel arcs become one entry. */
static void merge_columns(klu_method *m, const cef_snapshot *now)
{
    int kept = 0;
    for (cef_index column = 0; column < m->net.n_bus; column++) {
        const int begin = m->start[column], end = m->start[column + 1], first = kept;
        m->start[column] = first;
        for (int at = begin; at < end; at++) {
            const int row = m->row[at], arc = m->arc_at[at];
            int slot = m->mark[row];
            if (slot < first) { /* a mark of an earlier column counts as none */
                slot = m->mark[row] = kept++;
                m->row[slot] = row;
                m->value[slot] = 0.0;
            }
            if (arc < 0) {
                m->diagonal[column] = slot;
                m->value[slot] = m->throughput[column] > 0.0 ? m->throughput[column] : 1.0;
            } else {
                m->slot[arc] = slot;
                m->value[slot] += m->way[arc] > 0 ? now->branch_p_to[arc] : now->branch_p_from[arc]; /* negative */
            }
        }
    }
    m->start[m->net.n_bus] = kept;
}

/* ---- solve and outputs ---- */
static void solve(klu_method *m)
{
    const int n = m->net.n_bus;
    const int ok = m->choice.by_receiver ? klu_tsolve(m->symbolic, m->numeric, n, 1, m->x, &m->common)
                                         : klu_solve(m->symbolic, m->numeric, n, 1, m->x, &m->common);
    if (!ok)
        bench_fail("klu_solve", NULL);
}

static void write_buses(const klu_method *m, cef_solution *out)
{
    const size_t bytes = (size_t) m->net.n_bus * sizeof(double);
    for (cef_index bus = 0; bus < m->net.n_bus; bus++)
        out->bus_intensity[bus] = m->throughput[bus] > 0.0 ? m->x[bus] : (double) NAN;
    if (out->bus_throughput)
        memcpy(out->bus_throughput, m->throughput, bytes);
    if (out->bus_imbalance)
        memcpy(out->bus_imbalance, m->imbalance, bytes);
}

static void write_branches(const klu_method *m, const cef_snapshot *now, cef_solution *out)
{
    for (cef_index k = 0; k < m->net.n_branch; k++) {
        const double from = cut(now->branch_p_from[k]), to = cut(now->branch_p_to[k]);
        const double at_from = m->x[m->net.branch_from[k]], at_to = m->x[m->net.branch_to[k]];
        const double carbon_from = from * (m->way[k] < 0 ? at_to : at_from);
        const double carbon_to = to * (m->way[k] > 0 ? at_from : at_to);
        out->branch_carbon_from[k] = carbon_from;
        out->branch_carbon_to[k] = carbon_to;
        out->branch_carbon_loss[k] = carbon_from + carbon_to;
    }
}

static void write_outputs(const klu_method *m, const cef_snapshot *now, cef_solution *out)
{
    write_buses(m, out);
    if (!out->branch_carbon_from)
        return;
    write_branches(m, now, out);
    for (cef_index k = 0; k < m->net.n_gen; k++) {
        const double p = now->gen_p[k];
        out->gen_carbon[k] = p > 0.0 ? p * now->gen_intensity[k] : p * m->x[m->net.gen_bus[k]];
    }
    for (cef_index k = 0; k < m->net.n_load; k++) {
        const double p = now->load_p[k];
        const double own = now->load_intensity ? now->load_intensity[k] : 0.0;
        out->load_carbon[k] = p >= 0.0 ? p * m->x[m->net.load_bus[k]] : p * own;
    }
}

void klu_full(klu_method *m, const cef_snapshot *now, cef_solution *out)
{
    add_injections(m, now);
    count_columns(m, now);
    fill_columns(m);
    merge_columns(m, now);
    klu_free_numeric(&m->numeric, &m->common);
    klu_free_symbolic(&m->symbolic, &m->common);
    m->symbolic = klu_analyze(m->net.n_bus, m->start, m->row, &m->common);
    if (m->symbolic)
        m->numeric = klu_factor(m->start, m->row, m->value, m->symbolic, &m->common);
    if (!m->symbolic || !m->numeric)
        bench_fail("klu_factor", NULL);
    solve(m);
    write_outputs(m, now, out);
}

static bool add_values(klu_method *m, const cef_snapshot *now)
{
    memset(m->value, 0, (size_t) m->start[m->net.n_bus] * sizeof *m->value);
    bool same = true;
    for (cef_index k = 0; k < m->net.n_branch; k++) {
        const double from = cut(now->branch_p_from[k]), to = cut(now->branch_p_to[k]);
        same &= add_branch(m, k, from, to) == m->way[k];
        if (m->slot[k] >= 0)
            m->value[m->slot[k]] += m->way[k] > 0 ? to : from;
    }
    for (cef_index bus = 0; bus < m->net.n_bus; bus++)
        m->value[m->diagonal[bus]] = m->throughput[bus] > 0.0 ? m->throughput[bus] : 1.0;
    return same;
}

bool klu_again(klu_method *m, const cef_snapshot *now, cef_solution *out)
{
    add_injections(m, now);
    if (!add_values(m, now))
        return false;
    if (!klu_refactor(m->start, m->row, m->value, m->symbolic, m->numeric, &m->common))
        bench_fail("klu_refactor", NULL);
    solve(m);
    write_outputs(m, now, out);
    return true;
}
