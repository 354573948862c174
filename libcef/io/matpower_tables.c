/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a MATPOWER case that stand at its buses. Column numbers are those of MATPOWER's caseformat, from 1. */
#include "io/matpower_tables.h"

enum { GEN_BUS = 1, PG, QG, QMAX, QMIN, VG, MBASE, GEN_STATUS, PMAX, APF = 21 };
enum { F_BUS = 1, T_BUS, BR_R, BR_X, BR_B, TAP = 9, SHIFT, BR_STATUS, PF = 14, QF, PT, QT };
enum { DC_STATUS = 3, DC_PF, DC_PT, DC_QF, DC_QT };

/* ---- gen ---- */

/* A limit may be infinite, which is none: the column's NaN. */
static cef_status read_limit(const m_reader *r, const m_matrix *m, int column, double none, double *limit,
                             cef_error *error)
{
    const double value = m_at(m, column);
    if (!isfinite(value) && value != none)
        return m_refuse_cell(r, m, column, DIAG_NOT_FINITE,
                             none > 0.0 ? "a number, or Inf for no limit" : "a number, or -Inf for no limit", error);
    *limit = isfinite(value) ? value : (double) NAN;
    return CEF_OK;
}

static cef_status add_gen(m_reader *r, const m_matrix *m, cef_error *error)
{
    cef_index bus = -1, row = 0;
    double qmax = 0.0, qmin = 0.0;
    CEF_TRY(m_find_bus(r, m, GEN_BUS, &bus, error));
    CEF_TRY(m_check_finite(r, m, PG, QG, error));
    CEF_TRY(m_check_finite(r, m, VG, GEN_STATUS, error));
    CEF_TRY(read_limit(r, m, QMAX, (double) INFINITY, &qmax, error));
    CEF_TRY(read_limit(r, m, QMIN, -(double) INFINITY, &qmin, error));
    const bool has_apf = m->width >= APF;
    if (has_apf)
        CEF_TRY(m_check_finite(r, m, APF, APF, error));
    case_gens *g = &r->data->gen;
    CEF_TRY(case_add_gen(r->data, &row, error));
    g->bus[row] = bus;
    g->p[row] = m_at(m, PG);
    g->q[row] = m_at(m, QG);
    g->qmax[row] = qmax;
    g->qmin[row] = qmin;
    g->vg[row] = m_at(m, VG);
    g->mbase[row] = m_at(m, MBASE);
    if (has_apf && m_at(m, APF) != 0.0)
        g->apf[row] = m_at(m, APF);
    g->in_service[row] = m_at(m, GEN_STATUS) > 0.0;
    if (isfinite(m_at(m, PMAX))) /* Inf: no limit */
        g->capacity_mw[row] = m_at(m, PMAX);
    return CEF_OK;
}

cef_status m_read_gen(m_reader *r, cef_error *error)
{
    CEF_TRY(m_open_matrix(r, "gen", error));
    m_matrix m = {.name = "gen", .least_width = 10};
    bool more = false;
    for (;;) {
        CEF_TRY(m_next_row(&r->s, &m, &more, error));
        if (!more)
            return CEF_OK;
        CEF_TRY(add_gen(r, &m, error));
    }
}

/* ---- branch and dcline ---- */

static cef_status add_branch(m_reader *r, const m_matrix *m, cef_error *error)
{
    cef_index from = -1, to = -1, row = 0;
    CEF_TRY(m_find_bus(r, m, F_BUS, &from, error));
    CEF_TRY(m_find_bus(r, m, T_BUS, &to, error));
    CEF_TRY(m_check_finite(r, m, BR_R, BR_B, error));
    CEF_TRY(m_check_finite(r, m, TAP, BR_STATUS, error));
    const bool solved = m->width >= QT;
    if (solved)
        CEF_TRY(m_check_finite(r, m, PF, QT, error));
    case_branches *b = &r->data->branch;
    CEF_TRY(case_add_branch(r->data, &row, error));
    b->from[row] = from;
    b->to[row] = to;
    b->r[row] = m_at(m, BR_R);
    b->x[row] = m_at(m, BR_X);
    b->b[row] = m_at(m, BR_B);
    b->tap[row] = m_at(m, TAP);
    b->shift[row] = m_at(m, SHIFT);
    b->in_service[row] = m_at(m, BR_STATUS) != 0.0;
    if (solved) {
        b->p_from[row] = m_at(m, PF);
        b->q_from[row] = m_at(m, QF);
        b->p_to[row] = m_at(m, PT);
        b->q_to[row] = m_at(m, QT);
    }
    return CEF_OK;
}

cef_status m_read_branch(m_reader *r, cef_error *error)
{
    CEF_TRY(m_open_matrix(r, "branch", error));
    m_matrix m = {.name = "branch", .least_width = 11};
    bool more = false;
    for (;;) {
        CEF_TRY(m_next_row(&r->s, &m, &more, error));
        if (!more)
            break;
        CEF_TRY(add_branch(r, &m, error));
    }
    r->n_ac = r->data->branch.n;
    return CEF_OK;
}

/* PT of a dcline is what arrives, so the power into the line at its to end is -PT (loss = PF - PT). */
static cef_status add_dcline(m_reader *r, const m_matrix *m, cef_error *error)
{
    cef_index from = -1, to = -1, row = 0;
    CEF_TRY(m_find_bus(r, m, F_BUS, &from, error));
    CEF_TRY(m_find_bus(r, m, T_BUS, &to, error));
    CEF_TRY(m_check_finite(r, m, DC_STATUS, DC_QT, error));
    case_branches *b = &r->data->branch;
    CEF_TRY(case_add_branch(r->data, &row, error));
    b->from[row] = from;
    b->to[row] = to;
    b->p_from[row] = m_at(m, DC_PF);
    b->p_to[row] = -m_at(m, DC_PT);
    b->q_from[row] = -m_at(m, DC_QF); /* MATPOWER states what the converters inject into the grid */
    b->q_to[row] = -m_at(m, DC_QT);
    b->in_service[row] = m_at(m, DC_STATUS) != 0.0;
    b->hvdc[row] = 1;
    CEF_TEXT(id, 24);
    text_format(&id, "dc%d", (int64_t) (row - r->n_ac + 1));
    return case_set_id(r->data, CEF_BRANCH, row, id.data, id.length, 0, error);
}

cef_status m_read_dcline(m_reader *r, cef_error *error)
{
    CEF_TRY(m_open_matrix(r, "dcline", error));
    m_matrix m = {.name = "dcline", .least_width = 17};
    bool more = false;
    for (;;) {
        CEF_TRY(m_next_row(&r->s, &m, &more, error));
        if (!more)
            return CEF_OK;
        CEF_TRY(add_dcline(r, &m, error));
    }
}

/* ---- what stands beside mpc.gen ---- */

static cef_status refuse_fuel_count(m_reader *r, const char *than, cef_error *error)
{
    CEF_TEXT(text, 128);
    text_format(&text, "mpc.genfuel has %s entries than mpc.gen has rows (%d)", than, (int64_t) r->data->gen.n);
    return m_refuse(&r->s, DIAG_ROW_LENGTH, text.data, error);
}

cef_status m_read_genfuel(m_reader *r, cef_error *error)
{
    if (!m_take(&r->s, '{'))
        return m_refuse_here(&r->s, "a cell {..} for mpc.genfuel", error);
    for (cef_index gen = 0;; gen++) {
        m_word fuel;
        bool more = false;
        CEF_TRY(m_next_text(&r->s, &fuel, &more, error));
        if (!more)
            return gen < r->data->gen.n ? refuse_fuel_count(r, "fewer", error) : CEF_OK;
        if (gen >= r->data->gen.n)
            return refuse_fuel_count(r, "more", error);
        if (fuel.length > 63 || !text_is_printable(fuel.text, fuel.length))
            return m_refuse(&r->s, DIAG_BAD_ENCODING,
                            "a fuel must be at most 63 bytes of UTF-8 without control characters", error);
        if (memchr(fuel.text, '\'', fuel.length) || memchr(fuel.text, '"', fuel.length))
            return m_refuse(&r->s, DIAG_SYNTAX, "a fuel must not hold quotes", error);
        CEF_TRY(m_keep_text(r, fuel.text, fuel.length, &r->data->gen.fuel[gen], error));
    }
}

cef_status m_read_gen_intensity(m_reader *r, cef_error *error)
{
    CEF_TRY(m_open_matrix(r, "gen_intensity", error));
    m_matrix m = {.name = "gen_intensity", .least_width = 2};
    bool more = false;
    for (;;) {
        CEF_TRY(m_next_row(&r->s, &m, &more, error));
        if (!more)
            return CEF_OK;
        const double row = m_at(&m, 1);
        if (!(row >= 1.0 && row <= r->data->gen.n) || row != floor(row))
            return m_refuse_cell(r, &m, 1, DIAG_FACTOR_UNKNOWN_GEN, "a row number of mpc.gen", error);
        double *intensity = &r->data->gen.intensity[(cef_index) row - 1];
        if (!isnan(*intensity))
            return m_refuse_cell(r, &m, 1, DIAG_DUPLICATE_ID, "each row of mpc.gen once", error);
        CEF_TRY(m_check_finite(r, &m, 2, 2, error));
        *intensity = m_at(&m, 2);
    }
}
