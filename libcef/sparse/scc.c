/* SPDX-License-Identifier: Apache-2.0 */
/* Tarjan's strongly connected components with explicit stacks. */
#include "sparse/sparse.h"

typedef struct {
    cef_index *number, *low, *stack, *call, *at; /* [n] each */
    cef_index counter, depth, calls, components;
} scc_state;

static void enter(scc_state *s, const cef_index *start, cef_index v)
{
    s->number[v] = s->low[v] = ++s->counter;
    s->stack[s->depth++] = v;
    s->at[v] = start[v];
    s->call[s->calls++] = v;
}

static void pop_component(scc_state *s, cef_index root, cef_index *component)
{
    cef_index v;
    do {
        v = s->stack[--s->depth];
        component[v] = s->components;
    } while (v != root);
    s->components++;
}

/* One step of the vertex on top of the call stack: follow its next arc or leave it. */
static void step(scc_state *s, const cef_index *start, const cef_index *head, cef_index *component)
{
    const cef_index v = s->call[s->calls - 1];
    if (s->at[v] < start[v + 1]) {
        const cef_index u = head[s->at[v]++];
        if (s->number[u] == 0)
            enter(s, start, u);
        else if (component[u] < 0 && s->number[u] < s->low[v])
            s->low[v] = s->number[u];
        return;
    }
    s->calls--;
    if (s->calls > 0 && s->low[v] < s->low[s->call[s->calls - 1]])
        s->low[s->call[s->calls - 1]] = s->low[v];
    if (s->low[v] == s->number[v])
        pop_component(s, v, component);
}

cef_index scc_find(cef_index n, const cef_index *start, const cef_index *head, cef_index *component, cef_index *work)
{
    scc_state s = {work, work + n, work + 2 * (size_t) n, work + 3 * (size_t) n, work + 4 * (size_t) n, 0, 0, 0, 0};
    for (cef_index v = 0; v < n; v++) {
        s.number[v] = 0;
        component[v] = -1;
    }
    for (cef_index root = 0; root < n; root++) {
        if (s.number[root] != 0)
            continue;
        enter(&s, start, root);
        while (s.calls > 0)
            step(&s, start, head, component);
    }
    return s.components;
}
