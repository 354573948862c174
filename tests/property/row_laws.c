/* SPDX-License-Identifier: Apache-2.0 */
/* Proves the laws of docs/theory.md section 8 of the policies whose rows dominate (sending, half, and the intensities
 * of generator and prorata): maximum principle, uniform intensity, shift, the mix sums to 1, a pass-through bus changes
 * nothing; and Bialek's net and gross identities. */
#include "grids.h"

static void price_all(model *m, double intensity, double more)
{
    for (cef_index k = 0; k < m->n_gen; k++)
        m->gen_e[k] = intensity >= 0.0 ? intensity : m->gen_e[k] + more;
    for (cef_index k = 0; k < m->n_load; k++)
        m->load_e[k] = intensity >= 0.0 ? intensity : m->load_e[k] + more;
    for (cef_index k = 0; k < m->n_storage; k++)
        m->storage_e[k] = intensity >= 0.0 ? intensity : m->storage_e[k] + more;
}

static void is_between_its_units(uint64_t seed, int32_t policy)
{
    dice d = {seed};
    const cef_settings settings = settings_of(policy);
    model m = grid_of(&d, policy, RANDOM_ALL & ~(unsigned) (RANDOM_NEGATIVE | RANDOM_STORAGE));
    double low = INFINITY, high = -INFINITY;
    for (cef_index k = 0; k < m.n_gen; k++)
        if (m.gen_p[k] > 0.0)
            low = fmin(low, m.gen_e[k]), high = fmax(high, m.gen_e[k]);
    answer a = answer_of(&m, &settings, seed);
    for (cef_index bus = 0; bus < m.n_bus; bus++) {
        const double x = a.out.bus_intensity[bus];
        cr_assert(isnan(x) || (x >= low * (1.0 - 1e-12) && x <= high * (1.0 + 1e-12)),
                  "seed %lu policy %d bus %d: %.17g not in [%g, %g]", seed, policy, bus, x, low, high);
    }
    cr_assert(a.info.maximum_principle == 1, "seed %lu policy %d", seed, policy);
    answer_free(&a);
    model_free(&m);
}

static void uniform_stays_uniform(uint64_t seed, int32_t policy)
{
    dice d = {seed};
    const cef_settings settings = settings_of(policy);
    model m = grid_of(&d, policy, RANDOM_ALL);
    answer before = answer_of(&m, &settings, seed);
    model shifted = model_copy(&m), uniform = model_copy(&m);
    price_all(&shifted, -1.0, 0.25), price_all(&uniform, 0.7, 0.0);
    answer after = answer_of(&shifted, &settings, seed), same = answer_of(&uniform, &settings, seed);
    expect_same(&m, &before, &after, NULL, 1.0, 0.25, seed);
    expect_same(&m, &before, &same, NULL, 0.0, 0.7, seed);
    answer_free(&before), answer_free(&after), answer_free(&same);
    model_free(&m), model_free(&shifted), model_free(&uniform);
}

/* Unit k alone at 1 t/MWh gives its share of every bus; the shares sum to 1. */
static void mix_sums_to_one(uint64_t seed, int32_t policy)
{
    dice d = {seed};
    const cef_settings settings = settings_of(policy);
    model m = random_model(&d, dice_between(&d, 2, 14),
                           RANDOM_LOOPS | RANDOM_PARALLEL | RANDOM_DEAD | RANDOM_NEGATIVE_LOSS | RANDOM_BOTH_FED |
                               RANDOM_IMBALANCE);
    double sum[16] = {0};
    session s = session_open(&m, &settings, NULL);
    answer a = answer_make(&m);
    for (cef_index k = 0; k < m.n_gen; k++) {
        price_all(&m, 0.0, 0.0);
        m.gen_e[k] = 1.0;
        session_solve(&s, &m, &a);
        cr_assert(a.status == CEF_OK, "seed %lu: %s", seed, a.error.message);
        for (cef_index bus = 0; bus < m.n_bus; bus++)
            sum[bus] += a.out.bus_intensity[bus];
    }
    for (cef_index bus = 0; bus < m.n_bus; bus++)
        cr_assert(isnan(a.out.bus_intensity[bus]) || near(sum[bus], 1.0, 1.0), "seed %lu bus %d: %.17g", seed, bus,
                  sum[bus]);
    session_close(&s);
    answer_free(&a);
    model_free(&m);
}

/* A bus in the middle of a branch, lossless towards the sender: every other intensity stays, its own is the sender's.
 */
static void pass_through_changes_nothing(uint64_t seed, int32_t policy)
{
    dice d = {seed};
    const cef_settings settings = settings_of(policy);
    model m = grid_of(&d, policy, RANDOM_ALL), cut = model_copy(&m);
    cef_index middle[64], n_middle = 0;
    for (cef_index k = 0; k < m.n_branch && n_middle < 20; k++)
        if (m.from[k] != m.to[k] && m.p_from[k] * m.p_to[k] < 0.0 && fabs(m.p_to[k]) > 1e-3 &&
            fabs(m.p_from[k]) > 1e-3) {
            const cef_index bus = cut.n_bus++;
            const bool forward = m.p_from[k] > 0.0;
            const double sent = forward ? m.p_from[k] : m.p_to[k];
            cut.to[k] = bus, cut.p_to[k] = forward ? -sent : sent;
            model_branch(&cut, bus, m.to[k], forward ? sent : -sent, m.p_to[k]);
            middle[n_middle++] = k;
        }
    answer a = answer_of(&m, &settings, seed), b = answer_of(&cut, &settings, seed);
    expect_same(&m, &a, &b, NULL, 1.0, 0.0, seed);
    for (cef_index k = 0; k < n_middle; k++) {
        const double want = a.out.branch_intensity[middle[k]], got = b.out.bus_intensity[m.n_bus + k];
        cr_assert(near(got, want, want), "seed %lu branch %d: %.17g for %.17g", seed, middle[k], got, want);
    }
    answer_free(&a), answer_free(&b);
    model_free(&m), model_free(&cut);
}

static double total(const double *p, cef_index n)
{
    double sum = 0.0;
    for (cef_index k = 0; k < n; k++)
        sum += p[k];
    return sum;
}

static const unsigned units_and_loads = RANDOM_LOOPS | RANDOM_PARALLEL | RANDOM_DEAD | RANDOM_BOTH_FED | RANDOM_KINDS;

/* Net tracing: units less the losses that their energy leaves on the way are the loads; and each unit's charge is the
 * loss carbon found by tracing that unit alone. */
static void net_units_are_the_loads(uint64_t seed, int32_t policy)
{
    dice d = {seed};
    const cef_settings settings = settings_of(policy);
    model m = random_model(&d, dice_between(&d, 2, 40), units_and_loads | RANDOM_NEGATIVE_LOSS);
    answer a = answer_of(&m, &settings, seed);
    double net = 0.0;
    for (cef_index k = 0; k < m.n_gen; k++)
        net += m.gen_p[k] > 0.0 ? m.gen_p[k] * (1.0 - a.out.bus_loss_factor[m.gen_bus[k]]) : 0.0;
    const double loads = total(m.load_p, m.n_load);
    cr_assert(near(net, loads, loads), "seed %lu: net units %.17g, loads %.17g", seed, net, loads);
    const double charged = total(a.out.gen_carbon_loss, m.n_gen);
    cr_assert(near(charged, a.info.total_loss, a.info.total_generation), "seed %lu: %.17g charged, %.17g lost", seed,
              charged, a.info.total_loss);
    const cef_index unit = dice_below(&d, m.n_gen);
    const double e = m.gen_e[unit];
    price_all(&m, 0.0, 0.0);
    m.gen_e[unit] = e;
    answer alone = answer_of(&m, &settings, seed);
    cr_assert(near(alone.info.total_loss, a.out.gen_carbon_loss[unit], a.info.total_generation),
              "seed %lu unit %d: %.17g for %.17g", seed, unit, a.out.gen_carbon_loss[unit], alone.info.total_loss);
    answer_free(&a), answer_free(&alone);
    model_free(&m);
}

/* Gross tracing: with every unit at 1, an intensity is what must be generated for 1 MW there; loads so weighted are all
 * generation, and none is below 1. */
static void gross_loads_are_the_units(uint64_t seed, int32_t policy)
{
    dice d = {seed};
    const cef_settings settings = settings_of(policy);
    model m = random_model(&d, dice_between(&d, 2, 40), units_and_loads & ~(unsigned) RANDOM_BOTH_FED);
    price_all(&m, 1.0, 0.0);
    answer a = answer_of(&m, &settings, seed);
    double dropped = 0.0; /* a branch whose far end is below flow_tol is a loss load, at its own bus's intensity */
    for (cef_index k = 0; k < m.n_branch; k++)
        dropped += isnan(a.out.branch_intensity[k]) ? a.out.branch_carbon_loss[k] : 0.0;
    const double gross = total(a.out.load_carbon, m.n_load) + dropped, units = total(m.gen_p, m.n_gen);
    cr_assert(near(gross, units, units), "seed %lu: gross loads %.17g, units %.17g", seed, gross, units);
    for (cef_index bus = 0; bus < m.n_bus; bus++)
        cr_assert(!(a.out.bus_intensity[bus] < 1.0 - 1e-12), "seed %lu bus %d: %.17g", seed, bus,
                  a.out.bus_intensity[bus]);
    answer_free(&a);
    model_free(&m);
}

Test(row_laws, maximum_principle) { hold(is_between_its_units, row_policies, 4); }
Test(row_laws, uniform_and_shift) { hold(uniform_stays_uniform, row_policies, 4); }
Test(row_laws, mix_rows_sum_to_one) { hold(mix_sums_to_one, row_policies, 4); }
Test(row_laws, pass_through_bus) { hold(pass_through_changes_nothing, row_policies, 4); }
Test(row_laws, net_identity) { hold(net_units_are_the_loads, (const int32_t[]){CEF_LOSS_GENERATOR}, 1); }
Test(row_laws, gross_identity) { hold(gross_loads_are_the_units, (const int32_t[]){CEF_LOSS_CONSUMER}, 1); }
