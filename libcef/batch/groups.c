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

/* Where a group's two sums of a period go, and what rounding drops of them. */
typedef struct {
    double *sum[2], *rest[2]; /* [n_groups]: of what is above 0, of what is below 0 */
} group_rows;

static void clear(double *values, cef_index n)
{
    for (cef_index k = 0; values && k < n; k++)
        values[k] = 0.0;
}

/* Signed values: what is above 0 to the first sum, the rest, made positive, to the second. `sign` says which. */
static void add(const group_rows *to, const int32_t *group, const double *sign, const double *value, cef_index n,
                int first)
{
    for (cef_index k = 0; k < n; k++) {
        const int side = sign[k] < 0.0 ? 1 - first : first;
        if (group[k] < 0 || value[k] == 0.0 || !to->sum[side])
            continue;
        batch_sum s = {to->sum[side][group[k]], to->rest[side][group[k]]};
        sum_add(&s, side == first ? value[k] : -value[k]);
        to->sum[side][group[k]] = s.sum;
        to->rest[side][group[k]] = s.rest;
    }
}

static group_rows open_rows(const batch_worker *w, double *generation, double *load, cef_index t)
{
    const cef_index n = w->batch->groups.n;
    const size_t row = (size_t) t * (size_t) n;
    const group_rows rows = {.sum = {generation ? generation + row : NULL, load ? load + row : NULL},
                             .rest = {w->group_rest, w->group_rest + n}};
    for (int side = 0; side < 2; side++) {
        clear(rows.sum[side], n);
        clear(rows.rest[side], n);
    }
    return rows;
}

static void close_rows(const group_rows *rows, cef_index n)
{
    for (int side = 0; side < 2; side++)
        for (cef_index k = 0; rows->sum[side] && k < n; k++)
            rows->sum[side][k] += rows->rest[side][k];
}

void groups_write(const batch_worker *w, const batch_call *call, cef_index t, const cef_solution *solved)
{
    enum { GENERATION, LOAD };
    const cef_network *net = call->batch->net;
    const batch_groups *g = &call->batch->groups;
    const cef_batch_result *out = call->out;
    const cef_snapshot s = period_snapshot(call, t);
    if (out->group_generation_p || out->group_load_p) {
        const group_rows rows = open_rows(w, out->group_generation_p, out->group_load_p, t);
        add(&rows, g->gen, s.gen_p, s.gen_p, net->n_gen, GENERATION);
        add(&rows, g->load, s.load_p, s.load_p, net->n_load, LOAD);
        close_rows(&rows, g->n);
    }
    if (out->group_generation_carbon || out->group_load_carbon) {
        const group_rows rows = open_rows(w, out->group_generation_carbon, out->group_load_carbon, t);
        add(&rows, g->gen, s.gen_p, solved->gen_carbon, net->n_gen, GENERATION);
        add(&rows, g->load, s.load_p, solved->load_carbon, net->n_load, LOAD);
        close_rows(&rows, g->n);
    }
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
