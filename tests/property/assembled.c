/* SPDX-License-Identifier: Apache-2.0 */
#include "assembled.h"

#include <klu.h>
#include <math.h>
#include <stdlib.h>

typedef struct {
    cef_index sender, receiver;
    double carries, brings;
} transfer;

typedef struct {
    cef_index n, n_arc;
    transfer *arc;
    double *diagonal, *right; /* [n] */
    bool *live;               /* [n] */
} assembled;

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

static void add_transfer(assembled *s, const cef_settings *set, cef_index from, cef_index to, double sent,
                         double received)
{
    const double a = set->loss_policy == CEF_LOSS_CONSUMER ? 1.0
                     : set->loss_policy == CEF_LOSS_SPLIT  ? set->loss_split
                                                           : 0.0;
    const bool half = set->loss_policy == CEF_LOSS_HALF;
    const double carries = half ? 0.5 * (sent + received) : (1.0 - a) * received + a * sent;
    s->arc[s->n_arc++] = (transfer){from, to, carries, half ? carries : received};
}

static void assemble(assembled *s, const model *m, const cef_settings *set)
{
    for (cef_index k = 0; k < m->n_gen; k++)
        if (m->gen_p[k] > 0.0)
            s->diagonal[m->gen_bus[k]] += m->gen_p[k], s->right[m->gen_bus[k]] += m->gen_p[k] * m->gen_e[k];
    for (cef_index k = 0; k < m->n_load; k++)
        if (m->load_p[k] < 0.0) {
            s->diagonal[m->load_bus[k]] -= m->load_p[k];
            s->right[m->load_bus[k]] -= m->load_p[k] * (m->has_load_e ? m->load_e[k] : set->negative_load_intensity);
        }
    for (cef_index k = 0; k < m->n_storage; k++)
        if (m->storage_p[k] > 0.0) {
            s->diagonal[m->storage_bus[k]] += m->storage_p[k];
            s->right[m->storage_bus[k]] += m->storage_p[k] * m->storage_e[k];
        }
    for (cef_index k = 0; k < m->n_branch; k++) {
        const double a = fabs(m->p_from[k]) < set->flow_tol ? 0.0 : m->p_from[k];
        const double b = fabs(m->p_to[k]) < set->flow_tol ? 0.0 : m->p_to[k];
        if (m->from[k] != m->to[k] && a > 0.0 && b < 0.0)
            add_transfer(s, set, m->from[k], m->to[k], a, -b);
        if (m->from[k] != m->to[k] && a < 0.0 && b > 0.0)
            add_transfer(s, set, m->to[k], m->from[k], b, -a);
    }
    for (cef_index bus = 0; bus < s->n; bus++)
        s->live[bus] = s->diagonal[bus] > 0.0;
    for (bool changed = true; changed;) {
        changed = false;
        for (cef_index a = 0; a < s->n_arc; a++)
            if (s->live[s->arc[a].sender] && !s->live[s->arc[a].receiver])
                s->live[s->arc[a].receiver] = changed = true;
    }
    for (cef_index a = 0; a < s->n_arc; a++)
        s->diagonal[s->arc[a].receiver] += s->arc[a].brings;
    for (cef_index bus = 0; bus < s->n; bus++)
        if (!s->live[bus])
            s->diagonal[bus] = 1.0, s->right[bus] = 0.0;
}

/* Columns (senders), duplicates summed: KLU gives up on parallel entries. */
static cef_index columns_of(const assembled *s, int *start, int *row, double *value)
{
    int *place = must(malloc((size_t) s->n * sizeof *place)),
        *of_column = must(calloc((size_t) s->n + 1, sizeof *of_column));
    cef_index *sorted = must(malloc(((size_t) s->n_arc + 1) * sizeof *sorted)), used = 0;
    for (cef_index a = 0; a < s->n_arc; a++)
        of_column[s->arc[a].sender + 1]++;
    for (cef_index bus = 0; bus < s->n; bus++)
        of_column[bus + 1] += of_column[bus], place[bus] = of_column[bus];
    for (cef_index a = 0; a < s->n_arc; a++)
        sorted[place[s->arc[a].sender]++] = a;
    for (cef_index bus = 0; bus < s->n; bus++)
        place[bus] = -1;
    for (cef_index bus = 0; bus < s->n; bus++) {
        start[bus] = used;
        row[used] = bus, value[used] = s->diagonal[bus], place[bus] = used++;
        for (cef_index k = of_column[bus]; k < of_column[bus + 1]; k++) {
            const transfer *arc = &s->arc[sorted[k]];
            if (!s->live[arc->receiver])
                continue;
            if (place[arc->receiver] < start[bus])
                row[used] = arc->receiver, value[used] = 0.0, place[arc->receiver] = used++;
            value[place[arc->receiver]] -= arc->carries;
        }
    }
    start[s->n] = used;
    free(place), free(of_column), free(sorted);
    return used;
}

static bool solve(const assembled *s, double *x)
{
    klu_common common;
    klu_defaults(&common);
    const size_t most = (size_t) s->n + (size_t) s->n_arc;
    int *start = must(malloc(((size_t) s->n + 1) * sizeof *start)), *row = must(malloc(most * sizeof *row));
    double *value = must(malloc(most * sizeof *value));
    columns_of(s, start, row, value);
    klu_symbolic *symbolic = klu_analyze(s->n, start, row, &common);
    klu_numeric *numeric = symbolic ? klu_factor(start, row, value, symbolic, &common) : NULL;
    for (cef_index bus = 0; bus < s->n; bus++)
        x[bus] = s->right[bus];
    const bool done = numeric && klu_solve(symbolic, numeric, s->n, 1, x, &common);
    klu_free_numeric(&numeric, &common);
    klu_free_symbolic(&symbolic, &common);
    free(start), free(row), free(value);
    return done;
}

bool klu_intensities(const model *m, const cef_settings *settings, double *x)
{
    const size_t n = (size_t) m->n_bus;
    assembled s = {.n = m->n_bus};
    s.arc = must(malloc(((size_t) m->n_branch + 1) * sizeof *s.arc));
    s.diagonal = must(calloc(2 * n, sizeof *s.diagonal)), s.right = s.diagonal + n;
    s.live = must(calloc(n, sizeof *s.live));
    assemble(&s, m, settings);
    const bool done = solve(&s, x);
    for (cef_index bus = 0; bus < m->n_bus; bus++)
        x[bus] = s.live[bus] ? x[bus] : (double) NAN;
    free(s.arc), free(s.diagonal), free(s.live);
    return done;
}
