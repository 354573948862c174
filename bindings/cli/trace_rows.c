/* SPDX-License-Identifier: Apache-2.0 */
/* Results of a trace as tables, in the case's own row order. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

const char *const trace_flags[] = {"ok", "undefined", "unfed", "imbalanced", "mismatch"};

uint8_t trace_flag(int32_t bits)
{
    if (bits & (CEF_BUS_UNFED | CEF_BUS_LOOP_UNFED))
        return FLAG_UNFED;
    if (bits & CEF_BUS_UNDEFINED)
        return FLAG_UNDEFINED;
    if (bits & CEF_BUS_MISMATCH_UNIT)
        return FLAG_MISMATCH;
    return bits & CEF_BUS_IMBALANCED ? FLAG_IMBALANCED : FLAG_OK;
}

static void begin(table *t, const trace_job *job, const char *name, size_t n_row)
{
    *t = (table){.name = name, .source = job->source, .n_row = n_row};
}

static cef_status bus_rows(trace_job *job, cef_error *error)
{
    const size_t n = (size_t) job->net.n_bus;
    uint8_t *flag = NULL;
    CLI_TRY(pool_take(&job->pool, n, sizeof *flag, &flag, error));
    for (size_t bus = 0; bus < n; bus++)
        flag[bus] = trace_flag(job->solution.bus_flags[bus]);
    begin(&job->bus, job, "bus", n);
    table_add_id(&job->bus, "id", CEF_BUS, NULL, job->info.numeric_bus);
    table_add_number(&job->bus, "intensity", job->solution.bus_intensity);
    table_add_number(&job->bus, "throughput", job->solution.bus_throughput);
    table_add_number(&job->bus, "imbalance", job->solution.bus_imbalance);
    table_add_number(&job->bus, "error_bound", job->solution.bus_error_bound);
    table_add_word(&job->bus, "flag", flag, trace_flags);
    return CEF_OK;
}

static void branch_rows(trace_job *job)
{
    table *t = &job->branch;
    begin(t, job, "branch", (size_t) job->net.n_branch);
    table_add_id(t, "id", CEF_BRANCH, NULL, job->info.numeric_branch);
    table_add_id(t, "from", CEF_BUS, job->net.branch_from, job->info.numeric_bus);
    table_add_id(t, "to", CEF_BUS, job->net.branch_to, job->info.numeric_bus);
    table_add_number(t, "p_from", job->snapshot.branch_p_from);
    table_add_number(t, "p_to", job->snapshot.branch_p_to);
    table_add_number(t, "intensity", job->solution.branch_intensity);
    table_add_number(t, "carbon_from", job->solution.branch_carbon_from);
    table_add_number(t, "carbon_to", job->solution.branch_carbon_to);
    table_add_number(t, "carbon_loss", job->solution.branch_carbon_loss);
}

/* Intensity of what a unit or store at `bus` injects; of what it draws, its bus's. */
static double own_intensity(const trace_job *job, double p, double own, cef_index bus)
{
    return p < 0.0 ? job->solution.bus_intensity[bus] : own;
}

/* ---- units: the case's rows, then by bus the negative loads and the mismatch units ---- */
typedef struct {
    cef_index bus, index;
    uint8_t kind;
} other_unit;

static int by_bus(const void *left, const void *right)
{
    const other_unit *a = left, *b = right;
    if (a->bus != b->bus)
        return a->bus < b->bus ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

/* Counts if `unit` is NULL. */
static size_t other_units(const trace_job *job, other_unit *unit)
{
    size_t n = 0;
    for (cef_index load = 0; load < job->net.n_load; load++) {
        if (!(job->snapshot.load_p[load] < 0.0))
            continue;
        if (unit)
            unit[n] = (other_unit){job->net.load_bus[load], load, UNIT_LOAD};
        n++;
    }
    for (cef_index bus = 0; bus < job->net.n_bus; bus++) {
        if (job->solution.bus_mismatch_p[bus] == 0.0)
            continue;
        if (unit)
            unit[n] = (other_unit){bus, bus, UNIT_MISMATCH};
        n++;
    }
    return n;
}

typedef struct {
    uint8_t *element, *kind;
    cef_index *index, *bus;
    double *p, *intensity, *carbon, *carbon_loss;
} unit_columns;

static cef_status take_units(trace_job *job, size_t n, unit_columns *unit, cef_error *error)
{
    CLI_TRY(pool_take(&job->pool, n, sizeof *unit->element, &unit->element, error));
    CLI_TRY(pool_take(&job->pool, n, sizeof *unit->kind, &unit->kind, error));
    CLI_TRY(pool_take(&job->pool, n, sizeof *unit->index, &unit->index, error));
    CLI_TRY(pool_take(&job->pool, n, sizeof *unit->bus, &unit->bus, error));
    CLI_TRY(pool_take(&job->pool, n, sizeof *unit->p, &unit->p, error));
    CLI_TRY(pool_take(&job->pool, n, sizeof *unit->intensity, &unit->intensity, error));
    CLI_TRY(pool_take(&job->pool, n, sizeof *unit->carbon, &unit->carbon, error));
    return pool_take(&job->pool, n, sizeof *unit->carbon_loss, &unit->carbon_loss, error);
}

static void gen_units(const trace_job *job, unit_columns *unit)
{
    for (cef_index gen = 0; gen < job->net.n_gen; gen++) {
        const double p = job->snapshot.gen_p[gen];
        unit->element[gen] = CEF_GEN;
        unit->kind[gen] = UNIT_GEN;
        unit->index[gen] = gen;
        unit->bus[gen] = job->net.gen_bus[gen];
        unit->p[gen] = p;
        unit->intensity[gen] = own_intensity(job, p, job->snapshot.gen_intensity[gen], unit->bus[gen]);
        unit->carbon[gen] = p == 0.0 ? 0.0 : job->solution.gen_carbon[gen];
        unit->carbon_loss[gen] = job->solution.gen_carbon_loss[gen];
    }
}

static void place_other(const trace_job *job, const other_unit *other, unit_columns *unit, size_t row)
{
    const bool is_load = other->kind == UNIT_LOAD;
    const double *loss_factor = job->solution.bus_loss_factor;
    unit->element[row] = is_load ? CEF_LOAD : CEF_BUS;
    unit->kind[row] = other->kind;
    unit->index[row] = other->index;
    unit->bus[row] = other->bus;
    unit->p[row] = is_load ? -job->snapshot.load_p[other->index] : job->solution.bus_mismatch_p[other->bus];
    unit->intensity[row] = is_load ? job->snapshot.load_intensity[other->index] : job->settings.mismatch_intensity;
    unit->carbon[row] = is_load ? -job->solution.load_carbon[other->index] : unit->p[row] * unit->intensity[row];
    unit->carbon_loss[row] = job->settings.loss_policy == CEF_LOSS_GENERATOR && isfinite(loss_factor[other->bus])
                                 ? loss_factor[other->bus] * unit->carbon[row]
                                 : 0.0;
}

/* A decimal int64 without a plus sign, leading zeros or -0, as the case's own tables are judged. */
static bool is_number(const char *id)
{
    const char *digits = id + (*id == '-');
    const size_t n = strspn(digits, "0123456789");
    if (n == 0 || digits[n] != 0 || n > 19 || (digits[0] == '0' && (n > 1 || *id == '-')))
        return false;
    return n < 19 || strcmp(digits, *id == '-' ? "9223372036854775808" : "9223372036854775807") <= 0;
}

static bool units_numeric(const trace_job *job, const other_unit *other, size_t n_other)
{
    bool numeric = job->info.numeric_gen != 0;
    for (size_t k = 0; k < n_other && numeric; k++) {
        char id[64];
        cef_case_id(job->source, other[k].kind == UNIT_LOAD ? CEF_LOAD : CEF_BUS, other[k].index, id, sizeof id);
        numeric = is_number(id);
    }
    return numeric;
}

static cef_status gen_rows(trace_job *job, cef_error *error)
{
    static const char *const kinds[] = {"gen", "load", "mismatch"};
    const size_t n_gen = (size_t) job->net.n_gen, n_other = other_units(job, NULL);
    other_unit *other = NULL;
    unit_columns unit;
    CLI_TRY(pool_take(&job->pool, n_other, sizeof *other, &other, error));
    CLI_TRY(take_units(job, n_gen + n_other, &unit, error));
    other_units(job, other);
    qsort(other, n_other, sizeof *other, by_bus);
    gen_units(job, &unit);
    for (size_t k = 0; k < n_other; k++)
        place_other(job, &other[k], &unit, n_gen + k);
    table *t = &job->gen;
    begin(t, job, "gen", n_gen + n_other);
    table_add_id(t, "id", CEF_GEN, unit.index, units_numeric(job, other, n_other));
    t->column[0].row_element = unit.element;
    table_add_id(t, "bus", CEF_BUS, unit.bus, job->info.numeric_bus);
    table_add_word(t, "kind", unit.kind, kinds);
    table_add_number(t, "p", unit.p);
    table_add_number(t, "intensity", unit.intensity);
    table_add_number(t, "carbon", unit.carbon);
    table_add_number(t, "carbon_loss", unit.carbon_loss);
    return CEF_OK;
}

/* ---- loads: demand in case order, then shunts, then exports; the negative ones are units ---- */
static cef_status load_rows(trace_job *job, cef_error *error)
{
    static const char *const kinds[] = {"load", "shunt", "export"};
    const size_t n = (size_t) job->net.n_load;
    cef_index *index = NULL, *bus = NULL;
    uint8_t *kind = NULL;
    double *p = NULL, *carbon = NULL;
    CLI_TRY(pool_take(&job->pool, n, sizeof *index, &index, error));
    CLI_TRY(pool_take(&job->pool, n, sizeof *bus, &bus, error));
    CLI_TRY(pool_take(&job->pool, n, sizeof *kind, &kind, error));
    CLI_TRY(pool_take(&job->pool, n, sizeof *p, &p, error));
    CLI_TRY(pool_take(&job->pool, n, sizeof *carbon, &carbon, error));
    size_t row = 0;
    for (int32_t wanted = CEF_LOAD_DEMAND; wanted <= CEF_LOAD_EXPORT; wanted++) {
        for (cef_index load = 0; load < job->net.n_load; load++) {
            const int32_t own = job->net.load_kind ? job->net.load_kind[load] : CEF_LOAD_DEMAND;
            if (own != wanted || job->snapshot.load_p[load] < 0.0)
                continue;
            index[row] = load;
            bus[row] = job->net.load_bus[load];
            kind[row] = (uint8_t) own;
            p[row] = job->snapshot.load_p[load];
            carbon[row] = p[row] == 0.0 ? 0.0 : job->solution.load_carbon[load];
            row++;
        }
    }
    begin(&job->load, job, "load", row);
    table_add_id(&job->load, "id", CEF_LOAD, index, job->info.numeric_load);
    table_add_id(&job->load, "bus", CEF_BUS, bus, job->info.numeric_bus);
    table_add_word(&job->load, "kind", kind, kinds);
    table_add_number(&job->load, "p", p);
    table_add_number(&job->load, "carbon", carbon);
    return CEF_OK;
}

static cef_status storage_rows(trace_job *job, cef_error *error)
{
    const size_t n = (size_t) job->net.n_storage;
    double *intensity = NULL, *carbon = NULL;
    CLI_TRY(pool_take(&job->pool, n, sizeof *intensity, &intensity, error));
    CLI_TRY(pool_take(&job->pool, n, sizeof *carbon, &carbon, error));
    for (size_t k = 0; k < n; k++) {
        const double p = job->snapshot.storage_p[k];
        intensity[k] = own_intensity(job, p, job->snapshot.storage_intensity[k], job->net.storage_bus[k]);
        carbon[k] = p == 0.0 ? 0.0 : job->solution.storage_carbon[k];
    }
    begin(&job->storage, job, "storage", n);
    table_add_id(&job->storage, "id", CEF_STORAGE, NULL, job->info.numeric_storage);
    table_add_id(&job->storage, "bus", CEF_BUS, job->net.storage_bus, job->info.numeric_bus);
    table_add_number(&job->storage, "p", job->snapshot.storage_p);
    table_add_number(&job->storage, "intensity", intensity);
    table_add_number(&job->storage, "carbon", carbon);
    return CEF_OK;
}

cef_status trace_rows(trace_job *job, cef_error *error)
{
    CLI_TRY(bus_rows(job, error));
    branch_rows(job);
    CLI_TRY(gen_rows(job, error));
    CLI_TRY(load_rows(job, error));
    return storage_rows(job, error);
}
