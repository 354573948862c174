/* SPDX-License-Identifier: Apache-2.0 */
/* Proves the laws of docs/theory.md section 8 that every loss policy obeys, on random grids with loops: conservation,
 * monotone, superposable, scaling of powers and of intensities, branch flip, renumbering, splitting. */
#include "grids.h"

static void double_row(model *m, cef_index k) /* a line becomes two of half the power each */
{
    m->p_from[k] *= 0.5, m->p_to[k] *= 0.5;
    model_branch(m, m->from[k], m->to[k], m->p_from[k], m->p_to[k]);
}

static void conserves(uint64_t seed, int32_t policy)
{
    dice d = {seed};
    const cef_settings settings = settings_of(policy);
    model m = grid_of(&d, policy, RANDOM_ALL);
    answer a = answer_of(&m, &settings, seed);
    const char *why = compare_certificate(&m, &a);
    cr_assert(!why, "seed %lu policy %d: %s", seed, policy, why);
    answer_free(&a);
    model_free(&m);
}

static void is_monotone(uint64_t seed, int32_t policy)
{
    dice d = {seed};
    const cef_settings settings = settings_of(policy);
    model m = grid_of(&d, policy, RANDOM_ALL);
    answer before = answer_of(&m, &settings, seed);
    m.gen_e[dice_below(&d, m.n_gen)] += 0.3;
    answer after = answer_of(&m, &settings, seed);
    for (cef_index bus = 0; bus < m.n_bus; bus++) {
        const double x = before.out.bus_intensity[bus], y = after.out.bus_intensity[bus];
        cr_assert(isnan(x) || y >= x * (1.0 - 1e-12), "seed %lu policy %d bus %d: %.17g fell to %.17g", seed, policy,
                  bus, x, y);
    }
    answer_free(&before), answer_free(&after);
    model_free(&m);
}

static void price_with(model *m, const model *a, const model *b, bool add)
{
    for (cef_index k = 0; k < m->n_gen; k++)
        m->gen_e[k] = a->gen_e[k] + (add ? b->gen_e[k] : 0.0);
    for (cef_index k = 0; k < m->n_load; k++)
        m->load_e[k] = a->load_e[k] + (add ? b->load_e[k] : 0.0);
    for (cef_index k = 0; k < m->n_storage; k++)
        m->storage_e[k] = a->storage_e[k] + (add ? b->storage_e[k] : 0.0);
}

static void reprice(dice *d, model *m)
{
    for (cef_index k = 0; k < m->n_gen; k++)
        m->gen_e[k] = dice_unit(d);
    for (cef_index k = 0; k < m->n_load; k++)
        m->load_e[k] = dice_unit(d);
    for (cef_index k = 0; k < m->n_storage; k++)
        m->storage_e[k] = dice_unit(d);
}

static void superposes(uint64_t seed, int32_t policy)
{
    dice d = {seed};
    const cef_settings settings = settings_of(policy);
    model one = grid_of(&d, policy, RANDOM_ALL), two = model_copy(&one), both = model_copy(&one);
    reprice(&d, &two);
    price_with(&both, &one, &two, true);
    answer a = answer_of(&one, &settings, seed), b = answer_of(&two, &settings, seed);
    answer sum = answer_of(&both, &settings, seed);
    for (cef_index bus = 0; bus < one.n_bus; bus++) {
        const double want = a.out.bus_intensity[bus] + b.out.bus_intensity[bus], got = sum.out.bus_intensity[bus];
        cr_assert(isnan(want) == isnan(got) && (isnan(got) || near(got, want, want)),
                  "seed %lu policy %d bus %d: %.17g for %.17g", seed, policy, bus, got, want);
    }
    cr_assert(near(sum.info.total_load, a.info.total_load + b.info.total_load, sum.info.total_generation));
    cr_assert(near(sum.info.total_loss, a.info.total_loss + b.info.total_loss, sum.info.total_generation));
    answer_free(&a), answer_free(&b), answer_free(&sum);
    model_free(&one), model_free(&two), model_free(&both);
}

static void scale_powers(model *m, double by)
{
    for (cef_index k = 0; k < m->n_branch; k++)
        m->p_from[k] *= by, m->p_to[k] *= by;
    for (cef_index k = 0; k < m->n_gen; k++)
        m->gen_p[k] *= by;
    for (cef_index k = 0; k < m->n_load; k++)
        m->load_p[k] *= by;
    for (cef_index k = 0; k < m->n_storage; k++)
        m->storage_p[k] *= by;
}

static void scales(uint64_t seed, int32_t policy)
{
    dice d = {seed};
    cef_settings settings = settings_of(policy);
    model m = grid_of(&d, policy, RANDOM_ALL), dearer = model_copy(&m), larger = model_copy(&m);
    answer a = answer_of(&m, &settings, seed);
    price_with(&dearer, &m, &m, true);
    answer b = answer_of(&dearer, &settings, seed);
    expect_same(&m, &a, &b, NULL, 2.0, 0.0, seed);
    scale_powers(&larger, 3.0);
    settings.flow_tol *= 3.0, settings.balance_tol *= 3.0;
    answer c = answer_of(&larger, &settings, seed);
    expect_same(&m, &a, &c, NULL, 1.0, 0.0, seed);
    cr_assert(near(c.info.total_loss, 3.0 * a.info.total_loss, c.info.total_generation), "seed %lu", seed);
    answer_free(&a), answer_free(&b), answer_free(&c);
    model_free(&m), model_free(&dearer), model_free(&larger);
}

static void ignores_branch_direction(uint64_t seed, int32_t policy)
{
    dice d = {seed};
    const cef_settings settings = settings_of(policy);
    model m = grid_of(&d, policy, RANDOM_ALL), turned = model_copy(&m);
    for (cef_index k = 0; k < m.n_branch; k++)
        if (dice_chance(&d, 0.5)) {
            turned.from[k] = m.to[k], turned.to[k] = m.from[k];
            turned.p_from[k] = m.p_to[k], turned.p_to[k] = m.p_from[k];
        }
    answer a = answer_of(&m, &settings, seed), b = answer_of(&turned, &settings, seed);
    expect_same(&m, &a, &b, NULL, 1.0, 0.0, seed);
    for (cef_index k = 0; k < m.n_branch; k++) {
        const bool flipped = turned.from[k] != m.from[k];
        const double want = a.out.branch_carbon_from[k];
        const double got = flipped ? b.out.branch_carbon_to[k] : b.out.branch_carbon_from[k];
        if (m.from[k] != m.to[k])
            cr_assert((isnan(want) && isnan(got)) || near(got, want, want), "seed %lu branch %d: %.17g for %.17g", seed,
                      k, got, want);
    }
    answer_free(&a), answer_free(&b);
    model_free(&m), model_free(&turned);
}

/* Buses by a random permutation, rows of every table in reverse. */
static model renumbered(const model *m, const cef_index *position)
{
    model r = model_make(m->n_bus);
    for (cef_index k = m->n_branch - 1; k >= 0; k--)
        model_branch(&r, position[m->from[k]], position[m->to[k]], m->p_from[k], m->p_to[k]);
    for (cef_index k = m->n_gen - 1; k >= 0; k--)
        model_gen(&r, position[m->gen_bus[k]], m->gen_p[k], m->gen_e[k]);
    for (cef_index k = m->n_load - 1; k >= 0; k--)
        model_load_kind(&r, position[m->load_bus[k]], m->load_p[k], m->load_kind[k], m->load_e[k]);
    for (cef_index k = m->n_storage - 1; k >= 0; k--)
        model_storage(&r, position[m->storage_bus[k]], m->storage_p[k], m->storage_e[k]);
    r.has_load_e = m->has_load_e;
    return r;
}

static void ignores_numbering(uint64_t seed, int32_t policy)
{
    dice d = {seed};
    const cef_settings settings = settings_of(policy);
    model m = grid_of(&d, policy, RANDOM_ALL);
    cef_index position[64];
    for (cef_index k = 0; k < m.n_bus; k++) {
        const cef_index other = dice_below(&d, k + 1);
        position[k] = position[other], position[other] = k;
    }
    model r = renumbered(&m, position);
    answer a = answer_of(&m, &settings, seed), b = answer_of(&r, &settings, seed);
    expect_same(&m, &a, &b, position, 1.0, 0.0, seed);
    for (cef_index k = 0; k < m.n_load; k++) {
        const double want = a.out.load_carbon[k], got = b.out.load_carbon[m.n_load - 1 - k];
        cr_assert((isnan(want) && isnan(got)) || near(got, want, want), "seed %lu load %d", seed, k);
    }
    cr_assert(a.info.n_blocks == b.info.n_blocks && a.info.largest_block == b.info.largest_block, "seed %lu", seed);
    cr_assert(near(a.info.total_loss, b.info.total_loss, a.info.total_generation), "seed %lu", seed);
    answer_free(&a), answer_free(&b);
    model_free(&m), model_free(&r);
}

/* A unit, a load and a line in two halves: intensities stay, and the halves carry half. */
static void splits(uint64_t seed, int32_t policy)
{
    dice d = {seed};
    const cef_settings settings = settings_of(policy);
    model m = grid_of(&d, policy, RANDOM_ALL), s = model_copy(&m);
    const cef_index gen = dice_below(&d, m.n_gen), load = dice_below(&d, m.n_load);
    s.gen_p[gen] *= 0.5;
    model_gen(&s, s.gen_bus[gen], s.gen_p[gen], s.gen_e[gen]);
    s.load_p[load] *= 0.5;
    model_load_kind(&s, s.load_bus[load], s.load_p[load], s.load_kind[load], s.load_e[load]);
    for (cef_index k = 0; k < m.n_branch; k++)
        if (fabs(m.p_from[k]) > 1e-3 && fabs(m.p_to[k]) > 1e-3 && dice_chance(&d, 0.3))
            double_row(&s, k);
    answer a = answer_of(&m, &settings, seed), b = answer_of(&s, &settings, seed);
    expect_same(&m, &a, &b, NULL, 1.0, 0.0, seed);
    const double half = 0.5 * a.out.load_carbon[load];
    cr_assert((isnan(half) && isnan(b.out.load_carbon[load])) || near(b.out.load_carbon[load], half, half), "seed %lu",
              seed);
    answer_free(&a), answer_free(&b);
    model_free(&m), model_free(&s);
}

Test(laws, conservation) { hold(conserves, all_policies, 6); }
Test(laws, monotone) { hold(is_monotone, all_policies, 6); }
Test(laws, superposition) { hold(superposes, all_policies, 6); }
Test(laws, scaling) { hold(scales, all_policies, 6); }
Test(laws, branch_flip) { hold(ignores_branch_direction, all_policies, 6); }
Test(laws, renumbering) { hold(ignores_numbering, all_policies, 6); }
Test(laws, splitting) { hold(splits, all_policies, 6); }
