/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room: the Jacobian against finite differences, allocations of a handle and of its solves. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "grid.h"
#include "powerflow/parts.h"

/* What equation `row` misses when unknown `column` is moved by h; the slack moves as itself. */
static double moved(cef_powerflow *pf, const double *vm, const double *va, const double *slack, cef_index row,
                    cef_index column, double h)
{
    const cef_index bus = pf->unknown_bus[column], at = pf->unknown_bus[row];
    memcpy(pf->vm, vm, (size_t) pf->net->n_bus * sizeof *vm);
    memcpy(pf->va, va, (size_t) pf->net->n_bus * sizeof *va);
    const bool is_volt = pf->q_index[bus] == column, is_slack = !is_volt && pf->reference[pf->island[bus]] == bus;
    if (is_volt)
        pf->vm[bus] *= 1.0 + h;
    else if (!is_slack)
        pf->va[bus] += h;
    (void) powerflow_evaluate(pf);
    memcpy(pf->slack, slack, (size_t) pf->n_island * sizeof *slack);
    if (is_slack)
        pf->slack[pf->island[bus]] += h;
    return pf->p_index[at] == row ? powerflow_p_missing(pf, at) : powerflow_q_missing(pf, at);
}

static double entry(const lu_matrix *m, cef_index row, cef_index column)
{
    for (cef_index p = m->start[column]; p < m->start[column + 1]; p++)
        if (m->row[p] == row)
            return m->value[p];
    return 0.0;
}

static void check_jacobian(grid *g, const double *participation)
{
    handles h;
    double slack[GRID_MOST];
    g->options.participation = participation;
    cr_assert(grid_open(g, &h, NULL) == CEF_OK, "%s", g->error.message);
    (void) grid_solve(g, &h);
    cef_powerflow *pf = h.pf;
    for (cef_index bus = 0; bus < g->n_bus; bus++) { /* away from the solution */
        pf->vm[bus] = g->vm[bus] * (1.0 + 0.03 * sin(bus));
        pf->va[bus] = g->va[bus] * RADIANS + 0.1 * cos(3 * bus);
    }
    memcpy(g->vm, pf->vm, (size_t) g->n_bus * sizeof *g->vm);
    memcpy(g->va, pf->va, (size_t) g->n_bus * sizeof *g->va);
    (void) powerflow_evaluate(pf);
    powerflow_fill_jacobian(pf);
    memcpy(slack, pf->slack, (size_t) pf->n_island * sizeof *slack);
    for (cef_index row = 0; row < pf->jacobian.n; row++)
        for (cef_index column = 0; column < pf->jacobian.n; column++) {
            const double d = 1e-5, plus = moved(pf, g->vm, g->va, slack, row, column, d),
                         minus = moved(pf, g->vm, g->va, slack, row, column, -d);
            const double expected = (plus - minus) / (2 * d), got = entry(&pf->jacobian, row, column);
            cr_assert(fabs(got - expected) < 1e-6 * (1.0 + fabs(expected)), "row %d column %d: %g, differences say %g",
                      row, column, got, expected);
        }
    grid_close(&h);
}

Test(powerflow_parts, jacobian_against_finite_differences) { check_jacobian(grid_random(11, 12), NULL); }

Test(powerflow_parts, jacobian_with_distributed_slack)
{
    grid *g = grid_random(12, 10);
    const double participation[] = {1.0, 0.5, 2.0, 0.0, 1.0, 3.0, 1.0};
    cr_assert(g->n_gen <= 7);
    check_jacobian(g, participation);
}

Test(powerflow_parts, jacobian_with_islands_and_self_branch)
{
    grid *g = grid_random(13, 8);
    grid_branch(g, 3, 3, 0.02, 0.2);
    const cef_index a = grid_bus(g, CEF_BUS_TYPE_PQ), b = grid_bus(g, CEF_BUS_TYPE_PV);
    grid_bus(g, CEF_BUS_TYPE_PQ); /* dead */
    grid_branch(g, a, b, 0.01, 0.1);
    grid_branch(g, b, a, 0.01, 0.2);
    grid_gen(g, b, 10.0, 1.0);
    grid_load(g, a, 5.0, 1.0);
    check_jacobian(g, NULL);
}

/* A lossless line that carries (almost) no active power: Q hardly depends on angles, P hardly on voltages. */
static grid *reactive_line(double p)
{
    grid *g = grid_new();
    for (cef_index bus = 0; bus < 3; bus++)
        grid_bus(g, bus == 0 ? CEF_BUS_TYPE_REF : CEF_BUS_TYPE_PQ);
    grid_gen(g, 0, 0.0, 1.0);
    grid_branch(g, 0, 1, 0.0, 0.1);
    grid_branch(g, 1, 2, 0.0, 0.1);
    grid_load(g, 2, p, 30.0);
    return g;
}

/* Pivots where the Jacobian has (almost) nothing: at Q by angle and at P by voltage. */
static void spoil_pivots(cef_powerflow *pf)
{
    lu_matrix *m = &pf->jacobian;
    double value[64] = {0};
    cr_assert(m->start[m->n] < 64);
    for (cef_index bus = 0; bus < 3; bus++) {
        const jacobian_slots *diagonal = &pf->slot[pf->row_start[bus]];
        value[diagonal->p_volt] = value[diagonal->q_angle] = 1.0;
    }
    for (cef_index p = 0; p < m->start[m->n]; p++) /* the slack's own entry */
        value[p] = m->row[p] == m->n - 1 && p >= m->start[m->n - 1] ? -1.0 : value[p];
    cr_assert(lu_factor(m->lu, value) == LU_OK);
}

/* Pivots that do not suit are chosen anew, whether they vanish (p = 0) or ruin the step (p = 1e-9 MW). The solution is
 * the same, and the next solve has pivots of its own again: the same bits as before. */
Test(powerflow_parts, unsuitable_pivots_are_chosen_anew)
{
    for (int k = 0; k < 2; k++) {
        grid *g = reactive_line(k == 0 ? 0.0 : 1e-9);
        g->va0[1] = -1e-10 * k, g->va0[2] = -3e-10 * k;
        handles h;
        double vm[GRID_MOST];
        cr_assert(grid_open(g, &h, NULL) == CEF_OK && grid_solve(g, &h) == CEF_OK);
        memcpy(vm, g->vm, sizeof vm);
        spoil_pivots(h.pf);
        cr_assert(grid_solve(g, &h) == CEF_OK && g->info.mismatch < 1e-13 && !h.pf->has_pivots);
        for (cef_index bus = 0; bus < 3; bus++)
            cr_assert(fabs(g->vm[bus] - vm[bus]) < 1e-13);
        cr_assert(grid_solve(g, &h) == CEF_OK && memcmp(vm, g->vm, sizeof vm) == 0 && h.pf->has_pivots);
        grid_close(&h);
    }
}

typedef struct {
    long asked, live, fail_at;
} tally;

static void *counted_alloc(void *user, size_t size, size_t align)
{
    tally *t = user;
    if (++t->asked == t->fail_at)
        return NULL;
    t->live++;
    return aligned_alloc(align, (size + align - 1) / align * align);
}

static void counted_free(void *user, void *ptr, size_t size)
{
    (void) size;
    ((tally *) user)->live -= ptr != NULL;
    free(ptr);
}

/* After creation nothing is asked of the context, whatever is solved and whichever start is needed. */
Test(powerflow_parts, solves_allocate_nothing_through_the_context)
{
    tally t = {0};
    const cef_allocator allocator = {counted_alloc, counted_free, &t};
    grid *g = grid_random(17, 50);
    handles h;
    cr_assert(grid_open(g, &h, &allocator) == CEF_OK);
    const long asked = t.asked;
    for (int k = 0; k < 4; k++) {
        g->load_p[5] = k == 2 ? 1e6 : 10.0 * k; /* diverges: every start is tried */
        cr_assert(grid_solve(g, &h) == (k == 2 ? CEF_ERR_DIVERGED : CEF_OK));
    }
    cr_assert(t.asked == asked, "%ld allocations in solves", t.asked - asked);
    grid_close(&h);
    cr_assert(t.live == 0);
}

/* Every allocation of creation fails once: status memory, nothing left behind. */
Test(powerflow_parts, creation_without_memory)
{
    grid *g = grid_random(19, 20);
    long failed = 0;
    for (long fail_at = 1;; fail_at++) {
        tally t = {0};
        const cef_allocator allocator = {counted_alloc, counted_free, &t};
        handles h;
        /* the context and the network take theirs first; only creation is made to fail */
        t.fail_at = -1;
        cr_assert(grid_open(g, &h, &allocator) == CEF_OK);
        const long most = t.asked;
        cef_powerflow_destroy(h.pf);
        const double r[GRID_MOST] = {0.01}, x[GRID_MOST] = {0.1};
        double rr[GRID_MOST], xx[GRID_MOST];
        for (int k = 0; k < GRID_MOST; k++)
            rr[k] = r[0], xx[k] = x[0];
        const cef_powerflow_data data = {.struct_size = sizeof data, .base_mva = 100.0, .branch_r = rr, .branch_x = xx};
        t.fail_at = t.asked + fail_at;
        h.pf = NULL;
        const cef_status status = cef_powerflow_create(h.ctx, h.net, &data, NULL, &h.pf, &g->error);
        cr_assert(status == CEF_ERR_MEMORY || status == CEF_OK);
        cr_assert((h.pf == NULL) == (status != CEF_OK) && most > 0);
        grid_close(&h);
        cr_assert(t.live == 0, "%ld blocks left after the failure of allocation %ld", t.live, fail_at);
        if (status == CEF_OK)
            break;
        failed++;
    }
    cr_assert(failed >= 3, "the handle and two factors: %ld", failed);
}
