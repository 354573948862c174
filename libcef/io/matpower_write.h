/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the MATPOWER writer. */
#ifndef CEF_IO_MATPOWER_WRITE_H
#define CEF_IO_MATPOWER_WRITE_H

#include "io/case_data.h"

/* DIAG_UNSUPPORTED names the first element that a .m cannot hold. *solved: the AC branches state their powers; *n_ac:
 * their number (HVDC lines follow). */
cef_status m_check_writable(const case_data *data, bool *solved, cef_index *n_ac, cef_error *error);
/* Pd, Qd and Gs of every bus: [n_bus] MW, MVAr, MW at 1 per unit. */
cef_status m_collect_loads(const case_data *data, double *demand, double *reactive, double *shunt, cef_error *error);

#endif /* CEF_IO_MATPOWER_WRITE_H */
