/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a MATPOWER file, read by strtod: enough for the files of LIBCEF_CASES, independent of room io. */
#include <stdlib.h>
#include <string.h>

#include "electric.h"

enum { MOST_COLUMNS = 32 };
typedef struct {
    cef_index n, capacity;
    double (*row)[MOST_COLUMNS];
    int n_column;
} table;

static char *whole_without_comments(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t) size + 1);
    if (!text || fread(text, 1, (size_t) size, file) != (size_t) size)
        abort();
    fclose(file);
    text[size] = 0;
    for (char *p = strchr(text, '%'); p; p = strchr(p, '%'))
        while (*p && *p != '\n')
            *p++ = ' ';
    return text;
}

static void read_row(const char *from, const char *end, table *t)
{
    int column = 0;
    if (t->n == t->capacity) {
        t->capacity = 2 * t->capacity + 64;
        t->row = realloc(t->row, (size_t) t->capacity * sizeof *t->row);
        if (!t->row)
            abort();
    }
    memset(t->row[t->n], 0, sizeof *t->row);
    for (char *next; column < MOST_COLUMNS; from = next) {
        const double value = strtod(from, &next);
        if (next == from || next > end)
            break;
        t->row[t->n][column++] = value;
    }
    t->n += column > 0;
    t->n_column = column > t->n_column ? column : t->n_column;
}

static table read_table(const char *text, const char *name)
{
    table t = {0};
    const char *at = strstr(text, name);
    const char *stop = at ? strchr(at, ']') : NULL;
    for (at = stop ? strchr(at, '[') + 1 : NULL; at && at < stop;) {
        const char *end = at + strcspn(at, ";\n]");
        read_row(at, end, &t);
        at = end + 1;
    }
    return t;
}

static cef_index position(const electric *g, double id)
{
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        if ((double) g->bus_id[bus] == id)
            return bus;
    abort();
}

/* Positions in constant time where ids are small. */
static cef_index *positions(const electric *g)
{
    cef_index *at = calloc(1000001, sizeof *at);
    if (!at)
        abort();
    for (cef_index bus = 0; bus < g->n_bus; bus++)
        if (g->bus_id[bus] >= 0 && g->bus_id[bus] <= 1000000)
            at[g->bus_id[bus]] = bus;
    return at;
}

static cef_index find(const electric *g, const cef_index *at, double id)
{
    return id >= 0 && id <= 1000000 ? at[(cef_index) id] : position(g, id);
}

static void take_buses(electric *g, const table *t)
{
    for (cef_index k = 0; k < t->n; k++) {
        const double *row = t->row[k];
        g->bus_id[k] = (cef_id) row[0], g->bus_type[k] = (int8_t) row[1];
        g->gs[k] = row[4], g->bs[k] = row[5], g->vm0[k] = row[7], g->va0[k] = row[8];
        if (row[2] != 0.0)
            electric_load(g, k, row[2], row[3]);
        else
            g->bus_q[k] = row[3];
    }
}

static void take_gens(electric *g, const cef_index *at, const table *t)
{
    for (cef_index k = 0; k < t->n; k++) {
        const double *row = t->row[k];
        const cef_index gen = electric_gen(g, find(g, at, row[0]), row[1], row[5]);
        g->gen_q[gen] = row[2], g->qmax[gen] = row[3], g->qmin[gen] = row[4];
        g->gen_on[gen] = row[7] > 0.0, g->capacity[gen] = row[8] > 0.0 ? row[8] : 0.0;
    }
}

static void take_branches(electric *g, const cef_index *at, const table *t)
{
    g->has_flows = t->n_column >= 17;
    for (cef_index k = 0; k < t->n; k++) {
        const double *row = t->row[k];
        electric_branch(g, find(g, at, row[0]), find(g, at, row[1]), row[2], row[3], row[4]);
        g->tap[k] = row[8], g->shift[k] = row[9], g->on[k] = row[10] > 0.0;
        g->p_from[k] = row[13], g->q_from[k] = row[14], g->p_to[k] = row[15], g->q_to[k] = row[16];
    }
}

/* Powers of a dcline: PF into it, PT out of it, QF and QT injected into the buses. */
static void take_dclines(electric *g, const cef_index *at, const table *t)
{
    for (cef_index k = 0; k < t->n; k++) {
        const double *row = t->row[k];
        const cef_index branch = electric_branch(g, find(g, at, row[0]), find(g, at, row[1]), 0, 0, 0);
        g->hvdc[branch] = 1, g->on[branch] = row[2] > 0.0;
        g->p_from[branch] = row[3], g->p_to[branch] = -row[4], g->q_from[branch] = -row[5], g->q_to[branch] = -row[6];
    }
}

bool electric_read(const char *path, electric *g)
{
    char *text = whole_without_comments(path);
    if (!text)
        return false;
    table bus = read_table(text, "mpc.bus "), gen = read_table(text, "mpc.gen "), dc = read_table(text, "mpc.dcline ");
    table branch = read_table(text, "mpc.branch ");
    *g = electric_make(bus.n, branch.n + dc.n, gen.n, 2 * bus.n);
    const char *base = strstr(text, "mpc.baseMVA");
    g->base_mva = base ? strtod(strchr(base, '=') + 1, NULL) : 100.0;
    take_buses(g, &bus);
    electric_shunt_rows(g);
    cef_index *at = positions(g);
    take_gens(g, at, &gen);
    take_branches(g, at, &branch);
    take_dclines(g, at, &dc);
    free(at), free(bus.row), free(gen.row), free(branch.row), free(dc.row), free(text);
    return bus.n > 0 && branch.n > 0;
}
