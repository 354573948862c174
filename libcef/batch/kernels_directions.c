/* SPDX-License-Identifier: Apache-2.0 */
/* Which way branches carry power in a stretch of periods, eight at a time. */
#include "batch/kernels.h"

enum { MOST_WAITING = 16, FETCH_AHEAD = 8 * LANES }; /* tiles; branches */

/* What eight powers show: directions, a byte each. */
LANES_INLINE uint64_t shown(lanes forward, lanes reverse, lanes tolerance)
{
    return mask_bytes(lanes_at_most(tolerance, forward)) * SIDE_FORWARD |
           mask_bytes(lanes_at_most(tolerance, reverse)) * SIDE_REVERSE;
}

/* Eight branches that show directions which were not seen yet. */
typedef struct {
    cef_index branch;
    uint32_t rows;  /* bit k: period k is the first to show one of them */
    uint64_t asked; /* these directions */
} waiting_tile;

LANES_INLINE lane_mask live_from(const side_engine *e, cef_index b) { return mask_first(e->net->n_branch - b); }

/* Only the to end can confirm a direction. It is seldom near: first it is fetched, and asked some tiles later. */
static waiting_tile fetch_to_ends(const side_engine *e, const cef_snapshot s[LANES], cef_index b, uint64_t seen)
{
    const lanes tolerance = lanes_all(e->settings->flow_tol);
    waiting_tile w = {b, 0, 0};
    for (int k = 0; k < LANES; k++) {
        const lanes f = lanes_load_where(live_from(e, b), s[k].branch_p_from + b);
        const uint64_t fresh = shown(f, lanes_neg(f), tolerance) & ~seen;
        if ((fresh & ~w.asked) != 0)
            w.rows |= 1u << k;
        w.asked |= fresh;
        if (fresh != 0 && s[k].branch_p_to) { /* all, in case that the first one says no */
            __builtin_prefetch(s[k].branch_p_to + b);
            __builtin_prefetch(s[k].branch_p_to + (b + LANES < e->net->n_branch ? b + LANES : b));
        }
    }
    return w;
}

/* seen, and what period k confirms of eight branches. */
static uint64_t confirm(const side_engine *e, const cef_snapshot s[LANES], int k, cef_index b, uint64_t seen)
{
    const lanes tolerance = lanes_all(e->settings->flow_tol);
    const lanes f = lanes_load_where(live_from(e, b), s[k].branch_p_from + b);
    const uint64_t fresh = shown(f, lanes_neg(f), tolerance) & ~seen;
    if (fresh == 0)
        return seen;
    const lanes t = s[k].branch_p_to ? lanes_load_where(live_from(e, b), s[k].branch_p_to + b) : lanes_neg(f);
    return seen | (fresh & shown(lanes_neg(t), t, tolerance));
}

/* What all eight periods confirm: where nothing was seen yet, which is so of most branches of the first periods, and
 * where a branch took power at both ends, which is likely to go on. */
static uint64_t confirm_all(const side_engine *e, const cef_snapshot s[LANES], cef_index b)
{
    const lanes tolerance = lanes_all(e->settings->flow_tol);
    const lane_mask live = live_from(e, b);
    lane_mask forward = mask_first(0), reverse = forward;
    for (int k = 0; k < LANES; k++) {
        const lanes f = lanes_load_where(live, s[k].branch_p_from + b);
        const lanes t = s[k].branch_p_to ? lanes_load_where(live, s[k].branch_p_to + b) : lanes_neg(f);
        forward = mask_or(forward, mask_and(lanes_at_most(tolerance, f), lanes_at_most(t, lanes_neg(tolerance))));
        reverse = mask_or(reverse, mask_and(lanes_at_most(f, lanes_neg(tolerance)), lanes_at_most(tolerance, t)));
    }
    return mask_bytes(forward) * SIDE_FORWARD | mask_bytes(reverse) * SIDE_REVERSE;
}

static void note_directions(side_engine *e, const cef_snapshot s[LANES], const waiting_tile *w)
{
    uint64_t seen = 0;
    memcpy(&seen, e->seen + w->branch, sizeof seen);
    for (uint32_t rows = w->rows; rows != 0; rows &= rows - 1)
        seen = confirm(e, s, __builtin_ctz(rows), w->branch, seen);
    for (int k = 0; k < LANES && (w->asked & ~seen) != 0; k++) /* one was none: both ends give */
        seen = confirm(e, s, k, w->branch, seen);
    e->denied[w->branch / LANES] |= (w->asked & ~seen) != 0;
    memcpy(e->seen + w->branch, &seen, sizeof seen);
}

static void note_waiting(side_engine *e, const cef_snapshot s[LANES], const waiting_tile *waiting, int n)
{
    for (int k = 0; k < n; k++)
        note_directions(e, s, &waiting[k]);
}

/* Eight rows at b, if they are as long. */
LANES_INLINE void fetch_rows(const double *const row[LANES], cef_index b, cef_index n)
{
    for (int k = 0; k < LANES && b < n; k++)
        __builtin_prefetch(row[k] + b);
}

void KERNEL(side_classify)(side_engine *e, const cef_snapshot s[LANES])
{
    const lanes tolerance = lanes_all(e->settings->flow_tol), zero = lanes_all(0.0);
    waiting_tile waiting[MOST_WAITING];
    int n_waiting = 0;
    const double *row[LANES], *to[LANES];
    for (int k = 0; k < LANES; k++) {
        row[k] = s[k].branch_p_from;
        to[k] = s[k].branch_p_to;
    }
    for (cef_index b = 0; b < e->net->n_branch; b += LANES) {
        const lane_mask live = live_from(e, b);
        lanes most = zero, least = zero;
        fetch_rows(row, b + FETCH_AHEAD, e->net->n_branch);
        if (b % SIDE_PAGE == 0)
            fetch_rows(row, b + 2 * SIDE_PAGE, e->net->n_branch); /* pages.c */
        for (int k = 0; k < LANES; k++) {
            const lanes f = lanes_load_where(live, row[k] + b);
            most = lanes_greater(f, most); /* NaN counts for neither */
            least = lanes_lesser(f, least);
        }
        uint64_t seen = 0;
        memcpy(&seen, e->seen + b, sizeof seen);
        if (e->denied[b / LANES + SIDE_DENIED_AHEAD])
            fetch_rows(to, b + SIDE_DENIED_AHEAD * LANES, e->net->n_branch);
        if ((shown(most, lanes_neg(least), tolerance) & ~seen) == 0)
            continue;
        if (seen == 0 || e->denied[b / LANES]) {
            if (seen == 0 && to[0])
                fetch_rows(to, b + FETCH_AHEAD, e->net->n_branch);
            seen |= confirm_all(e, s, b);
            memcpy(e->seen + b, &seen, sizeof seen);
            continue;
        }
        if (n_waiting > 0 && b - waiting[0].branch >= LANES * MOST_WAITING) { /* what was fetched does not stay */
            note_waiting(e, s, waiting, n_waiting);
            n_waiting = 0;
        }
        waiting[n_waiting++] = fetch_to_ends(e, s, b, seen);
    }
    note_waiting(e, s, waiting, n_waiting);
}
