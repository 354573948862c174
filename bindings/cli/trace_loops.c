/* SPDX-License-Identifier: Apache-2.0 */
/* Loops of flow, and how much circulates in each: the least power received over an arc inside it. */
#include <math.h>
#include <stdlib.h>

#include "trace.h"

/* What one branch, or parallel ones netted, carries between two buses of one loop; MW, >= 0. */
typedef struct {
    cef_index low, high, loop;
    double up_sent, up_received;     /* from low to high */
    double down_sent, down_received; /* from high to low */
} pair_flow;

static cef_index loop_of(const trace_job *job, cef_index branch)
{
    const cef_index from = job->net.branch_from[branch], to = job->net.branch_to[branch];
    const int32_t loop = job->solution.bus_block[from];
    return from != to && loop == job->solution.bus_block[to] ? loop : -1;
}

/* An end below the threshold carries nothing, and then the branch transfers nothing. */
static pair_flow flow_of(const trace_job *job, cef_index branch)
{
    const cef_index from = job->net.branch_from[branch], to = job->net.branch_to[branch];
    const double p_from = job->snapshot.branch_p_from[branch], p_to = job->snapshot.branch_p_to[branch];
    const double least = job->settings.flow_tol;
    pair_flow flow = {.low = from < to ? from : to, .high = from < to ? to : from, .loop = loop_of(job, branch)};
    if (fabs(p_from) < least || fabs(p_to) < least || (p_from > 0.0) == (p_to > 0.0))
        return flow;
    const double sent = p_from > 0.0 ? p_from : p_to, received = p_from > 0.0 ? -p_to : -p_from;
    const cef_index sender = p_from > 0.0 ? from : to;
    *(sender == flow.low ? &flow.up_sent : &flow.down_sent) = sent;
    *(sender == flow.low ? &flow.up_received : &flow.down_received) = received;
    return flow;
}

static int by_pair(const void *left, const void *right)
{
    const pair_flow *a = left, *b = right;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    return (a->high > b->high) - (a->high < b->high);
}

/* Adds up what runs between the same two buses and nets the two directions. Returns how many pairs are left. */
static size_t net_pairs(pair_flow *flow, size_t n)
{
    size_t n_pair = 0;
    qsort(flow, n, sizeof *flow, by_pair);
    for (size_t k = 0; k < n; k++) {
        if (n_pair == 0 || by_pair(&flow[n_pair - 1], &flow[k]) != 0) {
            flow[n_pair++] = flow[k];
            continue;
        }
        pair_flow *pair = &flow[n_pair - 1];
        pair->up_sent += flow[k].up_sent;
        pair->up_received += flow[k].up_received;
        pair->down_sent += flow[k].down_sent;
        pair->down_received += flow[k].down_received;
    }
    for (size_t k = 0; k < n_pair; k++) {
        pair_flow *pair = &flow[k];
        const double up = pair->up_received - pair->down_sent, down = pair->down_received - pair->up_sent;
        pair->up_received = up > 0.0 ? up : 0.0;
        pair->down_received = down > 0.0 ? down : 0.0;
    }
    return n_pair;
}

static void take_least(double *least, double received)
{
    if (received > 0.0 && !(*least <= received))
        *least = received;
}

static cef_status circulating(trace_job *job, cef_error *error)
{
    size_t n = 0;
    for (cef_index branch = 0; branch < job->net.n_branch; branch++)
        n += loop_of(job, branch) >= 0;
    pair_flow *flow = NULL;
    CLI_TRY(pool_take(&job->pool, n, sizeof *flow, &flow, error));
    n = 0;
    for (cef_index branch = 0; branch < job->net.n_branch; branch++)
        if (loop_of(job, branch) >= 0)
            flow[n++] = flow_of(job, branch);
    if (job->settings.net_parallel)
        n = net_pairs(flow, n);
    for (size_t k = 0; k < n; k++) {
        take_least(&job->loops.circulating[flow[k].loop], flow[k].up_received);
        take_least(&job->loops.circulating[flow[k].loop], flow[k].down_received);
    }
    return CEF_OK;
}

cef_status trace_find_loops(trace_job *job, cef_error *error)
{
    trace_loops *loops = &job->loops;
    const int32_t *loop_of_bus = job->solution.bus_block;
    for (cef_index bus = 0; bus < job->net.n_bus; bus++)
        if (loop_of_bus[bus] >= loops->n_loop)
            loops->n_loop = loop_of_bus[bus] + 1;
    const size_t n = (size_t) loops->n_loop;
    CLI_TRY(pool_take(&job->pool, n + 2, sizeof *loops->start, &loops->start, error));
    CLI_TRY(pool_take(&job->pool, n, sizeof *loops->circulating, &loops->circulating, error));
    for (cef_index bus = 0; bus < job->net.n_bus; bus++)
        if (loop_of_bus[bus] >= 0)
            loops->start[loop_of_bus[bus] + 2]++;
    for (size_t loop = 0; loop < n; loop++) {
        loops->start[loop + 2] += loops->start[loop + 1];
        loops->circulating[loop] = (double) NAN;
    }
    CLI_TRY(pool_take(&job->pool, (size_t) loops->start[n + 1], sizeof *loops->bus, &loops->bus, error));
    for (cef_index bus = 0; bus < job->net.n_bus; bus++)
        if (loop_of_bus[bus] >= 0)
            loops->bus[loops->start[loop_of_bus[bus] + 1]++] = bus; /* start[loop + 1] ends as the loop's end */
    return circulating(job, error);
}

void trace_loops_json(out_file *out, const trace_job *job)
{
    const trace_loops *loops = &job->loops;
    out_char(out, '[');
    for (cef_index loop = 0; loop < loops->n_loop; loop++) {
        out_text(out, loop ? ", {\"buses\": [" : "{\"buses\": [");
        for (cef_index k = loops->start[loop]; k < loops->start[loop + 1]; k++) {
            if (k > loops->start[loop])
                out_char(out, ',');
            json_id(out, job->source, CEF_BUS, loops->bus[k], job->info.numeric_bus);
        }
        out_text(out, "], \"mw\": ");
        json_number(out, loops->circulating[loop]);
        out_char(out, '}');
    }
    out_char(out, ']');
}
