/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the MATPOWER reader: from the matrices of the file to the tables of the case. */
#ifndef CEF_IO_MATPOWER_TABLES_H
#define CEF_IO_MATPOWER_TABLES_H

#include "io/matpower.h"

#define M_KNOWN_TEXTS 64

typedef struct {
    m_scanner s;
    case_data *data;
    case_index buses;              /* made when mpc.bus has been read */
    cef_index n_demand;            /* loads from Pd, in bus order; shunts follow */
    cef_index n_ac;                /* rows of mpc.branch; dcline rows follow */
    text_ref known[M_KNOWN_TEXTS]; /* fuels and areas seen, so that each is kept once */
    int n_known;
    double last_area; /* of the bus row before, and its text */
    text_ref last_zone;
} m_reader;

/* ---- matpower_cells.c ---- */
/* A cell of the row last read; columns count from 1 as in MATPOWER's manual. */
static inline double m_at(const m_matrix *m, int column) { return m->value[column - 1]; }
cef_status m_refuse_cell(const m_reader *r, const m_matrix *m, int column, cef_diag diag, const char *expected,
                         cef_error *error);
/* Columns [first, last] must be finite. */
cef_status m_check_finite(const m_reader *r, const m_matrix *m, int first, int last, cef_error *error);
cef_status m_check_bus_number(const m_reader *r, const m_matrix *m, int column, cef_error *error);
/* Position of the bus that the cell names. */
cef_status m_find_bus(const m_reader *r, const m_matrix *m, int column, cef_index *bus, cef_error *error);
cef_status m_open_matrix(m_reader *r, const char *name, cef_error *error);
/* A text kept once, as long as there are few different ones. */
cef_status m_keep_text(m_reader *r, const char *text, size_t length, text_ref *ref, cef_error *error);

/* ---- matpower_bus.c, matpower_tables.c ---- */
/* Each reads its value, opening bracket included. Order: bus; gen, branch; dcline, genfuel, intensities. */
cef_status m_read_bus(m_reader *r, cef_error *error);
cef_status m_read_gen(m_reader *r, cef_error *error);
cef_status m_read_branch(m_reader *r, cef_error *error);
cef_status m_read_dcline(m_reader *r, cef_error *error);
cef_status m_read_genfuel(m_reader *r, cef_error *error);
/* libcef's own field: [row of mpc.gen, tCO2/MWh], for the units whose case states one. */
cef_status m_read_gen_intensity(m_reader *r, cef_error *error);
/* libcef's own field: [bus number, tCO2/MWh] of what the bus's Pd (a negative one) injects. */
cef_status m_read_load_intensity(m_reader *r, cef_error *error);

#endif /* CEF_IO_MATPOWER_TABLES_H */
