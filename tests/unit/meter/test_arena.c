/* SPDX-License-Identifier: Apache-2.0 */
/* Proves: a leader solves loops of any size in the bytes that are asked for beforehand: equal to the central solution
 * within bounds that certify, in whatever order equations come, dense and sparse alike; one that was given less solves
 * nothing and writes nowhere else. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "meter/meter.h"
#include "support.h"

static cef_meter_rules rules;

typedef struct {
    model m;
    answer exact;
    cef_meter_item *item; /* rows and arcs as members would send them */
    int32_t n_items, n_arcs;
    size_t needed;       /* bytes, from the roll */
    reference *rational; /* the exact solution, or NULL */
} loop;

/* A ring through all buses, in a shuffled order, and chords to near buses; some are fed. */
static model mesh(dice *d, cef_index n, double chords, double sources)
{
    model m = model_make(n);
    cef_index *ring = malloc((size_t) n * sizeof *ring);
    cr_assert(ring);
    for (cef_index k = 0; k < n; k++)
        ring[k] = k;
    for (cef_index k = 0; k < n; k++) { /* a grid's numbering: near, not in order */
        const cef_index with = k + dice_below(d, n - k < 8 ? n - k : 8), swap = ring[k];
        ring[k] = ring[with], ring[with] = swap;
    }
    for (cef_index k = 0; k < n; k++)
        model_arc(&m, ring[k], ring[(k + 1) % n], 20.0, 20.0);
    for (cef_index k = 0; k < n; k++)
        if (n > 3 && dice_chance(d, chords)) {
            const double mw = 1.0 + 9.0 * dice_unit(d);
            model_arc(&m, ring[k], ring[(k + n - 1 - dice_below(d, 12 < n - 2 ? 12 : n - 2)) % n], mw, mw);
        }
    for (cef_index k = 0; k < n; k++)
        if (k == 0 || dice_chance(d, sources))
            model_gen(&m, k, 1.0 + 20.0 * dice_unit(d), dice_unit(d));
    free(ring);
    return m;
}

static void list_items(loop *l)
{
    const model *m = &l->m;
    int32_t *n_in = calloc((size_t) m->n_bus, sizeof *n_in);
    l->item = calloc((size_t) (m->n_bus + m->n_branch), sizeof *l->item);
    cr_assert(n_in && l->item);
    for (cef_index bus = 0; bus < m->n_bus; bus++)
        l->item[bus] = (cef_meter_item){.meter = (uint32_t) bus, .version = 1, .kind = CEF_METER_ROW_UNFED};
    for (cef_index k = 0; k < m->n_gen; k++) {
        cef_meter_item *row = &l->item[m->gen_bus[k]];
        row->kind = CEF_METER_ROW;
        row->mw += m->gen_p[k];
        row->carbon += m->gen_p[k] * m->gen_e[k];
    }
    l->n_items = m->n_bus;
    for (cef_index k = 0; k < m->n_branch; k++) {
        const cef_index from = m->p_from[k] > 0.0 ? m->from[k] : m->to[k];
        const cef_index to = m->p_from[k] > 0.0 ? m->to[k] : m->from[k];
        l->item[l->n_items++] = (cef_meter_item){.meter = (uint32_t) to,
                                                 .source = (uint32_t) from,
                                                 .version = 1,
                                                 .arcs = (uint16_t) n_in[to]++,
                                                 .kind = CEF_METER_ARC,
                                                 .mw = fabs(m->p_from[k])};
    }
    for (cef_index bus = 0; bus < m->n_bus; bus++)
        l->item[bus].arcs = (uint16_t) n_in[bus];
    l->n_arcs = m->n_branch;
    free(n_in);
}

static loop make_loop(uint64_t seed, cef_index n, double chords, double sources)
{
    dice d = {seed};
    loop l = {.m = mesh(&d, n, chords, sources)};
    cef_settings settings = settings_of(CEF_LOSS_SENDING);
    session s = session_open(&l.m, &settings, NULL);
    const cef_snapshot snapshot = model_snapshot(&l.m);
    cef_meter_roll *roll = NULL;
    l.exact = answer_make(&l.m);
    session_solve(&s, &l.m, &l.exact);
    cr_assert(l.exact.info.largest_block == n, "one loop");
    cr_assert(cef_meter_roll_create(s.ctx, s.net, &settings, &snapshot, &roll, NULL) == CEF_OK);
    l.needed = cef_meter_roll_arena_size(roll, n / 2);
    cef_meter_roll_destroy(roll);
    session_close(&s);
    list_items(&l);
    cef_meter_rules_init(&rules, sizeof rules);
    rules.e_max = 1.0;
    return l;
}

static void free_loop(loop *l)
{
    answer_free(&l->exact);
    model_free(&l->m);
    free(l->item);
}

/* No slack: the bound alone covers the error. */
static void expect_rational(const loop *l, const meter_arena *arena, cef_index bus)
{
    cef_meter_result r;
    mpq_t error, bound;
    cr_assert(arena_result_of(arena, (uint32_t) bus, &r));
    mpq_inits(error, bound, NULL);
    mpq_set_d(error, r.intensity);
    mpq_set_d(bound, r.bound);
    mpq_sub(error, error, l->rational->x[bus]);
    mpq_abs(error, error);
    cr_assert(mpq_cmp(error, bound) <= 0, "bus %d: %.17g is off by %g, bound %g", bus, r.intensity, mpq_get_d(error),
              r.bound);
    mpq_clears(error, bound, NULL);
}

enum { GUARD = 64 };

/* Rows before their arcs, members in a random order; every fifth item twice. True if it was solved. */
static bool solve_in(const loop *l, size_t bytes, uint64_t seed, double *worst_bound)
{
    dice d = {seed};
    const cef_index n = l->m.n_bus;
    uint8_t *memory = aligned_alloc(64, (bytes + GUARD + 63) & ~(size_t) 63);
    cef_index *order = malloc((size_t) n * sizeof *order);
    cr_assert(memory && order);
    memset(memory + bytes, 0xA5, GUARD);
    meter_arena *arena = arena_init(memory, bytes, n, &rules);
    cr_assert(arena);
    for (cef_index k = 0; k < n; k++)
        order[k] = k;
    for (cef_index k = 0; k < n; k++) {
        const cef_index with = k + dice_below(&d, n - k), swap = order[k];
        order[k] = order[with], order[with] = swap;
    }
    for (cef_index k = 0; k < n; k++)
        arena_take_item(arena, &l->item[order[k]]);
    bool solved = false;
    for (int32_t k = n; k < l->n_items; k++)
        for (int times = 0; times < 1 + (k % 5 == 0); times++) {
            arena_take_item(arena, &l->item[k]);
            solved = arena_solve(arena) || solved;
            cr_assert(!solved || k == l->n_items - 1, "not closed before the last arc");
        }
    for (int round = 0; round < 64 && !solved; round++)
        solved = arena_solve(arena);
    *worst_bound = 0.0;
    for (cef_index bus = 0; solved && bus < n; bus++) {
        cef_meter_result r;
        if (l->rational) {
            expect_rational(l, arena, bus);
            continue;
        }
        const double exact = l->exact.out.bus_intensity[bus], slack = l->exact.out.bus_error_bound[bus] * exact;
        cr_assert(arena_result_of(arena, (uint32_t) bus, &r));
        cr_assert(fabs(r.intensity - exact) <= r.bound + slack, "bus %d: %.17g, central %.17g, bound %g", bus,
                  r.intensity, exact, r.bound);
        *worst_bound = fmax(*worst_bound, r.bound);
    }
    for (int k = 0; k < GUARD; k++)
        cr_assert(memory[bytes + (size_t) k] == 0xA5, "written past the end");
    free(order);
    free(memory);
    return solved;
}

Test(meter_arena, any_size_as_asked_for)
{
    const cef_index sizes[] = {2, 3, 63, 64, 65, 66, 130, 500, 2000};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        double bound = 0.0;
        loop l = make_loop(k + 1, sizes[k], 0.5, 0.1);
        cr_assert(solve_in(&l, l.needed, k, &bound) && bound <= 1e-9, "%d buses: bound %g", sizes[k], bound);
        free_loop(&l);
    }
}

/* Dense and sparse, plenty of sources and hardly any, against rational arithmetic. */
Test(meter_arena, bounds_cover_the_exact_error)
{
    for (uint64_t seed = 1; seed <= 24; seed++) {
        double bound = 0.0;
        const cef_settings settings = settings_of(CEF_LOSS_SENDING);
        loop l = make_loop(seed, seed % 4 == 0 ? 72 : 5 + (cef_index) seed, 0.5, seed % 3 == 0 ? 0.0 : 0.1);
        reference exact = ref_open(&l.m, &settings);
        ref_solve(&exact);
        l.rational = &exact;
        cr_assert(solve_in(&l, l.needed, seed, &bound), "seed %llu", (unsigned long long) seed);
        ref_close(&exact);
        free_loop(&l);
    }
}

/* What can be asked for without knowing the loop holds whatever it is; knowing it, far less does. */
Test(meter_arena, dense_and_sparse)
{
    double bound = 0.0;
    loop l = make_loop(9, 400, 0.5, 0.1);
    const size_t any = cef_meter_arena_size(400, l.n_arcs);
    cr_assert(solve_in(&l, any, 3, &bound) && bound <= 1e-9, "bound %g", bound);
    cr_assert(l.needed * 4 < any, "%zu of %zu bytes", l.needed, any);
    free_loop(&l);
}

/* Hardly any source: each value hangs on a thousandth of what circulates. The bound grows, and holds. */
Test(meter_arena, scarce_sources)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        double bound = 0.0;
        loop l = make_loop(seed, 300, 0.3, 0.0);
        cr_assert(solve_in(&l, l.needed, seed, &bound), "seed %llu", (unsigned long long) seed);
        free_loop(&l);
    }
}

Test(meter_arena, too_small)
{
    double bound = 0.0;
    loop l = make_loop(5, 300, 0.5, 0.1);
    cr_assert(!solve_in(&l, l.needed / 2, 1, &bound));
    cr_assert(!solve_in(&l, l.needed / 3, 2, &bound));
    int solved = 0;
    for (int part = 16; part < 64; part++) /* some of these suffice: a row's arcs counted twice are room, too */
        solved += solve_in(&l, l.needed / 64 * (size_t) part, (uint64_t) part, &bound);
    cr_assert(solved < 48);
    free_loop(&l);
    loop small = make_loop(6, 40, 0.5, 0.1);
    cr_assert(!solve_in(&small, small.needed / 2, 1, &bound));
    free_loop(&small);
}

/* A leader of 5 000: in seconds, and in megabytes. */
Test(meter_arena, five_thousand)
{
    double bound = 0.0;
    loop l = make_loop(11, 5000, 0.3, 0.05);
    cr_assert(l.needed < (size_t) 8 << 20, "%zu bytes", l.needed);
    cr_assert(solve_in(&l, l.needed, 1, &bound) && bound <= 1e-9, "bound %g", bound);
    free_loop(&l);
}
