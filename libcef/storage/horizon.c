/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over the horizon and its identity: held at end - held at start = drawn - delivered - owner's loss, each store.
 */
#include "storage/storage.h"

void store_sum_add(store_sum *sum, double value)
{
    const double total = sum->sum + value;
    const bool larger = fabs(sum->sum) >= fabs(value);
    sum->carry += larger ? (sum->sum - total) + value : (value - total) + sum->sum;
    sum->sum = total;
}

double store_sum_value(const store_sum *sum) { return sum->sum + sum->carry; }

void store_tally_add(store_tally *tally, const store_flow *flow)
{
    store_sum_add(&tally->energy_drawn, flow->energy_drawn);
    store_sum_add(&tally->energy_delivered, flow->energy_delivered);
    store_sum_add(&tally->energy_lost, flow->energy_lost);
    store_sum_add(&tally->carbon_drawn, flow->carbon_drawn);
    store_sum_add(&tally->carbon_delivered, flow->carbon_delivered);
    store_sum_add(&tally->owner_loss, flow->owner_loss);
}

/* |what the identity misses| relative to the size of its terms; 0 where nothing was ever held or drawn; NaN where a
 * term is not known. */
static double identity_of(const store_tally *tally, double carbon)
{
    const double term[] = {carbon, -tally->carbon_start, -store_sum_value(&tally->carbon_drawn),
                           store_sum_value(&tally->carbon_delivered), store_sum_value(&tally->owner_loss)};
    store_sum residual = {0};
    double size = 0.0;
    for (size_t k = 0; k < sizeof term / sizeof *term; k++) {
        store_sum_add(&residual, term[k]);
        size += fabs(term[k]);
    }
    return size == 0.0 ? 0.0 : fabs(store_sum_value(&residual)) / size;
}

/* Adds both parts, so that no digit is lost between a store's sum and the total. */
static void add_sum(store_sum *total, const store_sum *part)
{
    store_sum_add(total, part->sum);
    store_sum_add(total, part->carry);
}

double storage_carbon_held(const cef_storage *storage)
{
    store_sum held = {0};
    for (cef_index store = 0; store < storage->n; store++)
        store_sum_add(&held, storage->carbon[store]);
    return store_sum_value(&held);
}

typedef struct {
    store_sum energy_start, energy_end, energy_drawn, energy_delivered, energy_lost;
    store_sum carbon_start, carbon_end, carbon_drawn, carbon_delivered, owner_loss;
} store_totals;

static void add_store(store_totals *totals, const store_tally *tally, double energy, double carbon)
{
    store_sum_add(&totals->energy_start, tally->energy_start);
    store_sum_add(&totals->energy_end, energy);
    add_sum(&totals->energy_drawn, &tally->energy_drawn);
    add_sum(&totals->energy_delivered, &tally->energy_delivered);
    add_sum(&totals->energy_lost, &tally->energy_lost);
    store_sum_add(&totals->carbon_start, tally->carbon_start);
    store_sum_add(&totals->carbon_end, carbon);
    add_sum(&totals->carbon_drawn, &tally->carbon_drawn);
    add_sum(&totals->carbon_delivered, &tally->carbon_delivered);
    add_sum(&totals->owner_loss, &tally->owner_loss);
}

void storage_describe(const cef_storage *storage, cef_storage_info *out)
{
    store_totals totals = {0};
    *out = (cef_storage_info){.struct_size = sizeof *out, .n_storage = storage->n, .worst_store = -1};
    for (cef_index store = 0; store < storage->n; store++) {
        const double energy = storage->energy[store], carbon = storage->carbon[store];
        const double identity = identity_of(&storage->tally[store], carbon);
        const bool broken = isnan(identity) || isnan(storage->tally[store].energy_start +
                                                     store_sum_value(&storage->tally[store].energy_lost));
        add_store(&totals, &storage->tally[store], energy, carbon);
        out->n_broken += broken;
        out->n_unknown += isnan(energy) || isnan(carbon);
        if (!broken && (out->worst_store < 0 || identity > out->identity)) {
            out->identity = identity;
            out->worst_store = store;
        }
    }
    out->hours = store_sum_value(&storage->hours);
    out->energy_start = store_sum_value(&totals.energy_start);
    out->energy_end = store_sum_value(&totals.energy_end);
    out->energy_drawn = store_sum_value(&totals.energy_drawn);
    out->energy_delivered = store_sum_value(&totals.energy_delivered);
    out->energy_lost = store_sum_value(&totals.energy_lost);
    out->carbon_start = store_sum_value(&totals.carbon_start);
    out->carbon_end = store_sum_value(&totals.carbon_end);
    out->carbon_drawn = store_sum_value(&totals.carbon_drawn);
    out->carbon_delivered = store_sum_value(&totals.carbon_delivered);
    out->owner_loss = store_sum_value(&totals.owner_loss);
    out->n_periods = storage->n_periods;
    out->n_emptied = storage->n_emptied;
    out->n_skipped = storage->n_skipped;
}
