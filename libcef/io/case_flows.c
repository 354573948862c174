/* SPDX-License-Identifier: Apache-2.0 */
/* Does the case hold a usable power flow? The rule of `--powerflow auto`. */
#include "io/case_object.h"

/* Per bus, MW: what comes in less what goes out, and what comes in (the throughput). */
typedef struct {
    double *miss, *inflow;
} balance;

static void book(balance b, cef_index bus, double injected)
{
    b.miss[bus] += injected;
    b.inflow[bus] += injected > 0.0 ? injected : 0.0;
}

static void book_injections(const cef_case *c, balance b)
{
    const case_data *d = &c->data;
    for (cef_index gen = 0; gen < d->gen.n; gen++)
        book(b, d->gen.bus[gen], c->state.gen_p[gen]);
    for (cef_index load = 0; load < d->load.n; load++)
        book(b, d->load.bus[load], -c->state.load_p[load]);
    for (cef_index store = 0; store < d->storage.n; store++)
        book(b, d->storage.bus[store], c->state.storage_p[store]);
}

static void book_branches(const cef_case *c, balance b)
{
    const case_branches *branch = &c->data.branch;
    for (cef_index k = 0; k < branch->n; k++) {
        book(b, branch->from[k], -c->state.branch_p_from[k]);
        book(b, branch->to[k], -c->state.branch_p_to[k]);
    }
}

static cef_index largest_miss(balance b, cef_index n, double tolerance, double share)
{
    cef_index worst = -1;
    for (cef_index bus = 0; bus < n; bus++) {
        const double miss = fabs(b.miss[bus]);
        if (miss > fmax(tolerance, share * b.inflow[bus]) && (worst < 0 || miss > fabs(b.miss[worst])))
            worst = bus;
    }
    return worst;
}

static cef_status refuse_unsolved(const cef_case *c, cef_index bus, double miss, cef_error *error)
{
    char name[64];
    cef_where where = case_where(&c->data, CEF_BUS, bus, name);
    where.value = miss;
    if (c->has_flows)
        return error_format(
            error, DIAG_UNSOLVED, where,
            "%s: the branch powers do not balance: bus %s misses %g MW (the worst bus). Solve the case: "
            "--powerflow ac, or a power flow program",
            c->data.file, name, miss);
    if (bus < 0)
        return error_format(error, DIAG_UNSOLVED, where, "%s: branch powers are missing", c->data.file);
    return error_format(error, DIAG_UNSOLVED, where,
                        "%s: branch powers are missing: nothing carries the %g MW of bus %s (the largest). Solve the "
                        "case: --powerflow ac, or a power flow program",
                        c->data.file, miss, name);
}

cef_status cef_case_check_flows(const cef_case *c, double balance_tol, cef_error *error)
{
    if (!c)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "cef_case_check_flows: case is NULL");
    if (!(balance_tol >= 0.0 && isfinite(balance_tol)))
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_NOWHERE, "balance_tol is %g MW, it must be finite and >= 0",
                            balance_tol);
    const cef_index n = c->data.bus.n;
    const size_t size = 2 * (size_t) n * sizeof(double);
    void *block = NULL;
    CEF_TRY(context_take(c->ctx, size, &block, error));
    memset(block, 0, size);
    const balance b = {block, (double *) block + n};
    book_injections(c, b);
    if (c->has_flows)
        book_branches(c, b);
    const cef_index worst = c->has_flows ? largest_miss(b, n, balance_tol, 1e-3) : largest_miss(b, n, 0.0, 0.0);
    const double miss = worst >= 0 ? b.miss[worst] : (double) NAN;
    context_free(c->ctx, block, size);
    return c->has_flows && worst < 0 ? CEF_OK : refuse_unsolved(c, worst, miss, error);
}
