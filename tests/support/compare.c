/* SPDX-License-Identifier: Apache-2.0 */
/* What the solver answered against the reference, output by output. */
#include <math.h>
#include <stdlib.h>

#include "support.h"

static char reason[256];

#define REFUSE(...) return snprintf(reason, sizeof reason, __VA_ARGS__), reason

/* ---- carbon, in long double, from the exact intensities ---- */
static long double load_carbon(const reference *r, cef_index k)
{
    const cef_index bus = r->m->load_bus[k];
    const long double p = r->m->load_p[k];
    if (p < 0.0L)
        return p * (r->m->has_load_e ? r->m->load_e[k] : r->settings.negative_load_intensity);
    const long double served = r->loads[bus] > 0.0L ? r->served[bus] / r->loads[bus] : 0.0L;
    return p * (served * r->local[bus] + (1.0L - served) * r->intensity[bus]);
}

static long double arc_loss(const reference *r, const ref_arc *arc)
{
    const long double loss = (long double) arc->sent - arc->received;
    const long double sender = r->intensity[arc->sender], receiver = r->intensity[arc->receiver];
    if (r->settings.loss_policy == CEF_LOSS_HALF)
        return 0.5L * loss * (sender + receiver);
    return (1.0L - r->split) * loss * sender;
}

static cef_index *islands(const reference *r)
{
    const model *m = r->m;
    cef_index *island = malloc((size_t) m->n_bus * sizeof *island);
    if (!island)
        abort();
    for (cef_index bus = 0; bus < m->n_bus; bus++)
        island[bus] = bus;
    for (bool changed = true; changed;) {
        changed = false;
        for (cef_index k = 0; k < m->n_branch; k++) {
            const bool used = fabs(m->p_from[k]) >= r->settings.flow_tol || fabs(m->p_to[k]) >= r->settings.flow_tol;
            cef_index *a = &island[m->from[k]], *b = &island[m->to[k]];
            if (!used || *a == *b)
                continue;
            *a = *b = *a < *b ? *a : *b;
            changed = true;
        }
    }
    return island;
}

/* prorata: tCO2 that each MWh of demand in the island of `bus` bears for the losses of the island; NaN without demand.
 */
static long double island_adder(const reference *r, const cef_index *island, cef_index bus)
{
    long double loss = 0.0L, demand = 0.0L;
    for (cef_index a = 0; a < r->n_arc; a++)
        loss += island[r->arc[a].sender] == island[bus] ? arc_loss(r, &r->arc[a]) : 0.0L;
    for (cef_index b = 0; b < r->m->n_bus; b++)
        loss += island[b] == island[bus] ? r->loss_load[b] * r->intensity[b] : 0.0L;
    for (cef_index k = 0; k < r->m->n_load; k++)
        if (island[r->m->load_bus[k]] == island[bus] && r->m->load_p[k] > 0.0 && r->m->load_kind[k] == CEF_LOAD_DEMAND)
            demand += r->m->load_p[k];
    return demand > 0.0L ? loss / demand : (long double) NAN;
}

static void sum_injections(const reference *r, ref_totals *t)
{
    const model *m = r->m;
    for (cef_index k = 0; k < m->n_gen; k++) {
        const long double p = m->gen_p[k];
        t->generation += p > 0.0L ? p * m->gen_e[k] : 0.0L;
        t->load -= p < 0.0L ? p * r->intensity[m->gen_bus[k]] : 0.0L;
    }
    for (cef_index k = 0; k < m->n_load; k++) {
        const long double carbon = load_carbon(r, k);
        if (m->load_p[k] < 0.0)
            t->generation -= carbon;
        else
            *(m->load_kind[k] == CEF_LOAD_EXPORT ? &t->export_ : &t->load) += carbon;
    }
    for (cef_index k = 0; k < m->n_storage; k++) {
        const long double p = m->storage_p[k];
        t->storage -= p * (p > 0.0L ? (long double) m->storage_e[k] : r->intensity[m->storage_bus[k]]);
    }
}

static void move_prorata(const reference *r, ref_totals *t)
{
    cef_index *island = islands(r);
    for (cef_index k = 0; k < r->m->n_load; k++) {
        const long double adder = island_adder(r, island, r->m->load_bus[k]);
        if (r->m->load_p[k] > 0.0 && r->m->load_kind[k] == CEF_LOAD_DEMAND) {
            t->load += adder * r->m->load_p[k];
            t->loss -= adder * r->m->load_p[k];
        }
    }
    free(island);
}

ref_totals ref_sum(const reference *r)
{
    ref_totals t = {0};
    sum_injections(r, &t);
    for (cef_index a = 0; a < r->n_arc; a++)
        t.loss += arc_loss(r, &r->arc[a]);
    for (cef_index bus = 0; bus < r->m->n_bus; bus++) {
        const bool supplied =
            r->settings.on_imbalance == CEF_IMBALANCE_ADD_UNIT && r->residual[bus] < -r->settings.flow_tol;
        t.loss += r->loss_load[bus] * r->intensity[bus];
        t.mismatch += supplied ? 0.0L : r->residual[bus] * r->intensity[bus];
        t.mismatch -= r->added[bus] * r->settings.mismatch_intensity;
    }
    if (r->settings.loss_policy == CEF_LOSS_PRORATA)
        move_prorata(r, &t);
    return t;
}

/* ---- buses ---- */
static bool apart(long double got, long double want, long double tolerance)
{
    return !(fabsl(got - want) <= tolerance);
}

const char *compare_buses(const reference *r, const answer *a)
{
    mpq_t throughput;
    mpq_init(throughput);
    const char *why = NULL;
    for (cef_index bus = 0; bus < r->m->n_bus && !why; bus++) {
        const double x = a->out.bus_intensity[bus], bound = a->out.bus_error_bound[bus];
        const int32_t flags = a->out.bus_flags[bus];
        ref_throughput(r, bus, throughput);
        const long double through = mpq_long(throughput), residual = r->residual[bus];
        if (r->live[bus] != isfinite(x) || r->live[bus] == !!(flags & CEF_BUS_UNDEFINED))
            snprintf(reason, sizeof reason, "bus %d: live %d, intensity %g, flags %d", bus, r->live[bus], x, flags);
        else if (r->live[bus] && !(bound >= 0.0 && bound <= 1e-9))
            snprintf(reason, sizeof reason, "bus %d: error bound %g", bus, bound);
        else if (r->live[bus] && relative_error(x, r->x[bus]) > bound)
            snprintf(reason, sizeof reason, "bus %d: %.17g for %.17g, relative error %.3g above its bound %.3g", bus, x,
                     mpq_get_d(r->x[bus]), relative_error(x, r->x[bus]), bound);
        else if (r->settings.mixing == CEF_MIXING_GROSS && apart(a->out.bus_throughput[bus], through, 1e-12L * through))
            snprintf(reason, sizeof reason, "bus %d: throughput %.17g for %.17Lg", bus, a->out.bus_throughput[bus],
                     through);
        else if (apart(a->out.bus_imbalance[bus], residual, 1e-13L * (through + r->drain[bus])))
            snprintf(reason, sizeof reason, "bus %d: imbalance %.17g for %.17Lg", bus, a->out.bus_imbalance[bus],
                     residual);
        else if (!!(flags & CEF_BUS_IMBALANCED) != (fabsl(residual) > r->settings.balance_tol))
            snprintf(reason, sizeof reason, "bus %d: imbalance %Lg, flags %d", bus, residual, flags);
        else if (!!(flags & CEF_BUS_IN_LOOP) != (r->block[bus] >= 0) || a->out.bus_block[bus] != r->block[bus])
            snprintf(reason, sizeof reason, "bus %d: block %d for %d, flags %d", bus, a->out.bus_block[bus],
                     r->block[bus], flags);
        else if (apart(a->out.bus_mismatch_p[bus], r->added[bus], 1e-12L * r->added[bus]))
            snprintf(reason, sizeof reason, "bus %d: mismatch unit %g for %Lg", bus, a->out.bus_mismatch_p[bus],
                     r->added[bus]);
        else
            continue;
        why = reason;
    }
    mpq_clear(throughput);
    return why;
}

/* ---- elements ---- */
typedef struct {
    long double intensity, from, to; /* NaN intensity: nothing transferred */
} branch_want;

/* Netted circuits all carry the intensity of the bundle's sender; it is found among the arcs of the same two buses. */
static const ref_arc *arc_of(const reference *r, cef_index branch)
{
    const ref_arc *netted = NULL;
    for (cef_index a = 0; a < r->n_arc; a++) {
        const ref_arc *arc = &r->arc[a];
        if (arc->branch == branch && !r->settings.net_parallel)
            return arc;
        const cef_index from = r->m->from[branch], to = r->m->to[branch];
        if (arc->branch == branch || (arc->sender == from && arc->receiver == to) ||
            (arc->sender == to && arc->receiver == from))
            netted = arc;
    }
    return r->settings.net_parallel ? netted : NULL;
}

static bool expect_branch(const reference *r, cef_index k, branch_want *want)
{
    const ref_arc *arc = arc_of(r, k);
    const double p_from = fabs(r->m->p_from[k]) < r->settings.flow_tol ? 0.0 : r->m->p_from[k];
    const double p_to = fabs(r->m->p_to[k]) < r->settings.flow_tol ? 0.0 : r->m->p_to[k];
    *want = (branch_want){(long double) NAN, 0.0L, 0.0L};
    if (!arc) {
        const long double x_from = r->intensity[r->m->from[k]], x_to = r->intensity[r->m->to[k]];
        const bool self = r->m->from[k] == r->m->to[k];
        const bool draws = self && p_from + p_to > 0.0; /* each end with its own sign */
        want->from = (draws ? p_from : self ? 0.0 : fmax(p_from, 0.0)) * x_from;
        want->to = (draws ? p_to : self ? 0.0 : fmax(p_to, 0.0)) * x_to;
        const bool netted_away = r->settings.net_parallel && p_from * p_to < 0.0;
        return r->live[r->m->from[k]] && r->live[r->m->to[k]] && !netted_away;
    }
    const long double x = r->intensity[arc->sender], sent = arc->sent * x, loss = arc_loss(r, arc);
    const bool forward = arc->sender == r->m->from[k];
    want->intensity = x;
    want->from = forward ? sent : loss - sent;
    want->to = forward ? loss - sent : sent;
    return r->live[arc->sender] && !r->settings.net_parallel && r->settings.loss_policy != CEF_LOSS_PRORATA;
}

static const char *compare_branches(const reference *r, const answer *a, double tolerance)
{
    for (cef_index k = 0; k < r->m->n_branch; k++) {
        branch_want want;
        if (!expect_branch(r, k, &want))
            continue;
        const double x = a->out.branch_intensity[k], from = a->out.branch_carbon_from[k];
        const double to = a->out.branch_carbon_to[k], loss = a->out.branch_carbon_loss[k];
        const long double size = tolerance * (fabsl(want.from) + fabsl(want.to)) + 1e-300L;
        if (isnan(x) != isnan(want.intensity) || (!isnan(x) && apart(x, want.intensity, tolerance * want.intensity)))
            REFUSE("branch %d: intensity %.17g for %.17Lg", k, x, want.intensity);
        if (apart(from, want.from, size) || apart(to, want.to, size))
            REFUSE("branch %d: carbon %.17g, %.17g for %.17Lg, %.17Lg", k, from, to, want.from, want.to);
        if (apart(loss, want.from + want.to, size))
            REFUSE("branch %d: loss carbon %.17g for %.17Lg", k, loss, want.from + want.to);
    }
    return NULL;
}

static const char *compare_units(const reference *r, const answer *a, double tolerance)
{
    const model *m = r->m;
    for (cef_index k = 0; k < m->n_gen; k++) {
        const long double x = m->gen_p[k] > 0.0 ? m->gen_e[k] : r->intensity[m->gen_bus[k]];
        const bool known = m->gen_p[k] > 0.0 || r->live[m->gen_bus[k]];
        const long double want = m->gen_p[k] == 0.0 ? 0.0L : m->gen_p[k] * x;
        if (known && apart(a->out.gen_carbon[k], want, tolerance * fabsl(want)))
            REFUSE("unit %d: carbon %.17g for %.17Lg", k, a->out.gen_carbon[k], want);
    }
    for (cef_index k = 0; k < m->n_storage; k++) {
        const long double x = m->storage_p[k] > 0.0 ? m->storage_e[k] : r->intensity[m->storage_bus[k]];
        const long double want = m->storage_p[k] * x;
        if ((m->storage_p[k] > 0.0 || r->live[m->storage_bus[k]]) &&
            apart(a->out.storage_carbon[k], want, tolerance * fabsl(want)))
            REFUSE("store %d: carbon %.17g for %.17Lg", k, a->out.storage_carbon[k], want);
    }
    return NULL;
}

static const char *compare_loads(const reference *r, const answer *a, double tolerance)
{
    const model *m = r->m;
    cef_index *island = islands(r);
    const char *why = NULL;
    for (cef_index k = 0; k < m->n_load && !why; k++) {
        if (m->load_p[k] > 0.0 && !r->live[m->load_bus[k]])
            continue;
        long double want = m->load_p[k] == 0.0 ? 0.0L : load_carbon(r, k);
        if (r->settings.loss_policy == CEF_LOSS_PRORATA && m->load_p[k] > 0.0 && m->load_kind[k] == CEF_LOAD_DEMAND)
            want += island_adder(r, island, m->load_bus[k]) * m->load_p[k];
        if (apart(a->out.load_carbon[k], want, tolerance * fabsl(want))) {
            snprintf(reason, sizeof reason, "load %d: carbon %.17g for %.17Lg", k, a->out.load_carbon[k], want);
            why = reason;
        }
    }
    free(island);
    return why;
}

static const char *compare_totals(const reference *r, const answer *a, double tolerance)
{
    const ref_totals t = ref_sum(r);
    const cef_solve_info *i = &a->info;
    long double added = 0.0L;
    for (cef_index bus = 0; bus < r->m->n_bus; bus++)
        added += r->added[bus] * fabs(r->settings.mismatch_intensity);
    const long double size = tolerance * (t.generation + fabsl(t.storage) + fabsl(t.mismatch) + added) + 1e-300L;
    const long double want[] = {t.generation, t.load, t.loss, t.export_, t.storage, t.mismatch};
    const double got[] = {i->total_generation, i->total_load,    i->total_loss,
                          i->total_export,     i->total_storage, i->total_mismatch};
    static const char *const name[] = {"generation", "load", "loss", "export", "storage", "mismatch"};
    for (size_t k = 0; k < 6; k++)
        if (apart(got[k], want[k], size))
            REFUSE("total %s: %.17g for %.17Lg", name[k], got[k], want[k]);
    if (i->n_blocks != r->n_block || i->largest_block != r->largest_block)
        REFUSE("blocks: %d, largest %d, for %d, %d", i->n_blocks, i->largest_block, r->n_block, r->largest_block);
    if (i->n_negative_loss != r->n_negative_loss || i->n_both_ends_fed != r->n_both_fed ||
        i->n_both_ends_deliver != r->n_both_deliver)
        REFUSE("negative losses %d, both fed %d, both deliver %d, for %d, %d, %d", i->n_negative_loss,
               i->n_both_ends_fed, i->n_both_ends_deliver, r->n_negative_loss, r->n_both_fed, r->n_both_deliver);
    return NULL;
}

const char *compare_elements(const reference *r, const answer *a, double tolerance)
{
    const char *why = compare_branches(r, a, tolerance);
    why = why ? why : compare_units(r, a, tolerance);
    why = why ? why : compare_loads(r, a, tolerance);
    return why ? why : compare_totals(r, a, tolerance);
}

/* ---- the certificate ---- */
static double worst_bound(const model *m, const answer *a)
{
    double worst = 0.0;
    for (cef_index bus = 0; bus < m->n_bus; bus++)
        if (a->out.bus_error_bound[bus] > worst)
            worst = a->out.bus_error_bound[bus];
    return worst;
}

static const char *compare_sums(const model *m, const answer *a)
{
    long double generation = 0.0L, load = 0.0L, export_ = 0.0L;
    for (cef_index k = 0; k < m->n_gen; k++)
        *(m->gen_p[k] > 0.0 ? &generation : &load) += m->gen_p[k] > 0.0 ? a->out.gen_carbon[k] : -a->out.gen_carbon[k];
    for (cef_index k = 0; k < m->n_load; k++)
        if (m->load_p[k] < 0.0)
            generation -= a->out.load_carbon[k];
        else
            *(m->load_kind[k] == CEF_LOAD_EXPORT ? &export_ : &load) += a->out.load_carbon[k];
    const long double size = 1e-12L * (generation + fabsl(load) + fabsl(export_)) + 1e-300L;
    if (apart(a->info.total_generation, generation, size) || apart(a->info.total_load, load, size) ||
        apart(a->info.total_export, export_, size))
        REFUSE("elements sum to generation %.17Lg, load %.17Lg, export %.17Lg; totals say %.17g, %.17g, %.17g",
               generation, load, export_, a->info.total_generation, a->info.total_load, a->info.total_export);
    return NULL;
}

const char *compare_certificate(const model *m, const answer *a)
{
    const cef_solve_info *i = &a->info;
    if (a->status != CEF_OK || i->certified != 1)
        REFUSE("%s, certified %d: %.150s", cef_status_name(a->status), i->certified, a->error.message);
    if (!(i->error_bound <= 1e-9 && i->backward_error <= 1e-12 && i->conservation <= 1e-9) || i->range_exceeded)
        REFUSE("bound %g, backward %g, conservation %g", i->error_bound, i->backward_error, i->conservation);
    if (i->error_bound != worst_bound(m, a))
        REFUSE("error bound %g, worst of the buses %g", i->error_bound, worst_bound(m, a));
    if (i->maximum_principle == 0)
        REFUSE("maximum principle broken");
    const double out = i->total_load + i->total_loss + i->total_export + i->total_storage + i->total_mismatch;
    const double size = i->total_generation + fabs(i->total_storage) + fabs(i->total_mismatch);
    if (apart(i->total_generation, out, 1e-9 * size + 1e-300))
        REFUSE("%.17g in, %.17g out", i->total_generation, out);
    return compare_sums(m, a);
}
