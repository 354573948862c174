/* SPDX-License-Identifier: Apache-2.0 */
#include "coupled.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOURS 0.25 /* of series_data */

static void *take(size_t n, size_t size)
{
    void *memory = calloc(n ? n : 1, size);
    if (!memory)
        abort();
    return memory;
}

static void must(cef_status status, const cef_error *error)
{
    if (status == CEF_OK)
        return;
    fprintf(stderr, "stores: %s\n", error->message);
    abort();
}

static size_t row_of(const series *s, cef_index t) { return (size_t) t * (size_t) s->m.n_storage; }

/* MWh that must leave the store in all periods of a scenario, were nothing to leak. */
static double delivered(const series *s, const fleet *f, cef_index scenario, cef_index store, double efficiency)
{
    const cef_index length = s->n_periods / f->n_scenarios;
    double energy = 0.0;
    for (cef_index t = scenario * length; t < (scenario + 1) * length; t++)
        energy += fmax(s->storage_p[row_of(s, t) + (size_t) store], 0.0) * HOURS / efficiency;
    return energy;
}

static cef_storage *make_one(dice *d, const series *s, const fleet *f, cef_index scenario, int32_t kind, double plenty,
                             const fleet *from)
{
    const size_t n = (size_t) f->n_storage;
    double *column = take(6 * n, sizeof *column), *energy = column, *intensity = column + n;
    double *charge = column + 2 * n, *discharge = column + 3 * n, *retention = column + 4 * n, *carbon = column + 5 * n;
    const double length = (double) s->n_periods / (double) f->n_scenarios;
    cef_storage_data data = {.struct_size = sizeof data,
                             .energy = energy,
                             .intensity = intensity,
                             .efficiency_charge = charge,
                             .efficiency_discharge = discharge,
                             .retention = retention,
                             .n_storage = f->n_storage};
    for (size_t k = 0; k < n; k++) {
        charge[k] = 0.8 + 0.2 * dice_unit(d), discharge[k] = 0.8 + 0.2 * dice_unit(d);
        retention[k] = dice_chance(d, 0.5) ? 1.0 : 1.0 - 0.1 / length;
        intensity[k] = dice_unit(d);
        energy[k] = plenty * (1e-3 + 1.2 * delivered(s, f, scenario, (cef_index) k, discharge[k]));
    }
    cef_error error = {.struct_size = sizeof error};
    if (from) {
        must(cef_storage_state(from->storage[scenario], energy, carbon, &error), &error);
        data.carbon = carbon;
    }
    cef_storage_settings settings;
    cef_storage_settings_init(&settings, sizeof settings);
    settings.model = kind;
    settings.unknown = from != NULL;
    cef_storage *storage = NULL;
    must(cef_storage_create(f->ctx, &data, &settings, &storage, &error), &error);
    free(column);
    return storage;
}

static fleet make_all(dice *d, const series *s, cef_index n_scenarios, int32_t kind, double plenty, const fleet *from)
{
    fleet f = {.n_scenarios = n_scenarios, .n_storage = s->m.n_storage};
    cef_error error = {.struct_size = sizeof error};
    must(cef_context_create(NULL, &f.ctx, &error), &error);
    f.storage = take((size_t) n_scenarios, sizeof(cef_storage *));
    for (cef_index k = 0; k < n_scenarios; k++)
        f.storage[k] = make_one(d, s, &f, k, kind, plenty, from);
    return f;
}

fleet fleet_make(dice *d, const series *s, cef_index n_scenarios, int32_t kind, double plenty)
{
    return make_all(d, s, n_scenarios, kind, plenty, NULL);
}

fleet fleet_resumed(dice *d, const series *s, const fleet *f, int32_t kind)
{
    return make_all(d, s, f->n_scenarios, kind, 1.0, f);
}

void fleet_free(fleet *f)
{
    for (cef_index k = 0; k < f->n_scenarios; k++)
        cef_storage_destroy(f->storage[k]);
    free(f->storage);
    cef_context_destroy(f->ctx);
    *f = (fleet){0};
}

enum { COLUMNS = 6 };
static void columns_of(cef_batch_result *out, double **columns[COLUMNS])
{
    double **all[COLUMNS] = {&out->storage_price,        &out->storage_energy_held,      &out->storage_carbon_held,
                             &out->storage_carbon_drawn, &out->storage_carbon_delivered, &out->storage_owner_loss};
    memcpy(columns, all, sizeof all);
}

coupled coupled_make(const series *s)
{
    const size_t n = row_of(s, s->n_periods);
    coupled c = {.o = outcome_make(s), .memory = take(COLUMNS * n, sizeof(double)), .size = COLUMNS * n};
    double **columns[COLUMNS];
    c.size *= sizeof(double);
    memset(c.memory, 0x7b, c.size);
    columns_of(&c.o.out, columns);
    for (size_t k = 0; k < COLUMNS; k++)
        *columns[k] = c.memory + k * n;
    return c;
}

void coupled_free(coupled *c)
{
    outcome_free(&c->o);
    free(c->memory);
    *c = (coupled){0};
}

cef_batch_data coupled_data(const series *s, const fleet *f)
{
    cef_batch_data data = series_data(s);
    data.storage_intensity = NULL;
    data.storage = f->storage;
    data.n_scenarios = f->n_scenarios;
    return data;
}

coupled coupled_run(const series *s, const fleet *f, const cef_settings *settings, const cef_batch_options *options)
{
    coupled c = coupled_make(s);
    const cef_batch_data data = coupled_data(s, f);
    batch_session b = batch_open(&s->m, settings, options, NULL);
    c.o.status = cef_batch_solve(b.batch, &data, &c.o.out, &c.o.info, &c.o.error);
    batch_close(&b);
    return c;
}

uint64_t coupled_hash(const series *s, const coupled *c) { return fnv1a(outcome_hash(s, &c->o), c->memory, c->size); }

static cef_status by_hand(const series *s, const session *one, answer *a, cef_storage *storage, cef_index t,
                          cef_batch_result *out)
{
    const model *m = &s->m;
    const size_t at = row_of(s, t);
    double *x = take((size_t) m->n_storage, sizeof *x);
    const double *p = s->storage_p + at;
    cef_storage_flows flows = {.struct_size = sizeof flows,
                               .energy = out->storage_energy_held + at,
                               .carbon = out->storage_carbon_held + at,
                               .carbon_drawn = out->storage_carbon_drawn + at,
                               .carbon_delivered = out->storage_carbon_delivered + at,
                               .owner_loss = out->storage_owner_loss + at};
    must(cef_storage_intensity(storage, m->storage_e, &a->error), &a->error);
    memcpy(out->storage_price + at, m->storage_e, (size_t) m->n_storage * sizeof *x);
    session_solve(one, m, a);
    for (cef_index k = 0; k < m->n_storage; k++)
        x[k] = a->out.bus_intensity[m->storage_bus[k]];
    cef_status status = a->status;
    if (status == CEF_OK)
        status = cef_storage_step(storage, p, x, HOURS, &flows, NULL);
    if (status != CEF_OK)
        must(cef_storage_skip(storage, p, HOURS, &flows, &a->error), &a->error);
    free(x);
    return status;
}

coupled coupled_by_hand(series *s, const fleet *f, const cef_settings *settings)
{
    coupled c = coupled_make(s);
    session one = session_open(&s->m, settings, NULL);
    answer a = answer_make(&s->m);
    const size_t n_bus = (size_t) s->m.n_bus;
    for (cef_index t = 0; t < s->n_periods; t++) {
        series_load(s, t);
        const cef_index scenario = t / (s->n_periods / f->n_scenarios);
        c.o.out.period_status[t] = by_hand(s, &one, &a, f->storage[scenario], t, &c.o.out);
        memcpy(c.o.out.bus_intensity + (size_t) t * n_bus, a.out.bus_intensity, n_bus * sizeof(double));
        memcpy(c.o.out.storage_carbon + row_of(s, t), a.out.storage_carbon, row_of(s, 1) * sizeof(double));
    }
    answer_free(&a);
    session_close(&one);
    return c;
}
