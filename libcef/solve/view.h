/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room solve: the arrays a kernel reads, as plain pointers. */
#ifndef CEF_SOLVE_VIEW_H
#define CEF_SOLVE_VIEW_H

#include "solve/solve.h"

/* What is fetched ahead of the sweep. */
enum {
    SOLVE_FETCH_NOT = 0,
    SOLVE_FETCH_ROWS = 1,    /* what lies in a row */
    SOLVE_FETCH_UPSTREAM = 2 /* buses upstream as well */
};

typedef struct {
    const order_state *order;
    const cef_index *source;       /* of every arc slot */
    const double *carry, *receive; /* likewise */
    double gamma;                  /* of the row with the most terms */
    const flow_source *injected;   /* by place */
    int32_t fetch;                 /* SOLVE_FETCH_* */
    solve_value *value;            /* by place */
    double *power;                 /* likewise */
    bool signed_parts, negative_part;
} solve_view;

static inline double solve_v(solve_value at) { return at.reach * at.x; }
static inline void solve_reach(solve_value *at, double v) { at->reach = at->x > 0.0 ? v / at->x : 0.0; }

/* The part of a bus's carbon that this right-hand side takes. */
static inline double solve_part(const solve_view *s, double carbon)
{
    if (!s->signed_parts)
        return carbon;
    return greater(s->negative_part ? -carbon : carbon, 0.0);
}

#endif /* CEF_SOLVE_VIEW_H */
