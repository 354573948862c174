/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of every bus, in the caller's order. */
#include "result/kernels.h"

#include "lanes/lanes.h"

#define UNIT_ROUNDOFF 0x1p-53
#define SMALLEST 1e-150 /* below this a product with a power or multiplier may have underflowed */

void result_carve(cef_arena *arena, result_state *r)
{
    const cef_index n_bus = r->flow->net->n_bus;
    const int32_t policy = r->flow->settings->loss_policy;
    const bool netted = r->flow->settings->mixing == CEF_MIXING_NETTED, prorata = policy == CEF_LOSS_PRORATA;
    ARENA_ARRAY(arena, r->met, n_bus > FLOW_NEAR ? 2 * (size_t) n_bus + 2 * LANES : 0);
    ARENA_ARRAY(arena, r->roundings, (size_t) n_bus + LANES);
    ARENA_ARRAY(arena, r->own_intensity, n_bus);
    ARENA_ARRAY(arena, r->far_taken, n_bus / 32 + 1);
    ARENA_ARRAY(arena, r->load_intensity, netted ? n_bus : 0);
    ARENA_ARRAY(arena, r->loss_factor, policy == CEF_LOSS_GENERATOR ? n_bus : 0);
    ARENA_ARRAY(arena, r->island, prorata ? n_bus : 0);
    ARENA_ARRAY(arena, r->island_loss, prorata ? n_bus : 0);
    ARENA_ARRAY(arena, r->island_demand, prorata ? n_bus : 0);
    if (policy != CEF_LOSS_GENERATOR)
        r->loss_factor = NULL;
    if (!prorata) {
        r->island = NULL;
        r->island_loss = r->island_demand = NULL;
    }
}

const result_kernels *result_kernels_of(int32_t width)
{
    return width == LANES_AVX512 ? &result_kernels_avx512
           : width == LANES_AVX2 ? &result_kernels_avx2
                                 : &result_kernels_portable;
}

void result_prepare(result_state *r)
{
    const cef_network *net = r->flow->net;
    r->noted = -1;
    memset(r->roundings + net->n_bus, 0, LANES * sizeof *r->roundings); /* read with the last buses, and not used */
    for (cef_index load = 0; load < net->n_load; load++)
        r->exports |= net->load_kind[load] == CEF_LOAD_EXPORT;
    r->scattered = net->n_bus > FLOW_NEAR && r->flow->reach[0] == net->n_bus;
}

void result_use_columns(result_state *r, const cef_solution *out)
{
    r->intensity = out->bus_intensity ? out->bus_intensity : r->own_intensity;
    if (r->flow->settings->mixing != CEF_MIXING_NETTED)
        r->load_intensity = r->intensity;
}

typedef struct {
    double intensity, bound; /* of one bus, signed parts joined */
    double residual_bound;
} priced;

/* Where rows do not dominate, none is claimed. */
static inline double prior_at(const result_state *r, cef_index k)
{
    return r->flow->policy.columns ? INFINITY : order_bound((double) r->order->roundings[k]);
}

/* Intensities that are not negative: bounds are relative. The smaller of the two rigorous bounds counts. */
static inline priced price(const result_state *r, cef_index k)
{
    const solve_state *s = r->solve;
    const solve_value value = s->value[k];
    const double residual_bound = value.reach > 0.0 ? s->check.ratio * value.reach : 0.0;
    return (priced){value.x, lesser(prior_at(r, k), residual_bound), residual_bound};
}

/* With negative intensities: x = plus - minus, and the bounds are absolute. */
static priced price_signed(const result_state *r, cef_index k)
{
    const solve_state *s = r->solve;
    const solve_value plus = s->value[k], minus = s->minus[k];
    const double rounding = UNIT_ROUNDOFF * fabs(plus.x - minus.x);
    double residual_bound = rounding;
    residual_bound += plus.reach > 0.0 ? s->check.ratio * (plus.reach * plus.x) : 0.0;
    residual_bound += minus.reach > 0.0 ? s->check_minus.ratio * (minus.reach * minus.x) : 0.0;
    const double size = plus.x + minus.x;
    const double prior = size > 0.0 ? prior_at(r, k) * size + rounding : rounding;
    return (priced){plus.x - minus.x, lesser(prior, residual_bound), residual_bound};
}

static inline int32_t flags_of(const result_state *r, cef_index bus, cef_index k)
{
    const flow_state *flow = r->flow;
    const uint8_t state = r->solve->unfed ? r->solve->state[k] : SOLVE_FED;
    const double imbalance = flow->imbalance[bus];
    int32_t flags = 0;
    if (!(r->solve->power[k] > 0.0) && !(flow->local && flow->local[bus] > 0.0))
        flags = imbalance < 0.0 ? CEF_BUS_UNDEFINED | CEF_BUS_UNFED : CEF_BUS_UNDEFINED;
    else if (state != SOLVE_FED)
        flags = CEF_BUS_UNDEFINED | (state == SOLVE_UNFED ? CEF_BUS_UNFED : CEF_BUS_LOOP_UNFED);
    flags |= r->order->block[bus] >= 0 ? CEF_BUS_IN_LOOP : 0;
    flags |= fabs(imbalance) > flow->settings->balance_tol ? CEF_BUS_IMBALANCED : 0;
    if (flow->mismatch && flow->mismatch[bus] > 0.0)
        flags |= CEF_BUS_MISMATCH_UNIT;
    return flags;
}

typedef struct {
    double bound, residual_bound, balance, least, most, smallest;
    double residual_carbon; /* tCO2/h: imbalance x intensity, undefined ones at 0 */
    cef_index worst, undefined, unfed, imbalanced;
} bus_findings;

static inline void note(bus_findings *all, priced p, int32_t flags, double imbalance, cef_index bus)
{
    const bool undefined = (flags & CEF_BUS_UNDEFINED) != 0;
    const double x = undefined ? 0.0 : p.intensity, size = fabs(x);
    all->undefined += undefined;
    all->unfed += (flags & (CEF_BUS_UNFED | CEF_BUS_LOOP_UNFED)) != 0;
    all->imbalanced += (flags & CEF_BUS_IMBALANCED) != 0;
    if (fabs(imbalance) > all->balance) {
        all->balance = fabs(imbalance);
        all->worst = bus;
    }
    all->bound = greater(undefined ? 0.0 : p.bound, all->bound);
    all->residual_bound = greater(undefined ? 0.0 : p.residual_bound, all->residual_bound);
    all->least = lesser(undefined ? all->least : x, all->least);
    all->most = greater(undefined ? all->most : x, all->most);
    all->smallest = lesser(size > 0.0 ? size : 1.0, all->smallest);
}

static inline void write_rest(const result_state *r, cef_solution *out, cef_index bus, int32_t flags)
{
    if (out->bus_mismatch_p)
        out->bus_mismatch_p[bus] = r->flow->mismatch ? r->flow->mismatch[bus] : 0.0;
    if (out->bus_flags)
        out->bus_flags[bus] = flags;
    if (out->bus_block)
        out->bus_block[bus] = r->order->block[bus];
}

static inline void write_bus(const result_state *r, cef_solution *out, cef_index bus, cef_index k, priced p,
                             int32_t flags)
{
    const bool undefined = (flags & CEF_BUS_UNDEFINED) != 0;
    const double x = undefined ? (double) NAN : p.intensity;
    r->intensity[bus] = x;
    if (out->bus_throughput)
        out->bus_throughput[bus] = r->solve->power[k] + (r->flow->local ? r->flow->local[bus] : 0.0);
    if (out->bus_error_bound)
        out->bus_error_bound[bus] = undefined ? (double) NAN : p.bound;
    write_rest(r, out, bus, flags);
}

/* What is drawn under netted mixing: the locally served part at the local mix, the rest from the mixture. */
static void price_draws(result_state *r)
{
    const flow_state *flow = r->flow;
    for (cef_index bus = 0; flow->local && bus < flow->net->n_bus; bus++) {
        const double draw = flow->draw[bus], local = flow->local[bus], x = r->intensity[bus];
        r->load_intensity[bus] =
            local > 0.0 ? (local * flow->local_mix[bus] + (draw - local) * result_defined(x)) / draw : x;
    }
}

/* A mixture lies between its sources; power of unknown origin is accounted at 0. */
static bool principle_held(const result_state *r, const bus_findings *all)
{
    double least = r->flow->least_intensity, most = r->flow->most_intensity;
    if (r->solve->unfed) {
        least = lesser(least, 0.0);
        most = greater(most, 0.0);
    }
    const double slack = 1e-9 * greater(fabs(least), fabs(most));
    return !(all->least < least - slack) && !(all->most > most + slack);
}

static void report(const result_state *r, const bus_findings *all, cef_solve_info *info)
{
    const solve_state *s = r->solve;
    info->error_bound = all->bound;
    info->residual_bound = all->residual_bound;
    info->balance_mw = all->balance;
    info->worst_balance_bus = all->worst;
    info->n_undefined = all->undefined;
    info->n_unfed = all->unfed;
    info->n_imbalanced = all->imbalanced;
    info->backward_error = greater(s->check.backward, r->flow->negative ? s->check_minus.backward : 0.0);
    info->maximum_principle = r->flow->policy.columns ? -1 : principle_held(r, all);
    info->range_exceeded = !(s->ranged && all->smallest > SMALLEST && !(all->most > 1e300));
    if (info->range_exceeded) /* no bound holds */
        info->error_bound = info->residual_bound = INFINITY;
}

static void survey_each(result_state *r, cef_solution *out, bus_findings *all)
{
    for (cef_index bus = 0; bus < r->flow->net->n_bus; bus++) {
        const cef_index k = r->order->place[bus];
        const priced p = r->flow->negative ? price_signed(r, k) : price(r, k);
        const int32_t flags = flags_of(r, bus, k);
        note(all, p, flags, r->flow->imbalance[bus], bus);
        write_bus(r, out, bus, k, p, flags);
        all->residual_carbon += r->flow->imbalance[bus] * result_defined(r->intensity[bus]);
    }
}

/* ---- the same eight buses at a time, and what is connected at them ---- */

static double most_of(const double *lane)
{
    double most = lane[0];
    for (int k = 1; k < LANES; k++)
        most = greater(most, lane[k]);
    return most;
}

static double least_of(const double *lane)
{
    double least = lane[0];
    for (int k = 1; k < LANES; k++)
        least = lesser(least, lane[k]);
    return least;
}

static bus_survey open_survey(void)
{
    bus_survey all = {.balance = 0.0};
    for (int k = 0; k < LANES; k++) {
        all.least[k] = INFINITY;
        all.most[k] = -INFINITY;
        all.smallest[k] = 1.0;
    }
    return all;
}

static bus_findings close_survey(const bus_survey *all)
{
    return (bus_findings){.bound = most_of(all->bound),
                          .residual_bound = most_of(all->residual_bound),
                          .balance = all->balance,
                          .least = least_of(all->least),
                          .most = most_of(all->most),
                          .smallest = least_of(all->smallest),
                          .residual_carbon = lanes_total(all->residual_carbon),
                          .worst = all->worst,
                          .undefined = all->undefined,
                          .unfed = all->unfed,
                          .imbalanced = all->imbalanced};
}

static void mark_loops(const result_state *r, cef_solution *out)
{
    const order_state *o = r->order;
    for (cef_index p = 0; p < o->block_start[o->n_block]; p++) {
        const cef_index bus = o->block_bus[p];
        if (out->bus_block)
            out->bus_block[bus] = o->block[bus];
        if (out->bus_flags)
            out->bus_flags[bus] |= CEF_BUS_IN_LOOP;
    }
}

static bus_findings survey_lanes(result_state *r, const cef_snapshot *s, cef_solution *out)
{
    bus_survey all = open_survey();
    r->walked = result_is_plain(r);
    if (r->walked) {
        result_walk(r, s, out, &all);
    } else {
        r->kernels->buses(r, out, &all, (flow_rows){0, r->flow->net->n_bus});
        r->kernels->balance(r, out, &all, (flow_rows){0, r->flow->net->n_bus});
    }
    r->noted = r->order->version;
    mark_loops(r, out);
    if (out->bus_mismatch_p)
        memset(out->bus_mismatch_p, 0, (size_t) r->flow->net->n_bus * sizeof *out->bus_mismatch_p);
    return close_survey(&all);
}

void result_buses(result_state *r, const cef_snapshot *s, cef_solution *out, cef_solve_info *info)
{
    const flow_state *flow = r->flow;
    bus_findings all = {.least = INFINITY, .most = -INFINITY, .smallest = 1.0};
    r->walked = false;
    const bool each = flow->negative || flow->local || flow->mismatch || r->solve->unfed;
    if (flow->balanced_late && (each || !result_is_plain(r)))
        result_balance(r, s);
    if (each)
        survey_each(r, out, &all);
    else
        all = survey_lanes(r, s, out);
    price_draws(r);
    r->residual_carbon = all.residual_carbon;
    report(r, &all, info);
}
