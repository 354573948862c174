/* SPDX-License-Identifier: Apache-2.0 */
/* docs/theory.md from scratch: who feeds whom, with what, exactly. Clarity before speed; shares nothing with libcef. */
#include <math.h>
#include <stdlib.h>

#include "support.h"

static void *zeros(cef_index count, size_t item)
{
    void *block = calloc(count > 0 ? (size_t) count : 1, item);
    if (!block)
        abort();
    return block;
}

static mpq_t *rationals(cef_index count)
{
    mpq_t *q = zeros(count, sizeof *q);
    for (cef_index k = 0; k < count; k++)
        mpq_init(q[k]);
    return q;
}

static void rationals_free(mpq_t *q, cef_index count)
{
    for (cef_index k = 0; k < count; k++)
        mpq_clear(q[k]);
    free(q);
}

static void add_double(mpq_t sum, double value)
{
    mpq_t term;
    mpq_init(term);
    mpq_set_d(term, value);
    mpq_add(sum, sum, term);
    mpq_clear(term);
}

static void add_product(mpq_t sum, double a, double b)
{
    mpq_t x, y;
    mpq_inits(x, y, NULL);
    mpq_set_d(x, a), mpq_set_d(y, b);
    mpq_mul(x, x, y);
    mpq_add(sum, sum, x);
    mpq_clears(x, y, NULL);
}

/* ---- sources and loads of a bus ---- */
static void source(reference *r, cef_index bus, double mw, double intensity)
{
    add_double(r->power[bus], mw);
    add_product(r->carbon[bus], mw, intensity);
}

static void unit(reference *r, cef_index bus, double mw)
{
    source(r, bus, mw, r->settings.mismatch_intensity);
    r->added[bus] += mw;
}

static void injections(reference *r)
{
    const model *m = r->m;
    for (cef_index k = 0; k < m->n_gen; k++) {
        r->residual[m->gen_bus[k]] += m->gen_p[k];
        if (m->gen_p[k] > 0.0)
            source(r, m->gen_bus[k], m->gen_p[k], m->gen_e[k]);
        else
            r->drain[m->gen_bus[k]] -= m->gen_p[k], r->loads[m->gen_bus[k]] -= m->gen_p[k];
    }
    for (cef_index k = 0; k < m->n_load; k++) {
        r->residual[m->load_bus[k]] -= m->load_p[k];
        if (m->load_p[k] < 0.0)
            source(r, m->load_bus[k], -m->load_p[k],
                   m->has_load_e ? m->load_e[k] : r->settings.negative_load_intensity);
        else
            r->drain[m->load_bus[k]] += m->load_p[k], r->loads[m->load_bus[k]] += m->load_p[k];
    }
    for (cef_index k = 0; k < m->n_storage; k++) {
        r->residual[m->storage_bus[k]] += m->storage_p[k];
        if (m->storage_p[k] > 0.0)
            source(r, m->storage_bus[k], m->storage_p[k], m->storage_e[k]);
        else
            r->drain[m->storage_bus[k]] -= m->storage_p[k], r->loads[m->storage_bus[k]] -= m->storage_p[k];
    }
}

/* ---- branches ---- */
static double kept(const reference *r, double p) { return fabs(p) < r->settings.flow_tol ? 0.0 : p; }

static void loss_load(reference *r, cef_index bus, double mw)
{
    r->residual[bus] -= mw;
    r->drain[bus] += mw;
    r->loss_load[bus] += mw;
}

/* One branch, or one bundle of netted circuits, by its power at either end. What a branch delivers that took nothing
 * is no inflow: it shows as imbalance, and only a mismatch unit supplies it. */
static void orient(reference *r, cef_index branch, double p_from, double p_to)
{
    const cef_index from = r->m->from[branch], to = r->m->to[branch];
    if (from == to || p_from * p_to >= 0.0) {
        r->n_both_fed += p_from > 0.0 && p_to > 0.0;
        r->n_both_deliver += p_from < 0.0 && p_to < 0.0;
        const double own = p_from + p_to > 0.0 ? p_from + p_to : 0.0;
        loss_load(r, from, from == to ? own : p_from > 0.0 ? p_from : 0.0);
        loss_load(r, to, from != to && p_to > 0.0 ? p_to : 0.0);
        return;
    }
    ref_arc *arc = &r->arc[r->n_arc++];
    *arc = p_from > 0.0 ? (ref_arc){from, to, branch, p_from, -p_to} : (ref_arc){to, from, branch, p_to, -p_from};
    r->residual[arc->sender] -= arc->sent;
    r->residual[arc->receiver] += arc->received;
    if (arc->received > arc->sent) {
        r->n_negative_loss++;
        if (r->settings.negative_loss == CEF_NEGATIVE_LOSS_SOURCE) {
            unit(r, arc->receiver, arc->received - arc->sent);
            arc->received = arc->sent;
        }
    }
}

static bool is_transfer(double p_from, double p_to, cef_index from, cef_index to)
{
    return from != to && p_from * p_to < 0.0;
}

/* Circuits between the pair of buses of `branch`, in its direction: their summed powers, or false if all go one way. */
static bool bundle(const reference *r, cef_index branch, double *p_from, double *p_to)
{
    const model *m = r->m;
    bool forward = false, backward = false;
    *p_from = *p_to = 0.0;
    for (cef_index k = 0; k < m->n_branch; k++) {
        const bool same = m->from[k] == m->from[branch] && m->to[k] == m->to[branch];
        const bool turned = m->from[k] == m->to[branch] && m->to[k] == m->from[branch];
        const double here = kept(r, turned ? m->p_to[k] : m->p_from[k]);
        const double there = kept(r, turned ? m->p_from[k] : m->p_to[k]);
        if ((!same && !turned) || !is_transfer(here, there, m->from[k], m->to[k]))
            continue;
        forward |= here > 0.0, backward |= here < 0.0;
        *p_from += here, *p_to += there;
    }
    return forward && backward;
}

static bool first_of_bundle(const model *m, cef_index branch)
{
    for (cef_index k = 0; k < branch; k++)
        if ((m->from[k] == m->from[branch] && m->to[k] == m->to[branch]) ||
            (m->from[k] == m->to[branch] && m->to[k] == m->from[branch]))
            return false;
    return true;
}

static void orient_all(reference *r)
{
    const model *m = r->m;
    for (cef_index k = 0; k < m->n_branch; k++) {
        const double p_from = kept(r, m->p_from[k]), p_to = kept(r, m->p_to[k]);
        double sum_from = 0.0, sum_to = 0.0;
        const bool netted = r->settings.net_parallel && bundle(r, k, &sum_from, &sum_to);
        if (!netted || !is_transfer(p_from, p_to, m->from[k], m->to[k]))
            orient(r, k, p_from, p_to);
        if (netted && first_of_bundle(m, k))
            orient(r, k, sum_from, sum_to);
    }
}

/* ---- mismatch units and netted mixing ---- */
static void supply_deficits(reference *r)
{
    for (cef_index bus = 0; bus < r->m->n_bus; bus++)
        if (r->settings.on_imbalance == CEF_IMBALANCE_ADD_UNIT && r->residual[bus] < -r->settings.flow_tol)
            unit(r, bus, (double) -r->residual[bus]);
}

static bool has_inflow(const reference *r, cef_index bus)
{
    for (cef_index a = 0; a < r->n_arc; a++)
        if (r->arc[a].receiver == bus)
            return true;
    return false;
}

/* Where transit comes in, min(G, L) is served at the local mix first; elsewhere both ways of mixing are one. */
static void mix_locally(reference *r)
{
    mpq_t loads, keep;
    mpq_inits(loads, keep, NULL);
    for (cef_index bus = 0; bus < r->m->n_bus; bus++) {
        mpq_set_d(loads, (double) r->loads[bus]);
        if (mpq_sgn(r->power[bus]) == 0 || mpq_sgn(loads) == 0 || !has_inflow(r, bus))
            continue;
        const bool all = mpq_cmp(r->power[bus], loads) <= 0;
        mpq_div(keep, r->carbon[bus], r->power[bus]);
        r->local[bus] = mpq_long(keep);
        r->served[bus] = all ? mpq_long(r->power[bus]) : mpq_long(loads);
        mpq_sub(r->power[bus], r->power[bus], all ? r->power[bus] : loads);
        mpq_mul(r->carbon[bus], keep, r->power[bus]);
    }
    mpq_clears(loads, keep, NULL);
}

/* ---- who is fed ---- */
static void find_live(reference *r)
{
    for (cef_index bus = 0; bus < r->m->n_bus; bus++)
        r->live[bus] = mpq_sgn(r->power[bus]) > 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (cef_index a = 0; a < r->n_arc; a++) {
            const bool news = r->live[r->arc[a].sender] && !r->live[r->arc[a].receiver];
            r->live[r->arc[a].receiver] |= news;
            changed |= news;
        }
    }
}

/* supplied: reached from a source, or from a bus that sends what it does not have (unfed). */
static void find_supplied(const reference *r)
{
    bool *supplied = r->supplied;
    for (cef_index bus = 0; bus < r->m->n_bus; bus++)
        supplied[bus] = r->live[bus] || !has_inflow(r, bus);
    for (bool changed = true; changed;) {
        changed = false;
        for (cef_index a = 0; a < r->n_arc; a++) {
            const bool news = supplied[r->arc[a].sender] && !supplied[r->arc[a].receiver];
            supplied[r->arc[a].receiver] |= news;
            changed |= news;
        }
    }
}

/* Marks what `seed` reaches along the arcs (forward) or against them. */
static void reach(const reference *r, cef_index seed, bool forward, bool *mark)
{
    for (cef_index bus = 0; bus < r->m->n_bus; bus++)
        mark[bus] = bus == seed;
    for (bool changed = true; changed;) {
        changed = false;
        for (cef_index a = 0; a < r->n_arc; a++) {
            const cef_index tail = forward ? r->arc[a].sender : r->arc[a].receiver;
            const cef_index head = forward ? r->arc[a].receiver : r->arc[a].sender;
            const bool news = mark[tail] && !mark[head];
            mark[head] |= news;
            changed |= news;
        }
    }
}

/* Two buses are in one block iff each reaches the other. */
static void find_blocks(reference *r)
{
    const cef_index n = r->m->n_bus;
    bool *down = zeros(2 * n, sizeof *down), *up = down + n;
    find_supplied(r);
    for (cef_index bus = 0; bus < n; bus++)
        r->block[bus] = -1;
    for (cef_index bus = 0; bus < n; bus++) {
        if (r->block[bus] >= 0)
            continue;
        reach(r, bus, true, down);
        reach(r, bus, false, up);
        cef_index size = 0;
        for (cef_index other = 0; other < n; other++)
            size += down[other] && up[other];
        for (cef_index other = 0; other < n && size > 1; other++)
            if (down[other] && up[other])
                r->block[other] = r->n_block, r->unfed_loop |= !r->supplied[other];
        r->n_block += size > 1;
        if (size > 1 && size > r->largest_block)
            r->largest_block = size;
    }
    free(down);
}

/* Consumer and split: each bus of a loop needs a downstream path to column excess, and none may be negative. */
static void check_columns(reference *r)
{
    const cef_index n = r->m->n_bus;
    bool *drained = zeros(n, sizeof *drained);
    mpq_t *excess = rationals(n), brings, carries;
    mpq_inits(brings, carries, NULL);
    for (cef_index bus = 0; bus < n; bus++)
        ref_throughput(r, bus, excess[bus]);
    for (cef_index a = 0; a < r->n_arc; a++) {
        const bool inside = r->block[r->arc[a].sender] == r->block[r->arc[a].receiver];
        ref_arc_weights(r, &r->arc[a], brings, carries);
        if (inside) /* what leaves the block is excess too */
            mpq_sub(excess[r->arc[a].sender], excess[r->arc[a].sender], carries);
    }
    for (cef_index bus = 0; bus < n; bus++) {
        drained[bus] = mpq_sgn(excess[bus]) > 0;
        r->negative_column |= r->block[bus] >= 0 && mpq_sgn(excess[bus]) < 0;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (cef_index a = 0; a < r->n_arc; a++) {
            const bool news = drained[r->arc[a].receiver] && !drained[r->arc[a].sender];
            drained[r->arc[a].sender] |= news;
            changed |= news;
        }
    }
    for (cef_index bus = 0; bus < n; bus++)
        r->undrained_loop |= r->block[bus] >= 0 && !drained[bus];
    mpq_clears(brings, carries, NULL);
    rationals_free(excess, n);
    free(drained);
}

static void allocate(reference *r)
{
    const cef_index n = r->m->n_bus;
    r->arc = zeros(2 * r->m->n_branch, sizeof *r->arc);
    r->power = rationals(n), r->carbon = rationals(n), r->x = rationals(n);
    long double **columns[] = {&r->drain,  &r->loss_load, &r->residual, &r->added,
                               &r->served, &r->local,     &r->loads,    &r->intensity};
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        *columns[k] = zeros(n, sizeof **columns[k]);
    r->supplied = zeros(n, sizeof *r->supplied);
    r->live = zeros(n, sizeof *r->live), r->block = zeros(n, sizeof *r->block);
}

reference ref_open(const model *m, const cef_settings *settings)
{
    reference r = {.m = m};
    settings ? (void) (r.settings = *settings) : cef_settings_init(&r.settings, sizeof r.settings);
    r.split = r.settings.loss_policy == CEF_LOSS_CONSUMER ? 1.0 : 0.0;
    if (r.settings.loss_policy == CEF_LOSS_SPLIT)
        r.split = r.settings.loss_split;
    allocate(&r);
    injections(&r);
    orient_all(&r);
    supply_deficits(&r);
    if (r.settings.mixing == CEF_MIXING_NETTED)
        mix_locally(&r);
    find_live(&r);
    find_blocks(&r);
    if (r.split > 0.0)
        check_columns(&r);
    return r;
}

void ref_close(reference *r)
{
    const cef_index n = r->m->n_bus;
    rationals_free(r->power, n), rationals_free(r->carbon, n), rationals_free(r->x, n);
    void *owned[] = {r->arc,   r->drain, r->loss_load, r->residual, r->added,    r->served,
                     r->local, r->loads, r->intensity, r->live,     r->supplied, r->block};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++)
        free(owned[k]);
    *r = (reference){0};
}
