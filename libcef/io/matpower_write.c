/* SPDX-License-Identifier: Apache-2.0 */
/* A case as a MATPOWER file, format version 2, with solved columns. What a .m cannot hold is refused before the file is
 * touched, so that reading the file back gives the same case. (Branch parameters and reactive powers that the case does
 * not state are written as 0: MATPOWER has no other word for them.) */
#include "io/matpower_write.h"

static void put(file_writer *w, double value)
{
    file_put(w, "\t", 1);
    if (isinf(value))
        file_puts(w, value < 0.0 ? "-Inf" : "Inf");
    else
        file_put_number(w, isnan(value) ? 0.0 : value);
}

static void put_int(file_writer *w, int64_t value)
{
    file_put(w, "\t", 1);
    file_put_int(w, value);
}

static bool is_identifier(const char *name)
{
    for (const char *p = name; *p; p++) {
        const bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_';
        if (!letter && !(p > name && *p >= '0' && *p <= '9'))
            return false;
    }
    return name[0] != 0;
}

static void write_head(file_writer *w, const case_data *d)
{
    const bool identifier = is_identifier(d->name);
    file_puts(w, "function mpc = ");
    file_puts(w, identifier ? d->name : "a_case");
    file_puts(w, "\n% Written by libcef. 0 where the case states no r, x, b or reactive power.\n");
    if (!identifier && d->name[0]) {
        file_puts(w, "mpc.name = '");
        file_puts(w, d->name);
        file_puts(w, "';\n");
    }
    file_puts(w, "mpc.version = '2';\nmpc.baseMVA = ");
    file_put_number(w, d->base_mva);
    file_puts(w, ";\n");
}

static void write_buses(file_writer *w, const case_data *d, const double *demand, const double *reactive,
                        const double *shunt)
{
    file_puts(w, "\n%\tbus_i\ttype\tPd\tQd\tGs\tBs\tarea\tVm\tVa\tbaseKV\tzone\tVmax\tVmin\nmpc.bus = [\n");
    for (cef_index bus = 0; bus < d->bus.n; bus++) {
        const char *zone = case_text_at(d, d->bus.zone[bus]);
        put_int(w, d->bus.id.number[bus]);
        put_int(w, d->bus.type[bus]);
        put(w, demand[bus]);
        put(w, reactive[bus]);
        put(w, shunt[bus]);
        put(w, d->bus.bs[bus]);
        file_put(w, "\t", 1);
        file_puts(w, zone[0] ? zone : "0");
        put(w, d->bus.vm[bus]);
        put(w, d->bus.va[bus]);
        put(w, d->bus.base_kv[bus]);
        file_puts(w, "\t1\t1.1\t0.9;\n");
    }
    file_puts(w, "];\n");
}

static double stated_or(double value, double standard) { return isnan(value) ? standard : value; }

/* apf is the last of MATPOWER's columns: written only where a unit states it. */
static bool states_participation(const case_gens *gen)
{
    for (cef_index k = 0; k < gen->n; k++)
        if (!isnan(gen->apf[k]))
            return true;
    return false;
}

static void write_gens(file_writer *w, const case_data *d)
{
    const case_gens *g = &d->gen;
    const bool participation = states_participation(g);
    file_puts(w, "\n%\tbus\tPg\tQg\tQmax\tQmin\tVg\tmBase\tstatus\tPmax\tPmin");
    file_puts(w, participation ? "\tPc1\tPc2\tQc1min\tQc1max\tQc2min\tQc2max\tramp_agc\tramp_10\tramp_30\tramp_q\tapf\n"
                               : "\n");
    file_puts(w, "mpc.gen = [\n");
    for (cef_index gen = 0; gen < d->gen.n; gen++) {
        put_int(w, d->bus.id.number[g->bus[gen]]);
        put(w, g->p[gen]);
        put(w, g->q[gen]);
        put(w, stated_or(g->qmax[gen], (double) INFINITY));
        put(w, stated_or(g->qmin[gen], -(double) INFINITY));
        put(w, g->vg[gen]);
        put(w, stated_or(g->mbase[gen], d->base_mva));
        put_int(w, g->in_service[gen] != 0);
        put(w, stated_or(g->capacity_mw[gen], (double) INFINITY));
        file_puts(w, "\t0");
        if (participation) {
            file_puts(w, "\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0");
            put(w, g->apf[gen]);
        }
        file_puts(w, ";\n");
    }
    file_puts(w, "];\n");
}

static void write_branches(file_writer *w, const case_data *d, cef_index n_ac, bool solved)
{
    const case_branches *b = &d->branch;
    file_puts(w, "\n%\tfbus\ttbus\tr\tx\tb\trateA\trateB\trateC\tratio\tangle\tstatus\tangmin\tangmax");
    file_puts(w, solved ? "\tPf\tQf\tPt\tQt\nmpc.branch = [\n" : "\nmpc.branch = [\n");
    for (cef_index k = 0; k < n_ac; k++) {
        put_int(w, d->bus.id.number[b->from[k]]);
        put_int(w, d->bus.id.number[b->to[k]]);
        put(w, b->r[k]);
        put(w, b->x[k]);
        put(w, b->b[k]);
        file_puts(w, "\t0\t0\t0");
        put(w, b->tap[k]);
        put(w, b->shift[k]);
        put_int(w, b->in_service[k] != 0);
        file_puts(w, "\t-360\t360");
        if (solved) {
            put(w, b->p_from[k]);
            put(w, b->q_from[k]);
            put(w, isnan(b->p_to[k]) ? -b->p_from[k] : b->p_to[k]);
            put(w, b->q_to[k]);
        }
        file_puts(w, ";\n");
    }
    file_puts(w, "];\n");
}

static void write_dclines(file_writer *w, const case_data *d, cef_index n_ac)
{
    const case_branches *b = &d->branch;
    if (n_ac == b->n)
        return;
    file_puts(w,
              "\n%\tfbus\ttbus\tstatus\tPf\tPt\tQf\tQt\tVf\tVt\tPmin\tPmax\tQminF\tQmaxF\tQminT\tQmaxT\tloss0\tloss1\n"
              "mpc.dcline = [\n");
    for (cef_index k = n_ac; k < b->n; k++) {
        put_int(w, d->bus.id.number[b->from[k]]);
        put_int(w, d->bus.id.number[b->to[k]]);
        put_int(w, b->in_service[k] != 0);
        put(w, b->p_from[k]);
        put(w, isnan(b->p_to[k]) ? b->p_from[k] : -b->p_to[k]);
        put(w, -b->q_from[k]);
        put(w, -b->q_to[k]);
        file_puts(w, "\t1\t1\t-Inf\tInf\t-Inf\tInf\t-Inf\tInf\t0\t0;\n");
    }
    file_puts(w, "];\n");
}

static void write_fuels(file_writer *w, const case_data *d)
{
    bool stated = false;
    for (cef_index gen = 0; gen < d->gen.n; gen++)
        stated |= d->gen.fuel[gen] != 0;
    if (!stated)
        return;
    file_puts(w, "\nmpc.genfuel = {\n");
    for (cef_index gen = 0; gen < d->gen.n; gen++) {
        file_puts(w, "\t'");
        file_puts(w, case_text_at(d, d->gen.fuel[gen]));
        file_puts(w, "';\n");
    }
    file_puts(w, "};\n");
}

/* [row, tCO2/MWh] of the elements that state an intensity; numbers[] gives the row's first column. */
static void write_intensities(file_writer *w, const char *head, const double *intensity, const int64_t *numbers,
                              cef_index n)
{
    bool any = false;
    for (cef_index k = 0; k < n; k++) {
        if (isnan(intensity[k]))
            continue;
        if (!any)
            file_puts(w, head);
        any = true;
        put_int(w, numbers[k]);
        put(w, intensity[k]);
        file_puts(w, ";\n");
    }
    if (any)
        file_puts(w, "];\n");
}

cef_status matpower_write(const case_data *data, const char *path, cef_error *error)
{
    bool solved = false;
    cef_index n_ac = 0;
    CEF_TRY(m_check_writable(data, &solved, &n_ac, error));
    const size_t size = 3 * (size_t) data->bus.n * sizeof(double);
    void *block = NULL;
    CEF_TRY(context_take(data->ctx, size, &block, error));
    double *demand = block, *reactive = demand + data->bus.n, *shunt = reactive + data->bus.n;
    file_writer w;
    cef_status status = m_collect_loads(data, demand, reactive, shunt, error);
    if (status == CEF_OK)
        status = file_writer_open(&w, data->ctx, path, error);
    if (status == CEF_OK) {
        write_head(&w, data);
        write_buses(&w, data, demand, reactive, shunt);
        write_gens(&w, data);
        write_branches(&w, data, n_ac, solved);
        write_dclines(&w, data, n_ac);
        write_fuels(&w, data);
        write_intensities(&w, "\n%\tgen row\ttCO2/MWh (read by libcef)\nmpc.gen_intensity = [\n", data->gen.intensity,
                          data->gen.id.number, data->gen.n);
        write_intensities(&w, "\n%\tbus\ttCO2/MWh of a negative Pd (read by libcef)\nmpc.load_intensity = [\n",
                          data->load.intensity, data->load.id.number, data->load.n);
        status = file_writer_commit(&w, error);
    }
    context_free(data->ctx, block, size);
    return status;
}
