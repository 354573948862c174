/* SPDX-License-Identifier: Apache-2.0 */
/* Where intensities come from: factors file > the case's own > fuel factors > missing policy (cli.md). Everything is
 * worked out in scratch columns first, so that a refusal changes nothing. */
#include "io/case_object.h"

#define MAX_INTENSITY 1e6 /* tCO2/MWh */

typedef struct {
    const cef_case *c;
    const cef_factor_options *options;
    const fuel_table *fuels; /* NULL: none */
    cef_factor_info *info;
    double *gen, *load, *storage; /* scratch: [n_gen] holds the factors file's rows first, NaN elsewhere */
} pricing;

static cef_status check_intensity(double value, const char *what, cef_error *error)
{
    if (isfinite(value) && fabs(value) <= MAX_INTENSITY)
        return CEF_OK;
    return error_format(error, DIAG_BAD_ARGUMENT, CEF_NOWHERE, "%s is %g tCO2/MWh, outside -1e6 to 1e6", what, value);
}

static cef_status read_options(cef_factor_options *own, const cef_factor_options *theirs, cef_error *error)
{
    *own = (cef_factor_options){.struct_size = sizeof *own};
    if (!theirs)
        return CEF_OK;
    CEF_TRY(struct_read(own, sizeof *own, theirs, sizeof(size_t), "options", error));
    if (own->missing < CEF_MISSING_ERROR || own->missing > CEF_MISSING_VALUE)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_NOWHERE, "options.missing is %d, 0 to 2 are known",
                            (int64_t) own->missing);
    if (own->missing == CEF_MISSING_VALUE)
        CEF_TRY(check_intensity(own->missing_value, "options.missing_value", error));
    if (own->has_negative_load_intensity)
        CEF_TRY(check_intensity(own->negative_load_intensity, "options.negative_load_intensity", error));
    return CEF_OK;
}

static double policy_value(const cef_factor_options *options)
{
    return options->missing == CEF_MISSING_VALUE ? options->missing_value : 0.0;
}

static cef_status refuse_missing(const cef_case *c, cef_element element, cef_index row, double p, const char *fuel,
                                 cef_error *error)
{
    char name[64];
    cef_where where = case_where(&c->data, element, row, name);
    where.value = p;
    return error_format(error, DIAG_MISSING_FACTOR, where,
                        "%s: %s %s runs at %g MW%s%s and has no emission factor. Give --factors, --fuel-factors, an "
                        "intensity in the case, or --missing-factor VALUE or zero",
                        c->data.file, case_table_name(element), name, p, fuel[0] ? " on " : "", fuel);
}

static cef_status price_gen(pricing *w, cef_index gen, cef_error *error)
{
    const double p = w->c->state.gen_p[gen], own = w->c->data.gen.intensity[gen];
    const char *fuel = cef_case_fuel(w->c, gen);
    const bool runs = p > 0.0; /* out of service: p is 0 */
    double by_fuel = 0.0;
    if (!isnan(w->gen[gen])) {
        w->info->n_from_file += runs;
    } else if (!isnan(own)) {
        w->gen[gen] = own;
        w->info->n_from_case += runs;
    } else if (w->fuels && fuel[0] && fuels_find(w->fuels, fuel, &by_fuel)) {
        w->gen[gen] = by_fuel;
        w->info->n_from_fuel += runs;
        w->info->n_defaulted += runs;
    } else if (runs) {
        if (w->options->missing == CEF_MISSING_ERROR)
            return refuse_missing(w->c, CEF_GEN, gen, p, fuel, error);
        w->gen[gen] = policy_value(w->options);
        w->info->n_from_missing++;
        w->info->n_defaulted++;
    }
    return CEF_OK;
}

static cef_status price_store(pricing *w, cef_index store, cef_error *error)
{
    const double p = w->c->state.storage_p[store];
    w->storage[store] = w->c->data.storage.intensity[store];
    if (!(p > 0.0))
        return CEF_OK;
    if (!isnan(w->storage[store])) {
        w->info->n_from_case++;
        return CEF_OK;
    }
    if (w->options->missing == CEF_MISSING_ERROR)
        return refuse_missing(w->c, CEF_STORAGE, store, p, "", error);
    w->storage[store] = policy_value(w->options);
    w->info->n_from_missing++;
    w->info->n_defaulted++;
    return CEF_OK;
}

static void price_load(pricing *w, cef_index load)
{
    w->load[load] = w->c->data.load.intensity[load];
    if (!(w->c->state.load_p[load] < 0.0) || !isnan(w->load[load]))
        return;
    w->load[load] =
        w->options->has_negative_load_intensity ? w->options->negative_load_intensity : policy_value(w->options);
    w->info->n_negative_load++;
    w->info->n_defaulted++;
}

static cef_status price_all(pricing *w, cef_error *error)
{
    const case_data *d = &w->c->data;
    for (cef_index gen = 0; gen < d->gen.n; gen++)
        w->gen[gen] = (double) NAN;
    cef_index rows = 0;
    if (w->options->factors)
        CEF_TRY(factors_read(d, w->options->factors, w->gen, &rows, error));
    for (cef_index gen = 0; gen < d->gen.n; gen++)
        CEF_TRY(price_gen(w, gen, error));
    for (cef_index store = 0; store < d->storage.n; store++)
        CEF_TRY(price_store(w, store, error));
    for (cef_index load = 0; load < d->load.n; load++)
        price_load(w, load);
    return CEF_OK;
}

static void keep(double *to, const double *from, cef_index n)
{
    if (n > 0)
        memcpy(to, from, (size_t) n * sizeof *to);
}

cef_status cef_case_price(cef_case *c, const cef_factor_options *options, cef_factor_info *info, cef_error *error)
{
    if (!c)
        return error_set(error, DIAG_NULL_ARGUMENT, CEF_NOWHERE, "cef_case_price: case is NULL");
    if (info && info->struct_size < sizeof(size_t))
        return error_set(error, DIAG_STRUCT_SIZE, CEF_NOWHERE, "cef_factor_info.struct_size is not set");
    cef_factor_options own;
    CEF_TRY(read_options(&own, options, error));
    const case_data *d = &c->data;
    const size_t size = ((size_t) d->gen.n + (size_t) d->load.n + (size_t) d->storage.n) * sizeof(double);
    cef_factor_info counts = {.struct_size = sizeof counts};
    fuel_table fuels = {.ctx = c->ctx};
    void *scratch = NULL;
    CEF_TRY(context_take(c->ctx, size, &scratch, error));
    double *gen = scratch;
    pricing w = {c, &own, own.fuel_factors ? &fuels : NULL, &counts, gen, gen + d->gen.n, gen + d->gen.n + d->load.n};
    cef_status status = own.fuel_factors ? fuels_read(c->ctx, own.fuel_factors, &fuels, error) : CEF_OK;
    if (status == CEF_OK)
        status = price_all(&w, error);
    if (status == CEF_OK) {
        keep(c->state.gen_intensity, w.gen, d->gen.n);
        keep(c->state.load_intensity, w.load, d->load.n);
        keep(c->state.storage_intensity, w.storage, d->storage.n);
        if (info)
            struct_write(info, &counts, sizeof counts);
    }
    fuels_release(&fuels);
    context_free(c->ctx, scratch, size);
    return status;
}
