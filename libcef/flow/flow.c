/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a snapshot: units and loads, and the order in which the parts of a snapshot are read. */
#include "flow/flow.h"

#include "flow/kernels.h"
#include "flow/orient.h"
#include "lanes/lanes.h"

const flow_kernels *flow_kernels_of(int32_t width)
{
    return width == LANES_AVX512 ? &flow_kernels_avx512
           : width == LANES_AVX2 ? &flow_kernels_avx2
                                 : &flow_kernels_portable;
}

flow_policy flow_policy_of(const cef_settings *settings)
{
    const double a = settings->loss_split;
    switch (settings->loss_policy) {
    case CEF_LOSS_CONSUMER: return (flow_policy){0.0, 1.0, 1.0, 0.0, true};
    case CEF_LOSS_SPLIT: return (flow_policy){1.0 - a, a, 1.0, 0.0, a > 0.0};
    case CEF_LOSS_HALF: return (flow_policy){0.5, 0.5, 0.5, 0.5, false};
    default: return (flow_policy){1.0, 0.0, 1.0, 0.0, false};
    }
}

bool flow_arcs_are_received(const flow_state *flow)
{
    const flow_policy p = flow->policy;
    return p.carry_received == 1.0 && p.receive_received == 1.0 && !flow->settings->net_parallel &&
           flow->settings->negative_loss == CEF_NEGATIVE_LOSS_KEEP;
}

void flow_carve(cef_arena *arena, flow_state *flow)
{
    const cef_settings *set = flow->settings;
    const cef_index n_bus = flow->net->n_bus;
    const bool netted = set->mixing == CEF_MIXING_NETTED;
    const bool units = set->on_imbalance == CEF_IMBALANCE_ADD_UNIT || set->negative_loss == CEF_NEGATIVE_LOSS_SOURCE;
    flow->policy = flow_policy_of(set);
    ARENA_ARRAY(arena, flow->reach, flow_parts(flow->net));
    ARENA_ARRAY(arena, flow->settled, flow_parts(flow->net));
    ARENA_ARRAY(arena, flow->far, n_bus);
    ARENA_ARRAY(arena, flow->code, flow->net->n_branch + 8);
    ARENA_ARRAY(arena, flow->received, flow->net->n_branch + FLOW_SLACK);
    ARENA_ARRAY(arena, flow->sender, flow->net->n_branch + FLOW_SLACK);
    ARENA_ARRAY(arena, flow->own_imbalance, n_bus);
    ARENA_ARRAY(arena, flow->source, (size_t) n_bus + 8);
    ARENA_ARRAY(arena, flow->gen_place, (size_t) flow->net->n_gen + FLOW_SLACK);
    ARENA_ARRAY(arena, flow->beside, (size_t) flow->net->n_load + (size_t) flow->net->n_storage);
    ARENA_ARRAY(arena, flow->draw, netted || flow->policy.columns ? n_bus : 0);
    ARENA_ARRAY(arena, flow->mismatch, units ? n_bus : 0);
    const bool loop_units = flow->policy.columns && set->on_imbalance == CEF_IMBALANCE_ADD_UNIT;
    ARENA_ARRAY(arena, flow->loop_unit, loop_units ? n_bus : 0);
    ARENA_ARRAY(arena, flow->local, netted ? n_bus : 0);
    ARENA_ARRAY(arena, flow->local_mix, netted ? n_bus : 0);
    ARENA_ARRAY(arena, flow->group, set->net_parallel ? flow->net->n_parallel : 0);
    ARENA_ARRAY(arena, flow->net_p_from, set->net_parallel ? flow->net->n_branch : 0);
    ARENA_ARRAY(arena, flow->net_p_to, set->net_parallel ? flow->net->n_branch : 0);
    if (!netted && !flow->policy.columns)
        flow->draw = NULL;
    if (!units)
        flow->mismatch = NULL;
    if (!loop_units)
        flow->loop_unit = NULL;
    if (!netted)
        flow->local = flow->local_mix = NULL;
    if (!set->net_parallel) {
        flow->group = NULL;
        flow->net_p_from = flow->net_p_to = NULL;
    }
}

void flow_prepare(flow_state *flow)
{
    flow_find_reach(flow);
    flow_find_settled(flow);
    flow->source_kept = false;
    flow->balanced_late = false;
    flow->kept = NULL;
    memset(flow->received, 0, ((size_t) flow->net->n_branch + FLOW_SLACK) * sizeof *flow->received);
    memset(flow->sender, 0, ((size_t) flow->net->n_branch + FLOW_SLACK) * sizeof *flow->sender);
    memset(flow->gen_place, 0, ((size_t) flow->net->n_gen + FLOW_SLACK) * sizeof *flow->gen_place);
    flow->n_beside = 0;
}

void flow_balance_late(flow_state *flow)
{
    flow->balanced_late =
        flow_arcs_are_received(flow) && !flow->local && flow->settings->on_imbalance == CEF_IMBALANCE_REPORT;
}

void flow_use_columns(flow_state *flow, const cef_solution *out)
{
    flow->imbalance = out->bus_imbalance ? out->bus_imbalance : flow->own_imbalance;
}

/* ---- what each unit and load does to its bus ---- */

static void inject(flow_state *flow, cef_index bus, double p, double intensity)
{
    flow_source *source = &flow->source[flow->place[bus]];
    source->mw += p;
    source->carbon += p * intensity;
    flow->least_intensity = lesser(flow->least_intensity, intensity);
    flow->most_intensity = greater(flow->most_intensity, intensity);
}

/* What is no generator: its place is noted, to be cleared before the next snapshot. */
static void inject_beside(flow_state *flow, cef_index bus, double p, double intensity)
{
    inject(flow, bus, p, intensity);
    flow->beside[flow->n_beside++] = flow->place[bus];
}

static void withdraw(flow_state *flow, cef_index bus, double p)
{
    if (flow->draw)
        flow->draw[bus] += p;
}

static cef_status bad_power(cef_element element, const char *what, cef_index k, double p, cef_error *error)
{
    const bool finite = p - p == 0.0;
    return error_format(error, finite ? DIAG_OUT_OF_RANGE : DIAG_NOT_FINITE, CEF_AT(element, k, -1, p),
                        finite ? "%s at position %d has power %g MW: it must be 0 or between 1e-100 and 1e12"
                               : "%s at position %d has power %g (not finite): give a number in MW",
                        what, (int64_t) k, p);
}

static cef_status bad_intensity(cef_element element, const char *what, cef_index k, double e, cef_error *error)
{
    const bool finite = e - e == 0.0;
    return error_format(error, finite ? DIAG_OUT_OF_RANGE : DIAG_NOT_FINITE, CEF_AT(element, k, -1, e),
                        finite
                            ? "%s at position %d has intensity %g tCO2/MWh: it must be 0 or between 1e-100 and 1e6"
                            : "%s at position %d injects power but its intensity is %g (not finite): give its factor",
                        what, (int64_t) k, e);
}

static bool power_ok(double p) { return p == 0.0 || (fabs(p) <= MAX_MW && fabs(p) >= FLOW_LEAST); }
static bool intensity_ok(double e) { return e == 0.0 || (fabs(e) <= MAX_INTENSITY && fabs(e) >= FLOW_LEAST); }

/* Eight generators, each looked at. */
static cef_status read_some_gens(flow_state *flow, const cef_snapshot *s, cef_index first, cef_error *error)
{
    const cef_network *net = flow->net;
    for (cef_index gen = first; gen < first + LANES && gen < net->n_gen; gen++) {
        const double p = s->gen_p[gen];
        if (!power_ok(p))
            return bad_power(CEF_GEN, "generator", gen, p, error);
        if (flow_gen_is_first(net, gen))
            flow->source[flow->place[net->gen_bus[gen]]] = (flow_source){0.0, 0.0};
        if (p > 0.0) {
            if (!intensity_ok(s->gen_intensity[gen]))
                return bad_intensity(CEF_GEN, "generator", gen, s->gen_intensity[gen], error);
            inject(flow, net->gen_bus[gen], p, s->gen_intensity[gen]);
        } else if (p < 0.0) {
            withdraw(flow, net->gen_bus[gen], -p);
        }
    }
    return CEF_OK;
}

static cef_status read_gens(flow_state *flow, const cef_snapshot *s, cef_error *error)
{
    const cef_index n = flow->net->n_gen;
    for (cef_index gen = 0; (gen = flow->kernels->inject(flow, s->gen_p, s->gen_intensity, gen)) < n; gen += LANES)
        CEF_TRY(read_some_gens(flow, s, gen, error));
    return CEF_OK;
}

enum { AHEAD = 8 }; /* loads of which what comes next is fetched while those before are booked */

/* What is asked for of the loads that inject, step by step. */
static inline void fetch_loads(const flow_state *flow, const cef_snapshot *s, cef_index k, cef_index n)
{
    const cef_index *load = flow->beside + k, *bus = flow->net->load_bus;
    if (k + 3 * AHEAD < n) {
        __builtin_prefetch(&bus[load[3 * AHEAD]]);
        if (s->load_intensity)
            __builtin_prefetch(&s->load_intensity[load[3 * AHEAD]]);
    }
    if (k + 2 * AHEAD < n)
        __builtin_prefetch(&flow->place[bus[load[2 * AHEAD]]]);
    if (k + AHEAD < n)
        __builtin_prefetch(&flow->source[flow->place[bus[load[AHEAD]]]], 1);
}

/* Loads that inject, listed in beside, become its places. */
static cef_status inject_loads(flow_state *flow, const cef_snapshot *s, cef_index n, cef_error *error)
{
    for (cef_index k = 0; k < n; k++) {
        const cef_index load = flow->beside[k];
        fetch_loads(flow, s, k, n);
        const double e = s->load_intensity ? s->load_intensity[load] : flow->settings->negative_load_intensity;
        if (!intensity_ok(e))
            return bad_intensity(CEF_LOAD, "load", load, e, error);
        inject_beside(flow, flow->net->load_bus[load], -s->load_p[load], e);
    }
    flow->n_defaulted += s->load_intensity ? 0 : n;
    return CEF_OK;
}

/* Eight loads, each looked at; those that inject are listed. Returns the first impossible one, -1 if none. */
static cef_index read_some_loads(flow_state *flow, const cef_snapshot *s, cef_index first, cef_index *n_injecting)
{
    const cef_network *net = flow->net;
    for (cef_index load = first; load < first + LANES && load < net->n_load; load++) {
        const double p = s->load_p[load];
        if (!power_ok(p))
            return load;
        if (p >= 0.0)
            withdraw(flow, net->load_bus[load], p);
        else
            flow->beside[(*n_injecting)++] = load;
    }
    return -1;
}

static cef_status read_loads(flow_state *flow, const cef_snapshot *s, cef_error *error)
{
    const cef_index n = flow->net->n_load;
    cef_index n_injecting = 0, bad = -1;
    for (cef_index load = 0; bad < 0 && (load = flow->kernels->withdraw(flow, s->load_p, load)) < n; load += LANES)
        bad = read_some_loads(flow, s, load, &n_injecting);
    CEF_TRY(inject_loads(flow, s, n_injecting, error)); /* a bad intensity before it is named first */
    return bad < 0 ? CEF_OK : bad_power(CEF_LOAD, "load", bad, s->load_p[bad], error);
}

static cef_status read_storage(flow_state *flow, const cef_snapshot *s, cef_error *error)
{
    const cef_network *net = flow->net;
    for (cef_index store = 0; store < net->n_storage; store++) {
        const double p = s->storage_p[store];
        if (!power_ok(p))
            return bad_power(CEF_STORAGE, "store", store, p, error);
        if (p > 0.0) {
            if (!intensity_ok(s->storage_intensity[store]))
                return bad_intensity(CEF_STORAGE, "store", store, s->storage_intensity[store], error);
            inject_beside(flow, net->storage_bus[store], p, s->storage_intensity[store]);
        } else if (p < 0.0) {
            withdraw(flow, net->storage_bus[store], -p);
        }
    }
    return CEF_OK;
}

static cef_status check_columns(const cef_network *net, const cef_snapshot *s, cef_error *error)
{
    const char *missing = NULL;
    if (net->n_branch > 0 && !s->branch_p_from)
        missing = "branch_p_from";
    else if (net->n_gen > 0 && !s->gen_p)
        missing = "gen_p";
    else if (net->n_gen > 0 && !s->gen_intensity)
        missing = "gen_intensity";
    else if (net->n_load > 0 && !s->load_p)
        missing = "load_p";
    else if (net->n_storage > 0 && !s->storage_p)
        missing = "storage_p";
    else if (net->n_storage > 0 && !s->storage_intensity)
        missing = "storage_intensity";
    return missing ? error_format(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "snapshot.%s is NULL but its table has rows",
                                  missing)
                   : CEF_OK;
}

cef_status flow_read_branches(flow_state *flow, const cef_snapshot *s, cef_error *error)
{
    CEF_TRY(check_columns(flow->net, s, error));
    flow->p_from = s->branch_p_from;
    flow->p_to = s->branch_p_to;
    const cef_index bad = flow_orient(flow, s);
    if (bad >= 0) {
        const double p_from = s->branch_p_from[bad];
        const double p = power_ok(p_from) ? flow_other_end(s->branch_p_from, s->branch_p_to, bad) : p_from;
        return bad_power(CEF_BRANCH, "branch", bad, p, error);
    }
    if (flow->settings->net_parallel)
        flow_net_parallel(flow, s);
    return CEF_OK;
}

void flow_deliver(flow_state *flow) { flow->kernels->deliver(flow); }

void flow_forget_places(flow_state *flow) { flow->source_kept = false; }

/* Generators overwrite what they left; the rest is cleared, place by place where the places are known. */
static void clear_source(flow_state *flow)
{
    if (!flow->source_kept) {
        memset(flow->source, 0, (size_t) flow->net->n_bus * sizeof *flow->source);
        for (cef_index gen = 0; gen < flow->net->n_gen; gen++)
            flow->gen_place[gen] = flow->place[flow->net->gen_bus[gen]];
    }
    for (cef_index k = 0; flow->source_kept && k < flow->n_beside; k++)
        flow->source[flow->beside[k]] = (flow_source){0.0, 0.0};
    flow->n_beside = 0;
    flow->source_kept = flow->net->gens_together && !flow->mismatch && !flow->local;
}

static void clear(flow_state *flow)
{
    const size_t n_bus = (size_t) flow->net->n_bus;
    clear_source(flow);
    if (flow->draw)
        memset(flow->draw, 0, n_bus * sizeof *flow->draw);
    if (flow->mismatch)
        memset(flow->mismatch, 0, n_bus * sizeof *flow->mismatch);
    if (flow->loop_unit)
        memset(flow->loop_unit, 0, n_bus * sizeof *flow->loop_unit);
    flow->least_intensity = INFINITY;
    flow->most_intensity = -INFINITY;
    flow->n_defaulted = 0;
}

cef_status flow_read_units(flow_state *flow, const cef_snapshot *s, cef_error *error)
{
    clear(flow);
    CEF_TRY(read_gens(flow, s, error));
    CEF_TRY(read_loads(flow, s, error));
    CEF_TRY(read_storage(flow, s, error));
    flow->negative = flow->least_intensity < 0.0;
    return CEF_OK;
}
