/* SPDX-License-Identifier: Apache-2.0 */
/* Stores that carry carbon from period to period: scenarios in time order, eight of them side by side at each period.
 * Every store belongs to one scenario and every scenario to one worker, so that nothing is shared. */
#include "batch/parts.h"

#define LEAST_HOURS 1e-9 /* as in room storage */

static cef_status check_handles(const cef_network *net, const cef_batch_data *d, cef_index n, cef_error *error)
{
    for (cef_index k = 0; k < n; k++) {
        if (!d->storage[k])
            return error_format(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "data.storage[%d] is NULL", (int64_t) k);
        if (d->storage[k]->n != net->n_storage)
            return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) d->storage[k]->n),
                                "data.storage[%d] is of %d stores, the network has %d", (int64_t) k,
                                (int64_t) d->storage[k]->n, (int64_t) net->n_storage);
    }
    return CEF_OK;
}

/* Each handle stands once: marks each one with its place, and sees what stays. */
static cef_status check_apart(const cef_batch_data *d, cef_index n, cef_error *error)
{
    for (cef_index k = 0; k < n; k++)
        d->storage[k]->place = k;
    for (cef_index k = 0; k < n; k++)
        if (d->storage[k]->place != k)
            return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) k),
                                "data.storage[%d] and [%d] are the same handle: each scenario needs stores of its own",
                                (int64_t) k, (int64_t) d->storage[k]->place);
    return CEF_OK;
}

cef_status coupled_check(const cef_network *net, const cef_batch_data *d, cef_error *error)
{
    if (d->n_scenarios < 0 || d->reserved != 0)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) d->n_scenarios),
                            "data.n_scenarios is %d and reserved %d, expected 0 or more, and 0",
                            (int64_t) d->n_scenarios, (int64_t) d->reserved);
    if (!d->storage)
        return CEF_OK;
    const cef_index n = d->n_scenarios > 0 ? d->n_scenarios : 1;
    if (d->n_periods % n != 0)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) d->n_periods),
                            "data.n_periods is %d, not a multiple of the %d scenarios", (int64_t) d->n_periods,
                            (int64_t) n);
    if (d->period_hours > 0.0 && d->period_hours < LEAST_HOURS)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, d->period_hours),
                            "data.period_hours is %g, with stores it must be 0 (for 1) or at least %g", d->period_hours,
                            LEAST_HOURS);
    CEF_TRY(check_handles(net, d, n, error));
    return check_apart(d, n, error);
}

/* ---- one period of one scenario ---- */

static cef_storage *stores_of(const batch_call *call, cef_index t)
{
    return call->data->storage[t / call->per_scenario];
}

static const double *powers_of(const batch_call *call, cef_index t)
{
    const double *p = call->data->storage_p;
    return p ? p + (size_t) t * (size_t) call->batch->net->n_storage : NULL; /* NULL: the network has no stores */
}

const double *coupled_prices(const batch_call *call, cef_index t)
{
    cef_storage *storage = stores_of(call, t);
    storage_intensity(storage, storage->price);
    return storage->price;
}

cef_status coupled_ready(const batch_call *call, cef_index t, cef_error *error)
{
    return storage_check_period(stores_of(call, t), powers_of(call, t), call->hours, error);
}

static double *row(double *base, cef_index t, cef_index n) { return base ? base + (size_t) t * (size_t) n : NULL; }

static cef_storage_flows rows_of(const batch_call *call, cef_index t)
{
    const cef_batch_result *out = call->out;
    const cef_index n = call->batch->net->n_storage;
    return (cef_storage_flows){.struct_size = sizeof(cef_storage_flows),
                               .energy = row(out->storage_energy_held, t, n),
                               .carbon = row(out->storage_carbon_held, t, n),
                               .carbon_drawn = row(out->storage_carbon_drawn, t, n),
                               .carbon_delivered = row(out->storage_carbon_delivered, t, n),
                               .owner_loss = row(out->storage_owner_loss, t, n)};
}

static cef_status step(const batch_call *call, cef_index t, const cef_solution *rows, const cef_storage_flows *flows,
                       cef_error *error)
{
    const cef_network *net = call->batch->net;
    cef_storage *storage = stores_of(call, t);
    for (cef_index store = 0; store < net->n_storage; store++)
        storage->at_bus[store] = rows->bus_intensity[net->storage_bus[store]];
    return storage_step(storage, powers_of(call, t), storage->at_bus, call->hours, flows, error);
}

/* What the grid gave and took, and what the owners lost. */
static void book(batch_worker *w, const batch_call *call, cef_index t, const batch_verdict *v)
{
    const cef_storage *storage = stores_of(call, t);
    coupled_books *b = &w->books[t / call->per_scenario % LANES];
    const batch_totals *all = &v->totals;
    const double out[] = {all->load, all->loss, all->exported, all->mismatch};
    sum_add(&b->in, all->generation * call->hours);
    sum_add(&b->gap, all->generation * call->hours);
    for (size_t k = 0; k < sizeof out / sizeof *out; k++)
        sum_add(&b->gap, -(out[k] * call->hours));
    for (cef_index store = 0; store < storage->n; store++) {
        sum_add(&b->gap, -storage->flow[store].owner_loss);
        sum_add(&w->found.owner_loss, storage->flow[store].owner_loss);
    }
}

cef_status coupled_close(batch_worker *w, const batch_call *call, cef_index t, const batch_verdict *v,
                         const cef_solution *rows, cef_error *error)
{
    const cef_index n = call->batch->net->n_storage;
    cef_storage *storage = stores_of(call, t);
    const cef_storage_flows flows = rows_of(call, t);
    if (call->out->storage_price && n > 0)
        memcpy(row(call->out->storage_price, t, n), storage->price, (size_t) n * sizeof(double));
    const cef_status status = v->status == CEF_OK ? step(call, t, rows, &flows, error) : v->status;
    if (status == CEF_OK) {
        book(w, call, t, v);
        return CEF_OK;
    }
    (void) storage_skip(storage, powers_of(call, t), call->hours, &flows, NULL); /* hours are in range */
    w->books[t / call->per_scenario % LANES].failed = true;
    for (cef_index store = 0; store < n; store++)
        sum_add(&w->found.owner_loss, storage->flow[store].owner_loss);
    w->found.n_unknown += strcmp(error->code, diag_code(DIAG_STORE_UNKNOWN)) == 0;
    return status;
}

/* ---- the horizon ---- */

static void open_books(batch_worker *w, const batch_call *call, cef_index first, cef_index n)
{
    for (cef_index k = 0; k < n; k++) {
        const double held = storage_carbon_held(call->data->storage[first + k]);
        w->books[k] = (coupled_books){.start = held};
        sum_add(&w->books[k].gap, held);
        sum_add(&w->found.carbon_start, held);
    }
}

/* generation + held at start = load + loss + export + mismatch + owners' loss + held at end. */
static void close_books(batch_worker *w, const batch_call *call, cef_index first, cef_index n)
{
    for (cef_index k = 0; k < n; k++) {
        coupled_books *b = &w->books[k];
        const double held = storage_carbon_held(call->data->storage[first + k]);
        sum_add(&b->gap, -held);
        sum_add(&w->found.carbon_end, held);
        const double size = fabs(sum_value(b->in)) + fabs(b->start), gap = fabs(sum_value(b->gap));
        const double horizon = b->failed ? (double) NAN : size > 0.0 ? gap / size : gap;
        if (!isnan(w->found.horizon) && !(horizon <= w->found.horizon))
            w->found.horizon = horizon;
    }
}

/* ---- scenarios ---- */

static void solve_apart(batch_worker *w, const batch_call *call, cef_index from, cef_index count, cef_index n_lane)
{
    for (cef_index lane = 0; lane < n_lane; lane++)
        for (cef_index t = 0; t < count; t++)
            one_by_one_solve(w, call, from + lane * call->per_scenario + t);
}

/* Where the loops of a stretch's union are too large, half of it is tried; where those of a period are, one by one. */
static void solve_together(batch_worker *w, const batch_call *call, cef_index from, cef_index n_lane)
{
    const cef_index end = from + call->per_scenario;
    cef_index length = call->batch->periods_per_block;
    while (from < end) {
        length = length < end - from ? length : end - from;
        if (side_by_side_order(w, call, from, length, n_lane)) {
            for (cef_index t = from; t < from + length; t++)
                side_by_side_group(w, call, t, n_lane);
        } else if (length > 1) {
            length /= 2;
            continue;
        } else {
            solve_apart(w, call, from, 1, n_lane);
        }
        from += length;
    }
}

void coupled_solve(batch_worker *w, const batch_call *call, cef_index eight)
{
    const cef_index first = eight * LANES, left = call->n_scenario - first, n = left < LANES ? left : LANES;
    open_books(w, call, first, n);
    if (w->side && n > 1)
        solve_together(w, call, first * call->per_scenario, n);
    else
        solve_apart(w, call, first * call->per_scenario, call->per_scenario, n);
    close_books(w, call, first, n);
}
