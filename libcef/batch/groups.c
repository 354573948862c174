/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over the members of groups (zones, owners), period by period: straight into the caller's rows, so that they
 * depend on nothing but the period's own. */
#include "batch/parts.h"

static cef_status check_members(const char *name, cef_element element, const int32_t *group, cef_index n,
                                cef_index n_groups, cef_error *error)
{
    for (cef_index k = 0; group && k < n; k++)
        if (group[k] < -1 || group[k] >= n_groups)
            return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(element, k, -1, (double) group[k]),
                                "options.%s[%d] is %d, expected -1 to %d", name, (int64_t) k, (int64_t) group[k],
                                (int64_t) n_groups - 1);
    return CEF_OK;
}

cef_status groups_check(const cef_network *net, const cef_batch_options *o, cef_error *error)
{
    CEF_TRY(check_members("gen_group", CEF_GEN, o->gen_group, net->n_gen, o->n_groups, error));
    return check_members("load_group", CEF_LOAD, o->load_group, net->n_load, o->n_groups, error);
}

void groups_carve(cef_arena *arena, batch_groups *groups, const cef_network *net)
{
    ARENA_ARRAY(arena, groups->gen, net->n_gen);
    ARENA_ARRAY(arena, groups->load, net->n_load);
}

static void copy(int32_t *to, const int32_t *from, cef_index n)
{
    for (cef_index k = 0; k < n; k++)
        to[k] = from ? from[k] : -1;
}

void groups_fill(batch_groups *groups, const cef_network *net, const cef_batch_options *o)
{
    copy(groups->gen, o->gen_group, net->n_gen);
    copy(groups->load, o->load_group, net->n_load);
}

/* ---- eight periods at a time ---- */

typedef struct {
    const double *gen[LANES], *load[LANES]; /* one row a period, the last one repeated where there are fewer */
} group_rows;

static void add_members(const batch_worker *w, double *const out[2], const group_rows *sign, const group_rows *value)
{
    enum { GENERATION, LOAD };
    const cef_network *net = w->batch->net;
    const batch_groups *g = &w->batch->groups;
    const batch_pending *p = &w->pending;
    batch_group_lines to = w->groups;
    const size_t n = (size_t) g->n, bytes = n * LANES * sizeof(double);
    if (!out[GENERATION] && !out[LOAD])
        return;
    for (int side = 0; side < 2; side++) {
        to.sum[side] = out[side] ? to.sum[side] : NULL;
        memset(w->groups.sum[side], 0, bytes);
        memset(w->groups.rest[side], 0, bytes);
    }
    w->kernels->add_groups(&to, g->gen, sign->gen, value->gen, net->n_gen, GENERATION);
    w->kernels->add_groups(&to, g->load, sign->load, value->load, net->n_load, LOAD);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; out[side] && i < n; i++)
            for (cef_index k = 0; k < p->n; k++)
                out[side][(size_t) p->period[k] * n + i] = to.sum[side][LANES * i + k] + to.rest[side][LANES * i + k];
}

void groups_write(const batch_worker *w, const batch_call *call)
{
    const cef_batch_result *out = call->out;
    double *const power[] = {out->group_generation_p, out->group_load_p};
    double *const carbon[] = {out->group_generation_carbon, out->group_load_carbon};
    group_rows p, c;
    if (w->batch->groups.n == 0)
        return;
    for (cef_index k = 0; k < LANES; k++) {
        const cef_index i = k < w->pending.n ? k : w->pending.n - 1;
        const cef_snapshot s = period_snapshot(call, w->pending.period[i]);
        p.gen[k] = s.gen_p;
        p.load[k] = s.load_p;
        c.gen[k] = w->pending.rows[i].gen_carbon;
        c.load[k] = w->pending.rows[i].load_carbon;
    }
    add_members(w, power, &p, &p);
    add_members(w, carbon, &p, &c);
}

void groups_leave_undefined(const batch_call *call, cef_index t)
{
    const cef_batch_result *out = call->out;
    double *const column[] = {out->group_generation_p, out->group_generation_carbon, out->group_load_p,
                              out->group_load_carbon};
    const cef_index n = call->batch->groups.n;
    for (size_t c = 0; c < sizeof column / sizeof *column; c++)
        for (cef_index k = 0; column[c] && k < n; k++)
            column[c][(size_t) t * (size_t) n + (size_t) k] = (double) NAN;
}
